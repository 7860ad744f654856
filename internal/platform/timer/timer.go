package timer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer/internal/db"
)

const (
	maxName   = 200 // bytes of a kind or key
	setChunk  = 5000
	zeroBytes = "null" // the payload of a timer without one
)

// Errors of this package.
var (
	ErrInvalid   = fault.New(fault.Internal, "timer.invalid", "the timer cannot be set")
	ErrNone      = fault.New(fault.NotFound, "timer.none", "there is no such timer")
	ErrNotParked = fault.New(fault.Conflict, "timer.not_parked", "the timer is not parked").
			WithRemedy("look at the list again: it may have been revived, set again or cancelled")
)

// Timer is a deadline.
type Timer struct {
	Kind  string // names the handler; never changes once released
	Key   string // what it is about, an id
	DueAt time.Time
	// Payload is anything encoding/json takes when setting ([]byte and json.RawMessage count as JSON
	// already; nil is allowed), and a json.RawMessage when reading: see Decode.
	Payload any

	// Set when reading.
	FireAt    time.Time // next attempt
	Attempts  int       // failed so far
	LastError string
	ParkedAt  time.Time // zero: not parked
}

// Due is a timer that fires now.
type Due struct {
	Kind     string
	Key      string
	DueAt    time.Time
	Attempts int // failed before
	payload  []byte
}

// Decode reads the payload.
func (d Due) Decode(into any) error { return decode(d.Kind, d.Key, d.payload, into) }

// Decode reads the payload of a timer that was found.
func (t Timer) Decode(into any) error {
	raw, _ := t.Payload.(json.RawMessage)
	return decode(t.Kind, t.Key, raw, into)
}

func decode(kind, key string, payload []byte, into any) error {
	if err := json.Unmarshal(payload, into); err != nil {
		return fmt.Errorf("payload of timer %s %s: %w", kind, key, err)
	}
	return nil
}

// Set sets timers when the transaction commits. A timer of the same kind and key is replaced, also a parked
// one. Of two timers with one kind and key in a call the last one counts. After the commit [Wake] lets a
// timer that is due within a quarter of a second fire on time.
func Set(ctx context.Context, tx pgx.Tx, timers ...Timer) error {
	list, err := prepare(timers)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(list, setChunk) {
		var p db.SetTimersParams
		for _, t := range chunk {
			p.Kinds = append(p.Kinds, t.Kind)
			p.Keys = append(p.Keys, t.Key)
			p.DueAt = append(p.DueAt, t.DueAt)
			p.Payloads = append(p.Payloads, string(t.Payload.(json.RawMessage)))
		}
		if err := db.New(tx).SetTimers(ctx, p); err != nil {
			return fmt.Errorf("set %d timers, first of kind %s: %w", len(chunk), chunk[0].Kind, err)
		}
	}
	return nil
}

// prepare checks and encodes timers, drops all but the last of the same kind and key, and sorts them, so
// that two transactions which set many timers lock them in one order.
func prepare(timers []Timer) ([]Timer, error) {
	list := make([]Timer, len(timers))
	for i, t := range timers {
		payload, err := encode(t.Payload)
		switch {
		case err != nil:
		case t.Kind == "" || t.Key == "" || len(t.Kind) > maxName || len(t.Key) > maxName:
			err = fmt.Errorf("kind and key must have 1 to %d bytes", maxName)
		case t.DueAt.IsZero():
			err = fmt.Errorf("no due time")
		}
		if err != nil {
			return nil, ErrInvalid.WithCause(fmt.Errorf("timer %q %q: %w", t.Kind, t.Key, err))
		}
		t.Payload = payload
		list[i] = t
	}
	slices.Reverse(list)
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b Timer) bool { return compare(a, b) == 0 }), nil
}

func compare(a, b Timer) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key)) }

func encode(payload any) (json.RawMessage, error) {
	switch v := payload.(type) {
	case nil:
		return json.RawMessage(zeroBytes), nil
	case []byte:
		return checked(v)
	case json.RawMessage:
		return checked(v)
	}
	raw, err := json.Marshal(payload)
	return raw, err
}

func checked(raw []byte) (json.RawMessage, error) {
	if !json.Valid(raw) {
		return nil, fmt.Errorf("the payload is not JSON")
	}
	return raw, nil
}

// Cancel removes a timer when the transaction commits; that there is none is no error. If the timer is being
// fired at this moment Cancel waits for the outcome.
func Cancel(ctx context.Context, tx pgx.Tx, kind, key string) error {
	if err := db.New(tx).CancelTimer(ctx, db.CancelTimerParams{Kind: kind, Key: key}); err != nil {
		return fmt.Errorf("cancel timer %s %s: %w", kind, key, err)
	}
	return nil
}

// Find reads a timer; ErrNone when there is none, because it has fired or was never set. q is a transaction
// or a pool.
func Find(ctx context.Context, q db.DBTX, kind, key string) (Timer, error) {
	row, err := db.New(q).FindTimer(ctx, db.FindTimerParams{Kind: kind, Key: key})
	if postgres.IsNoRows(err) {
		return Timer{}, ErrNone
	}
	if err != nil {
		return Timer{}, fmt.Errorf("find timer %s %s: %w", kind, key, err)
	}
	return timerOf(row), nil
}

func timerOf(row db.TimerTimer) Timer {
	t := Timer{
		Kind: row.Kind, Key: row.Key, DueAt: row.DueAt.UTC(), Payload: json.RawMessage(row.Payload),
		FireAt: row.FireAt.UTC(), Attempts: int(row.Attempts), LastError: row.LastError,
	}
	if row.ParkedAt != nil {
		t.ParkedAt = row.ParkedAt.UTC()
	}
	return t
}
