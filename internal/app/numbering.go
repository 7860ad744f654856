package app

import (
	"context"
	"fmt"
	"strings"

	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
)

// joinNumbering makes the tables of numbers; every process follows them, whatever its roles.
func (a *App) joinNumbering(ctx context.Context, units *organization.Service) (*numbering.Service, error) {
	s := numbering.New(numbering.Config{Pool: a.pool, Organization: units, Blobs: a.blobs, Clock: a.clock, Logger: a.log})
	a.monitor.Register(s.Health())
	return s, a.begin(ctx, s.Follower())
}

// tellNumbering lets open pages hear what changed: numbering.called.changed is told as called-numbers.changed,
// and so on.
func (a *App) tellNumbering(ctx context.Context) error {
	topics := map[string]string{
		numbering.TopicCalled.Name(): "called-numbers.changed", numbering.TopicSegment.Name(): "number-segments.changed",
		numbering.TopicPorted.Name(): "ported-numbers.changed",
	}
	prefix := outbox.Subject("")
	sub, err := a.bus.Subscribe(outbox.Subject("numbering.>"), "live-numbering", func(_ context.Context, m bus.Message) {
		if topic, ok := topics[strings.TrimPrefix(m.Subject, prefix)]; ok {
			a.tell(topic)
		}
	})
	if err != nil {
		return fmt.Errorf("listen for changes of numbers: %w", err)
	}
	return a.begin(ctx, lifecycle.Func("live-numbering", nil, sub.Stop))
}
