package carrier

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// The pace of the media thread: packets are due in ten slots of 2 ms; what arrived is read every second slot.
const (
	mediaSlots = 10
	slotTime   = frameTime / mediaSlots
	mediaChunk = 16 // packets that share one moment of sending
	mediaBatch = 128
)

// slowChunk is how long sending one chunk may take; longer, the thread was not running, and the delay of those packets
// is not the engine's.
const slowChunk = time.Millisecond

// loadStream is one direction pair of a call: what we send to and hear from one port of the engine.
type loadStream struct {
	id        uint32
	socket    int
	remote    netip.AddrPort
	active    atomic.Bool
	ssrc      uint32
	sequence  uint16
	timestamp uint32

	// The media thread's own.
	heard    bool
	theirs   uint32 // SSRC
	last     int64  // arrival
	highest  uint32 // extended sequence number
	base     uint32
	received int
	line     int64 // earliest offset between arrival and timestamp
	partner  uint32
	paired   bool
	reported time.Time // our last RTCP report
}

// loadMedia is the thread of sound.
type loadMedia struct {
	cfg     *LoadConfig
	sockets []int // RTP
	spare   []int // RTCP beside them, never read
	addrs   []netip.AddrPort

	byPort    [65536]atomic.Pointer[loadStream]
	mu        sync.Mutex
	pending   []*loadStream
	all       []*loadStream
	measuring atomic.Bool
	measured  atomic.Bool // and ended
	reset     atomic.Bool // begin the figures anew
	begin     atomic.Int64
	end       atomic.Int64

	slots     [mediaSlots][][]*loadStream // by slot and socket
	in        *batch
	out       *batch
	payload   [frameSamples]byte
	chunk     uint32
	slow      [1 << 16]bool // by chunk number
	figures   LoadMedia
	delays    [10]*histogram // by tenth of the steady time
	drops     []uint32
	dropsZero []uint32
	cpu       time.Duration
}

var payloadMark = [8]byte{'Y', 'D', 'D', 'E', 'L', 'A', 'Y', '1'}

func newLoadMedia(cfg *LoadConfig) (*loadMedia, error) {
	m := &loadMedia{cfg: cfg, in: newBatch(mediaBatch, 512), out: newBatch(mediaChunk, 256)}
	for i := range m.payload {
		m.payload[i] = byte(0x50 + i%8) // quiet, but not silence: nobody may suppress it
	}
	copy(m.payload[:], payloadMark[:])
	for i := range m.delays {
		m.delays[i] = &histogram{}
	}
	buffer := 1 << 16
	if cfg.receives() {
		buffer = 32 << 20
	}
	for range cfg.Sockets {
		if err := m.open(buffer); err != nil {
			m.close()
			return nil, err
		}
	}
	m.drops, m.dropsZero = make([]uint32, cfg.Sockets), make([]uint32, cfg.Sockets)
	for i := range m.slots {
		m.slots[i] = make([][]*loadStream, cfg.Sockets)
	}
	return m, nil
}

// open opens a pair of ports.
func (m *loadMedia) open(buffer int) error {
	var err error
	for range rtpPorts.size() / 2 {
		port := rtpPorts.next()
		var rtp, rtcp int
		if rtp, err = openSocket(netip.AddrPortFrom(m.cfg.Local, port), buffer); err != nil {
			continue
		}
		if rtcp, err = openSocket(netip.AddrPortFrom(m.cfg.Local, port+1), 4096); err != nil {
			unix.Close(rtp)
			continue
		}
		m.sockets, m.spare = append(m.sockets, rtp), append(m.spare, rtcp)
		m.addrs = append(m.addrs, netip.AddrPortFrom(m.cfg.Local, port))
		return nil
	}
	return fmt.Errorf("no free pair of RTP ports: %w", err)
}

func (m *loadMedia) close() {
	for _, fd := range append(m.sockets, m.spare...) {
		unix.Close(fd)
	}
	m.sockets, m.spare = nil, nil
}

// local is the port that the stream with this number receives at.
func (m *loadMedia) local(id uint32) netip.AddrPort { return m.addrs[int(id)%len(m.addrs)] }

// start adds a stream: the engine's port is known. Called by the signalling thread.
func (m *loadMedia) start(id uint32, remote netip.AddrPort) *loadStream {
	if m.cfg.Media == MediaNone || !remote.IsValid() {
		return nil
	}
	s := &loadStream{id: id, socket: int(id) % len(m.sockets), remote: remote, ssrc: 0x10000000 + id}
	s.sequence, s.timestamp = uint16(id*7919), id*104729
	s.active.Store(true)
	m.byPort[remote.Port()].Store(s)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = append(m.pending, s)
	return s
}

// stop ends a stream; its figures stay.
func (m *loadMedia) stop(s *loadStream) {
	if s == nil {
		return
	}
	s.active.Store(false)
	m.byPort[s.remote.Port()].CompareAndSwap(s, nil)
}

// measure begins the figures anew; stopMeasuring freezes them.
func (m *loadMedia) measure(now int64, d time.Duration) {
	m.begin.Store(now)
	m.end.Store(now + int64(d))
	m.reset.Store(true)
	m.measuring.Store(true)
}

func (m *loadMedia) stopMeasuring(now int64) {
	if m.measuring.Load() {
		m.measured.Store(true)
		m.measuring.Store(false)
		m.end.Store(now)
	}
}

// run is the thread: every 2 ms it sends what is due and every 4 ms reads what came. Deadlines are absolute.
func (m *loadMedia) run(ctx context.Context) {
	before := threadCPU()
	begin := m.cfg.Clock.Now()
	for n := 0; ctx.Err() == nil; n++ {
		due := begin.Add(time.Duration(n) * slotTime)
		now := m.cfg.Clock.Now()
		if wait := due.Sub(now); wait > 0 {
			nap(wait)
		} else if m.measuring.Load() {
			m.figures.OwnLateMS = max(m.figures.OwnLateMS, float64((-wait).Microseconds())/1000)
		}
		if m.reset.CompareAndSwap(true, false) {
			m.restart()
		}
		m.take()
		if m.cfg.sends() {
			m.send(n % mediaSlots)
		}
		if n%2 == 0 && m.cfg.receives() {
			m.receive()
		}
		if n%reportEvery == 0 && m.cfg.Reports > 0 {
			m.report(now)
		}
	}
	m.cpu = threadCPU() - before
}

// take adds new streams to their slots and, once a frame, drops ended ones.
func (m *loadMedia) take() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.pending {
		slot := int(s.id) / len(m.sockets) % mediaSlots
		m.slots[slot][s.socket] = append(m.slots[slot][s.socket], s)
		m.all = append(m.all, s)
	}
	m.pending = m.pending[:0]
}

// restart forgets what was counted before measuring began.
func (m *loadMedia) restart() {
	m.figures = LoadMedia{}
	for i := range m.delays {
		*m.delays[i] = histogram{}
	}
	copy(m.dropsZero, m.drops)
	for _, s := range m.all {
		if s.heard {
			s.base, s.received, s.last, s.line = s.highest+1, 0, 0, 1<<62
		}
	}
}

// send sends one packet of each stream of the slot, in chunks that share one moment.
func (m *loadMedia) send(slot int) {
	for socket, list := range m.slots[slot] {
		kept := list[:0]
		for _, s := range list {
			if !s.active.Load() {
				continue
			}
			kept = append(kept, s)
			m.write(s)
			if m.out.full() {
				m.flush(socket)
			}
		}
		m.slots[slot][socket] = kept
		if m.out.used > 0 {
			m.flush(socket)
		}
	}
}

// write puts the stream's next packet into the batch; its time is set by flush.
func (m *loadMedia) write(s *loadStream) {
	p := packet{Type: uint8(m.cfg.Codec), Sequence: s.sequence, Timestamp: s.timestamp, SSRC: s.ssrc, Payload: m.payload[:]}
	s.sequence++
	s.timestamp += frameSamples
	i := m.out.used
	buf := appendRTP(m.out.data[i][:0], p)
	binary.BigEndian.PutUint32(buf[rtpHeader+16:], s.id)
	binary.BigEndian.PutUint32(buf[rtpHeader+20:], m.chunk)
	m.out.data[i] = buf
	m.out.set(i, s.remote)
	if m.measuring.Load() {
		m.figures.Sent++
	}
}

// reportEvery is how many slots pass between two looks at whose report is due: 100 ms.
const reportEvery = 50

// report sends an empty receiver report with a name (RFC 3550 section 6.1) for each stream whose time has come.
func (m *loadMedia) report(now time.Time) {
	for socket, fd := range m.spare {
		for _, s := range m.all {
			if s.socket != socket || !s.active.Load() || now.Before(s.reported.Add(m.cfg.Reports)) {
				continue
			}
			s.reported = now
			m.out.add(netip.AddrPortFrom(s.remote.Addr(), s.remote.Port()+1), func(b []byte) []byte {
				b = append(b, 0x80, 201, 0, 1)
				b = binary.BigEndian.AppendUint32(b, s.ssrc)
				b = append(b, 0x81, 202, 0, 2)
				b = binary.BigEndian.AppendUint32(b, s.ssrc)
				return append(b, 1, 1, 'c', 0)
			})
			if m.out.full() {
				_ = m.out.send(fd) // the next report follows
			}
		}
		_ = m.out.send(fd)
	}
}

// flush stamps the packets of the batch with one time and sends them. When that took long, the thread was interrupted:
// the delay of these packets is not counted.
func (m *loadMedia) flush(socket int) {
	now := realtime()
	for i := range m.out.used {
		binary.BigEndian.PutUint64(m.out.data[i][rtpHeader+8:], uint64(now))
	}
	_ = m.out.send(m.sockets[socket]) // what does not go out is missing at the other end
	m.slow[uint16(m.chunk)] = realtime()-now > int64(slowChunk)
	m.chunk++
}

func (m *loadMedia) receive() {
	for socket, fd := range m.sockets {
		for {
			n, err := m.in.receive(fd)
			if err != nil || n == 0 {
				break
			}
			for i := range n {
				at, dropped := m.in.arrived(i)
				if dropped != 0 {
					m.drops[socket] = dropped
				}
				m.hear(m.in.packet(i), m.in.source(i), at)
			}
			if n < mediaBatch {
				break
			}
		}
	}
}

// hear counts one packet.
func (m *loadMedia) hear(data []byte, from netip.AddrPort, at int64) {
	p, ok := parseRTP(data)
	if !ok {
		return
	}
	measuring := m.measuring.Load()
	if !measuring && m.measured.Load() {
		return // the figures stand
	}
	s := m.byPort[from.Port()].Load()
	if s == nil {
		if measuring {
			m.figures.Strangers++
		}
		return
	}
	if !s.heard || s.theirs != p.SSRC {
		s.heard, s.theirs = true, p.SSRC
		s.highest, s.base, s.received = uint32(p.Sequence)+1<<20, uint32(p.Sequence)+1<<20, 0
		s.last, s.line = 0, 1<<62
	}
	if step := int16(p.Sequence - uint16(s.highest)); step > 0 {
		s.highest += uint32(step)
	}
	if !measuring {
		s.last = at
		return
	}
	s.received++
	m.figures.Received++
	m.lateness(s, p, at)
	m.delay(s, p.Payload, at)
	s.last = at
}

// lateness looks for gaps and for packets behind the stream's line.
func (m *loadMedia) lateness(s *loadStream, p packet, at int64) {
	gap := time.Duration(at - s.last)
	if s.last != 0 && gap > lateAfter {
		m.figures.Gaps++
		m.lateEvent(at, gap)
	}
	if s.last != 0 {
		m.figures.MaxGapMS = max(m.figures.MaxGapMS, float64(gap.Microseconds())/1000)
	}
	offset := at - int64(p.Timestamp)*int64(time.Second/rate)
	s.line = min(s.line, offset)
	if behind := time.Duration(offset - s.line); behind > lateAfter && behind < time.Hour {
		m.figures.Late++
		m.lateEvent(at, behind)
	}
}

func (m *loadMedia) lateEvent(at int64, by time.Duration) {
	if len(m.figures.LateEvents) < 1000 {
		m.figures.LateEvents = append(m.figures.LateEvents, LateEvent{At: time.Unix(0, at).UTC(), By: by})
	}
}

// delay reads the moment of sending out of a payload of ours that came back through the engine.
func (m *loadMedia) delay(s *loadStream, payload []byte, at int64) {
	if len(payload) < 24 || [8]byte(payload) != payloadMark {
		return
	}
	sent := int64(binary.BigEndian.Uint64(payload[8:]))
	partner, chunk := binary.BigEndian.Uint32(payload[16:]), binary.BigEndian.Uint32(payload[20:])
	if !s.paired {
		s.paired, s.partner = true, partner
	} else if s.partner != partner {
		m.figures.Crossed++
		return
	}
	if m.slow[uint16(chunk)] {
		m.figures.Excluded++
		return
	}
	begin, end := m.begin.Load(), m.end.Load()
	tenth := 0
	if end > begin {
		tenth = min(9, max(0, int((at-begin)*10/(end-begin))))
	}
	m.delays[tenth].add(time.Duration(at - sent))
}

// result is read when the thread has ended.
func (m *loadMedia) result() LoadMedia {
	r := m.figures
	var sum histogram
	for _, h := range m.delays {
		sum.merge(h)
	}
	r.Delay, r.DelayFirst, r.DelayLast = sum.percentiles(), m.delays[0].percentiles(), m.delays[9].percentiles()
	for _, s := range m.all {
		if s.received > 0 {
			r.Streams++
			r.Lost += max(0, int(s.highest-s.base+1)-s.received)
		}
	}
	for i := range m.drops {
		r.Dropped += int(m.drops[i] - m.dropsZero[i])
	}
	if r.Received > 0 {
		r.LatePct = 100 * float64(r.Late) / float64(r.Received)
	}
	if begin := m.begin.Load(); begin != 0 {
		r.Seconds = time.Duration(m.end.Load() - begin).Seconds()
	}
	return r
}
