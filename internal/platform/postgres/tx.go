package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

const (
	// txRetries is how often a transaction that lost against another one is run again.
	txRetries = 3
	// txPause is the first pause before running again; it doubles, with jitter, so that two
	// losers do not meet again at once.
	txPause = 10 * time.Millisecond
	// rollbackTimeout bounds the rollback of a transaction whose context has already ended.
	rollbackTimeout = 5 * time.Second
)

// ErrBusy is returned by InTx when a transaction lost against concurrent ones in every attempt.
var ErrBusy = fault.New(fault.Unavailable, "postgres.busy",
	"the database could not finish because others changed the same rows").
	WithRemedy("send the same request again")

// ErrUnreachable is returned when no connection can be had.
var ErrUnreachable = fault.New(fault.Unavailable, "postgres.unreachable", "the database does not answer").
	WithRemedy("wait a moment and send the same request again; see the health page for the cause")

// InTx runs fn in one transaction: committed when fn returns nil, rolled back when it returns an error
// or panics (the panic goes on). When PostgreSQL reports a serialization failure (40001) or a deadlock
// (40P01), fn runs again in a new transaction, at most three times, then ErrBusy. So fn must have no
// effect outside tx, and must return the errors of tx (wrapped) rather than swallow them.
// A lost connection at the commit is not repeated, because the commit may have happened.
func InTx(ctx context.Context, pool *pgxpool.Pool, fn func(ctx context.Context, tx pgx.Tx) error) error {
	for attempt := 0; ; attempt++ {
		err := runTx(ctx, pool, fn)
		if !IsSerialization(err) {
			return err
		}
		if attempt == txRetries {
			return ErrBusy.WithCause(err)
		}
		if clock.Sleep(ctx, clock.System(), pauseBefore(attempt)) != nil {
			return err
		}
	}
}

func runTx(ctx context.Context, pool *pgxpool.Pool, fn func(ctx context.Context, tx pgx.Tx) error) error {
	tx, err := begin(ctx, pool)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		// A rollback that fails closes the connection, and with it ends the transaction.
		_ = tx.Rollback(ctx)
	}()
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}

// begin opens a transaction. A connection that died in the pool while the server was started again
// is replaced, because nothing has been done on it yet.
func begin(ctx context.Context, pool *pgxpool.Pool) (pgx.Tx, error) {
	for attempt := 0; ; attempt++ {
		tx, err := pool.Begin(ctx)
		switch {
		case err == nil:
			return tx, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("begin: %w", err)
		case !isConnection(err):
			return nil, fmt.Errorf("begin: %w", err)
		case attempt == txRetries:
			return nil, ErrUnreachable.WithCause(err)
		}
		if err := clock.Sleep(ctx, clock.System(), pauseBefore(attempt)); err != nil {
			return nil, ErrUnreachable.WithCause(err)
		}
	}
}

func pauseBefore(attempt int) time.Duration {
	p := txPause << attempt
	return p/2 + rand.N(p)
}

// isConnection reports an error of the way to the server, not of what was asked.
func isConnection(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code[:2] == "08" || e.Code[:3] == "57P"
	}
	return err != nil
}
