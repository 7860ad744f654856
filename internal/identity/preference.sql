-- name: Preferences :many
SELECT key, value, updated_at FROM identity.preference WHERE account_id = @account_id ORDER BY key;

-- name: CountPreferences :one
-- How many keys there are beside this one.
SELECT count(*) FROM identity.preference WHERE account_id = @account_id AND key <> @key::text;

-- name: LockAccount :one
-- Serialises the writers of one account, so that its limits hold.
SELECT id FROM identity.account WHERE id = @id FOR NO KEY UPDATE;

-- name: SetPreference :exec
INSERT INTO identity.preference (account_id, key, value, updated_at) VALUES (@account_id, @key, @value, @now)
ON CONFLICT (account_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at;

-- name: DeletePreference :exec
DELETE FROM identity.preference WHERE account_id = @account_id AND key = @key;

-- name: SavedViews :many
-- Own ones, those shared with the reader's team, and those shared with a centre on the reader's path upwards.
SELECT v.id, v.account_id, v.page, v.name, v.value, v.shared, v.team_id, v.centre_id, v.version, v.updated_at,
       s.number AS owner_number, s.name AS owner_name
FROM identity.saved_view v
JOIN identity.account a ON a.id = v.account_id
JOIN organization.staff s ON s.id = a.staff_id
WHERE v.page = @page
  AND (v.account_id = @account_id
       OR v.team_id = (SELECT own.team_id FROM organization.staff own WHERE own.id = @staff_id)
       OR v.centre_id = ANY (@path::uuid[]))
ORDER BY v.account_id <> @account_id, v.name, v.id
LIMIT 500;

-- name: LockSavedView :one
SELECT id, account_id, page, name, value, shared, team_id, centre_id, version, updated_at
FROM identity.saved_view WHERE id = @id FOR UPDATE;

-- name: CountSavedViews :one
SELECT count(*) FROM identity.saved_view WHERE account_id = @account_id AND page = @page;

-- name: InsertSavedView :exec
INSERT INTO identity.saved_view (id, account_id, page, name, value, shared, team_id, centre_id, created_at, updated_at)
VALUES (@id, @account_id, @page, @name, @value, @shared, @team_id, @centre_id, @now, @now);

-- name: UpdateSavedView :exec
UPDATE identity.saved_view
SET name = @name, value = @value, shared = @shared, team_id = @team_id, centre_id = @centre_id,
    version = version + 1, updated_at = @now
WHERE id = @id;

-- name: DeleteSavedView :exec
DELETE FROM identity.saved_view WHERE id = @id;

-- name: StaffPlace :one
SELECT team_id, centre_id FROM organization.staff WHERE id = @id;
