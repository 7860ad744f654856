package timer

import (
	"bytes"
	"context"
	"strings"
	"time"

	"yingda/internal/platform/bus"
)

// wakeSubject carries kinds and due times of timers that were set, one per line.
const wakeSubject = "timer.wake"

// hint says that a timer of the kind is due at a time.
type hint struct {
	kind string
	at   time.Time
}

// Wake tells the workers on every node about timers that were set. Call it after the commit if they are due
// within a quarter of a second; others are found in time anyway. Its error needs no more than a look.
func Wake(ctx context.Context, b *bus.Bus, timers ...Timer) error {
	var lines strings.Builder
	for _, t := range timers {
		lines.WriteString(t.DueAt.UTC().Format(time.RFC3339Nano) + " " + t.Kind + "\n")
	}
	return b.Publish(ctx, wakeSubject, []byte(lines.String()))
}

// hintsOf reads a wake-up; what is not well formed is left out.
func hintsOf(data []byte) []hint {
	var list []hint
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		at, kind, ok := strings.Cut(string(line), " ")
		t, err := time.Parse(time.RFC3339Nano, at)
		if ok && err == nil {
			list = append(list, hint{kind: kind, at: t})
		}
	}
	return list
}

// listen subscribes to wake-ups unless it has. While the bus is away the worker sweeps, and asks again.
func (w *Worker) listen(ctx context.Context) {
	if w.cfg.Bus == nil || w.sub != nil {
		return
	}
	sub, err := w.cfg.Bus.Subscribe(wakeSubject, "", func(_ context.Context, m bus.Message) {
		for _, h := range hintsOf(m.Data) {
			select {
			case w.hints <- h:
			case <-ctx.Done():
			default: // the next sweep finds it
			}
		}
	})
	if err == nil {
		w.sub = sub
	}
}

func (w *Worker) deafen() {
	if w.sub == nil {
		return
	}
	// Without a deadline: the handler never blocks.
	_ = w.sub.Stop(context.Background())
	w.sub = nil
}
