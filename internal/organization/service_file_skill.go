package organization

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

var skillKinds = []word[SkillKind]{
	{SkillBusiness, "业务", "business"}, {SkillLanguage, "语言", "language"}, {SkillChannel, "渠道", "channel"}, {SkillCustomer, "客群", "customer"}, {SkillSystem, "系统", "system"},
}

// skillTable is the list of skills as a workbook.
var skillTable = sheet.Table{Key: "skills", ZH: "技能", EN: "Skills", Columns: []sheet.Column{
	{Key: "code", ZH: "技能代码", EN: "Skill code", Required: true, Width: 16, HelpZH: "全国唯一。已有的代码是修改，没有的是新增。", HelpEN: "Unique nationwide. A code that exists is changed, another is made."},
	{Key: "name", ZH: "名称", EN: "Name", Required: true, Width: 24, Kind: sheet.Free},
	{Key: "kind", ZH: "种类", EN: "Kind", Required: true, Width: 12, HelpZH: "业务、语言、渠道、客群或系统。", HelpEN: "business, language, channel, customer or system."},
	{Key: "description", ZH: "说明", EN: "Description", Width: 48, Kind: sheet.Free},
	{Key: "state", ZH: "状态", EN: "State", Width: 10, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "holders", ZH: "持有人数", EN: "Holders", Width: 10, HelpZH: "只读。", HelpEN: "Read only."},
}}

// ExportSkills writes what [Service.Skills] gives as a workbook. The audit notes it.
func (s *Service) ExportSkills(ctx context.Context, w io.Writer, lang string, f SkillFilter) error {
	if _, err := actor.Allow(ctx, SkillRead); err != nil {
		return err
	}
	if err := s.exported(ctx, "skill.export", string(f.Kind)); err != nil {
		return err
	}
	return skillTable.Write(w, lang, func(yield func([]any, error) bool) {
		f.After, f.Limit = "", exportPage
		for {
			page, err := s.Skills(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, k := range page {
				if !yield([]any{k.Code, k.Name, wordIn(skillKinds, k.Kind, lang), k.Description, wordIn(unitStates, k.State, lang), k.Holders}, nil) {
					return
				}
			}
			if len(page) < exportPage {
				return
			}
			f.After = page[len(page)-1].Code
		}
	})
}

// ImportSkills makes and changes skills by a workbook in the form of the export, whole or not at all; with
// dryRun it only tells what would happen. Errors: [ErrNationOnly], those of package sheet.
func (s *Service) ImportSkills(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	if err := allowNation(ctx, SkillEdit); err != nil {
		return nil, err
	}
	return s.importRows(ctx, skillTable, data, dryRun, s.takeSkill)
}

func (s *Service) takeSkill(ctx context.Context, tx pgx.Tx, r sheet.Row) (taken, error) {
	code := strings.ToUpper(r.Get("code"))
	done := taken{label: code + " " + r.Get("name"), action: sheet.Create}
	kind, ok := wordOf(skillKinds, r.Get("kind"))
	if !ok {
		return done, badCell("kind", fieldUnknown, "is not a kind of skill")
	}
	row, err := db.New(tx).SkillByCode(ctx, code)
	if postgres.IsNoRows(err) {
		_, err := s.CreateSkill(ctx, tx, NewSkill{Code: code, Name: r.Get("name"), Kind: kind, Description: r.Get("description")})
		return done, err
	}
	if err != nil {
		return done, err
	}
	old := skillOf(row)
	if state, ok := wordOf(unitStates, r.Get("state")); r.Get("state") != "" && (!ok || state != old.State) {
		return done, badCell("state", fieldReadOnly, "is changed on the page, not by a file")
	}
	next, err := s.UpdateSkill(ctx, tx, ident.From[skillKind](row.ID), SkillUpdate{
		Version: old.Version, Name: r.Get("name"), Kind: kind, Description: unlessSame(r, "description", old.Description), State: old.State,
	})
	if err != nil {
		return done, err
	}
	done.changes = differing("name", old.Name, next.Name, "kind", string(old.Kind), string(next.Kind), "description", old.Description, next.Description)
	return done.orSame(), nil
}

// expiringTable is who will soon lose which skill.
var expiringTable = sheet.Table{Key: "expiring-skills", ZH: "即将到期的技能", EN: "Skills that end soon", Columns: []sheet.Column{
	{Key: "valid_until", ZH: "有效期至", EN: "Valid until", Width: 14, Kind: sheet.Date}, {Key: "number", ZH: "工号", EN: "Staff number", Width: 14},
	{Key: "name", ZH: "姓名", EN: "Name", Width: 18, Kind: sheet.Free}, {Key: "centre", ZH: "中心", EN: "Centre", Width: 24, Kind: sheet.Free},
	{Key: "code", ZH: "技能代码", EN: "Skill code", Width: 16}, {Key: "skill", ZH: "技能", EN: "Skill", Width: 24, Kind: sheet.Free},
	{Key: "level", ZH: "等级", EN: "Level", Width: 8},
}}

// ExportExpiring writes what [Service.Expiring] gives as a workbook. The audit notes it.
func (s *Service) ExportExpiring(ctx context.Context, w io.Writer, lang string, days int) error {
	if _, err := actor.Allow(ctx, SkillRead); err != nil {
		return err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "staff.export_skills", "days="+strconv.Itoa(days)); err != nil {
		return err
	}
	return expiringTable.Write(w, lang, func(yield func([]any, error) bool) {
		var after ExpiringAfter
		for {
			page, err := s.Expiring(ctx, days, after, exportPage)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range page {
				centre, _ := tree.Centre(e.Centre)
				if !yield([]any{e.ValidUntil.Time(), e.Number, e.Name, centre.Name, e.Code, e.SkillName, e.Level}, nil) {
					return
				}
				after = ExpiringAfter{e.ValidUntil, e.Number, e.Code}
			}
			if len(page) < exportPage {
				return
			}
		}
	})
}

// matrixSkills bounds the columns of the matrix.
const matrixSkills = 200

// ExportMatrix writes staff with a column for each skill in use: the level that counts today. The audit notes
// it with label, which says what was asked for.
func (s *Service) ExportMatrix(ctx context.Context, w io.Writer, lang, label string, fl StaffFilter) error {
	scope, err := actor.Allow(ctx, StaffRead)
	if err != nil {
		return err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	skills, err := s.Skills(ctx, SkillFilter{State: Active, Limit: matrixSkills})
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "staff.export_skills", label); err != nil {
		return err
	}
	table := sheet.Table{Key: "staff-skills", ZH: "技能矩阵", EN: "Skills of staff", Columns: []sheet.Column{
		{Key: "number", ZH: "工号", EN: "Staff number", Width: 14}, {Key: "name", ZH: "姓名", EN: "Name", Width: 18, Kind: sheet.Free},
		{Key: "centre", ZH: "中心", EN: "Centre", Width: 20, Kind: sheet.Free}, {Key: "team", ZH: "班组", EN: "Team", Width: 16, Kind: sheet.Free},
	}}
	for _, k := range skills {
		table.Columns = append(table.Columns, sheet.Column{Key: k.Code, ZH: k.Name, EN: k.Name, Width: 12})
	}
	return table.Write(w, lang, func(yield func([]any, error) bool) {
		fl.After, fl.Limit = "", exportPage
		for {
			page, err := s.listStaff(ctx, tree, scope, fl)
			if err == nil {
				err = s.matrixRows(ctx, page, skills, yield)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) < exportPage {
				return
			}
			fl.After = page[len(page)-1].Number
		}
	})
}

func (s *Service) matrixRows(ctx context.Context, page []StaffItem, skills []SkillItem, yield func([]any, error) bool) error {
	held, err := s.SkillsOf(ctx, s.cfg.Pool, idsOf(page))
	if err != nil {
		return err
	}
	today := s.today()
	for _, i := range page {
		levels := map[SkillID]int{}
		for _, h := range held[i.ID] {
			if h.ValidOn(today) {
				levels[h.Skill] = h.Level
			}
		}
		row := []any{i.Number, i.Name, i.CentreName, i.TeamName}
		for _, k := range skills {
			var cell any
			if l := levels[k.ID]; l > 0 {
				cell = l
			}
			row = append(row, cell)
		}
		if !yield(row, nil) {
			return nil
		}
	}
	return nil
}

func idsOf(list []StaffItem) []StaffID {
	ids := make([]StaffID, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	return ids
}

// SkilledStaff is one row of the matrix of skills.
type SkilledStaff struct {
	StaffItem
	Held []HeldSkill
}

// Matrix gives staff by number with what they hold, cut to the asker's scope.
func (s *Service) Matrix(ctx context.Context, fl StaffFilter) ([]SkilledStaff, error) {
	if _, err := actor.Allow(ctx, SkillRead); err != nil {
		return nil, err
	}
	page, err := s.ListStaff(ctx, fl)
	if err != nil {
		return nil, err
	}
	held, err := s.SkillsOf(ctx, s.cfg.Pool, idsOf(page))
	if err != nil {
		return nil, err
	}
	rows := make([]SkilledStaff, len(page))
	for i, m := range page {
		rows[i] = SkilledStaff{StaffItem: m, Held: held[m.ID]}
	}
	return rows, nil
}
