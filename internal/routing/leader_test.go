package routing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus/bustest"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
)

func TestAContactIsOfferedTakenAndOver(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, []routing.Break{rest}), nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "a", Local: f.Service})
	f.leads(t)
	n.Phone("8001", true, false)
	s := f.signIn(t, "1001", "8001")
	id, place := n.queue("hotline", "13812345678")
	require.Equal(t, 1, place.Position)
	o := n.next(engine.Offer)
	require.Equal(t, id, o.Contact)
	require.Equal(t, routing.Desk{Agent: s.Staff, Number: "1001", Phone: "8001"}, o.Desk)
	desk, ok := n.Desk("8001")
	require.True(t, ok)
	require.Equal(t, o.Desk, desk)
	n.take(o)
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.Talking }, patience, often)
	n.leave(id)
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.Ready }, patience, often)
	require.Zero(t, f.Corrections())
}

func TestTheSameHoldsForANodeInAnotherProcess(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	f := open(t, b, "a", routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil), nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "b"})
	f.leads(t)
	n.Phone("8001", true, false)
	s := f.signIn(t, "1001", "8001")
	id, _ := n.queue("hotline", "")
	n.take(n.next(engine.Offer))
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.Talking }, patience, often)
	n.leave(id)
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.Ready }, patience, often)
	require.Eventually(t, func() bool { _, ok := n.Desk("8001"); return ok }, patience, often)
}

func TestALeaderThatStopsIsFollowedByAnotherAndEveryPlaceIsKept(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	tables := routing.TablesOf([]routing.Queue{line(t, "hotline")}, nil)
	first := open(t, b, "a", tables, nil)
	first.leads(t)
	second := open(t, b, "b", tables, nil)
	n := join(t, routing.ClientConfig{Bus: b, Node: "n"})
	var ids []uuid.UUID
	for i := range 50 {
		id, p := n.queue("hotline", fmt.Sprint("1380000", i))
		require.Equal(t, i+1, p.Position)
		ids = append(ids, id)
	}
	epoch := first.Epoch()
	began := time.Now()
	first.stop(t)
	second.leads(t)
	require.Less(t, time.Since(began), 3*time.Second)
	require.Greater(t, second.Epoch(), epoch)
	n.Phone("8001", true, false)
	second.signIn(t, "1001", "8001")
	for _, id := range ids {
		o := n.next(engine.Offer)
		require.Equal(t, id, o.Contact)
		n.take(o)
		n.leave(id)
	}
	require.Zero(t, second.Corrections())
}
