// Package audit remembers who did what and who looked at what, so that nobody can change it unnoticed.
//
// # Words
//
// An [Entry] says that an actor did an action to an object, where the object belongs, why, and which fields
// changed from what to what. Every domain writes its entries with [Write] in the transaction of the change: the
// entry exists exactly when the change does. A sealed batch lists entries with their hashes; its head is a
// hash over the list and the head before, signed with Ed25519 (RFC 8032). The heads form the chain.
//
// # Writing never queues
//
// Write is one INSERT, whatever the number of entries, and takes no lock that another writer wants: the chain
// is made afterwards, by the [Sealer]. Between writing and sealing (seconds) an entry stands in
// audit.pending, which is written with it and emptied with the batch; an entry whose transaction commits an
// hour later is found an hour later. So the order of the chain is the order of sealing, not of time.
//
// # Invariants
//
//   - Entries and batches are never changed or deleted (triggers refuse it).
//   - Each entry is in exactly one batch, or pending.
//   - Each batch's head covers its number, its time, its entries in order with their hashes, and the head before.
//   - The newest head also stands in platform/blob, one object per day, and leaves by mail once a day if an
//     address is configured: who cuts the end of the chain off would have to reach those too.
//   - A head in the blob store that is not of this chain is never overwritten: it is evidence.
//
// # What is written
//
// Never personal data of customers in plain: [Diff] masks the types of platform/privacy and what is tagged with a
// class, and callers put ids and readable numbers into labels, not names or phone numbers of customers. Names
// and numbers of staff are written: to say who acted is what this is for.
//
// # Owned tables
//
// audit.entry, audit.pending, audit.batch, audit.key (the private half sealed by platform/secret), audit.state.
//
// # Failure
//
// An entry that cannot be written fails the change. Personal data whose showing cannot be recorded is not
// shown. A sealer that stops loses nothing: entries wait, and health says so (audit.sealing_late). What
// [Verify] finds wrong is named by id and time, never repaired.
package audit
