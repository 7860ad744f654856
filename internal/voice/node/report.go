package node

import (
	"context"
	"time"

	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sip"
)

// report closes the sound of a party whose leg has ended, tells how, and forgets it. The second time does nothing.
func (n *Node) report(p *party, how ending.Ending, recorded bool) {
	p.mu.Lock()
	if p.gone {
		p.mu.Unlock()
		return
	}
	p.gone = true
	p.recorded = p.recorded || recorded
	p.mu.Unlock()
	live := p.live()
	if p.sound != nil {
		p.sound.Close()
	}
	n.desks.vacate(p)
	n.figures.count(p.direction, how)
	call := voice.EndedCall{
		ID: p.id, Conversation: live.Conversation, Direction: live.Direction, Started: live.Started, Answered: live.Answered, Ended: n.clock.Now(),
		Caller: live.Caller, Called: live.Called, Trunk: live.Trunk, Phone: live.Phone, Centre: live.Centre, Act: live.Act, Ending: how,
		Codec: live.Codec, Quality: live.Quality, Recorded: live.Recording, Node: n.cfg.Name, SIPCallID: live.SIPCallID,
	}
	n.later(func() {
		all, _ := p.callIDs()
		call.Ladder = n.ladders.take(all)
		n.cfg.Voice.Record(call)
		n.remove(p) // last: who sees no party any more finds all reported
	})
}

// turnedAway reports a call that was refused before it had a party.
func (n *Node) turnedAway(r sip.Refusal) {
	p := &party{id: voice.NewCallID(), direction: voice.In, began: r.Arrived, state: voice.Ending, caller: r.Caller.Number, called: r.Called}
	n.place(p, r.Trunk, r.Phone)
	n.ladders.own(r.CallID)
	n.arrivals.done(r.CallID)
	n.figures.count(voice.In, r.Ending)
	n.later(func() {
		n.cfg.Voice.Record(voice.EndedCall{
			ID: p.id, Direction: voice.In, Started: r.Arrived, Ended: n.clock.Now(), Caller: p.caller, Called: p.called, Trunk: p.trunk, Phone: p.phone,
			Ending: r.Ending, Node: n.cfg.Name, SIPCallID: r.CallID, Ladder: n.ladders.take([]string{r.CallID}),
		})
	})
}

// later does something once the last messages of a leg have been seen; Stop waits for it. When the node is stopping it
// is done at once.
func (n *Node) later(do func()) {
	if !n.enter() {
		do()
		return
	}
	go func() { // ends after lastMessages
		defer n.talks.Done()
		_ = clock.Sleep(n.stopping, n.clock, lastMessages)
		do()
	}()
}

// lastMessages is how long a ladder waits for the last messages: a leg has ended before its refusal or BYE is sent, and
// before they are acknowledged or answered.
const lastMessages = 300 * time.Millisecond

// ended says that the party was reported, or is about to be.
func (p *party) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// keepTime bounds how long the end of a recording may take; what is not stored then is stored by the next start.
const keepTime = 30 * time.Second

// startRecording begins to record when the centre's calls are recorded. A call without recording is better than none.
func (c *conversation) startRecording() {
	n := c.node
	if n.cfg.Recordings == nil || n.cfg.Record == nil || c.recorder != nil || c.a == nil || !n.cfg.Record(c.step.Centre) {
		return
	}
	r, err := n.cfg.Recordings.Begin(n.stopping, c.described())
	if err != nil {
		n.log.Error("a conversation is not recorded", "call", c.id, "error", err)
		return
	}
	c.recorder = r
	c.tap()
}

// described says what the recording is of: the customer is whoever comes or goes over a trunk, else the caller.
func (c *conversation) described() recording.Start {
	s := recording.Start{Call: c.id, Centre: organization.CentreOf(c.step.Centre), Direction: recording.Inbound, Line: c.step.Dialled}
	customer := c.a.caller
	if c.b != nil && c.b.direction == voice.Out && !c.b.trunk.IsZero() {
		s.Direction, customer, s.Line = recording.Outbound, c.b.called, c.a.caller
	}
	if k := c.contact; k != nil && k.offer != nil {
		s.Staff, s.StaffNumber = k.offer.desk.Agent, k.offer.desk.Number
		customer, s.Direction, s.Line = c.callers(), recording.Inbound, c.step.Dialled
	}
	if number, err := numbering.ParsePhone(customer, ""); err == nil {
		s.Customer = number.Private()
	}
	return s
}

// tap lets the recorder hear the first party, the caller as a rule; after a transfer whoever is there.
func (c *conversation) tap() {
	p := c.a
	if c.recorder == nil || p == nil {
		return
	}
	if c.tapped != p {
		if c.tapped != nil {
			c.tapped.sound.Tap(nil)
		}
		p.sound.Tap(c.recorder)
		c.tapped = p
	}
	for _, party := range []*party{c.a, c.b} {
		if party != nil {
			party.mu.Lock()
			party.recorded = true
			party.mu.Unlock()
		}
	}
}

// finishRecording ends the recording apart from the conversation, since storing takes time.
func (c *conversation) finishRecording() {
	if c.recorder == nil {
		return
	}
	r, n := c.recorder, c.node
	if c.tapped != nil {
		c.tapped.sound.Tap(nil)
	}
	c.recorder, c.tapped = nil, nil
	n.talks.Add(1)
	go func() { // ends within keepTime; Stop waits
		defer n.talks.Done()
		ctx, cancel := context.WithTimeout(context.Background(), keepTime)
		defer cancel()
		if _, err := r.Finish(ctx); err != nil {
			n.log.Error("a recording is not stored yet", "error", err)
		}
	}()
}
