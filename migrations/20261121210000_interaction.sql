-- +goose Up
-- Contacts, step by step, as the contact journal told them. See internal/interaction.
CREATE SCHEMA interaction;

-- How far the journal's stream is written into these tables; one row, moved in the transaction that writes them.
CREATE TABLE interaction.projection (
    name       text PRIMARY KEY,
    position   bigint NOT NULL, -- of the last message that is written
    message_id text NOT NULL DEFAULT '', -- of that message: a stream that was lost and begun anew is recognised by it
    moved_at   timestamptz NOT NULL
);
INSERT INTO interaction.projection (name, position, moved_at) VALUES ('contact', 0, now());

-- What could not be written, with its cause; people look at it.
CREATE TABLE interaction.unprojected (
    id         uuid PRIMARY KEY,
    position   bigint NOT NULL, -- of its message in the stream
    place      integer NOT NULL, -- in the message; -1: all of it
    entry      bytea NOT NULL, -- sealed: one entry, or the message as it was
    whole      boolean NOT NULL, -- entry is the message
    cause      text NOT NULL,
    kept_at    timestamptz NOT NULL,
    settled_at timestamptz -- written after all, or given up
);
CREATE INDEX unprojected_open_index ON interaction.unprojected (kept_at) WHERE settled_at IS NULL;

-- One row per contact, a partition per month (UTC). Ids of queues, staff, centres and trunks have no foreign key: a
-- record says what was true then, and is written although a node knew of something that was removed meanwhile.
CREATE TABLE interaction.contact (
    id             uuid NOT NULL,
    began_at       timestamptz NOT NULL,
    channel        text NOT NULL DEFAULT '',
    direction      text NOT NULL DEFAULT '',
    centre_id      uuid, -- whose; null: the nation's
    caller         text NOT NULL DEFAULT '', -- masked
    caller_sealed  bytea, -- platform/secret, purpose interaction.caller; null: unknown
    caller_mac     bytea, -- keyed hash of the number in its normal form
    caller_area    text NOT NULL DEFAULT '', -- its home (归属地): division code of the city, or of the province
    called         text NOT NULL DEFAULT '',
    trunk_id       uuid,
    node           text NOT NULL DEFAULT '',
    parent_id      uuid, -- the contact that this one goes on from
    simulated      boolean NOT NULL DEFAULT false,
    opened         boolean NOT NULL DEFAULT true, -- false: steps came, the beginning did not
    flow           text NOT NULL DEFAULT '',
    queue_id       uuid, -- the first
    last_queue_id  uuid,
    answered_at    timestamptz, -- by us
    key_at         timestamptz, -- the key for an agent; for a number that leads straight to a queue null
    enqueued_at    timestamptz, -- first
    offered_at     timestamptz, -- first
    ringing_at     timestamptz, -- first
    accepted_at    timestamptz, -- first
    announced_at   timestamptz, -- first: the staff number (报工号)
    talking_at     timestamptz, -- first
    ended_at       timestamptz,
    wrapped_at     timestamptz, -- last
    last_at        timestamptz NOT NULL, -- last sign of it
    queued_ms      bigint NOT NULL DEFAULT 0, -- sum in all queues until an agent accepted or it left
    ring_ms        bigint NOT NULL DEFAULT 0, -- sums; milliseconds
    talk_ms        bigint NOT NULL DEFAULT 0, -- hold included
    hold_ms        bigint NOT NULL DEFAULT 0,
    wrap_ms        bigint NOT NULL DEFAULT 0,
    offers         integer NOT NULL DEFAULT 0,
    holds          integer NOT NULL DEFAULT 0,
    transfers      integer NOT NULL DEFAULT 0,
    first_agent_id uuid, -- who talked first: answers for it to the end (首问负责)
    agent_id       uuid, -- who talked last
    outcome        text NOT NULL CONSTRAINT contact_outcome_check CHECK (outcome IN ('open', 'answered_by_agent', 'abandoned_in_flow',
                       'abandoned_in_queue', 'abandoned_ringing', 'served_by_machine', 'refused', 'left_queue', 'lost')),
    ended_by       text NOT NULL DEFAULT '',
    end_result     text NOT NULL DEFAULT '',
    end_reason     text NOT NULL DEFAULT '',
    sip            integer NOT NULL DEFAULT 0,
    q850           integer NOT NULL DEFAULT 0,
    recordings     integer NOT NULL DEFAULT 0,
    disposition_id uuid, -- the main one
    noted          boolean NOT NULL DEFAULT false,
    hop_count      integer NOT NULL DEFAULT 0,
    PRIMARY KEY (began_at, id)
) PARTITION BY RANGE (began_at);
CREATE INDEX contact_id_index ON interaction.contact (id);
CREATE INDEX contact_open_index ON interaction.contact (node) WHERE outcome = 'open'; -- what the sweep looks at
CREATE INDEX contact_centre_index ON interaction.contact (centre_id, began_at, id);
CREATE INDEX contact_caller_index ON interaction.contact (caller_mac, began_at) WHERE caller_mac IS NOT NULL;
CREATE INDEX contact_agent_index ON interaction.contact (agent_id, began_at, id) WHERE agent_id IS NOT NULL;
CREATE INDEX contact_queue_index ON interaction.contact (last_queue_id, began_at, id) WHERE last_queue_id IS NOT NULL;

-- The steps of contacts. began_at is the contact's, so that both lie in partitions of one month.
CREATE TABLE interaction.hop (
    contact_id uuid NOT NULL,
    began_at   timestamptz NOT NULL,
    at         timestamptz NOT NULL,
    seq        integer NOT NULL,
    digest     bigint NOT NULL, -- of all of it: the same hop told twice is one row
    kind       text NOT NULL,
    queue_id   uuid,
    agent_id   uuid,
    detail     jsonb, -- interaction.Detail; null: nothing more is known
    PRIMARY KEY (contact_id, began_at, at, seq, digest)
) PARTITION BY RANGE (began_at);

-- What an agent did, span by span: a partition per month of its beginning. signed_out has no length.
CREATE TABLE interaction.agent_span (
    session_id uuid NOT NULL, -- of agent work: one sign-in to the floor
    seq        bigint NOT NULL,
    began_at   timestamptz NOT NULL,
    ended_at   timestamptz, -- null: he does it now
    agent_id   uuid NOT NULL,
    state      text NOT NULL,
    reason     text NOT NULL DEFAULT '',
    contact_id uuid,
    queue_id   uuid,
    centre_id  uuid,
    PRIMARY KEY (session_id, seq, began_at)
) PARTITION BY RANGE (began_at);
CREATE INDEX agent_span_agent_index ON interaction.agent_span (agent_id, began_at);
CREATE INDEX agent_span_time_index ON interaction.agent_span (began_at);
CREATE INDEX agent_span_open_index ON interaction.agent_span (session_id) WHERE ended_at IS NULL;

-- What a contact was about, as it is now: a set with a main one (place 0).
CREATE TABLE interaction.contact_disposition (
    contact_id uuid NOT NULL,
    began_at   timestamptz NOT NULL, -- the contact's
    place      integer NOT NULL,
    code_id    uuid NOT NULL,
    by_id      uuid NOT NULL, -- member of staff
    at         timestamptz NOT NULL,
    revision   bigint NOT NULL,
    PRIMARY KEY (contact_id, began_at, place)
) PARTITION BY RANGE (began_at);
CREATE INDEX contact_disposition_code_index ON interaction.contact_disposition (code_id, began_at);

-- An agent's note on a contact; each agent has one, the newest revision stands.
CREATE TABLE interaction.contact_note (
    contact_id uuid NOT NULL,
    began_at   timestamptz NOT NULL, -- the contact's
    by_id      uuid NOT NULL,
    at         timestamptz NOT NULL,
    text       bytea NOT NULL, -- platform/secret, purpose interaction.note
    revision   bigint NOT NULL,
    PRIMARY KEY (contact_id, began_at, by_id)
) PARTITION BY RANGE (began_at);

-- Contacts that belong together, seen from the later one.
CREATE TABLE interaction.related (
    contact_id     uuid NOT NULL,
    began_at       timestamptz NOT NULL, -- of contact_id
    other_id       uuid NOT NULL,
    other_began_at timestamptz NOT NULL,
    why            text NOT NULL CONSTRAINT related_why_check CHECK (why IN ('same_caller_7d', 'parent', 'by_hand')),
    PRIMARY KEY (contact_id, began_at, other_id, why)
) PARTITION BY RANGE (began_at);
CREATE INDEX related_other_index ON interaction.related (other_id);

-- The nodes of the code tree contact.reason as records name them: codes belong to one meaning for ever.
CREATE TABLE interaction.disposition_code (
    id        uuid PRIMARY KEY, -- made from the code
    code      text NOT NULL,
    parent_id uuid,
    name      text NOT NULL,
    name_en   text NOT NULL,
    path      text NOT NULL, -- Chinese names from the top, joined by /
    path_en   text NOT NULL,
    pinyin    text NOT NULL,
    initials  text NOT NULL,
    depth     integer NOT NULL,
    position  integer NOT NULL,
    retired   boolean NOT NULL,
    CONSTRAINT disposition_code_key UNIQUE (code)
);
CREATE INDEX disposition_code_parent_index ON interaction.disposition_code (parent_id);

-- Makes the partitions of a month (UTC); those that are there stay.
-- +goose StatementBegin
CREATE FUNCTION interaction.make_month(month timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    low  timestamptz := date_trunc('month', month, 'UTC');
    high timestamptz := date_trunc('month', date_trunc('month', month, 'UTC') + interval '40 days', 'UTC');
    tag  text := to_char(low AT TIME ZONE 'UTC', 'YYYYMM');
    t    text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('interaction.make_month', 0));
    FOREACH t IN ARRAY ARRAY['contact', 'hop', 'agent_span', 'contact_disposition', 'contact_note', 'related'] LOOP
        IF to_regclass(format('interaction.%I', t || '_' || tag)) IS NULL THEN
            EXECUTE format('CREATE TABLE interaction.%I PARTITION OF interaction.%I FOR VALUES FROM (%L) TO (%L)%s',
                t || '_' || tag, t, low, high, CASE t WHEN 'contact' THEN ' WITH (fillfactor = 70)' ELSE '' END);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd

-- Removes the partitions that end at or before a moment, and gives how many months went.
-- +goose StatementBegin
CREATE FUNCTION interaction.drop_months(before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    tag  text;
    t    text;
    gone integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('interaction.make_month', 0));
    FOR tag IN
        SELECT right(c.relname, 6) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'interaction.contact'::regclass ORDER BY 1
    LOOP
        IF (to_date(tag, 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC' <= before THEN
            FOREACH t IN ARRAY ARRAY['contact', 'hop', 'agent_span', 'contact_disposition', 'contact_note', 'related'] LOOP
                EXECUTE format('DROP TABLE IF EXISTS interaction.%I', t || '_' || tag);
            END LOOP;
            gone := gone + 1;
        END IF;
    END LOOP;
    RETURN gone;
END $$;
-- +goose StatementEnd
