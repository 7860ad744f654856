package media

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// supported reports that the loop can run here.
func supported() error { return nil }

// A system call that cannot block is made without telling Go's scheduler (RawSyscall): the call takes a few
// microseconds and the thread keeps its processor. Waiting tells it.

// poller waits for packets, commands and deadlines.
type poller struct {
	epoll, event int
	events       [256]unix.EpollEvent
	message      unix.Msghdr
	vector       unix.Iovec
	name         unix.RawSockaddrAny
	control      [64]byte
	old          bool // a kernel before 5.11: waits in whole milliseconds
}

func newPoller() (*poller, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(epoll)
		return nil, err
	}
	p := &poller{epoll: epoll, event: event}
	// Edge triggered: every write wakes once, and nobody needs to read it.
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: -1}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, event, &e); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *poller) close() {
	_ = unix.Close(p.epoll)
	_ = unix.Close(p.event)
}

// wake ends a wait, from any goroutine.
func (p *poller) wake() {
	one := [8]byte{}
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(p.event, one[:])
}

// add watches a socket. Level triggered: one packet is read for one event, so that no socket starves the others.
func (p *poller) add(s socket, slot int32, control bool) error {
	e := unix.EpollEvent{Events: unix.EPOLLIN, Fd: slot}
	if control {
		e.Pad = 1
	}
	return unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, s.fd, &e)
}

func (p *poller) remove(s socket) { _ = unix.EpollCtl(p.epoll, unix.EPOLL_CTL_DEL, s.fd, nil) }

// wait gives the number of events, after at most d.
func (p *poller) wait(d time.Duration) int {
	call := unix.Syscall6
	if d <= 0 {
		call = unix.RawSyscall6
		d = 0
	}
	var n uintptr
	var errno unix.Errno
	if !p.old {
		ts := unix.NsecToTimespec(int64(d))
		n, _, errno = call(unix.SYS_EPOLL_PWAIT2, uintptr(p.epoll), uintptr(unsafe.Pointer(&p.events)),
			uintptr(len(p.events)), uintptr(unsafe.Pointer(&ts)), 0, 0)
		p.old = errno == unix.ENOSYS
	}
	if p.old {
		n, _, errno = call(unix.SYS_EPOLL_PWAIT, uintptr(p.epoll), uintptr(unsafe.Pointer(&p.events)),
			uintptr(len(p.events)), uintptr((d+time.Millisecond-1)/time.Millisecond), 0, 0)
	}
	if errno != 0 {
		return 0
	}
	return int(n)
}

// sleep waits for d whatever comes.
func (p *poller) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	ts := unix.NsecToTimespec(int64(d))
	_, _, _ = unix.Syscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
}

// at tells which socket the event is about: the leg's slot (-1: the wake), and whether it is the one of RTCP.
func (p *poller) at(i int) (slot int32, control bool) { return p.events[i].Fd, p.events[i].Pad == 1 }

// socket is one bound UDP socket.
type socket struct {
	fd int
	v6 bool
}

func (s socket) close() { _ = unix.Close(s.fd) }

// listen opens the pair of sockets. taken reports that somebody else holds a port.
func (l *Leg) listen(bind netip.Addr, port int) (taken bool, err error) {
	l.rtp, err = listen(bind, port)
	if err != nil {
		return errors.Is(err, unix.EADDRINUSE) || errors.Is(err, unix.EACCES), err
	}
	l.rtcp, err = listen(bind, port+1)
	if err != nil {
		l.rtp.close()
		return errors.Is(err, unix.EADDRINUSE) || errors.Is(err, unix.EACCES), err
	}
	l.port = port
	return false, nil
}

func listen(bind netip.Addr, port int) (socket, error) {
	family := unix.AF_INET
	if bind.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return socket{}, err
	}
	s := socket{fd: fd, v6: bind.Is6()}
	var to unix.Sockaddr = &unix.SockaddrInet4{Port: port}
	if s.v6 {
		to = &unix.SockaddrInet6{Port: port, Addr: bind.As16()}
	} else {
		to = &unix.SockaddrInet4{Port: port, Addr: bind.As4()}
	}
	if err := unix.Bind(fd, to); err != nil {
		s.close()
		return socket{}, err
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	// Expedited forwarding (RFC 4594): voice goes before data where routers honour it.
	if s.v6 {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, 46<<2)
	} else {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, 46<<2)
	}
	return s, nil
}

// target is a destination in the kernel's form. The zero value is nobody.
type target struct {
	raw  unix.RawSockaddrInet6 // large enough for both families
	size uintptr
}

// newTarget prepares an address for a socket; the zero target when the socket cannot reach its family.
func (s socket) newTarget(to netip.AddrPort) target {
	var t target
	if !to.IsValid() || to.Port() == 0 || !s.v6 && !to.Addr().Unmap().Is4() {
		return t
	}
	port := to.Port()<<8 | to.Port()>>8
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 { // a big-endian machine
		port = to.Port()
	}
	if s.v6 {
		t.raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: to.Addr().As16()}
		t.size = unix.SizeofSockaddrInet6
		return t
	}
	v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&t.raw))
	*v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: to.Addr().Unmap().As4()}
	t.size = unix.SizeofSockaddrInet4
	return t
}

// connect lets the socket take packets from the target only, which also spares the kernel a look-up for each we send.
func (s socket) connect(t *target) bool {
	_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(s.fd), uintptr(unsafe.Pointer(&t.raw)), t.size)
	return errno == 0
}

// disconnect undoes it.
func (s socket) disconnect() {
	none := unix.RawSockaddrInet4{Family: unix.AF_UNSPEC}
	_, _, _ = unix.RawSyscall(unix.SYS_CONNECT, uintptr(s.fd), uintptr(unsafe.Pointer(&none)), unix.SizeofSockaddrInet4)
}

// send sends one packet; to nil goes to where the socket is connected. A refusal that an earlier packet met (ICMP) is
// reported by the kernel instead of sending, so it is tried once more.
func (s socket) send(b []byte, to *target) bool {
	var name unsafe.Pointer
	var size uintptr
	if to != nil {
		name, size = unsafe.Pointer(&to.raw), to.size
	}
	for range 2 {
		_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])),
			uintptr(len(b)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(name), size)
		switch errno {
		case 0:
			return true
		case unix.ECONNREFUSED, unix.EINTR:
		default:
			return false
		}
	}
	return false
}

// receive reads one packet into b. stamp is when the kernel got it, in Unix nanoseconds, 0 when unknown.
func (p *poller) receive(s socket, b []byte) (n int, from netip.AddrPort, stamp int64) {
	p.vector.Base = &b[0]
	p.vector.SetLen(len(b))
	p.message = unix.Msghdr{
		Name: (*byte)(unsafe.Pointer(&p.name)), Namelen: unix.SizeofSockaddrAny,
		Iov: &p.vector, Control: &p.control[0],
	}
	p.message.SetIovlen(1)
	p.message.SetControllen(len(p.control))
	size, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&p.message)), unix.MSG_DONTWAIT)
	if errno != 0 || p.message.Flags&unix.MSG_TRUNC != 0 {
		return -1, from, 0
	}
	return int(size), p.from(), p.stamp()
}

func (p *poller) from() netip.AddrPort {
	switch p.name.Addr.Family {
	case unix.AF_INET:
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&p.name))
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), port(&sa.Port))
	case unix.AF_INET6:
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(&p.name))
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), port(&sa.Port))
	}
	return netip.AddrPort{}
}

func port(p *uint16) uint16 { return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(p))[:]) }

// stamp finds SCM_TIMESTAMPNS, the only control message asked for.
func (p *poller) stamp() int64 {
	const size = int(unsafe.Sizeof(unix.Cmsghdr{})) + int(unsafe.Sizeof(unix.Timespec{}))
	if int(p.message.Controllen) < size { // 32 bits on some machines
		return 0
	}
	head := (*unix.Cmsghdr)(unsafe.Pointer(&p.control[0]))
	if head.Level != unix.SOL_SOCKET || head.Type != unix.SCM_TIMESTAMPNS {
		return 0
	}
	ts := (*unix.Timespec)(unsafe.Pointer(&p.control[unsafe.Sizeof(unix.Cmsghdr{})]))
	return ts.Nano()
}

// prepareThread asks for exact wake-ups and for a turn before other work: as a real-time thread (SCHED_RR) where that is
// wanted, else by a better nice value. Either needs a right (CAP_SYS_NICE) that the process may not have; then
// the thread is like any other. It reports what the thread got.
func prepareThread(realtime bool) priority {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	if realtime {
		const roundRobin, resetOnFork = 2, 0x40000000
		level := int32(1) // the lowest of the real-time ones is before everything else
		_, _, errno := unix.RawSyscall(unix.SYS_SCHED_SETSCHEDULER, 0, roundRobin|resetOnFork, uintptr(unsafe.Pointer(&level)))
		if errno == 0 {
			return priorityRealtime
		}
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SETPRIORITY, unix.PRIO_PROCESS, 0, ^uintptr(10)) // -11, of this thread alone
	if errno == 0 {
		return priorityRaised
	}
	return priorityNone
}

// threadCPU is what the calling system thread has used.
func threadCPU() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
