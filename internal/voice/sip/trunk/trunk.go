package trunk

import (
	"net"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"yingda/internal/platform/secret"
	"yingda/internal/voice/sdp"
)

// Transport is how a trunk speaks SIP; a closed list.
type Transport string

// The transports.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
)

// DefaultPort is 5060, or 5061 for TLS (RFC 3261 19.1.2).
func (t Transport) DefaultPort() int {
	if t == TLS {
		return 5061
	}
	return 5060
}

// CallerIDFrom says which header carries the caller's number; a closed list.
type CallerIDFrom string

// The headers of the caller's number: P-Asserted-Identity (RFC 3325), From, Remote-Party-ID (older switches).
const (
	FromPAI  CallerIDFrom = "pai"
	FromFrom CallerIDFrom = "from"
	FromRPID CallerIDFrom = "rpid"
)

// Trunk is one agreement with a carrier, as an administrator wrote it.
type Trunk struct {
	ID           uuid.UUID
	Name         string
	Group        string
	Hosts        []string // host, host:port, [v6]:port; tried in this order
	Transport    Transport
	Username     string
	Password     secret.String
	Register     bool
	Weight       int // share among trunks of the same priority; 0 is tried after the others
	Priority     int // smaller first
	MaxCalls     int // in and out together; 0 is no limit
	Codecs       []sdp.Codec
	InbandDTMF   bool
	Disabled     bool
	Quiet        bool // the carrier answers no OPTIONS: hosts are judged by calls alone
	CallerIDFrom CallerIDFrom
}

// Host is one entry of Hosts, taken apart.
type Host struct {
	Name string // a name or an address without brackets
	Port int
}

// String is host:port.
func (h Host) String() string { return net.JoinHostPort(h.Name, strconv.Itoa(h.Port)) }

// hosts takes the entries apart; what cannot be read is left out, because package voice checks them on input.
func (t Trunk) hosts() []Host {
	out := make([]Host, 0, len(t.Hosts))
	for _, s := range t.Hosts {
		if h, ok := ParseHost(s, t.Transport); ok {
			out = append(out, h)
		}
	}
	return out
}

// ParseHost reads host, host:port, v6 or [v6]:port. Without a port it is the transport's.
func ParseHost(s string, transport Transport) (Host, bool) {
	s = strings.TrimSpace(s)
	h := Host{Name: strings.Trim(s, "[]"), Port: transport.DefaultPort()}
	if name, port, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return Host{}, false
		}
		h = Host{Name: name, Port: n}
	} else if strings.Count(s, ":") == 1 {
		return Host{}, false // host: with something that is no port
	}
	if h.Name == "" || strings.ContainsAny(h.Name, " \t\r\n;,<>@\"") {
		return Host{}, false
	}
	return h, true
}
