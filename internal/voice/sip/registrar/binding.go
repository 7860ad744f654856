package registrar

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Flow is how a phone was last heard: requests to it go there.
type Flow struct {
	Network string         // udp, tcp, tls
	Source  netip.AddrPort // of the REGISTER
}

// Destination is the flow's address as sipgo wants it in SetDestination.
func (f Flow) Destination() string { return f.Source.String() }

// Transport is the network as sipgo wants it in SetTransport.
func (f Flow) Transport() string { return strings.ToUpper(f.Network) }

// Binding is one contact of a phone. It is a value; changing it changes nothing.
type Binding struct {
	Phone     string
	Contact   sip.Uri // the request URI of requests to it
	Q         int     // preference in thousandths, 1000 is 1.0 (RFC 3261 10.2.1.2)
	Expires   time.Time
	Since     time.Time // first registered without a gap
	Refreshed time.Time
	UserAgent string
	Flow      Flow

	instance string // +sip.instance and reg-id (RFC 5626), empty when the phone gives none
	callID   string
	cseq     uint32
	params   sip.HeaderParams // of the contact, given back in the answer
}

// Registration is a binding as the page of phones shows it.
type Registration struct {
	Phone     string    `json:"phone"`
	Contact   string    `json:"contact"`
	Network   string    `json:"network"`
	Source    string    `json:"source"`
	UserAgent string    `json:"user_agent"`
	Since     time.Time `json:"since"`
	Refreshed time.Time `json:"refreshed"`
	Expires   time.Time `json:"expires"`
}

// byPreference puts the highest q first and of equals the one heard last (RFC 3261 16.6).
func byPreference(bindings []Binding) {
	slices.SortStableFunc(bindings, func(a, b Binding) int {
		if c := cmp.Compare(b.Q, a.Q); c != 0 {
			return c
		}
		return b.Refreshed.Compare(a.Refreshed)
	})
}

// sameContact reports whether a REGISTER's contact replaces the binding: the same instance and reg-id, or an
// equal URI (RFC 3261 19.1.4, as far as it matters here; RFC 5626 6).
func (b *Binding) sameContact(uri sip.Uri, instance string) bool {
	if instance != "" && b.instance == instance {
		return true
	}
	if instance != "" && b.instance != "" {
		return false
	}
	return sameURI(b.Contact, uri)
}

func sameURI(a, b sip.Uri) bool {
	return strings.EqualFold(schemeOf(a), schemeOf(b)) && a.User == b.User && strings.EqualFold(a.Host, b.Host) &&
		a.Port == b.Port && strings.EqualFold(a.UriParams.GetOr("transport", ""), b.UriParams.GetOr("transport", ""))
}

func schemeOf(u sip.Uri) string {
	if u.Scheme == "" {
		return "sip"
	}
	return u.Scheme
}
