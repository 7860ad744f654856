package httpclient

import (
	"sync"
	"time"

	"yingda/internal/platform/clock"
)

// breakers holds one breaker per host, and forgets the one unused longest when there are too many: hosts of
// webhooks are chosen by users.
type breakers struct {
	cfg   Breaker
	clock clock.Clock

	mu   sync.Mutex
	list map[string]*breaker
}

const maxBreakers = 1000

// breaker is closed (failures counted), open (until), or half-open (one probe under way).
type breaker struct {
	failures int       // in a row
	opened   int       // openings in a row, each twice as long as the one before
	until    time.Time // open until; zero: closed
	probing  bool
	used     time.Time
}

// maxOpen bounds the doubling.
const maxOpen = 5 * time.Minute

// enter asks to call host. With ok the caller must report with leave.
func (b *breakers) enter(host string) (wait time.Duration, ok bool) {
	now := b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.list[host]
	if s == nil {
		return 0, true
	}
	s.used = now
	switch {
	case s.until.IsZero():
		return 0, true
	case now.Before(s.until):
		return s.until.Sub(now), false
	case s.probing:
		return time.Second, false
	}
	s.probing = true
	return 0, true
}

// result of a call for the breaker.
type result int

const (
	good    result = iota // the host answered
	bad                   // it did not, or said that it cannot
	neither               // the caller gave up: says nothing about the host
)

func (b *breakers) leave(host string, r result) {
	now := b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.list[host]
	if s == nil {
		if r != bad {
			return
		}
		s = b.add(host)
	}
	s.used = now
	probed := s.probing
	s.probing = false
	switch r {
	case good:
		delete(b.list, host)
	case bad:
		s.failures++
		if probed || s.until.IsZero() && s.failures >= b.cfg.Failures {
			open := min(b.cfg.OpenFor<<min(s.opened, 10), max(maxOpen, b.cfg.OpenFor))
			s.until = now.Add(open)
			s.opened++
		}
	case neither:
	}
}

func (b *breakers) add(host string) *breaker {
	if len(b.list) >= maxBreakers {
		oldest := ""
		for h, s := range b.list {
			if oldest == "" || s.used.Before(b.list[oldest].used) {
				oldest = h
			}
		}
		delete(b.list, oldest)
	}
	s := &breaker{}
	b.list[host] = s
	return s
}

// open lists the hosts that are not called now, for health.
func (b *breakers) open() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var hosts []string
	for h, s := range b.list {
		if !s.until.IsZero() {
			hosts = append(hosts, h)
		}
	}
	return hosts
}
