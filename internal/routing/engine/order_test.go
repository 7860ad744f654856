package engine_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	. "yingda/internal/routing/engine"
)

// TestFirstComeFirstServedInsideEqualPriority needs no model: of those who wait nobody is passed over for one who
// pressed the key later.
func TestFirstComeFirstServedInsideEqualPriority(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e, now := New(Options{Now: start}), start
		waits, res := map[ContactID]time.Time{}, map[ContactID]Reservation{}
		var rung, talks []ContactID
		tell := func(ev Event) {
			for _, f := range e.Apply(now, ev, nil) {
				switch f.Kind {
				case Placed:
					waits[f.Contact] = f.KeyAt
				case Offer:
					key := waits[f.Contact]
					for other, at := range waits {
						require.False(t, at.Before(key) || at.Equal(key) && bytes.Compare(other[:], f.Contact[:]) < 0, "%s was passed over", other)
					}
					delete(waits, f.Contact)
					rung, res[f.Contact] = append(rung, f.Contact), f.Reservation
				case Served:
					talks = append(talks, f.Contact)
				case Withdraw:
					v, _ := e.Contact(f.Contact)
					waits[f.Contact] = v.KeyAt
					rung = slices.DeleteFunc(rung, func(c ContactID) bool { return c == f.Contact })
				}
			}
		}
		tell(Event{Kind: Configure, Queues: []Queue{{ID: queue(1)}, {ID: queue(2)}}})
		tell(Event{Kind: Begin})
		take := func(from *[]ContactID, name string) (ContactID, bool) {
			if len(*from) == 0 {
				return ContactID{}, false
			}
			i := rapid.IntRange(0, len(*from)-1).Draw(t, name)
			c := (*from)[i]
			*from = slices.Delete(*from, i, i+1)
			return c, true
		}
		came := 0
		for range rapid.IntRange(20, 200).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "passes")) * time.Second)
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0, 1:
				came++
				key := now.Add(-time.Duration(rapid.IntRange(0, 5).Draw(t, "ago")) * time.Second)
				tell(Event{Kind: Enqueue, Contact: &Contact{ID: contact(came), Queue: queue(1 + came%2), KeyAt: key}})
			case 2:
				if c, ok := take(&rung, "taken"); ok {
					tell(Event{Kind: Accept, ContactID: c, Reservation: res[c]})
				}
			case 3:
				if c, ok := take(&talks, "ends"); ok {
					tell(Event{Kind: Leave, ContactID: c})
				}
			case 4:
				a := Agent{ID: agent(rapid.IntRange(1, 4).Draw(t, "agent")), Number: "7"}
				tell(Event{Kind: SignIn, Agent: &a, State: Ready})
				tell(Event{Kind: GetReady, AgentID: a.ID})
			case 5:
				tell(Event{Kind: TakeBreak, AgentID: agent(rapid.IntRange(1, 4).Draw(t, "agent"))})
			default:
				tell(Event{Kind: Tick})
			}
			tell(Event{Kind: Tick})
			require.Empty(t, e.Check(now))
		}
	})
}

func TestTheHigherPriorityIsServedFirstAndThenTheEarlierKey(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), Priority: 3}, Queue{ID: queue(2)})
	at := h.now.Add(-time.Minute)
	for _, c := range []Contact{
		{ID: contact(1), Queue: queue(2), KeyAt: at},
		{ID: contact(2), Queue: queue(2), KeyAt: at.Add(3 * time.Second), Priority: 3},
		{ID: contact(3), Queue: queue(1), KeyAt: at.Add(2 * time.Second)},
		{ID: contact(5), Queue: queue(1), KeyAt: at.Add(4 * time.Second)},
		{ID: contact(4), Queue: queue(1), KeyAt: at.Add(4 * time.Second)},
	} {
		h.tell(Event{Kind: Enqueue, Contact: &c})
	}
	h.signIn(1)
	for _, n := range []int{3, 2, 4, 5, 1} {
		require.Equal(t, Reserved, must(h.e.Agent(agent(1))).State)
		require.Equal(t, []ContactID{contact(n)}, must(h.e.Agent(agent(1))).Contacts)
		h.say(Accept, n)
		h.say(Leave, n)
	}
}

func must[V any](v V, ok bool) V {
	if !ok {
		panic("not known")
	}
	return v
}

func TestOverflowLetsMoreAgentsServeAndMovesOn(t *testing.T) {
	t.Parallel()
	h := open(t,
		Queue{ID: queue(1), Needs: []Need{{skill(1), 1}}, Overflow: []Overflow{
			{After: 10 * time.Second, Relax: true, Needs: []Need{{skill(2), 1}}},
			{After: 20 * time.Second, Queue: queue(2), Priority: 5},
		}},
		Queue{ID: queue(2), Overflow: []Overflow{{After: 0, Queue: queue(1)}}})
	h.call(1, 1)
	h.after(9 * time.Second)
	h.signIn(2, 2)
	require.Empty(t, h.offers())
	h.after(time.Second)
	h.has(Effect{Kind: Overflowed, Contact: contact(1), Position: 1})
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(2)}, h.offers())
	h.decline(1, SaidNo)
	h.signIn(3)
	h.after(10 * time.Second)
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(3)}, h.offers())
	v := must(h.e.Contact(contact(1)))
	require.Equal(t, queue(2), v.Queue)
	require.Equal(t, 5, v.Priority)
}

func TestThePreferredAgentIsAskedFirstAndAloneForAWhile(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)})
	h.signIn(1)
	h.after(time.Second)
	h.signIn(2)
	h.tell(Event{Kind: Enqueue, Contact: &Contact{ID: contact(1), Queue: queue(1), Prefer: agent(2), PreferFor: 30 * time.Second}})
	require.Equal(t, map[ContactID]AgentID{contact(1): agent(2)}, h.offers())
	h.say(Accept, 1)
	h.tell(Event{Kind: Enqueue, Contact: &Contact{ID: contact(2), Queue: queue(1), Prefer: agent(2), PreferFor: 30 * time.Second}})
	require.Empty(t, h.offers(), "agent 1 is free, and not who is wanted")
	h.after(30 * time.Second)
	require.Equal(t, map[ContactID]AgentID{contact(2): agent(1)}, h.offers())
	h.say(Accept, 2)
	h.tell(Event{Kind: Enqueue, Contact: &Contact{ID: contact(3), Queue: queue(1), Prefer: agent(9), PreferFor: 30 * time.Second}})
	h.say(Leave, 2)
	require.Equal(t, map[ContactID]AgentID{contact(3): agent(1)}, h.offers(), "nobody waits for one who is not there")
}

func TestACallbackKeepsItsPlace(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1), MaxWait: time.Minute})
	h.call(1, 1)
	h.after(time.Second)
	h.call(2, 1)
	h.say(CallBack, 1)
	h.after(50 * time.Second)
	h.signIn(1)
	h.has(Effect{Kind: Offer, Contact: contact(1), Agent: agent(1)})
	require.True(t, slices.ContainsFunc(h.did, func(f Effect) bool { return f.Kind == Offer && f.CallBack }))
	h.after(20 * time.Second)
	h.has(Effect{Kind: Expelled, Contact: contact(2), Reason: WhyWaited})
	require.Equal(t, 1, must(h.e.Contact(contact(1))).Position, "a promise does not wait too long")
}

func TestPlacesAreToldExactlyAndAgainWhenTheyChange(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)})
	for n := range 5 {
		h.call(n+1, 1)
		h.has(Effect{Kind: Placed, Contact: contact(n + 1), Position: n + 1})
	}
	h.say(Leave, 2)
	require.Empty(t, h.did, "not at once: nobody is told thousands of places for each who leaves")
	h.after(6 * time.Second)
	h.has(Effect{Kind: Placed, Contact: contact(3), Position: 2})
	h.has(Effect{Kind: Placed, Contact: contact(5), Position: 4})
	require.Len(t, h.did, 3, "who stands where he stood is not told")
	require.Empty(t, h.after(6*time.Second))
}

func TestTheExpectedWaitFollowsHowFastTheQueueMoves(t *testing.T) {
	t.Parallel()
	h := open(t, Queue{ID: queue(1)})
	h.signIn(1)
	for n := range 10 {
		h.call(n+1, 1)
	}
	h.say(Accept, 1)
	require.Negative(t, must(h.e.Contact(contact(10))).Wait, "unknown")
	for n := range 5 {
		h.after(20 * time.Second)
		h.say(Leave, n+1)
		h.say(Accept, n+2)
	}
	v := must(h.e.Contact(contact(10)))
	require.Equal(t, 4, v.Position)
	require.InDelta(t, (80 * time.Second).Seconds(), v.Wait.Seconds(), 1)
	h.after(100 * time.Second)
	require.Greater(t, must(h.e.Contact(contact(10))).Wait, v.Wait, "nobody was taken for long")
}
