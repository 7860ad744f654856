package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "yingda/internal/routing/engine"
)

// bytesReader reads events from bytes: whatever the bytes, they are events, most of them nonsense.
type bytesReader []byte

func (r *bytesReader) next() int {
	if len(*r) == 0 {
		return 0
	}
	b := (*r)[0]
	*r = (*r)[1:]
	return int(b)
}

var (
	everyKind = []Kind{Configure, SignIn, Change, SignOut, GetReady, TakeBreak, Reach, Occupy, WantWrapUp, EndWrapUp, ForceReady, ForceBreak,
		Enqueue, Leave, Rings, Accept, Decline, Release, Requeue, CallBack, Lose, Adopt, Begin, Tick, "nonsense"}
	lengths = []time.Duration{0, 1, time.Second, time.Minute, -time.Second, 1<<63 - 1, -1 << 63, 10 * time.Second}
	times   = []time.Time{{}, start, start.Add(time.Second), start.AddDate(1000, 0, 0), start.AddDate(-1000, 0, 0), time.Unix(0, 0), time.Unix(1<<62, 0)}
	levels  = []int{0, 1, 9, -1, 1 << 62, -1 << 62}
)

func (r *bytesReader) length() time.Duration { return lengths[r.next()%len(lengths)] }
func (r *bytesReader) time() time.Time       { return times[r.next()%len(times)] }
func (r *bytesReader) level() int            { return levels[r.next()%len(levels)] }
func (r *bytesReader) needs() []Need {
	var out []Need
	for range r.next() % 3 {
		out = append(out, Need{skill(r.next() % 3), r.level()})
	}
	return out
}

func (r *bytesReader) contact() *Contact {
	if r.next()%16 == 0 {
		return nil
	}
	return &Contact{
		ID: contact(r.next() % 6), Queue: queue(r.next() % 4), KeyAt: r.time(), Priority: r.level(), Needs: r.needs(),
		Prefer: agent(r.next() % 4), PreferFor: r.length(), Caller: []string{"", "x"}[r.next()%2],
	}
}

func (r *bytesReader) queues() []Queue {
	var out []Queue
	for range r.next() % 4 {
		q := Queue{
			ID: queue(r.next() % 4), Channel: []Channel{"", Voice, Chat, "odd"}[r.next()%4], Needs: r.needs(), Priority: r.level(), Closed: r.next()%4 == 0,
			MaxWaiting: r.level(), RingFor: r.length(), WrapUp: WrapUp{[]WrapUpMode{NoWrapUp, TimedWrapUp, MandatoryWrapUp, OptionalWrapUp, "odd"}[r.next()%5], r.length()},
			MaxWait: r.length(), NoAgents: []NoAgents{WaitAnyway, Refuse, Expel, "odd"}[r.next()%4],
		}
		if r.next()%4 == 0 {
			q.Members = []AgentID{agent(r.next() % 4)}
		}
		for range r.next() % 3 {
			q.Overflow = append(q.Overflow, Overflow{After: r.length(), Needs: r.needs(), Relax: r.next()%2 == 0, Queue: queue(r.next() % 5), Priority: r.level()})
		}
		out = append(out, q)
	}
	return out
}

func (r *bytesReader) event() Event {
	ev := Event{Kind: everyKind[r.next()%len(everyKind)]}
	switch ev.Kind {
	case Configure:
		ev.Queues = r.queues()
	case SignIn, Change:
		if r.next()%16 > 0 {
			ev.Agent = &Agent{ID: agent(r.next() % 4), Number: "7", Skills: map[SkillID]int{skill(r.next() % 3): r.level()}}
			if r.next()%3 == 0 {
				ev.Agent.Capacity = map[Channel]int{Voice: r.level(), Chat: r.level()}
			}
		}
		ev.State, ev.Until, ev.Since = []AgentState{Ready, OnBreak, WrappingUp, "odd"}[r.next()%4], r.time(), r.time()
	case Enqueue, Requeue:
		ev.Contact = r.contact()
	case Adopt:
		if c := r.contact(); c != nil {
			ev.Standing = &Standing{Contact: *c, Agent: agent(r.next() % 4), Reservation: Reservation(r.level()), Accepted: r.next()%2 == 0, Since: r.time(), CallBack: r.next()%3 == 0}
		}
	default:
		ev.AgentID, ev.ContactID, ev.Reservation, ev.On = agent(r.next()%4), contact(r.next()%6), Reservation(r.next()%16), r.next()%2 == 0
		ev.Why = []DeclineReason{DidNotAnswer, WasBusy, SaidNo, NotReached, Failed, ""}[r.next()%6]
	}
	return ev
}

// FuzzEngine feeds it events made of any bytes at any times: it never panics, never contradicts itself, never owes
// anything, and does the same again.
func FuzzEngine(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{2, 0, 3, 1, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 22, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 12, 1, 1, 1, 1, 0, 0, 0, 0, 0, 3, 15})
	f.Fuzz(func(t *testing.T, data []byte) {
		one, two := New(Options{Now: start, Explain: true}), New(Options{Now: start})
		now := start
		r := bytesReader(data)
		for n := 0; len(r) > 0 && n < 300; n++ {
			switch jump := r.next(); {
			case jump < 200:
				now = now.Add(time.Duration(jump) * 100 * time.Millisecond)
			case jump < 250:
				now = now.Add(-time.Hour)
			default:
				now = r.time()
			}
			ev := r.event()
			require.Equal(t, one.Apply(now, ev, nil), two.Apply(now, ev, nil))
			require.Empty(t, one.Check(time.Time{}))
			if due, ok := one.Due(); ok {
				require.False(t, due.Before(start))
			}
		}
		require.Equal(t, one.Hash(), two.Hash())
		one.View(now)
		one.Agents()
	})
}
