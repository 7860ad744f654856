// Package calendar knows when each centre works: weekly periods, public holidays with make-up workdays (调休), special days;
// and reckons deadlines with them (package worktime, pure).
//
// # Words
//
// A working week (工作周) is a centre's periods for each weekday from a day on; it holds for the centre and all below it that
// have none of their own. It either follows public holidays or, like a hotline that never closes, does not. An exception
// (特殊日) is a day that differs: off, worked like another weekday, or with periods of its own. Public ones come from the State
// Council's yearly arrangement ([Arrangements]), mostly at the nation; others are a centre's own.
//
// # Which word holds
//
// For a day at a centre: the week of the nearest centre, from the centre upwards, that has one valid on that day. The exception of the nearest
// centre that has one for the day, but a public one only when the week follows public holidays. A night shift belongs to the
// day on which it begins, so it runs on into a holiday's morning.
//
// Everything is in the time zone of the centre asked for.
//
// # Invariants
//
// A centre has one week per first day and one exception per day. Periods of one weekday do not overlap, not even past midnight
// into the next. Changes happen one after another (they hold the revision row); rows carry versions, and each change writes an audit entry and an event.
//
// # Failure
//
// [Service.Of] answers from a snapshot of this process that follows changes within two seconds and survives PostgreSQL being
// away. A centre without any week above it never works: asking for a deadline there fails with calendar.never_open.
//
// Tables: schema calendar. Facts: calendar.week.changed, calendar.day.changed.
package calendar
