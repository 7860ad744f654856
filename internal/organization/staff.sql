-- name: StaffByID :one
SELECT id, number, name, centre_id, team_id, post_id, mobile, email, state, joined_on, left_on, version, updated_by, created_at, updated_at
FROM organization.staff WHERE id = @id;

-- name: StaffForUpdate :many
-- In the order of ids, so that two bulk changes cannot wait for each other.
SELECT id, number, name, centre_id, team_id, post_id, mobile, email, state, joined_on, left_on, version, updated_by, created_at, updated_at
FROM organization.staff WHERE id = ANY(@ids::uuid[])
ORDER BY id
FOR UPDATE;

-- name: StaffByNumbersForUpdate :many
SELECT id, number, name, centre_id, team_id, post_id, mobile, email, state, joined_on, left_on, version, updated_by, created_at, updated_at
FROM organization.staff WHERE number = ANY(@numbers::text[])
ORDER BY id
FOR UPDATE;

-- name: InsertStaff :copyfrom
INSERT INTO organization.staff
    (id, number, name, centre_id, team_id, post_id, mobile, email, state, joined_on, left_on, version, search, updated_by, created_at, updated_at)
VALUES (@id, @number, @name, @centre_id, @team_id, @post_id, @mobile, @email, @state, @joined_on, @left_on, @version, @search, @updated_by, @created_at, @updated_at);

-- name: UpdateStaff :execrows
-- Writes what may change of many; the nil UUID and the empty day stand for none. The rows are locked and checked.
UPDATE organization.staff s
SET name = n.name, centre_id = n.centre_id, team_id = nullif(n.team_id, '00000000-0000-0000-0000-000000000000'),
    post_id = nullif(n.post_id, '00000000-0000-0000-0000-000000000000'), mobile = n.mobile, email = n.email, state = n.state,
    joined_on = nullif(n.joined_on, '')::date, left_on = nullif(n.left_on, '')::date, search = n.search,
    version = s.version + 1, updated_by = @updated_by, updated_at = @now
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@names::text[]) AS name, unnest(@centre_ids::uuid[]) AS centre_id,
             unnest(@team_ids::uuid[]) AS team_id, unnest(@post_ids::uuid[]) AS post_id, unnest(@mobiles::text[]) AS mobile,
             unnest(@emails::text[]) AS email, unnest(@states::text[]) AS state, unnest(@joined_ons::text[]) AS joined_on,
             unnest(@left_ons::text[]) AS left_on, unnest(@searches::text[]) AS search) n
WHERE s.id = n.id;

-- name: LedTeams :many
-- Teams in use that somebody of these leads.
SELECT leader_id, id, code, name FROM organization.team WHERE leader_id = ANY(@ids::uuid[]) AND state = 'active';

-- name: TeamsForShare :many
-- Teams that staff are put into; a team that is closed meanwhile waits for us.
SELECT id, centre_id, code, name, state FROM organization.team WHERE id = ANY(@ids::uuid[]) ORDER BY id FOR SHARE;

-- name: CentresForShare :many
SELECT id, state FROM organization.centre WHERE id = ANY(@ids::uuid[]) ORDER BY id FOR SHARE;

-- name: LeavingDue :many
SELECT id FROM organization.staff
WHERE state <> 'left' AND left_on IS NOT NULL AND left_on <= @today::date
ORDER BY left_on, id
LIMIT @row_limit;

-- name: StaffHistory :many
-- What the audit tells of one member of staff, the newest first.
SELECT id, at, actor_kind, actor_number, actor_name, action, reason, changes
FROM audit.entry
WHERE object_kind = 'organization.staff' AND object_id = @object_id AND id < @before
ORDER BY id DESC
LIMIT @row_limit;

-- name: AllTeamCodes :many
SELECT id, centre_id, code, state FROM organization.team;
