package media

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/voice/media/ports"
)

// Config says where the engine listens and how patient it is.
type Config struct {
	// Bind is the address the sockets listen on; not valid means all of IPv4.
	Bind netip.Addr
	// Public is the address for session descriptions; not valid means Bind.
	Public netip.Addr
	// FirstPort and LastPort are the range of RTP and RTCP ports, 16384 to 32767 when 0.
	FirstPort, LastPort int
	// Quarantine is how long a port rests before it is used again, 2 s when 0.
	Quarantine time.Duration
	// Timeout is how long the far side may send neither RTP nor RTCP before OnTimeout tells; 0 is for ever.
	Timeout time.Duration
	// Reports is the mean time between two RTCP reports of a leg, 5 s when 0 (RFC 3550 6.2).
	Reports time.Duration
	// Threads is the number of media threads; 0 is one for every two processors, at most 8.
	Threads int
	// Processors is the least GOMAXPROCS that Start sees to, 0 leaves it alone. A media thread that wakes needs a free
	// processor of Go's scheduler at once; where all are busy it waits in line behind work of 10 ms each, whatever its
	// priority. With four for each real processor, at least 8, the system's scheduler decides instead, and it
	// knows the thread's priority (docs/decisions/0023: 49,000 late packets of 200,000 become none).
	Processors int
	// Realtime asks for real-time threads (SCHED_RR), for machines that voice shares with other work: audio then goes
	// before everything else on them. Without the right to it (CAP_SYS_NICE) the threads ask for less.
	Realtime bool
	Clock    clock.Clock
	Logger   *slog.Logger
}

// RoomForMedia is the value of Config.Processors for a process that also does other work.
func RoomForMedia() int { return max(4*runtime.NumCPU(), 8) }

func (c Config) withDefaults() Config {
	c.FirstPort = cmp.Or(c.FirstPort, 16384)
	c.LastPort = cmp.Or(c.LastPort, 32767)
	c.Quarantine = cmp.Or(c.Quarantine, 2*time.Second)
	c.Reports = cmp.Or(c.Reports, 5*time.Second)
	c.Threads = cmp.Or(c.Threads, min(max(runtime.NumCPU()/2, 1), 8))
	if !c.Bind.IsValid() {
		c.Bind = netip.IPv4Unspecified()
	}
	if !c.Public.IsValid() {
		c.Public = c.Bind
	}
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) validate() error {
	var wrong fault.Fields
	wrong.Check(c.FirstPort >= 1024 && c.LastPort <= 65535 && c.LastPort > c.FirstPort, "first_port", "range",
		"the range of media ports must lie between 1024 and 65535")
	wrong.Check(c.Threads > 0 && c.Threads <= 64, "threads", "range", "media threads must be 1 to 64")
	wrong.Check(c.Timeout >= 0 && c.Quarantine >= 0 && c.Reports > 0, "timeout", "range", "times must not be negative")
	return wrong.Err("voice.media_config", "the media configuration is wrong")
}

// Engine is all media of one process: a lifecycle.Service.
type Engine struct {
	cfg  Config
	base time.Time // zero of the steady time line

	mu      sync.Mutex // pool, legs, state
	pool    *ports.Pool
	legs    map[*Leg]struct{}
	state   engineState
	threads []*thread

	tellMu  sync.Mutex // no further goroutines of callbacks once told is set
	told    bool
	tellers sync.WaitGroup

	ids    atomic.Uint64
	panics atomic.Uint64

	keyTones map[byte]*Prompt // for bridges to far sides that take no events
}

type engineState uint8

const (
	engineNew engineState = iota
	engineRunning
	engineStopped
)

var _ lifecycle.Service = (*Engine)(nil)

// NewEngine makes an engine; it opens nothing before Start.
func NewEngine(cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if err := supported(); err != nil {
		return nil, err
	}
	pool, err := ports.New(cfg.FirstPort, cfg.LastPort, cfg.Quarantine, uint(random32()))
	if err != nil {
		return nil, fault.New(fault.Invalid, "voice.media_config", "the range of media ports is wrong").WithCause(err)
	}
	return &Engine{cfg: cfg, base: cfg.Clock.Now(), pool: pool, legs: map[*Leg]struct{}{}, keyTones: allKeyTones()}, nil
}

// random32 is a number nobody can guess (RFC 3550 5.1).
func random32() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint32(b[:])
}

// Name is the part's name in logs and health.
func (e *Engine) Name() string { return "voice media" }

// Public is the address for session descriptions.
func (e *Engine) Public() netip.Addr { return e.cfg.Public }

// now is the time on the engine's steady line.
func (e *Engine) now() time.Duration { return e.cfg.Clock.Now().Sub(e.base) }

// impatient reports times so short that each leg must be looked at every time.
func (e *Engine) impatient() bool {
	return e.cfg.Timeout > 0 && e.cfg.Timeout < time.Second || e.cfg.Reports < time.Second
}

// Start starts the media threads.
func (e *Engine) Start(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch e.state {
	case engineStopped:
		return fmt.Errorf("start media: %w", lifecycle.ErrStopped)
	case engineRunning:
		return nil
	}
	if e.cfg.Processors > runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(e.cfg.Processors)
	}
	for range e.cfg.Threads {
		t, err := newThread(e)
		if err != nil {
			for _, t := range e.threads {
				t.stop()
			}
			e.threads = nil
			return fmt.Errorf("start media thread: %w", err)
		}
		e.threads = append(e.threads, t)
		go t.run()
	}
	e.state = engineRunning
	return nil
}

// Stop closes all legs and ends the media threads; it waits for callbacks that still run.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	first := e.state != engineStopped
	e.state = engineStopped
	legs := make([]*Leg, 0, len(e.legs))
	for l := range e.legs {
		legs = append(legs, l)
	}
	e.mu.Unlock()
	if first {
		for _, l := range legs {
			l.Close()
		}
		for _, t := range e.threads {
			t.stop()
		}
	}
	done := make(chan struct{})
	go func() { // ends with the callbacks, which Stop waits for unless its context ends
		defer close(done)
		e.tellMu.Lock()
		e.told = true
		e.tellMu.Unlock()
		e.tellers.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("media callbacks still run"), ctx.Err())
	}
}

// NewLeg opens a pair of ports. The fault voice.no_ports says that none is free.
func (e *Engine) NewLeg() (*Leg, error) {
	l := &Leg{engine: e, id: e.ids.Add(1), wheelAt: -1}
	if err := e.open(l); err != nil {
		return nil, err
	}
	l.out.begin(e.now(), e.cfg.Reports)
	e.mu.Lock()
	if e.state != engineRunning {
		e.mu.Unlock()
		e.shut(l)
		return nil, errNotRunning
	}
	e.legs[l] = struct{}{}
	l.thread = e.threads[0]
	for _, t := range e.threads {
		if t.count.Load() < l.thread.count.Load() {
			l.thread = t
		}
	}
	l.thread.count.Add(1)
	e.mu.Unlock()
	t := l.thread
	t.post(func() { t.attach(l) })
	return l, nil
}

var errNotRunning = fault.New(fault.Unavailable, "voice.media_stopped", "the media engine does not run").
	WithRemedy("Try again when the node has started.")

// open finds a pair of ports that nobody else holds.
func (e *Engine) open(l *Leg) error {
	const tries = 256
	var refused []int
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, port := range refused {
			e.pool.Give(port, e.now())
		}
	}()
	for range tries {
		e.mu.Lock()
		running := e.state == engineRunning
		port, ok := e.pool.Take(e.now())
		size := e.pool.Size()
		e.mu.Unlock()
		if !running {
			if ok {
				refused = append(refused, port)
			}
			return errNotRunning
		}
		if !ok {
			return fault.New(fault.Limit, "voice.no_ports", "all %d pairs of media ports are in use", size).
				WithRemedy("Widen the range of media ports, or let calls end.")
		}
		taken, err := l.listen(e.cfg.Bind, port)
		if err == nil {
			return nil
		}
		refused = append(refused, port)
		if !taken {
			return fault.New(fault.Unavailable, "voice.no_socket", "a media socket cannot be opened").WithCause(err).
				WithRemedy("Check the limit of open files of the process, and that the media address is this machine's.")
		}
	}
	return fault.New(fault.Limit, "voice.no_ports", "other programs hold the media ports that were tried").
		WithRemedy("Give the media ports a range that nobody else uses.")
}

// shut closes a leg's sockets and gives its ports back.
func (e *Engine) shut(l *Leg) {
	l.rtp.close()
	l.rtcp.close()
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.legs, l)
	e.pool.Give(l.port, e.now())
}

// Metrics are the engine's own figures since its start.
type Metrics struct {
	Legs        int    // open now
	FreePorts   int    // pairs, resting ones included
	Received    uint64 // packets
	Sent        uint64
	Late        uint64 // sent more than 40 ms after their deadline
	Refused     uint64 // from a source that is not the leg's
	Invalid     uint64 // no RTP, or a payload type that was not agreed
	SendErrors  uint64
	Panics      uint64        // caught while a packet was handled; must be 0
	Skipped     uint64        // pacer ticks given up after stalls of over half a second
	RelayDelays [24]uint64    // relayed packets by delay from the kernel's stamp to our sending: [i] below 2^i us
	Wakes       uint64        // of all threads
	CPU         time.Duration // that the threads have used
}

// Metrics adds up the figures of all threads.
func (e *Engine) Metrics() Metrics {
	e.mu.Lock()
	m := Metrics{Legs: len(e.legs), FreePorts: e.pool.Free(), Panics: e.panics.Load()}
	threads := e.threads
	e.mu.Unlock()
	for _, t := range threads {
		t.call(func() { t.addTo(&m) })
	}
	return m
}
