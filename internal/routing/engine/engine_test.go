package engine_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/lifecycle/lifecycletest"
	. "yingda/internal/routing/engine"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var start = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// id gives the nth id of a kind of thing; ids rise with n.
func id(kind byte, n int) uuid.UUID {
	var out uuid.UUID
	out[0] = kind
	binary.BigEndian.PutUint32(out[12:], uint32(n))
	return out
}

func agent(n int) AgentID     { return id('a', n) }
func contact(n int) ContactID { return id('c', n) }
func queue(n int) QueueID     { return id('q', n) }
func skill(n int) SkillID     { return id('s', n) }

// hall is an engine with a clock and what it did, for tests that tell a story.
type hall struct {
	t    *testing.T
	e    *Engine
	now  time.Time
	did  []Effect // by the last event
	last map[ContactID]Reservation
	with map[ContactID]AgentID
}

// open makes a hall with the queues given, which decides at once.
func open(t *testing.T, queues ...Queue) *hall {
	h := &hall{t: t, e: New(Options{Now: start}), now: start, last: map[ContactID]Reservation{}, with: map[ContactID]AgentID{}}
	h.tell(Event{Kind: Configure, Queues: queues})
	h.tell(Event{Kind: Begin})
	return h
}

func (h *hall) tell(ev Event) []Effect {
	h.t.Helper()
	h.did = h.e.Apply(h.now, ev, nil)
	for _, f := range h.did {
		if f.Kind == Offer {
			h.last[f.Contact], h.with[f.Contact] = f.Reservation, f.Agent
		}
	}
	require.Empty(h.t, h.e.Check(h.now))
	return h.did
}

// after lets time pass and gives what it did.
func (h *hall) after(d time.Duration) []Effect {
	h.t.Helper()
	h.now = h.now.Add(d)
	return h.tell(Event{Kind: Tick})
}

func (h *hall) signIn(n int, skills ...int) []Effect {
	h.t.Helper()
	a := Agent{ID: agent(n), Number: string(rune('0' + n)), Skills: map[SkillID]int{}}
	for _, s := range skills {
		a.Skills[skill(s)] = 5
	}
	return h.tell(Event{Kind: SignIn, Agent: &a, State: Ready})
}

func (h *hall) call(n, q int) []Effect {
	h.t.Helper()
	return h.tell(Event{Kind: Enqueue, Contact: &Contact{ID: contact(n), Queue: queue(q), KeyAt: h.now}})
}

func (h *hall) say(kind Kind, n int) []Effect {
	h.t.Helper()
	return h.tell(Event{Kind: kind, ContactID: contact(n), Reservation: h.last[contact(n)]})
}

func (h *hall) decline(n int, why DeclineReason) []Effect {
	h.t.Helper()
	return h.tell(Event{Kind: Decline, ContactID: contact(n), Reservation: h.last[contact(n)], Why: why})
}

func (h *hall) agent(kind Kind, n int) []Effect {
	h.t.Helper()
	return h.tell(Event{Kind: kind, AgentID: agent(n)})
}

// offers gives which contacts the last event had offered to whom.
func (h *hall) offers() map[ContactID]AgentID {
	out := map[ContactID]AgentID{}
	for _, f := range h.did {
		if f.Kind == Offer {
			out[f.Contact] = f.Agent
		}
	}
	return out
}

// has says that the last event did this, as far as it is given.
func (h *hall) has(want Effect) {
	h.t.Helper()
	for _, f := range h.did {
		if f.Kind == want.Kind && f.Contact == want.Contact && (want.Agent == AgentID{} || f.Agent == want.Agent) &&
			(want.Reason == "" || f.Reason == want.Reason) && (want.State == "" || f.State == want.State) &&
			(want.Position == 0 || f.Position == want.Position) {
			return
		}
	}
	require.Failf(h.t, "missing", "%+v in %+v", want, h.did)
}

func (h *hall) state(n int, want AgentState) {
	h.t.Helper()
	v, ok := h.e.Agent(agent(n))
	if !ok {
		require.Equal(h.t, want, SignedOut)
		return
	}
	require.Equal(h.t, want, v.State)
}

func TestTheFirstCallerGetsTheLongestIdleAgent(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)})
	h.signIn(2)
	h.after(time.Second)
	h.signIn(1)
	h.call(1, 1)
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(2)}, h.offers())
	h.has(Effect{Kind: Placed, Contact: contact(1), Position: 1})
	h.state(2, Reserved)
	h.say(Rings, 1)
	h.state(2, Ringing)
	h.say(Accept, 1)
	h.has(Effect{Kind: Served, Contact: contact(1), Agent: agent(2)})
	h.state(2, Talking)
	h.call(2, 1)
	require.Equal(t, map[ContactID]AgentID{contact(2): agent(1)}, h.offers())
	h.call(3, 1)
	require.Empty(t, h.offers())
	h.say(Leave, 1)
	require.Equal(t, map[ContactID]AgentID{contact(3): agent(2)}, h.offers())
}

func TestWhoDoesNotAnswerIsOutAndTheNextIsRung(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), RingFor: 10 * time.Second})
	h.signIn(1)
	h.signIn(2)
	h.call(1, 1)
	h.after(10 * time.Second)
	h.has(Effect{Kind: Withdraw, Contact: contact(1), Agent: agent(1), Reason: WhyNotAnswered})
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(2)}, h.offers())
	h.state(1, NoAnswer)
	h.agent(GetReady, 1)
	h.state(1, Ready)
}
