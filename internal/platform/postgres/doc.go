// Package postgres is everything between the program and its database: a private server for an
// installation of one machine, the client pool, transactions, migrations and the health of all that.
//
// # The private server
//
// Without an external database the program owns a PostgreSQL server in its data directory. [Server]
// is a lifecycle.Service with the states new, starting, running, restarting, stopping and stopped:
//
//	new ── Start ──▶ starting ──▶ running ◀──────▶ restarting (the postmaster died; recovery)
//	                    │            │                  │
//	                    └─ failed    └── Stop ──────────┴──▶ stopping ──▶ stopped
//
// Invariants:
//   - One program per data directory: an advisory lock on DIR/lock is held from Start to Stop, and
//     the kernel drops it with the process.
//   - DIR/postgres is either absent or a complete cluster: initdb works in a sibling directory that is
//     renamed when finished, so a first start that was cut off can simply be repeated.
//   - DIR/yingda.json names the format of the directory and the PostgreSQL major that wrote it. A newer
//     format or another major is refused with the remedy; nothing is touched.
//   - The server listens on a Unix socket in a directory of mode 0700 and on nothing else; it trusts
//     the operating system's user (peer), so there is no password to lose.
//   - No server survives the program. On Linux the kernel sends SIGQUIT (immediate shutdown) to the
//     postmaster when the program dies; the next start recovers, and acknowledged commits are there.
//
// Failure behaviour: when the postmaster dies while the program lives, its orphaned backends are ended
// and it is started again with recovery; the pool's users see errors for the length of that gap.
// When starting again fails it is repeated with growing pauses up to five seconds, for ever, and the
// health component says so. A program started as root runs the server under an unprivileged uid,
// because PostgreSQL refuses to run as root.
//
// The program downloads nothing. [Search] says where server programs are looked for.
//
// # The client
//
// [Open] gives a pool and checks that the server is usable. [InTx] is the only way to a transaction.
// [Migrate] brings the schema up to date, once, however many nodes start together.
package postgres
