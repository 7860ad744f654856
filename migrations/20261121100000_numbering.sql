-- +goose Up
-- Numbers: which ones we answer, and where others are at home. See internal/numbering.
CREATE SCHEMA numbering;

-- Called numbers and access codes (A-15). pattern is the text of a phone.Phone, or the beginning of such texts.
CREATE TABLE numbering.called (
    id           uuid PRIMARY KEY,
    pattern      text NOT NULL CONSTRAINT called_pattern_check CHECK (pattern ~ '^\+?[0-9]{2,20}$'),
    match        text NOT NULL CONSTRAINT called_match_check CHECK (match IN ('number', 'prefix')),
    name         text NOT NULL CONSTRAINT called_name_check CHECK (length(name) BETWEEN 1 AND 100),
    kind         text NOT NULL CONSTRAINT called_kind_check CHECK (kind IN
                     ('nation_line', 'province_line', 'vip_line', 'escalation_line', 'enterprise', 'outside_platform')),
    service      text NOT NULL DEFAULT '' CONSTRAINT called_service_check CHECK (service ~ '^[a-z0-9][a-z0-9_.-]{0,63}$' OR service = ''),
    centre_id    uuid NOT NULL CONSTRAINT called_centre_fkey REFERENCES organization.centre (id),
    -- Where it is dialled from; empty: from everywhere. The same short number may belong to a platform of each city.
    province     text NOT NULL DEFAULT '' CONSTRAINT called_province_check CHECK (province ~ '^([0-9]{2}0000)?$'),
    city         text NOT NULL DEFAULT '' CONSTRAINT called_city_check CHECK (city ~ '^([0-9]{6})?$' AND (city = '' OR province <> '')),
    -- How a platform of others is merged into ours: calls are transferred (话路转接) or trunks end here (话路汇接).
    merge_method text NOT NULL DEFAULT '' CONSTRAINT called_merge_check CHECK (merge_method IN ('', 'transfer', 'trunk')),
    transfer_to  text NOT NULL DEFAULT '' CONSTRAINT called_transfer_check CHECK (transfer_to ~ '^(\+?[0-9]{2,20})?$'),
    trunk_group  text NOT NULL DEFAULT '' CONSTRAINT called_trunk_check CHECK (length(trunk_group) <= 64),
    note         text NOT NULL DEFAULT '' CONSTRAINT called_note_check CHECK (length(note) <= 1000),
    state        text NOT NULL DEFAULT 'active' CONSTRAINT called_state_check CHECK (state IN ('active', 'suspended', 'retired')),
    valid_from   timestamptz NOT NULL,
    valid_until  timestamptz CONSTRAINT called_valid_check CHECK (valid_until > valid_from),
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    updated_by   text NOT NULL,
    -- One answer to "who answers this number from here now".
    CONSTRAINT called_overlap_excl EXCLUDE USING gist
        (pattern WITH =, match WITH =, province WITH =, city WITH =, tstzrange(valid_from, valid_until) WITH &&)
        WHERE (state <> 'retired')
);
CREATE INDEX called_list_index ON numbering.called (pattern, id);
CREATE INDEX called_centre_index ON numbering.called (centre_id, pattern, id);

-- A file of number segments, read and compared with what is in use; one version is in use at a time.
CREATE TABLE numbering.segment_version (
    number       integer CONSTRAINT segment_version_pkey PRIMARY KEY, -- 1, 2, 3 ...
    name         text NOT NULL CONSTRAINT segment_version_name_check CHECK (length(name) BETWEEN 1 AND 100),
    file_name    text NOT NULL,
    file_key     text NOT NULL, -- in platform/blob
    file_bytes   bigint NOT NULL,
    state        text NOT NULL CONSTRAINT segment_version_state_check CHECK (state IN
                     ('reading', 'refused', 'cancelled', 'ready', 'active', 'retired', 'removed')),
    rows_read    integer NOT NULL DEFAULT 0,
    rows_total   integer NOT NULL DEFAULT 0, -- an estimate while reading
    -- The difference to the version in use when it was read; null before.
    based_on     integer,
    added        integer NOT NULL DEFAULT 0,
    changed      integer NOT NULL DEFAULT 0,
    removed      integer NOT NULL DEFAULT 0,
    same         integer NOT NULL DEFAULT 0,
    wrong        integer NOT NULL DEFAULT 0, -- rows that were refused
    problems     jsonb NOT NULL DEFAULT '[]', -- the first of them: [{line, column, code, message}]
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    read_at      timestamptz,
    activated_by text NOT NULL DEFAULT '',
    activated_at timestamptz
);
CREATE UNIQUE INDEX segment_version_active_key ON numbering.segment_version ((state)) WHERE state = 'active';

-- The first seven digits of mobile numbers. No foreign key: half a million rows arrive by COPY, and only the
-- owner of the version writes them.
CREATE TABLE numbering.segment (
    version      integer NOT NULL,
    prefix       integer NOT NULL CONSTRAINT segment_prefix_check CHECK (prefix BETWEEN 1000000 AND 1999999),
    province     text NOT NULL,
    city         text NOT NULL,
    operator     text NOT NULL,
    brand        text NOT NULL,
    product_line text NOT NULL,
    CONSTRAINT segment_pkey PRIMARY KEY (version, prefix)
);

-- Single numbers that went to another operator (携号转网), or are otherwise unlike their segment.
CREATE TABLE numbering.ported (
    id           uuid PRIMARY KEY,
    number       bigint NOT NULL CONSTRAINT ported_number_check CHECK (number BETWEEN 13000000000 AND 19999999999),
    operator     text NOT NULL CONSTRAINT ported_operator_check CHECK (length(operator) BETWEEN 1 AND 64),
    brand        text NOT NULL DEFAULT '' CONSTRAINT ported_brand_check CHECK (length(brand) <= 64),
    product_line text NOT NULL DEFAULT '' CONSTRAINT ported_line_check CHECK (length(product_line) <= 64),
    -- Empty: as the segment says.
    province     text NOT NULL DEFAULT '' CONSTRAINT ported_province_check CHECK (province ~ '^([0-9]{2}0000)?$'),
    city         text NOT NULL DEFAULT '' CONSTRAINT ported_city_check CHECK (city ~ '^([0-9]{6})?$' AND (city = '' OR province <> '')),
    valid_from   timestamptz NOT NULL,
    valid_until  timestamptz CONSTRAINT ported_valid_check CHECK (valid_until > valid_from),
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    updated_by   text NOT NULL,
    CONSTRAINT ported_overlap_excl EXCLUDE USING gist (number WITH =, tstzrange(valid_from, valid_until) WITH &&)
);
CREATE INDEX ported_list_index ON numbering.ported (number, valid_from, id);

-- What processes compare with the tables they hold in memory. One row.
CREATE TABLE numbering.revision (
    one      boolean PRIMARY KEY DEFAULT true CONSTRAINT revision_one_check CHECK (one),
    called   bigint NOT NULL DEFAULT 0,
    segments bigint NOT NULL DEFAULT 0,
    ported   bigint NOT NULL DEFAULT 0
);
INSERT INTO numbering.revision DEFAULT VALUES;
