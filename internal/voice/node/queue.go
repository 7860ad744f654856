package node

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/platform/fault"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/ivr/engine"
	"yingda/internal/voice/media"
	"yingda/internal/voice/speech"
)

// Times of waiting.
const (
	firstTold  = 3 * time.Second  // after which a caller hears his place, unless somebody answered
	tellEvery  = 20 * time.Second // between two announcements of the place
	retryEvery = time.Second      // between two questions while no router answers
)

// straight brings a caller whose number leads to a queue there. His place is asked for in the order of arrival, before
// anything else is done for him.
func (c *conversation) straight() {
	n, p := c.node, c.a
	if n.cfg.Floor.Router == nil {
		n.arrivals.done(p.leg.CallID())
		c.refuse(p, ending.Unavailable)
		return
	}
	k := c.open(p)
	at := p.leg.Arrived()
	n.arrivals.turn(p.leg.CallID(), at)
	c.queue(routing.Entry{Queue: c.step.Queue, KeyAt: at})
	n.arrivals.done(p.leg.CallID())
	if c.answerWith(p) {
		k.hop(interaction.Answered, p.answered, interaction.Hop{})
		c.wait()
	}
}

// queue asks for a place in a queue.
func (c *conversation) queue(e routing.Entry) {
	k := c.contact
	e.Contact, e.Channel, e.Caller = k.id, routing.VoiceChannel, c.callers()
	if k.entry.KeyAt.IsZero() || !e.KeyAt.Equal(k.entry.KeyAt) {
		k.hop(interaction.KeyToAgent, e.KeyAt, interaction.Hop{})
	}
	k.offer = nil
	k.set(waiting)
	c.askRouter(e)
}

// callers gives the number of whoever waits.
func (c *conversation) callers() string {
	if c.a == nil {
		return ""
	}
	if c.a.direction == voice.Out {
		return c.a.called
	}
	return c.a.caller
}

// askRouter asks the router; the answer comes to placed.
func (c *conversation) askRouter(e routing.Entry) {
	k, n := c.contact, c.node
	k.entry, k.noted = e, false
	k.asked++
	k.stand(func(s *routing.Standing) { s.Desk, s.Reservation, s.Accepted = routing.Desk{}, 0, false })
	ctx, cancel := context.WithCancel(n.stopping)
	k.cancel = cancel
	asked, answer := k.asked, n.cfg.Floor.Router.Ask(e)
	n.talks.Add(1)
	go func() { // ends with the answer, which the router bounds, or with ctx; Stop waits
		defer n.talks.Done()
		defer cancel()
		place, err := answer(ctx)
		c.ask(func(c *conversation) {
			if c.contact == k && k.asked == asked {
				c.placed(place, err)
				k.schedule()
			}
		})
	}()
}

// placed takes the answer of the router.
func (c *conversation) placed(place routing.Place, err error) {
	k := c.contact
	k.cancel = nil
	if is := k.phase(); is != waiting && is != ringing {
		return // an agent was faster than the answer
	}
	switch {
	case err == nil:
		k.place = place
		if !place.KeyAt.IsZero() {
			k.entry.KeyAt = place.KeyAt
		}
		k.troubled = false
		k.stand(func(*routing.Standing) {})
		c.noteEnqueued(place.Queue)
	case temporary(err):
		if !k.troubled {
			k.troubled = true
			c.sayOver(speech.Trouble)
		}
		k.retryAt = c.node.clock.Now().Add(retryEvery)
	default:
		c.turnedDown(reasonOf(err))
	}
}

// temporary says whether to ask again: nobody leads, or the question was lost.
func temporary(err error) bool {
	f, ok := fault.As(err)
	return !ok || errors.Is(err, routing.ErrNoLeader) || f.Kind == fault.Unavailable
}

// reasonOf is the word of a refusal, as in routing.Order.Reason.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, routing.ErrQueueClosed):
		return routing.WhyClosed
	case errors.Is(err, routing.ErrQueueFull):
		return routing.WhyFull
	case errors.Is(err, routing.ErrNoAgents):
		return routing.WhyNoAgents
	}
	return routing.WhyNoQueue
}

// wait lets the caller hear music until somebody answers.
func (c *conversation) wait() {
	k := c.contact
	if is := k.phase(); is != waiting && is != ringing || c.a == nil {
		return
	}
	if k.offer == nil || !k.offer.rang {
		c.a.set(voice.Waiting)
	}
	c.playMusic()
	if k.tellAt.IsZero() {
		k.tellAt = c.node.clock.Now().Add(firstTold)
	}
	k.schedule()
}

// rules are what callers of a queue hear.
func (n *Node) rules(queue uuid.UUID) routing.Queue {
	if n.cfg.Floor.Queue != nil {
		if q, ok := n.cfg.Floor.Queue(queue); ok {
			return q
		}
	}
	return routing.Queue{AnnounceNumber: true, Music: true, Position: true}
}

// playMusic lets the caller hear music, or the ringing tone where the queue has none.
func (c *conversation) playMusic() {
	if c.a == nil || c.a.holds() {
		return
	}
	what := c.node.music
	if !c.node.rules(c.contact.place.Queue).Music {
		what = c.node.ring
	}
	c.music[0] = c.a.sound.Play(what, media.PlayOptions{Loop: true})
}

// tellPlace says how many are before the caller.
func (c *conversation) tellPlace() {
	k := c.contact
	k.tellAt = time.Time{}
	if is := k.phase(); is != waiting && is != ringing {
		return
	}
	k.tellAt = c.node.clock.Now().Add(tellEvery)
	switch ahead := k.place.Position - 1; {
	case k.cancel != nil || !k.retryAt.IsZero(): // nobody knows
		c.sayOver(speech.AllBusy)
	case k.phase() == ringing, !c.node.rules(k.place.Queue).Position:
	case ahead <= 0:
		c.sayOver(speech.Next)
	default:
		c.sayParts(speech.Word(speech.Ahead), speech.Number(strconv.Itoa(ahead)), speech.Word(speech.Waiting))
	}
}

// sayOver says a sound in place of the music, which goes on after it.
func (c *conversation) sayOver(name speech.Sound) { c.sayParts(speech.Word(name)) }

func (c *conversation) sayParts(parts ...speech.Part) {
	c.say(speech.Say(c.contact.lang, parts...), false, func(c *conversation) { c.playMusic() })
}

// say plays something to the caller and then does what follows, unless something else was said meanwhile. With keys a
// key cuts it short, and what follows is the key's affair.
func (c *conversation) say(what *media.Prompt, keys bool, then func(*conversation)) {
	k := c.contact
	k.said++
	said := k.said
	if what == nil || c.a == nil {
		then(c)
		return
	}
	c.unjoin()
	c.music[0] = c.a.sound.Play(what, media.PlayOptions{Interruptible: keys, Done: func(finished bool) {
		if finished {
			c.ask(func(c *conversation) {
				if k.said == said && c.contact == k {
					then(c)
					k.schedule()
				}
			})
		}
	}})
}

// hush ends what is said.
func (c *conversation) hush() {
	c.contact.said++
	c.unjoin()
}

// turnedDown is the queue's refusal, or its end of the wait: the caller hears why, and goes on in his flow or is hung up.
func (c *conversation) turnedDown(reason string) {
	k := c.contact
	c.takeBack(ending.CallerGaveUp, reason)
	k.unknown()
	if k.entry.Again { // a queue that refuses a transfer leaves the contact with its agent
		k.report(routing.ItReleased, routing.Report{})
	}
	k.asked++
	k.retryAt, k.tellAt = time.Time{}, time.Time{}
	k.step(interaction.QueueLeft, interaction.Hop{Queue: k.place.Queue, Detail: interaction.Detail{Reason: reason}})
	k.endedFor = reason
	k.set(gone)
	if c.a == nil {
		return
	}
	c.a.set(voice.Talking)
	c.say(speech.Say(k.lang, speech.Word(refusals[reason])), false, func(c *conversation) {
		if k.flow != nil {
			k.set(inFlow)
			c.walks(engine.Event{Kind: engine.Refused})
		} else if c.a != nil {
			c.node.part(c.a, ending.PromptEnded)
		}
	})
}

// refusals are what a caller hears of why he is not served.
var refusals = map[string]speech.Sound{
	routing.WhyClosed: speech.Closed, routing.WhyFull: speech.Full, routing.WhyNoAgents: speech.NoAgents, routing.WhyWaited: speech.WaitedTooLong,
	routing.WhyNoQueue: speech.Unavailable,
}

// noteEnqueued writes that the contact is in line, once for each time it asked. An agent may be offered before the answer
// has come.
func (c *conversation) noteEnqueued(queue uuid.UUID) {
	k := c.contact
	if k.noted {
		return
	}
	k.noted = true
	k.place.Queue = queue
	k.step(interaction.Enqueued, interaction.Hop{Queue: queue, Detail: interaction.Detail{Position: max(1, k.place.Position), Expected: max(0, k.place.Wait)}})
}

// obey carries out what the router wants.
func (c *conversation) obey() {
	for _, o := range c.contact.orders.take() {
		switch o.Kind {
		case routing.OrderPlaced:
			c.contact.place.Position, c.contact.place.Wait = o.Position, o.Wait
		case routing.OrderOffer:
			c.offered(o.Order, o.turn)
		case routing.OrderWithdraw:
			c.withdrawn(o.Order)
		case routing.OrderStale:
			c.stale(o.Order)
		case routing.OrderExpelled:
			if is := c.contact.phase(); is == waiting || is == ringing {
				c.turnedDown(o.Reason)
			}
		case routing.OrderOverflowed:
			c.contact.place.Queue, c.contact.place.Position = o.Queue, o.Position
			c.contact.step(interaction.QueueChanged, interaction.Hop{Queue: o.Queue, Detail: interaction.Detail{Reason: "overflow", Position: o.Position}})
		}
	}
	c.contact.schedule()
}

// cannotServe tells a caller who is up that what he was led to is not there.
func (c *conversation) cannotServe() {
	if c.contact == nil {
		c.node.part(c.a, ending.Unavailable)
		return
	}
	c.turnedDown(routing.WhyNoQueue)
}
