-- +goose Up
-- Working time of centres, public holidays and make-up workdays. See internal/calendar.
CREATE SCHEMA calendar;

-- Rises with every change, so that the processes' snapshots know when to read again.
CREATE TABLE calendar.revision (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT revision_only_row_check CHECK (only_row),
    number   bigint NOT NULL
);
INSERT INTO calendar.revision (number) VALUES (1);

-- The working week of a centre and of all below it that have none of their own, from a day on.
CREATE TABLE calendar.week (
    id         uuid PRIMARY KEY,
    centre_id  uuid NOT NULL CONSTRAINT week_centre_fkey REFERENCES organization.centre (id),
    valid_from date NOT NULL,
    -- Whether public holidays and make-up workdays change it; a hotline that never closes says no.
    holidays   boolean NOT NULL,
    periods    jsonb NOT NULL, -- [{"weekday": 1..7, "start": minute, "end": minute}], Monday is 1, end above 1440 is the next day
    version    integer NOT NULL DEFAULT 1,
    updated_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT week_centre_day_key UNIQUE (centre_id, valid_from)
);

-- A day that differs from the week, for a centre and all below it.
CREATE TABLE calendar.day (
    id         uuid PRIMARY KEY,
    centre_id  uuid NOT NULL CONSTRAINT day_centre_fkey REFERENCES organization.centre (id),
    day        date NOT NULL,
    kind       text NOT NULL CONSTRAINT day_kind_check CHECK (kind IN ('off', 'work', 'special')),
    public     boolean NOT NULL, -- a public holiday or make-up workday: only for weeks that follow them
    name       text NOT NULL CONSTRAINT day_name_check CHECK (length(name) BETWEEN 1 AND 100),
    as_weekday integer NOT NULL DEFAULT 0 CONSTRAINT day_as_weekday_check CHECK (as_weekday BETWEEN 0 AND 7),
    periods    jsonb NOT NULL DEFAULT '[]', -- of a special day: [{"start": minute, "end": minute}]
    version    integer NOT NULL DEFAULT 1,
    updated_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT day_centre_day_key UNIQUE (centre_id, day),
    CONSTRAINT day_work_check CHECK ((kind = 'work') = (as_weekday > 0))
);
CREATE INDEX day_day_index ON calendar.day (day);
