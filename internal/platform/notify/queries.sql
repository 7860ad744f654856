-- name: Insert :execrows
-- No row: the idempotency key was used before.
INSERT INTO notify.message
    (id, channel, purpose, state, recipient_sealed, recipient_hash, recipient_hint, subject, body_sealed,
     key_version, idempotency_key, created_at, due_at)
VALUES (@id, @channel, @purpose, 'queued', @recipient_sealed, @recipient_hash, @recipient_hint, @subject, @body_sealed,
     @key_version, sqlc.narg(idempotency_key), @now, @now)
ON CONFLICT ON CONSTRAINT message_idempotency_key_unique DO NOTHING;

-- name: FindByKey :one
SELECT id FROM notify.message WHERE idempotency_key = @idempotency_key::text;

-- name: InsertMany :copyfrom
INSERT INTO notify.message
    (id, channel, purpose, state, attempts, recipient_sealed, recipient_hash, recipient_hint, subject, body_sealed,
     key_version, error_code, error, created_at, due_at, sent_at)
VALUES (@id, @channel, @purpose, @state, @attempts, @recipient_sealed, @recipient_hash, @recipient_hint, @subject, @body_sealed,
     @key_version, @error_code, @error, @created_at, @due_at, @sent_at);

-- name: Claim :one
-- Begins an attempt. Mail whose attempt died is taken again; a text message is not (see package comment).
UPDATE notify.message
SET state = 'sending', attempts = attempts + 1, due_at = @lease_until
WHERE id = @id
  AND ((state = 'queued' AND due_at <= @now) OR (state = 'sending' AND due_at <= @now AND channel = 'email'))
RETURNING channel, purpose, attempts, recipient_sealed, subject, body_sealed, created_at;

-- name: State :one
SELECT channel, state, attempts, purpose, due_at FROM notify.message WHERE id = @id;

-- name: Sent :execrows
UPDATE notify.message
SET state = 'sent', sent_at = @now::timestamptz, provider_reference = @provider_reference, error_code = '', error = ''
WHERE id = @id AND state = 'sending' AND attempts = @attempts;

-- name: Postpone :execrows
UPDATE notify.message
SET state = 'queued', due_at = @due_at, error_code = @error_code, error = @error
WHERE id = @id AND state = 'sending' AND attempts = @attempts;

-- name: Finish :execrows
-- Ends without success, as 'failed' or 'unknown'.
UPDATE notify.message
SET state = @state, error_code = @error_code, error = @error
WHERE id = @id AND state = 'sending' AND attempts = @attempts;

-- name: Content :one
SELECT channel, recipient_sealed, subject, body_sealed FROM notify.message WHERE id = @id;

-- name: Overdue :many
-- Messages that should have been worked on a while ago: their job was lost.
SELECT id, channel FROM notify.message
WHERE state IN ('queued', 'sending') AND due_at < @before
ORDER BY due_at
LIMIT @row_limit;

-- name: NotActive :many
SELECT id, recipient_sealed, body_sealed FROM notify.message
WHERE id > @after_id AND key_version <> @active
ORDER BY id
LIMIT @row_limit;

-- name: Rewrap :exec
UPDATE notify.message
SET recipient_sealed = @recipient_sealed, recipient_hash = @recipient_hash, body_sealed = @body_sealed, key_version = @key_version
WHERE id = @id;

-- name: Trouble :many
-- What health tells, per channel: messages that wait too long with and without an error, and unknown outcomes of a day.
SELECT channel,
       count(*) FILTER (WHERE state = 'queued' AND error_code <> '' AND created_at < @stuck_before) AS stuck,
       count(*) FILTER (WHERE state = 'queued' AND error_code = '' AND due_at < @waiting_before) AS waiting,
       count(*) FILTER (WHERE state = 'unknown') AS unknown,
       coalesce(max(error_code) FILTER (WHERE state = 'queued' AND error_code <> ''), '')::text AS last_error
FROM notify.message
WHERE state = 'queued' OR (state = 'unknown' AND created_at > @unknown_after)
GROUP BY channel;
