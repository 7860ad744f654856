package httpapi_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestServerSurvivesStress(t *testing.T) {
	t.Parallel()
	lifecycletest.Stress(t, func() lifecycle.Service {
		return httpapi.NewServer(httpapi.ServerConfig{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	})
}

func start(t *testing.T, b *bundle, c httpapi.ServerConfig) *httpapi.Server {
	t.Helper()
	c.Addr, c.Logger = "127.0.0.1:0", slog.New(slog.NewJSONHandler(b.log, nil))
	s := httpapi.NewServer(c)
	require.Nil(t, s.Addr())
	require.NoError(t, s.Start(t.Context()))
	s.Open(b.api)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	return s
}

func TestStopFinishesRequestsInProgress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	answering(b, "/api/long", func(context.Context) error { close(entered); <-leave; return nil })
	s := start(t, b, httpapi.ServerConfig{})
	c := httpapitest.At(t, "http://"+s.Addr().String())
	c.Get("/readyz").Want(200)
	done := make(chan *httpapitest.Response)
	go func() { done <- c.Get("/api/long") }()
	<-entered
	stopped := make(chan error)
	go func() { stopped <- s.Stop(context.Background()) }()
	require.Eventually(t, func() bool {
		_, err := net.DialTimeout("tcp", s.Addr().String(), time.Second)
		return err != nil
	}, 5*time.Second, time.Millisecond, "new connections are refused")
	close(leave)
	require.Equal(t, 204, (<-done).Status)
	require.NoError(t, <-stopped)
	require.NotContains(t, b.log.String(), "cut")
}

func TestStopCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	entered := make(chan struct{})
	answering(b, "/api/stuck", func(ctx context.Context) error { close(entered); <-ctx.Done(); return ctx.Err() })
	s := start(t, b, httpapi.ServerConfig{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr().String()+"/api/stuck", nil)
	require.NoError(t, err)
	failed := make(chan error)
	go func() {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		failed <- err
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
	require.Error(t, <-failed)
	require.Contains(t, b.log.String(), "requests were cut at stop")
}

func TestHeadersMustArriveInTime(t *testing.T) {
	t.Parallel()
	s := start(t, setup(t), httpapi.ServerConfig{HeaderTime: 30 * time.Millisecond})
	conn, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = io.ReadAll(conn)
	require.NoError(t, err, "the server hangs up")
}

func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t, setup(t), httpapi.ServerConfig{})
	conn, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 60<<10)+"\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 431, resp.StatusCode)
}

func TestAPortInUseIsSaid(t *testing.T) {
	t.Parallel()
	s := start(t, setup(t), httpapi.ServerConfig{})
	again := httpapi.NewServer(httpapi.ServerConfig{Addr: s.Addr().String(), Logger: slog.New(slog.DiscardHandler)})
	require.ErrorContains(t, again.Start(t.Context()), "listen on 127.0.0.1:")
}

func TestReadinessIsToldInWords(t *testing.T) {
	t.Parallel()
	ready := false
	b := setup(t, func(c *httpapi.Config) { c.Ready = func() (bool, string) { return ready, "数据库不可用" } })
	c := b.client()
	require.Equal(t, "数据库不可用\n", string(c.Get("/readyz").Want(503).Body))
	require.Equal(t, "ok\n", string(c.Get("/healthz").Want(200).Body), "a node that is not ready is still alive")
	ready = true
	c.Get("/readyz").Want(200)
	require.Equal(t, "GET, HEAD", c.Post("/healthz", "").Want(405).Header.Get("Allow"))
}

func TestThePortIsOpenBeforeThePages(t *testing.T) {
	t.Parallel()
	s := httpapi.NewServer(httpapi.ServerConfig{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	c := httpapitest.At(t, "http://"+s.Addr().String())
	c.Get("/healthz").Want(200)
	require.Equal(t, "this node is starting\n", string(c.Get("/readyz").Want(503).Body))
	r := c.Get("/api/numbers").Want(503)
	require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
	require.Equal(t, "5", r.Header.Get("Retry-After"))
	require.Contains(t, string(r.Body), `"code":"http.starting"`)

	b := setup(t)
	registerNumbers(b)
	s.Open(b.api)
	c.Get("/api/numbers").Want(200)
}

func TestDrainAnswersWhatIsInProgressAndRefusesTheRest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	answering(b, "/api/long", func(context.Context) error { close(entered); <-leave; return nil })
	c := b.client()
	done := make(chan int)
	go func() { done <- c.Get("/api/long").Status }()
	<-entered
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, b.api.Drain(short), context.DeadlineExceeded)
	c.Get("/api/long").Problem(503, "http.stopping")
	require.Equal(t, "this node is stopping\n", string(c.Get("/readyz").Want(503).Body))
	c.Get("/healthz").Want(200)
	drained := make(chan error)
	go func() { drained <- b.api.Drain(context.Background()) }()
	close(leave)
	require.Equal(t, 204, <-done)
	require.NoError(t, <-drained)
	require.NoError(t, b.api.Drain(t.Context()))
}
