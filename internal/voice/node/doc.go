// Package node is what a process with the role voice runs: it joins signalling (package sip), sound (package media) and
// recording to what people decided (package voice), and tells what happens.
//
// # Words
//
// A party is one side of a call: a leg of SIP with its leg of sound. A conversation is the parties that talk to each
// other, two at most here, and what is done with them: play a prompt, send back what is heard, ring a phone, go out over a
// trunk, refuse, or walk through a flow and wait in a queue for an agent. A contact is a caller on that last way; it has
// the conversation's id, and each of its steps (a hop) is written to interaction at its own moment. An offer is an agent
// whose phone is rung for a contact, and who talks to it when he answers.
//
// # States of a conversation
//
//	setting ──▶ (refused)                                      a number that is nobody's, a cause that was chosen
//	   │
//	   ├──────▶ playing / echoing ──▶ over
//	   │
//	   └──────▶ dialling ──▶ talking ⇄ held ──▶ over
//	                             │
//	                             └──▶ dialling for a transfer ──▶ talking (with the new party) or as before
//
// # States of a contact
//
//	flow ──▶ waiting ⇄ ringing ──▶ talking ──▶ over
//	  ▲         │ ▲                  │  │
//	  │         │ └── agent lost, or transferred into a queue
//	  │         ▼                       ▼
//	  └──────  gone: refused or sent away by the queue, or with somebody whom no queue gave ──▶ over
//
// The router (package routing) decides who is offered whom; the node is the truth of which contacts there are, and in
// which of these states. Of what may happen at the same time the conversation's goroutine makes one after the other:
//
//   - The caller hangs up while a phone rings: the phone is told to stop, the contact is over at once. The CANCEL has a
//     goroutine of its own, which also hangs up an agent who answered in that moment.
//   - An agent answers too late for the router (stale): his leg is put down, the caller waits on.
//   - An agent's leg breaks (no sound, session expired): the caller hears so, and is back in his queue at the place of his
//     key. An agent who hangs up ends the call.
//   - An agent transfers: into a queue keeps the contact and its place, elsewhere frees him and leaves the record open
//     until the caller hangs up; to nobody changes nothing. Who was being transferred by an agent that has hung up, to a
//     phone that does not answer, comes back to the queue.
//   - No router answers: music, an announcement, and the question again every second; the place is that of the key.
//   - The queue refuses or expels: the caller hears why, then his flow goes on, or the call ends.
//
// # Order
//
// Places are given by the time of the key; of a number that leads straight to a queue, by the arrival of the INVITE at the
// socket. Since every message has a goroutine of its own, questions for places wait for those of calls that arrived
// before (arrivals), and phones ring in the order of the router's offers (turns). Both gates hold nobody up who is alone,
// and let go after a moment whatever happens.
//
// # Who owns what
//
// One goroutine per conversation owns it: it alone reads the events of its parties, joins and parts their sound, and
// decides. Everybody else (pages, transfers between two conversations, the end of a prompt, a time-out of sound) sends
// it a command. A party moves from one conversation to another by a command that takes it out of the first and an answer
// that puts it into the second, so it has one owner at any moment. A party that nobody needs any more (who transferred,
// who was replaced) is seen out by a goroutine of its own.
//
// Nothing that waits for the other side runs on a conversation's goroutine but the 202 of a transfer, and the gate of
// arrivals: dialling, BYE, questions to the router and the reports of a transfer have goroutines, which [Node.Stop] waits
// for. What the router wants is put into the contact's list without waiting.
//
// # Lock order
//
// The registry of parties, then a party. Neither is held while another package is called. The gates, the registry of
// contacts, a contact and the list of busy phones are leaves; under the last one the router is told, in order.
//
// # Invariants
//
//   - Every party that was made is reported exactly once, with how it ended, a moment after its end, so that its ladder
//     has its last messages. Calls refused before there is a party (strangers, nothing in common, too many) are counted only.
//   - A conversation ends with its last party; nobody is left alone in one, except while a transfer is being dialled.
//   - Nothing here asks the database: numbers, phones and trunks are in memory, ended calls are queued.
//   - A contact ends exactly once, with its caller's leg or when its agent hangs up, and its end is its last step.
//   - The router is told of a contact from before its place is asked for until it left, and of no other.
//
// # When parts fail
//
// PostgreSQL away: calls go on with the tables as last read; ended calls wait in memory. A recording that cannot be
// begun or kept: the call goes on, the loss is counted and shown. The process killed: its calls end, for the other side
// by time-out of its session; nothing is left to clean up but the spool of recordings, which is repaired.
package node
