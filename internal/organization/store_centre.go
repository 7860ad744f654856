package organization

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// loadTree reads the snapshot for the cache.
func (s *Service) loadTree(ctx context.Context, _ int64) (*Tree, time.Time, error) {
	t, err := s.readTree(ctx, db.New(s.cfg.Pool))
	if err != nil {
		return nil, time.Time{}, err
	}
	return t, t.until(), nil
}

// treeIn reads the tree as a transaction sees it. The transaction holds the tree, so that it stays so.
func (s *Service) treeIn(ctx context.Context, tx pgx.Tx) (*Tree, error) {
	return s.readTree(ctx, db.New(tx))
}

func (s *Service) readTree(ctx context.Context, q *db.Queries) (*Tree, error) {
	places, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	centres, err := q.AllCentres(ctx)
	if err != nil {
		return nil, fmt.Errorf("read centres: %w", err)
	}
	areas, err := q.AllAreas(ctx)
	if err != nil {
		return nil, fmt.Errorf("read service areas: %w", err)
	}
	list := make([]Centre, len(centres))
	for i, r := range centres {
		list[i] = centreOf(r)
	}
	served := make([]Area, len(areas))
	for i, r := range areas {
		served[i] = areaOf(r)
	}
	return NewTree(s.cfg.Clock.Now(), list, served, places)
}

func centreOf(r db.OrganizationCentre) Centre {
	return Centre{
		ID: ident.From[centreKind](r.ID), Parent: ident.From[centreKind](r.ParentID.UUID), Level: Level(r.Level), Code: r.Code, Name: r.Name,
		Province: r.Province, City: r.City, TimeZone: r.TimeZone, State: State(r.State), Version: int(r.Version),
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy,
	}
}

func insertCentre(ctx context.Context, tx pgx.Tx, c Centre) error {
	err := db.New(tx).InsertCentre(ctx, db.InsertCentreParams{
		ID: c.ID.UUID(), ParentID: nullable(c.Parent), Level: string(c.Level), Code: c.Code, Name: c.Name,
		Province: c.Province, City: c.City, TimeZone: c.TimeZone, Now: c.CreatedAt, UpdatedBy: c.UpdatedBy,
	})
	return centreFault("write the centre", err)
}

// saveCentre writes all of c over the row of the version before.
func saveCentre(ctx context.Context, tx pgx.Tx, c Centre) error {
	n, err := db.New(tx).UpdateCentre(ctx, db.UpdateCentreParams{
		ID: c.ID.UUID(), ParentID: nullable(c.Parent), Code: c.Code, Name: c.Name, Province: c.Province, City: c.City,
		TimeZone: c.TimeZone, State: string(c.State), Now: c.UpdatedAt, UpdatedBy: c.UpdatedBy, Version: int32(c.Version - 1),
	})
	if err == nil && n == 0 {
		return ErrChangedMeanwhile
	}
	return centreFault("save the centre", err)
}

func centreFault(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case postgres.ConstraintName(err) == "centre_code_key":
		return ErrCentreCode
	case postgres.ConstraintName(err) == "centre_nation_key":
		return ErrSecondNation
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// centreUse counts what is active in a centre itself.
func (s *Service) centreUse(ctx context.Context, q db.DBTX, id CentreID) (use, error) {
	r, err := db.New(q).CentreUse(ctx, db.CentreUseParams{ID: id.UUID(), Now: s.cfg.Clock.Now()})
	if err != nil {
		return use{}, fmt.Errorf("count what is in the centre: %w", err)
	}
	return use{centres: int(r.Centres), teams: int(r.Teams), staff: int(r.Staff), areas: int(r.Areas)}, nil
}

// lockCentre waits for everybody who is just putting something into the centre, and keeps others from it.
func lockCentre(ctx context.Context, tx pgx.Tx, id CentreID) error {
	if err := db.New(tx).LockCentre(ctx, id.UUID()); err != nil {
		return fmt.Errorf("lock the centre: %w", err)
	}
	return nil
}

// enterCentre makes sure that something may be put into the centre until the transaction ends.
func enterCentre(ctx context.Context, tx pgx.Tx, id CentreID) error {
	state, err := db.New(tx).CentreState(ctx, id.UUID())
	switch {
	case postgres.IsNoRows(err):
		return ErrNoCentre
	case err != nil:
		return fmt.Errorf("look at the centre: %w", err)
	case State(state) == Closed:
		return ErrCentreClosed
	}
	return nil
}
