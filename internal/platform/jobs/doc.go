// Package jobs runs work that need not be done at once: sending, importing, exporting, sweeping.
//
// It is a thin wrapper of River in its own PostgreSQL schema "river". A job is inserted in the
// transaction of the business change with [InsertTx]: it exists exactly when the change does. Arguments
// hold ids only, never personal data. For what must happen at a moment there is platform/timer:
// River's lateness reaches a second.
//
// # Workers
//
// A domain adds its workers, queues and periodic jobs to a [Registry] in its jobs.go; only processes
// with the worker role run a [Client]. Work must be idempotent: a job whose process was killed is
// taken up again by another one after the rescue time, and may have been half done.
//
// # States of a job
//
// available → running → completed; on an error running → retryable → available with growing pauses
// (River's fourth power of the attempt in seconds), and after its last attempt → discarded, which the
// health page shows until River's cleaner removes it. [Cancel] ends a job at once without more attempts.
//
// # Failure
//
// The error handler of this package is the one edge that logs: kind, id and attempt, never arguments.
// Stop takes no new jobs and waits for running ones until its context ends; then they are cancelled
// and will run again. Without the database the client goes on asking; nothing is lost.
package jobs
