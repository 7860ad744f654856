-- +goose Up
-- Other systems that are told about events (internal/platform/webhook).
CREATE SCHEMA webhook;

CREATE TABLE webhook.subscription (
    id              uuid        NOT NULL,
    url             text        NOT NULL,
    topics          text[]      NOT NULL, -- names, 'workorder.*', or '*'
    secret_sealed   bytea       NOT NULL,
    previous_sealed bytea,                -- the secret before a rotation, signed with as well until previous_until
    previous_until  timestamptz,
    key_version     bigint      NOT NULL, -- of the master key, for rotation
    active          boolean     NOT NULL DEFAULT true,
    disabled_reason text        NOT NULL DEFAULT '',
    failing_since   timestamptz,          -- first of the failures in a row
    created_at      timestamptz NOT NULL,
    CONSTRAINT subscription_pk PRIMARY KEY (id),
    CONSTRAINT subscription_url_unique UNIQUE (url),
    CONSTRAINT subscription_reason_known CHECK (disabled_reason IN ('', 'failing', 'gone')),
    CONSTRAINT subscription_reason_with_inactive CHECK (active = (disabled_reason = '')),
    CONSTRAINT subscription_previous_whole CHECK ((previous_sealed IS NULL) = (previous_until IS NULL))
);

CREATE TABLE webhook.delivery (
    id              uuid        NOT NULL,
    subscription_id uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    topic           text        NOT NULL,
    payload         json        NOT NULL, -- of the event, as it was written
    occurred_at     timestamptz NOT NULL,
    state           text        NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0, -- since it was made or replayed
    status_code     integer     NOT NULL DEFAULT 0, -- of the last answer; 0: none
    last_error      text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    next_attempt_at timestamptz,          -- pending: when; while an attempt runs, when it is given up for dead
    running         boolean     NOT NULL DEFAULT false,
    delivered_at    timestamptz,
    CONSTRAINT delivery_pk PRIMARY KEY (id),
    CONSTRAINT delivery_subscription_fk FOREIGN KEY (subscription_id) REFERENCES webhook.subscription (id) ON DELETE CASCADE,
    CONSTRAINT delivery_once UNIQUE (subscription_id, event_id),
    CONSTRAINT delivery_state_known CHECK (state IN ('pending', 'delivered', 'failed')),
    CONSTRAINT delivery_next_with_pending CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CONSTRAINT delivery_delivered_at_with_delivered CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
);
-- The list of a subscription's deliveries, newest first; replays since a time.
CREATE INDEX delivery_subscription_created ON webhook.delivery (subscription_id, created_at, id);
-- The sweep for deliveries whose job was lost, and for old ones.
CREATE INDEX delivery_pending ON webhook.delivery (next_attempt_at) WHERE state = 'pending';
CREATE INDEX delivery_created ON webhook.delivery (created_at) WHERE state <> 'pending';
