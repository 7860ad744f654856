// Package routing decides who serves whom: it owns queues, the agents who are signed in to the floor, the order in line
// and the offers. What is decided, package engine decides; this package has one process of all do it, keeps what must
// outlive that process, and carries words between it, the nodes and the pages.
//
// # Words
//
// A contact waits in a [Queue], since a moment (the press of the key for an agent) that gives its place in line. An
// agent signs in to the floor at a phone: that is his [Session], until he signs out. A node takes contacts (a voice
// node; later chat); it speaks with the leading router by its [Client]. The leader gives a node an [Order] (offer this
// contact to that agent) and the node a [Report] of what became of it. What a node says of all its contacts is its
// truth, a list of [Standing]. A term is the time of one leader; its epoch is a number that rises with each.
//
// # States
//
//	router:   watching ──> lease taken ──> hearing (up to 0.7 s) ──> deciding ──> watching or stopped
//	session:  signed in (ready or on a break) ──> signing out (until the contact is over) ──> gone
//	contact:  see package engine
//
// # Who is the truth of what
//
//   - Nodes, of contacts. A new leader knows none; each node declares its own, with the times of the key presses.
//   - The leader, of order and offers. Nothing of that is stored but places in line (bucket routing_place, written
//     behind), for callers whose node dies.
//   - The bucket routing_agent, of sessions: it is written before a command of an agent is acknowledged, entry by entry
//     with its revision, so that two leaders cannot both write. What agents do now (bucket routing_state, written
//     behind) only lets a new leader go on with wrap-ups and with who has been idle longest.
//   - PostgreSQL, of queues and reasons for breaks; every process has them in memory and goes on without it.
//
// # Invariants
//
//   - At most one router is effective: each order has its epoch, and a client refuses those below the highest it has
//     seen. A leader that sees a higher one stops at once.
//   - What a client says is applied once and in order: items have sequences, are kept until acknowledged, and sent
//     again; orders to it the same way. A lost message delays, it strands nobody.
//   - Router and nodes agree. Each node repeats its truth every 5 s; what differs for 2 s is corrected, logged and
//     counted in yingda_routing_corrections_total, which must be 0.
//   - The number of a caller leaves a node masked (for the agent's page) and as a keyed hash (for his place) only.
//   - Neither a node nor a page ever waits for the database on the way of a contact.
//
// # One goroutine
//
// The leader's loop alone touches the engine and the leader's maps; clients, commands and questions come to it by
// leader.inbox. Commands of agents are stored outside of the loop, one at a time under leader.order, which may wait for
// the loop; the loop never waits for it. Client.mu, roster.mu, Service.mu and those of saver, states and tape are
// leaves. In the process of the leader a client speaks with it directly; anywhere else over the bus.
//
// # Time
//
// The engine's time begins with the term and passes as it does for people, whatever somebody does to the machine's
// clock; times that go out are set back to the clock. Whether a lease has run out is measured by each watcher with its
// own clock.
//
// # Owned tables, buckets and streams
//
// Schema routing: queue, break_reason, revision. Buckets routing_lease (in memory), routing_epoch, routing_agent,
// routing_place, routing_state. Stream routing: the journal of decisions, see tape.go.
//
// # Failure
//
// Another router leads within 3 s after one is killed, at once after one stops; contacts keep their places. A node that
// is silent for 3 s is lost: its agents are free, its waiting callers find their places for 2 minutes. While the bus is
// away the leader goes on for the nodes of its own process, commands of agents fail as unavailable (routing.no_leader
// or the bus's own fault), and contacts of other nodes wait. Without any router [Client.Enqueue] fails after 5 s.
package routing
