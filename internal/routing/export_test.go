package routing

import (
	"context"

	"github.com/google/uuid"

	"yingda/internal/routing/engine"
)

// TablesOf makes tables without a database.
func TablesOf(queues []Queue, breaks []Break) *Tables {
	t := newTables(queues, breaks)
	t.Loaded = true
	return t
}

// SignInAs signs an agent in without an account.
func (s *Service) SignInAs(ctx context.Context, a Session, takeOver bool) (AgentView, error) {
	v, err := s.command(ctx, command{Act: actSignIn, Staff: a.Staff, Login: a.Login, Session: &a, TakeOver: takeOver})
	return v.AgentView, err
}

// Act does something with an agent's session.
func (s *Service) Act(ctx context.Context, what string, staff uuid.UUID, reason string) (AgentView, error) {
	v, err := s.command(ctx, command{Act: act(what), Staff: staff, Reason: reason})
	return v.AgentView, err
}

// Epoch tells in which epoch this process leads and decides; 0: it does not.
func (s *Service) Epoch() uint64 {
	l := s.leading.Load()
	if l == nil {
		return 0
	}
	began := false
	if l.do(l.term, func() { began = l.began }) != nil || !began {
		return 0
	}
	return l.epoch
}

// AgentState asks the leader of this process.
func (s *Service) AgentState(staff uuid.UUID) engine.AgentState {
	v, err := s.ask(context.Background(), question{Staff: staff})
	if err != nil || len(v.Agents) == 0 {
		return ""
	}
	return v.Agents[0].State
}

// Violate makes the leader of this process forget what it knows of a contact, as a defect might.
func (s *Service) Violate(contact uuid.UUID) {
	l := s.leading.Load()
	_ = l.do(l.term, func() {
		l.apply(l.term, engine.Event{Kind: engine.Leave, ContactID: contact})
		l.forget(contact, true)
	})
}

// Waiting counts who waits in a queue.
func (s *Service) Waiting(ctx context.Context, code string) (int, error) {
	v, err := s.ask(ctx, question{Queues: true})
	if err != nil {
		return 0, err
	}
	q, _ := s.QueueByCode(code)
	for _, one := range v.Queues {
		if one.ID == q.ID.UUID() {
			return one.Waiting, nil
		}
	}
	return 0, nil
}

// StoredPlaces counts the places in line that are on disk.
func (s *Service) StoredPlaces(ctx context.Context) int {
	list, err := s.places.List(ctx, ">")
	if err != nil {
		return -1
	}
	return len(list)
}

// Speak has the client hear an order of an epoch.
func (c *Client) Speak(epoch uint64, o Order) {
	c.receive(down{Epoch: epoch, Instance: c.instance, First: 1, Orders: []order{{Order: o}}})
}

// Hello has the leader hear an empty declaration of a node.
func (s *Service) Hello(node string, instance uint64) {
	l := s.leading.Load()
	s.hand(up{Node: node, Instance: instance, Epoch: l.epoch, Base: 1, Truth: &truth{Part: 0, Parts: 1}})
}

// Say has the leader hear that contacts from one to another are enqueued, by their sequences.
func (s *Service) Say(node string, instance uint64, ids []uuid.UUID, from, to int) {
	l := s.leading.Load()
	u := up{Node: node, Instance: instance, Epoch: l.epoch, Base: 1, First: uint64(from) + 1}
	for _, id := range ids[from : to+1] {
		u.Items = append(u.Items, item{Enqueue: &Entry{Contact: id, Channel: engine.Voice, Queue: "hotline"}})
	}
	s.hand(u)
}

// Bye has the leader hear that a node stops.
func (s *Service) Bye(node string, instance uint64) {
	l := s.leading.Load()
	s.hand(up{Node: node, Instance: instance, Epoch: l.epoch, Bye: true})
}

// Explained gives the decisions on a contact.
func (s *Service) Explained(ctx context.Context, contact uuid.UUID) ([]engine.Decision, error) {
	return explain(ctx, s.journal, contact)
}

// Care brings sessions up to date, as the caretaker does.
func (s *Service) Care(ctx context.Context) { s.care(ctx, s.leading.Load()) }
