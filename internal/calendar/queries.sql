-- name: Revision :one
SELECT number FROM calendar.revision;

-- name: Touch :one
-- Makes this transaction the only one that changes calendars until it ends.
UPDATE calendar.revision SET number = number + 1 RETURNING number;

-- name: Weeks :many
SELECT * FROM calendar.week ORDER BY centre_id, valid_from;

-- name: Days :many
SELECT * FROM calendar.day ORDER BY centre_id, day;

-- name: Week :one
SELECT * FROM calendar.week WHERE id = @id;

-- name: Day :one
SELECT * FROM calendar.day WHERE id = @id;

-- name: DayOf :one
SELECT * FROM calendar.day WHERE centre_id = @centre_id AND day = @day;

-- name: DaysOf :many
SELECT * FROM calendar.day WHERE centre_id = @centre_id AND day BETWEEN @first_day AND @last_day ORDER BY day;

-- name: InsertWeek :exec
INSERT INTO calendar.week (id, centre_id, valid_from, holidays, periods, version, updated_by, created_at, updated_at)
VALUES (@id, @centre_id, @valid_from, @holidays, @periods, 1, @updated_by, @now, @now);

-- name: UpdateWeek :execrows
UPDATE calendar.week SET valid_from = @valid_from, holidays = @holidays, periods = @periods,
    version = version + 1, updated_by = @updated_by, updated_at = @now
WHERE id = @id AND version = @version;

-- name: DeleteWeek :execrows
DELETE FROM calendar.week WHERE id = @id AND version = @version;

-- name: InsertDay :exec
INSERT INTO calendar.day (id, centre_id, day, kind, public, name, as_weekday, periods, version, updated_by, created_at, updated_at)
VALUES (@id, @centre_id, @day, @kind, @public, @name, @as_weekday, @periods, 1, @updated_by, @now, @now);

-- name: UpdateDay :execrows
UPDATE calendar.day SET day = @day, kind = @kind, public = @public, name = @name, as_weekday = @as_weekday, periods = @periods,
    version = version + 1, updated_by = @updated_by, updated_at = @now
WHERE id = @id AND version = @version;

-- name: DeleteDay :execrows
DELETE FROM calendar.day WHERE id = @id AND version = @version;
