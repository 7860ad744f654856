package node

import (
	"cmp"
	"time"

	"yingda/internal/interaction"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/ivr/engine"
	"yingda/internal/voice/media"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/speech"
)

// flows begins the flow of a called number.
func (c *conversation) flows() {
	n, p := c.node, c.a
	flow, ok := n.flow(c.step.Flow)
	if !ok {
		c.refuse(p, ending.Unavailable)
		return
	}
	k := c.open(p)
	k.flow = flow
	c.hearKeys()
	if !c.answerWith(p) {
		return
	}
	k.hop(interaction.Answered, p.answered, interaction.Hop{})
	c.beginWalk()
}

func (n *Node) flow(name string) (*engine.Flow, bool) {
	if n.cfg.Floor.Router == nil || n.cfg.Floor.Flows == nil {
		return nil, false
	}
	return n.cfg.Floor.Flows.Get(name)
}

// hearKeys brings the caller's keys into the flow; the first may come with the first sound.
func (c *conversation) hearKeys() {
	c.a.sound.Digits(func(d media.Digit) {
		c.ask(func(c *conversation) { c.walks(engine.Event{Kind: engine.Pressed, Key: string(d.Key), At: d.At}) })
	})
}

// beginWalk starts the flow for a caller who is up.
func (c *conversation) beginWalk() {
	c.contact.walk = engine.State{}
	c.walks(engine.Event{Kind: engine.Began})
}

// walks takes an event of the flow and does what follows.
func (c *conversation) walks(e engine.Event) {
	k := c.contact
	if k == nil || k.flow == nil || c.a == nil || k.phase() != inFlow {
		return
	}
	now := c.node.clock.Now()
	at := now // of a key: when it went down, not when it was released
	if e.Kind == engine.Pressed && e.At.After(k.last) && e.At.Before(now) {
		at = e.At
	}
	var actions []engine.Action
	k.walk, actions = k.flow.Step(k.walk, e, now)
	for _, a := range actions {
		c.act(a, at)
	}
	k.schedule()
}

// act does one thing that the flow wants.
func (c *conversation) act(a engine.Action, at time.Time) {
	k := c.contact
	switch a.Kind {
	case engine.Enter:
		k.hop(interaction.FlowStep, at, interaction.Hop{Detail: interaction.Detail{Flow: k.flow.Name, Node: a.Node, Key: a.Key}})
	case engine.Play:
		c.sayPhrases(a, func(c *conversation) { c.walks(engine.Event{Kind: engine.Played}) })
	case engine.Silence:
		c.hush()
	case engine.ToQueue:
		c.toQueue(a)
	case engine.HangUp:
		k.set(gone)
		c.node.part(c.a, ending.PromptEnded)
	}
}

// sayPhrases plays what a flow says; a key cuts it short.
func (c *conversation) sayPhrases(a engine.Action, then func(*conversation)) {
	c.contact.lang = speech.Lang(cmp.Or(string(a.Lang), string(speech.Chinese)))
	c.say(c.node.cfg.Floor.Flows.Say(engine.Lang(c.contact.lang), a.Say), true, then)
}

// toQueue gives the caller to a queue; what the flow says is heard until an agent answers.
func (c *conversation) toQueue(a engine.Action) {
	k := c.contact
	k.lang = speech.Lang(cmp.Or(string(a.Lang), string(speech.Chinese)))
	c.queue(routing.Entry{Queue: cmp.Or(a.Queue, c.step.Queue), KeyAt: a.KeyAt, Priority: a.Priority})
	c.a.set(voice.Waiting)
	c.say(c.node.cfg.Floor.Flows.Say(engine.Lang(k.lang), a.Say), false, func(c *conversation) { c.wait() })
}

// keyed takes a key that came by INFO into the flow.
func (c *conversation) keyed(p *party, d sip.Digit) bool {
	if c.contact == nil || p != c.a || c.contact.phase() != inFlow {
		return false
	}
	c.walks(engine.Event{Kind: engine.Pressed, Key: string(d.Key), At: d.At})
	return true
}
