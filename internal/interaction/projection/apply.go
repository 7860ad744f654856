package projection

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/numbering"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/secret"
)

const (
	// purposeCaller seals callers' numbers; purposeCallerMAC keys the hashes that find them; purposeNote seals notes.
	purposeCaller    = interaction.PurposeCaller
	purposeCallerMAC = interaction.PurposeCallerMAC
	purposeNote      = interaction.PurposeNote
)

// changes are what a batch does to the records.
type changes struct {
	states map[uuid.UUID]*state
	order  []uuid.UUID // of first mention, so that two processes would lock rows alike
	known  map[uuid.UUID]time.Time
	spans  []interaction.AgentSpan
	notes  []interaction.Noted
	months map[time.Time]bool
}

// contacts names the contacts that the items are about.
func contacts(items []item) []uuid.UUID {
	var ids []uuid.UUID
	seen := map[uuid.UUID]bool{}
	for i := range items {
		if id := contactOf(&items[i].Entry); id != uuid.Nil && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

func contactOf(e *interaction.Entry) uuid.UUID {
	switch {
	case e.Open != nil:
		return e.Open.Contact
	case e.Hop != nil:
		return e.Hop.Contact
	case e.Disposition != nil:
		return e.Disposition.Contact
	case e.Note != nil:
		return e.Note.Contact
	}
	return uuid.Nil
}

// apply makes the changes of items, given the states of their contacts, which it changes.
func (p *Projector) apply(items []item, states map[uuid.UUID]*state) (*changes, error) {
	c := &changes{states: states, known: map[uuid.UUID]time.Time{}, months: map[time.Time]bool{}}
	for i := range items {
		if err := p.one(c, &items[i].Entry); err != nil {
			return nil, err
		}
	}
	for _, id := range c.order {
		s := c.states[id]
		s.compute(c.known[id])
		c.months[month(s.rec.Began)] = true
	}
	for _, s := range c.spans {
		c.months[month(s.At)] = true
	}
	return c, nil
}

func month(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// contact gives the state of a contact, made if it is new.
func (c *changes) contact(id uuid.UUID, at time.Time) *state {
	s := c.states[id]
	if s == nil {
		s = &state{id: id}
		c.states[id] = s
	}
	if _, ok := c.known[id]; !ok {
		c.known[id] = at
		c.order = append(c.order, id)
	}
	return s
}

func (p *Projector) one(c *changes, e *interaction.Entry) error {
	switch {
	case e.Open != nil:
		return p.opened(c.contact(e.Open.Contact, e.Open.Began), *e.Open)
	case e.Hop != nil:
		s := c.contact(e.Hop.Contact, e.Hop.At)
		s.hops = append(s.hops, *e.Hop)
		s.fresh = append(s.fresh, *e.Hop)
	case e.Span != nil:
		c.spans = append(c.spans, *e.Span)
	case e.Disposition != nil:
		s := c.contact(e.Disposition.Contact, e.Disposition.At)
		if e.Disposition.Revision > s.disposedAt {
			s.disposedAt, s.dispositions, s.disposition = e.Disposition.Revision, e.Disposition, uuid.Nil
			if len(e.Disposition.Codes) > 0 {
				s.disposition = e.Disposition.Codes[0]
			}
		}
	case e.Note != nil:
		s := c.contact(e.Note.Contact, e.Note.At)
		s.noted = s.noted || e.Note.Text != ""
		c.notes = append(c.notes, *e.Note)
	}
	return nil
}

// open takes a contact's opening in; the first counts.
func (p *Projector) opened(s *state, o interaction.Opening) error {
	if s.opening != nil {
		return nil
	}
	var err error
	if s.caller, err = p.callerOf(s.id, o.Caller, o.Began); err != nil {
		return err
	}
	o.Caller = "" // stands in s.caller, sealed
	s.opening, s.justOpened = &o, true
	return nil
}

// callerOf makes a number as it is stored: masked, sealed, hashed, with its home.
func (p *Projector) callerOf(id uuid.UUID, text string, at time.Time) (caller, error) {
	if text == "" {
		return caller{}, nil
	}
	normal, c := text, caller{masked: privacy.Mask(privacy.ClassPhone, text)}
	known := digits(text) >= leastDigits // "anonymous" is nobody's number
	if digits(text) == 0 {
		c.masked = ""
	}
	if n, err := numbering.ParsePhone(text, ""); err == nil {
		normal, c.masked, known = n.Plain(), n.Private().Masked(), true
		if p.cfg.Area != nil {
			c.area = p.cfg.Area(n, at)
		}
	}
	var err error
	if c.sealed, err = p.cfg.Ring.Seal(purposeCaller, interaction.CallerContext(id), []byte(text)); err != nil {
		return c, fmt.Errorf("seal a caller: %w", err)
	}
	if !known {
		return c, nil
	}
	if c.macs, err = p.cfg.Ring.MACs(purposeCallerMAC, []byte(normal)); err != nil {
		return c, fmt.Errorf("hash a caller: %w", err)
	}
	c.mac = c.macs[0]
	return c, nil
}

// leastDigits is how many digits make a number by which contacts are found, when it is none of the numbering plan.
const leastDigits = 5

func digits(text string) (n int) {
	for _, r := range text {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// sealNotes makes the rows of notes: of each contact and author the newest.
func sealNotes(ring *secret.Ring, c *changes) ([]noteRow, error) {
	type key struct{ contact, by uuid.UUID }
	newest := map[key]interaction.Noted{}
	for _, n := range c.notes {
		k := key{n.Contact, n.By}
		if there, ok := newest[k]; !ok || n.Revision > there.Revision {
			newest[k] = n
		}
	}
	rows := make([]noteRow, 0, len(newest))
	for k, n := range newest {
		text, err := ring.Seal(purposeNote, interaction.NoteContext(k.contact, k.by), []byte(n.Text))
		if err != nil {
			return nil, fmt.Errorf("seal a note: %w", err)
		}
		rows = append(rows, noteRow{n.Contact, c.states[n.Contact].rec.Began, n.By, n.At, hexBytes(text), n.Revision})
	}
	slices.SortFunc(rows, func(a, b noteRow) int {
		return cmp.Or(slices.Compare(a.Contact[:], b.Contact[:]), slices.Compare(a.By[:], b.By[:]))
	})
	return rows, nil
}
