package httpapitest

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// patience bounds every wait for a message, so that a test fails instead of hanging.
const patience = 20 * time.Second

// LiveMessage is any message of the live protocol (see package httpapi/live).
type LiveMessage struct {
	Type    string          `json:"type"`
	Stream  string          `json:"stream"`
	Seq     uint64          `json:"seq"`
	Resumed bool            `json:"resumed"`
	Topic   string          `json:"topic"`
	At      time.Time       `json:"at"`
	Data    json.RawMessage `json:"data"`
}

// Live is one tab: it remembers its place as a page does, and can come back to it.
type Live struct {
	Hello LiveMessage // the latest
	Seq   uint64      // of the last event or snapshot

	t       testing.TB
	c       *Client
	headers []string
	ws      *websocket.Conn
}

// Live opens a live connection and reads its hello; headers are name, value.
func (c *Client) Live(headers ...string) *Live {
	c.t.Helper()
	l := &Live{t: c.t, c: c, headers: headers}
	l.Reconnect()
	c.t.Cleanup(l.Drop)
	return l
}

// Reconnect comes back with stream and number, as after a drop.
func (l *Live) Reconnect() {
	l.t.Helper()
	require.NoError(l.t, l.TryReconnect())
}

// TryReconnect is Reconnect for tests in which it may fail.
func (l *Live) TryReconnect() error {
	q := url.Values{}
	if l.Hello.Stream != "" {
		q.Set("stream", l.Hello.Stream)
		q.Set("seq", strconv.FormatUint(l.Seq, 10))
	}
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	options := &websocket.DialOptions{HTTPClient: l.c.HTTP, HTTPHeader: map[string][]string{}}
	for i := 0; i+1 < len(l.headers); i += 2 {
		options.HTTPHeader.Set(l.headers[i], l.headers[i+1])
	}
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(l.c.URL, "http")+"/api/live?"+q.Encode(), options)
	if err != nil {
		return err
	}
	ws.SetReadLimit(16 << 20)
	l.ws = ws
	m, err := l.Read()
	if err != nil {
		return err
	}
	require.Equal(l.t, "hello", m.Type, "the first message")
	l.Hello = m
	if !m.Resumed {
		l.Seq = m.Seq
	}
	return nil
}

// Read reads one message, beats included, and keeps the place.
func (l *Live) Read() (LiveMessage, error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	var m LiveMessage
	_, raw, err := l.ws.Read(ctx)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, err
	}
	if m.Type == "snapshot" || m.Type == "event" {
		l.Seq = m.Seq
	}
	return m, nil
}

// Next gives the next message that is no beat.
func (l *Live) Next() LiveMessage {
	l.t.Helper()
	for {
		m, err := l.Read()
		require.NoError(l.t, err)
		if m.Type != "beat" {
			return m
		}
	}
}

// Want holds the next message to its type, and an event to its number following the one before.
func (l *Live) Want(kind string) LiveMessage {
	l.t.Helper()
	before := l.Seq
	m := l.Next()
	require.Equal(l.t, kind, m.Type, "%+v", m)
	if kind == "event" {
		require.Equal(l.t, before+1, m.Seq, "events are numbered without a gap")
	}
	return m
}

// WantClosed reads to the end and holds it to a close code.
func (l *Live) WantClosed(code websocket.StatusCode) {
	l.t.Helper()
	for {
		if _, err := l.Read(); err != nil {
			require.Equal(l.t, code, websocket.CloseStatus(err), "%v", err)
			return
		}
	}
}

// Say sends a text message.
func (l *Live) Say(text string) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	require.NoError(l.t, l.ws.Write(ctx, websocket.MessageText, []byte(text)))
}

// Drop breaks the connection without a word, as a lost network does.
func (l *Live) Drop() { _ = l.ws.CloseNow() }
