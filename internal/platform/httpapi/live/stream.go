package live

import (
	"crypto/rand"
	"sync"
	"time"
)

// stream is what one user is told on this node: numbered events, the last of them remembered.
type stream struct {
	user string
	id   string

	mu    sync.Mutex
	last  uint64   // number of the newest event; 0 before the first
	ring  [][]byte // events last-count+1 to last, the part after the number; grows to the limit, then wraps
	start int      // index of the oldest in ring
	count int
	bytes int
	conns map[*conn]struct{}
	empty time.Time // since when conns is empty
}

func newStream(user string, now time.Time) *stream {
	return &stream{user: user, id: rand.Text(), conns: map[*conn]struct{}{}, empty: now}
}

// append adds an event and wakes the connections. It never blocks.
func (s *stream) append(rest []byte, maxCount, maxBytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	for s.count > 0 && (s.count >= maxCount || s.bytes+len(rest) > maxBytes) {
		s.dropOldest()
	}
	if s.count == len(s.ring) {
		s.grow(maxCount)
	}
	s.ring[(s.start+s.count)%len(s.ring)] = rest
	s.count++
	s.bytes += len(rest)
	for c := range s.conns {
		c.notify()
	}
}

func (s *stream) dropOldest() {
	s.bytes -= len(s.ring[s.start])
	s.ring[s.start] = nil
	s.start = (s.start + 1) % len(s.ring)
	s.count--
}

// grow makes room for one more, doubling, so that quiet users cost little.
func (s *stream) grow(maxCount int) {
	larger := make([][]byte, min(max(8, 2*len(s.ring)), maxCount))
	for i := range s.count {
		larger[i] = s.ring[(s.start+i)%len(s.ring)]
	}
	s.ring, s.start = larger, 0
}

// join adds a connection. With the stream's id and a number that is still remembered, it goes on after
// that number; else it starts at the newest event and needs a snapshot.
func (s *stream) join(c *conn, id string, seq uint64) (from uint64, resumed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
	if id == s.id && seq <= s.last && seq >= s.last-uint64(s.count) {
		return seq, true
	}
	return s.last, false
}

// each calls f with every connection; f may not join or leave.
func (s *stream) each(f func(c *conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		f(c)
	}
}

func (s *stream) leave(c *conn, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if len(s.conns) == 0 {
		s.empty = now
	}
}

// since appends to batch the events after seq, up to about maxBytes of them and at least one. lost says
// that some are forgotten; the newest number is then where a snapshot starts.
func (s *stream) since(seq uint64, batch [][]byte, maxBytes int) (events [][]byte, newest uint64, lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := s.last - seq
	if missing > uint64(s.count) {
		return batch, s.last, true
	}
	for i, size := s.count-int(missing), 0; i < s.count && (size == 0 || size < maxBytes); i++ {
		rest := s.ring[(s.start+i)%len(s.ring)]
		size += len(rest)
		batch = append(batch, rest)
	}
	return batch, s.last, false
}

// forgotten tells whether nobody has been connected for the time given.
func (s *stream) forgotten(now time.Time, after time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns) == 0 && now.Sub(s.empty) >= after
}

func (s *stream) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}
