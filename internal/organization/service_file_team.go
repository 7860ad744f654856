package organization

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// teamTable is the list of teams as a workbook.
var teamTable = sheet.Table{Key: "teams", ZH: "班组", EN: "Teams", Columns: []sheet.Column{
	{Key: "centre", ZH: "中心代码", EN: "Centre code", Required: true, Width: 16},
	{Key: "code", ZH: "班组代码", EN: "Team code", Required: true, Width: 16, HelpZH: "在中心内唯一。已有的代码是修改，没有的是新增。", HelpEN: "Unique within the centre. A code that exists is changed, another is made."},
	{Key: "name", ZH: "名称", EN: "Name", Required: true, Width: 24, Kind: sheet.Free},
	{Key: "leader", ZH: "组长工号", EN: "Leader's staff number", Width: 16},
	{Key: "shift", ZH: "班次", EN: "Shift", Width: 12, Kind: sheet.Free, HelpZH: "如早班、晚班、夜班。", HelpEN: "Such as early, late or night."},
	{Key: "state", ZH: "状态", EN: "State", Width: 10, HelpZH: "只读：撤销和恢复在页面上办理。", HelpEN: "Read only: teams are closed and reopened on the page."},
	{Key: "members", ZH: "人数", EN: "Members", Width: 8, HelpZH: "只读。", HelpEN: "Read only."},
}}

const teamsAtOnce = 500 // rows that an export reads at once

// ExportTeams writes what [Service.Teams] gives as a workbook. The audit notes it.
func (s *Service) ExportTeams(ctx context.Context, w io.Writer, lang string, f TeamFilter) error {
	scope, err := actor.Allow(ctx, TeamRead)
	if err != nil {
		return err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	centres, err := s.chosen(ctx, scope, f.Centre, f.Below)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "team.export", f.Find); err != nil {
		return err
	}
	return teamTable.Write(w, lang, func(yield func([]any, error) bool) {
		f.After = nil
		for {
			page, err := s.teams(ctx, centres, f, teamsAtOnce)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, t := range page {
				c, _ := tree.Centre(t.Centre)
				if !yield([]any{c.Code, t.Code, t.Name, t.LeaderNumber, t.Shift, wordIn(unitStates, t.State, lang), t.Members}, nil) {
					return
				}
			}
			if len(page) < teamsAtOnce {
				return
			}
			last := page[len(page)-1]
			f.After = &TeamPosition{last.Code, last.ID}
		}
	})
}

// ImportTeams makes and changes teams by a workbook in the form of the export, whole or not at all; with dryRun it
// only tells what would happen. Errors: those of package sheet.
func (s *Service) ImportTeams(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, TeamEdit)
	if err != nil {
		return nil, err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return s.importRows(ctx, teamTable, data, dryRun, func(ctx context.Context, tx pgx.Tx, r sheet.Row) (taken, error) {
		return s.takeTeam(ctx, tx, tree, scope, r)
	})
}

func (s *Service) takeTeam(ctx context.Context, tx pgx.Tx, tree *Tree, scope actor.Scope, r sheet.Row) (taken, error) {
	done := taken{label: r.Get("code") + " " + r.Get("name"), action: sheet.Create}
	c, ok := tree.centreByCode(r.Get("centre"))
	if !ok || !scope.Covers(c.ID.UUID()) {
		return done, badCell("centre", fieldUnknown, "is not the code of a centre that you look after")
	}
	lead, err := s.leaderOf(ctx, tx, r)
	if err != nil {
		return done, err
	}
	id, err := db.New(tx).TeamByCode(ctx, db.TeamByCodeParams{CentreID: c.ID.UUID(), Code: strings.ToUpper(r.Get("code"))})
	if postgres.IsNoRows(err) {
		_, err := s.CreateTeam(ctx, tx, NewTeam{Centre: c.ID, Code: r.Get("code"), Name: r.Get("name"), Leader: lead, Shift: r.Get("shift")})
		return done, inRow(err, "leader_id", "leader")
	}
	if err != nil {
		return done, fmt.Errorf("find the team: %w", err)
	}
	return s.retakeTeam(ctx, tx, scope, id, lead, r, done)
}

func (s *Service) retakeTeam(ctx context.Context, tx pgx.Tx, scope actor.Scope, id uuid.UUID, lead StaffID, r sheet.Row, done taken) (taken, error) {
	old, err := lockTeam(ctx, tx, ident.From[teamKind](id))
	if err != nil {
		return done, err
	}
	if state, ok := wordOf(unitStates, r.Get("state")); r.Get("state") != "" && (!ok || state != old.State) {
		return done, badCell("state", "organization.read_only", "is changed on the page, not by a file")
	}
	if !r.Has("leader") {
		lead = old.Leader
	}
	u := TeamUpdate{Version: old.Version, Code: old.Code, Name: r.Get("name"), Leader: lead, Shift: unlessSame(r, "shift", old.Shift)}
	next, err := s.updateTeam(ctx, tx, scope, old.ID, u)
	if err != nil {
		return done, inRow(err, "leader_id", "leader")
	}
	done.changes = differing("name", old.Name, next.Name, "leader", old.Leader.String(), next.Leader.String(), "shift", old.Shift, next.Shift)
	return done.orSame(), nil
}

func (s *Service) leaderOf(ctx context.Context, tx pgx.Tx, r sheet.Row) (StaffID, error) {
	number := strings.ToUpper(r.Get("leader"))
	if number == "" {
		return StaffID{}, nil
	}
	id, err := db.New(tx).LeaderByNumber(ctx, number)
	if postgres.IsNoRows(err) {
		return StaffID{}, badCell("leader", fieldUnknown, "is the staff number of nobody who works here")
	}
	if err != nil {
		return StaffID{}, fmt.Errorf("find the leader: %w", err)
	}
	return ident.From[staffKind](id), nil
}
