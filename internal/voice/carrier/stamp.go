package carrier

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listenStamped opens a UDP port whose packets carry the kernel's arrival time.
func listenStamped(at netip.AddrPort, buffer int) (*net.UDPConn, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	raw, err := c.SyscallConn()
	if err == nil {
		err = stamp(raw, buffer)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("prepare the port %s: %w", at, err)
	}
	return c, nil
}

// stamp asks for kernel arrival times and for buffers of so many bytes; as root beyond the system's limit.
func stamp(raw syscall.RawConn, buffer int) error {
	var inner error
	err := raw.Control(func(fd uintptr) {
		inner = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		if buffer > 0 {
			grow(int(fd), buffer)
		}
	})
	if inner != nil {
		return inner
	}
	return err
}

// grow sets both buffers. Without the right to go beyond the system's limit it takes what it gets.
func grow(fd, buffer int) {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer)
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, buffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, buffer)
	}
}

// arrival reads the kernel's time from a control message; 0 when there is none. Nanoseconds since 1970.
func arrival(oob []byte) int64 {
	for len(oob) >= unix.SizeofCmsghdr {
		size := int(binary.NativeEndian.Uint64(oob))
		level, kind := binary.NativeEndian.Uint32(oob[8:]), binary.NativeEndian.Uint32(oob[12:])
		if size < unix.SizeofCmsghdr || size > len(oob) {
			return 0
		}
		if level == unix.SOL_SOCKET && kind == unix.SO_TIMESTAMPNS && size >= unix.SizeofCmsghdr+16 {
			body := oob[unix.SizeofCmsghdr:]
			return int64(binary.NativeEndian.Uint64(body))*int64(time.Second) + int64(binary.NativeEndian.Uint64(body[8:]))
		}
		size = (size + 7) &^ 7
		if size > len(oob) {
			return 0
		}
		oob = oob[size:]
	}
	return 0
}

// listenPair opens an even port for RTP and the next one for RTCP.
func listenPair(ip netip.Addr, ports *portRange, buffer int) (rtp, rtcp *net.UDPConn, err error) {
	for range ports.size() / 2 {
		port := ports.next()
		rtp, err = listenStamped(netip.AddrPortFrom(ip, port), buffer)
		if err != nil {
			continue
		}
		rtcp, err = listenStamped(netip.AddrPortFrom(ip, port+1), 0)
		if err == nil {
			return rtp, rtcp, nil
		}
		rtp.Close()
	}
	return nil, nil, fmt.Errorf("no free pair of RTP ports in %d-%d: %w", ports.first, ports.last, err)
}
