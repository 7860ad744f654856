package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

// writers plays transactions that overlap in any way. A key is written by one open transaction at a time,
// as a row lock would have it.
type writers struct {
	pool      *pgxpool.Pool
	open      []*writer
	owner     map[string]*writer
	next      int
	committed map[string][]int // per key, in the order of writing
}

type writer struct {
	tx    pgx.Tx
	wrote map[string][]int
}

func (w *writers) begin(t *rapid.T) {
	if len(w.open) == 5 {
		return
	}
	tx, err := w.pool.Begin(context.Background())
	require.NoError(t, err)
	if rapid.Bool().Draw(t, "takes its number at once") {
		_, err = tx.Exec(context.Background(), "SELECT pg_current_xact_id()")
		require.NoError(t, err)
	}
	w.open = append(w.open, &writer{tx: tx, wrote: map[string][]int{}})
}

func (w *writers) pick(t *rapid.T) *writer {
	if len(w.open) == 0 {
		t.Skip("nobody writes")
	}
	return w.open[rapid.IntRange(0, len(w.open)-1).Draw(t, "writer")]
}

func (w *writers) write(t *rapid.T) {
	one := w.pick(t)
	key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
	if o := w.owner[key]; o != nil && o != one {
		t.Skip("the key is locked")
	}
	w.owner[key] = one
	w.next++
	one.wrote[key] = append(one.wrote[key], w.next)
	require.NoError(t, outbox.Write(context.Background(), one.tx, numbered(key, w.next)...))
}

func (w *writers) end(t *rapid.T, commit bool) {
	one := w.pick(t)
	if commit {
		require.NoError(t, one.tx.Commit(context.Background()))
	} else {
		require.NoError(t, one.tx.Rollback(context.Background()))
	}
	for key, numbers := range one.wrote {
		delete(w.owner, key)
		if commit {
			w.committed[key] = append(w.committed[key], numbers...)
		}
	}
	w.open = slices.DeleteFunc(w.open, func(o *writer) bool { return o == one })
}

func byKey(events []outbox.Event) map[string][]int {
	m := map[string][]int{}
	for _, e := range events {
		m[e.Key] = append(m[e.Key], numbersOf([]outbox.Event{e})...)
	}
	return m
}

func TestAnyInterleavingDeliversTheCommittedOnceInOrderOfEachKey(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	rapid.Check(t, func(t *rapid.T) {
		w := &writers{pool: pool, owner: map[string]*writer{}, committed: map[string][]int{}}
		in := newInbox()
		cfg := config(pool, in.handle)
		cfg.Batch = rapid.IntRange(1, 4).Draw(t, "batch")
		c := outbox.NewConsumer(cfg)
		c.Drain(context.Background()) // what an earlier, failed round left
		in.got = nil
		defer func() {
			for _, o := range w.open {
				_ = o.tx.Rollback(context.Background())
			}
		}()
		t.Repeat(map[string]func(*rapid.T){
			"begin":    w.begin,
			"write":    w.write,
			"commit":   func(t *rapid.T) { w.end(t, true) },
			"rollback": func(t *rapid.T) { w.end(t, false) },
			"consume": func(t *rapid.T) {
				c.Drain(context.Background())
				require.Equal(t, w.committed, byKey(in.got))
			},
		})
		c.Drain(context.Background())
		require.Equal(t, w.committed, byKey(in.got))
	})
}

func TestConcurrentWritersAndTwoConsumersDeliverOnceInOrderOfEachKey(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	ctx := t.Context()
	_, err := pool.Exec(ctx, `CREATE TABLE counter (key text PRIMARY KEY, n integer NOT NULL);
		CREATE TABLE effect (at bigint GENERATED ALWAYS AS IDENTITY, key text, n integer)`)
	require.NoError(t, err)
	const keys, writersPerKey, rounds = 4, 2, 60
	for k := range keys {
		_, err := pool.Exec(ctx, "INSERT INTO counter VALUES ($1, 0)", fmt.Sprint(k))
		require.NoError(t, err)
	}
	for range 2 {
		cfg := config(pool, recordEffect)
		cfg.Batch = 7
		run(t, outbox.NewConsumer(cfg))
	}
	var wg sync.WaitGroup
	for k := range keys {
		for range writersPerKey {
			wg.Go(func() {
				for i := range rounds {
					err := postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error { return countUp(ctx, tx, fmt.Sprint(k), i%5 == 4) })
					if i%5 == 4 {
						require.ErrorIs(t, err, errChangedMind)
					} else {
						require.NoError(t, err)
					}
				}
			})
		}
	}
	wg.Wait()
	const each = writersPerKey * rounds * 4 / 5
	require.Eventually(t, func() bool {
		var n int
		return pool.QueryRow(ctx, "SELECT count(*) FROM effect").Scan(&n) == nil && n >= keys*each
	}, deadline, pollEvery)
	requireEffects(t, pool, keys, each)
}
