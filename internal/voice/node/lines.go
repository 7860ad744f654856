package node

import (
	"yingda/internal/interaction"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/speech"
)

// The ways of a transfer, as they are written down.
const (
	blindWay    = "blind"
	attendedWay = "attended"
)

func wayOf(t *transfer) string {
	if t.wish.Replaces != nil {
		return attendedWay
	}
	return blindWay
}

// handedOff notes that an agent gave his caller to somebody whom no queue gives; the agent is free.
func (c *conversation) handedOff(to, way string) {
	k := c.contact
	if k == nil || k.offer == nil || k.phase() != talking {
		return
	}
	k.step(interaction.Transferred, k.offer.hop(interaction.Detail{To: to, Way: way}))
	k.talkEnded()
	k.set(gone)
	k.leave(routing.ItReleased)
}

// servedBy notes who talks to a caller that was handed off, when it is somebody who is signed in as an agent.
func (c *conversation) servedBy(p *party) {
	k := c.contact
	if k == nil || k.phase() != gone {
		return
	}
	if desk, ok := c.node.cfg.Floor.Router.Desk(p.called); ok {
		k.step(interaction.TalkBegan, interaction.Hop{Agent: desk.Agent, Detail: interaction.Detail{Phone: desk.Phone}})
	}
}

// intoQueue puts a caller whom an agent transferred into a queue, where he keeps the time of his key; one who came past
// all queues begins one.
func (c *conversation) intoQueue(step voice.Step, way string) {
	k := c.contact
	if c.node.cfg.Floor.Router == nil {
		c.cannotServe()
		return
	}
	e := routing.Entry{Queue: step.Queue, KeyAt: c.node.clock.Now()}
	switch {
	case k == nil:
		k = c.open(c.a)
	case k.phase() == talking:
		k.step(interaction.Transferred, k.offer.hop(interaction.Detail{To: step.Queue, Way: way}))
		k.talkEnded()
		e = k.entry
		e.Queue, e.Again = step.Queue, true
	}
	k.flow = nil
	c.queue(e)
	c.say(speech.Say(k.lang, speech.Word(speech.Transferring)), false, func(c *conversation) { c.wait() })
	c.a.set(voice.Waiting)
}

// intoFlow puts a caller who was transferred into a flow.
func (c *conversation) intoFlow(step voice.Step) {
	flow, ok := c.node.flow(step.Flow)
	if !ok {
		c.cannotServe()
		return
	}
	if c.contact == nil {
		c.open(c.a)
	}
	c.contact.flow = flow
	c.contact.set(inFlow)
	c.hearKeys()
	c.beginWalk()
}
