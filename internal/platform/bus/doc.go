// Package bus carries messages between the parts of the program, in one process or on many nodes: live
// messages, questions with answers, small shared state, and streams that are kept. It is the only package that
// knows NATS.
//
// # Two ways to run it, one behaviour
//
// Without [Config].URL a NATS server runs inside this process. It listens nowhere and keeps its data under
// StoreDir/nats; one process at a time may use that directory. With a URL the bus is a client of a cluster that
// others run. The test suite runs against both.
//
// # States
//
// A [Bus] is new, running, away or stopped. Start returns when JetStream (the part that stores) answers; it fails
// with a clear fault when it does not in time. From then on a lost connection makes the bus away: it reconnects
// for ever, subscriptions and watches resume by themselves, and everything that sends fails at once with a fault of
// kind unavailable instead of piling up. Questions that were under way fail too: whether they were done is unknown,
// so they must be safe to repeat. Stop takes no new subscriptions, lets handlers finish what has arrived, then
// closes the connection and the server.
//
// # What is promised
//
//   - [Bus.Publish] is at most once: who is not connected does not get it. The order of one publisher's messages on
//     one subject is kept. A subscription has one goroutine and a bounded queue: when the handler is too slow,
//     messages are dropped, counted and shown on the health page, and nobody else is slowed down.
//   - [Bus.Request] answers, or fails with the responder's own fault, or with unavailable: at once when nobody
//     answers to that subject, else when the context ends.
//   - [KeyValue] is linear per key through its revisions: of several writers that name the same revision one wins,
//     the others get [ErrRevision]. Get may be a moment behind on a cluster; the revision decides, not the value read.
//   - [Stream].Append is acknowledged when the message is stored; the same message id within the dedupe window is
//     stored once. [Stream].Consume is at least once and in order: a message that a handler refuses is delivered
//     again, with growing pauses, before the next one.
//
// # What survives what
//
// The embedded server syncs to disk before it acknowledges (server option SyncAlways), except for streams and buckets
// that do not ask for it: those run in the server's asynchronous persist mode, ten times faster; a killed process may
// lose the last few milliseconds that were acknowledged, a power cut the last [syncInterval]. SyncAlways is fixed when
// a stream is made. On a cluster the mode is the operator's: set "sync_interval: always" in the
// jetstream block of every server and run three of them with Config.Replicas 3. A bucket or stream in memory survives
// neither.
//
// # When things break
//
// A disk that is full, a directory that another process uses, a stream whose files cannot be read: Start says so and
// refuses, because going on without a stream would lose it silently. A disk that fills later makes appends fail and the
// health page say so; nothing is acknowledged that was not stored. A handler that panics is logged and the next message
// handled. Health warnings are in health.go.
package bus
