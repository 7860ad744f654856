package voice

import "yingda/internal/platform/outbox"

// Changed tells that a thing of this package was made, changed or taken away; who needs more reads it.
type Changed struct {
	ID string `json:"id"`
}

// The facts this package tells.
var (
	TopicTrunk  = outbox.NewTopic[Changed]("voice.trunk.changed", 1) // also of a group: its id
	TopicPhone  = outbox.NewTopic[Changed]("voice.phone.changed", 1)
	TopicNumber = outbox.NewTopic[Changed]("voice.number.changed", 1)
	TopicPrompt = outbox.NewTopic[Changed]("voice.prompt.changed", 1)
)

// Topics lists them.
func Topics() []outbox.AnyTopic {
	return []outbox.AnyTopic{TopicTrunk, TopicPhone, TopicNumber, TopicPrompt}
}

// Topics of the live connection that this package tells by itself; the others follow from the facts above.
const (
	LiveTopic  = "live-calls.changed"
	PhonesLive = "phones.changed"
	TrunksLive = "trunks.changed"
	CallsLive  = "calls.changed"
)
