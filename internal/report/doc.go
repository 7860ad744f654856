// Package report makes the historical reports of a centre: eight standard ones.
//
// # Words
//
// A [Definition] is a report: what it is called, what it asks, in which steps of time. A [Result] is a report of one
// period under one set of [metric.Rules]: tables of rows, each with a total. A column names its formula with version,
// words and source, so that no figure stands without what it means. A slot is a half hour on the clock of the centre.
//
// # What is counted
//
// Contacts that began in the period, came to us, and are over; how many are still open is told beside. Simulated ones
// are left out unless asked for. A contact belongs to the half hour in which it began, and to its last queue. A request
// that we never took and that asked for no queue (a number that leads nowhere) is in no report but that of trunks. How
// the words of a record become those of the formulas stands at [OutcomeOf].
//
// The agents' day counts spans of states, cut to the period; a span that goes on counts until now. It knows no
// simulated contacts: an agent's time is spent all the same. Trunks count legs of calls, not contacts.
//
// # Invariants
//
// The rows of a table add up to its total: counts and times by addition, shares by their parts. A contact is in exactly
// one row; a row is shown inside its parent's, whose figures contain it. What somebody may not see is in no figure:
// everything is cut to the scope of [Read] (or [Export] for a workbook) before it is counted.
//
// # How it is counted
//
// PostgreSQL puts contacts of one row, one outcome and one second of waiting into one [metric.Group]; groups are added
// up here by package metric. So a month of millions of contacts leaves the database as thousands of groups, and nothing
// is kept that could grow old: there are no snapshots. The package reads the tables of interaction, routing, voice and
// organization and owns none.
//
// # When parts fail
//
// Without PostgreSQL there is no report: the request fails and may be repeated. A report that takes longer than its
// time-out is ended in the database too.
package report
