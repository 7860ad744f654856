package report

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// Faults of this package.
var (
	ErrNoReport = fault.New(fault.NotFound, "report.no_such_report", "there is no such report").
			WithRemedy("open the list of reports")
	ErrNoCentre = fault.New(fault.NotFound, "report.no_such_centre", "there is no such centre, or it is none of yours").
			WithRemedy("choose a centre from the list")
)

// Config is what the service needs. Pool and Organization are required.
type Config struct {
	Pool         *pgxpool.Pool
	Organization *organization.Service
	Clock        clock.Clock
	Logger       *slog.Logger
}

// Service makes reports.
type Service struct{ cfg Config }

// New makes the service. It reads nothing yet.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	return &Service{cfg: cfg}
}

// Definitions lists the reports.
func (s *Service) Definitions(ctx context.Context) ([]Definition, error) {
	if _, err := actor.Allow(ctx, Read); err != nil {
		return nil, err
	}
	return Definitions(), nil
}

// Make makes a report. Errors: [ErrNoReport], [ErrNoCentre], and report.wrong_query with every wrong field.
func (s *Service) Make(ctx context.Context, id ID, q Query) (Result, error) {
	scope, err := actor.Allow(ctx, Read)
	if err != nil {
		return Result{}, err
	}
	return s.run(ctx, scope, id, q)
}

// run makes a report of a scope.
func (s *Service) run(ctx context.Context, scope actor.Scope, id ID, q Query) (Result, error) {
	d, ok := definition(id)
	if !ok {
		return Result{}, ErrNoReport
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return Result{}, err
	}
	zone, under, err := s.where(tree, scope, q.Centre)
	if err != nil {
		return Result{}, err
	}
	now := s.cfg.Clock.Now()
	p, err := q.period(now, zone)
	if err != nil {
		return Result{}, err
	}
	a := &asked{
		cut:   cut{Period: p, national: scope.IsNational(), centres: scope.Centres(), under: under, queue: q.Queue, team: q.Team, simulated: q.Simulated},
		rules: q.rules(), now: now,
	}
	if len(d.Grains) > 0 {
		a.grain = cmp.Or(q.Grain, pick(p.Days == 1, HalfHour, Day))
	}
	tables, err := s.build(ctx, id, a)
	if err != nil {
		return Result{}, err
	}
	return Result{
		ID: id, Name: d.Name, First: p.First, Last: p.Last, From: p.From.UTC(), Until: p.To.UTC(), Zone: zone.String(), Days: p.Days, Grain: a.grain,
		MadeAt: now.UTC(), Rules: rulesOf(q.Preset, a.rules), Simulated: q.Simulated, Open: a.open, Tables: tables,
	}, nil
}

// where gives the clock of the centre asked for, and the centre with those below it; without one the nation's clock.
func (s *Service) where(tree *organization.Tree, scope actor.Scope, id organization.CentreID) (*time.Location, []uuid.UUID, error) {
	if id == (organization.CentreID{}) {
		root, _ := tree.Root()
		return zoneOf(root.TimeZone), nil, nil
	}
	centre, ok := tree.Centre(id)
	if !ok || !scope.IsNational() && !scope.Covers(id.UUID()) {
		return nil, nil, ErrNoCentre
	}
	under := []uuid.UUID{}
	for _, c := range tree.Below(id) {
		under = append(under, c.UUID())
	}
	return zoneOf(centre.TimeZone), under, nil
}

// zoneOf gives the zone of a name that the organisation has checked; China's for none.
func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(cmp.Or(name, "Asia/Shanghai")); err == nil {
		return zone
	}
	return time.UTC
}
