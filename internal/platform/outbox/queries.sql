-- name: InsertEvents :exec
-- One round trip for any number of events; positions follow the order of the arrays.
INSERT INTO outbox.event (xid, id, topic, version, key, payload, occurred_at, trace)
SELECT (SELECT h.shift FROM outbox.history h) + pg_current_xact_id()::text::bigint,
       unnest(@ids::uuid[]), unnest(@topics::text[]), unnest(@versions::integer[]), unnest(@keys::text[]),
       unnest(@payloads::text[])::json, unnest(@occurred_at::timestamptz[]), @trace::text;

-- name: EnsureConsumer :exec
-- A new consumer begins with the oldest event that is kept.
INSERT INTO outbox.consumer (name, seen_xmax, updated_at) VALUES (@name, 0, @now)
ON CONFLICT (name) DO NOTHING;

-- name: EnsureConsumerFromNow :exec
INSERT INTO outbox.consumer (name, seen_xmax, seen_running, updated_at)
SELECT @name, h.shift + pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
       ARRAY(SELECT h.shift + x::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) x), @now
FROM outbox.history h
ON CONFLICT (name) DO NOTHING;

-- name: Pending :one
-- Whether there is anything to do for a consumer: cheap enough to be asked many times a second. The order
-- keeps the planner at the index: mostly nothing is found, which a scan of the table would learn last.
SELECT c.generation, c.retry_at,
       (c.window_xmax > 0
        OR (SELECT e.xid FROM outbox.event e WHERE e.xid >= c.seen_xmax AND (@every::bool OR e.topic = ANY(@topics::text[]))
            ORDER BY e.xid, e.position LIMIT 1) IS NOT NULL
        OR EXISTS (SELECT 1 FROM unnest(c.seen_running) AS r(xid) WHERE (
            SELECT e.xid FROM outbox.event e WHERE e.xid = r.xid AND (@every::bool OR e.topic = ANY(@topics::text[]))
            ORDER BY e.xid, e.position LIMIT 1) IS NOT NULL))::bool AS pending
FROM outbox.consumer c WHERE c.name = @name;

-- name: TryLock :one
-- One process at a time works for a consumer. The lock is one of the transaction, and not a row lock, so
-- that looking takes no transaction number. A process that stops answering inside its transaction is cut
-- off by the server after the idle limit, which frees the lock.
SELECT pg_try_advisory_xact_lock(@class::integer, hashtext(@name::text)) AS locked,
       set_config('idle_in_transaction_session_timeout', @idle_limit_ms::text, true)::text AS idle_limit;

-- name: Cursor :one
SELECT c.generation, c.seen_xmax, c.seen_running, c.window_xmax, c.window_running, c.window_position,
       c.window_until, c.sequence, c.retry_at, c.failing_id
FROM outbox.consumer c WHERE c.name = @name;

-- name: Snapshot :one
-- own_xid is not null when the transaction has written already: its own events would then count as seen.
SELECT (h.shift + pg_snapshot_xmax(pg_current_snapshot())::text::bigint)::bigint AS xmax,
       ARRAY(SELECT h.shift + x::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) x)::bigint[] AS running,
       (pg_current_xact_id_if_assigned() IS NOT NULL)::bool AS has_written
FROM outbox.history h;

-- name: NewBounds :one
-- First and last position of what began and ended between two snapshots; 0, 0 for nothing. The + 0 keeps the
-- planner from looking for the smallest position along the whole primary key.
SELECT coalesce(min(e.position + 0), 0)::bigint AS first, coalesce(max(e.position + 0), 0)::bigint AS last
FROM outbox.event e
WHERE e.xid >= @seen_xmax AND e.xid < @window_xmax AND e.xid <> ALL(@window_running::bigint[]);

-- name: LateBounds :one
-- The same of transactions that were running at the first snapshot and have ended at the second, one by one.
SELECT coalesce(min(b.first), 0)::bigint AS first, coalesce(max(b.last), 0)::bigint AS last
FROM unnest(@late::bigint[]) AS r(xid)
CROSS JOIN LATERAL (
    SELECT min(e.position + 0) AS first, max(e.position + 0) AS last FROM outbox.event e WHERE e.xid = r.xid
) b;

-- name: WindowEvents :many
-- The caller bounds the range of positions; the + 0 keeps the planner from walking the window by transaction
-- for each of its batches.
SELECT e.position, e.id, e.topic, e.version, e.key, e.payload, e.occurred_at, e.written_at, e.trace
FROM outbox.event e
WHERE e.position > @after AND e.position <= @until
  AND (e.xid + 0 >= @seen_xmax::bigint OR e.xid + 0 = ANY(@seen_running::bigint[]))
  AND e.xid + 0 < @window_xmax::bigint AND e.xid <> ALL(@window_running::bigint[])
  AND (@every::bool OR e.topic = ANY(@topics::text[]))
ORDER BY e.position
LIMIT @max_events;

-- name: Advance :execrows
-- The generation makes sure that nobody else has moved the cursor meanwhile.
UPDATE outbox.consumer SET
    generation = generation + 1, seen_xmax = @seen_xmax, seen_running = @seen_running,
    window_xmax = @window_xmax, window_running = @window_running,
    window_position = @window_position, window_until = @window_until, sequence = @sequence, updated_at = @now,
    failing_id = NULL, failing_topic = '', failing_position = 0, failing_attempts = 0, failing_error = '',
    failing_since = NULL, retry_at = NULL
WHERE name = @name AND generation = @generation;

-- name: RecordFailure :one
-- Keeps the window that was being worked off, with the failing event next in line.
UPDATE outbox.consumer SET
    generation = generation + 1, window_xmax = @window_xmax, window_running = @window_running,
    window_position = @window_position, window_until = @window_until,
    failing_attempts = CASE WHEN failing_id = @event_id THEN failing_attempts + 1 ELSE 1 END,
    failing_since = CASE WHEN failing_id = @event_id THEN failing_since ELSE @now END,
    failing_id = @event_id, failing_topic = @topic, failing_position = @position, failing_error = @error
WHERE name = @name AND generation = @generation
RETURNING failing_attempts;

-- name: RetryAt :exec
UPDATE outbox.consumer SET retry_at = @retry_at WHERE name = @name AND failing_id = @event_id;

-- name: LockFailing :one
SELECT c.generation, c.failing_topic, c.failing_position, c.failing_error FROM outbox.consumer c
WHERE c.name = @name AND c.failing_id = @event_id FOR UPDATE;

-- name: PassFailing :execrows
UPDATE outbox.consumer SET
    generation = generation + 1, window_position = failing_position, updated_at = @now,
    failing_id = NULL, failing_topic = '', failing_position = 0, failing_attempts = 0, failing_error = '',
    failing_since = NULL, retry_at = NULL
WHERE name = @name AND failing_id = @event_id AND window_xmax > 0;

-- name: InsertSkipped :exec
INSERT INTO outbox.skipped (consumer, event_id, topic, error, actor, reason, skipped_at)
VALUES (@consumer, @event_id, @topic, @error, @actor, @reason, @now)
ON CONFLICT (consumer, event_id) DO NOTHING;

-- name: DeleteConsumer :execrows
DELETE FROM outbox.consumer WHERE name = @name;

-- name: InsertMark :exec
-- Where the relay stood when the stream had given this sequence.
INSERT INTO outbox.mark (sequence, seen_xmax, seen_running, marked_at) VALUES (@sequence, @seen_xmax, @seen_running, @now)
ON CONFLICT (sequence) DO UPDATE SET seen_xmax = excluded.seen_xmax, seen_running = excluded.seen_running, marked_at = excluded.marked_at;

-- name: Rewind :one
-- The stream gave a sequence that it should have passed: it lost its end, or everything. The relay goes back
-- to the last mark before, or to the oldest event that is kept.
UPDATE outbox.consumer c SET
    generation = c.generation + 1, window_xmax = 0, window_running = '{}', window_position = 0, window_until = 0,
    seen_xmax = coalesce((SELECT m.seen_xmax FROM outbox.mark m WHERE m.sequence < @lost ORDER BY m.sequence DESC LIMIT 1), 0),
    seen_running = coalesce((SELECT m.seen_running FROM outbox.mark m WHERE m.sequence < @lost ORDER BY m.sequence DESC LIMIT 1), '{}'),
    sequence = coalesce((SELECT max(m.sequence) FROM outbox.mark m WHERE m.sequence < @lost), 0),
    updated_at = @now
WHERE c.name = @name AND c.generation = @generation
RETURNING c.sequence;

-- name: DeleteMarksFrom :exec
DELETE FROM outbox.mark WHERE sequence >= @lost;

-- name: DeleteMarksBefore :exec
DELETE FROM outbox.mark WHERE marked_at < @before;

-- name: CountConsumers :one
SELECT count(*) FROM outbox.consumer;

-- name: OldestEvents :many
-- may_go: old, and seen by every consumer.
SELECT e.position, (e.written_at >= @before)::bool AS young,
       (e.written_at < @before AND NOT EXISTS (
           SELECT 1 FROM outbox.consumer c WHERE e.xid >= c.seen_xmax OR e.xid = ANY(c.seen_running)))::bool AS may_go
FROM outbox.event e WHERE e.position > @after ORDER BY e.position LIMIT @max_events;

-- name: DeleteEvents :execrows
DELETE FROM outbox.event WHERE position = ANY(@positions::bigint[]);

-- name: Status :many
-- oldest is when the oldest event was written that the consumer has not seen.
SELECT c.name, c.failing_id, c.failing_topic, c.failing_since, c.failing_attempts, c.failing_error,
       least(@now, (SELECT e.written_at FROM outbox.event e WHERE e.xid >= c.seen_xmax ORDER BY e.xid, e.position LIMIT 1),
             (SELECT min(e.written_at) FROM outbox.event e WHERE e.xid = ANY(c.seen_running)))::timestamptz AS oldest,
       (c.seen_xmax > h.shift + pg_snapshot_xmax(pg_current_snapshot())::text::bigint)::bool AS from_elsewhere
FROM outbox.consumer c, outbox.history h
ORDER BY c.name;

-- name: LockEvents :exec
LOCK TABLE outbox.event, outbox.consumer, outbox.history IN ACCESS EXCLUSIVE MODE;

-- name: Rebase :one
-- Puts the numbers of transactions to come above every number that is stored.
UPDATE outbox.history SET shift = greatest(shift,
    greatest((SELECT coalesce(max(e.xid), 0) FROM outbox.event e),
             (SELECT coalesce(max(greatest(c.seen_xmax, c.window_xmax)), 0) FROM outbox.consumer c))
    + 1 - pg_current_xact_id()::text::bigint)
RETURNING shift;
