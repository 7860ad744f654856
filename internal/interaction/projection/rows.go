package projection

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/interaction/record"
)

// Rows go to the database as one JSON list per table: cheaper for few rows than fifty arrays, and one statement each.

// hexBytes writes bytes as PostgreSQL reads them from text.
type hexBytes []byte

// MarshalText implements encoding.TextMarshaler.
func (b hexBytes) MarshalText() ([]byte, error) {
	return append([]byte(`\x`), hex.EncodeToString(b)...), nil
}

// orNull gives null for the zero value.
func orNull[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}

// contactRow is a row of interaction.contact, by its columns.
type contactRow struct {
	ID         uuid.UUID      `json:"id"`
	Began      time.Time      `json:"began_at"`
	Channel    string         `json:"channel"`
	Direction  string         `json:"direction"`
	Centre     *uuid.UUID     `json:"centre_id"`
	Caller     string         `json:"caller"`
	Sealed     *hexBytes      `json:"caller_sealed"`
	MAC        *hexBytes      `json:"caller_mac"`
	Area       string         `json:"caller_area"`
	Called     string         `json:"called"`
	Trunk      *uuid.UUID     `json:"trunk_id"`
	Node       string         `json:"node"`
	Parent     *uuid.UUID     `json:"parent_id"`
	Simulated  bool           `json:"simulated"`
	Opened     bool           `json:"opened"`
	Flow       string         `json:"flow"`
	Queue      *uuid.UUID     `json:"queue_id"`
	LastQueue  *uuid.UUID     `json:"last_queue_id"`
	Answered   *time.Time     `json:"answered_at"`
	Key        *time.Time     `json:"key_at"`
	Enqueued   *time.Time     `json:"enqueued_at"`
	Offered    *time.Time     `json:"offered_at"`
	Ringing    *time.Time     `json:"ringing_at"`
	Accepted   *time.Time     `json:"accepted_at"`
	Announced  *time.Time     `json:"announced_at"`
	Talking    *time.Time     `json:"talking_at"`
	Ended      *time.Time     `json:"ended_at"`
	Wrapped    *time.Time     `json:"wrapped_at"`
	Last       time.Time      `json:"last_at"`
	QueuedMS   int64          `json:"queued_ms"`
	RingMS     int64          `json:"ring_ms"`
	TalkMS     int64          `json:"talk_ms"`
	HoldMS     int64          `json:"hold_ms"`
	WrapMS     int64          `json:"wrap_ms"`
	Offers     int            `json:"offers"`
	Holds      int            `json:"holds"`
	Transfers  int            `json:"transfers"`
	FirstAgent *uuid.UUID     `json:"first_agent_id"`
	Agent      *uuid.UUID     `json:"agent_id"`
	Outcome    record.Outcome `json:"outcome"`
	EndedBy    string         `json:"ended_by"`
	EndResult  string         `json:"end_result"`
	EndReason  string         `json:"end_reason"`
	SIP        int            `json:"sip"`
	Q850       int            `json:"q850"`
	Recordings int            `json:"recordings"`
	Disposed   *uuid.UUID     `json:"disposition_id"`
	Noted      bool           `json:"noted"`
	Hops       int            `json:"hop_count"`
}

func rowOf(s *state) contactRow {
	r := &s.rec
	row := contactRow{
		ID: s.id, Began: r.Began, Channel: r.Channel, Direction: r.Direction, Centre: orNull(r.Centre), Caller: s.caller.masked, Area: s.caller.area,
		Called: r.Called, Trunk: orNull(r.Trunk), Node: r.Node, Parent: orNull(r.Parent), Simulated: r.Simulated, Opened: r.Opened,
		Flow: r.Flow, Queue: orNull(r.Queue), LastQueue: orNull(r.LastQueue),
		Answered: orNull(r.AnsweredAt), Key: orNull(r.KeyAt), Enqueued: orNull(r.EnqueuedAt),
		Offered: orNull(r.OfferedAt), Ringing: orNull(r.RingingAt), Accepted: orNull(r.AcceptedAt),
		Announced: orNull(r.AnnouncedAt), Talking: orNull(r.TalkingAt), Ended: orNull(r.EndedAt),
		Wrapped: orNull(r.WrappedAt), Last: r.LastAt,
		QueuedMS: r.Queued.Milliseconds(), RingMS: r.Ring.Milliseconds(), TalkMS: r.Talk.Milliseconds(), HoldMS: r.Hold.Milliseconds(), WrapMS: r.Wrap.Milliseconds(),
		Offers: r.Offers, Holds: r.Holds, Transfers: r.Transfers, FirstAgent: orNull(r.FirstAgent), Agent: orNull(r.Agent),
		Outcome: r.Outcome, EndedBy: string(r.EndedBy), EndResult: r.EndResult, EndReason: r.Reason, SIP: r.SIP, Q850: r.Q850,
		Recordings: len(r.Recordings), Disposed: orNull(s.disposition), Noted: s.noted, Hops: r.Hops,
	}
	if s.caller.sealed != nil {
		row.Sealed, row.MAC = (*hexBytes)(&s.caller.sealed), (*hexBytes)(&s.caller.mac)
	}
	return row
}

type hopRow struct {
	Contact uuid.UUID           `json:"contact_id"`
	Began   time.Time           `json:"began_at"`
	At      time.Time           `json:"at"`
	Seq     int                 `json:"seq"`
	Digest  int64               `json:"digest"`
	Kind    interaction.HopKind `json:"kind"`
	Queue   *uuid.UUID          `json:"queue_id"`
	Agent   *uuid.UUID          `json:"agent_id"`
	Detail  *interaction.Detail `json:"detail"`
}

func hopRowOf(began time.Time, h *interaction.Hop) hopRow {
	row := hopRow{
		Contact: h.Contact, Began: began, At: h.At, Seq: h.Seq, Digest: record.Digest(h), Kind: h.Kind,
		Queue: orNull(h.Queue), Agent: orNull(h.Agent),
	}
	if h.Detail != (interaction.Detail{}) {
		row.Detail = &h.Detail
	}
	return row
}

type spanRow struct {
	Session uuid.UUID  `json:"session_id"`
	Seq     uint64     `json:"seq"`
	Began   time.Time  `json:"began_at"`
	Ended   *time.Time `json:"ended_at"`
	Agent   uuid.UUID  `json:"agent_id"`
	State   string     `json:"state"`
	Reason  string     `json:"reason"`
	Contact *uuid.UUID `json:"contact_id"`
	Queue   *uuid.UUID `json:"queue_id"`
	Centre  *uuid.UUID `json:"centre_id"`
}

// disposedRow is one code of a contact's set.
type disposedRow struct {
	Contact  uuid.UUID `json:"contact_id"`
	Began    time.Time `json:"began_at"`
	Place    int       `json:"place"`
	Code     uuid.UUID `json:"code_id"`
	By       uuid.UUID `json:"by_id"`
	At       time.Time `json:"at"`
	Revision int64     `json:"revision"`
}

type noteRow struct {
	Contact  uuid.UUID `json:"contact_id"`
	Began    time.Time `json:"began_at"`
	By       uuid.UUID `json:"by_id"`
	At       time.Time `json:"at"`
	Text     hexBytes  `json:"text"`
	Revision int64     `json:"revision"`
}

// kinRow asks for the contacts that belong to a new one.
type kinRow struct {
	Contact   uuid.UUID  `json:"contact_id"`
	Began     time.Time  `json:"began_at"`
	Parent    *uuid.UUID `json:"parent_id"`
	MACs      []hexBytes `json:"macs"`
	Simulated bool       `json:"simulated"`
}

// movedRow is a contact whose beginning is known better now.
type movedRow struct {
	Contact uuid.UUID `json:"contact_id"`
	From    time.Time `json:"from_at"`
	To      time.Time `json:"to_at"`
}

// rows are the lists that go to the database.
type rows struct {
	moved    []movedRow
	contacts []contactRow
	hops     []hopRow
	disposed []disposedRow // codes
	cleared  []movedRow    // contacts whose codes are replaced
	kin      []kinRow
}

func rowsOf(c *changes) rows {
	var r rows
	for _, id := range c.order {
		s := c.states[id]
		began := s.rec.Began
		if !s.began.IsZero() && !s.began.Equal(began) {
			r.moved = append(r.moved, movedRow{s.id, s.began, began})
		}
		r.contacts = append(r.contacts, rowOf(s))
		for i := range s.fresh {
			r.hops = append(r.hops, hopRowOf(began, &s.fresh[i]))
		}
		if d := s.dispositions; d != nil {
			r.cleared = append(r.cleared, movedRow{s.id, began, began})
			for place, code := range d.Codes {
				r.disposed = append(r.disposed, disposedRow{s.id, began, place, code, d.By, d.At, d.Revision})
			}
		}
		if s.justOpened && (len(s.caller.macs) > 0 || s.opening.Parent != uuid.Nil) {
			k := kinRow{Contact: s.id, Began: began, Parent: orNull(s.opening.Parent), MACs: []hexBytes{}, Simulated: s.opening.Simulated}
			for _, m := range s.caller.macs {
				k.MACs = append(k.MACs, m)
			}
			r.kin = append(r.kin, k)
		}
	}
	return r
}

// encode writes a list of rows.
func encode[T any](list []T) (string, error) {
	data, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errEncoding, err)
	}
	return string(data), nil
}
