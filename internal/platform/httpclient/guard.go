package httpclient

import (
	"fmt"
	"net/netip"
	"strings"

	"yingda/internal/platform/fault"
)

// ErrAddress refuses an address that is not the public internet and not allowed by configuration.
var ErrAddress = fault.New(fault.Denied, "httpclient.address_refused", "the address belongs to an internal or reserved network").
	WithRemedy("use a public address, or have an administrator name the network in client.allow-networks")

// Guard decides which addresses may be dialled. The zero value allows the public internet only.
type Guard struct{ Allow []netip.Prefix }

// special4 lists what is not the public internet: RFC 6890 and the IANA IPv4 Special-Purpose Address Registry.
var special4 = prefixes(
	"0.0.0.0/8",       // this network, RFC 791
	"10.0.0.0/8",      // private, RFC 1918
	"100.64.0.0/10",   // carrier-grade NAT, RFC 6598
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, and the metadata service of clouds
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // IETF protocol assignments
	"192.0.2.0/24",    // documentation, RFC 5737
	"192.88.99.0/24",  // 6to4 relays, withdrawn
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks, RFC 2544
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast
)

// global6 is where public IPv6 unicast addresses are; everything else (loopback, unique local, link-local, site-local,
// multicast, discard, IPv4-compatible) is not. special6 are the exceptions inside it.
var (
	global6  = netip.MustParsePrefix("2000::/3")
	special6 = prefixes(
		"2001::/23",     // IETF protocol assignments, Teredo among them
		"2001:db8::/32", // documentation
		"2002::/16",     // 6to4: an IPv4 address in disguise
		"3fff::/20",     // documentation, RFC 9637
	)
	nat64 = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: an IPv4 address behind a translator
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Check gives ErrAddress for an address that must not be dialled.
func (g Guard) Check(addr netip.Addr) error {
	plain := addr.WithZone("").Unmap()
	if within(g.Allow, plain) && addr.Zone() == "" {
		return nil
	}
	if nat64.Contains(plain) {
		b := plain.As16()
		plain = netip.AddrFrom4([4]byte(b[12:]))
		if within(g.Allow, plain) {
			return nil
		}
	}
	if !public(plain) {
		return ErrAddress.WithCause(fmt.Errorf("address %s", addr))
	}
	return nil
}

func public(a netip.Addr) bool {
	switch {
	case !a.IsValid():
		return false
	case a.Is4():
		return !within(special4, a)
	default:
		return global6.Contains(a) && !within(special6, a)
	}
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// checkDialled checks what the dialer is about to connect to: "address:port", already resolved.
func (g Guard) checkDialled(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrAddress.WithCause(fmt.Errorf("address %q is not resolved: %w", address, err))
	}
	return g.Check(ap.Addr())
}

// checkHost refuses a literal address early, for a clear answer when somebody enters it; names pass until they are resolved.
func (g Guard) checkHost(host string) error {
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return g.Check(a)
	}
	return nil
}
