// Package chain decides what the seal of the audit says: how an entry is hashed, how a batch is made and signed,
// and, from entries, batches and heads kept elsewhere, what was tampered with. It is pure: values in, findings out.
//
// # Hashes
//
// An entry's hash is SHA-256 over "yingda.audit.entry.v1" and its columns in the order of the table, each as four
// bytes of length and its bytes (length 0xffffffff for none): ids as 16 bytes, the time as microseconds since 1970
// in eight bytes, text as UTF-8, changes as the JSON that was written.
//
// A batch's head is SHA-256 over "yingda.audit.batch.v1", number, time, size, the head before, the key's id and the
// SHA-256 of its list (id and hash of each entry). Its signature is Ed25519 (RFC 8032) over the head.
// All numbers are big endian. None of this may change: a new form would be a new version with a batch
// that says from where on.
package chain
