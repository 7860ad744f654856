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
