package node

import (
	"context"
	"time"

	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
)

// dialling is a call that we make for a conversation.
type dialling struct {
	party    *party
	purpose  dialPurpose
	offered  sdp.Local
	progress chan sip.Event // Ringing and EarlyMedia; dropped when nobody reads
	done     chan outcome   // exactly one, unless given up by the conversation's end
	cancel   context.CancelCauseFunc
	rings    bool // the caller was told
}

// dialPurpose says what follows an answer.
type dialPurpose struct {
	transfer   bool
	referredBy string
	offer      *offer // to an agent, who is joined to the waiting caller
}

// outcome is what came of dialling.
type outcome struct {
	leg *sip.Leg
	err error
}

// give ends the dialling; its outcome follows.
func (d *dialling) give(reason ending.Reason) { d.cancel(sip.GiveUp(reason)) }

// call dials the phone or trunk of a step. What comes of it arrives at progressed and dialled.
func (c *conversation) call(step voice.Step, purpose dialPurpose) {
	n := c.node
	now := n.clock.Now()
	p, err := n.newParty(voice.Out, now)
	if err != nil {
		n.log.Error("a call could not get sound", "error", err)
		c.notReached(purpose, ending.Of(ending.CallLimit, ending.Ours))
		return
	}
	var from sip.Identity
	p.caller, from = c.onBehalfOf(purpose)
	p.called = step.Dialled
	target := sip.Call{To: step.Dialled, From: from, Ring: n.cfg.Ring, ReferredBy: purpose.referredBy}
	if step.Act == voice.ActPhone {
		p.phone, p.called = step.Phone.ID, step.Phone.Number
		target.Phone, target.To = step.Phone.Number, step.Phone.Number
	} else {
		target.Trunk = step.Group
	}
	p.belongs(c)
	n.add(p)
	d := &dialling{party: p, purpose: purpose, offered: p.next(), progress: make(chan sip.Event, 8), done: make(chan outcome, 1)}
	target.SDP = sdp.Offer(d.offered)
	target.Tried = func(t sip.Try) {
		if purpose.offer != nil {
			purpose.offer.turn.calls(t.CallID)
		}
		n.tried(p, t)
	}
	target.Progress = func(e sip.Event) {
		select {
		case d.progress <- e:
		default:
		}
	}
	if purpose.offer != nil {
		target.Ring = purpose.offer.ringFor(now, n.cfg.Ring)
	} else {
		n.desks.occupy(p, target.Phone)
	}
	ctx, cancel := context.WithCancelCause(n.stopping)
	d.cancel, c.dial = cancel, d
	n.talks.Add(1)
	go func() { // ends with the dialling, which give ends; Stop waits
		defer n.talks.Done()
		if purpose.offer != nil {
			purpose.offer.turn.wait()
			defer purpose.offer.turn.done()
		}
		leg, err := n.agent.Dial(ctx, target)
		d.done <- outcome{leg, err}
	}()
}

// onBehalfOf gives the caller whom the called side is shown: who called us, or who is transferred.
func (c *conversation) onBehalfOf(purpose dialPurpose) (number string, shown sip.Identity) {
	p := c.a
	if purpose.transfer {
		p = c.staying(c.transfer)
	}
	switch {
	case p == nil || p.leg == nil:
		return "", sip.Identity{}
	case p.direction == voice.Out: // somebody whom we called is transferred
		return p.called, sip.Identity{Number: p.called}
	}
	return p.caller, p.leg.Caller()
}

// progressed tells the caller what the called side does.
func (c *conversation) progressed(e sip.Event) {
	d := c.dial
	switch e := e.(type) {
	case sip.Ringing:
		d.party.set(voice.Ringing)
		if d.purpose.offer != nil {
			c.rings(d.purpose.offer)
		} else if d.purpose.transfer {
			c.transfer.progress(e.Status)
		} else if !d.rings && c.a != nil {
			d.rings = true
			c.a.set(voice.Ringing)
			_ = c.a.leg.Ring(c.node.stopping) // it has ended then
		}
	case sip.EarlyMedia:
		d.party.set(voice.Early)
		if d.purpose.offer != nil {
			c.rings(d.purpose.offer)
		} else if !d.purpose.transfer && e.Remote != nil && d.party.settleOffer(d.offered, e.Remote) == nil {
			c.early()
		}
	}
}

// early lets the caller hear the called side before it answers.
func (c *conversation) early() {
	if c.bridge != nil || c.a == nil {
		return
	}
	body, err := c.a.description()
	if err != nil {
		return // the answer will say so
	}
	if c.a.leg.Progress(c.node.stopping, body) == nil {
		c.a.set(voice.Early)
		c.bridge = c.node.engine.Bridge(c.a.sound, c.dial.party.sound)
	}
}

// dialled is the end of dialling.
func (c *conversation) dialled(o outcome) {
	d := c.dial
	c.dial = nil
	d.cancel(nil)
	p, n := d.party, c.node
	if o.err == nil {
		p.mu.Lock()
		p.leg = o.leg
		p.mu.Unlock()
		n.place(p, o.leg.Trunk(), o.leg.Phone())
		n.add(p)
		o.err = p.answeredBy(d.offered, n.clock.Now())
	}
	if o.err != nil {
		c.unjoin()
		how := sip.EndingOf(o.err)
		if p.leg != nil { // they answered with something that we cannot use
			how = ending.Of(ending.NoCommonCodec, ending.Ours)
			n.part(p, ending.NoCommonCodec)
		}
		n.report(p, how, false)
		c.notReached(d.purpose, how)
		return
	}
	if d.purpose.transfer {
		c.transferred(p)
		return
	}
	if d.purpose.offer != nil {
		c.accepted(p, d.purpose.offer)
		return
	}
	if c.a == nil { // gave up in the moment of the answer
		c.b = p
		n.part(p, ending.CallerGaveUp)
		return
	}
	c.b = p
	if c.answerWith(c.a) {
		c.unjoin()
		c.arrange()
		c.startRecording()
	}
}

// answeredBy takes the answer of a party that we called.
func (p *party) answeredBy(offered sdp.Local, at time.Time) error {
	remote := p.leg.Remote()
	if remote == nil {
		return sdp.ErrNothingCommon
	}
	if err := p.settleOffer(offered, remote); err != nil {
		return err
	}
	p.pickedUp(at)
	return nil
}

// notReached tells whoever waits that nobody was reached.
func (c *conversation) notReached(purpose dialPurpose, how ending.Ending) {
	if purpose.offer != nil {
		c.declined(purpose.offer, how)
		return
	}
	if purpose.transfer {
		c.transferFailed(how)
		return
	}
	if c.a != nil {
		c.refuse(c.a, how.Reason)
	}
}
