-- name: Begin :one
-- Claims a new key, an expired one, or one whose attempt was abandoned by a process that died. No row:
-- the key is taken, and Find tells by what. The attempt rises, so that one that comes back late does not take
-- the next one for its own.
INSERT INTO httpapi.idempotency AS i
    (client, route, key, request, state, attempt, lease_until, created_at, expires_at)
VALUES (@client, @route, @key, @request, 'running', 1, @lease_until, @now, @expires_at)
ON CONFLICT (client, route, key) DO UPDATE
SET request     = excluded.request,
    state       = 'running',
    attempt     = i.attempt + 1,
    status      = NULL,
    body        = NULL,
    lease_until = excluded.lease_until,
    created_at  = excluded.created_at,
    expires_at  = excluded.expires_at
WHERE i.expires_at <= excluded.created_at
   OR (i.state = 'running' AND i.lease_until <= excluded.created_at AND i.request = excluded.request)
RETURNING i.attempt;

-- name: Find :one
SELECT request, state, status, body
FROM httpapi.idempotency
WHERE client = @client AND route = @route AND key = @key;

-- name: Finish :execrows
-- The row lock that this takes inside the handler's transaction holds up a Begin that would take the key over.
UPDATE httpapi.idempotency
SET state = 'done', status = @status::integer, body = @body, expires_at = @expires_at
WHERE client = @client AND route = @route AND key = @key AND attempt = @attempt AND state = 'running';

-- name: Release :exec
DELETE FROM httpapi.idempotency
WHERE client = @client AND route = @route AND key = @key AND attempt = @attempt AND state = 'running';

-- name: Sweep :execrows
-- A running key is swept only long after its lease: expiry is later than any lease.
DELETE FROM httpapi.idempotency AS i
USING (
    SELECT client, route, key FROM httpapi.idempotency
    WHERE expires_at <= @now::timestamptz
    ORDER BY expires_at
    LIMIT @batch
    FOR UPDATE SKIP LOCKED
) AS old
WHERE i.client = old.client AND i.route = old.route AND i.key = old.key;
