package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
)

const (
	subjectForget = "identity.forget"
	flushEvery    = 20 * time.Second
	sweepEvery    = 10 * time.Minute
	// historyKept is how long attempts to sign in stay.
	historyKept = 400 * 24 * time.Hour
)

// forgetting says what processes must read again. It travels over the bus after the commit.
type forgetting struct {
	Accounts []uuid.UUID `json:"accounts,omitempty"`
	Staff    []uuid.UUID `json:"staff,omitempty"`
	All      bool        `json:"all,omitempty"`
	// Cut: sessions of these accounts have ended; live connections too.
	Cut bool `json:"cut,omitempty"`
}

func (f forgetting) matches(e *entry) bool {
	if f.All {
		return true
	}
	for _, a := range f.Accounts {
		if a == e.account {
			return true
		}
	}
	for _, st := range f.Staff {
		if st == e.staff {
			return true
		}
	}
	return false
}

// forget makes this process and all others read again, after a commit. While the bus is away the others learn
// from the outbox later, or after refreshAfter.
func (s *Service) forget(ctx context.Context, f forgetting) {
	s.forgetHere(f)
	if s.cfg.Bus == nil {
		return
	}
	data, err := json.Marshal(f)
	if err == nil {
		err = s.cfg.Bus.Publish(ctx, subjectForget, data)
	}
	if err != nil {
		s.cfg.Logger.Warn("other processes were not told of a change of rights", "error", err)
	}
}

func (s *Service) forgetHere(f forgetting) {
	s.cache.forget(f.matches, f.Cut)
	if f.Cut && s.cfg.Disconnect != nil {
		for _, a := range f.Accounts {
			s.cfg.Disconnect(a.String())
		}
	}
}

// Keeper keeps the memory of this process true and notes when sessions and tokens were used.
func (s *Service) Keeper() lifecycle.Service {
	parts := lifecycle.NewGroup("identity", s.cfg.Logger)
	if s.cfg.Bus != nil {
		parts.Add(s.listen())
	}
	parts.Add(lifecycle.NewLoop("identity-keeper", s.cfg.Logger, s.keep))
	return lifecycle.Func("identity", parts.Start, func(ctx context.Context) error {
		err := parts.Stop(ctx)
		s.flush(ctx) // what was used last
		return err
	})
}

// listen hears what other processes changed: at once, and again from the outbox.
func (s *Service) listen() lifecycle.Service {
	var mu sync.Mutex
	var open []*bus.Subscription
	stop := func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		for _, sub := range open {
			if err := sub.Stop(ctx); err != nil {
				return err
			}
		}
		open = nil
		return nil
	}
	return lifecycle.Func("identity-changes", func(ctx context.Context) error {
		for subject, hear := range map[string]func(context.Context, bus.Message){
			subjectForget: s.hearForget, outbox.Subject("identity.>"): s.hearEvent, outbox.Subject("organization.>"): s.hearEvent,
		} {
			sub, err := s.cfg.Bus.Subscribe(subject, "", hear)
			if err != nil {
				_ = stop(ctx)
				return fmt.Errorf("listen on %s: %w", subject, err)
			}
			mu.Lock()
			open = append(open, sub)
			mu.Unlock()
		}
		return nil
	}, stop)
}

func (s *Service) hearForget(_ context.Context, m bus.Message) {
	var f forgetting
	if err := json.Unmarshal(m.Data, &f); err != nil {
		f = forgetting{All: true} // a newer program's word: reading too much does no harm
	}
	s.forgetHere(f)
}

// hearEvent forgets what an event of the outbox concerns.
func (s *Service) hearEvent(_ context.Context, m bus.Message) {
	f := forgetting{All: true}
	if e, err := outbox.FromMessage(m); err == nil {
		var c Changed
		if err := e.Decode(&c); err == nil {
			f = concerned(e.Topic, c.ID)
		}
	}
	if f.All || len(f.Accounts)+len(f.Staff) > 0 {
		s.forgetHere(f)
	}
}

// concerned tells whose rights an event changes.
func concerned(topic, id string) forgetting {
	u, err := uuid.Parse(id)
	switch {
	case topic == TopicSession.Name() && err == nil:
		return forgetting{Accounts: []uuid.UUID{u}, Cut: true}
	case topic == TopicAccount.Name() && err == nil:
		return forgetting{Accounts: []uuid.UUID{u}}
	case topic == "organization.staff.changed" && err == nil:
		return forgetting{Staff: []uuid.UUID{u}}
	case topic == "organization.centre.changed", topic == "organization.area.changed", topic == TopicRole.Name():
		return forgetting{All: true}
	case strings.HasPrefix(topic, "identity."), strings.HasPrefix(topic, "organization."):
		return forgetting{} // tokens are told with their account; teams, posts, skills give no rights
	}
	return forgetting{All: true}
}

// keep notes what was used, ends what is over and wipes what is old.
func (s *Service) keep(ctx context.Context) error {
	next := s.cfg.Clock.Now()
	for {
		if err := clock.Sleep(ctx, s.cfg.Clock, flushEvery); err != nil {
			return err
		}
		s.flush(ctx)
		if now := s.cfg.Clock.Now(); !now.Before(next) {
			next = now.Add(sweepEvery)
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Logger.Warn("sessions that are over were not ended", "error", err)
			}
		}
	}
}

// flush writes down when sessions and tokens were last used and lets go of those that nobody uses.
func (s *Service) flush(ctx context.Context) {
	var sessions db.TouchSessionsParams
	var tokens db.TouchTokensParams
	var noted []func()
	now := s.cfg.Clock.Now()
	s.cache.each(func(e *entry) bool {
		v, seen := e.view.Load(), e.seen.Load()
		at := time.Unix(0, seen).UTC()
		if seen > e.written.Load() {
			if e.program {
				tokens.Ids, tokens.Seen, tokens.Addresses = append(tokens.Ids, e.id), append(tokens.Seen, at), append(tokens.Addresses, v.address)
			} else {
				sessions.Ids, sessions.Seen = append(sessions.Ids, e.id), append(sessions.Seen, at)
			}
			noted = append(noted, func() { e.written.Store(seen) })
			return false
		}
		return !now.Before(v.expires) || v.idle > 0 && now.Sub(at) >= v.idle || e.program && now.Sub(at) > time.Hour
	})
	q := db.New(s.cfg.Pool)
	var err error
	if len(sessions.Ids) > 0 {
		err = q.TouchSessions(ctx, sessions)
	}
	if len(tokens.Ids) > 0 && err == nil {
		err = q.TouchTokens(ctx, tokens)
	}
	if err != nil {
		s.cfg.Logger.Debug("use of sessions is not noted yet", "error", err)
		return
	}
	for _, note := range noted {
		note()
	}
}

// sweep ends sessions whose time is over, so that lists and the audit say so, and wipes old rows.
func (s *Service) sweep(ctx context.Context) error {
	now := s.cfg.Clock.Now()
	q := db.New(s.cfg.Pool)
	for {
		ended, err := q.EndExpiredSessions(ctx, db.EndExpiredSessionsParams{Now: now, IdleBefore: now.Add(-s.cfg.Policy().SessionIdle)})
		if err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		f := forgetting{Cut: true}
		for _, row := range ended {
			f.Accounts = append(f.Accounts, row.AccountID)
		}
		if len(ended) > 0 {
			s.forget(ctx, f)
		}
		if len(ended) < 500 {
			break
		}
	}
	if _, err := q.SweepThrottle(ctx, now.Add(-accountPauses.forget)); err != nil {
		return fmt.Errorf("wipe old failures: %w", err)
	}
	for {
		n, err := q.SweepSignIns(ctx, now.Add(-historyKept))
		if err != nil {
			return fmt.Errorf("wipe old sign-ins: %w", err)
		}
		if n < 1000 {
			return nil
		}
	}
}
