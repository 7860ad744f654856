-- name: SkillByID :one
SELECT id, code, name, kind, description, state, version, updated_by, created_at, updated_at
FROM organization.skill WHERE id = @id;

-- name: SkillForUpdate :one
SELECT id, code, name, kind, description, state, version, updated_by, created_at, updated_at
FROM organization.skill WHERE id = @id FOR UPDATE;

-- name: SkillForShare :one
SELECT id, code, name, state FROM organization.skill WHERE id = @id FOR SHARE;

-- name: InsertSkill :exec
INSERT INTO organization.skill (id, code, name, kind, description, updated_by, created_at, updated_at)
VALUES (@id, @code, @name, @kind, @description, @updated_by, @now, @now);

-- name: UpdateSkill :exec
UPDATE organization.skill
SET name = @name, kind = @kind, description = @description, state = @state, version = version + 1, updated_by = @updated_by, updated_at = @now
WHERE id = @id;

-- name: Skills :many
-- The list with how many in the centres hold each skill today; all centres when national.
SELECT k.id, k.code, k.name, k.kind, k.description, k.state, k.version,
       (SELECT count(*) FROM organization.staff_skill g JOIN organization.staff s ON s.id = g.staff_id
        WHERE g.skill_id = k.id AND s.state <> 'left' AND g.valid_from <= @today::date
          AND (g.valid_until IS NULL OR g.valid_until >= @today::date)
          AND (@national::boolean OR s.centre_id = ANY(@centres::uuid[])))::bigint AS holders
FROM organization.skill k
WHERE k.code > @after_code
  AND (@kind::text = '' OR k.kind = @kind::text)
  AND (@state::text = '' OR k.state = @state::text)
ORDER BY k.code
LIMIT @row_limit;

-- name: SkillsOf :many
SELECT g.staff_id, g.skill_id, k.code, k.name, k.kind, g.level, g.valid_from, g.valid_until, g.granted_by, g.granted_at, g.evidence
FROM organization.staff_skill g
JOIN organization.skill k ON k.id = g.skill_id
WHERE g.staff_id = ANY(@staff_ids::uuid[])
ORDER BY k.code;

-- name: GrantsForUpdate :many
SELECT staff_id, level, valid_from, valid_until, evidence FROM organization.staff_skill
WHERE skill_id = @skill_id AND staff_id = ANY(@staff_ids::uuid[])
ORDER BY staff_id
FOR UPDATE;

-- name: GrantSkill :exec
INSERT INTO organization.staff_skill (staff_id, skill_id, level, valid_from, valid_until, granted_by, granted_at, evidence)
SELECT unnest(@staff_ids::uuid[]), @skill_id, @level, @valid_from, sqlc.narg(valid_until), @granted_by, @now, @evidence
ON CONFLICT ON CONSTRAINT staff_skill_pkey DO UPDATE
SET level = excluded.level, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
    granted_by = excluded.granted_by, granted_at = excluded.granted_at, evidence = excluded.evidence;

-- name: WithdrawSkill :execrows
DELETE FROM organization.staff_skill WHERE skill_id = @skill_id AND staff_id = ANY(@staff_ids::uuid[]);

-- name: Expiring :many
-- Grants that end within the days asked for, the nearest end first, of people who work here.
SELECT s.id AS staff_id, s.number, s.name, s.centre_id, s.team_id, k.id AS skill_id, k.code, k.name AS skill_name, g.level, g.valid_until
FROM organization.staff_skill g
JOIN organization.staff s ON s.id = g.staff_id
JOIN organization.skill k ON k.id = g.skill_id
WHERE g.valid_until BETWEEN @today::date AND @until::date
  AND (g.valid_until, s.number, k.code) > (@after_until::date, @after_number::text, @after_code::text)
  AND s.state <> 'left' AND k.state = 'active'
  AND (@national::boolean OR s.centre_id = ANY(@centres::uuid[]))
ORDER BY g.valid_until, s.number, k.code
LIMIT @row_limit;

-- name: SeedSkills :copyfrom
INSERT INTO organization.staff_skill (staff_id, skill_id, level, valid_from, valid_until, granted_by, granted_at, evidence)
VALUES (@staff_id, @skill_id, @level, @valid_from, @valid_until, @granted_by, @granted_at, @evidence);

-- name: SkillByCode :one
SELECT id, code, name, kind, description, state, version, updated_by, created_at, updated_at
FROM organization.skill WHERE code = @code;
