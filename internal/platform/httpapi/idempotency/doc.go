// Package idempotency answers the same request once, however often a client sends it
// (draft-ietf-httpapi-idempotency-key-header-07).
//
// # States of a key
//
//	(none) ── Begin ──> running ── Commit or Finish ──> done ── 24 h ──> (none)
//	                     │   │
//	                     │   └─ Release (the handler failed) ──> (none)
//	                     └─ lease over (the process died) ── Begin of the same request ──> running, next attempt
//
// A key belongs to one client and one route. Begin inserts its row first, so that of two requests at the
// same moment one runs and the other is told to come back (409 with Retry-After). A key that comes with
// another request is refused (422). A done key answers with the stored bytes and the header
// Idempotent-Replayed.
//
// # What is promised
//
// Always: two attempts of one key never run at once within the lease (the handler's time and 30 s), and an
// answer that was stored is given again for 24 hours, on every node.
//
// Exactly once, with [Commit]: a handler that calls it inside its own transaction stores the answer with
// its effect. Either both exist or neither, also after kill -9, and also when the lease ran out while the
// handler was still working: the attempt that lost finds its row taken and its transaction fails.
//
// At least once, without it: a process that dies between the handler's effect and the storing of the
// answer leaves a running key; after the lease the retry runs the handler again. Handlers whose effect is
// not naturally repeatable must call Commit.
//
// # What is stored
//
// The answer as it was sent, with personal values masked, for 24 hours. Do not mark routes whose answer
// holds a secret. Requests are stored as a SHA-256 only. Faults are not stored: the key is given back.
package idempotency
