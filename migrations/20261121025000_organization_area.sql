-- +goose Up
-- Service areas, which stand apart from the tree of centres (H-19), and what readers need to know that
-- something changed. See internal/organization.

-- Who changed a row last, in words ("1001 张三"), so that the second of two editors is told.
ALTER TABLE organization.centre ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE organization.team ADD COLUMN updated_by text NOT NULL DEFAULT '';
-- A free word by which shifts are planned, such as early, late or night.
ALTER TABLE organization.team ADD COLUMN shift text NOT NULL DEFAULT ''
    CONSTRAINT team_shift_check CHECK (length(shift) <= 32);

-- One row per cached whole. Its number grows in the transaction of each change; holding the row also lets
-- changes of the tree happen one after another, so that no two of them make a cycle together.
CREATE TABLE organization.revision (
    name   text PRIMARY KEY CONSTRAINT revision_name_check CHECK (name IN ('tree', 'code')),
    number bigint NOT NULL
);
INSERT INTO organization.revision (name, number) VALUES ('tree', 1), ('code', 1);

CREATE TABLE organization.service_area (
    id          uuid PRIMARY KEY,
    centre_id   uuid NOT NULL CONSTRAINT service_area_centre_fkey REFERENCES organization.centre (id),
    service     text NOT NULL CONSTRAINT service_area_service_check CHECK (service ~ '^[a-z][a-z0-9_]{0,31}$'), -- of the code table "service"
    selector    text NOT NULL CONSTRAINT service_area_selector_check
        CHECK (selector IN ('called', 'called_prefix', 'city', 'area_code', 'province', 'nation')),
    value       text NOT NULL CONSTRAINT service_area_value_check CHECK (value ~ '^[0-9]{0,20}$' AND (value = '') = (selector = 'nation')),
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz, -- the first moment at which it no longer holds
    note        text NOT NULL DEFAULT '' CONSTRAINT service_area_note_check CHECK (length(note) <= 500),
    version     integer NOT NULL DEFAULT 1,
    updated_by  text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT service_area_validity_check CHECK (valid_until > valid_from)
);
CREATE INDEX service_area_centre_index ON organization.service_area (centre_id);
