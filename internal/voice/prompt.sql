-- name: ListPrompts :many
SELECT p.* FROM voice.prompt p JOIN organization.centre o ON o.id = p.centre_id
WHERE (@national::boolean OR o.level = 'nation' OR p.centre_id = ANY (@centres::uuid[]))
  AND (p.name, p.id) > (@after_name::text, @after_id::uuid)
  AND (@word::text = '' OR position(lower(@word) IN lower(p.name)) > 0)
ORDER BY p.name, p.id LIMIT @row_limit::integer;

-- name: GetPrompt :one
SELECT p.* FROM voice.prompt p JOIN organization.centre o ON o.id = p.centre_id
WHERE p.id = @id AND (@national::boolean OR o.level = 'nation' OR p.centre_id = ANY (@centres::uuid[]));

-- name: LockPrompt :one
SELECT * FROM voice.prompt WHERE id = @id FOR UPDATE;

-- name: PromptByID :one
SELECT * FROM voice.prompt WHERE id = @id;

-- name: AllPrompts :many
SELECT * FROM voice.prompt ORDER BY id;

-- name: InsertPrompt :exec
INSERT INTO voice.prompt (id, name, centre_id, blob_key, sha256, bytes, duration_ms, sample_rate, channels, note, version,
    created_at, updated_at, updated_by)
VALUES (@id, @name, @centre_id, @blob_key, @sha256, @bytes, @duration_ms, @sample_rate, @channels, @note, 1, @now, @now, @updated_by);

-- name: UpdatePrompt :execrows
UPDATE voice.prompt SET name = @name, note = @note, version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: ReplacePromptSound :execrows
UPDATE voice.prompt SET blob_key = @blob_key, sha256 = @sha256, bytes = @bytes, duration_ms = @duration_ms, sample_rate = @sample_rate,
    channels = @channels, version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: DeletePrompt :execrows
DELETE FROM voice.prompt WHERE id = @id AND version = @version;

-- BlobUsed tells whether a stored file is still some prompt's.
-- name: BlobUsed :one
SELECT EXISTS (SELECT 1 FROM voice.prompt WHERE blob_key = @blob_key);
