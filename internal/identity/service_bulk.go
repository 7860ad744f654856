package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/identity/internal/controldb"
	"yingda/internal/identity/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// errUndone ends a transaction whose work was only to see what would happen.
var errUndone = errors.New("nothing was kept")

// ImportAccountRequests reads a workbook of [requestTable] and asks for what stands in it: one request per member of
// staff, which adds the roles of all their lines to those they have. A dry run tells what would happen; otherwise
// everything is asked for, or nothing when one line is rejected.
func (s *ControlService) ImportAccountRequests(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, AccountRequest)
	if err != nil {
		return nil, err
	}
	rows, err := requestTable.Read(data, mostRequests)
	if err != nil {
		return nil, err
	}
	var report *sheet.Report
	err = postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		report = sheet.NewReport(dryRun)
		people, err := s.readPeople(ctx, tx, scope, rows)
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := s.askFor(ctx, tx, scope, p, report); err != nil {
				return err
			}
		}
		slices.SortStableFunc(report.Lines, func(a, b sheet.Line) int { return cmp.Compare(a.Line, b.Line) })
		if dryRun || report.Rejected > 0 {
			return errUndone
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUndone) {
		return nil, err
	}
	return report, nil
}

// wish is one line of the workbook.
type wish struct {
	line     int
	number   string
	grant    Grant
	reason   string
	problems []sheet.Problem
}

// wisher is a member of staff with all lines about them.
type wisher struct {
	staff   uuid.UUID // none: unknown number
	account bool
	wishes  []wish
}

// readPeople resolves numbers, roles and centres, and puts the lines of one person together.
func (s *ControlService) readPeople(ctx context.Context, tx pgx.Tx, scope actor.Scope, rows []sheet.Row) ([]*wisher, error) {
	numbers := make([]string, 0, len(rows))
	for _, r := range rows {
		numbers = append(numbers, strings.ToUpper(r.Get("number")))
	}
	found, err := controldb.New(tx).StaffByNumbers(ctx, numbers)
	if err != nil {
		return nil, fmt.Errorf("look up staff numbers: %w", err)
	}
	staff := map[string]controldb.StaffByNumbersRow{}
	for _, f := range found {
		if scope.Covers(f.CentreID) { // others are not there, as everywhere
			staff[f.Number] = f
		}
	}
	book, err := s.book(ctx)
	if err != nil {
		return nil, err
	}
	var list []*wisher
	byNumber := map[string]*wisher{}
	for _, r := range rows {
		number := strings.ToUpper(r.Get("number"))
		p, known := byNumber[number]
		if !known {
			row := staff[number]
			p = &wisher{staff: row.ID, account: row.AccountID.Valid}
			byNumber[number] = p
			list = append(list, p)
		}
		p.wishes = append(p.wishes, book.wish(r, number, staff[number]))
	}
	return list, nil
}

// book is what lines refer to by name.
type book struct {
	roles []Role
	tree  *organization.Tree
}

func (s *ControlService) book(ctx context.Context) (book, error) {
	rows, err := db.New(s.pool).Roles(ctx)
	if err != nil {
		return book{}, fmt.Errorf("list roles: %w", err)
	}
	var roles []Role
	for _, r := range rows {
		if role := roleOf(db.RoleByIDRow(r)); role.State == roleActive {
			roles = append(roles, role)
		}
	}
	tree, err := s.identity.cfg.Organization.Tree(ctx)
	return book{roles: roles, tree: tree}, err
}

// wish reads one line and notes what is wrong with it.
func (b book) wish(r sheet.Row, number string, staff controldb.StaffByNumbersRow) wish {
	w := wish{line: r.Line, number: number, reason: r.Get("reason"), problems: requestTable.Missing(r)}
	bad := func(column, code, message string) {
		w.problems = append(w.problems, sheet.Problem{Column: column, Code: code, Message: message})
	}
	if number != "" && staff.ID == uuid.Nil {
		bad("number", "unknown", "there is no such member of staff")
	}
	role := r.Get("role")
	i := slices.IndexFunc(b.roles, func(o Role) bool { return o.Code == role || o.ZH == role || strings.EqualFold(o.EN, role) })
	switch {
	case role != "" && i < 0:
		bad("role", "unknown", "there is no such role")
	case i >= 0:
		w.grant.Role = b.roles[i].ID
	}
	w.grant.Centre = staff.CentreID
	if name := r.Get("centre"); name != "" {
		j := slices.IndexFunc(b.tree.Centres(), func(c organization.Centre) bool { return c.Code == strings.ToUpper(name) || c.Name == name })
		if j < 0 {
			bad("centre", "unknown", "there is no such centre")
		} else {
			w.grant.Centre = b.tree.Centres()[j].ID.UUID()
		}
	}
	if day := r.Get("valid_until"); day != "" {
		last, err := time.ParseInLocation(time.DateOnly, day, shanghai)
		if err != nil {
			bad("valid_until", "bad_date", "is no day")
		} else {
			w.grant.Until = ptr(last.AddDate(0, 0, 1).UTC())
		}
	}
	return w
}

// askFor asks for everything about one person and reports each of their lines.
func (s *ControlService) askFor(ctx context.Context, tx pgx.Tx, scope actor.Scope, p *wisher, report *sheet.Report) error {
	wrong := slices.ContainsFunc(p.wishes, func(w wish) bool { return len(w.problems) > 0 })
	action, problems := sheet.Create, []sheet.Problem(nil)
	if p.account {
		action = sheet.Update
	}
	if !wrong {
		var err error
		if action, problems, err = s.tryAsk(ctx, tx, scope, p, action); err != nil {
			return err
		}
	}
	for i, w := range p.wishes {
		if i == 0 {
			w.problems = append(w.problems, problems...)
		} else if len(problems) > 0 {
			w.problems = append(w.problems, sheet.Problem{Code: "identity.same_person", Message: fmt.Sprintf("see line %d", p.wishes[0].line)})
		}
		report.Add(sheet.Line{Line: w.line, Label: w.number, Action: action, Problems: w.problems, Changes: []string{"role"}})
	}
	return nil
}

// tryAsk asks in a savepoint: what is refused with a fault is a problem of the line, not of the import.
func (s *ControlService) tryAsk(ctx context.Context, tx pgx.Tx, scope actor.Scope, p *wisher, action string) (string, []sheet.Problem, error) {
	inner, err := tx.Begin(ctx)
	if err != nil {
		return action, nil, fmt.Errorf("import account requests: %w", err)
	}
	ask, err := s.merged(ctx, inner, scope, p)
	if err == nil && ask.Act == "" {
		return sheet.Same, nil, inner.Commit(ctx)
	}
	if err == nil {
		_, err = s.askAccount(ctx, inner, scope, ask)
	}
	if err == nil {
		return action, nil, inner.Commit(ctx)
	}
	problems := sheet.Problems(err)
	if problems == nil {
		return action, nil, err
	}
	if err := inner.Rollback(ctx); err != nil {
		return action, nil, fmt.Errorf("import account requests: %w", err)
	}
	return action, problems, nil
}

// merged makes one ask of a person's lines: their roles beside those that they have. The act is empty when they have
// all of them already.
func (s *ControlService) merged(ctx context.Context, tx pgx.Tx, scope actor.Scope, p *wisher) (AccountAsk, error) {
	ask := AccountAsk{Act: ActCreate, Staff: p.staff}
	t, err := s.target(ctx, tx, scope, p.staff)
	if err != nil {
		return ask, err
	}
	for _, a := range t.present {
		ask.Grants = append(ask.Grants, Grant{Role: a.Role, Centre: a.Centre, From: a.ValidFrom, Until: a.ValidUntil})
	}
	changed := !t.acct.known()
	var reasons []string
	for _, w := range p.wishes {
		i := slices.IndexFunc(ask.Grants, func(g Grant) bool { return g.Role == w.grant.Role && g.Centre == w.grant.Centre })
		switch {
		case i < 0:
			ask.Grants, changed = append(ask.Grants, w.grant), true
		case !sameTime(ask.Grants[i].Until, w.grant.Until):
			ask.Grants[i].Until, changed = w.grant.Until, true
		}
		if !slices.Contains(reasons, w.reason) {
			reasons = append(reasons, w.reason)
		}
	}
	ask.Reason = cut(strings.Join(reasons, "；"), 1000)
	switch {
	case !changed:
		ask.Act = ""
	case t.acct.known():
		ask.Act = ActChange
	}
	return ask, nil
}
