package routing

import "yingda/internal/platform/outbox"

// Changed tells that a thing of this package was made, changed or taken away; who needs more reads it.
type Changed struct {
	ID string `json:"id"`
}

// The facts this package tells.
var (
	TopicQueue = outbox.NewTopic[Changed]("routing.queue.changed", 1)
	TopicBreak = outbox.NewTopic[Changed]("routing.break.changed", 1)
)

// Topics lists them.
func Topics() []outbox.AnyTopic { return []outbox.AnyTopic{TopicQueue, TopicBreak} }

// Topics of the live connection.
const (
	QueuesLive   = "queues.changed"
	BreaksLive   = "break-reasons.changed"
	AgentsLive   = "agents.changed"        // at most once a second
	QueueFigures = "queue-figures.changed" // at most once a second
	AgentLive    = "agent"                 // to one account: what its agent does now
)
