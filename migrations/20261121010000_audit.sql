-- +goose Up
-- Who did what, and who looked at what. See internal/audit, which also tells how entries are sealed.
CREATE SCHEMA audit;

-- Ids are UUIDv7 made of the entry's own time, so the primary key is the order of time: a range of time is a
-- range of ids, and the table can be cut into partitions by id later without another key.
CREATE TABLE audit.entry (
    id            uuid        NOT NULL,
    at            timestamptz NOT NULL,
    actor_kind    text        NOT NULL,
    actor_account uuid,                 -- none for a part of the system
    actor_session uuid,
    actor_staff   uuid,
    actor_number  text        NOT NULL, -- staff number; '' for a part of the system
    actor_name    text        NOT NULL,
    actor_address text        NOT NULL, -- network address; '' when there was none
    action        text        NOT NULL, -- 'organization.staff.create'
    object_kind   text        NOT NULL,
    object_id     text        NOT NULL,
    object_label  text        NOT NULL,
    centre        uuid,                 -- where the object belongs; without centre and place it is the nation's
    province      text        NOT NULL,
    city          text        NOT NULL,
    reason        text        NOT NULL,
    changes       json        NOT NULL, -- json, not jsonb: its bytes are what was hashed
    request_id    text        NOT NULL,
    CONSTRAINT entry_pk PRIMARY KEY (id),
    CONSTRAINT entry_actor_kind_known CHECK (actor_kind IN ('person', 'program', 'system'))
);
-- The search, newest first, by its filters. Text of the reason is searched within the range of time.
CREATE INDEX entry_actor ON audit.entry (actor_number, id);
CREATE INDEX entry_action ON audit.entry (action text_pattern_ops, id);
CREATE INDEX entry_object ON audit.entry (object_kind, object_id, id);
CREATE INDEX entry_centre ON audit.entry (centre, id);

-- Entries that no batch holds yet. Written with the entry, taken away with the batch: an entry whose transaction
-- commits late is simply found later.
CREATE TABLE audit.pending (
    entry_id uuid NOT NULL,
    CONSTRAINT pending_pk PRIMARY KEY (entry_id)
);

-- Signing keys. The newest signs; older ones stay to verify.
CREATE TABLE audit.key (
    id             text        NOT NULL, -- SHA-256 of the public key, first 16 hexadecimal digits
    public_key     bytea       NOT NULL, -- Ed25519, RFC 8032
    private_sealed bytea       NOT NULL, -- by platform/secret
    key_version    bigint      NOT NULL, -- of the master key, for rotation
    made_at        timestamptz NOT NULL,
    CONSTRAINT key_pk PRIMARY KEY (id),
    CONSTRAINT key_public_length CHECK (length(public_key) = 32)
);

-- The chain. A batch lists its entries: 16 bytes of id and 32 bytes of hash each.
CREATE TABLE audit.batch (
    number    bigint      NOT NULL,
    made_at   timestamptz NOT NULL,
    size      integer     NOT NULL,
    entries   bytea       NOT NULL,
    previous  bytea       NOT NULL, -- head of the batch before; 32 zero bytes for the first
    head      bytea       NOT NULL,
    key_id    text        NOT NULL, -- of audit.key; no foreign key: tampering is found by verification, with its name
    signature bytea       NOT NULL,
    CONSTRAINT batch_pk PRIMARY KEY (number),
    CONSTRAINT batch_number_positive CHECK (number > 0)
);

-- What the background knows: one row.
CREATE TABLE audit.state (
    only_one         boolean NOT NULL DEFAULT true,
    mailed_on        text    NOT NULL DEFAULT '', -- day of the last mail with a head, UTC
    verified_at      timestamptz,
    verified_number  bigint  NOT NULL DEFAULT 0,  -- the last batch that verification saw
    verified_entries bigint  NOT NULL DEFAULT 0,
    verified_wrong   bigint  NOT NULL DEFAULT 0,  -- how much was wrong
    verified_text    text    NOT NULL DEFAULT '', -- the first wrong thing, in words
    CONSTRAINT state_pk PRIMARY KEY (only_one),
    CONSTRAINT state_only_one CHECK (only_one)
);
INSERT INTO audit.state DEFAULT VALUES;

-- A first hurdle. Who can disable it can do more, and is found by verification.
-- +goose StatementBegin
CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table %.% only grows', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
CREATE TRIGGER entry_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER batch_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.batch EXECUTE FUNCTION audit.refuse();
