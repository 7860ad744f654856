-- name: ListContacts :many
-- The newest first, behind a position. Zero ids and empty texts do not filter.
SELECT c.id, c.began_at, c.channel, c.direction, c.centre_id, c.caller, c.caller_area, c.called, c.node, c.simulated, c.queue_id, c.last_queue_id,
       c.enqueued_at, c.talking_at, c.ended_at, c.queued_ms, c.ring_ms, c.talk_ms, c.hold_ms, c.wrap_ms, c.offers, c.transfers, c.agent_id,
       c.first_agent_id, c.outcome, c.ended_by, c.end_reason, c.recordings, c.noted, c.hop_count,
       coalesce(a.number, '')::text AS agent_number, coalesce(a.name, '')::text AS agent_name,
       coalesce(d.code, '')::text AS disposition_code, coalesce(d.path, '')::text AS disposition, coalesce(d.path_en, '')::text AS disposition_en
FROM interaction.contact c
LEFT JOIN organization.staff a ON a.id = c.agent_id
LEFT JOIN interaction.disposition_code d ON d.id = c.disposition_id
WHERE (@national::boolean OR c.centre_id = ANY (@centres::uuid[]))
  AND c.began_at >= @since::timestamptz AND c.began_at < @until::timestamptz
  AND (c.began_at, c.id) < (@before_at::timestamptz, @before_id::uuid)
  AND (@simulated::boolean OR NOT c.simulated)
  AND (NOT @by_caller::boolean OR c.caller_mac = ANY (@macs::bytea[]))
  AND (@queue::uuid = '00000000-0000-0000-0000-000000000000' OR c.last_queue_id = @queue OR c.queue_id = @queue)
  AND (@agent::uuid = '00000000-0000-0000-0000-000000000000' OR c.agent_id = @agent OR c.first_agent_id = @agent)
  AND (@agent_number::text = '' OR a.number = @agent_number)
  AND (@outcome::text = '' OR c.outcome = @outcome)
  AND (NOT @by_disposition::boolean OR EXISTS (
        SELECT 1 FROM interaction.contact_disposition cd JOIN interaction.disposition_code dc ON dc.id = cd.code_id
        WHERE cd.contact_id = c.id AND cd.began_at = c.began_at AND (dc.code = @disposition::text OR dc.code LIKE @disposition_below::text)))
  AND (@least_ms::bigint = 0 OR c.talk_ms >= @least_ms)
  AND (@most_ms::bigint = 0 OR c.talk_ms <= @most_ms)
ORDER BY c.began_at DESC, c.id DESC LIMIT @row_limit::integer;

-- name: GetContact :one
-- Of a centre in scope, or (with staff) of somebody who served it.
SELECT sqlc.embed(c), coalesce(a.number, '')::text AS agent_number, coalesce(a.name, '')::text AS agent_name,
       coalesce(f.number, '')::text AS first_number, coalesce(f.name, '')::text AS first_name
FROM interaction.contact c
LEFT JOIN organization.staff a ON a.id = c.agent_id
LEFT JOIN organization.staff f ON f.id = c.first_agent_id
WHERE c.id = @id
  AND (@national::boolean OR c.centre_id = ANY (@centres::uuid[]) OR (
        @staff::uuid <> '00000000-0000-0000-0000-000000000000'
        AND EXISTS (SELECT 1 FROM interaction.hop h WHERE h.contact_id = c.id AND h.began_at = c.began_at AND h.agent_id = @staff AND h.kind IN ('accepted', 'talking', 'wrap_up_began'))));

-- name: ContactHops :many
SELECT h.at, h.seq, h.kind, h.queue_id, h.agent_id, h.detail, coalesce(a.number, '')::text AS agent_number, coalesce(a.name, '')::text AS agent_name
FROM interaction.hop h LEFT JOIN organization.staff a ON a.id = h.agent_id
WHERE h.contact_id = @contact AND h.began_at = @began_at
ORDER BY h.at, h.seq;

-- name: ContactDispositions :many
SELECT cd.place, cd.code_id, cd.by_id, cd.at, cd.revision, coalesce(d.code, '')::text AS code, coalesce(d.name, '')::text AS name,
       coalesce(d.name_en, '')::text AS name_en, coalesce(d.path, '')::text AS path, coalesce(d.path_en, '')::text AS path_en,
       coalesce(a.number, '')::text AS number, coalesce(a.name, '')::text AS agent_name
FROM interaction.contact_disposition cd
LEFT JOIN interaction.disposition_code d ON d.id = cd.code_id
LEFT JOIN organization.staff a ON a.id = cd.by_id
WHERE cd.contact_id = @contact AND cd.began_at = @began_at
ORDER BY cd.place;

-- name: ContactNotes :many
SELECT n.by_id, n.at, n.text, n.revision, coalesce(a.number, '')::text AS number, coalesce(a.name, '')::text AS agent_name
FROM interaction.contact_note n LEFT JOIN organization.staff a ON a.id = n.by_id
WHERE n.contact_id = @contact AND n.began_at = @began_at
ORDER BY n.at;

-- name: RelatedContacts :many
-- Those before and those after, of centres in scope.
SELECT r.why, c.id, c.began_at, c.outcome, c.simulated, c.last_queue_id, c.agent_id, c.first_agent_id,
       coalesce(a.number, '')::text AS agent_number, coalesce(a.name, '')::text AS agent_name,
       coalesce(f.number, '')::text AS first_number, coalesce(f.name, '')::text AS first_name,
       coalesce(d.path, '')::text AS disposition, coalesce(d.path_en, '')::text AS disposition_en
FROM (
    SELECT x.other_id AS id, x.why FROM interaction.related x WHERE x.contact_id = @contact AND x.began_at = @began_at
    UNION SELECT y.contact_id, y.why FROM interaction.related y WHERE y.other_id = @contact
) r
JOIN interaction.contact c ON c.id = r.id
LEFT JOIN organization.staff a ON a.id = c.agent_id
LEFT JOIN organization.staff f ON f.id = c.first_agent_id
LEFT JOIN interaction.disposition_code d ON d.id = c.disposition_id
WHERE @national::boolean OR c.centre_id = ANY (@centres::uuid[]) OR @all_places::boolean
ORDER BY c.began_at DESC, c.id, r.why LIMIT 60;

-- name: ContactRevisions :one
-- The revisions of what was said after a contact: of its dispositions, and of one agent's note.
SELECT c.began_at, c.centre_id,
       coalesce((SELECT max(d.revision) FROM interaction.contact_disposition d WHERE d.contact_id = c.id AND d.began_at = c.began_at), 0)::bigint AS disposed,
       coalesce((SELECT n.revision FROM interaction.contact_note n WHERE n.contact_id = c.id AND n.began_at = c.began_at AND n.by_id = @staff), 0)::bigint AS noted,
       EXISTS (SELECT 1 FROM interaction.hop h WHERE h.contact_id = c.id AND h.began_at = c.began_at AND h.agent_id = @staff AND h.kind IN ('accepted', 'talking', 'wrap_up_began')) AS served
FROM interaction.contact c WHERE c.id = @id;

-- name: SealedUnder :many
-- Callers that are not sealed under the active key; the scan of whole months is rare.
SELECT c.id, c.began_at, c.caller_sealed FROM interaction.contact c
WHERE c.caller_sealed IS NOT NULL AND substring(c.caller_sealed FROM 2 FOR 4) <> @active::bytea AND (c.began_at, c.id) > (@after_at::timestamptz, @after_id::uuid)
ORDER BY c.began_at, c.id LIMIT 500;

-- name: RewrapCaller :execrows
UPDATE interaction.contact SET caller_sealed = @rewrapped WHERE id = @id AND began_at = @began_at AND caller_sealed = @sealed;

-- name: NotesSealedUnder :many
SELECT n.contact_id, n.began_at, n.by_id, n.text FROM interaction.contact_note n
WHERE substring(n.text FROM 2 FOR 4) <> @active::bytea AND (n.began_at, n.contact_id, n.by_id) > (@after_at::timestamptz, @after_id::uuid, @after_by::uuid)
ORDER BY n.began_at, n.contact_id, n.by_id LIMIT 500;

-- name: RewrapNote :execrows
UPDATE interaction.contact_note SET text = @rewrapped WHERE contact_id = @contact AND began_at = @began_at AND by_id = @by_id AND text = @sealed;

-- name: LayersOfReasons :many
-- What each centre contributes to the tree of dispositions: its newest version.
SELECT DISTINCT ON (l.centre_id) l.centre_id, l.content FROM setting.code_layer l
WHERE l.tree = @tree AND l.active_from <= @now ORDER BY l.centre_id, l.version DESC;

-- name: UpsertDispositionCode :exec
INSERT INTO interaction.disposition_code AS d (id, code, parent_id, name, name_en, path, path_en, pinyin, initials, depth, position, retired)
VALUES (@id, @code, @parent_id, @name, @name_en, @path, @path_en, @pinyin, @initials, @depth, @position, @retired)
ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name, name_en = excluded.name_en, path = excluded.path,
    path_en = excluded.path_en, pinyin = excluded.pinyin, initials = excluded.initials, depth = excluded.depth, position = excluded.position, retired = excluded.retired
WHERE (d.parent_id, d.name, d.name_en, d.path, d.path_en, d.depth, d.position, d.retired)
   IS DISTINCT FROM (excluded.parent_id, excluded.name, excluded.name_en, excluded.path, excluded.path_en, excluded.depth, excluded.position, excluded.retired);

-- name: MakeMonth :exec
SELECT interaction.make_month(@month::timestamptz);

-- name: DropMonths :one
SELECT interaction.drop_months(@before::timestamptz)::integer;
