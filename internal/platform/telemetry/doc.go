// Package telemetry is how the program tells people and machines outside what it does: log lines,
// figures and traces.
//
//   - [NewLogger] makes the one logger. It adds trace_id, span_id and interaction_id from the context and
//     masks attributes whose key or type says that they are personal or secret, so that a careless line
//     cannot publish a phone number.
//   - [Metrics] is the registry behind /metrics. Label values are a closed list given when the metric is made:
//     an unknown value counts as "other", so no caller's text can blow up the number of series.
//   - [Tracing] sends spans by OTLP over HTTP when a collector is configured. Without one every span is
//     a no-op; a trace begun elsewhere is still passed on and logged.
//   - [Inject] and [Extract] carry trace and interaction across HTTP and bus headers.
//
// Nothing here is global: app makes one of each and passes it on. When the collector is away spans are
// dropped, which the health page says; no request ever waits for it.
package telemetry
