package media

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"yingda/internal/voice/media/pace"
)

// The loop's measures.
const (
	chores     = 100 * time.Millisecond // between looks at the legs that have a key down, or report, connect, time out
	choreParts = 5                      // each leg is looked at once in this many
	busyRate   = 40                     // packets in 20 ms from which packets are gathered for a moment
	gather     = 500 * time.Microsecond // that moment
	manyFound  = 16                     // packets of one turn after which the next follows without a pause
	lateAfter  = 40 * time.Millisecond  // a frame that leaves later than this is counted
)

// thread is one media thread: the only one to touch the state of its legs and mixes.
type thread struct {
	engine *Engine
	poller *poller
	count  atomic.Int64 // legs, for choosing the emptiest thread

	commands atomic.Pointer[command] // newest first
	asleep   atomic.Bool
	ending   bool
	ended    chan struct{}
	after    sync.Mutex // held by commands that run after the end

	now  time.Duration // of this turn, on the engine's steady line
	wall int64         // the same in Unix nanoseconds

	wheel  pace.Wheel
	slots  [pace.Slots][]paced
	paces  int
	legs   []*Leg
	gaps   []int32 // free places in legs
	buffer [maxDatagram]byte
	frame  [maxFrame]byte
	linear [maxSamples]int16 // for the search for keys

	choresAt  time.Duration
	chorePart int
	window    time.Duration // begin of the 20 ms in which packets are counted
	inWindow  int
	found     int // packets of the last turn
	busy      bool

	counter counters
}

const (
	maxDatagram = 2048
	maxFrame    = 512
	maxSamples  = 480 // 60 ms
)

// paced is what lives in the wheel: a leg with a source of its own, or a mix.
type paced interface {
	// serve sends the frame of the tick.
	serve(t *thread, tick int64)
	// place gives where the index within the slot is kept, and the slot.
	place() (index, slot *int)
}

// priority is what the system granted a media thread.
type priority string

const (
	priorityNone     priority = "ordinary"
	priorityRaised   priority = "raised"
	priorityRealtime priority = "realtime"
)

// counters are a thread's part of Metrics.
type counters struct {
	received, sent, late, refused, invalid, sendErrors, wakes uint64
	relayDelays                                               [24]uint64
}

// command is one call from outside.
type command struct {
	next *command
	run  func()
	done chan struct{} // nil: nobody waits
}

// closed marks the list of a thread that has ended.
var closed = &command{}

func newThread(e *Engine) (*thread, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	return &thread{engine: e, poller: p, ended: make(chan struct{})}, nil
}

// post has fn run on the thread soon. On a thread that has ended it runs at once.
func (t *thread) post(fn func()) { t.push(&command{run: fn}) }

// call runs fn on the thread and waits until it is done.
func (t *thread) call(fn func()) {
	c := &command{run: fn, done: make(chan struct{})}
	t.push(c)
	<-c.done
}

func (t *thread) push(c *command) {
	for {
		head := t.commands.Load()
		if head == closed {
			<-t.ended
			t.after.Lock()
			defer t.after.Unlock()
			t.execute(c)
			return
		}
		c.next = head
		if t.commands.CompareAndSwap(head, c) {
			break
		}
	}
	if t.asleep.Load() {
		t.poller.wake()
	}
}

// stop ends the thread and waits for it.
func (t *thread) stop() {
	t.call(func() { t.ending = true })
	<-t.ended
}

// drain works off the commands, oldest first; last closes the list.
func (t *thread) drain(last bool) {
	var with *command
	if last {
		with = closed
	} else if t.commands.Load() == nil {
		return
	}
	head := t.commands.Swap(with)
	var row *command
	for head != nil {
		head, head.next, row = head.next, row, head
	}
	for row != nil {
		c := row
		row = row.next
		t.execute(c)
	}
}

func (t *thread) execute(c *command) {
	if c.done != nil {
		defer close(c.done)
	}
	defer t.engine.caught("command", nil)
	c.run()
}

// caught is deferred around what one packet, frame or callback sets off: a panic costs one leg, never the process.
func (e *Engine) caught(doing string, l *Leg) {
	r := recover()
	if r == nil {
		return
	}
	first := true
	if l != nil && doing != "callback" {
		first, l.broken = !l.broken, true
	}
	e.panics.Add(1)
	if first {
		stack := make([]byte, 4096)
		e.cfg.Logger.Error("media panic caught", "doing", doing, "panic", r,
			"stack", string(stack[:runtime.Stack(stack, false)]))
	}
}

// run is the loop.
func (t *thread) run() {
	runtime.LockOSThread() // never unlocked: the system thread has our priority and ends with us
	defer close(t.ended)
	defer t.poller.close()
	got := prepareThread(t.engine.cfg.Realtime)
	t.engine.cfg.Logger.Debug("media thread runs", "priority", string(got))
	t.tick()
	t.wheel.Start(t.now)
	t.choresAt = t.now + chores
	for !t.ending {
		t.drain(false)
		t.serveWheel()
		t.doChores()
		n := t.wait()
		t.tick()
		for i := range n {
			if i%32 == 31 {
				t.tick()
			}
			t.receive(i)
		}
		t.found = n
		t.rate(n)
	}
	t.drain(true)
}

// tick reads the clock.
func (t *thread) tick() time.Duration {
	now := t.engine.cfg.Clock.Now()
	t.now, t.wall = now.Sub(t.engine.base), now.UnixNano()
	return t.now
}

// time turns the steady line into a time of day.
func (t *thread) time(at time.Duration) time.Time { return t.engine.base.Add(at) }

// rate decides whether so many packets come that gathering them for a moment saves more than it costs.
func (t *thread) rate(n int) {
	t.inWindow += n
	if t.now-t.window >= pace.Frame {
		t.busy = t.inWindow >= busyRate
		t.window, t.inWindow = t.now, 0
	}
}

// wait sleeps until a packet, a command or the next deadline, and gives the number of sockets with something.
func (t *thread) wait() int {
	if t.commands.Load() != nil {
		return t.poller.wait(0)
	}
	until := t.choresAt
	if t.paces > 0 {
		until = min(until, t.nextTick())
	}
	if t.found >= manyFound && until > t.now {
		return t.poller.wait(0) // more may have come while these were handled
	}
	if t.busy {
		// Packets that come meanwhile wait for us in their sockets; one look then finds many of them.
		t.poller.sleep(min(until-t.now, gather))
		t.counter.wakes++
		return t.poller.wait(0)
	}
	t.asleep.Store(true)
	if t.commands.Load() != nil {
		t.asleep.Store(false)
		return t.poller.wait(0)
	}
	n := t.poller.wait(max(until-t.now, 0))
	t.asleep.Store(false)
	t.counter.wakes++
	return n
}

// nextTick is the deadline of the next tick whose slot holds anything.
func (t *thread) nextTick() time.Duration {
	next := int64(t.wheel.Next() / pace.Tick)
	for i := range int64(pace.Slots) {
		if len(t.slots[(next+i)%pace.Slots]) > 0 {
			return pace.Deadline(next + i)
		}
	}
	return pace.Deadline(next + pace.Slots)
}

// serveWheel sends every frame that is due.
func (t *thread) serveWheel() {
	t.tick()
	for {
		tick, ok := t.wheel.Due(t.now)
		if !ok {
			return
		}
		slot := tick % pace.Slots
		for i := len(t.slots[slot]) - 1; i >= 0; i-- { // one may leave while it is served
			if i%16 == 15 {
				t.tick()
			}
			t.slots[slot][i].serve(t, tick)
		}
	}
}

// pace puts something into the wheel unless it is there.
func (t *thread) pace(p paced) {
	index, slot := p.place()
	if *index >= 0 {
		return
	}
	*slot = t.wheel.Join()
	*index = len(t.slots[*slot])
	t.slots[*slot] = append(t.slots[*slot], p)
	t.paces++
}

// unpace takes it out.
func (t *thread) unpace(p paced) {
	index, slot := p.place()
	if *index < 0 {
		return
	}
	row := t.slots[*slot]
	last := row[len(row)-1]
	row[*index] = last
	moved, _ := last.place()
	*moved = *index
	row[len(row)-1] = nil
	t.slots[*slot] = row[:len(row)-1]
	t.wheel.Leave(*slot)
	*index = -1
	t.paces--
}

// attach takes a leg over: its state is this thread's from now on.
func (t *thread) attach(l *Leg) {
	if n := len(t.gaps); n > 0 {
		l.slot = t.gaps[n-1]
		t.gaps = t.gaps[:n-1]
		t.legs[l.slot] = l
	} else {
		l.slot = int32(len(t.legs)) // bounded by the ports
		t.legs = append(t.legs, l)
	}
	if t.poller.add(l.rtp, l.slot, false) != nil || t.poller.add(l.rtcp, l.slot, true) != nil {
		t.counter.invalid++ // cannot happen with open sockets, short of the kernel's limit on watches
	}
	if l.playback != nil || len(l.senders) > 0 {
		t.pace(l)
	}
}

// detach lets a leg go.
func (t *thread) detach(l *Leg) {
	t.unpace(l)
	t.poller.remove(l.rtp)
	t.poller.remove(l.rtcp)
	t.legs[l.slot] = nil
	t.gaps = append(t.gaps, l.slot)
}

// move gives the leg to another thread. The caller holds l.mu.
func (l *Leg) move(to *thread) {
	from := l.thread
	if from == to {
		return
	}
	from.call(func() { from.detach(l) })
	from.count.Add(-1)
	to.count.Add(1)
	l.thread = to
	to.call(func() { to.attach(l) })
}

// doChores looks after a part of the legs every tenth of a second.
func (t *thread) doChores() {
	if t.now < t.choresAt {
		return
	}
	t.choresAt = t.now + chores
	t.chorePart = (t.chorePart + 1) % choreParts
	for i, l := range t.legs {
		if l == nil || l.broken {
			continue
		}
		if l.in.reader.Open() {
			l.expireKey(t)
		}
		if i%choreParts == t.chorePart || t.engine.impatient() {
			l.look(t)
		}
	}
}

// addTo adds the thread's figures.
func (t *thread) addTo(m *Metrics) {
	c := &t.counter
	m.Received += c.received
	m.Sent += c.sent
	m.Late += c.late
	m.Refused += c.refused
	m.Invalid += c.invalid
	m.SendErrors += c.sendErrors
	m.Wakes += c.wakes
	m.Skipped += uint64(t.wheel.Skipped()) // never negative
	for k, n := range c.relayDelays {
		m.RelayDelays[k] += n
	}
	m.CPU += threadCPU()
}
