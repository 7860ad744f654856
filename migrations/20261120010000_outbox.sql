-- +goose Up
-- Facts written in the business transaction (internal/platform/outbox tells the order and its reasons).
CREATE SCHEMA outbox;

-- The numbers of transactions belong to one database cluster. After rows were copied into another one,
-- shift keeps new transactions above all old ones (outbox.Rebase).
CREATE TABLE outbox.history (
    only_one boolean NOT NULL DEFAULT true,
    shift    bigint  NOT NULL DEFAULT 0,
    CONSTRAINT history_pk PRIMARY KEY (only_one),
    CONSTRAINT history_only_one CHECK (only_one)
);
INSERT INTO outbox.history DEFAULT VALUES;

-- The identity must not be cached per session: positions have to follow the order of writing between
-- sessions, because writers of one key take turns by a lock on their row.
CREATE TABLE outbox.event (
    position     bigint      GENERATED ALWAYS AS IDENTITY (CACHE 1),
    xid          bigint      NOT NULL, -- number of the writing transaction, plus history.shift
    id           uuid        NOT NULL,
    topic        text        NOT NULL,
    version      integer     NOT NULL,
    key          text        NOT NULL,
    payload      json        NOT NULL, -- json, not jsonb: read far more often than searched, and kept as written
    occurred_at  timestamptz NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    trace        text        NOT NULL, -- what the writer belonged to, as a JSON object of headers; '' for nothing
    CONSTRAINT event_pk PRIMARY KEY (position),
    CONSTRAINT event_id_unique UNIQUE (id),
    CONSTRAINT event_version_positive CHECK (version > 0)
);
-- What a snapshot has newly made visible is found by transaction number.
CREATE INDEX event_xid ON outbox.event (xid, position);

-- How far each consumer (and the relay) is. seen_* is a snapshot all of whose events are consumed;
-- window_* is the later snapshot being worked off in order of position, absent between two windows.
CREATE TABLE outbox.consumer (
    name             text        NOT NULL,
    generation       bigint      NOT NULL DEFAULT 0, -- rises with every change of the cursor
    seen_xmax        bigint      NOT NULL,
    seen_running     bigint[]    NOT NULL DEFAULT '{}',
    window_xmax      bigint      NOT NULL DEFAULT 0, -- 0: no window is open
    window_running   bigint[]    NOT NULL DEFAULT '{}',
    window_position  bigint      NOT NULL DEFAULT 0, -- consumed up to here, within the window
    window_until     bigint      NOT NULL DEFAULT 0, -- the last position of the window
    sequence         bigint      NOT NULL DEFAULT 0, -- relay only: the last sequence the stream gave
    updated_at       timestamptz NOT NULL,
    failing_id       uuid,                           -- the event that cannot be consumed
    failing_topic    text        NOT NULL DEFAULT '',
    failing_position bigint      NOT NULL DEFAULT 0,
    failing_attempts integer     NOT NULL DEFAULT 0,
    failing_error    text        NOT NULL DEFAULT '',
    failing_since    timestamptz,
    retry_at         timestamptz,
    CONSTRAINT consumer_pk PRIMARY KEY (name)
);

-- Events that an operator told a consumer to leave out.
CREATE TABLE outbox.skipped (
    consumer   text        NOT NULL,
    event_id   uuid        NOT NULL,
    topic      text        NOT NULL,
    error      text        NOT NULL,
    actor      text        NOT NULL,
    reason     text        NOT NULL,
    skipped_at timestamptz NOT NULL,
    CONSTRAINT skipped_pk PRIMARY KEY (consumer, event_id)
);

-- Where the relay stood at some sequences of the stream, so that it can go back when the stream loses its end.
CREATE TABLE outbox.mark (
    sequence     bigint      NOT NULL,
    seen_xmax    bigint      NOT NULL,
    seen_running bigint[]    NOT NULL,
    marked_at    timestamptz NOT NULL,
    CONSTRAINT mark_pk PRIMARY KEY (sequence)
);
