//go:build linux

package media

import (
	"context"
	"encoding/binary"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/media/pace"
	"yingda/internal/voice/sdp"
)

// The loads measure what the media thread itself uses (RUSAGE_THREAD), with the far sides in the same process on
// threads of their own. Run one with
//
//	go test -run '^$' -bench 'Load' -benchtime 1x ./internal/voice/media
//
// Figures depend on what else the machine does; CPU is comparable, delay hardly.

const loadTime = 8 * time.Second

// far is many far sides behind one socket, sending and counting with few system calls.
type far struct {
	fd   int
	addr netip.AddrPort
	got  atomic.Uint64
	stop atomic.Bool
	done sync.WaitGroup
}

func newFar(tb testing.TB) *far {
	tb.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(tb, err)
	require.NoError(tb, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 8<<20)
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
	sa, err := unix.Getsockname(fd)
	require.NoError(tb, err)
	f := &far{fd: fd}
	f.addr = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(sa.(*unix.SockaddrInet4).Port))
	f.done.Go(f.count)
	tb.Cleanup(func() {
		f.stop.Store(true)
		f.done.Wait()
		_ = unix.Close(fd)
	})
	return f
}

// count reads what comes, many packets for one system call.
func (f *far) count() {
	const batch = 64
	var room [batch][512]byte
	var vectors [batch]unix.Iovec
	var messages [batch]unix.Mmsghdr
	for i := range messages {
		vectors[i].Base = &room[i][0]
		vectors[i].SetLen(len(room[i]))
		messages[i].Hdr.Iov = &vectors[i]
		messages[i].Hdr.SetIovlen(1)
	}
	for !f.stop.Load() {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(f.fd), uintptr(unsafe.Pointer(&messages)), batch, unix.MSG_WAITFORONE, 0, 0)
		if errno == 0 {
			f.got.Add(uint64(n))
		}
	}
}

// speak sends 20 ms frames to all ports at absolute deadlines, spread over the 20 ms.
func (f *far) speak(ports []int) {
	f.done.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		n := len(ports)
		packets, names := make([][172]byte, n), make([]unix.RawSockaddrInet4, n)
		vectors, messages := make([]unix.Iovec, n), make([]unix.Mmsghdr, n)
		for i, port := range ports {
			packets[i][0], packets[i][1] = 0x80, 8
			binary.BigEndian.PutUint32(packets[i][8:], uint32(i+1))
			names[i] = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: [4]byte{127, 0, 0, 1}, Port: uint16(port>>8 | port<<8)}
			vectors[i].Base = &packets[i][0]
			vectors[i].SetLen(172)
			messages[i].Hdr = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&names[i])), Namelen: unix.SizeofSockaddrInet4, Iov: &vectors[i]}
			messages[i].Hdr.SetIovlen(1)
		}
		begin := time.Now()
		for round := 0; !f.stop.Load(); round++ {
			for slot := range pace.Slots {
				due := begin.Add(time.Duration(round)*pace.Frame + time.Duration(slot)*pace.Tick)
				if d := time.Until(due); d > 0 {
					ts := unix.NsecToTimespec(int64(d))
					_ = unix.Nanosleep(&ts, nil)
				}
				for i := slot * n / pace.Slots; i < (slot+1)*n/pace.Slots; i++ {
					binary.BigEndian.PutUint16(packets[i][2:], uint16(round))
					binary.BigEndian.PutUint32(packets[i][4:], uint32(round*160))
				}
				for from := slot * n / pace.Slots; from < (slot+1)*n/pace.Slots; {
					sent, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(f.fd), uintptr(unsafe.Pointer(&messages[from])),
						uintptr((slot+1)*n/pace.Slots-from), 0, 0, 0)
					if errno != 0 {
						break
					}
					from += int(sent)
				}
			}
		}
	})
}

func loadEngine(tb testing.TB, processors int, realtime bool) *Engine {
	tb.Helper()
	e, err := NewEngine(Config{
		Bind: netip.MustParseAddr("127.0.0.1"), FirstPort: 20000, LastPort: 32767, Threads: 1, Clock: clock.System(),
		Processors: processors, Realtime: realtime,
	})
	require.NoError(tb, err)
	require.NoError(tb, e.Start(tb.Context()))
	tb.Cleanup(func() { require.NoError(tb, e.Stop(context.Background())) })
	return e
}

// connected reports that every socket that hears somebody is connected to him: a packet costs less then.
func (e *Engine) connected() bool {
	all := true
	for _, t := range e.threads {
		t.call(func() {
			for _, l := range t.legs {
				all = all && (l.in.connected || l.in.heardRTP == 0)
			}
		})
	}
	return all
}

func agreedTo(to netip.AddrPort) sdp.Agreed {
	return sdp.Agreed{
		Codec: sdp.PCMA, PayloadType: 8, Event: 101, HasEvent: true, Remote: to, Send: true, Receive: true, PTime: pace.Frame,
	}
}

// measure runs the load for a while and reports CPU-seconds per minute of each unit.
func measure(b *testing.B, e *Engine, units int, fars ...*far) (before, after Metrics) {
	b.Helper()
	legs := uint64(e.Metrics().Legs)
	require.Eventually(b, func() bool { return e.Metrics().Sent >= 50*legs && e.connected() }, time.Minute, 100*time.Millisecond)
	before = e.Metrics()
	begin := time.Now()
	var got uint64
	for _, f := range fars {
		got -= f.got.Load()
	}
	whole := before.Sent + legs*uint64(loadTime/pace.Frame) // what the load sends in that time
	require.Eventually(b, func() bool { after = e.Metrics(); return after.Sent >= whole }, 4*loadTime, 100*time.Millisecond)
	for _, f := range fars {
		got += f.got.Load()
	}
	took := time.Since(begin)
	sent := after.Sent - before.Sent
	b.ReportMetric((after.CPU-before.CPU).Seconds()/took.Seconds()*60/float64(units), "cpu-s/min")
	b.ReportMetric(float64((after.CPU-before.CPU).Microseconds())/float64(sent), "us/packet")
	b.ReportMetric(100*(after.CPU-before.CPU).Seconds()/took.Seconds(), "%core")
	b.ReportMetric(float64(sent)/took.Seconds()/50, "streams")
	b.ReportMetric(float64(after.Late-before.Late), "late")
	b.ReportMetric(float64(after.Wakes-before.Wakes)/took.Seconds(), "wakes/s")
	b.ReportMetric(100*float64(got)/float64(sent), "%heard")
	b.ReportMetric(0, "ns/op")
	return before, after
}

func BenchmarkLoadPrompts(b *testing.B) {
	const n = 2000
	e, f := loadEngine(b, RoomForMedia(), true), newFar(b)
	music := Tone(30*time.Second, 440)
	for range n {
		l, err := e.NewLeg()
		require.NoError(b, err)
		l.Apply(agreedTo(f.addr))
		l.Play(music, PlayOptions{Loop: true})
	}
	for b.Loop() {
		measure(b, e, n, f)
	}
}

// BenchmarkLoadBusy plays while more goroutines than there are processors work and allocate without a pause.
func BenchmarkLoadBusy(b *testing.B) {
	for name, c := range map[string]struct {
		processors int
		realtime   bool
	}{"AsItIs": {runtime.NumCPU(), false}, "Room": {RoomForMedia(), false}, "RoomRealtime": {RoomForMedia(), true}} {
		b.Run(name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU()))
			e, f := loadEngine(b, c.processors, c.realtime), newFar(b)
			music := Tone(30*time.Second, 440)
			for range 500 {
				l, err := e.NewLeg()
				require.NoError(b, err)
				l.Apply(agreedTo(f.addr))
				l.Play(music, PlayOptions{Loop: true})
			}
			var stop atomic.Bool
			var spin atomic.Int64
			var busy sync.WaitGroup
			for range 3 * runtime.NumCPU() {
				busy.Go(func() {
					for kept := [][]byte(nil); !stop.Load(); {
						if kept = append(kept, make([]byte, 1000)); len(kept) == 10000 {
							kept = nil
						}
						for i := range 2000 {
							spin.Store(int64(i))
						}
					}
				})
			}
			for b.Loop() {
				measure(b, e, 500, f)
			}
			stop.Store(true)
			busy.Wait()
		})
	}
}

func BenchmarkLoadBridges(b *testing.B)       { loadBridges(b, nil) }
func BenchmarkLoadBridgesTapped(b *testing.B) { loadBridges(b, &copyTap{}) }

// copyTap does what a recorder must at least do with each frame: copy it away.
type copyTap struct {
	ring [1 << 20]byte
	at   int
}

func (c *copyTap) Audio(_ bool, _, _ uint32, _ time.Time, _ sdp.Codec, payload []byte) {
	c.at = (c.at + 160) % (len(c.ring) - 2048)
	copy(c.ring[c.at:], payload)
}

func loadBridges(b *testing.B, tap Tap) {
	const n = 700
	e := loadEngine(b, RoomForMedia(), true)
	left, right := newFar(b), newFar(b)
	var ports [2][]int
	for range n {
		var pair [2]*Leg
		for i, f := range []*far{left, right} {
			l, err := e.NewLeg()
			require.NoError(b, err)
			l.Apply(agreedTo(f.addr))
			pair[i] = l
			ports[i] = append(ports[i], l.Port())
		}
		if tap != nil {
			pair[0].Tap(tap)
		}
		e.Bridge(pair[0], pair[1])
	}
	left.speak(ports[0])
	right.speak(ports[1])
	for b.Loop() {
		before, after := measure(b, e, n, left, right)
		b.ReportMetric(percentile(before, after, 50), "p50-us")
		b.ReportMetric(percentile(before, after, 99), "p99-us")
	}
}

// percentile reads the relay delays: the upper bound of the bucket.
func percentile(before, after Metrics, share float64) float64 {
	var all, sum uint64
	for i := range after.RelayDelays {
		all += after.RelayDelays[i] - before.RelayDelays[i]
	}
	for i := range after.RelayDelays {
		sum += after.RelayDelays[i] - before.RelayDelays[i]
		if float64(sum) >= share/100*float64(all) {
			return float64(uint64(1) << i)
		}
	}
	return 0
}
