-- name: ListPhones :many
SELECT p.*, coalesce(s.number, '') AS staff_number, coalesce(s.name, '') AS staff_name
FROM voice.phone p LEFT JOIN organization.staff s ON s.id = p.staff_id
WHERE (@national::boolean OR p.centre_id = ANY (@centres::uuid[]))
  AND (p.number, p.id) > (@after_number::text, @after_id::uuid)
  AND (@centre::uuid = '00000000-0000-0000-0000-000000000000' OR p.centre_id = @centre)
  AND (@word::text = '' OR position(lower(@word) IN lower(p.number || ' ' || p.display_name)) > 0)
ORDER BY p.number, p.id LIMIT @row_limit::integer;

-- name: GetPhone :one
SELECT p.*, coalesce(s.number, '') AS staff_number, coalesce(s.name, '') AS staff_name
FROM voice.phone p LEFT JOIN organization.staff s ON s.id = p.staff_id
WHERE p.id = @id AND (@national::boolean OR p.centre_id = ANY (@centres::uuid[]));

-- name: LockPhone :one
SELECT p.*, coalesce((SELECT s.number FROM organization.staff s WHERE s.id = p.staff_id), '')::text AS staff_number,
    coalesce((SELECT s.name FROM organization.staff s WHERE s.id = p.staff_id), '')::text AS staff_name
FROM voice.phone p WHERE p.id = @id FOR UPDATE;

-- LockPhoneByNumber finds what a row of a workbook means, whoever's it is.
-- name: LockPhoneByNumber :one
SELECT p.*, coalesce((SELECT s.number FROM organization.staff s WHERE s.id = p.staff_id), '')::text AS staff_number,
    coalesce((SELECT s.name FROM organization.staff s WHERE s.id = p.staff_id), '')::text AS staff_name
FROM voice.phone p WHERE p.number = @number FOR UPDATE;

-- name: AllPhones :many
SELECT * FROM voice.phone ORDER BY number;

-- StaffByNumber finds a member of staff whom the asker may see; a phone belongs to somebody of its scope.
-- name: StaffByNumber :one
SELECT id, name FROM organization.staff
WHERE number = @number AND state <> 'left' AND (@national::boolean OR centre_id = ANY (@centres::uuid[]));

-- name: InsertPhone :exec
INSERT INTO voice.phone (id, number, display_name, centre_id, staff_id, realm, ha1_sealed, password_at, disabled, note, version,
    created_at, updated_at, updated_by)
VALUES (@id, @number, @display_name, @centre_id, @staff_id, @realm, @ha1_sealed, @now, @disabled, @note, 1, @now, @now, @updated_by);

-- name: UpdatePhone :execrows
UPDATE voice.phone SET display_name = @display_name, centre_id = @centre_id, staff_id = @staff_id, realm = @realm,
    ha1_sealed = @ha1_sealed, password_at = @password_at, disabled = @disabled, note = @note, version = version + 1,
    updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: DeletePhone :execrows
DELETE FROM voice.phone WHERE id = @id AND version = @version;

-- name: PhoneSecrets :many
SELECT id, ha1_sealed FROM voice.phone
WHERE id > @after AND substring(ha1_sealed FROM 2 FOR 4) <> @active::bytea ORDER BY id LIMIT 200;

-- name: RewrapPhone :execrows
UPDATE voice.phone SET ha1_sealed = @rewrapped WHERE id = @id AND ha1_sealed = @sealed;
