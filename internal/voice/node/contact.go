package node

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/platform/clock"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/ivr"
	"yingda/internal/voice/ivr/engine"
	"yingda/internal/voice/speech"
)

// Router is what a node needs of the leading router; routing.Client is one.
type Router interface {
	// Ask begins to ask for a place and gives the way to its answer. Places that are asked for one after the other are
	// asked for in that order.
	Ask(e routing.Entry) (wait func(context.Context) (routing.Place, error))
	Report(r routing.Report)
	OnOrder(f func(routing.Order))
	OnTruth(f func() []routing.Standing)
	Desk(phone string) (routing.Desk, bool)
	Phone(number string, reachable, busy bool)
}

// Floor is what a node needs to bring callers to agents. Without a Router numbers that lead to a queue or a flow are
// refused as unavailable.
type Floor struct {
	Router  Router
	Flows   *ivr.Flows           // nil: numbers that lead to a flow are refused
	Records interaction.Recorder // nil: what happens to contacts is not written down
	// Queue gives the rules of a queue; nil, or of a queue that is not known: callers hear all that there is.
	Queue func(id uuid.UUID) (routing.Queue, bool)
	// Simulated tells whether calls over a trunk are made by ourselves to show something; nil: none.
	Simulated func(trunk voice.TrunkID) bool
}

// phase is what a contact does.
type phase string

// The phases. In gone the caller is with somebody whom no queue gave, or hears why he is not served; over comes once.
const (
	inFlow  phase = "flow"
	waiting phase = "waiting"
	ringing phase = "ringing" // an agent's phone
	talking phase = "talking"
	gone    phase = "gone"
	over    phase = "over"
)

// contact is a caller on his way through flow and queue to an agent. Its fields belong to the conversation's goroutine,
// but those under mu and the orders.
type contact struct {
	id     uuid.UUID
	node   *Node
	caller *party // whoever is served, wherever he is
	seq    int
	last   time.Time // of its newest step
	lang   speech.Lang
	timer  clock.Timer // nil until something is due
	due    time.Time

	flow *engine.Flow // nil: the number leads straight to a queue
	walk engine.State

	entry    routing.Entry
	place    routing.Place
	asked    int // Enqueues so far: the answer of an earlier one is not wanted
	cancel   context.CancelFunc
	noted    bool // the hop of this Enqueue is written
	troubled bool // the caller knows that no router answers
	retryAt  time.Time
	tellAt   time.Time // of the next announcement of the place
	offer    *offer    // whose phone rings, or who talks
	said     int       // announcements so far: the end of an earlier one means nothing
	endedFor string    // why the contact ends, when it is more than how its leg ended

	orders orders

	mu       sync.Mutex
	is       phase
	standing routing.Standing
	known    bool // the router is to know of it
}

// orders are what the router wants of a contact, until its goroutine takes them. They never make the router wait.
type orders struct {
	mu   sync.Mutex
	list []request
	wake chan struct{}
}

// request is what the router wants, and for an offer the turn of its phone.
type request struct {
	routing.Order
	turn *turn
}

func (o *orders) put(one request) {
	o.mu.Lock()
	o.list = append(o.list, one)
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *orders) take() []request {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.list
	o.list = nil
	return list
}

// contacts are those of a node that have not ended.
type contacts struct {
	mu  sync.Mutex
	all map[uuid.UUID]*contact
}

func (s *contacts) get(id uuid.UUID) *contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[id]
}

func (s *contacts) list() []*contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*contact, 0, len(s.all))
	for _, k := range s.all {
		list = append(list, k)
	}
	return list
}

// open begins a contact for a conversation whose caller is p, and writes its first hop.
func (c *conversation) open(p *party) *contact {
	n := c.node
	k := &contact{id: c.id, node: n, caller: p, lang: speech.Chinese, is: inFlow, orders: orders{wake: make(chan struct{}, 1)}}
	c.contact = k
	n.contacts.mu.Lock()
	n.contacts.all[k.id] = k
	n.contacts.mu.Unlock()
	began, caller, called := p.began, p.caller, p.called
	if p.direction == voice.Out { // somebody whom we called was transferred here
		began, caller, called = n.clock.Now(), p.called, c.step.Dialled
	}
	k.write(interaction.Entry{Open: &interaction.Opening{
		Contact: k.id, Channel: string(routing.VoiceChannel), Direction: "in", Began: began, Caller: caller, Called: called, Centre: c.step.Centre,
		Node: n.cfg.Name, Trunk: p.trunk.UUID(), Simulated: n.cfg.Floor.Simulated != nil && n.cfg.Floor.Simulated(p.trunk),
	}})
	k.hop(interaction.Dialled, began, interaction.Hop{})
	return k
}

func (k *contact) write(e interaction.Entry) {
	if r := k.node.cfg.Floor.Records; r != nil {
		r.Write(e)
	}
}

// hop writes a step at the moment at which it was true.
func (k *contact) hop(kind interaction.HopKind, at time.Time, h interaction.Hop) {
	k.seq++
	k.last = at
	h.Contact, h.Seq, h.Kind, h.At = k.id, k.seq, kind, at
	k.write(interaction.Entry{Hop: &h})
}

// step writes a step that happens now.
func (k *contact) step(kind interaction.HopKind, h interaction.Hop) {
	k.hop(kind, k.node.clock.Now(), h)
}

func (k *contact) set(is phase) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.is = is
}

func (k *contact) phase() phase {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.is
}

// stand says how the contact stands towards the router.
func (k *contact) stand(change func(s *routing.Standing)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known = true
	k.standing.Entry = k.entry
	k.standing.Since = k.node.clock.Now()
	change(&k.standing)
}

// unknown takes the contact out of what the router is told.
func (k *contact) unknown() (was bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	was, k.known = k.known, false
	return was
}

func (k *contact) stands() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.known
}

// standings are the contacts that wait or are with an agent, for a router that asks.
func (n *Node) standings() []routing.Standing {
	var list []routing.Standing
	for _, k := range n.contacts.list() {
		k.mu.Lock()
		if k.known {
			list = append(list, k.standing)
		}
		k.mu.Unlock()
	}
	return list
}

// phases counts the contacts by what they do.
func (n *Node) phases() map[phase]int {
	count := map[phase]int{inFlow: 0, waiting: 0, ringing: 0, talking: 0, gone: 0}
	for _, k := range n.contacts.list() {
		count[k.phase()]++
	}
	return count
}

// order takes what the router wants; a contact that is over answers that it left.
func (n *Node) order(o routing.Order) {
	k := n.contacts.get(o.Contact)
	if k != nil {
		one := request{Order: o}
		if o.Kind == routing.OrderOffer {
			one.turn = n.turns.take()
		}
		k.orders.put(one)
		return
	}
	if o.Kind == routing.OrderOffer {
		n.cfg.Floor.Router.Report(routing.Report{What: routing.ItLeft, Contact: o.Contact, At: n.clock.Now()})
	}
}

// report tells the router what happened to the contact.
func (k *contact) report(what routing.What, r routing.Report) {
	r.What, r.Contact, r.At = what, k.id, k.node.clock.Now()
	k.node.cfg.Floor.Router.Report(r)
}

// leave ends what the router knows of the contact.
func (k *contact) leave(what routing.What) {
	if k.cancel != nil {
		k.cancel()
		k.cancel = nil
	}
	k.asked++
	if k.unknown() {
		k.report(what, routing.Report{})
	}
}

// end closes the contact, once. by is who ended it.
func (k *contact) end(by interaction.Party, how ending.Ending) {
	if k.phase() == over {
		return
	}
	k.leave(routing.ItLeft)
	k.set(over)
	reason := string(how.Reason)
	if k.endedFor != "" {
		reason = k.endedFor
	}
	k.step(interaction.Ended, interaction.Hop{Detail: interaction.Detail{
		By: by, Result: string(how.Result), Reason: reason, SIP: how.SIP, Q850: how.Q850,
	}})
	if k.timer != nil {
		k.timer.Stop()
	}
	for _, o := range k.orders.take() {
		if o.turn != nil {
			o.turn.done()
		}
	}
	k.node.contacts.mu.Lock()
	delete(k.node.contacts.all, k.id)
	k.node.contacts.mu.Unlock()
}

// endedBy says who ended a leg of the caller's.
func endedBy(how ending.Ending) interaction.Party {
	switch how.Side {
	case ending.Theirs:
		return interaction.ByCaller
	case ending.Network:
		return interaction.ByNetwork
	case ending.Ours:
	}
	if how.Reason == ending.NoMedia || how.Reason == ending.SessionExpired || how.Reason == ending.NoAck {
		return interaction.ByNetwork
	}
	return interaction.BySystem
}

// wanted is woken when the router wants something; nil, which never is, without a contact.
func (k *contact) wanted() <-chan struct{} {
	if k == nil {
		return nil
	}
	return k.orders.wake
}

// timeout is when something is due.
func (k *contact) timeout() <-chan time.Time {
	if k == nil || k.timer == nil {
		return nil
	}
	return k.timer.C()
}

// schedule sets the timer to the first of what is due.
func (k *contact) schedule() {
	var next time.Time
	times := []time.Time{k.retryAt, k.tellAt}
	if k.phase() == inFlow {
		times = append(times, k.walk.Until)
	}
	for _, t := range times {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	switch {
	case next.Equal(k.due):
	case next.IsZero():
		k.timer.Stop()
	case k.timer == nil:
		k.timer = k.node.clock.NewTimer(next.Sub(k.node.clock.Now()))
	default:
		k.timer.Reset(next.Sub(k.node.clock.Now()))
	}
	k.due = next
}

// tick does what is due.
func (c *conversation) tick() {
	k, now := c.contact, c.node.clock.Now()
	k.due = time.Time{}
	due := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	switch {
	case k.phase() == inFlow && due(k.walk.Until):
		c.walks(engine.Event{Kind: engine.Due})
	case due(k.retryAt):
		k.retryAt = time.Time{}
		c.askRouter(k.entry)
	case due(k.tellAt):
		c.tellPlace()
	}
	k.schedule()
}

// contactLeft is the end of a leg of a conversation that has a contact. It tells whether the conversation goes on as it
// decided; otherwise who is left alone is hung up.
func (c *conversation) contactLeft(p, rest *party, how ending.Ending) (goesOn bool) {
	k := c.contact
	switch {
	case p == k.caller:
		c.takeBack(callerGone(how), "caller_left")
		k.talkEnded()
		k.end(endedBy(how), how)
		return false
	case rest != k.caller || k.phase() == over:
		return false
	case k.phase() == talking && lostAgent(how):
		c.finishRecording()
		c.again()
		return true
	}
	k.talkEnded()
	by := interaction.ByAgent
	if how.Reason == ending.NodeStopping {
		by = interaction.BySystem
	}
	k.end(by, how)
	return false
}

// seeContactOut ends a contact whose conversation is over: at once, or with the caller, who may be in another one.
func (n *Node) seeContactOut(k *contact) {
	if k == nil || k.phase() == over {
		return
	}
	k.leave(routing.ItReleased)
	n.talks.Add(1)
	go func() { // ends with the caller's leg; Stop hangs it up and waits
		defer n.talks.Done()
		if k.caller.leg != nil {
			<-k.caller.leg.Context().Done()
			k.end(endedBy(k.caller.leg.Ending()), k.caller.leg.Ending())
			return
		}
		k.end(interaction.BySystem, ending.Of(ending.Internal, ending.Ours))
	}()
}
