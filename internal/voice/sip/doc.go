// Package sip makes calls: dialogs of SIP (RFC 3261) with trunks and desk phones, as both caller and
// called, on the transport and transaction layers of sipgo. The dialogs are ours
// (docs/decisions/0022).
//
// # Words
//
// An [Agent] is the SIP side of one voice node. A [Leg] is one dialog with one party; a conversation of
// two has two legs, and joining their sound is not done here. A way is one place where a call of ours is
// tried. The sub-packages are wire (sockets, guard, trace), digest, registrar (where phones are) and
// trunk (ways to carriers).
//
// # States of a leg
//
//	          Answer                 their ACK
//	early ───────────────► answered ───────────► up ──┐
//	  │ Refuse, CANCEL, BYE    │ BYE, no ACK          │ BYE of either side, session expired, lost
//	  └────────────────────────┴──────────► over ◄────┘
//
// A leg that we dial goes from early to up when their 200 comes. Every leg gets over, once, with an
// ending.Ending; its context ends, its last event is [Ended], and its room in MaxCalls is given back.
//
// # Invariants
//
//   - Requests inside a dialog are handled one at a time in the order of CSeq (inbox): sipgo starts a
//     goroutine for every message, so that what was sent back to back may arrive swapped. A gap is waited
//     for 50 ms; a BYE waits for a gap only, never for an ACK.
//   - Exactly one final answer goes out for an INVITE. Answer, Refuse and their CANCEL race for one
//     atomic word; who loses learns it. sipgo answers a CANCEL with 487 by itself: when that was faster
//     than our 200 the transaction says so, and the leg is over as cancelled.
//   - A 200 of theirs that we do not want any longer (late after CANCEL, a second branch, repeated after
//     everything is forgotten) gets ACK and BYE. It is known for ours by the tag, which carries a check.
//   - All timers of a leg stand in one wheel: repeating a 200 (T1 doubling to T2) until the ACK or 32 s,
//     session refresh and expiry (RFC 4028), the reminder of a long ringing, an undecided REFER. No
//     goroutine belongs to a leg.
//   - What has ended holds no memory: transactions reach a leg only by a pointer that the leg takes back,
//     and 16 bytes in the table's graves let repeated messages be answered rightly for 32 s more.
//   - One bad message costs at most one call: every handler recovers, answers 500 and ends its leg.
//
// # Who may call
//
// A source address of a trunk (package trunk), or a phone that proves itself by digest in each INVITE; a
// phone's number is that of the digest, not what From says. A trunk's caller is read from the header that
// the trunk is configured to be trusted for.
//
// # Lock order
//
// Leg.mu, then inbox.mu or wheel.mu. sipgo's transaction lock is taken inside Leg.mu (sending); its
// CANCEL callback, which holds it, therefore takes none of ours. Leg.eventMu and the table's shards are
// leaves. Incoming, Renegotiate and Progress are called without a lock.
//
// # Failure
//
// Above MaxCalls, and while stopping, an INVITE gets 503 with Retry-After. A trunk that is silent for
// TrunkWait or fails in a way that [ending.Ending.Retry] allows is followed by the next. A peer that does
// not answer BYE does not keep the leg. Stop hangs up everything and waits for the answers up to 2 s.
// A node that dies leaves its calls to their session timers at the other side.
//
// # Room left
//
// PRACK (RFC 3262) and UPDATE (RFC 3311) become further cases of Leg.handle and, for reliable provisional
// answers, a sequence number beside reminder; SRTP is a matter of package sdp alone; SIP over WebSocket a
// further network of wire. Until then such methods get 405, and Require: 100rel gets 420.
//
// It owns no tables.
package sip
