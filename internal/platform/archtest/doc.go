// Package archtest guards the plan of the house: its test fails the build when a package stands where it must not,
// imports what it must not, or breaks one of the rules that a compiler cannot see.
//
// The order of the domains stands once, in the table of docs/architecture.md; [ParseRooms] reads it. [Load] parses all
// Go and SQL of the tree once, without types, and every [Rule] is a pure function from that tree to [Finding]s. A
// finding names the file and line, the rule, what is wrong and what to do. Exceptions stand in allow.go, each with its
// reason; one that is no longer needed is itself a finding, so the list cannot rot.
//
// To add a rule: write it in the file of its kind, list it in [Rules], and give it a bad sample in the table test.
package archtest
