package media

import (
	"net/netip"
	"time"

	"yingda/internal/voice/media/dtmf"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/media/pace"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

// frameSize is the bytes, and the timestamp units, of 20 ms.
const frameSize = 160

// outbound is the one stream a leg sends, whatever speaks on it.
type outbound struct {
	on       bool // audio may be sent
	to       target
	address  netip.AddrPort // of to
	rtcp     target
	rtcpAddr netip.AddrPort

	ssrc     uint32
	sequence uint16        // of the next packet
	base     uint32        // timestamp at time 0 of the engine's line
	last     uint32        // timestamp of the newest packet
	lastAt   time.Duration // when it left
	begun    bool
	source   any    // who spoke last: a change of it is marked
	keyTS    uint32 // timestamp of the event being sent

	allowance             int32         // packets that may still be passed on, thousandths
	allowedAt             time.Duration // when it was last filled up
	packets, octets, late uint64
	reportAt              time.Duration
}

// begin draws what must be hard to guess (RFC 3550 5.1).
func (o *outbound) begin(now, reports time.Duration) {
	o.ssrc, o.base, o.sequence = random32(), random32(), uint16(random32()) // lower bits are wanted
	o.reportAt = now + reportPause(reports, o.ssrc)
	o.allowance, o.allowedAt = passBurst*1000, now
}

// timestamp is where the stream's clock stands at a time, in any case after the newest packet when source is new.
func (o *outbound) timestamp(at time.Duration, fresh bool) uint32 {
	ts := o.base + uint32(at/(time.Second/rtp.ClockRate)) // it wraps
	if fresh && o.begun {
		if short := int32(o.last + frameSize - ts); short > 0 { // wrapping clock
			o.base += uint32(short) // positive
			ts += uint32(short)     // positive
		}
	}
	return ts
}

// payloadType and law of what the far side takes.
func (l *Leg) law() sdp.Codec { return l.agreed.Codec }

// serve sends the frame that is due of keys or playback; a leg with neither leaves the wheel.
func (l *Leg) serve(t *thread, tick int64) {
	defer t.engine.caught("frame", l)
	if l.broken {
		t.unpace(l)
		return
	}
	if len(l.senders) > 0 && l.serveKeys(t, tick) {
		return
	}
	if l.playback != nil {
		frame, more := l.playback.frame(l.law())
		if frame != nil {
			l.sendFrame(t, tick, l.playback, frame)
		}
		if !more {
			l.stopPlayback(true)
		}
	}
	if l.playback == nil && len(l.senders) == 0 {
		t.unpace(l)
	}
}

func (l *Leg) place() (index, slot *int) { return &l.wheelAt, &l.wheelIn }

// speaks reports that keys or a playback have the stream, so that echo, bridge and mix are silent.
func (l *Leg) speaks() bool { return l.playback != nil || len(l.senders) > 0 }

// serveKeys sends the next packet of the keys; false when there is none left.
func (l *Leg) serveKeys(t *thread, tick int64) bool {
	for len(l.senders) > 0 {
		f, quiet, done := l.senders[0].Next()
		if done {
			l.senders = l.senders[1:]
			continue
		}
		if !quiet {
			l.sendKey(t, tick, &f)
		}
		return true
	}
	l.senders = nil
	return false
}

func (l *Leg) sendKey(t *thread, tick int64, f *dtmf.Frame) {
	if !l.out.on {
		return
	}
	o := &l.out
	if f.First {
		o.keyTS = o.timestamp(pace.Deadline(tick), true)
		o.last = o.keyTS
	}
	o.source = l.senders[0]
	p := rtp.Packet{
		Marker: f.First, PayloadType: l.agreed.Event, Sequence: o.sequence, Timestamp: o.keyTS, SSRC: o.ssrc,
	}
	o.sequence++
	p.Put(t.frame[:])
	copy(t.frame[rtp.HeaderSize:], f.Payload[:])
	l.transmit(t, t.frame[:rtp.HeaderSize+len(f.Payload)], len(f.Payload), t.now-pace.Deadline(tick))
}

// sendFrame sends 20 ms of our own making, in the leg's law.
func (l *Leg) sendFrame(t *thread, tick int64, source any, frame []byte) {
	o := &l.out
	if !o.on {
		return
	}
	due := pace.Deadline(tick)
	fresh := o.source != source
	o.source = source
	p := rtp.Packet{
		Marker: fresh, PayloadType: l.agreed.PayloadType, Sequence: o.sequence,
		Timestamp: o.timestamp(due, fresh), SSRC: o.ssrc,
	}
	o.sequence++
	o.last, o.begun = p.Timestamp, true
	p.Put(t.frame[:])
	n := copy(t.frame[rtp.HeaderSize:], frame)
	if l.tap != nil {
		l.tap.Audio(false, p.SSRC, p.Timestamp, t.time(t.now), l.law(), frame)
	}
	l.transmit(t, t.frame[:rtp.HeaderSize+n], n, t.now-due)
}

// transmit sends a finished packet. behind is how long after its deadline it leaves.
func (l *Leg) transmit(t *thread, b []byte, payload int, behind time.Duration) {
	to := &l.out.to
	if l.in.connected {
		to = nil
	}
	if !l.rtp.send(b, to) {
		t.counter.sendErrors++
		return
	}
	l.out.packets++
	l.out.octets += uint64(payload) // a datagram
	l.out.lastAt = t.now
	t.counter.sent++
	if behind > lateAfter {
		l.out.late++
		t.counter.late++
	}
}

// link rewrites the packets of one stream into another leg's stream.
type link struct {
	live     bool
	ssrc     uint32
	sequence uint16 // to be added
	offset   uint32 // to be added to timestamps
}

// forward passes a packet of from, which lies in b with its payload at the end, on to the leg.
func (l *Leg) forward(t *thread, from *Leg, b []byte, p *rtp.Packet, kind kind, place rtp.Place) {
	o, k := &l.out, &from.link
	if !o.on || l.broken || !o.allow(t.now) {
		return
	}
	if l.speaks() {
		k.live = false
		return
	}
	out := rtp.Packet{Marker: p.Marker, PayloadType: l.agreed.PayloadType, SSRC: o.ssrc, Payload: p.Payload}
	if kind == kindEvent {
		if !l.agreed.HasEvent {
			k.sequence-- // the far side shall not take it for a loss
			return
		}
		out.PayloadType = l.agreed.Event
	}
	if !k.live || k.ssrc != p.SSRC || place == rtp.First || o.source != any(from) {
		fresh := o.timestamp(t.now, true)
		*k = link{live: true, ssrc: p.SSRC, sequence: o.sequence - p.Sequence, offset: fresh - p.Timestamp}
		o.source, out.Marker = from, true
	}
	out.Sequence, out.Timestamp = p.Sequence+k.sequence, p.Timestamp+k.offset
	if int16(out.Sequence-o.sequence) >= 0 { // wrapping number
		o.sequence, o.last, o.begun = out.Sequence+1, out.Timestamp, true
	}
	if kind != kindEvent {
		l.translate(kind, out.Payload)
		if l.tap != nil {
			l.tap.Audio(false, out.SSRC, out.Timestamp, t.time(t.now), l.law(), out.Payload)
		}
	}
	start := cap(b) - cap(p.Payload) - rtp.HeaderSize // the payload is a part of b
	out.Put(b[start:])
	l.transmit(t, b[start:start+rtp.HeaderSize+len(p.Payload)], len(p.Payload), 0)
}

// Limits of what is passed on: far above any audio, so that only a packet that runs in a circle (two echoes that signal
// each other's port) or a flood meets them.
const (
	passRate  = 500  // packets in a second
	passBurst = 2000 // packets at once, after a stall
)

// allow takes one packet from the allowance.
func (o *outbound) allow(now time.Duration) bool {
	gained := int64((now - o.allowedAt) / time.Microsecond * passRate / 1000)
	o.allowance = int32(min(int64(o.allowance)+gained, passBurst*1000))
	o.allowedAt = now
	if o.allowance < 1000 {
		return false
	}
	o.allowance -= 1000
	return true
}

// translate turns a payload into the leg's law in place.
func (l *Leg) translate(from kind, payload []byte) {
	switch {
	case from == kindALaw && l.law() == sdp.PCMU:
		g711.AToMu(payload)
	case from == kindMuLaw && l.law() == sdp.PCMA:
		g711.MuToA(payload)
	}
}
