-- name: InsertSubscription :execrows
INSERT INTO webhook.subscription (id, url, topics, secret_sealed, key_version, created_at)
VALUES (@id, @url, @topics, @secret_sealed, @key_version, @now)
ON CONFLICT ON CONSTRAINT subscription_url_unique DO NOTHING;

-- name: CountSubscriptions :one
SELECT count(*) FROM webhook.subscription;

-- name: ListSubscriptions :many
SELECT id, url, topics, active, disabled_reason, failing_since, created_at
FROM webhook.subscription
ORDER BY created_at, id;

-- name: DeleteSubscription :one
DELETE FROM webhook.subscription WHERE id = @id RETURNING url;

-- name: LockSubscription :one
SELECT url FROM webhook.subscription WHERE id = @id FOR UPDATE;

-- name: RotateSecret :exec
UPDATE webhook.subscription
SET secret_sealed = @secret_sealed, previous_sealed = secret_sealed, previous_until = @previous_until::timestamptz, key_version = least(key_version, @key_version)
WHERE id = @id;

-- name: EnableSubscription :one
UPDATE webhook.subscription SET active = true, disabled_reason = '', failing_since = NULL WHERE id = @id RETURNING url;

-- name: DisableSubscription :execrows
UPDATE webhook.subscription SET active = false, disabled_reason = @reason WHERE id = @id AND active;

-- name: NoteFailure :one
-- Since when the subscription has been failing.
UPDATE webhook.subscription SET failing_since = coalesce(failing_since, @now::timestamptz) WHERE id = @id
RETURNING failing_since;

-- name: NoteSuccess :exec
UPDATE webhook.subscription SET failing_since = NULL WHERE id = @id AND failing_since IS NOT NULL;

-- name: ActiveSubscriptions :many
-- The lock lets a subscription be deleted before or after a batch of events, not in the middle.
SELECT id, topics FROM webhook.subscription WHERE active FOR KEY SHARE;

-- name: InsertDeliveries :many
INSERT INTO webhook.delivery (id, subscription_id, event_id, topic, payload, occurred_at, state, created_at, next_attempt_at)
SELECT unnest(@ids::uuid[]), unnest(@subscription_ids::uuid[]), unnest(@event_ids::uuid[]), unnest(@topics::text[]),
       unnest(@payloads::text[])::json, unnest(@occurred_at::timestamptz[]), 'pending', @now, @now
ON CONFLICT ON CONSTRAINT delivery_once DO NOTHING
RETURNING id;

-- name: Claim :one
-- Begins an attempt; an attempt that died is repeated once its lease is over.
UPDATE webhook.delivery d
SET running = true, attempts = d.attempts + 1, next_attempt_at = @lease_until::timestamptz
FROM webhook.subscription s
WHERE d.id = @id AND s.id = d.subscription_id AND d.state = 'pending' AND d.next_attempt_at <= @now::timestamptz
RETURNING d.subscription_id, d.event_id, d.topic, d.payload, d.occurred_at, d.attempts,
          s.url, s.secret_sealed, s.previous_sealed, s.previous_until, s.active;

-- name: Due :one
-- When the delivery is due, if it still is.
SELECT next_attempt_at::timestamptz AS due FROM webhook.delivery WHERE id = @id AND state = 'pending';

-- name: Delivered :execrows
UPDATE webhook.delivery
SET state = 'delivered', running = false, status_code = @status_code, last_error = '', next_attempt_at = NULL, delivered_at = @now::timestamptz
WHERE id = @id AND running AND attempts = @attempts;

-- name: Postpone :execrows
UPDATE webhook.delivery
SET running = false, attempts = @counted, status_code = @status_code, last_error = @last_error, next_attempt_at = @next_attempt_at::timestamptz
WHERE id = @id AND running AND attempts = @attempts;

-- name: Fail :execrows
UPDATE webhook.delivery
SET state = 'failed', running = false, status_code = @status_code, last_error = @last_error, next_attempt_at = NULL
WHERE id = @id AND running AND attempts = @attempts;

-- name: ListDeliveries :many
SELECT id, topic, state, attempts, status_code, last_error, created_at, next_attempt_at, delivered_at
FROM webhook.delivery
WHERE subscription_id = @subscription_id AND (created_at, id) < (@before::timestamptz, @before_id::uuid)
ORDER BY created_at DESC, id DESC
LIMIT @row_limit;

-- name: SubscriptionExists :one
SELECT EXISTS (SELECT FROM webhook.subscription WHERE id = @id);

-- name: Replay :one
-- One delivery again from its first attempt; not while one is running.
UPDATE webhook.delivery d
SET state = 'pending', attempts = 0, next_attempt_at = @now::timestamptz, delivered_at = NULL, running = false
FROM webhook.subscription s
WHERE d.id = @id AND s.id = d.subscription_id AND NOT (d.running AND d.next_attempt_at > @now::timestamptz)
RETURNING s.active;

-- name: DeliveryExists :one
SELECT EXISTS (SELECT FROM webhook.delivery WHERE id = @id);

-- name: ReplaySince :many
UPDATE webhook.delivery
SET state = 'pending', attempts = 0, next_attempt_at = @now::timestamptz, delivered_at = NULL, running = false
WHERE id IN (
    SELECT r.id FROM webhook.delivery r
    WHERE r.subscription_id = @subscription_id AND (r.created_at, r.id) > (@since::timestamptz, @after_id::uuid)
      AND NOT (r.running AND r.next_attempt_at > @now)
    ORDER BY r.created_at, r.id
    LIMIT @row_limit)
RETURNING id, created_at;

-- name: Overdue :many
SELECT id FROM webhook.delivery
WHERE state = 'pending' AND next_attempt_at < @before::timestamptz
ORDER BY next_attempt_at
LIMIT @row_limit;

-- name: DeleteOld :execrows
DELETE FROM webhook.delivery
WHERE id IN (SELECT o.id FROM webhook.delivery o WHERE o.state <> 'pending' AND o.created_at < @before LIMIT @row_limit);

-- name: NotActive :many
SELECT id, secret_sealed, previous_sealed FROM webhook.subscription WHERE id > @after_id AND key_version <> @active ORDER BY id LIMIT @row_limit;

-- name: Rewrap :exec
-- Leaves alone what was rotated meanwhile.
UPDATE webhook.subscription
SET secret_sealed = @secret_sealed, previous_sealed = CASE WHEN previous_sealed IS NULL THEN NULL ELSE @previous_sealed::bytea END, key_version = @key_version
WHERE id = @id AND secret_sealed = @old_secret_sealed;
