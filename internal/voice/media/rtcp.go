package media

import (
	"net/netip"
	"time"

	"yingda/internal/voice/media/rtp"
)

// reportPause is the time to the next report: the mean, by half shorter or longer so that legs do not beat together
// (RFC 3550 6.3.1). seed is any number that differs between legs and reports.
func reportPause(mean time.Duration, seed uint32) time.Duration {
	seed ^= seed << 13
	seed ^= seed >> 17
	seed ^= seed << 5
	return mean/2 + mean*time.Duration(seed%1000)/1000
}

// aimReports works out where reports go: the RTP address when both share it, else where theirs come from, else what was
// signalled.
func (l *Leg) aimReports() {
	to := l.agreed.RemoteRTCP
	switch {
	case l.agreed.Mux:
		to = l.out.address
	case l.in.rtcpSource.IsValid():
		to = l.in.rtcpSource
	case !to.IsValid() && l.out.address.IsValid() && l.out.address.Port() < 65535:
		to = netip.AddrPortFrom(l.out.address.Addr(), l.out.address.Port()+1)
	}
	l.out.rtcpAddr, l.out.rtcp = to, l.rtcp.newTarget(to)
}

// sendReport sends what we sent and what we heard, whether audio flows or is on hold.
func (l *Leg) sendReport(t *thread, bye bool) {
	o, in := &l.out, &l.in
	o.reportAt = t.now + reportPause(t.engine.cfg.Reports, o.ssrc^uint32(t.now)) // any bits do
	if o.rtcp.size == 0 || bye && !l.ready {
		return
	}
	var block rtp.ReportBlock
	var sender rtp.SenderInfo
	r := rtp.Report{SSRC: o.ssrc, Name: "yingda", Bye: bye}
	if in.receiver.Report(&block) {
		r.Block = &block
		if in.senderAt > 0 {
			block.LastSR = uint32(in.sender.NTP >> 16)                                 // the middle bits
			block.DelaySinceLast = uint32((t.now - in.senderAt) * 65536 / time.Second) // it wraps after 18 h
		}
	}
	if o.packets > 0 {
		sender = rtp.SenderInfo{
			NTP: rtp.NTP(t.wall), Timestamp: o.timestamp(t.now, false),
			Packets: uint32(o.packets), Octets: uint32(o.octets), // they wrap
		}
		r.Sender = &sender
	}
	var room [rtp.MaxReport]byte
	n := rtp.PutReport(room[:], &r)
	copy(t.frame[:], room[:n])
	if l.agreed.Mux {
		to := &o.to
		if in.connected {
			to = nil
		}
		l.rtp.send(t.frame[:n], to)
		return
	}
	l.rtcp.send(t.frame[:n], &o.rtcp)
}

// readReport reads their RTCP. On its own port it is taken from the host that audio comes from or that was signalled.
func (l *Leg) readReport(t *thread, b []byte, from netip.AddrPort, own bool) {
	in := &l.in
	host := from.Addr()
	known := l.ready && (host == in.latch.Target().Addr() || host == l.agreed.RemoteRTCP.Addr())
	if !known {
		in.refused++
		t.counter.refused++
		return
	}
	r, ok := rtp.ReadReports(b, l.out.ssrc)
	if !ok {
		in.invalid++
		t.counter.invalid++
		return
	}
	in.heard = t.now
	if own && from != in.rtcpSource {
		in.rtcpSource = from
		l.aimReports()
	}
	if r.IsSR {
		in.sender, in.senderAt = r.Sender, t.now
	}
	if r.IsBlock {
		in.block, in.blockKnown = r.Block, true
		if trip, ok := r.Block.RoundTrip(rtp.NTP(t.wall)); ok {
			in.roundTrip = time.Duration(trip) * time.Second / 65536
		}
	}
}
