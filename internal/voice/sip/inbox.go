package sip

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	// reorderWait is how long a request waits for one with a lower CSeq, or for the ACK, that may have
	// been overtaken. sipgo handles every message in a goroutine of its own, so that messages sent back
	// to back swap by microseconds; networks swap by milliseconds.
	reorderWait = 50 * time.Millisecond
	// maxWaiting is how many requests of one dialog may wait.
	maxWaiting = 64
)

// message is one request inside a dialog.
type message struct {
	req  *sip.Request
	tx   *sip.ServerTx
	cseq uint32
	late bool      // its CSeq is not above those handled
	free time.Time // when it need not wait any longer
}

// inbox orders the requests of one dialog: one at a time, by CSeq. Whoever brings a message while
// nobody works takes the work until nothing is left, so that no goroutine belongs to the dialog.
type inbox struct {
	mu      sync.Mutex
	waiting []message
	busy    bool
	known   bool   // whether last is
	last    uint32 // highest CSeq handed out
	ackFor  uint32 // CSeq of our unacknowledged 200, 0 for none
	shut    bool   // our INVITE has no answer yet that we know of: what comes may have overtaken it
}

// begin sets the CSeq of the request that made the dialog.
func (b *inbox) begin(cseq uint32) {
	b.mu.Lock()
	b.known, b.last = true, max(b.last, cseq)
	b.mu.Unlock()
}

func (b *inbox) expectAck(cseq uint32) {
	b.mu.Lock()
	b.ackFor = cseq
	b.mu.Unlock()
}

// open lets messages through that came before the answer to our INVITE.
func (b *inbox) open() {
	b.mu.Lock()
	b.shut = false
	b.mu.Unlock()
}

// add takes a message in. work tells that the caller must now call next until it gives nothing; full
// that the message was not taken.
func (b *inbox) add(m message) (work, full bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) >= maxWaiting {
		return false, true
	}
	b.waiting = append(b.waiting, m)
	if b.busy {
		return false, false
	}
	b.busy = true
	return true, false
}

// resume reports whether the caller must call next: something waits and nobody works.
func (b *inbox) resume() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy || len(b.waiting) == 0 {
		return false
	}
	b.busy = true
	return true
}

// next gives the message whose turn it is. Without one, ok is false, nobody works any longer, and
// until says when to resume (zero when nothing waits).
func (b *inbox) next(now time.Time) (m message, until time.Time, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := -1
	for i := range b.waiting {
		if b.waiting[i].req.Method == sip.ACK {
			at = i
			break
		}
		if at < 0 || b.waiting[i].cseq < b.waiting[at].cseq {
			at = i
		}
	}
	if at < 0 {
		b.busy = false
		return message{}, time.Time{}, false
	}
	first := &b.waiting[at]
	if !b.ready(first) {
		if first.free.IsZero() {
			first.free = now.Add(reorderWait)
		}
		if now.Before(first.free) {
			b.busy = false
			return message{}, first.free, false
		}
	}
	m = *first
	b.waiting = append(b.waiting[:at], b.waiting[at+1:]...)
	if len(b.waiting) == 0 {
		b.waiting = nil
	}
	if m.req.Method == sip.ACK {
		if m.cseq == b.ackFor {
			b.ackFor = 0
		}
		return m, time.Time{}, true
	}
	m.late = b.known && m.cseq <= b.last
	b.known, b.last = true, max(b.last, m.cseq)
	return m, time.Time{}, true
}

// ready reports whether nothing before the message can be missing.
func (b *inbox) ready(m *message) bool {
	switch {
	case m.req.Method == sip.ACK:
		return true
	case b.shut:
		return false
	case !b.known, m.cseq <= b.last:
		return true
	case m.cseq > b.last+1:
		return false
	default:
		return b.ackFor == 0 || m.req.Method == sip.BYE
	}
}
