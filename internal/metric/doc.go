// Package metric holds the formulas by which a service centre is judged, as pure functions with names and versions.
//
// # Why formulas are things
//
// "Service level" has at least four formulas, its clock starts and stops at different moments in different centres, and
// who hung up early is sometimes left out. A percentage without its formula says nothing. So every [Formula] has a name
// that never changes its meaning, a version, words in two languages, and the [Rules] under which a figure was counted
// travel with the figure. Changing a formula means a new version; the old one stays, so that old reports can be
// recomputed.
//
// # Words
//
// A [Contact] is what the formulas need of one contact: raw moments, sums of time, and how it ended. A [Tally] counts
// contacts under rules; tallies of the same rules add up, so that half hours make days and queues make centres, exactly.
// A [Shift] is the same for the states of agents. A [Figure] is a value with the formula and the rules it came from.
//
// # What is counted
//
// Offered are contacts that asked for a person: answered + abandoned + sent elsewhere + lost + still waiting ones, which
// are in no formula until they end. What ended in the machine, and what a closed or full queue refused, was never
// offered. A contact lost with a broken node counts as not answered in every service level: it was our fault, and
// leaving it out would make a bad day look good.
//
// Sources of the formulas are named with each. Nothing here reads a database, a clock or a setting.
package metric
