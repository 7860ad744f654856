package voice_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/voice"
)

// switchboard is a node of the tests: a hand-written voice.Live.
type switchboard struct {
	mu     sync.Mutex
	calls  []voice.LiveCall
	phones []voice.Registration
	trunks []voice.TrunkStatus
	hung   []voice.CallID
}

func (b *switchboard) Calls() []voice.LiveCall {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls)
}
func (b *switchboard) Registrations() []voice.Registration { return b.phones }
func (b *switchboard) TrunkStatus() []voice.TrunkStatus    { return b.trunks }
func (b *switchboard) Ladder(id voice.CallID) ([]voice.Message, bool) {
	for _, c := range b.Calls() {
		if c.ID == id {
			return []voice.Message{{FirstLine: "INVITE sip:13812345678@10.0.0.1 SIP/2.0"}}, true
		}
	}
	return nil, false
}

func (b *switchboard) Hang(id voice.CallID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.calls)
	b.calls = slices.DeleteFunc(b.calls, func(c voice.LiveCall) bool { return c.ID == id })
	if len(b.calls) < before {
		b.hung = append(b.hung, id)
	}
	return len(b.calls) < before
}

func (b *switchboard) TestTrunk(_ context.Context, id voice.TrunkID) ([]voice.HostTest, error) {
	return []voice.HostTest{{Host: "10.0.0.1", OK: true, SIP: 200, RTTMS: 1.5}}, nil
}

func run1(t testing.TB, services ...lifecycle.Service) {
	t.Helper()
	for _, s := range services {
		require.NoError(t, s.Start(t.Context()))
		t.Cleanup(func() { require.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) })
	}
}

// TestAProcessWithoutCallsShowsThoseOfTheNodes is issue 4, item 5: live calls on every process, whatever its roles.
func TestAProcessWithoutCallsShowsThoseOfTheNodes(t *testing.T) {
	t.Parallel()
	o := setup(t)
	trunk := o.trunk(t, line(o.group(t, "A", o.nation), "甲方中继", "10.0.0.1"))
	phone, _ := o.phone(t, "8001", o.guangdong)
	b := &switchboard{
		phones: []voice.Registration{{Phone: "8001", Contact: "sip:8001@192.0.2.7", Source: "192.0.2.7:5062", Transport: "udp", Agent: "baresip", Since: time.Now(), Expires: time.Now().Add(time.Hour)}},
		trunks: []voice.TrunkStatus{{Trunk: trunk.ID, State: voice.TrunkUp, Since: time.Now(), Calls: 1, RTTMS: 2}},
	}
	const many = 900 // more than fit one message
	for i := range many {
		c := voice.LiveCall{ID: voice.NewCallID(), Direction: voice.In, State: voice.Talking, Caller: "13812345678", Called: "96800", Trunk: trunk.ID, Started: time.Now().Add(time.Duration(i) * time.Millisecond), Answered: time.Now(), Codec: "PCMA"}
		c.Quality = voice.Quality{Receive: voice.Way{Packets: 96, Lost: 4, Reported: true}}
		switch i {
		case 0:
			c.Centre, c.Phone = o.guangdong.ID.UUID(), phone.ID
		case 1:
			c.Centre = o.fujian.ID.UUID()
		}
		b.calls = append(b.calls, c)
	}
	shared := bustest.New(t)
	told := make(chan string, 100)
	node, web := o.config, o.config
	node.Bus, web.Bus, web.Node, node.Node = shared, shared, "web", "voice node.1"
	node.Clock, web.Clock = clock.System(), clock.System()
	node.Tell = func(topic string) { told <- topic }
	n, w := voice.New(node), voice.New(web)
	require.NoError(t, w.Refresh(t.Context()))
	run1(t, w.Gatherer())
	publisher := n.Publisher(b)
	require.NoError(t, publisher.Start(t.Context()))
	require.Eventually(t, func() bool {
		v, err := w.LiveCalls(everywhere(t))
		return err == nil && len(v.Calls) == many
	}, 20*time.Second, 20*time.Millisecond)

	v, err := w.LiveCalls(everywhere(t))
	require.NoError(t, err)
	require.Equal(t, "voice node.1", v.Nodes[0].Node)
	require.Equal(t, "+86138****5678", v.Calls[0].Caller, "numbers are masked before they leave the node")
	mine, err := w.LiveCalls(o.at(t, o.guangdong))
	require.NoError(t, err)
	require.Len(t, mine.Calls, 1, "a province sees its own")
	require.Equal(t, many, mine.Nodes[0].Calls)
	ladder, err := w.LiveLadder(everywhere(t), v.Calls[5].ID)
	require.NoError(t, err)
	require.Equal(t, "INVITE sip:+86138****5678@10.0.0.1 SIP/2.0", ladder[0].FirstLine)
	_, err = w.LiveLadder(o.at(t, o.guangdong), v.Calls[5].ID)
	require.ErrorIs(t, err, voice.ErrNoCall)
	require.ErrorIs(t, w.Hang(o.at(t, o.guangdong), v.Calls[5].ID, "试"), voice.ErrNoCall)
	require.NoError(t, w.Hang(everywhere(t), v.Calls[5].ID, "占线太久"))
	require.Equal(t, []voice.CallID{v.Calls[5].ID}, b.hung)
	require.Equal(t, []string{"voice.call.hang"}, o.audited(t, "voice.call"))

	results, err := w.TestTrunk(everywhere(t), trunk.ID)
	require.NoError(t, err)
	require.Equal(t, []voice.NodeTest{{Node: "voice node.1", Hosts: []voice.HostTest{{Host: "10.0.0.1", OK: true, SIP: 200, RTTMS: 1.5}}}}, results)
	topics := map[string]bool{}
	require.Eventually(t, func() bool {
		_, err := w.LiveCalls(everywhere(t)) // pages ask again; the first word that somebody looks came before the node listened, perhaps
		require.NoError(t, err)
		for len(told) > 0 {
			topics[<-told] = true
		}
		return topics[voice.LiveTopic] && topics[voice.PhonesLive] && topics[voice.TrunksLive]
	}, 20*time.Second, 20*time.Millisecond, "%v", topics)

	require.NoError(t, publisher.Stop(context.WithoutCancel(t.Context())))
	require.Eventually(t, func() bool {
		v, err := w.LiveCalls(everywhere(t))
		return err == nil && len(v.Calls) == 0 && len(v.Nodes) == 0
	}, 20*time.Second, 20*time.Millisecond, "a node that stops says goodbye")
	_, err = w.TestTrunk(everywhere(t), trunk.ID)
	require.ErrorIs(t, err, voice.ErrNoVoiceNode)
}

func TestANodeThatFallsSilentIsForgotten(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.config.Bus = bustest.New(t)
	w := voice.New(o.config)
	run1(t, w.Gatherer())
	data := fmt.Sprintf(`{"node":"gone","calls":[{"id":%q}],"epoch":1,"part":0,"parts":1}`, uuid.Must(uuid.NewV7()))
	require.NoError(t, o.config.Bus.Publish(t.Context(), "voice.live.node", []byte("not json")))
	require.NoError(t, o.config.Bus.Publish(t.Context(), "voice.live.node", []byte(data)))
	require.Eventually(t, func() bool {
		v, err := w.LiveCalls(everywhere(t))
		return err == nil && len(v.Calls) == 1
	}, 10*time.Second, 10*time.Millisecond)
	o.clock.Advance(13 * time.Second)
	v, err := w.LiveCalls(everywhere(t))
	require.NoError(t, err)
	require.Empty(t, v.Calls)
	require.Empty(t, v.Nodes)
}

func TestWithoutABusTheOwnNodeIsShown(t *testing.T) {
	t.Parallel()
	o := setup(t)
	b := &switchboard{calls: []voice.LiveCall{{ID: voice.NewCallID(), Caller: "10086", Started: time.Now()}}}
	run1(t, o.Publisher(b))
	require.Eventually(t, func() bool {
		v, err := o.LiveCalls(everywhere(t))
		return err == nil && len(v.Calls) == 1 && len(v.Nodes) == 1
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, o.Hang(everywhere(t), b.Calls()[0].ID, "试"))
}

// TestChangesTakeEffectWithinTwoSeconds: another process follows by the bus, and without one by looking.
func TestChangesTakeEffectWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	o := setup(t)
	shared := bustest.New(t)
	editor, follower, alone := o.config, o.config, o.config
	editor.Bus, follower.Bus = shared, shared
	editor.Clock, follower.Clock, alone.Clock = clock.System(), clock.System(), clock.System()
	follower.Follow = time.Hour // only the bus wakes it
	e, f, a := voice.New(editor), voice.New(follower), voice.New(alone)
	run1(t, f.Follower(), a.Follower())
	seen := make(chan *voice.Tables, 10)
	f.OnTables(func(t *voice.Tables) { seen <- t })
	require.Eventually(t, func() bool { return f.Tables().Loaded && a.Tables().Loaded }, 10*time.Second, 5*time.Millisecond)
	began := time.Now()
	_, err := e.CreateNumber(everywhere(t), nil, voice.NumberSpec{Number: "9000", Match: voice.Whole, Name: "回音", Centre: o.nation.ID, Act: voice.ActEcho})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return f.Tables().Resolve("9000", false).Act == voice.ActEcho && a.Tables().Resolve("9000", false).Act == voice.ActEcho
	}, 10*time.Second, 5*time.Millisecond)
	t.Logf("after %v", time.Since(began))
	for got := range seen {
		if got.Resolve("9000", false).Act == voice.ActEcho {
			break
		}
	}
}
