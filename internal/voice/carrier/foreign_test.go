package carrier_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
	"yingda/internal/voice/carrier/carriertest"
)

// next gives the phone's next call.
func next(t *testing.T, p *carrier.Phone) *carrier.Session {
	t.Helper()
	select {
	case s := <-p.Calls():
		return s
	case <-time.After(8 * time.Second):
		require.FailNow(t, "nobody called")
		return nil
	}
}

func TestSIPpEchoesWhatTheCallerSays(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{Scenario: "uas", Args: []string{"-rtp_echo"}})
	s, err := carrier.Dial(ctx, carrier.Call{To: "service", Proxy: sipp.Addr(), From: "1", Play: carrier.Tone(700, 0)})
	require.NoError(t, err)
	defer s.Close()
	codec, event := s.Codec()
	require.Equal(t, carrier.PCMU, codec, "SIPp's own uas knows nothing else")
	require.Zero(t, event)
	h, err := s.Hear(ctx, 800*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("700"))
	require.NoError(t, s.Bye(ctx))
	require.Zero(t, sipp.Wait(t, 8*time.Second))
}

func TestSIPpCallsThePhone(t *testing.T) {
	t.Parallel()
	for _, tcp := range []bool{false, true} {
		ctx := within(t, 10*time.Second)
		transport := carrier.UDP
		if tcp {
			transport = carrier.TCP
		}
		p := newPhone(t, carrier.PhoneConfig{Transport: transport, Play: tone(880)})
		sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{
			Scenario: "uac_tone", Target: p.Addr().String(), TCP: tcp, Args: []string{"-d", "1000"},
		})
		s := next(t, p)
		h, err := s.Hear(ctx, 5*time.Second)
		require.NoError(t, err)
		require.NoError(t, h.Check("440"))
		require.Equal(t, carrier.ByThem, s.End().By)
		require.Zero(t, sipp.Wait(t, 5*time.Second))
	}
}

func TestSIPpsCapturesOfKeysAreRead(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	p := newPhone(t, carrier.PhoneConfig{})
	sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{Scenario: "uac_dtmf", Target: p.Addr().String()})
	s := next(t, p)
	keys, err := s.WaitDigits(ctx, 4)
	require.NoError(t, err)
	require.Equal(t, "159#", keys)
	require.Zero(t, sipp.Wait(t, 8*time.Second))
}

func TestSIPpCancelsHoldsAndSendsInfo(t *testing.T) {
	t.Parallel()
	t.Run("cancel", func(t *testing.T) {
		t.Parallel()
		p := newPhone(t, carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
		sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{Scenario: "uac_cancel", Target: p.Addr().String()})
		require.Zero(t, sipp.Wait(t, 8*time.Second))
		require.Equal(t, 487, next(t, p).End().Status)
	})
	t.Run("hold", func(t *testing.T) {
		t.Parallel()
		ctx := within(t, 10*time.Second)
		p := newPhone(t, carrier.PhoneConfig{})
		sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{Scenario: "uac_hold", Target: p.Addr().String()})
		s := next(t, p)
		require.NoError(t, s.Await(ctx))
		require.Equal(t, 2, s.Updates())
		require.Zero(t, sipp.Wait(t, 5*time.Second))
	})
	t.Run("info", func(t *testing.T) {
		t.Parallel()
		ctx := within(t, 10*time.Second)
		p := newPhone(t, carrier.PhoneConfig{})
		sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{Scenario: "uac_info", Target: p.Addr().String()})
		s := next(t, p)
		keys, err := s.WaitDigits(ctx, 1)
		require.NoError(t, err)
		require.Equal(t, "5", keys)
		require.Zero(t, sipp.Wait(t, 5*time.Second))
	})
	t.Run("refer", func(t *testing.T) {
		t.Parallel()
		third := newPhone(t, carrier.PhoneConfig{User: "8002"})
		p := newPhone(t, carrier.PhoneConfig{})
		sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{
			Scenario: "uac_refer", Target: p.Addr().String(), Keys: map[string]string{"target": third.URI()},
		})
		require.Equal(t, "10086", next(t, third).Caller(), "who was called first")
		require.Zero(t, sipp.Wait(t, 8*time.Second))
	})
}

func TestSIPpsAnswersAreHeard(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{Scenario: "uas_tone", Tone: 600})
	s, err := carrier.Dial(ctx, carrier.Call{To: "service", Proxy: sipp.Addr(), From: "1"})
	require.NoError(t, err)
	defer s.Close()
	h, err := s.Hear(ctx, 800*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("600"))
	require.NoError(t, s.Bye(ctx))
	require.Zero(t, sipp.Wait(t, 5*time.Second))
}

func TestBaresipAnswersAndHears(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	r := carriertest.NewRegistrar(t, carriertest.RegistrarConfig{Users: map[string]string{"agent1": "secret"}})
	b := carriertest.StartBaresip(t, carriertest.BaresipConfig{User: "agent1", Password: "secret", Registrar: r.Addr(), Answer: true})
	contact := r.WaitContact(t, "agent1", 8*time.Second)
	s, err := carrier.Dial(ctx, carrier.Call{To: contact, From: "13800138000", Play: carrier.Tone(880, 0)})
	require.NoError(t, err)
	defer s.Close()
	h, err := s.Hear(ctx, 1200*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("440"))

	require.NoError(t, s.HoldInactive(ctx))
	h, err = s.Hear(ctx, 300*time.Millisecond)
	require.NoError(t, err)
	require.LessOrEqual(t, h.Packets, 2, "baresip keeps silent on hold")
	require.NoError(t, s.Resume(ctx))
	h, err = s.Hear(ctx, 800*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("sound"))

	require.NoError(t, s.Bye(ctx))
	heard := b.Heard(t)
	require.True(t, heard.HasTone(880), "baresip heard %v", heard.String())
}

func TestBaresipCallsThePhone(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	p := newPhone(t, carrier.PhoneConfig{Play: tone(880)})
	b := carriertest.StartBaresip(t, carriertest.BaresipConfig{User: "agent2", Hertz: 500})
	b.Do(t, "dial", p.URI())
	s := next(t, p)
	h, err := s.Hear(ctx, time.Second)
	require.NoError(t, err)
	require.NoError(t, h.Check("500"))
	b.Do(t, "sndcode", "7")
	keys, err := s.WaitDigits(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, "7", keys)
	b.Do(t, "hangup")
	require.NoError(t, s.Await(ctx))
	require.Equal(t, carrier.ByThem, s.End().By)
}

func TestSIPpAnswersOverTCP(t *testing.T) {
	t.Parallel()
	ctx := within(t, 10*time.Second)
	sipp := carriertest.StartSIPp(t, carriertest.SIPpConfig{Scenario: "uas_tone", TCP: true, Local: "127.0.0.2"})
	s, err := carrier.Dial(ctx, carrier.Call{To: "service", Proxy: sipp.Addr(), From: "1", Transport: carrier.TCP})
	require.NoError(t, err)
	defer s.Close()
	h, err := s.Hear(ctx, 600*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, h.Check("440"))
	require.NoError(t, s.Bye(ctx))
}
