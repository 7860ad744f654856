-- name: NoteKey :exec
INSERT INTO secret.known_key (version, fingerprint, first_seen) VALUES (@version, @fingerprint, @now)
ON CONFLICT (version) DO NOTHING;

-- name: KnownKeys :many
SELECT version, fingerprint FROM secret.known_key ORDER BY version;
