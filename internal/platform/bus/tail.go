package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// tailHeartbeat is how often the server says that a quiet consumer is alive; two missing mean it is gone.
	tailHeartbeat = 5 * time.Second
	// tailForgotten is when the server removes a consumer that nobody reads.
	tailForgotten = 30 * time.Second
)

var (
	// errEnough is returned by a reader that has what it wanted.
	errEnough = errors.New("enough")
	// errGap: the server sent a message that did not arrive. The reader starts again.
	errGap = errors.New("a message is missing")
)

// tail reads a stream through a consumer of its own, which keeps nothing on disk and wants no acknowledgement. It calls
// pending once with the number of messages there are, then fn for each message, until fn or the connection fails or
// ctx ends. Never nil.
func tail(ctx context.Context, l *link, stream string, c jetstream.ConsumerConfig, pending func(n uint64) error, fn func(jetstream.Msg, *jetstream.MsgMetadata) error) error {
	c.AckPolicy, c.MemoryStorage, c.Replicas, c.InactiveThreshold = jetstream.AckNonePolicy, true, 1, tailForgotten
	consumer, err := l.js.CreateConsumer(ctx, stream, c)
	if err != nil {
		return err
	}
	defer forget(ctx, l, stream, consumer)
	if err := pending(consumer.CachedInfo().NumPending); err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullHeartbeat(tailHeartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return err
	}
	defer messages.Stop()
	for next := uint64(1); ; next++ {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("read message of %s: %w", stream, err)
		}
		if meta.Sequence.Consumer != next {
			return errGap
		}
		if err := fn(m, meta); err != nil {
			return err
		}
	}
}

// forget removes the consumer now; if that fails the server does it after tailForgotten.
func forget(ctx context.Context, l *link, stream string, consumer jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = l.js.DeleteConsumer(ctx, stream, consumer.CachedInfo().Name)
}
