package node

import (
	"context"

	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/media"
	"yingda/internal/voice/sip"
)

// incoming is a call that came in; it runs on a goroutine of its own until the call has ended.
func (n *Node) incoming(leg *sip.Leg) {
	if !n.enter() {
		ctx, cancel := context.WithTimeout(context.Background(), partingTime)
		defer cancel()
		_ = leg.Refuse(ctx, ending.NodeStopping) // it has ended then
		return
	}
	defer n.talks.Done()
	p, err := n.newParty(voice.In, leg.Arrived())
	if err != nil {
		n.log.Error("a call could not get sound", "error", err)
		n.refuseUnheard(leg)
		return
	}
	n.introduce(p, leg)
	if n.stopping.Err() != nil { // Stop may not have seen the party
		n.converse(p, voice.Step{Act: voice.ActReject, Cause: ending.NodeStopping}).run()
		return
	}
	if taken := leg.Replaces(); taken != nil {
		n.arrivals.done(leg.CallID())
		n.takeOver(p, taken)
		return
	}
	step := n.cfg.Voice.Tables().Resolve(p.called, leg.Phone() != "")
	if step.Act != voice.ActQueue {
		n.arrivals.done(leg.CallID())
	}
	n.converse(p, step).run()
}

// introduce fills in who calls and registers the party.
func (n *Node) introduce(p *party, leg *sip.Leg) {
	p.leg, p.called = leg, leg.Called()
	p.caller = leg.Caller().Number
	n.place(p, leg.Trunk(), leg.Phone())
	n.add(p)
	n.ladders.own(leg.CallID())
	n.desks.occupy(p, leg.Phone())
}

// place notes by which trunk or phone a party is reached.
func (n *Node) place(p *party, trunkName, phone string) {
	tables := n.cfg.Voice.Tables()
	if phone != "" {
		known, _ := tables.Phone(phone)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.phone = known.ID
		return
	}
	n.mu.RLock()
	id := n.trunkIDs[trunkName]
	n.mu.RUnlock()
	line, _ := tables.Line(id)
	p.mu.Lock()
	p.trunk, p.codecs = id, codecsOf(line.Codecs)
	p.mu.Unlock()
	if p.sound != nil && line.InbandDTMF {
		p.sound.Inband(true)
	}
}

// begin does what the number asks for.
func (c *conversation) begin() {
	switch c.step.Act {
	case voice.ActReject, voice.NoAct:
		c.refuse(c.a, orElse(c.step.Cause, ending.NotFound))
	case voice.ActEcho:
		if c.answerWith(c.a) {
			c.a.echo()
		}
	case voice.ActPrompt:
		c.play()
	case voice.ActPhone, voice.ActTrunk:
		c.call(c.step, dialPurpose{})
	case voice.ActQueue:
		c.straight()
	case voice.ActFlow:
		c.flows()
	}
}

func orElse(reason, other ending.Reason) ending.Reason {
	if reason == "" {
		return other
	}
	return reason
}

// play answers, plays the prompt, and hangs up.
func (c *conversation) play() {
	if _, ok := c.node.prompts.get(c.step.Prompt); !ok {
		c.refuse(c.a, ending.Unavailable)
		return
	}
	if c.answerWith(c.a) {
		c.playTo(c.a)
	}
}

// echo sends back what the party says, and the keys it presses.
func (p *party) echo() {
	p.sound.Echo(true)
	p.sound.Digits(func(d media.Digit) {
		_ = p.sound.SendDigits(string(d.Key), d.Duration, 0) // it has ended then
	})
}

// playTo plays the step's prompt to a party that is up, and hangs up.
func (c *conversation) playTo(p *party) {
	prompt, ok := c.node.prompts.get(c.step.Prompt)
	if !ok {
		c.node.part(p, ending.Unavailable)
		return
	}
	p.sound.Play(prompt, media.PlayOptions{Loop: c.step.Repeat, Done: func(finished bool) {
		if finished {
			p.owner().ask(func(c *conversation) { c.node.part(p, ending.PromptEnded) })
		}
	}})
}

// refuseUnheard refuses a call for which there is no sound, and reports it.
func (n *Node) refuseUnheard(leg *sip.Leg) {
	p := &party{id: voice.NewCallID(), direction: voice.In, began: leg.Arrived(), state: voice.Ending}
	n.introduce(p, leg)
	c := n.converse(p, voice.Step{})
	c.refuse(p, ending.Congestion)
	c.goOn()
}
