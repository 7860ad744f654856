package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox/internal/db"
	"yingda/internal/platform/postgres"
)

const (
	// RelayName is the relay's name among the consumers.
	RelayName = "relay"

	defaultPoll    = 25 * time.Millisecond
	relayBatch     = 500
	publishTimeout = 10 * time.Second
	relayPause     = time.Second // after a failure
	markEvery      = 5 * time.Second
	// lanes publish at the same time; a key keeps to one lane, so its order holds while a clustered stream's
	// acknowledgements (about a millisecond each) overlap.
	lanes = 16
)

// errStreamLost asks for the relay to go back, after its transaction was rolled back.
var errStreamLost = errors.New("the stream lost messages that it had acknowledged")

// RelayConfig describes a relay. Pool, Bus, Clock and Logger are needed.
type RelayConfig struct {
	Pool    *pgxpool.Pool
	Bus     *bus.Bus
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics prometheus.Registerer

	Poll      time.Duration // how often the publishing process looks for new events; 0 for 25 ms
	Retention time.Duration // how long the stream keeps events; 0 for DefaultRetention
	MaxBytes  int64         // of the stream; 0: no limit but the disk
}

// Relay publishes events to the stream and wakes consumers. It is a lifecycle.Service; of several processes
// one publishes at a time, and another takes over within a second.
type Relay struct {
	*lifecycle.Loop
	cfg     RelayConfig
	reader  reader
	metrics *metrics
	wake    chan struct{}
	seed    maphash.Seed

	leading    atomic.Bool // another process publishes: no wake-ups, look once a second only
	generation int64       // of the cursor at the last look; 0: not known
	stream     *bus.Stream
	ailing     bool
	ensured    bool
	markedAt   time.Time
}

// NewRelay makes a relay; it works between Start and Stop.
func NewRelay(cfg RelayConfig) *Relay {
	cfg.Poll = cmp.Or(cfg.Poll, defaultPoll)
	cfg.Retention = cmp.Or(cfg.Retention, DefaultRetention)
	r := &Relay{
		cfg:     cfg,
		reader:  reader{name: RelayName, every: true, topics: []string{}, idleLimit: 2 * publishTimeout},
		metrics: newMetrics(cfg.Metrics),
		wake:    make(chan struct{}, 1),
		seed:    maphash.MakeSeed(),
	}
	r.leading.Store(true)
	r.Loop = lifecycle.NewLoop("outbox relay", cfg.Logger, r.run)
	return r
}

func (r *Relay) run(ctx context.Context) error {
	w := waker{bus: r.cfg.Bus, wake: func() {
		if r.leading.Load() {
			signal(r.wake)
		}
	}}
	defer w.stop()
	timer := r.cfg.Clock.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.wake:
		case <-timer.C():
		}
		w.listen()
		timer.Reset(r.drain(ctx))
	}
}

// drain publishes until nothing is left and gives the pause until the next look.
func (r *Relay) drain(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		done, err := r.step(ctx)
		switch {
		case errors.Is(err, errStreamLost):
			continue
		case err != nil:
			if !r.ailing && ctx.Err() == nil {
				r.ailing = true
				r.cfg.Logger.Warn("outbox relay cannot publish", "error", err)
			}
			return relayPause
		case r.ailing:
			r.ailing = false
			r.cfg.Logger.Info("outbox relay publishes again")
		}
		switch done {
		case advanced:
			r.leading.Store(true)
		case busy:
			r.leading.Store(false)
			return relayPause
		case idle, waiting:
			if r.leading.Load() {
				return r.cfg.Poll
			}
			return relayPause
		}
	}
	return relayPause
}

func (r *Relay) step(ctx context.Context) (outcome, error) {
	now := r.cfg.Clock.Now()
	if !r.ensured {
		if err := ensure(ctx, r.cfg.Pool, RelayName, false, now); err != nil {
			return "", err
		}
		r.ensured = true
	}
	row, err := db.New(r.cfg.Pool).Pending(ctx, db.PendingParams{Name: RelayName, Every: true, Topics: []string{}})
	if err != nil {
		r.ensured = false // the row may have been removed
		return "", fmt.Errorf("look for events to publish: %w", err)
	}
	if r.generation != 0 && r.generation != row.Generation {
		r.leading.Store(false) // another process has moved the cursor
	}
	r.generation = row.Generation
	if !row.Pending {
		return idle, nil
	}
	var b batch
	var lost uint64
	err = postgres.InTx(ctx, r.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		if b, err = r.reader.take(ctx, tx, now, relayBatch); err != nil || b.outcome != advanced {
			return err
		}
		if len(b.events) > 0 {
			_ = Wake(ctx, r.cfg.Bus, topicsOf(b.events)...) // consumers sweep anyway
			var last uint64
			if lost, last, err = r.publish(ctx, b.events, uint64(b.from.sequence)); err != nil { // sequences are below 2^63
				return err
			}
			b.next.sequence = int64(last) // see above
		}
		return r.store(ctx, tx, now, b.next)
	})
	switch {
	case errors.Is(err, errStreamLost):
		return "", r.goBack(ctx, b.from, lost)
	case errors.Is(err, errMoved):
		return busy, nil
	case err != nil:
		return "", err
	}
	if b.outcome == advanced {
		r.generation = b.from.generation + 1
	}
	r.metrics.published.Add(float64(len(b.events)))
	return b.outcome, nil
}

// publish appends the events and gives the largest sequence. A stream whose end is below the sequence that it
// had given before has lost messages: then it gives the first sequence that is missing, with errStreamLost.
// The sequences of appended events say nothing about that: an event that stands in the stream already
// answers with its old place.
func (r *Relay) publish(ctx context.Context, events []Event, had uint64) (lost, last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	defer func() {
		if err != nil {
			r.stream = nil // opened anew next time: an operator may have removed it
		}
	}()
	if r.stream == nil {
		if r.stream, err = r.open(ctx); err != nil {
			return 0, 0, err
		}
	}
	end, err := r.stream.Last(ctx)
	if err != nil {
		return 0, 0, err
	}
	if end < had {
		return end + 1, 0, errStreamLost
	}
	last, err = r.publishLanes(ctx, events)
	return 0, max(had, last), err
}

// publishLanes gives the largest sequence.
func (r *Relay) publishLanes(ctx context.Context, events []Event) (uint64, error) {
	var byLane [lanes][]Event
	for _, e := range events {
		lane := maphash.String(r.seed, e.Key) % lanes
		byLane[lane] = append(byLane[lane], e)
	}
	var sequences [lanes]uint64
	g, ctx := errgroup.WithContext(ctx)
	for lane, list := range byLane {
		if len(list) > 0 {
			g.Go(func() (err error) {
				sequences[lane], err = r.append(ctx, list)
				return err
			})
		}
	}
	err := g.Wait()
	return slices.Max(sequences[:]), err
}

// append publishes one lane in order and gives its largest sequence.
func (r *Relay) append(ctx context.Context, events []Event) (uint64, error) {
	largest := uint64(0)
	for _, e := range events {
		data, err := e.message()
		if err != nil {
			return 0, err
		}
		sequence, err := r.stream.Append(e.Context(ctx), Subject(e.Topic), e.ID.String(), data)
		if err != nil {
			return 0, fmt.Errorf("publish event %s of topic %s: %w", e.ID, e.Topic, err)
		}
		largest = max(largest, sequence)
	}
	return largest, nil
}

// open makes the stream unless it is there.
func (r *Relay) open(ctx context.Context) (*bus.Stream, error) {
	return r.cfg.Bus.Stream(ctx, bus.StreamConfig{
		Name: StreamName, Subjects: []string{Subject(">")}, MaxAge: r.cfg.Retention, MaxBytes: r.cfg.MaxBytes,
	})
}

// store moves the position and, now and then between two windows, leaves a mark to come back to.
func (r *Relay) store(ctx context.Context, tx pgx.Tx, now time.Time, next cursor) error {
	if err := r.reader.advance(ctx, tx, now, next); err != nil {
		return err
	}
	if next.windowXmax != 0 || next.sequence == 0 || now.Sub(r.markedAt) < markEvery {
		return nil
	}
	r.markedAt = now
	q := db.New(tx)
	if err := q.InsertMark(ctx, db.InsertMarkParams{
		Sequence: next.sequence, SeenXmax: next.seenXmax, SeenRunning: list(next.seenRunning), Now: now,
	}); err != nil {
		return fmt.Errorf("mark the relay's place: %w", err)
	}
	return q.DeleteMarksBefore(ctx, now.Add(-r.cfg.Retention))
}

// goBack puts the relay to the last mark that the stream still has.
func (r *Relay) goBack(ctx context.Context, from cursor, lost uint64) error {
	now := r.cfg.Clock.Now()
	r.markedAt, r.generation = time.Time{}, 0
	var to int64
	err := postgres.InTx(ctx, r.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		q := db.New(tx)
		at := int64(lost) // sequences are below 2^63
		to, err = q.Rewind(ctx, db.RewindParams{Name: RelayName, Generation: from.generation, Lost: at, Now: now})
		if postgres.IsNoRows(err) {
			return errMoved
		}
		if err != nil {
			return err
		}
		return q.DeleteMarksFrom(ctx, at)
	})
	if err != nil && !errors.Is(err, errMoved) {
		return fmt.Errorf("go back to before sequence %d: %w", lost, err)
	}
	r.cfg.Logger.Warn("event stream lost messages, publishing again",
		"had_sequence", from.sequence, "got_sequence", lost, "from_sequence", to)
	return errStreamLost
}
