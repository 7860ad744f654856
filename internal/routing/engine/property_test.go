package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	. "yingda/internal/routing/engine"
)

// The size of the world that random events happen in: small, so that everything meets.
const (
	someQueues   = 4
	someAgents   = 5
	someContacts = 9
	someSkills   = 3
)

func draw[V any](t *rapid.T, name string, from ...V) V { return rapid.SampledFrom(from).Draw(t, name) }

func anyNeeds(t *rapid.T) []Need {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Need {
		return Need{skill(rapid.IntRange(1, someSkills).Draw(t, "skill")), draw(t, "level", 1, 1, 3, 5)}
	}), 0, 2).Draw(t, "needs")
}

func anyQueue(t *rapid.T, n int) Queue {
	q := Queue{
		ID: queue(n), Needs: anyNeeds(t), Priority: draw(t, "priority", 0, 0, 0, 5), RingFor: draw(t, "ring for", 0, 5*time.Second, 9*time.Second),
		Channel: draw(t, "channel", "", Voice, Voice, Chat), Closed: draw(t, "closed", false, false, false, true),
		MaxWaiting: draw(t, "max waiting", 0, 0, 2), MaxWait: draw(t, "max wait", 0, 0, 40*time.Second),
		NoAgents: draw(t, "no agents", WaitAnyway, WaitAnyway, Refuse, Expel),
		WrapUp:   WrapUp{draw(t, "wrap-up", NoWrapUp, NoWrapUp, TimedWrapUp, MandatoryWrapUp, OptionalWrapUp), 7 * time.Second},
	}
	if rapid.Bool().Draw(t, "placed") {
		q.Place = id('p', 1)
	}
	if draw(t, "members only", false, false, true) {
		q.Members = []AgentID{agent(1), agent(rapid.IntRange(2, someAgents).Draw(t, "member"))}
	}
	for range rapid.IntRange(0, 2).Draw(t, "steps") {
		s := Overflow{
			After: draw(t, "after", 0, 4*time.Second, 12*time.Second), Relax: rapid.Bool().Draw(t, "relax"), Needs: anyNeeds(t),
			Priority: draw(t, "boost", 0, 0, 3),
		}
		if rapid.Bool().Draw(t, "moves") {
			s.Queue = queue(rapid.IntRange(1, someQueues).Draw(t, "to"))
		}
		q.Overflow = append(q.Overflow, s)
	}
	return q
}

func anyAgent(t *rapid.T) *Agent {
	n := rapid.IntRange(1, someAgents).Draw(t, "agent")
	a := &Agent{ID: agent(n), Number: fmt.Sprint(draw(t, "number", 7, 100+n)), Skills: map[SkillID]int{}, Places: []QueueID{id('p', draw(t, "place", 1, 1, 2))}}
	for s := range someSkills {
		if level := draw(t, "level", 0, 1, 4, 9); level > 0 {
			a.Skills[skill(s+1)] = level
		}
	}
	switch draw(t, "capacity", 0, 0, 1, 2, 3) {
	case 1:
		a.Capacity = map[Channel]int{Chat: 2}
	case 2:
		a.Capacity = map[Channel]int{Voice: 1, Chat: 2}
	case 3:
		a.Capacity = map[Channel]int{Voice: 0}
	}
	return a
}

func (w *world) anyContact(t *rapid.T) *Contact {
	c := &Contact{
		ID: contact(rapid.IntRange(1, someContacts).Draw(t, "contact")), Queue: queue(rapid.IntRange(1, someQueues+1).Draw(t, "queue")),
		KeyAt: w.now.Add(-draw(t, "key ago", 0, 0, time.Second, 3*time.Second, -time.Minute)), Priority: draw(t, "priority", 0, 0, 0, 2, -1),
		Caller: draw(t, "caller", "", "x", "y"),
	}
	if draw(t, "own needs", false, false, true) {
		c.Needs = anyNeeds(t)
	}
	if draw(t, "prefers", false, true) {
		c.Prefer, c.PreferFor = agent(rapid.IntRange(1, someAgents).Draw(t, "prefer")), draw(t, "prefer for", 0, 6*time.Second)
	}
	return c
}

// world is the engine and the model side by side, and what came of it.
type world struct {
	t      rapid.TB
	e      *Engine
	m      *model
	now    time.Time
	events []Event
	times  []time.Time
	log    [][]Effect
	oracle oracle
}

func newWorld(t rapid.TB) *world {
	o := Options{Explain: true, Now: start}
	return &world{t: t, e: New(o), m: newModel(o), now: start, oracle: newOracle()}
}

// kinds of events, the usual ones more often.
var kinds = []Kind{
	Enqueue, Enqueue, Enqueue, Enqueue, Accept, Accept, Accept, Rings, Leave, Leave, Decline, Decline, Release, Requeue, CallBack, Lose,
	SignIn, SignIn, Change, SignOut, GetReady, GetReady, TakeBreak, Reach, Occupy, WantWrapUp, EndWrapUp, ForceReady, ForceBreak, Tick, Tick, Adopt, Begin,
	Configure,
}

func (w *world) anyEvent(t *rapid.T) Event {
	ev := Event{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	switch ev.Kind {
	case Configure:
		if draw(t, "really", false, false, true) {
			ev.Queues = anyQueues(t)
		} else {
			ev.Kind = Tick
		}
	case SignIn, Change:
		ev.Agent = anyAgent(t)
		ev.State = draw(t, "state", Ready, Ready, Ready, OnBreak, NoAnswer, WrappingUp)
		if ev.State == WrappingUp && rapid.Bool().Draw(t, "ends") {
			ev.Until = w.now.Add(3 * time.Second)
		}
		ev.Since = draw(t, "since", time.Time{}, w.now.Add(-time.Minute))
	case Enqueue, Requeue:
		ev.Contact = w.anyContact(t)
	case Adopt:
		s := &Standing{Contact: *w.anyContact(t), Since: w.now.Add(-draw(t, "since", 0, 2*time.Second, 30*time.Second)), CallBack: rapid.Bool().Draw(t, "callback")}
		if rapid.Bool().Draw(t, "with agent") {
			s.Agent, s.Accepted = agent(rapid.IntRange(1, someAgents).Draw(t, "agent")), rapid.Bool().Draw(t, "accepted")
			s.Reservation = Reservation(rapid.IntRange(0, 40).Draw(t, "reservation"))
		}
		ev.Standing = s
	default:
		ev.AgentID = agent(rapid.IntRange(1, someAgents).Draw(t, "agent"))
		ev.ContactID = contact(rapid.IntRange(1, someContacts).Draw(t, "contact"))
		ev.On = rapid.Bool().Draw(t, "on")
		ev.Why = draw(t, "why", DidNotAnswer, WasBusy, SaidNo, NotReached, Failed, "nonsense")
		ev.Reservation = w.oracle.last[ev.ContactID]
		switch draw(t, "late", 0, 0, 0, 0, 0, 1) {
		case 1:
			ev.Reservation = Reservation(rapid.IntRange(0, 40).Draw(t, "reservation"))
		}
		w.toWhoIsRung(t, &ev)
	}
	return ev
}

// toWhoIsRung makes answers meet offers more often than chance would.
func (w *world) toWhoIsRung(t *rapid.T, ev *Event) {
	if ev.Kind != Accept && ev.Kind != Rings && ev.Kind != Decline {
		return
	}
	var open []ContactID
	for c := range w.oracle.offered {
		open = append(open, c)
	}
	if len(open) > 0 && rapid.Bool().Draw(t, "to an offer") {
		slices.SortFunc(open, func(a, b ContactID) int { return strings.Compare(string(a[:]), string(b[:])) })
		ev.ContactID = rapid.SampledFrom(open).Draw(t, "offer")
		ev.Reservation = w.oracle.last[ev.ContactID]
	}
}

func anyQueues(t *rapid.T) []Queue {
	var out []Queue
	for n := range someQueues {
		if draw(t, "there", true, true, true, true, false) {
			out = append(out, anyQueue(t, n+1))
		}
	}
	return out
}

// do lets one thing happen to both, and compares them.
func (w *world) do(ev Event) {
	did := w.e.Apply(w.now, ev, nil)
	want := w.m.Apply(w.now, ev)
	require.Equal(w.t, sorted(want), sorted(did), "after %d events, %+v", len(w.events), ev)
	require.Empty(w.t, w.e.Check(w.now), "after %+v", ev)
	w.events, w.times, w.log = append(w.events, ev), append(w.times, w.now), append(w.log, did)
	w.oracle.see(w.t, ev, did)
	for _, c := range w.e.Contacts() {
		if o := w.m.contact(c.ID); c.Position > 0 {
			require.Equal(w.t, w.m.position(o), c.Position)
		}
	}
	require.Len(w.t, w.e.Contacts(), len(w.m.contacts))
}

// sorted gives effects as texts in order: engine and model tell of several agents in orders of their own. Offers carry
// rising reservations, so that their order is compared too.
func sorted(fs []Effect) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = fmt.Sprintf("%+v", f)
	}
	slices.Sort(out)
	return out
}

// oracle follows effects as a node does, and knows what must never happen.
type oracle struct {
	last    map[ContactID]Reservation
	offered map[ContactID]AgentID
	talks   map[ContactID]AgentID
	rung    map[AgentID]ContactID
	given   Reservation
	blind   bool // contacts were adopted with agents, which it does not see
}

func newOracle() oracle {
	return oracle{map[ContactID]Reservation{}, map[ContactID]AgentID{}, map[ContactID]AgentID{}, map[AgentID]ContactID{}, 0, false}
}

func (o *oracle) see(t rapid.TB, ev Event, did []Effect) {
	switch ev.Kind {
	case Leave, Release, Lose:
		if c := ev.ContactID; ev.Kind != Release || o.talks[c] != (AgentID{}) {
			delete(o.talks, c)
		}
	case Requeue:
		if c := ev.Contact.ID; !slices.ContainsFunc(did, func(f Effect) bool { return f.Kind == Refused && f.Contact == c }) {
			delete(o.talks, c)
		}
	case Adopt:
		o.blind = o.blind || ev.Standing.Agent != (AgentID{})
	}
	if o.blind {
		o.follow(did)
		return
	}
	declined := func() { // also one that was only given while this event waited for what was due
		if ev.Kind == Decline && o.last[ev.ContactID] == ev.Reservation {
			o.notRung(ev.ContactID)
		}
	}
	defer declined()
	for _, f := range did {
		switch f.Kind {
		case Offer:
			declined()
			require.Greater(t, f.Reservation, o.given, "reservations rise")
			o.given = f.Reservation
			require.NotContains(t, o.offered, f.Contact, "one agent at a time is rung for a contact")
			require.NotContains(t, o.talks, f.Contact, "who talks is not offered")
			require.NotContains(t, o.rung, f.Agent, "an agent has one offer at a time")
			o.offered[f.Contact], o.last[f.Contact], o.rung[f.Agent] = f.Agent, f.Reservation, f.Contact
		case Withdraw:
			o.notRung(f.Contact)
		case Served:
			require.Equal(t, f.Agent, o.offered[f.Contact], "served by who was rung")
			o.notRung(f.Contact)
			o.talks[f.Contact] = f.Agent
		}
	}
}

// follow only learns reservations.
func (o *oracle) follow(did []Effect) {
	for _, f := range did {
		switch f.Kind {
		case Offer:
			o.last[f.Contact], o.offered[f.Contact] = f.Reservation, f.Agent
		case Withdraw, Served:
			o.notRung(f.Contact)
		}
	}
}

func (o *oracle) notRung(c ContactID) {
	if a, ok := o.offered[c]; ok {
		delete(o.rung, a)
		delete(o.offered, c)
	}
}

// live lets a world live.
func live(t *rapid.T, begun bool) *world {
	w := newWorld(t)
	w.do(Event{Kind: Configure, Queues: anyQueues(t)})
	if begun {
		w.do(Event{Kind: Begin})
		for n := range rapid.IntRange(0, someAgents).Draw(t, "agents") {
			a := anyAgent(t)
			a.ID = agent(n + 1)
			w.do(Event{Kind: SignIn, Agent: a, State: Ready})
		}
	}
	for range rapid.IntRange(10, 80).Draw(t, "events") {
		w.now = w.now.Add(draw(t, "passes", 0, 0, time.Millisecond, time.Second, 2*time.Second, 5*time.Second, 20*time.Second, 10*time.Minute, -time.Minute))
		ev := w.anyEvent(t)
		w.do(ev)
		if draw(t, "twice", false, false, false, false, true) {
			w.do(ev)
		}
	}
	return w
}

func TestWhateverHappensTheEngineDoesWhatTheModelDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { live(t, true) })
}

func TestANewLeaderThatHearsAnythingDoesWhatTheModelDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { live(t, false) })
}

func TestTheJournalOfEventsReplaysToTheSameEffectsAndState(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := live(t, true)
		again := New(Options{Now: start})
		for i, ev := range w.events {
			written, err := json.Marshal(ev)
			require.NoError(t, err)
			var read Event
			require.NoError(t, json.Unmarshal(written, &read))
			require.Equal(t, w.log[i], again.Apply(w.times[i], read, nil), "event %d", i)
		}
		require.Equal(t, w.e.Hash(), again.Hash())
	})
}

func TestWhoeverCameInGoesOutAndNothingIsLeft(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := live(t, rapid.Bool().Draw(t, "begun"))
		for n := range someContacts {
			w.do(Event{Kind: Leave, ContactID: contact(n + 1)})
			w.do(Event{Kind: Leave, ContactID: contact(n + 1)})
		}
		require.Empty(t, w.e.Contacts())
		for _, a := range w.e.Agents() {
			require.NotContains(t, []AgentState{Reserved, Ringing, Talking}, a.State)
		}
		for n := range someAgents {
			w.do(Event{Kind: SignOut, AgentID: agent(n + 1)})
		}
		require.Empty(t, w.e.Agents())
		w.now = w.now.Add(time.Hour)
		w.do(Event{Kind: Tick})
		_, waits := w.e.Due()
		require.False(t, waits, "not even a deadline")
	})
}
