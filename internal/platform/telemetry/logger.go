package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// Format is how log lines look.
type Format string

// The formats: text for a person at a terminal, json for a collector.
const (
	Text Format = "text"
	JSON Format = "json"
)

// NewLogger makes the program's logger. Level may be a *slog.LevelVar, to be changed while running.
// Times are UTC. An unknown format is an error.
func NewLogger(w io.Writer, format Format, level slog.Leveler) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	switch format {
	case Text:
		return slog.New(handler{slog.NewTextHandler(w, options)}), nil
	case JSON:
		return slog.New(handler{slog.NewJSONHandler(w, options)}), nil
	default:
		return nil, fmt.Errorf("log format %q: want %q or %q", format, Text, JSON)
	}
}

// handler adds what the context knows to each line.
type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	id, span := InteractionID(ctx), trace.SpanContextFromContext(ctx)
	if id == "" && !span.IsValid() {
		return h.Handler.Handle(ctx, r)
	}
	r = r.Clone() // the attributes' array may be shared with the caller's record
	if id != "" {
		r.AddAttrs(slog.String("interaction_id", id))
	}
	if span.IsValid() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
