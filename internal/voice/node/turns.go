package node

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/sip/wire"
)

// turnPatience bounds how long the ringing of a phone waits for that of a phone that was ordered before.
const turnPatience = 100 * time.Millisecond

// turns let phones ring in the order in which the router ordered it. Each conversation dials by itself, so of agents who
// become free in the same millisecond the second could ring first, and a caller be overtaken. A phone may be called when
// the INVITEs of those ordered before have left, or it is known that they will not, or after [turnPatience].
type turns struct {
	clock clock.Clock
	open  atomic.Int32

	mu   sync.Mutex
	list []*turn
}

// turn is one phone that is to ring.
type turn struct {
	all    *turns
	callID string // of its INVITE, once it is written
	first  chan struct{}
	told   bool
}

// take is a turn behind all others.
func (t *turns) take() *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := &turn{all: t, first: make(chan struct{})}
	t.list = append(t.list, one)
	t.open.Store(int32(len(t.list)))
	t.tell()
	return one
}

// tell lets the first one go on. The lock is held.
func (t *turns) tell() {
	if len(t.list) > 0 && !t.list[0].told {
		t.list[0].told = true
		close(t.list[0].first)
	}
}

// wait returns when it is one's turn.
func (o *turn) wait() {
	select {
	case <-o.first:
		return
	default:
	}
	timer := o.all.clock.NewTimer(turnPatience)
	defer timer.Stop()
	select {
	case <-o.first:
	case <-timer.C():
	}
}

// calls names the INVITE with whose leaving the turn is over.
func (o *turn) calls(callID string) {
	o.all.mu.Lock()
	defer o.all.mu.Unlock()
	o.callID = callID
}

// done ends a turn; the second time does nothing.
func (o *turn) done() {
	t := o.all
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = slices.DeleteFunc(t.list, func(other *turn) bool { return other == o })
	t.open.Store(int32(len(t.list)))
	t.tell()
}

// see ends the turn of an INVITE that has left.
func (t *turns) see(m wire.Message) {
	if t.open.Load() == 0 || m.Direction != wire.Out || !m.Request() || m.Method() != "INVITE" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.list, func(o *turn) bool { return o.callID == m.CallID() })
	if i < 0 {
		return
	}
	t.list = slices.Delete(t.list, i, i+1)
	t.open.Store(int32(len(t.list)))
	t.tell()
}
