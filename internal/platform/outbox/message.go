package outbox

import (
	"encoding/json"
	"fmt"
	"time"

	"yingda/internal/platform/bus"
)

const (
	// StreamName is the durable stream of all events for those outside the database.
	StreamName = "events"
	// subjectPrefix and the topic make the subject.
	subjectPrefix = "event."
)

// envelope is an event as it stands in the stream. Fields are only ever added.
type envelope struct {
	ID         EventID         `json:"id"`
	Topic      string          `json:"topic"`
	Version    int             `json:"version"`
	Key        string          `json:"key"`
	Position   int64           `json:"position"`
	OccurredAt time.Time       `json:"occurred_at"`
	WrittenAt  time.Time       `json:"written_at"`
	Payload    json.RawMessage `json:"payload"`
}

// Subject gives the stream's subject for a topic, for those who follow a part of the stream.
func Subject(topic string) string { return subjectPrefix + topic }

// FromMessage reads an event from a message of the stream. Deliveries are at least once: the same event may
// stand in the stream twice, with the same id. Events of one key stand in order; Position tells the order
// of writing.
func FromMessage(m bus.Message) (Event, error) {
	var v envelope
	if err := json.Unmarshal(m.Data, &v); err != nil {
		return Event{}, fmt.Errorf("message %d of stream %s: %w", m.Sequence, StreamName, err)
	}
	return Event{
		ID: v.ID, Topic: v.Topic, Version: v.Version, Key: v.Key, Payload: v.Payload,
		OccurredAt: v.OccurredAt, Position: v.Position, WrittenAt: v.WrittenAt,
	}, nil
}

func (e Event) message() ([]byte, error) {
	raw, ok := e.Payload.(json.RawMessage)
	if !ok {
		return nil, fmt.Errorf("event %s was not read from the outbox", e.ID)
	}
	return json.Marshal(envelope{
		ID: e.ID, Topic: e.Topic, Version: e.Version, Key: e.Key, Payload: raw,
		OccurredAt: e.OccurredAt, Position: e.Position, WrittenAt: e.WrittenAt,
	})
}
