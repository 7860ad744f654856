-- +goose Up
-- Voice: over which trunks calls come and go, desk phones, what happens to a called number, prompts, and calls that
-- ended. See internal/voice.
CREATE SCHEMA voice;

-- Trunks that may stand in for each other: one carrier, one exchange.
CREATE TABLE voice.trunk_group (
    id         uuid PRIMARY KEY,
    code       text NOT NULL CONSTRAINT trunk_group_code_check CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    name       text NOT NULL CONSTRAINT trunk_group_name_check CHECK (length(name) BETWEEN 1 AND 100),
    centre_id  uuid NOT NULL CONSTRAINT trunk_group_centre_fkey REFERENCES organization.centre (id),
    note       text NOT NULL DEFAULT '' CONSTRAINT trunk_group_note_check CHECK (length(note) <= 1000),
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT trunk_group_code_key UNIQUE (code)
);
CREATE INDEX trunk_group_centre_index ON voice.trunk_group (centre_id, code);

CREATE TABLE voice.trunk (
    id              uuid PRIMARY KEY,
    group_id        uuid NOT NULL CONSTRAINT trunk_group_fkey REFERENCES voice.trunk_group (id),
    name            text NOT NULL CONSTRAINT trunk_name_check CHECK (length(name) BETWEEN 1 AND 100),
    hosts           text[] NOT NULL CONSTRAINT trunk_hosts_check CHECK (cardinality(hosts) BETWEEN 1 AND 8), -- host or host:port
    transport       text NOT NULL CONSTRAINT trunk_transport_check CHECK (transport IN ('udp', 'tcp', 'tls')),
    username        text NOT NULL DEFAULT '' CONSTRAINT trunk_username_check CHECK (length(username) <= 128),
    password_sealed bytea, -- platform/secret, purpose voice.trunk_password; null: none
    register        boolean NOT NULL DEFAULT false, -- we register at the carrier
    priority        integer NOT NULL CONSTRAINT trunk_priority_check CHECK (priority BETWEEN 1 AND 100), -- lower is tried first
    weight          integer NOT NULL CONSTRAINT trunk_weight_check CHECK (weight BETWEEN 1 AND 100), -- share among equals
    max_calls       integer NOT NULL DEFAULT 0 CONSTRAINT trunk_max_calls_check CHECK (max_calls BETWEEN 0 AND 100000), -- 0: no limit
    codecs          text[] NOT NULL CONSTRAINT trunk_codecs_check CHECK (codecs <@ ARRAY['PCMA', 'PCMU'] AND cardinality(codecs) BETWEEN 1 AND 2),
    inband_dtmf     boolean NOT NULL DEFAULT false,
    quiet           boolean NOT NULL DEFAULT false, -- the carrier answers no OPTIONS: calls alone tell whether it works
    caller_from     text NOT NULL CONSTRAINT trunk_caller_from_check CHECK (caller_from IN ('pai', 'from', 'rpid')), -- which header names the caller
    disabled        boolean NOT NULL DEFAULT false,
    note            text NOT NULL DEFAULT '' CONSTRAINT trunk_note_check CHECK (length(note) <= 1000),
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    updated_by      text NOT NULL,
    CONSTRAINT trunk_name_key UNIQUE (name)
);
CREATE INDEX trunk_group_index ON voice.trunk (group_id, name);

-- Desk phones that register here.
CREATE TABLE voice.phone (
    id           uuid PRIMARY KEY,
    number       text NOT NULL CONSTRAINT phone_number_check CHECK (number ~ '^[0-9]{2,12}$'), -- its user name too
    display_name text NOT NULL CONSTRAINT phone_display_check CHECK (length(display_name) BETWEEN 1 AND 100),
    centre_id    uuid NOT NULL CONSTRAINT phone_centre_fkey REFERENCES organization.centre (id),
    staff_id     uuid CONSTRAINT phone_staff_fkey REFERENCES organization.staff (id),
    realm        text NOT NULL, -- of which the hashes are made
    ha1_sealed   bytea NOT NULL, -- platform/secret, purpose voice.phone_ha1: both hashes of RFC 8760; the password is kept nowhere
    password_at  timestamptz NOT NULL, -- when the password was made
    disabled     boolean NOT NULL DEFAULT false,
    note         text NOT NULL DEFAULT '' CONSTRAINT phone_note_check CHECK (length(note) <= 1000),
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    updated_by   text NOT NULL,
    CONSTRAINT phone_number_key UNIQUE (number)
);
CREATE INDEX phone_centre_index ON voice.phone (centre_id, number);
CREATE INDEX phone_staff_index ON voice.phone (staff_id) WHERE staff_id IS NOT NULL;

-- What callers hear. The recording itself lies in platform/blob.
CREATE TABLE voice.prompt (
    id          uuid PRIMARY KEY,
    name        text NOT NULL CONSTRAINT prompt_name_check CHECK (length(name) BETWEEN 1 AND 100),
    centre_id   uuid NOT NULL CONSTRAINT prompt_centre_fkey REFERENCES organization.centre (id),
    blob_key    text NOT NULL,
    sha256      bytea NOT NULL CONSTRAINT prompt_sha256_check CHECK (length(sha256) = 32),
    bytes       bigint NOT NULL,
    duration_ms integer NOT NULL CONSTRAINT prompt_duration_check CHECK (duration_ms > 0),
    sample_rate integer NOT NULL,
    channels    integer NOT NULL,
    note        text NOT NULL DEFAULT '' CONSTRAINT prompt_note_check CHECK (length(note) <= 1000),
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    updated_by  text NOT NULL,
    CONSTRAINT prompt_name_key UNIQUE (centre_id, name)
);

-- What happens to a call by the number that was called, until call flows do it.
CREATE TABLE voice.number_action (
    id         uuid PRIMARY KEY,
    pattern    text NOT NULL CONSTRAINT number_action_pattern_check CHECK (pattern ~ '^\+?[0-9*#]{1,24}$'),
    match      text NOT NULL CONSTRAINT number_action_match_check CHECK (match IN ('number', 'prefix')),
    name       text NOT NULL CONSTRAINT number_action_name_check CHECK (length(name) BETWEEN 1 AND 100),
    centre_id  uuid NOT NULL CONSTRAINT number_action_centre_fkey REFERENCES organization.centre (id),
    act        text NOT NULL,
    prompt_id  uuid CONSTRAINT number_action_prompt_fkey REFERENCES voice.prompt (id),
    repeat     boolean NOT NULL DEFAULT false, -- the prompt plays until the caller hangs up
    phone_id   uuid CONSTRAINT number_action_phone_fkey REFERENCES voice.phone (id),
    group_id   uuid CONSTRAINT number_action_group_fkey REFERENCES voice.trunk_group (id),
    cause      text NOT NULL DEFAULT '',
    disabled   boolean NOT NULL DEFAULT false,
    note       text NOT NULL DEFAULT '' CONSTRAINT number_action_note_check CHECK (length(note) <= 1000),
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT number_action_pattern_key UNIQUE (pattern, match),
    -- Each act has exactly what it needs.
    CONSTRAINT number_action_act_check CHECK (CASE act
        WHEN 'prompt' THEN prompt_id IS NOT NULL AND phone_id IS NULL AND group_id IS NULL AND cause = ''
        WHEN 'echo'   THEN prompt_id IS NULL AND phone_id IS NULL AND group_id IS NULL AND cause = ''
        WHEN 'phone'  THEN prompt_id IS NULL AND phone_id IS NOT NULL AND group_id IS NULL AND cause = ''
        WHEN 'trunk'  THEN prompt_id IS NULL AND phone_id IS NULL AND group_id IS NOT NULL AND cause = ''
        WHEN 'reject' THEN prompt_id IS NULL AND phone_id IS NULL AND group_id IS NULL AND cause <> ''
        ELSE false END)
);
CREATE INDEX number_action_list_index ON voice.number_action (pattern, id);
CREATE INDEX number_action_centre_index ON voice.number_action (centre_id, pattern);
CREATE INDEX number_action_prompt_index ON voice.number_action (prompt_id) WHERE prompt_id IS NOT NULL;
CREATE INDEX number_action_phone_index ON voice.number_action (phone_id) WHERE phone_id IS NOT NULL;
CREATE INDEX number_action_group_index ON voice.number_action (group_id) WHERE group_id IS NOT NULL;

-- Calls that ended, one row per leg. Numbers of people are masked; the keyed hash finds a number that somebody knows.
-- No foreign keys: a call stays as it was when its trunk or phone is gone, and arrives while others are changed.
CREATE TABLE voice.call (
    id           uuid PRIMARY KEY,
    conversation uuid NOT NULL, -- the same for the legs that talked to each other
    direction    text NOT NULL CONSTRAINT call_direction_check CHECK (direction IN ('in', 'out')), -- towards us, from us
    started_at   timestamptz NOT NULL, -- the INVITE's arrival or departure
    answered_at  timestamptz,
    ended_at     timestamptz NOT NULL,
    caller       text NOT NULL, -- masked
    caller_mac   bytea,
    called       text NOT NULL, -- masked unless it belongs to nobody
    called_mac   bytea,
    trunk_id     uuid,
    trunk_name   text NOT NULL DEFAULT '',
    phone_id     uuid,
    phone_number text NOT NULL DEFAULT '',
    centre_id    uuid, -- whose call it is; null: the nation's
    act          text NOT NULL DEFAULT '', -- what was done with it: that of number_action
    result       text NOT NULL,
    side         text NOT NULL,
    reason       text NOT NULL,
    sip_status   integer NOT NULL DEFAULT 0,
    q850         integer NOT NULL DEFAULT 0,
    codec        text NOT NULL DEFAULT '',
    grade        text NOT NULL DEFAULT '' CONSTRAINT call_grade_check CHECK (grade IN ('', 'good', 'fair', 'poor')),
    quality      jsonb NOT NULL DEFAULT '{}', -- figures both ways
    recorded     boolean NOT NULL DEFAULT false,
    node         text NOT NULL,
    sip_call_id  text NOT NULL DEFAULT ''
);
CREATE INDEX call_list_index ON voice.call (started_at DESC, id DESC);
CREATE INDEX call_centre_index ON voice.call (centre_id, started_at DESC, id DESC);
CREATE INDEX call_trunk_index ON voice.call (trunk_id, started_at DESC) WHERE trunk_id IS NOT NULL;
CREATE INDEX call_phone_index ON voice.call (phone_id, started_at DESC) WHERE phone_id IS NOT NULL;
CREATE INDEX call_caller_index ON voice.call (caller_mac) WHERE caller_mac IS NOT NULL;
CREATE INDEX call_called_index ON voice.call (called_mac) WHERE called_mac IS NOT NULL;
CREATE INDEX call_conversation_index ON voice.call (conversation);

-- The SIP messages of an ended call: who sent what when. First lines only, numbers masked.
CREATE TABLE voice.call_ladder (
    call_id  uuid CONSTRAINT call_ladder_pkey PRIMARY KEY CONSTRAINT call_ladder_call_fkey REFERENCES voice.call (id) ON DELETE CASCADE,
    messages jsonb NOT NULL
);

-- Counts changes, so that processes see when to read again; one row.
CREATE TABLE voice.revision (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT revision_only_row_check CHECK (only_row),
    tables   bigint NOT NULL DEFAULT 0
);
INSERT INTO voice.revision DEFAULT VALUES;
