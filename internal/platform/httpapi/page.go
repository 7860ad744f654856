package httpapi

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"

	fastjson "github.com/segmentio/encoding/json"

	"yingda/internal/platform/fault"
)

// The sizes of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// PageRequest is embedded in the request of every list.
type PageRequest struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at most"`
	After string `query:"after" maxLength:"1024" doc:"The field next of the page before"`
}

// Page is one page of a list. Next is "" on the last page, else the value of after for the next one.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"Give it as after to get the next page; empty on the last page"`
}

// NewPage makes a page; its items are never null.
func NewPage[T any](items []T, next string) Page[T] {
	if items == nil {
		items = []T{}
	}
	return Page[T]{Items: items, Next: next}
}

// Paginate reads one page by key. fetch gives up to limit rows that come after the position (nil: from
// the start) in the list's order; position says where a row stands in it. scope names the list and its
// filters: a cursor of one scope is refused in another.
func Paginate[T, P any](ctx context.Context, c *Cursors, scope string, r PageRequest,
	fetch func(ctx context.Context, after *P, limit int32) ([]T, error), position func(T) P,
) (Page[T], error) {
	var after *P
	if r.After != "" {
		after = new(P)
		if err := c.Decode(scope, r.After, after); err != nil {
			return Page[T]{}, err
		}
	}
	limit := r.Limit
	if limit < 1 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	rows, err := fetch(ctx, after, int32(limit)+1) // one more tells whether there is a next page
	if err != nil {
		return Page[T]{}, err
	}
	if len(rows) <= limit {
		return NewPage(rows, ""), nil
	}
	rows = rows[:limit]
	next, err := c.Encode(scope, position(rows[limit-1]))
	if err != nil {
		return Page[T]{}, err
	}
	return NewPage(rows, next), nil
}

// Cursors writes and reads page cursors: a version, a position as JSON, and an HMAC over both and the
// scope. So a cursor can neither be altered nor used on another list. It carries no authority: the list
// it is used on checks permissions as for the first page.
type Cursors struct{ hashes sync.Pool } // of keyed hashes: making one costs more than using it

// NewCursors makes cursors under a key, the same on all nodes. With an empty key anybody who reads the
// source can make a valid cursor; it is then a check against accidents only.
func NewCursors(key []byte) *Cursors {
	own := sha256.Sum256(append([]byte("yingda page cursor\x00"), key...))
	return &Cursors{sync.Pool{New: func() any { return hmac.New(sha256.New, own[:]) }}}
}

const (
	cursorVersion = 1
	cursorMAC     = 12 // bytes; 96 bits are plenty for something without authority
)

var cursorEncoding = base64.RawURLEncoding.Strict()

var errCursor = fault.New(fault.Invalid, "http.invalid_request", "the page cursor is not valid for this list").
	WithRemedy("read the list again from its first page").
	WithFields(fault.Field{Location: "query.after", Code: "cursor", Message: "is not a cursor of this list"})

// Encode makes the cursor of a position.
func (c *Cursors) Encode(scope string, position any) (string, error) {
	body, err := fastjson.Marshal(position)
	if err != nil {
		return "", fmt.Errorf("encode page cursor: %w", err)
	}
	b := make([]byte, 0, 1+cursorMAC+len(body))
	b = append(b, cursorVersion)
	b = append(b, c.mac(scope, body)...)
	return cursorEncoding.EncodeToString(append(b, body...)), nil
}

// Decode reads a cursor into position; a wrong one is a fault that names query.after.
func (c *Cursors) Decode(scope, cursor string, position any) error {
	b, err := cursorEncoding.DecodeString(cursor)
	if err != nil || len(b) < 1+cursorMAC || b[0] != cursorVersion {
		return errCursor
	}
	mac, body := b[1:1+cursorMAC], b[1+cursorMAC:]
	if !hmac.Equal(mac, c.mac(scope, body)) {
		return errCursor
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(position); err != nil {
		return errCursor.WithCause(err)
	}
	return nil
}

func (c *Cursors) mac(scope string, body []byte) []byte {
	h := c.hashes.Get().(hash.Hash)
	defer c.hashes.Put(h)
	h.Reset()
	b := make([]byte, 0, 128)
	b = append(strconv.AppendInt(b, cursorVersion, 10), 0)
	b = append(strconv.AppendInt(b, int64(len(scope)), 10), 0)
	h.Write(append(b, scope...))
	h.Write(body)
	return h.Sum(b[:0])[:cursorMAC]
}
