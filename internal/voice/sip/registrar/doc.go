// Package registrar knows where the desk phones are: it answers REGISTER (RFC 3261 section 10) and says to which
// flows a call to a phone goes.
//
// # Words
//
// A phone is the user part of its address of record, its number. A binding says that it can be reached at a contact
// until a moment; a phone has several when it is switched on at several places. The flow of a binding is the
// network and the source address that the REGISTER came from: requests go there, whatever the contact says,
// because phones behind NAT write addresses that nobody else can reach (RFC 5626; RFC 3581).
//
// # Invariants
//
//   - Who registers a phone has proved to be that phone by digest; the user of the digest is the phone.
//   - A REGISTER changes all of its contacts or none. For one Call-ID a CSeq that is not higher changes nothing and
//     is answered 500 (RFC 3261 10.3 step 7).
//   - A binding ends at its expiry, when it is removed, or when its TCP or TLS connection has closed. What has ended
//     is never given out, even before the sweep has taken it away.
//   - Memory is bounded: contacts per phone (the one refreshed longest ago gives way), bindings altogether (503 with
//     Retry-After), failures remembered (the oldest give way). A phone that does not exist costs no memory.
//   - After Config.Failures wrong passwords for one user from one address, or ten times as many from one address for
//     any users, that pair or address is refused with 403 until Config.LockFor has passed, whatever it sends.
//
// # Failure
//
// Bindings live in memory. After a restart of the node phones register again, at the latest when their time is
// up; until then calls to them fail with "not registered". When the credentials cannot be read a REGISTER is
// answered 500 with Retry-After, and the bindings that exist go on.
//
// It owns no tables.
package registrar
