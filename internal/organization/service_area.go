package organization

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// AreaFilter selects service areas; zero values select all.
type AreaFilter struct {
	Centre   CentreID
	Service  string
	Selector Selector
	Ended    bool // those that have ended too
}

// SeenArea is a service area with its centre and the other areas that it overlaps.
type SeenArea struct {
	Area
	CentreName string
	Overlaps   []string // names of the other centres, as a problem to solve
}

// Areas gives the service areas of the centres that the asker may see, ordered by service, selector and value.
func (s *Service) Areas(ctx context.Context, f AreaFilter) ([]SeenArea, error) {
	scope, err := actor.Allow(ctx, AreaRead)
	if err != nil {
		return nil, err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Clock.Now()
	var list []Area
	for _, a := range t.Areas() {
		ended := a.ValidUntil != nil && !now.Before(*a.ValidUntil)
		if scope.Covers(a.Centre.UUID()) && (f.Ended || !ended) && (f.Centre.IsZero() || f.Centre == a.Centre) &&
			(f.Service == "" || f.Service == a.Service) && (f.Selector == "" || f.Selector == a.Selector) {
			list = append(list, a)
		}
	}
	sortAreas(list)
	return t.see(list, scope), nil
}

// Area gives one service area. Errors: [ErrNoArea].
func (s *Service) Area(ctx context.Context, id AreaID) (SeenArea, error) {
	scope, err := actor.Allow(ctx, AreaRead)
	if err != nil {
		return SeenArea{}, err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return SeenArea{}, err
	}
	a, ok := t.area(id)
	if !ok || !scope.Covers(a.Centre.UUID()) {
		return SeenArea{}, ErrNoArea
	}
	return t.see([]Area{a}, scope)[0], nil
}

// see adds names and overlaps. A centre outside of the scope is told as "" and named nowhere.
func (t *Tree) see(list []Area, scope actor.Scope) []SeenArea {
	others := map[AreaID][]string{}
	name := func(id CentreID) string {
		c, _ := t.Centre(id)
		if !scope.Covers(id.UUID()) {
			return ""
		}
		return c.Name
	}
	for _, o := range Overlaps(t.Areas()) {
		others[o.First.ID] = append(others[o.First.ID], name(o.Second.Centre))
		others[o.Second.ID] = append(others[o.Second.ID], name(o.First.Centre))
	}
	seen := make([]SeenArea, len(list))
	for i, a := range list {
		seen[i] = SeenArea{Area: a, CentreName: name(a.Centre), Overlaps: others[a.ID]}
		if seen[i].Overlaps == nil {
			seen[i].Overlaps = []string{}
		}
	}
	return seen
}

// Explain answers who serves, and why, for what a person asks; programs ask [Tree.Serve]. The answer is not cut
// by the asker's scope: every centre must be able to tell a customer who is in charge.
func (s *Service) Explain(ctx context.Context, q Query) (Centre, Why, bool, error) {
	if _, err := actor.Allow(ctx, AreaRead); err != nil {
		return Centre{}, Why{}, false, err
	}
	var f fault.Fields
	f.Check(q.Service != "", "query.service", fieldRequired, "is missing")
	for _, v := range []struct{ at, value string }{{"query.called", q.Called}, {"query.area_code", q.AreaCode}, {"query.city", q.City}, {"query.province", q.Province}} {
		for _, r := range digits(v.value) {
			if r < '0' || r > '9' {
				f.Add(v.at, fieldFormat, "has something else than digits")
				break
			}
		}
	}
	if err := f.Err("organization.invalid_query", "it cannot be asked like this"); err != nil {
		return Centre{}, Why{}, false, err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return Centre{}, Why{}, false, err
	}
	if q.At.IsZero() {
		q.At = s.cfg.Clock.Now()
	}
	c, why, ok := t.Serve(q)
	return c, why, ok, nil
}

// CreateArea makes a service area in tx, or in a transaction of its own. The centre must be one that the asker
// may edit, and the place one in which such centres stand (see the package comment), because the area widens what the
// centre's people may see. Errors: the
// fields that are wrong, [ErrNoCentre], [ErrCentreClosed].
func (s *Service) CreateArea(ctx context.Context, tx pgx.Tx, e AreaSpec) (Area, error) {
	scope, err := actor.Allow(ctx, AreaEdit)
	if err != nil {
		return Area{}, err
	}
	var made Area
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.holdTree(ctx, tx); err != nil {
			return err
		}
		t, err := s.treeIn(ctx, tx)
		if err != nil {
			return err
		}
		made, err = s.newArea(ctx, tx, t, scope, e)
		return err
	})
	return made, err
}

// newArea checks and writes an area into a tree that the transaction holds.
func (s *Service) newArea(ctx context.Context, tx pgx.Tx, t *Tree, scope actor.Scope, e AreaSpec) (Area, error) {
	a, err := s.checkedArea(ctx, t, scope, Area{ID: ident.New[areaKind](), Version: 1, ValidFrom: s.cfg.Clock.Now()}, e)
	if err != nil {
		return Area{}, err
	}
	if err := insertArea(ctx, tx, a); err != nil {
		return Area{}, err
	}
	return a, s.recordArea(ctx, tx, t, "area.create", Area{}, a)
}

// checkedArea gives old with what e sets, if all of it may be.
func (s *Service) checkedArea(ctx context.Context, t *Tree, scope actor.Scope, old Area, e AreaSpec) (Area, error) {
	services, err := s.Codes(ctx, TableService)
	if err != nil {
		return Area{}, err
	}
	if e, err = e.normalise(old.ValidFrom, services, t.places); err != nil {
		return Area{}, err
	}
	c, ok := t.Centre(e.Centre)
	if !ok || !scope.Covers(e.Centre.UUID()) {
		return Area{}, ErrNoCentre
	}
	if c.State == Closed && old.Centre != e.Centre {
		return Area{}, ErrCentreClosed
	}
	a := old
	a.Centre, a.Service, a.Selector, a.Value, a.Note = e.Centre, e.Service, e.Selector, e.Value, e.Note
	a.ValidFrom, a.ValidUntil = *e.ValidFrom, e.ValidUntil
	if !t.ownsArea(scope, a) {
		return Area{}, errOutsidePlace("body.value")
	}
	a.UpdatedAt, a.UpdatedBy = s.cfg.Clock.Now(), who(ctx)
	return a, nil
}

// ownsArea tells whether all customers of the area live where the asker's centres stand.
func (t *Tree) ownsArea(scope actor.Scope, a Area) bool {
	switch a.Selector {
	case ByCity:
		return t.owns(scope, t.places.ProvinceOf(a.Value), a.Value)
	case ByAreaCode:
		for _, city := range t.places.CitiesOf(a.Value) {
			if !t.owns(scope, t.places.ProvinceOf(city), city) {
				return false
			}
		}
		return true
	case ByProvince:
		return t.owns(scope, a.Value, "")
	case ByNation:
		return scope.IsNational()
	case ByCalled, ByCalledPrefix: // says who answers, and shows nobody's data
		return true
	}
	return false
}

// UpdateArea sets all of a service area. Errors: [ErrNoArea], [ErrChangedMeanwhile], those of CreateArea.
func (s *Service) UpdateArea(ctx context.Context, id AreaID, version int, e AreaSpec) (Area, error) {
	scope, err := actor.Allow(ctx, AreaEdit)
	if err != nil {
		return Area{}, err
	}
	return s.changeArea(ctx, nil, scope, id, version, "area.update", func(t *Tree, old Area) (Area, error) {
		return s.checkedArea(ctx, t, scope, old, e)
	})
}

// EndArea lets a service area end now; one that has not begun never does. Errors: [ErrNoArea], [ErrChangedMeanwhile].
func (s *Service) EndArea(ctx context.Context, id AreaID, version int) (Area, error) {
	scope, err := actor.Allow(ctx, AreaEdit)
	if err != nil {
		return Area{}, err
	}
	return s.changeArea(ctx, nil, scope, id, version, "area.end", func(_ *Tree, old Area) (Area, error) {
		now := s.cfg.Clock.Now()
		if old.ValidUntil != nil && !old.ValidUntil.After(now) {
			return old, nil
		}
		if !now.After(old.ValidFrom) { // it has not begun: it held for the smallest time that the database knows
			old.ValidFrom = now.Add(-time.Microsecond)
		}
		old.ValidUntil, old.UpdatedAt, old.UpdatedBy = &now, now, who(ctx)
		return old, nil
	})
}

func (s *Service) changeArea(ctx context.Context, tx pgx.Tx, scope actor.Scope, id AreaID, version int, act string, decide func(*Tree, Area) (Area, error)) (Area, error) {
	var next Area
	err := s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.holdTree(ctx, tx); err != nil {
			return err
		}
		t, err := s.treeIn(ctx, tx)
		if err != nil {
			return err
		}
		next, err = s.changedArea(ctx, tx, t, scope, id, version, act, decide)
		return err
	})
	return next, err
}

// changedArea changes one area in a tree that the transaction holds.
func (s *Service) changedArea(ctx context.Context, tx pgx.Tx, t *Tree, scope actor.Scope, id AreaID, version int, act string, decide func(*Tree, Area) (Area, error)) (Area, error) {
	old, ok := t.area(id)
	if !ok || !scope.Covers(old.Centre.UUID()) {
		return Area{}, ErrNoArea
	}
	if old.Version != version {
		return Area{}, changedMeanwhile("the service area", old.UpdatedBy, old.UpdatedAt)
	}
	next, err := decide(t, old)
	if err != nil {
		return Area{}, err
	}
	if len(audit.Diff(old, next)) == 0 {
		return old, nil
	}
	next.Version = old.Version + 1
	if err := saveArea(ctx, tx, next); err != nil {
		return Area{}, err
	}
	return next, s.recordArea(ctx, tx, t, act, old, next)
}

func (t *Tree) area(id AreaID) (Area, bool) {
	for _, a := range t.areas {
		if a.ID == id {
			return a, true
		}
	}
	return Area{}, false
}

func (s *Service) recordArea(ctx context.Context, tx pgx.Tx, t *Tree, act string, old, next Area) error {
	c, _ := t.Centre(next.Centre)
	changes := audit.Diff(old, next)
	if old.ID.IsZero() {
		changes = audit.Diff(nil, next)
	}
	return s.record(ctx, tx, change{
		act: act, topic: TopicArea, id: next.ID.String(), label: c.Name + " " + next.Service + " " + string(next.Selector) + " " + next.Value,
		centre: next.Centre.UUID(), province: c.Province, city: c.City, changes: changes,
	})
}
