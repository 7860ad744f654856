package node

import (
	"context"

	"github.com/google/uuid"

	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/media"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sip"
)

// conversation is the parties that talk to each other. Its fields belong to its goroutine.
type conversation struct {
	node     *Node
	id       uuid.UUID
	step     voice.Step
	commands chan command
	over     chan struct{} // closed when the goroutine has ended; a command is then not taken any more

	a, b     *party // b is nil while there is nobody yet
	bridge   *media.Bridge
	music    [2]*media.Playback // for a and b, while the other one holds
	recorder *recording.Recorder
	tapped   *party    // whom the recorder hears
	dial     *dialling // nil while nobody is being called
	transfer *transfer // nil while nobody is being transferred
	contact  *contact  // nil unless a flow or a queue has, or had, the caller
}

// command is what others ask of a conversation; it runs on its goroutine.
type command func(c *conversation)

// commandRoom is how many commands may wait; whoever sends more waits, or learns that the conversation is over.
const commandRoom = 8

func (n *Node) converse(a *party, step voice.Step) *conversation {
	c := &conversation{
		node: n, id: a.id.UUID(), step: step, a: a,
		commands: make(chan command, commandRoom), over: make(chan struct{}),
	}
	a.belongs(c)
	return c
}

// ask gives a command to the conversation's goroutine; false: the conversation is over. It may end before it runs the
// command: who gives it something to own uses askAndWait.
func (c *conversation) ask(do command) bool {
	select {
	case c.commands <- do:
		return true
	case <-c.over:
		return false
	}
}

// askAndWait is ask, and waits until the command has run.
func (c *conversation) askAndWait(do command) bool {
	done := make(chan struct{})
	if !c.ask(func(c *conversation) { defer close(done); do(c) }) {
		return false
	}
	select {
	case <-done:
		return true
	case <-c.over:
		select {
		case <-done:
			return true
		default:
			return false
		}
	}
}

// run goes on until nobody is left.
func (c *conversation) run() {
	c.begin()
	c.goOn()
}

// goOn takes events and commands until nobody is left.
func (c *conversation) goOn() {
	defer close(c.over)
	for c.a != nil || c.b != nil || c.dial != nil {
		var progress <-chan sip.Event
		var dialled <-chan outcome
		if c.dial != nil {
			progress, dialled = c.dial.progress, c.dial.done
		}
		select {
		case e, ok := <-c.a.events():
			c.heard(c.a, e, ok)
		case e, ok := <-c.b.events():
			c.heard(c.b, e, ok)
		case e := <-progress:
			c.progressed(e)
		case o := <-dialled:
			c.dialled(o)
		case do := <-c.commands:
			do(c)
		case <-c.contact.wanted():
			c.obey()
		case <-c.contact.timeout():
			c.tick()
		}
	}
	c.finishRecording()
	c.node.seeContactOut(c.contact)
	if c.transfer != nil {
		c.transfer.finish(statusGone)
	}
}

// heard takes an event of a party.
func (c *conversation) heard(p *party, e sip.Event, ok bool) {
	if !ok { // the channel ended without Ended: cannot be, but would spin
		c.left(p, ending.Of(ending.Internal, ending.Ours))
		return
	}
	switch e := e.(type) {
	case sip.Answered:
		c.confirmed(p, e)
	case sip.Updated:
		if e.Hold != p.holds() {
			c.held(p, e.Hold)
		}
		p.hold(e.Hold)
		c.arrange()
	case sip.Digit:
		c.pressed(p, e)
	case sip.Transfer:
		c.wantsTransfer(p, e)
	case sip.Ended:
		c.left(p, e.Ending)
	case sip.Ringing, sip.EarlyMedia: // only while dialling; those come by progress
	}
}

// confirmed is the ACK of a party that called us. It carries the answer when their INVITE had no offer.
func (c *conversation) confirmed(p *party, e sip.Answered) {
	if e.Remote == nil {
		return
	}
	p.mu.Lock()
	offered := p.offered
	p.mu.Unlock()
	if err := p.settleOffer(offered, e.Remote); err != nil {
		c.node.part(p, ending.NoCommonCodec)
		return
	}
	c.arrange()
}

// pressed passes on a key that came by INFO: to the other party as RFC 4733, or back when they talk to an echo. Keys
// that came as RFC 4733 go with the sound.
func (c *conversation) pressed(p *party, d sip.Digit) {
	if c.keyed(p, d) {
		return
	}
	to := c.other(p)
	if to == nil && c.step.Act == voice.ActEcho {
		to = p
	}
	if to != nil {
		_ = to.sound.SendDigits(string(d.Key), d.Duration, 0) // without telephone-event on that side there is no way to pass it on
	}
}

func (c *conversation) other(p *party) *party {
	if p == c.a {
		return c.b
	}
	return c.a
}

// left is the end of a party. Who is left alone is hung up, unless somebody is being called for them.
func (c *conversation) left(p *party, how ending.Ending) {
	rest := c.other(p)
	c.unjoin()
	c.remove(p)
	c.node.report(p, how, c.recorder != nil)
	if c.transfer != nil && p == c.transfer.by { // the transfer goes on for the other
		if k := c.contact; k != nil && p != k.caller { // the agent is free, whatever comes of it
			k.leave(routing.ItReleased)
		}
		c.entertain(rest)
		return
	}
	if c.contact != nil && c.contactLeft(p, rest, how) {
		return
	}
	if c.dial != nil {
		c.dial.give(callerGone(how))
	}
	// The talk is over, though the other leg may live until its BYE is answered, half a minute when it never is.
	c.finishRecording()
	if rest == nil {
		return
	}
	reason := ending.Normal
	switch {
	case how.Reason == ending.NodeStopping:
		reason = ending.NodeStopping
	case p.direction == voice.Out && rest.direction == voice.In:
		reason = ending.CalleeHungUp
	}
	c.node.part(rest, reason)
}

// entertain lets a party that waits for somebody else hear music.
func (c *conversation) entertain(p *party) {
	if p != nil && !p.holds() {
		c.music[0] = p.sound.Play(c.node.music, media.PlayOptions{Loop: true})
	}
}

// callerGone is why a call that is being dialled is given up.
func callerGone(how ending.Ending) ending.Reason {
	if how.Reason == ending.NodeStopping {
		return ending.NodeStopping
	}
	return ending.CallerGaveUp
}

// remove takes a party out; its owner is whoever called this.
func (c *conversation) remove(p *party) {
	if p == c.a {
		c.a = nil
	} else if p == c.b {
		c.b = nil
	}
}

// arrange joins the sound of the parties as they are now: they talk, or who is on hold hears music.
func (c *conversation) arrange() {
	if c.a == nil || c.b == nil {
		return
	}
	c.tap()
	if !c.a.holds() && !c.b.holds() {
		if c.bridge == nil {
			c.unjoin()
			c.bridge = c.node.engine.Bridge(c.a.sound, c.b.sound)
		}
		return
	}
	c.unjoin()
	for i, p := range []*party{c.a, c.b} {
		if !p.holds() {
			c.music[i] = p.sound.Play(c.node.music, media.PlayOptions{Loop: true})
		}
	}
}

// unjoin parts the sound of the parties.
func (c *conversation) unjoin() {
	if c.bridge != nil {
		c.bridge.Close()
		c.bridge = nil
	}
	for i, m := range c.music {
		if m != nil {
			m.Stop()
			c.music[i] = nil
		}
	}
}

// part ends a party apart from the conversation's goroutine, since a BYE waits for its answer.
func (n *Node) part(p *party, reason ending.Reason) {
	n.talks.Add(1)
	go func() { // ends within partingTime; Stop waits
		defer n.talks.Done()
		p.hang(reason)
	}()
}

// abandon ends the dialling of a party that is not up yet.
func (c *conversation) abandon(p *party, reason ending.Reason) {
	c.ask(func(c *conversation) {
		if c.dial != nil && c.dial.party == p {
			c.dial.give(reason)
		}
	})
}

// answerWith answers a party that called us, at once.
func (c *conversation) answerWith(p *party) bool {
	body, err := p.description()
	if err != nil {
		c.refuse(p, ending.NoCommonCodec)
		return false
	}
	if err := p.leg.Answer(c.node.stopping, body); err != nil {
		return false // it has ended; its event follows
	}
	p.pickedUp(c.node.clock.Now())
	return true
}

// refuse ends a party that called us and is not answered.
func (c *conversation) refuse(p *party, reason ending.Reason) {
	ctx, cancel := context.WithTimeout(context.Background(), partingTime)
	defer cancel()
	p.set(voice.Ending)
	_ = p.leg.Refuse(ctx, reason) // it has ended then; its event follows
}
