-- +goose Up
-- Code tables with owner and version (H-18). See internal/organization.
CREATE TABLE organization.code_table (
    code         text PRIMARY KEY CONSTRAINT code_table_code_check CHECK (code ~ '^[a-z][a-z0-9_]{0,31}$'),
    name_zh      text NOT NULL CONSTRAINT code_table_name_zh_check CHECK (length(name_zh) BETWEEN 1 AND 100),
    name_en      text NOT NULL CONSTRAINT code_table_name_en_check CHECK (length(name_en) BETWEEN 1 AND 100),
    owner        text NOT NULL CONSTRAINT code_table_owner_check CHECK (length(owner) BETWEEN 1 AND 100), -- the department that answers for it
    owner_centre uuid CONSTRAINT code_table_owner_centre_fkey REFERENCES organization.centre (id), -- null: the nation's
    version      integer NOT NULL DEFAULT 0, -- the newest; 0 before the first
    published_at timestamptz,
    edition      integer NOT NULL DEFAULT 1, -- of names and owner
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    updated_by   text NOT NULL,
    CONSTRAINT code_table_published_check CHECK ((version = 0) = (published_at IS NULL))
);
CREATE INDEX code_table_owner_centre_index ON organization.code_table (owner_centre);

CREATE TABLE organization.code_version (
    table_code   text NOT NULL CONSTRAINT code_version_table_fkey REFERENCES organization.code_table (code),
    version      integer NOT NULL CONSTRAINT code_version_version_check CHECK (version > 0),
    note         text NOT NULL CONSTRAINT code_version_note_check CHECK (length(note) BETWEEN 1 AND 500),
    published_by text NOT NULL,
    published_at timestamptz NOT NULL,
    added        integer NOT NULL,
    changed      integer NOT NULL,
    removed      integer NOT NULL,
    CONSTRAINT code_version_pkey PRIMARY KEY (table_code, version)
);

-- A row holds from one version until before another, so that every version can be read again.
CREATE TABLE organization.code_item (
    table_code    text NOT NULL CONSTRAINT code_item_table_fkey REFERENCES organization.code_table (code),
    code          text NOT NULL CONSTRAINT code_item_code_check CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    version_from  integer NOT NULL,
    version_until integer, -- null: still in the newest
    zh            text NOT NULL CONSTRAINT code_item_zh_check CHECK (length(zh) BETWEEN 1 AND 100),
    en            text NOT NULL DEFAULT '' CONSTRAINT code_item_en_check CHECK (length(en) <= 100),
    initials      text NOT NULL DEFAULT '' CONSTRAINT code_item_initials_check CHECK (initials ~ '^[a-z0-9]{0,32}$'), -- of the pinyin, for finding by typing
    parent        text NOT NULL DEFAULT '' CONSTRAINT code_item_parent_check CHECK (length(parent) <= 64),
    extra         jsonb NOT NULL DEFAULT '{}' CONSTRAINT code_item_extra_check CHECK (jsonb_typeof(extra) = 'object'),
    valid_from    date,
    valid_until   date, -- the last day
    sort          integer NOT NULL DEFAULT 0,
    CONSTRAINT code_item_pkey PRIMARY KEY (table_code, code, version_from),
    CONSTRAINT code_item_version_check CHECK (version_until > version_from),
    CONSTRAINT code_item_validity_check CHECK (valid_until >= valid_from)
);
CREATE UNIQUE INDEX code_item_newest_key ON organization.code_item (table_code, code) WHERE version_until IS NULL;
