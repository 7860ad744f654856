package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
	"yingda/internal/voice/carrier/carriertest"
	"yingda/internal/voice/media/g711"
	"yingda/test/e2e/house"
)

// The tones of these tests: 8,000 is no multiple of them, so no stretch of sound looks like another one close to it.
const (
	deskTone = 443
	farTone  = 887
)

// office is one installation with baresip on a desk and a carrier of ours far away.
type office struct {
	*house.Lines
	desk account
	far  *carrier.Phone // the carrier's side of the trunk: is called
	tap  *wiretap
}

func newOffice(t *testing.T) *office {
	t.Helper()
	l := house.StartLines(t, "--data-dir", house.Dir(t))
	o := &office{Lines: l, tap: newWiretap(t, l.First, l.Last)}
	far, err := carrier.NewPhone(carrier.PhoneConfig{Local: netip.MustParseAddr(house.Carrier), Play: playing(farTone)})
	require.NoError(t, err)
	o.far = far
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, far.Stop(ctx))
	})
	o.desk = line(l, "8001", "7201")
	l.Number("7210", "echo", nil)
	group := l.Trunk("carrier", far.Addr().String())
	l.Number("0", "trunk", map[string]any{"match": "prefix", "group_id": group})
	l.WaitTrunk("carrier", func(state string) bool { return state == "up" })
	return o
}

// baresip starts the desk phone and waits until it is registered.
func (o *office) baresip(t *testing.T) *carriertest.Baresip {
	t.Helper()
	b := carriertest.StartBaresip(t, carriertest.BaresipConfig{
		User: o.desk.number, Password: o.desk.password, Registrar: o.SIP, Hertz: deskTone, Answer: true,
	})
	o.WaitRegistered(o.desk.id, 1)
	return b
}

// dial calls the desk from outside.
func (o *office) dial(ctx context.Context, t *testing.T) *carrier.Session {
	t.Helper()
	s, err := carrier.Dial(ctx, carrier.Call{
		To: "7201", Proxy: o.SIP, From: "13800138000", Local: netip.MustParseAddr(house.Carrier), Codecs: []carrier.Codec{carrier.PCMA}, Play: carrier.Tone(farTone, 0),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // hung up by then, or its other side was killed
	return s
}

// hears fails unless somebody hears what is wanted now.
func hears(ctx context.Context, t *testing.T, s *carrier.Session, d time.Duration, want string) carrier.Heard {
	t.Helper()
	h, err := s.Hear(ctx, d)
	require.NoError(t, err)
	require.NoError(t, h.Check(want))
	return h
}

// deskGot is what baresip was sent since a moment.
func (o *office) deskGot(b *carriertest.Baresip, since time.Time) []packet {
	_, got := o.tap.of(b.Media())
	return slices.DeleteFunc(got, func(p packet) bool { return !p.at.After(since) })
}

func TestBaresipOnADesk(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.baresip(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	o.isCalled(ctx, t, b)
	o.holds(ctx, t, b)
	o.callsItself(t, b)
	o.callsOut(ctx, t, b)
	o.sendsOn(ctx, t, b)
	heard := b.Heard(t)
	require.True(t, heard.HasTone(farTone), "baresip's own recording of its first call: %s", heard.String())
	require.Eventually(t, func() bool { return o.LiveCalls() == 0 }, 10*time.Second, 50*time.Millisecond, "calls are left")
	o.WaitSilent()
	o.Stop()
}

// isCalled: a call from outside is heard on both sides, and recorded with both sides in step.
func (o *office) isCalled(ctx context.Context, t *testing.T, b *carriertest.Baresip) {
	began := time.Now()
	s := o.dial(ctx, t)
	h := hears(ctx, t, s, 2*time.Second, "443")
	require.Zero(t, h.Lost)
	require.InDelta(t, 100, h.Packets, 12)
	require.NoError(t, s.Bye(ctx))
	requireTone(t, o.deskGot(b, began), farTone, "the desk")
	in := o.WaitCalls("7201", 1)[0]
	require.Equal(t, theyHungUp, in.How())
	require.True(t, in.Recorded)
	require.Equal(t, "PCMA", in.Codec)
	require.Zero(t, in.Quality.Receive.Lost)
	require.Equal(t, "carrier", in.Trunk)
	out := o.WaitCalls("8001", 1)[0]
	require.Equal(t, weHungUp, out.How())
	require.Equal(t, in.Conversation, out.Conversation)

	r := o.WaitRecording(in.Conversation)
	require.False(t, r.Cut)
	require.Zero(t, r.Dropped)
	left, right := stereo(t, o.Sound(r.ID))
	requireRecorded(t, left, farTone, "the customer")
	requireRecorded(t, right, deskTone, "the desk")
	fromFar := o.tap.flow(func(p packet) bool { return p.from == s.Local() && p.at.After(began) })
	toFar := o.tap.flow(func(p packet) bool { return p.to == s.Local() && p.at.After(began) })
	off := misalignment(t, left, right, fromFar, toFar)
	require.LessOrEqual(t, off.Abs(), 5*time.Millisecond, "the sides of the recording against the wire")
	transcript(t, o.Lines, in, "carrier")
	atDesk := heardIn(o.deskGot(b, began))
	transcript(t, o.Lines, out, "baresip", "the caller heard "+h.String(), "baresip heard "+atDesk.String(),
		fmt.Sprintf("the recording has %d ms; its sides are %s off the wire", r.DurationMS, off))
}

// holds: who is held hears music, and the other one again after it.
func (o *office) holds(ctx context.Context, t *testing.T, b *carriertest.Baresip) {
	s := o.dial(ctx, t)
	hears(ctx, t, s, 600*time.Millisecond, "443")
	b.Do(t, "hold")
	require.Eventually(t, func() bool {
		h, err := s.Hear(ctx, 400*time.Millisecond)
		return err == nil && h.Energy > -40 && !h.HasTone(deskTone)
	}, 8*time.Second, time.Millisecond, "no music while baresip holds")
	b.Do(t, "resume")
	require.Eventually(t, func() bool {
		h, err := s.Hear(ctx, 400*time.Millisecond)
		return err == nil && h.Check("443") == nil
	}, 8*time.Second, time.Millisecond, "baresip is not heard after it resumed")
	require.NoError(t, s.Hold(ctx))
	held := time.Now()
	h, err := s.Hear(ctx, 500*time.Millisecond)
	require.NoError(t, err)
	require.LessOrEqual(t, h.Packets, 3, "who holds is sent nothing")
	music := heardIn(o.deskGot(b, held.Add(100*time.Millisecond)))
	require.True(t, music.Energy > -40 && !music.HasTone(farTone), "the desk should hear music: %s", music.String())
	require.NoError(t, s.Resume(ctx))
	hears(ctx, t, s, 600*time.Millisecond, "443")
	require.NoError(t, s.Bye(ctx))
	require.Equal(t, theyHungUp, o.WaitCalls("7201", 2)[1].How())
}

// callsItself: baresip calls an echo and hears itself.
func (o *office) callsItself(t *testing.T, b *carriertest.Baresip) {
	began := time.Now()
	b.Do(t, "dial", "sip:7210@"+o.SIP)
	require.Eventually(t, func() bool {
		h := heardIn(o.deskGot(b, began))
		return h.HasTone(deskTone)
	}, 10*time.Second, 50*time.Millisecond, "baresip does not hear itself")
	b.Do(t, "hangup")
	c := o.WaitCalls("7210", 1)[0]
	require.Equal(t, theyHungUp, c.How())
	require.Equal(t, "8001", c.Phone)
	require.False(t, c.Recorded, "an echo is no conversation")
}

// callsOut: baresip calls somebody outside over the trunk; tones and a key go through.
func (o *office) callsOut(ctx context.Context, t *testing.T, b *carriertest.Baresip) {
	began := time.Now()
	b.Do(t, "dial", "sip:013912345678@"+o.SIP)
	s := called(t, o.far)
	require.Equal(t, "013912345678", s.Called())
	hears(ctx, t, s, 800*time.Millisecond, "443")
	b.Do(t, "sndcode", "7")
	keys, err := s.WaitDigits(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, "7", keys)
	requireTone(t, o.deskGot(b, began), farTone, "the desk")
	b.Do(t, "hangup")
	require.NoError(t, s.Await(ctx))
	legs := o.WaitCalls("013912345678", 2)
	require.Equal(t, theyHungUp, legs[0].How())
	require.Equal(t, weHungUp, legs[1].How())
	require.Equal(t, "carrier", legs[1].Trunk)
	o.WaitRecording(legs[0].Conversation)
}

// sendsOn: baresip transfers its caller to the echo, who then hears himself.
func (o *office) sendsOn(ctx context.Context, t *testing.T, b *carriertest.Baresip) {
	s := o.dial(ctx, t)
	hears(ctx, t, s, 600*time.Millisecond, "443")
	b.Do(t, "transfer", "sip:7210@"+o.SIP)
	require.Eventually(t, func() bool {
		h, err := s.Hear(ctx, 400*time.Millisecond)
		return err == nil && h.Check("887") == nil
	}, 8*time.Second, time.Millisecond, "who was transferred does not hear the echo")
	require.NoError(t, s.Bye(ctx))
	require.Equal(t, theyHungUp, o.WaitCalls("7201", 3)[2].How())
	legs := o.Calls("8001")
	require.Equal(t, transferred, legs[len(legs)-1].How())
}

// stereo takes an A-law WAV file apart.
func stereo(t *testing.T, wav []byte) (left, right []byte) {
	t.Helper()
	require.True(t, len(wav) > 44 && string(wav[:4]) == "RIFF" && string(wav[8:12]) == "WAVE")
	require.EqualValues(t, 6, binary.LittleEndian.Uint16(wav[20:]), "A-law")
	require.EqualValues(t, 2, binary.LittleEndian.Uint16(wav[22:]), "channels")
	require.EqualValues(t, 8000, binary.LittleEndian.Uint32(wav[24:]))
	at := bytes.Index(wav, []byte("data"))
	require.Positive(t, at)
	for sound := wav[at+8:]; len(sound) >= 2; sound = sound[2:] {
		left, right = append(left, sound[0]), append(right, sound[1])
	}
	return left, right
}

func requireRecorded(t *testing.T, side []byte, hz float64, whose string) {
	t.Helper()
	pcm := make([]int16, len(side))
	for i, b := range side {
		pcm[i] = g711.DecodeALaw(b)
	}
	h := carrier.Analyse(pcm)
	require.True(t, h.HasTone(hz), "%s: %s", whose, h.String())
}

// misalignment compares the two sides of a recording with the wire: how much farther the right one is behind the left
// one than the packets were. A packet's time is that of the line through the packets that waited least.
func misalignment(t *testing.T, left, right []byte, toUs, fromUs []packet) time.Duration {
	t.Helper()
	wireLeft, placeLeft := place(t, left, toUs, nil)
	wireRight, placeRight := place(t, right, fromUs, func(wire time.Time) int {
		return placeLeft + int(wire.Sub(wireLeft).Seconds()*8000)
	})
	recorded := time.Duration(placeRight-placeLeft) * time.Second / 8000
	return recorded - wireRight.Sub(wireLeft)
}

// place finds five packets in a row from the middle of a flow in a side of the recording: when they began on the wire,
// and at which sample they are. The place nearest to the guess is taken.
func place(t *testing.T, side []byte, flow []packet, guess func(time.Time) int) (wire time.Time, sample int) {
	t.Helper()
	flow = voices(flow)
	require.Greater(t, len(flow), 40)
	first := flow[0]
	least := time.Duration(1 << 62)
	for _, p := range flow {
		if p.ssrc == first.ssrc {
			least = min(least, p.at.Sub(first.at)-time.Duration(int32(p.stamp-first.stamp))*time.Second/8000)
		}
	}
	middle := len(flow) / 2
	wire = first.at.Add(least + time.Duration(int32(flow[middle].stamp-first.stamp))*time.Second/8000)
	var sound []byte
	for _, p := range flow[middle : middle+5] {
		sound = append(sound, p.payload...)
	}
	var found []int
	for at := 0; ; at++ {
		next := bytes.Index(side[at:], sound)
		if next < 0 {
			break
		}
		at += next
		found = append(found, at)
	}
	require.NotEmpty(t, found, "the sound of the wire is not in the recording")
	if guess == nil { // nearest to where it is without any wait at the beginning
		guess = func(time.Time) int { return int(int32(flow[middle].stamp - first.stamp)) }
	}
	want := guess(wire)
	return wire, slices.MinFunc(found, func(a, b int) int { return abs(a-want) - abs(b-want) })
}
