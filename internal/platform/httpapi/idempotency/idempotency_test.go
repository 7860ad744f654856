package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

const takes = 10 * time.Second

type bundle struct {
	store *idempotency.Store
	pool  *pgxpool.Pool
	clock *clocktest.Fake
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{pool: postgrestest.New(t), clock: clocktest.New()}
	b.store = idempotency.NewStore(b.pool, b.clock)
	return b
}

func key(value string) idempotency.Key {
	return idempotency.Key{Client: "c", Route: "POST /api/a", Value: value, Request: idempotency.Fingerprint("POST", "/api/a", []byte("{}"))}
}

var answer = idempotency.Answer{Status: 202, Body: []byte(`{"id":1}`)}

func (b *bundle) begin(t *testing.T, k idempotency.Key) *idempotency.Claim {
	t.Helper()
	claim, before, err := b.store.Begin(t.Context(), k, takes)
	require.NoError(t, err)
	require.Nil(t, before)
	claim.Encode = func(any) (idempotency.Answer, error) { return answer, nil }
	return claim
}

func (b *bundle) refused(t *testing.T, k idempotency.Key, want error) {
	t.Helper()
	_, _, err := b.store.Begin(t.Context(), k, takes)
	require.ErrorIs(t, err, want)
}

func (b *bundle) replayed(t *testing.T, k idempotency.Key) {
	t.Helper()
	claim, before, err := b.store.Begin(t.Context(), k, takes)
	require.NoError(t, err)
	require.Nil(t, claim)
	require.Equal(t, &answer, before)
}

func TestAStoredAnswerIsGivenAgainForADay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.begin(t, key("k")).Finish(t.Context(), answer))
	b.replayed(t, key("k"))
	b.replayed(t, key(`"k"`))
	b.clock.Advance(idempotency.Kept - time.Second)
	b.replayed(t, key("k"))
	b.clock.Advance(time.Second)
	b.begin(t, key("k"))
}

func TestAKeyBelongsToOneClientRouteAndRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.begin(t, key("k")).Finish(t.Context(), answer))
	other := key("k")
	other.Request = idempotency.Fingerprint("POST", "/api/a", []byte(`{"x":1}`))
	b.refused(t, other, idempotency.ErrReused)
	for _, change := range []func(*idempotency.Key){
		func(k *idempotency.Key) { k.Client = "d" },
		func(k *idempotency.Key) { k.Route = "POST /api/b" },
		func(k *idempotency.Key) { k.Value = "l" },
	} {
		k := key("k")
		change(&k)
		b.begin(t, k)
	}
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	s := idempotency.NewStore(nil, clocktest.New()) // refused before the database is asked
	for value, want := range map[string]error{
		"": idempotency.ErrMissing, `""`: idempotency.ErrInvalid, `"a`: idempotency.ErrInvalid, "a b": idempotency.ErrInvalid,
		"钥匙": idempotency.ErrInvalid, `a"b`: idempotency.ErrInvalid, "a\x00": idempotency.ErrInvalid, strings.Repeat("a", 256): idempotency.ErrInvalid,
	} {
		_, _, err := s.Begin(t.Context(), key(value), takes)
		require.ErrorIs(t, err, want, value)
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	}
}

func TestARunningRequestTellsWhenToComeBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	claim := b.begin(t, key("k"))
	_, _, err := b.store.Begin(t.Context(), key("k"), takes)
	require.ErrorIs(t, err, idempotency.ErrRunning)
	r, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err)
	require.True(t, ok)
	require.Positive(t, r.RetryAfter())

	require.NoError(t, claim.Release(t.Context()))
	b.begin(t, key("k"))
}

func TestAnAbandonedKeyRunsAgainAfterItsLease(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dead := b.begin(t, key("k")) // its process is gone
	b.clock.Advance(takes + 29*time.Second)
	b.refused(t, key("k"), idempotency.ErrRunning)
	b.clock.Advance(time.Second)
	other := key("k")
	other.Request = idempotency.Fingerprint("POST", "/api/a", nil)
	b.refused(t, other, idempotency.ErrReused)
	alive := b.begin(t, key("k"))

	require.ErrorIs(t, dead.Finish(t.Context(), answer), idempotency.ErrLost, "it was not dead after all, but too late")
	require.NoError(t, dead.Release(t.Context()))
	require.NoError(t, alive.Finish(t.Context(), answer), "the late one does not release what is not its own")
	b.replayed(t, key("k"))
}

func TestCommitTiesTheAnswerToTheEffect(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.pool.Exec(t.Context(), "CREATE TABLE public.effect (id int)")
	require.NoError(t, err)
	effects := func() (n int) {
		require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM public.effect").Scan(&n))
		return n
	}
	work := func(ctx context.Context, fail error) error {
		return postgres.InTx(ctx, b.pool, func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO public.effect VALUES (1)"); err != nil {
				return err
			}
			if err := idempotency.Commit(ctx, tx, nil); err != nil {
				return err
			}
			return fail
		})
	}

	first := b.begin(t, key("k"))
	broken := errors.New("killed before the commit")
	require.ErrorIs(t, work(idempotency.NewContext(t.Context(), first), broken), broken)
	require.Zero(t, effects())
	b.refused(t, key("k"), idempotency.ErrRunning)

	b.clock.Advance(takes + time.Minute)
	second := b.begin(t, key("k"))
	require.ErrorIs(t, work(idempotency.NewContext(t.Context(), first), nil), idempotency.ErrLost)
	require.Zero(t, effects(), "the attempt that lost leaves no effect")

	require.NoError(t, work(idempotency.NewContext(t.Context(), second), nil))
	require.Equal(t, 1, effects())
	committed, ok := second.Committed()
	require.True(t, ok)
	require.Equal(t, answer, committed)
	b.replayed(t, key("k"))

	require.NoError(t, work(t.Context(), nil), "outside an idempotent request Commit does nothing")
	require.Equal(t, 2, effects())
}

func TestATakeoverWaitsForTheCommitInProgress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.begin(t, key("k"))
	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, first.Commit(t.Context(), tx, nil))
	b.clock.Advance(takes + time.Minute) // the lease is over, but the row is locked

	got := make(chan *idempotency.Answer)
	go func() {
		_, before, err := b.store.Begin(context.Background(), key("k"), takes)
		if err != nil {
			before = &idempotency.Answer{Body: []byte(err.Error())}
		}
		got <- before
	}()
	require.Eventually(t, func() bool {
		var waiting int
		err := b.pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").Scan(&waiting)
		return err == nil && waiting == 1
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, tx.Commit(t.Context()))
	require.Equal(t, &answer, <-got)
}

func TestOfManyAtOnceOneRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for round := range 5 {
		var ran, told, replayed atomic.Int32
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				claim, before, err := b.store.Begin(context.Background(), key(fmt.Sprint(round)), takes)
				switch {
				case errors.Is(err, idempotency.ErrRunning):
					told.Add(1)
				case before != nil:
					replayed.Add(1)
				case claim != nil:
					ran.Add(1)
					if err := claim.Finish(context.Background(), answer); err != nil {
						t.Errorf("finish: %v", err)
					}
				default:
					t.Errorf("begin: %v", err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, ran.Load())
		require.EqualValues(t, 15, told.Load()+replayed.Load())
	}
}

func TestSweepDeletesWhatHasExpired(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.pool.Exec(t.Context(), `INSERT INTO httpapi.idempotency
		(client, route, key, request, state, attempt, lease_until, created_at, expires_at)
		SELECT 'c', 'r', n::text, sha256(''), 'running', 1, $1, $1, $1::timestamptz + n * interval '1 minute' FROM generate_series(1, 2500) n`, b.clock.Now())
	require.NoError(t, err)
	n, err := b.store.Sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	b.clock.Advance(2400 * time.Minute)
	n, err = b.store.Sweep(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2400, n)
	var left int
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM httpapi.idempotency").Scan(&left))
	require.Equal(t, 100, left)
}

func TestTheSweeperRunsByTheClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.begin(t, key("k")).Finish(t.Context(), answer))
	s := b.store.Sweeper(slog.New(slog.DiscardHandler))
	require.NoError(t, s.Start(t.Context()))
	b.clock.BlockUntil(1)
	b.clock.Advance(idempotency.Kept)
	b.clock.BlockUntil(1)
	require.Eventually(t, func() bool {
		var left int
		return b.pool.QueryRow(t.Context(), "SELECT count(*) FROM httpapi.idempotency").Scan(&left) == nil && left == 0
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, s.Stop(t.Context()))
}

func TestSweeperSurvivesStress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lifecycletest.Stress(t, func() lifecycle.Service { return b.store.Sweeper(slog.New(slog.DiscardHandler)) })
}

func TestADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.pool.Close()
	_, _, err := b.store.Begin(t.Context(), key("k"), takes)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func ExampleCommit() {
	var pool *pgxpool.Pool // the program's
	handler := func(ctx context.Context, in *struct{ Body struct{ Text string } }) (*struct{ Body struct{ ID int } }, error) {
		out := &struct{ Body struct{ ID int } }{}
		err := postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
			if err := tx.QueryRow(ctx, "INSERT INTO note.note (text) VALUES ($1) RETURNING id", in.Body.Text).Scan(&out.Body.ID); err != nil {
				return fmt.Errorf("insert note: %w", err)
			}
			return idempotency.Commit(ctx, tx, out)
		})
		return out, err
	}
	_ = handler
	fmt.Println("the note and its answer exist together or not at all")
	// Output: the note and its answer exist together or not at all
}
