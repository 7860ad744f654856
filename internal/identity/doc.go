// Package identity says who may sign in and what each person may do.
//
// # Words
//
// An account belongs to one member of staff; people sign in with the staff number (工号). A role is a named set of
// permissions ([actor.Permission]); ready roles are the program's and kept equal to it, others are made by
// administrators from a copy. An assignment gives an account a role at a centre of the organisation, for a time: the
// permissions of the role then hold at that centre and below (organization.Tree.Scope). A session is one browser in
// which somebody is signed in; a token is a program's key. A duty rule is a pair of permissions that one person may
// not hold.
//
// # States
//
//	account   active ⇄ suspended, either → left (for ever)
//	session   open → ended (signed out, expired, idle, ended by somebody, one too many, account stopped)
//	token     valid → revoked or expired
//	TOTP      none → begun → confirmed → none (by the holder with a code, or by an administrator)
//	role      active → retired (a ready role that this version no longer has; nobody holds anything by it)
//
// A session in which something is still pending (actor.Actor.Pending) may only do that: the second step of the
// sign-in, a new password, enrolling a second factor, or what [Config.Pending] names. GET /api/session says which.
//
// # Invariants
//
//   - Only an active account of active staff acts; suspending one ends its sessions in the same transaction.
//   - What somebody may do is the union of the assignments valid now, never more; a token may do what it lists and
//     its owner may do at that moment.
//   - Nobody holds both permissions of a duty rule: checked whenever assignments, roles or rules change, under one lock.
//   - Nobody assigns beyond the scope in which they may assign, and nobody edits a role that they hold themselves.
//   - Passwords are kept as argon2id; tokens of sessions and programs as SHA-256 of 256 random bits; TOTP secrets
//     sealed under the master key. A copy of the database signs nobody in.
//   - A TOTP code and a recovery code open once.
//   - An unknown number behaves as a wrong password does: same answer, same work, same pauses.
//
// # The cache
//
// Each process remembers the sessions it has seen, with the actor, keyed by the hash of the token; see cache.go. Every
// change of an account, role, assignment, session or the organisation makes it forget at once, here and, over the bus,
// in every other process; what was missed is read again after [refreshAfter]. While PostgreSQL is away a session that
// was confirmed within [offlineFor] goes on. Decision 14 says why.
//
// # Tables
//
// schema identity: account, password_history, recovery_code, oidc_subject, role, assignment, session, sign_in,
// throttle, api_token, duty_rule.
//
// # Failure
//
// Without PostgreSQL nobody new signs in (postgres.unreachable) and signed-in people go on. A slow or dead OpenID
// Connect provider fails only the sign-ins that go through it. When more people sign in at once than memory allows,
// they wait in line, and beyond that are told to try again (identity.busy).
package identity
