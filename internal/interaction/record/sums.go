package record

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
)

// spans adds up stretches of time, each begun and ended under a key.
type spans struct {
	open map[uuid.UUID]time.Time
	sum  time.Duration
}

func (s *spans) begin(key uuid.UUID, at time.Time) {
	if s.open == nil {
		s.open = map[uuid.UUID]time.Time{}
	}
	if _, ok := s.open[key]; !ok {
		s.open[key] = at
	}
}

func (s *spans) end(key uuid.UUID, at time.Time) {
	if from, ok := s.open[key]; ok {
		s.sum += at.Sub(from) // hops stand in order: never negative
		delete(s.open, key)
	}
}

func (s *spans) endAll(at time.Time) {
	for key := range s.open {
		s.end(key, at)
	}
}

// sums is the state of adding up.
type sums struct {
	queued, ring, talk, hold, wrap spans
	freed                          map[uuid.UUID]time.Time // when each agent's part ended
	over                           bool                    // the contact ended, for the customer
}

// one is the key where there is one stretch at most.
var one = uuid.UUID{1}

// sum adds up the stretches of time and tells whether it is over.
func (r *Record) sum(ordered []interaction.Hop) {
	s := sums{freed: map[uuid.UUID]time.Time{}}
	for i := range ordered {
		if ordered[i].Kind != interaction.Lost || r.EndedAt.IsZero() { // an end is believed rather than a loss
			s.take(&ordered[i])
		}
	}
	r.Queued, r.Ring, r.Talk, r.Hold, r.Wrap = s.queued.sum, s.ring.sum, s.talk.sum, s.hold.sum, s.wrap.sum
	r.Over = s.over && len(s.wrap.open) == 0
}

func (s *sums) take(h *interaction.Hop) {
	switch h.Kind {
	case interaction.WrapUpBegan:
		s.wrap.begin(h.Agent, h.At)
		return
	case interaction.WrappedUp:
		if from, ok := s.freed[h.Agent]; ok {
			s.wrap.begin(h.Agent, from) // its beginning was not told: since his part ended
		}
		s.wrap.end(h.Agent, h.At)
		delete(s.freed, h.Agent)
		return
	}
	if s.over {
		return
	}
	switch h.Kind {
	case interaction.Enqueued:
		s.queued.begin(one, h.At)
	case interaction.QueueLeft:
		s.queued.end(one, h.At)
	case interaction.RingingAgent:
		s.ring.begin(h.Agent, h.At)
	case interaction.OfferEnded:
		s.ring.end(h.Agent, h.At)
	case interaction.Accepted:
		s.queued.end(one, h.At)
		s.ring.end(h.Agent, h.At)
	case interaction.TalkBegan:
		s.queued.end(one, h.At)
		s.ring.end(h.Agent, h.At)
		s.talk.begin(h.Agent, h.At)
		delete(s.freed, h.Agent)
	case interaction.TalkEnded:
		s.talkEnded(h)
	case interaction.Held:
		s.hold.begin(one, h.At)
	case interaction.Resumed:
		s.hold.end(one, h.At)
	case interaction.Ended, interaction.Lost:
		s.ended(h.At)
	}
}

func (s *sums) talkEnded(h *interaction.Hop) {
	if h.Agent == uuid.Nil {
		s.talk.endAll(h.At)
	} else {
		s.talk.end(h.Agent, h.At)
		s.freed[h.Agent] = h.At
	}
	if len(s.talk.open) == 0 {
		s.hold.endAll(h.At)
	}
}

func (s *sums) ended(at time.Time) {
	s.over = true
	for agent := range s.talk.open {
		s.freed[agent] = at
	}
	for _, span := range []*spans{&s.queued, &s.ring, &s.talk, &s.hold} {
		span.endAll(at)
	}
}
