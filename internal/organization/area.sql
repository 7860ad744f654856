-- name: AllAreas :many
SELECT id, centre_id, service, selector, value, valid_from, valid_until, note, version, updated_at, updated_by
FROM organization.service_area;

-- name: InsertArea :exec
INSERT INTO organization.service_area
    (id, centre_id, service, selector, value, valid_from, valid_until, note, created_at, updated_at, updated_by)
VALUES (@id, @centre_id, @service, @selector, @value, @valid_from, @valid_until, @note, @now, @now, @updated_by);

-- name: UpdateArea :execrows
UPDATE organization.service_area
SET centre_id = @centre_id, service = @service, selector = @selector, value = @value, valid_from = @valid_from,
    valid_until = @valid_until, note = @note, version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;
