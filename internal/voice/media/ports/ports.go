// Package ports lends pairs of UDP ports (RTP even, RTCP the next) to calls.
//
// A pair that comes back goes to the end of the line and rests for the quarantine, so that late packets of one call
// do not reach the next. The line is a ring: every pair is used before one is used again, and a call that
// holds its pair for hours holds up nobody. The range should lie below 32768, where the system's own
// ephemeral ports begin. A Pool belongs to one engine and is not safe for concurrent use.
package ports

import (
	"fmt"
	"time"
)

// Pool is the line of pairs that are free.
type Pool struct {
	first      int
	quarantine time.Duration
	line       []free // ring
	head, n    int
	taken      []bool // by index of the pair
}

type free struct {
	port int
	from time.Duration
}

// New makes a pool of the pairs that lie wholly between first and last, both included. start turns the line so that
// it begins elsewhere (a number that nobody can guess makes ports hard to guess). Neighbours in the line lie far apart.
func New(first, last int, quarantine time.Duration, start uint) (*Pool, error) {
	if first < 1024 || last > 65535 || last < first+1 {
		return nil, fmt.Errorf("ports %d to %d hold no pair between 1024 and 65535", first, last)
	}
	first += first % 2
	pairs := (last - first + 1) / 2
	if pairs < 1 {
		return nil, fmt.Errorf("ports %d to %d hold no pair that begins with an even port", first, last)
	}
	p := &Pool{first: first, quarantine: quarantine, line: make([]free, pairs), n: pairs, taken: make([]bool, pairs)}
	step := stride(pairs)
	at := int(start % uint(pairs))
	for i := range pairs {
		p.line[i] = free{port: first + 2*at, from: -quarantine}
		at = (at + step) % pairs
	}
	return p, nil
}

// stride is how far apart neighbours in the line are, near the golden section of the range: another program often holds
// a block of ports, and the next pair in line should then not lie in the same block. It shares no factor with the
// number of pairs, so that every pair comes.
func stride(pairs int) int {
	for step := max(1, pairs*618/1000); ; step++ {
		if gcd(step, pairs) == 1 {
			return step
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Take lends the pair that has rested longest, by its even port; false when none is free and rested. Now is any
// steady time.
func (p *Pool) Take(now time.Duration) (int, bool) {
	if p.n == 0 || now-p.line[p.head].from < p.quarantine {
		return 0, false
	}
	port := p.line[p.head].port
	p.head = (p.head + 1) % len(p.line)
	p.n--
	p.taken[(port-p.first)/2] = true
	return port, true
}

// Give takes a pair back. A port that is not lent is left alone, so giving twice does no harm.
func (p *Pool) Give(port int, now time.Duration) {
	i := (port - p.first) / 2
	if port < p.first || port%2 != 0 || i >= len(p.taken) || !p.taken[i] {
		return
	}
	p.taken[i] = false
	p.line[(p.head+p.n)%len(p.line)] = free{port: port, from: now}
	p.n++
}

// Free counts the pairs in the line, resting ones included.
func (p *Pool) Free() int { return p.n }

// Size counts all pairs.
func (p *Pool) Size() int { return len(p.line) }
