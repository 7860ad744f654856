-- Reviews of who holds what (P-3).

-- name: InsertCampaign :exec
INSERT INTO identity.review_campaign (id, name, centre_id, team_id, roles, due_at, opened_by, created_at)
VALUES (@id, @name, @centre_id, @team_id, @roles, @due_at, @opened_by, @now);

-- name: ReviewSubjects :many
SELECT g.id AS assignment_id, g.account_id, s.id AS staff_id, s.number, s.name, s.centre_id AS home_id, h.name AS home_name,
       s.team_id, coalesce(t.name, '') AS team_name, t.leader_id, r.code, r.name_zh, r.name_en, r.permissions,
       g.centre_id, c.name AS centre_name, g.valid_until, g.created_at, a.last_sign_in_at
FROM identity.assignment g
JOIN identity.role r ON r.id = g.role_id
JOIN identity.account a ON a.id = g.account_id AND a.state <> 'left'
JOIN organization.staff s ON s.id = a.staff_id
JOIN organization.centre h ON h.id = s.centre_id
JOIN organization.centre c ON c.id = g.centre_id
LEFT JOIN organization.team t ON t.id = s.team_id
WHERE g.ended_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > @now)
  AND s.centre_id = ANY (@centres::uuid[])
  AND (sqlc.narg(team_id)::uuid IS NULL OR s.team_id = sqlc.narg(team_id)::uuid)
  AND (cardinality(@roles::text[]) = 0 OR r.code = ANY (@roles::text[]))
ORDER BY s.number, r.code, g.id;

-- name: Reviewers :many
-- Everybody who could sign a review now, with the centres where they hold the right to.
SELECT a.id AS account_id, s.id AS staff_id, s.number, s.name, g.centre_id
FROM identity.assignment g
JOIN identity.role r ON r.id = g.role_id AND r.state = 'active'
JOIN identity.account a ON a.id = g.account_id AND a.state = 'active'
JOIN organization.staff s ON s.id = a.staff_id AND s.state = 'active'
WHERE g.ended_at IS NULL AND g.valid_from <= @now AND (g.valid_until IS NULL OR g.valid_until > @now)
  AND @permission::text = ANY (r.permissions)
ORDER BY s.number;

-- name: InsertSheet :exec
INSERT INTO identity.review_sheet (id, campaign_id, centre_id, team_id, title, reviewer_id, reviewer_number, reviewer_name)
VALUES (@id, @campaign_id, @centre_id, @team_id, @title, @reviewer_id, @reviewer_number, @reviewer_name);

-- name: InsertItem :exec
INSERT INTO identity.review_item (id, sheet_id, account_id, staff_number, staff_name, assignment_id, role_code, role_zh, role_en,
    grave, centre_id, centre_name, valid_until, granted_at, last_sign_in_at)
VALUES (@id, @sheet_id, @account_id, @staff_number, @staff_name, @assignment_id, @role_code, @role_zh, @role_en,
    @grave, @centre_id, @centre_name, @valid_until, @granted_at, @last_sign_in_at);

-- name: FindCampaign :one
SELECT * FROM identity.review_campaign WHERE id = @id;

-- name: LockCampaign :one
SELECT * FROM identity.review_campaign WHERE id = @id FOR UPDATE;

-- name: Campaigns :many
SELECT c.*, o.name AS centre_name,
       (SELECT count(*) FROM identity.review_sheet s WHERE s.campaign_id = c.id) AS sheets,
       (SELECT count(*) FROM identity.review_sheet s WHERE s.campaign_id = c.id AND s.state = 'signed') AS signed,
       (SELECT count(*) FROM identity.review_item i JOIN identity.review_sheet s ON s.id = i.sheet_id WHERE s.campaign_id = c.id) AS items,
       (SELECT count(*) FROM identity.review_item i JOIN identity.review_sheet s ON s.id = i.sheet_id WHERE s.campaign_id = c.id AND i.decision <> '') AS decided,
       (SELECT count(*) FROM identity.review_item i JOIN identity.review_sheet s ON s.id = i.sheet_id WHERE s.campaign_id = c.id AND i.decision = 'revoke') AS revoked
FROM identity.review_campaign c
JOIN organization.centre o ON o.id = c.centre_id
WHERE (@national::boolean OR c.centre_id = ANY (@centres::uuid[])) AND (@state::text = '' OR c.state = @state)
  AND (c.created_at, c.id) < (@before::timestamptz, @before_id::uuid)
ORDER BY c.created_at DESC, c.id DESC LIMIT @row_limit;

-- name: CloseCampaign :exec
UPDATE identity.review_campaign SET state = 'closed', closed_at = @now, closed_by = @closed_by, close_reason = @close_reason, version = version + 1
WHERE id = @id AND state = 'open';

-- name: CampaignReminded :exec
UPDATE identity.review_campaign SET reminded_at = @now WHERE id = @id;

-- name: OpenItems :one
SELECT count(*) FROM identity.review_item i JOIN identity.review_sheet s ON s.id = i.sheet_id
WHERE s.campaign_id = @campaign_id AND s.state = 'open';

-- name: Sheets :many
SELECT s.*, c.name AS campaign_name, c.due_at, c.state AS campaign_state,
       (SELECT count(*) FROM identity.review_item i WHERE i.sheet_id = s.id) AS items,
       (SELECT count(*) FROM identity.review_item i WHERE i.sheet_id = s.id AND i.decision <> '') AS decided,
       (SELECT count(*) FROM identity.review_item i WHERE i.sheet_id = s.id AND i.decision = 'revoke') AS revoked
FROM identity.review_sheet s JOIN identity.review_campaign c ON c.id = s.campaign_id
WHERE s.campaign_id = @campaign_id
ORDER BY s.title, s.id;

-- name: SheetsOfReviewer :many
SELECT s.*, c.name AS campaign_name, c.due_at, c.state AS campaign_state,
       (SELECT count(*) FROM identity.review_item i WHERE i.sheet_id = s.id) AS items,
       (SELECT count(*) FROM identity.review_item i WHERE i.sheet_id = s.id AND i.decision <> '') AS decided,
       (SELECT count(*) FROM identity.review_item i WHERE i.sheet_id = s.id AND i.decision = 'revoke') AS revoked
FROM identity.review_sheet s JOIN identity.review_campaign c ON c.id = s.campaign_id
WHERE s.reviewer_id = @account_id::uuid AND (c.state = 'open' OR s.state = 'signed')
ORDER BY s.state, c.due_at, s.title LIMIT 200;

-- name: FindSheet :one
SELECT s.*, c.name AS campaign_name, c.due_at, c.state AS campaign_state, c.centre_id AS campaign_centre
FROM identity.review_sheet s JOIN identity.review_campaign c ON c.id = s.campaign_id WHERE s.id = @id;

-- name: LockSheet :one
SELECT s.*, c.name AS campaign_name, c.due_at, c.state AS campaign_state, c.centre_id AS campaign_centre
FROM identity.review_sheet s JOIN identity.review_campaign c ON c.id = s.campaign_id WHERE s.id = @id FOR UPDATE OF s;

-- name: Items :many
SELECT * FROM identity.review_item WHERE sheet_id = @sheet_id ORDER BY staff_number, role_code, id;

-- name: DecideItem :execrows
UPDATE identity.review_item SET decision = @decision, reason = @reason, decided_at = @now WHERE id = @id AND sheet_id = @sheet_id;

-- name: SetOutcome :exec
UPDATE identity.review_item SET outcome = @outcome WHERE id = @id;

-- name: SignSheet :exec
UPDATE identity.review_sheet SET state = 'signed', signed_at = @now, signed_with = @signed_with, signature = @signature, remark = @remark, version = version + 1
WHERE id = @id AND state = 'open';

-- name: SetReviewer :exec
UPDATE identity.review_sheet SET reviewer_id = @reviewer_id, reviewer_number = @reviewer_number, reviewer_name = @reviewer_name, version = version + 1
WHERE id = @id AND state = 'open';

-- name: CampaignRows :many
SELECT s.title, s.reviewer_number, s.reviewer_name, s.state, s.signed_at, s.signature, i.*
FROM identity.review_item i JOIN identity.review_sheet s ON s.id = i.sheet_id
WHERE s.campaign_id = @campaign_id ORDER BY s.title, i.staff_number, i.role_code, i.id;

-- name: OverdueCampaigns :one
SELECT count(*) AS campaigns, coalesce(string_agg(name, '、' ORDER BY due_at), '')::text AS names
FROM identity.review_campaign WHERE state = 'open' AND due_at < @now;

-- name: LastClosedCampaign :one
SELECT coalesce(max(closed_at), to_timestamp(0))::timestamptz AS at FROM identity.review_campaign WHERE state = 'closed';

-- name: ReviewersToRemind :many
SELECT DISTINCT s.reviewer_id, p.email, p.number
FROM identity.review_sheet s
JOIN identity.account a ON a.id = s.reviewer_id
JOIN organization.staff p ON p.id = a.staff_id
WHERE s.campaign_id = @campaign_id AND s.state = 'open';
