package bus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Follow gives fn every message from a place (1 is the first) on, in order and as they come, until ctx ends (nil), fn
// fails (its error), or the bus does (then follow again from the place after the last message). It keeps no position and
// wants no acknowledgement: whoever keeps the position with the effect reads each message once. Messages that have aged
// out are left out.
func (s *Stream) Follow(ctx context.Context, from uint64, fn func(ctx context.Context, m Message) error) error {
	l := s.b.link.Load()
	if l == nil {
		return ErrAway
	}
	err := tail(ctx, l, s.config.Name, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(from, 1),
	}, func(uint64) error { return nil }, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
		if err := fn(received(ctx, m.Headers()), message(m, meta)); err != nil {
			return &handlerError{err}
		}
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	if h, ok := errors.AsType[*handlerError](err); ok {
		return h.err
	}
	return explain(ctx, "follow "+s.config.Name, err)
}
