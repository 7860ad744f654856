package organization

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// Tree gives the organisation as it is now; see the package comment for how old it may be. It is for programs
// is cut for people by [Service.FindCentres].
//
// Unchecked: where a permission holds is worked out from it, before anybody could be asked.
func (s *Service) Tree(ctx context.Context) (*Tree, error) { return s.tree.get(ctx) }

// NewestTree is [Service.Tree] for what is remembered longer than the tree itself, such as the grants of a session: it
// asks the database each time, and gives the last tree while that is away.
//
// Unchecked: as Tree.
func (s *Service) NewestTree(ctx context.Context) (*Tree, error) { return s.tree.newest(ctx) }

// errOutsidePlace refuses to reach, by the place of a centre or area, for customers outside of one's own scope.
func errOutsidePlace(location string) error {
	return fault.New(fault.Denied, "organization.place_out_of_scope", "the place lies outside of the part of the country that you may change").
		WithRemedy("ask somebody of a higher level").
		WithFields(fault.Field{Location: location, Code: "organization.place_out_of_scope", Message: "lies outside of your part of the country"})
}

// CentreFilter selects centres; zero values select all.
type CentreFilter struct {
	Level    Level
	State    State
	Province string
	Find     string // in name or code
}

// FindCentres gives the centres of the filter that the asker may see, parents before children.
func (s *Service) FindCentres(ctx context.Context, f CentreFilter) ([]Centre, error) {
	scope, err := actor.Allow(ctx, CentreRead)
	if err != nil {
		return nil, err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	find := strings.ToLower(trim(f.Find))
	seen := make([]Centre, 0, len(t.Centres()))
	for _, c := range t.Centres() {
		if scope.Covers(c.ID.UUID()) && (f.Level == "" || f.Level == c.Level) && (f.State == "" || f.State == c.State) &&
			(f.Province == "" || f.Province == c.Province) && (find == "" || strings.Contains(strings.ToLower(c.Code+" "+c.Name), find)) {
			seen = append(seen, c)
		}
	}
	return seen, nil
}

// CentreDetail is a centre with what a page shows beside it.
type CentreDetail struct {
	Centre
	Path                          []Centre // from the top of what the asker sees down to the centre
	Centres, Teams, Members, Held int      // active centres directly below, teams, staff, service areas
}

// Centre gives one centre. Errors: [ErrNoCentre].
func (s *Service) Centre(ctx context.Context, id CentreID) (CentreDetail, error) {
	scope, err := actor.Allow(ctx, CentreRead)
	if err != nil {
		return CentreDetail{}, err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return CentreDetail{}, err
	}
	c, ok := t.Centre(id)
	if !ok || !scope.Covers(id.UUID()) {
		return CentreDetail{}, ErrNoCentre
	}
	u, err := s.centreUse(ctx, s.cfg.Pool, id)
	if err != nil {
		return CentreDetail{}, err
	}
	d := CentreDetail{Centre: c, Path: []Centre{}, Centres: u.centres, Teams: u.teams, Members: u.staff, Held: u.areas}
	for _, p := range t.Path(id) {
		if scope.Covers(p.ID.UUID()) {
			d.Path = append(d.Path, p)
		}
	}
	return d, nil
}

// CreateCentre makes a centre in tx, or in a transaction of its own. The nation is made by whoever may edit
// nationwide; every other centre below one that the asker may edit, and in a place that he may.
func (s *Service) CreateCentre(ctx context.Context, tx pgx.Tx, n NewCentre) (Centre, error) {
	scope, err := actor.Allow(ctx, CentreEdit)
	if err != nil {
		return Centre{}, err
	}
	var made Centre
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.holdTree(ctx, tx); err != nil {
			return err
		}
		t, err := s.treeIn(ctx, tx)
		if err != nil {
			return err
		}
		made, err = s.newCentre(ctx, t, scope, n)
		if err != nil {
			return err
		}
		if err := insertCentre(ctx, tx, made); err != nil {
			return err
		}
		return s.recordCentre(ctx, tx, "centre.create", Centre{}, made, "")
	})
	return made, err
}

func (s *Service) newCentre(ctx context.Context, t *Tree, scope actor.Scope, n NewCentre) (Centre, error) {
	var parent *Centre
	if !n.Parent.IsZero() {
		p, ok := t.Centre(n.Parent)
		if !ok || !scope.Covers(p.ID.UUID()) {
			return Centre{}, ErrNoCentre
		}
		if p.State == Closed {
			return Centre{}, ErrCentreClosed
		}
		parent = &p
	}
	n, err := n.normalise(parent, t.places)
	if err != nil {
		return Centre{}, err
	}
	if !t.owns(scope, n.Province, n.City) {
		return Centre{}, errOutsidePlace(placeField(n.City))
	}
	now := s.cfg.Clock.Now()
	return Centre{
		ID: ident.New[centreKind](), Parent: n.Parent, Level: n.Level, Code: n.Code, Name: n.Name, Province: n.Province, City: n.City,
		TimeZone: n.TimeZone, State: Active, Version: 1, CreatedAt: now, UpdatedAt: now, UpdatedBy: who(ctx),
	}, nil
}

func placeField(city string) string {
	if city != "" {
		return "body.city"
	}
	return "body.province"
}

// UpdateCentre sets code, name, place and time zone. Errors: [ErrNoCentre], [ErrChangedMeanwhile], the faults
// of a wrong value.
func (s *Service) UpdateCentre(ctx context.Context, id CentreID, u CentreUpdate) (Centre, error) {
	scope, err := actor.Allow(ctx, CentreEdit)
	if err != nil {
		return Centre{}, err
	}
	return s.changeCentre(ctx, nil, scope, centreAct{name: "centre.update", id: id, version: u.Version, decide: setCentre(scope, u)})
}

// setCentre decides an update.
func setCentre(scope actor.Scope, u CentreUpdate) func(*Tree, *Centre) error {
	return func(t *Tree, c *Centre) error {
		u, err := u.normalise(c.Level, t.places)
		if err != nil {
			return err
		}
		if (u.Province != c.Province || u.City != c.City) && !t.owns(scope, u.Province, u.City) {
			return errOutsidePlace(placeField(u.City))
		}
		if u.Province != c.Province {
			if err := t.mayLie(c.ID, u.Province); err != nil {
				return err
			}
		}
		c.Code, c.Name, c.Province, c.City, c.TimeZone = u.Code, u.Name, u.Province, u.City, u.TimeZone
		return nil
	}
}

// MoveCentre puts a centre, with all below it, under another parent; the asker must hold both parents.
// Errors: [ErrNoCentre], [ErrRoot], [ErrCycle], [ErrLevel], [ErrOtherProvince], [ErrCentreClosed].
func (s *Service) MoveCentre(ctx context.Context, id CentreID, version int, parent CentreID, reason string) (Centre, error) {
	scope, err := actor.Allow(ctx, CentreEdit)
	if err != nil {
		return Centre{}, err
	}
	return s.changeCentre(ctx, nil, scope, centreAct{name: "centre.move", id: id, version: version, reason: reason, decide: moveCentre(scope, parent)})
}

// moveCentre decides a move.
func moveCentre(scope actor.Scope, parent CentreID) func(*Tree, *Centre) error {
	return func(t *Tree, c *Centre) error {
		if c.Parent.IsZero() {
			return ErrRoot
		}
		if !scope.Covers(parent.UUID()) || !scope.Covers(c.Parent.UUID()) {
			return ErrNoCentre
		}
		if err := t.mayMove(c.ID, parent); err != nil {
			return err
		}
		c.Parent = parent
		return nil
	}
}

// CloseCentre takes a centre out of use. Errors: [ErrNoCentre], [ErrRoot], [ErrCentreInUse] with what is left in it.
func (s *Service) CloseCentre(ctx context.Context, id CentreID, version int, reason string) (Centre, error) {
	scope, err := actor.Allow(ctx, CentreEdit)
	if err != nil {
		return Centre{}, err
	}
	return s.changeCentre(ctx, nil, scope, centreAct{name: "centre.close", id: id, version: version, reason: reason, decide: useCentre(scope, Closed)})
}

// ReopenCentre takes a closed centre into use again, if its parent is. Errors: [ErrNoCentre], [ErrCentreClosed].
func (s *Service) ReopenCentre(ctx context.Context, id CentreID, version int, reason string) (Centre, error) {
	scope, err := actor.Allow(ctx, CentreEdit)
	if err != nil {
		return Centre{}, err
	}
	return s.changeCentre(ctx, nil, scope, centreAct{name: "centre.reopen", id: id, version: version, reason: reason, decide: useCentre(scope, Active)})
}

// useCentre decides to close or to reopen.
func useCentre(scope actor.Scope, state State) func(*Tree, *Centre) error {
	return func(t *Tree, c *Centre) error {
		parent, ok := t.Centre(c.Parent)
		switch {
		case !ok:
			return ErrRoot
		case !scope.Covers(parent.ID.UUID()):
			return ErrNoCentre // nobody closes the ground he stands on
		case state == Active && parent.State == Closed:
			return fault.New(fault.Conflict, ErrCentreClosed.Code, "%s, in which it stands, is closed", parent.Name).WithRemedy("reopen that first")
		}
		c.State = state
		return nil
	}
}

// centreAct is one change of a centre.
type centreAct struct {
	name    string // "centre.update"
	id      CentreID
	version int
	reason  string
	decide  func(*Tree, *Centre) error
}

// changeCentre is every change of a centre: hold the tree, look, decide, save, record.
func (s *Service) changeCentre(ctx context.Context, tx pgx.Tx, scope actor.Scope, act centreAct) (Centre, error) {
	reason, err := checkReason(act.reason)
	if err != nil {
		return Centre{}, err
	}
	var next Centre
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.holdTree(ctx, tx); err != nil {
			return err
		}
		t, err := s.treeIn(ctx, tx)
		if err != nil {
			return err
		}
		old, ok := t.Centre(act.id)
		if !ok || !scope.Covers(act.id.UUID()) {
			return ErrNoCentre
		}
		if old.Version != act.version {
			return changedMeanwhile(old.Name, old.UpdatedBy, old.UpdatedAt)
		}
		next = old
		if err := act.decide(t, &next); err != nil {
			return err
		}
		if next == old { // nothing is different: nothing to save, to tell or to remember
			return nil
		}
		if next.State == Closed && old.State != Closed {
			if err := s.mayClose(ctx, tx, old.ID); err != nil {
				return err
			}
		}
		next.Version, next.UpdatedAt, next.UpdatedBy = old.Version+1, s.cfg.Clock.Now(), who(ctx)
		if err := saveCentre(ctx, tx, next); err != nil {
			return err
		}
		return s.recordCentre(ctx, tx, act.name, old, next, reason)
	})
	return next, err
}

// mayClose waits for everybody who is just putting something into the centre and fails when there is something.
func (s *Service) mayClose(ctx context.Context, tx pgx.Tx, id CentreID) error {
	if err := lockCentre(ctx, tx, id); err != nil {
		return err
	}
	u, err := s.centreUse(ctx, tx, id)
	if err != nil {
		return err
	}
	return u.err()
}

func (s *Service) recordCentre(ctx context.Context, tx pgx.Tx, act string, old, next Centre, reason string) error {
	changes := audit.Diff(old, next)
	if old.ID.IsZero() {
		changes = audit.Diff(nil, next)
	}
	return s.record(ctx, tx, change{
		act: act, topic: TopicCentre, id: next.ID.String(), label: next.Code + " " + next.Name,
		centre: next.ID.UUID(), province: next.Province, city: next.City, reason: reason, changes: changes,
	})
}

// checkReason trims the reason that an act was given; it may be empty.
func checkReason(reason string) (string, error) {
	var f fault.Fields
	reason = trim(reason)
	checkText(&f, "body.reason", reason, 500)
	return reason, f.Err("organization.invalid_reason", "the reason cannot be kept as it is")
}
