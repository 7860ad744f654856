//go:build !linux

package media

import (
	"errors"
	"net/netip"
	"time"

	"yingda/internal/platform/fault"
)

// supported refuses: the loop is made of Linux's system calls.
func supported() error {
	return fault.New(fault.Unavailable, "voice.media_unsupported", "the audio of calls needs Linux").
		WithRemedy("Run the role voice on a Linux machine; the other roles run here.")
}

var errUnsupported = errors.New("media needs Linux")

type poller struct{}

func newPoller() (*poller, error) { return nil, errUnsupported }

func (p *poller) close()                         {}
func (p *poller) wake()                          {}
func (p *poller) add(socket, int32, bool) error  { return errUnsupported }
func (p *poller) remove(socket)                  {}
func (p *poller) wait(time.Duration) int         { return 0 }
func (p *poller) sleep(time.Duration)            {}
func (p *poller) at(int) (slot int32, rtcp bool) { return -1, false }

func (p *poller) receive(socket, []byte) (n int, from netip.AddrPort, stamp int64) {
	return -1, netip.AddrPort{}, 0
}

type socket struct{}

func (s socket) close()                          {}
func (s socket) newTarget(netip.AddrPort) target { return target{} }
func (s socket) connect(*target) bool            { return false }
func (s socket) disconnect()                     {}
func (s socket) send([]byte, *target) bool       { return false }

func (l *Leg) listen(netip.Addr, int) (taken bool, err error) { return false, errUnsupported }

type target struct{ size uintptr }

func prepareThread(bool) priority { return priorityNone }

func threadCPU() time.Duration { return 0 }
