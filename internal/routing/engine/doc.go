// Package engine decides who is served by whom. It is a pure state machine: events and the time go in ([Engine.Apply]),
// effects come out; no clock, no randomness, no goroutine. The same events at the same times give the same effects and
// the same [Engine.Hash], so that a journal of events replays, against the same rules or against changed ones.
//
// # Contacts
//
//	                 no room, closed, nobody
//	Enqueue ──────────────────────────────────────> refused
//	   │
//	   v          the best free agent                Accept
//	waiting ──────────────────────────> offered ───────────────> talking
//	 │  │  ^                           (reserved,                 │    │
//	 │  │  │  Decline, RingFor is over,  ringing)                 │    │ Requeue: transfer into a queue
//	 │  │  └────────────────────────────┘ │                       │    └──────────> waiting
//	 │  │     the agent went away         │                       │
//	 │  └─ MaxWait, no agents, no queue   │ Leave                 │ Leave, Release
//	 │           v                        v                       v
//	 │        expelled                  gone                    gone
//	 └── Lose ──> place kept for KeepLost ── Enqueue with the same mark ──> waiting, in the old place
//
// A contact that waits stands in exactly one line, open to all who may serve it, or is kept for its preferred agent, or
// is held back for a moment after a failure of ours. Wherever an offer ends it goes back to its place: the place is the
// key (priority, time of the key press, id), not a position in a list, so it cannot be lost. One that became a callback
// (its caller hung up) waits the same way and is never sent away for waiting too long.
//
// # Agents
//
// An agent's state is not stored. It follows from what is known of him, the first that holds:
//
//	a contact talks with him             Talking
//	an offer, and his phone rings        Ringing
//	an offer                             Reserved      until RingFor is over
//	wrap-up                              WrappingUp    until it ends, or he says so (mandatory)
//	he takes a break, or did not answer  OnBreak, NoAnswer
//	his phone is known to be away        Unreachable   until Reach
//	an offer failed                      Unreachable, Elsewhere   until told otherwise, or for a while
//	his phone is in another call         Elsewhere     until Occupy says that it is free
//	nothing of all that                  Ready
//
// So no order of events can leave him in a state that nothing ends: when the contact is gone the state is gone. A break,
// asked for during a contact, begins after it and its wrap-up; a sign-out after the contact, without wrap-up. Either
// stops his phone at once if it rings. A phone that is not reached is tried again after 30 s, doubled up to 8 minutes,
// one that was busy after 5 s, unless the phone or the agent speaks before; what failed by our own fault (agent and
// contact both) after 0.5 s, doubled up to 8 s, without blame and without losing its place among the idle.
//
// # Rules
//
//   - For a free agent: of those who wait for something that he may serve, the highest priority (of queue, contact and
//     overflow together), then the earliest key press, then the lowest id. Nobody is passed over inside a priority but who waits for
//     one agent alone or is held back for a moment.
//   - For a contact: the preferred agent if he is free, for PreferFor only he (if he is signed in and may serve it); else
//     who has been idle longest, ties by staff number.
//   - An agent has one offer at a time. His capacity says how many contacts of a channel he takes; voice and others
//     exclude each other unless his capacity names voice beside them.
//   - When several things could be matched in the same moment, contacts are, in order of service.
//   - Things that fell due happen one after the other in the order in which they fell due, each with all that follows
//     from it; at the same instant agents become free before contacts give up.
//   - Waiting for steps of overflow and for the longest wait counts from entering the present queue. A contact never
//     overflows into a queue where it was; a target that is closed, full or missing is passed over.
//   - Before [Begin] everybody takes his place and nothing is offered, refused or expelled for want of agents.
//   - A place that is told is exact: how many wait in the queue before it, and one. It is told on entering, and when it
//     has changed, every [Options].TellEvery at most. The expected wait is the place times the mean interval between two
//     who were taken (a moving mean of 8, only while somebody waited all along; the interval that is still open counts
//     once it is longer than the mean). Measuring how fast the queue really moves, it needs no guess about agents who
//     serve several queues, on a break or slow; it is unknown until three intervals were seen.
//   - Time that goes back is no time; a jump forward only lets things fall due.
//
// # How it is found
//
// Agents who may serve a contact follow from its queue, the step of overflow and its own needs. That triple is a line;
// contacts of one line are served by the same agents. A line holds both sides:
//
//	           line (queue, relaxed by step, own needs)
//	waiting: heap by                   free: heap by
//	priority, key press, id            idle since, staff number
//	     contact ─┐                  ┌─ spot ── agent
//	     contact  ├── one of the two ┤   spot ── agent ── his spots in all his lines
//	     contact ─┘    is empty      └─ spot ── agent
//
//	queue: tree of all who wait, in order, with counts: exact places
//	deadlines: one heap of agents, contacts and kept places
//
// Whoever is freed compares the first of each of his lines; whoever comes takes the first free agent of its one line.
// Since what was settled stays settled, only what an event touched is looked at. With L lines that an agent may serve
// (about the queues he serves, more with relaxed needs), n contacts or agents:
//
//	contact comes, is offered or waits      O(log n), and O(L log n) to take the agent out of his lines
//	agent is freed and takes the next       O(L + log n)
//	agent is freed and nobody waits         O(L log n)
//	answer, ringing, hang-up, a deadline    O(log n)
//	a place is told                         O(log n)
//	agent signs in, out, changes            O(all lines)
//	a new kind of needs of a contact's own  O(agents), once
//	Configure, Begin                        O((agents x lines) + contacts x log n)
//	explanation of a decision               O(agents who may serve the line)
//
// docs/performance.md has the figures of `yingda bench routing`.
//
// # What it rules out
//
// Defects by which other systems strand callers and lock agents, and why they cannot happen here:
//
//   - Agents reserved, or busy, for ever: a state without its contact does not exist, and each reservation has a deadline.
//   - A phone that rings for somebody who hung up: Leave takes the offer back, and an Accept that is late gets [Stale].
//   - An agent's state kept by his thread and the caller's, which race: one owner, one event at a time.
//   - The wrong caller served first, or the refused one lost: one order, by key, from which an offer only borrows.
//   - Wrap-up of one agent that keeps calls from others: nothing but an agent's own facts makes him free.
//   - Counters that drift: nothing is counted that is not looked up; [Engine.Check] compares every index with the state.
//   - One stuck dispatcher: every step is bounded by the table above, and no event makes it panic.
//
// Tests hold it, effect by effect, against a model of the same rules without any index, under random events that come
// late, twice and out of order.
package engine
