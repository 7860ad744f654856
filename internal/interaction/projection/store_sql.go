package projection

const movePosition = `
UPDATE interaction.projection SET position = $1, message_id = $2, moved_at = $3 WHERE name = 'contact' AND position = $4`

// upsertContacts writes whole rows.
const upsertContacts = `
INSERT INTO interaction.contact AS c (
    id, began_at, channel, direction, centre_id, caller, caller_sealed, caller_mac, caller_area, called, trunk_id, node, parent_id, simulated,
    opened, flow, queue_id, last_queue_id, answered_at, key_at, enqueued_at, offered_at, ringing_at, accepted_at, announced_at, talking_at,
    ended_at, wrapped_at, last_at, queued_ms, ring_ms, talk_ms, hold_ms, wrap_ms, offers, holds, transfers, first_agent_id, agent_id, outcome,
    ended_by, end_result, end_reason, sip, q850, recordings, disposition_id, noted, hop_count)
SELECT
    id, began_at, channel, direction, centre_id, caller, caller_sealed, caller_mac, caller_area, called, trunk_id, node, parent_id, simulated,
    opened, flow, queue_id, last_queue_id, answered_at, key_at, enqueued_at, offered_at, ringing_at, accepted_at, announced_at, talking_at,
    ended_at, wrapped_at, last_at, queued_ms, ring_ms, talk_ms, hold_ms, wrap_ms, offers, holds, transfers, first_agent_id, agent_id, outcome,
    ended_by, end_result, end_reason, sip, q850, recordings, disposition_id, noted, hop_count
FROM json_to_recordset($1::json) AS r (
    id uuid, began_at timestamptz, channel text, direction text, centre_id uuid, caller text, caller_sealed bytea, caller_mac bytea,
    caller_area text, called text, trunk_id uuid, node text, parent_id uuid, simulated boolean, opened boolean, flow text, queue_id uuid,
    last_queue_id uuid, answered_at timestamptz, key_at timestamptz, enqueued_at timestamptz, offered_at timestamptz, ringing_at timestamptz,
    accepted_at timestamptz, announced_at timestamptz, talking_at timestamptz, ended_at timestamptz, wrapped_at timestamptz,
    last_at timestamptz, queued_ms bigint, ring_ms bigint, talk_ms bigint, hold_ms bigint, wrap_ms bigint, offers integer, holds integer,
    transfers integer, first_agent_id uuid, agent_id uuid, outcome text, ended_by text, end_result text, end_reason text, sip integer,
    q850 integer, recordings integer, disposition_id uuid, noted boolean, hop_count integer)
ON CONFLICT (began_at, id) DO UPDATE SET
    channel = excluded.channel, direction = excluded.direction, centre_id = excluded.centre_id, caller = excluded.caller,
    caller_sealed = excluded.caller_sealed, caller_mac = excluded.caller_mac, caller_area = excluded.caller_area, called = excluded.called,
    trunk_id = excluded.trunk_id, node = excluded.node, parent_id = excluded.parent_id, simulated = excluded.simulated, opened = excluded.opened,
    flow = excluded.flow, queue_id = excluded.queue_id, last_queue_id = excluded.last_queue_id, answered_at = excluded.answered_at,
    key_at = excluded.key_at, enqueued_at = excluded.enqueued_at, offered_at = excluded.offered_at, ringing_at = excluded.ringing_at,
    accepted_at = excluded.accepted_at, announced_at = excluded.announced_at, talking_at = excluded.talking_at, ended_at = excluded.ended_at,
    wrapped_at = excluded.wrapped_at, last_at = excluded.last_at, queued_ms = excluded.queued_ms, ring_ms = excluded.ring_ms,
    talk_ms = excluded.talk_ms, hold_ms = excluded.hold_ms, wrap_ms = excluded.wrap_ms, offers = excluded.offers, holds = excluded.holds,
    transfers = excluded.transfers, first_agent_id = excluded.first_agent_id, agent_id = excluded.agent_id, outcome = excluded.outcome,
    ended_by = excluded.ended_by, end_result = excluded.end_result, end_reason = excluded.end_reason, sip = excluded.sip, q850 = excluded.q850,
    recordings = excluded.recordings, disposition_id = excluded.disposition_id, noted = excluded.noted, hop_count = excluded.hop_count`

const insertHops = `
INSERT INTO interaction.hop (contact_id, began_at, at, seq, digest, kind, queue_id, agent_id, detail)
SELECT contact_id, began_at, at, seq, digest, kind, queue_id, agent_id, detail
FROM json_to_recordset($1::json) AS r (
    contact_id uuid, began_at timestamptz, at timestamptz, seq integer, digest bigint, kind text, queue_id uuid, agent_id uuid, detail jsonb)
ON CONFLICT DO NOTHING`

const clearDispositions = `
DELETE FROM interaction.contact_disposition d USING json_to_recordset($1::json) AS r (contact_id uuid, from_at timestamptz)
WHERE d.contact_id = r.contact_id AND d.began_at = r.from_at`

const insertDispositions = `
INSERT INTO interaction.contact_disposition (contact_id, began_at, place, code_id, by_id, at, revision)
SELECT contact_id, began_at, place, code_id, by_id, at, revision
FROM json_to_recordset($1::json) AS r (
    contact_id uuid, began_at timestamptz, place integer, code_id uuid, by_id uuid, at timestamptz, revision bigint)
ON CONFLICT DO NOTHING`

const upsertNotes = `
INSERT INTO interaction.contact_note AS n (contact_id, began_at, by_id, at, text, revision)
SELECT contact_id, began_at, by_id, at, text, revision
FROM json_to_recordset($1::json) AS r (contact_id uuid, began_at timestamptz, by_id uuid, at timestamptz, text bytea, revision bigint)
ON CONFLICT (contact_id, began_at, by_id) DO UPDATE SET at = excluded.at, text = excluded.text, revision = excluded.revision
WHERE n.revision < excluded.revision`

// relateCallers notes the newest twenty contacts of the same caller in the seven days before a contact.
const relateCallers = `
INSERT INTO interaction.related (contact_id, began_at, other_id, other_began_at, why)
SELECT r.contact_id, r.began_at, o.id, o.began_at, 'same_caller_7d'
FROM json_to_recordset($1::json) AS r (contact_id uuid, began_at timestamptz, macs bytea[], simulated boolean)
CROSS JOIN LATERAL (
    SELECT c.id, c.began_at FROM interaction.contact c
    WHERE c.caller_mac = ANY (r.macs) AND c.began_at >= r.began_at - interval '7 days' AND c.began_at <= r.began_at
      AND c.id <> r.contact_id AND c.simulated = r.simulated
    ORDER BY c.began_at DESC LIMIT 20
) o
ON CONFLICT DO NOTHING`

// relateParents notes the contact that a new one goes on from; a parent that is not stored (yet) is noted with the
// moment of its child.
const relateParents = `
INSERT INTO interaction.related (contact_id, began_at, other_id, other_began_at, why)
SELECT r.contact_id, r.began_at, r.parent_id, coalesce(c.began_at, r.began_at), 'parent'
FROM json_to_recordset($1::json) AS r (contact_id uuid, began_at timestamptz, parent_id uuid)
LEFT JOIN interaction.contact c ON c.id = r.parent_id AND c.began_at >= r.began_at - interval '7 days' AND c.began_at <= r.began_at
WHERE r.parent_id IS NOT NULL
ON CONFLICT DO NOTHING`

// The rows of a contact move to the month of its beginning when that becomes known after them.
const (
	moveContacts = `
UPDATE interaction.contact t SET began_at = r.to_at
FROM json_to_recordset($1::json) AS r (contact_id uuid, from_at timestamptz, to_at timestamptz)
WHERE t.id = r.contact_id AND t.began_at = r.from_at`
	moveHops = `
UPDATE interaction.hop t SET began_at = r.to_at
FROM json_to_recordset($1::json) AS r (contact_id uuid, from_at timestamptz, to_at timestamptz)
WHERE t.contact_id = r.contact_id AND t.began_at = r.from_at`
	moveDispositions = `
UPDATE interaction.contact_disposition t SET began_at = r.to_at
FROM json_to_recordset($1::json) AS r (contact_id uuid, from_at timestamptz, to_at timestamptz)
WHERE t.contact_id = r.contact_id AND t.began_at = r.from_at`
	moveNotes = `
UPDATE interaction.contact_note t SET began_at = r.to_at
FROM json_to_recordset($1::json) AS r (contact_id uuid, from_at timestamptz, to_at timestamptz)
WHERE t.contact_id = r.contact_id AND t.began_at = r.from_at`
	moveRelated = `
UPDATE interaction.related t SET began_at = r.to_at
FROM json_to_recordset($1::json) AS r (contact_id uuid, from_at timestamptz, to_at timestamptz)
WHERE t.contact_id = r.contact_id AND t.began_at = r.from_at`
)

// closeSpans ends what agents did until the first new span of their session.
const closeSpans = `
UPDATE interaction.agent_span s SET ended_at = greatest(s.began_at, r.began_at)
FROM json_to_recordset($1::json) AS r (session_id uuid, seq bigint, began_at timestamptz)
WHERE s.session_id = r.session_id AND s.ended_at IS NULL AND s.seq < r.seq`

const insertSpans = `
INSERT INTO interaction.agent_span (session_id, seq, began_at, ended_at, agent_id, state, reason, contact_id, queue_id, centre_id)
SELECT session_id, seq, began_at, ended_at, agent_id, state, reason, contact_id, queue_id, centre_id
FROM json_to_recordset($1::json) AS r (
    session_id uuid, seq bigint, began_at timestamptz, ended_at timestamptz, agent_id uuid, state text, reason text, contact_id uuid,
    queue_id uuid, centre_id uuid)
ON CONFLICT DO NOTHING`

// orderSpans sets the ends of whole sessions anew, for spans that came out of order.
const orderSpans = `
UPDATE interaction.agent_span s SET ended_at = n.ended_at
FROM (
    SELECT session_id, seq, began_at, 
        CASE WHEN state = 'signed_out' THEN began_at WHEN next IS NOT NULL THEN greatest(began_at, next) END AS ended_at
    FROM (
        SELECT session_id, seq, began_at, state, lead(began_at) OVER (PARTITION BY session_id ORDER BY seq) AS next
        FROM interaction.agent_span WHERE session_id = ANY ($1)
    ) s
) n
WHERE s.session_id = n.session_id AND s.seq = n.seq AND s.began_at = n.began_at AND s.ended_at IS DISTINCT FROM n.ended_at`

const insertUnprojected = `
INSERT INTO interaction.unprojected (id, position, place, entry, whole, cause, kept_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// openContacts are those of which nothing was heard for a while, the longest silent first.
const openContacts = `
SELECT id, node, began_at, last_at FROM interaction.contact WHERE outcome = 'open' AND last_at < $1 ORDER BY last_at LIMIT $2`
