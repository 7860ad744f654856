-- A leg that is written a second time, after a failure whose outcome was unknown, stays as it is.
-- name: InsertCalls :batchexec
INSERT INTO voice.call (id, conversation, direction, started_at, answered_at, ended_at, caller, caller_mac, called, called_mac,
    trunk_id, trunk_name, phone_id, phone_number, centre_id, act, result, side, reason, sip_status, q850, codec, grade, quality,
    recorded, node, sip_call_id)
VALUES (@id, @conversation, @direction, @started_at, @answered_at, @ended_at, @caller, @caller_mac, @called, @called_mac,
    @trunk_id, @trunk_name, @phone_id, @phone_number, @centre_id, @act, @result, @side, @reason, @sip_status, @q850, @codec, @grade,
    @quality, @recorded, @node, @sip_call_id)
ON CONFLICT (id) DO NOTHING;

-- name: InsertLadders :batchexec
INSERT INTO voice.call_ladder (call_id, messages) VALUES (@call_id, @messages) ON CONFLICT (call_id) DO NOTHING;

-- name: ListCalls :many
SELECT c.* FROM voice.call c
WHERE (@national::boolean OR c.centre_id = ANY (@centres::uuid[]))
  AND (c.started_at, c.id) < (@before_at::timestamptz, @before_id::uuid)
  AND c.started_at >= @since::timestamptz
  AND (@direction::text = '' OR c.direction = @direction)
  AND (@result::text = '' OR c.result = @result)
  AND (@grade::text = '' OR c.grade = @grade)
  AND (@trunk::uuid = '00000000-0000-0000-0000-000000000000' OR c.trunk_id = @trunk)
  AND (@phone::uuid = '00000000-0000-0000-0000-000000000000' OR c.phone_id = @phone)
  AND (NOT @by_number::boolean OR c.caller_mac = ANY (@macs::bytea[]) OR c.called_mac = ANY (@macs::bytea[])
       OR c.phone_number = @plain OR c.called = @plain)
ORDER BY c.started_at DESC, c.id DESC LIMIT @row_limit::integer;

-- name: GetCall :one
SELECT c.*, EXISTS (SELECT 1 FROM voice.call_ladder l WHERE l.call_id = c.id) AS has_ladder FROM voice.call c
WHERE c.id = @id AND (@national::boolean OR c.centre_id = ANY (@centres::uuid[]));

-- name: GetLadder :one
SELECT l.messages FROM voice.call_ladder l WHERE l.call_id = @id;

-- name: SweepCalls :execrows
DELETE FROM voice.call WHERE id IN (SELECT o.id FROM voice.call o WHERE o.started_at < @before ORDER BY o.started_at LIMIT 5000 FOR UPDATE SKIP LOCKED);

-- name: SweepLadders :execrows
DELETE FROM voice.call_ladder WHERE call_id IN (
    SELECT l.call_id FROM voice.call_ladder l JOIN voice.call c ON c.id = l.call_id WHERE c.started_at < @before ORDER BY c.started_at LIMIT 5000);
