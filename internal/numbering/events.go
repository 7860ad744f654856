package numbering

import "yingda/internal/platform/outbox"

// Changed tells that a thing of this package was made, changed or taken away; who needs more reads it.
type Changed struct {
	ID string `json:"id"` // of a version of segments: its number
}

// The facts this package tells.
var (
	TopicCalled  = outbox.NewTopic[Changed]("numbering.called.changed", 1)
	TopicSegment = outbox.NewTopic[Changed]("numbering.segment_version.changed", 1)
	TopicPorted  = outbox.NewTopic[Changed]("numbering.ported.changed", 1)
)

// Topics lists them.
func Topics() []outbox.AnyTopic { return []outbox.AnyTopic{TopicCalled, TopicSegment, TopicPorted} }
