// Package timer fires deadlines: exactly once, within a second, by the million, whatever is killed.
//
// A domain sets a timer in its transaction ([Set]: kind, key, due time, payload) and registers a handler
// for the kind ([Worker.Handle]). There is one timer per kind and key; setting it again replaces it, and
// [Cancel] removes it.
//
// # How a timer fires
//
// Nobody claims timers ahead of time. A worker keeps the next due time of each kind in memory ([schedule]),
// learns it by a look at the table every 250 ms and by wake-ups, and at that moment runs one transaction:
//
//	delete the due rows (passing over rows that others hold) → handler → commit
//
// So the effect of a handler on the database and the end of its timers are one act. A process that is
// killed in between leaves everything as it was, there is no lease to wait for, and any number of workers
// on any number of nodes share the work. docs/decisions/0003-timers-fire-from-the-table.md says what was
// ruled out.
//
// States of a timer: waiting, being fired (its row is deleted in an open transaction), gone; waiting for
// another attempt after a failure; parked after the last attempt.
//
// # Failures
//
// If a batch fails its timers are fired one by one; the ones that fail are tried again after growing
// pauses and parked after MaxAttempts, which the health page shows until an operator calls [Revive].
// A deadlock or serialization failure is repeated at once and counts as no attempt. A worker that stops
// answering in its transaction (SIGSTOP, a frozen host) is cut off by the server after HandleTimeout; other
// timers are not held up meanwhile. A kind without a handler in this program waits, because during an
// upgrade another node may know it; the health page names it.
//
// # Promises and limits
//
//   - A timer never fires before its due time by this node's clock. If the clock jumps forward, what has
//     become due fires at once; if it jumps back, nothing fires until it has caught up.
//   - Within a kind one worker fires in order of due times. Two workers may fire two batches at once.
//   - Cancel and Set wait for a transaction that is firing the same timer, and then find it gone; if that
//     one fails they win. A handler therefore checks what its timer is about instead of trusting that the
//     timer would have been cancelled.
//   - Handlers work through tx, quickly (HandleTimeout); slow work is a job that they enqueue.
//
// Lock order: a timer's row, then what the handler locks. A business transaction that holds its own rows
// and sets a timer which is being fired may deadlock with the handler; PostgreSQL ends one of them and
// postgres.InTx repeats it.
package timer
