package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"yingda/internal/platform/lifecycle"
)

const (
	// ackWait is when the server gives a message to another node, because the one that has it fell silent.
	ackWait = 15 * time.Second
	// handleTimeout ends the handler's context before that, so that two nodes do not work on one message.
	handleTimeout = 12 * time.Second
	// firstRetry and longestRetry bound the pause before a refused message comes again; it doubles each time.
	firstRetry   = 100 * time.Millisecond
	longestRetry = 30 * time.Second
)

// Consume makes a service that gives fn every message of the stream from the first one on, in order, at least once. The
// position is kept by the server under the durable name; services of one name on several nodes share the work, one
// message at a time between them. A message for which fn returns an error or panics comes again after 100 ms, doubling
// to 30 s, and none after it comes before: fn must keep a message it can never handle elsewhere and return nil.
//
// fn has 12 s, until its context ends; the context carries the values of ctx (such as the actor) and the sender's trace.
// The same message may come again after a crash or a lost acknowledgement: let the effect be idempotent, or keep
// Message.Sequence with it.
func (s *Stream) Consume(ctx context.Context, durable string, fn func(ctx context.Context, m Message) error) lifecycle.Service {
	c := &consumer{stream: s, durable: durable, fn: fn, values: context.WithoutCancel(ctx)}
	return lifecycle.NewLoop("consumer "+durable, s.b.log, c.run)
}

type consumer struct {
	stream  *Stream
	durable string
	fn      func(ctx context.Context, m Message) error
	values  context.Context
}

// run consumes until ctx ends; across reconnects.
func (c *consumer) run(ctx context.Context) error {
	b := c.stream.b
	for {
		s, err := b.connected(ctx)
		if err != nil {
			return err
		}
		during, cancel := context.WithCancel(ctx)
		unlink := context.AfterFunc(s.ctx, cancel)
		err = c.follow(during)
		unlink()
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.ctx.Err() == nil {
			return fmt.Errorf("consume %s: %w", c.stream.config.Name, err) // logged and run again by the loop
		}
	}
}

func (c *consumer) follow(ctx context.Context) error {
	l := c.stream.b.link.Load()
	if l == nil {
		return ErrAway
	}
	consumer, err := l.js.CreateOrUpdateConsumer(ctx, c.stream.config.Name, jetstream.ConsumerConfig{
		Durable: c.durable, AckPolicy: jetstream.AckExplicitPolicy, DeliverPolicy: jetstream.DeliverAllPolicy,
		AckWait: ackWait, MaxDeliver: -1,
		MaxAckPending: 1, // one message at a time is what keeps the order when one is refused
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullHeartbeat(tailHeartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return err
	}
	defer giveBack(messages)
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if err := c.one(ctx, m); err != nil {
			return err
		}
	}
}

// giveBack ends the reading, and returns a message that was on its way: otherwise nobody would get it before ackWait.
func giveBack(messages jetstream.MessagesContext) {
	defer messages.Stop()
	messages.Drain()
	for {
		m, err := messages.Next(jetstream.NextMaxWait(dialTimeout))
		if err != nil {
			return // closed: all have come; or the connection is lost
		}
		_ = m.Nak() // only fails without a connection
	}
}

// one handles a message and tells the server how it went.
func (c *consumer) one(ctx context.Context, m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	b, msg := c.stream.b, message(m, meta)
	err = c.handle(ctx, m, msg)
	if err == nil {
		b.watched.attempts(c.durable, 0)
		return m.Ack()
	}
	if ctx.Err() != nil { // stopping or lost: let another node, or the next session, have it now
		return errors.Join(ctx.Err(), m.Nak())
	}
	pause := retryAfter(msg.Attempt)
	b.watched.attempts(c.durable, msg.Attempt)
	b.log.ErrorContext(received(c.values, m.Headers()), "message refused, it will come again",
		"stream", c.stream.config.Name, "consumer", c.durable, "sequence", msg.Sequence,
		"attempt", msg.Attempt, "after", pause, "error", err)
	return m.NakWithDelay(pause)
}

func (c *consumer) handle(ctx context.Context, m jetstream.Msg, msg Message) error {
	ctx, cancel := context.WithTimeout(joined{ctx, c.values}, handleTimeout)
	defer cancel()
	_, err := safely(func() (struct{}, error) { return struct{}{}, c.fn(received(ctx, m.Headers()), msg) })
	return err
}

// joined is a context that ends with one and has the values of another.
type joined struct {
	context.Context
	values context.Context
}

func (j joined) Value(key any) any {
	if v := j.values.Value(key); v != nil {
		return v
	}
	return j.Context.Value(key)
}

// retryAfter is the pause after the n-th attempt failed.
func retryAfter(attempt int) time.Duration {
	pause := firstRetry
	for range min(attempt, 20) - 1 {
		pause = min(2*pause, longestRetry)
	}
	return pause
}
