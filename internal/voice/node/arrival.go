package node

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/sip/wire"
)

// arrivalPatience bounds how long a call waits for those that arrived before it.
const arrivalPatience = 250 * time.Millisecond

// arrivals keep the order of calls from the socket to the queue. Every message has a goroutine of its own, so of calls
// that arrive within a millisecond a later one may be ready first; a free agent would then be given to it. A call is
// known here from the moment its INVITE was read; one that goes straight into a queue asks for its place when none that
// arrived before it is undecided. Alone it never waits. A call that is never decided here (it was challenged, or its
// message could not be used) is forgotten with its refusal or after [arrivalPatience].
type arrivals struct {
	clock  clock.Clock
	undone atomic.Int32

	mu   sync.Mutex
	list []*arrival // by time
}

type arrival struct {
	callID string
	at     time.Time
	first  chan struct{} // closed when none before it is undecided
	told   bool
}

// see follows the messages of the sockets. began: an INVITE that was not known.
func (a *arrivals) see(m wire.Message, began bool) {
	switch {
	case began && m.Direction == wire.In:
		a.mu.Lock()
		a.add(m.CallID(), m.Time)
		a.mu.Unlock()
	case m.Direction == wire.Out && a.undone.Load() > 0 && refusesInvite(m):
		a.done(m.CallID())
	}
}

// refusesInvite recognises a final answer to an INVITE that is no 2xx.
func refusesInvite(m wire.Message) bool {
	line, ok := bytes.CutPrefix(m.Bytes, []byte("SIP/2.0 "))
	return ok && len(line) > 0 && line[0] >= '3' && m.Method() == "INVITE"
}

// add puts a call into its place by time. The lock is held.
func (a *arrivals) add(callID string, at time.Time) *arrival {
	one := &arrival{callID: callID, at: at, first: make(chan struct{})}
	i := len(a.list)
	for i > 0 && a.list[i-1].at.After(at) {
		i--
	}
	a.list = slices.Insert(a.list, i, one)
	a.undone.Store(int32(len(a.list)))
	a.tell()
	return one
}

// tell lets the first one go on. The lock is held.
func (a *arrivals) tell() {
	if len(a.list) > 0 && !a.list[0].told {
		a.list[0].told = true
		close(a.list[0].first)
	}
}

// done forgets a call: it is decided what becomes of it.
func (a *arrivals) done(callID string) {
	if a.undone.Load() == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = slices.DeleteFunc(a.list, func(o *arrival) bool { return o.callID == callID })
	a.undone.Store(int32(len(a.list)))
	a.tell()
}

// turn waits until no call that arrived before is undecided. The caller then does what must be in order, and calls done.
func (a *arrivals) turn(callID string, at time.Time) {
	a.mu.Lock()
	i := slices.IndexFunc(a.list, func(o *arrival) bool { return o.callID == callID })
	var mine *arrival
	if i < 0 { // its INVITE was repeated with a password, or came in another way
		mine = a.add(callID, at)
	} else {
		mine = a.list[i]
	}
	a.mu.Unlock()
	select {
	case <-mine.first:
		return
	default:
	}
	timer := a.clock.NewTimer(arrivalPatience)
	defer timer.Stop()
	select {
	case <-mine.first:
	case <-timer.C():
		a.overtake(mine)
	}
}

// overtake forgets those before a call that waited long enough.
func (a *arrivals) overtake(mine *arrival) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.list, mine); i > 0 {
		a.list = slices.Delete(a.list, 0, i)
		a.undone.Store(int32(len(a.list)))
	}
	a.tell()
}
