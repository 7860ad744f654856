// Package httpapi is the one entrance for HTTP: it decodes, checks, limits, answers and describes, so
// that an endpoint of a domain is a route, a request type, a response type and a function.
//
// # A request's way
//
//	healthz                answered at once, before anything that could be busy
//	limits                 requests in progress, requests per client, NUL characters   503, 429, 400
//	cross-origin check     unsafe methods must come from our own pages                 403
//	router                 unknown path, wrong method                                  404, 405
//	guard                  who asks, and whether they hold the route's permission       401, 403
//	body                   content type, size, time, JSON                              415, 413, 408, 400
//	validation             types, ranges, unknown fields, unknown parameters           422
//	idempotency            see package idempotency                                     409, 422
//	handler                faults become problems by kind
//	privacy                personal values are masked; see package privacy
//
// # Errors
//
// Whatever goes wrong leaves as application/problem+json (RFC 9457) with a stable code, the fields at
// fault, whether a retry can help, and the request's id; [Problem] is its only shape and problem.go the
// only place that makes one. An error that is not a fault is logged once, with the id; its text stays here.
//
// # Invariants
//
//   - No handler runs before the guard has agreed, except for routes registered as Public.
//   - An answer is encoded completely before its first byte is sent, so a failure to encode is a clean 500.
//   - Metric labels are route patterns and status classes: nothing that a caller sends becomes a label.
//   - Routes are registered before the first request; registering later panics.
//   - Slices in answers are made by [NewPage] or by the domain; nil would be null, which the schema forbids.
//
// # Stopping
//
// [API.Drain] refuses new requests and waits for those in progress; call it before what handlers use is
// stopped. [Server] then refuses connections, waits once more, and cuts what is left when the time given is
// over. Live connections belong to httpapi/live and are closed by its hub, which must be stopped first.
package httpapi
