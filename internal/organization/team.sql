-- name: InsertTeam :exec
INSERT INTO organization.team (id, centre_id, code, name, leader_id, shift, created_at, updated_at, updated_by)
VALUES (@id, @centre_id, @code, @name, @leader_id, @shift, @now, @now, @updated_by);

-- name: UpdateTeam :execrows
UPDATE organization.team
SET code = @code, name = @name, leader_id = @leader_id, shift = @shift, state = @state,
    version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: Team :one
SELECT t.id, t.centre_id, t.code, t.name, t.leader_id, coalesce(l.number, '')::text AS leader_number, coalesce(l.name, '')::text AS leader_name,
       t.shift, t.state, t.version, t.created_at, t.updated_at, t.updated_by,
       (SELECT count(*) FROM organization.staff s WHERE s.team_id = t.id AND s.state <> 'left') AS members
FROM organization.team t LEFT JOIN organization.staff l ON l.id = t.leader_id
WHERE t.id = @id;

-- name: TeamByCode :one
SELECT id FROM organization.team WHERE centre_id = @centre_id AND code = @code;

-- name: Leader :one
-- Who may lead: a member of staff who has not left; with the centre, for the scope.
SELECT centre_id, number, name FROM organization.staff WHERE id = @id AND state <> 'left';

-- name: LeaderByNumber :one
SELECT id FROM organization.staff WHERE number = @number AND state <> 'left';

-- name: LockTeam :exec
SELECT 1 FROM organization.team WHERE id = @id FOR UPDATE;
