package live_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/health"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/httpapi/live"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/telemetry"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

type bundle struct {
	hub     *live.Hub
	client  *httpapitest.Client
	clock   *clocktest.Fake
	metrics *telemetry.Metrics
	state   atomic.Int64 // what the topic "state" shows
}

// setup serves a hub; the header User names the user.
func setup(t *testing.T, change ...func(*live.Config)) *bundle {
	t.Helper()
	b := &bundle{clock: clocktest.New(), metrics: telemetry.NewMetrics(telemetry.Build{})}
	c := live.Config{Logger: quiet, Clock: b.clock, Metrics: b.metrics, User: func(r *http.Request) (string, error) {
		if u := r.Header.Get("User"); u != "stranger" {
			return u, nil
		}
		return "", fault.New(fault.Unauthenticated, "test.stranger", "who are you")
	}}
	for _, f := range change {
		f(&c)
	}
	b.hub = live.New(c)
	b.hub.Snapshot("state", func(_ context.Context, user string) (any, error) {
		return map[string]any{"user": user, "n": b.state.Load()}, nil
	})
	require.NoError(t, b.hub.Start(t.Context()))
	api := httpapi.New(httpapi.Config{Logger: quiet, Clock: b.clock})
	api.Mount("GET /api/live", httpapi.SignedIn, b.hub)
	b.client = httpapitest.New(t, api)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		require.NoError(t, b.hub.Stop(ctx))
	})
	return b
}

// fresh opens a connection and reads its snapshot.
func (b *bundle) fresh(user string) *httpapitest.Live {
	l := b.client.Live("User", user)
	l.Want("snapshot")
	return l
}

func (b *bundle) connections(t *testing.T) float64 {
	t.Helper()
	families, err := b.metrics.Gatherer().Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == "yingda_live_connections" {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return -1
}

func (b *bundle) waitConnections(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return b.connections(t) == float64(n) }, 10*time.Second, time.Millisecond)
}

func TestAPageStartsFromASnapshotAndHearsWhatFollows(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.client.Live("User", "li")
	require.False(t, l.Hello.Resumed)
	require.NotEmpty(t, l.Hello.Stream)
	snapshot := l.Want("snapshot")
	require.Equal(t, l.Hello.Seq, snapshot.Seq)
	require.JSONEq(t, `{"state":{"n":0,"user":"li"}}`, string(snapshot.Data))

	require.NoError(t, b.hub.Publish("li", "note", map[string]any{"a": "应答"}))
	require.NoError(t, b.hub.Publish("wang", "note", "not for li"))
	require.NoError(t, b.hub.Broadcast("news", nil))
	e := l.Want("event")
	require.Equal(t, "note", e.Topic)
	require.JSONEq(t, `{"a":"应答"}`, string(e.Data))
	require.Equal(t, b.clock.Now(), e.At)
	e = l.Want("event")
	require.Equal(t, "news", e.Topic)
	require.Equal(t, "null", string(e.Data))
}

func TestTabsOfOneUserShareAStream(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two, other := b.fresh("li"), b.fresh("li"), b.fresh("wang")
	require.Equal(t, one.Hello.Stream, two.Hello.Stream)
	require.NotEqual(t, one.Hello.Stream, other.Hello.Stream)
	require.NoError(t, b.hub.Publish("li", "note", 1))
	require.NoError(t, b.hub.Broadcast("note", 2))
	for _, l := range []*httpapitest.Live{one, two} {
		require.Equal(t, "1", string(l.Want("event").Data))
		require.Equal(t, "2", string(l.Want("event").Data))
	}
	require.Equal(t, "2", string(other.Want("event").Data))
}

func TestAReturningPageGetsExactlyWhatItMissed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.fresh("li")
	for n := range 3 {
		require.NoError(t, b.hub.Publish("li", "note", n))
	}
	require.Equal(t, "0", string(l.Want("event").Data))
	l.Drop()
	for n := 3; n < 5; n++ {
		require.NoError(t, b.hub.Publish("li", "note", n))
	}
	l.Reconnect()
	require.True(t, l.Hello.Resumed)
	for n := 1; n < 5; n++ {
		require.Equal(t, fmt.Sprint(n), string(l.Want("event").Data))
	}
	l.Drop()
	l.Reconnect()
	require.True(t, l.Hello.Resumed, "nothing missed is also resumed")
	require.NoError(t, b.hub.Publish("li", "note", 5))
	require.Equal(t, "5", string(l.Want("event").Data))
}

func TestASnapshotWhereResumingIsImpossible(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *live.Config) { c.Events, c.Bytes = 4, 1000 })
	anew := func(l *httpapitest.Live) {
		t.Helper()
		l.Drop()
		l.Reconnect()
		require.False(t, l.Hello.Resumed)
		l.Want("snapshot")
		require.NoError(t, b.hub.Broadcast("note", "next"))
		require.Equal(t, `"next"`, string(l.Want("event").Data))
	}
	l := b.fresh("li")
	for n := range 5 {
		require.NoError(t, b.hub.Publish("li", "note", n))
	}
	l.Drop() // at 0; 2 to 5 are remembered
	anew(l)

	l.Drop()
	for range 3 {
		require.NoError(t, b.hub.Publish("li", "note", strings.Repeat("x", 400)))
	}
	anew(l) // forgotten by size

	l.Seq += 100
	anew(l) // a number that was never given

	stranger := b.fresh("wang")
	stranger.Hello.Stream = l.Hello.Stream
	anew(stranger) // another user's stream is no way in

	stream := l.Hello.Stream
	l.Drop()
	b.waitConnections(t, 1)
	b.clock.BlockUntil(1)
	b.clock.Advance(live.ForgetAfter)
	b.clock.BlockUntil(1)
	anew(l)
	require.NotEqual(t, stream, l.Hello.Stream, "forgotten after 2 minutes without a connection")
}

func TestPersonalValuesAreMasked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.fresh("li")
	require.NoError(t, b.hub.Publish("li", "call", map[string]any{"from": privacy.Phone("13812345678")}))
	require.JSONEq(t, `{"from":"138****5678"}`, string(l.Want("event").Data))
}

func TestEventsOfEverySizeArriveWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.fresh("li")
	for _, size := range []int{0, 1, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 100, 65_400, 65_436, 65_437, 65_500, 200_000} {
		want := strings.Repeat("x", size)
		require.NoError(t, b.hub.Publish("li", "t", want))
		var got string
		require.NoError(t, json.Unmarshal(l.Want("event").Data, &got))
		require.Equal(t, want, got)
	}
	require.ErrorIs(t, b.hub.Publish("li", "t", strings.Repeat("x", 256<<10)), live.ErrTooLarge)
	require.Error(t, b.hub.Broadcast("t", func() {}))
}

func TestABrokenTopicIsLeftOut(t *testing.T) {
	t.Parallel()
	h := live.New(live.Config{Logger: quiet, Clock: clocktest.New()})
	h.Snapshot("good", func(context.Context, string) (any, error) { return 1, nil })
	h.Snapshot("away", func(context.Context, string) (any, error) { return nil, errors.New("database away") })
	h.Snapshot("defect", func(context.Context, string) (any, error) { panic("defect") })
	require.Panics(t, func() { h.Snapshot("good", nil) })
	require.NoError(t, h.Start(t.Context()))
	l := httpapitest.New(t, h).Live()
	require.JSONEq(t, `{"good":1}`, string(l.Want("snapshot").Data))
	l.Drop()
	require.NoError(t, h.Stop(t.Context()))
}

func TestHeartbeatsGoBothWays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.fresh("li")
	b.clock.BlockUntil(1)
	b.clock.Advance(20 * time.Second)
	m, err := l.Read()
	require.NoError(t, err)
	require.Equal(t, "beat", m.Type)
	l.Say(`{"type":"ping"}`)
	l.Want("pong")
}

func TestADeadClientIsCut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dead := dialRaw(t, b, "dead") // never answers a ping
	alive := b.fresh("alive")
	b.waitConnections(t, 2)
	for range 3 {
		b.clock.BlockUntil(1)
		b.clock.Advance(20 * time.Second)
		m, err := alive.Read() // answers the ping that comes with the beat
		require.NoError(t, err)
		require.Equal(t, "beat", m.Type)
		alive.Say(`{"type":"ping"}`)
		alive.Want("pong")
	}
	b.waitConnections(t, 1)
	_, err := io.Copy(io.Discard, dead)
	require.True(t, err == nil || !errors.Is(err, context.DeadlineExceeded))
}

func TestWhatAClientMayNotSay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, text := range []string{"hello", `{"type":"subscribe"}`, "[]"} {
		l := b.fresh("li")
		l.Say(text)
		l.WantClosed(websocket.StatusPolicyViolation)
	}
	l := b.fresh("li")
	l.Say(strings.Repeat("x", 2000))
	l.WantClosed(websocket.StatusMessageTooBig)
	b.waitConnections(t, 0)
}

func TestRefusedConnectionsGetAProblem(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *live.Config) { c.PerUser, c.Total = 2, 3 })
	upgrade := func(headers ...string) *httpapitest.Response {
		return b.client.Get("/api/live", append(headers, "Connection", "Upgrade", "Upgrade", "websocket",
			"Sec-Websocket-Version", "13", "Sec-Websocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==")...)
	}
	b.client.Get("/api/live").Problem(422, "live.not_websocket")
	upgrade("Origin", "https://evil.example").Problem(403, "http.cross_origin")
	upgrade("User", "stranger").Problem(401, "test.stranger")
	b.client.Get("/api/live?seq=abc", "Upgrade", "websocket").Problem(422, "http.invalid_request").Field("query.seq", "type")

	b.fresh("li")
	b.fresh("li")
	upgrade("User", "li").Problem(429, "live.too_many_connections")
	require.Empty(t, b.hub.Health().Check(t.Context()))
	b.fresh("wang")
	p := upgrade("User", "zhao").Problem(503, "live.full")
	require.NotEmpty(t, p.Header.Get("Retry-After"))
	found := b.hub.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "live.full", found[0].Warning.Code)
}

func TestTheNamelessUserMayHaveManyTabs(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *live.Config) { c.PerUser, c.User = 1, nil })
	b.fresh("")
	b.fresh("")
	b.waitConnections(t, 2)
}

func TestStopTellsPagesToComeBack(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *live.Config) { c.WriteTime = 1 }) // the close is no slow write
	l := b.fresh("li")
	require.NoError(t, b.hub.Broadcast("t", 1))
	l.Want("event")
	closed := make(chan struct{})
	go func() { defer close(closed); l.WantClosed(websocket.StatusServiceRestart) }()
	require.NoError(t, b.hub.Stop(t.Context()))
	<-closed
	require.Zero(t, b.connections(t))
	b.client.Get("/api/live", "Upgrade", "websocket").Problem(503, "live.stopped")
	require.NoError(t, b.hub.Broadcast("t", 1), "publishing goes nowhere and fails nowhere")
}

func TestStopCutsWhoDoesNotAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	raw := dialRaw(t, b, "deaf")
	b.waitConnections(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.NoError(t, b.hub.Stop(ctx))
	require.Zero(t, b.connections(t))
	_, err := io.Copy(io.Discard, raw)
	require.False(t, errors.Is(err, context.DeadlineExceeded))
}

func TestHubSurvivesStress(t *testing.T) {
	t.Parallel()
	lifecycletest.Stress(t, func() lifecycle.Service { return live.New(live.Config{Logger: quiet, Clock: clocktest.New()}) })
}

func TestWarningsAreCompleteInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, w := range setup(t).hub.Health().Warnings {
		for _, text := range []health.Text{w.Chinese, w.English} {
			require.NotEmpty(t, text.Title, w.Code)
			require.NotEmpty(t, text.Cause, w.Code)
			require.NotEmpty(t, text.Remedy, w.Code)
		}
	}
}

// dialRaw makes a WebSocket client that never reads.
func dialRaw(t *testing.T, b *bundle, user string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.client.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = fmt.Fprintf(conn, "GET /api/live HTTP/1.1\r\nHost: localhost\r\nUser: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n", user)
	require.NoError(t, err)
	return conn
}

func ExampleHub() {
	clock := clocktest.New()
	hub := live.New(live.Config{Logger: quiet, Clock: clock})
	hub.Snapshot("queue", func(context.Context, string) (any, error) { return map[string]int{"waiting": 12}, nil })
	_ = hub.Start(context.Background())
	api := httpapi.New(httpapi.Config{Logger: quiet, Clock: clock})
	api.Mount("GET /api/live", httpapi.SignedIn, hub)
	fmt.Println(hub.Broadcast("queue", map[string]int{"waiting": 13}))
	_ = hub.Stop(context.Background())
	// Output: <nil>
}

func TestDisconnectEndsOneUsersConnectionsAndLetsThemComeBackWithTheirPlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	li, wang := b.fresh("li"), b.fresh("wang")
	require.NoError(t, b.hub.Publish("li", "a", 1))
	li.Want("event")

	b.hub.Disconnect("li")
	li.WantClosed(4401)
	require.NoError(t, b.hub.Publish("li", "a", 2))
	li.Reconnect()
	require.True(t, li.Hello.Resumed)
	li.Want("event")

	require.NoError(t, b.hub.Publish("wang", "a", 3))
	wang.Want("event")
	b.hub.Disconnect("nobody")
}
