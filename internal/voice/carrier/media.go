package carrier

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"yingda/internal/platform/clock"
)

// stream is the RTP and RTCP of one session: one sender with absolute deadlines, one receiver with kernel times.
type stream struct {
	clock  clock.Clock
	rtp    *net.UDPConn
	rtcp   *net.UDPConn
	report time.Duration // between RTCP reports
	echo   atomic.Bool   // send back what comes, at once

	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex
	out      sending
	in       receiving
	source   Source
	finished chan struct{} // closed when the source ended; nil without one to wait for
}

// sending is the state of the way out; under stream.mu.
type sending struct {
	peer      netip.AddrPort
	peerRTCP  netip.AddrPort
	codec     Codec
	event     uint8
	on        bool
	ssrc      uint32
	sequence  uint16
	timestamp uint32
	packets   uint32
	octets    uint32
	events    []outEvent // keys that wait
	reports   int
}

// outEvent is one key to be sent.
type outEvent struct {
	event     byte
	each, gap time.Duration
	zeroFirst bool // the first packet says duration 0, as SIPp's captures do
	endOnly   bool // only the three end packets
	sent      chan struct{}
	at        int // packets of it sent
	timestamp uint32
}

func newStream(ip netip.Addr, c clock.Clock, report time.Duration) (*stream, error) {
	rtp, control, err := listenPair(ip, rtpPorts, 1<<20)
	if err != nil {
		return nil, err
	}
	var random [10]byte
	_, _ = rand.Read(random[:])
	ctx, cancel := context.WithCancel(context.Background())
	s := &stream{clock: c, rtp: rtp, rtcp: control, report: report, cancel: cancel, source: Silence()}
	s.out.ssrc = binary.BigEndian.Uint32(random[:])
	s.out.sequence = binary.BigEndian.Uint16(random[4:])
	s.out.timestamp = binary.BigEndian.Uint32(random[6:])
	s.done.Go(func() { s.send(ctx) })
	s.done.Go(s.receive)
	s.done.Go(s.receiveReports)
	return s, nil
}

// addr is where we receive RTP.
func (s *stream) addr() netip.AddrPort { return s.rtp.LocalAddr().(*net.UDPAddr).AddrPort() }

// apply takes over what was agreed. The SSRC stays, so that a re-INVITE is heard as the same voice.
func (s *stream) apply(codec Codec, event uint8, peer, peerRTCP netip.AddrPort, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.codec, s.out.event, s.out.peer, s.out.peerRTCP, s.out.on = codec, event, peer, peerRTCP, on
	s.in.codec, s.in.event = codec, event
}

// close ends the goroutines and gives the ports back.
func (s *stream) close() {
	s.cancel()
	s.rtp.Close()
	s.rtcp.Close()
	s.done.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endSource()
	for _, e := range s.out.events {
		close(e.sent)
	}
	s.out.events = nil
}

func (s *stream) endSource() {
	if s.finished != nil {
		close(s.finished)
		s.finished = nil
	}
}

// play changes what is sent; the channel closes when the source has ended or was replaced.
func (s *stream) play(source Source) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endSource()
	s.source, s.finished = source, make(chan struct{})
	return s.finished
}

func (s *stream) queue(e outEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.events = append(s.out.events, e)
}

// send is the pacer: packet n is due at start + n x 20 ms, whatever happened before.
func (s *stream) send(ctx context.Context) {
	due := s.clock.Now()
	report := due.Add(s.report)
	timer := s.clock.NewTimer(0)
	defer timer.Stop()
	buf := make([]byte, 0, rtpHeader+frameSamples)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C():
		}
		now := s.clock.Now()
		for !due.After(now) {
			buf = s.tick(buf[:0])
			due = due.Add(frameTime)
		}
		if s.report > 0 && !report.After(now) {
			s.sendReport(now)
			report = report.Add(s.report)
		}
		timer.Reset(due.Sub(now))
	}
}

// tick sends one frame or one packet of a key.
func (s *stream) tick(buf []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.timestamp += frameSamples
	if !s.out.on || !s.out.peer.IsValid() {
		return buf
	}
	if len(s.out.events) > 0 && s.out.event != 0 {
		return s.tickEvent(buf)
	}
	if s.echo.Load() {
		return buf
	}
	var pcm [frameSamples]int16
	if !s.source.Next(&pcm) {
		s.source = Silence()
		s.endSource()
	}
	var payload [frameSamples]byte
	table := s.out.codec.law()
	for i, v := range pcm {
		payload[i] = table.encode[uint16(v)]
	}
	return s.write(buf, packet{Type: uint8(s.out.codec), Timestamp: s.out.timestamp, Payload: payload[:], Marker: s.out.packets == 0})
}

func (s *stream) write(buf []byte, p packet) []byte {
	p.SSRC, p.Sequence = s.out.ssrc, s.out.sequence
	s.out.sequence++
	s.out.packets++
	s.out.octets += uint32(len(p.Payload))
	buf = appendRTP(buf[:0], p)
	_, _ = s.rtp.WriteToUDPAddrPort(buf, s.out.peer) // a peer that is gone answers with ICMP; the call's end tells
	return buf
}

// tickEvent sends the next packet of the first waiting key: growing durations at one timestamp, three end packets, gap.
func (s *stream) tickEvent(buf []byte) []byte {
	e := &s.out.events[0]
	if e.at == 0 {
		e.timestamp = s.out.timestamp
	}
	steps, gap := max(1, int(e.each/frameTime)), int(e.gap/frameTime)
	full := uint16(steps * frameSamples)
	at := e.at
	e.at++
	var raw [4]byte
	one := func(end bool, duration uint16, marker bool) {
		p := packet{Type: s.out.event, Timestamp: e.timestamp, Marker: marker, Payload: eventPayload(raw[:0], e.event, end, duration)}
		buf = s.write(buf, p)
	}
	switch {
	case at < steps-1 && !e.endOnly:
		duration := uint16((at + 1) * frameSamples)
		if e.zeroFirst && at == 0 {
			duration = 0
		}
		one(false, duration, at == 0)
	case at == steps-1:
		for i := range 3 { // RFC 4733 section 2.5.1.4
			one(true, full, e.endOnly && i == 0)
		}
	case at >= steps+gap-1:
		close(e.sent)
		s.out.events = s.out.events[1:]
	}
	return buf
}

// sendReport tells the peer what we sent and what came in (RFC 3550 section 6.4).
func (s *stream) sendReport(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.out.peerRTCP.IsValid() || !s.out.peerRTCP.Addr().IsValid() {
		return
	}
	blocks := s.in.reports(now)
	ntp := uint64(now.Unix()+2208988800)<<32 | uint64(now.Nanosecond())<<32/1e9
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: s.out.ssrc, Reports: blocks}
	if s.out.on {
		first = &rtcp.SenderReport{
			SSRC: s.out.ssrc, NTPTime: ntp, RTPTime: s.out.timestamp,
			PacketCount: s.out.packets, OctetCount: s.out.octets, Reports: blocks,
		}
	}
	name := &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: s.out.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "carrier@invalid"}},
	}}}
	data, err := rtcp.Marshal([]rtcp.Packet{first, name})
	if err != nil {
		return
	}
	if _, err := s.rtcp.WriteToUDPAddrPort(data, s.out.peerRTCP); err == nil {
		s.out.reports++
	}
}

// receive takes packets until the port closes.
func (s *stream) receive() {
	buf, oob, back := make([]byte, 2048), make([]byte, 128), make([]byte, 0, 2048)
	for {
		n, used, _, from, err := s.rtp.ReadMsgUDPAddrPort(buf, oob)
		if err != nil {
			return
		}
		at := time.Unix(0, arrival(oob[:used])).UTC()
		if p, ok := parseRTP(buf[:n]); ok {
			s.mu.Lock()
			if s.out.peer == netip.AddrPortFrom(from.Addr().Unmap(), from.Port()) || !s.out.peer.IsValid() {
				s.in.take(p, at)
				if s.echo.Load() && s.out.on && Codec(p.Type) == s.out.codec {
					back = s.write(back, packet{Type: p.Type, Marker: p.Marker, Timestamp: p.Timestamp, Payload: p.Payload})
				}
			} else {
				s.in.strangers++
			}
			s.mu.Unlock()
		}
	}
}

func (s *stream) receiveReports() {
	buf := make([]byte, 2048)
	for {
		n, _, err := s.rtcp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		list, err := rtcp.Unmarshal(buf[:n])
		if err != nil {
			continue
		}
		s.mu.Lock()
		for _, p := range list {
			switch r := p.(type) {
			case *rtcp.SenderReport:
				s.in.reported, s.in.senderReport, s.in.senderReportAt = s.in.reported+1, r.NTPTime, s.clock.Now()
			case *rtcp.ReceiverReport:
				s.in.reported++
			}
		}
		s.mu.Unlock()
	}
}
