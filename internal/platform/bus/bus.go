package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
)

// errLost is the cause of contexts that end because the connection did.
var errLost = errors.New("connection to the message bus lost")

// Bus is the connection to the message bus. It is a lifecycle.Service; everything else needs it started.
// Safe for concurrent use.
type Bus struct {
	lifecycle.Service
	config Config
	log    *slog.Logger

	link atomic.Pointer[link] // nil before Start and after Stop

	base    context.Context // of handlers; ends when Stop has no more patience
	endBase context.CancelFunc

	dropped    atomic.Uint64 // messages that handlers were too slow for
	reconnects atomic.Uint64

	mu       sync.Mutex
	embedded *embedded     // nil on an external cluster, before Start and after Stop
	session  *session      // nil while away
	up       chan struct{} // closed when a session begins
	since    time.Time     // of being away
	stopping bool
	parts    map[stopper]struct{} // subscriptions and watches, to be stopped by Stop
	watched  watchlist
}

// link is one NATS connection, which outlives reconnects.
type link struct {
	nc *nats.Conn
	js jetstream.JetStream
}

// session is one uninterrupted time of being connected; its context ends with it.
type session struct {
	ctx context.Context
	end context.CancelCauseFunc
}

// stopper is a part that the bus stops before it closes.
type stopper interface {
	Stop(ctx context.Context) error
}

// New checks the configuration; nothing is opened before Start.
func New(c Config) (*Bus, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	b := &Bus{config: c, log: c.Logger, up: make(chan struct{}), parts: map[stopper]struct{}{}}
	b.base, b.endBase = context.WithCancel(context.Background())
	b.Service = lifecycle.Func("bus", b.start, b.stop)
	return b, nil
}

// Open makes and starts a bus.
func Open(ctx context.Context, c Config) (*Bus, error) {
	b, err := New(c)
	if err != nil {
		return nil, err
	}
	return b, b.Start(ctx)
}

// Embedded reports whether the server runs in this process.
func (b *Bus) Embedded() bool { return b.config.embedded() }

func (b *Bus) start(ctx context.Context) error {
	ctx, cancel := withTimeout(ctx, startTimeout)
	defer cancel()
	options, err := b.config.options()
	if err != nil {
		return err
	}
	if b.Embedded() {
		e, err := startEmbedded(ctx, &b.config)
		if err != nil {
			return err
		}
		b.mu.Lock()
		b.embedded = e
		b.mu.Unlock()
		options = append(options, e.option())
	}
	if err := b.connect(ctx, options); err != nil {
		b.close()
		return err
	}
	return nil
}

func (b *Bus) connect(ctx context.Context, options []nats.Option) error {
	options = append(options,
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { b.lost(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { b.regained() }),
		nats.ErrorHandler(b.asyncError),
	)
	nc, err := nats.Connect(b.config.URL, options...)
	if err != nil {
		return fault.New(fault.Unavailable, "bus.connect", "the message bus %s cannot be reached", b.config.hosts()).
			WithCause(err).WithRemedy("check that the NATS servers run, the address, the credentials and the certificates")
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		nc.Close()
		return fmt.Errorf("prepare JetStream: %w", err)
	}
	b.link.Store(&link{nc: nc, js: js})
	if err := b.awaitJetStream(ctx, js); err != nil {
		return err
	}
	if b.embedded != nil {
		if err := b.embedded.complete(ctx, js); err != nil {
			return err
		}
	}
	b.begin()
	return nil
}

// awaitJetStream asks until the storing part answers: a cluster that was just started elects its leader first.
func (b *Bus) awaitJetStream(ctx context.Context, js jetstream.JetStream) error {
	for {
		_, err := js.AccountInfo(ctx)
		if err == nil {
			return nil
		}
		wait := time.NewTimer(reconnectWait)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return fault.New(fault.Unavailable, "bus.no_jetstream", "the message bus is connected but cannot store").
				WithCause(err).WithRemedy("enable JetStream on the NATS servers and check that a majority of them runs")
		}
	}
}

// begin marks a session's beginning, unless one is under way.
func (b *Bus) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != nil || b.stopping {
		return
	}
	s := &session{}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	b.session = s
	b.since = time.Time{}
	close(b.up)
}

// lost marks a session's end. Called by the client library, in order with regained.
func (b *Bus) lost(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == nil {
		return
	}
	b.session.end(errLost)
	b.session, b.up = nil, make(chan struct{})
	b.since = b.config.Clock.Now()
	if !b.stopping {
		b.log.Warn("message bus lost, reconnecting", "error", err)
	}
}

func (b *Bus) regained() {
	b.reconnects.Add(1)
	b.log.Info("message bus connected again")
	b.begin()
}

// asyncError hears what no call can return. Slow consumers are counted where they read.
func (b *Bus) asyncError(_ *nats.Conn, sub *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		return
	}
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	b.log.Error("message bus error", "subject", subject, "error", err)
}

// connected gives the session under way, waiting for one until ctx ends.
func (b *Bus) connected(ctx context.Context) (*session, error) {
	for {
		b.mu.Lock()
		s, up := b.session, b.up
		b.mu.Unlock()
		if s != nil {
			return s, nil
		}
		select {
		case <-up:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// begun gives the link and a context that ends with the caller's, with the session, or after requestTimeout when
// the caller set no deadline. It fails at once while the bus is away.
func (b *Bus) begun(ctx context.Context) (*link, context.Context, context.CancelFunc, error) {
	l := b.link.Load()
	b.mu.Lock()
	s := b.session
	b.mu.Unlock()
	if l == nil || s == nil {
		return nil, nil, nil, ErrAway
	}
	ctx, cancel := withTimeout(ctx, requestTimeout)
	ctx, cancelCause := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancelCause(errLost) })
	return l, ctx, func() { stop(); cancelCause(nil); cancel() }, nil
}

func (b *Bus) stop(ctx context.Context) error {
	b.mu.Lock()
	b.stopping = true
	parts := b.parts
	b.parts = map[stopper]struct{}{}
	b.mu.Unlock()

	impatient := context.AfterFunc(ctx, b.endBase)
	defer impatient()
	errs := make([]error, len(parts))
	var wg sync.WaitGroup
	i := 0
	for p := range parts {
		at := i
		wg.Go(func() { errs[at] = p.Stop(ctx) })
		i++
	}
	wg.Wait()
	b.endBase()
	b.close()
	return errors.Join(errs...)
}

// close ends the connection and the server; also after a start that failed half-way.
func (b *Bus) close() {
	if l := b.link.Swap(nil); l != nil {
		if l.nc.IsConnected() {
			_ = l.nc.FlushTimeout(dialTimeout) // what was published just before Stop; nothing to do when it fails
		}
		l.nc.Close()
	}
	b.lost(nil)
	b.mu.Lock()
	e := b.embedded
	b.embedded = nil
	b.mu.Unlock()
	if e != nil {
		e.stop()
	}
}

// adopt registers a part to be stopped with the bus.
func (b *Bus) adopt(p stopper) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopping {
		return ErrAway
	}
	b.parts[p] = struct{}{}
	return nil
}

func (b *Bus) release(p stopper) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.parts, p)
}

// withTimeout bounds a context that has no deadline of its own.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d)
}

// deadlineOf gives the deadline of a context that has one.
func deadlineOf(ctx context.Context) time.Time {
	d, _ := ctx.Deadline()
	return d
}
