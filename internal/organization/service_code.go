package organization

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
)

// Codes gives the newest version of a code table; see the package comment for how old it may be. Errors:
// [ErrNoCodeTable].
//
// Unchecked: codes are nobody's secret, and every domain reads them.
func (s *Service) Codes(ctx context.Context, table string) (*Codes, error) {
	all, err := s.codes.get(ctx)
	if err != nil {
		return nil, err
	}
	if c := all[table]; c != nil {
		return c, nil
	}
	return nil, ErrNoCodeTable
}

func (s *Service) places(ctx context.Context) (*Places, error) {
	provinces, err := s.Codes(ctx, TableProvince)
	if err != nil {
		return nil, err
	}
	cities, err := s.Codes(ctx, TableCity)
	if err != nil {
		return nil, err
	}
	return NewPlaces(provinces, cities), nil
}

// CodeTables lists the tables by code.
func (s *Service) CodeTables(ctx context.Context) ([]CodeTable, error) {
	if _, err := actor.Allow(ctx, CodeRead); err != nil {
		return nil, err
	}
	all, err := s.codes.get(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]CodeTable, 0, len(all))
	for _, c := range all {
		list = append(list, c.Table)
	}
	slices.SortFunc(list, func(a, b CodeTable) int { return strings.Compare(a.Code, b.Code) })
	return list, nil
}

// CodeItems gives the items of a version in their order; version 0 is the newest.
func (s *Service) CodeItems(ctx context.Context, table string, version int) (*Codes, error) {
	if _, err := actor.Allow(ctx, CodeRead); err != nil {
		return nil, err
	}
	c, err := s.Codes(ctx, table)
	if err != nil || version == 0 || version == c.Table.Version {
		return c, err
	}
	q := db.New(s.cfg.Pool)
	if _, err := versionBy(ctx, q, table, version); err != nil {
		return nil, err
	}
	items, err := itemsAt(ctx, q, table, version)
	if err != nil {
		return nil, err
	}
	t := c.Table
	t.Version = version
	return NewCodes(t, items), nil
}

// CodeVersions lists the publications of a table, the newest first, at most 200.
func (s *Service) CodeVersions(ctx context.Context, table string) ([]CodeVersion, error) {
	if _, err := actor.Allow(ctx, CodeRead); err != nil {
		return nil, err
	}
	if _, err := s.Codes(ctx, table); err != nil {
		return nil, err
	}
	return versions(ctx, db.New(s.cfg.Pool), table)
}

// CodeDifference gives what changed from one version of a table to another, in the order of codes.
func (s *Service) CodeDifference(ctx context.Context, table string, from, to int) ([]ItemChange, error) {
	if _, err := actor.Allow(ctx, CodeRead); err != nil {
		return nil, err
	}
	before, err := s.CodeItems(ctx, table, from)
	if err != nil {
		return nil, err
	}
	after, err := s.CodeItems(ctx, table, to)
	if err != nil {
		return nil, err
	}
	return difference(before.Items(), after.Items()), nil
}

// ownsTable tells whether the asker may change a table: the owner's centre must be in the scope, and what the
// nation owns is changed nationwide only.
func ownsTable(scope actor.Scope, t CodeTable) error {
	if scope.IsNational() || !t.OwnerCentre.IsZero() && scope.Covers(t.OwnerCentre.UUID()) {
		return nil
	}
	return fault.New(fault.Denied, "organization.not_owner", "the code table belongs to %s", t.Owner).
		WithRemedy("ask the owner to change it")
}

// CreateCodeTable makes an empty table. Errors: the fields that are wrong, [ErrCodeTaken], [ErrNoCentre].
func (s *Service) CreateCodeTable(ctx context.Context, tx pgx.Tx, t CodeTable) (CodeTable, error) {
	scope, err := actor.Allow(ctx, CodeEdit)
	if err != nil {
		return CodeTable{}, err
	}
	if t, err = t.normalise(); err != nil {
		return CodeTable{}, err
	}
	if err := s.checkOwner(ctx, scope, t); err != nil {
		return CodeTable{}, err
	}
	t.Version, t.PublishedAt, t.Edition, t.UpdatedAt, t.UpdatedBy = 0, nil, 1, s.cfg.Clock.Now(), who(ctx)
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.holdCodes(ctx, tx); err != nil {
			return err
		}
		made, err := insertTable(ctx, tx, t)
		if err != nil {
			return err
		}
		if !made {
			return ErrCodeTaken
		}
		return s.recordTable(ctx, tx, "code_table.create", t, "", audit.Diff(nil, t))
	})
	return t, err
}

func (s *Service) checkOwner(ctx context.Context, scope actor.Scope, t CodeTable) error {
	if t.OwnerCentre.IsZero() {
		return ownsTable(scope, t)
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	if _, ok := tree.Centre(t.OwnerCentre); !ok || !scope.Covers(t.OwnerCentre.UUID()) {
		return ErrNoCentre
	}
	return nil
}

// UpdateCodeTable sets names and owner. t.Edition is the one that the edit was based on. Errors:
// [ErrNoCodeTable], [ErrChangedMeanwhile], the fields that are wrong.
func (s *Service) UpdateCodeTable(ctx context.Context, t CodeTable) (CodeTable, error) {
	scope, err := actor.Allow(ctx, CodeEdit)
	if err != nil {
		return CodeTable{}, err
	}
	if t, err = t.normalise(); err != nil {
		return CodeTable{}, err
	}
	if err := s.checkOwner(ctx, scope, t); err != nil {
		return CodeTable{}, err
	}
	var next CodeTable
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		old, err := s.openTable(ctx, tx, scope, t.Code)
		if err != nil {
			return err
		}
		if old.Edition != t.Edition {
			return changedMeanwhile(old.NameEN, old.UpdatedBy, old.UpdatedAt)
		}
		next = old
		next.NameZH, next.NameEN, next.Owner, next.OwnerCentre = t.NameZH, t.NameEN, t.Owner, t.OwnerCentre
		changes := audit.Diff(old, next)
		if len(changes) == 0 {
			return nil
		}
		next.Edition, next.UpdatedAt, next.UpdatedBy = old.Edition+1, s.cfg.Clock.Now(), who(ctx)
		if err := saveTable(ctx, tx, next); err != nil {
			return err
		}
		return s.recordTable(ctx, tx, "code_table.update", next, "", changes)
	})
	return next, err
}

// openTable holds the code tables and locks one that the asker may change.
func (s *Service) openTable(ctx context.Context, tx pgx.Tx, scope actor.Scope, code string) (CodeTable, error) {
	if err := s.holdCodes(ctx, tx); err != nil {
		return CodeTable{}, err
	}
	t, err := lockTable(ctx, tx, code)
	if err != nil {
		return CodeTable{}, err
	}
	return t, ownsTable(scope, t)
}

// ChangeCodes publishes a new version of a table. Errors: [ErrNoCodeTable], [ErrChangedMeanwhile] when the
// table has a newer version than the edit was based on, [ErrNothingNew], [ErrCodeInUse], the fields that are wrong.
func (s *Service) ChangeCodes(ctx context.Context, tx pgx.Tx, table string, e ItemsEdit) (CodeVersion, error) {
	scope, err := actor.Allow(ctx, CodeEdit)
	if err != nil {
		return CodeVersion{}, err
	}
	if e, err = e.normalise(); err != nil {
		return CodeVersion{}, err
	}
	var made CodeVersion
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		t, err := s.openTable(ctx, tx, scope, table)
		if err != nil {
			return err
		}
		if t.Version != e.Base {
			v, err := versionBy(ctx, db.New(tx), table, t.Version)
			if err != nil {
				return err
			}
			return changedMeanwhile(t.NameEN, v.PublishedBy, v.PublishedAt)
		}
		before, err := itemsAt(ctx, db.New(tx), table, t.Version)
		if err != nil {
			return err
		}
		made, err = s.publish(ctx, tx, t, before, e.apply(before), e.Note)
		return err
	})
	return made, err
}

// changing is ChangeCodes of one table, for [once].
func (s *Service) changing(table string) func(context.Context, pgx.Tx, ItemsEdit) (CodeVersion, error) {
	return func(ctx context.Context, tx pgx.Tx, e ItemsEdit) (CodeVersion, error) {
		return s.ChangeCodes(ctx, tx, table, e)
	}
}

// publish writes the next version of a table that the transaction has locked.
func (s *Service) publish(ctx context.Context, tx pgx.Tx, t CodeTable, before, after []CodeItem, note string) (CodeVersion, error) {
	changes := difference(before, after)
	if len(changes) == 0 {
		return CodeVersion{}, ErrNothingNew
	}
	if err := s.checkMeaning(ctx, tx, t.Code, after, changes); err != nil {
		return CodeVersion{}, err
	}
	v := CodeVersion{Version: t.Version + 1, Note: note, PublishedBy: who(ctx), PublishedAt: s.cfg.Clock.Now()}
	for _, c := range changes {
		switch c.Act {
		case "add":
			v.Added++
		case "change":
			v.Changed++
		case "remove":
			v.Removed++
		}
	}
	if err := publish(ctx, tx, t.Code, v, changes); err != nil {
		return CodeVersion{}, err
	}
	return v, s.recordTable(ctx, tx, "code_table.publish", t, note, itemChanges(changes))
}

// maxAudited bounds the items that an audit entry names one by one; the version keeps all of them.
const maxAudited = 200

func itemChanges(changes []ItemChange) []audit.Change {
	list := make([]audit.Change, 0, min(len(changes), maxAudited))
	for _, c := range changes {
		if len(list) == maxAudited {
			break
		}
		switch c.Act {
		case "add":
			list = append(list, audit.Change{Field: c.New.Code, New: c.New})
		case "change":
			list = append(list, audit.Change{Field: c.New.Code, Old: c.Old, New: c.New})
		case "remove":
			list = append(list, audit.Change{Field: c.Old.Code, Old: c.Old})
		}
	}
	return list
}

// checkMeaning checks what this package needs of its own tables, and that nothing still uses what goes.
func (s *Service) checkMeaning(ctx context.Context, tx pgx.Tx, table string, after []CodeItem, changes []ItemChange) error {
	var f fault.Fields
	f.Check(len(after) <= maxItems, "body.set", fieldTooLong, "makes the table larger than 20,000 codes")
	switch table {
	case TableCity:
		provinces, err := s.Codes(ctx, TableProvince)
		if err != nil {
			return err
		}
		checkCities(&f, after, provinces)
	case TableProvince:
		for _, i := range after {
			f.Check(placeCode.MatchString(i.Code) && strings.HasSuffix(i.Code, "0000"), "body.set", fieldFormat, i.Code+" is not a province as 440000")
		}
	case TableService:
		for _, i := range after {
			f.Check(tableCode.MatchString(i.Code), "body.set", fieldFormat, i.Code+" is not small letters, digits and underscores")
		}
	}
	if err := f.Err("organization.invalid_codes", "the codes cannot be published as they are"); err != nil {
		return err
	}
	tree, err := s.treeIn(ctx, tx)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if user := tree.userOf(table, c.Old.Code); c.Act == "remove" && user != "" {
			return fault.New(fault.Conflict, ErrCodeInUse.Code, "%s uses the code %s", user, c.Old.Code).WithRemedy("%s", ErrCodeInUse.Remedy)
		}
	}
	return nil
}

func checkCities(f *fault.Fields, cities []CodeItem, provinces *Codes) {
	for _, i := range cities {
		_, known := provinces.Find(i.Parent)
		f.Check(placeCode.MatchString(i.Code), "body.set", fieldFormat, i.Code+" is not a city as 440100")
		f.Check(known, "body.set", fieldUnknown, i.Code+" has no parent in the table of provinces")
		a := i.Extra[extraAreaCode]
		f.Check(a == "" || areaCode.MatchString(a), "body.set", fieldFormat, i.Code+" has an area code that is not as 020 or 0898")
	}
}

// userOf names something that uses a code of this package's own tables, or "".
func (t *Tree) userOf(table, code string) string {
	for _, c := range t.order {
		if table == TableProvince && c.Province == code || table == TableCity && c.City == code {
			return c.Name
		}
	}
	for _, a := range t.areas {
		if table == TableService && a.Service == code || table == TableProvince && a.Selector == ByProvince && a.Value == code ||
			table == TableCity && a.Selector == ByCity && a.Value == code {
			c, _ := t.Centre(a.Centre)
			return "a service area of " + c.Name
		}
	}
	if table == TableProvince {
		for _, c := range t.places.cities.Items() {
			if c.Parent == code {
				return c.ZH
			}
		}
	}
	return ""
}

func (s *Service) recordTable(ctx context.Context, tx pgx.Tx, act string, t CodeTable, reason string, changes []audit.Change) error {
	return s.record(ctx, tx, change{
		act: act, topic: TopicCode, id: t.Code, label: t.Code + " " + t.NameZH, centre: t.OwnerCentre.UUID(), reason: reason, changes: changes,
	})
}

// Prepare publishes the tables of the program that are not there yet, and new versions of those that nobody but
// the program has ever published. It is called at every start of every process.
//
// Unchecked: nobody asks; it acts as the part "organization.codes".
func (s *Service) Prepare(ctx context.Context) error {
	ctx = actor.With(ctx, actor.System("organization.codes", CodeEdit))
	return s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		for _, c := range BuiltIn() {
			if err := s.prepareTable(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) prepareTable(ctx context.Context, tx pgx.Tx, c *Codes) error {
	t, err := lockTable(ctx, tx, c.Table.Code)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if err != nil {
		t = c.Table
		t.Edition, t.UpdatedAt, t.UpdatedBy = 1, s.cfg.Clock.Now(), who(ctx)
	}
	q := db.New(tx)
	before, err := itemsAt(ctx, q, t.Code, t.Version)
	if err != nil || len(difference(before, c.Items())) == 0 {
		return err
	}
	if t.Version > 0 {
		list, err := versions(ctx, q, t.Code)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(v CodeVersion) bool { return v.PublishedBy != who(ctx) }) {
			return nil // people look after it now
		}
	}
	if err := s.holdCodes(ctx, tx); err != nil {
		return err
	}
	if t.Version == 0 {
		if made, err := insertTable(ctx, tx, t); err != nil || !made {
			return err // another process was faster
		}
	}
	_, err = s.publish(ctx, tx, t, before, c.Items(), "随程序提供 / with the program")
	return err
}
