package numbering

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"yingda/internal/numbering/internal/db"
	"yingda/internal/numbering/phone"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

func portedOf(r db.NumberingPorted) (Ported, error) {
	number, err := phone.Parse(strconv.FormatInt(r.Number, 10), phone.At{})
	if err != nil {
		return Ported{}, fmt.Errorf("read ported number: %w", err)
	}
	return Ported{
		ID: ident.From[portedKind](r.ID), Number: number, Operator: r.Operator, Brand: r.Brand, ProductLine: r.ProductLine, Province: r.Province,
		City: r.City, ValidFrom: r.ValidFrom.UTC(), ValidUntil: utc(r.ValidUntil), Version: int(r.Version), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}, nil
}

func insertPorted(ctx context.Context, tx pgx.Tx, p Ported) error {
	return portedFault("add ported number", db.New(tx).InsertPorted(ctx, db.InsertPortedParams{
		ID: p.ID.UUID(), Number: p.position().Number, Operator: p.Operator, Brand: p.Brand, ProductLine: p.ProductLine, Province: p.Province,
		City: p.City, ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil, Now: p.UpdatedAt, UpdatedBy: p.UpdatedBy,
	}))
}

// savePorted writes p over the row of the version given.
func savePorted(ctx context.Context, tx pgx.Tx, p Ported, version int) error {
	n, err := db.New(tx).UpdatePorted(ctx, db.UpdatePortedParams{
		Operator: p.Operator, Brand: p.Brand, ProductLine: p.ProductLine, Province: p.Province, City: p.City, ValidFrom: p.ValidFrom,
		ValidUntil: p.ValidUntil, Now: p.UpdatedAt, UpdatedBy: p.UpdatedBy, ID: p.ID.UUID(), Version: int32(version), //nolint:gosec // counts edits
	})
	if err == nil && n == 0 {
		return ErrChangedMeanwhile
	}
	return portedFault("change ported number", err)
}

func portedFault(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case postgres.ConstraintName(err) == "ported_overlap_excl":
		return ErrPortedTaken.WithCause(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
