package engine

import (
	"maps"
	"slices"
	"time"
)

// QueueView is a queue as pages show it.
type QueueView struct {
	ID        QueueID            `json:"id"`
	Waiting   int                `json:"waiting"`   // callbacks included
	CallBacks int                `json:"callbacks"` // of those who wait
	Offered   int                `json:"offered"`   // an agent's phone rings for them
	Talking   int                `json:"talking"`
	Longest   time.Duration      `json:"longest"` // of those who wait, since it came in
	Wait      time.Duration      `json:"wait"`    // expected by who comes now; negative: unknown
	Agents    map[AgentState]int `json:"agents"`  // who may serve it without overflow, by what they do
}

// ContactView is a contact as pages and the reconciler see it.
type ContactView struct {
	ID          ContactID     `json:"id"`
	Queue       QueueID       `json:"queue"`
	Home        QueueID       `json:"home"` // the queue where it came in, before overflow
	KeyAt       time.Time     `json:"key_at"`
	Entered     time.Time     `json:"entered"`
	Priority    int           `json:"priority"` // the whole, the queue's included
	Position    int           `json:"position"` // 1 is next; 0: it does not wait
	Wait        time.Duration `json:"wait"`     // expected; negative: unknown
	CallBack    bool          `json:"callback,omitempty"`
	Agent       AgentID       `json:"agent,omitzero"`
	Reservation Reservation   `json:"reservation,omitzero"`
	Accepted    bool          `json:"accepted,omitempty"`
}

// AgentView is an agent as pages and the reconciler see him.
type AgentView struct {
	ID        AgentID     `json:"id"`
	Number    string      `json:"number"`
	State     AgentState  `json:"state"`
	Reason    string      `json:"reason,omitempty"`
	Until     time.Time   `json:"until,omitzero"`
	IdleSince time.Time   `json:"idle_since"`
	Leaving   bool        `json:"leaving,omitempty"` // signs out once he is done
	After     AgentState  `json:"after,omitempty"`   // what he does once he is done, when it is not Ready: OnBreak
	Contacts  []ContactID `json:"contacts,omitempty"`
}

// View gives every queue, by id. It looks once at each contact, and once at each agent of each queue.
func (e *Engine) View(now time.Time) []QueueView {
	at := max(e.now, instantOf(now))
	out := make([]QueueView, 0, len(e.order))
	index := make(map[*queue]int, len(e.order))
	for _, q := range e.order {
		if q.gone {
			continue
		}
		v := QueueView{ID: q.ID, Wait: q.expect(q.waiting.len()+1, at), Agents: map[AgentState]int{}}
		if l := q.lines[lineKey{}]; l != nil {
			for _, a := range l.staff {
				v.Agents[a.shown.state]++
			}
		}
		index[q] = len(out)
		out = append(out, v)
	}
	for _, c := range e.contacts {
		i, ok := index[c.queue]
		if !ok {
			continue
		}
		v := &out[i]
		switch c.phase {
		case offered:
			v.Offered++
		case talking:
			v.Talking++
		case waiting:
			v.Waiting++
			v.Longest = max(v.Longest, at.since(c.entered))
			if c.callback {
				v.CallBacks++
			}
		}
	}
	return out
}

// Contact gives one contact; false when it is not known.
func (e *Engine) Contact(id ContactID) (ContactView, bool) {
	c := e.contacts[id]
	if c == nil {
		return ContactView{}, false
	}
	return e.viewContact(c), true
}

// Contacts gives all that are known, in no order, with their places: O(n log n).
func (e *Engine) Contacts() []ContactView {
	out := make([]ContactView, 0, len(e.contacts))
	for _, c := range e.contacts {
		out = append(out, e.viewContact(c))
	}
	return out
}

func (e *Engine) viewContact(c *contact) ContactView {
	v := ContactView{
		ID: c.ID, Queue: c.queue.ID, Home: c.home, KeyAt: c.KeyAt, Entered: c.entered.time(), Priority: int(-c.major), Wait: -1, CallBack: c.callback,
	}
	if c.phase == waiting {
		v.Position = c.queue.waiting.ahead(c) + 1
		v.Wait = c.queue.expect(v.Position, e.now)
		return v
	}
	v.Agent, v.Reservation, v.Accepted = c.agent.ID, c.reservation, c.phase == talking
	return v
}

// Agent gives one agent; false when he is not signed in and no contact is with him.
func (e *Engine) Agent(id AgentID) (AgentView, bool) {
	a := e.agents[id]
	if a == nil {
		return AgentView{}, false
	}
	return a.view(), true
}

// Agents gives all, by staff number.
func (e *Engine) Agents() []AgentView {
	all := e.byNumber()
	out := make([]AgentView, len(all))
	for i, a := range all {
		out[i] = a.view()
	}
	return out
}

func (e *Engine) byNumber() []*agent {
	return slices.SortedFunc(maps.Values(e.agents), byNumber)
}

func (a *agent) view() AgentView {
	v := AgentView{
		ID: a.ID, Number: a.Number, State: a.shown.state, Reason: a.shown.reason, Until: a.shown.until.time(),
		IdleSince: a.idle.time(), Leaving: a.leaving && a.signedIn,
	}
	if a.post != Ready && a.post != v.State {
		v.After = a.post
	}
	for _, c := range a.contacts {
		v.Contacts = append(v.Contacts, c.ID)
	}
	return v
}
