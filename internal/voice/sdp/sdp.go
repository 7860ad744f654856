package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// ErrNothingCommon says that no line of the offer or answer can be used: no audio, no codec of
// ours, or only profiles that we do not speak. It becomes 488.
var ErrNothingCommon = errors.New("no common codec or profile")

// Codec is a way to write sound; the value is its static payload type (RFC 3551, table 4).
type Codec uint8

// The codecs: both are G.711 at 8,000 Hz.
const (
	PCMU Codec = 0
	PCMA Codec = 8
)

// String is the encoding name as in a=rtpmap.
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	default:
		return fmt.Sprintf("codec %d", uint8(c))
	}
}

// Direction says who sends. The zero value is both.
type Direction uint8

// The directions, seen from the side that states them.
const (
	SendReceive Direction = iota
	SendOnly
	ReceiveOnly
	Inactive
)

// Sends reports whether the side that states the direction sends.
func (d Direction) Sends() bool { return d == SendReceive || d == SendOnly }

// Receives reports whether the side that states the direction wants to receive.
func (d Direction) Receives() bool { return d == SendReceive || d == ReceiveOnly }

// Reverse is the direction as the other side sees it.
func (d Direction) Reverse() Direction { return direction(d.Receives(), d.Sends()) }

// String is the attribute's name.
func (d Direction) String() string {
	switch d {
	case SendReceive:
		return "sendrecv"
	case SendOnly:
		return "sendonly"
	case ReceiveOnly:
		return "recvonly"
	default:
		return "inactive"
	}
}

func direction(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendReceive
	case sends:
		return SendOnly
	case receives:
		return ReceiveOnly
	default:
		return Inactive
	}
}

// Local is what this side can and wants to do on one leg.
type Local struct {
	Address   netip.Addr // where the other side sends to, as it sees us
	Port      int        // RTP; RTCP is the next one
	Codecs    []Codec    // in the order of preference; nil means PCMA, PCMU
	Session   uint64     // o= session id, the same for the whole dialog
	Version   uint64     // o= version, one higher with every change (RFC 3264, section 8)
	Direction Direction  // what we want; an answer may give less
	Event     uint8      // telephone-event payload type of our offers, 0 means 101
}

func (l Local) codecs() []Codec {
	if len(l.Codecs) == 0 {
		return []Codec{PCMA, PCMU}
	}
	return l.Codecs
}

func (l Local) event() uint8 {
	if l.Event == 0 {
		return 101
	}
	return l.Event
}

// Agreed is what offer and answer came to, for the media side.
type Agreed struct {
	Codec       Codec
	PayloadType uint8          // of the codec, both ways
	Event       uint8          // of telephone-event; only when HasEvent
	HasEvent    bool           // RFC 4733 digits may be sent and will come
	Remote      netip.AddrPort // where to send RTP
	RemoteRTCP  netip.AddrPort // where to send RTCP
	Mux         bool           // RTP and RTCP on one port (RFC 5761)
	Send        bool           // we may send: false while they hold us
	Receive     bool           // they may send: false while we hold them
	PTime       time.Duration  // sound per packet that they wish, 20 ms unless they say otherwise
}

// Description is a parsed session description.
type Description struct {
	Address   netip.Addr // session-level c=, zero when absent
	Direction Direction  // session-level direction
	Session   string     // o= session id
	Version   string     // o= version
	Media     []Media
}

// Media is one m= line with what follows it.
type Media struct {
	Kind     string   // "audio", "video", "image", ...
	Port     int      // 0 means refused or switched off
	Protocol string   // profile, such as "RTP/AVP"
	Formats  []string // as written
	Maps     []Map    // a=rtpmap lines
	Params   []Param  // a=fmtp lines

	Address      netip.Addr // c= of this line, zero when absent
	Direction    Direction
	HasDirection bool
	PTime        int // milliseconds, 0 when absent
	MaxPTime     int
	RTCP         netip.AddrPort // a=rtcp; the address is zero when only a port was given
	Mux          bool
}

// Map is one a=rtpmap line.
type Map struct {
	Payload  uint8
	Name     string // lower case
	Rate     int
	Channels int // 1 unless written
}

// Param is one a=fmtp line.
type Param struct {
	Payload uint8
	Text    string
}
