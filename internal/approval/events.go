package approval

import "yingda/internal/platform/outbox"

// Changed tells that something about a request changed.
type Changed struct {
	ID string `json:"id"`
}

// TopicChanged is told of each change of a request: asked, decided, closed, reminded, remarked.
var TopicChanged = outbox.NewTopic[Changed]("approval.request.changed", 1)

// Topics lists the facts of this package.
func Topics() []outbox.AnyTopic { return []outbox.AnyTopic{TopicChanged} }
