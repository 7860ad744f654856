package calendar

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/calendar/internal/db"
	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
	"yingda/internal/setting"
)

// Config is what the service needs. Pool and Organization are required.
type Config struct {
	Pool         *pgxpool.Pool
	Organization *organization.Service
	Settings     setting.Reader // nil: defaults
	Clock        clock.Clock
	Logger       *slog.Logger
}

// Service knows calendars.
type Service struct {
	cfg        Config
	snapshot   atomic.Pointer[snapshot]
	refreshing sync.Mutex
}

// snapshot is what all centres say, at one revision. The calendars in it are made when first asked for.
type snapshot struct {
	revision int64
	tree     *organization.Tree
	weeks    map[organization.CentreID][]Week
	days     map[organization.CentreID][]Day
	merged   sync.Map // of organization.CentreID to *worktime.Calendar
}

// New makes the service. It reads nothing yet.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	return &Service{cfg: cfg}
}

func idOf[K any](_ ident.ID[K], id uuid.UUID) ident.ID[K] { return ident.From[K](id) }

// Refresh brings this process's snapshot up to date. On an error the last one stays.
// Unchecked: it shows nothing to anybody; the process does it for itself.
func (s *Service) Refresh(ctx context.Context) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	q := db.New(s.cfg.Pool)
	revision, err := q.Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the revision of calendars: %w", err)
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return err
	}
	if old := s.snapshot.Load(); old != nil && old.revision == revision && old.tree == tree {
		return nil
	}
	// Rows may be newer than the revision read before them; then it is found to have grown, and they are read again.
	next := &snapshot{revision: revision, tree: tree, weeks: map[organization.CentreID][]Week{}, days: map[organization.CentreID][]Day{}}
	weeks, err := q.Weeks(ctx)
	if err != nil {
		return fmt.Errorf("read working weeks: %w", err)
	}
	for _, r := range weeks {
		w, err := weekOf(r)
		if err != nil {
			return err
		}
		next.weeks[w.Centre] = append(next.weeks[w.Centre], w)
	}
	days, err := q.Days(ctx)
	if err != nil {
		return fmt.Errorf("read special days: %w", err)
	}
	for _, r := range days {
		d, err := exceptionOf(r)
		if err != nil {
			return err
		}
		next.days[d.Centre] = append(next.days[d.Centre], d)
	}
	s.snapshot.Store(next)
	return nil
}

// Of gives the calendar that holds at a centre, from this process's snapshot. Errors: calendar.no_such_centre.
// Unchecked: when a centre works is no secret inside the house; clocks of all domains reckon with it.
func (s *Service) Of(ctx context.Context, centre organization.CentreID) (*worktime.Calendar, error) {
	snap := s.snapshot.Load()
	if snap == nil {
		if err := s.Refresh(ctx); err != nil {
			return nil, err
		}
		snap = s.snapshot.Load()
	}
	if c, ok := snap.merged.Load(centre); ok {
		return c.(*worktime.Calendar), nil
	}
	path := snap.tree.Path(centre)
	if len(path) == 0 {
		return nil, ErrNoCentre
	}
	c, err := merge(path, snap.weeks, snap.days)
	if err != nil {
		return nil, fmt.Errorf("calendar of %s: %w", path[len(path)-1].Code, err)
	}
	kept, _ := snap.merged.LoadOrStore(centre, c)
	return kept.(*worktime.Calendar), nil
}

// followEvery is how often a process looks for changes unasked.
const followEvery = 2 * time.Second

// Follower keeps this process's snapshot up to date until stopped: at once by wake-ups of the bus (nil: none), and by
// looking every two seconds. Its start reads the first snapshot and fails when it cannot.
func (s *Service) Follower(b *bus.Bus) lifecycle.Service {
	g := lifecycle.NewGroup("calendars", s.cfg.Logger, lifecycle.Func("calendars-first-look", s.Refresh, nil))
	wake := make(chan struct{}, 1)
	if b != nil {
		var sub *bus.Subscription
		g.Add(lifecycle.Func("calendars-wake-ups",
			func(context.Context) (err error) {
				sub, err = b.Subscribe(outbox.Subject("calendar.>"), "", func(context.Context, bus.Message) {
					select {
					case wake <- struct{}{}:
					default:
					}
				})
				return err
			},
			func(ctx context.Context) error { return sub.Stop(ctx) }))
	}
	g.Add(lifecycle.NewLoop("calendars-follower", s.cfg.Logger, func(ctx context.Context) error { return s.follow(ctx, wake) }))
	return g
}

func (s *Service) follow(ctx context.Context, wake <-chan struct{}) error {
	for {
		t := s.cfg.Clock.NewTimer(followEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-wake:
		case <-t.C():
		}
		t.Stop()
		if err := s.lookAgain(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Logger.WarnContext(ctx, "calendars go on with an older snapshot", "error", err)
		}
	}
}

func (s *Service) lookAgain(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return s.Refresh(bounded)
}

// at gives the path of a centre in scope; for reading also of one above something in scope, because what holds there holds
// below. A zero centre is the actor's own.
func (s *Service) at(ctx context.Context, scope actor.Scope, centre organization.CentreID, reading bool) ([]organization.Centre, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, err
	}
	if centre.IsZero() {
		if a := actor.From(ctx); a != nil && a.Centre != uuid.Nil {
			centre = idOf(organization.CentreID{}, a.Centre)
		} else if root, ok := tree.Root(); ok {
			centre = root.ID
		}
	}
	path := tree.Path(centre)
	if len(path) == 0 {
		return nil, ErrNoCentre
	}
	above := func(id organization.CentreID) bool { return scope.Covers(id.UUID()) }
	if above(centre) || reading && slices.ContainsFunc(tree.Below(centre), above) {
		return path, nil
	}
	return nil, ErrNoCentre
}

// who names the actor for the row that is changed, as colleagues are shown it.
func who(ctx context.Context) string {
	a := actor.From(ctx)
	switch {
	case a == nil:
		return ""
	case a.Number == "":
		return a.Name
	}
	return a.Number + " " + a.Name
}

// change is what is told about something that was done.
type change struct {
	act     string // "calendar.week.create"
	kind    string
	id      string
	label   string
	centre  organization.Centre
	reason  string
	changes []audit.Change
	topic   outbox.Topic[Changed]
}

// record takes the turn of this transaction and writes the audit entry and the event of a change into it.
func (s *Service) record(ctx context.Context, tx pgx.Tx, list ...change) error {
	if _, err := db.New(tx).Touch(ctx); err != nil {
		return fmt.Errorf("mark calendars as changed: %w", err)
	}
	now := s.cfg.Clock.Now()
	events, entries := make([]outbox.Event, len(list)), make([]audit.Entry, len(list))
	for i, c := range list {
		events[i], entries[i] = c.topic.Event(c.id, now, Changed{ID: c.id}), c.entry()
	}
	if err := outbox.Write(ctx, tx, events...); err != nil {
		return fmt.Errorf("tell of calendars: %w", err)
	}
	return audit.Write(ctx, tx, now, entries...)
}

func (c change) entry() audit.Entry {
	return audit.Entry{
		Action: c.act, Object: audit.Object{Kind: c.kind, ID: c.id, Label: c.label}, Centre: c.centre.ID.UUID(),
		Province: c.centre.Province, City: c.centre.City, Reason: c.reason, Changes: c.changes,
	}
}

// caughtUp lets this process see its own change at once; if that fails the follower sees it soon.
func (s *Service) caughtUp(ctx context.Context) {
	if err := s.lookAgain(ctx); err != nil {
		s.cfg.Logger.WarnContext(ctx, "calendars are read again later", "error", err)
	}
}
