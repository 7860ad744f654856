// Package webhook tells other systems about events: signed, retried, once per event and subscription as far as we
// can see, at least once as far as they can.
//
// # Words
//
// A subscription names an address, the topics it wants, and a secret that only both sides know. Each event of a
// wanted topic becomes one delivery per subscription, written by the outbox consumer "webhook" in the transaction
// that moves its position: no event is left out, none becomes two deliveries.
//
// # A delivery
//
//	pending ──> delivered      an answer of 200 to 299
//	   │  ^ └─> failed         after the last attempt, or the subscription was disabled
//	   └──┘                    any other answer, or none: again after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h
//
// Replaying begins again from the first attempt with the same id. An attempt holds a lease; a process that dies in
// it leaves the delivery to the next, so a receiver may get an event twice: it must remember webhook-id. Deliveries
// are not ordered; the payload tells when its fact became true.
//
// # What a receiver gets
//
// POST with a JSON body {"type","timestamp","data"} and the headers of Standard Webhooks 1.0.0
// (standardwebhooks.com): webhook-id (the event's id, the same in every attempt), webhook-timestamp (of the attempt)
// and webhook-signature ("v1," and the base64 of HMAC-SHA256 over "id.timestamp.body"; two of them for a day after the
// secret was changed). [Verify] is the receiver's side.
//
// # When a receiver fails
//
// An answer of 410 Gone disables the subscription at once; failures in a row for five days disable it with a
// health warning. Nothing is written for a disabled subscription; enabling it and replaying brings back what had
// been written before. A receiver that is down is left alone by the breaker of platform/httpclient, whose refusals do
// not count as attempts. Internal addresses are refused unless configuration allows their network.
//
// Lock order: subscription, then delivery.
package webhook
