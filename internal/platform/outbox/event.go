package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/propagation"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox/internal/db"
	"yingda/internal/platform/telemetry"
)

const (
	// maxPayload keeps an event with its headers below the bus's largest message (1 MiB).
	maxPayload = 512 << 10
	// maxKey bounds the key, which is an id or a readable number.
	maxKey = 200
	// writeChunk bounds one INSERT.
	writeChunk = 1000
)

// ErrInvalid is returned by Write for an event that could not be carried.
var ErrInvalid = fault.New(fault.Internal, "outbox.event_invalid", "the event cannot be written")

type eventKind struct{}

// EventID identifies an event, inside and outside the database.
type EventID = ident.ID[eventKind]

// Event is one fact.
type Event struct {
	ID      EventID // none: Write makes one
	Topic   string  // "workorder.closed"; see [ValidTopic]
	Version int     // version of the payload within the topic; 0 is written as 1
	Key     string  // what the fact is about; events of one key keep their order
	// Payload is anything encoding/json takes when writing ([]byte and json.RawMessage count as JSON
	// already), and a json.RawMessage when reading: see Decode.
	Payload    any
	OccurredAt time.Time // when it became true; zero is written as the machine's time

	// Set when reading.
	Position  int64     // unique, rising in the order of writing
	WrittenAt time.Time // when it was inserted
	trace     string
}

// Decode reads the payload of an event that a consumer was given.
func (e Event) Decode(into any) error {
	raw, ok := e.Payload.(json.RawMessage)
	if !ok {
		return fmt.Errorf("event %s of %s was not read from the outbox", e.ID, e.Topic)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("event %s of %s version %d: %w", e.ID, e.Topic, e.Version, err)
	}
	return nil
}

// Context gives ctx the trace and the interaction under which the event was written.
func (e Event) Context(ctx context.Context) context.Context {
	if e.trace == "" {
		return ctx
	}
	var carrier propagation.MapCarrier
	if json.Unmarshal([]byte(e.trace), &carrier) != nil {
		return ctx
	}
	return telemetry.Extract(ctx, carrier)
}

// ValidTopic reports whether a name can serve as a topic: lower-case words of letters, digits and _,
// joined by dots, at most 100 characters, such as "workorder.closed".
func ValidTopic(name string) bool {
	if name == "" || len(name) > 100 {
		return false
	}
	wordBegins := true
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', !wordBegins && (c >= '0' && c <= '9' || c == '_'):
			wordBegins = false
		case c == '.' && !wordBegins:
			wordBegins = true
		default:
			return false
		}
	}
	return !wordBegins
}

// Write adds events to the transaction, in this order. They become visible when it commits. After the
// commit [Wake] may tell consumers at once; without it they learn from the relay, some 25 ms later.
func Write(ctx context.Context, tx pgx.Tx, events ...Event) error {
	for len(events) > 0 {
		n := min(len(events), writeChunk)
		if err := writeSome(ctx, tx, events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

func writeSome(ctx context.Context, tx pgx.Tx, events []Event) error {
	p := db.InsertEventsParams{Trace: traceOf(ctx)}
	for _, e := range events {
		payload, err := e.encode()
		if err != nil {
			return err
		}
		if e.ID.IsZero() {
			e.ID = ident.New[eventKind]()
		}
		if e.OccurredAt.IsZero() {
			e.OccurredAt = clock.System().Now()
		}
		p.Ids = append(p.Ids, e.ID.UUID())
		p.Topics = append(p.Topics, e.Topic)
		p.Versions = append(p.Versions, int32(max(e.Version, 1)))
		p.Keys = append(p.Keys, e.Key)
		p.Payloads = append(p.Payloads, string(payload))
		p.OccurredAt = append(p.OccurredAt, e.OccurredAt)
	}
	if err := db.New(tx).InsertEvents(ctx, p); err != nil {
		return fmt.Errorf("write %d events, first of topic %s: %w", len(events), events[0].Topic, err)
	}
	return nil
}

// encode checks the event and gives its payload as JSON.
func (e Event) encode() ([]byte, error) {
	var payload []byte
	var err error
	switch v := e.Payload.(type) {
	case []byte:
		payload = v
	case json.RawMessage:
		payload = v
	default:
		payload, err = json.Marshal(v)
	}
	switch {
	case err != nil:
	case !ValidTopic(e.Topic):
		err = fmt.Errorf("topic %q is not lower-case words joined by dots", e.Topic)
	case e.Version < 0 || e.Version > 1<<15:
		err = fmt.Errorf("version %d", e.Version)
	case len(e.Key) > maxKey:
		err = fmt.Errorf("the key has %d bytes, at most %d are allowed", len(e.Key), maxKey)
	case len(payload) > maxPayload:
		err = fmt.Errorf("the payload has %d bytes, at most %d are allowed", len(payload), maxPayload)
	case !json.Valid(payload):
		err = fmt.Errorf("the payload is not JSON")
	}
	if err != nil {
		return nil, ErrInvalid.WithCause(fmt.Errorf("event of topic %q: %w", e.Topic, err))
	}
	return payload, nil
}

func traceOf(ctx context.Context) string {
	if !telemetry.HasContext(ctx) {
		return ""
	}
	carrier := propagation.MapCarrier{}
	telemetry.Inject(ctx, carrier)
	raw, err := json.Marshal(carrier)
	if err != nil {
		return ""
	}
	return string(raw)
}

func eventOf(r db.WindowEventsRow) Event {
	return Event{
		ID: ident.From[eventKind](uuid.UUID(r.ID)), Topic: r.Topic, Version: int(r.Version), Key: r.Key,
		Payload: json.RawMessage(r.Payload), OccurredAt: r.OccurredAt.UTC(),
		Position: r.Position, WrittenAt: r.WrittenAt.UTC(), trace: r.Trace,
	}
}
