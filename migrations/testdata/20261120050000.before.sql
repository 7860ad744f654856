-- What the program before this migration left: one row of each kind of state that it kept.
INSERT INTO notify.message (id, channel, purpose, state, attempts, recipient_sealed, recipient_hash, recipient_hint, subject, body_sealed,
    key_version, idempotency_key, error_code, error, provider_reference, created_at, due_at, sent_at)
VALUES
    ('019a9e2b-0000-7000-8000-000000000001', 'sms', 'identity.sign_in_code', 'sent', 1, '\x0100000001aa', '\xbb', '8000', '验证码', '\x0100000001cc',
     1, 'once-1', '', '', 'gateway-77', '2026-11-19 08:00:00.123456+00', '2026-11-19 08:00:00+00', '2026-11-19 08:00:01+00'),
    ('019a9e2b-0000-7000-8000-000000000002', 'email', 'manual', 'queued', 3, '\x0100000001ab', '\xbc', 'm', '', '\x0100000001cd',
     1, NULL, 'smtp.refused', '450 try later', '', '2026-11-19 09:00:00+00', '2026-11-19 09:05:00+00', NULL),
    ('019a9e2b-0000-7000-8000-000000000003', 'sms', 'manual', 'unknown', 1, '\x0100000001ac', '\xbd', '8001', 's', '\x0100000001ce',
     1, NULL, 'sms.no_answer', '', '', '2026-11-19 10:00:00+00', '2026-11-19 10:00:00+00', NULL);

UPDATE outbox.history SET shift = 4711;
INSERT INTO outbox.event (xid, id, topic, version, key, payload, occurred_at, written_at, trace) VALUES
    (100, '019a9e2b-0000-7000-8000-000000000011', 'notify.message_sent', 1, 'k', '{"a": 1, "文": "字"}', '2026-11-19 08:00:01+00', '2026-11-19 08:00:01.5+00', ''),
    (103, '019a9e2b-0000-7000-8000-000000000012', 'notify.message_failed', 1, 'k', 'null', '2026-11-19 08:00:02+00', '2026-11-19 08:00:02+00', '{"traceparent":"00-1"}');
INSERT INTO outbox.consumer (name, generation, seen_xmax, seen_running, updated_at) VALUES
    ('relay', 12, 101, '{99}', '2026-11-19 08:00:03+00');
-- A consumer that was stopped in the middle of a window, at an event that fails.
INSERT INTO outbox.consumer (name, generation, seen_xmax, seen_running, window_xmax, window_running, window_position, window_until, updated_at,
    failing_id, failing_topic, failing_position, failing_attempts, failing_error, failing_since, retry_at) VALUES
    ('stuck', 7, 90, '{}', 104, '{102}', 0, 2, '2026-11-19 08:00:03+00',
     '019a9e2b-0000-7000-8000-000000000011', 'notify.message_sent', 1, 4, 'cannot', '2026-11-19 08:00:04+00', '2026-11-19 08:01:00+00');

INSERT INTO timer.timer (kind, key, due_at, fire_at, payload, attempts, last_error, parked_at) VALUES
    ('test.due', 'waits', '2026-11-25 00:00:00+00', '2026-11-25 00:00:00+00', '{"n": 1}', 0, '', NULL),
    ('test.due', 'parked', '2026-11-18 00:00:00+00', '2026-11-18 01:00:00+00', 'null', 9, 'cannot', '2026-11-18 02:00:00+00');

INSERT INTO httpapi.idempotency (client, route, key, request, state, attempt, lease_until, status, body, created_at, expires_at) VALUES
    ('127.0.0.1', 'POST /api/messages', 'done', sha256('a'), 'done', 1, '2026-11-19 08:01:00+00', 201, '{}', '2026-11-19 08:00:00+00', '2026-11-20 08:00:00+00'),
    ('127.0.0.1', 'POST /api/messages', 'running', sha256('b'), 'running', 2, '2026-11-19 08:01:00+00', NULL, NULL, '2026-11-19 08:00:00+00', '2026-11-20 08:00:00+00');

INSERT INTO river.river_job (id, state, attempt, max_attempts, kind, queue, args, created_at, scheduled_at, attempted_at, attempted_by, errors, finalized_at) VALUES
    (1, 'retryable', 1, 25, 'notify_send', 'default', '{"id": "019a9e2b-0000-7000-8000-000000000002"}', '2026-11-19 09:00:00+00', '2026-11-19 09:05:00+00',
     '2026-11-19 09:00:01+00', '{node-1/x}', ARRAY['{"error": "450"}'::jsonb], NULL),
    (2, 'discarded', 25, 25, 'notify_send', 'default', '{}', '2026-11-18 09:00:00+00', '2026-11-18 09:05:00+00',
     '2026-11-18 09:00:01+00', '{node-1/x}', ARRAY['{"error": "x"}'::jsonb], '2026-11-18 09:05:00+00');

-- What stands there, column by column, for the claims afterwards.
CREATE SCHEMA before;
CREATE TABLE before.image (relation text, key text, content jsonb);
INSERT INTO before.image
SELECT 'notify.message', id::text, to_jsonb(r) FROM notify.message r
UNION ALL SELECT 'outbox.event', id::text, to_jsonb(r) FROM outbox.event r
UNION ALL SELECT 'outbox.consumer', name, to_jsonb(r) FROM outbox.consumer r
UNION ALL SELECT 'outbox.history', only_one::text, to_jsonb(r) FROM outbox.history r
UNION ALL SELECT 'timer.timer', kind || ' ' || key, to_jsonb(r) FROM timer.timer r
UNION ALL SELECT 'httpapi.idempotency', client || ' ' || route || ' ' || key, to_jsonb(r) FROM httpapi.idempotency r
UNION ALL SELECT 'river.river_job', id::text, to_jsonb(r) FROM river.river_job r;
