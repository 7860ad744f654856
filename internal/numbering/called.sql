-- name: InsertCalled :exec
INSERT INTO numbering.called (id, pattern, match, name, kind, service, centre_id, province, city, merge_method, transfer_to,
    trunk_group, note, state, valid_from, valid_until, version, created_at, updated_at, updated_by)
VALUES (@id, @pattern, @match, @name, @kind, @service, @centre_id, @province, @city, @merge_method, @transfer_to,
    @trunk_group, @note, @state, @valid_from, sqlc.narg(valid_until), 1, @now, @now, @updated_by);

-- UpdateCalled changes the row that still has the version; nothing else may have changed it meanwhile.
-- name: UpdateCalled :execrows
UPDATE numbering.called
SET pattern = @pattern, match = @match, name = @name, kind = @kind, service = @service, centre_id = @centre_id, province = @province,
    city = @city, merge_method = @merge_method, transfer_to = @transfer_to, trunk_group = @trunk_group, note = @note, state = @state,
    valid_from = @valid_from, valid_until = sqlc.narg(valid_until), version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- Visible are entries of centres in the asker's scope and the nation's, which concern everybody.
-- name: GetCalled :one
SELECT c.* FROM numbering.called c JOIN organization.centre o ON o.id = c.centre_id
WHERE c.id = @id AND (@national::boolean OR o.level = 'nation' OR c.centre_id = ANY (@centres::uuid[]));

-- name: LockCalled :one
SELECT c.* FROM numbering.called c WHERE c.id = @id FOR UPDATE;

-- name: ListCalled :many
SELECT c.* FROM numbering.called c JOIN organization.centre o ON o.id = c.centre_id
WHERE (@national::boolean OR o.level = 'nation' OR c.centre_id = ANY (@centres::uuid[]))
  AND (c.pattern, c.id) > (@after_pattern::text, @after_id::uuid)
  AND (@kind::text = '' OR c.kind = @kind)
  AND (@state::text = '' AND c.state <> 'retired' OR c.state = @state)
  AND (@centre::uuid = '00000000-0000-0000-0000-000000000000' OR c.centre_id = @centre)
  -- A word finds names that contain it and numbers that contain its digits.
  AND (@word::text = '' OR position(lower(@word) IN lower(c.name)) > 0 OR @digits::text <> '' AND position(@digits IN c.pattern) > 0)
ORDER BY c.pattern, c.id LIMIT @row_limit::integer;

-- AllCalled is what the resolver holds in memory.
-- name: AllCalled :many
SELECT * FROM numbering.called WHERE state <> 'retired' ORDER BY pattern, id;

-- FindCalled is the entry that a row of an import means.
-- name: FindCalled :one
SELECT * FROM numbering.called
WHERE pattern = @pattern AND match = @match AND province = @province AND city = @city AND state <> 'retired'
  AND tstzrange(valid_from, valid_until) && tstzrange(@valid_from::timestamptz, sqlc.narg(valid_until)::timestamptz)
ORDER BY valid_from LIMIT 1;

-- name: Revision :one
SELECT called, segments, ported FROM numbering.revision;

-- name: TouchCalled :exec
UPDATE numbering.revision SET called = called + 1;

-- name: TouchSegments :exec
UPDATE numbering.revision SET segments = segments + 1;

-- name: TouchPorted :exec
UPDATE numbering.revision SET ported = ported + 1;
