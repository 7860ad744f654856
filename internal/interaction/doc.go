// Package interaction keeps one record and one timeline for each contact with a customer, whatever the channel (B-28).
//
// # Words
//
// A contact is one conversation with a customer. A [Hop] is a step of it, with the moment at which it was true. An
// [Entry] is one line of the contact journal; [Journal] is where a process writes them, a durable stream behind it keeps
// them, and package projection writes them into tables. A disposition is what a contact was about: leaves of the code
// tree contact.reason, which people edit with the other code trees; the main one stands first. A note is one agent's
// words on a contact.
//
// # The journal
//
//   - [Journal.Write] never waits: entries go into memory, in order, and within a quarter of a second into the stream. A
//     process that is killed loses at most that moment. While the stream does not answer they wait, up to a bound; what
//     finds no room is counted and shown on the health page, never silently.
//   - [Journal.Sure] returns when the stream has its entries on disk: they survive the end of any process. Those who come
//     together share one message.
//   - The order of one process is kept. Messages are sealed (platform/secret): a copied folder of the bus opens nothing.
//     The stream refuses when it is full rather than dropping what is old.
//   - An entry stored twice, or late, changes nothing: records are computed whole (package record).
//
// # Invariants
//
//   - What an agent says of a contact is acknowledged after the journal stored it, and only then; it needs no database
//     when this process knows who served the contact ([Recent]), which processes tell each other.
//   - What was said is read back at once by whoever said it: what the journal was told lately lies over what is read.
//   - Two who change the same dispositions: the second gets interaction.changed_meanwhile. While the database is away
//     this holds for what the processes told each other.
//   - A caller's number is kept once, sealed, and found by a keyed hash; lists show it masked; who sees it whole gives a
//     reason and stands in the audit, and so does everybody who is shown notes.
//
// # Failure
//
// PostgreSQL away: entries are stored all the same, lists and timelines say so in words, dispositions and notes go on for
// contacts that this process knows. The bus away: Write goes on into memory, Sure fails with interaction.not_stored.
//
// Owned tables: contact, hop, agent_span, contact_disposition, contact_note, related (each by months of the contact's
// beginning; keeping a time is dropping months), projection, unprojected, disposition_code.
package interaction
