-- NextVersion counts versions. The caller holds the lock of the revision row.
-- name: NextVersion :one
SELECT (coalesce(max(number), 0) + 1)::integer FROM numbering.segment_version;

-- name: LockSegments :exec
SELECT 1 FROM numbering.revision FOR UPDATE;

-- name: InsertVersion :exec
INSERT INTO numbering.segment_version (number, name, file_name, file_key, file_bytes, state, created_by, created_at)
VALUES (@number, @name, @file_name, @file_key, @file_bytes, 'reading', @created_by, @now);

-- name: GetVersion :one
SELECT * FROM numbering.segment_version WHERE number = @number;

-- name: LockVersion :one
SELECT * FROM numbering.segment_version WHERE number = @number FOR UPDATE;

-- name: ListVersions :many
SELECT number, name, file_name, file_bytes, state, rows_read, rows_total, based_on, added, changed, removed, same, wrong,
    created_by, created_at, read_at, activated_by, activated_at
FROM numbering.segment_version WHERE number < @before ORDER BY number DESC LIMIT @row_limit::integer;

-- name: ActiveVersion :one
SELECT coalesce((SELECT number FROM numbering.segment_version WHERE state = 'active'), 0)::integer;

-- Progress is written while a file is read, beside the transaction that reads. No row means: cancelled.
-- name: Progress :execrows
UPDATE numbering.segment_version SET rows_read = @rows_read, rows_total = @rows_total
WHERE number = @number AND state = 'reading';

-- name: ReadVersion :execrows
UPDATE numbering.segment_version
SET state = 'ready', rows_read = @rows_read, rows_total = @rows_read, based_on = @based_on, added = @added, changed = @changed,
    removed = @removed, same = @same, read_at = @now
WHERE number = @number AND state = 'reading';

-- name: RefuseVersion :execrows
UPDATE numbering.segment_version
SET state = 'refused', rows_read = @rows_read, rows_total = @rows_read, wrong = @wrong, problems = @problems, read_at = @now
WHERE number = @number AND state = 'reading';

-- name: CancelVersion :execrows
UPDATE numbering.segment_version SET state = 'cancelled', read_at = @now WHERE number = @number AND state IN ('reading', 'ready');

-- name: RetireActive :exec
UPDATE numbering.segment_version SET state = 'retired' WHERE state = 'active';

-- name: ActivateVersion :execrows
UPDATE numbering.segment_version SET state = 'active', activated_by = @activated_by, activated_at = @now
WHERE number = @number AND state IN ('ready', 'retired');

-- Difference counts what a version would change of another; 0 is an empty one.
-- name: Difference :one
SELECT count(*) FILTER (WHERE o.prefix IS NULL)::integer AS added,
    count(*) FILTER (WHERE n.prefix IS NULL)::integer AS removed,
    count(*) FILTER (WHERE n.prefix = o.prefix AND (n.province, n.city, n.operator, n.brand, n.product_line)
        <> (o.province, o.city, o.operator, o.brand, o.product_line))::integer AS changed,
    count(*) FILTER (WHERE n.prefix = o.prefix AND (n.province, n.city, n.operator, n.brand, n.product_line)
        = (o.province, o.city, o.operator, o.brand, o.product_line))::integer AS same
FROM (SELECT s.* FROM numbering.segment s WHERE s.version = @version) n
FULL JOIN (SELECT s.* FROM numbering.segment s WHERE s.version = @other) o ON o.prefix = n.prefix;

-- Changes lists what differs, by prefix.
-- name: Changes :many
SELECT coalesce(n.prefix, o.prefix)::integer AS prefix, (n.prefix IS NOT NULL)::boolean AS has_new, (o.prefix IS NOT NULL)::boolean AS has_old,
    coalesce(n.province, '')::text AS new_province, coalesce(n.city, '')::text AS new_city, coalesce(n.operator, '')::text AS new_operator,
    coalesce(n.brand, '')::text AS new_brand, coalesce(n.product_line, '')::text AS new_product_line,
    coalesce(o.province, '')::text AS old_province, coalesce(o.city, '')::text AS old_city, coalesce(o.operator, '')::text AS old_operator,
    coalesce(o.brand, '')::text AS old_brand, coalesce(o.product_line, '')::text AS old_product_line
FROM (SELECT s.* FROM numbering.segment s WHERE s.version = @version AND s.prefix > @after::integer) n
FULL JOIN (SELECT s.* FROM numbering.segment s WHERE s.version = @other AND s.prefix > @after) o ON o.prefix = n.prefix
WHERE (n.province, n.city, n.operator, n.brand, n.product_line) IS DISTINCT FROM (o.province, o.city, o.operator, o.brand, o.product_line)
ORDER BY 1 LIMIT @row_limit::integer;

-- Segments lists a version's rows that begin with the digits: low to high.
-- name: Segments :many
SELECT prefix, province, city, operator, brand, product_line FROM numbering.segment
WHERE version = @version AND prefix > @after::integer AND prefix BETWEEN @low::integer AND @high::integer
ORDER BY prefix LIMIT @row_limit::integer;

-- Leftover versions have rows but are of no use: all but the last three that were in use, and what was cancelled.
-- name: Leftover :many
SELECT v.number, v.file_key, v.state FROM numbering.segment_version v
WHERE v.state = 'retired' AND v.number NOT IN (
    SELECT k.number FROM numbering.segment_version k WHERE k.state = 'retired' ORDER BY k.activated_at DESC LIMIT @keep::integer)
   OR v.state IN ('cancelled', 'refused') AND v.file_key <> ''
   OR v.state = 'removed' AND v.file_key <> '';

-- MarkRemoved gives no row when the version came into use again meanwhile.
-- name: MarkRemoved :execrows
UPDATE numbering.segment_version SET state = 'removed' WHERE number = @number AND state = 'retired';

-- name: ForgetFile :exec
UPDATE numbering.segment_version SET file_key = '' WHERE number = @number;

-- name: DeleteSegments :execrows
DELETE FROM numbering.segment s WHERE s.version = @version AND s.prefix IN (
    SELECT d.prefix FROM numbering.segment d WHERE d.version = @version ORDER BY d.prefix LIMIT @row_limit::integer);

-- name: Stuck :one
SELECT count(*) FROM numbering.segment_version WHERE state = 'reading' AND created_at < @before::timestamptz;
