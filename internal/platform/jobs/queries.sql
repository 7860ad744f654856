-- name: SeatTaken :one
SELECT pg_try_advisory_lock(@class::integer, @seat::integer);

-- name: Seats :many
-- Who is there: the second halves of the advisory locks of this class, as unsigned numbers.
SELECT l.objid::bigint FROM pg_catalog.pg_locks l
WHERE l.locktype = 'advisory' AND l.classid::bigint = @class::bigint AND l.objsubid = 2 AND l.granted
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database());

-- name: RunningClients :many
SELECT DISTINCT j.attempted_by[cardinality(j.attempted_by)]::text AS client FROM river.river_job j
WHERE j.state = 'running' AND cardinality(j.attempted_by) > 0;

-- name: Release :many
-- Jobs of clients that are gone run again; those without attempts left are discarded.
UPDATE river.river_job j SET
    state = (CASE WHEN j.attempt < j.max_attempts THEN 'available' ELSE 'discarded' END)::river.river_job_state,
    finalized_at = CASE WHEN j.attempt < j.max_attempts THEN NULL ELSE @now::timestamptz END,
    scheduled_at = CASE WHEN j.attempt < j.max_attempts THEN @now::timestamptz ELSE j.scheduled_at END,
    errors = array_append(j.errors, jsonb_build_object('at', @now::timestamptz, 'attempt', j.attempt,
        'error', 'the worker process ended while the job was running', 'trace', ''))
WHERE j.state = 'running' AND j.attempted_by[cardinality(j.attempted_by)]::text = ANY(@clients::text[])
RETURNING j.id, j.kind;

-- name: Discarded :many
SELECT j.kind, count(*) AS discarded FROM river.river_job j
WHERE j.state = 'discarded' AND j.finalized_at > @since::timestamptz GROUP BY j.kind ORDER BY j.kind;

-- name: OldestWaiting :many
-- Per queue, the job that has been ready longest.
SELECT j.queue, min(j.scheduled_at)::timestamptz AS ready_at, count(*) AS waiting FROM river.river_job j
WHERE j.state = 'available' AND j.scheduled_at < @before::timestamptz GROUP BY j.queue ORDER BY j.queue;
