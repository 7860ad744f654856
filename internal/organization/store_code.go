package organization

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// loadCodes reads all tables for the cache. Tables of the program that nobody has published yet are as the
// program knows them.
func (s *Service) loadCodes(ctx context.Context, _ int64) (map[string]*Codes, time.Time, error) {
	q := db.New(s.cfg.Pool)
	tables, err := q.CodeTables(ctx)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read code tables: %w", err)
	}
	rows, err := q.NewestItems(ctx)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read codes: %w", err)
	}
	items := map[string][]CodeItem{}
	for _, r := range rows {
		item, err := codeItemOf(db.ItemsAtRow{
			Code: r.Code, Zh: r.Zh, En: r.En, Initials: r.Initials, Parent: r.Parent, Extra: r.Extra,
			ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, Sort: r.Sort,
		})
		if err != nil {
			return nil, time.Time{}, err
		}
		items[r.TableCode] = append(items[r.TableCode], item)
	}
	all := map[string]*Codes{}
	for _, t := range BuiltIn() {
		all[t.Table.Code] = t
	}
	for _, r := range tables {
		if r.Version > 0 || all[r.Code] == nil {
			all[r.Code] = NewCodes(tableOf(db.LockCodeTableRow(r)), items[r.Code])
		}
	}
	return all, time.Time{}, nil
}

func tableOf(r db.LockCodeTableRow) CodeTable {
	return CodeTable{
		Code: r.Code, NameZH: r.NameZh, NameEN: r.NameEn, Owner: r.Owner, OwnerCentre: ident.From[centreKind](r.OwnerCentre.UUID),
		Version: int(r.Version), PublishedAt: r.PublishedAt,
		Edition: int(r.Edition), UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy,
	}
}

func codeItemOf(r db.ItemsAtRow) (CodeItem, error) {
	i := CodeItem{
		Code: r.Code, ZH: r.Zh, EN: r.En, Initials: r.Initials, Parent: r.Parent,
		ValidFrom: Day(r.ValidFrom), ValidUntil: Day(r.ValidUntil), Sort: int(r.Sort),
	}
	if err := json.Unmarshal(r.Extra, &i.Extra); err != nil {
		return i, fmt.Errorf("read what else code %s says: %w", r.Code, err)
	}
	return i, nil
}

// itemsAt reads the items of a version, in no order.
func itemsAt(ctx context.Context, q *db.Queries, table string, version int) ([]CodeItem, error) {
	rows, err := q.ItemsAt(ctx, db.ItemsAtParams{TableCode: table, Version: int32(version)})
	if err != nil {
		return nil, fmt.Errorf("read codes of a version: %w", err)
	}
	items := make([]CodeItem, len(rows))
	for n, r := range rows {
		if items[n], err = codeItemOf(r); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// CodeVersion is one publication of a code table.
type CodeVersion struct {
	Version     int
	Note        string
	PublishedBy string
	PublishedAt time.Time
	Added       int
	Changed     int
	Removed     int
}

func versionOf(r db.CodeVersionRow) CodeVersion {
	return CodeVersion{
		Version: int(r.Version), Note: r.Note, PublishedBy: r.PublishedBy, PublishedAt: r.PublishedAt,
		Added: int(r.Added), Changed: int(r.Changed), Removed: int(r.Removed),
	}
}

// publish writes the version with its difference to the one before.
func publish(ctx context.Context, tx pgx.Tx, table string, v CodeVersion, changes []ItemChange) error {
	q := db.New(tx)
	var ended []string
	var added []db.InsertItemsParams
	for _, c := range changes {
		if c.Act != "add" {
			ended = append(ended, c.Old.Code)
		}
		if c.Act == "remove" {
			continue
		}
		extra, err := json.Marshal(c.New.Extra)
		if err != nil {
			return fmt.Errorf("write what else code %s says: %w", c.New.Code, err)
		}
		added = append(added, db.InsertItemsParams{
			TableCode: table, Code: c.New.Code, VersionFrom: int32(v.Version), Zh: c.New.ZH, En: c.New.EN, Initials: c.New.Initials,
			Parent: c.New.Parent, Extra: extra, ValidFrom: dateOf(c.New.ValidFrom), ValidUntil: dateOf(c.New.ValidUntil), Sort: int32(c.New.Sort),
		})
	}
	if err := q.EndItems(ctx, db.EndItemsParams{TableCode: table, Version: int32(v.Version), Codes: ended}); err != nil {
		return fmt.Errorf("end codes: %w", err)
	}
	if _, err := q.InsertItems(ctx, added); err != nil {
		return fmt.Errorf("write codes: %w", err)
	}
	err := q.InsertCodeVersion(ctx, db.InsertCodeVersionParams{
		TableCode: table, Version: int32(v.Version), Note: v.Note, PublishedBy: v.PublishedBy, Now: v.PublishedAt,
		Added: int32(v.Added), Changed: int32(v.Changed), Removed: int32(v.Removed),
	})
	if err != nil {
		return fmt.Errorf("write the version: %w", err)
	}
	if err := q.PublishCodeTable(ctx, db.PublishCodeTableParams{Code: table, Version: int32(v.Version), Now: v.PublishedAt}); err != nil {
		return fmt.Errorf("publish the code table: %w", err)
	}
	return nil
}

// insertTable makes the table; false when it is there already.
func insertTable(ctx context.Context, tx pgx.Tx, t CodeTable) (bool, error) {
	n, err := db.New(tx).InsertCodeTable(ctx, db.InsertCodeTableParams{
		Code: t.Code, NameZh: t.NameZH, NameEn: t.NameEN, Owner: t.Owner, OwnerCentre: nullable(t.OwnerCentre),
		Now: t.UpdatedAt, UpdatedBy: t.UpdatedBy,
	})
	if err != nil {
		return false, fmt.Errorf("write the code table: %w", err)
	}
	return n > 0, nil
}

// lockTable reads a table and lets nobody else publish it until the transaction ends.
func lockTable(ctx context.Context, tx pgx.Tx, code string) (CodeTable, error) {
	r, err := db.New(tx).LockCodeTable(ctx, code)
	if postgres.IsNoRows(err) {
		return CodeTable{}, ErrNoCodeTable
	}
	if err != nil {
		return CodeTable{}, fmt.Errorf("read the code table: %w", err)
	}
	return tableOf(r), nil
}

// saveTable writes names and owner of a table that the transaction has locked.
func saveTable(ctx context.Context, tx pgx.Tx, t CodeTable) error {
	err := db.New(tx).UpdateCodeTable(ctx, db.UpdateCodeTableParams{
		Code: t.Code, NameZh: t.NameZH, NameEn: t.NameEN, Owner: t.Owner, OwnerCentre: nullable(t.OwnerCentre),
		Now: t.UpdatedAt, UpdatedBy: t.UpdatedBy,
	})
	if err != nil {
		return fmt.Errorf("save the code table: %w", err)
	}
	return nil
}

// versions reads the publications of a table, the newest first, at most 200.
func versions(ctx context.Context, q *db.Queries, table string) ([]CodeVersion, error) {
	rows, err := q.CodeVersions(ctx, table)
	if err != nil {
		return nil, fmt.Errorf("read versions of a code table: %w", err)
	}
	list := make([]CodeVersion, len(rows))
	for i, r := range rows {
		list[i] = versionOf(db.CodeVersionRow(r))
	}
	return list, nil
}

// versionBy reads one publication.
func versionBy(ctx context.Context, q *db.Queries, table string, version int) (CodeVersion, error) {
	r, err := q.CodeVersion(ctx, db.CodeVersionParams{TableCode: table, Version: int32(version)})
	if postgres.IsNoRows(err) {
		return CodeVersion{}, ErrNoCodeVersion
	}
	if err != nil {
		return CodeVersion{}, fmt.Errorf("read the version of a code table: %w", err)
	}
	return versionOf(r), nil
}
