-- Every column that the older program wrote still has its value (columns may have been added), and what the
-- older program writes while both run is still taken.
WITH message AS (
    INSERT INTO notify.message (id, channel, purpose, state, recipient_sealed, recipient_hash, recipient_hint, subject, body_sealed, key_version, created_at, due_at)
    VALUES ('019a9e2b-0000-7000-8000-000000000099', 'sms', 'manual', 'queued', '\x01', '\x02', '1', '', '\x03', 1, '2026-11-20 00:00:00+00', '2026-11-20 00:00:00+00')
    RETURNING 1
), event AS (
    INSERT INTO outbox.event (xid, id, topic, version, key, payload, occurred_at, trace)
    VALUES (200, '019a9e2b-0000-7000-8000-000000000098', 'notify.message_sent', 1, 'k', '{}', '2026-11-20 00:00:00+00', '')
    RETURNING position
), timer AS (
    INSERT INTO timer.timer (kind, key, due_at, fire_at, payload)
    VALUES ('test.due', 'new', '2026-11-26 00:00:00+00', '2026-11-26 00:00:00+00', 'null')
    RETURNING 1
), delivery AS (
    INSERT INTO webhook.delivery (id, subscription_id, event_id, topic, payload, occurred_at, state, created_at, next_attempt_at)
    VALUES ('019a9e2b-0000-7000-8000-000000000097', '019a9e2b-0000-7000-8000-000000000021', '019a9e2b-0000-7000-8000-000000000098', 'notify.message_sent', '{}',
            '2026-11-20 00:00:00+00', 'pending', '2026-11-20 00:00:00+00', '2026-11-20 00:00:00+00')
    RETURNING 1
)
SELECT 'the older program may go on writing', (SELECT count(*) FROM message) = 1 AND (SELECT count(*) FROM timer) = 1
       AND (SELECT position FROM event) > (SELECT max((content ->> 'position')::bigint) FROM before.image WHERE relation = 'outbox.event')
       AND (SELECT count(*) FROM delivery) = 1
UNION ALL
SELECT 'notify.message reads as before', count(*) = 3 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN notify.message r ON r.id::text = b.key WHERE b.relation = 'notify.message'
UNION ALL
SELECT 'outbox.event reads as before', count(*) = 2 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN outbox.event r ON r.id::text = b.key WHERE b.relation = 'outbox.event'
UNION ALL
SELECT 'outbox.consumer reads as before', count(*) = 2 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN outbox.consumer r ON r.name = b.key WHERE b.relation = 'outbox.consumer'
UNION ALL
SELECT 'outbox.history reads as before', count(*) = 1 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN outbox.history r ON r.only_one::text = b.key WHERE b.relation = 'outbox.history'
UNION ALL
SELECT 'timer.timer reads as before', count(*) = 2 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN timer.timer r ON r.kind || ' ' || r.key = b.key WHERE b.relation = 'timer.timer'
UNION ALL
SELECT 'httpapi.idempotency reads as before', count(*) = 2 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN httpapi.idempotency r ON r.client || ' ' || r.route || ' ' || r.key = b.key WHERE b.relation = 'httpapi.idempotency'
UNION ALL
SELECT 'river.river_job reads as before', count(*) = 2 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN river.river_job r ON r.id::text = b.key WHERE b.relation = 'river.river_job'
UNION ALL
SELECT 'webhook.subscription reads as before', count(*) = 2 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN webhook.subscription r ON r.id::text = b.key WHERE b.relation = 'webhook.subscription'
UNION ALL
SELECT 'webhook.delivery reads as before', count(*) = 2 AND coalesce(bool_and(coalesce(to_jsonb(r) @> b.content, false)), false)
FROM before.image b LEFT JOIN webhook.delivery r ON r.id::text = b.key WHERE b.relation = 'webhook.delivery';
