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
