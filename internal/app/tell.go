package app

import (
	"context"
	"fmt"

	"yingda/internal/approval"
	"yingda/internal/calendar"
	"yingda/internal/identity"
	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
	"yingda/internal/routing"
	"yingda/internal/setting"
	"yingda/internal/voice"
	"yingda/internal/voice/recording"
)

// told says which live topic open pages hear when an event is published. A page's topic is the noun of its path and
// "changed"; the page then reads what it shows, with its own permissions, so that the topic itself gives nothing away.
func told() map[string]string {
	return map[string]string{
		"notify.>": "messages.changed",

		organization.TopicCentre.Name(): "centres.changed",
		organization.TopicArea.Name():   "service-areas.changed",
		organization.TopicTeam.Name():   "teams.changed",
		organization.TopicCode.Name():   "code-tables.changed",
		organization.TopicStaff.Name():  "staff.changed",
		organization.TopicPost.Name():   "posts.changed",
		organization.TopicSkill.Name():  "skills.changed",

		approval.TopicChanged.Name(): "approvals.changed",

		identity.TopicAccount.Name():    "accounts.changed",
		identity.TopicRole.Name():       "roles.changed",
		identity.TopicRule.Name():       "duty-rules.changed",
		identity.TopicSession.Name():    "sessions.changed",
		identity.TopicAPIToken.Name():   "tokens.changed",
		identity.TopicReview.Name():     "reviews.changed",
		identity.TopicRegulation.Name(): "policies.changed",
		identity.TopicView.Name():       "saved-views.changed",

		setting.TopicValue.Name(): "settings.changed",
		setting.TopicTree.Name():  "code-trees.changed",
		setting.TopicHelp.Name():  "help.changed",

		calendar.TopicWeek.Name(): "calendar.changed",
		calendar.TopicDay.Name():  "calendar.changed",

		numbering.TopicCalled.Name():  "called-numbers.changed",
		numbering.TopicSegment.Name(): "number-segments.changed",
		numbering.TopicPorted.Name():  "ported-numbers.changed",

		recording.TopicStored.Name(): "recordings.changed",

		routing.TopicQueue.Name(): routing.QueuesLive,
		routing.TopicBreak.Name(): routing.BreaksLive,

		voice.TopicTrunk.Name():  voice.TrunksLive,
		voice.TopicPhone.Name():  voice.PhonesLive,
		voice.TopicNumber.Name(): "number-actions.changed",
		voice.TopicPrompt.Name(): "prompts.changed",
	}
}

// tellPages lets open pages hear that what they show has changed. One process of all hears each event of the bus
// and tells the pages of every process.
func (a *App) tellPages(ctx context.Context) error {
	for event, topic := range told() {
		sub, err := a.bus.Subscribe(outbox.Subject(event), "live", func(context.Context, bus.Message) { a.tell(topic) })
		if err != nil {
			return fmt.Errorf("listen for %s: %w", event, err)
		}
		if err := a.begin(ctx, lifecycle.Func("live "+event, nil, sub.Stop)); err != nil {
			return err
		}
	}
	return nil
}

// tell lets every open page know that a topic changed; pages then read what they show.
func (a *App) tell(topic string) {
	if err := a.domains.live.Broadcast(topic, struct{}{}); err != nil {
		a.log.Error("live event", "topic", topic, "error", err)
	}
}
