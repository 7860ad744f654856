package trunk

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// Candidate is one way to try a call.
type Candidate struct {
	Trunk      Trunk
	Host       Host   // as written; SetDestination wants Address
	Address    string // ip:port when the name is resolved, otherwise Host
	LastResort bool   // the host does not answer our OPTIONS
}

// Way is what [Order] must know of one trunk.
type Way struct {
	Trunk Trunk
	Calls int // now, in and out
	Hosts []HostState
}

// HostState is one host of a trunk.
type HostState struct {
	Host    Host
	Address string // ip:port when resolved, otherwise the host
	Down    bool
}

// Order decides which ways a call tries, the first one first. pick gives a number from 0 to n-1 and draws among
// trunks of one priority; a fixed pick gives a fixed order.
func Order(ways []Way, pick func(n int) int) []Candidate {
	usable := make([]Way, 0, len(ways))
	for _, w := range ways {
		if !w.Trunk.Disabled && (w.Trunk.MaxCalls <= 0 || w.Calls < w.Trunk.MaxCalls) {
			usable = append(usable, w)
		}
	}
	slices.SortStableFunc(usable, func(a, b Way) int { return cmp.Compare(a.Trunk.Priority, b.Trunk.Priority) })
	var good, last []Candidate
	for len(usable) > 0 {
		n := 1
		for n < len(usable) && usable[n].Trunk.Priority == usable[0].Trunk.Priority {
			n++
		}
		for _, w := range draw(usable[:n], pick) {
			for _, h := range w.Hosts {
				c := Candidate{Trunk: w.Trunk, Host: h.Host, Address: h.Address, LastResort: h.Down}
				if h.Down {
					last = append(last, c)
				} else {
					good = append(good, c)
				}
			}
		}
		usable = usable[n:]
	}
	return append(good, last...)
}

// draw puts trunks of one priority into an order in which each comes first as often as its weight says
// (RFC 2782, "Weight"). Weights of 0 come last, in their own order.
func draw(ways []Way, pick func(n int) int) []Way {
	left := slices.Clone(ways)
	out := make([]Way, 0, len(left))
	for len(left) > 0 {
		sum := 0
		for _, w := range left {
			sum += max(w.Trunk.Weight, 0)
		}
		if sum == 0 {
			return append(out, left...)
		}
		at := pick(sum)
		i := 0
		for ; i < len(left)-1; i++ {
			if at -= max(left[i].Trunk.Weight, 0); at < 0 {
				break
			}
		}
		out = append(out, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return out
}

// Set is all trunks of the installation at one moment; it never changes.
type Set struct {
	trunks []Trunk
	groups map[string][]int
	byID   map[uuid.UUID]int
}

// NewSet copies the trunks. Of two with one id the first counts.
func NewSet(trunks []Trunk) *Set {
	s := &Set{groups: make(map[string][]int), byID: make(map[uuid.UUID]int, len(trunks))}
	for _, t := range trunks {
		if _, twice := s.byID[t.ID]; twice {
			continue
		}
		t.Hosts, t.Codecs = slices.Clone(t.Hosts), slices.Clone(t.Codecs)
		s.byID[t.ID] = len(s.trunks)
		s.groups[t.Group] = append(s.groups[t.Group], len(s.trunks))
		s.trunks = append(s.trunks, t)
	}
	return s
}

// Trunks gives all trunks in the order given.
func (s *Set) Trunks() []Trunk { return slices.Clone(s.trunks) }

// Trunk finds one by its id.
func (s *Set) Trunk(id uuid.UUID) (Trunk, bool) {
	i, ok := s.byID[id]
	if !ok {
		return Trunk{}, false
	}
	return s.trunks[i], true
}
