package wire

import (
	"net/netip"
	"time"
)

// Direction of a message; a closed list.
type Direction string

// The directions, seen from us.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Message is one message as it was on the network. Bytes belong to the socket's buffer: a trace that keeps them
// copies them.
type Message struct {
	Time        time.Time
	Direction   Direction
	Network     string // udp, tcp, tls
	Source      netip.AddrPort
	Destination netip.AddrPort
	Bytes       []byte

	head *head
}

// Trace sees every message that passes Check and Guard, and every message that we send. It is called on the
// reading or writing goroutine and must not block.
type Trace func(Message)

// FirstLine is the request line or status line.
func (m Message) FirstLine() string { return string(m.parsed().line) }

// CallID is the Call-ID, empty when there is none.
func (m Message) CallID() string { return string(m.parsed().callID) }

// Method is the request's method, or that of CSeq for a response.
func (m Message) Method() string { return string(m.parsed().method) }

// Request reports a request, not a response.
func (m Message) Request() bool { return m.parsed().request }

func (m Message) parsed() *head {
	if m.head != nil {
		return m.head
	}
	h, _ := inspectHead(m.Bytes)
	return &h
}
