// Package projection writes the contact journal into the records of interaction, exactly once.
//
// # Words
//
// A batch is what stands in the stream behind the position. The position is the place of the last message that is
// written; it stands in PostgreSQL and moves in the transaction that writes the batch, from the place where the batch
// began: a process that thought it led but does not moves nothing and writes nothing.
//
// # States
//
// A [Projector] leads or stands by. It begins by leading. When its position is not the one in the database, another
// leads, and it stands by: it looks once a second, and leads when messages have waited for three seconds by its own
// clock and nobody wrote them. No process compares its clock with another's.
//
// # Invariants
//
//   - Every message of the stream is written in exactly one transaction, or its unwritable part is kept in
//     interaction.unprojected with its cause; nothing behind it waits for it.
//   - A record is computed whole from all hops of its contact (package record), so that the same hop told twice, hops in
//     any order and an opening that comes last give the same row.
//   - Writing an entry again changes nothing: a stream that was lost and told again does no harm.
//   - A message is removed from the stream only when it is written, a day later (or when the stream is half full), so
//     that a database restored from its backup of yesterday catches up.
//
// # Cost
//
// The states of contacts in progress stay in memory; entries wait some hundred milliseconds for others; a batch is one
// round trip with one statement per table. See BenchmarkProjection.
//
// # Failure
//
// PostgreSQL or the bus away: it waits and catches up. A message that does not open or read, an entry that the database
// refuses: put aside with its cause; health says so (interaction.unprojected). A stream that was
// lost and begun anew is noticed by its places and by the id of the message at the position; it is read from its
// beginning. A contact whose end never came, because its node was killed: when the node does not answer any more, or
// does not know the contact, the journal is told that it is lost, with its last sign as the moment.
//
// It writes contact, hop, agent_span, contact_disposition, contact_note, related, projection and unprojected of the
// schema interaction.
package projection
