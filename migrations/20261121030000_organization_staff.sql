-- +goose Up
-- Posts with their job descriptions, skills, and what staff need for them. See internal/organization.

CREATE TABLE organization.post (
    id            uuid PRIMARY KEY,
    code          text NOT NULL CONSTRAINT post_code_key UNIQUE CONSTRAINT post_code_check CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
    name_zh       text NOT NULL CONSTRAINT post_name_zh_check CHECK (length(name_zh) BETWEEN 1 AND 100),
    name_en       text NOT NULL CONSTRAINT post_name_en_check CHECK (length(name_en) BETWEEN 1 AND 100),
    class         text NOT NULL CONSTRAINT post_class_check CHECK (class IN ('management', 'back', 'front')),
    review_months integer NOT NULL DEFAULT 12 CONSTRAINT post_review_months_check CHECK (review_months BETWEEN 1 AND 60),
    state         text NOT NULL DEFAULT 'active' CONSTRAINT post_state_check CHECK (state IN ('active', 'closed')),
    version       integer NOT NULL DEFAULT 1,
    updated_by    text NOT NULL DEFAULT '', -- staff number and name, or the part of the system
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

-- A job description is one edition of what a post is. At most one draft and one issued edition a post.
CREATE TABLE organization.job_description (
    id             uuid PRIMARY KEY,
    post_id        uuid NOT NULL CONSTRAINT job_description_post_fkey REFERENCES organization.post (id),
    edition        integer NOT NULL CONSTRAINT job_description_edition_check CHECK (edition >= 1),
    state          text NOT NULL CONSTRAINT job_description_state_check CHECK (state IN ('draft', 'issued', 'withdrawn')),
    duties         text NOT NULL CONSTRAINT job_description_duties_check CHECK (length(duties) <= 20000),
    authority      text NOT NULL CONSTRAINT job_description_authority_check CHECK (length(authority) <= 20000),
    subordinates   text NOT NULL CONSTRAINT job_description_subordinates_check CHECK (length(subordinates) <= 20000),
    qualifications text NOT NULL CONSTRAINT job_description_qualifications_check CHECK (length(qualifications) <= 20000),
    reports_to     uuid CONSTRAINT job_description_reports_to_fkey REFERENCES organization.post (id),
    authors        text[] NOT NULL, -- staff numbers of everybody who wrote on it; none of them may approve it
    approved_by    text NOT NULL DEFAULT '', -- staff number and name
    approved_at    timestamptz,
    review_by      date, -- an issued edition is looked through again until then
    withdrawn_at   timestamptz,
    version        integer NOT NULL DEFAULT 1,
    updated_by     text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT job_description_edition_key UNIQUE (post_id, edition),
    CONSTRAINT job_description_approved_check CHECK (state = 'draft' OR (approved_by <> '' AND approved_at IS NOT NULL AND review_by IS NOT NULL)),
    CONSTRAINT job_description_withdrawn_check CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL))
);
CREATE UNIQUE INDEX job_description_draft_key ON organization.job_description (post_id) WHERE state = 'draft';
CREATE UNIQUE INDEX job_description_issued_key ON organization.job_description (post_id) WHERE state = 'issued';
CREATE INDEX job_description_reports_to_index ON organization.job_description (reports_to);

CREATE TABLE organization.acknowledgement (
    description_id uuid NOT NULL CONSTRAINT acknowledgement_description_fkey REFERENCES organization.job_description (id),
    staff_id       uuid NOT NULL CONSTRAINT acknowledgement_staff_fkey REFERENCES organization.staff (id),
    at             timestamptz NOT NULL,
    CONSTRAINT acknowledgement_pkey PRIMARY KEY (description_id, staff_id)
);
CREATE INDEX acknowledgement_staff_index ON organization.acknowledgement (staff_id);

CREATE TABLE organization.skill (
    id          uuid PRIMARY KEY,
    code        text NOT NULL CONSTRAINT skill_code_key UNIQUE CONSTRAINT skill_code_check CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
    name        text NOT NULL CONSTRAINT skill_name_check CHECK (length(name) BETWEEN 1 AND 100),
    kind        text NOT NULL CONSTRAINT skill_kind_check CHECK (kind IN ('business', 'language', 'channel', 'customer', 'system')),
    description text NOT NULL CONSTRAINT skill_description_check CHECK (length(description) <= 2000),
    state       text NOT NULL DEFAULT 'active' CONSTRAINT skill_state_check CHECK (state IN ('active', 'closed')),
    version     integer NOT NULL DEFAULT 1,
    updated_by  text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

-- What somebody can do, how well (9 is best) and until when. What was before stands in the audit.
CREATE TABLE organization.staff_skill (
    staff_id    uuid NOT NULL CONSTRAINT staff_skill_staff_fkey REFERENCES organization.staff (id),
    skill_id    uuid NOT NULL CONSTRAINT staff_skill_skill_fkey REFERENCES organization.skill (id),
    level       smallint NOT NULL CONSTRAINT staff_skill_level_check CHECK (level BETWEEN 1 AND 9),
    valid_from  date NOT NULL,
    valid_until date, -- the last day; null: no end
    granted_by  text NOT NULL, -- staff number and name, or the part of the system
    granted_at  timestamptz NOT NULL,
    evidence    text NOT NULL CONSTRAINT staff_skill_evidence_check CHECK (length(evidence) <= 2000),
    CONSTRAINT staff_skill_pkey PRIMARY KEY (staff_id, skill_id),
    CONSTRAINT staff_skill_validity_check CHECK (valid_until >= valid_from)
);
CREATE INDEX staff_skill_skill_index ON organization.staff_skill (skill_id, staff_id);
CREATE INDEX staff_skill_until_index ON organization.staff_skill (valid_until) WHERE valid_until IS NOT NULL;

ALTER TABLE organization.staff ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE organization.staff ADD CONSTRAINT staff_post_fkey FOREIGN KEY (post_id) REFERENCES organization.post (id);
CREATE INDEX staff_post_index ON organization.staff (post_id, number);

-- What a person types to find somebody: number, each ending of the name, pinyin and its initials; lower case, each after a space.
ALTER TABLE organization.staff ADD COLUMN search text NOT NULL DEFAULT '';
CREATE INDEX staff_search_index ON organization.staff USING gin (search gin_trgm_ops) WITH (fastupdate = off);
-- Those whose day of leaving is near; the sweep asks every few minutes.
CREATE INDEX staff_leaving_index ON organization.staff (left_on) WHERE state <> 'left' AND left_on IS NOT NULL;
-- The few who are suspended, and those who left, are listed apart from the many who work here.
CREATE INDEX staff_state_index ON organization.staff (state, number) WHERE state <> 'active';
