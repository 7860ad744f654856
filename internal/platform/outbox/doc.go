// Package outbox carries business facts from the transaction that made them to everybody who must act on them.
//
// A service calls [Write] in its transaction; the event exists exactly when the transaction commits.
// Inside the database a [Consumer] hands events to a function in the same transaction that moves the
// consumer's position, so that an effect on the database happens exactly once. For those outside the
// database a [Relay] publishes every event to the durable stream "events", at least once, with the
// event's id as message id.
//
// # Order
//
// Events have no total order that could be known while transactions run: the one that wrote first may
// commit last, and its events then appear "in the past". Neither a position (it would skip them) nor the
// number of the transaction (given at its first write, long before it may wait for a lock and write the
// event) gives an order that is both complete and right per key. So a consumer remembers a snapshot,
// the way PostgreSQL itself does: which transactions it has seen (all below seen_xmax, except those
// that were still running). Its next window is what a later snapshot sees and the remembered one does
// not; within a window events come in order of position. From this follows:
//
//   - Nothing is skipped: a late commit is in the first window that sees it.
//   - A long transaction delays its own events only.
//   - If event A was committed before event B was written, A is consumed before B. Writers of one key
//     take turns by a lock on their row, so the events of a key arrive in order.
//   - Events of one transaction arrive in the order they were written.
//   - Events of unrelated transactions may reach two consumers in different orders.
//
// # A consumer
//
// States of a consumer in one process: leading (takes wake-ups, sweeps every second), standing by
// (sweeps only, because another process was faster last time), and retrying (an event failed; until
// retry_at). Any number of processes may run the same consumer. Each batch is one transaction:
//
//	lock the name (for this transaction) → read the cursor → open a window if none is →
//	read events → Handle → move the cursor → commit
//
// Invariants: the window is opened before the transaction has written anything (otherwise its own events
// would count as seen); the cursor moves only if its generation is the one that was read, so even a
// process that lost its lock unnoticed cannot commit an effect twice.
//
// Failure: a process killed in a batch leaves nothing, and another continues within a second. A process
// that stops answering in a batch (SIGSTOP, a frozen host) is cut off by the server after HandleTimeout,
// then another continues. If a batch fails, its events are tried one by one; the one that fails is tried
// again with growing pauses, nothing behind it is consumed, and the health page shows it
// (outbox.consumer_stuck) until it succeeds or an operator calls [Skip].
//
// Handle must do its work through tx only, quickly; anything slow is a job that it enqueues.
//
// # The relay
//
// One process at a time publishes. Its position is in PostgreSQL and moves after the stream has
// acknowledged. If the stream's sequence falls behind the last one seen, the stream was lost: the relay
// says so and publishes again everything that is kept. It also wakes consumers with the topics it saw.
//
// # Wiping and moving
//
// [Keeper] deletes events older than the retention and behind everybody. Transaction numbers belong to a
// database cluster: after rows were copied into another one, [Rebase] must run before the program.
//
// Lock order: the consumer's name, then whatever Handle locks. Write takes no lock.
package outbox
