package idempotency

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

const (
	// LongestKey is the length limit of a key, in bytes.
	LongestKey = 255
	// Kept is how long an answer is given again.
	Kept = 24 * time.Hour
	// grace is added to the handler's time before a key counts as abandoned.
	grace = 30 * time.Second
	// comeBack is when a client whose first request still runs should ask again.
	comeBack = time.Second
)

// The faults of this package.
var (
	ErrMissing = fault.New(fault.Invalid, "idempotency.key_missing", "this request needs the header Idempotency-Key").
			WithRemedy("make a new UUID for each act and send the same one with each retry").
			WithFields(fault.Field{Location: "header.Idempotency-Key", Code: "required", Message: "is missing"})
	ErrInvalid = fault.New(fault.Invalid, "idempotency.key_invalid", "the header Idempotency-Key is not valid").
			WithFields(fault.Field{Location: "header.Idempotency-Key", Code: "format", Message: "must be 1 to 255 visible ASCII characters, quoted or not"})
	ErrReused = fault.New(fault.Invalid, "idempotency.key_reused", "this Idempotency-Key came with another request before").
			WithRemedy("make a new key for a new request").
			WithFields(fault.Field{Location: "header.Idempotency-Key", Code: "reused", Message: "belongs to another request"})
	ErrRunning = fault.New(fault.Conflict, "idempotency.in_progress", "the first request with this Idempotency-Key is still in progress").
			WithRemedy("send the same request again in a moment")
	ErrLost = fault.New(fault.Conflict, "idempotency.lost", "another attempt with this Idempotency-Key took over").
		WithRemedy("send the same request again to get its answer")
)

// running is ErrRunning with the time to come back.
type running struct{ error }

func (running) RetryAfter() time.Duration { return comeBack }
func (r running) Unwrap() error           { return r.error }

// Key names one act of one client.
type Key struct {
	Client  string // who asks; "" when everybody is one
	Route   string // the route's pattern
	Value   string // the header's value
	Request []byte // Fingerprint of the request
}

// Fingerprint is what makes two requests the same: method, path, query and body.
func Fingerprint(method, uri string, body []byte) []byte {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(method), []byte(uri), body} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write(part)
	}
	return h.Sum(nil)
}

func (k Key) same(request []byte) bool { return bytes.Equal(k.Request, request) }

// parse checks the header. The draft wants a quoted string (RFC 9651, section 3.3.3); most clients send it
// bare, and both mean the same key.
func parse(header string) (string, error) {
	if header == "" {
		return "", ErrMissing
	}
	v := header
	if unquoted, ok := strings.CutPrefix(v, `"`); ok {
		if v, ok = strings.CutSuffix(unquoted, `"`); !ok {
			return "", ErrInvalid
		}
	}
	if v == "" || len(v) > LongestKey {
		return "", ErrInvalid
	}
	for i := range len(v) {
		if v[i] <= ' ' || v[i] > '~' || v[i] == '"' || v[i] == '\\' {
			return "", ErrInvalid
		}
	}
	return v, nil
}
