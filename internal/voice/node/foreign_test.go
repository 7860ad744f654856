package node_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/localca"
	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/carrier/carriertest"
	"yingda/internal/voice/node"
	"yingda/internal/voice/sip/wire"
)

// sipp lets SIPp call a number as the trunk's carrier.
func (h *house) sipp(t *testing.T, number string, cfg carriertest.SIPpConfig) *carriertest.SIPp {
	t.Helper()
	cfg.Target, cfg.Number, cfg.Local = h.proxy, number, outside.String()
	if cfg.TCP {
		cfg.Target = h.node.Address("tcp").String()
	}
	cfg.Args = append([]string{"-timeout", "60s"}, cfg.Args...)
	return carriertest.StartSIPp(t, cfg)
}

// content waits until SIPp is through with its scenario, all of whose checks must have held.
func content(t *testing.T, s *carriertest.SIPp) {
	t.Helper()
	require.Zero(t, s.Wait(t, patience), "SIPp is not content")
}

// echoing lets SIPp send back what it hears: who hears himself through it has proof of both ways.
var echoing = []string{"-rtp_echo"}

// outward gives the trunk all numbers that begin with 138.
func (h *house) outward() {
	h.t.Helper()
	_, err := h.CreateNumber(everything(h.t), nil, voice.NumberSpec{
		Number: "138", Match: voice.Prefix, Name: "手机", Centre: h.nation.ID, Act: voice.ActTrunk, Group: h.group.ID,
	})
	require.NoError(h.t, err)
}

// callsOut calls 13800138001 from a phone.
func (h *house) callsOut(desk *carrier.Phone, hz float64) *carrier.Session {
	h.t.Helper()
	ours, err := desk.Dial(within(h.t), carrier.Call{To: "13800138001", Play: carrier.Tone(hz, 0)})
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = ours.Close() })
	return ours
}

// travels asserts over what the messages of the trunk's calls went.
func (h *house) travels(list []voice.Call, transport string) {
	h.t.Helper()
	seen := 0
	for _, c := range list {
		if c.TrunkName == "" {
			continue
		}
		ladder, err := h.CallLadder(everything(h.t), c.ID)
		require.NoError(h.t, err)
		require.NotEmpty(h.t, ladder)
		for _, m := range ladder {
			require.Equal(h.t, transport, m.Transport, m.FirstLine)
			seen++
		}
	}
	require.Greater(h.t, seen, 5)
}

func TestATrunkOverTCP(t *testing.T) {
	t.Parallel()
	answers := carriertest.StartSIPp(t, carriertest.SIPpConfig{
		Scenario: "uas_echo", TCP: true, Local: outside.String(), Args: append([]string{"-timeout", "60s"}, echoing...),
	})
	h := setup(t, plan{trunk: func(s *voice.TrunkSpec) {
		s.Transport, s.Hosts, s.Quiet = voice.TCP, []string{answers.Addr()}, true // SIPp would take an OPTIONS for its call
	}})
	h.outward()
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(700)})

	calls := h.sipp(t, "9688001", carriertest.SIPpConfig{Scenario: "uac_echo", TCP: true, Args: echoing})
	in := h.next(desk)
	h.hears(in, "700")
	require.NoError(t, in.Bye(within(t)))
	content(t, calls)

	out := h.callsOut(desk, 900)
	h.hears(out, "900")
	require.NoError(t, out.Bye(within(t)))
	content(t, answers)
	list := h.calls(4)
	require.ElementsMatch(t, []string{
		"in completed ours callee_hung_up", "out completed theirs callee_hung_up", "in completed theirs normal", "out completed ours normal",
	}, endings(list))
	h.travels(list, "tcp")
}

// authority makes certificates for the loopback addresses as `yingda tls init` does: for the node, and for the carrier's
// side, which knows the same authority.
func authority(t *testing.T) *tls.Config {
	t.Helper()
	files, err := localca.Init(t.TempDir(), []string{here.String(), outside.String()}, time.Now())
	require.NoError(t, err)
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	require.NoError(t, err)
	ca, err := os.ReadFile(files.CACert)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(ca))
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func secure(cfg *tls.Config) func(*node.Config) {
	return func(c *node.Config) {
		c.TLS = cfg
		c.Listen = append(c.Listen, wire.Listen{Network: "tls", Address: netip.AddrPortFrom(here, 0)})
	}
}

// TestATrunkOverTLS has our own carrier on the other side: Debian's SIPp is built without TLS.
func TestATrunkOverTLS(t *testing.T) {
	t.Parallel()
	cfg := authority(t)
	h := setup(t, plan{
		node:    secure(cfg),
		carrier: carrier.PhoneConfig{Transport: carrier.TLS, TLS: cfg, Play: sends(440)},
		trunk:   func(s *voice.TrunkSpec) { s.Transport = voice.TLS },
	})
	h.outward()
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(700)})
	h.eventually(func() bool {
		all := h.node.TrunkStatus()
		return len(all) == 1 && all[0].State == voice.TrunkUp
	}, "OPTIONS over TLS")

	c := h.from("9688001")
	c.Transport, c.TLS, c.Proxy = carrier.TLS, cfg, h.node.Address("tls").String()
	theirs := h.dial(c)
	ours := h.next(desk)
	h.hears(theirs, "700")
	h.hears(ours, "880")
	require.NoError(t, theirs.Bye(within(t)))
	h.ended(ours)

	out := h.callsOut(desk, 900)
	far := h.next(h.carrier)
	h.hears(out, "440")
	h.hears(far, "900")
	require.NoError(t, far.Bye(within(t)))
	h.ended(out)
	list := h.calls(4)
	require.ElementsMatch(t, []string{
		"in completed theirs normal", "out completed ours normal", "in completed ours callee_hung_up", "out completed theirs callee_hung_up",
	}, endings(list))
	h.travels(list, "tls")
}

// TestACarrierWithAnUnknownCertificateIsNotCalled: a trunk over TLS whose other side shows a certificate of another authority.
func TestACarrierWithAnUnknownCertificateIsNotCalled(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{
		node:    secure(authority(t)),
		carrier: carrier.PhoneConfig{Transport: carrier.TLS, TLS: authority(t)},
		trunk:   func(s *voice.TrunkSpec) { s.Transport, s.Quiet = voice.TLS, true },
	})
	h.outward()
	desk := h.phone("8001", carrier.PhoneConfig{})
	_, err := desk.Dial(within(t), carrier.Call{To: "13800138001"})
	var r *carrier.Refused
	require.ErrorAs(t, err, &r)
	require.Equal(t, 503, r.Status)
	require.ElementsMatch(t, []string{"in failed ours trunk_down", "out failed network trunk_down"}, endings(h.calls(2)))
}

// TestKeysInTheSoundAreReadWhereTheTrunkAsksForIt: an echo sends the keys that the node knows of back as RFC 4733.
func TestKeysInTheSoundAreReadWhereTheTrunkAsksForIt(t *testing.T) {
	t.Parallel()
	for name, inband := range map[string]bool{"asked": true, "not asked": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, plan{trunk: func(s *voice.TrunkSpec) { s.InbandDTMF = inband }})
			h.number("96801", voice.NumberSpec{Act: voice.ActEcho})
			c := h.from("96801")
			c.Play = nil
			s := h.dial(c)
			require.NoError(t, s.SendDigits(within(t), "15*#", carrier.Keying{Way: carrier.InBand}))
			want := "15*#7"
			if !inband {
				want = "7"
			}
			require.NoError(t, s.SendDigits(within(t), "7", carrier.Keying{Way: carrier.Info}))
			keys, err := s.WaitDigits(within(t), len(want))
			require.NoError(t, err)
			require.Equal(t, want, keys)
		})
	}
}

// TestSIPpOffersLate: no offer in the INVITE, ours in the 200, its answer in the ACK.
func TestSIPpOffersLate(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{})
	desk := h.phone("8001", carrier.PhoneConfig{Play: sends(700)})
	late := h.sipp(t, "9688001", carriertest.SIPpConfig{Scenario: "uac_late", Args: echoing})
	ours := h.next(desk)
	h.hears(ours, "700")
	require.NoError(t, ours.Bye(within(t)))
	content(t, late)
	list := h.calls(2)
	require.ElementsMatch(t, []string{"in completed ours callee_hung_up", "out completed theirs callee_hung_up"}, endings(list))
	for _, c := range list {
		require.Equal(t, "PCMA", c.Codec)
	}
}
