package httpclient_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/telemetry"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

func newClient(t testing.TB, cfg httpclient.Config) *httpclient.Client {
	t.Helper()
	if cfg.AllowNetworks == nil {
		cfg.AllowNetworks = loopback
	}
	cfg.Name = "test"
	if cfg.Retry == (httpclient.Retry{}) {
		cfg.Retry = httpclient.Retry{Attempts: 3, Min: time.Microsecond, Max: time.Millisecond}
	}
	c := httpclient.New(cfg)
	t.Cleanup(c.Close)
	return c
}

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func requireCode(t testing.TB, err error, want *fault.Fault) {
	t.Helper()
	require.ErrorIs(t, err, want)
	require.Equal(t, want.Kind, fault.KindOf(err))
}

func TestACallBringsTheAnswer(t *testing.T) {
	t.Parallel()
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		w.Header().Set("X-Seen", fmt.Sprint(r.Method, r.Header.Get("X-Key"), r.Host, r.UserAgent(), string(body), r.Header.Get("Traceparent") != ""))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("答复"))
	})
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	ctx := trace.ContextWithSpanContext(t.Context(), span)
	resp, err := newClient(t, httpclient.Config{}).Do(ctx, httpclient.Request{
		Method: "POST", URL: at + "/x", Header: http.Header{"X-Key": {"k"}, "Host": {"sms.example"}}, Body: []byte("b"),
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusTeapot, resp.Status)
	require.False(t, resp.OK())
	require.Equal(t, "答复", string(resp.Body))
	require.Equal(t, "POSTksms.exampleYingdabtrue", resp.Header.Get("X-Seen"))
}

func TestInternalAddressesAreRefusedAtTheMomentOfDialling(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	at := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	port := at[strings.LastIndex(at, ":"):]
	c := newClient(t, httpclient.Config{AllowNetworks: []netip.Prefix{}})
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0", "169.254.169.254"} {
		_, err := c.Do(t.Context(), httpclient.Request{URL: "http://" + host + port})
		requireCode(t, err, httpclient.ErrAddress)
		require.True(t, httpclient.NotSent(err), host)
	}
	require.Zero(t, hits.Load())
}

func TestAddressesOfTheWrongFormAreRefused(t *testing.T) {
	t.Parallel()
	c := newClient(t, httpclient.Config{})
	for _, bad := range []string{"", "example.com", "ftp://example.com", "file:///etc/passwd", "http://", "http:example.com", "http://user:geheim@example.com/", "http://exa mple.com/", "http://[::1", "gopher://x"} {
		requireCode(t, c.CheckURL(bad), httpclient.ErrRequest)
		_, err := c.Do(t.Context(), httpclient.Request{URL: bad})
		requireCode(t, err, httpclient.ErrRequest)
		require.NotContains(t, err.Error(), "geheim")
		require.True(t, httpclient.NotSent(err))
	}
	requireCode(t, c.CheckURL("http://10.0.0.1/"), httpclient.ErrAddress)
	require.NoError(t, c.CheckURL("https://hooks.example.com/x?y=1"))
	_, err := c.Do(t.Context(), httpclient.Request{URL: "http://127.0.0.1:1/", Method: "BAD METHOD"})
	requireCode(t, err, httpclient.ErrRequest)
}

func TestOnlySafeRequestsAreRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		req   httpclient.Request
		codes []int // then 200
		calls int64
		last  int
	}{
		"get after 503":               {httpclient.Request{}, []int{503}, 2, 200},
		"get after 429 and 502":       {httpclient.Request{}, []int{429, 502}, 3, 200},
		"get gives up":                {httpclient.Request{}, []int{504, 504, 504, 504}, 3, 504},
		"get after 500":               {httpclient.Request{}, []int{500}, 1, 500},
		"get after 404":               {httpclient.Request{}, []int{404}, 1, 404},
		"put after 503":               {httpclient.Request{Method: "PUT", Body: []byte("again")}, []int{503}, 2, 200},
		"post never":                  {httpclient.Request{Method: "POST"}, []int{503}, 1, 503},
		"patch never":                 {httpclient.Request{Method: "PATCH"}, []int{503}, 1, 503},
		"post marked safe, with body": {httpclient.Request{Method: "POST", Idempotent: true, Body: []byte("again")}, []int{503, 503}, 3, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			at := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if n := int(calls.Add(1)); n <= len(c.codes) {
					w.WriteHeader(c.codes[n-1])
				}
				_, _ = w.Write(body)
			})
			c.req.URL = at
			resp, err := newClient(t, httpclient.Config{}).Do(t.Context(), c.req)
			require.NoError(t, err)
			require.Equal(t, c.last, resp.Status)
			require.Equal(t, c.calls, calls.Load())
			require.Equal(t, string(c.req.Body), string(resp.Body))
		})
	}
}

func TestBrokenConnectionsAreRepeatedOnlyWhereSafe(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]int64{"GET": 3, "POST": 1} {
		var calls atomic.Int64
		at := serve(t, func(http.ResponseWriter, *http.Request) {
			calls.Add(1)
			panic(http.ErrAbortHandler)
		})
		_, err := newClient(t, httpclient.Config{}).Do(t.Context(), httpclient.Request{Method: method, URL: at})
		requireCode(t, err, httpclient.ErrBroken)
		require.False(t, httpclient.NotSent(err), "the other side saw it")
		require.Equal(t, want, calls.Load(), method)
	}
}

func TestAClosedPortIsToldApartFromALostAnswer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	at := "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	_, err = newClient(t, httpclient.Config{}).Do(t.Context(), httpclient.Request{Method: "POST", URL: at + "/?token=geheim"})
	requireCode(t, err, httpclient.ErrAway)
	require.True(t, httpclient.NotSent(err))
	require.NotContains(t, err.Error(), "geheim")
}

func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	clk := clocktest.New()
	var calls atomic.Int64
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.Header().Set("Retry-After", clk.Now().Add(9*time.Second).Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	c := newClient(t, httpclient.Config{Clock: clk, Retry: httpclient.Retry{Attempts: 9, Min: time.Millisecond, Max: 10 * time.Second}})
	begin := clk.Now()
	var wg sync.WaitGroup
	var resp *httpclient.Response
	var err error
	wg.Go(func() { resp, err = c.Do(t.Context(), httpclient.Request{URL: at}) })
	clk.BlockUntil(1)
	clk.Advance(7*time.Second - 1)
	clk.BlockUntil(1)
	clk.Advance(1)
	clk.BlockUntil(1)
	clk.Advance(9 * time.Second)
	wg.Wait()
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, resp.Status, "an hour is longer than we wait")
	require.EqualValues(t, 3, calls.Load())
	require.Equal(t, 16*time.Second, clk.Now().Sub(begin))
}

func TestEveryStageHasATimeLimit(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	silent := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	trickling := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("begin"))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, never says a word: a TLS handshake hangs
	require.NoError(t, err)
	t.Cleanup(func() { _ = deaf.Close() })
	for name, at := range map[string]string{"answer": silent, "body": trickling, "handshake": "https://" + deaf.Addr().String()} {
		c := newClient(t, httpclient.Config{Timeout: 150 * time.Millisecond, Connect: 100 * time.Millisecond})
		_, err := c.Do(t.Context(), httpclient.Request{Method: "POST", URL: at})
		requireCode(t, err, httpclient.ErrTimeout)
		require.Equal(t, name == "handshake", httpclient.NotSent(err), name)
	}
}

func TestAnswersAreLimitedAfterDecompression(t *testing.T) {
	t.Parallel()
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fits" {
			_, _ = w.Write(make([]byte, 1000))
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(make([]byte, 1001))
		_ = z.Close()
	})
	c := newClient(t, httpclient.Config{MaxBody: 1000})
	resp, err := c.Do(t.Context(), httpclient.Request{URL: at + "/fits"})
	require.NoError(t, err)
	require.Len(t, resp.Body, 1000)
	_, err = c.Do(t.Context(), httpclient.Request{URL: at})
	requireCode(t, err, httpclient.ErrTooLarge)
}

func TestRedirectsAreCheckedAndTakeNoSecretsAlong(t *testing.T) {
	t.Parallel()
	seen := make(chan http.Header, 10)
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header })
	mux := http.NewServeMux()
	mux.HandleFunc("/same", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/end", http.StatusFound) })
	mux.HandleFunc("/end", func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header })
	mux.HandleFunc("/other", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusTemporaryRedirect) })
	mux.HandleFunc("/internal", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2:9/", http.StatusFound)
	})
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	at := serve(t, mux.ServeHTTP)
	secrets := http.Header{"Authorization": {"Bearer geheim"}, "X-Api-Key": {"geheim"}, "Cookie": {"s=geheim"}, "Accept": {"text/plain"}}
	call := func(c *httpclient.Client, method, path string) (*httpclient.Response, error) {
		return c.Do(t.Context(), httpclient.Request{Method: method, URL: at + path, Header: secrets})
	}

	strict := newClient(t, httpclient.Config{})
	resp, err := call(strict, "GET", "/same")
	require.NoError(t, err)
	require.Equal(t, http.StatusFound, resp.Status, "not followed unless configured")

	c := newClient(t, httpclient.Config{Redirects: 3})
	_, err = call(c, "GET", "/same")
	require.NoError(t, err)
	require.Equal(t, "geheim", (<-seen).Get("X-Api-Key"))
	_, err = call(c, "GET", "/other")
	require.NoError(t, err)
	there := <-seen
	require.NotContains(t, fmt.Sprint(there), "geheim")
	require.Equal(t, "text/plain", there.Get("Accept"))
	resp, err = call(c, "POST", "/other")
	require.NoError(t, err)
	require.Equal(t, http.StatusTemporaryRedirect, resp.Status, "what changes something is never redirected")
	_, err = call(c, "GET", "/internal")
	requireCode(t, err, httpclient.ErrAddress)
	_, err = call(c, "GET", "/file")
	requireCode(t, err, httpclient.ErrRequest)
	_, err = call(c, "GET", "/loop")
	requireCode(t, err, httpclient.ErrRedirect)
	require.Empty(t, seen)
}

func TestAFailingHostIsLeftAloneUntilAProbeSucceeds(t *testing.T) {
	t.Parallel()
	clk := clocktest.New()
	var calls atomic.Int64
	var healthy atomic.Bool
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		if !healthy.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	fine := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, httpclient.Config{Clock: clk, Retry: httpclient.Retry{Attempts: 1, Min: 1, Max: 1}, Breaker: httpclient.Breaker{Failures: 3, OpenFor: 10 * time.Second}})
	try := func() error {
		_, err := c.Do(t.Context(), httpclient.Request{URL: at})
		return err
	}
	for range 3 {
		require.NoError(t, try())
	}
	err := try()
	requireCode(t, err, httpclient.ErrOpen)
	require.True(t, httpclient.NotSent(err))
	require.EqualValues(t, 3, calls.Load())
	require.Equal(t, "httpclient.circuit_open", c.Health().Check(t.Context())[0].Warning.Code)
	_, err = c.Do(t.Context(), httpclient.Request{URL: fine})
	require.NoError(t, err, "other hosts are not concerned")

	clk.Advance(10 * time.Second)
	require.NoError(t, try(), "the probe goes out")
	requireCode(t, try(), httpclient.ErrOpen)
	clk.Advance(10 * time.Second)
	requireCode(t, try(), httpclient.ErrOpen)
	clk.Advance(10 * time.Second)
	healthy.Store(true)
	require.NoError(t, try(), "twice as long after a failed probe")
	require.NoError(t, try())
	require.EqualValues(t, 6, calls.Load())
	require.Empty(t, c.Health().Check(t.Context()))
}

func TestACallerWhoGivesUpSaysNothingAboutTheHost(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	at := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			<-r.Context().Done()
		}
	})
	c := newClient(t, httpclient.Config{Breaker: httpclient.Breaker{Failures: 1}})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var err error
	wg.Go(func() { _, err = c.Do(ctx, httpclient.Request{URL: at + "/slow"}) })
	<-entered
	cancel()
	wg.Wait()
	require.ErrorIs(t, err, context.Canceled)
	_, err = c.Do(t.Context(), httpclient.Request{URL: at})
	require.NoError(t, err)
}

func TestAProxyIsUsedOnlyWhenConfigured(t *testing.T) {
	var through atomic.Int64
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		through.Add(1)
		_, _ = w.Write([]byte("via proxy to " + r.URL.Host))
	})
	t.Setenv("HTTP_PROXY", proxy)
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("direct")) })
	resp, err := newClient(t, httpclient.Config{}).Do(t.Context(), httpclient.Request{URL: at})
	require.NoError(t, err)
	require.Equal(t, "direct", string(resp.Body))

	u, err := url.Parse(proxy)
	require.NoError(t, err)
	c := newClient(t, httpclient.Config{Proxy: u, AllowNetworks: []netip.Prefix{}})
	resp, err = c.Do(t.Context(), httpclient.Request{URL: "http://sms.example/send"})
	require.NoError(t, err)
	require.Equal(t, "via proxy to sms.example", string(resp.Body))
	_, err = c.Do(t.Context(), httpclient.Request{URL: "http://10.0.0.1/"})
	requireCode(t, err, httpclient.ErrAddress)
	require.EqualValues(t, 1, through.Load())
}

func TestCallsAreCountedAndLoggedWithoutTheirContents(t *testing.T) {
	t.Parallel()
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write([]byte("answer-geheim"))
	})
	m := telemetry.NewMetrics(telemetry.Build{Version: "test"})
	var log bytes.Buffer
	c := newClient(t, httpclient.Config{
		Metrics: httpclient.NewMetrics(m, "test"),
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	for _, path := range []string{"/ok?phone=geheim", "/bad?token=geheim"} {
		_, err := c.Do(t.Context(), httpclient.Request{Method: "POST", URL: at + path, Body: []byte("geheim"), Header: http.Header{"X-Key": {"geheim"}}})
		require.NoError(t, err)
	}
	require.Contains(t, log.String(), "client_error")
	require.NotContains(t, log.String(), "geheim")
	n, err := testutil.GatherAndCount(m.Gatherer(), "yingda_httpclient_calls_total")
	require.NoError(t, err)
	require.Equal(t, 8, n, "every outcome of the client is a series from the start")
}

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "收到") }))
	defer server.Close()
	public := httpclient.New(httpclient.Config{Name: "example"})
	defer public.Close()
	_, err := public.Do(context.Background(), httpclient.Request{URL: server.URL})
	fmt.Println(fault.KindOf(err), httpclient.NotSent(err))

	internal := httpclient.New(httpclient.Config{Name: "example", AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer internal.Close()
	resp, err := internal.Do(context.Background(), httpclient.Request{URL: server.URL})
	fmt.Println(resp.Status, string(resp.Body), err)
	// Output:
	// denied true
	// 200 收到 <nil>
}
