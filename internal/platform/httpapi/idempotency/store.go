package idempotency

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi/idempotency/internal/db"
	"yingda/internal/platform/postgres"
)

// Answer is what was or will be sent.
type Answer struct {
	Status int
	Body   []byte
}

// Store keeps keys and answers in PostgreSQL, so that every node gives the same answer.
type Store struct {
	pool  *pgxpool.Pool
	clock clock.Clock
}

// NewStore makes a store.
func NewStore(pool *pgxpool.Pool, c clock.Clock) *Store { return &Store{pool, c} }

// Claim is the right to run one attempt of a key. Exactly one of Commit, Finish and Release ends it; a
// process that dies leaves it to its lease.
type Claim struct {
	// Encode makes the answer out of what the handler returns; set by the entrance.
	Encode func(response any) (Answer, error)

	store     *Store
	key       Key
	attempt   int32
	committed *Answer
}

// Begin claims the key for an attempt that takes at most the time given, or gives the stored answer, or a
// fault: ErrMissing, ErrInvalid, ErrReused, ErrRunning.
func (s *Store) Begin(ctx context.Context, k Key, takes time.Duration) (*Claim, *Answer, error) {
	var err error
	if k.Value, err = parse(k.Value); err != nil {
		return nil, nil, err
	}
	q := db.New(s.pool)
	for range 3 { // a key can vanish between insert and select; then the insert works the next time
		now := s.clock.Now()
		attempt, err := q.Begin(ctx, db.BeginParams{
			Client: k.Client, Route: k.Route, Key: k.Value, Request: k.Request,
			Now: now, LeaseUntil: now.Add(takes + grace), ExpiresAt: now.Add(Kept),
		})
		if err == nil {
			return &Claim{store: s, key: k, attempt: attempt}, nil, nil
		}
		if !postgres.IsNoRows(err) {
			return nil, nil, unreachable("begin", err)
		}
		row, err := q.Find(ctx, db.FindParams{Client: k.Client, Route: k.Route, Key: k.Value})
		switch {
		case postgres.IsNoRows(err):
			continue
		case err != nil:
			return nil, nil, unreachable("find", err)
		case !k.same(row.Request):
			return nil, nil, ErrReused
		case row.State == "running":
			return nil, nil, running{ErrRunning}
		default:
			return nil, &Answer{Status: int(*row.Status), Body: row.Body}, nil
		}
	}
	return nil, nil, running{ErrRunning}
}

// unreachable makes the client come back when the database is away; other errors are ours.
func unreachable(what string, err error) error {
	if postgres.Code(err) == "" {
		return postgres.ErrUnreachable.WithCause(fmt.Errorf("%s idempotency key: %w", what, err))
	}
	return fmt.Errorf("%s idempotency key: %w", what, err)
}

// Commit stores the answer in the handler's transaction: effect and answer exist together or not at all.
func (c *Claim) Commit(ctx context.Context, tx pgx.Tx, response any) error {
	a, err := c.Encode(response)
	if err != nil {
		return fmt.Errorf("encode the answer of an idempotent request: %w", err)
	}
	if err := c.finish(ctx, db.New(tx), a); err != nil {
		return err
	}
	c.committed = &a
	return nil
}

// Committed gives the answer stored by Commit. It is meaningful only when the handler's transaction was
// committed, that is, when the handler returned no error.
func (c *Claim) Committed() (Answer, bool) {
	if c.committed == nil {
		return Answer{}, false
	}
	return *c.committed, true
}

// Finish stores the answer after the handler, outside its transaction.
func (c *Claim) Finish(ctx context.Context, a Answer) error {
	return c.finish(ctx, db.New(c.store.pool), a)
}

func (c *Claim) finish(ctx context.Context, q *db.Queries, a Answer) error {
	n, err := q.Finish(ctx, db.FinishParams{
		Client: c.key.Client, Route: c.key.Route, Key: c.key.Value, Attempt: c.attempt,
		Status: int32(a.Status), Body: a.Body, ExpiresAt: c.store.clock.Now().Add(Kept), // counted from the answer
	})
	if err != nil {
		return fmt.Errorf("store the answer of an idempotent request: %w", err)
	}
	if n == 0 {
		return ErrLost
	}
	return nil
}

// Release gives the key back after a failure, so that a retry runs at once.
func (c *Claim) Release(ctx context.Context) error {
	err := db.New(c.store.pool).Release(ctx, db.ReleaseParams{
		Client: c.key.Client, Route: c.key.Route, Key: c.key.Value, Attempt: c.attempt,
	})
	if err != nil {
		return fmt.Errorf("release idempotency key: %w", err)
	}
	return nil
}

type contextKey struct{}

// NewContext carries the claim to the handler.
func NewContext(ctx context.Context, c *Claim) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// FromContext gives the claim under which the handler runs.
func FromContext(ctx context.Context) (*Claim, bool) {
	c, ok := ctx.Value(contextKey{}).(*Claim)
	return c, ok
}

// Commit stores response, the *O that the handler is about to return, as the answer to the request being
// served, inside tx. Call it as the last statement of the transaction. Without an idempotent request in
// the context (a job, a test, another entrance) it does nothing.
//
// When it returns an error the transaction must fail with it.
func Commit(ctx context.Context, tx pgx.Tx, response any) error {
	if c, ok := FromContext(ctx); ok {
		return c.Commit(ctx, tx, response)
	}
	return nil
}
