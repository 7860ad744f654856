-- name: Insert :exec
INSERT INTO approval.request (id, kind, object_id, object_label, centre_id, province, city, subject_staff_id,
    requester_id, requester_staff, requester_number, requester_name, reason, evidence, payload, payload_version, single_key,
    needs, remind_at, expires_at, created_at, updated_at)
VALUES (@id, @kind, @object_id, @object_label, @centre_id, @province, @city, @subject_staff_id,
    @requester_id, @requester_staff, @requester_number, @requester_name, @reason, @evidence, @payload, @payload_version, @single_key,
    @needs, @remind_at, @expires_at, @now, @now);

-- name: InsertStep :exec
INSERT INTO approval.step (request_id, number, permission) VALUES (@request_id, @number, @permission);

-- name: Place :one
SELECT province, city FROM organization.centre WHERE id = @id;

-- name: OpenAbout :one
SELECT requester_number, requester_name, created_at FROM approval.request
WHERE kind = @kind AND single_key = @single_key AND state = 'open';

-- name: Find :one
SELECT * FROM approval.request WHERE id = @id;

-- A request is locked before anything that its change touches.
-- name: Lock :one
SELECT * FROM approval.request WHERE id = @id FOR UPDATE;

-- name: Steps :many
SELECT * FROM approval.step WHERE request_id = @request_id ORDER BY number;

-- name: DecideStep :exec
UPDATE approval.step SET state = @state, decider_id = @decider_id, decider_staff = @decider_staff,
    decider_number = @decider_number, decider_name = @decider_name, decided_at = @now, comment = @comment
WHERE request_id = @request_id AND number = @number AND state = 'open';

-- name: Advance :exec
UPDATE approval.request SET step = @step, needs = @needs, version = version + 1, updated_at = @now
WHERE id = @id AND state = 'open';

-- name: Close :exec
UPDATE approval.request SET state = @state, closed_by = @closed_by, closed_name = @closed_name, closed_at = @now,
    comment = @comment, failure = @failure, version = version + 1, updated_at = @now
WHERE id = @id AND state = 'open';

-- name: Reminded :exec
UPDATE approval.request SET reminded_at = @now WHERE id = @id AND state = 'open';

-- name: InsertRemark :exec
INSERT INTO approval.remark (id, request_id, author_id, author_number, author_name, text, created_at)
VALUES (@id, @request_id, @author_id, @author_number, @author_name, @text, @now);

-- name: Remarks :many
SELECT * FROM approval.remark WHERE request_id = @request_id ORDER BY id;

-- name: CountMine :one
SELECT count(*) FROM approval.request WHERE requester_id = @account AND state = 'open';

-- name: Overdue :one
SELECT count(*) AS waiting, coalesce(min(created_at), @now)::timestamptz AS oldest FROM approval.request
WHERE state = 'open' AND created_at < @before;
