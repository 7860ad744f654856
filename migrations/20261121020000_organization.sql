-- +goose Up
-- The organisation: centres in a tree, teams, staff. See internal/organization.
CREATE SCHEMA organization;

CREATE TABLE organization.centre (
    id         uuid PRIMARY KEY,
    parent_id  uuid CONSTRAINT centre_parent_fkey REFERENCES organization.centre (id),
    level      text NOT NULL CONSTRAINT centre_level_check CHECK (level IN ('nation', 'province', 'city', 'site')),
    code       text NOT NULL CONSTRAINT centre_code_key UNIQUE CONSTRAINT centre_code_check CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
    name       text NOT NULL CONSTRAINT centre_name_check CHECK (length(name) BETWEEN 1 AND 100),
    province   text NOT NULL DEFAULT '' CONSTRAINT centre_province_check CHECK (province ~ '^([0-9]{2}0000)?$'),
    city       text NOT NULL DEFAULT '' CONSTRAINT centre_city_check CHECK (city ~ '^([0-9]{6})?$'),
    time_zone  text NOT NULL DEFAULT 'Asia/Shanghai',
    state      text NOT NULL DEFAULT 'active' CONSTRAINT centre_state_check CHECK (state IN ('active', 'closed')),
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT centre_root_check CHECK ((level = 'nation') = (parent_id IS NULL))
);
-- There is one nation.
CREATE UNIQUE INDEX centre_nation_key ON organization.centre ((level)) WHERE level = 'nation';
CREATE INDEX centre_parent_index ON organization.centre (parent_id);

CREATE TABLE organization.team (
    id         uuid PRIMARY KEY,
    centre_id  uuid NOT NULL CONSTRAINT team_centre_fkey REFERENCES organization.centre (id),
    code       text NOT NULL CONSTRAINT team_code_check CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
    name       text NOT NULL CONSTRAINT team_name_check CHECK (length(name) BETWEEN 1 AND 100),
    leader_id  uuid, -- of organization.staff; constrained below
    state      text NOT NULL DEFAULT 'active' CONSTRAINT team_state_check CHECK (state IN ('active', 'closed')),
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT team_code_key UNIQUE (centre_id, code)
);

CREATE TABLE organization.staff (
    id         uuid PRIMARY KEY,
    number     text NOT NULL CONSTRAINT staff_number_key UNIQUE CONSTRAINT staff_number_check CHECK (number ~ '^[A-Z0-9]{2,16}$'),
    name       text NOT NULL CONSTRAINT staff_name_check CHECK (length(name) BETWEEN 1 AND 100),
    centre_id  uuid NOT NULL CONSTRAINT staff_centre_fkey REFERENCES organization.centre (id),
    team_id    uuid CONSTRAINT staff_team_fkey REFERENCES organization.team (id),
    post_id    uuid, -- of organization.post; constrained where posts are made
    mobile     text NOT NULL DEFAULT '' CONSTRAINT staff_mobile_check CHECK (length(mobile) <= 32),
    email      text NOT NULL DEFAULT '' CONSTRAINT staff_email_check CHECK (length(email) <= 254),
    state      text NOT NULL DEFAULT 'active' CONSTRAINT staff_state_check CHECK (state IN ('active', 'suspended', 'left')),
    joined_on  date,
    left_on    date,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX staff_centre_index ON organization.staff (centre_id, number);
CREATE INDEX staff_team_index ON organization.staff (team_id);
ALTER TABLE organization.team ADD CONSTRAINT team_leader_fkey FOREIGN KEY (leader_id) REFERENCES organization.staff (id);
CREATE INDEX team_leader_index ON organization.team (leader_id);
