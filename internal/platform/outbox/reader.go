package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/outbox/internal/db"
)

// lockClass is the first half of the advisory locks of consumers ("YDob"); the second is the name's hash.
// Two names with one hash only wait for each other.
const lockClass = 0x59446f62

// maxSpan bounds the positions that one batch looks at.
const maxSpan = 100_000

// errMoved rolls a batch back because another process has moved the cursor meanwhile.
var errMoved = errors.New("the cursor was moved by another process")

// outcome is how one look for work ended.
type outcome string

const (
	idle     outcome = "idle"     // nothing new
	busy     outcome = "busy"     // another process is at work, or was faster
	waiting  outcome = "waiting"  // an event failed; its next attempt is later
	advanced outcome = "advanced" // the cursor moved; there may be more
)

// cursor is a position in the history of events; see the package comment.
type cursor struct {
	generation     int64
	seenXmax       int64
	seenRunning    []int64
	windowXmax     int64 // 0: no window is open
	windowRunning  []int64
	windowPosition int64
	windowUntil    int64
	sequence       int64
	failing        bool
}

// after gives the cursor when everything up to position is consumed. A position at the end of the window
// closes it: what the window's snapshot sees is then seen.
func (c cursor) after(position int64) cursor {
	if position < c.windowUntil {
		c.windowPosition = position
		return c
	}
	return cursor{generation: c.generation, seenXmax: c.windowXmax, seenRunning: c.windowRunning, sequence: c.sequence}
}

// reader takes events in order for one name.
type reader struct {
	name      string
	every     bool     // all topics
	topics    []string // otherwise these
	idleLimit time.Duration
}

// batch is what a reader took in a transaction that is still open.
type batch struct {
	outcome outcome
	retryAt time.Time // for waiting
	from    cursor    // where the events begin; its window is open
	next    cursor    // to be stored with the effect
	events  []Event
}

// take locks the name for the transaction and reads the next events, at most limit, or one when the last
// attempt failed. The transaction must not have written yet.
func (r *reader) take(ctx context.Context, tx pgx.Tx, now time.Time, limit int) (batch, error) {
	q := db.New(tx)
	lock, err := q.TryLock(ctx, db.TryLockParams{
		Class: lockClass, Name: r.name, IdleLimitMs: strconv.FormatInt(r.idleLimit.Milliseconds(), 10),
	})
	if err != nil {
		return batch{}, fmt.Errorf("lock consumer %s: %w", r.name, err)
	}
	if !lock.Locked {
		return batch{outcome: busy}, nil
	}
	row, err := q.Cursor(ctx, r.name)
	if err != nil {
		return batch{}, fmt.Errorf("read the cursor of %s: %w", r.name, err)
	}
	if row.RetryAt != nil && now.Before(*row.RetryAt) {
		return batch{outcome: waiting, retryAt: *row.RetryAt}, nil
	}
	c := cursorOf(row)
	if c.windowXmax == 0 {
		open, err := r.openWindow(ctx, q, &c)
		if err != nil || !open {
			return batch{outcome: idle}, err
		}
	}
	if c.failing {
		limit = 1
	}
	return r.read(ctx, q, c, limit)
}

// openWindow puts the cursor before the first event that became visible since seen. It reports false when
// there is none.
func (r *reader) openWindow(ctx context.Context, q *db.Queries, c *cursor) (bool, error) {
	s, err := q.Snapshot(ctx)
	if err != nil {
		return false, fmt.Errorf("take a snapshot for %s: %w", r.name, err)
	}
	if s.HasWritten {
		return false, fmt.Errorf("consumer %s: the transaction wrote before it read events", r.name)
	}
	first, last, err := r.bounds(ctx, q, c, s)
	if err != nil || last == 0 {
		return false, err
	}
	c.windowXmax, c.windowRunning = s.Xmax, s.Running
	c.windowPosition, c.windowUntil = first-1, last
	return true, nil
}

// bounds gives the first and last position of what the snapshot sees and the cursor has not; 0, 0 for nothing.
func (r *reader) bounds(ctx context.Context, q *db.Queries, c *cursor, s db.SnapshotRow) (first, last int64, err error) {
	begun, err := q.NewBounds(ctx, db.NewBoundsParams{SeenXmax: c.seenXmax, WindowXmax: s.Xmax, WindowRunning: list(s.Running)})
	if err != nil {
		return 0, 0, fmt.Errorf("find new events for %s: %w", r.name, err)
	}
	first, last = begun.First, begun.Last
	late := slices.DeleteFunc(slices.Clone(c.seenRunning), func(xid int64) bool { return slices.Contains(s.Running, xid) })
	if len(late) == 0 {
		return first, last, nil
	}
	ended, err := q.LateBounds(ctx, late)
	if err != nil {
		return 0, 0, fmt.Errorf("find late events for %s: %w", r.name, err)
	}
	if ended.Last == 0 {
		return first, last, nil
	}
	if last == 0 {
		return ended.First, ended.Last, nil
	}
	return min(first, ended.First), max(last, ended.Last), nil
}

// read takes the next events of the window, at most limit. It looks at a bounded number of positions, more
// of them while it finds nothing; after maxSpan it gives an empty batch that ends there.
func (r *reader) read(ctx context.Context, q *db.Queries, c cursor, limit int) (batch, error) {
	b := batch{outcome: advanced, from: c}
	after := c.windowPosition
	for span := int64(2*limit + 100); ; span *= 4 {
		to := min(after+span, c.windowUntil)
		rows, err := q.WindowEvents(ctx, db.WindowEventsParams{
			After: after, Until: to,
			SeenXmax: c.seenXmax, SeenRunning: c.seenRunning, WindowXmax: c.windowXmax, WindowRunning: c.windowRunning,
			Every: r.every, Topics: r.topics, MaxEvents: int32(limit), // a few hundred
		})
		if err != nil {
			return batch{}, fmt.Errorf("read events for %s: %w", r.name, err)
		}
		if len(rows) == 0 && to < c.windowUntil && span < maxSpan {
			after = to
			continue
		}
		if len(rows) == limit {
			to = rows[limit-1].Position
		}
		b.events = make([]Event, len(rows))
		for i, row := range rows {
			b.events[i] = eventOf(row)
		}
		b.next = c.after(to)
		return b, nil
	}
}

// advance stores where the batch ends.
func (r *reader) advance(ctx context.Context, tx pgx.Tx, now time.Time, next cursor) error {
	n, err := db.New(tx).Advance(ctx, db.AdvanceParams{
		Name: r.name, Generation: next.generation, Now: now, Sequence: next.sequence,
		SeenXmax: next.seenXmax, SeenRunning: list(next.seenRunning),
		WindowXmax: next.windowXmax, WindowRunning: list(next.windowRunning),
		WindowPosition: next.windowPosition, WindowUntil: next.windowUntil,
	})
	if err != nil {
		return fmt.Errorf("move the cursor of %s: %w", r.name, err)
	}
	if n == 0 {
		return errMoved
	}
	return nil
}

func cursorOf(row db.CursorRow) cursor {
	return cursor{
		generation: row.Generation, sequence: row.Sequence, failing: row.FailingID.Valid,
		seenXmax: row.SeenXmax, seenRunning: list(row.SeenRunning),
		windowXmax: row.WindowXmax, windowRunning: list(row.WindowRunning),
		windowPosition: row.WindowPosition, windowUntil: row.WindowUntil,
	}
}

// list makes nil an empty array, because NULL would make every comparison unknown.
func list(numbers []int64) []int64 {
	if numbers == nil {
		return []int64{}
	}
	return numbers
}
