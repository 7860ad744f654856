package projection

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
)

// signedOut is the state that ends a session: it has no length (engine.SignedOut).
const signedOut = "signed_out"

// maxSessions bounds the memory of sessions; when there are more, all are forgotten, and each costs one more query.
const maxSessions = 50_000

// spanChanges are what spans do to the table.
type spanChanges struct {
	firsts   []spanRow // of each session: end what is open before it
	rows     []spanRow
	disorder []uuid.UUID // sessions whose ends are set anew
}

// spansOf puts spans in order. known has the highest number of each session that is stored; a session that is not there
// may have any.
func spansOf(spans []interaction.AgentSpan, known map[uuid.UUID]uint64) spanChanges {
	list := slices.Clone(spans)
	slices.SortStableFunc(list, func(a, b interaction.AgentSpan) int {
		return cmp.Or(slices.Compare(a.Session[:], b.Session[:]), cmp.Compare(a.Seq, b.Seq), a.At.Compare(b.At))
	})
	list = slices.CompactFunc(list, func(a, b interaction.AgentSpan) bool { return a.Session == b.Session && a.Seq == b.Seq })
	var c spanChanges
	for i := range list {
		s := &list[i]
		row := spanRow{
			Session: s.Session, Seq: s.Seq, Began: s.At, Agent: s.Agent, State: s.State, Reason: s.Reason,
			Contact: orNull(s.Contact), Queue: orNull(s.Queue), Centre: orNull(s.Centre),
		}
		switch {
		case s.State == signedOut:
			row.Ended = &s.At
		case i+1 < len(list) && list[i+1].Session == s.Session:
			row.Ended = new(later(s.At, list[i+1].At))
		}
		c.rows = append(c.rows, row)
		if i > 0 && list[i-1].Session == s.Session {
			continue
		}
		if highest, ok := known[s.Session]; !ok || highest >= s.Seq {
			c.disorder = append(c.disorder, s.Session)
		} else {
			c.firsts = append(c.firsts, row)
		}
	}
	return c
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (p *Projector) writeSpans(q *queue, spans []interaction.AgentSpan) {
	c := spansOf(spans, p.sessions)
	add(q, closeSpans, c.firsts)
	add(q, insertSpans, c.rows)
	if len(c.disorder) > 0 {
		q.b.Queue(orderSpans, c.disorder)
	}
}

// sawSpans remembers the highest number of each session, once they are stored.
func (p *Projector) sawSpans(spans []interaction.AgentSpan) {
	if len(p.sessions) > maxSessions {
		clear(p.sessions)
	}
	for i := range spans {
		s := &spans[i]
		p.sessions[s.Session] = max(p.sessions[s.Session], s.Seq)
	}
}
