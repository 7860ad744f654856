package numbering

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/numbering/called"
	"yingda/internal/numbering/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/ident"
)

// CalledFilter selects called numbers; zero values select all but retired ones.
type CalledFilter struct {
	Text   string // part of the name or of the number
	Kind   CalledKind
	State  called.State
	Centre organization.CentreID
	After  *CalledPosition
	Limit  int32 // 0: 50
}

// CalledPosition is where an entry stands in the list, which goes by pattern.
type CalledPosition struct {
	Pattern string   `json:"p"`
	ID      CalledID `json:"i"`
}

// ListCalled gives called numbers that the asker may see: those of centres in scope, and the nation's.
func (s *Service) ListCalled(ctx context.Context, f CalledFilter) ([]Called, error) {
	scope, err := actor.Allow(ctx, CalledRead)
	if err != nil {
		return nil, err
	}
	p := db.ListCalledParams{
		National: scope.IsNational(), Centres: scope.Centres(), Kind: string(f.Kind), State: string(f.State), Centre: f.Centre.UUID(),
		Word: strings.TrimSpace(f.Text), Digits: digitsOf(f.Text), RowLimit: 50,
	}
	if f.After != nil {
		p.AfterPattern, p.AfterID = f.After.Pattern, f.After.ID.UUID()
	}
	if f.Limit > 0 {
		p.RowLimit = f.Limit
	}
	rows, err := db.New(s.cfg.Pool).ListCalled(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list called numbers: %w", err)
	}
	list := make([]Called, len(rows))
	for i, r := range rows {
		list[i] = calledOf(r)
	}
	return list, nil
}

// digitsOf gives the digits of what somebody searches for; leading zeros are not in patterns.
func digitsOf(text string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	return strings.TrimLeft(digits, "0")
}

// GetCalled gives one called number, and whether the asker may change it. Errors: [ErrNoCalled].
func (s *Service) GetCalled(ctx context.Context, id CalledID) (c Called, editable bool, err error) {
	scope, err := actor.Allow(ctx, CalledRead)
	if err != nil {
		return Called{}, false, err
	}
	if c, err = visibleCalled(ctx, s.cfg.Pool, scope, id); err != nil {
		return Called{}, false, err
	}
	edit := actor.From(ctx).Scope(CalledEdit)
	return c, edit.Covers(c.Centre.UUID()), nil
}

// CreateCalled adds a called number. Errors: numbering.invalid_called_number with the fields, [ErrTaken].
func (s *Service) CreateCalled(ctx context.Context, tx pgx.Tx, e CalledSpec) (Called, error) {
	scope, err := actor.Allow(ctx, CalledEdit)
	if err != nil {
		return Called{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Called{}, err
	}
	c, err := e.normalise(in)
	if err != nil {
		return Called{}, err
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		c, err = s.createCalled(ctx, tx, c)
		return err
	})
	if err == nil && tx == nil {
		s.refreshSoon(ctx)
	}
	return c, err
}

func (s *Service) surroundings(ctx context.Context, scope actor.Scope) (surroundings, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return surroundings{}, fmt.Errorf("read the organisation: %w", err)
	}
	services, err := s.cfg.Organization.Codes(ctx, organization.TableService)
	if err != nil {
		return surroundings{}, fmt.Errorf("read the services: %w", err)
	}
	return surroundings{now: s.cfg.Clock.Now(), scope: scope, tree: tree, services: services}, nil
}

func (s *Service) createCalled(ctx context.Context, tx pgx.Tx, c Called) (Called, error) {
	c.ID, c.Version, c.UpdatedAt, c.UpdatedBy = ident.New[calledKind](), 1, s.cfg.Clock.Now(), who(ctx)
	if err := insertCalled(ctx, tx, c); err != nil {
		return Called{}, err
	}
	return c, s.recordCalled(ctx, tx, "numbering.called.create", c, audit.Diff(Called{}, c))
}

func (s *Service) recordCalled(ctx context.Context, tx pgx.Tx, act string, c Called, changes []audit.Change) error {
	if err := db.New(tx).TouchCalled(ctx); err != nil {
		return fmt.Errorf("mark called numbers as changed: %w", err)
	}
	return s.record(ctx, tx, change{
		act: act, topic: TopicCalled, object: audit.Object{Kind: "numbering.called", ID: c.ID.String(), Label: c.Display()},
		entry: audit.Entry{Centre: c.Centre.UUID(), Province: c.Province, City: c.City, Changes: changes},
	})
}

// UpdateCalled changes a called number that still has the version the change was based on. Taking it out of use
// is a change of its state. Errors: [ErrNoCalled], [ErrNotYours], [ErrChangedMeanwhile], [ErrTaken],
// numbering.invalid_called_number.
func (s *Service) UpdateCalled(ctx context.Context, id CalledID, version int, e CalledSpec) (Called, error) {
	scope, err := actor.Allow(ctx, CalledEdit)
	if err != nil {
		return Called{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Called{}, err
	}
	var c Called
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		old, err := lockCalled(ctx, tx, scope, in.tree, id)
		if err != nil {
			return err
		}
		if old.Version != version {
			return changedMeanwhile(old.Name, old.UpdatedBy, old.UpdatedAt)
		}
		if e.ValidFrom == nil {
			e.ValidFrom = &old.ValidFrom
		}
		if c, err = e.normalise(in); err != nil {
			return err
		}
		c, err = s.updateCalled(ctx, tx, old, c)
		return err
	})
	if err != nil {
		return Called{}, err
	}
	s.refreshSoon(ctx)
	return c, nil
}

// updateCalled writes what differs; nothing when nothing does.
func (s *Service) updateCalled(ctx context.Context, tx pgx.Tx, old, c Called) (Called, error) {
	c.ID, c.Version, c.UpdatedAt, c.UpdatedBy = old.ID, old.Version, old.UpdatedAt, old.UpdatedBy
	changes := audit.Diff(old, c)
	if len(changes) == 0 {
		return old, nil
	}
	c.Version, c.UpdatedAt, c.UpdatedBy = old.Version+1, s.cfg.Clock.Now(), who(ctx)
	if err := saveCalled(ctx, tx, c, old.Version); err != nil {
		return Called{}, err
	}
	return c, s.recordCalled(ctx, tx, "numbering.called.update", c, changes)
}

// lockCalled holds an entry that the asker may change until the transaction ends. A national entry is seen by
// everybody, so "not yours" tells nothing new; any other outside of the scope is not there.
func lockCalled(ctx context.Context, tx pgx.Tx, scope actor.Scope, tree *organization.Tree, id CalledID) (Called, error) {
	c, err := lockedCalled(ctx, tx, id)
	if err != nil {
		return Called{}, err
	}
	if scope.Covers(c.Centre.UUID()) {
		return c, nil
	}
	if root, ok := tree.Root(); ok && root.ID == c.Centre && !actor.From(ctx).Scope(CalledRead).Empty() {
		return Called{}, ErrNotYours
	}
	return Called{}, ErrNoCalled
}
