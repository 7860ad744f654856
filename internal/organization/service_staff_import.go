package organization

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/sheet"
)

// maxImport bounds the rows of one file.
const maxImport = 20_000

const (
	fieldTwice     = "organization.twice"
	fieldReadOnly  = "organization.read_only"
	fieldElsewhere = "organization.number_taken"
)

// rowCodes are the codes that files name teams and posts by.
type rowCodes struct {
	teams map[TeamID]string
	posts map[PostID]string
	team  map[teamCode]db.AllTeamCodesRow
	post  map[string]db.AllPostsRow
}

type teamCode struct {
	centre uuid.UUID
	code   string
}

func (s *Service) codesOfRows(ctx context.Context) (rowCodes, error) {
	c := rowCodes{teams: map[TeamID]string{}, posts: map[PostID]string{}, team: map[teamCode]db.AllTeamCodesRow{}, post: map[string]db.AllPostsRow{}}
	q := db.New(s.cfg.Pool)
	teams, err := q.AllTeamCodes(ctx)
	if err != nil {
		return c, fmt.Errorf("read the codes of teams: %w", err)
	}
	for _, t := range teams {
		c.teams[ident.From[teamKind](t.ID)] = t.Code
		c.team[teamCode{t.CentreID, t.Code}] = t
	}
	posts, err := q.AllPosts(ctx)
	if err != nil {
		return c, fmt.Errorf("read the codes of posts: %w", err)
	}
	for _, p := range posts {
		c.posts[ident.From[postKind](p.ID)] = p.Code
		c.post[p.Code] = p
	}
	return c, nil
}

// staffImport is one file on its way in.
type staffImport struct {
	scope   actor.Scope
	tree    *Tree
	centres map[string]Centre // by code
	codes   rowCodes
	known   map[string]Staff // by number
	leads   map[uuid.UUID]string
	seen    map[string]int // line by number
	report  *sheet.Report

	made    []Staff
	before  []Staff // of changed
	changed []Staff
}

// ImportStaff makes and changes staff by a workbook in the form of the export, all of it or, when a row is
// rejected, nothing; with dryRun it only tells what would happen. A column that the file does not have stays as
// it is. Errors: those of package sheet.
func (s *Service) ImportStaff(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, StaffImport)
	if err != nil {
		return nil, err
	}
	rows, err := staffTable.Read(data, maxImport)
	if err != nil {
		return nil, err
	}
	in := &staffImport{scope: scope, centres: map[string]Centre{}, seen: map[string]int{}, report: sheet.NewReport(dryRun)}
	if in.tree, err = s.Tree(ctx); err != nil {
		return nil, err
	}
	for _, c := range in.tree.Centres() {
		in.centres[c.Code] = c
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.prepareImport(ctx, tx, in, rows); err != nil {
			return err
		}
		for _, r := range rows {
			in.row(r, who(ctx))
		}
		if dryRun || in.report.Rejected > 0 {
			return nil
		}
		return s.applyImport(ctx, tx, in)
	})
	return in.report, err
}

// prepareImport reads and locks everybody whom the file names.
func (s *Service) prepareImport(ctx context.Context, tx pgx.Tx, in *staffImport, rows []sheet.Row) error {
	var err error
	if in.codes, err = s.codesOfRows(ctx); err != nil {
		return err
	}
	numbers := make([]string, len(rows))
	for i, r := range rows {
		numbers[i] = strings.ToUpper(r.Get("number"))
	}
	q := db.New(tx)
	found, err := q.StaffByNumbersForUpdate(ctx, numbers)
	if err != nil {
		return fmt.Errorf("read the staff of the file: %w", err)
	}
	in.known = make(map[string]Staff, len(found))
	ids := make([]uuid.UUID, len(found))
	for i, r := range found {
		in.known[r.Number] = staffOf(db.StaffByIDRow(r))
		ids[i] = r.ID
	}
	led, err := q.LedTeams(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the teams that staff of the file lead: %w", err)
	}
	in.leads = make(map[uuid.UUID]string, len(led))
	for _, t := range led {
		in.leads[t.LeaderID.UUID] = t.Code + " " + t.Name
	}
	return nil
}

// row decides what becomes of one row.
func (in *staffImport) row(r sheet.Row, by string) {
	number := strings.ToUpper(r.Get("number"))
	line := sheet.Line{Line: r.Line, Label: strings.TrimSpace(number + " " + r.Get("name")), Problems: staffTable.Missing(r)}
	var f fault.Fields
	if first, twice := in.seen[number]; twice && number != "" {
		f.Add("number", fieldTwice, fmt.Sprintf("is on line %d already", first))
	}
	in.seen[number] = r.Line
	old, exists := in.known[number]
	if exists && !in.scope.Covers(old.Centre.UUID()) {
		f.Add("number", fieldElsewhere, "is taken by somebody whom you do not look after")
		exists, old = true, Staff{Number: number, State: StaffActive}
	}
	next := in.merge(&f, r, old, exists, number)
	if err := f.Err(codeInvalidStaff, "the row is not usable"); err != nil {
		line.Problems = append(line.Problems, sheet.Problems(err)...)
	}
	line.Problems = withoutDoubles(line.Problems)
	line.Changes = staffColumnsChanged(old, next)
	switch {
	case !exists:
		line.Action = sheet.Create
		next.ID, next.State, next.Version, next.UpdatedBy = ident.New[staffKind](), StaffActive, 1, by
		in.made = append(in.made, next)
	case len(line.Changes) == 0:
		line.Action = sheet.Same
	default:
		line.Action = sheet.Update
		in.before = append(in.before, old)
		in.changed = append(in.changed, next)
	}
	in.report.Add(line)
}

// withoutDoubles keeps the first problem of each column.
func withoutDoubles(list []sheet.Problem) []sheet.Problem {
	var kept []sheet.Problem
	seen := map[string]bool{}
	for _, p := range list {
		if !seen[p.Column] {
			kept = append(kept, p)
		}
		seen[p.Column] = true
	}
	return kept
}

// merge gives the row as it would be stored, and what is wrong with it.
func (in *staffImport) merge(f *fault.Fields, r sheet.Row, old Staff, exists bool, number string) Staff {
	next := old
	next.Number, next.Name = number, r.Get("name")
	f.Check(number == "" || staffNumber.MatchString(number), "number", fieldFormat, "is not 2 to 16 capital letters and digits")
	in.place(f, r, old, &next)
	if r.Has("mobile") && (!exists || r.Get("mobile") != old.Mobile.Masked()) {
		next.Mobile = privacy.Phone(r.Get("mobile"))
	}
	if r.Has("email") && (!exists || r.Get("email") != old.Email.Masked()) {
		next.Email = privacy.Email(r.Get("email"))
	}
	if r.Has("joined_on") {
		next.JoinedOn = Day(r.Get("joined_on"))
	}
	if next.Name != "" {
		checkPerson(f, "", next.Name, next.Mobile, next.Email, next.JoinedOn)
	}
	state := old.State
	if !exists {
		state = StaffActive
	}
	f.Check(sameState(state, r.Get("state")), "state", fieldReadOnly, "is changed on the page, not by a file")
	f.Check(r.Get("left_on") == "" || r.Get("left_on") == string(old.LeftOn), "left_on", fieldReadOnly, "is changed on the page, not by a file")
	if exists && next != old {
		f.Check(old.State != StaffLeft, "number", ErrLeft.Code, "belongs to somebody who has left")
		team, leads := in.leads[old.ID.UUID()]
		f.Check(!leads || next.Centre == old.Centre, "centre", errLeadsTeam.Code, "leads the team "+team)
	}
	return next
}

// place puts the row into its centre, team and post.
func (in *staffImport) place(f *fault.Fields, r sheet.Row, old Staff, next *Staff) {
	code := strings.ToUpper(r.Get("centre"))
	centre, ok := in.centres[code]
	if code != "" {
		switch {
		case !ok || !in.scope.Covers(centre.ID.UUID()):
			f.Add("centre", fieldUnknown, "is not the code of a centre that you look after")
		case centre.State != Active && centre.ID != old.Centre:
			f.Add("centre", fieldClosed, "is closed")
		}
		next.Centre = centre.ID
	}
	if r.Has("team") {
		code := strings.ToUpper(r.Get("team"))
		team, ok := in.codes.team[teamCode{next.Centre.UUID(), code}]
		next.Team = ident.From[teamKind](team.ID)
		f.Check(code == "" || ok, "team", fieldUnknown, "is not the code of a team of the centre")
		f.Check(!ok || team.State == string(Active) || next.Team == old.Team, "team", fieldClosed, "is closed")
	} else if next.Centre != old.Centre {
		next.Team = TeamID{} // a team stays behind with its centre
	}
	if r.Has("post") {
		code := strings.ToUpper(r.Get("post"))
		post, ok := in.codes.post[code]
		next.Post = ident.From[postKind](post.ID)
		f.Check(code == "" || ok, "post", fieldUnknown, "is not the code of a post")
		f.Check(!ok || post.State == string(Active) || next.Post == old.Post, "post", fieldClosed, "is closed")
	}
}

// staffColumnsChanged names the columns that differ.
func staffColumnsChanged(a, b Staff) []string {
	var list []string
	for _, c := range []struct {
		key  string
		same bool
	}{
		{"name", a.Name == b.Name}, {"centre", a.Centre == b.Centre}, {"team", a.Team == b.Team}, {"post", a.Post == b.Post},
		{"mobile", a.Mobile == b.Mobile}, {"email", a.Email == b.Email}, {"joined_on", a.JoinedOn == b.JoinedOn},
	} {
		if !c.same {
			list = append(list, c.key)
		}
	}
	return list
}

// applyImport writes what was decided.
func (s *Service) applyImport(ctx context.Context, tx pgx.Tx, in *staffImport) error {
	now, by := s.cfg.Clock.Now(), who(ctx)
	var places []placing
	changes := make([]staffChange, 0, len(in.made)+len(in.changed))
	for i := range in.made {
		in.made[i].CreatedAt, in.made[i].UpdatedAt = now, now
		places = append(places, in.made[i].placing())
		changes = append(changes, staffChange{act: "staff.create", after: in.made[i]})
	}
	for i := range in.changed {
		places = append(places, in.before[i].placing(), in.changed[i].placing())
		changes = append(changes, staffChange{act: "staff.update", before: &in.before[i], after: in.changed[i]})
	}
	if len(changes) == 0 {
		return nil
	}
	around, err := s.lookAround(ctx, tx, places)
	if err != nil {
		return err
	}
	// What was in use when the row was decided may have been closed since.
	var f fault.Fields
	for _, c := range changes {
		before := Staff{}
		if c.before != nil {
			before = *c.before
		}
		around.check(&f, "", in.scope, before.placing(), c.after.placing())
	}
	if err := f.Err("organization.closed_meanwhile", "a centre, team or post was closed meanwhile"); err != nil {
		return err
	}
	if err := insertStaff(ctx, tx, in.made); err != nil {
		return err
	}
	if len(in.changed) > 0 {
		if err := updateStaff(ctx, tx, in.changed, by, now); err != nil {
			return err
		}
	}
	return s.recordStaff(ctx, tx, around, "", changes)
}
