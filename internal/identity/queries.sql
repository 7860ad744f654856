-- Accounts, credentials, sessions, tokens, roles and assignments. Staff and centres are read from organization.

-- name: ActorOfAccount :one
SELECT a.id, a.state, a.password_hash <> '' AS has_password, a.password_changed_at, a.must_change_password,
       a.totp_confirmed_at, s.id AS staff_id, s.number, s.name, s.centre_id, s.state AS staff_state
FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id
WHERE a.id = @id;

-- name: HeldByAccount :many
SELECT g.centre_id, g.valid_from, g.valid_until, r.code, r.name_zh, r.name_en, r.permissions
FROM identity.assignment g JOIN identity.role r ON r.id = g.role_id
WHERE g.account_id = @account_id AND g.ended_at IS NULL AND r.state = 'active'
ORDER BY r.code, g.id;

-- name: AccountByID :one
SELECT a.id, a.staff_id, a.state, a.state_reason, a.password_hash, a.password_changed_at, a.must_change_password,
       a.totp_sealed, a.totp_confirmed_at, a.totp_step, a.last_sign_in_at, a.version, a.created_at,
       s.number, s.name, s.centre_id, s.mobile, s.state AS staff_state
FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id
WHERE a.id = @id;

-- name: LockAccount :one
SELECT a.id, a.staff_id, a.state, a.state_reason, a.password_hash, a.password_changed_at, a.must_change_password,
       a.totp_sealed, a.totp_confirmed_at, a.totp_step, a.last_sign_in_at, a.version, a.created_at,
       s.number, s.name, s.centre_id, s.mobile, s.state AS staff_state
FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id
WHERE a.id = @id
FOR NO KEY UPDATE OF a;

-- name: AccountIDByNumber :one
SELECT a.id FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id WHERE s.number = @number;

-- name: AccountIDByStaff :one
SELECT id FROM identity.account WHERE staff_id = @staff_id;

-- name: CountAccounts :one
SELECT count(*) FROM (SELECT 1 FROM identity.account LIMIT 1) AS a;

-- name: InsertAccount :exec
INSERT INTO identity.account (id, staff_id, password_hash, password_changed_at, must_change_password, created_at, updated_at)
VALUES (@id, @staff_id, @password_hash, @password_changed_at, @must_change_password, @now::timestamptz, @now::timestamptz);

-- name: SetAccountState :exec
UPDATE identity.account SET state = @state, state_reason = @reason, version = version + 1, updated_at = @now::timestamptz WHERE id = @id;

-- name: SetPassword :exec
UPDATE identity.account
SET password_hash = @password_hash, password_changed_at = @now::timestamptz, must_change_password = @must_change, version = version + 1, updated_at = @now::timestamptz
WHERE id = @id;

-- name: UpgradePasswordHash :exec
UPDATE identity.account SET password_hash = @fresh WHERE id = @id AND password_hash = @old;

-- name: AddPasswordHistory :exec
INSERT INTO identity.password_history (account_id, changed_at, hash) VALUES (@account_id, @changed_at, @hash)
ON CONFLICT (account_id, changed_at) DO UPDATE SET hash = EXCLUDED.hash;

-- name: PasswordHistory :many
SELECT hash FROM identity.password_history WHERE account_id = @account_id ORDER BY changed_at DESC LIMIT @row_limit;

-- name: TrimPasswordHistory :exec
DELETE FROM identity.password_history d
WHERE d.account_id = @account_id AND d.changed_at < (
    SELECT min(k.changed_at) FROM (
        SELECT h.changed_at FROM identity.password_history h WHERE h.account_id = @account_id ORDER BY h.changed_at DESC LIMIT @keep) AS k);

-- name: SetTOTP :exec
UPDATE identity.account
SET totp_sealed = @sealed, totp_key_version = @key_version, totp_confirmed_at = NULL, totp_step = 0, version = version + 1, updated_at = @now::timestamptz
WHERE id = @id;

-- name: ConfirmTOTP :exec
UPDATE identity.account SET totp_confirmed_at = @now::timestamptz, totp_step = @step, version = version + 1, updated_at = @now::timestamptz WHERE id = @id;

-- name: ClearTOTP :exec
UPDATE identity.account
SET totp_sealed = NULL, totp_key_version = 0, totp_confirmed_at = NULL, totp_step = 0, version = version + 1, updated_at = @now::timestamptz
WHERE id = @id;

-- name: UseTOTPStep :execrows
UPDATE identity.account SET totp_step = @step WHERE id = @id AND totp_step < @step;

-- name: TOTPNotActive :many
SELECT id, totp_sealed FROM identity.account
WHERE totp_sealed IS NOT NULL AND totp_key_version <> @active AND id > @after_id
ORDER BY id LIMIT @row_limit;

-- name: RewrapTOTP :exec
UPDATE identity.account SET totp_sealed = @fresh, totp_key_version = @key_version WHERE id = @id AND totp_sealed = @old;

-- name: DeleteRecoveryCodes :exec
DELETE FROM identity.recovery_code WHERE account_id = @account_id;

-- name: InsertRecoveryCodes :exec
INSERT INTO identity.recovery_code (account_id, hash, made_at)
SELECT @account_id, unnest(@hashes::bytea[]), @now::timestamptz;

-- name: UseRecoveryCode :execrows
UPDATE identity.recovery_code SET used_at = @now::timestamptz WHERE account_id = @account_id AND hash = @hash AND used_at IS NULL;

-- name: RecoveryCodesLeft :one
SELECT count(*) FROM identity.recovery_code WHERE account_id = @account_id AND used_at IS NULL;

-- name: TouchSignIn :exec
UPDATE identity.account SET last_sign_in_at = @now::timestamptz WHERE id = @id;

-- name: InsertThrottle :exec
INSERT INTO identity.throttle (subject, failures, last_failed_at, blocked_until) VALUES (@subject, 0, @now::timestamptz, @now::timestamptz)
ON CONFLICT (subject) DO NOTHING;

-- name: LockThrottle :one
SELECT failures, last_failed_at, blocked_until FROM identity.throttle WHERE subject = @subject FOR UPDATE;

-- name: ReadThrottle :one
SELECT failures, last_failed_at, blocked_until FROM identity.throttle WHERE subject = @subject;

-- name: SetThrottle :exec
UPDATE identity.throttle SET failures = @failures, last_failed_at = @last_failed_at, blocked_until = @blocked_until WHERE subject = @subject;

-- name: ClearThrottle :exec
DELETE FROM identity.throttle WHERE subject = ANY (@subjects::text[]);

-- name: SweepThrottle :execrows
DELETE FROM identity.throttle WHERE last_failed_at < @before;

-- name: AddressKnown :one
SELECT EXISTS (SELECT 1 FROM identity.session WHERE account_id = @account_id AND address = @address AND created_at >= @since);

-- name: HasSignedIn :one
SELECT EXISTS (SELECT 1 FROM identity.session WHERE account_id = @account_id);

-- name: InsertSignIn :exec
INSERT INTO identity.sign_in (id, account_id, session_id, at, method, result, address, user_agent)
VALUES (@id, sqlc.narg(account_id), sqlc.narg(session_id), @at, @method, @result, @address, @user_agent);

-- name: SignIns :many
SELECT id, at, method, result, address, user_agent FROM identity.sign_in
WHERE account_id = @account_id::uuid ORDER BY at DESC, id DESC LIMIT @row_limit;

-- name: SweepSignIns :execrows
DELETE FROM identity.sign_in WHERE id IN (SELECT s.id FROM identity.sign_in s WHERE s.at < @before ORDER BY s.at, s.id LIMIT 1000);

-- name: InsertSession :exec
INSERT INTO identity.session (id, account_id, token_hash, method, totp_due, address, user_agent, created_at, last_seen_at, expires_at)
VALUES (@id, @account_id, @token_hash, @method, @totp_due, @address, @user_agent, @now::timestamptz, @now::timestamptz, @expires_at);

-- name: SessionByHash :one
SELECT id, account_id, method, totp_due, created_at, last_seen_at, expires_at FROM identity.session
WHERE token_hash = @token_hash AND ended_at IS NULL;

-- name: SessionByID :one
SELECT id, account_id, ended_at FROM identity.session WHERE id = @id;

-- name: OpenSessions :many
SELECT id, method, totp_due, address, user_agent, created_at, last_seen_at, expires_at FROM identity.session
WHERE account_id = @account_id AND ended_at IS NULL AND expires_at > @now::timestamptz AND last_seen_at > @seen_after
ORDER BY created_at DESC, id DESC;

-- name: TouchSessions :exec
UPDATE identity.session s SET last_seen_at = greatest(s.last_seen_at, t.seen)
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@seen::timestamptz[]) AS seen) AS t
WHERE s.id = t.id AND s.ended_at IS NULL;

-- name: EndSession :execrows
UPDATE identity.session SET ended_at = @now::timestamptz, end_reason = @reason WHERE id = @id AND ended_at IS NULL;

-- name: EndSessionsOf :execrows
UPDATE identity.session SET ended_at = @now::timestamptz, end_reason = @reason
WHERE account_id = @account_id AND ended_at IS NULL AND id <> @but;

-- name: EndOldestSessions :execrows
UPDATE identity.session SET ended_at = @now::timestamptz, end_reason = 'one_too_many'
WHERE id IN (
    SELECT o.id FROM identity.session o
    WHERE o.account_id = @account_id AND o.ended_at IS NULL
    ORDER BY o.created_at DESC, o.id DESC OFFSET @keep);

-- name: EndExpiredSessions :many
UPDATE identity.session SET ended_at = @now::timestamptz, end_reason = CASE WHEN expires_at <= @now::timestamptz THEN 'expired' ELSE 'idle' END
WHERE id IN (
    SELECT o.id FROM identity.session o
    WHERE o.ended_at IS NULL AND (o.expires_at <= @now::timestamptz OR o.last_seen_at <= @idle_before)
    ORDER BY o.expires_at LIMIT 500 FOR UPDATE SKIP LOCKED)
RETURNING id, account_id;

-- name: TOTPDone :execrows
UPDATE identity.session SET totp_due = false WHERE id = @id AND ended_at IS NULL;

-- name: SubjectAccount :one
SELECT account_id FROM identity.oidc_subject WHERE provider = @provider AND subject = @subject;

-- name: LinkSubject :execrows
INSERT INTO identity.oidc_subject (provider, subject, account_id, linked_at) VALUES (@provider, @subject, @account_id, @now::timestamptz)
ON CONFLICT DO NOTHING;

-- name: UnlinkSubjects :execrows
DELETE FROM identity.oidc_subject WHERE account_id = @account_id;

-- name: InsertToken :exec
INSERT INTO identity.api_token (id, account_id, name, token_hash, hint, permissions, networks, created_at, expires_at)
VALUES (@id, @account_id, @name, @token_hash, @hint, @permissions, @networks, @now::timestamptz, @expires_at);

-- name: TokenByHash :one
SELECT id, account_id, permissions, networks, created_at, expires_at FROM identity.api_token
WHERE token_hash = @token_hash AND revoked_at IS NULL;

-- name: TokenByID :one
SELECT t.id, t.account_id, t.name, t.revoked_at, s.centre_id
FROM identity.api_token t JOIN identity.account a ON a.id = t.account_id JOIN organization.staff s ON s.id = a.staff_id
WHERE t.id = @id;

-- name: RevokeToken :execrows
UPDATE identity.api_token SET revoked_at = @now::timestamptz, revoked_by = @revoked_by WHERE id = @id AND revoked_at IS NULL;

-- name: RevokeTokensOf :execrows
UPDATE identity.api_token SET revoked_at = @now::timestamptz, revoked_by = @revoked_by WHERE account_id = @account_id AND revoked_at IS NULL;

-- name: TouchTokens :exec
UPDATE identity.api_token k SET last_used_at = greatest(k.last_used_at, t.seen), last_used_address = t.address
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@seen::timestamptz[]) AS seen, unnest(@addresses::text[]) AS address) AS t
WHERE k.id = t.id;

-- name: TokensOf :many
SELECT t.id, t.account_id, t.name, t.hint, t.permissions, t.networks, t.created_at, t.expires_at, t.last_used_at, t.last_used_address,
       t.revoked_at, t.revoked_by, s.number, s.name AS owner_name
FROM identity.api_token t JOIN identity.account a ON a.id = t.account_id JOIN organization.staff s ON s.id = a.staff_id
WHERE t.account_id = @account_id ORDER BY t.created_at DESC, t.id DESC LIMIT 200;

-- name: AllTokens :many
SELECT t.id, t.account_id, t.name, t.hint, t.permissions, t.networks, t.created_at, t.expires_at, t.last_used_at, t.last_used_address,
       t.revoked_at, t.revoked_by, s.number, s.name AS owner_name
FROM identity.api_token t JOIN identity.account a ON a.id = t.account_id JOIN organization.staff s ON s.id = a.staff_id
WHERE (@national::boolean OR s.centre_id = ANY (@centres::uuid[])) AND t.id < @before
ORDER BY t.id DESC LIMIT @row_limit;

-- name: Roles :many
SELECT r.id, r.code, r.ready, r.name_zh, r.name_en, r.note, r.levels, r.permissions, r.state, r.version, r.created_at, r.updated_at, r.updated_by,
       (SELECT count(*) FROM identity.assignment g WHERE g.role_id = r.id AND g.ended_at IS NULL) AS holders
FROM identity.role r
ORDER BY r.ready DESC, r.code;

-- name: RoleByID :one
SELECT r.id, r.code, r.ready, r.name_zh, r.name_en, r.note, r.levels, r.permissions, r.state, r.version, r.created_at, r.updated_at, r.updated_by,
       (SELECT count(*) FROM identity.assignment g WHERE g.role_id = r.id AND g.ended_at IS NULL) AS holders
FROM identity.role r
WHERE r.id = @id;

-- name: RoleByCode :one
SELECT id FROM identity.role WHERE code = @code;

-- name: LockRole :one
SELECT id FROM identity.role WHERE id = @id FOR UPDATE;

-- name: InsertRole :exec
INSERT INTO identity.role (id, code, ready, name_zh, name_en, note, levels, permissions, created_at, updated_at, updated_by)
VALUES (@id, @code, @ready, @name_zh, @name_en, @note, @levels, @permissions, @now::timestamptz, @now::timestamptz, @updated_by);

-- name: UpdateRole :exec
UPDATE identity.role
SET name_zh = @name_zh, name_en = @name_en, note = @note, levels = @levels, permissions = @permissions,
    state = @state, version = version + 1, updated_at = @now::timestamptz, updated_by = @updated_by
WHERE id = @id;

-- name: DeleteRole :exec
DELETE FROM identity.role WHERE id = @id;

-- name: RoleWasUsed :one
SELECT EXISTS (SELECT 1 FROM identity.assignment WHERE role_id = @role_id);

-- name: HoldersOfRole :many
SELECT g.id, g.account_id, s.number, s.name, s.centre_id AS home_id, g.centre_id, c.name AS centre_name, g.valid_from, g.valid_until, a.state
FROM identity.assignment g
JOIN identity.account a ON a.id = g.account_id
JOIN organization.staff s ON s.id = a.staff_id
JOIN organization.centre c ON c.id = g.centre_id
WHERE g.role_id = @role_id AND g.ended_at IS NULL
  AND (@national::boolean OR s.centre_id = ANY (@centres::uuid[])) AND g.id > @after_id
ORDER BY g.id LIMIT @row_limit;

-- name: AccountsWithRole :many
SELECT DISTINCT account_id FROM identity.assignment WHERE role_id = @role_id AND ended_at IS NULL;

-- name: HoldingsOf :many
SELECT DISTINCT g.account_id, s.number, r.id AS role_id, r.code, r.name_zh, r.name_en, r.permissions
FROM identity.assignment g
JOIN identity.role r ON r.id = g.role_id
JOIN identity.account a ON a.id = g.account_id
JOIN organization.staff s ON s.id = a.staff_id
WHERE g.account_id = ANY (@accounts::uuid[]) AND g.ended_at IS NULL AND r.state = 'active'
  AND (g.valid_until IS NULL OR g.valid_until > @now::timestamptz)
ORDER BY g.account_id, r.code;

-- name: AccountsHoldingBoth :many
SELECT DISTINCT g.account_id
FROM identity.assignment g JOIN identity.role r ON r.id = g.role_id
WHERE g.ended_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > @now::timestamptz) AND r.state = 'active'
  AND (@first::text = ANY (r.permissions) OR @second::text = ANY (r.permissions));

-- name: InsertAssignment :exec
INSERT INTO identity.assignment (id, account_id, role_id, centre_id, valid_from, valid_until, reason, granted_by, created_at)
VALUES (@id, @account_id, @role_id, @centre_id, @valid_from, @valid_until, @reason, @granted_by, @now::timestamptz);

-- name: EndAssignment :execrows
UPDATE identity.assignment SET ended_at = @now::timestamptz, ended_by = @ended_by WHERE id = @id AND ended_at IS NULL;

-- name: EndAssignmentsOf :execrows
UPDATE identity.assignment SET ended_at = @now::timestamptz, ended_by = @ended_by WHERE account_id = @account_id AND ended_at IS NULL;

-- name: SetAssignmentPeriod :exec
UPDATE identity.assignment SET valid_from = @valid_from, valid_until = @valid_until, reason = @reason, granted_by = @granted_by WHERE id = @id;

-- name: AssignmentsOf :many
SELECT g.id, g.account_id, g.role_id, r.code, r.name_zh, r.name_en, r.permissions, g.centre_id, c.name AS centre_name,
       g.valid_from, g.valid_until, g.reason, g.granted_by, g.created_at, g.ended_at, g.ended_by
FROM identity.assignment g
JOIN identity.role r ON r.id = g.role_id
JOIN organization.centre c ON c.id = g.centre_id
WHERE g.account_id = @account_id AND (@with_ended::boolean OR g.ended_at IS NULL)
ORDER BY (g.ended_at IS NOT NULL), r.code, g.created_at, g.id LIMIT 500;

-- name: DutyRules :many
SELECT id, first, second, reason_zh, reason_en, version, created_at, updated_at, updated_by FROM identity.duty_rule ORDER BY first, second;

-- name: LockDutyRule :one
SELECT id, first, second, reason_zh, reason_en, version, created_at, updated_at, updated_by FROM identity.duty_rule WHERE id = @id FOR UPDATE;

-- name: InsertDutyRule :exec
INSERT INTO identity.duty_rule (id, first, second, reason_zh, reason_en, created_at, updated_at, updated_by)
VALUES (@id, @first, @second, @reason_zh, @reason_en, @now::timestamptz, @now::timestamptz, @updated_by);

-- name: UpdateDutyRule :exec
UPDATE identity.duty_rule
SET first = @first, second = @second, reason_zh = @reason_zh, reason_en = @reason_en, version = version + 1, updated_at = @now::timestamptz, updated_by = @updated_by
WHERE id = @id;

-- name: DeleteDutyRule :exec
DELETE FROM identity.duty_rule WHERE id = @id;

-- name: LockDuties :exec
SELECT pg_advisory_xact_lock(hashtextextended('identity.duty', 0));

-- name: ActiveHoldersOf :one
SELECT count(DISTINCT g.account_id)
FROM identity.assignment g
JOIN identity.role r ON r.id = g.role_id
JOIN identity.account a ON a.id = g.account_id
JOIN organization.staff s ON s.id = a.staff_id
JOIN organization.centre c ON c.id = g.centre_id
WHERE g.ended_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > @now::timestamptz) AND g.valid_from <= @now::timestamptz
  AND r.state = 'active' AND @permission::text = ANY (r.permissions) AND c.level = 'nation'
  AND a.state = 'active' AND s.state = 'active' AND a.id <> @but;

-- name: OperatorAccounts :many
SELECT a.id, s.number, s.name, a.state, (a.totp_confirmed_at IS NOT NULL)::boolean AS totp, a.must_change_password,
       (SELECT coalesce(array_agg(DISTINCT r.code ORDER BY r.code), '{}') FROM identity.assignment g JOIN identity.role r ON r.id = g.role_id
        WHERE g.account_id = a.id AND g.ended_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > @now::timestamptz))::text[] AS roles
FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id
WHERE s.number > @after_number
ORDER BY s.number LIMIT @row_limit;

-- name: AnyBlocked :one
SELECT EXISTS (SELECT 1 FROM identity.throttle WHERE subject = ANY (@subjects::text[]) AND blocked_until > @now::timestamptz);

-- name: Accounts :many
SELECT a.id, a.staff_id, s.number, s.name, s.centre_id, c.name AS centre_name, a.state, a.state_reason, (a.password_hash <> '')::boolean AS has_password,
       a.must_change_password, (a.totp_confirmed_at IS NOT NULL)::boolean AS totp, a.last_sign_in_at, a.version, a.created_at,
       (SELECT coalesce(array_agg(DISTINCT r.name_zh), '{}') FROM identity.assignment g JOIN identity.role r ON r.id = g.role_id
        WHERE g.account_id = a.id AND g.ended_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > @now::timestamptz))::text[] AS roles_zh,
       (SELECT coalesce(array_agg(DISTINCT r.name_en), '{}') FROM identity.assignment g JOIN identity.role r ON r.id = g.role_id
        WHERE g.account_id = a.id AND g.ended_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > @now::timestamptz))::text[] AS roles_en
FROM identity.account a
JOIN organization.staff s ON s.id = a.staff_id
JOIN organization.centre c ON c.id = s.centre_id
WHERE (@national::boolean OR s.centre_id = ANY (@centres::uuid[]))
  AND (@every_place::boolean OR s.centre_id = ANY (@places::uuid[]))
  AND (@state::text = '' OR a.state = @state::text)
  AND (@words::text = '' OR starts_with(s.number, upper(@words::text)) OR strpos(lower(s.name), lower(@words::text)) > 0)
  AND (NOT @by_role::boolean OR EXISTS (SELECT 1 FROM identity.assignment g WHERE g.account_id = a.id AND g.ended_at IS NULL AND g.role_id = @role::uuid))
  AND s.number > @after_number
ORDER BY s.number LIMIT @row_limit;

-- name: DemoAccounts :many
SELECT DISTINCT ON (r.code) s.number, s.name, r.code, r.name_zh, r.name_en
FROM identity.account a
JOIN organization.staff s ON s.id = a.staff_id
JOIN identity.assignment g ON g.account_id = a.id AND g.ended_at IS NULL
JOIN identity.role r ON r.id = g.role_id
WHERE a.state = 'active' AND r.ready
ORDER BY r.code, s.number LIMIT 40;
