package engine

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// line is a class of contacts that exactly the same agents may serve: those of one queue, at one stage of its overflow,
// with the same needs of their own. It holds both sides of the market, of which one is always empty once things have
// settled: who waits, in order of service, and who is free, the longest idle first.
type line struct {
	queue   *queue
	key     lineKey
	needs   []Need // all that count
	waiting heap
	free    heap
	staff   []*agent         // who may serve it and is signed in
	barred  map[Obstacle]int // who is signed in and may not
	users   int              // contacts of this class, in any phase
}

type lineKey struct {
	relaxed int    // from 1; the overflow step whose needs replace the queue's
	own     string // the contact's own needs, in canonical form
}

// newLine makes the line and looks once at every agent.
func (e *Engine) newLine(q *queue, key lineKey, own []Need) *line {
	needs := q.Needs
	if key.relaxed > 0 {
		needs = q.steps[key.relaxed-1].Needs
	}
	l := &line{queue: q, key: key, needs: canonical(slices.Concat(needs, own)), barred: map[Obstacle]int{}}
	l.waiting.tie = func(a, b *node) bool { return before(a.contact, b.contact) }
	l.free.tie = longerIdle
	q.lines[key] = l
	e.lines = append(e.lines, l)
	if key.own != "" {
		e.ownLines++
	}
	for _, a := range e.agents {
		if a.signedIn {
			e.join(a, l)
		}
	}
	return l
}

// lineOf gives the line that the contact stands in as it is now.
func (e *Engine) lineOf(c *contact) *line {
	return e.lineAt(c.queue, c.relaxed, c.Needs)
}

func (e *Engine) lineAt(q *queue, relaxed int, own []Need) *line {
	key := lineKey{relaxed: relaxed}
	if len(own) > 0 {
		key.own = encodeNeeds(own)
	}
	if l := q.lines[key]; l != nil {
		return l
	}
	if key.own != "" && e.ownLines >= e.ownLimit {
		e.dropUnused()
	}
	return e.newLine(q, key, own)
}

// leastOwnLimit is how many lines of contacts with needs of their own may stand before the unused are dropped.
const leastOwnLimit = 256

// dropUnused forgets lines that no contact is in. It looks at every agent, and is next due when as many lines have
// been made again.
func (e *Engine) dropUnused() {
	unused := func(l *line) bool { return l.key.own != "" && l.users == 0 }
	for _, a := range e.agents {
		a.spots = slices.DeleteFunc(a.spots, func(s *spot) bool { return unused(s.line) })
	}
	for _, l := range e.lines {
		if unused(l) {
			delete(l.queue.lines, l.key)
			e.ownLines--
		}
	}
	e.lines = slices.DeleteFunc(e.lines, unused)
	e.ownLimit = max(leastOwnLimit, 2*e.ownLines)
}

// bars says why the agent may not serve the line; "" when he may.
func (l *line) bars(a *agent) Obstacle {
	q := l.queue
	if q.members != nil && !q.members[a.ID] || q.Place != (AgentID{}) && !slices.Contains(a.Places, q.Place) {
		return NotMember
	}
	low := false
	for _, n := range l.needs {
		switch level := a.Skills[n.Skill]; {
		case level <= 0:
			return LacksSkill
		case level < n.Level:
			low = true
		}
	}
	if low {
		return LowLevel
	}
	return ""
}

// join makes the agent known to a line.
func (e *Engine) join(a *agent, l *line) {
	if why := l.bars(a); why != "" {
		l.barred[why]++
		return
	}
	s := &spot{staff: len(l.staff)}
	s.agent, s.line = a, l
	l.staff = append(l.staff, a)
	a.spots = append(a.spots, s)
	if a.standing && a.room(l.queue.Channel) {
		l.free.push(int64(a.idle), 0, &s.node)
	}
}

// enlist makes the agent known to every line, delist unknown.
func (e *Engine) enlist(a *agent) {
	for _, l := range e.lines {
		e.join(a, l)
	}
}

func (e *Engine) delist(a *agent) {
	for _, l := range e.lines {
		if why := l.bars(a); why != "" {
			l.barred[why]--
		}
	}
	for _, s := range a.spots {
		s.line.free.remove(&s.node)
		e.leaveStaff(s)
	}
	a.spots = nil
}

func (e *Engine) leaveStaff(s *spot) {
	staff := s.line.staff
	last := len(staff) - 1
	if s.staff != last {
		staff[s.staff] = staff[last]
		staff[s.staff].spot(s.line).staff = s.staff
	}
	staff[last] = nil
	s.line.staff = staff[:last]
	e.short = e.short || last == 0
}

// staffed says whether anybody who is signed in could ever serve such a contact: now, or after some step of overflow
// from the one given on. It looks at each queue once.
func (e *Engine) staffed(q *queue, own []Need, relaxed, from int, been []QueueID) bool {
	if len(e.lineAt(q, relaxed, own).staff) > 0 {
		return true
	}
	seen := append(slices.Clone(been), q.ID)
	return e.staffedLater(q, own, from, &seen)
}

func (e *Engine) staffedLater(q *queue, own []Need, from int, seen *[]QueueID) bool {
	for i := from; i < len(q.steps); i++ {
		s := q.steps[i]
		if s.Relax && len(e.lineAt(q, i+1, own).staff) > 0 {
			return true
		}
		to := e.target(q, s, *seen)
		if to == nil {
			continue
		}
		*seen = append(*seen, to.ID)
		if len(e.lineAt(to, 0, own).staff) > 0 || e.staffedLater(to, own, 0, seen) {
			return true
		}
	}
	return false
}

// target gives the queue that a step leads to; nil when it leads nowhere, or back.
func (e *Engine) target(q *queue, s Overflow, been []QueueID) *queue {
	to := e.queues[s.Queue]
	if to == nil || to == q || to.gone || to.Closed || to.Channel != q.Channel || slices.Contains(been, to.ID) {
		return nil
	}
	return to
}

// canonical sorts needs, keeps the highest level of each skill and brings levels into 1 to 9.
func canonical(needs []Need) []Need {
	out := slices.Clone(needs)
	for i := range out {
		out[i].Level = max(1, min(out[i].Level, 9))
	}
	slices.SortFunc(out, func(a, b Need) int {
		return cmp.Or(bytes.Compare(a.Skill[:], b.Skill[:]), cmp.Compare(b.Level, a.Level))
	})
	return slices.CompactFunc(out, func(a, b Need) bool { return a.Skill == b.Skill })
}

// encodeNeeds gives the key of canonical needs.
func encodeNeeds(needs []Need) string {
	var b strings.Builder
	for _, n := range needs {
		b.Write(n.Skill[:])
		var level [2]byte
		binary.BigEndian.PutUint16(level[:], uint16(n.Level))
		b.Write(level[:])
	}
	return b.String()
}
