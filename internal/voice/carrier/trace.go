package carrier

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/platform/clock"
)

// Message is one SIP message of a session, for its ladder.
type Message struct {
	At     time.Time `json:"at"`
	Out    bool      `json:"out"` // sent by us
	Line   string    `json:"line"`
	CallID string    `json:"call_id"`
	Text   string    `json:"-"` // the whole message
}

// maxTrace bounds how many messages a user agent remembers.
const maxTrace = 2000

type trace struct {
	clock clock.Clock
	mu    sync.Mutex
	list  []Message
}

func newTrace(c clock.Clock) *trace { return &trace{clock: c} }

func (t *trace) out(m sip.Message) { t.add(m, true) }
func (t *trace) in(m sip.Message)  { t.add(m, false) }

func (t *trace) add(m sip.Message, out bool) {
	entry := Message{At: t.clock.Now(), Out: out, Text: m.String()}
	switch m := m.(type) {
	case *sip.Request:
		entry.Line = m.StartLine()
	case *sip.Response:
		entry.Line = m.StartLine()
	}
	if id := m.CallID(); id != nil {
		entry.CallID = id.Value()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) < maxTrace {
		t.list = append(t.list, entry)
	}
}

// of gives the messages of one call.
func (t *trace) of(callID string) []Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []Message
	for _, m := range t.list {
		if m.CallID == callID {
			list = append(list, m)
		}
	}
	return list
}
