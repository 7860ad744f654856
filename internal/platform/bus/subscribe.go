package bus

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// slowLogEvery spaces the log lines of one slow subscription.
const slowLogEvery = 10 * time.Second

// Subscription is a handler at work. It ends by Stop, or with the bus.
type Subscription struct {
	b     *Bus
	sub   *nats.Subscription
	queue string
	done  chan struct{}

	ctx    context.Context // of the handler
	cancel context.CancelFunc

	stop    sync.Once
	dropped atomic.Uint64
	lastLog time.Time // used by the loop only
}

// Subscribe calls fn for each message on the subject (a last word ">" or single words "*" stand for any), one at a time
// and in order. With a queue name, each message goes to one subscriber of that queue; with "" to every subscriber. It
// returns when the server knows the subscription, so that what is published afterwards is received.
func (b *Bus) Subscribe(subject, queue string, fn func(ctx context.Context, m Message)) (*Subscription, error) {
	return b.subscribe(subject, queue, func(ctx context.Context, m *nats.Msg) {
		fn(ctx, Message{Subject: m.Subject, Data: m.Data})
	})
}

func (b *Bus) subscribe(subject, queue string, handle func(ctx context.Context, m *nats.Msg)) (*Subscription, error) {
	ctx := context.Background()
	l, bounded, cancel, err := b.begun(ctx)
	if err != nil {
		return nil, fmt.Errorf("subscribe %s: %w", subject, err)
	}
	defer cancel()
	s := &Subscription{b: b, queue: queue, done: make(chan struct{})}
	if queue == "" {
		s.sub, err = l.nc.SubscribeSync(subject)
	} else {
		s.sub, err = l.nc.QueueSubscribeSync(subject, queue)
	}
	if err == nil {
		err = s.sub.SetPendingLimits(b.config.PendingMessages, maxPendingBytes)
	}
	if err == nil {
		err = l.nc.FlushWithContext(bounded)
	}
	if err == nil {
		err = b.adopt(s)
	}
	if err != nil {
		if s.sub != nil {
			_ = s.sub.Unsubscribe()
		}
		return nil, explain(ctx, "subscribe "+subject, err)
	}
	s.ctx, s.cancel = context.WithCancel(b.base)
	go s.loop(handle)
	return s, nil
}

// Dropped counts the messages that came while the queue was full.
func (s *Subscription) Dropped() uint64 { return s.dropped.Load() }

// Stop takes no more messages, handles those that have arrived, and waits for the handler. When ctx ends first the
// handler's context is cancelled and ctx's error returned.
func (s *Subscription) Stop(ctx context.Context) error {
	s.stop.Do(func() { s.b.release(s); s.drain() })
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		_ = s.sub.Unsubscribe() // only fails when it has ended already
		s.cancel()
		return fmt.Errorf("stop subscription %s: %w", s.sub.Subject, ctx.Err())
	}
}

// drain lets what the server has sent already arrive; without a connection nothing more can.
func (s *Subscription) drain() {
	s.b.mu.Lock()
	session := s.b.session
	s.b.mu.Unlock()
	if session == nil || s.sub.Drain() != nil {
		_ = s.sub.Unsubscribe()
		return
	}
	forget := context.AfterFunc(session.ctx, func() { _ = s.sub.Unsubscribe() })
	context.AfterFunc(s.ctx, func() { forget() })
}

// loop hands over messages until the subscription ends.
func (s *Subscription) loop(handle func(ctx context.Context, m *nats.Msg)) {
	defer close(s.done)
	defer s.cancel()
	for {
		m, err := s.sub.NextMsgWithContext(s.ctx)
		switch {
		case err == nil:
			s.one(handle, m)
			s.countDropped()
		case errors.Is(err, nats.ErrSlowConsumer):
			s.countDropped()
		case errors.Is(err, nats.ErrBadSubscription), errors.Is(err, nats.ErrConnectionClosed), s.ctx.Err() != nil:
			s.b.release(s)
			return
		default:
			s.b.log.Error("subscription error", "subject", s.sub.Subject, "error", err)
		}
	}
}

// one calls the handler; a panic costs this message only.
func (s *Subscription) one(handle func(ctx context.Context, m *nats.Msg), m *nats.Msg) {
	ctx := received(s.ctx, m.Header)
	defer func() {
		if p := recover(); p != nil {
			s.b.log.ErrorContext(ctx, "handler panicked", "subject", m.Subject, "error", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	handle(ctx, m)
}

// countDropped notes what was lost since the last look.
func (s *Subscription) countDropped() {
	total, err := s.sub.Dropped()
	if err != nil || total < 0 {
		return
	}
	before := s.dropped.Swap(uint64(total))
	lost := uint64(total) - before
	if lost == 0 {
		return
	}
	s.b.dropped.Add(lost)
	now := s.b.config.Clock.Now()
	s.b.watched.slow(s.sub.Subject, lost, now)
	if now.Sub(s.lastLog) >= slowLogEvery {
		s.lastLog = now
		s.b.log.Warn("handler too slow, messages dropped", "subject", s.sub.Subject, "queue", s.queue, "dropped", total)
	}
}
