package carrier_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/localca"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/carrier/carriertest"
)

// talk sets up a call between a caller and a phone and gives both sessions.
func talk(t *testing.T, ctx context.Context, cfg carrier.PhoneConfig, c carrier.Call) (caller, phone *carrier.Session) {
	t.Helper()
	p := newPhone(t, cfg)
	if c.To == "" {
		c.To = p.URI()
	}
	if c.From == "" {
		c.From = "13800138000"
	}
	s, err := carrier.Dial(ctx, c)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s, <-p.Calls()
}

func TestKeysArriveByEveryWay(t *testing.T) {
	t.Parallel()
	short := carrier.Keying{Each: 60 * time.Millisecond, Gap: 60 * time.Millisecond}
	for name, change := range map[string]func(*carrier.Keying){
		"rfc4733":         func(*carrier.Keying) {},
		"duration 0":      func(k *carrier.Keying) { k.ZeroFirst = true },
		"only end packet": func(k *carrier.Keying) { k.EndOnly = true },
		"info":            func(k *carrier.Keying) { k.Way = carrier.Info },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := within(t, 10*time.Second)
			k := short
			change(&k)
			s, p := talk(t, ctx, carrier.PhoneConfig{}, carrier.Call{Event: 96})
			require.NoError(t, s.SendDigits(ctx, "1599#*", k))
			got, err := p.WaitDigits(ctx, 6)
			require.NoError(t, err)
			require.Equal(t, "1599#*", got)
			for _, d := range p.Digits() {
				require.GreaterOrEqual(t, d.Duration, 55*time.Millisecond)
			}
		})
	}
	t.Run("in band", func(t *testing.T) {
		t.Parallel()
		ctx := within(t, 10*time.Second)
		s, p := talk(t, ctx, carrier.PhoneConfig{NoEvent: true}, carrier.Call{})
		require.ErrorContains(t, s.SendDigits(ctx, "5", carrier.Keying{}), "carrier.no_telephone_event")
		stop := p.Listen()
		require.NoError(t, s.SendDigits(ctx, "5", carrier.Keying{Way: carrier.InBand, Each: 600 * time.Millisecond}))
		h := stop()
		require.True(t, h.HasTone(770) && h.HasTone(1336), "%v", h.Tones)
	})
	t.Run("wrong keys", func(t *testing.T) {
		t.Parallel()
		ctx := within(t, 10*time.Second)
		s, _ := talk(t, ctx, carrier.PhoneConfig{}, carrier.Call{})
		require.ErrorContains(t, s.SendDigits(ctx, "12x", carrier.Keying{}), "carrier.bad_keys")
	})
}

func TestHoldStopsTheOtherSideAndResumeLetsItSpeak(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	s, p := talk(t, ctx, carrier.PhoneConfig{Play: tone(440), Report: 100 * time.Millisecond}, carrier.Call{Report: 100 * time.Millisecond})
	require.NoError(t, s.Hold(ctx))
	require.True(t, p.Held())
	h, err := s.Hear(ctx, 400*time.Millisecond)
	require.NoError(t, err)
	require.LessOrEqual(t, h.Packets, 1, "the last one may have been on its way")
	before := p.Figures().ReportsReceived
	require.NoError(t, s.Resume(ctx))
	require.False(t, p.Held())
	h, err = s.Hear(ctx, 700*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("440Hz"))
	require.Equal(t, 1, h.Sources, "the same voice as before")
	require.Greater(t, p.Figures().ReportsReceived, before, "RTCP goes on after hold")
	require.Equal(t, 2, p.Updates())
}

func TestBothSidesMayChangeTheCallAtOnce(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	s, p := talk(t, ctx, carrier.PhoneConfig{}, carrier.Call{})
	done := make(chan error, 2)
	go func() { done <- s.Reinvite(ctx) }()
	go func() { done <- p.Reinvite(ctx) }()
	require.NoError(t, <-done)
	require.NoError(t, <-done)
}

func TestCancelledCallsEndOnBothSides(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	p := newPhone(t, carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	_, err := carrier.Dial(ctx, carrier.Call{To: p.URI(), From: "1", Ring: 200 * time.Millisecond})
	var refused *carrier.Refused
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 487, refused.Status)
	other := <-p.Calls()
	require.NoError(t, other.Await(ctx))
	require.Equal(t, carrier.ByThem, other.End().By)
	require.Equal(t, 487, other.End().Status)
}

func TestCallsToNobodyAreGivenUpSoon(t *testing.T) {
	t.Parallel()
	begin := clock.System().Now()
	_, err := carrier.Dial(t.Context(), carrier.Call{To: "1", Proxy: freeAddr(t).String(), From: "1", Ring: 100 * time.Millisecond})
	require.ErrorContains(t, err, "carrier.not_answered")
	require.Less(t, clock.System().Now().Sub(begin), 5*time.Second)
}

func TestAnAnswerThatCrossesTheCancelIsHungUp(t *testing.T) {
	t.Parallel()
	for range 10 {
		ctx := within(t, 10*time.Second)
		p := newPhone(t, carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.ByHand}})
		s, err := carrier.Start(ctx, carrier.Call{To: p.URI(), From: "1"})
		require.NoError(t, err)
		other := <-p.Calls()
		require.NoError(t, other.Ring())
		answered := make(chan error, 1)
		go func() { answered <- other.Answer(ctx) }()
		s.Cancel()
		<-answered // either way
		require.NoError(t, s.Await(ctx))
		require.NoError(t, other.Await(ctx))
		require.NoError(t, s.Close())
	}
}

func TestRefusalsTellStatusAndReason(t *testing.T) {
	t.Parallel()
	ctx := within(t, 5*time.Second)
	p := newPhone(t, carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RefuseAll, Status: 603, Reason: `Q.850;cause=21`}})
	_, err := carrier.Dial(ctx, carrier.Call{To: p.URI(), From: "1"})
	var refused *carrier.Refused
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 603, refused.Status)
	require.Contains(t, refused.Reason, "cause=21")
}

func TestEarlyMediaIsHeardBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	p := newPhone(t, carrier.PhoneConfig{Play: tone(425), Answer: carrier.Policy{Mode: carrier.EarlyMedia, After: 900 * time.Millisecond}})
	s, err := carrier.Start(ctx, carrier.Call{To: p.URI(), From: "1"})
	require.NoError(t, err)
	defer s.Close()
	h, err := s.Hear(ctx, 700*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, carrier.Early, s.State())
	require.NoError(t, h.Check("425"))
	require.NoError(t, s.Wait(ctx))
	ringing, answer := s.Times()
	require.Less(t, ringing, answer)
}

func TestLateOffersAndWithheldAcks(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	s, p := talk(t, ctx, carrier.PhoneConfig{Play: tone(440)}, carrier.Call{LateOffer: true, Play: carrier.Tone(880, 0)})
	there := p.Listen()
	h, err := s.Hear(ctx, 600*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("440"))
	heard := there()
	require.NoError(t, heard.Check("880"))

	deaf := newPhone(t, carrier.PhoneConfig{})
	n, err := carrier.Dial(ctx, carrier.Call{To: deaf.URI(), From: "1", NoAck: true, NoMedia: true})
	require.NoError(t, err)
	defer n.Close()
	require.NoError(t, clock.Sleep(ctx, clock.System(), 700*time.Millisecond))
	require.Zero(t, n.Figures().Sent)
	require.Greater(t, countOf((<-deaf.Calls()).Trace(), "SIP/2.0 200 OK"), 1, "the 200 comes again")
}

func countOf(list []carrier.Message, line string) int {
	n := 0
	for _, m := range list {
		if m.Line == line {
			n++
		}
	}
	return n
}

func TestBlindTransferJoinsTheThird(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	third := newPhone(t, carrier.PhoneConfig{User: "8002", Play: tone(660)})
	s, p := talk(t, ctx, carrier.PhoneConfig{}, carrier.Call{})
	how, err := s.Refer(ctx, third.URI())
	require.NoError(t, err)
	require.Equal(t, 200, how.Final)
	// Nothing orders two messages on the way: the last word may overtake the first.
	require.Subset(t, []int{100, 180, 200}, how.Progress)
	require.NoError(t, s.Bye(ctx))
	require.NoError(t, p.Await(ctx))
	joined := <-third.Calls()
	require.Equal(t, "8001", joined.Caller())
	require.Contains(t, joined.Header("Referred-By"), "13800138000")

	busy := newPhone(t, carrier.PhoneConfig{User: "8003", Answer: carrier.Policy{Mode: carrier.RefuseAll}})
	s2, _ := talk(t, ctx, carrier.PhoneConfig{}, carrier.Call{})
	how, err = s2.Refer(ctx, busy.URI())
	require.NoError(t, err)
	require.Equal(t, 486, how.Final, "a failed transfer is told as failed")
}

func TestAttendedTransferReplacesTheSecondCall(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	agent := newPhone(t, carrier.PhoneConfig{User: "agent"})
	customer := newPhone(t, carrier.PhoneConfig{User: "customer"})
	expert := newPhone(t, carrier.PhoneConfig{User: "expert", Play: tone(660)})
	first, err := agent.Dial(ctx, carrier.Call{To: customer.URI()})
	require.NoError(t, err)
	second, err := agent.Dial(ctx, carrier.Call{To: expert.URI()})
	require.NoError(t, err)
	atCustomer, atExpert := <-customer.Calls(), <-expert.Calls()
	how, err := first.ReferReplaces(ctx, second)
	require.NoError(t, err)
	require.Equal(t, 200, how.Final)
	require.NoError(t, second.Await(ctx), "the expert's phone ends the replaced call")
	require.NoError(t, atExpert.Await(ctx))
	require.NoError(t, first.Bye(ctx))
	require.NoError(t, atCustomer.Await(ctx))
	joined := <-customer.Calls()
	h, err := joined.Hear(ctx, 600*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("660"))
}

func TestPhonesRegisterWithDigest(t *testing.T) {
	t.Parallel()
	server, client := authority(t)
	for _, tt := range []struct {
		name, algorithm string
		transport       carrier.Transport
	}{
		{"MD5 over UDP", "MD5", carrier.UDP}, {"SHA-256 over TCP", "SHA-256", carrier.TCP}, {"MD5 over TLS", "MD5", carrier.TLS},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := within(t, 10*time.Second)
			r := carriertest.NewRegistrar(t, carriertest.RegistrarConfig{
				Network: string(tt.transport), TLS: server, Users: map[string]string{"8001": "secret"}, Algorithm: tt.algorithm, Stale: 1,
			})
			cfg := carrier.PhoneConfig{Registrar: r.Addr(), User: "8001", Password: "secret", Transport: tt.transport, TLS: client}
			p, err := carrier.NewPhone(cfg)
			require.NoError(t, err)
			require.NoError(t, p.Start(ctx))
			require.Equal(t, p.URI(), r.Contact("8001"))
			_, err = p.Dial(ctx, carrier.Call{To: "8002"})
			var refused *carrier.Refused
			require.ErrorAs(t, err, &refused)
			require.Equal(t, 486, refused.Status, "407 was answered rightly")
			require.NoError(t, p.Stop(ctx))
			require.Empty(t, r.Contact("8001"))

			cfg.Password = "wrong"
			p, err = carrier.NewPhone(cfg)
			require.NoError(t, err)
			require.ErrorAs(t, p.Start(ctx), &refused)
			require.Equal(t, 401, refused.Status)
			require.NoError(t, p.Stop(ctx))
		})
	}
}

// authority makes a server's and a client's TLS settings of one local authority.
func authority(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	files, err := localca.Init(t.TempDir(), []string{"127.0.0.1"}, clock.System().Now())
	require.NoError(t, err)
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	require.NoError(t, err)
	pem, err := os.ReadFile(files.CACert)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pem))
	return &tls.Config{Certificates: []tls.Certificate{pair}}, &tls.Config{RootCAs: pool}
}

func TestCallsOverTLS(t *testing.T) {
	t.Parallel()
	server, client := authority(t)
	server.RootCAs = client.RootCAs
	ctx := within(t, 10*time.Second)
	s, p := talk(t, ctx, carrier.PhoneConfig{Transport: carrier.TLS, TLS: server, Play: tone(440)},
		carrier.Call{Transport: carrier.TLS, TLS: client})
	h, err := s.Hear(ctx, 500*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("440"))
	require.NoError(t, s.Bye(ctx))
	require.NoError(t, p.Await(ctx))
}

func TestWrongCallsNameEveryField(t *testing.T) {
	t.Parallel()
	_, err := carrier.Dial(t.Context(), carrier.Call{To: "10086", Transport: "pigeon", Codecs: []carrier.Codec{18}})
	require.ErrorContains(t, err, "carrier.bad_call")
}

func TestSoundComesBackAsItWas(t *testing.T) {
	t.Parallel()
	pcm := make([]int16, 4000)
	for i := range pcm {
		pcm[i] = int16(i * 7)
	}
	var file bytes.Buffer
	require.NoError(t, carrier.WAV(&file, pcm))
	back, err := carrier.ReadWAV(&file)
	require.NoError(t, err)
	require.Equal(t, pcm, back)
	_, err = carrier.ReadWAV(bytes.NewReader([]byte("RIFF0000WAVEfmt ")))
	require.ErrorContains(t, err, "carrier.bad_wav")
}

func TestSessionTimersAreRefreshedByTheCaller(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	s, p := talk(t, ctx, carrier.PhoneConfig{Play: tone(440)}, carrier.Call{SessionExpires: time.Second})
	h, err := s.Hear(ctx, 1300*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("440"))
	require.Positive(t, p.Updates(), "refreshed at half of the time")
	require.Equal(t, carrier.Talking, p.State())
}

func TestATooShortSessionTimerIsLengthened(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	p := newPhone(t, carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.ByHand}})
	s, err := carrier.Start(ctx, carrier.Call{To: p.URI(), From: "1", SessionExpires: 2 * time.Second})
	require.NoError(t, err)
	defer s.Close()
	first := <-p.Calls()
	require.Equal(t, "2;refresher=uac", first.Header("Session-Expires"))
	require.NoError(t, first.Refuse(422, "Session Interval Too Small", carrier.Header{Name: "Min-SE", Value: "90"}))
	second := <-p.Calls()
	require.Equal(t, "90;refresher=uac", second.Header("Session-Expires"))
	require.NoError(t, second.Answer(ctx))
	require.NoError(t, s.Wait(ctx))
}

func TestInfoWithoutContentTypeIsAnswered(t *testing.T) {
	t.Parallel()
	ctx := within(t, 5*time.Second)
	s, _ := talk(t, ctx, carrier.PhoneConfig{}, carrier.Call{})
	status, err := s.Raw(ctx, "INFO", "", nil)
	require.NoError(t, err)
	require.Equal(t, 200, status)
	status, err = s.Raw(ctx, "MESSAGE", "", nil)
	require.NoError(t, err)
	require.Equal(t, 405, status)
}

func TestPhonesStartAndStopInAnyOrder(t *testing.T) {
	lifecycletest.Stress(t, func() lifecycle.Service {
		p, err := carrier.NewPhone(carrier.PhoneConfig{User: "8001"})
		require.NoError(t, err)
		return p
	})
}

func TestAHundredCallsLeaveNothingBehind(t *testing.T) {
	ctx := within(t, 10*time.Second)
	p := newPhone(t, carrier.PhoneConfig{})
	before := descriptors(t)
	for range 100 {
		s, err := carrier.Dial(ctx, carrier.Call{To: p.URI(), From: "1"})
		require.NoError(t, err)
		require.NoError(t, s.Close())
		other := <-p.Calls()
		require.NoError(t, other.Await(ctx))
		require.NoError(t, other.Close())
	}
	require.LessOrEqual(t, descriptors(t), before)
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(list)
}
