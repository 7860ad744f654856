-- What sqlc needs to know of River's table. River's own migrations make it; TestSchemaMatchesRiver compares.
CREATE SCHEMA river;
CREATE TYPE river.river_job_state AS ENUM (
    'available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled');
CREATE TABLE river.river_job (
    id           bigint                NOT NULL,
    state        river.river_job_state NOT NULL,
    attempt      smallint              NOT NULL,
    max_attempts smallint              NOT NULL,
    attempted_at timestamptz,
    finalized_at timestamptz,
    scheduled_at timestamptz           NOT NULL,
    attempted_by text[],
    errors       jsonb[],
    kind         text                  NOT NULL,
    queue        text                  NOT NULL
);
