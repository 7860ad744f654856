// Package secret keeps what a stolen database dump must not open: addresses, message bodies,
// recordings, trunk and webhook secrets.
//
// # Keys
//
// A [Ring] holds the master key in one or more versions; the newest is active. It comes from a file
// (made on first start, see [Load]), from an operator's command (a KMS, HSM or vault client), or from
// the environment. The master key itself encrypts nothing: HKDF-SHA256 (RFC 5869) derives one key per
// version, use and purpose, so that a value sealed for one purpose never opens under another.
//
// # Small values
//
// [Ring.Seal] and [Ring.Open] use XAES-256-GCM (C2SP): AES-256-GCM under a key derived per message from
// a 24-byte random nonce. Plain AES-GCM with random nonces must stop at 2^32 messages per key, which a
// national centre reaches within a year. A sealed value is
//
//	byte 0      format, 0x01
//	bytes 1-4   key version, big endian
//	bytes 5-28  nonce
//	rest        ciphertext and 16-byte tag
//
// The header, the purpose and the caller's context (schema, row id, column) are associated data: a value
// copied into another row or column does not open.
//
// # Large values
//
// A recording has its own [DataKey], which is stored wrapped (sealed) beside it. Deleting the wrapped
// key erases every copy of the recording, backups included; rotation rewraps the small key, not the
// audio. The content is a chunked stream (see [NewStreamWriter]) that can be read at any position.
//
// # Keyed hashes
//
// [Ring.MAC] finds rows by a sealed value without opening any. Because a new key version gives other
// hashes, a search asks for all of [Ring.MACs].
//
// # Rotation
//
// [AddVersion] appends a version to the key file. Running nodes take it up when they reload ([Ring.Reload],
// or by themselves when they meet a version they do not know). [Rotate] then rewraps what is sealed under
// older versions, in batches that the owner of the rows supplies. Old versions stay in the ring
// until nothing needs them, backups included.
//
// Every process notes its active version in the database ([Confirm]); one that runs takes up a newer
// version within half a minute ([Follower]). A version under which nothing is sealed any more is struck
// by [ForgetVersion]; before, processes without it are refused.
//
// # Failure behaviour
//
// A value that does not open gives the fault secret.not_authentic or secret.unknown_key_version;
// neither says more to the outside. A missing key file is made anew only when nothing shows that data
// were sealed before: otherwise [Load] refuses with secret.key_missing, because a new key would hide
// the loss until the first read.
package secret
