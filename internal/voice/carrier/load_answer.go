package carrier

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// loadLeg is a call of the answering side.
type loadLeg struct {
	id       uint32
	callID   string
	tag      []byte
	last     []byte // the final answer to the INVITE, as it was sent
	to       netip.AddrPort
	began    int64
	next     int64
	wait     time.Duration
	acked    bool
	remote   netip.AddrPort // where their sound comes from
	cseq     uint32
	stream   *loadStream
	finished bool
	agent    *agentLeg // nil: not a call to one of the agents
}

// loadAnswers is the answering side: it takes what the engine sends to it, on the signalling thread.
type loadAnswers struct {
	l           *loadSIP
	fd          int
	local       netip.AddrPort
	out         *batch
	legs        map[string]*loadLeg
	waiting     []*loadLeg // for the ACK
	next        uint32
	taken       int
	open        int
	retransmits int
	repeated    int
	bad         int
	scanned     int64
	message     loadMessage
	talking     []*loadLeg // of agents, until they hang up and that is answered
	calls       []*agentLeg
}

// firstAnswering is the number of the answering side's first stream; callers count from 0. With 256 sockets the two sides of
// up to 128 calls have a port each.
const firstAnswering = 1<<24 + 128

func newLoadAnswers(l *loadSIP) (*loadAnswers, error) {
	port := max(0, l.cfg.AnswerPort)
	fd, err := openSocket(netip.AddrPortFrom(l.cfg.Local, uint16(port)), 16<<20)
	if err != nil {
		return nil, err
	}
	local, err := boundTo(fd)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &loadAnswers{l: l, fd: fd, local: local, out: newBatch(64, 2048), legs: map[string]*loadLeg{}, next: firstAnswering}, nil
}

// turn reads, answers and repeats.
func (a *loadAnswers) turn(now int64) error {
	for {
		n, err := a.l.in.receive(a.fd)
		if err != nil {
			return fmt.Errorf("read from the answering side's port: %w", err)
		}
		for i := range n {
			if data := a.l.in.packet(i); len(data) > 4 {
				at, _ := a.l.in.arrived(i)
				a.take(data, a.l.in.source(i), now, at)
			}
		}
		if n < len(a.l.in.messages) {
			break
		}
	}
	a.hangUps(now)
	a.timers(now)
	if err := a.out.send(a.fd); err != nil {
		return fmt.Errorf("send from the answering side's port: %w", err)
	}
	return nil
}

func (a *loadAnswers) take(data []byte, from netip.AddrPort, now, at int64) {
	m := &a.message
	if !m.read(data) {
		a.bad++
		return
	}
	leg := a.legs[string(m.callID)]
	if m.status != 0 { // to a BYE of an agent: we ask nothing else from this side
		a.answeredBye(leg, m)
		return
	}
	switch string(m.method) {
	case "INVITE":
		a.invited(leg, m, from, now, at)
	case "ACK":
		if leg != nil {
			leg.acked = true
			a.talks(leg, now)
			if leg.stream == nil && !leg.finished {
				leg.stream = a.l.media.start(leg.id, leg.remote)
			}
		}
	case "CANCEL": // too late: the answer went out with the INVITE's arrival (RFC 3261 section 9.2)
		a.reply(m, from, 200, "OK", tagOfLeg(leg), 0, false)
	case "BYE":
		a.reply(m, from, 200, "OK", tagOfLeg(leg), 0, false)
		a.over(leg, now)
	case "OPTIONS":
		a.reply(m, from, 200, "OK", []byte("options"), 0, false)
	case "UPDATE":
		a.reply(m, from, 200, "OK", tagOfLeg(leg), idOfLeg(leg), len(m.body) > 0)
	default:
		a.reply(m, from, 405, "Method Not Allowed", []byte("other"), 0, false)
	}
}

func tagOfLeg(leg *loadLeg) []byte {
	if leg == nil {
		return []byte("none")
	}
	return leg.tag
}

func idOfLeg(leg *loadLeg) uint32 {
	if leg == nil {
		return 0
	}
	return leg.id
}

// over ends a leg.
func (a *loadAnswers) over(leg *loadLeg, now int64) {
	if leg == nil || leg.finished {
		return
	}
	leg.finished, leg.acked = true, true
	a.open--
	a.l.media.stop(leg.stream)
	if leg.agent != nil && leg.agent.ended == 0 {
		leg.agent.ended = now
	}
}

// invited answers a new call, a repetition, or a re-INVITE.
func (a *loadAnswers) invited(leg *loadLeg, m *loadMessage, from netip.AddrPort, now, at int64) {
	if leg != nil && m.cseq == leg.cseq {
		a.repeated++
		a.again(leg)
		return
	}
	if leg == nil {
		if tagOf(m.to) != nil {
			a.reply(m, from, 481, "Call/Transaction Does Not Exist", nil, 0, false)
			return
		}
		leg = &loadLeg{id: a.next, callID: string(m.callID), remote: mediaOf(m.body)}
		leg.tag = strconv.AppendInt([]byte("a"), int64(leg.id), 10)
		a.next++
		a.taken++
		a.open++
		a.legs[leg.callID] = leg
		a.asked(leg, m, at)
		if a.l.cfg.Ringing {
			a.reply(m, from, 180, "Ringing", leg.tag, 0, false)
		}
	}
	leg.cseq, leg.to, leg.began, leg.wait, leg.acked = m.cseq, from, now, loadT1, false
	leg.next = now + int64(loadT1)
	leg.last = a.l.response(leg.last[:0], m, from, a.local, 200, "OK", leg.tag, leg.id, true)
	a.again(leg)
	a.waiting = append(a.waiting, leg)
}

func (a *loadAnswers) again(leg *loadLeg) {
	a.queue(leg.to, func(b []byte) []byte { return append(b, leg.last...) })
}

// timers repeats answers that were not acknowledged (RFC 3261 section 13.3.1.4).
func (a *loadAnswers) timers(now int64) {
	if now-a.scanned < int64(loadScan) {
		return
	}
	a.scanned = now
	kept := a.waiting[:0]
	for _, leg := range a.waiting {
		if leg.acked || now-leg.began > int64(loadTimeOut) {
			continue
		}
		kept = append(kept, leg)
		if now >= leg.next {
			leg.wait = min(2*leg.wait, loadT2)
			leg.next = now + int64(leg.wait)
			a.retransmits++
			a.again(leg)
		}
	}
	a.waiting = kept
}

func (a *loadAnswers) queue(to netip.AddrPort, fill func([]byte) []byte) {
	if a.out.full() {
		_ = a.out.send(a.fd) // repeated like any loss
	}
	a.out.add(to, fill)
}

func (a *loadAnswers) reply(m *loadMessage, to netip.AddrPort, status int, phrase string, tag []byte, stream uint32, describe bool) {
	a.queue(to, func(b []byte) []byte {
		return a.l.response(b, m, to, a.local, status, phrase, tag, stream, describe)
	})
}
