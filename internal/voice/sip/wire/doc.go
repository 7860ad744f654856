// Package wire stands between the network and sipgo: it owns the SIP sockets, decides which messages get in, marks
// when they arrived and shows every message to whoever draws the ladder of a call.
//
// # Words
//
// A source is the address and port a message came from. A message is bad when [Check] says so, and unwelcome when
// the [Guard] has no room for its source. The stamp is the first header of every request that the stack sees,
// Stamp: the moment at which our process read it. [Arrival] reads it. What a sender writes under the same
// name comes later in the message and is never looked at.
//
// # What happens to a message
//
//  1. It is read from a UDP socket with a receive buffer of 4 MB, or framed from a TCP or TLS connection.
//  2. Check: a pure walk over the first line and headers, without allocation. A request that is bad in a way for
//     which RFC 3261 has an answer (400, 505, 513) gets it, within the guard's limits, without any state.
//  3. Guard: a token bucket for the class of its source. Trunks and registered phones have their own; everybody
//     else shares.
//  4. The trace sees it, the stamp goes in, sipgo parses it.
//
// # Invariants
//
//   - Nothing that a sender does makes memory grow without end. The guard's tables have a fixed size. sipgo
//     keeps one entry for every address that it ever heard by a packet connection; therefore such a connection of
//     ours lives for a limited number of addresses (Config.Sources), and the next takes over on the same socket.
//     At most two are alive: the older one stays for 32 s, until no transaction looks for its addresses.
//   - Messages of trunks never wait for, or share a limit with, anybody else's. A storm of REGISTERs is cut to
//     GuardConfig.Registers a second, whoever sends them.
//   - sipgo's read loop ends for ever at the first read error; ours gives it none but the end.
//   - sipgo writes whole messages into its log when it cannot parse them; [QuietLogger] keeps them out.
//   - Connections over TCP and TLS are limited per source and altogether, in the time they may be idle and in the
//     size of a message, and in how many are opened a second; a connection that sends something that is no SIP is closed.
//   - Connections that we open ([Wire.Connect]) go through the same framing, checks and trace as those we accept.
//
// # Lock order
//
// Wire.mu, then a stream's own lock. The guard's lock is a leaf. The trace is called without a lock.
//
// # Failure
//
// A full house of connections costs about 40 KB each, most of it sipgo's read buffer. A socket that cannot be opened fails Listen. A send that fails is counted (Unsendable) and its error goes to the
// transaction. It owns no tables.
package wire
