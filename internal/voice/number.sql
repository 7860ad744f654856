-- name: ListNumbers :many
SELECT n.*, coalesce(p.name, '') AS prompt_name, coalesce(d.number, '') AS phone_number, coalesce(g.code, '') AS group_code
FROM voice.number_action n JOIN organization.centre o ON o.id = n.centre_id
    LEFT JOIN voice.prompt p ON p.id = n.prompt_id LEFT JOIN voice.phone d ON d.id = n.phone_id
    LEFT JOIN voice.trunk_group g ON g.id = n.group_id
WHERE (@national::boolean OR o.level = 'nation' OR n.centre_id = ANY (@centres::uuid[]))
  AND (n.pattern, n.id) > (@after_pattern::text, @after_id::uuid)
  AND (@act::text = '' OR n.act = @act)
  AND (@word::text = '' OR position(lower(@word) IN lower(n.name)) > 0 OR @digits::text <> '' AND position(@digits IN n.pattern) > 0)
ORDER BY n.pattern, n.id LIMIT @row_limit::integer;

-- name: GetNumber :one
SELECT n.*, coalesce(p.name, '') AS prompt_name, coalesce(d.number, '') AS phone_number, coalesce(g.code, '') AS group_code
FROM voice.number_action n JOIN organization.centre o ON o.id = n.centre_id
    LEFT JOIN voice.prompt p ON p.id = n.prompt_id LEFT JOIN voice.phone d ON d.id = n.phone_id
    LEFT JOIN voice.trunk_group g ON g.id = n.group_id
WHERE n.id = @id AND (@national::boolean OR o.level = 'nation' OR n.centre_id = ANY (@centres::uuid[]));

-- name: LockNumber :one
SELECT * FROM voice.number_action WHERE id = @id FOR UPDATE;

-- name: FindNumber :one
SELECT * FROM voice.number_action WHERE pattern = @pattern AND match = @match FOR UPDATE;

-- name: AllNumbers :many
SELECT * FROM voice.number_action WHERE NOT disabled ORDER BY pattern, id;

-- name: InsertNumber :exec
INSERT INTO voice.number_action (id, pattern, match, name, centre_id, act, prompt_id, repeat, phone_id, group_id, cause, queue,
    flow, disabled, note, version, created_at, updated_at, updated_by)
VALUES (@id, @pattern, @match, @name, @centre_id, @act, @prompt_id, @repeat, @phone_id, @group_id, @cause, @queue,
    @flow, @disabled, @note, 1, @now, @now, @updated_by);

-- name: UpdateNumber :execrows
UPDATE voice.number_action SET pattern = @pattern, match = @match, name = @name, centre_id = @centre_id, act = @act,
    prompt_id = @prompt_id, repeat = @repeat, phone_id = @phone_id, group_id = @group_id, cause = @cause, queue = @queue,
    flow = @flow, disabled = @disabled, note = @note, version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: DeleteNumber :execrows
DELETE FROM voice.number_action WHERE id = @id AND version = @version;
