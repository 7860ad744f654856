package carrier

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsg is struct mmsghdr of recvmmsg(2) and sendmmsg(2) on 64-bit Linux.
type mmsg struct {
	unix.Msghdr
	size uint32
	_    uint32
}

// batch is a set of packets that one system call moves. Nothing in it is allocated after newBatch.
type batch struct {
	messages []mmsg
	vectors  []unix.Iovec
	names    []unix.RawSockaddrInet4
	control  [][64]byte
	data     [][]byte
	used     int
}

func newBatch(n, size int) *batch {
	b := &batch{
		messages: make([]mmsg, n), vectors: make([]unix.Iovec, n), names: make([]unix.RawSockaddrInet4, n),
		control: make([][64]byte, n), data: make([][]byte, n),
	}
	all := make([]byte, n*size)
	for i := range n {
		b.data[i] = all[i*size : (i+1)*size : (i+1)*size]
		b.vectors[i].Base = &b.data[i][0]
		b.vectors[i].SetLen(size)
		m := &b.messages[i]
		m.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		m.Namelen = unix.SizeofSockaddrInet4
		m.Iov = &b.vectors[i]
		m.SetIovlen(1)
	}
	return b
}

// receive fills the batch with what waits in the socket, without waiting itself; 0: nothing.
func (b *batch) receive(fd int) (int, error) {
	for i := range b.messages {
		m := &b.messages[i]
		m.Namelen = unix.SizeofSockaddrInet4
		m.Control = &b.control[i][0]
		m.SetControllen(len(b.control[i]))
	}
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.messages[0])),
			uintptr(len(b.messages)), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR, unix.ECONNREFUSED: // the second: an earlier packet of ours found no port
			continue
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, errno
		}
	}
}

// packet gives the bytes of a received packet; they are valid until the next receive.
func (b *batch) packet(i int) []byte { return b.data[i][:b.messages[i].size] }

// source gives where it came from.
func (b *batch) source(i int) netip.AddrPort {
	n := &b.names[i]
	return netip.AddrPortFrom(netip.AddrFrom4(n.Addr), hostOrder(n.Port))
}

// hostOrder turns a port as the kernel keeps it, big endian, into a number, and back.
func hostOrder(port uint16) uint16 {
	var raw [2]byte
	binary.NativeEndian.PutUint16(raw[:], port)
	return binary.BigEndian.Uint16(raw[:])
}

// arrived gives the kernel's time of arrival and the count of packets that the socket dropped so far.
func (b *batch) arrived(i int) (at int64, dropped uint32) {
	oob := b.control[i][:b.messages[i].Controllen]
	return arrival(oob), overflow(oob)
}

// overflow reads SO_RXQ_OVFL; 0 when the message has none.
func overflow(oob []byte) uint32 {
	for len(oob) >= unix.SizeofCmsghdr {
		size := int(binary.NativeEndian.Uint64(oob))
		if size < unix.SizeofCmsghdr || size > len(oob) {
			return 0
		}
		if binary.NativeEndian.Uint32(oob[8:]) == unix.SOL_SOCKET && binary.NativeEndian.Uint32(oob[12:]) == unix.SO_RXQ_OVFL {
			return binary.NativeEndian.Uint32(oob[unix.SizeofCmsghdr:])
		}
		size = (size + 7) &^ 7
		if size >= len(oob) {
			return 0
		}
		oob = oob[size:]
	}
	return 0
}

// add puts a packet into the batch; full reports that it must be sent now. The bytes are copied by fill.
func (b *batch) add(to netip.AddrPort, fill func(buf []byte) []byte) {
	i := b.used
	b.data[i] = fill(b.data[i][:0])
	b.set(i, to)
}

func (b *batch) set(i int, to netip.AddrPort) {
	b.vectors[i].Base = &b.data[i][0]
	b.vectors[i].SetLen(len(b.data[i]))
	b.names[i] = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: hostOrder(to.Port()), Addr: to.Addr().As4()}
	b.used++
}

func (b *batch) full() bool { return b.used == len(b.messages) }

// send sends all and empties the batch. A full send buffer is waited for.
func (b *batch) send(fd int) error {
	for at := 0; at < b.used; {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.messages[at])),
			uintptr(b.used-at), 0, 0, 0)
		switch errno {
		case 0:
			at += int(n)
		case unix.EINTR, unix.ECONNREFUSED:
		case unix.EAGAIN, unix.ENOBUFS:
			nap(200 * time.Microsecond)
		default:
			b.used = 0
			return errno
		}
	}
	b.used = 0
	return nil
}

// nap sleeps in the kernel, on this thread.
func nap(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil) // woken early: the loop looks at the time anyway
}

// realtime is the clock of the kernel's arrival times, in nanoseconds since 1970.
func realtime() int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_REALTIME, &ts) // cannot fail with this clock
	return ts.Nano()
}

// threadCPU is the processor time of the calling thread.
func threadCPU() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ownThread ties the goroutine to its thread with a priority and gives what unties it. A thread whose priority was changed is
// never given back: it ends with the goroutine. Without the right to raise it, it stays as it was.
func ownThread(nice int) (release func()) {
	runtime.LockOSThread()
	if nice != 0 && unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), nice) == nil {
		return func() {}
	}
	return runtime.UnlockOSThread
}

// openSocket opens a non-blocking IPv4 UDP socket with kernel times, a drop counter and large buffers.
func openSocket(at netip.AddrPort, buffer int) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open a socket: %w", err)
	}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	}
	grow(fd, buffer)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()})
	}
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("open the port %s: %w", at, err)
	}
	return fd, nil
}

// boundTo gives the address of a socket.
func boundTo(fd int) (netip.AddrPort, error) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	v4, ok := name.(*unix.SockaddrInet4)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("the socket is not IPv4")
	}
	return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), uint16(v4.Port)), nil
}
