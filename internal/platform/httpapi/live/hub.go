package live

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/telemetry"
)

// Config is what the hub needs. Logger and Clock are required.
type Config struct {
	Logger  *slog.Logger
	Clock   clock.Clock
	Metrics *telemetry.Metrics // nil: no figures
	Bus     *bus.Bus           // nil: one node only; must be started before the hub

	// User names who connects; nil: everybody is the same nameless user, for whom PerUser does not hold.
	User    func(r *http.Request) (string, error)
	Total   int // connections at once; default 10,000
	PerUser int // of one user; default 20
	Events  int // that a stream remembers; default 512
	Bytes   int // of events that a stream remembers; default 1 MiB

	WriteTime time.Duration // that a client may take no bytes before it is cut; default 10 s
}

const (
	beatEvery    = 20 * time.Second
	deadAfter    = 45 * time.Second // without a sign of life
	forgetAfter  = 2 * time.Minute  // a stream without connections
	tickEvery    = time.Second
	largestEvent = 256 << 10
	// snapshotTimeout bounds one topic's part of a snapshot.
	snapshotTimeout = 5 * time.Second
	// snapshotsAtOnce bounds what a thousand returning pages ask of the database.
	snapshotsAtOnce = 16
)

// The faults of this package.
var (
	ErrTooLarge = fault.New(fault.Limit, "live.event_too_large", "the event is larger than 256 KiB")
	errFull     = fault.New(fault.Unavailable, "live.full", "no more live connections on this node")
	errTooMany  = fault.New(fault.Limit, "live.too_many_connections", "too many live connections of one user").
			WithRemedy("close other tabs")
	errUpgrade = fault.New(fault.Invalid, "live.not_websocket", "this path serves WebSocket connections only")
	errStopped = fault.New(fault.Unavailable, "live.stopped", "live connections are not served now")
)

// SnapshotFunc gives the present state of a topic for a user.
type SnapshotFunc func(ctx context.Context, user string) (any, error)

// Hub holds the live connections of this node. It is an http.Handler for GET /api/live and a
// lifecycle.Service.
type Hub struct {
	lifecycle.Service
	config    Config
	log       *slog.Logger
	clock     clock.Clock
	topics    []string // in the order of registration
	snapshots map[string]SnapshotFunc
	building  chan struct{} // holds a token per snapshot being made
	node      string
	figures   *figures

	ctx    context.Context // of everything a connection does; ends when Stop gives up waiting
	cancel context.CancelFunc
	wg     sync.WaitGroup // of connections' goroutines

	mu      sync.RWMutex
	open    bool
	streams map[string]*stream
	conns   map[*conn]struct{}
	out     chan message // to the bus
}

// New makes a hub; register snapshots before Start.
func New(c Config) *Hub {
	c.Total, c.PerUser = cmp.Or(c.Total, 10_000), cmp.Or(c.PerUser, 20)
	c.Events, c.Bytes = cmp.Or(c.Events, 512), cmp.Or(c.Bytes, 1<<20)
	c.WriteTime = cmp.Or(c.WriteTime, 10*time.Second)
	h := &Hub{
		config: c, log: c.Logger, clock: c.Clock,
		snapshots: map[string]SnapshotFunc{}, building: make(chan struct{}, snapshotsAtOnce),
		node: fmt.Sprintf("%016x", rand.Uint64()), figures: newFigures(c.Metrics),
		streams: map[string]*stream{}, conns: map[*conn]struct{}{}, out: make(chan message, outQueue),
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	parts := lifecycle.NewGroup("live", c.Logger)
	parts.Add(lifecycle.Func("live-connections", h.begin, h.end))
	parts.Add(lifecycle.NewLoop("live-beat", c.Logger, h.run))
	if c.Bus != nil {
		parts.Add(lifecycle.NewLoop("live-bus-out", c.Logger, h.send))
		parts.Add(h.busIn())
	}
	h.Service = parts
	return h
}

// Snapshot registers what a page that starts anew is told about a topic; only before Start.
func (h *Hub) Snapshot(topic string, f SnapshotFunc) {
	if _, ok := h.snapshots[topic]; ok {
		panic("live: two snapshots of topic " + topic)
	}
	h.topics = append(h.topics, topic)
	h.snapshots[topic] = f
}

// Publish tells one user on all nodes. data is encoded as JSON at once; personal values in it are masked.
// It does not wait for anybody; the error is about data only.
func (h *Hub) Publish(user, topic string, data any) error {
	return h.publish(user, false, topic, data)
}

// Broadcast tells everybody on all nodes.
func (h *Hub) Broadcast(topic string, data any) error {
	return h.publish("", true, topic, data)
}

// Disconnect ends the connections of a user on this node, such as when a session of theirs ended: pages whose
// session still holds come back at once with their place, the others are refused. It does not wait for them.
func (h *Hub) Disconnect(user string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if s, ok := h.streams[user]; ok {
		s.each(func(c *conn) { c.end(closeRights) })
	}
}

func (h *Hub) publish(user string, all bool, topic string, data any) error {
	rest, err := encodeRest(topic, h.clock.Now(), data)
	if err != nil {
		return err
	}
	h.deliver(user, all, rest)
	h.pass(message{user: user, all: all, rest: rest})
	return nil
}

// encodeRest makes the part of an event's message that follows its number.
func encodeRest(topic string, at time.Time, data any) ([]byte, error) {
	body, err := json.Marshal(struct {
		Topic string    `json:"topic"`
		At    time.Time `json:"at"`
		Data  any       `json:"data"`
	}{topic, at, data})
	if err != nil {
		return nil, fmt.Errorf("encode live event %s: %w", topic, err)
	}
	if len(body) > largestEvent {
		return nil, ErrTooLarge
	}
	body[0] = ',' // the object goes on after the number
	return body, nil
}

// deliver adds an encoded event to the streams of this node.
func (h *Hub) deliver(user string, all bool, rest []byte) {
	h.figures.events.Inc()
	h.mu.RLock()
	defer h.mu.RUnlock()
	if !all {
		if s, ok := h.streams[user]; ok {
			s.append(rest, h.config.Events, h.config.Bytes)
		}
		return
	}
	for _, s := range h.streams {
		s.append(rest, h.config.Events, h.config.Bytes)
	}
}

func (h *Hub) begin(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = true
	return nil
}

// end closes every connection and waits for their goroutines; when ctx ends first they are cut.
func (h *Hub) end(ctx context.Context) error {
	h.mu.Lock()
	h.open = false
	for c := range h.conns {
		c.end(closeRestart)
	}
	h.mu.Unlock()
	gone := make(chan struct{})
	go func() { h.wg.Wait(); close(gone) }() // ends below: cutting connections ends their goroutines
	defer h.cancel()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	h.mu.Lock()
	h.log.Warn("live connections were cut at stop", "count", len(h.conns))
	for c := range h.conns {
		c.cut()
	}
	h.mu.Unlock()
	h.cancel()
	<-gone
	return nil
}

// run gives beats, cuts the dead and forgets streams.
func (h *Hub) run(ctx context.Context) error {
	for {
		if err := clock.Sleep(ctx, h.clock, tickEvery); err != nil {
			return err
		}
		h.tick(h.clock.Now())
	}
}

func (h *Hub) tick(now time.Time) {
	h.mu.RLock()
	forget := false
	for c := range h.conns {
		c.tick(now)
	}
	for _, s := range h.streams {
		forget = forget || s.forgotten(now, forgetAfter)
	}
	h.mu.RUnlock()
	if !forget {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for user, s := range h.streams {
		if s.forgotten(now, forgetAfter) {
			delete(h.streams, user)
		}
	}
}

// admit finds a place for a connection.
func (h *Hub) admit(user string) error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.admitLocked(user)
}

func (h *Hub) admitLocked(user string) error {
	switch {
	case !h.open:
		return errStopped
	case len(h.conns) >= h.config.Total:
		h.figures.refuse(h.clock.Now())
		return errFull
	}
	if s, ok := h.streams[user]; ok && user != "" && s.size() >= h.config.PerUser {
		return errTooMany
	}
	return nil
}

// add makes the connection one of the hub's, unless its place is gone meanwhile.
func (h *Hub) add(c *conn, user, id string, seq uint64) (resumed bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.admitLocked(user); err != nil {
		return false, err
	}
	s, ok := h.streams[user]
	if !ok {
		s = newStream(user, h.clock.Now())
		h.streams[user] = s
	}
	c.stream = s
	c.sent, resumed = s.join(c, id, seq)
	h.conns[c] = struct{}{}
	h.wg.Add(2) // while open: end waits only after it has closed
	h.figures.connections.Set(float64(len(h.conns)))
	return resumed, nil
}

func (h *Hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	c.stream.leave(c, h.clock.Now())
	h.figures.connections.Set(float64(len(h.conns)))
}
