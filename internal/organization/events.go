package organization

import "yingda/internal/platform/outbox"

// Changed tells that a thing of this package was made, changed or closed; who needs more reads it.
type Changed struct {
	ID string `json:"id"` // of a code table: its code
}

// The facts this package tells.
var (
	TopicCentre = outbox.NewTopic[Changed]("organization.centre.changed", 1)
	TopicArea   = outbox.NewTopic[Changed]("organization.area.changed", 1)
	TopicTeam   = outbox.NewTopic[Changed]("organization.team.changed", 1)
	TopicStaff  = outbox.NewTopic[Changed]("organization.staff.changed", 1)
	TopicPost   = outbox.NewTopic[Changed]("organization.post.changed", 1)
	TopicSkill  = outbox.NewTopic[Changed]("organization.skill.changed", 1)
	TopicCode   = outbox.NewTopic[Changed]("organization.code_table.changed", 1)
)

// Topics lists them.
func Topics() []outbox.AnyTopic {
	return []outbox.AnyTopic{TopicCentre, TopicArea, TopicTeam, TopicStaff, TopicPost, TopicSkill, TopicCode}
}
