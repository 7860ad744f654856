-- name: SetTimers :exec
INSERT INTO timer.timer (kind, key, due_at, fire_at, payload)
SELECT unnest(@kinds::text[]), unnest(@keys::text[]), unnest(@due_at::timestamptz[]), unnest(@due_at::timestamptz[]),
       unnest(@payloads::text[])::json
ON CONFLICT (kind, key) DO UPDATE SET
    due_at = excluded.due_at, fire_at = excluded.fire_at, payload = excluded.payload,
    attempts = 0, last_error = '', parked_at = NULL;

-- name: CancelTimer :exec
DELETE FROM timer.timer WHERE kind = @kind AND key = @key;

-- name: FindTimer :one
SELECT kind, key, due_at, fire_at, payload, attempts, last_error, parked_at FROM timer.timer WHERE kind = @kind AND key = @key;

-- name: LimitIdle :one
-- A worker that stops answering inside its transaction is cut off by the server, which frees its timers.
SELECT set_config('idle_in_transaction_session_timeout', @limit_ms::text, true)::text;

-- name: Peek :many
-- When each kind fires next. The floor keeps the look from walking over the index entries of timers that
-- have just fired and are not cleaned up yet. -infinity: nothing is waiting.
SELECT k.kind::text AS kind, (t.fire_at IS NOT NULL)::bool AS waiting, coalesce(t.fire_at, @floor)::timestamptz AS fire_at
FROM unnest(@kinds::text[]) AS k(kind)
LEFT JOIN LATERAL (
    SELECT d.fire_at FROM timer.timer d
    WHERE d.kind = k.kind AND d.parked_at IS NULL AND d.fire_at >= @floor
    ORDER BY d.fire_at LIMIT 1
) t ON true;

-- name: TakeDue :many
-- Removes what is due before the handler runs, so that a handler may set the same timer again. Timers that
-- another worker holds are passed over.
DELETE FROM timer.timer t
WHERE t.kind = @kind AND t.key = ANY(ARRAY(
    SELECT d.key FROM timer.timer d
    WHERE d.kind = @kind AND d.parked_at IS NULL AND d.fire_at >= @floor AND d.fire_at <= @now
    ORDER BY d.fire_at LIMIT @max_timers FOR UPDATE SKIP LOCKED))
RETURNING t.key, t.due_at, t.fire_at, t.payload, t.attempts;

-- name: TakeOne :many
DELETE FROM timer.timer t
WHERE t.kind = @kind AND t.key = ANY(ARRAY(
    SELECT d.key FROM timer.timer d
    WHERE d.kind = @kind AND d.key = @key AND d.parked_at IS NULL AND d.fire_at <= @now
    FOR UPDATE SKIP LOCKED))
RETURNING t.key, t.due_at, t.fire_at, t.payload, t.attempts;

-- name: RecordFailure :execrows
-- A timer that was set again or cancelled meanwhile is left alone.
UPDATE timer.timer SET
    attempts = attempts + 1, last_error = @error, fire_at = @retry_at, parked_at = @parked_at
WHERE kind = @kind AND key = @key AND due_at = @due_at AND attempts = @attempts AND parked_at IS NULL;

-- name: Revive :execrows
UPDATE timer.timer SET attempts = 0, fire_at = @now, parked_at = NULL
WHERE kind = @kind AND key = @key AND parked_at IS NOT NULL;

-- name: Parked :many
SELECT kind, key, due_at, fire_at, payload, attempts, last_error, parked_at FROM timer.timer
WHERE parked_at IS NOT NULL AND (kind, key) > (@after_kind::text, @after_key::text) ORDER BY kind, key LIMIT @max_timers;

-- name: CountParked :many
SELECT kind, count(*) AS parked FROM timer.timer WHERE parked_at IS NOT NULL GROUP BY kind ORDER BY kind;

-- name: Kinds :many
-- Every kind with its next timer, by jumping from kind to kind in the index.
WITH RECURSIVE jump AS (
    (SELECT t.kind FROM timer.timer t WHERE t.parked_at IS NULL ORDER BY t.kind LIMIT 1)
    UNION ALL
    SELECT (SELECT t.kind FROM timer.timer t WHERE t.parked_at IS NULL AND t.kind > j.kind ORDER BY t.kind LIMIT 1)
    FROM jump j WHERE j.kind IS NOT NULL
)
SELECT j.kind::text AS kind,
       (SELECT t.fire_at FROM timer.timer t WHERE t.kind = j.kind AND t.parked_at IS NULL ORDER BY t.fire_at LIMIT 1)::timestamptz AS fire_at
FROM jump j WHERE j.kind IS NOT NULL;
