package httpclient_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpclient"
)

func TestGuardLetsOnlyThePublicInternetThrough(t *testing.T) {
	t.Parallel()
	for address, allowed := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "223.5.5.5": true, "100.63.255.255": true, "100.128.0.0": true, "172.15.255.255": true,
		"172.32.0.1": true, "2400:3200::1": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true, "64:ff9b::8.8.8.8": true,

		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "172.16.0.1": false,
		"172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false, "169.254.0.1": false, "100.64.0.1": false,
		"100.127.255.255": false, "192.0.0.8": false, "192.0.2.1": false, "198.18.0.1": false, "198.51.100.7": false, "203.0.113.9": false,
		"224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12:3456::1": false, "fec0::1": false,
		"ff02::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false,
		"64:ff9b::127.0.0.1": false, "64:ff9b::10.0.0.1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001::1": false,
		"2001:db8::1": false, "100::1": false, "3fff::1": false, "fd00:ec2::254": false,
	} {
		err := httpclient.Guard{}.Check(netip.MustParseAddr(address))
		if allowed {
			require.NoError(t, err, address)
		} else {
			require.ErrorIs(t, err, httpclient.ErrAddress, address)
		}
	}
	require.ErrorIs(t, httpclient.Guard{}.Check(netip.Addr{}), httpclient.ErrAddress)
}

func TestGuardAllowsWhatConfigurationNames(t *testing.T) {
	t.Parallel()
	g := httpclient.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd00::/8")}}
	for _, address := range []string{"10.20.1.1", "::ffff:10.20.1.1", "64:ff9b::10.20.1.1", "fd00::1", "8.8.8.8"} {
		require.NoError(t, g.Check(netip.MustParseAddr(address)), address)
	}
	for _, address := range []string{"10.21.1.1", "127.0.0.1", "::1", "fe80::1"} {
		require.ErrorIs(t, g.Check(netip.MustParseAddr(address)), httpclient.ErrAddress, address)
	}
}

func FuzzGuard(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "::ffff:127.0.0.1", "::1", "64:ff9b::7f00:1", "2606:4700::1111"} {
		b := netip.MustParseAddr(s).AsSlice()
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := netip.AddrFromSlice(b)
		if !ok || (httpclient.Guard{}).Check(a) != nil {
			return
		}
		p := a.Unmap()
		if p.IsLoopback() || p.IsPrivate() || p.IsLinkLocalUnicast() || p.IsMulticast() || p.IsUnspecified() || p.IsInterfaceLocalMulticast() || !p.IsGlobalUnicast() {
			t.Fatalf("%s passed", a)
		}
		if mapped := netip.AddrFrom16(a.As16()); (httpclient.Guard{}).Check(mapped) != nil {
			t.Fatalf("%s passed, but not as %s", a, mapped)
		}
	})
}
