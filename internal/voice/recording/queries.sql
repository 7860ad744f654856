-- InsertRecording does nothing when the recording is there: a node that died after storing stores again.
-- name: InsertRecording :execrows
INSERT INTO voice.recording (id, call_id, centre_id, began_at, duration_ms, direction, customer, customer_sealed, customer_hash, line, staff_id,
    staff_number, labels, pauses, dropped, misplaced, cut, node, peaks, size, sha256, state, place, blob_key, wrapped_key, key_version, created_at)
VALUES (@id, @call_id, sqlc.narg(centre_id), @began_at, @duration_ms, @direction, @customer, sqlc.narg(customer_sealed), sqlc.narg(customer_hash), @line,
    sqlc.narg(staff_id), @staff_number, @labels, @pauses, @dropped, @misplaced, @cut, @node, @peaks, @size, @sha256, 'kept', 'main', @blob_key, @wrapped_key,
    @key_version, @now)
ON CONFLICT (id) DO NOTHING;

-- name: HasRecording :one
SELECT EXISTS (SELECT FROM voice.recording WHERE id = @id);

-- name: GetRecording :one
SELECT * FROM voice.recording WHERE id = @id AND (@national::boolean OR centre_id = ANY (@centres::uuid[]));

-- name: LockRecording :one
SELECT * FROM voice.recording WHERE id = @id AND (@national::boolean OR centre_id = ANY (@centres::uuid[])) FOR UPDATE;

-- name: ListRecordings :many
SELECT * FROM voice.recording
WHERE (@national::boolean OR centre_id = ANY (@centres::uuid[]))
  AND (began_at, id) < (@before_at::timestamptz, @before_id::uuid)
  AND began_at >= @from_at::timestamptz
  AND (@centre::uuid = '00000000-0000-0000-0000-000000000000' OR centre_id = @centre)
  AND (@call::uuid = '00000000-0000-0000-0000-000000000000' OR call_id = @call)
  AND (@staff_number::text = '' OR staff_number = @staff_number)
  AND (@line::text = '' OR line = @line)
  AND (@direction::text = '' OR direction = @direction)
  AND (@state::text = '' OR state = @state)
  AND (NOT @only_held::boolean OR hold)
  AND duration_ms >= @min_ms::bigint
ORDER BY began_at DESC, id DESC LIMIT @row_limit::integer;

-- name: RecordingsOfCustomer :many
SELECT * FROM voice.recording
WHERE customer_hash = ANY (@hashes::bytea[]) AND (@national::boolean OR centre_id = ANY (@centres::uuid[]))
ORDER BY began_at DESC, id DESC LIMIT @row_limit::integer;

-- name: SetHold :execrows
UPDATE voice.recording SET hold = @hold, hold_reason = @reason, hold_by = @by, hold_at = sqlc.narg(held_at), version = version + 1
WHERE id = @id AND version = @version AND state = 'kept';

-- EraseRecording forgets the key, and with it the audio wherever copies lie. What remains says that there was one.
-- name: EraseRecording :execrows
UPDATE voice.recording
SET state = 'erased', wrapped_key = NULL, customer_sealed = NULL, customer_hash = NULL, peaks = '', erased_at = @now, erased_why = @why, erased_by = @by,
    version = version + 1
WHERE id = @id AND state = 'kept' AND NOT hold;

-- Centres are few; asking which of them have recordings would read every recording.
-- name: Centres :many
SELECT id FROM organization.centre;

-- name: CentreCodes :many
SELECT id, code FROM organization.centre;

-- Expired are recordings of a centre that are older than its rule and not held.
-- name: Expired :many
SELECT id, call_id, centre_id, began_at FROM voice.recording
WHERE state = 'kept' AND NOT hold AND centre_id IS NOT DISTINCT FROM sqlc.narg(centre_id) AND began_at < @before::timestamptz
ORDER BY began_at LIMIT @row_limit::integer FOR UPDATE SKIP LOCKED;

-- name: ToMove :many
SELECT id, blob_key FROM voice.recording
WHERE state = 'kept' AND place = 'main' AND centre_id IS NOT DISTINCT FROM sqlc.narg(centre_id) AND began_at < @before::timestamptz
ORDER BY began_at LIMIT @row_limit::integer;

-- name: SetMoved :execrows
UPDATE voice.recording SET place = 'moved' WHERE id = @id AND place = 'main' AND state = 'kept';

-- ToRemove are recordings with a copy that nobody needs: moved, or erased.
-- name: ToRemove :many
SELECT id, blob_key, state, place FROM voice.recording
WHERE (place = 'moved' OR (state = 'erased' AND place <> 'none')) AND id > @after ORDER BY id LIMIT @row_limit::integer;

-- name: SetRemoved :exec
UPDATE voice.recording SET place = @place WHERE id = @id AND place = @old_place AND state = @state;

-- name: NotActive :many
SELECT id, wrapped_key, customer_sealed FROM voice.recording
WHERE wrapped_key IS NOT NULL AND key_version <> @active AND id > @after_id ORDER BY id LIMIT @row_limit::integer;

-- name: Rewrap :exec
UPDATE voice.recording SET wrapped_key = @fresh, customer_sealed = sqlc.narg(customer_sealed), customer_hash = sqlc.narg(customer_hash), key_version = @key_version
WHERE id = @id AND wrapped_key = @old;
