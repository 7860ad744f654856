// Package carrier plays the other side of our own voice engine: callers, phones and a whole carrier's load.
//
// # Words
//
// A [Call] is what to dial and how; a [Session] is one conversation, called or calling; a [Phone] registers and is
// called; [Load] makes the traffic of many at once. [Session.Hear] tells what came in: tones, speech or silence,
// counted and timed packets, and [Heard.Check] compares it with an expectation in words.
//
// # Why it is built apart
//
// It is the counterpart of voice/sip and voice/media in tests, benches and demonstration, so it shares no code with
// them: own offer and answer, own codec tables (worked out from the formula of G.711), own RTP, RFC 4733 and pacing. A
// misunderstanding of ours would otherwise be on both sides and heal itself. Only sipgo's parser and transactions are
// common, and those are proven against SIPp and baresip (carriertest). See docs/decisions/0025.
//
// # States of a session
//
// calling or ringing → early (their media may be heard) → talking ⇄ held → ended. An ended session says who ended it,
// with which status and Reason ([End]). A session that never was answered ends with the refusal.
//
// # Invariants
//
//   - A session owns its RTP and RTCP port and three goroutines; all are gone when Close returns.
//   - Packets go out at absolute deadlines: late ones are sent late, none are left out, nothing drifts.
//   - Arrival times are the kernel's (SO_TIMESTAMPNS), so this program's own waiting for a processor is not measured.
//   - The load generator allocates nothing per packet, has two threads, and is bounded by count and by time.
//
// # When parts fail
//
// A peer that does not answer ends the request after the time of RFC 3261 (32 s) or the context; a session whose
// context ends hangs up. What the peer sends wrongly is an error of the call, never a panic.
package carrier
