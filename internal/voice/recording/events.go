package recording

import "yingda/internal/platform/outbox"

// Stored tells that a recording can be heard.
type Stored struct {
	ID         string `json:"id"`
	CallID     string `json:"call_id"`
	DurationMS int64  `json:"duration_ms"`
}

// TopicStored is the fact this package tells.
var TopicStored = outbox.NewTopic[Stored]("voice.recording.stored", 1)

// Topics lists them.
func Topics() []outbox.AnyTopic { return []outbox.AnyTopic{TopicStored} }
