-- +goose Up
-- Routing: queues, and the reasons for which agents take a break. Who waits and who is signed in is not here: it lives
-- in the leading router and in buckets of the bus. See internal/routing.
CREATE SCHEMA routing;

CREATE TABLE routing.queue (
    id              uuid PRIMARY KEY,
    code            text NOT NULL CONSTRAINT queue_code_check CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    name            text NOT NULL CONSTRAINT queue_name_check CHECK (length(name) BETWEEN 1 AND 100),
    centre_id       uuid NOT NULL CONSTRAINT queue_centre_fkey REFERENCES organization.centre (id), -- whose it is; its agents and those below serve it
    channel         text NOT NULL CONSTRAINT queue_channel_check CHECK (channel IN ('voice', 'chat', 'mail', 'task')),
    needs           jsonb NOT NULL DEFAULT '[]', -- [{skill, level}], all of them
    priority        integer NOT NULL CONSTRAINT queue_priority_check CHECK (priority BETWEEN 0 AND 99), -- the higher is served first
    ring_s          integer NOT NULL CONSTRAINT queue_ring_check CHECK (ring_s BETWEEN 3 AND 300), -- how long one agent is rung
    wrap_up         text NOT NULL CONSTRAINT queue_wrap_up_check CHECK (wrap_up IN ('none', 'timed', 'mandatory', 'optional')),
    wrap_up_s       integer NOT NULL CONSTRAINT queue_wrap_up_for_check CHECK (wrap_up_s BETWEEN 0 AND 3600),
    overflow        jsonb NOT NULL DEFAULT '[]', -- [{after_s, relax, needs, queue, priority}], by rising after_s
    max_waiting     integer NOT NULL CONSTRAINT queue_max_waiting_check CHECK (max_waiting BETWEEN 0 AND 100000), -- 0: no limit
    max_wait_s      integer NOT NULL CONSTRAINT queue_max_wait_check CHECK (max_wait_s BETWEEN 0 AND 86400), -- 0: for ever
    no_agents       text NOT NULL CONSTRAINT queue_no_agents_check CHECK (no_agents IN ('wait', 'refuse', 'expel')),
    target_s        integer NOT NULL CONSTRAINT queue_target_check CHECK (target_s BETWEEN 1 AND 3600), -- promise of the service level
    announce_number boolean NOT NULL, -- the caller hears the agent's staff number
    music           boolean NOT NULL,
    position        boolean NOT NULL, -- the caller hears his place in line
    closed          boolean NOT NULL DEFAULT false,
    note            text NOT NULL DEFAULT '' CONSTRAINT queue_note_check CHECK (length(note) <= 1000),
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    updated_by      text NOT NULL,
    CONSTRAINT queue_code_key UNIQUE (code)
);
CREATE INDEX queue_centre_index ON routing.queue (centre_id, code);

-- Why an agent takes a break. The quota fields are kept for the planning of breaks; nothing acts by them yet.
CREATE TABLE routing.break_reason (
    id            uuid PRIMARY KEY,
    code          text NOT NULL CONSTRAINT break_reason_code_check CHECK (code ~ '^[a-z0-9][a-z0-9_]{0,31}$'),
    name          text NOT NULL CONSTRAINT break_reason_name_check CHECK (length(name) BETWEEN 1 AND 50),
    name_en       text NOT NULL CONSTRAINT break_reason_name_en_check CHECK (length(name_en) BETWEEN 1 AND 50),
    place         integer NOT NULL DEFAULT 0, -- in lists, then by code
    most_minutes  integer CONSTRAINT break_reason_minutes_check CHECK (most_minutes BETWEEN 1 AND 1440), -- of one break; null: no limit
    most_share    integer CONSTRAINT break_reason_share_check CHECK (most_share BETWEEN 1 AND 100), -- percent of a queue's agents at once; null: no limit
    retired       boolean NOT NULL DEFAULT false, -- may be chosen no more
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    updated_by    text NOT NULL,
    CONSTRAINT break_reason_code_key UNIQUE (code)
);
INSERT INTO routing.break_reason (id, code, name, name_en, place, created_at, updated_at, updated_by) VALUES
    ('01934a00-0000-7000-8000-000000000001', 'rest', '小休', 'Short break', 1, now(), now(), ''),
    ('01934a00-0000-7000-8000-000000000002', 'meal', '用餐', 'Meal', 2, now(), now(), ''),
    ('01934a00-0000-7000-8000-000000000003', 'training', '培训', 'Training', 3, now(), now(), ''),
    ('01934a00-0000-7000-8000-000000000004', 'meeting', '会议', 'Meeting', 4, now(), now(), ''),
    ('01934a00-0000-7000-8000-000000000005', 'other_work', '其他工作', 'Other work', 5, now(), now(), '');

-- Counts changes, so that processes see when to read again; one row.
CREATE TABLE routing.revision (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT revision_only_row_check CHECK (only_row),
    tables   bigint NOT NULL DEFAULT 0
);
INSERT INTO routing.revision DEFAULT VALUES;
