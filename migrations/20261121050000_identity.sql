-- +goose Up
-- Who may sign in, and what they may do: accounts, credentials, sessions, tokens, roles, assignments and
-- the rules of segregation of duties. See internal/identity.
CREATE SCHEMA identity;

-- One account per member of staff; people sign in with the staff number.
CREATE TABLE identity.account (
    id                   uuid        NOT NULL,
    staff_id             uuid        NOT NULL,
    state                text        NOT NULL DEFAULT 'active',
    state_reason         text        NOT NULL DEFAULT '',
    password_hash        text        NOT NULL DEFAULT '', -- argon2id as a PHC string; empty: no password yet
    password_changed_at  timestamptz,
    must_change_password boolean     NOT NULL DEFAULT false,
    totp_sealed          bytea,                 -- sealed by platform/secret; null: none
    totp_key_version     bigint      NOT NULL DEFAULT 0, -- of the master key, for rotation
    totp_confirmed_at    timestamptz,           -- null: begun, not confirmed by a first code
    totp_step            bigint      NOT NULL DEFAULT 0, -- the last time step whose code was used: none is taken twice
    last_sign_in_at      timestamptz,
    version              integer     NOT NULL DEFAULT 1,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    CONSTRAINT account_pk PRIMARY KEY (id),
    CONSTRAINT account_staff_fkey FOREIGN KEY (staff_id) REFERENCES organization.staff (id),
    CONSTRAINT account_staff_key UNIQUE (staff_id),
    CONSTRAINT account_state_check CHECK (state IN ('active', 'suspended', 'left')),
    CONSTRAINT account_totp_check CHECK (totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL)
);
CREATE INDEX account_state_index ON identity.account (state, id);
CREATE INDEX account_totp_key_index ON identity.account (totp_key_version, id) WHERE totp_sealed IS NOT NULL;

-- Passwords that were used before; the newest n are refused.
CREATE TABLE identity.password_history (
    account_id uuid        NOT NULL,
    changed_at timestamptz NOT NULL,
    hash       text        NOT NULL,
    CONSTRAINT password_history_pk PRIMARY KEY (account_id, changed_at),
    CONSTRAINT password_history_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id)
);

-- Codes for whoever lost the authenticator; each opens once. SHA-256 of 80 random bits.
CREATE TABLE identity.recovery_code (
    account_id uuid        NOT NULL,
    hash       bytea       NOT NULL,
    made_at    timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT recovery_code_pk PRIMARY KEY (account_id, hash),
    CONSTRAINT recovery_code_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id)
);

-- Who a person is at an OpenID Connect provider: fixed at the first sign-in there, because the claim with the
-- staff number may later name somebody else.
CREATE TABLE identity.oidc_subject (
    provider   text        NOT NULL,
    subject    text        NOT NULL,
    account_id uuid        NOT NULL,
    linked_at  timestamptz NOT NULL,
    CONSTRAINT oidc_subject_pk PRIMARY KEY (provider, subject),
    CONSTRAINT oidc_subject_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT oidc_subject_account_key UNIQUE (account_id, provider)
);

CREATE TABLE identity.role (
    id          uuid        NOT NULL,
    code        text        NOT NULL,
    ready       boolean     NOT NULL DEFAULT false, -- kept equal to the program's list; nobody edits it
    name_zh     text        NOT NULL,
    name_en     text        NOT NULL,
    note        text        NOT NULL DEFAULT '',
    levels      text[]      NOT NULL,
    permissions text[]      NOT NULL,
    state       text        NOT NULL DEFAULT 'active', -- retired: a ready role that this version no longer has
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    updated_by  text        NOT NULL DEFAULT '', -- staff number and name, or the part of the system
    CONSTRAINT role_pk PRIMARY KEY (id),
    CONSTRAINT role_code_key UNIQUE (code),
    CONSTRAINT role_code_check CHECK (code ~ '^[a-z][a-z0-9_]{1,47}$'),
    CONSTRAINT role_name_check CHECK (length(name_zh) BETWEEN 1 AND 60 AND length(name_en) BETWEEN 1 AND 100),
    CONSTRAINT role_note_check CHECK (length(note) <= 1000),
    CONSTRAINT role_levels_check CHECK (cardinality(levels) > 0 AND levels <@ ARRAY['nation', 'province', 'city', 'site']),
    CONSTRAINT role_state_check CHECK (state IN ('active', 'retired'))
);

-- Who has which role where, and for how long. Ended ones stay: they tell who held what when.
CREATE TABLE identity.assignment (
    id          uuid        NOT NULL,
    account_id  uuid        NOT NULL,
    role_id     uuid        NOT NULL,
    centre_id   uuid        NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz,           -- null: until taken away
    reason      text        NOT NULL DEFAULT '',
    granted_by  text        NOT NULL DEFAULT '', -- staff number and name, or the part of the system
    created_at  timestamptz NOT NULL,
    ended_at    timestamptz,           -- taken away
    ended_by    text        NOT NULL DEFAULT '',
    CONSTRAINT assignment_pk PRIMARY KEY (id),
    CONSTRAINT assignment_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT assignment_role_fkey FOREIGN KEY (role_id) REFERENCES identity.role (id),
    CONSTRAINT assignment_centre_fkey FOREIGN KEY (centre_id) REFERENCES organization.centre (id),
    CONSTRAINT assignment_period_check CHECK (valid_until IS NULL OR valid_until > valid_from),
    CONSTRAINT assignment_reason_check CHECK (length(reason) <= 500)
);
-- The same role at the same centre once at a time.
CREATE UNIQUE INDEX assignment_live_key ON identity.assignment (account_id, role_id, centre_id) WHERE ended_at IS NULL;
CREATE INDEX assignment_account_index ON identity.assignment (account_id, ended_at);
CREATE INDEX assignment_role_index ON identity.assignment (role_id, ended_at);
CREATE INDEX assignment_centre_index ON identity.assignment (centre_id);
-- What ends by itself, for the sweep that tells it.
CREATE INDEX assignment_until_index ON identity.assignment (valid_until) WHERE ended_at IS NULL AND valid_until IS NOT NULL;

-- Somebody who is signed in at one browser. The token itself is only in the cookie.
CREATE TABLE identity.session (
    id           uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    token_hash   bytea       NOT NULL, -- SHA-256 of 256 random bits
    method       text        NOT NULL,
    totp_due     boolean     NOT NULL DEFAULT false, -- the second step is still open
    address      text        NOT NULL DEFAULT '',
    user_agent   text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    end_reason   text        NOT NULL DEFAULT '',
    CONSTRAINT session_pk PRIMARY KEY (id),
    CONSTRAINT session_token_key UNIQUE (token_hash),
    CONSTRAINT session_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT session_method_check CHECK (method IN ('password', 'totp', 'recovery', 'oidc', 'oidc_mfa')),
    CONSTRAINT session_address_check CHECK (length(address) <= 64),
    CONSTRAINT session_user_agent_check CHECK (length(user_agent) <= 300)
);
CREATE INDEX session_account_index ON identity.session (account_id, created_at);
CREATE INDEX session_expiry_index ON identity.session (expires_at) WHERE ended_at IS NULL;

-- Every attempt to sign in. Of an unknown number nothing is kept: people type passwords into that field.
CREATE TABLE identity.sign_in (
    id         uuid        NOT NULL,
    account_id uuid,
    session_id uuid,
    at         timestamptz NOT NULL,
    method     text        NOT NULL,
    result     text        NOT NULL, -- 'signed_in', or the reason of the refusal
    address    text        NOT NULL DEFAULT '',
    user_agent text        NOT NULL DEFAULT '',
    CONSTRAINT sign_in_pk PRIMARY KEY (id),
    CONSTRAINT sign_in_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT sign_in_session_fkey FOREIGN KEY (session_id) REFERENCES identity.session (id),
    CONSTRAINT sign_in_address_check CHECK (length(address) <= 64),
    CONSTRAINT sign_in_user_agent_check CHECK (length(user_agent) <= 300)
);
CREATE INDEX sign_in_account_index ON identity.sign_in (account_id, at, id);
CREATE INDEX sign_in_session_index ON identity.sign_in (session_id);
CREATE INDEX sign_in_at_index ON identity.sign_in (at, id);

-- Growing pauses after wrong passwords: of an account (apart for the addresses it is known at) and of an address.
CREATE TABLE identity.throttle (
    subject        text        NOT NULL, -- 'account:ID:known', 'account:ID:other', 'address:PREFIX'
    failures       integer     NOT NULL,
    last_failed_at timestamptz NOT NULL,
    blocked_until  timestamptz NOT NULL,
    CONSTRAINT throttle_pk PRIMARY KEY (subject),
    CONSTRAINT throttle_subject_check CHECK (length(subject) <= 120)
);
CREATE INDEX throttle_last_failed_index ON identity.throttle (last_failed_at);

-- A program's key. It may do what is listed and its owner may do.
CREATE TABLE identity.api_token (
    id                uuid        NOT NULL,
    account_id        uuid        NOT NULL,
    name              text        NOT NULL,
    token_hash        bytea       NOT NULL, -- SHA-256 of 256 random bits
    hint              text        NOT NULL, -- the first characters, to tell tokens apart
    permissions       text[]      NOT NULL,
    networks          text[]      NOT NULL DEFAULT '{}', -- CIDR; empty: from anywhere
    created_at        timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    last_used_at      timestamptz,
    last_used_address text        NOT NULL DEFAULT '',
    revoked_at        timestamptz,
    revoked_by        text        NOT NULL DEFAULT '',
    CONSTRAINT api_token_pk PRIMARY KEY (id),
    CONSTRAINT api_token_hash_key UNIQUE (token_hash),
    CONSTRAINT api_token_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT api_token_name_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_token_permissions_check CHECK (cardinality(permissions) > 0)
);
CREATE INDEX api_token_account_index ON identity.api_token (account_id, created_at);

-- Two permissions that one person may not hold. The built-in rules are the program's.
CREATE TABLE identity.duty_rule (
    id         uuid        NOT NULL,
    first      text        NOT NULL,
    second     text        NOT NULL,
    reason_zh  text        NOT NULL,
    reason_en  text        NOT NULL,
    version    integer     NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text        NOT NULL DEFAULT '',
    CONSTRAINT duty_rule_pk PRIMARY KEY (id),
    CONSTRAINT duty_rule_pair_key UNIQUE (first, second),
    CONSTRAINT duty_rule_order_check CHECK (first < second COLLATE "C"),
    CONSTRAINT duty_rule_reason_check CHECK (length(reason_zh) BETWEEN 1 AND 300 AND length(reason_en) BETWEEN 1 AND 300)
);
