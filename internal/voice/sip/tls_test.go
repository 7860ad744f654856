package sip_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/ending"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/trunk"
	"yingda/internal/voice/sip/wire"
)

// certificate is one for loopback that trusts itself.
func certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestCallsOverTLS(t *testing.T) {
	t.Parallel()
	cfg := certificate(t)
	p := newPair(t, trunk.TLS, func(c *sip.Config) {
		c.TLS = cfg
		c.Renegotiate = renegotiate
		c.Listen = append(c.Listen, wire.Listen{Network: "tls", Address: netip.AddrPortFrom(loopback, 0)})
	})
	_, err := p.lb.Reinvite(t.Context(), held(0))
	require.NoError(t, err)
	require.False(t, next[sip.Updated](t, p.la).Hold)
	require.NoError(t, p.lb.Hang(t.Context(), ending.Normal))
	require.Equal(t, ending.CalleeHungUp, next[sip.Ended](t, p.la).Ending.Reason)

	stranger := newNode(t, func(c *sip.Config) { c.TLS = certificate(t) })
	stranger.to(trunk.TLS, p.b.address("tls"))
	require.Equal(t, ending.TrunkDown, dial(t, stranger, sip.Call{}).ending(t).Reason, "a certificate that we do not trust")
}
