// Package record computes what is known of a contact from its opening and its hops. It is pure.
//
// # Words
//
// A [Record] is the row of a contact: first and last moments, sums of time, who, how it ended. [Of] computes it whole from
// everything that is known, every time: there is no adding to a record, so a hop that comes late, twice, or before the
// opening needs no special case.
//
// # Invariants
//
//   - The order of arrival does not matter: hops are put into one order by their moment, then by their number, then by
//     what they say ([Sort]), and a hop that came twice counts once.
//   - A sum of time never counts a moment before its beginning or after the contact's end, and no sum is negative,
//     whatever the clocks of two nodes said.
//   - A contact has exactly one [Outcome], and it is [Open] exactly while neither an end nor a loss is known. An end
//     that is known is believed rather than a loss.
package record
