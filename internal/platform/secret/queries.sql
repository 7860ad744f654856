-- name: NoteKey :exec
INSERT INTO secret.known_key (version, fingerprint, first_seen) VALUES (@version, @fingerprint, @now)
ON CONFLICT (version) DO NOTHING;

-- name: KnownKeys :many
SELECT version, fingerprint FROM secret.known_key ORDER BY version;

-- name: LockKnownKeys :many
-- Two operators forget one after the other.
SELECT version, fingerprint, first_seen FROM secret.known_key ORDER BY version FOR UPDATE;

-- name: ForgetKey :exec
DELETE FROM secret.known_key WHERE version = @version;
