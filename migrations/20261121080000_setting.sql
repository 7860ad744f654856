-- +goose Up
-- Run-time settings, code trees and help texts, each set at centres and inherited downwards. See internal/setting.
CREATE SCHEMA setting;

-- Rises with every change of a value, so that the processes' snapshots know when to read again.
CREATE TABLE setting.revision (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT revision_only_row_check CHECK (only_row),
    number   bigint NOT NULL
);
INSERT INTO setting.revision (number) VALUES (1);

-- What a centre sets. A row without a value says that the centre inherits again; it stays for its version.
CREATE TABLE setting.value (
    key        text NOT NULL CONSTRAINT value_key_check CHECK (key ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$'),
    centre_id  uuid NOT NULL CONSTRAINT value_centre_fkey REFERENCES organization.centre (id),
    value      jsonb,
    lock       text NOT NULL DEFAULT '' CONSTRAINT value_lock_check CHECK (lock IN ('', 'floor', 'fixed')),
    version    integer NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (key, centre_id),
    CONSTRAINT value_lock_needs_value_check CHECK (value IS NOT NULL OR lock = '')
);
CREATE INDEX value_centre_index ON setting.value (centre_id);

-- Every change of a value, never changed itself.
CREATE TABLE setting.value_change (
    key          text NOT NULL,
    centre_id    uuid NOT NULL CONSTRAINT value_change_centre_fkey REFERENCES organization.centre (id),
    version      integer NOT NULL, -- the version that the change made
    old_value    jsonb,
    old_lock     text NOT NULL,
    new_value    jsonb,
    new_lock     text NOT NULL,
    reason       text NOT NULL CONSTRAINT value_change_reason_check CHECK (length(reason) BETWEEN 1 AND 1000),
    rolled_back  integer,          -- the version that was restored, when this was a roll back
    request_id   uuid,             -- of approval.request, when it was asked for and approved
    asked_by     text NOT NULL DEFAULT '', -- who asked for it then: staff number and name
    actor_number text NOT NULL DEFAULT '',
    actor_name   text NOT NULL,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (key, centre_id, version)
);
CREATE INDEX value_change_centre_index ON setting.value_change (centre_id);
CREATE INDEX value_change_time_index ON setting.value_change (changed_at);

-- A tree of codes that people maintain: reasons of contacts, categories of work orders.
CREATE TABLE setting.code_tree (
    key        text PRIMARY KEY CONSTRAINT code_tree_key_check CHECK (key ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$'),
    zh         text NOT NULL CONSTRAINT code_tree_zh_check CHECK (length(zh) BETWEEN 1 AND 100),
    en         text NOT NULL DEFAULT '' CONSTRAINT code_tree_en_check CHECK (length(en) <= 100),
    depth      integer NOT NULL CONSTRAINT code_tree_depth_check CHECK (depth BETWEEN 1 AND 10),
    created_at timestamptz NOT NULL
);

-- What one centre contributes to a tree; versions are never changed. The one in force is the highest version
-- whose time has come.
CREATE TABLE setting.code_layer (
    tree         text NOT NULL CONSTRAINT code_layer_tree_fkey REFERENCES setting.code_tree (key),
    centre_id    uuid NOT NULL CONSTRAINT code_layer_centre_fkey REFERENCES organization.centre (id),
    version      integer NOT NULL,
    content      jsonb NOT NULL,
    active_from  timestamptz NOT NULL,
    reason       text NOT NULL CONSTRAINT code_layer_reason_check CHECK (length(reason) BETWEEN 1 AND 1000),
    rolled_back  integer,
    actor_number text NOT NULL DEFAULT '',
    actor_name   text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tree, centre_id, version)
);
CREATE INDEX code_layer_centre_index ON setting.code_layer (centre_id);

-- Whose a code is, for ever: records name nodes by code, so no two centres may mean different things by one.
CREATE TABLE setting.code_owner (
    tree      text NOT NULL CONSTRAINT code_owner_tree_fkey REFERENCES setting.code_tree (key),
    code      text NOT NULL CONSTRAINT code_owner_code_check CHECK (code ~ '^[A-Z0-9][A-Z0-9._-]{0,31}$'),
    centre_id uuid NOT NULL CONSTRAINT code_owner_centre_fkey REFERENCES organization.centre (id),
    PRIMARY KEY (tree, code)
);
CREATE INDEX code_owner_centre_index ON setting.code_owner (centre_id);

-- Help that an administrator adds to the built-in texts. An empty body says nothing; it stays for its version.
CREATE TABLE setting.help (
    key        text NOT NULL CONSTRAINT help_key_check CHECK (key ~ '^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$' AND length(key) <= 100),
    language   text NOT NULL CONSTRAINT help_language_check CHECK (language IN ('zh-CN', 'en')),
    centre_id  uuid NOT NULL CONSTRAINT help_centre_fkey REFERENCES organization.centre (id),
    body       text NOT NULL CONSTRAINT help_body_check CHECK (length(body) <= 20000),
    version    integer NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (key, language, centre_id)
);
CREATE INDEX help_centre_index ON setting.help (centre_id);

CREATE TABLE setting.help_change (
    key          text NOT NULL,
    language     text NOT NULL,
    centre_id    uuid NOT NULL CONSTRAINT help_change_centre_fkey REFERENCES organization.centre (id),
    version      integer NOT NULL,
    body         text NOT NULL,
    reason       text NOT NULL DEFAULT '' CONSTRAINT help_change_reason_check CHECK (length(reason) <= 1000),
    actor_number text NOT NULL DEFAULT '',
    actor_name   text NOT NULL,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (key, language, centre_id, version)
);
CREATE INDEX help_change_centre_index ON setting.help_change (centre_id);
