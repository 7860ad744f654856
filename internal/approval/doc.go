// Package approval lets one person ask and another decide: accounts, roles, settings, policies and everything
// else that one person may not change alone (P-6).
//
// # Words
//
// A kind ([Kind]) is what can be asked, such as "identity.account"; the domain that owns the object declares it
// and registers it when the program is joined. A request is one person's wish with a reason, the change as
// payload, and references to evidence. It needs one or more decisions (steps), each by the holder of a
// permission at the request's centre. A request without a centre is the nation's and needs national scope.
//
// # States
//
//	          approve (a step is left)
//	          ┌────┐
//	          v    │
//	ask ──> open ──┴──> approved    applied in the same transaction
//	          ├───────> refused     by a decider, with a comment
//	          ├───────> withdrawn   by the one who asked
//	          ├───────> expired     nobody decided in time
//	          └───────> failed      approved, but the change can never be made any more ([Obsolete])
//
// decision.go holds the transitions as one table and the rule of who may decide; both are pure.
//
// # Invariants
//
//   - Nobody decides their own request, a request about themselves, or two steps of one request. A person
//     counts as the same by account and by member of staff, so that two accounts do not make two people.
//   - Only people decide, with a session: no token, no part of the system.
//   - A request that is closed never changes; remarks may be added.
//   - What was asked for is applied exactly once, in the transaction of the last approval and in that decider's
//     context. So it is checked again then: what the decider may not do, or what meanwhile changed, is not done.
//   - Of two deciders exactly one wins; the other is told who decided and how.
//
// # Failure
//
// Apply that fails with a fault (the object changed meanwhile) rolls the decision back: the request stays open
// and the decider reads why. With [Obsolete] the request closes as failed and the words are kept. Any other
// error rolls back and is internal. A request expires by a timer; until that fires, the time alone already
// forbids to decide. Half-way to its end, at most a day before it, the deciders' pages are told once more.
//
// Tables: schema approval. Facts: approval.request.changed with the id only.
package approval
