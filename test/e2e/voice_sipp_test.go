package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
	"yingda/internal/voice/carrier/carriertest"
	"yingda/test/e2e/house"
)

// How calls end that go as they should: as the list of ended calls tells it.
const (
	theyHungUp     = "completed theirs normal 200/16"
	theyHungUpLast = "completed theirs callee_hung_up 200/16"
	weHungUp       = "completed ours normal 200/16"
	promptEnded    = "completed ours prompt_ended 200/16"
	transferred    = "completed ours transferred 200/16"
	callerGaveUp   = "cancelled theirs caller_gave_up 487/16"
	noAck          = "failed theirs no_ack 408/102"
)

const callTime = 20 * time.Second // bounds one call of SIPp

// tone is a second-long prompt of so many hertz as a WAV file.
func tone(t *testing.T, hz float64, d time.Duration) []byte {
	t.Helper()
	pcm := make([]int16, int(d.Seconds()*8000))
	for i := range pcm {
		pcm[i] = int16(11600 * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	var wav bytes.Buffer
	require.NoError(t, carrier.WAV(&wav, pcm))
	return wav.Bytes()
}

// account is a desk phone as the API made it.
type account struct{ number, id, password string }

// line makes a desk phone, and a number that outsiders reach it by.
func line(l *house.Lines, number, outside string) account {
	id, password := l.Phone(number)
	l.Number(outside, "phone", map[string]any{"phone_id": id})
	return account{number, id, password}
}

// desk is a phone of ours, registered at the lines.
func desk(t *testing.T, l *house.Lines, a account, cfg carrier.PhoneConfig) *carrier.Phone {
	t.Helper()
	cfg.Registrar, cfg.User, cfg.Password = l.SIP, a.number, a.password
	p, err := carrier.NewPhone(cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = p.Stop(ctx) // the lines may be gone
	})
	require.NoError(t, p.Start(t.Context()))
	l.WaitRegistered(a.id, 1)
	return p
}

// called gives the next call of a phone.
func called(t *testing.T, p *carrier.Phone) *carrier.Session {
	t.Helper()
	select {
	case s := <-p.Calls():
		return s
	case <-time.After(callTime):
		require.FailNow(t, "nobody called")
		return nil
	}
}

func playing(hz float64) func() carrier.Source {
	return func() carrier.Source { return carrier.Tone(hz, 0) }
}

// exchange is one installation with SIPp as its carrier.
type exchange struct {
	*house.Lines
	tap    *wiretap
	phones map[string]account // by the number that outsiders call
}

// within is the exchange for a test inside a test.
func (x *exchange) within(t *testing.T) *exchange {
	own := *x
	own.Lines = x.For(t)
	return &own
}

// sipp lets SIPp call a number as the carrier and waits until it is content.
func (x *exchange) sipp(t *testing.T, number string, cfg carriertest.SIPpConfig) *carriertest.SIPp {
	t.Helper()
	cfg.Target, cfg.Number, cfg.Local = x.SIP, number, house.Carrier
	return carriertest.StartSIPp(t, cfg)
}

func own(name string) string { return filepath.Join("testdata", "voice", name+".xml") }

// call is sipp to the end: what it sent, what it got.
func (x *exchange) call(t *testing.T, number string, cfg carriertest.SIPpConfig) (sent, got []packet) {
	t.Helper()
	s := x.sipp(t, number, cfg)
	require.Zero(t, s.Wait(t, callTime), "SIPp is not content")
	return x.tap.of(s.Media())
}

// steadyCall is call, again when SIPp itself stood still meanwhile: on a machine that is too busy it sends seconds of sound
// at once, and no socket takes that. It gives the last of its legs.
func (x *exchange) steadyCall(t *testing.T, number string, cfg carriertest.SIPpConfig) (sent, got []packet, c house.EndedCall) {
	t.Helper()
	for attempt := 1; ; attempt++ {
		sent, got = x.call(t, number, cfg)
		legs := x.WaitCalls(number, attempt)
		if gap := longestGap(sent); gap < 200*time.Millisecond || attempt == 4 {
			return sent, got, legs[attempt-1]
		}
		t.Log("SIPp stood still: once more")
	}
}

func longestGap(list []packet) (gap time.Duration) {
	for i := 1; i < len(list); i++ {
		gap = max(gap, list[i].at.Sub(list[i-1].at))
	}
	return gap
}

// one waits for the one leg of a number.
func (x *exchange) one(number string) house.EndedCall { return x.WaitCalls(number, 1)[0] }

func TestSIPpAsCarrier(t *testing.T) {
	t.Parallel()
	l := house.StartLines(t, "--data-dir", house.Dir(t))
	x := &exchange{l, newWiretap(t, l.First, l.Last), map[string]account{}}
	short, long := l.Prompt("short", tone(t, 600, time.Second)), l.Prompt("long", tone(t, 620, 2*time.Second))
	prompt := func(id string, repeat bool) map[string]any { return map[string]any{"prompt_id": id, "repeat": repeat} }
	l.Number("7001", "prompt", prompt(short, false))
	l.Number("7002", "prompt", prompt(long, true))
	l.Number("7003", "prompt", prompt(long, true))
	l.Number("7004", "prompt", prompt(long, true))
	for _, number := range []string{"7010", "7011", "7012", "7013", "7014", "7015", "7016", "7017", "7018", "7019"} {
		l.Number(number, "echo", nil)
	}
	for outside, number := range map[string]string{"7101": "8001", "7102": "8002", "7103": "8003", "7104": "8004", "7105": "8005"} {
		x.phones[outside] = line(l, number, outside)
	}
	l.Trunk("carrier", house.Carrier)
	calls := []struct {
		name string
		run  func(*testing.T, *exchange)
	}{
		{"a prompt is heard to its end", sippHearsPrompt}, {"what is said comes back", sippHearsItself}, {"speech of a capture comes back", sippSpeaks},
		{"given up while it rings", sippCancels}, {"hold and resume", sippHolds}, {"sent on to another phone", sippRefers},
		{"another codec by re-INVITE", sippChangesCodec}, {"INFO without Content-Type", sippSendsInfo},
		{"keys of captures", sippPressesKeys}, {"no common codec", sippOffersG729}, {"a second line for pictures", sippOffersVideo},
	}
	neverAcknowledged := sippNeverAcknowledges(t, x) // takes longer than all others together
	t.Run("calls", func(t *testing.T) {
		for _, c := range calls {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t, x.within(t))
			})
		}
	})
	only := func() bool { return l.LiveCalls() <= 1 } // the one that is never acknowledged
	require.Eventually(t, only, 10*time.Second, 50*time.Millisecond, "calls are left")
	t.Run("200 calls in a second", func(t *testing.T) { sippStorms(t, x.within(t)) })
	require.Eventually(t, only, 10*time.Second, 50*time.Millisecond, "calls are left")
	t.Run("registrations in thousands", func(t *testing.T) { registrationsStorm(t, x.within(t)) })
	t.Run("never acknowledged", neverAcknowledged)
	require.Eventually(t, func() bool { return l.LiveCalls() == 0 }, 10*time.Second, 50*time.Millisecond, "calls are left")
	l.WaitSilent()
	l.Stop()
}

func sippHearsPrompt(t *testing.T, x *exchange) {
	sent, got := x.call(t, "7001", carriertest.SIPpConfig{File: own("prompt")})
	require.Empty(t, sent)
	h := heardIn(got)
	require.True(t, h.HasTone(600), h.String())
	require.Equal(t, 50, h.Packets, "a second of sound is 50 packets")
	require.Zero(t, lostIn(got))
	c := x.one("7001")
	require.Equal(t, promptEnded, c.How())
	require.Equal(t, "PCMA", c.Codec)
	require.Equal(t, "carrier", c.Trunk)
	require.EqualValues(t, 50, c.Quality.Send.Packets)
	require.InDelta(t, 1000, c.TalkedMS, 500)
	ladder := x.Ladder(c.ID)
	require.Len(t, ladder, 5, "INVITE, 200, ACK, our BYE and its answer: %v", ladder)
	require.True(t, ladder[3].Out)
	require.Equal(t, "1 BYE", ladder[3].CSeq)
	require.Equal(t, "SIP/2.0 200 OK", ladder[4].FirstLine)
}

func sippHearsItself(t *testing.T, x *exchange) {
	sent, got, c := x.steadyCall(t, "7010", carriertest.SIPpConfig{Scenario: "uac_tone", Args: []string{"-d", "1500"}})
	requireTone(t, sent, 440, "SIPp")
	requireTone(t, got, 440, "the echo")
	require.InDelta(t, len(voices(sent)), len(voices(got)), 3, "packets came back")
	require.Zero(t, lostIn(got))
	require.Equal(t, theyHungUp, c.How())
	require.InDelta(t, len(voices(sent)), c.Quality.Receive.Packets, 3)
	require.Zero(t, c.Quality.Receive.Lost)
	heard := heardIn(got)
	transcript(t, x.Lines, c, "SIPp", fmt.Sprintf("SIPp sent %d packets of sound and got %d back: %s", len(voices(sent)), heard.Packets, heard.String()))
}

func sippSpeaks(t *testing.T, x *exchange) {
	sent, got, c := x.steadyCall(t, "7011", carriertest.SIPpConfig{File: own("speech")})
	require.Greater(t, len(voices(sent)), 100)
	require.InDelta(t, len(voices(sent)), len(voices(got)), 3)
	back := map[string]bool{}
	for _, p := range got {
		back[string(p.payload)] = true
	}
	missing := 0
	for _, p := range voices(sent) {
		if !back[string(p.payload)] {
			missing++
		}
	}
	require.LessOrEqual(t, missing, 2, "of %d packets so many did not come back as they were", len(sent))
	require.Equal(t, theyHungUp, c.How())
}

func sippCancels(t *testing.T, x *exchange) {
	phone := desk(t, x.Lines, x.phones["7101"], carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RingOnly}})
	x.call(t, "7101", carriertest.SIPpConfig{Scenario: "uac_cancel"})
	s := called(t, phone)
	<-s.Ended()
	require.Equal(t, 487, s.End().Status)
	require.Equal(t, "13800138000", s.Caller())
	require.Equal(t, callerGaveUp, x.one("7101").How())
	out := x.one("8001")
	require.Equal(t, "out", out.Direction)
	require.Equal(t, "cancelled ours caller_gave_up 487/16", out.How())
	require.Equal(t, x.one("7101").Conversation, out.Conversation)
}

// The caller speaks at 440 Hz, holds after 0.6 s for 0.6 s, and resumes; the phone answers at 880 Hz.
func sippHolds(t *testing.T, x *exchange) {
	phone := desk(t, x.Lines, x.phones["7102"], carrier.PhoneConfig{Play: playing(880)})
	s := x.sipp(t, "7102", carriertest.SIPpConfig{Scenario: "uac_hold"})
	session := called(t, phone)
	stop := session.Listen()
	require.Zero(t, s.Wait(t, callTime), "SIPp is not content")
	<-session.Ended()
	h := stop()
	require.True(t, h.HasTone(440), "the phone: %s", h.String())
	var before, after, music bool
	for _, span := range h.Tones {
		switch {
		case abs(span.Hz-440) <= 15 && span.From < 400*time.Millisecond:
			before = true
		case abs(span.Hz-440) <= 15 && span.To > 1400*time.Millisecond:
			after = true
		}
	}
	at := func(d time.Duration) int { return int(d * 8000 / time.Second) }
	if len(h.PCM) > at(1100*time.Millisecond) {
		held := carrier.Analyse(h.PCM[at(750*time.Millisecond):at(1100*time.Millisecond)])
		music = held.Energy > -40 && !held.HasTone(440)
	}
	require.True(t, before && music && after, "440 Hz, music, 440 Hz: %s", h.String())
	_, got := x.tap.of(s.Media())
	requireTone(t, got, 880, "SIPp")
	require.InDelta(t, 60, len(voices(got)), 25, "SIPp gets nothing while it holds: 1.2 s of 1.8 s")
	require.Equal(t, theyHungUp, x.one("7102").How())
	require.Equal(t, weHungUp, x.one("8002").How())
}

func abs(n int) int { return max(n, -n) }

// SIPp sends the first phone on to the second.
func sippRefers(t *testing.T, x *exchange) {
	first := desk(t, x.Lines, x.phones["7103"], carrier.PhoneConfig{Play: playing(700)})
	second := desk(t, x.Lines, x.phones["7104"], carrier.PhoneConfig{Play: playing(900)})
	s := x.sipp(t, "7103", carriertest.SIPpConfig{File: own("refer"), Keys: map[string]string{"target": "sip:7104@" + x.SIP}})
	a := called(t, first)
	ctx, cancel := context.WithTimeout(t.Context(), callTime)
	defer cancel()
	heard, err := a.Hear(ctx, 500*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, heard.Check("440"))
	b := called(t, second)
	require.Zero(t, s.Wait(t, callTime), "SIPp is not content")
	heard, err = a.Hear(ctx, 600*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, heard.Check("900"))
	heard, err = b.Hear(ctx, 600*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, heard.Check("700"))
	_, got := x.tap.of(s.Media())
	requireTone(t, got, 700, "SIPp before")
	require.NoError(t, b.Bye(ctx))
	require.NoError(t, a.Await(ctx))
	require.Equal(t, transferred, x.one("7103").How())
	last := x.one("8004")
	require.Equal(t, theyHungUpLast, last.How())
	for _, c := range x.WaitCalls("8003", 2) { // as called by SIPp, and as who talks to the second
		require.Equal(t, last.Conversation, c.Conversation)
		if c.Phone == "8003" {
			require.Equal(t, weHungUp, c.How())
		}
	}
}

// sippNeverAcknowledges begins a call that is never acknowledged; nothing is left of it 32 s later, which the test that it
// gives waits for.
func sippNeverAcknowledges(t *testing.T, x *exchange) func(*testing.T) {
	s := x.sipp(t, "7012", carriertest.SIPpConfig{File: own("noack"), Args: []string{"-timeout", "90s"}})
	return func(t *testing.T) {
		x := x.within(t)
		require.Zero(t, s.Wait(t, 50*time.Second), "SIPp must be hung up")
		c := x.one("7012")
		require.Equal(t, noAck, c.How())
		require.InDelta(t, 32, c.Ended.Sub(c.Started).Seconds(), 4)
		ladder := x.Ladder(c.ID)
		answers := 0
		for _, m := range ladder {
			if m.Out && m.FirstLine == "SIP/2.0 200 OK" {
				answers++
			}
		}
		require.Greater(t, answers, 5, "the answer is repeated: %v", ladder)
		require.Equal(t, "1 BYE", ladder[len(ladder)-1].CSeq, "and the caller is told in the end: %v", ladder)
	}
}

func sippChangesCodec(t *testing.T, x *exchange) {
	_, got := x.call(t, "7002", carriertest.SIPpConfig{File: own("reinvite")})
	a, mu := ofKind(got, 8), ofKind(got, 0)
	require.InDelta(t, 35, len(a), 15, "A-law for 0.7 s")
	require.InDelta(t, 35, len(mu), 15, "mu-law for 0.7 s")
	requireTone(t, a, 620, "before")
	requireTone(t, mu, 620, "after")
	require.Zero(t, lostIn(got))
	c := x.one("7002")
	require.Equal(t, theyHungUp, c.How())
	require.Equal(t, "PCMU", c.Codec)
}

func ofKind(list []packet, kind uint8) []packet {
	var out []packet
	for _, p := range list {
		if p.kind == kind {
			out = append(out, p)
		}
	}
	return out
}

// An INFO without Content-Type is answered, and the key of the next one is heard: an echo sends it back.
func sippSendsInfo(t *testing.T, x *exchange) {
	_, got := x.call(t, "7013", carriertest.SIPpConfig{Scenario: "uac_info"})
	require.Equal(t, "5", keysIn(got, 96))
	require.Equal(t, theyHungUp, x.one("7013").How())
}

// SIPp's captures begin each key with a packet of duration 0, for which some engines are deaf.
func sippPressesKeys(t *testing.T, x *exchange) {
	sent, got := x.call(t, "7014", carriertest.SIPpConfig{File: own("keys")})
	require.Equal(t, "159#", keysIn(sent, 101))
	require.Zero(t, duration(sent[0]), "the first packet of a capture")
	require.Equal(t, "159#", keysIn(got, 101))
	require.Equal(t, theyHungUp, x.one("7014").How())
}

func duration(p packet) int { return int(p.payload[2])<<8 | int(p.payload[3]) }

func sippOffersG729(t *testing.T, x *exchange) {
	_, got := x.call(t, "7015", carriertest.SIPpConfig{File: own("codec")})
	require.Empty(t, got)
	require.Empty(t, x.tap.flow(func(p packet) bool { return p.kind == 18 }))
}

func sippOffersVideo(t *testing.T, x *exchange) {
	for number, scenario := range map[string]string{"7016": "video", "7017": "video_off"} {
		_, got := x.call(t, number, carriertest.SIPpConfig{File: own(scenario)})
		requireTone(t, got, 440, scenario)
		require.Equal(t, theyHungUp, x.one(number).How())
	}
}

// 200 calls within a second, each with a prompt of its own to hear.
func sippStorms(t *testing.T, x *exchange) {
	const calls = 200
	s := x.sipp(t, "7003", carriertest.SIPpConfig{Scenario: "uac", Calls: calls, Rate: calls, Args: []string{"-d", "1500"}})
	require.Zero(t, s.Wait(t, 2*callTime), "SIPp is not content")
	_, got := x.tap.of(s.Media())
	flows := map[netip.AddrPort][]packet{}
	for _, p := range got {
		flows[p.from] = append(flows[p.from], p)
	}
	require.Len(t, flows, calls, "callers that heard something")
	for from, list := range flows {
		requireTone(t, list, 620, from.String())
		require.Zero(t, lostIn(list))
		require.InDelta(t, 75, len(list), 25, "1.5 s of sound")
	}
	for _, c := range x.WaitCalls("7003", calls) {
		require.Equal(t, theyHungUp, c.How())
		require.Equal(t, "PCMU", c.Codec)
		require.Greater(t, c.Quality.Send.Packets, int64(50))
	}
}

// Calls of the trunk begin, and lose no packet, while thousands of registrations come in every second; a phone of ours
// registers in the midst of them and is called.
func registrationsStorm(t *testing.T, x *exchange) {
	const calls = 40
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan int, 1)
	go func() { sent <- register(ctx, x.SIP) }()
	spare := x.phones["7105"]
	phone := desk(t, x.Lines, spare, carrier.PhoneConfig{Play: playing(500)})
	target := netip.MustParseAddrPort(x.SIP)
	load := make(chan carrier.LoadResult, 1)
	go func() {
		r, err := carrier.Load(ctx, carrier.LoadConfig{
			Target: target, Called: "7004", Caller: "13800138000", Local: netip.MustParseAddr(house.Carrier), Calls: calls, Rate: calls,
			Steady: 3 * time.Second, Media: carrier.MediaReceive, Codec: carrier.PCMA, Limit: 30 * time.Second,
		})
		if err != nil {
			t.Error(err)
		}
		load <- r
	}()
	s, err := carrier.Dial(ctx, carrier.Call{To: "7105", Proxy: x.SIP, From: "13800138000", Local: netip.MustParseAddr(house.Carrier)})
	require.NoError(t, err)
	defer s.Close()
	called(t, phone)
	h, err := s.Hear(ctx, time.Second)
	require.NoError(t, err)
	require.NoError(t, h.Check("500"))
	require.NoError(t, s.Bye(ctx))
	r := <-load
	cancel()
	t.Logf("%d registrations beside %d calls; answered after p50 %.1f ms, p99 %.1f ms", <-sent, r.Answered, r.Answer.P50, r.Answer.P99)
	require.Equal(t, calls, r.Answered)
	require.Empty(t, r.Refused)
	require.Zero(t, r.Unclean)
	require.Equal(t, calls, r.Media.Streams)
	require.Zero(t, r.Media.Lost)
	require.InDelta(t, calls*150, r.Media.Received, calls*10, "3 s of sound for each")
	for _, c := range x.WaitCalls("7004", calls) {
		require.Equal(t, theyHungUp, c.How())
	}
}

// register sends registrations of phones that are not there, from 200 addresses, until its context ends.
func register(ctx context.Context, target string) (sent int) {
	to, err := net.ResolveUDPAddr("udp", target)
	if err != nil {
		return 0
	}
	var sockets []*net.UDPConn
	for i := range 200 {
		c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 3, byte(i+1))}, to)
		if err != nil {
			return 0
		}
		defer c.Close()
		sockets = append(sockets, c)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return sent
		case <-tick.C:
		}
		for range 30 { // 3,000 a second
			c := sockets[sent%len(sockets)]
			from := c.LocalAddr().String()
			if _, err := fmt.Fprintf(c, "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\nFrom: <sip:9%d@%s>;tag=%d\r\n"+
				"To: <sip:9%d@%s>\r\nCall-ID: storm-%d\r\nCSeq: 1 REGISTER\r\nContact: <sip:9%d@%s>\r\nExpires: 60\r\nContent-Length: 0\r\n\r\n",
				target, from, sent, sent, target, sent, sent, target, sent, sent, from); err == nil {
				sent++
			}
		}
	}
}
