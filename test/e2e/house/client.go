package house

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// API is a client of a running Yingda, as a page would be.
type API struct {
	t    testing.TB
	url  string
	http *http.Client
}

// Client gives a client of the address.
func Client(t testing.TB, url string) *API {
	a := &API{t: t, url: url, http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}}
	t.Cleanup(a.http.CloseIdleConnections)
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
	request, err := http.NewRequest(http.MethodPost, a.url+"/api/messages", bytes.NewReader(body))
	require.NoError(a.t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", uuid.NewString())
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
	answer, err := a.http.Get(a.url + "/api/messages?limit=1")
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func (a *API) get(path string, into any) {
	a.t.Helper()
	answer, err := a.http.Get(a.url + path)
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
	conn, _, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(a.url, "http")+"/api/live", nil)
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
