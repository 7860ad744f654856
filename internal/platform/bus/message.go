package bus

import (
	"context"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/propagation"

	"yingda/internal/platform/telemetry"
)

// Message is what a handler gets. Sequence, ID, Time and Attempt are set for messages of a [Stream] only.
type Message struct {
	Subject  string
	Data     []byte
	Sequence uint64    // place in the stream, from 1, rising, with gaps where messages have aged out
	ID       string    // the message id given to Append
	Time     time.Time // when the stream stored it, UTC
	Attempt  int       // 1 at the first delivery
}

// Publish sends to all who are subscribed now, and does not wait for any of them. While the bus is away it fails
// with [ErrAway]; success means handed to the connection, not received.
func (b *Bus) Publish(ctx context.Context, subject string, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l := b.link.Load()
	if l == nil {
		return ErrAway
	}
	return explain(ctx, "publish "+subject, l.nc.PublishMsg(newMsg(ctx, subject, data)))
}

// newMsg carries trace and interaction along, and has no header when there are none.
func newMsg(ctx context.Context, subject string, data []byte) *nats.Msg {
	m := &nats.Msg{Subject: subject, Data: data}
	if telemetry.HasContext(ctx) {
		m.Header = nats.Header{}
		telemetry.Inject(ctx, carrier(m.Header))
	}
	return m
}

// received gives the handler's context: the sender's trace and interaction on top of parent.
func received(parent context.Context, h nats.Header) context.Context {
	if len(h) == 0 {
		return parent
	}
	return telemetry.Extract(parent, carrier(h))
}

func carrier(h nats.Header) telemetry.Carrier { return propagation.HeaderCarrier(http.Header(h)) }
