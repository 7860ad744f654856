// Package setting holds what an administrator changes while the program runs: typed settings, trees of codes and
// help texts. All three are made nationally and refined downwards (H-14, A-52, A-53).
//
// # Words
//
// A setting is declared in code by the domain that acts by it ([Definition]) and has a built-in default. A value
// (参数值) is set at a centre and holds there and below, until a centre further down sets its own; the lock of a
// value says what those below may still do (package inherit decides, as a pure function). What holds at a centre
// is the effective value; [Service.Explain] tells the whole chain it comes from.
//
// An important setting changes only when a second person approves ([Kind]); every other change is made at
// once. Both are kept as versions for ever, and an earlier version is restored as a new one.
//
// A code tree (代码树) is a tree of codes that records refer to, such as reasons of contacts. A centre contributes
// a layer: nodes of its own, and refinements of nodes from above (package codetree merges the layers of a
// path). A layer is kept as versions with the time from which each is in force. A code belongs to one centre for
// ever and is retired, never removed, because records name it.
//
// A help text (帮助补充) is what a centre adds to the built-in help of a page or field; readers see those of all
// centres from the nation down to their own. It is Markdown without raw HTML, rendered and cleaned here.
//
// # Invariants
//
//   - A value in force satisfies every floor above it and equals every fixed value above it, whatever was
//     stored before the floor; stored values are never rewritten by somebody else's change.
//   - What is set against a lock is refused. What a later lock overtakes yields, and is shown as yielding.
//   - Each change writes its version, an audit entry and an event in one transaction. Changes of values happen one
//     after another (they hold the revision row), so floors are checked against what is really there.
//
// # Reading fast
//
// [Handle.Get] reads an immutable snapshot in this process: no lock, no SQL, tens of nanoseconds. Snapshots follow
// changes by wake-ups over the bus and by looking every two seconds ([Service.Follower]). While PostgreSQL is away the
// last snapshot goes on serving. Before the first snapshot, and for a centre that is not in the tree, the nation's
// value or the default holds.
//
// A stored value that this program's definition no longer takes (after an upgrade) does not count; health names
// it (setting.value_not_valid).
//
// Tables: schema setting. Facts: setting.value.changed, setting.code_tree.changed, setting.help.changed.
package setting
