package carrier

import (
	"bytes"
	"context"
	"net/netip"
	"strconv"
	"time"
)

// LoadAgent is a phone of an agent that the answering side plays.
type LoadAgent struct{ User, Password string }

// AgentCall is one call to an agent, with the caller whom LoadConfig.Caller names by his index.
type AgentCall struct {
	Caller int       // -1: not one of this load
	Agent  string    // the phone
	Sent   time.Time // the caller's INVITE
	Asked  time.Time // the agent's INVITE arrived (kernel time)
	Ended  time.Time // the BYE, of whichever side; zero: not in the time of the load
}

// agentLeg is what is kept of a call to an agent.
type agentLeg struct {
	caller    int
	agent     string
	asked     int64
	ended     int64 // the first BYE
	hangAt    int64 // 0: the other side hangs up, or it is not up
	next      int64 // repetition of our BYE
	wait      time.Duration
	to        netip.AddrPort
	uri       []byte // their Contact
	from, far []byte // our side and theirs, as headers of our BYE
}

// register makes the phones of the answering side known at the engine.
func (l *loadSIP) register(ctx context.Context) error {
	if l.answer == nil {
		return nil
	}
	if l.cfg.AnswerUser != "" {
		if err := l.answer.register(ctx, l.cfg.AnswerUser, l.cfg.AnswerPassword); err != nil {
			return err
		}
	}
	for _, agent := range l.cfg.Agents {
		if err := l.answer.register(ctx, agent.User, agent.Password); err != nil {
			return err
		}
	}
	return nil
}

// asked notes a call to an agent.
func (a *loadAnswers) asked(leg *loadLeg, m *loadMessage, at int64) {
	if len(a.l.cfg.Agents) == 0 {
		return
	}
	leg.agent = &agentLeg{
		caller: a.l.callerOf(userOf(uriOf(m.from))), agent: string(userOf(m.uri)), asked: at, uri: bytes.Clone(uriOf(m.contact)),
		from: append(append(bytes.Clone(m.to), ";tag="...), leg.tag...), far: bytes.Clone(m.from),
	}
	a.calls = append(a.calls, leg.agent)
}

// callerOf reads the index out of a caller's number; -1: it is not one of ours.
func (l *loadSIP) callerOf(number []byte) int {
	before, after, ok := bytes.Cut([]byte(l.cfg.Caller), []byte("*"))
	if !ok || !bytes.HasPrefix(number, before) || !bytes.HasSuffix(number, after) || len(number) <= len(before)+len(after) {
		return -1
	}
	n, err := strconv.Atoi(string(number[len(before) : len(number)-len(after)]))
	if err != nil || n < 0 || n >= l.started {
		return -1
	}
	return n
}

// userOf is the user part of a SIP URI.
func userOf(uri []byte) []byte {
	uri = bytes.TrimPrefix(bytes.TrimPrefix(uri, []byte("sip:")), []byte("sips:"))
	user, _, ok := bytes.Cut(uri, []byte("@"))
	if !ok {
		return nil
	}
	return user
}

// talks begins the talk of an agent.
func (a *loadAnswers) talks(leg *loadLeg, now int64) {
	if leg.agent == nil || leg.agent.hangAt != 0 || leg.finished || a.l.cfg.AgentTalk == 0 {
		return
	}
	leg.agent.hangAt, leg.agent.to = now+int64(a.l.cfg.AgentTalk), leg.to
	a.talking = append(a.talking, leg)
}

// hangUps sends the BYEs of agents whose talk is over, and repeats those without an answer.
func (a *loadAnswers) hangUps(now int64) {
	kept := a.talking[:0]
	for _, leg := range a.talking {
		g := leg.agent
		if leg.finished {
			continue
		}
		kept = append(kept, leg)
		switch {
		case g.ended == 0 && now >= g.hangAt:
			g.ended, g.wait = now, loadT1
		case g.ended != 0 && now >= g.next:
			g.wait = min(2*g.wait, loadT2)
			a.retransmits++
		default:
			continue
		}
		g.next = now + int64(g.wait)
		a.sendBye(leg)
	}
	a.talking = kept
}

func (a *loadAnswers) sendBye(leg *loadLeg) {
	g := leg.agent
	a.queue(g.to, func(b []byte) []byte {
		b = append(append(append(b, "BYE "...), g.uri...), " SIP/2.0\r\nVia: SIP/2.0/UDP "...)
		b = a.local.AppendTo(b)
		b = append(append(b, ";rport;branch=z9hG4bK"...), a.l.run0...)
		b = strconv.AppendInt(append(b, "-bye-"...), int64(leg.id), 10)
		b = append(append(b, "\r\nMax-Forwards: 70\r\nFrom: "...), g.from...)
		b = append(append(b, "\r\nTo: "...), g.far...)
		b = append(append(b, "\r\nCall-ID: "...), leg.callID...)
		return append(b, "\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"...)
	})
}

// answeredBye ends a leg whose BYE was answered.
func (a *loadAnswers) answeredBye(leg *loadLeg, m *loadMessage) {
	if leg != nil && leg.agent != nil && m.status >= 200 && bytes.Equal(m.method, []byte("BYE")) {
		a.over(leg, leg.agent.ended)
	}
}

// agentCalls gives what the agents were asked.
func (a *loadAnswers) agentCalls() []AgentCall {
	list := make([]AgentCall, 0, len(a.calls))
	at := func(ns int64) time.Time {
		if ns == 0 {
			return time.Time{}
		}
		return time.Unix(0, ns).UTC()
	}
	for _, g := range a.calls {
		c := AgentCall{Caller: g.caller, Agent: g.agent, Asked: at(g.asked), Ended: at(g.ended)}
		if g.caller >= 0 {
			c.Sent = at(a.l.calls[g.caller].sent)
		}
		list = append(list, c)
	}
	return list
}
