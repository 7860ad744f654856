package organization

import (
	"context"
	"io"
	"iter"
	"strings"

	"yingda/internal/actor"
	"yingda/internal/platform/sheet"
)

// staffTable is the list of staff as a workbook.
var staffTable = sheet.Table{Key: "staff", ZH: "员工", EN: "Staff", Columns: []sheet.Column{
	{Key: "number", ZH: "工号", EN: "Staff number", Required: true, Width: 14, HelpZH: "2 到 16 位大写字母和数字，全国唯一。已有的工号是修改，没有的是新增。", HelpEN: "2 to 16 capital letters and digits, unique nationwide. A number that exists is changed, another is made."},
	{Key: "name", ZH: "姓名", EN: "Name", Required: true, Width: 18},
	{Key: "centre", ZH: "中心代码", EN: "Centre code", Required: true, Width: 16, HelpZH: "您管理范围内、在用的中心。", HelpEN: "A centre in use that you look after."},
	{Key: "team", ZH: "班组代码", EN: "Team code", Width: 14, HelpZH: "属于该中心；空着表示不在班组。", HelpEN: "Of that centre; empty for no team."},
	{Key: "post", ZH: "岗位代码", EN: "Post code", Width: 16},
	{Key: "mobile", ZH: "手机", EN: "Mobile", Width: 18, HelpZH: "导出的掩码原样导入时号码不变。", HelpEN: "A masked number as it was exported leaves the number as it is."},
	{Key: "email", ZH: "邮箱", EN: "E-mail", Width: 26, HelpZH: "同手机。", HelpEN: "As for the mobile."},
	{Key: "joined_on", ZH: "入职日期", EN: "Joined on", Kind: sheet.Date, Width: 12},
	{Key: "state", ZH: "状态", EN: "State", Width: 10, HelpZH: "只读：停用、恢复和离职在页面上办理。", HelpEN: "Read only: people are suspended, reinstated and let go on the page."},
	{Key: "left_on", ZH: "离职日期", EN: "Left on", Kind: sheet.Date, Width: 12, HelpZH: "只读。", HelpEN: "Read only."},
}}

// stateWords are the states as files show them.
var stateWords = map[StaffState][2]string{
	StaffActive: {"在职", "active"}, StaffSuspended: {"停用", "suspended"}, StaffLeft: {"离职", "left"},
}

func stateWord(s StaffState, lang string) string {
	words, ok := stateWords[s]
	switch {
	case !ok:
		return string(s)
	case strings.HasPrefix(lang, sheet.English):
		return words[1]
	}
	return words[0]
}

// sameState tells whether a cell says the state in either language; an empty one says nothing else.
func sameState(s StaffState, cell string) bool {
	return cell == "" || strings.EqualFold(cell, string(s)) || cell == stateWords[s][0]
}

// exportPage is how many rows an export reads at once.
const exportPage = 1000

// ExportStaff writes what [Service.ListStaff] gives as a workbook, numbers masked. The audit notes it with
// label, which says what was asked for.
func (s *Service) ExportStaff(ctx context.Context, w io.Writer, lang, label string, fl StaffFilter) error {
	scope, err := actor.Allow(ctx, StaffRead)
	if err != nil {
		return err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "staff.export", label); err != nil {
		return err
	}
	codes, err := s.codesOfRows(ctx)
	if err != nil {
		return err
	}
	return staffTable.Write(w, lang, s.staffRows(ctx, tree, scope, fl, codes, lang))
}

// staffRows gives the cells of staffTable for everybody of the filter, a page at a time.
func (s *Service) staffRows(ctx context.Context, tree *Tree, scope actor.Scope, fl StaffFilter, codes rowCodes, lang string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		fl.After, fl.Limit = "", exportPage
		for {
			page, err := s.listStaff(ctx, tree, scope, fl)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, i := range page {
				centre, _ := tree.Centre(i.Centre)
				cells := []any{
					i.Number, i.Name, centre.Code, codes.teams[i.Team], codes.posts[i.Post], i.Mobile, i.Email,
					i.JoinedOn.Time(), stateWord(i.State, lang), i.LeftOn.Time(),
				}
				if !yield(cells, nil) {
					return
				}
			}
			if len(page) < exportPage {
				return
			}
			fl.After = page[len(page)-1].Number
		}
	}
}
