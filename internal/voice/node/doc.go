// Package node is what a process with the role voice runs: it joins signalling (package sip), sound (package media) and
// recording to what people decided (package voice), and tells what happens.
//
// # Words
//
// A party is one side of a call: a leg of SIP with its leg of sound. A conversation is the parties that talk to each
// other, two at most here, and what is done with them until call flows and queues do it: play a prompt, send back what
// is heard, ring a phone, go out over a trunk, refuse.
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
// # Who owns what
//
// One goroutine per conversation owns it: it alone reads the events of its parties, joins and parts their sound, and
// decides. Everybody else (pages, transfers between two conversations, the end of a prompt, a time-out of sound) sends
// it a command. A party moves from one conversation to another by a command that takes it out of the first and an answer
// that puts it into the second, so it has one owner at any moment. A party that nobody needs any more (who transferred,
// who was replaced) is seen out by a goroutine of its own.
//
// Nothing that waits for the other side runs on a conversation's goroutine but the 202 of a transfer: dialling, BYE and the
// reports of a transfer have goroutines, which [Node.Stop] waits for.
//
// # Lock order
//
// The registry of parties, then a party. Neither is held while another package is called.
//
// # Invariants
//
//   - Every party that was made is reported exactly once, with how it ended, a moment after its end, so that its ladder
//     has its last messages. Calls refused before there is a party (strangers, nothing in common, too many) are counted only.
//   - A conversation ends with its last party; nobody is left alone in one, except while a transfer is being dialled.
//   - Nothing here asks the database: numbers, phones and trunks are in memory, ended calls are queued.
//
// # When parts fail
//
// PostgreSQL away: calls go on with the tables as last read; ended calls wait in memory. A recording that cannot be
// begun or kept: the call goes on, the loss is counted and shown. The process killed: its calls end, for the other side
// by time-out of its session; nothing is left to clean up but the spool of recordings, which is repaired.
package node
