-- +goose Up
-- Recordings of calls. The audio is in platform/blob, encrypted under a key of its own that stands wrapped here: a
-- recording is erased by forgetting the key. See internal/voice/recording.
CREATE SCHEMA IF NOT EXISTS voice;

CREATE TABLE voice.recording (
    id              uuid PRIMARY KEY,
    call_id         uuid NOT NULL,
    -- Whose rules keep it and whose people may hear it; null: the nation's.
    centre_id       uuid CONSTRAINT recording_centre_fkey REFERENCES organization.centre (id),
    began_at        timestamptz NOT NULL,
    duration_ms     bigint NOT NULL CONSTRAINT recording_duration_check CHECK (duration_ms >= 0),
    direction       text NOT NULL DEFAULT '' CONSTRAINT recording_direction_check CHECK (direction IN ('', 'in', 'out', 'internal')),
    -- The number on the left channel: masked for people, sealed and hashed to be found again.
    customer        text NOT NULL DEFAULT '' CONSTRAINT recording_customer_check CHECK (length(customer) <= 40),
    customer_sealed bytea,
    customer_hash   bytea CONSTRAINT recording_customer_hash_check CHECK (length(customer_hash) = 32),
    line            text NOT NULL DEFAULT '' CONSTRAINT recording_line_check CHECK (length(line) <= 64), -- our number
    staff_id        uuid, -- who is heard on the right; no foreign key: the node writes what it knew during the call
    staff_number    text NOT NULL DEFAULT '' CONSTRAINT recording_staff_check CHECK (length(staff_number) <= 64),
    labels          jsonb NOT NULL DEFAULT '{}',
    pauses          jsonb NOT NULL DEFAULT '[]', -- [{from_ms, to_ms}]: silence that was asked for
    dropped         bigint NOT NULL DEFAULT 0, -- packets that this machine could not keep
    misplaced       bigint NOT NULL DEFAULT 0, -- packets that came too late for their place
    cut             boolean NOT NULL DEFAULT false, -- the machine failed during the call; this is what was kept until then
    node            text NOT NULL DEFAULT '',
    peaks           bytea NOT NULL DEFAULT '', -- loudness of up to 400 equal parts, left and right alternating; empty: none
    size            bigint NOT NULL CONSTRAINT recording_size_check CHECK (size >= 0), -- bytes of A-law
    sha256          bytea NOT NULL CONSTRAINT recording_sha256_check CHECK (length(sha256) = 32), -- of the A-law
    state           text NOT NULL CONSTRAINT recording_state_check CHECK (state IN ('kept', 'erased')),
    -- main, archive: where the audio is. moved: in the archive, and the copy in main is not yet removed. none: removed.
    place           text NOT NULL CONSTRAINT recording_place_check CHECK (place IN ('main', 'moved', 'archive', 'none')),
    blob_key        text NOT NULL,
    wrapped_key     bytea, -- platform/secret, purpose voice.recording; null once erased
    key_version     bigint NOT NULL,
    hold            boolean NOT NULL DEFAULT false, -- kept whatever the rules say
    hold_reason     text NOT NULL DEFAULT '' CONSTRAINT recording_hold_reason_check CHECK (length(hold_reason) <= 500),
    hold_by         text NOT NULL DEFAULT '',
    hold_at         timestamptz,
    erased_at       timestamptz,
    erased_why      text NOT NULL DEFAULT '' CONSTRAINT recording_erased_why_check CHECK (erased_why IN ('', 'retention', 'request')),
    erased_by       text NOT NULL DEFAULT '',
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    CONSTRAINT recording_key_check CHECK ((state = 'kept') = (wrapped_key IS NOT NULL)),
    CONSTRAINT recording_erased_check CHECK ((state = 'erased') = (erased_at IS NOT NULL)),
    CONSTRAINT recording_held_check CHECK (NOT hold OR state = 'kept')
);
CREATE INDEX recording_list_index ON voice.recording (began_at, id);
CREATE INDEX recording_centre_index ON voice.recording (centre_id, began_at, id);
CREATE INDEX recording_call_index ON voice.recording (call_id);
CREATE INDEX recording_customer_index ON voice.recording (customer_hash, began_at) WHERE customer_hash IS NOT NULL;
CREATE INDEX recording_staff_index ON voice.recording (staff_number, began_at) WHERE staff_number <> '';
-- What the sweep looks for: too old, to be moved, to be removed.
CREATE INDEX recording_keep_index ON voice.recording (centre_id, began_at) WHERE state = 'kept' AND NOT hold;
CREATE INDEX recording_main_index ON voice.recording (centre_id, began_at) WHERE state = 'kept' AND place = 'main';
CREATE INDEX recording_remove_index ON voice.recording (id) WHERE place = 'moved' OR (state = 'erased' AND place <> 'none');
CREATE INDEX recording_key_version_index ON voice.recording (key_version, id) WHERE wrapped_key IS NOT NULL;
