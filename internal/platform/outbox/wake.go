package outbox

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"yingda/internal/platform/bus"
)

// wakeSubject carries the topics of events that have become visible, one per line; empty means any.
const wakeSubject = "outbox.wake"

// Wake tells consumers on every node that events of these topics (none: of any) may be there. Call it after
// the commit where a person waits for the effect. A lost wake-up costs a moment, not an event, so its error
// needs no more than a look.
func Wake(ctx context.Context, b *bus.Bus, topics ...string) error {
	return b.Publish(ctx, wakeSubject, []byte(strings.Join(topics, "\n")))
}

// waker listens for wake-ups as soon and as long as there is a bus.
type waker struct {
	bus    *bus.Bus // nil: nobody wakes
	topics []string // nil: all
	wake   func()
	sub    *bus.Subscription
}

// listen subscribes unless it has. While the bus is away the caller sweeps, and asks again later.
func (w *waker) listen() {
	if w.bus == nil || w.sub != nil {
		return
	}
	sub, err := w.bus.Subscribe(wakeSubject, "", func(_ context.Context, m bus.Message) {
		if w.concerns(m.Data) {
			w.wake()
		}
	})
	if err == nil {
		w.sub = sub
	}
}

func (w *waker) concerns(data []byte) bool {
	if len(data) == 0 || w.topics == nil {
		return true
	}
	for topic := range bytes.SplitSeq(data, []byte("\n")) {
		if slices.Contains(w.topics, string(topic)) {
			return true
		}
	}
	return false
}

func (w *waker) stop() {
	if w.sub == nil {
		return
	}
	// Without a deadline: the handler only sets a flag, so nothing can hang.
	_ = w.sub.Stop(context.Background())
	w.sub = nil
}

// topicsOf lists the distinct topics of events.
func topicsOf(events []Event) []string {
	var topics []string
	for _, e := range events {
		if !slices.Contains(topics, e.Topic) {
			topics = append(topics, e.Topic)
		}
	}
	return topics
}
