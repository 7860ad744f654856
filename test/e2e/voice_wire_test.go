package e2e

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"yingda/internal/voice/carrier"
	"yingda/internal/voice/media/g711"
	"yingda/test/e2e/house"
)

// packet is one RTP packet as it crossed the loopback wire.
type packet struct {
	at       time.Time // the kernel's
	from, to netip.AddrPort
	kind     uint8 // payload type
	seq      uint16
	stamp    uint32 // RTP timestamp
	ssrc     uint32
	payload  []byte
}

// wiretap keeps the RTP packets to and from a range of ports, whoever sends and gets them: what foreign programs send and
// receive is judged by it, not by what they say.
type wiretap struct {
	fd   int
	done chan struct{}

	mu   sync.Mutex
	list []packet
}

// newWiretap listens until the test ends. It needs a raw socket, as SIPp's play_pcap_audio does.
func newWiretap(t *testing.T, first, last int) *wiretap {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	require.NoError(t, err, "a raw socket needs root or CAP_NET_RAW")
	w := &wiretap{fd: fd, done: make(chan struct{})}
	code, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadMemShift{Off: 0}, // X: the length of the IP header
		bpf.LoadIndirect{Off: 2, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: uint32(last), SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: uint32(first), SkipTrue: 3},
		bpf.LoadIndirect{Off: 0, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: uint32(last), SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: uint32(first), SkipTrue: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	})
	require.NoError(t, err)
	filter := make([]unix.SockFilter, len(code))
	for i, c := range code {
		filter[i] = unix.SockFilter{Code: c.Op, Jt: c.Jt, Jf: c.Jf, K: c.K}
	}
	require.NoError(t, unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}))
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20) // without the right to it the ordinary size has to do
	require.NoError(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1))
	require.NoError(t, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000}))
	stop := make(chan struct{})
	go w.read(stop)
	t.Cleanup(func() {
		close(stop)
		<-w.done
		_ = unix.Close(fd)
	})
	return w
}

func (w *wiretap) read(stop chan struct{}) {
	defer close(w.done)
	raw, control := make([]byte, 4096), make([]byte, 128)
	for {
		select {
		case <-stop:
			return
		default:
		}
		n, m, _, _, err := unix.Recvmsg(w.fd, raw, control, 0)
		if err != nil {
			continue // its time-out: look whether to stop
		}
		if p, ok := parsePacket(raw[:n]); ok {
			p.at = kernelTime(control[:m])
			w.mu.Lock()
			w.list = append(w.list, p)
			w.mu.Unlock()
		}
	}
}

func kernelTime(control []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return time.Now()
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= int(unsafe.Sizeof(unix.Timespec{})) {
			ts := (*unix.Timespec)(unsafe.Pointer(&m.Data[0]))
			return time.Unix(ts.Sec, ts.Nsec)
		}
	}
	return time.Now()
}

// parsePacket reads IPv4, UDP and RTP; RTCP is left out.
func parsePacket(raw []byte) (packet, bool) {
	if len(raw) < 20 || len(raw) < int(raw[0]&15)*4+8 {
		return packet{}, false
	}
	from, to := netip.AddrFrom4([4]byte(raw[12:16])), netip.AddrFrom4([4]byte(raw[16:20]))
	udp := raw[int(raw[0]&15)*4:]
	p := packet{
		from: netip.AddrPortFrom(from, binary.BigEndian.Uint16(udp)), to: netip.AddrPortFrom(to, binary.BigEndian.Uint16(udp[2:])),
	}
	rtp := udp[8:]
	if len(rtp) < 12 || rtp[0]>>6 != 2 || rtp[1] >= 192 && rtp[1] <= 223 {
		return packet{}, false
	}
	p.kind, p.seq = rtp[1]&127, binary.BigEndian.Uint16(rtp[2:])
	p.stamp, p.ssrc = binary.BigEndian.Uint32(rtp[4:]), binary.BigEndian.Uint32(rtp[8:])
	skip := 12 + int(rtp[0]&15)*4
	if len(rtp) < skip {
		return packet{}, false
	}
	p.payload = slices.Clone(rtp[skip:])
	return p, true
}

// flow gives the packets that a choice takes, in the order of arrival.
func (w *wiretap) flow(take func(packet) bool) []packet {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []packet
	for _, p := range w.list {
		if take(p) {
			list = append(list, p)
		}
	}
	return list
}

// of gives what a program at four ports sent, and what it got.
func (w *wiretap) of(media int) (sent, got []packet) {
	has := func(a netip.AddrPort) bool { return int(a.Port()) >= media && int(a.Port()) < media+4 }
	return w.flow(func(p packet) bool { return has(p.from) }), w.flow(func(p packet) bool { return has(p.to) })
}

// voices keeps the packets of G.711.
func voices(list []packet) []packet {
	var out []packet
	for _, p := range list {
		if p.kind == 0 || p.kind == 8 {
			out = append(out, p)
		}
	}
	return out
}

// pcmOf lays packets out by their RTP timestamps, each SSRC after the one before.
func pcmOf(list []packet) []int16 {
	var pcm []int16
	var ssrc, start uint32
	base := 0
	for i, p := range voices(list) {
		if i == 0 || p.ssrc != ssrc {
			ssrc, start, base = p.ssrc, p.stamp, len(pcm)
		}
		at := base + int(int32(p.stamp-start))
		if at < base || at > base+600*8000 {
			continue
		}
		decode := g711.DecodeALaw
		if p.kind == 0 {
			decode = g711.DecodeMuLaw
		}
		for len(pcm) < at+len(p.payload) {
			pcm = append(pcm, 0)
		}
		for k, b := range p.payload {
			pcm[at+k] = decode(b)
		}
	}
	return pcm
}

// heardIn analyses a flow.
func heardIn(list []packet) carrier.Heard {
	h := carrier.Analyse(pcmOf(list))
	h.Packets = len(voices(list))
	return h
}

// lostIn counts sequence numbers that are missing, per SSRC.
func lostIn(list []packet) int {
	lost := 0
	last := map[uint32]uint16{}
	for _, p := range list {
		if before, ok := last[p.ssrc]; ok {
			if d := int16(p.seq - before); d > 1 {
				lost += int(d) - 1
			}
		}
		last[p.ssrc] = p.seq
	}
	return lost
}

// keysIn reads the events of RFC 4733 of one payload type; an event is told by SSRC and timestamp.
func keysIn(list []packet, kind uint8) string {
	type event struct {
		ssrc, stamp uint32
	}
	seen := map[event]bool{}
	var keys strings.Builder
	for _, p := range list {
		id := event{p.ssrc, p.stamp}
		if p.kind == kind && len(p.payload) >= 4 && p.payload[0] < 16 && !seen[id] {
			seen[id] = true
			keys.WriteByte("0123456789*#ABCD"[p.payload[0]])
		}
	}
	return keys.String()
}

// requireTone fails unless a tone sounds in a flow.
func requireTone(t *testing.T, list []packet, hz float64, whose string) {
	t.Helper()
	h := heardIn(list)
	require.True(t, h.HasTone(hz), "%s: %s", whose, h.String())
}

// transcript writes down a call as an operator sees it: its SIP messages, how it ended, and what was heard.
func transcript(t *testing.T, l *house.Lines, c house.EndedCall, who string, heard ...string) {
	t.Helper()
	var text strings.Builder
	ladder := l.Ladder(c.ID)
	require.NotEmpty(t, ladder)
	for _, m := range ladder {
		way := who + " -> Yingda"
		if m.Out {
			way = "Yingda -> " + who
		}
		fmt.Fprintf(&text, "%9.1f ms  %-18s %s  (%s, %s)\n", float64(m.At.Sub(ladder[0].At).Microseconds())/1000, way, m.FirstLine, m.CSeq, m.Transport)
	}
	fmt.Fprintf(&text, "\nended: %s; %s; talked %d ms; received %d packets, lost %d; sent %d\n",
		c.How(), c.Codec, c.TalkedMS, c.Quality.Receive.Packets, c.Quality.Receive.Lost, c.Quality.Send.Packets)
	t.Logf("the leg of %s\n%s%s", c.Called, text.String(), strings.Join(heard, "\n"))
}
