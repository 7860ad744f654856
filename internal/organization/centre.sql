-- name: Touch :one
-- Makes this transaction the only one that changes the whole named, and tells readers afterwards.
UPDATE organization.revision SET number = number + 1 WHERE name = @name RETURNING number;

-- name: Revision :one
SELECT number FROM organization.revision WHERE name = @name;

-- name: AllCentres :many
SELECT id, parent_id, level, code, name, province, city, time_zone, state, version, created_at, updated_at, updated_by
FROM organization.centre;

-- name: InsertCentre :exec
INSERT INTO organization.centre
    (id, parent_id, level, code, name, province, city, time_zone, created_at, updated_at, updated_by)
VALUES (@id, @parent_id, @level, @code, @name, @province, @city, @time_zone, @now, @now, @updated_by);

-- name: UpdateCentre :execrows
UPDATE organization.centre
SET parent_id = @parent_id, code = @code, name = @name, province = @province, city = @city, time_zone = @time_zone,
    state = @state, version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: CentreUse :one
-- What is active in a centre itself. Staff who left and closed teams do not count.
SELECT (SELECT count(*) FROM organization.centre c WHERE c.parent_id = @id::uuid AND c.state = 'active') AS centres,
       (SELECT count(*) FROM organization.team t WHERE t.centre_id = @id::uuid AND t.state = 'active') AS teams,
       (SELECT count(*) FROM organization.staff s WHERE s.centre_id = @id::uuid AND s.state <> 'left') AS staff,
       (SELECT count(*) FROM organization.service_area a WHERE a.centre_id = @id::uuid AND (a.valid_until IS NULL OR a.valid_until > @now::timestamptz)) AS areas;

-- name: LockCentre :exec
-- Waits for everybody who is just putting something into the centre.
SELECT 1 FROM organization.centre WHERE id = @id FOR UPDATE;

-- name: CentreState :one
-- Whether something may be put into the centre, held until the transaction ends.
SELECT state FROM organization.centre WHERE id = @id FOR SHARE;
