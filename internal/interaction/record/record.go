package record

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
)

// Record is what is known of a contact. A zero time or id is not known.
type Record struct {
	interaction.Opening
	Opened bool // false: hops came, the opening did not

	Flow             string
	Queue, LastQueue uuid.UUID

	AnsweredAt, KeyAt, EnqueuedAt, OfferedAt, RingingAt, AcceptedAt, AnnouncedAt, TalkingAt time.Time // the first of each
	EndedAt, WrappedAt, LastAt                                                              time.Time // WrappedAt: the last; LastAt: its last sign

	Queued, Ring, Talk, Hold, Wrap time.Duration // sums; Talk with Hold in it

	Offers, Holds, Transfers int
	FirstAgent, Agent        uuid.UUID // who talked first (first-asked responsibility, I-3) and last

	Outcome           Outcome
	EndedBy           interaction.Party
	EndResult, Reason string
	SIP, Q850         int
	Recordings        []uuid.UUID // in order
	Hops              int

	// Over is set when nothing more is expected: it ended, and nobody is in the work after it.
	Over bool
}

// Of computes the record of a contact. opening is nil while it has not come; hops may come in any order and twice. It
// gives the record and the hops in order, each once; neither argument is changed.
func Of(id uuid.UUID, opening *interaction.Opening, hops []interaction.Hop) (Record, []interaction.Hop) {
	ordered := Sort(hops)
	r := Record{Opening: interaction.Opening{Contact: id}, Outcome: outcome(ordered), Hops: len(ordered)}
	if opening != nil {
		r.Opening, r.Opened = *opening, true
		r.LastAt = opening.Began
	}
	if len(ordered) > 0 {
		if !r.Opened {
			r.Began = ordered[0].At
		}
		r.LastAt = latest(r.LastAt, ordered[len(ordered)-1].At)
	}
	for i := range ordered {
		r.take(&ordered[i])
	}
	r.sum(ordered)
	return r, ordered
}

// take reads moments, counts and parties off one hop.
func (r *Record) take(h *interaction.Hop) {
	switch h.Kind {
	case interaction.Answered:
		first(&r.AnsweredAt, h.At)
	case interaction.FlowStep:
		r.Flow = cmp.Or(r.Flow, h.Detail.Flow)
	case interaction.KeyToAgent:
		first(&r.KeyAt, h.At)
	case interaction.Enqueued:
		first(&r.EnqueuedAt, h.At)
		r.inQueue(h.Queue)
	case interaction.QueueChanged:
		r.inQueue(h.Queue)
	case interaction.Offered:
		first(&r.OfferedAt, h.At)
		r.Offers++
	case interaction.RingingAgent:
		first(&r.RingingAt, h.At)
	case interaction.Accepted:
		first(&r.AcceptedAt, h.At)
	case interaction.Announced:
		first(&r.AnnouncedAt, h.At)
	case interaction.TalkBegan:
		first(&r.TalkingAt, h.At)
		if h.Agent != uuid.Nil {
			r.Agent = h.Agent
			r.FirstAgent = or(r.FirstAgent, h.Agent)
		}
	case interaction.Held:
		r.Holds++
	case interaction.Transferred:
		r.Transfers++
	case interaction.WrappedUp:
		r.WrappedAt = latest(r.WrappedAt, h.At)
	case interaction.Ended:
		r.end(h)
	}
	if h.Detail.Recording != uuid.Nil && !slices.Contains(r.Recordings, h.Detail.Recording) {
		r.Recordings = append(r.Recordings, h.Detail.Recording)
	}
}

func (r *Record) inQueue(queue uuid.UUID) {
	if queue != uuid.Nil {
		r.Queue, r.LastQueue = or(r.Queue, queue), queue
	}
}

func (r *Record) end(h *interaction.Hop) {
	if !r.EndedAt.IsZero() {
		return // two writers noticed it; the first counts
	}
	r.EndedAt, r.EndedBy, r.EndResult, r.Reason = h.At, h.Detail.By, h.Detail.Result, h.Detail.Reason
	r.SIP, r.Q850 = h.Detail.SIP, h.Detail.Q850
}

func first(t *time.Time, at time.Time) {
	if t.IsZero() {
		*t = at
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func or(a, b uuid.UUID) uuid.UUID {
	if a != uuid.Nil {
		return a
	}
	return b
}

// Sort gives the hops in the order in which they happened, each once.
func Sort(hops []interaction.Hop) []interaction.Hop {
	type keyed struct {
		interaction.Hop
		digest int64
	}
	list := make([]keyed, len(hops))
	for i, h := range hops {
		list[i] = keyed{h, Digest(&h)}
	}
	slices.SortStableFunc(list, func(a, b keyed) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq), cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(a.digest, b.digest))
	})
	list = slices.CompactFunc(list, func(a, b keyed) bool { return a.digest == b.digest && a.Seq == b.Seq && a.At.Equal(b.At) })
	ordered := make([]interaction.Hop, len(list))
	for i := range list {
		ordered[i] = list[i].Hop
	}
	return ordered
}

// Digest is of all that a hop says beside its contact, moment and number: with these it tells whether two are the same.
func Digest(h *interaction.Hop) int64 {
	f := fnv.New64a()
	_, _ = f.Write([]byte(h.Kind))
	_, _ = f.Write([]byte{0})
	_, _ = f.Write(h.Queue[:])
	_, _ = f.Write(h.Agent[:])
	if h.Detail != (interaction.Detail{}) {
		detail, _ := json.Marshal(&h.Detail) // strings, numbers and an id: it cannot fail
		_, _ = f.Write(detail)
	}
	return int64(f.Sum64())
}

// rank is the usual order of kinds, for hops of one moment by two writers.
var rank = func() map[interaction.HopKind]int {
	ranks := map[interaction.HopKind]int{}
	for i, k := range []interaction.HopKind{
		interaction.Dialled, interaction.Answered, interaction.FlowStep, interaction.KeyToAgent, interaction.Enqueued, interaction.QueueChanged,
		interaction.Offered, interaction.RingingAgent, interaction.OfferEnded, interaction.Accepted, interaction.Announced, interaction.TalkBegan,
		interaction.Held, interaction.Resumed, interaction.Transferred, interaction.TransferFailed, interaction.QueueLeft, interaction.CallbackAsked,
		interaction.TalkEnded, interaction.Ended, interaction.Lost, interaction.WrapUpBegan, interaction.WrappedUp,
	} {
		ranks[k] = i + 1
	}
	return ranks
}()
