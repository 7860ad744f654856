package sip_test

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/trunk"
	"yingda/internal/voice/sip/wire"
)

// quick bounds what should come at once, on a machine that has other work too.
const quick = 10 * time.Second

var loopback = netip.MustParseAddr("127.0.0.1")

var trunkID = uuid.New()

// node is an agent under test with the calls that came to it.
type node struct {
	*sip.Agent
	calls  chan *sip.Leg
	trunks *trunk.Manager
}

// newNode starts an agent on loopback. change may alter its configuration; Incoming, unless set, puts
// the calls into node.calls.
func newNode(t testing.TB, change func(*sip.Config)) *node {
	t.Helper()
	n := &node{calls: make(chan *sip.Leg, 64)}
	n.trunks = trunk.NewManager(trunk.Config{Clock: clock.System(), Logger: slog.New(slog.DiscardHandler)})
	cfg := sip.Config{
		Listen: []wire.Listen{{Network: "udp", Address: netip.AddrPortFrom(loopback, 0)}, {Network: "tcp", Address: netip.AddrPortFrom(loopback, 0)}},
		Trunks: n.trunks, Anybody: true, Clock: clock.System(),
		Incoming: func(l *sip.Leg) { n.calls <- l },
	}
	if change != nil {
		change(&cfg)
	}
	n.Agent = sip.New(cfg)
	require.NoError(t, n.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), quick)
		defer cancel()
		require.NoError(t, n.Stop(ctx))
		require.Zero(t, n.Stats().Calls, "legs left")
	})
	return n
}

func (n *node) address(network string) netip.AddrPort { return n.Wire().Addresses(network)[0] }

// to makes a trunk group "out" of the addresses given, in this order.
func (n *node) to(network trunk.Transport, addresses ...netip.AddrPort) {
	var list []trunk.Trunk
	for i, a := range addresses {
		list = append(list, trunk.Trunk{
			ID: uuid.New(), Name: "carrier" + string(rune('A'+i)), Group: "out", Hosts: []string{a.String()}, Transport: network,
			Weight: 1, Priority: i, CallerIDFrom: trunk.FromPAI,
		})
	}
	n.trunks.Apply(list)
}

func offer(port int) []byte {
	return sdp.Offer(sdp.Local{Address: loopback, Port: port, Session: 1, Version: 1})
}

func answerTo(t testing.TB, d *sdp.Description, port int) []byte {
	t.Helper()
	require.NotNil(t, d)
	body, _, err := d.Answer(sdp.Local{Address: loopback, Port: port, Session: 2, Version: 1})
	require.NoError(t, err)
	return body
}

// next waits for the next event of the kind wanted; another kind fails the test.
func next[E sip.Event](t testing.TB, l *sip.Leg) E {
	t.Helper()
	select {
	case e, ok := <-l.Events():
		require.True(t, ok, "the leg has ended already")
		want, ok := e.(E)
		require.True(t, ok, "event %T %+v", e, e)
		return want
	case <-time.After(quick):
		require.FailNow(t, "no event")
	}
	panic("unreachable")
}

func incoming(t testing.TB, n *node) *sip.Leg {
	t.Helper()
	select {
	case l := <-n.calls:
		return l
	case <-time.After(quick):
		require.FailNow(t, "no call came")
	}
	panic("unreachable")
}

// pair is one answered call between two agents.
type pair struct {
	a, b   *node
	la, lb *sip.Leg // la dialled, lb was called
}

func call(t testing.TB, a, b *node) pair {
	t.Helper()
	p := pair{a: a, b: b}
	var wg sync.WaitGroup
	wg.Go(func() {
		p.lb = incoming(t, b)
		require.NoError(t, p.lb.Answer(t.Context(), answerTo(t, p.lb.Remote(), 30000)))
	})
	var err error
	p.la, err = a.Dial(t.Context(), sip.Call{To: "10010", Trunk: "out", From: sip.Identity{Number: "13900000001"}, SDP: offer(20000)})
	wg.Wait()
	require.NoError(t, err)
	next[sip.Answered](t, p.lb)
	require.NotNil(t, next[sip.Answered](t, p.la).Remote)
	return p
}

func newPair(t testing.TB, network trunk.Transport, change func(*sip.Config)) pair {
	t.Helper()
	a, b := newNode(t, change), newNode(t, change)
	a.to(network, b.address(string(network)))
	return call(t, a, b)
}

func TestCallsAndHangsUpFromBothSides(t *testing.T) {
	t.Parallel()
	for _, network := range []trunk.Transport{trunk.UDP, trunk.TCP} {
		for _, callee := range []bool{false, true} {
			p := newPair(t, network, nil)
			require.Equal(t, "10010", p.lb.Called())
			require.Equal(t, "13900000001", p.lb.Caller().Number)
			require.Equal(t, sip.Incoming, p.lb.Direction())
			require.WithinDuration(t, time.Now(), p.lb.Arrived(), quick)
			hangs, waits := p.la, p.lb
			reason := ending.Normal
			if callee {
				hangs, waits, reason = p.lb, p.la, ending.CalleeHungUp
			}
			require.NoError(t, hangs.Hang(t.Context(), ending.Normal))
			require.Equal(t, ending.Of(ending.Normal, ending.Ours), next[sip.Ended](t, hangs).Ending)
			require.Equal(t, ending.Of(reason, ending.Theirs), next[sip.Ended](t, waits).Ending)
			require.ErrorIs(t, waits.Context().Err(), sip.ErrEnded)
			require.ErrorIs(t, waits.Hang(t.Context(), ending.Normal), sip.ErrEnded)
		}
	}
}
