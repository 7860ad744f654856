package house

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"yingda/internal/bench"
)

// API is a client of a running Yingda: a program of its national administrator.
type API struct {
	t     testing.TB
	url   string
	http  *http.Client
	visit *bench.Visit
}

// visits are the programs of installations that this test process has set up, by what makes an installation: its
// external database or its data directory.
var visits struct {
	sync.Mutex
	byInstallation map[string]*bench.Visit
}

// Client gives a client of the process. The first one of an installation takes it through its set-up.
func (y *Yingda) Client() *API {
	y.t.Helper()
	a := &API{t: y.t, url: y.URL, http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}}
	y.t.Cleanup(a.http.CloseIdleConnections)
	visits.Lock()
	defer visits.Unlock()
	known := visits.byInstallation[y.installation]
	if known == nil {
		var err error
		known, err = bench.SetUp(y.t.Context(), y.URL, y.dataDir)
		require.NoError(y.t, err)
		if visits.byInstallation == nil {
			visits.byInstallation = map[string]*bench.Visit{}
		}
		visits.byInstallation[y.installation] = known
	}
	a.visit = &bench.Visit{URL: y.URL, Token: known.Token, Permissions: known.Permissions}
	return a
}

// Message is a row of the list of sent messages.
type Message struct {
	ID        string `json:"id"`
	Recipient string `json:"recipient"`
	State     string `json:"state"`
	ErrorCode string `json:"error_code"`
}

// SendMessage asks for an e-mail and gives its id once it is acknowledged.
func (a *API) SendMessage(to string) string {
	a.t.Helper()
	id, status := a.TrySend(to)
	require.Equal(a.t, http.StatusAccepted, status)
	return id
}

// TrySend is SendMessage where a refusal is an answer too.
func (a *API) TrySend(to string) (id string, status int) {
	a.t.Helper()
	body, err := json.Marshal(map[string]string{"channel": "email", "recipient": to, "subject": "测试 test", "body": "hello"})
	require.NoError(a.t, err)
	request, err := a.visit.Request(context.Background(), http.MethodPost, "/api/messages", bytes.NewReader(body))
	require.NoError(a.t, err)
	answer, err := a.http.Do(request)
	require.NoError(a.t, err)
	defer answer.Body.Close()
	var made struct{ ID string }
	require.NoError(a.t, json.NewDecoder(answer.Body).Decode(&made))
	return made.ID, answer.StatusCode
}

// Messages reads the whole list, page by page.
func (a *API) Messages() []Message {
	a.t.Helper()
	var all []Message
	after := ""
	for {
		var page struct {
			Items []Message
			Next  string
		}
		a.get(fmt.Sprintf("/api/messages?limit=50&after=%s", after), &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		after = page.Next
	}
}

// MessageIDs are the ids of the whole list.
func (a *API) MessageIDs() []string {
	a.t.Helper()
	var ids []string
	for _, m := range a.Messages() {
		ids = append(ids, m.ID)
	}
	return ids
}

// WaitSent waits until the list says that every wanted message is sent.
func (a *API) WaitSent(want map[string]bool) {
	a.t.Helper()
	require.Eventually(a.t, func() bool {
		sent := 0
		for _, m := range a.Messages() {
			if want[m.ID] && m.State == "sent" {
				sent++
			}
		}
		return sent == len(want)
	}, 60*time.Second, 100*time.Millisecond, "not all messages were sent")
}

// Reachable reports whether a list can be read now.
func (a *API) Reachable() bool {
	request, err := a.visit.Request(context.Background(), http.MethodGet, "/api/messages?limit=1", nil)
	require.NoError(a.t, err)
	answer, err := a.http.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func (a *API) get(path string, into any) {
	a.t.Helper()
	request, err := a.visit.Request(context.Background(), http.MethodGet, path, nil)
	require.NoError(a.t, err)
	answer, err := a.http.Do(request)
	require.NoError(a.t, err)
	defer answer.Body.Close()
	require.Equal(a.t, http.StatusOK, answer.StatusCode, path)
	require.NoError(a.t, json.NewDecoder(answer.Body).Decode(into))
}

// Live is an open live connection.
type Live struct {
	t    testing.TB
	conn *websocket.Conn
}

// Live opens the live connection and reads its first answer.
func (a *API) Live() *Live {
	a.t.Helper()
	conn, _, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(a.url, "http")+"/api/live", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + a.visit.Token}},
	})
	require.NoError(a.t, err)
	conn.SetReadLimit(1 << 20)
	a.t.Cleanup(func() { _ = conn.CloseNow() })
	l := &Live{a.t, conn}
	require.Equal(a.t, "hello", l.next().Type)
	return l
}

type liveMessage struct{ Type, Topic string }

func (l *Live) next() liveMessage {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, raw, err := l.conn.Read(ctx)
	require.NoError(l.t, err)
	var m liveMessage
	require.NoError(l.t, json.Unmarshal(raw, &m))
	return m
}

// Drain reads until the connection ends, as a page that is left open.
func (l *Live) Drain() {
	for {
		if _, _, err := l.conn.Read(context.Background()); err != nil {
			return
		}
	}
}

// WaitFor reads until an event of the topic comes.
func (l *Live) WaitFor(topic string) {
	l.t.Helper()
	for {
		if m := l.next(); m.Type == "event" && m.Topic == topic {
			return
		}
	}
}
