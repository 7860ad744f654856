package numbering

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/numbering/called"
	"yingda/internal/numbering/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

func calledOf(r db.NumberingCalled) Called {
	return Called{
		ID: ident.From[calledKind](r.ID), Pattern: r.Pattern, Match: called.Match(r.Match), Name: r.Name, Kind: CalledKind(r.Kind),
		Service: r.Service, Centre: centreOf(r), Province: r.Province, City: r.City, MergeMethod: MergeMethod(r.MergeMethod),
		TransferTo: r.TransferTo, TrunkGroup: r.TrunkGroup, Note: r.Note, State: called.State(r.State), ValidFrom: r.ValidFrom.UTC(),
		ValidUntil: utc(r.ValidUntil), Version: int(r.Version), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}
}

func centreOf(r db.NumberingCalled) (id organization.CentreID) {
	_ = id.UnmarshalText([]byte(r.CentreID.String())) // a UUID's text always reads
	return id
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// visibleCalled gives an entry that the scope may see, or ErrNoCalled.
func visibleCalled(ctx context.Context, conn db.DBTX, scope actor.Scope, id CalledID) (Called, error) {
	r, err := db.New(conn).GetCalled(ctx, db.GetCalledParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	if postgres.IsNoRows(err) {
		return Called{}, ErrNoCalled
	}
	if err != nil {
		return Called{}, fmt.Errorf("read called number: %w", err)
	}
	return calledOf(r), nil
}

func lockedCalled(ctx context.Context, tx pgx.Tx, id CalledID) (Called, error) {
	r, err := db.New(tx).LockCalled(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Called{}, ErrNoCalled
	}
	if err != nil {
		return Called{}, fmt.Errorf("read called number: %w", err)
	}
	return calledOf(r), nil
}

func insertCalled(ctx context.Context, tx pgx.Tx, c Called) error {
	return calledFault("add called number", db.New(tx).InsertCalled(ctx, db.InsertCalledParams{
		ID: c.ID.UUID(), Pattern: c.Pattern, Match: string(c.Match), Name: c.Name, Kind: string(c.Kind), Service: c.Service,
		CentreID: c.Centre.UUID(), Province: c.Province, City: c.City, MergeMethod: string(c.MergeMethod), TransferTo: c.TransferTo,
		TrunkGroup: c.TrunkGroup, Note: c.Note, State: string(c.State), ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil,
		Now: c.UpdatedAt, UpdatedBy: c.UpdatedBy,
	}))
}

// saveCalled writes c over the row of the version given.
func saveCalled(ctx context.Context, tx pgx.Tx, c Called, version int) error {
	n, err := db.New(tx).UpdateCalled(ctx, db.UpdateCalledParams{
		Pattern: c.Pattern, Match: string(c.Match), Name: c.Name, Kind: string(c.Kind), Service: c.Service, CentreID: c.Centre.UUID(),
		Province: c.Province, City: c.City, MergeMethod: string(c.MergeMethod), TransferTo: c.TransferTo, TrunkGroup: c.TrunkGroup,
		Note: c.Note, State: string(c.State), ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil, Now: c.UpdatedAt, UpdatedBy: c.UpdatedBy,
		ID: c.ID.UUID(), Version: int32(version), //nolint:gosec // counts edits
	})
	if err == nil && n == 0 {
		return ErrChangedMeanwhile
	}
	return calledFault("change called number", err)
}

// calledFault maps the constraints of called numbers.
func calledFault(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case postgres.ConstraintName(err) == "called_overlap_excl":
		return ErrTaken.WithCause(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// stuck counts files that are not read long after they were handed in.
func (s *Service) stuck(ctx context.Context, now time.Time) (int64, error) {
	return db.New(s.cfg.Pool).Stuck(ctx, now.Add(-15*time.Minute))
}
