package media

import (
	"math/bits"
	"net/netip"
	"time"

	"yingda/internal/voice/media/dtmf"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/media/latch"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

// kind is what a payload type means on a leg.
type kind uint8

const (
	kindNone kind = iota
	kindALaw
	kindMuLaw
	kindEvent
	kindNoise // comfort noise (RFC 3389): a sign of life, nothing to hear
)

const typeNoise = 13

// kind reads a payload type by what was agreed; the static numbers of the two laws are always known (RFC 3551).
func (l *Leg) kind(payloadType uint8) kind {
	switch {
	case l.agreed.HasEvent && payloadType == l.agreed.Event:
		return kindEvent
	case payloadType == l.agreed.PayloadType && l.agreed.Codec == sdp.PCMA, payloadType == uint8(sdp.PCMA):
		return kindALaw
	case payloadType == l.agreed.PayloadType, payloadType == uint8(sdp.PCMU):
		return kindMuLaw
	case payloadType == typeNoise:
		return kindNoise
	}
	return kindNone
}

// receive reads one packet of the i-th socket that has something.
func (t *thread) receive(i int) {
	slot, control := t.poller.at(i)
	if slot < 0 || int(slot) >= len(t.legs) {
		return
	}
	l := t.legs[slot]
	if l == nil {
		return
	}
	defer t.engine.caught("packet", l)
	s := l.rtp
	if control {
		s = l.rtcp
	}
	n, from, stamp := t.poller.receive(s, t.buffer[:])
	if n <= 0 || l.broken {
		return
	}
	t.counter.received++
	var delay time.Duration
	if stamp > 0 {
		delay = min(max(time.Duration(t.wall-stamp), 0), time.Second)
	}
	if control || rtp.IsRTCP(t.buffer[:n]) {
		l.readReport(t, t.buffer[:n], from, control)
		return
	}
	l.packet(t, t.buffer[:n], from, t.now-delay)
}

// packet handles one packet that came to the RTP port.
func (l *Leg) packet(t *thread, b []byte, from netip.AddrPort, arrival time.Duration) {
	in := &l.in
	p, ok := rtp.Parse(b)
	what := kindNone
	if ok && l.ready {
		what = l.kind(p.PayloadType)
	}
	if what == kindNone {
		in.invalid++
		t.counter.invalid++
		return
	}
	switch in.latch.Packet(from, p.SSRC, p.Sequence, t.now) {
	case latch.Refuse:
		in.refused++
		t.counter.refused++
		return
	case latch.Choose:
		l.aim()
	case latch.Accept:
	}
	in.heard, in.heardRTP = t.now, t.now
	l.timedOut = false
	place := in.receiver.Packet(&p, int64(arrival), what == kindALaw || what == kindMuLaw)
	if what == kindEvent { // the reader knows copies by itself, and begins at numbers that were seen before
		l.readKey(t, &p, arrival)
	}
	if place == rtp.Again {
		return
	}
	if what == kindNoise || len(p.Payload) == 0 || !l.agreed.Receive {
		if l.link.live {
			l.link.sequence--
		}
		return
	}
	if what != kindEvent {
		l.hear(t, what, &p, arrival)
	}
	l.pass(t, b, &p, what, place, arrival)
}

// hear gives audio to the tap and the search for keys.
func (l *Leg) hear(t *thread, what kind, p *rtp.Packet, arrival time.Duration) {
	if l.tap != nil {
		codec := sdp.PCMA
		if what == kindMuLaw {
			codec = sdp.PCMU
		}
		l.tap.Audio(true, p.SSRC, p.Timestamp, t.time(arrival), codec, p.Payload)
	}
	d := l.in.inband
	if d == nil {
		return
	}
	samples := t.linear[:min(len(p.Payload), maxSamples)]
	table := lawTable(what)
	for i := range samples {
		samples[i] = table[p.Payload[i]]
	}
	began, press, ok := d.Samples(samples, arrival)
	if began {
		l.interrupt()
	}
	if ok {
		l.pressed(t, press, ByInband)
	}
}

// pass gives the packet to where it shall be heard.
func (l *Leg) pass(t *thread, b []byte, p *rtp.Packet, what kind, place rtp.Place, arrival time.Duration) {
	switch l.route {
	case routeBridge:
		l.peer.forward(t, l, b, p, what, place)
		us := uint64(max(t.engine.now()-arrival, 0) / time.Microsecond) // not negative
		t.counter.relayDelays[min(bits.Len64(us), len(t.counter.relayDelays)-1)]++
	case routeEcho:
		if what != kindEvent {
			l.forward(t, l, b, p, what, place)
		}
	case routeMix:
		if what != kindEvent {
			l.part.flow.Put(p.Timestamp, p.Payload, lawTable(what))
		}
	case routeNone:
	}
}

func lawTable(what kind) *[256]int16 {
	if what == kindMuLaw {
		return g711.MuLawTable()
	}
	return g711.ALawTable()
}

// aim sends to where the latch says.
func (l *Leg) aim() {
	to := l.in.latch.Target()
	if to == l.out.address {
		return
	}
	if l.in.connected {
		l.rtp.disconnect()
		l.in.connected = false
	}
	l.out.address, l.out.to = to, l.rtp.newTarget(to)
	l.aimReports()
	l.out.on = l.agreed.Send && l.out.to.size > 0
}

// apply takes what was agreed, on the media thread.
func (l *Leg) apply(t *thread, a sdp.Agreed) {
	before := l.agreed
	l.agreed, l.ready = a, true
	l.in.latch.Signal(a.Remote)
	if a.Remote != before.Remote || a.RemoteRTCP != before.RemoteRTCP {
		l.in.rtcpSource = netip.AddrPort{}
	}
	l.aim()
	l.aimReports()
	l.out.on = a.Send && l.out.to.size > 0
	if !before.Receive || !before.Send || a.Remote != before.Remote {
		l.in.since = t.now // audio is expected from now on
	}
	if !a.Receive && l.part != nil {
		l.part.flow.Reset()
	}
	l.timedOut = false
}

// held reports that one side holds the other: whoever holds need not send, whatever he announced.
func (l *Leg) held() bool { return !l.agreed.Receive || !l.agreed.Send }

// readKey reads a telephone-event packet.
func (l *Leg) readKey(t *thread, p *rtp.Packet, arrival time.Duration) {
	began, press, ok := l.in.reader.Packet(p.SSRC, p.Timestamp, p.Payload, arrival)
	if began {
		l.interrupt()
	}
	if ok {
		l.pressed(t, press, ByEvent)
	}
}

// expireKey tells a key whose end was lost.
func (l *Leg) expireKey(t *thread) {
	if press, ok := l.in.reader.Expire(t.now); ok {
		l.pressed(t, press, ByEvent)
	}
}

// pressed tells a key.
func (l *Leg) pressed(t *thread, press dtmf.Press, way string) {
	if p := l.peer; way == ByEvent && l.route == routeBridge && p.ready && !p.agreed.HasEvent && p.playback == nil {
		p.play(t, &Playback{leg: p, prompt: t.engine.keyTones[press.Key]}) // the other side hears the key as tones
	}
	fn := l.onDigit
	if fn == nil {
		return
	}
	d := Digit{Key: press.Key, At: t.time(press.At), Duration: press.Duration, Way: way}
	l.later(func() { fn(d) })
}

// interrupt ends a playback that gives way to keys.
func (l *Leg) interrupt() {
	if l.playback != nil && l.playback.interruptible {
		l.stopPlayback(false)
	}
}

// look does what a leg needs twice a second: connect the socket, report, time out.
func (l *Leg) look(t *thread) {
	defer t.engine.caught("chores", l)
	in := &l.in
	switch settled := in.latch.Settled(t.now); {
	case settled && !in.connected && l.out.to.size > 0:
		in.connected = l.rtp.connect(&l.out.to)
	case !settled && in.connected: // silent: another source may follow
		l.rtp.disconnect()
		in.connected = false
	}
	if l.ready && t.now >= l.out.reportAt {
		l.sendReport(t, false)
	}
	limit := t.engine.cfg.Timeout
	if limit <= 0 || !l.ready || l.held() || l.timedOut || t.now-max(in.heard, in.since) < limit {
		return
	}
	l.timedOut = true
	if l.onTimeout != nil {
		l.later(l.onTimeout)
	}
}
