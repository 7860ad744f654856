package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "yingda/internal/routing/engine"
)

func TestAnAgentWhoSignsInTwiceIsOneAgent(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), Needs: []Need{{skill(1), 1}}})
	h.signIn(1, 1)
	h.call(1, 1)
	h.say(Accept, 1)
	h.signIn(1, 1, 2)
	require.Empty(t, h.did)
	h.state(1, Talking)
	h.call(2, 1)
	require.Empty(t, h.offers(), "he has a call")
	h.say(Leave, 1)
	require.Equal(t, map[ContactID]AgentID{contact(2): agent(1)}, h.offers())
	require.Len(t, h.e.Agents(), 1)
}

func TestAnUnpluggedPhonePassesTheCallerOnAndIsBackByItself(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)})
	h.signIn(1)
	h.call(1, 1)
	h.decline(1, NotReached)
	h.state(1, Unreachable)
	h.signIn(2)
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(2)}, h.offers())
	h.tell(Event{Kind: Reach, AgentID: agent(2), On: false})
	h.has(Effect{Kind: Withdraw, Contact: contact(1), Agent: agent(2), Reason: WhyAgentLeft})
	h.state(2, Unreachable)
	h.tell(Event{Kind: Reach, AgentID: agent(2), On: true})
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(2)}, h.offers())
	h.after(20 * time.Second)
	require.Empty(t, h.offers())
	h.after(10 * time.Second)
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(1)}, h.offers(), "nobody told that it is back: tried again")
	h.decline(1, NotReached)
	h.after(30 * time.Second)
	h.state(1, Unreachable)
	h.after(30 * time.Second)
	h.state(1, Reserved)
}

func TestAQueueWithoutAgentsDoesAsItIsTold(t *testing.T) {
	t.Parallel()
	for policy, want := range map[NoAgents]EffectKind{WaitAnyway: Placed, Refuse: Refused, Expel: Refused} {
		h := open(t, Queue{ID: queue(1), NoAgents: policy, Needs: []Need{{skill(1), 1}}})
		h.signIn(2, 2)
		h.call(1, 1)
		require.Equal(t, want, h.did[0].Kind, policy)
		h.signIn(1, 1)
		h.agent(TakeBreak, 1)
		h.call(2, 1)
		require.Equal(t, Placed, h.did[0].Kind, "an agent on a break will be back")
		h.agent(SignOut, 1)
		_, waits := h.e.Contact(contact(2))
		require.Equal(t, policy != Expel, waits, policy)
		if policy == Expel {
			h.has(Effect{Kind: Expelled, Contact: contact(2), Reason: WhyNoAgents})
		}
	}
}

func TestAClosedOrFullOrUnknownQueueRefuses(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), MaxWaiting: 1}, Queue{ID: queue(2), Closed: true})
	h.call(1, 1)
	h.call(2, 1)
	h.has(Effect{Kind: Refused, Contact: contact(2), Reason: WhyFull})
	h.call(2, 2)
	h.has(Effect{Kind: Refused, Contact: contact(2), Reason: WhyClosed})
	h.call(2, 3)
	h.has(Effect{Kind: Refused, Contact: contact(2), Reason: WhyNoQueue})
	h.tell(Event{Kind: Configure, Queues: []Queue{{ID: queue(1), Closed: true}}})
	require.Empty(t, h.did, "who waits is served to the end")
	h.tell(Event{Kind: Configure, Queues: []Queue{{ID: queue(2)}}})
	h.has(Effect{Kind: Expelled, Contact: contact(1), Reason: WhyNoQueue})
}

func TestTransferToNobodyLeavesBothTogether(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)}, Queue{ID: queue(2), Closed: true})
	h.signIn(1)
	h.call(1, 1)
	h.say(Accept, 1)
	for _, to := range []int{2, 3} {
		h.tell(Event{Kind: Requeue, Contact: &Contact{ID: contact(1), Queue: queue(to)}})
		h.has(Effect{Kind: Refused, Contact: contact(1)})
		h.state(1, Talking)
	}
	h.tell(Event{Kind: Requeue, Contact: &Contact{ID: contact(1), Queue: queue(1)}})
	h.has(Effect{Kind: Placed, Contact: contact(1), Position: 1})
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(1)}, h.offers())
}

func TestAClockThatJumpsOnlyLetsThingsFallDue(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), MaxWait: time.Hour, RingFor: 10 * time.Second})
	h.signIn(1)
	h.call(1, 1)
	h.call(2, 1)
	h.now = h.now.Add(-24 * time.Hour)
	h.tell(Event{Kind: Tick})
	require.Empty(t, h.did)
	h.state(1, Reserved)
	h.say(Accept, 1)
	h.say(Leave, 1)
	require.Equal(t, map[ContactID]AgentID{contact(2): agent(1)}, h.offers(), "in the time that stands still all goes on")
	h.now = start.AddDate(300, 0, 0)
	h.tell(Event{Kind: Tick})
	h.has(Effect{Kind: Withdraw, Contact: contact(2), Reason: WhyNotAnswered})
	h.has(Effect{Kind: Expelled, Contact: contact(2), Reason: WhyWaited})
	h.now = time.Time{}
	h.call(3, 1)
	h.has(Effect{Kind: Placed, Contact: contact(3), Position: 1})
}

func TestACallerWhoHangsUpAtAnyStepLeavesNobodyBusy(t *testing.T) {
	t.Parallel()
	steps := map[string]func(h *hall){
		"waiting":                   func(*hall) {},
		"reserved":                  func(h *hall) { h.signIn(1) },
		"ringing":                   func(h *hall) { h.signIn(1); h.say(Rings, 1) },
		"talking":                   func(h *hall) { h.signIn(1); h.say(Accept, 1) },
		"held back after a failure": func(h *hall) { h.signIn(1); h.decline(1, Failed) },
		"kept for an agent": func(h *hall) {
			h.signIn(1)
			h.agent(TakeBreak, 1)
			h.say(Leave, 1)
			h.tell(Event{Kind: Enqueue, Contact: &Contact{ID: contact(1), Queue: queue(1), Prefer: agent(1), PreferFor: time.Hour}})
			h.agent(GetReady, 1)
		},
		"called back": func(h *hall) { h.say(CallBack, 1); h.signIn(1) },
	}
	for name, reach := range steps {
		h := open(t, Queue{ID: queue(1)})
		h.call(1, 1)
		reach(h)
		rung := must(h.e.Contact(contact(1))).Agent != AgentID{} && !must(h.e.Contact(contact(1))).Accepted
		h.say(Leave, 1)
		if rung {
			h.has(Effect{Kind: Withdraw, Contact: contact(1), Agent: agent(1), Reason: WhyCallerLeft})
		}
		require.Empty(t, h.e.Contacts(), name)
		h.say(Accept, 1)
		h.has(Effect{Kind: Stale, Contact: contact(1)})
		for _, kind := range []Kind{Leave, Rings, Decline, Release, CallBack, Lose} {
			require.Empty(t, h.say(kind, 1), "%s: %s after the end", name, kind)
		}
		h.after(time.Minute)
		h.signIn(1)
		h.call(2, 1)
		require.Equal(t, map[ContactID]AgentID{contact(2): agent(1)}, h.offers(), name)
	}
}

func TestAFailureOfOursBlamesNobodyAndDoesNotSpin(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)})
	h.signIn(1)
	h.call(1, 1)
	offers, began := 0, h.now
	for h.now.Before(began.Add(time.Minute)) {
		if h.with[contact(1)] != (AgentID{}) {
			offers++
			delete(h.with, contact(1))
			h.decline(1, Failed)
			require.Empty(t, h.offers(), "not in the same moment")
		}
		due, ok := h.e.Due()
		require.True(t, ok)
		h.after(max(due.Sub(h.now), time.Millisecond))
	}
	require.Less(t, offers, 15)
	h.after(10 * time.Second)
	h.say(Accept, 1)
	h.state(1, Talking)
}

func TestAnAnswerThatIsTooLateIsToldSo(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), RingFor: 10 * time.Second})
	h.signIn(1)
	h.call(1, 1)
	first := h.last[contact(1)]
	h.after(10 * time.Second)
	h.signIn(2)
	h.tell(Event{Kind: Accept, ContactID: contact(1), AgentID: agent(1), Reservation: first})
	h.has(Effect{Kind: Stale, Contact: contact(1), Agent: agent(1)})
	h.say(Accept, 1)
	h.has(Effect{Kind: Served, Contact: contact(1), Agent: agent(2)})
	h.say(Accept, 1)
	require.Empty(t, h.did, "said twice")
}

func TestWrapUpIsAsTheQueueSays(t *testing.T) {
	t.Parallel()
	talk := func(w WrapUp) *hall {
		h := open(t, Queue{ID: queue(1), WrapUp: w})
		h.signIn(1)
		h.call(1, 1)
		h.say(Accept, 1)
		return h
	}
	h := talk(WrapUp{Mode: TimedWrapUp, For: 10 * time.Second})
	h.say(Leave, 1)
	h.state(1, WrappingUp)
	h.after(9 * time.Second)
	h.state(1, WrappingUp)
	h.after(time.Second)
	h.state(1, Ready)

	h = talk(WrapUp{Mode: MandatoryWrapUp, For: time.Second})
	h.agent(TakeBreak, 1)
	h.state(1, Talking)
	h.say(Leave, 1)
	h.after(time.Hour)
	h.state(1, WrappingUp)
	h.agent(EndWrapUp, 1)
	h.state(1, OnBreak)

	h = talk(WrapUp{Mode: OptionalWrapUp, For: time.Minute})
	h.say(Leave, 1)
	h.state(1, Ready)
	h.call(2, 1)
	h.say(Accept, 2)
	h.agent(WantWrapUp, 1)
	h.say(Release, 2)
	h.state(1, WrappingUp)
	h.agent(ForceReady, 1)
	h.state(1, Ready)

	h = talk(WrapUp{Mode: MandatoryWrapUp})
	h.agent(SignOut, 1)
	h.state(1, Talking)
	h.say(Leave, 1)
	h.state(1, SignedOut)
}

func TestWhoseCallWasLostFindsHisPlaceAgain(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), MaxWaiting: 2})
	enter := func(n int, caller string) {
		h.tell(Event{Kind: Enqueue, Contact: &Contact{ID: contact(n), Queue: queue(1), KeyAt: h.now, Caller: caller}})
	}
	enter(1, "x")
	key := h.now
	h.after(time.Second)
	enter(2, "y")
	h.say(Lose, 1)
	h.after(time.Second)
	enter(3, "z")
	enter(4, "x")
	h.has(Effect{Kind: Placed, Contact: contact(4), Position: 1})
	require.Equal(t, key, must(h.e.Contact(contact(4))).KeyAt)
	h.say(Lose, 4)
	h.say(Leave, 3)
	h.after(2 * time.Minute)
	enter(5, "x")
	h.has(Effect{Kind: Placed, Contact: contact(5), Position: 2})
}

func TestWhoDialsAgainBeforeHisNodeIsMissedGetsHisPlaceThen(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)})
	enter := func(n int, caller string) {
		h.after(time.Second)
		h.tell(Event{Kind: Enqueue, Contact: &Contact{ID: contact(n), Queue: queue(1), KeyAt: h.now, Caller: caller}})
	}
	key := h.now.Add(time.Second)
	enter(1, "x")
	enter(2, "y")
	enter(3, "x")
	h.has(Effect{Kind: Placed, Contact: contact(3), Position: 3})
	h.say(Lose, 1)
	h.has(Effect{Kind: Placed, Contact: contact(3), Position: 1})
	require.Equal(t, key, must(h.e.Contact(contact(3))).KeyAt)
	enter(4, "x")
	h.has(Effect{Kind: Placed, Contact: contact(4), Position: 3})
	h.say(Lose, 4)
	require.Equal(t, key, must(h.e.Contact(contact(3))).KeyAt, "who came before him has nothing of a later place")
}

func TestANewLeaderHearsEverybodyBeforeItDecides(t *testing.T) {
	t.Parallel()
	h := &hall{t: t, e: New(Options{Now: start, First: 1000}), now: start, last: map[ContactID]Reservation{}, with: map[ContactID]AgentID{}}
	h.tell(Event{Kind: Configure, Queues: []Queue{{ID: queue(1), NoAgents: Expel}}})
	key := h.now.Add(-time.Minute)
	adopt := func(n int, s Standing) {
		s.Contact, s.Since = Contact{ID: contact(n), Queue: queue(1), KeyAt: key.Add(time.Duration(n) * time.Second)}, h.now.Add(-time.Second)
		h.tell(Event{Kind: Adopt, Standing: &s})
	}
	adopt(3, Standing{})
	adopt(2, Standing{})
	adopt(1, Standing{Agent: agent(1), Reservation: 7, Accepted: true})
	adopt(4, Standing{Agent: agent(2), Reservation: 8})
	adopt(4, Standing{Agent: agent(2), Reservation: 8})
	h.signIn(3)
	require.Empty(t, h.offers())
	h.signIn(1)
	h.signIn(2)
	h.state(1, Talking)
	h.state(2, Reserved)
	h.tell(Event{Kind: Begin})
	require.Equal(t, map[ContactID]AgentID{contact(2): agent(3)}, h.offers())
	require.GreaterOrEqual(t, h.last[contact(2)], Reservation(1000))
	h.tell(Event{Kind: Accept, ContactID: contact(4), Reservation: 8})
	h.has(Effect{Kind: Served, Contact: contact(4), Agent: agent(2)})
	h.say(Leave, 1)
	require.Equal(t, map[ContactID]AgentID{contact(3): agent(1)}, h.offers())
}

func TestAnAgentWithCapacityForSeveralTakesOneOfferAtATime(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), Channel: Chat}, Queue{ID: queue(2)})
	h.tell(Event{Kind: SignIn, Agent: &Agent{ID: agent(1), Number: "1", Capacity: map[Channel]int{Chat: 2}}})
	for n := range 3 {
		h.call(n+1, 1)
	}
	h.call(4, 2)
	h.say(Accept, 1)
	require.Equal(t, map[ContactID]AgentID{contact(2): agent(1)}, h.offers())
	h.say(Accept, 2)
	require.Empty(t, h.offers())
	h.say(Leave, 1)
	h.say(Accept, 3)
	h.say(Leave, 2)
	require.Empty(t, h.offers(), "a call does not come beside a chat")
	h.say(Leave, 3)
	require.Equal(t, map[ContactID]AgentID{contact(4): agent(1)}, h.offers())
}
