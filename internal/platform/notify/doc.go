// Package notify sends e-mail and text messages to people and remembers what was sent.
//
// # Words
//
// A message goes to one recipient over one channel. It is written with [Service.Send] in the transaction of the
// business change, together with the job that sends it: it exists exactly when the change does. Recipient and
// body are sealed (platform/secret); lists show the last characters only.
//
// # States
//
//	queued ──> sending ──> sent
//	  ^           │
//	  │           ├──> queued    the other side was not reached or asks to wait: again later, until the message is too old
//	  │           ├──> failed    refused for good, not configured, or too old; error_code says which
//	  │           └──> unknown   a text message was handed over, and nobody knows whether it was taken
//	  └── sending of a dead attempt (mail only)
//
// # How often a message arrives
//
// The handing over and our note of it cannot be one transaction, so a process that dies between them leaves a
// doubt. The channels decide it differently:
//
//   - Mail at least once. A dead or doubtful attempt is repeated with the same Message-ID, so that mail programs and
//     servers recognise the second copy. A mail that arrives twice annoys; one that never arrives is worse.
//   - Text messages at most once after the handing over began. An attempt that died, or whose answer was lost, ends
//     as unknown and is not repeated: gateways do not recognise copies, each costs money, and a customer who
//     gets a code twice no longer trusts it. Health counts them; a person may send again. An attempt that
//     certainly never reached the gateway is repeated.
//
// An attempt is believed alive until its lease (due_at) ends; only one job can hold it.
//
// # Failure
//
// A channel without configuration fails its messages at once with notify.email_not_configured or
// notify.sms_not_configured. Otherwise pauses grow from 10 s to 1 h until the message's age passes MaxAge (a day
// for mail, an hour for text messages). A job that is lost (restored database) is put in again by a sweep.
//
// Facts: notify.message_sent and notify.message_failed (for failed and unknown), with ids only.
//
// Words of servers are shown to people, so the recipient's address is taken out of them first.
package notify
