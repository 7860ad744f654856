package numbering

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/audit"
	"yingda/internal/numbering/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// PortedFilter selects ported numbers; zero values select all.
type PortedFilter struct {
	Begin    string // first digits of the number
	Operator string
	After    *PortedPosition
	Limit    int32 // 0: 50
}

// PortedPosition is where an entry stands in the list, which goes by number and time.
type PortedPosition struct {
	Number int64     `json:"n"`
	From   time.Time `json:"f"`
	ID     PortedID  `json:"i"`
}

// ListPorted gives ported numbers by number. It is for national scope.
func (s *Service) ListPorted(ctx context.Context, f PortedFilter) ([]Ported, error) {
	if err := allowNation(ctx, PortedRead); err != nil {
		return nil, err
	}
	return s.listPorted(ctx, f)
}

func (s *Service) listPorted(ctx context.Context, f PortedFilter) ([]Ported, error) {
	low, high, err := rangeOf(f.Begin, 11)
	if err != nil {
		return nil, err
	}
	p := db.ListPortedParams{Low: low, High: high, Operator: f.Operator, RowLimit: 50}
	if f.After != nil {
		p.AfterNumber, p.AfterFrom, p.AfterID = f.After.Number, f.After.From, f.After.ID.UUID()
	}
	if f.Limit > 0 {
		p.RowLimit = f.Limit
	}
	rows, err := db.New(s.cfg.Pool).ListPorted(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list ported numbers: %w", err)
	}
	list := make([]Ported, len(rows))
	for i, r := range rows {
		if list[i], err = portedOf(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// position is where an entry stands.
func (p Ported) position() PortedPosition {
	n, _ := p.Number.Digits11()
	return PortedPosition{Number: int64(n), From: p.ValidFrom, ID: p.ID} //nolint:gosec // eleven digits
}

// GetPorted gives one entry. Errors: [ErrNoPorted].
func (s *Service) GetPorted(ctx context.Context, id PortedID) (Ported, error) {
	if err := allowNation(ctx, PortedRead); err != nil {
		return Ported{}, err
	}
	row, err := db.New(s.cfg.Pool).GetPorted(ctx, id.UUID())
	return portedOr(row, err)
}

func portedOr(row db.NumberingPorted, err error) (Ported, error) {
	if postgres.IsNoRows(err) {
		return Ported{}, ErrNoPorted
	}
	if err != nil {
		return Ported{}, fmt.Errorf("read ported number: %w", err)
	}
	return portedOf(row)
}

// CreatePorted adds an entry. Errors: numbering.invalid_ported_number with the fields, [ErrPortedTaken].
func (s *Service) CreatePorted(ctx context.Context, tx pgx.Tx, e PortedSpec) (Ported, error) {
	if err := allowNation(ctx, PortedEdit); err != nil {
		return Ported{}, err
	}
	p, err := s.normalisePorted(ctx, e)
	if err != nil {
		return Ported{}, err
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if p, err = s.createPorted(ctx, tx, p); err != nil {
			return err
		}
		return touchPorted(ctx, tx)
	})
	if err == nil && tx == nil {
		s.refreshSoon(ctx)
	}
	return p, err
}

func (s *Service) normalisePorted(ctx context.Context, e PortedSpec) (Ported, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return Ported{}, fmt.Errorf("read the organisation: %w", err)
	}
	return e.normalise(s.cfg.Clock.Now(), tree.Places())
}

func (s *Service) createPorted(ctx context.Context, tx pgx.Tx, p Ported) (Ported, error) {
	p.ID, p.Version, p.UpdatedAt, p.UpdatedBy = ident.New[portedKind](), 1, s.cfg.Clock.Now(), who(ctx)
	if err := insertPorted(ctx, tx, p); err != nil {
		return Ported{}, err
	}
	return p, s.recordPorted(ctx, tx, "create", p, audit.Diff(Ported{}, p))
}

func touchPorted(ctx context.Context, tx pgx.Tx) error {
	if err := db.New(tx).TouchPorted(ctx); err != nil {
		return fmt.Errorf("mark ported numbers as changed: %w", err)
	}
	return nil
}

// recordPorted: the number itself is a customer's, so the audit has its mask.
func (s *Service) recordPorted(ctx context.Context, tx pgx.Tx, act string, p Ported, changes []audit.Change) error {
	return s.record(ctx, tx, change{
		act: "numbering.ported." + act, topic: TopicPorted,
		object: audit.Object{Kind: "numbering.ported", ID: p.ID.String(), Label: p.Number.String()},
		entry:  audit.Entry{Changes: changes},
	})
}

// UpdatePorted changes an entry that still has the version the change was based on; the number stays. Errors:
// [ErrNoPorted], [ErrChangedMeanwhile], [ErrPortedTaken], numbering.invalid_ported_number.
func (s *Service) UpdatePorted(ctx context.Context, id PortedID, version int, e PortedSpec) (Ported, error) {
	if err := allowNation(ctx, PortedEdit); err != nil {
		return Ported{}, err
	}
	var p Ported
	err := s.changePorted(ctx, id, version, func(ctx context.Context, tx pgx.Tx, old Ported) error {
		e.Number = old.Number.Plain()
		if e.ValidFrom == nil {
			e.ValidFrom = &old.ValidFrom
		}
		next, err := s.normalisePorted(ctx, e)
		if err != nil {
			return err
		}
		p, err = s.updatePorted(ctx, tx, old, next)
		return err
	})
	return p, err
}

func (s *Service) updatePorted(ctx context.Context, tx pgx.Tx, old, next Ported) (Ported, error) {
	next.ID, next.Version, next.UpdatedAt, next.UpdatedBy = old.ID, old.Version, old.UpdatedAt, old.UpdatedBy
	changes := audit.Diff(old, next)
	if len(changes) == 0 {
		return old, nil
	}
	next.Version, next.UpdatedAt, next.UpdatedBy = old.Version+1, s.cfg.Clock.Now(), who(ctx)
	if err := savePorted(ctx, tx, next, old.Version); err != nil {
		return Ported{}, err
	}
	return next, s.recordPorted(ctx, tx, "update", next, changes)
}

// DeletePorted takes an entry away: the number is as its segment says again. Errors: [ErrNoPorted],
// [ErrChangedMeanwhile].
func (s *Service) DeletePorted(ctx context.Context, id PortedID, version int) error {
	if err := allowNation(ctx, PortedEdit); err != nil {
		return err
	}
	return s.changePorted(ctx, id, version, func(ctx context.Context, tx pgx.Tx, old Ported) error {
		if _, err := db.New(tx).DeletePorted(ctx, db.DeletePortedParams{ID: id.UUID(), Version: int32(version)}); err != nil { //nolint:gosec // counts edits
			return fmt.Errorf("delete ported number: %w", err)
		}
		return s.recordPorted(ctx, tx, "delete", old, audit.Diff(old, Ported{}))
	})
}

// changePorted runs a change of an entry that is held meanwhile and has the version.
func (s *Service) changePorted(ctx context.Context, id PortedID, version int, fn func(context.Context, pgx.Tx, Ported) error) error {
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).LockPorted(ctx, id.UUID())
		old, err := portedOr(row, err)
		if err != nil {
			return err
		}
		if old.Version != version {
			return changedMeanwhile("the entry of this number", old.UpdatedBy, old.UpdatedAt)
		}
		if err := fn(ctx, tx, old); err != nil {
			return err
		}
		return touchPorted(ctx, tx)
	})
	if err == nil {
		s.refreshSoon(ctx)
	}
	return err
}
