-- Policies that staff acknowledge (P-4).

-- name: InsertRegulation :exec
INSERT INTO identity.regulation (id, code, created_at, updated_at, updated_by) VALUES (@id, @code, @now, @now, @updated_by);

-- name: LockRegulation :one
SELECT id, code, current, state, version, created_at, updated_at, updated_by FROM identity.regulation WHERE id = @id FOR UPDATE;

-- name: FindRegulation :one
SELECT id, code, current, state, version, created_at, updated_at, updated_by FROM identity.regulation WHERE id = @id;

-- name: Regulations :many
SELECT r.id, r.code, r.current, r.state, r.version, r.created_at, r.updated_at, r.updated_by,
       v.number, v.title_zh, v.title_en, v.state AS version_state, v.levels, v.roles, v.published_at,
       (SELECT count(*) FROM identity.regulation_acknowledgement k WHERE k.regulation_id = r.id AND k.number = r.current) AS acknowledged
FROM identity.regulation r
JOIN identity.regulation_version v ON v.regulation_id = r.id
    AND v.number = (SELECT max(n.number) FROM identity.regulation_version n WHERE n.regulation_id = r.id)
ORDER BY r.code;

-- name: InsertRegulationVersion :exec
INSERT INTO identity.regulation_version (regulation_id, number, title_zh, title_en, body_zh, body_en, change_note, levels, roles, created_at, updated_at, updated_by)
VALUES (@regulation_id, @number, @title_zh, @title_en, @body_zh, @body_en, @change_note, @levels, @roles, @now, @now, @updated_by);

-- name: UpdateRegulationVersion :execrows
UPDATE identity.regulation_version SET title_zh = @title_zh, title_en = @title_en, body_zh = @body_zh, body_en = @body_en,
    change_note = @change_note, levels = @levels, roles = @roles, version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE regulation_id = @regulation_id AND number = @number AND state = 'draft';

-- name: RegulationVersions :many
SELECT * FROM identity.regulation_version WHERE regulation_id = @regulation_id ORDER BY number DESC;

-- name: SetRegulationVersionState :exec
UPDATE identity.regulation_version SET state = @state, version = version + 1, updated_at = @now
WHERE regulation_id = @regulation_id AND number = @number;

-- name: DeleteRegulationVersion :exec
DELETE FROM identity.regulation_version WHERE regulation_id = @regulation_id AND number = @number AND state = 'draft';

-- name: ReplaceRegulationVersion :exec
UPDATE identity.regulation_version SET state = 'replaced' WHERE regulation_id = @regulation_id AND state = 'published';

-- name: PublishRegulationVersion :exec
UPDATE identity.regulation_version SET state = 'published', published_at = @now, published_by = @published_by, version = version + 1
WHERE regulation_id = @regulation_id AND number = @number;

-- name: SetRegulation :exec
UPDATE identity.regulation SET current = @current, state = @state, version = version + 1, updated_at = @now, updated_by = @updated_by WHERE id = @id;

-- name: Readers :many
-- The accounts that must know the version that holds, with when they acknowledged it.
SELECT a.id, s.number, s.name, s.centre_id, c.name AS centre_name, t.name AS team_name, a.last_sign_in_at, k.acknowledged_at
FROM identity.regulation r
JOIN identity.regulation_version v ON v.regulation_id = r.id AND v.number = r.current
JOIN identity.account a ON a.state = 'active'
JOIN organization.staff s ON s.id = a.staff_id AND s.state = 'active'
JOIN organization.centre c ON c.id = s.centre_id
LEFT JOIN organization.team t ON t.id = s.team_id
LEFT JOIN identity.regulation_acknowledgement k ON k.regulation_id = v.regulation_id AND k.number = v.number AND k.account_id = a.id
WHERE r.id = @id AND r.state = 'active'
  AND (@national::boolean OR s.centre_id = ANY (@centres::uuid[]))
  AND (@only_missing::boolean = false OR k.account_id IS NULL)
  AND (cardinality(v.levels) = 0 OR c.level = ANY (v.levels))
  AND (cardinality(v.roles) = 0 OR EXISTS (
      SELECT 1 FROM identity.assignment g JOIN identity.role o ON o.id = g.role_id
      WHERE g.account_id = a.id AND g.ended_at IS NULL AND g.valid_from <= @now AND (g.valid_until IS NULL OR g.valid_until > @now) AND o.code = ANY (v.roles)))
  AND s.number > @after_number
ORDER BY s.number LIMIT @row_limit;

-- name: CountReaders :one
SELECT count(*) AS readers, count(k.account_id) AS acknowledged
FROM identity.regulation r
JOIN identity.regulation_version v ON v.regulation_id = r.id AND v.number = r.current
JOIN identity.account a ON a.state = 'active'
JOIN organization.staff s ON s.id = a.staff_id AND s.state = 'active'
JOIN organization.centre c ON c.id = s.centre_id
LEFT JOIN identity.regulation_acknowledgement k ON k.regulation_id = v.regulation_id AND k.number = v.number AND k.account_id = a.id
WHERE r.id = @id AND r.state = 'active'
  AND (@national::boolean OR s.centre_id = ANY (@centres::uuid[]))
  AND (cardinality(v.levels) = 0 OR c.level = ANY (v.levels))
  AND (cardinality(v.roles) = 0 OR EXISTS (
      SELECT 1 FROM identity.assignment g JOIN identity.role o ON o.id = g.role_id
      WHERE g.account_id = a.id AND g.ended_at IS NULL AND g.valid_from <= @now AND (g.valid_until IS NULL OR g.valid_until > @now) AND o.code = ANY (v.roles)));

-- name: RegulationsOf :many
-- What one account must know, with when it acknowledged; due: it has signed in since the version was published.
SELECT r.id, r.code, v.number, v.title_zh, v.title_en, v.body_zh, v.body_en, v.change_note, v.published_at, v.published_by, k.acknowledged_at,
       (a.last_sign_in_at IS NOT NULL AND v.published_at <= a.last_sign_in_at AND k.account_id IS NULL)::boolean AS due
FROM identity.regulation r
JOIN identity.regulation_version v ON v.regulation_id = r.id AND v.number = r.current
JOIN identity.account a ON a.id = @account_id
JOIN organization.staff s ON s.id = a.staff_id
JOIN organization.centre c ON c.id = s.centre_id
LEFT JOIN identity.regulation_acknowledgement k ON k.regulation_id = v.regulation_id AND k.number = v.number AND k.account_id = a.id
WHERE r.state = 'active'
  AND (cardinality(v.levels) = 0 OR c.level = ANY (v.levels))
  AND (cardinality(v.roles) = 0 OR EXISTS (
      SELECT 1 FROM identity.assignment g JOIN identity.role o ON o.id = g.role_id
      WHERE g.account_id = a.id AND g.ended_at IS NULL AND g.valid_from <= @now AND (g.valid_until IS NULL OR g.valid_until > @now) AND o.code = ANY (v.roles)))
ORDER BY k.account_id IS NOT NULL, r.code;

-- name: Acknowledge :execrows
INSERT INTO identity.regulation_acknowledgement (regulation_id, number, account_id, acknowledged_at, address)
VALUES (@regulation_id, @number, @account_id, @now, @address) ON CONFLICT DO NOTHING;

-- name: SomethingToAcknowledge :one
-- Asked whenever a session is read: only policies published before this person's last sign-in count.
SELECT EXISTS (
    SELECT 1
    FROM identity.regulation r
    JOIN identity.regulation_version v ON v.regulation_id = r.id AND v.number = r.current
    JOIN identity.account a ON a.id = @account_id AND v.published_at <= a.last_sign_in_at
    JOIN organization.staff s ON s.id = a.staff_id
    JOIN organization.centre c ON c.id = s.centre_id
    WHERE r.state = 'active'
      AND (cardinality(v.levels) = 0 OR c.level = ANY (v.levels))
      AND (cardinality(v.roles) = 0 OR EXISTS (
          SELECT 1 FROM identity.assignment g JOIN identity.role o ON o.id = g.role_id
          WHERE g.account_id = a.id AND g.ended_at IS NULL AND g.valid_from <= @now AND (g.valid_until IS NULL OR g.valid_until > @now) AND o.code = ANY (v.roles)))
      AND NOT EXISTS (SELECT 1 FROM identity.regulation_acknowledgement k
          WHERE k.regulation_id = v.regulation_id AND k.number = v.number AND k.account_id = a.id));
