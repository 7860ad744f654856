package interaction

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/secret"
)

const (
	// streamName is the durable stream of the contact journal.
	streamName = "contact"
	// SubjectEntries is what the messages of the journal's stream are called.
	SubjectEntries = "contact.entries"

	defaultGather     = 250 * time.Millisecond
	defaultMaxWaiting = 200_000
	// DefaultStreamBytes is the size of the journal's stream when nothing else is said.
	DefaultStreamBytes = 1 << 30

	// appendTimeout bounds one try to store a message; the same message is tried again.
	appendTimeout = 5 * time.Second
	firstPause    = 100 * time.Millisecond
	longestPause  = 2 * time.Second
	// stopTimeout is how long Stop tries to store what waits.
	stopTimeout = 5 * time.Second
	// dedupeWindow is how long the stream knows a message again whose acknowledgement was lost. Storing it twice after
	// that does no harm: projecting an entry twice gives the same record.
	dedupeWindow = 10 * time.Minute
)

var (
	// ErrJournalFull: so many entries wait for the stream that no more are taken.
	ErrJournalFull = fault.New(fault.Unavailable, "interaction.journal_full", "the contact journal takes no more entries").
			WithRemedy("see the health page: the message bus stores nothing, or its disk is full")
	// ErrNotStored: the stream has not confirmed the entry in time. It still waits and may be stored later.
	ErrNotStored = fault.New(fault.Unavailable, "interaction.not_stored", "the contact journal has not confirmed this yet").
			WithRemedy("send it again; storing it twice does no harm")
	// ErrJournalStopped: the process is stopping.
	ErrJournalStopped = fault.New(fault.Unavailable, "interaction.journal_stopped", "this process is stopping").
				WithRemedy("send it again; another process takes it")
)

// JournalConfig says where the contact journal is. Bus, Ring, Clock and Logger are needed.
type JournalConfig struct {
	Bus        *bus.Bus
	Ring       *secret.Ring // seals the messages
	Node       string       // for which [Journal.Living] is answered here; empty: for none
	Clock      clock.Clock
	Logger     *slog.Logger
	Metrics    prometheus.Registerer // nil: none
	Gather     time.Duration         // how long entries wait for others that come with them into one message; 0: 250 ms
	MaxWaiting int                   // entries that may wait in memory while the stream does not answer; 0: 200,000
	MaxBytes   int64                 // the stream's size, at which it refuses; 0: 1 GiB
}

// Journal is the contact journal of a process: what happens to contacts is stored in a durable stream before anybody
// is told that it was. A [lifecycle.Service]; entries written before Start wait for it. Safe for concurrent use.
type Journal struct {
	lifecycle.Service

	cfg      JournalConfig
	instance string // of this process: with a number it makes the id of a message
	made     time.Time
	metrics  *metrics
	recent   *Recent
	living   func(contact uuid.UUID) bool

	mu      sync.Mutex
	waiting []Entry   // in the order of the calls
	stored  uint64    // how many entries were stored before waiting[0]
	sures   []sure    // by rising upTo
	lost    uint64    // entries that found no room
	since   time.Time // when waiting[0] came; zero: nothing waits
	problem string    // of the last try to store; empty: it went well
	stopped bool

	added  chan struct{} // something waits
	urgent chan struct{} // somebody waits for it
}

// sure is somebody who waits until so many entries are stored.
type sure struct {
	upTo    uint64
	entries int // how many of those are his
	done    chan error
}

// NewJournal makes a journal.
func NewJournal(cfg JournalConfig) *Journal {
	cfg.Gather = cmp.Or(cfg.Gather, defaultGather)
	cfg.MaxWaiting = cmp.Or(cfg.MaxWaiting, defaultMaxWaiting)
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, DefaultStreamBytes)
	j := &Journal{
		cfg: cfg, instance: uuid.NewString(), made: cfg.Clock.Now(), metrics: newMetrics(cfg.Metrics), recent: newRecent(),
		added: make(chan struct{}, 1), urgent: make(chan struct{}, 1),
	}
	j.Service = lifecycle.NewLoop("contact-journal", cfg.Logger, j.run)
	return j
}

// Write implements [Recorder].
func (j *Journal) Write(entries ...Entry) {
	if _, err := j.put(entries, false); err != nil {
		j.metrics.lost.Add(float64(len(entries)))
	}
}

// Sure writes the entries, after all that was written before, and returns when the stream has stored them: they then
// survive the end of any process. Several that come together share one message. [ErrNotStored] when ctx ends first:
// the entries still wait and may be stored later. [ErrJournalFull] and [ErrJournalStopped] when they were not taken.
func (j *Journal) Sure(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	stored, err := j.take(entries...)
	if err != nil {
		return err
	}
	return stored(ctx)
}

// take is the first half of [Journal.Sure]: the entries have their place and are known to this process; what it gives
// waits until the stream has them.
func (j *Journal) take(entries ...Entry) (stored func(ctx context.Context) error, err error) {
	done, err := j.put(entries, true)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return ErrNotStored.WithCause(context.Cause(ctx))
		}
	}, nil
}

// put takes the entries into memory, all or none.
func (j *Journal) put(entries []Entry, wait bool) (<-chan error, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopped || len(j.waiting)+len(entries) > j.cfg.MaxWaiting {
		j.lost += uint64(len(entries))
		if j.stopped {
			return nil, ErrJournalStopped
		}
		return nil, ErrJournalFull
	}
	if len(j.waiting) == 0 {
		j.since = j.cfg.Clock.Now()
	}
	j.waiting = append(j.waiting, entries...)
	j.recent.take(entries)
	wake(j.added)
	if !wait {
		return nil, nil
	}
	done := make(chan error, 1)
	j.sures = append(j.sures, sure{j.stored + uint64(len(j.waiting)), len(entries), done})
	wake(j.urgent)
	return done, nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run stores what waits, until stopped; then it stores the rest for a while.
func (j *Journal) run(ctx context.Context) error {
	var stream *bus.Stream
	if j.cfg.Node != "" {
		answering, err := j.cfg.Bus.Respond(subjectLiving(j.cfg.Node), "", j.answerLiving)
		if err != nil {
			return fmt.Errorf("answer for the contacts of this node: %w", err)
		}
		defer func() { _ = answering.Stop(context.WithoutCancel(ctx)) }()
	}
	learning, err := j.cfg.Bus.Subscribe(subjectShare, "", j.learn)
	if err != nil {
		return fmt.Errorf("listen to other processes: %w", err)
	}
	defer func() { _ = learning.Stop(context.WithoutCancel(ctx)) }()
	err = j.loop(ctx, &stream)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if ctx.Err() == nil {
		return err
	}
	if stream != nil {
		err = j.drain(last, stream)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stopped = true
	for _, s := range j.sures {
		s.done <- ErrNotStored.WithCause(err)
	}
	j.sures = nil
	if n := len(j.waiting); n > 0 {
		j.cfg.Logger.ErrorContext(last, "entries of the contact journal are lost: the stream did not take them before the end", "entries", n, "error", err)
		j.waiting = nil
	}
	return nil
}

func (j *Journal) loop(ctx context.Context, stream **bus.Stream) error {
	for pause := firstPause; ; {
		err := j.open(ctx, stream)
		if err == nil {
			err = j.gather(ctx)
		}
		if err == nil {
			err = j.drain(ctx, *stream)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			pause = firstPause
			continue
		}
		j.failed(ctx, err)
		if clock.Sleep(ctx, j.cfg.Clock, pause) != nil {
			return nil
		}
		pause = min(2*pause, longestPause)
	}
}

func (j *Journal) open(ctx context.Context, stream **bus.Stream) error {
	if *stream != nil {
		return nil
	}
	s, err := OpenStream(ctx, j.cfg.Bus, j.cfg.MaxBytes)
	if err == nil {
		*stream = s
	}
	return err
}

// OpenStream opens the durable stream of the journal, or makes it. maxBytes is its size, at which it refuses; 0: 1 GiB.
func OpenStream(ctx context.Context, b *bus.Bus, maxBytes int64) (*bus.Stream, error) {
	return b.Stream(ctx, bus.StreamConfig{
		Name: streamName, Subjects: []string{SubjectEntries}, MaxBytes: cmp.Or(maxBytes, DefaultStreamBytes),
		SyncAlways: true, RefuseWhenFull: true, Dedupe: dedupeWindow,
	})
}

// gather waits until something waits, and then a moment for what comes with it, unless somebody waits for it.
func (j *Journal) gather(ctx context.Context) error {
	j.mu.Lock()
	some, hurry := len(j.waiting) > 0, len(j.sures) > 0 || len(j.waiting) > maxEntries
	j.mu.Unlock()
	if !some {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-j.added:
		}
	}
	if hurry {
		return nil
	}
	t := j.cfg.Clock.NewTimer(j.cfg.Gather)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-j.urgent:
	case <-t.C():
	}
	return nil
}

// drain stores everything that waits, a message at a time.
func (j *Journal) drain(ctx context.Context, stream *bus.Stream) error {
	for {
		j.mu.Lock()
		batch, from := j.waiting[:min(maxEntries, len(j.waiting))], j.stored
		j.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		n, data, err := seal(j.cfg.Ring, batch)
		if n == 0 {
			j.drop(ctx, err)
			continue
		}
		if err != nil {
			return err
		}
		// The id names the first entry: the same entries again make the same message, for which the stream answers as
		// it did before.
		id := j.instance + "." + strconv.FormatUint(from, 10) + "." + strconv.Itoa(n)
		begin := j.cfg.Clock.Now()
		err = j.append(ctx, stream, id, data)
		if n == 1 && errors.Is(err, bus.ErrTooLarge) {
			j.drop(ctx, err)
			continue
		}
		if err != nil {
			return err
		}
		j.metrics.stored.Add(float64(n))
		j.metrics.took.Observe(j.cfg.Clock.Now().Sub(begin).Seconds())
		j.share(ctx, batch[:n])
		j.done(n)
	}
}

func (j *Journal) append(ctx context.Context, stream *bus.Stream, id string, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	_, err := stream.Append(ctx, SubjectEntries, id, data)
	return err
}

// drop gives up the oldest entry, which can never be stored, so that it does not stand in the way of the others.
func (j *Journal) drop(ctx context.Context, cause error) {
	j.cfg.Logger.ErrorContext(ctx, "an entry of the contact journal cannot be stored and is lost", "error", cause)
	j.metrics.lost.Inc()
	j.mu.Lock()
	j.lost++
	if len(j.sures) > 0 && j.sures[0].upTo <= j.stored+uint64(j.sures[0].entries) && j.sures[0].upTo > j.stored {
		j.sures[0].done <- cause
		j.sures = j.sures[1:]
	}
	j.mu.Unlock()
	j.done(1)
}

// done takes the oldest n entries out and tells who waited for them.
func (j *Journal) done(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.problem = ""
	j.stored += uint64(n)
	clear(j.waiting[:n])
	j.waiting = j.waiting[n:]
	j.since = j.cfg.Clock.Now()
	if len(j.waiting) == 0 {
		j.waiting, j.since = nil, time.Time{}
	}
	for len(j.sures) > 0 && j.sures[0].upTo <= j.stored {
		j.sures[0].done <- nil
		j.sures = j.sures[1:]
	}
}

func (j *Journal) failed(ctx context.Context, err error) {
	j.mu.Lock()
	first := j.problem == ""
	j.problem = err.Error()
	n := len(j.waiting)
	j.mu.Unlock()
	if first && !errors.Is(err, context.Canceled) {
		j.cfg.Logger.WarnContext(ctx, "the contact journal waits for the message bus", "entries", n, "error", err)
	}
}

// journalState is how a journal is, for health.
type journalState struct {
	waiting int
	lost    uint64
	since   time.Time
	problem string
}

func (j *Journal) state() journalState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return journalState{len(j.waiting), j.lost, j.since, j.problem}
}
