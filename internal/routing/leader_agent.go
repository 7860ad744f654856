package routing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/ident"
	"yingda/internal/routing/engine"
)

// act is what is wanted of an agent's session.
type act string

const (
	actSignIn     act = "sign_in" // Session, TakeOver
	actSignOut    act = "sign_out"
	actReady      act = "ready"
	actBreak      act = "break" // Reason
	actWantWrapUp act = "want_wrap_up"
	actEndWrapUp  act = "end_wrap_up"
	actForceReady act = "force_ready"
	actForceBreak act = "force_break" // Reason
	actForceOut   act = "force_out"
	actSkills     act = "skills" // Session: what he can do and where he belongs now
	actSeen       act = "seen"   // his page lives
)

// command is what any process asks the leader to do with an agent.
type command struct {
	Act      act       `json:"act"`
	Staff    uuid.UUID `json:"staff"`
	Login    uuid.UUID `json:"login,omitzero"` // by which the agent himself asks; zero: a supervisor or the system
	Session  *Session  `json:"session,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	TakeOver bool      `json:"take_over,omitempty"`
}

// agentState is an agent as processes tell each other.
type agentState struct {
	AgentView
	Account uuid.UUID `json:"account"`
	Login   uuid.UUID `json:"login"`
}

// seat puts an agent where a session says, as he was under the leader before. Decisions have not begun.
func (l *leader) seat(ctx context.Context, s Session, was doing) {
	a := &agent{session: s, state: engine.SignedOut, since: s.Since, seen: l.s.cfg.Clock.Now(), reach: true}
	l.agents[s.Staff], l.desks[s.Phone] = a, s.Staff
	e := engine.Event{Kind: engine.SignIn, Agent: s.agent(), AgentID: s.Staff, State: s.Wanted, Reason: s.Reason}
	if was.Session == s.ID {
		switch was.State {
		case engine.WrappingUp, engine.NoAnswer:
			e.State, e.Until = was.State, was.Until
		case engine.Ready:
			e.Since = was.Since
		default:
		}
	}
	l.apply(ctx, e)
	if e.State != s.Wanted && s.Wanted == engine.OnBreak {
		l.apply(ctx, engine.Event{Kind: engine.TakeBreak, AgentID: s.Staff, Reason: s.Reason})
	}
}

// signIn tells the engine of an agent, with how his phone is: nobody is offered anything at a phone that cannot ring.
func (l *leader) signIn(ctx context.Context, a *agent, e engine.Event) {
	wanted := e.State
	reach := false
	for _, p := range l.phones[a.session.Phone] {
		reach = reach || p.Reachable && !p.Busy
	}
	if !reach && wanted == engine.Ready {
		e.State = engine.OnBreak
	}
	l.apply(ctx, e)
	a.reach, a.occupied = !l.reachable(a.session.Phone), false // whatever it was, it is told
	l.connect(ctx, a)
	if e.State != wanted {
		l.apply(ctx, engine.Event{Kind: engine.GetReady, AgentID: a.session.Staff})
	}
}

func (l *leader) reachable(phone string) bool {
	for _, p := range l.phones[phone] {
		if p.Reachable {
			return true
		}
	}
	return false
}

// command does what is wanted of an agent's session: it is stored first, then it happens, then it is acknowledged. One
// at a time. Errors: those of agents' work, [ErrNoLeader], those of the bus.
func (l *leader) command(ctx context.Context, c command) (agentState, error) {
	l.order.Lock()
	defer l.order.Unlock()
	if l.term.Err() != nil {
		return agentState{}, ErrNoLeader
	}
	old, ok := l.s.roster.get(c.Staff)
	switch {
	case c.Act == actSignIn:
		return l.commandSignIn(ctx, c, old, ok)
	case !ok:
		return agentState{}, ErrNotSignedIn
	case c.Login != uuid.Nil && c.Login != old.Login:
		return agentState{}, elsewhere(old)
	}
	next, event := old, engine.Event{AgentID: c.Staff, Reason: c.Reason}
	now := l.s.cfg.Clock.Now()
	switch c.Act {
	case actReady, actForceReady:
		event.Kind, next.Wanted, next.Reason, next.Since = engine.GetReady, engine.Ready, "", now
		if c.Act == actForceReady {
			event.Kind = engine.ForceReady
		}
	case actBreak, actForceBreak:
		if _, known := l.s.Tables().Break(c.Reason); !known {
			return agentState{}, ErrNoBreak
		}
		event.Kind, next.Wanted, next.Reason, next.Since = engine.TakeBreak, engine.OnBreak, c.Reason, now
		if c.Act == actForceBreak {
			event.Kind = engine.ForceBreak
		}
	case actSignOut, actForceOut:
		event.Kind, next.Wanted, next.Reason, next.Since = engine.SignOut, engine.SignedOut, "", now
	case actWantWrapUp:
		event.Kind = engine.WantWrapUp
	case actEndWrapUp:
		event.Kind = engine.EndWrapUp
	case actSkills:
		next.Skills, next.Places, next.Centre, next.Name = c.Session.Skills, c.Session.Places, c.Session.Centre, c.Session.Name
		event.Kind, event.Agent = engine.Change, next.agent()
	case actSeen:
	default:
		return agentState{}, fmt.Errorf("nobody knows the command %q", c.Act)
	}
	return l.carryOut(ctx, c, old, next, event)
}

// carryOut stores what changed of a session, and lets it happen.
func (l *leader) carryOut(ctx context.Context, c command, old, next Session, event engine.Event) (agentState, error) {
	if next.Wanted != old.Wanted || next.Reason != old.Reason || c.Act == actSkills {
		var err error
		if next, err = l.store(ctx, next); err != nil {
			return agentState{}, err
		}
	}
	var v agentState
	err := l.do(l.term, func() {
		a := l.agents[c.Staff]
		if a == nil {
			return
		}
		a.session, a.seen = next, l.s.cfg.Clock.Now()
		if c.Act == actWantWrapUp {
			a.wrapUp = true
		}
		if event.Kind != "" {
			l.apply(l.term, event)
		}
		l.tell(a)
		v = l.stateOf(a)
	})
	if v.Staff == uuid.Nil && err == nil {
		err = ErrNotSignedIn
	}
	return v, err
}

// elsewhere says where an agent is signed in.
func elsewhere(s Session) error {
	f := *ErrElsewhere
	f.Message = fmt.Sprintf("you have been signed in to the floor at phone %s since %s in another place", s.Phone, s.SignedIn.UTC().Format(time.RFC3339))
	return &f
}

func (l *leader) commandSignIn(ctx context.Context, c command, old Session, known bool) (agentState, error) {
	next := *c.Session
	now := l.s.cfg.Clock.Now()
	next.Since, next.SignedIn, next.ID = now, now, uuid.UUID(ident.New[struct{}]().UUID())
	if other, taken := l.s.roster.atPhone(next.Phone); taken && other.Staff != c.Staff {
		return agentState{}, ErrPhoneTaken
	}
	moved := false
	if known {
		if old.Login != c.Login && !c.TakeOver {
			return agentState{}, elsewhere(old)
		}
		next.ID, next.SignedIn, next.revision, moved = old.ID, old.SignedIn, old.revision, old.Phone != next.Phone
		if old.Wanted != engine.SignedOut { // what he was doing goes on
			next.Wanted, next.Reason, next.Since = old.Wanted, old.Reason, old.Since
		}
	}
	if moved {
		busy := false
		if err := l.do(l.term, func() { a := l.agents[c.Staff]; busy = a != nil && a.contact != uuid.Nil }); err != nil {
			return agentState{}, err
		}
		if busy {
			return agentState{}, ErrInContact
		}
	}
	if next.Wanted != engine.OnBreak {
		next.Wanted = engine.Ready
	} else if _, ok := l.s.Tables().Break(next.Reason); !ok {
		return agentState{}, ErrNoBreak
	}
	next, err := l.store(ctx, next)
	if err != nil {
		return agentState{}, err
	}
	var v agentState
	err = l.do(l.term, func() { v = l.signedIn(l.term, next, old, moved) })
	if err == nil && known && old.Login != next.Login {
		l.s.cfg.TellUser(old.Account.String(), AgentLive, v) // the first page sees that it is another's
	}
	return v, err
}

// signedIn lets a sign-in happen: of somebody new, or of somebody who is there in another place now.
func (l *leader) signedIn(ctx context.Context, next, old Session, moved bool) agentState {
	a := l.agents[next.Staff]
	if a == nil || a.state == engine.SignedOut {
		a = &agent{session: next, state: engine.SignedOut, since: next.Since}
		l.agents[next.Staff] = a
	}
	a.session, a.seen = next, l.s.cfg.Clock.Now()
	if moved && l.desks[old.Phone] == next.Staff {
		delete(l.desks, old.Phone)
	}
	l.desks[next.Phone] = next.Staff
	switch {
	case a.state == engine.SignedOut:
		l.signIn(ctx, a, engine.Event{Kind: engine.SignIn, Agent: next.agent(), AgentID: next.Staff, State: next.Wanted, Reason: next.Reason})
	default:
		l.apply(ctx, engine.Event{Kind: engine.Change, Agent: next.agent(), AgentID: next.Staff})
		if old.Wanted == engine.SignedOut {
			l.apply(ctx, engine.Event{Kind: engine.SignIn, Agent: next.agent(), AgentID: next.Staff, State: next.Wanted, Reason: next.Reason})
		}
		l.connect(ctx, a)
	}
	l.tell(a)
	return l.stateOf(a)
}

// store writes a session that still has the revision it came with. When another leader wrote it first, what it wrote is
// taken, and the command fails as busy.
func (l *leader) store(ctx context.Context, s Session) (Session, error) {
	var err error
	key := s.Staff.String()
	if s.revision == 0 {
		s.revision, err = l.s.agentsKV.Create(ctx, key, encode(s))
	} else {
		s.revision, err = l.s.agentsKV.Update(ctx, key, encode(s), s.revision)
	}
	if errors.Is(err, bus.ErrRevision) || errors.Is(err, bus.ErrKeyExists) {
		if e, failed := l.s.agentsKV.Get(ctx, key); failed == nil {
			var there Session
			if json.Unmarshal(e.Value, &there) == nil {
				there.revision = e.Revision
				l.s.roster.put(there)
			}
		}
		return s, ErrChangedMeanwhile
	}
	if err != nil {
		return s, fmt.Errorf("store a session of an agent: %w", err)
	}
	l.s.roster.put(s)
	return s, nil
}

// agentChanged notes what an agent does now, writes it down, and tells his page.
func (l *leader) agentChanged(ctx context.Context, now time.Time, f engine.Effect) {
	a := l.agents[f.Agent]
	if a == nil {
		return
	}
	wall := l.onClock(now)
	if a.state != f.State || a.reason != f.Reason || a.contact != f.Contact {
		a.since = wall
	}
	a.state, a.reason, a.contact, a.until = f.State, f.Reason, f.Contact, l.onClock(f.Until)
	switch f.State {
	case engine.Reserved, engine.Ringing, engine.Talking:
	case engine.WrappingUp:
		a.wrapUp = false
	default:
		a.card, a.wrapUp = nil, false
	}
	l.spans++
	queue := f.Queue
	if queue == uuid.Nil && a.card != nil {
		queue = a.card.Queue
	}
	l.s.record(interaction.Entry{Span: &interaction.AgentSpan{
		Agent: f.Agent, Session: a.session.ID, Seq: l.epoch<<32 | l.spans, State: string(f.State), Reason: f.Reason, At: wall,
		Contact: f.Contact, Queue: queue, Centre: a.session.Centre,
	}})
	l.tell(a)
	if f.State != engine.SignedOut {
		l.states.note(f.Agent, &doing{Session: a.session.ID, State: f.State, Since: a.since, Until: a.until})
		return
	}
	l.states.note(f.Agent, nil)
	delete(l.agents, f.Agent)
	if l.desks[a.session.Phone] == f.Agent {
		delete(l.desks, a.session.Phone)
	}
	select {
	case l.outs <- a.session.Staff:
	default: // a leader that begins finds that he wanted to leave, and nobody is offered anything meanwhile
		l.s.cfg.Logger.WarnContext(ctx, "a session of an agent is removed later")
	}
}

// signOuts removes sessions that are over.
func (l *leader) signOuts(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case staff := <-l.outs:
			l.order.Lock()
			l.signOut(ctx, staff)
			l.order.Unlock()
		}
	}
}

func (l *leader) signOut(ctx context.Context, staff uuid.UUID) {
	s, ok := l.s.roster.get(staff)
	if !ok || s.Wanted != engine.SignedOut {
		return // he came back meanwhile
	}
	if err := l.s.agentsKV.DeleteRevision(ctx, staff.String(), s.revision); err != nil {
		l.s.cfg.Logger.WarnContext(ctx, "a session of an agent is removed later", "error", err)
		return
	}
	l.s.roster.remove(staff)
}

// tell lets the agent's page know how he is.
func (l *leader) tell(a *agent) {
	l.s.cfg.TellUser(a.session.Account.String(), AgentLive, l.stateOf(a))
	l.told = true
}

func (l *leader) stateOf(a *agent) agentState {
	s := a.session
	v := agentState{AgentView: AgentView{
		Session: s.ID, Staff: s.Staff, Number: s.Number, Name: s.Name, Phone: s.Phone, Centre: s.Centre, State: a.state, Reason: a.reason, Since: a.since,
		Wanted: s.Wanted, WrapUp: a.wrapUp, SignedIn: s.SignedIn, Contact: a.card,
	}, Account: s.Account, Login: s.Login}
	if !a.until.IsZero() {
		v.Until = &a.until
	}
	if a.card != nil {
		card := *a.card
		v.Contact = &card
	}
	return v
}

// question is what any process asks the leader to tell.
type question struct {
	Staff  uuid.UUID `json:"staff,omitzero"` // one agent; zero: all
	Queues bool      `json:"queues,omitempty"`
}

// overview is the answer.
type overview struct {
	Epoch  uint64       `json:"epoch"`
	Leader string       `json:"leader"`
	Began  bool         `json:"began"`
	Agents []agentState `json:"agents"`
	Queues []queueState `json:"queues"`
}

// queueState is what happens in a queue now.
type queueState struct {
	ID       uuid.UUID `json:"id"`
	Waiting  int       `json:"waiting"`
	Offered  int       `json:"offered"`
	Talking  int       `json:"talking"`
	Oldest   time.Time `json:"oldest,omitzero"` // key press of who waits longest
	Agents   int       `json:"agents"`          // signed in who may serve it
	Ready    int       `json:"ready"`
	WrapUp   int       `json:"wrap_up"`
	OnBreak  int       `json:"on_break"`
	Occupied int       `json:"occupied"` // ringing, talking, elsewhere
}

// view gives what happens now.
func (l *leader) view(_ context.Context, q question) (overview, error) {
	v := overview{Epoch: l.epoch, Leader: l.s.cfg.Node}
	err := l.do(l.term, func() {
		v.Began = l.began
		if q.Staff != uuid.Nil {
			if a := l.agents[q.Staff]; a != nil {
				v.Agents = append(v.Agents, l.stateOf(a))
			}
			return
		}
		if q.Queues {
			v.Queues = l.queueStates()
			return
		}
		for _, a := range l.agents {
			v.Agents = append(v.Agents, l.stateOf(a))
		}
	})
	return v, err
}

func (l *leader) queueStates() []queueState {
	by := map[uuid.UUID]*queueState{}
	for id, q := range l.config.queues {
		s := &queueState{ID: id}
		by[id] = s
		for _, a := range l.agents {
			if q.servedBy(a.session) {
				s.count(a.state)
			}
		}
	}
	for _, c := range l.contacts {
		s := by[c.queue]
		switch {
		case s == nil:
		case c.accepted:
			s.Talking++
		default:
			if c.agent != uuid.Nil {
				s.Offered++
			}
			if s.Waiting++; s.Oldest.IsZero() || c.entry.KeyAt.Before(s.Oldest) {
				s.Oldest = c.entry.KeyAt
			}
		}
	}
	list := make([]queueState, 0, len(by))
	for _, id := range slices.SortedFunc(maps.Keys(by), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }) {
		list = append(list, *by[id])
	}
	return list
}

func (s *queueState) count(state engine.AgentState) {
	s.Agents++
	switch state {
	case engine.Ready:
		s.Ready++
	case engine.WrappingUp:
		s.WrapUp++
	case engine.OnBreak, engine.NoAnswer, engine.Unreachable:
		s.OnBreak++
	case engine.Reserved, engine.Ringing, engine.Talking, engine.Elsewhere:
		s.Occupied++
	case engine.SignedOut:
	}
}
