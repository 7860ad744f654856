package node

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/media"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/speech"
)

// offer is an agent who was asked, and who talks when he accepted.
type offer struct {
	desk        routing.Desk
	reservation routing.Reservation
	queue       uuid.UUID
	until       time.Time
	rang        bool
	party       *party // once his phone is called
	talks       bool   // they hear each other
	turn        *turn  // of the phone to ring
}

// hop is one that names the agent.
func (o *offer) hop(d interaction.Detail) interaction.Hop {
	d.Phone = o.desk.Phone
	return interaction.Hop{Queue: o.queue, Agent: o.desk.Agent, Detail: d}
}

// offered rings an agent's phone.
func (c *conversation) offered(o routing.Order, turn *turn) {
	k, n := c.contact, c.node
	dials := false
	defer func() {
		if !dials {
			turn.done()
		}
	}()
	switch k.phase() {
	case ringing: // a new router decided anew
		c.takeBack(ending.AnsweredElsewhere, "offered_elsewhere")
	case waiting:
	case talking:
		if k.offer.reservation != o.Reservation {
			k.report(routing.ItWasRefused, routing.Report{Reservation: o.Reservation, Why: routing.OurFailure})
		}
		return
	case inFlow, gone, over:
		return // it was told that the contact left
	}
	c.noteEnqueued(o.Queue)
	of := &offer{desk: o.Desk, reservation: o.Reservation, queue: o.Queue, until: o.Until, turn: turn}
	k.offer = of
	k.set(ringing)
	k.stand(func(s *routing.Standing) { s.Desk, s.Reservation, s.Accepted = of.desk, of.reservation, false })
	k.step(interaction.Offered, of.hop(interaction.Detail{}))
	phone, ok := n.cfg.Voice.Tables().Phone(of.desk.Phone)
	if !ok || phone.Disabled {
		c.declined(of, ending.Of(ending.Unavailable, ending.Theirs))
		return
	}
	c.call(voice.Step{Act: voice.ActPhone, Phone: phone, Dialled: phone.Number, Centre: c.step.Centre}, dialPurpose{offer: of})
	if c.dial != nil {
		dials, of.party = true, c.dial.party
	}
}

// ringFor is how long an agent's phone rings.
func (o *offer) ringFor(now time.Time, most time.Duration) time.Duration {
	if o.until.IsZero() {
		return most
	}
	return max(time.Millisecond, min(most, o.until.Sub(now)))
}

// rings notes that the agent's phone rings, at the first word of it.
func (c *conversation) rings(of *offer) {
	if of.rang || c.contact.offer != of {
		return
	}
	of.rang = true
	c.contact.report(routing.ItRings, routing.Report{Reservation: of.reservation})
	c.contact.step(interaction.RingingAgent, of.hop(interaction.Detail{}))
	if c.a != nil {
		c.a.set(voice.Ringing)
	}
}

// declined tells the router that an agent did not take the caller, who waits on.
func (c *conversation) declined(of *offer, how ending.Ending) {
	k := c.contact
	if k.offer != of {
		return
	}
	why := declineOf(how)
	c.offerEnded(string(why))
	k.report(routing.ItWasRefused, routing.Report{Reservation: of.reservation, Why: why})
}

// offerEnded brings the contact back to waiting.
func (c *conversation) offerEnded(why string) {
	k := c.contact
	k.step(interaction.OfferEnded, k.offer.hop(interaction.Detail{Reason: why}))
	k.offer = nil
	k.set(waiting)
	k.stand(func(s *routing.Standing) { s.Desk, s.Reservation, s.Accepted = routing.Desk{}, 0, false })
	if c.a != nil {
		c.a.set(voice.Waiting)
	}
}

// declineOf is why a phone did not take a call, in the router's words.
func declineOf(how ending.Ending) routing.DeclineReason {
	switch {
	case how.Result == ending.Busy:
		return routing.WasBusy
	case how.Reason == ending.NoAnswerReason:
		return routing.DidNotAnswer
	case how.Result == ending.Rejected:
		return routing.SaidNo
	case how.Side == ending.Ours:
		return routing.OurFailure
	}
	return routing.NotReached
}

// withdrawn stops the ringing of a phone.
func (c *conversation) withdrawn(o routing.Order) {
	k := c.contact
	if k.phase() != ringing || k.offer.reservation != o.Reservation {
		return
	}
	reason := ending.AnsweredElsewhere
	if o.Reason == string(routing.DidNotAnswer) {
		reason = ending.NoAnswerReason
	}
	c.takeBack(reason, o.Reason)
}

// takeBack stops the ringing of an agent's phone, if one rings: CANCEL has its own time, and the contact waits on at
// once. Who answers in this moment is hung up.
func (c *conversation) takeBack(reason ending.Reason, why string) {
	k := c.contact
	if k.phase() != ringing || k.offer == nil {
		return
	}
	if d := c.dial; d != nil && d.purpose.offer == k.offer {
		c.dial = nil
		c.node.giveUp(d, reason)
	}
	c.offerEnded(why)
}

// giveUp ends a dialling that nobody waits for any more.
func (n *Node) giveUp(d *dialling, reason ending.Reason) {
	d.give(reason)
	n.talks.Add(1)
	go func() { // ends with the dialling, which give ends; Stop waits
		defer n.talks.Done()
		o := <-d.done
		if o.err != nil {
			n.report(d.party, sip.EndingOf(o.err), false)
			return
		}
		d.party.mu.Lock()
		d.party.leg = o.leg
		d.party.mu.Unlock()
		n.add(d.party)
		n.seeOut(d.party, reason, false, nil)
	}()
}

// accepted joins the agent, who has answered, to the caller. The staff number is announced to both first.
func (c *conversation) accepted(p *party, of *offer) {
	k, n := c.contact, c.node
	c.b = p
	k.set(talking)
	k.tellAt, k.said = time.Time{}, k.said+1
	k.report(routing.ItWasTaken, routing.Report{Reservation: of.reservation})
	k.stand(func(s *routing.Standing) { s.Desk, s.Reservation, s.Accepted = of.desk, of.reservation, true })
	k.hop(interaction.Accepted, p.answered, of.hop(interaction.Detail{}))
	c.a.set(voice.Talking)
	c.unjoin()
	c.startRecording()
	c.arrange()
	what := speech.Say(k.lang, speech.Word(speech.StaffNumber), speech.Number(of.desk.Number), speech.Word(speech.AtYourService))
	if !n.rules(of.queue).AnnounceNumber || what == nil {
		c.talk(of)
		return
	}
	k.step(interaction.Announced, of.hop(interaction.Detail{}))
	p.sound.Play(what, media.PlayOptions{})
	c.a.sound.Play(what, media.PlayOptions{Done: func(bool) { c.ask(func(c *conversation) { c.talk(of) }) }})
}

// talk notes that agent and caller hear each other.
func (c *conversation) talk(of *offer) {
	k := c.contact
	if k == nil || k.offer != of || k.phase() != talking || of.talks {
		return
	}
	of.talks = true
	var d interaction.Detail
	if c.recorder != nil {
		d.Recording = c.recorder.ID().UUID()
	}
	k.step(interaction.TalkBegan, of.hop(d))
}

// stale puts an agent down whose answer came too late for the router; the caller waits on.
func (c *conversation) stale(o routing.Order) {
	k := c.contact
	if k.phase() != talking || k.offer.reservation != o.Reservation || c.transfer != nil {
		return
	}
	c.unjoin()
	c.finishRecording()
	c.letGo(c.b, nil)
	c.offerEnded("too_late")
	c.wait()
}

// talkEnded notes that the agent's part is over.
func (k *contact) talkEnded() {
	if k.offer != nil {
		k.step(interaction.TalkEnded, k.offer.hop(interaction.Detail{}))
		k.offer = nil
	}
}

// lostAgent says whether an agent's leg broke, in contrast to one that was hung up.
func lostAgent(how ending.Ending) bool {
	return how.Result == ending.Failed && how.Reason != ending.NodeStopping
}

// again puts a caller who lost his agent back into his queue, at the place of his key.
func (c *conversation) again() {
	k := c.contact
	k.talkEnded()
	e := k.entry
	e.Again = k.stands() // else its agent was freed already
	c.queue(e)
	c.a.set(voice.Waiting)
	c.sayOver(speech.Dropped)
	k.tellAt = c.node.clock.Now().Add(tellEvery)
	k.schedule()
}

// held notes that one of the two holds the other.
func (c *conversation) held(p *party, on bool) {
	k := c.contact
	if k == nil || k.phase() != talking || k.offer == nil {
		return
	}
	by, kind := interaction.ByCaller, interaction.Resumed
	if p == c.b {
		by = interaction.ByAgent
	}
	if on {
		kind = interaction.Held
	}
	k.step(kind, k.offer.hop(interaction.Detail{By: by}))
}
