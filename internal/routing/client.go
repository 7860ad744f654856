package routing

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// Faults of [Client.Enqueue].
var (
	ErrNoSuchQueue = fault.New(fault.NotFound, "routing.no_such_queue", "there is no such queue")
	ErrQueueClosed = fault.New(fault.Conflict, "routing.queue_closed", "the queue is closed")
	ErrQueueFull   = fault.New(fault.Limit, "routing.queue_full", "the queue is full")
	ErrNoAgents    = fault.New(fault.Conflict, "routing.no_agents", "nobody who may serve this queue is signed in")
	ErrNoLeader    = fault.New(fault.Unavailable, "routing.no_leader", "no router leads now").
			WithRemedy("it comes back by itself within seconds; see the health page when it does not")
)

// ClientConfig is what a node needs to speak with the leader. Bus and Node are required.
type ClientConfig struct {
	Bus  *bus.Bus
	Node string // name of this process among all
	// Local is the service of this process: when it leads, messages need no bus. Nil: always over the bus.
	Local  *Service
	Clock  clock.Clock
	Logger *slog.Logger
	// Mark makes a keyed hash of a caller's number, by which his place is found again; nil: nobody finds his place.
	Mark func(number string) string
}

// Client is how a node speaks with the leading router. Its methods are safe for concurrent use.
type Client struct {
	cfg     ClientConfig
	onOrder func(Order)
	onTruth func() []Standing
}

// NewClient makes a client; it speaks with nobody before Start.
func NewClient(cfg ClientConfig) *Client { return &Client{cfg: cfg} }

// Name says which part this is.
func (c *Client) Name() string { return "routing-client" }

// Start begins to speak with the leader.
func (c *Client) Start(context.Context) error { return nil }

// Stop says goodbye.
func (c *Client) Stop(context.Context) error { return nil }

// OnOrder sets who carries out what the leader wants; before Start. f is called by one goroutine, in the order of the
// orders, and must not block.
func (c *Client) OnOrder(f func(Order)) { c.onOrder = f }

// OnTruth sets who tells which contacts wait or are with an agent now; before Start.
func (c *Client) OnTruth(f func() []Standing) { c.onTruth = f }

// Enqueue asks for a place in a queue, and waits up to 5 s for a leader. Errors: [ErrNoSuchQueue], [ErrQueueClosed],
// [ErrQueueFull], [ErrNoAgents], [ErrNoLeader].
func (c *Client) Enqueue(context.Context, Entry) (Place, error) { return Place{}, ErrNoLeader }

// Report tells the leader what happened to a contact. It never waits; reports are kept until a leader has them.
func (c *Client) Report(Report) {}

// Phone tells the leader how a phone of ours is: whether it can be rung (registered here), and whether it is in a call
// that no queue gave. An agent whose phone nobody calls reachable gets no offers.
func (c *Client) Phone(number string, reachable, busy bool) {}

// Desk gives the agent who is signed in at a phone.
func (c *Client) Desk(phone string) (Desk, bool) { return Desk{}, false }

// Queue gives the code of a queue, empty when there is none.
func (c *Client) Queue(id uuid.UUID) string { return "" }
