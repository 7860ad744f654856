-- +goose Up
-- Control of accounts: access reviews that are signed (P-3) and policies that are acknowledged (P-4). The
-- requests for accounts (P-6) are rows of schema approval. See internal/identity.

-- A review of who holds what, of one part of the organisation.
CREATE TABLE identity.review_campaign (
    id           uuid        NOT NULL,
    name         text        NOT NULL,
    centre_id    uuid        NOT NULL, -- reviewed with everything below it
    team_id      uuid,                 -- only this team
    roles        text[]      NOT NULL DEFAULT '{}', -- codes; empty: all
    due_at       timestamptz NOT NULL,
    state        text        NOT NULL DEFAULT 'open',
    opened_by    text        NOT NULL, -- staff number and name
    created_at   timestamptz NOT NULL,
    closed_at    timestamptz,
    closed_by    text        NOT NULL DEFAULT '',
    close_reason text        NOT NULL DEFAULT '', -- needed when something was left undecided
    reminded_at  timestamptz,
    version      integer     NOT NULL DEFAULT 1,
    CONSTRAINT review_campaign_pk PRIMARY KEY (id),
    CONSTRAINT review_campaign_name_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT review_campaign_centre_fkey FOREIGN KEY (centre_id) REFERENCES organization.centre (id),
    CONSTRAINT review_campaign_team_fkey FOREIGN KEY (team_id) REFERENCES organization.team (id),
    CONSTRAINT review_campaign_state_check CHECK (state IN ('open', 'closed')),
    CONSTRAINT review_campaign_closed_check CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT review_campaign_reason_check CHECK (length(close_reason) <= 1000)
);
CREATE INDEX review_campaign_centre_index ON identity.review_campaign (centre_id, created_at);
CREATE INDEX review_campaign_team_index ON identity.review_campaign (team_id);
CREATE INDEX review_campaign_open_index ON identity.review_campaign (due_at) WHERE state = 'open';

-- What one person reviews and signs: the people of one team, or of one centre without a team.
CREATE TABLE identity.review_sheet (
    id              uuid        NOT NULL,
    campaign_id     uuid        NOT NULL,
    centre_id       uuid        NOT NULL,
    team_id         uuid,
    title           text        NOT NULL, -- team or centre as it was called then
    reviewer_id     uuid,                 -- account; null: nobody was found, somebody must be named
    reviewer_number text        NOT NULL DEFAULT '',
    reviewer_name   text        NOT NULL DEFAULT '',
    state           text        NOT NULL DEFAULT 'open',
    signed_at       timestamptz,
    signed_with     text        NOT NULL DEFAULT '', -- what proved who signed: password or totp
    signature       bytea,                -- SHA-256 over the decisions; see the package comment
    remark          text        NOT NULL DEFAULT '',
    version         integer     NOT NULL DEFAULT 1,
    CONSTRAINT review_sheet_pk PRIMARY KEY (id),
    CONSTRAINT review_sheet_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES identity.review_campaign (id),
    CONSTRAINT review_sheet_centre_fkey FOREIGN KEY (centre_id) REFERENCES organization.centre (id),
    CONSTRAINT review_sheet_team_fkey FOREIGN KEY (team_id) REFERENCES organization.team (id),
    CONSTRAINT review_sheet_reviewer_fkey FOREIGN KEY (reviewer_id) REFERENCES identity.account (id),
    CONSTRAINT review_sheet_state_check CHECK (state IN ('open', 'signed')),
    CONSTRAINT review_sheet_signed_check CHECK ((state = 'signed') = (signed_at IS NOT NULL AND signature IS NOT NULL)),
    CONSTRAINT review_sheet_remark_check CHECK (length(remark) <= 1000)
);
CREATE INDEX review_sheet_campaign_index ON identity.review_sheet (campaign_id, id);
CREATE INDEX review_sheet_centre_index ON identity.review_sheet (centre_id);
CREATE INDEX review_sheet_team_index ON identity.review_sheet (team_id);
CREATE INDEX review_sheet_reviewer_index ON identity.review_sheet (reviewer_id, state);

-- One assignment as it was when the campaign began, and what its reviewer says.
CREATE TABLE identity.review_item (
    id              uuid        NOT NULL,
    sheet_id        uuid        NOT NULL,
    account_id      uuid        NOT NULL,
    staff_number    text        NOT NULL,
    staff_name      text        NOT NULL,
    assignment_id   uuid        NOT NULL,
    role_code       text        NOT NULL,
    role_zh         text        NOT NULL,
    role_en         text        NOT NULL,
    grave           boolean     NOT NULL, -- the role held a grave permission
    centre_id       uuid        NOT NULL, -- where the role was given
    centre_name     text        NOT NULL,
    valid_until     timestamptz,
    granted_at      timestamptz NOT NULL,
    last_sign_in_at timestamptz,
    decision        text        NOT NULL DEFAULT '',
    reason          text        NOT NULL DEFAULT '',
    decided_at      timestamptz,
    outcome         text        NOT NULL DEFAULT '', -- after the signature: kept, revoked, gone (taken away meanwhile)
    CONSTRAINT review_item_pk PRIMARY KEY (id),
    CONSTRAINT review_item_sheet_fkey FOREIGN KEY (sheet_id) REFERENCES identity.review_sheet (id),
    CONSTRAINT review_item_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT review_item_assignment_fkey FOREIGN KEY (assignment_id) REFERENCES identity.assignment (id),
    CONSTRAINT review_item_centre_fkey FOREIGN KEY (centre_id) REFERENCES organization.centre (id),
    CONSTRAINT review_item_key UNIQUE (sheet_id, assignment_id),
    CONSTRAINT review_item_decision_check CHECK (decision IN ('', 'keep', 'revoke') AND (decision = '') = (decided_at IS NULL)),
    CONSTRAINT review_item_reason_check CHECK (length(reason) <= 500),
    CONSTRAINT review_item_outcome_check CHECK (outcome IN ('', 'kept', 'revoked', 'gone'))
);
CREATE INDEX review_item_account_index ON identity.review_item (account_id);
CREATE INDEX review_item_assignment_index ON identity.review_item (assignment_id);
CREATE INDEX review_item_centre_index ON identity.review_item (centre_id);

-- A policy that staff must know (制度). Its texts are versions.
CREATE TABLE identity.regulation (
    id         uuid        NOT NULL,
    code       text        NOT NULL,
    current    integer,              -- the version that holds; null: none was published yet
    state      text        NOT NULL DEFAULT 'active',
    version    integer     NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text        NOT NULL,
    CONSTRAINT regulation_pk PRIMARY KEY (id),
    CONSTRAINT regulation_code_key UNIQUE (code),
    CONSTRAINT regulation_code_check CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
    CONSTRAINT regulation_state_check CHECK (state IN ('active', 'withdrawn'))
);

CREATE TABLE identity.regulation_version (
    regulation_id uuid        NOT NULL,
    number        integer     NOT NULL,
    title_zh      text        NOT NULL,
    title_en      text        NOT NULL,
    body_zh       text        NOT NULL, -- Markdown
    body_en       text        NOT NULL,
    change_note   text        NOT NULL DEFAULT '', -- what is new in this version
    levels        text[]      NOT NULL DEFAULT '{}', -- of the reader's centre; empty: all
    roles         text[]      NOT NULL DEFAULT '{}', -- codes; empty: all
    state         text        NOT NULL DEFAULT 'draft',
    version       integer     NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    updated_by    text        NOT NULL,
    published_at  timestamptz,
    published_by  text        NOT NULL DEFAULT '',
    CONSTRAINT regulation_version_pk PRIMARY KEY (regulation_id, number),
    CONSTRAINT regulation_version_regulation_fkey FOREIGN KEY (regulation_id) REFERENCES identity.regulation (id),
    CONSTRAINT regulation_version_title_check CHECK (length(title_zh) BETWEEN 1 AND 200 AND length(title_en) BETWEEN 1 AND 200),
    CONSTRAINT regulation_version_body_check CHECK (length(body_zh) BETWEEN 1 AND 100000 AND length(body_en) BETWEEN 1 AND 100000),
    CONSTRAINT regulation_version_note_check CHECK (length(change_note) <= 1000),
    CONSTRAINT regulation_version_levels_check CHECK (levels <@ ARRAY['nation', 'province', 'city', 'site']),
    CONSTRAINT regulation_version_state_check CHECK (state IN ('draft', 'requested', 'published', 'replaced')),
    CONSTRAINT regulation_version_published_check CHECK ((state IN ('published', 'replaced')) = (published_at IS NOT NULL))
);
-- One version is being written at a time, one holds.
CREATE UNIQUE INDEX regulation_version_writing_key ON identity.regulation_version (regulation_id) WHERE state IN ('draft', 'requested');
CREATE UNIQUE INDEX regulation_version_published_key ON identity.regulation_version (regulation_id) WHERE state = 'published';

-- Who acknowledged which version, and when. Never changed.
CREATE TABLE identity.regulation_acknowledgement (
    regulation_id   uuid        NOT NULL,
    number          integer     NOT NULL,
    account_id      uuid        NOT NULL,
    acknowledged_at timestamptz NOT NULL,
    address         text        NOT NULL DEFAULT '',
    CONSTRAINT regulation_acknowledgement_pk PRIMARY KEY (regulation_id, number, account_id),
    CONSTRAINT regulation_acknowledgement_version_fkey FOREIGN KEY (regulation_id, number) REFERENCES identity.regulation_version (regulation_id, number),
    CONSTRAINT regulation_acknowledgement_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT regulation_acknowledgement_address_check CHECK (length(address) <= 64)
);
CREATE INDEX regulation_acknowledgement_account_index ON identity.regulation_acknowledgement (account_id);
