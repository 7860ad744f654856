package node_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/interaction"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/node"
)

// rings is a phone that rings for a moment and answers.
func rings(hz float64) carrier.PhoneConfig {
	return carrier.PhoneConfig{Play: sends(hz), Answer: carrier.Policy{After: 150 * time.Millisecond}}
}

// atOnce is a phone that answers at once.
func atOnce(hz float64) carrier.PhoneConfig { return carrier.PhoneConfig{Play: sends(hz)} }

func TestACallerIsGreetedPressesAKeyAndTalksToAnAgent(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{record: true, floor: &floorPlan{queue: func(q *routing.Queue) { q.AnnounceNumber = true }}})
	a := h.agent("1007", "8001", rings(440))
	s := h.dial(h.from("96900"))
	_, err := s.Hear(within(t), 300*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, s.SendDigits(within(t), "1", carrier.Keying{}))
	ours := h.next(a.desk)
	require.Equal(t, customer, ours.Caller())
	h.answered(ours)
	h.hears(s, "440") // when the announcement is over
	h.hears(ours, "880")
	a.becomes("talking")
	require.NoError(t, s.Bye(within(t)))
	h.ended(ours)
	hops := h.contact(0)
	require.Equal(t, "dialled answered flow_step(welcome) flow_step(menu) flow_step(agent1) key_to_agent enqueued offered ringing accepted announced "+
		"talking talk_ended ended(caller normal)", steps(hops))
	require.True(t, slices.IsSortedFunc(hops, func(a, b interaction.Hop) int { return a.At.Compare(b.At) }), "%v", hops)
	at := func(kind interaction.HopKind) interaction.Hop {
		return hops[slices.IndexFunc(hops, func(s interaction.Hop) bool { return s.Kind == kind })]
	}
	require.Equal(t, h.floor.queue.ID.UUID(), at(interaction.Enqueued).Queue)
	require.Equal(t, a.staff, at(interaction.Accepted).Agent)
	require.Equal(t, "8001", at(interaction.Offered).Detail.Phone)
	require.Greater(t, at(interaction.TalkBegan).At.Sub(at(interaction.Announced).At), time.Second, "the staff number is read first")
	require.NotEqual(t, uuid.Nil, at(interaction.TalkBegan).Detail.Recording)
	opening := h.floor.book.openings()[0]
	require.Equal(t, []any{customer, "96900", h.trunk.ID.UUID(), "n1"}, []any{opening.Caller, opening.Called, opening.Trunk, opening.Node})
	for _, c := range h.calls(2) {
		require.Equal(t, opening.Contact, c.Conversation)
	}
	a.becomes("ready")
	h.servesNobody(t)
}

func TestWhoWaitsHearsMusicUntilAnAgentComes(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	s := h.dial(h.from("96800"))
	heard, err := s.Hear(within(t), time.Second)
	require.NoError(t, err)
	require.Greater(t, heard.Energy, -50.0, "music")
	h.eventually(func() bool { live := h.node.Calls(); return len(live) == 1 && live[0].State == voice.Waiting }, "the state of who waits")
	a := h.agent("1001", "8001", rings(440))
	h.hears(s, "440")
	require.NoError(t, s.Bye(within(t)))
	require.Equal(t, "dialled key_to_agent answered enqueued offered ringing accepted talking talk_ended ended(caller normal)", steps(h.contact(0)))
	a.becomes("ready")
}

func TestWhoHangsUpWhileAPhoneRingsStopsIt(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	a := h.agent("1001", "8001", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	s := h.dial(h.from("96800"))
	ours := h.next(a.desk)
	a.becomes("ringing")
	require.NoError(t, s.Bye(within(t)))
	h.ended(ours)
	a.becomes("ready")
	require.Equal(t, "dialled key_to_agent answered enqueued offered ringing offer_ended(caller_left) ended(caller normal)", steps(h.contact(0)))
	require.ElementsMatch(t, []string{"in completed theirs normal", "out cancelled ours caller_gave_up"}, endings(h.calls(2)))
}

// The caller hangs up in the moment in which the agent answers, in every order in which that may happen.
func TestAnswerAndHangUpAtOnceLeaveNobody(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	a := h.agent("1001", "8001", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	for i := range 15 {
		s := h.dial(h.from("96800"))
		ours := h.next(a.desk)
		var both sync.WaitGroup
		both.Go(func() {
			if i%3 == 1 {
				<-time.After(time.Duration(i) * 100 * time.Microsecond)
			}
			_ = ours.Answer(within(t)) // it may be taken back already
		})
		both.Go(func() {
			if i%3 == 2 {
				<-time.After(time.Duration(i) * 100 * time.Microsecond)
			}
			_ = s.Bye(within(t))
		})
		both.Wait()
		h.ended(ours)
		h.contact(i)
		a.becomes("ready")
	}
	h.eventually(func() bool { return h.node.Parties() == 0 }, "nobody is left")
	h.servesNobody(t)
}

func TestAnAgentWhoDoesNotAnswerIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{queue: func(q *routing.Queue) { q.Ring = 3 }}})
	first := h.agent("1001", "8001", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	s := h.dial(h.from("96800"))
	ours := h.next(first.desk)
	second := h.agent("1002", "8002", rings(1320))
	h.ended(ours)
	first.becomes("no_answer")
	h.hears(s, "1320")
	require.NoError(t, s.Bye(within(t)))
	require.Equal(t, "dialled key_to_agent answered enqueued offered ringing offer_ended(no_answer) offered ringing accepted talking talk_ended ended(caller normal)",
		steps(h.contact(0)))
	second.becomes("ready")
}

func TestABusyPhoneIsPassedOver(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	h.agent("1001", "8001", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RefuseAll}})
	s := h.dial(h.from("96800"))
	h.reaches(interaction.OfferEnded)
	h.agent("1002", "8002", atOnce(1320))
	h.hears(s, "1320")
	require.NoError(t, s.Bye(within(t)))
	require.Contains(t, steps(h.contact(0)), "enqueued offered offer_ended(busy) offered accepted talking")
}

func TestAnUnpluggedPhoneGetsNobody(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	a := h.agent("1001", "8001", atOnce(440))
	a.becomes("ready")
	require.NoError(t, a.desk.Stop(within(t)))
	a.becomes("unreachable")
	s := h.dial(h.from("96800"))
	b := h.agent("1002", "8002", atOnce(1320))
	h.hears(s, "1320")
	require.NoError(t, s.Bye(within(t)))
	require.NotContains(t, steps(h.contact(0)), "offer_ended")
	b.becomes("ready")
}

func TestWhoLosesHisAgentIsServedByTheNext(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	first := h.agent("1001", "8001", atOnce(440))
	s := h.dial(h.from("96800"))
	ours := h.next(first.desk)
	h.hears(s, "440")
	second := h.agent("1002", "8002", rings(1320))
	for _, c := range h.node.Calls() {
		if c.Direction == voice.Out {
			require.True(t, h.node.FallSilent(c.ID))
		}
	}
	h.ended(ours)
	h.hears(s, "1320")
	require.NoError(t, s.Bye(within(t)))
	hops := h.contact(0)
	require.Equal(t, "dialled key_to_agent answered enqueued offered accepted talking talk_ended enqueued offered ringing accepted talking talk_ended ended(caller normal)", steps(hops))
	first.becomes("ready")
	second.becomes("ready")
}

func TestAnAgentWhoHangsUpEndsTheCall(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	a := h.agent("1001", "8001", atOnce(440))
	s := h.dial(h.from("96800"))
	ours := h.next(a.desk)
	h.hears(s, "440")
	require.NoError(t, ours.Bye(within(t)))
	h.ended(s)
	require.Contains(t, steps(h.contact(0)), "talking talk_ended ended(agent callee_hung_up)")
	a.becomes("ready")
}

func TestHoldIsWrittenDown(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	a := h.agent("1001", "8001", atOnce(440))
	s := h.dial(h.from("96800"))
	ours := h.next(a.desk)
	h.hears(s, "440")
	require.NoError(t, ours.Hold(within(t)))
	require.NoError(t, ours.Resume(within(t)))
	h.hears(s, "440")
	require.NoError(t, s.Bye(within(t)))
	hops := h.contact(0)
	require.Contains(t, steps(hops), "talking held resumed talk_ended")
	for _, s := range hops {
		if s.Kind == interaction.Held {
			require.Equal(t, interaction.ByAgent, s.Detail.By)
		}
	}
}

func TestATransferIntoAQueueKeepsTheTimeOfTheKey(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	h.queue("second", nil)
	h.number("96801", voice.NumberSpec{Act: voice.ActQueue, Queue: "second"})
	first := h.agent("1001", "8001", atOnce(440))
	s := h.dial(h.from("96800"))
	ours := h.next(first.desk)
	h.hears(s, "440")
	second := h.agent("1002", "8002", atOnce(1320))
	made, err := ours.Refer(within(t), "96801")
	require.NoError(t, err)
	require.Equal(t, 200, made.Final)
	h.ended(ours)
	h.hears(s, "1320")
	require.NoError(t, s.Bye(within(t)))
	hops := h.contact(0)
	require.Equal(t, "dialled key_to_agent answered enqueued offered accepted talking transferred(blind second) talk_ended enqueued offered accepted talking talk_ended "+
		"ended(caller normal)", steps(hops))
	first.becomes("ready")
	second.becomes("ready")
}

func TestATransferToAPhoneFreesTheAgent(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	a := h.agent("1001", "8001", atOnce(440))
	colleague := h.phone("8003", atOnce(1320))
	s := h.dial(h.from("96800"))
	ours := h.next(a.desk)
	h.hears(s, "440")
	made, err := ours.Refer(within(t), "8003")
	require.NoError(t, err)
	require.Equal(t, 200, made.Final)
	h.ended(ours)
	third := h.next(colleague)
	h.hears(s, "1320")
	a.becomes("ready")
	require.NoError(t, s.Bye(within(t)))
	h.ended(third)
	require.Contains(t, steps(h.contact(0)), "talking transferred(blind 8003) talk_ended ended(caller normal)")
}

func TestATransferToNobodyLeavesThemTalking(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	a := h.agent("1001", "8001", atOnce(440))
	s := h.dial(h.from("96800"))
	ours := h.next(a.desk)
	h.hears(s, "440")
	made, err := ours.Refer(within(t), "55555")
	require.NoError(t, err)
	require.Equal(t, 404, made.Final)
	h.hears(s, "440")
	h.hears(ours, "880")
	require.NoError(t, s.Bye(within(t)))
	require.Contains(t, steps(h.contact(0)), "talking transfer_failed(not_found) talk_ended ended(caller normal)")
	a.becomes("ready")
}

func TestWhoIsTransferredToAPhoneThatDoesNotAnswerComesBack(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}, node: ringsFor(2 * time.Second)})
	a := h.agent("1001", "8001", atOnce(440))
	h.phone("8003", carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	s := h.dial(h.from("96800"))
	ours := h.next(a.desk)
	h.hears(s, "440")
	hung := make(chan error, 1)
	go func() { // who transfers hangs up at once
		_, _ = ours.Refer(within(t), "8003")
		hung <- nil
	}()
	h.eventually(func() bool { return len(h.node.Calls()) == 3 }, "the ringing of the third")
	require.NoError(t, ours.Bye(within(t)))
	<-hung
	again := h.next(a.desk) // the only agent gets him again
	h.hears(s, "440")
	require.NoError(t, s.Bye(within(t)))
	h.ended(again)
	require.Contains(t, steps(h.contact(0)), "talking transfer_failed(no_answer) talk_ended enqueued offered accepted talking talk_ended ended(caller normal)")
	a.becomes("ready")
}

func TestAClosedQueueIsSaid(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"96800": "dialled key_to_agent answered queue_left(queue_closed) ended(system queue_closed)",
		"96900": "dialled answered flow_step(welcome) flow_step(menu) flow_step(agent1) key_to_agent queue_left(queue_closed) flow_step(goodbye) ended(system queue_closed)",
	} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			h := setup(t, plan{floor: &floorPlan{queue: func(q *routing.Queue) { q.Closed = true }}})
			s := h.dial(h.from(number))
			heard := s.Listen()
			if number == "96900" {
				_, err := s.Hear(within(t), 300*time.Millisecond)
				require.NoError(t, err)
				require.NoError(t, s.SendDigits(within(t), "1", carrier.Keying{}))
			}
			h.ended(s)
			require.Greater(t, heard().Packets, 100, "it was said")
			require.Equal(t, want, steps(h.contact(0)))
			require.Equal(t, []string{"in completed ours prompt_ended"}, endings(h.calls(1)))
		})
	}
}

func TestWhoWaitedTooLongIsTold(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{queue: func(q *routing.Queue) { q.MaxWait = 1 }}})
	s := h.dial(h.from("96800"))
	h.ended(s)
	require.Equal(t, "dialled key_to_agent answered enqueued queue_left(waited_too_long) ended(system waited_too_long)", steps(h.contact(0)))
}

func TestWithoutAgentsAQueueMayRefuse(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{queue: func(q *routing.Queue) { q.NoAgents = "refuse" }}})
	h.ended(h.dial(h.from("96800")))
	require.Equal(t, "dialled key_to_agent answered queue_left(no_agents) ended(system no_agents)", steps(h.contact(0)))
}

// deaf is a router that nobody hears while it is deaf.
type deaf struct {
	node.Router
	mu   sync.Mutex
	deaf bool
}

func (d *deaf) Ask(e routing.Entry) func(context.Context) (routing.Place, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deaf {
		return func(context.Context) (routing.Place, error) { return routing.Place{}, routing.ErrNoLeader }
	}
	return d.Router.Ask(e)
}

func (d *deaf) hear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf = false
}

func TestWhileNoRouterAnswersNobodyIsLost(t *testing.T) {
	t.Parallel()
	d := &deaf{deaf: true}
	h := setup(t, plan{floor: &floorPlan{client: func(r node.Router) node.Router { d.Router = r; return d }}})
	a := h.agent("1001", "8001", atOnce(440))
	first := h.dial(h.from("96800"))
	second := h.dial(h.from("96800"))
	h.eventually(func() bool { return len(h.floor.book.openings()) == 2 }, "both")
	heard, err := first.Hear(within(t), time.Second)
	require.NoError(t, err)
	require.Greater(t, heard.Energy, -50.0, "an announcement, and music")
	d.hear()
	h.hears(first, "440")
	require.NoError(t, first.Bye(within(t)))
	h.hears(second, "440")
	require.NoError(t, second.Bye(within(t)))
	h.contact(0)
	h.contact(1)
	a.becomes("ready")
}

func TestANodeThatStopsEndsItsContacts(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{}})
	a := h.agent("1001", "8001", atOnce(440))
	talks := h.dial(h.from("96800"))
	h.next(a.desk)
	h.hears(talks, "440")
	waits := h.dial(h.from("96800"))
	h.reaches(interaction.Enqueued)
	h.stopped = true
	require.NoError(t, h.node.Stop(within(t)))
	h.ended(talks)
	h.ended(waits)
	require.Contains(t, steps(h.contact(0)), "talk_ended ended(system "+string(ending.NodeStopping)+")")
	require.Equal(t, "dialled key_to_agent answered enqueued ended(system "+string(ending.NodeStopping)+")", steps(h.contact(1)))
	a.becomes("ready")
}

// watched is a router whose offers are written down in their order.
type watched struct {
	node.Router
	offers []uuid.UUID // of one goroutine, the client's
}

func (w *watched) OnOrder(f func(routing.Order)) {
	w.Router.OnOrder(func(o routing.Order) {
		if o.Kind == routing.OrderOffer {
			w.offers = append(w.offers, o.Contact)
		}
		f(o)
	})
}

// Many callers of one moment are served as they arrived, and nobody is forgotten.
func TestABurstIsServedInTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	const callers, agents = 60, 4
	seen := &watched{}
	h := setup(t, plan{floor: &floorPlan{client: func(r node.Router) node.Router { seen.Router = r; return seen }}})
	all := make([]*agent, agents)
	for i := range all {
		cfg := carrier.PhoneConfig{OnCall: func(s *carrier.Session) {
			go func() { // ends with the call
				<-s.Answered()
				<-time.After(50 * time.Millisecond)
				_ = s.Bye(context.WithoutCancel(t.Context()))
			}()
		}}
		number := string(rune('1' + i))
		all[i] = h.agent("100"+number, "800"+number, cfg)
	}
	r, err := carrier.Load(t.Context(), carrier.LoadConfig{
		Target: h.node.Address("udp"), Called: "96800", Caller: customer, Local: outside, Calls: callers, Rate: 3000, Talk: time.Minute, Media: carrier.MediaNone,
		Codec: carrier.PCMA,
	})
	require.NoError(t, err)
	require.Equal(t, callers, r.Answered)
	require.Equal(t, callers, r.HungUp, "each was served: %+v", r)
	arrived := map[uuid.UUID]time.Time{}
	for i := range callers {
		h.contact(i)
	}
	for _, o := range h.floor.book.openings() {
		arrived[o.Contact] = o.Began
	}
	require.Len(t, seen.offers, callers, "nobody was offered twice")
	for i := 1; i < callers; i++ {
		require.False(t, arrived[seen.offers[i]].Before(arrived[seen.offers[i-1]]), "call %d was served after one that came later", i)
	}
	for _, a := range all {
		a.becomes("ready")
	}
}
