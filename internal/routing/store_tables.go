package routing

import (
	"context"
	"encoding/json"
	"fmt"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
)

// changedSubject tells other processes that the tables were changed, so that they need not wait for their next look.
const changedSubject = "routing.tables.changed"

// helloSubject is where clients are heard by routers that do not lead.
const helloSubject = "routing.hello"

// Follower keeps the tables in memory as the database has them, until stopped: it looks every second, and at once when
// another process says that it changed something.
func (s *Service) Follower() lifecycle.Service {
	return lifecycle.NewLoop("routing-tables", s.cfg.Logger, func(ctx context.Context) error {
		wake := make(chan struct{}, 1)
		sub, err := s.cfg.Bus.Subscribe(changedSubject, "", func(context.Context, bus.Message) { signal(wake) })
		if err != nil {
			return fmt.Errorf("listen for changes of queues: %w", err)
		}
		defer func() { _ = sub.Stop(context.WithoutCancel(ctx)) }()
		timer := s.cfg.Clock.NewTimer(s.cfg.Follow)
		defer timer.Stop()
		for {
			if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Logger.WarnContext(ctx, "queues stay as they are", "error", err)
			}
			timer.Reset(s.cfg.Follow)
			select {
			case <-ctx.Done():
				return nil
			case <-wake:
			case <-timer.C():
			}
		}
	})
}

// Gatherer follows who is signed in and which nodes live, until stopped. Every process runs one.
func (s *Service) Gatherer() lifecycle.Service {
	var stops []func(context.Context)
	return lifecycle.Func("routing-gatherer", func(context.Context) error {
		end, err := s.roster.follow(s.cfg.Bus, s.cfg.Logger)
		if err != nil {
			return fmt.Errorf("follow who is signed in: %w", err)
		}
		stops = append(stops, end)
		sub, err := s.cfg.Bus.Subscribe(helloSubject, "", func(_ context.Context, m bus.Message) {
			var u up
			if json.Unmarshal(m.Data, &u) == nil {
				s.heardOf(u.Node, u.Bye)
			}
		})
		if err != nil {
			return fmt.Errorf("listen for nodes: %w", err)
		}
		stops = append(stops, func(ctx context.Context) { _ = sub.Stop(ctx) })
		return nil
	}, func(ctx context.Context) error {
		for _, stop := range stops {
			stop(ctx)
		}
		return nil
	})
}

// Refresh brings the tables in memory up to date.
//
// Unchecked: it is the program's own upkeep and gives nothing to anybody.
func (s *Service) Refresh(ctx context.Context) error { return s.refresh(ctx) }

// refreshSoon brings this process up to date after a change of its own, and wakes the others.
func (s *Service) refreshSoon(ctx context.Context) {
	if err := s.refresh(ctx); err != nil {
		s.cfg.Logger.WarnContext(ctx, "queues follow later", "error", err)
	}
	// Who does not hear it looks within a second.
	_ = s.cfg.Bus.Publish(context.WithoutCancel(ctx), changedSubject, nil)
}

func (s *Service) refresh(ctx context.Context) error {
	if s.cfg.Fixed != nil || s.cfg.Pool == nil {
		return nil
	}
	s.load.Lock()
	defer s.load.Unlock()
	old := s.tables.Load()
	next, err := readTables(ctx, s.cfg.Pool)
	if err != nil {
		return err
	}
	if next.At = s.cfg.Clock.Now(); old.Loaded && old.revision == next.revision {
		same := *old
		same.At = next.At
		next = &same
	}
	s.tables.Store(next)
	return nil
}
