// Package digest is the server's side of SIP digest authentication: RFC 3261 section 22 with the algorithms of
// RFC 8760 and the rules of RFC 7616.
//
// # Words
//
// A challenge is the value of a WWW-Authenticate header; [Server.Challenges] gives one for each algorithm, the
// best first. Credentials are the value of the Authorization header that answers it. HA1 is the hash of
// user:realm:password that stands for the password; no password is kept. A nonce is ours: the time of its issue,
// a generation, random bytes and an HMAC over them, so that issuing nonces costs no memory and no sender can make
// one. The nonce count (nc) numbers the requests that use one nonce.
//
// # Invariants
//
//   - A pair of nonce and nc opens once. Counts are kept as a window of 64 per nonce, only for nonces that a
//     right password has used, in two generations of bounded size. When a generation is full the nonces of the one
//     before it become stale, so forgetting never re-opens one.
//   - qop=auth is required: without it there is no count, and a request could be played again.
//   - The digest URI must name the resource of the request URI.
//   - What is refused is refused the same way whether the user exists or not, and after the same work.
//   - With the right password, a nonce that is too old, of another process, or whose count was used gives [Stale]:
//     the phone asks again with a fresh nonce and nobody is asked for the password (RFC 7616 3.3).
//
// # Algorithms
//
// MD5 alone is the default. RFC 8760 lets a server offer SHA-256 in front of it, but many phones in service give
// up at a challenge that they cannot read instead of taking the next one (libre 1, and with it baresip 1.0, among
// them). The weakness of MD5, collisions, is of no use against a digest; what guards it is the length of the
// password, which is made at random for each phone. Where all phones know SHA-256, Config.SHA256 offers both and
// Config.NoMD5 takes nothing else.
//
// # Failure
//
// When the credentials' store cannot be asked, Verify returns its error and the caller answers 500: a phone is
// neither let in nor told that its password is wrong. Nonces do not survive a restart; phones meet one stale=true.
package digest
