package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	. "yingda/internal/routing/engine"
)

func TestADecisionSaysWhoWasBestAndWhatStoodInTheWayOfOthers(t *testing.T) {
	t.Parallel()
	h := &hall{t: t, e: New(Options{Now: start, Explain: true}), now: start, last: map[ContactID]Reservation{}, with: map[ContactID]AgentID{}}
	h.tell(Event{Kind: Configure, Queues: []Queue{{ID: queue(1), Place: id('p', 1), Needs: []Need{{skill(1), 4}}, WrapUp: WrapUp{MandatoryWrapUp, 0}}}})
	h.tell(Event{Kind: Begin})
	here := []uuid.UUID{id('p', 1)}
	for n, a := range map[int]Agent{
		1: {Skills: map[SkillID]int{skill(1): 4}, Places: here},
		2: {Skills: map[SkillID]int{skill(1): 9, skill(2): 1}, Places: here},
		3: {Skills: map[SkillID]int{skill(1): 3}, Places: here},
		4: {Skills: map[SkillID]int{skill(2): 9}, Places: here},
		5: {Skills: map[SkillID]int{skill(1): 9}},
		6: {Skills: map[SkillID]int{skill(1): 9}, Places: here},
		7: {Skills: map[SkillID]int{skill(1): 9}, Places: here},
		8: {Skills: map[SkillID]int{skill(1): 9}, Places: here, Capacity: map[Channel]int{Voice: 0}},
	} {
		a.ID, a.Number = agent(n), fmt.Sprint(n)
		h.tell(Event{Kind: SignIn, Agent: &a, State: Ready})
	}
	h.agent(TakeBreak, 6)
	h.tell(Event{Kind: Reach, AgentID: agent(7)})
	require.Empty(t, h.e.Decisions())
	h.after(time.Second)
	h.call(1, 1)
	d := h.e.Decisions()
	require.Len(t, d, 1)
	others := map[Obstacle]int{NotMember: 1, LacksSkill: 1, LowLevel: 1, IsOnBreak: 1, IsUnreachable: 1, IsFull: 1}
	require.Equal(t, Decision{
		At: h.now, Contact: contact(1), Queue: queue(1), Chosen: agent(1), Reservation: 1, WhyNot: others,
		Top: []Candidate{{agent(1), "1", start, 1, 4}, {agent(2), "2", start, 2, 9}},
	}, d[0])
	h.say(Accept, 1)
	h.call(2, 1)
	h.say(Accept, 2)
	h.say(Leave, 1)
	h.e.Decisions()
	h.after(time.Second)
	h.call(3, 1)
	h.call(4, 1)
	d = h.e.Decisions()
	require.Len(t, d, 2)
	others[IsBusy], others[InWrapUp] = 1, 1
	require.Equal(t, Decision{At: h.now, Contact: contact(4), Queue: queue(1), Ahead: 1, Top: []Candidate{}, WhyNot: others}, d[1])
}

func TestDecisionsAgreeWithEffects(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := live(t, true)
		offers := map[Reservation]Effect{}
		for _, did := range w.log {
			for _, f := range did {
				if f.Kind == Offer {
					offers[f.Reservation] = f
				}
			}
		}
		for _, d := range w.e.Decisions() {
			require.LessOrEqual(t, len(d.Top), 5)
			require.True(t, slices.IsSortedFunc(d.Top[min(1, len(d.Top)):], func(a, b Candidate) int { return a.IdleSince.Compare(b.IdleSince) }))
			if d.Chosen == (AgentID{}) {
				continue
			}
			f := offers[d.Reservation]
			delete(offers, d.Reservation)
			require.Equal(t, [3]any{f.Contact, f.Agent, f.Queue}, [3]any{d.Contact, d.Chosen, d.Queue})
			require.Equal(t, d.Chosen, d.Top[0].Agent)
		}
		require.Empty(t, offers, "each offer is explained")
	})
}

func TestAViewCountsWhatIsThere(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)}, Queue{ID: queue(2), Needs: []Need{{skill(1), 1}}})
	h.signIn(1)
	h.signIn(2)
	h.agent(TakeBreak, 2)
	for n := range 4 {
		h.call(n+1, 1)
	}
	h.say(Accept, 1)
	h.say(CallBack, 3)
	h.call(5, 2)
	h.after(3 * time.Second)
	view := h.e.View(h.now)
	require.Equal(t, []QueueView{
		{ID: queue(1), Waiting: 3, CallBacks: 1, Talking: 1, Longest: 3 * time.Second, Wait: -1, Agents: map[AgentState]int{Talking: 1, OnBreak: 1}},
		{ID: queue(2), Waiting: 1, Longest: 3 * time.Second, Wait: -1, Agents: map[AgentState]int{}},
	}, view)
	agents := h.e.Agents()
	require.Len(t, agents, 2)
	require.Equal(t, []ContactID{contact(1)}, agents[0].Contacts)
	_, known := h.e.Contact(contact(9))
	require.False(t, known)
}

func TestManyKindsOfNeedsDoNotPileUp(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)})
	h.signIn(1, 1)
	for n := range 2000 {
		c := Contact{ID: contact(n + 1), Queue: queue(1), Needs: []Need{{skill(n), 1}}}
		h.e.Apply(h.now, Event{Kind: Enqueue, Contact: &c}, nil)
		if n > 5 {
			h.e.Apply(h.now, Event{Kind: Leave, ContactID: contact(n + 1)}, nil)
		}
	}
	require.Empty(t, h.e.Check(h.now))
	require.LessOrEqual(t, Lines(h.e), 260)
	require.Equal(t, []ContactID{contact(2)}, must(h.e.Agent(agent(1))).Contacts)
}

// Example shows one call: somebody comes, an agent is rung, takes it, and it ends.
func Example() {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	hotline, li, caller := uuid.MustParse("0193a0c0-0000-7000-8000-000000000001"), uuid.MustParse("0193a0c0-0000-7000-8000-000000000002"), uuid.MustParse("0193a0c0-0000-7000-8000-000000000003")
	e := New(Options{Now: now})
	for _, ev := range []Event{
		{Kind: Configure, Queues: []Queue{{ID: hotline}}},
		{Kind: Begin},
		{Kind: SignIn, Agent: &Agent{ID: li, Number: "1001"}, State: Ready},
		{Kind: Enqueue, Contact: &Contact{ID: caller, Queue: hotline, KeyAt: now}},
		{Kind: Accept, ContactID: caller, Reservation: 1},
		{Kind: Leave, ContactID: caller},
	} {
		now = now.Add(time.Second)
		for _, f := range e.Apply(now, ev, nil) {
			fmt.Println(f.Kind, f.State, f.Reservation)
		}
	}
	// Output:
	// agent_changed ready 0
	// placed  0
	// offer  1
	// agent_changed reserved 0
	// served  1
	// agent_changed talking 0
	// agent_changed ready 0
}
