// Package voice owns telephone calls: over which trunks they come and go, which desk phones there are, what happens to
// a called number, what callers hear, what is being said on which line now, and what became of each call.
//
// # Words
//
// A [Trunk] is a line to a carrier or an exchange; trunks that may stand in for each other form a [Group]. A [Phone] is
// a desk phone that registers here; its number is its SIP user. A [NumberAction] says what is done with calls to a
// number or to the beginning of numbers: play a [Prompt], echo, ring a phone, go out over trunks, refuse with a cause.
// A leg is one SIP dialog with one outside party; a leg that has not ended is a [LiveCall], one that has is a [Call].
// Legs that talk to each other share a conversation. How a leg ended is an [ending.Ending]; how it sounded is a
// [Quality] in figures and a [Verdict] in words. Its ladder is its SIP messages in the order of time.
//
// The inner packages do the talking: voice/sip (signalling), voice/media (audio), voice/recording, joined by
// voice/node. They depend on this package, never the other way round: what this package must ask of them is [Live],
// what they need of it is [Tables].
//
// # States of a leg
//
//	setting ──> ringing ──> early ──> talking <──> held      waiting: answered, and in a queue
//	   │           │          │          │          │
//	   └───────────┴──────────┴──────────┴──────────┴──> ending ──> ended, with a closed result and reason
//
// # States of a trunk, as one node sees it
//
//	unknown ──> up <──> down              asked by OPTIONS, with hysteresis
//	registering ──> up, or refused        where we must register
//	disabled                              by people
//
// # Invariants
//
//   - Calls need no database: [Service.Tables] and [Service.HA1] answer from memory, which follows the database within
//     two seconds of a change (voice.revision, and a message on the bus) and stays as it is while the database is away.
//   - A call from outside never goes out over a trunk: [Tables.Resolve] refuses it, so that nobody telephones at our cost.
//   - A phone's password is made here, shown once and kept nowhere; its two hashes, and the passwords of trunks, are
//     sealed by platform/secret.
//   - The number of a person leaves the process masked only: in snapshots between nodes, in ladders, and in the
//     table of calls, where a keyed hash finds the calls of a number that somebody knows.
//   - Writing a call down never makes a call wait ([Service.Record]).
//   - Each change is written with its audit entry, its event and the count of changes in one transaction.
//
// # Owned tables
//
// Schema voice: trunk_group, trunk, phone, prompt, number_action, call, call_ladder, revision. (voice.recording is that
// of voice/recording.) The sound of prompts lies in platform/blob below voice/prompts/.
//
// # Many processes
//
// Each node publishes a snapshot of its legs, registrations and trunks on the bus every five seconds, every second
// while somebody looks; every process that shows pages gathers them ([Service.Gatherer]) and forgets one that is not
// renewed for twelve seconds. Ladder, hang-up and test are asked of the node by request. With the bus away each process
// still shows its own node.
//
// # Locks
//
// Service.load is held while tables are read, then hooks.mu while those who follow are told. nodes.mu and queue.mu are
// leaves: nothing is called under them. None of them is ever taken on the path of audio.
//
// # Failure
//
// Without tables every call is refused and health says so (voice.not_loaded). With the database away ended calls wait
// in memory, bounded; what does not fit is lost, counted and told (voice.calls_lost). A process that is killed loses the
// records of its last quarter of a second, and of what waited. A prompt whose file was stored but whose row was not
// leaves the file, which a later failure or retry never shows.
package voice
