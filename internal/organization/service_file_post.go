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

var postClasses = []word[PostClass]{{Management, "管理类", "management"}, {Back, "后台类", "back office"}, {Front, "前台类", "front office"}}

// postTable is the list of posts as a workbook.
var postTable = sheet.Table{Key: "posts", ZH: "岗位", EN: "Posts", Columns: []sheet.Column{
	{Key: "code", ZH: "岗位代码", EN: "Post code", Required: true, Width: 16, HelpZH: "全国唯一。已有的代码是修改，没有的是新增。", HelpEN: "Unique nationwide. A code that exists is changed, another is made."},
	{Key: "name_zh", ZH: "名称", EN: "Chinese name", Required: true, Width: 24, Kind: sheet.Free},
	{Key: "name_en", ZH: "英文名称", EN: "English name", Required: true, Width: 28, Kind: sheet.Free},
	{Key: "class", ZH: "类别", EN: "Class", Required: true, Width: 12, HelpZH: "管理类、后台类或前台类。", HelpEN: "management, back office or front office."},
	{Key: "review_months", ZH: "复核周期（月）", EN: "Review after (months)", Width: 14},
	{Key: "state", ZH: "状态", EN: "State", Width: 10, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "issued_edition", ZH: "已发布版本", EN: "Issued edition", Width: 12, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "review_by", ZH: "复核期限", EN: "Review by", Width: 12, Kind: sheet.Date, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "holders", ZH: "在岗人数", EN: "Holders", Width: 10, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "acknowledged", ZH: "已确认人数", EN: "Acknowledged", Width: 12, HelpZH: "只读。", HelpEN: "Read only."},
}}

// ExportPosts writes what [Service.Posts] gives as a workbook. The audit notes it.
func (s *Service) ExportPosts(ctx context.Context, w io.Writer, lang string, f PostFilter) error {
	if _, err := actor.Allow(ctx, PostRead); err != nil {
		return err
	}
	if err := s.exported(ctx, "post.export", string(f.Class)); err != nil {
		return err
	}
	return postTable.Write(w, lang, func(yield func([]any, error) bool) {
		f.After, f.Limit = "", exportPage
		for {
			page, err := s.Posts(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, p := range page {
				row := []any{
					p.Code, p.NameZH, p.NameEN, wordIn(postClasses, p.Class, lang), p.ReviewMonths, wordIn(unitStates, p.State, lang),
					p.IssuedOf, p.ReviewBy.Time(), p.Holders, p.Acknowledged,
				}
				if !yield(row, nil) {
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

// ImportPosts makes and changes posts by a workbook in the form of the export, whole or not at all; with dryRun
// it only tells what would happen. Errors: [ErrNationOnly], those of package sheet.
func (s *Service) ImportPosts(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	if err := allowNation(ctx, PostEdit); err != nil {
		return nil, err
	}
	return s.importRows(ctx, postTable, data, dryRun, s.takePost)
}

func (s *Service) takePost(ctx context.Context, tx pgx.Tx, r sheet.Row) (taken, error) {
	code := strings.ToUpper(r.Get("code"))
	done := taken{label: code + " " + r.Get("name_zh"), action: sheet.Create}
	class, ok := wordOf(postClasses, r.Get("class"))
	if !ok {
		return done, badCell("class", fieldUnknown, "is not a class of posts")
	}
	months := 0
	if cell := r.Get("review_months"); cell != "" {
		var err error
		if months, err = strconv.Atoi(cell); err != nil {
			return done, badCell("review_months", fieldFormat, "is not a number of months")
		}
	}
	row, err := db.New(tx).PostByCode(ctx, code)
	if postgres.IsNoRows(err) {
		_, err := s.CreatePost(ctx, tx, NewPost{Code: code, NameZH: r.Get("name_zh"), NameEN: r.Get("name_en"), Class: class, ReviewMonths: months})
		return done, err
	}
	if err != nil {
		return done, err
	}
	old := postOf(row)
	if state, ok := wordOf(unitStates, r.Get("state")); r.Get("state") != "" && (!ok || state != old.State) {
		return done, badCell("state", fieldReadOnly, "is changed on the page, not by a file")
	}
	if months == 0 {
		months = old.ReviewMonths
	}
	next, err := s.UpdatePost(ctx, tx, ident.From[postKind](row.ID), PostUpdate{
		Version: old.Version, NameZH: r.Get("name_zh"), NameEN: r.Get("name_en"), Class: class, ReviewMonths: months, State: old.State,
	})
	if err != nil {
		return done, err
	}
	done.changes = differing("name_zh", old.NameZH, next.NameZH, "name_en", old.NameEN, next.NameEN, "class", string(old.Class), string(next.Class),
		"review_months", strconv.Itoa(old.ReviewMonths), strconv.Itoa(next.ReviewMonths))
	return done.orSame(), nil
}

var staffStates = []word[StaffState]{{StaffActive, "在职", "active"}, {StaffSuspended, "停职", "suspended"}, {StaffLeft, "离职", "left"}}

// acknowledgedTable is who holds a post and has read its job description.
var acknowledgedTable = sheet.Table{Key: "acknowledgements", ZH: "岗位说明书确认情况", EN: "Job description acknowledgements", Columns: []sheet.Column{
	{Key: "number", ZH: "工号", EN: "Staff number", Width: 14}, {Key: "name", ZH: "姓名", EN: "Name", Width: 18, Kind: sheet.Free},
	{Key: "centre", ZH: "中心", EN: "Centre", Width: 24, Kind: sheet.Free}, {Key: "state", ZH: "状态", EN: "State", Width: 10},
	{Key: "acknowledged_at", ZH: "确认时间", EN: "Acknowledged at", Width: 20},
}}

// ExportAcknowledgements writes what [Service.Acknowledgements] gives as a workbook. The audit notes it. Errors: [ErrNoPost].
func (s *Service) ExportAcknowledgements(ctx context.Context, w io.Writer, lang string, post PostID, missing bool) error {
	if _, err := actor.Allow(ctx, StaffRead); err != nil {
		return err
	}
	p, err := s.Post(ctx, post)
	if err != nil {
		return err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "post.export_acknowledgements", p.Code+" "+p.NameZH); err != nil {
		return err
	}
	return acknowledgedTable.Write(w, lang, func(yield func([]any, error) bool) {
		after := ""
		for {
			page, err := s.Acknowledgements(ctx, post, missing, after, exportPage)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, k := range page {
				centre, _ := tree.Centre(k.Centre)
				if !yield([]any{k.Number, k.Name, centre.Name, wordIn(staffStates, k.State, lang), k.At}, nil) {
					return
				}
				after = k.Number
			}
			if len(page) < exportPage {
				return
			}
		}
	})
}
