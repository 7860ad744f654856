// Package recording records calls: both directions on one wall clock, encrypted from the first second, found again,
// heard in the browser, and gone when its time has come.
//
// # Words
//
// A recording (录音) is the audio of one conversation: stereo A-law at 8 kHz, the customer (what comes from the remote)
// on the left, what we send on the right. A [Recorder] takes it down while the call runs; it is a tap of the media
// side. The spool is the private directory where it is written down meanwhile. Shelving lays the packets out on the
// wall clock (package timeline), encrypts the result under a key of its own and puts it into platform/blob, with a row.
// To pause is to hear nothing for a while (a card number is read out): the pause is silence and is marked. A hold
// (封存) keeps a recording whatever the rules say. The archive is a second, cheaper store.
//
// # A recording's way
//
//	Begin -> packets in memory -> journal in the spool, once a second -> Finish -> laid out, stored, row -> spool file removed
//
// The journal holds packets as they came, not audio: each second is one value sealed by platform/secret. So writing
// costs a copy and an encryption, nothing is guessed while the call runs, and a call that was cut off by kill -9 or a
// power failure goes the same way as any other at the next start: there is no second path that only disasters take.
// What was not yet written then, one second, is lost; the recording says that it was cut.
//
// States: kept -> erased. What stands in the row of an erased one is that there was one, when, and who erased it why.
//
// # Invariants
//
//   - The media thread never waits: [Recorder.Audio] copies into memory of this package and returns. When that is full
//     (the disk stands still) packets are left out and counted, and the recording shows how many.
//   - Nothing personal is on disk in the clear: journal values are sealed by the ring, the stored audio by the
//     recording's data key. During a pause audio does not even reach memory.
//   - A row exists exactly when the audio is stored; a spool file is removed only when the row exists.
//   - Every hearing is in the audit before the first byte leaves, with who and for what purpose (L-21).
//   - Erasing deletes the data key first: copies in backups and in the archive are unreadable at once, and are removed
//     afterwards. What is on hold is never erased.
//
// # Failure
//
// The database or the store away: calls are recorded, finished recordings wait in the spool and are tried again; health
// counts them. A spool that cannot be written: packets of that time are lost and counted, the call goes on. A spool
// file that does not open is set aside, not removed; one under a key version that is not there waits for it. Two processes on one spool: the second does not start.
//
// Lock order: Recorder.mu is innermost and held for a copy only; spool.mu before it; nothing is locked during I/O but
// Recorder.files, which keeps a file from being closed under a sync.
//
// Owned table: voice.recording. Fact: voice.recording.stored.
package recording
