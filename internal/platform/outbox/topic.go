package outbox

import (
	"fmt"
	"reflect"
	"time"
)

// Topic is the declaration of one kind of fact with the type of its payload. A domain declares its topics
// in events.go and keeps their JSON Schemas under testdata with outboxtest.Golden.
//
// A payload only grows: fields may be added. What removes or retypes a field is a new topic, because old
// events are still read by new programs and new ones by old programs.
type Topic[T any] struct {
	name    string
	version int
}

// AnyTopic is a Topic of some payload type, for lists.
type AnyTopic interface {
	Name() string
	Version() int
	PayloadType() reflect.Type
}

// NewTopic declares a topic. It panics on a name that ValidTopic refuses: a fault of start-up.
func NewTopic[T any](name string, version int) Topic[T] {
	if !ValidTopic(name) || version < 1 {
		panic(fmt.Sprintf("outbox: topic %q version %d", name, version))
	}
	return Topic[T]{name: name, version: version}
}

// Name is the name given.
func (t Topic[T]) Name() string { return t.name }

// Version is the newest version of the payload, the one that is written.
func (t Topic[T]) Version() int { return t.version }

// PayloadType is T.
func (t Topic[T]) PayloadType() reflect.Type { return reflect.TypeFor[T]() }

// Event makes an event for Write.
func (t Topic[T]) Event(key string, occurredAt time.Time, payload T) Event {
	return Event{Topic: t.name, Version: t.version, Key: key, Payload: payload, OccurredAt: occurredAt}
}

// Decode reads the payload of an event of this topic.
func (t Topic[T]) Decode(e Event) (T, error) {
	var v T
	if e.Topic != t.name {
		return v, fmt.Errorf("event %s is of topic %s, not %s", e.ID, e.Topic, t.name)
	}
	return v, e.Decode(&v)
}
