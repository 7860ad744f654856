-- name: PostByID :one
SELECT id, code, name_zh, name_en, class, review_months, state, version, updated_by, created_at, updated_at
FROM organization.post WHERE id = @id;

-- name: PostForUpdate :one
SELECT id, code, name_zh, name_en, class, review_months, state, version, updated_by, created_at, updated_at
FROM organization.post WHERE id = @id FOR UPDATE;

-- name: PostsForShare :many
-- Posts that staff are given, or that a description names.
SELECT id, code, name_zh, class, state FROM organization.post WHERE id = ANY(@ids::uuid[]) ORDER BY id FOR SHARE;

-- name: AllPosts :many
SELECT id, code, name_zh, name_en, class, state FROM organization.post ORDER BY code;

-- name: InsertPost :exec
INSERT INTO organization.post (id, code, name_zh, name_en, class, review_months, updated_by, created_at, updated_at)
VALUES (@id, @code, @name_zh, @name_en, @class, @review_months, @updated_by, @now, @now);

-- name: UpdatePost :exec
UPDATE organization.post
SET name_zh = @name_zh, name_en = @name_en, class = @class, review_months = @review_months, state = @state,
    version = version + 1, updated_by = @updated_by, updated_at = @now
WHERE id = @id;

-- name: PostHolders :one
SELECT count(*) FROM organization.staff WHERE post_id = @post_id::uuid AND state <> 'left';

-- name: Posts :many
-- The list with what is issued, what is being written, and how many of the holders in the centres have
-- acknowledged; all centres when national.
SELECT p.id, p.code, p.name_zh, p.name_en, p.class, p.review_months, p.state, p.version,
       i.edition AS issued_edition, i.approved_at AS issued_at, i.review_by, d.edition AS draft_edition,
       coalesce(h.holders, 0)::bigint AS holders, coalesce(h.acknowledged, 0)::bigint AS acknowledged
FROM organization.post p
LEFT JOIN organization.job_description i ON i.post_id = p.id AND i.state = 'issued'
LEFT JOIN organization.job_description d ON d.post_id = p.id AND d.state = 'draft'
LEFT JOIN LATERAL (
    SELECT count(*) AS holders, count(a.at) AS acknowledged
    FROM organization.staff s
    LEFT JOIN organization.acknowledgement a ON a.description_id = i.id AND a.staff_id = s.id
    WHERE s.post_id = p.id AND s.state <> 'left' AND (@national::boolean OR s.centre_id = ANY(@centres::uuid[]))
) h ON true
WHERE p.code > @after_code
  AND (@class::text = '' OR p.class = @class::text)
  AND (@state::text = '' OR p.state = @state::text)
  AND (NOT @due::boolean OR i.review_by < @today::date OR (i.id IS NULL AND p.state = 'active'))
ORDER BY p.code
LIMIT @row_limit;

-- name: Descriptions :many
SELECT d.id, d.post_id, d.edition, d.state, d.duties, d.authority, d.subordinates, d.qualifications, d.reports_to, d.authors,
       d.approved_by, d.approved_at, d.review_by, d.withdrawn_at, d.version, d.updated_by, d.created_at, d.updated_at,
       coalesce(r.code, '')::text AS reports_to_code, coalesce(r.name_zh, '')::text AS reports_to_zh, coalesce(r.name_en, '')::text AS reports_to_en
FROM organization.job_description d
LEFT JOIN organization.post r ON r.id = d.reports_to
WHERE d.post_id = @post_id AND (@state::text = '' OR d.state = @state::text)
ORDER BY d.edition DESC
LIMIT @row_limit;

-- name: LastEdition :one
SELECT coalesce(max(edition), 0)::integer FROM organization.job_description WHERE post_id = @post_id;

-- name: InsertDraft :exec
INSERT INTO organization.job_description
    (id, post_id, edition, state, duties, authority, subordinates, qualifications, reports_to, authors, updated_by, created_at, updated_at)
VALUES (@id, @post_id, @edition, 'draft', @duties, @authority, @subordinates, @qualifications, @reports_to, @authors, @updated_by, @now, @now);

-- name: UpdateDraft :exec
UPDATE organization.job_description
SET duties = @duties, authority = @authority, subordinates = @subordinates, qualifications = @qualifications, reports_to = @reports_to,
    authors = @authors, version = version + 1, updated_by = @updated_by, updated_at = @now
WHERE id = @id;

-- name: DeleteDraft :exec
DELETE FROM organization.job_description WHERE id = @id AND state = 'draft';

-- name: WithdrawDescription :exec
UPDATE organization.job_description
SET state = 'withdrawn', withdrawn_at = @now::timestamptz, version = version + 1, updated_by = @updated_by, updated_at = @now
WHERE post_id = @post_id AND state = 'issued';

-- name: IssueDraft :exec
UPDATE organization.job_description
SET state = 'issued', approved_by = @updated_by, approved_at = @now::timestamptz, review_by = @review_by,
    version = version + 1, updated_by = @updated_by, updated_at = @now
WHERE id = @id;

-- name: Reviewed :exec
UPDATE organization.job_description
SET review_by = @review_by, version = version + 1, updated_by = @updated_by, updated_at = @now
WHERE id = @id;

-- name: Acknowledge :execrows
INSERT INTO organization.acknowledgement (description_id, staff_id, at) VALUES (@description_id, @staff_id, @now)
ON CONFLICT ON CONSTRAINT acknowledgement_pkey DO NOTHING;

-- name: AcknowledgedAt :one
SELECT at FROM organization.acknowledgement WHERE description_id = @description_id AND staff_id = @staff_id;

-- name: Acknowledgements :many
-- The holders of a post in the order of numbers, and when each acknowledged its issued edition.
SELECT s.id, s.number, s.name, s.centre_id, s.state, a.at
FROM organization.staff s
LEFT JOIN organization.job_description i ON i.post_id = s.post_id AND i.state = 'issued'
LEFT JOIN organization.acknowledgement a ON a.description_id = i.id AND a.staff_id = s.id
WHERE s.post_id = @post_id::uuid AND s.state <> 'left' AND s.number > @after_number
  AND (@national::boolean OR s.centre_id = ANY(@centres::uuid[]))
  AND (NOT @missing::boolean OR a.at IS NULL)
ORDER BY s.number
LIMIT @row_limit;

-- name: DueDescriptions :one
-- For health: issued editions whose review is overdue, and posts with holders but nothing issued.
SELECT count(*) FILTER (WHERE i.review_by < @today::date) AS overdue,
       count(*) FILTER (WHERE i.id IS NULL AND EXISTS (SELECT 1 FROM organization.staff s WHERE s.post_id = p.id AND s.state <> 'left')) AS missing
FROM organization.post p
LEFT JOIN organization.job_description i ON i.post_id = p.id AND i.state = 'issued'
WHERE p.state = 'active';

-- name: SeedAcknowledgements :copyfrom
INSERT INTO organization.acknowledgement (description_id, staff_id, at) VALUES (@description_id, @staff_id, @at);

-- name: PostByCode :one
SELECT id, code, name_zh, name_en, class, review_months, state, version, updated_by, created_at, updated_at
FROM organization.post WHERE code = @code;
