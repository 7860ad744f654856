-- +goose Up
-- Deadlines that fire within a second, by the million (internal/platform/timer).
CREATE SCHEMA timer;

CREATE TABLE timer.timer (
    kind       text        NOT NULL, -- which handler
    key        text        NOT NULL, -- which thing; setting it again replaces it
    due_at     timestamptz NOT NULL,
    fire_at    timestamptz NOT NULL, -- next attempt: due_at, later after a failure
    payload    json        NOT NULL,
    attempts   integer     NOT NULL DEFAULT 0,
    last_error text        NOT NULL DEFAULT '',
    parked_at  timestamptz,          -- given up until an operator revives it
    CONSTRAINT timer_pk PRIMARY KEY (kind, key)
);
-- Each kind is fired apart, so that a slow handler delays its own kind only.
CREATE INDEX timer_due ON timer.timer (kind, fire_at) WHERE parked_at IS NULL;
CREATE INDEX timer_parked ON timer.timer (kind) WHERE parked_at IS NOT NULL;
-- Timers live in a table that turns over all the time: clean it by the thousand, not by a fifth of it.
ALTER TABLE timer.timer SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.1);
