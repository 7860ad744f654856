-- +goose Up
-- What one person asks and another decides. See internal/approval.
CREATE SCHEMA approval;

CREATE TABLE approval.request (
    id                uuid PRIMARY KEY,
    kind              text NOT NULL CONSTRAINT request_kind_check CHECK (kind ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$'),
    object_id         text NOT NULL CONSTRAINT request_object_id_check CHECK (length(object_id) <= 200),
    object_label      text NOT NULL CONSTRAINT request_object_label_check CHECK (length(object_label) BETWEEN 1 AND 200),
    centre_id         uuid CONSTRAINT request_centre_fkey REFERENCES organization.centre (id), -- null: the nation's
    province          text NOT NULL DEFAULT '',
    city              text NOT NULL DEFAULT '',
    subject_staff_id  uuid, -- the member of staff it is about, who may not decide it; staff are never deleted, so no foreign key
    requester_id      uuid, -- account; null: a part of the system
    requester_staff   uuid, -- no foreign key: what was asked outlives whoever asked
    requester_number  text NOT NULL DEFAULT '',
    requester_name    text NOT NULL,
    reason            text NOT NULL CONSTRAINT request_reason_check CHECK (length(reason) BETWEEN 1 AND 1000),
    evidence          text[] NOT NULL DEFAULT '{}', -- where it is written down: document numbers, links
    payload           jsonb NOT NULL,
    payload_version   integer NOT NULL,
    -- The only open request of its kind about the object, for kinds that say so; null: any number.
    single_key        text,
    state             text NOT NULL DEFAULT 'open'
        CONSTRAINT request_state_check CHECK (state IN ('open', 'approved', 'refused', 'withdrawn', 'expired', 'failed')),
    step              integer NOT NULL DEFAULT 1, -- the one that is decided next, or was decided last
    needs             text NOT NULL,              -- the permission of that step
    closed_by         uuid,                       -- account; null while open, or when time closed it
    closed_name       text NOT NULL DEFAULT '',
    closed_at         timestamptz,
    comment           text NOT NULL DEFAULT '' CONSTRAINT request_comment_check CHECK (length(comment) <= 1000),
    failure           text NOT NULL DEFAULT '',   -- failed: what made it impossible
    remind_at         timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    reminded_at       timestamptz,
    version           integer NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT request_closed_check CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX request_created_index ON approval.request (created_at, id);
CREATE INDEX request_centre_index ON approval.request (centre_id, created_at, id);
CREATE INDEX request_requester_index ON approval.request (requester_id, created_at, id);
CREATE INDEX request_object_index ON approval.request (kind, object_id, created_at);
-- What waits for somebody.
CREATE INDEX request_open_index ON approval.request (needs, created_at, id) WHERE state = 'open';
CREATE UNIQUE INDEX request_single_key ON approval.request (kind, single_key) WHERE state = 'open' AND single_key IS NOT NULL;

-- One row for each decision that a request needs, in their order.
CREATE TABLE approval.step (
    request_id      uuid NOT NULL CONSTRAINT step_request_fkey REFERENCES approval.request (id),
    number          integer NOT NULL,
    permission      text NOT NULL,
    state           text NOT NULL DEFAULT 'open' CONSTRAINT step_state_check CHECK (state IN ('open', 'approved', 'refused')),
    decider_id      uuid,
    decider_staff   uuid,
    decider_number  text NOT NULL DEFAULT '',
    decider_name    text NOT NULL DEFAULT '',
    decided_at      timestamptz,
    comment         text NOT NULL DEFAULT '' CONSTRAINT step_comment_check CHECK (length(comment) <= 1000),
    PRIMARY KEY (request_id, number),
    CONSTRAINT step_decided_check CHECK ((state = 'open') = (decided_at IS NULL))
);

-- What people say about a request; never changed.
CREATE TABLE approval.remark (
    id          uuid PRIMARY KEY,
    request_id  uuid NOT NULL CONSTRAINT remark_request_fkey REFERENCES approval.request (id),
    author_id   uuid,
    author_number text NOT NULL DEFAULT '',
    author_name text NOT NULL,
    text        text NOT NULL CONSTRAINT remark_text_check CHECK (length(text) BETWEEN 1 AND 1000),
    created_at  timestamptz NOT NULL
);
CREATE INDEX remark_request_index ON approval.remark (request_id, id);
