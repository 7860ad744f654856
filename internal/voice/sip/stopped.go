package sip

import (
	"errors"
	"net"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// sipgo handles each message in a goroutine that nobody can wait for. One that comes to run after Stop
// finds no connection for its answer and would open a socket of its own, which nobody would ever close.
// Therefore the last requests are remembered, and from Stop on their senders have a connection that
// takes nothing. It stays when the socket's reader ends, which takes only its own entries away.

// recent holds the requests that came last.
type recent struct {
	next atomic.Uint32
	at   [256]atomic.Pointer[sip.Request]
}

func (r *recent) add(req *sip.Request) {
	r.at[r.next.Add(1)%uint32(len(r.at))].Store(req)
}

// deaden gives the senders of the last requests a connection that takes nothing.
func (a *Agent) deaden() {
	for i := range a.recent.at {
		req := a.recent.at[i].Load()
		if req == nil {
			continue
		}
		if pool := a.layer.Pool(req.Transport()); pool != nil {
			pool.Add(req.Source(), stopped{})
		}
	}
}

var errStopped = errors.New("sip is stopped")

// stopped is the connection of an agent that has stopped.
type stopped struct{}

func (stopped) LocalAddr() net.Addr        { return &net.UDPAddr{} }
func (stopped) WriteMsg(sip.Message) error { return errStopped }
func (stopped) Ref(int) int                { return 1 }
func (stopped) TryClose() (int, error)     { return 1, nil }
func (stopped) Close() error               { return nil }
