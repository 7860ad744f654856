// Package numbering owns telephone numbers: what one is, which ones we answer, and where others are at home.
//
// # Words
//
// A [Phone] is a number in its one form; numbering/phone reads and writes them. A called number ([Called]) is a
// number or the beginning of numbers that reaches us: a nation or province line, a VIP line, an escalation line,
// a company's own number, or an older platform (114, 100, 112) that is merged into ours by transferring its calls
// or by ending its trunks here. [Service.Called] says who answers a dialled number and why.
//
// The home of a number (归属地) is found by its segment (号段, seven digits), by an entry for that single number
// (携号转网), or by its area code: [Service.Home]. Segments come as files. A file becomes a version:
//
//	reading ──> ready ──> active ──> retired ──> removed
//	   │          │          ^          │
//	   │          │          └──────────┘  rolled back: in use again
//	   ├──────────┴──> cancelled
//	   └──> refused    something in the file is wrong: nothing of it is taken
//
// A version is read beside the one in use, compared with it, and put into use whole and at once by a person who
// has seen the difference. At most one is active. The last three that were in use can be put into use again.
//
// # Invariants
//
//   - No two entries of called numbers hold at the same time for the same pattern and place (exclusion constraint
//     called_overlap_excl); the same for a ported number.
//   - A version's rows never change after it was read.
//   - Every process answers from tables in memory ([Service.Home] and [Service.Called] touch no database), which
//     follow the database within two seconds (numbering.revision), and go on as they are while it is away.
//   - Segments and ported numbers are the nation's: only national scope changes them.
//
// # Owned tables
//
// Schema numbering: called, segment_version, segment, ported, revision. Files of segments are kept in
// platform/blob below numbering/segments/ as long as their version can be used.
//
// # Failure
//
// A worker that dies while it reads a file leaves nothing: rows are written in one transaction, and the job is
// taken up again. Before the tables were loaded once, every home is unknown and no number is answered, and
// health says so.
package numbering
