package projection

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/interaction"
	"yingda/internal/numbering"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/secret"
)

const (
	maxMessages = 300  // of a batch
	maxItems    = 4000 // of a batch, about

	standbyLook = time.Second     // how often who stands by looks
	standbyWait = 3 * time.Second // how long messages wait before who stands by leads
	idleLook    = 5 * time.Second // how often who leads looks although nothing woke it
	errorPause  = time.Second
	tellEvery   = 5 * time.Second
)

// Config is what a projector needs. Pool, Bus, Ring, Clock and Logger are needed.
type Config struct {
	Pool *pgxpool.Pool
	Bus  *bus.Bus
	Ring *secret.Ring
	// Area tells the home of a number (归属地): the division code of a city or a province, or "". nil: none is known.
	Area func(n numbering.Phone, at time.Time) string
	// Living tells which of a node's contacts still live, given those that seem to; see [Projector.Sweep]. nil: all do.
	Living func(ctx context.Context, node string, contacts []interaction.Alive) (map[uuid.UUID]bool, error)
	// Tell lets pages know that records changed; every few seconds at most. nil: nobody is told.
	Tell func()
	// Journal is told of contacts that are lost. nil: none is.
	Journal interaction.Recorder
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics prometheus.Registerer // nil: none

	Gather   time.Duration // how long entries wait for others; 0: 750 ms
	MaxBytes int64         // of the stream, as the journal has it; 0: its default
	Keep     time.Duration // how long messages stay in the stream after they were written; 0: a day
	Silence  time.Duration // after how long without a sign a contact is asked for; 0: 90 s
}

// Projector writes the contact journal into the records. A [lifecycle.Service]; one works at a time over all processes.
type Projector struct {
	lifecycle.Service

	cfg     Config
	metrics *metrics

	working  sync.Mutex // below: one works at a time within a process
	stream   *bus.Stream
	leads    bool
	position uint64
	cache    *cache
	sessions map[uuid.UUID]uint64 // highest number of each session
	months   map[time.Time]bool   // that have partitions
	marks    []mark
	sweptAt  time.Time
	purgedAt time.Time
	toldAt   time.Time
	suspects map[uuid.UUID]bool // contacts that seemed lost at the sweep before

	mu  sync.Mutex
	how condition
}

// condition is how it goes, for health.
type condition struct {
	leads   bool
	problem string
	behind  time.Time // when the oldest message that is not written was stored; zero: none is known
	aside   int64     // entries put aside that are not settled
	restart time.Time // when the stream was found begun anew; zero: never
}

// mark is where the position was at a time.
type mark struct {
	at       time.Time
	position uint64
}

// New makes a projector.
func New(cfg Config) *Projector {
	cfg.Gather = cmp.Or(cfg.Gather, 750*time.Millisecond)
	cfg.Keep = cmp.Or(cfg.Keep, 24*time.Hour)
	cfg.Silence = cmp.Or(cfg.Silence, 90*time.Second)
	p := &Projector{
		cfg: cfg, metrics: newMetrics(cfg.Metrics), cache: newCache(maxStates),
		sessions: map[uuid.UUID]uint64{}, months: map[time.Time]bool{}, suspects: map[uuid.UUID]bool{},
	}
	p.Service = lifecycle.NewLoop("contact-projection", cfg.Logger, p.run)
	return p
}

func (p *Projector) run(ctx context.Context) error {
	lead := true
	var err error
	for ctx.Err() == nil {
		if lead {
			err = p.lead(ctx)
			lead = !errors.Is(err, errMoved)
		} else {
			lead, err = p.standBy(ctx)
		}
		if err == nil || errors.Is(err, errMoved) || ctx.Err() != nil {
			continue
		}
		p.failed(ctx, err)
		_ = clock.Sleep(ctx, p.cfg.Clock, errorPause)
	}
	return nil
}

// lead writes what comes until something fails; [errMoved] when another process leads.
func (p *Projector) lead(ctx context.Context) error {
	stream, err := p.open(ctx)
	if err != nil {
		return err
	}
	p.working.Lock()
	err = p.begin(ctx, stream)
	from := p.position + 1
	p.working.Unlock()
	if err != nil {
		return err
	}
	following, cancel := context.WithCancel(ctx)
	defer cancel()
	came, ended := make(chan bus.Message, maxMessages), make(chan error, 1)
	go func() {
		ended <- stream.Follow(following, from, func(ctx context.Context, m bus.Message) error {
			select {
			case came <- m:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	err = p.take(ctx, came, ended)
	cancel()
	<-ended
	return err
}

// take writes what comes, in batches.
func (p *Projector) take(ctx context.Context, came <-chan bus.Message, ended chan error) error {
	for {
		t := p.cfg.Clock.NewTimer(idleLook)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case err := <-ended:
			t.Stop()
			ended <- nil
			return err
		case <-t.C():
		case m := <-came:
			t.Stop()
			if err := p.takeBatch(ctx, m, came); err != nil {
				return err
			}
		}
		p.tend(ctx)
	}
}

// takeBatch waits a moment for what comes with a message, and writes all of it.
func (p *Projector) takeBatch(ctx context.Context, m bus.Message, came <-chan bus.Message) error {
	if len(came) < cap(came) {
		_ = clock.Sleep(ctx, p.cfg.Clock, p.cfg.Gather)
	}
	if ctx.Err() != nil {
		return nil
	}
	p.working.Lock()
	defer p.working.Unlock()
	now := p.cfg.Clock.Now()
	b := &batch{from: p.position, to: p.position}
	for more := true; more; {
		b.add(p.cfg.Ring, now, m.Sequence, m.ID, m.Time, m.Data)
		if len(b.items) >= maxItems {
			break
		}
		select {
		case m = <-came:
		default:
			more = false
		}
	}
	return p.saveTimed(ctx, b)
}

// standBy waits until nobody writes what waits; then lead is true.
func (p *Projector) standBy(ctx context.Context) (lead bool, err error) {
	p.set(func(c *condition) { c.leads, c.problem, c.behind = false, "", time.Time{} })
	p.working.Lock()
	p.leads = false
	p.cache.clear()
	clear(p.sessions)
	p.working.Unlock()
	var seen uint64
	var since time.Time // when the position stood at seen and messages waited behind it
	for {
		if err := clock.Sleep(ctx, p.cfg.Clock, standbyLook); err != nil {
			return false, nil
		}
		stream, err := p.open(ctx)
		if err != nil {
			return false, err
		}
		position, _, err := p.stored(ctx)
		if err != nil {
			return false, err
		}
		last, err := stream.Last(ctx)
		if err != nil {
			return false, err
		}
		now := p.cfg.Clock.Now()
		switch {
		case last == position || position != seen || since.IsZero():
			seen, since = position, now
		case now.Sub(since) >= standbyWait:
			return true, nil
		}
	}
}

func (p *Projector) open(ctx context.Context) (*bus.Stream, error) {
	p.working.Lock()
	defer p.working.Unlock()
	if p.stream == nil {
		s, err := interaction.OpenStream(ctx, p.cfg.Bus, p.cfg.MaxBytes)
		if err != nil {
			return nil, err
		}
		p.stream = s
	}
	return p.stream, nil
}

// Project writes a batch of what waits and tells of how many messages; fewer than 300 means that nothing waits any
// more. For tests and tools; the service follows the stream.
func (p *Projector) Project(ctx context.Context) (messages int, err error) {
	stream, err := p.open(ctx)
	if err != nil {
		return 0, err
	}
	p.working.Lock()
	defer p.working.Unlock()
	if !p.leads {
		if err := p.begin(ctx, stream); err != nil {
			return 0, err
		}
	}
	b := &batch{from: p.position, to: p.position}
	err = p.read(ctx, stream, b, &messages)
	if err != nil || messages == 0 {
		return 0, err
	}
	return messages, p.saveTimed(ctx, b)
}

// saveTimed writes a batch and tells how it went.
func (p *Projector) saveTimed(ctx context.Context, b *batch) error {
	p.set(func(c *condition) { c.behind = b.oldest })
	begin := p.cfg.Clock.Now()
	if err := p.save(ctx, b); err != nil {
		p.leads = false // the position is read anew
		return err
	}
	now := p.cfg.Clock.Now()
	p.metrics.took.Observe(now.Sub(begin).Seconds())
	p.metrics.lag.Set(now.Sub(b.oldest).Seconds())
	p.metrics.projected.Add(float64(len(b.items)))
	p.metrics.aside.Add(float64(len(b.bad)))
	p.set(func(c *condition) {
		c.behind, c.problem = time.Time{}, ""
		c.aside += int64(len(b.bad))
	})
	if p.cfg.Tell != nil && now.Sub(p.toldAt) >= tellEvery {
		p.toldAt = now
		p.cfg.Tell()
	}
	return nil
}

// errEnough ends the reading of a batch that is full.
var errEnough = errors.New("enough")

func (p *Projector) read(ctx context.Context, stream *bus.Stream, b *batch, messages *int) error {
	now := p.cfg.Clock.Now()
	_, err := stream.Read(ctx, p.position+1, func(_ context.Context, m bus.Message) error {
		b.add(p.cfg.Ring, now, m.Sequence, m.ID, m.Time, m.Data)
		*messages++
		if *messages >= maxMessages {
			return errEnough
		}
		if len(b.items) >= maxItems {
			*messages = max(*messages, maxMessages) // more may wait
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// begin leads: from the position in the database, if the stream is still the one that it is a place in.
func (p *Projector) begin(ctx context.Context, stream *bus.Stream) error {
	p.cache.clear()
	clear(p.sessions)
	position, id, err := p.stored(ctx)
	if err != nil {
		return err
	}
	state, err := stream.State(ctx)
	if err != nil {
		return err
	}
	same := position <= state.Last
	if same && position >= state.First && id != "" {
		_, err := stream.Read(ctx, position, func(_ context.Context, m bus.Message) error {
			same = m.Sequence != position || m.ID == id
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	if !same {
		p.cfg.Logger.ErrorContext(ctx, "the stream of the contact journal was lost and begun anew; it is written from its beginning", "position", position, "last", state.Last)
		if err := p.reset(ctx, position); err != nil {
			return err
		}
		position = 0
		p.set(func(c *condition) { c.restart = p.cfg.Clock.Now() })
	}
	p.position, p.leads = position, true
	p.set(func(c *condition) { c.leads = true })
	return nil
}

func (p *Projector) set(f func(*condition)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.how)
}

func (p *Projector) failed(ctx context.Context, err error) {
	first := false
	p.set(func(c *condition) {
		first = c.problem == ""
		c.problem = err.Error()
		if c.behind.IsZero() {
			c.behind = p.cfg.Clock.Now()
		}
	})
	if first {
		p.cfg.Logger.WarnContext(ctx, "the contact journal is not written into records", "error", err)
	}
}
