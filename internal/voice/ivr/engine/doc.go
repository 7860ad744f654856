// Package engine walks callers through a flow: what they hear, which keys mean what, when they reach a queue. It is pure:
// a flow, a state, an event and the time go in, a state and actions come out.
//
// # Words
//
// A [Flow] is nodes that lead to each other. A node says something, offers a menu, gives the caller to a queue, or ends
// the call. A [Phrase] is one thing that is said. An [Event] is what happened to the caller; an [Action] is what is to be
// done for him.
//
// # States of a walk
//
//	saying ──▶ saying the next ──▶ ...                   a say node; a key cuts it short
//	   │
//	   ├──▶ asking ──▶ listening ──▶ (again) ──▶ ...     a menu; a key counts from its first word on
//	   │
//	   ├──▶ queued ──▶ (refused) ──▶ saying ...          the queue has the caller; it may give him back
//	   │
//	   └──▶ over
//
// # Invariants
//
//   - A state that is not queued or over has a time ([State.Until]) at which [Due] goes on, whatever else does not come.
//     A queued caller is the queue's, which owes an end or [Refused].
//   - Each walk ends: it takes at most [MaxSteps] nodes and, outside queues, at most the flow's limit.
//   - An event that does not fit the state changes nothing and has no actions.
//   - A key that is pressed while a say node speaks cuts it short and counts for the menu behind it, so that who knows
//     the way need not listen.
//   - The time of a key is that at which it went down, which is the caller's place in line.
//
// # Room left
//
// Further nodes (input of digits, working time, conditions, requests to other systems) are further kinds: a case in
// enter, one in the events that it takes, and its edges in [Node.Leads], by which [Flow.Check] finds dead ends and loops.
//
// It owns no tables. A flow that [Flow.Check] has not passed may end a call early, but neither panic nor go on for ever.
package engine
