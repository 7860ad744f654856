package interaction

import (
	"slices"
	"sync"

	"github.com/google/uuid"
)

// maxRecent is how many contacts of each generation are kept in memory; see [Recent].
const maxRecent = 20_000

// Recent is what the journal of this process was told lately of contacts and agents: enough to know whose contact it
// is, and to read a disposition or note back at once, also while the database is away. Two generations of at most
// 20,000 contacts; the older goes when the younger is full.
type Recent struct {
	mu         sync.Mutex
	young, old map[uuid.UUID]*recently
}

// recently is what is known of one contact.
type recently struct {
	agents      []uuid.UUID // who were connected with it
	disposition *Disposed
	note        map[uuid.UUID]*Noted // by whom
}

func newRecent() *Recent {
	return &Recent{young: map[uuid.UUID]*recently{}, old: map[uuid.UUID]*recently{}}
}

func (r *Recent) take(entries []Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range entries {
		switch e := &entries[i]; {
		case e.Hop != nil && serves(e.Hop):
			c := r.contact(e.Hop.Contact)
			c.met(e.Hop.Agent)
		case e.Disposition != nil:
			c := r.contact(e.Disposition.Contact)
			if c.disposition == nil || c.disposition.Revision < e.Disposition.Revision {
				c.disposition = e.Disposition
			}
		case e.Note != nil:
			c := r.contact(e.Note.Contact)
			if c.note == nil {
				c.note = map[uuid.UUID]*Noted{}
			}
			if n := c.note[e.Note.By]; n == nil || n.Revision < e.Note.Revision {
				c.note[e.Note.By] = e.Note
			}
		}
	}
}

// serves reports a hop by which an agent is known to serve the contact.
func serves(h *Hop) bool {
	return h.Agent != uuid.Nil && (h.Kind == Accepted || h.Kind == TalkBegan || h.Kind == WrapUpBegan)
}

// contact finds or makes the contact's entry among the young.
func (r *Recent) contact(id uuid.UUID) *recently {
	if c := r.young[id]; c != nil {
		return c
	}
	c := r.old[id]
	if c == nil {
		c = &recently{}
	}
	if len(r.young) >= maxRecent {
		r.old, r.young = r.young, map[uuid.UUID]*recently{}
	}
	r.young[id] = c
	return c
}

func (c *recently) met(agent uuid.UUID) {
	if !slices.Contains(c.agents, agent) {
		c.agents = append(c.agents, agent)
	}
}

// standing tells what this process was told of a contact: the revisions of its dispositions and of one agent's note, and
// whether that agent served it.
func (r *Recent) standing(contact, agent uuid.UUID) (known standing, served bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.find(contact)
	if c == nil {
		return standing{}, false
	}
	if c.disposition != nil {
		known.disposed = c.disposition.Revision
	}
	if n := c.note[agent]; n != nil {
		known.noted = n.Revision
	}
	return known, slices.Contains(c.agents, agent)
}

// said gives copies of what was said of a contact lately.
func (r *Recent) said(contact uuid.UUID) (d *Disposed, notes []Noted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.find(contact)
	if c == nil {
		return nil, nil
	}
	for _, n := range c.note {
		notes = append(notes, *n)
	}
	return c.disposition, notes
}

func (r *Recent) find(id uuid.UUID) *recently {
	if c := r.young[id]; c != nil {
		return c
	}
	return r.old[id]
}
