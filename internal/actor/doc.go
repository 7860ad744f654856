// Package actor says who asks, and for which part of the country, as plain values in the context.
//
// Every use case of every domain begins with one call:
//
//	scope, err := actor.Allow(ctx, StaffRead)
//
// which answers three things at once: is anybody signed in, may this person do this at all, and where.
// Lists are cut by the scope; a single object outside of it is "not found", never "forbidden", so that
// nobody learns that another province has it.
//
// # Words
//
// An [Actor] is a person with a session, a program with an API token, or a named part of this system
// ([System]), which is how jobs, files and calls act: never as "no check". A [Permission] is the right to
// one kind of act, such as "organization.staff.read"; the domain that checks it declares it and describes it
// with a [Definition]. A [Scope] is where it holds: the whole nation, or centres of the organisation with the
// provinces and cities that they serve.
//
// # Invariants
//
// Values are immutable once made and may be shared between goroutines. The zero Scope covers nothing. A
// context without an actor is refused, never treated as somebody.
package actor
