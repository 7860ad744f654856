package wire

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// stream is one TCP or TLS connection. sipgo reads whole, checked, stamped messages from it.
type stream struct {
	net.Conn // raw, or *tls.Conn
	w        *Wire
	network  string
	remote   netip.AddrPort
	local    netip.AddrPort
	text     *remote

	in   []byte // read and not yet framed; only the reading goroutine's
	out  []byte // framed and not yet given out
	rest []byte // of out

	heard   atomic.Int64 // nanoseconds of the last byte read
	began   atomic.Int64 // of the first byte of a message that is not whole, 0 between messages
	writing atomic.Int64 // since when a write waits, 0 when none
	writers atomic.Int32
	once    sync.Once
}

const readSize = 4096

func (s *stream) now() int64 { return s.w.cfg.Clock.Now().UnixNano() }

// RemoteAddr and LocalAddr give one text form whatever the socket's family.
func (s *stream) RemoteAddr() net.Addr { return s.text }

// Read gives the next message, or as much of it as b takes.
func (s *stream) Read(b []byte) (int, error) {
	for len(s.rest) == 0 {
		if ok, err := s.next(); err != nil {
			_ = s.Close()
			return 0, err
		} else if ok {
			break
		}
		if err := s.fill(); err != nil {
			_ = s.Close()
			return 0, err
		}
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *stream) fill() error {
	if len(s.in) > MaxMessage {
		s.w.counts.drop(TooLarge)
		return io.EOF
	}
	at := len(s.in)
	if cap(s.in)-at < readSize {
		grown := make([]byte, at, max(2*cap(s.in), at+readSize))
		copy(grown, s.in)
		s.in = grown
	}
	n, err := s.Conn.Read(s.in[at : at+readSize])
	if n > 0 {
		s.in = s.in[:at+n]
		s.heard.Store(s.now())
		if at == 0 {
			s.began.Store(s.heard.Load())
		}
		return nil
	}
	if err == nil {
		return nil
	}
	return io.EOF // whatever it was, the connection is over; sipgo logs anything else as an error
}

// next frames one message from what was read. False: more is needed. The error ends the connection.
func (s *stream) next() (bool, error) {
	for {
		s.keepAlive()
		if len(s.in) == 0 {
			s.began.Store(0)
			return false, nil
		}
		end := bytes.Index(s.in, []byte("\r\n\r\n"))
		if end < 0 {
			if len(s.in) > MaxHead {
				s.refuse(head{length: -1}, HeaderTooLarge)
				return false, io.EOF
			}
			return false, nil
		}
		h, wrong := inspectHead(s.in[:end+4])
		if wrong == nil && h.length < 0 {
			wrong = bad(BadLength, "no Content-Length in a stream") // RFC 3261 18.3: where would the next one begin
		}
		if h.size == 0 || h.length < 0 || h.size+h.length > MaxMessage {
			why := TooLarge
			if wrong != nil {
				why = wrong.Reason
			}
			s.refuse(h, why)
			return false, io.EOF
		}
		size := h.size + h.length
		if len(s.in) < size {
			return false, nil
		}
		taken := s.take(s.in[:size], h, wrong)
		s.consume(size)
		if taken {
			return true, nil
		}
	}
}

// take decides about one whole message; true when it is ready in rest.
func (s *stream) take(message []byte, h head, wrong *BadMessage) bool {
	if wrong != nil {
		s.refuse(h, wrong.Reason)
		return false
	}
	if why := s.w.cfg.Guard.admit(s.network, s.remote, &h); why != "" {
		s.w.counts.drop(why)
		return false
	}
	now := s.w.cfg.Clock.Now()
	s.w.counts.received.Add(1)
	s.w.trace(Message{Time: now, Direction: In, Network: s.network, Source: s.remote, Destination: s.local, Bytes: message, head: &h})
	s.out = stamped(s.out[:0], message, &h, now)
	s.rest = s.out
	return true
}

func (s *stream) consume(n int) {
	left := copy(s.in, s.in[n:])
	s.in = s.in[:left]
	if left == 0 {
		s.began.Store(0)
		if cap(s.in) > 4*readSize {
			s.in = nil // a large message must not keep its room for the life of the connection
		}
		return
	}
	s.began.Store(s.heard.Load())
}

// keepAlive takes line ends between messages away and answers a double one (RFC 5626 3.5.1).
func (s *stream) keepAlive() {
	n := 0
	for n < len(s.in) && (s.in[n] == '\r' || s.in[n] == '\n') {
		n++
	}
	if n == 0 || n == 1 && s.in[0] == '\r' {
		return
	}
	s.w.counts.drop(KeepAlive)
	if n >= 4 {
		_, _ = s.Conn.Write([]byte("\r\n"))
	}
	s.consume(n)
}

func (s *stream) refuse(h head, why Reason) {
	s.w.counts.drop(why)
	if answer := refusal(&h, why); answer != nil && s.w.cfg.Guard.mayAnswer(s.network, s.remote) {
		s.w.counts.answered.Add(1)
		_, _ = s.Write(answer)
	}
}

// Write sends one message.
func (s *stream) Write(b []byte) (int, error) {
	if s.writers.Add(1) == 1 {
		s.writing.Store(s.now())
	}
	at := s.w.cfg.Clock.Now() // before their answer can be there
	n, err := s.Conn.Write(b)
	if s.writers.Add(-1) == 0 {
		s.writing.Store(0)
	}
	if err != nil {
		s.w.counts.drop(Unsendable)
		return n, err
	}
	s.w.counts.sent.Add(1)
	s.w.trace(Message{Time: at, Direction: Out, Network: s.network, Source: s.local, Destination: s.remote, Bytes: b})
	return n, nil
}

// Close ends the connection once and tells.
func (s *stream) Close() error {
	var err error
	s.once.Do(func() {
		err = s.Conn.Close()
		s.w.forget(s)
		s.w.cfg.Closed(s.network, s.remote)
	})
	return err
}

// late reports a connection that has used up its time.
func (s *stream) late(now int64, idle, partial int64) bool {
	if b := s.began.Load(); b != 0 && now-b > partial {
		return true
	}
	if b := s.writing.Load(); b != 0 && now-b > partial {
		return true
	}
	return now-s.heard.Load() > idle
}
