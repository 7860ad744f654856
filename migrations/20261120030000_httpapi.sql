-- +goose Up
-- Idempotency keys: which request was answered how, so that a retry gets the same answer.
CREATE SCHEMA httpapi;

CREATE TABLE httpapi.idempotency (
    client      text        NOT NULL, -- who asked
    route       text        NOT NULL, -- the route's pattern
    key         text        NOT NULL, -- the header Idempotency-Key
    request     bytea       NOT NULL, -- SHA-256 of method, path, query and body
    state       text        NOT NULL,
    attempt     integer     NOT NULL, -- rises when an abandoned or expired key is claimed again
    lease_until timestamptz NOT NULL, -- a running attempt is abandoned after this
    status      integer,              -- the stored answer: HTTP status and body, personal values masked
    body        bytea,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (client, route, key),
    CONSTRAINT idempotency_state_known CHECK (state IN ('running', 'done')),
    CONSTRAINT idempotency_done_has_status CHECK (state <> 'done' OR status IS NOT NULL),
    CONSTRAINT idempotency_key_length CHECK (octet_length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_request_is_sha256 CHECK (octet_length(request) = 32)
);

CREATE INDEX idempotency_expires_at_idx ON httpapi.idempotency (expires_at);
