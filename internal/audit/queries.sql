-- name: InsertEntries :exec
-- One statement for the entries and for the note that they are to be sealed.
WITH fresh AS (
    INSERT INTO audit.entry (id, at, actor_kind, actor_account, actor_session, actor_staff, actor_number, actor_name, actor_address,
        action, object_kind, object_id, object_label, centre, province, city, reason, changes, request_id)
    SELECT e.id, @now::timestamptz, @actor_kind::text, sqlc.narg(actor_account)::uuid, sqlc.narg(actor_session)::uuid, sqlc.narg(actor_staff)::uuid,
        @actor_number::text, @actor_name::text, @actor_address::text, e.action, e.object_kind, e.object_id, e.object_label,
        nullif(e.centre, '00000000-0000-0000-0000-000000000000'), e.province, e.city, e.reason, e.changes::json, @request_id::text
    FROM (
        SELECT unnest(@ids::uuid[]) AS id, unnest(@actions::text[]) AS action, unnest(@object_kinds::text[]) AS object_kind,
            unnest(@object_ids::text[]) AS object_id, unnest(@object_labels::text[]) AS object_label, unnest(@centres::uuid[]) AS centre,
            unnest(@provinces::text[]) AS province, unnest(@cities::text[]) AS city, unnest(@reasons::text[]) AS reason,
            unnest(@changes::text[]) AS changes
    ) e
    RETURNING id
)
INSERT INTO audit.pending (entry_id) SELECT id FROM fresh;

-- name: TryLock :one
-- One process seals at a time; the lock ends with the transaction.
SELECT pg_try_advisory_xact_lock(@class::int, @name::int);

-- name: Lock :exec
SELECT pg_advisory_xact_lock(@class::int, @name::int);

-- name: NewestKey :one
SELECT id, public_key, private_sealed, made_at FROM audit.key ORDER BY made_at DESC, id LIMIT 1;

-- name: Keys :many
SELECT id, public_key, made_at FROM audit.key ORDER BY made_at, id;

-- name: InsertKey :exec
INSERT INTO audit.key (id, public_key, private_sealed, key_version, made_at) VALUES (@id, @public_key, @private_sealed, @key_version, @now);

-- name: KeysNotActive :many
SELECT id, private_sealed FROM audit.key WHERE key_version <> @active AND id > @after_id ORDER BY id LIMIT @row_limit;

-- name: RewrapKey :exec
UPDATE audit.key SET private_sealed = @private_sealed, key_version = @key_version WHERE id = @id;

-- name: LastBatch :one
SELECT number, made_at, size, previous, head, key_id, signature FROM audit.batch ORDER BY number DESC LIMIT 1;

-- name: BatchBefore :one
-- The last batch made before a time.
SELECT number, made_at, size, previous, head, key_id, signature FROM audit.batch WHERE made_at < @before ORDER BY number DESC LIMIT 1;

-- name: InsertBatch :exec
INSERT INTO audit.batch (number, made_at, size, entries, previous, head, key_id, signature)
VALUES (@number, @made_at, @size, @entries, @previous, @head, @key_id, @signature);

-- name: OldestPending :one
-- Since when the oldest entry waits; its id begins with its time.
SELECT entry_id FROM audit.pending ORDER BY entry_id LIMIT 1;

-- name: StillPending :many
SELECT entry_id FROM audit.pending ORDER BY entry_id;

-- name: State :one
SELECT mailed_on, verified_at, verified_number, verified_entries, verified_wrong, verified_text FROM audit.state;

-- name: MailedOn :execrows
UPDATE audit.state SET mailed_on = @day WHERE mailed_on < @day;

-- name: Verified :exec
UPDATE audit.state SET verified_at = @now, verified_number = @number, verified_entries = @entries, verified_wrong = @wrong, verified_text = @text;

-- name: Entry :one
SELECT e.id, e.at, e.actor_kind, e.actor_account, e.actor_number, e.actor_name, e.actor_address, e.action, e.object_kind, e.object_id,
    e.object_label, e.centre, e.province, e.city, e.reason, e.changes::text AS changes, e.request_id,
    EXISTS (SELECT 1 FROM audit.pending p WHERE p.entry_id = e.id) AS pending
FROM audit.entry e WHERE e.id = @id;
