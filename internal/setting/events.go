package setting

import "yingda/internal/platform/outbox"

// Changed tells that something of this package changed; who needs more reads it.
type Changed struct {
	ID string `json:"id"` // key@centre; of a code tree its key, of a help text its key
}

// The facts this package tells.
var (
	TopicValue = outbox.NewTopic[Changed]("setting.value.changed", 1)
	TopicTree  = outbox.NewTopic[Changed]("setting.code_tree.changed", 1)
	TopicHelp  = outbox.NewTopic[Changed]("setting.help.changed", 1)
)

// Topics lists them.
func Topics() []outbox.AnyTopic { return []outbox.AnyTopic{TopicValue, TopicTree, TopicHelp} }
