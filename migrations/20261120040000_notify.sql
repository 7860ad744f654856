-- +goose Up
-- What was sent to people (internal/platform/notify). Addresses and bodies are sealed by platform/secret;
-- a keyed hash finds them, a hint of the last characters shows them in lists.
CREATE SCHEMA notify;

CREATE TABLE notify.message (
    id                 uuid        NOT NULL,
    channel            text        NOT NULL,
    purpose            text        NOT NULL, -- why it was sent, such as 'manual' or 'identity.sign_in_code'
    state              text        NOT NULL,
    attempts           integer     NOT NULL DEFAULT 0,
    recipient_sealed   bytea       NOT NULL,
    recipient_hash     bytea       NOT NULL, -- under the key version that was active when it was written
    recipient_hint     text        NOT NULL,
    subject            text        NOT NULL, -- must not hold personal data: lists show it
    body_sealed        bytea       NOT NULL,
    key_version        bigint      NOT NULL, -- of the master key, for rotation
    idempotency_key    text,
    error_code         text        NOT NULL DEFAULT '',
    error              text        NOT NULL DEFAULT '',
    provider_reference text        NOT NULL DEFAULT '',
    created_at         timestamptz NOT NULL,
    due_at             timestamptz NOT NULL, -- queued: the next attempt; sending: when the attempt is given up for dead
    sent_at            timestamptz,
    CONSTRAINT message_pk PRIMARY KEY (id),
    CONSTRAINT message_channel_known CHECK (channel IN ('email', 'sms')),
    CONSTRAINT message_state_known CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown')),
    CONSTRAINT message_sent_at_with_sent CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CONSTRAINT message_idempotency_key_unique UNIQUE (idempotency_key)
);
-- The list, newest first, by its filters. Both filters together use the one on state.
CREATE INDEX message_created ON notify.message (created_at, id);
CREATE INDEX message_channel_created ON notify.message (channel, created_at, id);
CREATE INDEX message_state_created ON notify.message (state, created_at, id);
-- What did we send to this number?
CREATE INDEX message_recipient ON notify.message (recipient_hash, created_at);
-- The sweep for messages whose job was lost.
CREATE INDEX message_unfinished ON notify.message (due_at) WHERE state IN ('queued', 'sending');
