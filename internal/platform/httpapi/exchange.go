package httpapi

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// exchange is one request and its answer: the ResponseWriter that handlers write to and the context
// that they run in, in one allocation.
//
// A status is held back until the first byte of the body, so that an answer which cannot be encoded, or
// a panic, still becomes a clean problem.
type exchange struct {
	context.Context
	http.ResponseWriter
	id       string
	route    *route
	span     trace.Span
	began    time.Time
	request  *http.Request
	api      *API
	status   int // 0 until somebody answers
	sent     bool
	hijacked bool
	discard  bool // what is written now is not meant to be read
}

type exchangeKey struct{}

// Value finds the exchange itself.
func (x *exchange) Value(key any) any {
	if _, ok := key.(exchangeKey); ok {
		return x
	}
	return x.Context.Value(key)
}

// ID is the request's id.
func (x *exchange) ID() string { return x.id }

// RequestID gives the id of the request being served under ctx, or "".
func RequestID(ctx context.Context) string {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x.id
	}
	return ""
}

// WriteHeader notes the status; it leaves with the body. 101 and other informational answers pass at once.
func (x *exchange) WriteHeader(status int) {
	switch {
	case x.sent || x.hijacked:
	case status < 200:
		x.status, x.sent = status, status == http.StatusSwitchingProtocols
		x.ResponseWriter.WriteHeader(status)
	default:
		x.status = status
	}
}

func (x *exchange) Write(b []byte) (int, error) {
	if x.discard {
		return len(b), nil
	}
	x.send()
	return x.ResponseWriter.Write(b)
}

func (x *exchange) send() {
	if x.sent || x.hijacked {
		return
	}
	x.sent = true
	if x.status == 0 {
		x.status = http.StatusOK
	}
	x.ResponseWriter.WriteHeader(x.status)
}

// flush sends a status without a body.
func (x *exchange) flush() {
	if x.status >= 200 {
		x.send()
	}
}

// Flush serves http.ResponseController.
func (x *exchange) Flush() {
	x.send()
	_ = http.NewResponseController(x.ResponseWriter).Flush()
}

// Unwrap serves http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// Hijack hands the connection over; from then on the answer is not ours.
func (x *exchange) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("take over the connection: %w", err)
	}
	x.hijacked = true
	return c, rw, nil
}

// problem answers with p, unless a part of another answer has left.
func (x *exchange) problem(p *Problem) {
	if x.sent || x.hijacked {
		return
	}
	x.discard = false
	h := x.Header()
	for _, name := range []string{"Content-Encoding", "Content-Length", "Etag", "Last-Modified"} {
		h.Del(name) // of the answer that failed
	}
	for name, values := range p.GetHeaders() {
		h[name] = values
	}
	h.Set("Content-Type", p.ContentType(""))
	h.Set("Cache-Control", "no-store")
	x.status = p.Status
	_ = encode(p, func(b []byte) error { return send(x, b) })
}

func (a *API) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{Context: r.Context(), ResponseWriter: w, id: a.ids.next(), began: a.clock.Now(), request: r, api: a}
	a.observe.begin(x, r)
	return x
}

// idSource makes request ids: a random part per process and a count. They are unique, short to speak, and
// cost next to nothing.
type idSource struct {
	process string
	count   *atomic.Uint64
}

func newIDSource() idSource {
	var b [4]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return idSource{hex.EncodeToString(b[:]) + "-", new(atomic.Uint64)}
}

func (s idSource) next() string { return s.process + strconv.FormatUint(s.count.Add(1), 36) }

// asError makes an error of what a panic carried.
func asError(v any) error {
	if err, ok := v.(error); ok {
		return fmt.Errorf("panic: %w", err)
	}
	return fmt.Errorf("panic: %v", v)
}
