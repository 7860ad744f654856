package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
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

// ErrCommitUnknown is returned when the connection broke during the commit.
var ErrCommitUnknown = fault.New(fault.Unavailable, "postgres.commit_unknown",
	"the connection to the database broke while the change was being saved; it may have been saved or not").
	WithRemedy("look whether it was saved before you send it again")

// InTx runs fn in one transaction: committed when fn returns nil, rolled back when it returns an error
// or panics (the panic goes on). When PostgreSQL reports a serialization failure (40001) or a deadlock
// (40P01), fn runs again in a new transaction, at most three times, then ErrBusy. So fn must have no
// effect outside tx, and must return the errors of tx (wrapped) rather than swallow them.
// A connection lost under fn is ErrUnreachable; one lost at the commit is ErrCommitUnknown and not
// repeated, because the commit may have happened.
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
		return inTxFault(ctx, tx, err)
	}
	err = tx.Commit(ctx)
	committed = err == nil
	switch {
	case err == nil:
		return nil
	case outcomeUnknown(err):
		return ErrCommitUnknown.WithCause(err)
	}
	return fmt.Errorf("commit: %w", err)
}

// outcomeUnknown reports that a commit which failed with err may have happened all the same. Only the
// error can tell: after Commit the connection is back in the pool and somebody else's. The commit did
// not happen when the server refused it (SQLSTATE, or a rollback in its place), or was never asked
// because the context had ended. A server that is being shut down is no refusal: it may have committed
// before it said so; nor is 40003.
func outcomeUnknown(err error) bool {
	late := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	switch {
	case errors.Is(err, pgx.ErrTxCommitRollback), errors.Is(err, pgx.ErrTxClosed):
		return false
	case late && pgconn.SafeToRetry(err):
		return false
	}
	return isConnection(err) || Code(err) == "40003"
}

// inTxFault names a connection that broke under fn; what fn says in its own words stays.
func inTxFault(ctx context.Context, tx pgx.Tx, err error) error {
	if _, own := fault.As(err); own || ctx.Err() != nil || !tx.Conn().IsClosed() {
		return err
	}
	return ErrUnreachable.WithCause(err)
}

func begin(ctx context.Context, pool *pgxpool.Pool) (tx pgx.Tx, err error) {
	err = reaching(ctx, pool, func() error {
		tx, err = pool.Begin(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	return tx, nil
}

// reaching does something that may safely be done again until it reaches the server. Connections that
// died in the pool, because the server was started again, are used up one after another at once; a
// server that refuses a new connection gets a few moments, then the answer is ErrUnreachable.
func reaching(ctx context.Context, pool *pgxpool.Pool, do func() error) error {
	dead, refused := 0, 0
	for {
		err := do()
		if err == nil || ctx.Err() != nil || !isConnection(err) {
			return err
		}
		if _, isNew := errors.AsType[*pgconn.ConnectError](err); !isNew && dead <= int(pool.Config().MaxConns) {
			dead++
			continue
		}
		if refused == txRetries || clock.Sleep(ctx, clock.System(), pauseBefore(refused)) != nil {
			return ErrUnreachable.WithCause(err)
		}
		refused++
	}
}

func pauseBefore(attempt int) time.Duration {
	p := txPause << attempt
	return p/2 + rand.N(p)
}

// isConnection reports an error of the way to the server, not of what was asked: SQLSTATE class 08, or
// 57P01 to 57P03 of a server that is being shut down or started.
func isConnection(err error) bool {
	if code := Code(err); code != "" {
		return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P0")
	}
	return err != nil
}
