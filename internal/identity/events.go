package identity

import (
	"slices"

	"yingda/internal/platform/outbox"
)

// Changed names what changed; readers ask for the rest.
type Changed struct {
	ID string `json:"id"`
}

// The facts this package tells.
var (
	TopicAccount  = outbox.NewTopic[Changed]("identity.account.changed", 1)
	TopicRole     = outbox.NewTopic[Changed]("identity.role.changed", 1)
	TopicRule     = outbox.NewTopic[Changed]("identity.duty_rule.changed", 1)
	TopicSession  = outbox.NewTopic[Changed]("identity.session.changed", 1) // id of the account
	TopicAPIToken = outbox.NewTopic[Changed]("identity.api_token.changed", 1)
)

// Topics lists them.
func Topics() []outbox.AnyTopic {
	return slices.Concat(coreTopics(), controlTopics(), []outbox.AnyTopic{TopicView})
}

func coreTopics() []outbox.AnyTopic {
	return []outbox.AnyTopic{TopicAccount, TopicRole, TopicRule, TopicSession, TopicAPIToken}
}
