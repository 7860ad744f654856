-- name: Revision :one
SELECT number FROM setting.revision;

-- name: Touch :one
-- Makes this transaction the only one that changes values until it ends.
UPDATE setting.revision SET number = number + 1 RETURNING number;

-- name: Values :many
SELECT key, centre_id, value, lock, version, updated_at FROM setting.value WHERE value IS NOT NULL;

-- name: ValuesOf :many
-- What the centres of a path say about one setting; rows without a value have a version.
SELECT centre_id, value, lock, version, updated_at FROM setting.value
WHERE key = @key AND centre_id = ANY(@centres::uuid[]);

-- name: ValuesOfCentre :many
SELECT key, value, lock, version, updated_at FROM setting.value WHERE centre_id = @centre_id;

-- name: Put :exec
INSERT INTO setting.value (key, centre_id, value, lock, version, updated_at)
VALUES (@key, @centre_id, @value, @lock, @version, @now)
ON CONFLICT (key, centre_id) DO UPDATE SET value = excluded.value, lock = excluded.lock, version = excluded.version, updated_at = excluded.updated_at;

-- name: InsertChange :exec
INSERT INTO setting.value_change (key, centre_id, version, old_value, old_lock, new_value, new_lock, reason, rolled_back,
    request_id, asked_by, actor_number, actor_name, changed_at)
VALUES (@key, @centre_id, @version, @old_value, @old_lock, @new_value, @new_lock, @reason, @rolled_back,
    @request_id, @asked_by, @actor_number, @actor_name, @now);

-- name: Changes :many
SELECT * FROM setting.value_change
WHERE key = @key AND centre_id = @centre_id AND version < @before
ORDER BY version DESC LIMIT @row_limit;

-- name: ChangeAt :one
SELECT * FROM setting.value_change WHERE key = @key AND centre_id = @centre_id AND version = @version;

-- name: LastChanges :many
-- Who said last what the centres of a path say about one setting.
SELECT c.centre_id, c.actor_number, c.actor_name, c.changed_at, c.reason
FROM setting.value v JOIN setting.value_change c USING (key, centre_id, version)
WHERE v.key = @key AND v.centre_id = ANY(@centres::uuid[]);

-- name: Pending :many
-- Open requests to change what a centre says.
SELECT id, object_id, payload, requester_number, requester_name, reason, created_at FROM approval.request
WHERE kind = 'setting.change' AND state = 'open' AND centre_id = @centre_id;
