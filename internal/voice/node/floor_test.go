package node_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/interaction"
	"yingda/internal/organization"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/ivr"
	"yingda/internal/voice/node"
)

// floorPlan is how a house with agents differs from the usual one.
type floorPlan struct {
	queue  func(*routing.Queue)
	client func(node.Router) node.Router
}

// floor is the agents of a house: the router and its client, the queue "hotline" (number 96800), the flow greeting to it
// (number 96900), and what was written down of contacts.
type floor struct {
	*routing.Service
	client *routing.Client
	flows  *ivr.Flows
	book   *book
	queue  routing.Queue
}

// book is a recorder that keeps everything.
type book struct {
	mu      sync.Mutex
	entries []interaction.Entry
}

func (b *book) Write(entries ...interaction.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, entries...)
}

// openings gives the contacts in the order in which they began.
func (b *book) openings() (list []interaction.Opening) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if e.Open != nil {
			list = append(list, *e.Open)
		}
	}
	return list
}

// hops gives the steps of a contact.
func (b *book) hops(id uuid.UUID) (list []interaction.Hop) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if e.Hop != nil && e.Hop.Contact == id {
			list = append(list, *e.Hop)
		}
	}
	return list
}

func (h *house) openFloor(units *organization.Service, p floorPlan, cfg *node.Config) {
	b := bustest.New(h.t)
	flows, err := ivr.Load("")
	require.NoError(h.t, err)
	config := routing.Config{Pool: h.pool, Organization: units, Bus: b, Node: "n1", Follow: cfg.Ring}
	f := &floor{Service: routing.New(config), flows: flows, book: &book{}}
	h.floor = f
	h.queue("hotline", p.queue)
	require.NoError(h.t, f.Refresh(h.t.Context()))
	h.run(f.Gatherer())
	h.run(f.Router())
	f.client = routing.NewClient(routing.ClientConfig{Bus: b, Node: "n1", Local: f.Service, Mark: func(number string) string { return fmt.Sprintf("%x", number) }})
	cfg.Floor = node.Floor{Router: f.client, Flows: f.flows, Records: f.book, Queue: f.QueueByID}
	if p.client != nil {
		cfg.Floor.Router = p.client(f.client)
	}
	h.t.Cleanup(func() { require.Zero(h.t, f.Corrections(), "the router had to correct nothing") })
	h.run(f.client)
	h.eventually(func() bool {
		_, err := f.LiveQueues(everything(h.t))
		return err == nil && f.client.Epoch() > 0
	}, "a router that leads")
	h.number("96800", voice.NumberSpec{Act: voice.ActQueue, Queue: "hotline"})
	h.number("96900", voice.NumberSpec{Act: voice.ActFlow, Flow: "greeting", Queue: "hotline"})
}

// queue makes a queue without wrap-up, whose callers hear music and nothing else.
func (h *house) queue(code string, change func(*routing.Queue)) routing.Queue {
	h.t.Helper()
	q := routing.Queue{
		Code: code, Name: "队列 " + code, Centre: h.nation.ID, Channel: routing.VoiceChannel, Ring: 20, WrapUp: "none", NoAgents: "wait", Target: 20, Music: true,
	}
	if change != nil {
		change(&q)
	}
	made, err := h.floor.CreateQueue(everything(h.t), nil, q)
	require.NoError(h.t, err)
	if code == "hotline" {
		h.floor.queue = made
	}
	return made
}

func (h *house) queueTargets() (list []voice.QueueTarget) {
	if h.floor == nil {
		return nil
	}
	for _, q := range h.floor.Tables().Queues {
		list = append(list, voice.QueueTarget{Code: q.Code, Name: q.Name})
	}
	return list
}

func (h *house) flowTargets() (list []voice.FlowTarget) {
	if h.floor == nil {
		return nil
	}
	for _, name := range h.floor.flows.Names() {
		f, _ := h.floor.flows.Get(name)
		list = append(list, voice.FlowTarget{Name: name, Chinese: f.Chinese, English: f.English, NeedsQueue: f.NeedsQueue(), Queues: f.Queues()})
	}
	return list
}

// agent is somebody who is signed in at a phone.
type agent struct {
	h     *house
	staff uuid.UUID
	ctx   context.Context // as whom he asks
	desk  *carrier.Phone  // nil: the phone is a program of others
}

// agent signs somebody in at a phone of his own, which sends the tone and answers as told.
func (h *house) agent(number, phone string, cfg carrier.PhoneConfig) *agent {
	h.t.Helper()
	desk := h.phone(phone, cfg)
	a := h.signIn(number, phone)
	a.desk = desk
	return a
}

// signIn signs somebody in at a phone that is there.
func (h *house) signIn(number, phone string) *agent {
	h.t.Helper()
	a := &agent{h: h, staff: uuid.New()}
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range routing.Permissions() {
		grants[d.Permission] = actor.National()
	}
	a.ctx = actor.With(h.t.Context(), actor.New(actor.Actor{
		Kind: actor.Person, Account: uuid.New(), Session: uuid.New(), Staff: a.staff, Number: number, Name: "坐席 " + number, Centre: h.nation.ID.UUID(),
	}, grants))
	h.eventually(func() bool {
		_, err := h.floor.SignInAgent(a.ctx, routing.SignIn{Phone: phone, State: "ready"})
		return err == nil
	}, "the sign-in")
	return a
}

// state is what the agent does.
func (a *agent) state() string {
	v, err := a.h.floor.MyAgent(a.ctx)
	if err != nil {
		return err.Error()
	}
	return string(v.State)
}

// becomes waits until the agent does something.
func (a *agent) becomes(state string) {
	a.h.t.Helper()
	var last string
	defer func() {
		if last != state {
			a.h.t.Logf("the agent is %s", last)
		}
	}()
	a.h.eventually(func() bool { last = a.state(); return last == state }, "the agent is "+state)
}

// contact waits until a contact, by its place in time, is over, and gives its steps.
func (h *house) contact(i int) []interaction.Hop {
	h.t.Helper()
	var hops []interaction.Hop
	h.eventually(func() bool {
		all := h.floor.book.openings()
		if len(all) <= i {
			return false
		}
		hops = h.floor.book.hops(all[i].Contact)
		return slices.ContainsFunc(hops, func(s interaction.Hop) bool { return s.Kind == interaction.Ended })
	}, "the end of the contact")
	for n, s := range hops {
		require.Equal(h.t, n+1, s.Seq)
		require.False(h.t, s.At.IsZero())
	}
	require.Equal(h.t, interaction.Ended, hops[len(hops)-1].Kind, "nothing comes after the end: %s", steps(hops))
	return hops
}

// reaches waits until the newest contact has taken a step.
func (h *house) reaches(kind interaction.HopKind) {
	h.t.Helper()
	h.eventually(func() bool {
		all := h.floor.book.openings()
		return len(all) > 0 && slices.ContainsFunc(h.floor.book.hops(all[len(all)-1].Contact), func(s interaction.Hop) bool { return s.Kind == kind })
	}, "the step "+string(kind))
}

// steps writes steps in words; an end with by whom and why, others with their reason.
func steps(hops []interaction.Hop) string {
	var words []string
	for _, s := range hops {
		word := string(s.Kind)
		switch d := s.Detail; {
		case s.Kind == interaction.Ended:
			word += "(" + string(d.By) + " " + d.Reason + ")"
		case s.Kind == interaction.FlowStep:
			word += "(" + d.Node + d.Key + ")"
		case s.Kind == interaction.Transferred:
			word += "(" + d.Way + " " + d.To + ")"
		case d.Reason != "":
			word += "(" + d.Reason + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// contacts writes what became of contacts, for a test that failed.
func (h *house) contacts() string {
	if h.floor == nil {
		return ""
	}
	var lines []string
	for _, o := range h.floor.book.openings() {
		lines = append(lines, steps(h.floor.book.hops(o.Contact)))
	}
	return strings.Join(lines, "\n")
}

// servesNobody asserts that the router knows of no contact.
func (h *house) servesNobody(t testing.TB) {
	t.Helper()
	h.eventually(func() bool {
		list, err := h.floor.LiveQueues(everything(t))
		return err == nil && !slices.ContainsFunc(list, func(q routing.QueueLive) bool { return q.Waiting > 0 })
	}, "an empty queue")
}
