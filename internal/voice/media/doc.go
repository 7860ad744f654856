// Package media is the audio of calls: RTP in and out of UDP sockets, prompts, bridges, mixes, keys, quality.
//
// # Words
//
// A leg is one audio connection with one far side: a pair of ports, one stream out, one stream in. A prompt is audio
// encoded once in both laws and shared by every leg that plays it. A bridge joins two legs and passes packets on; a mix
// joins any number and adds samples up, with a say in who hears whom. A tap hears both directions of a leg (the
// recorder). A press is a key of the far side's telephone.
//
// # The loop
//
// An [Engine] has a few media threads (one is enough for some two thousand calls). Each is one goroutine on its own
// system thread which waits on one epoll descriptor for all its sockets and for the next deadline of the pacer
// (package pace). It alone touches the state of its legs: nothing on the way of a packet takes a lock, starts a
// goroutine, allocates, logs, or asks a database. Calls from outside are commands in a lock-free list that the thread
// works off between packets; most wait until that is done, a millisecond or two. A leg that is to be bridged or mixed
// with legs of another thread first moves there.
//
// What we create (prompts, tones, mixes, keys) leaves at absolute deadlines, 20 ms apart from the start, however late
// the frame before was; what we pass on leaves at once and is never paced anew, so a stall adds nothing to
// what comes after it. docs/decisions/0023 has the measurements.
//
// # What is heard
//
// At most one source speaks on a leg's stream out at a time, the first of: keys being sent, a playback, then echo,
// bridge or mix (a leg has one of these three at most; the latest wins). The stream keeps its SSRC and sequence over
// all changes of source, its timestamp follows the wall clock, and the first packet of a new source is marked.
//
// # Invariants
//
//   - A leg takes audio from one source only (package latch) and only with agreed payload types.
//   - A leg on hold sends or takes no RTP, but its RTCP goes on.
//   - Ports come from a pool with quarantine (package ports) and return to it when the leg is closed.
//   - Functions given to a leg (keys, end of a playback, time-out) run one after another for a leg, on a goroutine
//     of their own, and may call the leg. A [Tap] runs on the media thread and may call nothing of this package.
//
// # Lock order
//
// Mix, then leg (of two legs the older first), then engine. The media threads take none of these.
//
// # Failure
//
// A packet that cannot be read is counted and dropped. A panic while one is handled is caught, counted and logged once
// for its leg, which falls silent; the others go on. An engine without free ports answers voice.no_ports; what exists
// goes on. A far side that is silent for Config.Timeout is told by [Leg.OnTimeout]; ending the call is its owner's
// affair. The loop needs Linux; elsewhere [NewEngine] answers voice.media_unsupported.
package media
