package record_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/interaction"
	"yingda/internal/interaction/record"
)

var (
	began   = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	contact = uuid.MustParse("01990000-0000-7000-8000-000000000001")
	queue   = uuid.MustParse("01990000-0000-7000-8000-0000000000a1")
	vip     = uuid.MustParse("01990000-0000-7000-8000-0000000000a2")
	li      = uuid.MustParse("01990000-0000-7000-8000-0000000000b1")
	wang    = uuid.MustParse("01990000-0000-7000-8000-0000000000b2")
)

// call writes the hops of one contact.
type call struct{ hops []interaction.Hop }

func (c *call) at(ms int, kind interaction.HopKind, change ...func(*interaction.Hop)) *call {
	h := interaction.Hop{Contact: contact, Seq: len(c.hops) + 1, Kind: kind, At: began.Add(time.Duration(ms) * time.Millisecond)}
	for _, f := range change {
		f(&h)
	}
	c.hops = append(c.hops, h)
	return c
}

func in(q uuid.UUID) func(*interaction.Hop) { return func(h *interaction.Hop) { h.Queue = q } }
func by(a uuid.UUID) func(*interaction.Hop) { return func(h *interaction.Hop) { h.Agent = a } }
func ended(p interaction.Party) func(*interaction.Hop) {
	return func(h *interaction.Hop) { h.Detail = interaction.Detail{By: p, SIP: 200, Q850: 16} }
}

func opening() *interaction.Opening {
	return &interaction.Opening{Contact: contact, Channel: "voice", Direction: "in", Began: began, Caller: "13800138000", Called: "10000", Node: "a"}
}

// served is a whole call: greeting, key, queue, one agent who does not answer, one who does, hold, wrap-up.
func served() *call {
	return (&call{}).at(0, interaction.Dialled).at(20, interaction.Answered).
		at(100, interaction.FlowStep, func(h *interaction.Hop) { h.Detail = interaction.Detail{Flow: "greeting", Node: "menu", Key: "1"} }).
		at(5000, interaction.KeyToAgent).at(5010, interaction.Enqueued, in(queue)).
		at(6000, interaction.Offered, by(li)).at(6100, interaction.RingingAgent, by(li)).at(16100, interaction.OfferEnded, by(li)).
		at(16200, interaction.Offered, by(wang)).at(16300, interaction.RingingAgent, by(wang)).at(18300, interaction.Accepted, by(wang)).
		at(18310, interaction.Announced, by(wang)).at(20000, interaction.TalkBegan, by(wang)).
		at(30000, interaction.Held, by(wang)).at(35000, interaction.Resumed, by(wang)).
		at(80000, interaction.Ended, ended(interaction.ByCaller)).
		at(80010, interaction.WrapUpBegan, by(wang)).at(90010, interaction.WrappedUp, by(wang))
}

func TestWholeCallGivesMomentsSumsAndParties(t *testing.T) {
	t.Parallel()
	r, hops := record.Of(contact, opening(), served().hops)
	ms := func(n int) time.Time { return began.Add(time.Duration(n) * time.Millisecond) }
	require.Equal(t, record.AnsweredByAgent, r.Outcome)
	require.Equal(t, []time.Time{ms(20), ms(5000), ms(5010), ms(6000), ms(6100), ms(18300), ms(18310), ms(20000), ms(80000), ms(90010)},
		[]time.Time{r.AnsweredAt, r.KeyAt, r.EnqueuedAt, r.OfferedAt, r.RingingAt, r.AcceptedAt, r.AnnouncedAt, r.TalkingAt, r.EndedAt, r.WrappedAt})
	require.Equal(t, 13290*time.Millisecond, r.Queued)
	require.Equal(t, 12*time.Second, r.Ring)
	require.Equal(t, time.Minute, r.Talk)
	require.Equal(t, 5*time.Second, r.Hold)
	require.Equal(t, 10*time.Second, r.Wrap)
	require.Equal(t, []int{2, 1, 0, 18}, []int{r.Offers, r.Holds, r.Transfers, r.Hops})
	require.Equal(t, wang, r.FirstAgent)
	require.Equal(t, wang, r.Agent)
	require.Equal(t, queue, r.Queue)
	require.Equal(t, "greeting", r.Flow)
	require.Equal(t, interaction.ByCaller, r.EndedBy)
	require.True(t, r.Over)
	require.Equal(t, ms(90010), r.LastAt)
	require.Len(t, hops, 18)
}

func TestOutcomeSaysHowItEnded(t *testing.T) {
	t.Parallel()
	dialled := func() *call { return (&call{}).at(0, interaction.Dialled) }
	answered := func() *call { return dialled().at(10, interaction.Answered) }
	queued := func() *call { return answered().at(20, interaction.Enqueued, in(queue)) }
	rung := func() *call {
		return queued().at(30, interaction.Offered, by(li)).at(40, interaction.RingingAgent, by(li))
	}
	for name, c := range map[string]struct {
		call *call
		want record.Outcome
	}{
		"it goes on":                    {rung(), record.Open},
		"nobody answered":               {dialled().at(50, interaction.Ended, ended(interaction.BySystem)), record.Refused},
		"hung up before the answer":     {dialled().at(50, interaction.Ended, ended(interaction.ByCaller)), record.AbandonedInFlow},
		"hung up in the menu":           {answered().at(50, interaction.Ended, ended(interaction.ByCaller)), record.AbandonedInFlow},
		"the flow came to its end":      {answered().at(50, interaction.Ended, ended(interaction.BySystem)), record.ServedByMachine},
		"hung up in the queue":          {queued().at(50, interaction.Ended, ended(interaction.ByCaller)), record.AbandonedInQueue},
		"the network gave up in queue":  {queued().at(50, interaction.Ended, ended(interaction.ByNetwork)), record.AbandonedInQueue},
		"hung up while it rang":         {rung().at(50, interaction.Ended, ended(interaction.ByCaller)), record.AbandonedRinging},
		"hung up after it had rung":     {rung().at(45, interaction.OfferEnded, by(li)).at(50, interaction.Ended, ended(interaction.ByCaller)), record.AbandonedInQueue},
		"sent away by the queue":        {queued().at(45, interaction.QueueLeft).at(50, interaction.Ended, ended(interaction.ByCaller)), record.LeftQueue},
		"the queue took nobody":         {answered().at(45, interaction.QueueLeft).at(50, interaction.Ended, ended(interaction.BySystem)), record.LeftQueue},
		"ended by us while it waited":   {queued().at(50, interaction.Ended, ended(interaction.BySystem)), record.LeftQueue},
		"talked":                        {rung().at(45, interaction.TalkBegan, by(li)).at(50, interaction.Ended, ended(interaction.ByAgent)), record.AnsweredByAgent},
		"its node died":                 {rung().at(50, interaction.Lost), record.Lost},
		"thought lost, then it ended":   {rung().at(45, interaction.Lost).at(50, interaction.Ended, ended(interaction.ByCaller)), record.AbandonedRinging},
		"queued again after being away": {queued().at(30, interaction.QueueLeft).at(40, interaction.Enqueued, in(vip)).at(50, interaction.Ended, ended(interaction.ByCaller)), record.AbandonedInQueue},
	} {
		r, _ := record.Of(contact, opening(), c.call.hops)
		require.Equal(t, c.want, r.Outcome, name)
	}
}

func TestWrapUpWhoseBeginningWasNotToldCountsFromTheEndOfTheTalk(t *testing.T) {
	t.Parallel()
	c := (&call{}).at(0, interaction.Enqueued, in(queue)).at(10, interaction.TalkBegan, by(li)).
		at(1000, interaction.Transferred, by(li)).at(1000, interaction.TalkEnded, by(li)).at(1100, interaction.TalkBegan, by(wang)).
		at(4000, interaction.WrappedUp, by(li)).at(6000, interaction.Ended, ended(interaction.ByAgent)).at(8000, interaction.WrappedUp, by(wang))
	r, _ := record.Of(contact, opening(), c.hops)
	require.Equal(t, 5*time.Second, r.Wrap)
	require.Equal(t, 990*time.Millisecond+4900*time.Millisecond, r.Talk)
	require.Equal(t, []uuid.UUID{li, wang}, []uuid.UUID{r.FirstAgent, r.Agent})
	require.Equal(t, 1, r.Transfers)
}

func TestContactIsNotOverWhileSomebodyWrapsUp(t *testing.T) {
	t.Parallel()
	hops := served().hops
	r, _ := record.Of(contact, opening(), hops[:len(hops)-1])
	require.False(t, r.Over)
	r, _ = record.Of(contact, opening(), hops[:len(hops)-2])
	require.True(t, r.Over, "no wrap-up began")
}

// anyHops draws hops of any kind, moments and parties, several at one moment.
func anyHops(t *rapid.T) []interaction.Hop {
	kinds := []interaction.HopKind{
		interaction.Dialled, interaction.Answered, interaction.FlowStep, interaction.KeyToAgent, interaction.Enqueued, interaction.QueueChanged,
		interaction.QueueLeft, interaction.Offered, interaction.RingingAgent, interaction.OfferEnded, interaction.Accepted, interaction.Announced,
		interaction.TalkBegan, interaction.Held, interaction.Resumed, interaction.Transferred, interaction.TransferFailed, interaction.TalkEnded,
		interaction.CallbackAsked, interaction.Ended, interaction.WrapUpBegan, interaction.WrappedUp, interaction.Lost,
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) interaction.Hop {
		return interaction.Hop{
			Contact: contact, Seq: rapid.IntRange(1, 8).Draw(t, "seq"), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
			At:    began.Add(time.Duration(rapid.IntRange(-5, 40).Draw(t, "at")) * time.Second),
			Queue: rapid.SampledFrom([]uuid.UUID{uuid.Nil, queue, vip}).Draw(t, "queue"),
			Agent: rapid.SampledFrom([]uuid.UUID{uuid.Nil, li, wang}).Draw(t, "agent"),
			Detail: interaction.Detail{
				By:     rapid.SampledFrom([]interaction.Party{"", interaction.ByCaller, interaction.BySystem}).Draw(t, "by"),
				Reason: rapid.SampledFrom([]string{"", "x"}).Draw(t, "reason"),
			},
		}
	}), 0, 30).Draw(t, "hops")
}

func TestAnyOrderOfArrivalGivesTheSameRecord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hops := anyHops(t)
		want, ordered := record.Of(contact, opening(), hops)
		again := rapid.Permutation(hops).Draw(t, "order")
		if len(hops) > 0 {
			again = append(again, hops[rapid.IntRange(0, len(hops)-1).Draw(t, "twice")])
		}
		got, reordered := record.Of(contact, opening(), again)
		if fmt.Sprint(got) != fmt.Sprint(want) || !slices.Equal(ordered, reordered) {
			t.Fatalf("another order gives another record:\n%+v\n%+v", want, got)
		}
	})
}

func TestSumsNeverExceedTheContact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, ordered := record.Of(contact, opening(), anyHops(t))
		if len(ordered) == 0 {
			return
		}
		whole := ordered[len(ordered)-1].At.Sub(ordered[0].At)
		for name, sum := range map[string]time.Duration{"queued": r.Queued, "hold": r.Hold} {
			if sum < 0 || sum > whole {
				t.Fatalf("%s is %s of %s", name, sum, whole)
			}
		}
		for name, sum := range map[string]time.Duration{"ring": r.Ring, "talk": r.Talk, "wrap": r.Wrap} { // two agents and nobody
			if sum < 0 || sum > 3*whole {
				t.Fatalf("%s is %s of %s", name, sum, whole)
			}
		}
		known := slices.ContainsFunc(ordered, func(h interaction.Hop) bool { return h.Kind == interaction.Ended || h.Kind == interaction.Lost })
		if (r.Outcome == record.Open) == known {
			t.Fatalf("outcome %s, end known: %t", r.Outcome, known)
		}
	})
}

func ExampleOf() {
	c := interaction.Hop{Contact: contact, Seq: 2, Kind: interaction.Ended, At: began.Add(4 * time.Second), Detail: interaction.Detail{By: interaction.ByCaller}}
	q := interaction.Hop{Contact: contact, Seq: 1, Kind: interaction.Enqueued, At: began.Add(time.Second), Queue: queue}
	r, _ := record.Of(contact, opening(), []interaction.Hop{c, q}) // the end came first
	fmt.Println(r.Outcome, r.Queued)
	// Output: abandoned_in_queue 3s
}
