package engine

import (
	"math"
	"slices"
	"time"
)

// place tells a contact that waits its place.
func (e *Engine) place(c *contact) {
	c.told = c.queue.waiting.ahead(c) + 1
	e.emit(Effect{
		Kind: Placed, Contact: c.ID, Queue: c.queue.ID, Position: c.told, Wait: c.queue.expect(c.told, e.now), KeyAt: c.KeyAt,
	})
}

// tell tells the place of a contact when it has changed, and comes again.
func (e *Engine) tell(c *contact) {
	c.tellAt = e.nextTell()
	if c.queue.waiting.ahead(c)+1 != c.told {
		e.place(c)
	}
	e.armContact(c)
}

// tellGrid is the grid on which contacts are told their places, so that thousands who wait do not make as many ticks.
const tellGrid = instant(250 * time.Millisecond)

func (e *Engine) nextTell() instant {
	at := e.now.plus(e.options.TellEvery)
	if at == never {
		return 0
	}
	return at - at%tellGrid + tellGrid
}

// An expected wait is told after leastSamples intervals; each then counts 1/mostSamples against those before.
const (
	leastSamples = 3
	mostSamples  = 8
)

// taken counts one who was taken out of the queue by an agent.
func (q *queue) taken(at instant) {
	if q.lastTaken != 0 {
		q.samples = min(q.samples+1, mostSamples)
		q.mean += (at.since(q.lastTaken) - q.mean) / time.Duration(q.samples)
	}
	q.lastTaken = at
	q.restless()
}

// restless forgets when the last one was taken once nobody waits any more: the next interval would measure callers.
func (q *queue) restless() {
	if q.waiting.len() == 0 {
		q.lastTaken = 0
	}
}

// expect gives the expected wait at a place: as many mean intervals between two who are taken, where the present
// interval counts as soon as it is longer than the mean. Negative: unknown.
func (q *queue) expect(position int, now instant) time.Duration {
	if q.samples < leastSamples {
		return -1
	}
	mean := q.mean
	if q.lastTaken != 0 {
		if open := now.since(q.lastTaken); open > mean {
			mean += (open - mean) / 8
		}
	}
	if mean > 0 && time.Duration(position) > math.MaxInt64/mean {
		return math.MaxInt64
	}
	return time.Duration(position) * mean
}

// lose frees the agent of a contact whose node died, and keeps its place for who dials again. A callback needs no
// node and goes on waiting.
func (e *Engine) lose(c *contact) {
	if c.callback {
		if c.phase == offered {
			e.withdraw(c, WhyLost)
			e.back(c)
		}
		return
	}
	e.end(c, WhyLost)
	if c.Caller == "" {
		return
	}
	l := &lost{
		key: c.mark(), contact: c.ID, keyAt: instant(c.minor), entered: c.entered, until: e.at.plus(e.options.KeepLost),
	}
	if again := e.dialledAgain(l); again != nil {
		e.unplace(again)
		e.arm(&again.timer, never, thenContact) // deadlines of one moment are in the order of places
		again.take(l)
		e.place(again)
		e.came = append(e.came, again)
		return
	}
	l.timer.lost = l
	places := e.lost[l.key]
	i := len(places)
	for i > 0 && l.keyAt < places[i-1].keyAt {
		i--
	}
	e.lost[l.key] = slices.Insert(places, i, l)
	e.arm(&l.timer, l.until, thenLost)
}

// mark is by what the place of a contact is found again.
func (c *contact) mark() lostKey { return lostKey{c.home, c.Caller} }

// dialledAgain gives who came after the lost one by the same mark and waits behind his place: a caller notices that his
// call is gone sooner than we notice that its node is. nil when nobody did.
func (e *Engine) dialledAgain(l *lost) *contact {
	var first *contact
	for _, o := range e.callers[l.key] {
		if o.phase == waiting && !o.callback && o.entered >= l.entered && o.minor > int64(l.keyAt) && (first == nil || before(o, first)) {
			first = o
		}
	}
	return first
}

// findLost gives the place that somebody left behind; nil when there is none.
func (e *Engine) findLost(as *Contact) *lost {
	if as.Caller == "" {
		return nil
	}
	if places := e.lost[lostKey{as.Queue, as.Caller}]; len(places) > 0 {
		return places[0]
	}
	return nil
}

// take gives the contact a place that was kept: its time of the key press, and the wait that it had behind it.
func (c *contact) take(l *lost) {
	c.minor = min(c.minor, int64(l.keyAt))
	c.KeyAt = instant(c.minor).time()
	c.entered, c.since = l.entered, l.entered
}

func (e *Engine) forget(l *lost) {
	e.arm(&l.timer, never, thenLost)
	places := e.lost[l.key]
	for i, o := range places {
		if o == l {
			places = append(places[:i], places[i+1:]...)
			break
		}
	}
	if len(places) == 0 {
		delete(e.lost, l.key)
	} else {
		e.lost[l.key] = places
	}
}
