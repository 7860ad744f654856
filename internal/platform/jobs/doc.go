// Package jobs runs background work that was ordered in a business transaction: a thin layer over River, in
// its own schema "river".
//
// A domain describes a job by a struct of ids (its arguments are stored in the clear, so never personal data)
// with a Kind that never changes, registers a function for it ([Add]), and orders it in its transaction
// ([InsertTx]): the job exists exactly when the transaction commits. A job runs at least once and must be
// idempotent; what must happen exactly once is guarded by the domain's own rows.
//
// States of a job (River's): available, scheduled (its time is later), running, retryable (failed, tried again
// after attempt^4 seconds), completed, discarded (failed at every attempt; shown on the health page until an
// operator calls [Client.Retry]), cancelled.
//
// A [Client] with a registry works jobs between Start and Stop; one without is for processes that only order
// or look. Stop takes no new jobs and lets running ones finish; those that do not in time are cancelled and
// run again elsewhere.
//
// # When a worker dies
//
// River itself gives a job up only when it has been running for minutes, because it cannot tell a dead
// worker from a slow one. We can: every working client holds an advisory lock on a connection of its own, its
// seat. A job whose client has had no seat for ten seconds is made available again. A frozen process
// keeps its seat, and River's own rescue (its time limit plus five minutes) applies.
//
// Kinds that this program does not know stay untouched for the nodes that know them.
//
// Failed attempts are logged once, here, with kind, id and attempt, without arguments.
package jobs
