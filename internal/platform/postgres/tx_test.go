package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

func withTable(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := postgrestest.New(t)
	_, err := pool.Exec(t.Context(), `CREATE TABLE item (id bigint CONSTRAINT item_pkey PRIMARY KEY,
		n bigint NOT NULL DEFAULT 0 CONSTRAINT item_n_check CHECK (n >= 0), other bigint CONSTRAINT item_other_fkey REFERENCES item (id),
		during tstzrange, CONSTRAINT item_during_excl EXCLUDE USING gist (during WITH &&))`)
	require.NoError(t, err)
	return pool
}

func insert(id int) func(context.Context, pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO item (id) VALUES ($1)", id)
		return err
	}
}

func TestInTxCommitsOrRollsBack(t *testing.T) {
	t.Parallel()
	pool := withTable(t)
	require.NoError(t, postgres.InTx(t.Context(), pool, insert(1)))
	err := postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		return fmt.Errorf("%w: %w", errNo, insert(2)(ctx, tx))
	})
	require.ErrorIs(t, err, errNo)
	require.PanicsWithValue(t, "boom", func() {
		_ = postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
			require.NoError(t, insert(3)(ctx, tx))
			panic("boom")
		})
	})
	ctx, cancel := context.WithCancel(t.Context())
	err = postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		require.NoError(t, insert(4)(ctx, tx))
		cancel()
		return ctx.Err()
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM item"))
	require.Zero(t, pool.Stat().AcquiredConns(), "every connection is back")
}

func TestInTxRunsALoserAgain(t *testing.T) {
	t.Parallel()
	pool := withTable(t)
	for state, retried := range map[string]bool{"40001": true, "40P01": true, "23505": false} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			failures, runs := 2, 0
			lose := func(ctx context.Context, tx pgx.Tx) error {
				if runs++; runs > failures {
					return nil
				}
				_, err := tx.Exec(ctx, "DO $$ BEGIN RAISE SQLSTATE '"+state+"'; END $$")
				return fmt.Errorf("do it: %w", err)
			}
			err := postgres.InTx(t.Context(), pool, lose)
			if !retried {
				require.True(t, postgres.IsUnique(err))
				require.Equal(t, 1, runs)
				return
			}
			require.NoError(t, err)
			require.Equal(t, 3, runs)

			failures, runs = 100, 0
			err = postgres.InTx(t.Context(), pool, lose)
			require.ErrorIs(t, err, postgres.ErrBusy)
			require.True(t, postgres.IsSerialization(err), "the cause is kept")
			require.Equal(t, 4, runs, "once, and three times again")
		})
	}
}

func TestInTxResolvesARealDeadlock(t *testing.T) {
	t.Parallel()
	pool := withTable(t)
	_, err := pool.Exec(t.Context(), "INSERT INTO item (id) VALUES (1), (2)")
	require.NoError(t, err)
	var both, all sync.WaitGroup
	both.Add(2)
	update := func(first, second int) error {
		meet := sync.OnceFunc(func() { both.Done(); both.Wait() })
		return postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE item SET n = n + 1 WHERE id = $1", first); err != nil {
				return err
			}
			meet()
			_, err := tx.Exec(ctx, "UPDATE item SET n = n + 1 WHERE id = $1", second)
			return err
		})
	}
	errs := make([]error, 2)
	all.Go(func() { errs[0] = update(1, 2) })
	all.Go(func() { errs[1] = update(2, 1) })
	all.Wait()
	require.NoError(t, errs[0])
	require.NoError(t, errs[1])
	require.Equal(t, 4, count(t, pool, "SELECT sum(n) FROM item"))
}

func TestInTxReplacesConnectionsThatDiedInThePool(t *testing.T) {
	t.Parallel()
	s := postgrestest.Server(t)
	pool := openPool(t, s)
	require.NoError(t, postgres.InTx(t.Context(), pool, func(context.Context, pgx.Tx) error { return nil }))
	require.NoError(t, syscall.Kill(s.PID(), syscall.SIGKILL))
	within(t, 30*time.Second, "the server is back", func() bool { st := s.Status(); return st.Ready && st.Crashes == 1 })
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT 1")
		return err
	}))
}

func TestInTxSaysThatTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	s := postgrestest.Server(t)
	pool := openPool(t, s)
	require.NoError(t, s.Stop(t.Context()))
	err := postgres.InTx(t.Context(), pool, insert(1))
	require.ErrorIs(t, err, postgres.ErrUnreachable)
}

func TestInTxTellsABrokenConnectionFromAnUnknownCommit(t *testing.T) {
	t.Parallel()
	pool := withTable(t)
	// terminate ends the transaction's backend and returns when it is gone.
	terminate := func(ctx context.Context, tx pgx.Tx) {
		var gone bool
		require.NoError(t, pool.QueryRow(ctx, "SELECT pg_terminate_backend($1, 10000)", tx.Conn().PgConn().PID()).Scan(&gone))
		require.True(t, gone)
	}
	err := postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		terminate(ctx, tx)
		return insert(1)(ctx, tx)
	})
	require.ErrorIs(t, err, postgres.ErrUnreachable)
	err = postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		require.NoError(t, insert(2)(ctx, tx))
		terminate(ctx, tx)
		return nil
	})
	require.ErrorIs(t, err, postgres.ErrCommitUnknown)
	err = postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		terminate(ctx, tx)
		return errOwn
	})
	require.ErrorIs(t, err, errOwn)
	require.NotErrorIs(t, err, postgres.ErrUnreachable, "a domain's own words stay")
}

// A refused commit gives its connection back before InTx judges the error; the next user of the pool
// works on that connection meanwhile, which the race detector would tell.
func TestARefusedCommitIsNotAnUnknownOne(t *testing.T) {
	t.Parallel()
	pool := withTable(t)
	_, err := pool.Exec(t.Context(), "ALTER TABLE item ADD CONSTRAINT item_later FOREIGN KEY (other) REFERENCES item DEFERRABLE INITIALLY DEFERRED")
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), "ALTER TABLE item DROP CONSTRAINT item_other_fkey")
	require.NoError(t, err)
	config := pool.Config()
	config.MaxConns = 1
	one, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	defer one.Close()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				err := postgres.InTx(t.Context(), one, func(ctx context.Context, tx pgx.Tx) error {
					_, err := tx.Exec(ctx, "INSERT INTO item (id, other) VALUES (1, 99)")
					return err
				})
				if !postgres.IsForeignKey(err) || errors.Is(err, postgres.ErrCommitUnknown) {
					t.Errorf("want the foreign key's refusal, got %v", err)
				}
			}
		})
	}
	all.Wait()
	err = postgres.InTx(t.Context(), one, func(ctx context.Context, tx pgx.Tx) error {
		_, _ = tx.Exec(ctx, "SELECT 1/0") // swallowed, so that the server rolls back instead of committing
		return nil
	})
	require.ErrorIs(t, err, pgx.ErrTxCommitRollback)
	require.NotErrorIs(t, err, postgres.ErrCommitUnknown)
}

func TestACommitThatWasNeverSentIsNotAnUnknownOne(t *testing.T) {
	t.Parallel()
	pool := withTable(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		defer cancel()
		return insert(1)(ctx, tx)
	})
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, postgres.ErrCommitUnknown)
	require.Zero(t, count(t, pool, "SELECT count(*) FROM item"))
}

var errOwn = fault.New(fault.Conflict, "test.own", "own words")

func TestConstraintsAreFoundByName(t *testing.T) {
	t.Parallel()
	pool := withTable(t)
	for name, c := range map[string]struct {
		sql, constraint string
		is              func(error) bool
	}{
		"unique":      {"INSERT INTO item (id) VALUES (1), (1)", "item_pkey", postgres.IsUnique},
		"foreign key": {"INSERT INTO item (id, other) VALUES (2, 99)", "item_other_fkey", postgres.IsForeignKey},
		"check":       {"INSERT INTO item (id, n) VALUES (3, -1)", "item_n_check", postgres.IsCheck},
		"exclusion": {"INSERT INTO item (id, during) VALUES (4, '[2026-01-01,2026-02-01)'), (5, '[2026-01-05,2026-01-06)')",
			"item_during_excl", postgres.IsExclusion},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pool.Exec(t.Context(), c.sql)
			err = fmt.Errorf("save: %w", err)
			require.Equal(t, c.constraint, postgres.ConstraintName(err))
			require.True(t, c.is(err))
			require.False(t, c.is(errNo))
		})
	}
	_, err := pool.Exec(t.Context(), "SELECT no_such_column")
	require.Empty(t, postgres.ConstraintName(err))
	require.True(t, postgres.IsNoRows(pool.QueryRow(t.Context(), "SELECT 1 WHERE false").Scan(new(int))))
}
