package notify

import "yingda/internal/platform/outbox"

// Outcome is what the events of a message tell: no address, no text.
type Outcome struct {
	MessageID string  `json:"message_id"`
	Channel   Channel `json:"channel"`
	Purpose   string  `json:"purpose"`
	State     State   `json:"state"` // sent, failed or unknown
	Attempts  int     `json:"attempts"`
	ErrorCode string  `json:"error_code"` // empty when sent
}

// The facts this package tells. Failed includes messages whose outcome is unknown.
var (
	TopicSent   = outbox.NewTopic[Outcome]("notify.message_sent", 1)
	TopicFailed = outbox.NewTopic[Outcome]("notify.message_failed", 1)
)

// Topics lists them.
func Topics() []outbox.AnyTopic { return []outbox.AnyTopic{TopicSent, TopicFailed} }
