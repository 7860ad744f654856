-- The life of accounts: lists, and what requests are checked against.

-- name: AccountOfStaff :one
SELECT a.id, a.state, a.version FROM identity.account a WHERE a.staff_id = @staff_id;

-- name: StaffForAccount :one
SELECT s.id, s.number, s.name, s.centre_id, s.state, s.email FROM organization.staff s WHERE s.id = @id;

-- name: StaffByNumbers :many
SELECT s.id, s.number, s.name, s.centre_id, s.state, a.id AS account_id, a.state AS account_state, a.version AS account_version
FROM organization.staff s LEFT JOIN identity.account a ON a.staff_id = s.id
WHERE s.number = ANY (@numbers::text[]);

-- name: AccountsOfStoppedStaff :many
-- Accounts that outlived their member of staff: left, or suspended.
SELECT a.id, s.id AS staff_id, s.state FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id
WHERE (s.state = 'left' AND a.state <> 'left') OR (s.state = 'suspended' AND a.state = 'active')
ORDER BY a.id LIMIT @row_limit;

-- name: AccountsOfStoppedStaffIn :many
SELECT a.id, s.id AS staff_id, s.state FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id
WHERE s.id = ANY (@staff::uuid[]) AND ((s.state = 'left' AND a.state <> 'left') OR (s.state = 'suspended' AND a.state = 'active'))
ORDER BY a.id;

-- name: UnusedAccounts :one
SELECT count(*) FROM identity.account a
WHERE a.state = 'active' AND coalesce(a.last_sign_in_at, a.created_at) < @before;

-- name: RolesByCode :many
SELECT id, code, name_zh, name_en, levels, permissions, state FROM identity.role WHERE code = ANY (@codes::text[]);

-- name: ListUnused :many
SELECT a.id, s.number, s.name, s.centre_id, c.name AS centre_name, a.last_sign_in_at, a.created_at
FROM identity.account a
JOIN organization.staff s ON s.id = a.staff_id
JOIN organization.centre c ON c.id = s.centre_id
WHERE a.state = 'active' AND coalesce(a.last_sign_in_at, a.created_at) < @before
  AND (@national::boolean OR s.centre_id = ANY (@centres::uuid[])) AND s.number > @after_number
ORDER BY s.number LIMIT @row_limit;
