package routing_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/interaction"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/fault"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
)

// TestAnAgentSignedInTwiceHasToSayThatHeTakesOver is "an agent signed in twice" of the bad inputs.
func TestAnAgentSignedInTwiceHasToSayThatHeTakesOver(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	var mu sync.Mutex
	told := map[string]int{}
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, []routing.Break{rest}), func(c *routing.Config) {
		c.TellUser = func(user, _ string, _ any) {
			mu.Lock()
			defer mu.Unlock()
			told[user]++
		}
	})
	f.leads(t)
	first := f.signIn(t, "1001", "8001")
	again, err := f.SignInAs(t.Context(), first, false)
	require.NoError(t, err, "the same page again")
	second := first
	second.Login = newID()
	_, err = f.SignInAs(t.Context(), second, false)
	require.ErrorIs(t, err, routing.ErrElsewhere)
	require.ErrorContains(t, err, "8001")
	_, err = f.Act(t.Context(), "break", first.Staff, "rest")
	require.NoError(t, err)
	mu.Lock()
	before := told[first.Account.String()]
	mu.Unlock()
	second.Phone = "8002"
	v, err := f.SignInAs(t.Context(), second, true)
	require.NoError(t, err)
	require.Equal(t, again.Session, v.Session, "one session of work")
	require.Equal(t, engine.OnBreak, v.Wanted, "what he did goes on")
	require.Equal(t, "8002", v.Phone)
	mu.Lock()
	require.Greater(t, told[first.Account.String()], before, "the first page is told")
	mu.Unlock()

	other := routing.Session{Staff: newID(), Account: newID(), Login: newID(), Number: "1002", Phone: "8002", Centre: centre, Places: []uuid.UUID{centre}}
	_, err = f.SignInAs(t.Context(), other, true)
	require.ErrorIs(t, err, routing.ErrPhoneTaken)
	other.Phone = "8001"
	_, err = f.SignInAs(t.Context(), other, false)
	require.NoError(t, err, "the phone that he left is free")

	_, err = f.Act(t.Context(), "break", first.Staff, "sleep")
	require.ErrorIs(t, err, routing.ErrNoBreak)
	_, err = f.Act(t.Context(), "ready", newID(), "")
	require.ErrorIs(t, err, routing.ErrNotSignedIn)
	_, err = f.Act(t.Context(), "sign_out", first.Staff, "")
	require.NoError(t, err)
	require.Eventually(t, func() bool { _, there := f.Desk("8002"); return !there }, patience, often)
}

func TestWhoTalksStaysAtHisPhoneAndLeavesAfterwards(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil), nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "a", Local: f.Service})
	f.leads(t)
	n.Phone("8001", true, false)
	s := f.signIn(t, "1001", "8001")
	id, _ := n.queue("hotline", "")
	n.take(n.next(engine.Offer))
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.Talking }, patience, often)
	moved := s
	moved.Phone = "8002"
	_, err := f.SignInAs(t.Context(), moved, true)
	require.ErrorIs(t, err, routing.ErrInContact)
	v, err := f.Act(t.Context(), "sign_out", s.Staff, "")
	require.NoError(t, err)
	require.Equal(t, engine.Talking, v.State)
	require.Equal(t, engine.SignedOut, v.Wanted)
	n.leave(id)
	require.Eventually(t, func() bool { _, there := f.Desk("8001"); return !there }, patience, often)
}

// TestAPhoneThatIsUnpluggedIsOfferedNothing is "a phone unplugged" of the bad inputs.
func TestAPhoneThatIsUnpluggedIsOfferedNothing(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil), nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "a", Local: f.Service})
	f.leads(t)
	s := f.signIn(t, "1001", "8001")
	require.Equal(t, engine.Unreachable, f.AgentState(s.Staff))
	id, _ := n.queue("hotline", "")
	n.Phone("8001", true, false)
	o := n.next(engine.Offer)
	require.Equal(t, id, o.Contact)
	n.Phone("8001", false, false)
	w := n.next(engine.Withdraw)
	require.Equal(t, o.Reservation, w.Reservation)
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.Unreachable }, patience, often)
}

// TestOnlyOneRouterLeads: whatever happens to leaders, epochs rise, and no node carries out an order of an older one.
func TestOnlyOneRouterLeads(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	tables := routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil)
	var epochs []uint64
	f := open(t, b, "r0", tables, nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "n"})
	for i := range 4 {
		f.leads(t)
		epochs = append(epochs, f.Epoch())
		next := open(t, b, fmt.Sprint("r", i+1), tables, nil)
		require.Zero(t, next.Epoch(), "one leads already")
		f.stop(t)
		f = next
	}
	f.leads(t)
	for i := 1; i < len(epochs); i++ {
		require.Greater(t, epochs[i], epochs[i-1])
	}
	require.Eventually(t, func() bool { return n.Client.Epoch() == f.Epoch() }, patience, often)
	id, _ := n.queue("hotline", "")
	before := n.Refused()
	n.Speak(epochs[0], routing.Order{Kind: engine.Expelled, Contact: id, Reason: engine.WhyWaited})
	require.Equal(t, before+1, n.Refused())
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.orders {
		require.NotEqual(t, engine.Expelled, o.Kind)
	}
}

// TestWhatANodeSaysTwiceOrOutOfOrderCountsOnce: every subset of frames may be lost, doubled and late.
func TestWhatANodeSaysTwiceOrOutOfOrderCountsOnce(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil), nil)
	f.leads(t)
	rapid.Check(t, func(r *rapid.T) {
		node, instance := "n"+newID().String(), rapid.Uint64Range(1, 1<<60).Draw(r, "instance")
		k := rapid.IntRange(1, 12).Draw(r, "contacts")
		var ids []uuid.UUID
		for range k {
			ids = append(ids, newID())
		}
		f.Hello(node, instance)
		for range rapid.IntRange(1, 40).Draw(r, "frames") { // whatever arrives, in any order
			from := rapid.IntRange(0, k-1).Draw(r, "from")
			f.Say(node, instance, ids, from, rapid.IntRange(from, k-1).Draw(r, "to"))
		}
		f.Say(node, instance, ids, 0, k-1) // sent again until it was acknowledged
		waiting, err := f.Waiting(context.Background(), "hotline")
		if err != nil || waiting != k {
			r.Fatalf("%d wait, not %d (%v)", waiting, k, err)
		}
		f.Bye(node, instance)
	})
}

func TestTheBusMayGoAwayAndComeBack(t *testing.T) {
	t.Parallel()
	server := bustest.External(t)
	b := server.Open(t)
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil), nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "a", Local: f.Service})
	f.leads(t)
	n.Phone("8001", true, false)
	s := f.signIn(t, "1001", "8001")
	server.Stop()
	id, _ := n.queue("hotline", "") // router and node are one process: it goes on
	n.take(n.next(engine.Offer))
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.Talking }, patience, often)
	_, err := f.Act(t.Context(), "sign_out", s.Staff, "")
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "what cannot be kept is not acknowledged")
	server.Start()
	n.leave(id)
	require.Eventually(t, func() bool {
		_, err := f.Act(context.Background(), "sign_out", s.Staff, "")
		return err == nil || errors.Is(err, routing.ErrNotSignedIn)
	}, patience, 100*time.Millisecond)
	require.Eventually(t, func() bool { _, there := f.Desk("8001"); return !there }, patience, often)
	require.Zero(t, f.Corrections())
}

// TestADivergenceIsCorrectedAndCounted is peers A: no stranded caller, and a counter that tells.
func TestADivergenceIsCorrectedAndCounted(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil), nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "a", Local: f.Service})
	f.leads(t)
	forgotten, _ := n.queue("hotline", "")
	gone, _ := n.queue("hotline", "")
	n.mu.Lock()
	delete(n.stands, gone) // without a word
	n.mu.Unlock()
	f.Violate(forgotten)
	require.Eventually(t, func() bool { return f.Corrections() == 2 }, patience, often)
	n.Phone("8001", true, false)
	f.signIn(t, "1001", "8001")
	require.Equal(t, forgotten, n.next(engine.Offer).Contact)
	require.EqualValues(t, 2, f.Corrections())
}

// spans takes what is written down.
type spans struct {
	mu   sync.Mutex
	list []interaction.AgentSpan
}

func (s *spans) Write(entries ...interaction.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		s.list = append(s.list, *e.Span)
	}
}

func TestEachStateOfAnAgentIsWrittenDown(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	rec := &spans{}
	q := line(t, "hotline")
	q.WrapUp = engine.MandatoryWrapUp
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{q}, nil), func(c *routing.Config) { c.Recorder = rec })
	n := join(t, routing.ClientConfig{Bus: b, Node: "a", Local: f.Service})
	f.leads(t)
	n.Phone("8001", true, false)
	s := f.signIn(t, "1001", "8001")
	id, _ := n.queue("hotline", "")
	n.take(n.next(engine.Offer))
	n.leave(id)
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.WrappingUp }, patience, often)
	_, err := f.Act(t.Context(), "end_wrap_up", s.Staff, "")
	require.NoError(t, err)
	var states []string
	last := uint64(0)
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for _, one := range rec.list {
		states = append(states, one.State)
		require.Greater(t, one.Seq, last)
		last = one.Seq
		if one.State != "ready" {
			require.Equal(t, id, one.Contact)
			require.Equal(t, q.ID.UUID(), one.Queue)
		}
	}
	require.Equal(t, []string{"ready", "reserved", "ringing", "talking", "wrap_up", "ready"}, states)
}

func TestTheJournalExplainsAndReplays(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil), nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "a", Local: f.Service})
	f.leads(t)
	n.Phone("8001", true, false)
	s := f.signIn(t, "1001", "8001")
	var id uuid.UUID
	for range 300 { // more than a hash is apart
		id, _ = n.queue("hotline", "")
		n.take(n.next(engine.Offer))
		n.leave(id)
	}
	require.Eventually(t, func() bool {
		list, err := f.Explained(t.Context(), id)
		return err == nil && len(list) > 0 && list[len(list)-1].Chosen == s.Staff
	}, patience, 50*time.Millisecond)
	r, err := routing.Replay(t.Context(), b, 0)
	require.NoError(t, err)
	require.Equal(t, f.Epoch(), r.Epoch)
	require.NotZero(t, r.Hashes)
	require.Empty(t, r.Wrong)
	require.Zero(t, r.Gaps)
	_, err = routing.Replay(t.Context(), b, 999)
	require.ErrorIs(t, err, routing.ErrNothingToReplay)
}
