package wire

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
)

func dialTCP(t *testing.T, to netip.AddrPort) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", to.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// heads reads n messages without bodies.
func heads(t *testing.T, r *bufio.Reader, n int) []string {
	t.Helper()
	var first []string
	for range n {
		for line := ""; ; {
			got, err := r.ReadString('\n')
			require.NoError(t, err)
			if line == "" {
				line = strings.TrimSpace(got)
				first = append(first, line)
			}
			if got == "\r\n" {
				break
			}
		}
	}
	return first
}

func overTCP(id string) []byte {
	return bytes.Replace(ask(id), []byte("SIP/2.0/UDP"), []byte("SIP/2.0/TCP"), 1)
}

func TestStreamFramesMessagesHoweverTheyArrive(t *testing.T) {
	t.Parallel()
	s := open(t, "tcp", nil)
	c := dialTCP(t, s.at(t, "tcp"))
	r := bufio.NewReader(c)

	_, err := c.Write(append(overTCP("1"), overTCP("2")...))
	require.NoError(t, err)
	require.Equal(t, []string{"SIP/2.0 200 OK", "SIP/2.0 200 OK"}, heads(t, r, 2), "two in one segment")

	body := bytes.Replace(overTCP("3"), []byte("Content-Length: 0\r\n\r\n"), []byte("Content-Length: 4\r\n\r\nabcd"), 1)
	for _, b := range body {
		_, err := c.Write([]byte{b})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"SIP/2.0 200 OK"}, heads(t, r, 1), "byte by byte")

	_, err = c.Write([]byte("\r\n\r\n"))
	require.NoError(t, err)
	pong := make([]byte, 2)
	_, err = io.ReadFull(r, pong)
	require.NoError(t, err)
	require.Equal(t, "\r\n", string(pong))

	_, err = c.Write(bytes.Replace(overTCP("4"), []byte("7 OPTIONS"), []byte("7 INVITE"), 1))
	require.NoError(t, err)
	_, err = c.Write(overTCP("5"))
	require.NoError(t, err)
	require.Equal(t, []string{"SIP/2.0 400 Bad Request", "SIP/2.0 200 OK"}, heads(t, r, 2), "a bad message with a known end costs only itself")

	s.mu.Lock()
	defer s.mu.Unlock()
	require.Len(t, s.arrivals, 4)
	require.Equal(t, s.clock.Now(), s.arrivals[3])
	require.Equal(t, "tcp", s.traced[0].network)
}

func TestStreamEndsWhereTheNextMessageIsUnknown(t *testing.T) {
	t.Parallel()
	for name, send := range map[string][]byte{
		"no Content-Length":      bytes.Replace(overTCP("1"), []byte("Content-Length: 0\r\n"), nil, 1),
		"a body too large":       bytes.Replace(overTCP("1"), []byte("Content-Length: 0"), []byte("Content-Length: 40000"), 1),
		"headers without end":    []byte("OPTIONS sip:x SIP/2.0\r\nX: " + strings.Repeat("x", MaxHead)),
		"a request of the web":   []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"rubbish without an end": bytes.Repeat([]byte{'x'}, 40000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, "tcp", nil)
			c := dialTCP(t, s.at(t, "tcp"))
			_, _ = c.Write(send)
			_, err := io.Copy(io.Discard, c) // an answer perhaps, then the end
			if err != nil {
				require.ErrorContains(t, err, "reset")
			}
			<-s.closed
			require.Zero(t, s.Stats().Connections)
			require.Zero(t, s.Stats().Received)
		})
	}
}

func TestConnectionsOfOneSourceAreLimited(t *testing.T) {
	t.Parallel()
	s := open(t, "tcp", func(c *Config) {
		c.MaxPerSource = 2
		c.Guard = NewGuard(GuardConfig{Clock: c.Clock})
	})
	for i := range 2 {
		c := dialTCP(t, s.at(t, "tcp"))
		_, err := c.Write(overTCP(string(rune('a' + i))))
		require.NoError(t, err)
		heads(t, bufio.NewReader(c), 1)
	}
	third := dialTCP(t, s.at(t, "tcp"))
	_, err := third.Read(make([]byte, 1))
	require.Error(t, err)
	require.EqualValues(t, 1, s.Stats().Dropped[Refused])
	require.Equal(t, 2, s.Stats().Connections)
}

func TestSlowAndIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	s := open(t, "tcp", func(c *Config) { c.Guard = NewGuard(GuardConfig{Clock: c.Clock}) })
	slow, idle := dialTCP(t, s.at(t, "tcp")), dialTCP(t, s.at(t, "tcp"))
	for i, c := range []net.Conn{slow, idle} {
		_, err := c.Write(overTCP(string(rune('a' + i))))
		require.NoError(t, err)
		heads(t, bufio.NewReader(c), 1)
	}
	_, err := slow.Write([]byte("OPTIONS sip:x"))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		s.Wire.mu.Lock()
		defer s.Wire.mu.Unlock()
		for st := range s.streams {
			if st.began.Load() != 0 {
				return true
			}
		}
		return false
	}, 10*time.Second, time.Millisecond)
	s.clock.BlockUntil(1)
	s.clock.Advance(31 * time.Second)
	require.Equal(t, addrPort(slow.LocalAddr()), <-s.closed, "half a message for 30 s")
	s.clock.BlockUntil(1)
	s.clock.Advance(15 * time.Minute)
	require.Equal(t, addrPort(idle.LocalAddr()), <-s.closed)
	require.EqualValues(t, 2, s.Stats().Dropped[Idle])
}

// selfSigned is a certificate for 127.0.0.1, and a pool that trusts it.
func selfSigned(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"sip.example.org"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, RootCAs: pool, MinVersion: tls.VersionTLS12}, pool
}

func TestTLSPhoneIsHeard(t *testing.T) {
	t.Parallel()
	cfg, pool := selfSigned(t)
	s := open(t, "tls", func(c *Config) { c.TLS = cfg })
	c, err := tls.Dial("tcp", s.at(t, "tls").String(), &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12})
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	_, err = c.Write(bytes.Replace(ask("1"), []byte("SIP/2.0/UDP"), []byte("SIP/2.0/TLS"), 1))
	require.NoError(t, err)
	require.Equal(t, []string{"SIP/2.0 200 OK"}, heads(t, bufio.NewReader(c), 1))

	plain := dialTCP(t, s.at(t, "tls"))
	_, err = plain.Write(overTCP("2"))
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, plain)
	_, err = c.Write(bytes.Replace(ask("3"), []byte("SIP/2.0/UDP"), []byte("SIP/2.0/TLS"), 1))
	require.NoError(t, err)
	require.Equal(t, []string{"SIP/2.0 200 OK"}, heads(t, bufio.NewReader(c), 1), "another's failed handshake does no harm")
}

func TestConnectionsThatWeOpenAreTracedToo(t *testing.T) {
	t.Parallel()
	cfg, _ := selfSigned(t)
	for _, network := range []string{"tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			carrier := open(t, network, func(c *Config) { c.TLS = cfg })
			us := open(t, "udp", func(c *Config) { c.TLS = cfg })
			to := carrier.at(t, network)
			require.NoError(t, us.Connect(t.Context(), network, to, ""))
			require.NoError(t, us.Connect(t.Context(), network, to, ""), "again is no second connection")
			require.Equal(t, 1, us.Stats().Connections)

			client, err := sipgo.NewClient(us.ua)
			require.NoError(t, err)
			uri := sip.Uri{Scheme: "sip", Host: "127.0.0.1", Port: int(to.Port())}
			req := sip.NewRequest(sip.OPTIONS, uri)
			req.SetTransport(strings.ToUpper(network))
			res, err := client.Do(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, 200, res.StatusCode)
			us.mu.Lock()
			require.Equal(t, []Direction{Out, In}, []Direction{us.traced[0].direction, us.traced[1].direction})
			require.Equal(t, network, us.traced[1].network)
			us.mu.Unlock()
			require.Equal(t, 1, us.Stats().Connections)
		})
	}
}

func TestConnectTellsWhyNot(t *testing.T) {
	t.Parallel()
	cfg, _ := selfSigned(t)
	s := open(t, "udp tls", func(c *Config) { c.TLS = cfg })
	require.NoError(t, s.Connect(t.Context(), "udp", carrier, ""))
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	require.Error(t, s.Connect(t.Context(), "tcp", addrPort(closed.Addr()), ""))
	require.ErrorContains(t, s.Connect(t.Context(), "tls", s.at(t, "tls"), "other.example.org"), "other.example.org", "the certificate must name the carrier")
	w := New(Config{Clock: clocktest.New()})
	require.ErrorIs(t, w.Connect(t.Context(), "tcp", carrier, ""), ErrNotServing)
	require.NoError(t, w.Stop(t.Context()))
}
