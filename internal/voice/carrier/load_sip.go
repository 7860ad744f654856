package carrier

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"crypto/rand"

	"golang.org/x/sys/unix"
)

// loadState of one generated call.
type loadState uint8

const (
	loadIdle    loadState = iota
	loadCalling           // INVITE is out
	loadTalking           // 200 came, ACK is out
	loadLeaving           // BYE is out
	loadOver
)

// Times of RFC 3261 section 17.
const (
	loadT1      = 500 * time.Millisecond
	loadT2      = 4 * time.Second
	loadTimeOut = 64 * loadT1
	loadTick    = time.Millisecond      // how often the signalling thread looks
	loadScan    = 20 * time.Millisecond // how often it looks at the timers
)

// loadCall is a call of the calling side.
type loadCall struct {
	index    int
	state    loadState
	heard    bool // a provisional answer came: no more INVITEs
	theirTag []byte
	target   []byte // URI of their Contact
	routes   [][]byte
	to       netip.AddrPort // where requests inside the dialog go
	sent     int64          // the first INVITE, nanoseconds
	began    int64          // the request that is out
	next     int64          // its next repetition
	wait     time.Duration
	bye      int64 // when to hang up; 0: not yet known
	stream   *loadStream
	place    int // in active
}

// loadSIP is the thread of signalling, of both sides.
type loadSIP struct {
	cfg    *LoadConfig
	media  *loadMedia
	run0   string // of this run, in Call-IDs and branches
	fd     int
	local  netip.AddrPort
	answer *loadAnswers // nil: nobody answers
	in     *batch
	out    *batch

	calls    []loadCall
	active   []*loadCall
	started  int
	over     int
	up       int
	leaving  bool // hang all up
	steadyAt int64
	steadyOn bool
	figures  LoadResult
	answers  histogram
	first    int64
	lastUp   int64
	scanned  int64
	cpu      time.Duration
	message  loadMessage
}

func newLoadSIP(cfg *LoadConfig, media *loadMedia) (*loadSIP, error) {
	var random [4]byte
	_, _ = rand.Read(random[:])
	l := &loadSIP{
		cfg: cfg, media: media, run0: hex.EncodeToString(random[:]), in: newBatch(64, 4096), out: newBatch(64, 2048),
		calls: make([]loadCall, cfg.Calls), figures: LoadResult{Refused: map[int]int{}},
	}
	var err error
	if l.fd, err = openSocket(netip.AddrPortFrom(cfg.Local, uint16(cfg.SIPPort)), 16<<20); err != nil {
		return nil, err
	}
	if l.local, err = boundTo(l.fd); err != nil {
		l.close()
		return nil, err
	}
	if cfg.AnswerPort != 0 {
		if l.answer, err = newLoadAnswers(l); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

func (l *loadSIP) close() {
	unix.Close(l.fd)
	if l.answer != nil {
		unix.Close(l.answer.fd)
	}
}

// answering is the address of the answering side, invalid without one.
func (l *loadSIP) answering() netip.AddrPort {
	if l.answer == nil {
		return netip.AddrPort{}
	}
	return l.answer.local
}

// run is the thread: every millisecond it begins the calls that are due, reads what came, repeats what was lost.
func (l *loadSIP) run(ctx context.Context) error {
	before := threadCPU()
	defer func() { l.cpu = threadCPU() - before }()
	l.first = realtime()
	if l.cfg.Steady == 0 {
		l.media.measure(l.first, 0)
	}
	patience := int64(0)
	for l.over < len(l.calls) {
		now := realtime()
		if ctx.Err() != nil && patience == 0 {
			l.leaving = true
			patience = now + int64(2*time.Second) // for the last 200s
		}
		if patience != 0 && (now > patience || len(l.active) == 0) {
			break
		}
		l.begin(now)
		if err := l.read(l.fd); err != nil {
			return fmt.Errorf("read from the calling side's port: %w", err)
		}
		if l.answer != nil {
			if err := l.answer.turn(now); err != nil {
				return err
			}
		}
		l.timers(now)
		l.steady(now)
		if err := l.out.send(l.fd); err != nil {
			return fmt.Errorf("send from the calling side's port: %w", err)
		}
		nap(loadTick)
	}
	l.media.stopMeasuring(realtime())
	l.drain()
	return nil
}

// drain answers what still comes after our calls have ended: the engine hangs the other legs up.
func (l *loadSIP) drain() {
	if l.answer == nil {
		return
	}
	for range 1500 {
		if l.answer.open == 0 {
			return
		}
		if l.answer.turn(realtime()) != nil {
			return
		}
		nap(loadTick)
	}
}

// begin starts the calls that are due by the rate.
func (l *loadSIP) begin(now int64) {
	if l.leaving {
		return
	}
	due := int(float64(now-l.first)/1e9*l.cfg.Rate) + 1
	for l.started < min(due, len(l.calls)) && len(l.active) < l.cfg.Concurrent {
		c := &l.calls[l.started]
		c.index, c.state, c.sent, c.began, c.wait = l.started, loadCalling, now, now, loadT1
		c.next = now + int64(loadT1)
		c.place = len(l.active)
		l.active = append(l.active, c)
		l.figures.Peak = max(l.figures.Peak, len(l.active))
		l.started++
		l.invite(c)
	}
}

// finished takes a call off the list.
func (l *loadSIP) finished(c *loadCall) {
	last := l.active[len(l.active)-1]
	l.active[c.place], last.place = last, c.place
	l.active = l.active[:len(l.active)-1]
	if c.state == loadTalking || c.state == loadLeaving {
		l.up--
	}
	c.state = loadOver
	l.media.stop(c.stream)
	l.over++
}

// read works off what came.
func (l *loadSIP) read(fd int) error {
	for {
		n, err := l.in.receive(fd)
		if err != nil || n == 0 {
			return err
		}
		for i := range n {
			at, _ := l.in.arrived(i)
			if data := l.in.packet(i); len(data) > 4 {
				l.take(data, l.in.source(i), at)
			}
		}
		if n < len(l.in.messages) {
			return nil
		}
	}
}

// take handles one message to the calling side.
func (l *loadSIP) take(data []byte, from netip.AddrPort, at int64) {
	m := &l.message
	if !m.read(data) {
		l.figures.Bad++
		return
	}
	c := l.find(m.callID)
	switch {
	case m.status == 0:
		l.asked(c, m, from)
	case c == nil:
		l.figures.Bad++
	case bytes.Equal(m.method, []byte("INVITE")):
		l.answered(c, m, at)
	case bytes.Equal(m.method, []byte("BYE")) && m.status >= 200 && c.state == loadLeaving:
		if m.status != 200 && m.status != 481 {
			l.figures.Unclean++
		}
		l.finished(c)
	}
}

// find gives the call of a Call-ID of ours: L<run>-<index>@<host>.
func (l *loadSIP) find(callID []byte) *loadCall {
	head := 1 + len(l.run0) + 1
	if len(callID) <= head || callID[0] != 'L' || string(callID[1:1+len(l.run0)]) != l.run0 {
		return nil
	}
	n := 0
	for _, d := range callID[head:] {
		if d == '@' {
			break
		}
		if d < '0' || d > '9' || n > len(l.calls) {
			return nil
		}
		n = n*10 + int(d-'0')
	}
	if n >= l.started {
		return nil
	}
	return &l.calls[n]
}

// answered handles an answer to our INVITE.
func (l *loadSIP) answered(c *loadCall, m *loadMessage, at int64) {
	switch {
	case m.status < 200:
		c.heard = true
	case m.status < 300 && c.state == loadCalling:
		l.connected(c, m, at)
	case m.status < 300:
		l.figures.Repeated++
		if c.state != loadOver || c.theirTag != nil {
			l.ack(c)
		}
	case c.state == loadCalling:
		l.ackRefusal(c, m)
		l.figures.Refused[m.status]++
		l.finished(c)
	default:
		l.figures.Repeated++
		l.ackRefusal(c, m)
	}
}

func (l *loadSIP) connected(c *loadCall, m *loadMessage, at int64) {
	l.figures.Answered++
	l.answers.add(time.Duration(at - c.sent))
	l.lastUp = at
	l.up++
	c.state = loadTalking
	c.theirTag = bytes.Clone(tagOf(m.to))
	c.target = bytes.Clone(uriOf(m.contact))
	for i := m.nRecord - 1; i >= 0; i-- {
		c.routes = append(c.routes, bytes.Clone(m.records[i]))
	}
	c.to = hostPort(c.target)
	if len(c.routes) > 0 {
		c.to = hostPort(uriOf(c.routes[0]))
	}
	if !c.to.IsValid() || !c.to.Addr().Is4() {
		c.to = l.cfg.Target
	}
	l.ack(c)
	c.stream = l.media.start(uint32(c.index), mediaOf(m.body))
	switch {
	case l.cfg.Steady > 0:
	case l.cfg.Talk == 0:
		l.hangUp(c, at)
	default:
		c.bye = at + int64(l.cfg.Talk)
	}
}

func (l *loadSIP) hangUp(c *loadCall, now int64) {
	c.state, c.began, c.wait = loadLeaving, now, loadT1
	c.next = now + int64(loadT1)
	l.media.stop(c.stream)
	l.bye(c)
}

// timers repeats what brought no answer and hangs up what is due.
func (l *loadSIP) timers(now int64) {
	if now-l.scanned < int64(loadScan) {
		return
	}
	l.scanned = now
	for i := len(l.active) - 1; i >= 0; i-- {
		c := l.active[i]
		switch c.state {
		case loadTalking:
			if l.leaving || c.bye != 0 && now >= c.bye {
				l.hangUp(c, now)
			}
		case loadCalling, loadLeaving:
			l.repeat(c, now)
		case loadIdle, loadOver:
		}
	}
}

func (l *loadSIP) repeat(c *loadCall, now int64) {
	if now-c.began >= int64(loadTimeOut) || l.leaving && c.state == loadCalling {
		if c.state == loadCalling {
			l.figures.TimedOut++
		} else {
			l.figures.Unclean++
		}
		l.finished(c)
		return
	}
	if now < c.next || c.heard && c.state == loadCalling {
		return
	}
	c.wait *= 2 // INVITE doubles without bound (section 17.1.1.2), the others up to T2
	if c.state == loadCalling {
		l.invite(c)
	} else {
		c.wait = min(c.wait, loadT2)
		l.bye(c)
	}
	c.next = now + int64(c.wait)
	l.figures.Retransmits++
}

// steady begins measuring when all calls are up, and ends it.
func (l *loadSIP) steady(now int64) {
	if l.cfg.Steady == 0 || l.leaving {
		return
	}
	if !l.steadyOn {
		if l.started == len(l.calls) && l.up == len(l.active) && l.over+l.up == len(l.calls) {
			if l.steadyAt == 0 {
				l.steadyAt = now + int64(time.Second) // the last ones' sound must have begun
			}
			if now >= l.steadyAt {
				l.steadyOn, l.steadyAt = true, now+int64(l.cfg.Steady)
				l.media.measure(now, l.cfg.Steady)
				if l.cfg.OnSteady != nil {
					l.cfg.OnSteady()
				}
			}
		}
		return
	}
	if now < l.steadyAt {
		return
	}
	l.media.stopMeasuring(now)
	if l.cfg.OnSteadyEnd != nil {
		l.cfg.OnSteadyEnd()
	}
	l.leaving = true
}

func (l *loadSIP) result() LoadResult {
	r := l.figures
	r.Attempted = l.started
	r.TimedOut += l.started - r.Answered - r.TimedOut - l.refusals()
	r.Lost = l.started - r.Answered
	r.Answer = l.answers.percentiles()
	if l.lastUp > l.first {
		r.Elapsed = float64(l.lastUp-l.first) / 1e9
		r.RatePerS = float64(r.Answered) / r.Elapsed
	}
	if l.answer != nil {
		r.Forwarded = l.answer.taken
		r.Retransmits += l.answer.retransmits
		r.Repeated += l.answer.repeated
		r.Bad += l.answer.bad
		r.AgentCalls = l.answer.agentCalls()
	}
	return r
}

func (l *loadSIP) refusals() int {
	n := 0
	for _, k := range l.figures.Refused {
		n += k
	}
	return n
}

// asked answers a request of the engine in a call of ours.
func (l *loadSIP) asked(c *loadCall, m *loadMessage, from netip.AddrPort) {
	switch string(m.method) {
	case "ACK":
	case "BYE":
		l.reply(m, from, 200, "OK", nil, 0, false)
		if c != nil && (c.state == loadTalking || c.state == loadLeaving) {
			if c.state == loadTalking {
				l.figures.HungUp++
			}
			l.finished(c)
		}
	case "INVITE", "UPDATE": // a refresh of the session
		if c == nil || c.state != loadTalking {
			l.reply(m, from, 481, "Call/Transaction Does Not Exist", nil, 0, false)
			return
		}
		l.reply(m, from, 200, "OK", nil, uint32(c.index), true)
	case "OPTIONS":
		l.reply(m, from, 200, "OK", nil, 0, false)
	default:
		l.reply(m, from, 405, "Method Not Allowed", nil, 0, false)
	}
}
