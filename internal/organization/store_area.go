package organization

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
)

func areaOf(r db.AllAreasRow) Area {
	return Area{
		ID: ident.From[areaKind](r.ID), Centre: ident.From[centreKind](r.CentreID), Service: r.Service, Selector: Selector(r.Selector),
		Value: r.Value, ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, Note: r.Note, Version: int(r.Version),
		UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy,
	}
}

func insertArea(ctx context.Context, tx pgx.Tx, a Area) error {
	err := db.New(tx).InsertArea(ctx, db.InsertAreaParams{
		ID: a.ID.UUID(), CentreID: a.Centre.UUID(), Service: a.Service, Selector: string(a.Selector), Value: a.Value,
		ValidFrom: a.ValidFrom, ValidUntil: a.ValidUntil, Note: a.Note, Now: a.UpdatedAt, UpdatedBy: a.UpdatedBy,
	})
	if err != nil {
		return fmt.Errorf("write the service area: %w", err)
	}
	return nil
}

// saveArea writes all of a over the row of the version before.
func saveArea(ctx context.Context, tx pgx.Tx, a Area) error {
	n, err := db.New(tx).UpdateArea(ctx, db.UpdateAreaParams{
		ID: a.ID.UUID(), CentreID: a.Centre.UUID(), Service: a.Service, Selector: string(a.Selector), Value: a.Value,
		ValidFrom: a.ValidFrom, ValidUntil: a.ValidUntil, Note: a.Note, Now: a.UpdatedAt, UpdatedBy: a.UpdatedBy, Version: int32(a.Version - 1),
	})
	if err != nil {
		return fmt.Errorf("save the service area: %w", err)
	}
	if n == 0 {
		return ErrChangedMeanwhile
	}
	return nil
}
