package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

type interactionKey struct{}

// interactionHeader carries the contact's id between our own nodes. HTTP edges must not read it from strangers.
const interactionHeader = "Yingda-Interaction"

// longestInteraction bounds what is believed from a header; an id is a UUID of 36 characters.
const longestInteraction = 64

// WithInteraction marks everything done under the context as belonging to one contact of a customer.
func WithInteraction(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, interactionKey{}, id)
}

// InteractionID gives the contact's id, or "".
func InteractionID(ctx context.Context) string {
	id, _ := ctx.Value(interactionKey{}).(string)
	return id
}

// Carrier holds headers; propagation.HeaderCarrier makes one of an http.Header.
type Carrier = propagation.TextMapCarrier

// HasContext reports whether [Inject] would write anything, so that a sender can save itself the header.
func HasContext(ctx context.Context) bool {
	return InteractionID(ctx) != "" || trace.SpanContextFromContext(ctx).IsValid()
}

// Inject writes the trace (W3C Trace Context, section 3) and the interaction into headers that go to another
// node of ours. For strangers use [InjectTrace].
func Inject(ctx context.Context, headers Carrier) {
	InjectTrace(ctx, headers)
	if id := InteractionID(ctx); id != "" {
		headers.Set(interactionHeader, id)
	}
}

// Extract is the other end of [Inject]: only for headers that our own nodes wrote.
func Extract(ctx context.Context, headers Carrier) context.Context {
	ctx = ExtractTrace(ctx, headers)
	if id := headers.Get(interactionHeader); id != "" && len(id) <= longestInteraction {
		ctx = WithInteraction(ctx, id)
	}
	return ctx
}

// InjectTrace writes the trace only.
func InjectTrace(ctx context.Context, headers Carrier) {
	propagation.TraceContext{}.Inject(ctx, headers)
}

// ExtractTrace reads the trace only; what is not well formed is ignored.
func ExtractTrace(ctx context.Context, headers Carrier) context.Context {
	return propagation.TraceContext{}.Extract(ctx, headers)
}
