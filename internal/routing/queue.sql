-- name: ListQueues :many
SELECT q.* FROM routing.queue q JOIN organization.centre o ON o.id = q.centre_id
WHERE (@national::boolean OR o.level = 'nation' OR q.centre_id = ANY (@centres::uuid[]))
  AND (q.code, q.id) > (@after_code::text, @after_id::uuid)
  AND (@channel::text = '' OR q.channel = @channel)
  AND (@centre::uuid = '00000000-0000-0000-0000-000000000000' OR q.centre_id = @centre)
  AND (@word::text = '' OR position(lower(@word) IN lower(q.name)) > 0 OR position(lower(@word) IN lower(q.code)) > 0)
ORDER BY q.code, q.id LIMIT @row_limit::integer;

-- name: GetQueue :one
SELECT q.* FROM routing.queue q JOIN organization.centre o ON o.id = q.centre_id
WHERE q.id = @id AND (@national::boolean OR o.level = 'nation' OR q.centre_id = ANY (@centres::uuid[]));

-- name: LockQueue :one
SELECT * FROM routing.queue WHERE id = @id FOR UPDATE;

-- name: FindQueue :one
SELECT * FROM routing.queue WHERE code = @code FOR UPDATE;

-- name: AllQueues :many
SELECT * FROM routing.queue ORDER BY code, id;

-- name: InsertQueue :exec
INSERT INTO routing.queue (id, code, name, centre_id, channel, needs, priority, ring_s, wrap_up, wrap_up_s, overflow, max_waiting, max_wait_s,
    no_agents, target_s, announce_number, music, position, closed, note, version, created_at, updated_at, updated_by)
VALUES (@id, @code, @name, @centre_id, @channel, @needs, @priority, @ring_s, @wrap_up, @wrap_up_s, @overflow, @max_waiting, @max_wait_s,
    @no_agents, @target_s, @announce_number, @music, @position, @closed, @note, 1, @now, @now, @updated_by);

-- name: UpdateQueue :execrows
UPDATE routing.queue SET code = @code, name = @name, centre_id = @centre_id, channel = @channel, needs = @needs, priority = @priority,
    ring_s = @ring_s, wrap_up = @wrap_up, wrap_up_s = @wrap_up_s, overflow = @overflow, max_waiting = @max_waiting, max_wait_s = @max_wait_s,
    no_agents = @no_agents, target_s = @target_s, announce_number = @announce_number, music = @music, position = @position, closed = @closed,
    note = @note, version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: DeleteQueue :execrows
DELETE FROM routing.queue WHERE id = @id AND version = @version;

-- name: AllBreaks :many
SELECT * FROM routing.break_reason ORDER BY place, code;

-- name: LockBreak :one
SELECT * FROM routing.break_reason WHERE id = @id FOR UPDATE;

-- name: InsertBreak :exec
INSERT INTO routing.break_reason (id, code, name, name_en, place, most_minutes, most_share, retired, version, created_at, updated_at, updated_by)
VALUES (@id, @code, @name, @name_en, @place, @most_minutes, @most_share, @retired, 1, @now, @now, @updated_by);

-- name: UpdateBreak :execrows
UPDATE routing.break_reason SET name = @name, name_en = @name_en, place = @place, most_minutes = @most_minutes, most_share = @most_share,
    retired = @retired, version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: Revision :one
SELECT tables FROM routing.revision;

-- name: TouchTables :exec
UPDATE routing.revision SET tables = tables + 1;
