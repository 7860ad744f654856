package httpapi_test

import (
	"bufio"
	"context"
	"io"
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
		return httpapi.NewServer(setup(t).api, httpapi.ServerConfig{Addr: "127.0.0.1:0"})
	})
}

func start(t *testing.T, b *bundle, c httpapi.ServerConfig) *httpapi.Server {
	t.Helper()
	c.Addr = "127.0.0.1:0"
	s := httpapi.NewServer(b.api, c)
	require.Nil(t, s.Addr())
	require.NoError(t, s.Start(t.Context()))
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
	again := httpapi.NewServer(setup(t).api, httpapi.ServerConfig{Addr: s.Addr().String()})
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
