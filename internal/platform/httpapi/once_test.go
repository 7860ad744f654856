package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/privacy"
)

type sendAnswer struct {
	Status int
	Body   struct {
		N     int           `json:"n"`
		Phone privacy.Phone `json:"phone" privacy:"phone"`
	}
}

type sendRequest struct {
	Body struct {
		Text string `json:"text" minLength:"1"`
	}
}

// setupOnce registers an idempotent route that counts its runs; do may fail or panic.
func setupOnce(t *testing.T, pool *pgxpool.Pool, do func(ctx context.Context, out *sendAnswer) error) (*httpapitest.Client, *atomic.Int32, *bundle) {
	t.Helper()
	b := setup(t, func(c *httpapi.Config) {
		c.Pool = pool
		c.OnReveal = func(context.Context, privacy.Revelation) error { return nil }
	})
	var runs atomic.Int32
	httpapi.Register(b.api, httpapi.Route{Method: "POST", Path: "/api/send", ID: "send", Summary: "Send", Idempotent: true, Permission: httpapi.SignedIn},
		func(ctx context.Context, _ *sendRequest) (*sendAnswer, error) {
			out := &sendAnswer{Status: http.StatusAccepted}
			out.Body.N, out.Body.Phone = int(runs.Add(1)), "13812345678"
			privacy.Reveal(ctx, privacy.ClassPhone)
			return out, do(ctx, out)
		})
	return b.client(), &runs, b
}

const replayHeader = "Idempotent-Replayed"

func TestTheSameRequestIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	c, runs, _ := setupOnce(t, postgrestest.New(t), func(context.Context, *sendAnswer) error { return nil })
	send := func(key, body string) *httpapitest.Response {
		return c.Post("/api/send", body, "Idempotency-Key", key)
	}
	first := send("k1", `{"text":"a"}`).Want(202)
	require.Empty(t, first.Header.Get(replayHeader))
	require.JSONEq(t, `{"n":1,"phone":"138****5678"}`, string(first.Body), "a stored answer is never unmasked")
	again := send(`"k1"`, `{"text":"a"}`).Want(202)
	require.Equal(t, "true", again.Header.Get(replayHeader))
	require.Equal(t, first.Body, again.Body)
	require.Equal(t, "application/json", again.Header.Get("Content-Type"))

	send("k1", `{"text":"b"}`).Problem(422, "idempotency.key_reused").Field("header.Idempotency-Key", "reused")
	c.Post("/api/send", `{"text":"a"}`).Problem(422, "idempotency.key_missing").Field("header.Idempotency-Key", "required")
	send("k2", `{}`).Problem(422, "http.invalid_request")
	send("k2", `{"text":"a"}`).Want(202) // a request that was not valid does not use its key up
	require.EqualValues(t, 2, runs.Load())
}

func TestAFailedRequestGivesItsKeyBack(t *testing.T) {
	t.Parallel()
	fails := []error{fault.New(fault.Conflict, "send.closed", "closed"), errors.New("broken"), nil, nil}
	var turn atomic.Int32
	c, runs, _ := setupOnce(t, postgrestest.New(t), func(context.Context, *sendAnswer) error {
		switch n := turn.Add(1) - 1; n {
		case 2:
			panic("broken")
		default:
			return fails[n]
		}
	})
	send := func() *httpapitest.Response { return c.Post("/api/send", `{"text":"a"}`, "Idempotency-Key", "k") }
	send().Problem(409, "send.closed")
	send().Problem(500, "internal")
	send().Problem(500, "internal")
	send().Want(202)
	require.EqualValues(t, 4, runs.Load())
}

func TestTwoAtOnceRunOnce(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	c, runs, _ := setupOnce(t, postgrestest.New(t), func(context.Context, *sendAnswer) error { close(entered); <-leave; return nil })
	send := func() *httpapitest.Response { return c.Post("/api/send", `{"text":"a"}`, "Idempotency-Key", "k") }
	done := make(chan int)
	go func() { done <- send().Status }()
	<-entered
	p := send().Problem(409, "idempotency.in_progress")
	require.Equal(t, "1", p.Header.Get("Retry-After"))
	require.True(t, p.Retryable)
	close(leave)
	require.Equal(t, 202, <-done)
	require.Equal(t, "true", send().Want(202).Header.Get(replayHeader))
	require.EqualValues(t, 1, runs.Load())
}

func TestTheAnswerCommitsWithTheEffect(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	_, err := pool.Exec(t.Context(), "CREATE TABLE public.effect (n int)")
	require.NoError(t, err)
	c, runs, _ := setupOnce(t, pool, func(ctx context.Context, out *sendAnswer) error {
		return postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO public.effect VALUES ($1)", out.Body.N); err != nil {
				return err
			}
			return idempotency.Commit(ctx, tx, out)
		})
	})
	send := func() *httpapitest.Response { return c.Post("/api/send", `{"text":"a"}`, "Idempotency-Key", "k") }
	first := send().Want(202)
	require.JSONEq(t, `{"n":1,"phone":"138****5678"}`, string(first.Body))
	require.Equal(t, first.Body, send().Want(202).Body)
	require.EqualValues(t, 1, runs.Load())
	var effects int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM public.effect").Scan(&effects))
	require.Equal(t, 1, effects)
}

func TestWithoutTheDatabaseNothingRuns(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	c, runs, _ := setupOnce(t, pool, func(context.Context, *sendAnswer) error { return nil })
	pool.Close()
	p := c.Post("/api/send", `{"text":"a"}`, "Idempotency-Key", "k").Problem(503, "postgres.unreachable")
	require.True(t, p.Retryable)
	require.Zero(t, runs.Load())
}

func TestAnIdempotentRouteHasNoHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) { c.Pool = new(pgxpool.Pool) })
	require.PanicsWithValue(t, "httpapi: POST /api/a: an idempotent answer cannot have headers: Location", func() {
		httpapi.Register(b.api, httpapi.Route{Method: "POST", Path: "/api/a", ID: "a", Summary: "a", Idempotent: true, Permission: httpapi.SignedIn},
			func(context.Context, *nothing) (*struct {
				Location string `header:"Location"`
			}, error) {
				return nil, nil
			})
	})
}
