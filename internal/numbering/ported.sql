-- name: InsertPorted :exec
INSERT INTO numbering.ported (id, number, operator, brand, product_line, province, city, valid_from, valid_until, version,
    created_at, updated_at, updated_by)
VALUES (@id, @number, @operator, @brand, @product_line, @province, @city, @valid_from, sqlc.narg(valid_until), 1, @now, @now, @updated_by);

-- name: UpdatePorted :execrows
UPDATE numbering.ported
SET operator = @operator, brand = @brand, product_line = @product_line, province = @province, city = @city, valid_from = @valid_from,
    valid_until = sqlc.narg(valid_until), version = version + 1, updated_at = @now, updated_by = @updated_by
WHERE id = @id AND version = @version;

-- name: DeletePorted :execrows
DELETE FROM numbering.ported WHERE id = @id AND version = @version;

-- name: GetPorted :one
SELECT * FROM numbering.ported WHERE id = @id;

-- name: LockPorted :one
SELECT * FROM numbering.ported WHERE id = @id FOR UPDATE;

-- name: FindPorted :one
SELECT * FROM numbering.ported WHERE number = @number AND valid_from = @valid_from;

-- name: ListPorted :many
SELECT * FROM numbering.ported
WHERE (number, valid_from, id) > (@after_number::bigint, @after_from::timestamptz, @after_id::uuid)
  AND number BETWEEN @low::bigint AND @high::bigint
  AND (@operator::text = '' OR operator = @operator)
ORDER BY number, valid_from, id LIMIT @row_limit::integer;
