-- name: CodeTables :many
SELECT t.code, t.name_zh, t.name_en, t.owner, t.owner_centre, t.version, t.published_at, t.edition, t.updated_at, t.updated_by
FROM organization.code_table t
ORDER BY t.code;

-- name: NewestItems :many
SELECT table_code, code, zh, en, initials, parent, extra,
       coalesce(to_char(valid_from, 'YYYY-MM-DD'), '')::text AS valid_from, coalesce(to_char(valid_until, 'YYYY-MM-DD'), '')::text AS valid_until, sort
FROM organization.code_item
WHERE version_until IS NULL;

-- name: ItemsAt :many
SELECT code, zh, en, initials, parent, extra,
       coalesce(to_char(valid_from, 'YYYY-MM-DD'), '')::text AS valid_from, coalesce(to_char(valid_until, 'YYYY-MM-DD'), '')::text AS valid_until, sort
FROM organization.code_item
WHERE table_code = @table_code AND version_from <= @version::integer AND (version_until IS NULL OR version_until > @version::integer);

-- name: InsertCodeTable :execrows
-- No row: the table is there.
INSERT INTO organization.code_table (code, name_zh, name_en, owner, owner_centre, created_at, updated_at, updated_by)
VALUES (@code, @name_zh, @name_en, @owner, @owner_centre, @now, @now, @updated_by)
ON CONFLICT ON CONSTRAINT code_table_pkey DO NOTHING;

-- name: UpdateCodeTable :exec
UPDATE organization.code_table SET name_zh = @name_zh, name_en = @name_en, owner = @owner, owner_centre = @owner_centre,
    edition = edition + 1, updated_at = @now, updated_by = @updated_by
WHERE code = @code;

-- name: LockCodeTable :one
SELECT code, name_zh, name_en, owner, owner_centre, version, published_at, edition, updated_at, updated_by
FROM organization.code_table WHERE code = @code FOR UPDATE;

-- name: PublishCodeTable :exec
UPDATE organization.code_table SET version = @version, published_at = @now::timestamptz WHERE code = @code;

-- name: InsertCodeVersion :exec
INSERT INTO organization.code_version (table_code, version, note, published_by, published_at, added, changed, removed)
VALUES (@table_code, @version, @note, @published_by, @now, @added, @changed, @removed);

-- name: CodeVersions :many
SELECT version, note, published_by, published_at, added, changed, removed
FROM organization.code_version WHERE table_code = @table_code ORDER BY version DESC LIMIT 200;

-- name: CodeVersion :one
SELECT version, note, published_by, published_at, added, changed, removed
FROM organization.code_version WHERE table_code = @table_code AND version = @version;

-- name: EndItems :exec
UPDATE organization.code_item SET version_until = @version::integer
WHERE table_code = @table_code AND code = ANY(@codes::text[]) AND version_until IS NULL;

-- name: InsertItems :copyfrom
INSERT INTO organization.code_item (table_code, code, version_from, zh, en, initials, parent, extra, valid_from, valid_until, sort)
VALUES (@table_code, @code, @version_from, @zh, @en, @initials, @parent, @extra, @valid_from, @valid_until, @sort);
