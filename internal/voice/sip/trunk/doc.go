// Package trunk knows the ways to the carriers: which trunk a call out takes, which one a call in came by, and
// whether each of them works.
//
// # Words
//
// A trunk is one agreement with one carrier: hosts, transport, how many calls at once, how the caller's number is
// shown. Trunks with the same group name stand in for each other. A candidate is one host of one trunk, in the
// order to try. A host is up, down or unknown; a trunk with Register has in addition a registration at its carrier.
//
// # Selection
//
// [Order] is pure. Of a group's enabled trunks with room, the smallest Priority number goes first; among equals
// the order is drawn by Weight as RFC 2782 does (a weight of 0 is tried after the others). Within a trunk its hosts
// keep their order. Hosts that are down come after all that are not, because a health check may be wrong and a
// last try is better than none; they are marked LastResort.
//
// # Health
//
// A host is asked with OPTIONS every 30 s. Three failures in a row (no answer, 408, 500, 502, 503, 504) make it
// down, two answers in a row up again: any other answer, a refusal too, proves that somebody is there. While it
// fails it is asked every 5 s. Calls report too ([Manager.Report]), with the same rules. [next] is the pure rule.
//
// # Registration
//
// A trunk with Register keeps a binding at its first reachable host: REGISTER with digest, refreshed at nine
// tenths of the time granted, again after 5 s, 10 s and so on up to 2 minutes when it fails. A refused password is
// tried every 2 minutes only, so that the carrier does not lock us out.
//
// # Invariants
//
//   - A [Set] never changes; [Manager.Apply] swaps the whole. Calls keep the trunk value that they got.
//   - Acquire never lets more calls than MaxCalls on a trunk, in both directions together.
//   - Of an unchanged trunk Apply keeps state, registration and counts.
//   - Passwords appear in no log, no status, no error.
//
// # Failure
//
// A name that does not resolve keeps the addresses it had. Without any host up the group's calls still try.
// Stop says goodbye at the carriers (REGISTER with Expires: 0) as far as its context allows.
//
// It owns no tables; package voice keeps trunks and applies them.
package trunk
