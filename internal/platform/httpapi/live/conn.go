package live

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
)

// conn is one tab's connection. Two goroutines belong to it: read, which hears signs of life and the end,
// and write, which alone decides what is sent.
//
// Data frames are written straight to the network connection, many in one call, because one system call
// per batch is what telling thousands of clients costs. The WebSocket library writes control frames
// (pongs, the close) on the same connection. Both hand over whole frames in one Write, and a net.Conn lets
// one Write finish before the next begins, so frames are never mixed.
type conn struct {
	hub    *Hub
	ws     *websocket.Conn
	raw    net.Conn
	stream *stream
	sent   uint64 // number of the last event written; used by write only

	wake     chan struct{} // one pending signal to write
	over     atomic.Bool   // read has ended or is about to
	gone     chan struct{} // closed when read has ended
	writing  atomic.Int64  // unix nanoseconds since when put waits for the network, or 0
	alive    atomic.Int64  // unix nanoseconds of the last sign of life
	nextBeat time.Time     // used by the hub's tick only
	beat     atomic.Bool
	pong     atomic.Bool
	behind   int // snapshots in a row for being left behind; used by write only
	ending   atomic.Pointer[ending]
}

// ending is why the server closes a connection.
type ending struct {
	code   websocket.StatusCode
	reason string
}

var (
	closeRestart = &ending{websocket.StatusServiceRestart, "restart: come back with stream and seq"}
	closeRights  = &ending{closeCodeRights, "sign-in or rights changed: come back with stream and seq"}
	closeSlow    = &ending{websocket.StatusTryAgainLater, "too slow: come back with stream and seq"}
	closePolicy  = &ending{websocket.StatusPolicyViolation, "only {\"type\":\"ping\"} is understood"}
)

// closeCodeRights is of the private range (RFC 6455, section 7.4.2); 4401 reads like the status 401.
const closeCodeRights websocket.StatusCode = 4401

const (
	largestMessage = 1 << 10  // from a client
	batchBytes     = 64 << 10 // of events in one write
	mostBehind     = 3        // times in a row that a client may be given a snapshot for being slow
)

// ServeHTTP opens a live connection.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, id, seq, err := h.who(r)
	if err == nil {
		err = h.admit(user)
	}
	if err != nil {
		httpapi.Fail(w, r, err)
		return
	}
	c := &conn{hub: h, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	c.touch()
	c.nextBeat = h.clock.Now().Add(rand.N(beatEvery)) // thousands of beats must not fall together
	grab := &grabber{ResponseWriter: w}
	c.ws, err = websocket.Accept(grab, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // who has checked the origin
		OnPingReceived:     func(context.Context, []byte) bool { c.touch(); return true },
		OnPongReceived:     func(context.Context, []byte) { c.touch() },
	})
	if err != nil {
		return // Accept has answered
	}
	c.raw = grab.conn
	c.ws.SetReadLimit(largestMessage)
	resumed, err := h.add(c, user, id, seq)
	if err != nil {
		_ = c.ws.Close(websocket.StatusTryAgainLater, "no place")
		return
	}
	go c.read()
	go c.write(resumed)
}

// who reads the request: whose stream, and where in it.
func (h *Hub) who(r *http.Request) (user, id string, seq uint64, err error) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return "", "", 0, errUpgrade
	}
	if err = httpapi.CheckOrigin(r); err != nil {
		return "", "", 0, err
	}
	if h.config.User != nil {
		if user, err = h.config.User(r); err != nil {
			return "", "", 0, err
		}
	}
	q := r.URL.Query()
	id = q.Get("stream")
	if text := q.Get("seq"); text != "" {
		if seq, err = strconv.ParseUint(text, 10, 64); err != nil {
			return "", "", 0, fault.New(fault.Invalid, "http.invalid_request", "the request has values that are not accepted").
				WithFields(fault.Field{Location: "query.seq", Code: "type", Message: "must be a whole number"})
		}
	}
	return user, id, seq, nil
}

// grabber keeps the network connection that the WebSocket library takes over.
type grabber struct {
	http.ResponseWriter
	conn net.Conn
}

func (g *grabber) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(g.ResponseWriter).Hijack()
	g.conn = c
	return c, rw, err
}

// notify signals write; it never blocks.
func (c *conn) notify() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// end asks write to close the connection; the first reason counts.
func (c *conn) end(e *ending) {
	c.ending.CompareAndSwap(nil, e)
	c.notify()
}

// touch notes a sign of life.
func (c *conn) touch() { c.alive.Store(c.hub.clock.Now().UnixNano()) }

// cut drops the connection without a word, and what the kernel still holds for it.
func (c *conn) cut() {
	if tcp, ok := c.raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only when the connection has ended already
	}
	_ = c.raw.Close()
}

func (c *conn) tick(now time.Time) {
	if since := c.writing.Load(); since != 0 && now.UnixNano()-since > int64(c.hub.config.WriteTime) {
		c.hub.figures.resync(now)
		c.cut()
		return
	}
	if now.UnixNano()-c.alive.Load() > int64(deadAfter) {
		c.cut()
		return
	}
	if !now.Before(c.nextBeat) {
		c.nextBeat = now.Add(beatEvery)
		c.beat.Store(true)
		c.notify()
	}
}

// read takes pings until the connection ends. Pongs answer our own pings and count as signs of life.
func (c *conn) read() {
	defer c.hub.wg.Done()
	defer close(c.gone)
	defer c.notify()
	defer c.over.Store(true)
	for {
		_, r, err := c.ws.Reader(context.Background()) // without deadline: tick cuts the dead
		if err != nil {
			return
		}
		c.touch()
		raw, err := io.ReadAll(r)
		if err != nil {
			return
		}
		var m struct{ Type string }
		if json.Unmarshal(raw, &m) != nil || m.Type != "ping" {
			c.end(closePolicy)
			continue
		}
		c.pong.Store(true)
		c.notify()
	}
}

// write sends until the connection ends, and then cleans up after both goroutines.
func (c *conn) write(resumed bool) {
	defer c.hub.wg.Done()
	defer func() {
		c.hub.remove(c)
		_ = c.ws.CloseNow()
		<-c.gone
	}()
	if err := c.greet(resumed); err != nil {
		return
	}
	c.notify()         // what came while greeting
	for range c.wake { // never closed; one channel instead of two is felt at thousands of clients
		if c.over.Load() {
			return
		}
		if e := c.ending.Load(); e != nil {
			_ = c.ws.Close(e.code, e.reason) // bounded by the library; Stop cuts it earlier
			return
		}
		if err := c.flush(); err != nil {
			return
		}
	}
}

// greet sends hello and, to who starts anew, the snapshot.
func (c *conn) greet(resumed bool) error {
	hello, err := json.Marshal(struct {
		Type    string `json:"type"`
		Stream  string `json:"stream"`
		Seq     uint64 `json:"seq"`
		Resumed bool   `json:"resumed"`
	}{"hello", c.stream.id, c.sent, resumed})
	if err != nil {
		return err
	}
	if err := c.put(appendText(nil, hello)); err != nil || resumed {
		return err
	}
	return c.sendSnapshot(c.sent)
}

// sendSnapshot tells the state of all topics, which holds everything up to number seq and perhaps more.
func (c *conn) sendSnapshot(seq uint64) error {
	data, err := c.hub.snapshot(c.stream.user)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(struct {
		Type string                     `json:"type"`
		Seq  uint64                     `json:"seq"`
		Data map[string]json.RawMessage `json:"data"`
	}{"snapshot", seq, data})
	if err != nil {
		return err
	}
	c.sent = seq
	return c.put(appendText(nil, raw))
}

var (
	beatMessage = []byte(`{"type":"beat"}`)
	pongMessage = []byte(`{"type":"pong"}`)
)

// batch is reused memory of one write.
type batch struct {
	events [][]byte
	frames []byte
}

var batches = sync.Pool{New: func() any { return new(batch) }}

const largestKeptFrames = 2 * batchBytes

// flush writes everything that is due.
func (c *conn) flush() error {
	b := batches.Get().(*batch)
	defer func() {
		if cap(b.frames) <= largestKeptFrames {
			clear(b.events)
			b.events, b.frames = b.events[:0], b.frames[:0]
			batches.Put(b)
		}
	}()
	for {
		b.frames = b.frames[:0]
		if c.beat.CompareAndSwap(true, false) {
			b.frames = appendText(appendHeader(b.frames, opPing, 0), beatMessage)
		}
		if c.pong.CompareAndSwap(true, false) {
			b.frames = appendText(b.frames, pongMessage)
		}
		events, newest, lost := c.stream.since(c.sent, b.events[:0], batchBytes)
		b.events = events
		if lost {
			return c.catchUp(newest)
		}
		for _, rest := range events {
			c.sent++
			b.frames = appendEvent(b.frames, c.sent, rest)
		}
		if len(b.frames) == 0 {
			c.behind = 0
			return nil
		}
		if err := c.put(b.frames); err != nil {
			return err
		}
	}
}

// catchUp gives a client that was left behind a fresh start; one that stays behind is sent away.
func (c *conn) catchUp(newest uint64) error {
	c.hub.figures.resync(c.hub.clock.Now())
	if c.behind++; c.behind > mostBehind {
		c.end(closeSlow)
		return nil
	}
	if err := c.sendSnapshot(newest); err != nil {
		return err
	}
	c.notify() // what came meanwhile
	return nil
}

// put writes whole frames. It sets no deadline: that would stay on the connection and fail the library's
// pong or close after a quiet time. tick cuts a client that takes no bytes.
func (c *conn) put(frames []byte) error {
	c.writing.Store(c.hub.clock.Now().UnixNano())
	defer c.writing.Store(0)
	_, err := c.raw.Write(frames)
	return err
}

// snapshot asks every topic. One that fails is left out: the page asks for it by HTTP.
func (h *Hub) snapshot(user string) (map[string]json.RawMessage, error) {
	select {
	case h.building <- struct{}{}:
		defer func() { <-h.building }()
	case <-h.ctx.Done():
		return nil, h.ctx.Err()
	}
	data := make(map[string]json.RawMessage, len(h.topics))
	for _, topic := range h.topics {
		raw, err := h.snapshotOf(topic, user)
		if err != nil {
			h.log.Warn("live snapshot is incomplete", "topic", topic, "error", err)
			continue
		}
		data[topic] = raw
	}
	return data, nil
}

func (h *Hub) snapshotOf(topic, user string) (raw json.RawMessage, err error) {
	ctx, cancel := context.WithTimeout(h.ctx, snapshotTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	v, err := h.snapshots[topic](ctx, user)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
