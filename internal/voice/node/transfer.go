package node

import (
	"context"
	"errors"
	"time"

	"yingda/internal/interaction"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/sip"
)

// statusGone is told of a transfer that came to nothing because who was transferred has left.
const statusGone = 487

// transfer is a party's wish that the other one talks to somebody else.
type transfer struct {
	by      *party // who asked; may leave before it is done
	wish    sip.Transfer
	last    int           // the last provisional status
	reports chan int      // statuses that who asked shall be told
	told    chan struct{} // closed when the last one was told, or cannot be
}

// reportsRoom is how many statuses may wait; the last place is the final one's.
const reportsRoom = 8

// accept takes a wish; who asked is told apart from the conversation, since each report waits for its answer.
func (c *conversation) accept(by *party, wish sip.Transfer) bool {
	ctx, cancel := context.WithTimeout(c.node.stopping, acceptTime)
	defer cancel()
	if errors.Is(wish.Accept(ctx), sip.ErrState) {
		return false // it came too late and is refused already; any other error is of a report that nobody wants
	}
	t := &transfer{by: by, wish: wish, reports: make(chan int, reportsRoom), told: make(chan struct{})}
	c.transfer = t
	c.node.talks.Add(1)
	go func() { // ends with finish; Stop waits
		defer c.node.talks.Done()
		defer close(t.told)
		for status := range t.reports {
			t.tell(status)
		}
	}()
	return true
}

// acceptTime bounds how long a conversation waits for the answer to its first report.
const acceptTime = 2 * time.Second

func (t *transfer) tell(status int) {
	ctx, cancel := context.WithTimeout(context.Background(), partingTime)
	defer cancel()
	if status < 200 {
		_ = t.wish.Progress(ctx, status) // whoever asked has left then
		return
	}
	_ = t.wish.Finish(ctx, status)
}

func (t *transfer) progress(status int) {
	if t.last != status && len(t.reports) < reportsRoom-1 {
		t.last = status
		t.reports <- status
	}
}

// finish tells the end of the transfer; it must come once.
func (t *transfer) finish(status int) {
	t.reports <- status
	close(t.reports)
}

// wantsTransfer takes a REFER of one party for the other.
func (c *conversation) wantsTransfer(by *party, wish sip.Transfer) {
	ctx := c.node.stopping
	if c.transfer != nil || c.dial != nil || c.other(by) == nil || c.contact != nil && by == c.contact.caller {
		_ = wish.Refuse(ctx, ending.Declined)
		return
	}
	if !c.accept(by, wish) {
		return
	}
	if wish.Replaces != nil {
		c.attended(wish.Replaces)
		return
	}
	// A carrier's side may not send others out over trunks at our cost.
	step := c.node.cfg.Voice.Tables().Resolve(wish.To, !by.phone.IsZero())
	switch step.Act {
	case voice.ActPhone, voice.ActTrunk:
		c.call(step, dialPurpose{transfer: true, referredBy: wish.ReferredBy})
	case voice.ActPrompt, voice.ActEcho, voice.ActQueue, voice.ActFlow:
		c.handOver(step)
	case voice.ActReject, voice.NoAct:
		c.transferFailed(ending.Of(orElse(step.Cause, ending.NotFound), ending.Ours))
	}
}

// transferred joins the one who stays with the new party, and lets go of who asked.
func (c *conversation) transferred(with *party) {
	t := c.transfer
	c.transfer = nil
	stays := c.staying(t)
	if stays == nil { // hung up in the moment of the answer
		t.finish(statusGone)
		c.node.seeOut(with, ending.CallerGaveUp, false, nil)
		return
	}
	t.finish(200)
	c.unjoin()
	c.handedOff(with.called, wayOf(t))
	c.letGo(t.by, t.told)
	c.a, c.b = stays, with
	with.belongs(c)
	c.arrange()
	c.servedBy(with)
}

// staying is the party that is transferred; nil when it has left.
func (c *conversation) staying(t *transfer) *party {
	for _, p := range []*party{c.a, c.b} {
		if p != nil && p != t.by {
			return p
		}
	}
	return nil
}

// letGo ends a party of which the conversation needs nothing any more, when after is closed; nil: at once.
func (c *conversation) letGo(p *party, after <-chan struct{}) {
	if p == nil || c.a != p && c.b != p {
		return // left already
	}
	c.remove(p)
	c.node.seeOut(p, ending.Transferred, c.recorder != nil, after)
}

// seeOut ends a party that no conversation owns any more, and reports it.
func (n *Node) seeOut(p *party, reason ending.Reason, recorded bool, after <-chan struct{}) {
	n.talks.Add(1)
	go func() { // ends with the leg, which hang ends
		defer n.talks.Done()
		if after != nil {
			select {
			case <-after:
			case <-p.leg.Context().Done():
			}
		}
		p.hang(reason)
		for e := range p.leg.Events() {
			if end, ok := e.(sip.Ended); ok {
				n.report(p, end.Ending, recorded)
			}
		}
	}()
}

// handOver gives the one who stays to a prompt or an echo.
func (c *conversation) handOver(step voice.Step) {
	t := c.transfer
	c.transfer = nil
	stays := c.staying(t)
	t.finish(200)
	c.unjoin()
	c.finishRecording() // of the talk; announcements are not recorded
	if step.Act != voice.ActQueue {
		c.handedOff(step.Dialled, wayOf(t))
	}
	c.letGo(t.by, t.told)
	c.a, c.b, c.step = stays, nil, step
	stays.belongs(c)
	switch step.Act {
	case voice.ActEcho:
		stays.echo()
	case voice.ActQueue:
		c.intoQueue(step, wayOf(t))
	case voice.ActFlow:
		c.intoFlow(step)
	default:
		c.playTo(stays)
	}
}

// transferFailed leaves everything as it was.
func (c *conversation) transferFailed(how ending.Ending) {
	t := c.transfer
	c.transfer = nil
	t.finish(how.SIP)
	if k := c.contact; k != nil && k.offer != nil {
		k.step(interaction.TransferFailed, k.offer.hop(interaction.Detail{To: t.wish.To, Reason: string(how.Reason)}))
	}
	if c.a != t.by && c.b != t.by { // who asked has hung up meanwhile: the other would be alone
		if k := c.contact; k != nil && c.a == k.caller && k.phase() == talking {
			c.finishRecording()
			c.again()
			return
		}
		for _, p := range []*party{c.a, c.b} {
			if p != nil {
				c.node.part(p, how.Reason)
			}
		}
		return
	}
	c.arrange()
}

// attended joins the one who stays with the partner that who asked has in another conversation (RFC 3891).
func (c *conversation) attended(r *sip.Replaces) {
	mine, ok := c.node.partyOfDialog(r)
	if !ok {
		c.transferFailed(ending.Of(ending.NotFound, ending.Theirs))
		return
	}
	from := mine.owner()
	if from == nil || from == c {
		c.transferFailed(ending.Of(ending.NotFound, ending.Theirs))
		return
	}
	// The other conversation may at the same moment ask something of this one: neither may wait for the other.
	c.node.talks.Add(1)
	go func() { // ends when both conversations have taken or refused their command
		defer c.node.talks.Done()
		var partner *party
		from.askAndWait(func(from *conversation) { partner = from.release(mine) })
		if !c.askAndWait(func(c *conversation) { c.received(partner) }) && partner != nil { // it ended meanwhile
			c.node.seeOut(partner, ending.Normal, false, nil)
		}
	}()
}

// release gives up the partner of a party, and ends that party: the partner goes on elsewhere. Nil when they do not talk.
func (c *conversation) release(mine *party) *party {
	partner := c.other(mine)
	if partner == nil || c.dial != nil || c.transfer != nil || c.a != mine && c.b != mine {
		return nil
	}
	c.unjoin()
	c.finishRecording()
	c.handedOff("", attendedWay)
	c.remove(partner)
	c.letGo(mine, nil)
	return partner
}

// received ends an attended transfer.
func (c *conversation) received(partner *party) {
	switch {
	case c.transfer == nil: // cannot be: nothing else ends it
		if partner != nil {
			c.node.seeOut(partner, ending.Normal, false, nil)
		}
	case partner == nil:
		c.transferFailed(ending.Of(ending.Unavailable, ending.Theirs))
	default:
		c.transferred(partner)
	}
}

// takeOver puts a new leg in the place of one that we have (RFC 3891): a colleague picks the call up.
func (n *Node) takeOver(p *party, taken *sip.Leg) {
	mine, ok := n.partyOf(taken)
	var into *conversation
	if ok {
		into = mine.owner()
	}
	done := false
	if into != nil {
		into.askAndWait(func(c *conversation) { done = c.replace(mine, p) })
	}
	if !done {
		c := n.converse(p, voice.Step{Act: voice.ActReject, Cause: ending.NotFound})
		c.run()
	}
}

// replace puts p in the place of mine.
func (c *conversation) replace(mine, p *party) bool {
	if c.a != mine && c.b != mine || c.transfer != nil || c.dial != nil || c.other(mine) == nil {
		return false
	}
	if !c.answerWith(p) {
		return false
	}
	c.unjoin()
	first := c.a == mine
	if k := c.contact; k != nil && mine == k.caller {
		k.caller = p
	} else {
		c.handedOff(p.caller, attendedWay)
	}
	c.letGo(mine, nil)
	if first {
		c.a = p
	} else {
		c.b = p
	}
	p.belongs(c)
	c.arrange()
	return true
}
