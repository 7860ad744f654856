-- Visible are things of centres in the asker's scope and the nation's, which concern everybody.
-- name: ListGroups :many
SELECT g.*, (SELECT count(*) FROM voice.trunk t WHERE t.group_id = g.id) AS trunks
FROM voice.trunk_group g JOIN organization.centre o ON o.id = g.centre_id
WHERE (@national::boolean OR o.level = 'nation' OR g.centre_id = ANY (@centres::uuid[]))
ORDER BY g.code LIMIT 500;

-- name: GetGroup :one
SELECT g.* FROM voice.trunk_group g JOIN organization.centre o ON o.id = g.centre_id
WHERE g.id = @id AND (@national::boolean OR o.level = 'nation' OR g.centre_id = ANY (@centres::uuid[]));

-- name: LockGroup :one
SELECT * FROM voice.trunk_group WHERE id = @id FOR UPDATE;

-- name: InsertGroup :exec
INSERT INTO voice.trunk_group (id, code, name, centre_id, note, version, created_at, updated_at, updated_by)
VALUES (@id, @code, @name, @centre_id, @note, 1, @now, @now, @updated_by);

-- name: UpdateGroup :execrows
UPDATE voice.trunk_group SET code = @code, name = @name, centre_id = @centre_id, note = @note, version = version + 1,
    updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: DeleteGroup :execrows
DELETE FROM voice.trunk_group WHERE id = @id AND version = @version;

-- name: ListTrunks :many
SELECT t.*, g.code AS group_code, g.centre_id FROM voice.trunk t JOIN voice.trunk_group g ON g.id = t.group_id
    JOIN organization.centre o ON o.id = g.centre_id
WHERE (@national::boolean OR o.level = 'nation' OR g.centre_id = ANY (@centres::uuid[]))
  AND (t.name, t.id) > (@after_name::text, @after_id::uuid)
  AND (@group_id::uuid = '00000000-0000-0000-0000-000000000000' OR t.group_id = @group_id)
  AND (@word::text = '' OR position(lower(@word) IN lower(t.name || ' ' || g.code || ' ' || array_to_string(t.hosts, ' '))) > 0)
ORDER BY t.name, t.id LIMIT @row_limit::integer;

-- name: GetTrunk :one
SELECT t.*, g.code AS group_code, g.centre_id FROM voice.trunk t JOIN voice.trunk_group g ON g.id = t.group_id
    JOIN organization.centre o ON o.id = g.centre_id
WHERE t.id = @id AND (@national::boolean OR o.level = 'nation' OR g.centre_id = ANY (@centres::uuid[]));

-- name: LockTrunk :one
SELECT t.*, g.code AS group_code, g.centre_id FROM voice.trunk t JOIN voice.trunk_group g ON g.id = t.group_id
WHERE t.id = @id FOR UPDATE OF t;

-- name: AllTrunks :many
SELECT t.*, g.code AS group_code, g.centre_id FROM voice.trunk t JOIN voice.trunk_group g ON g.id = t.group_id ORDER BY t.name, t.id;

-- name: InsertTrunk :exec
INSERT INTO voice.trunk (id, group_id, name, hosts, transport, username, password_sealed, register, priority, weight, max_calls,
    codecs, inband_dtmf, quiet, caller_from, disabled, note, version, created_at, updated_at, updated_by)
VALUES (@id, @group_id, @name, @hosts, @transport, @username, @password_sealed, @register, @priority, @weight, @max_calls,
    @codecs, @inband_dtmf, @quiet, @caller_from, @disabled, @note, 1, @now, @now, @updated_by);

-- name: UpdateTrunk :execrows
UPDATE voice.trunk SET group_id = @group_id, name = @name, hosts = @hosts, transport = @transport, username = @username,
    password_sealed = @password_sealed, register = @register, priority = @priority, weight = @weight, max_calls = @max_calls,
    codecs = @codecs, inband_dtmf = @inband_dtmf, quiet = @quiet, caller_from = @caller_from, disabled = @disabled, note = @note,
    version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: DeleteTrunk :execrows
DELETE FROM voice.trunk WHERE id = @id AND version = @version;

-- name: TrunkSecrets :many
SELECT id, password_sealed FROM voice.trunk
WHERE password_sealed IS NOT NULL AND id > @after AND substring(password_sealed FROM 2 FOR 4) <> @active::bytea
ORDER BY id LIMIT 200;

-- name: RewrapTrunk :execrows
UPDATE voice.trunk SET password_sealed = @rewrapped WHERE id = @id AND password_sealed = @sealed;

-- name: TouchTables :exec
UPDATE voice.revision SET tables = tables + 1;

-- name: Revision :one
SELECT tables FROM voice.revision;
