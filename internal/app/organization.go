package app

import (
	"context"
	"fmt"
	"strings"

	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
)

// joinOrganization makes the organisation and brings the code tables of the program into the database.
func (a *App) joinOrganization(ctx context.Context) (*organization.Service, error) {
	s := organization.New(organization.Config{Pool: a.pool, Clock: a.clock, Logger: a.log})
	if err := s.Prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare the code tables: %w", err)
	}
	return s, nil
}

// tellOrganization lets open pages hear what changed: the event organization.team.changed is told as
// teams.changed, and so on.
func (a *App) tellOrganization(ctx context.Context) error {
	topics := map[string]string{
		organization.TopicCentre.Name(): "centres.changed", organization.TopicArea.Name(): "service-areas.changed",
		organization.TopicTeam.Name(): "teams.changed", organization.TopicCode.Name(): "code-tables.changed",
		organization.TopicStaff.Name(): "staff.changed", organization.TopicPost.Name(): "posts.changed", organization.TopicSkill.Name(): "skills.changed",
	}
	prefix := outbox.Subject("")
	sub, err := a.bus.Subscribe(outbox.Subject("organization.>"), "live-organization", func(_ context.Context, m bus.Message) {
		if topic, ok := topics[strings.TrimPrefix(m.Subject, prefix)]; ok {
			a.tell(topic)
		}
		if m.Subject == outbox.Subject(organization.TopicCentre.Name()) {
			a.tell("organization.changed") // what pickers of centres listen to
		}
	})
	if err != nil {
		return fmt.Errorf("listen for changes of the organisation: %w", err)
	}
	return a.begin(ctx, lifecycle.Func("live-organization", nil, sub.Stop))
}
