-- +goose Up
-- What people set for themselves: preferences by key, and views of lists that they may share with colleagues.
-- See internal/identity/preference.go.

CREATE TABLE identity.preference (
    account_id uuid        NOT NULL,
    key        text        NOT NULL,
    value      jsonb       NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT preference_pk PRIMARY KEY (account_id, key),
    CONSTRAINT preference_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT preference_key_check CHECK (key ~ '^[a-z][a-z0-9._-]{0,79}$'),
    CONSTRAINT preference_value_check CHECK (octet_length(value::text) <= 32768)
);

CREATE TABLE identity.saved_view (
    id         uuid        NOT NULL,
    account_id uuid        NOT NULL, -- whose it is
    page       text        NOT NULL,
    name       text        NOT NULL,
    value      jsonb       NOT NULL,
    shared     text        NOT NULL DEFAULT 'private',
    team_id    uuid,                 -- shared with this team
    centre_id  uuid,                 -- shared with this centre and all below it
    version    integer     NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT saved_view_pk PRIMARY KEY (id),
    CONSTRAINT saved_view_account_fkey FOREIGN KEY (account_id) REFERENCES identity.account (id),
    CONSTRAINT saved_view_team_fkey FOREIGN KEY (team_id) REFERENCES organization.team (id),
    CONSTRAINT saved_view_centre_fkey FOREIGN KEY (centre_id) REFERENCES organization.centre (id),
    CONSTRAINT saved_view_name_key UNIQUE (account_id, page, name),
    CONSTRAINT saved_view_page_check CHECK (page ~ '^[a-z][a-z0-9._-]{0,79}$'),
    CONSTRAINT saved_view_name_check CHECK (length(name) BETWEEN 1 AND 60),
    CONSTRAINT saved_view_value_check CHECK (octet_length(value::text) <= 32768),
    CONSTRAINT saved_view_shared_check CHECK (
        (shared = 'private' AND team_id IS NULL AND centre_id IS NULL)
        OR (shared = 'team' AND team_id IS NOT NULL AND centre_id IS NULL)
        OR (shared = 'centre' AND team_id IS NULL AND centre_id IS NOT NULL))
);
CREATE INDEX saved_view_team_index ON identity.saved_view (team_id, page) WHERE team_id IS NOT NULL;
CREATE INDEX saved_view_centre_index ON identity.saved_view (centre_id, page) WHERE centre_id IS NOT NULL;
