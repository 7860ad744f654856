package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpapi"
)

func TestOneAddressCannotAskTooOften(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) {
		c.Guard = func(r *http.Request) (context.Context, error) { return r.Context(), nil }
		c.Limits.ClientRate, c.Limits.ClientBurst = 2, 3
	})
	ask := func(remote string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/readyz", nil)
		r.RemoteAddr = remote
		w := httptest.NewRecorder()
		b.api.ServeHTTP(w, r)
		return w
	}
	for range 3 {
		require.Equal(t, 200, ask("10.0.0.1:1").Code)
	}
	w := ask("10.0.0.1:2")
	require.Equal(t, 429, w.Code)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.Contains(t, w.Body.String(), "http.too_many_requests")
	require.Equal(t, 200, ask("10.0.0.2:1").Code, "others are not held up")
	require.Equal(t, 200, ask("[2001:db8::1]:1").Code)
	require.Equal(t, 200, ask("[2001:db8::2]:1").Code)
	require.Equal(t, 200, ask("[2001:db8::3]:1").Code)
	require.Equal(t, 429, ask("[2001:db8::4]:1").Code, "one /64 is one client")
	for range 10 {
		require.Equal(t, 200, ask("127.0.0.1:1").Code, "this machine is not limited")
	}
	b.clock.Advance(500 * time.Millisecond)
	require.Equal(t, 200, ask("10.0.0.1:1").Code)
	require.Equal(t, 429, ask("10.0.0.1:1").Code)

	for i := range 40_000 { // many addresses do not stay in memory: the next rounds sweep them
		ask(fmt.Sprintf("10.%d.%d.%d:1", 1+i>>16, i>>8&255, i&255))
	}
	b.clock.Advance(time.Hour)
	require.Equal(t, 200, ask("10.0.0.1:1").Code)
}

func TestTooManyAtOnceAreRefusedWithAWarning(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) { c.Limits.InProgress = 1 })
	entered, leave := make(chan struct{}), make(chan struct{})
	answering(b, "/api/long", func(context.Context) error { close(entered); <-leave; return nil })
	c := b.client()
	done := make(chan int)
	go func() { done <- c.Get("/api/long").Status }()
	<-entered
	p := c.Get("/readyz").Problem(503, "http.busy")
	require.True(t, p.Retryable)
	require.Equal(t, "5", p.Header.Get("Retry-After"))
	c.Get("/healthz").Want(200)
	found := b.api.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "httpapi.overloaded", found[0].Warning.Code)
	close(leave)
	require.Equal(t, 204, <-done)
	c.Get("/readyz").Want(200)
}
