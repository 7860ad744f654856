// Package httpclient is the one way out by HTTP: to gateways, webhooks, other systems of the operator.
//
// # What every call gets
//
//   - Time limits at each stage (connect, TLS, first byte of the answer) and over the whole attempt, so that
//     a peer that trickles cannot hold a worker.
//   - A limit on the answer's size, after decompression.
//   - A guard: the address that was dialled, after DNS, must not be internal unless the configuration
//     names its network ([Guard]). It sits in the dialer, so a name that resolves to a public address when it is
//     checked and to 127.0.0.1 when it is dialled (DNS rebinding) does not pass, nor does a redirect.
//   - Retries with growing, jittered pauses, only for requests that are safe to repeat (RFC 9110, section 9.2.2, or
//     marked so by the caller), only after 429, 502, 503, 504 or a failed connection; Retry-After is kept.
//   - A breaker per host: after some failures in a row calls fail at once, until one probe succeeds.
//   - The trace of the context (not the interaction: peers are strangers), one metric, one debug line.
//     Bodies, queries and header values are never logged.
//
// # Answers and errors
//
// Any answer is a [Response], whatever its status. Errors are faults: httpclient.bad_request,
// httpclient.address_refused, httpclient.unreachable, httpclient.timeout, httpclient.answer_broken,
// httpclient.answer_too_large, httpclient.circuit_open, httpclient.bad_redirect. [NotSent] tells whether the peer
// can have seen the request at all: a text message whose gateway did not answer is not sent twice.
//
// # Proxies
//
// A proxy is used only when the configuration names one; the environment is ignored. Behind a proxy
// names are resolved there, so the guard sees only literal addresses: the proxy must have rules of its own.
package httpclient
