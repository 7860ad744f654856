package voice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/internal/db"
)

const (
	exportPage = 1000
	maxExport  = 100_000 // calls
	maxImport  = 20_000  // rows
)

var trunkTable = sheet.Table{Key: "trunks", ZH: "中继", EN: "Trunks", Columns: []sheet.Column{
	{Key: "name", ZH: "名称", EN: "Name", Width: 24, Kind: sheet.Free}, {Key: "group", ZH: "中继群", EN: "Group", Width: 16},
	{Key: "hosts", ZH: "主机", EN: "Hosts", Width: 36, Kind: sheet.Free}, {Key: "transport", ZH: "传输", EN: "Transport", Width: 10},
	{Key: "register", ZH: "向对端注册", EN: "Registers", Width: 12}, {Key: "priority", ZH: "优先级", EN: "Priority", Width: 10},
	{Key: "weight", ZH: "权重", EN: "Weight", Width: 10}, {Key: "max_calls", ZH: "最大并发", EN: "Most calls", Width: 12},
	{Key: "codecs", ZH: "编码", EN: "Codecs", Width: 14}, {Key: "state", ZH: "状态", EN: "State", Width: 14}, {Key: "calls", ZH: "当前通话", EN: "Calls now", Width: 10},
	{Key: "note", ZH: "备注", EN: "Note", Width: 40, Kind: sheet.Free},
}}

var phoneTable = sheet.Table{Key: "phones", ZH: "话机", EN: "Desk phones", Columns: []sheet.Column{
	{Key: "number", ZH: "号码", EN: "Number", Width: 12, Required: true, HelpZH: "2 到 12 位数字，以后不能改", HelpEN: "2 to 12 digits; it never changes"},
	{Key: "display_name", ZH: "名称", EN: "Name", Width: 24, Required: true, Kind: sheet.Free},
	{Key: "centre", ZH: "所属中心代码", EN: "Owner centre", Width: 16, Required: true},
	{Key: "staff_number", ZH: "工号", EN: "Staff number", Width: 14, HelpZH: "谁的话机；公用的留空", HelpEN: "Whose phone it is; empty for a shared one"},
	{Key: "disabled", ZH: "停用", EN: "Out of use", Width: 10, HelpZH: "是 或 否", HelpEN: "yes or no"},
	{Key: "source", ZH: "注册地址", EN: "Registered at", Width: 28, Kind: sheet.Free, HelpZH: "只供查看，导入时不读", HelpEN: "To be looked at; an import reads over it"},
	{Key: "agent", ZH: "话机型号", EN: "Model", Width: 30, Kind: sheet.Free, HelpZH: "只供查看，导入时不读", HelpEN: "To be looked at; an import reads over it"}, {Key: "note", ZH: "备注", EN: "Note", Width: 40, Kind: sheet.Free},
}}

var numberTable = sheet.Table{Key: "number_actions", ZH: "号码去向", EN: "Called numbers", Columns: []sheet.Column{
	{Key: "number", ZH: "被叫号码", EN: "Number", Width: 18, Required: true, HelpZH: "完整号码；匹配方式为“号首”时填号码开头", HelpEN: "The whole number, or its beginning when matched as prefix"},
	{Key: "match", ZH: "匹配方式", EN: "Match", Width: 10, Required: true, HelpZH: "number（完整号码）或 prefix（号首）", HelpEN: "number or prefix"},
	{Key: "name", ZH: "名称", EN: "Name", Width: 24, Required: true, Kind: sheet.Free},
	{Key: "centre", ZH: "所属中心代码", EN: "Owner centre", Width: 16, Required: true},
	{Key: "act", ZH: "处理", EN: "What happens", Width: 12, Required: true, HelpZH: "flow 进流程、queue 进队列、prompt 放音、echo 回音、phone 转话机、trunk 从中继呼出、reject 拒绝", HelpEN: "flow, queue, prompt, echo, phone, trunk or reject"},
	{Key: "prompt", ZH: "提示音", EN: "Prompt", Width: 24, Kind: sheet.Free, HelpZH: "放音时填提示音名称", HelpEN: "The prompt's name, for prompt"},
	{Key: "repeat", ZH: "循环播放", EN: "Repeat", Width: 10, HelpZH: "是 或 否", HelpEN: "yes or no"},
	{Key: "phone", ZH: "话机", EN: "Phone", Width: 12, HelpZH: "转话机时填话机号码", HelpEN: "The phone's number, for phone"},
	{Key: "group", ZH: "中继群", EN: "Trunk group", Width: 16, Kind: sheet.Free, HelpZH: "从中继呼出时填中继群代码", HelpEN: "The group's code, for trunk"},
	{Key: "cause", ZH: "拒绝原因", EN: "Cause", Width: 16, HelpZH: "busy、declined、forbidden、unavailable、not_found、number_changed、congestion", HelpEN: "busy, declined, forbidden, unavailable, not_found, number_changed or congestion"},
	{Key: "queue", ZH: "队列", EN: "Queue", Width: 16, HelpZH: "进队列时填队列代码；进流程而流程转到号码的队列时也填", HelpEN: "The queue's code, for queue, and for a flow that leads to the number's queue"},
	{Key: "flow", ZH: "流程", EN: "Flow", Width: 16, HelpZH: "进流程时填流程名称，例如 greeting", HelpEN: "The flow's name, for flow, such as greeting"},
	{Key: "disabled", ZH: "停用", EN: "Out of use", Width: 10, HelpZH: "是 或 否", HelpEN: "yes or no"},
	{Key: "note", ZH: "备注", EN: "Note", Width: 40, Kind: sheet.Free},
}}

var callTable = sheet.Table{Key: "calls", ZH: "通话记录", EN: "Calls", Columns: []sheet.Column{
	{Key: "started", ZH: "开始时间", EN: "Started", Width: 20}, {Key: "direction", ZH: "方向", EN: "Direction", Width: 8},
	{Key: "caller", ZH: "主叫（脱敏）", EN: "Caller (masked)", Width: 20}, {Key: "called", ZH: "被叫（脱敏）", EN: "Called (masked)", Width: 20},
	{Key: "trunk", ZH: "中继", EN: "Trunk", Width: 20, Kind: sheet.Free}, {Key: "phone", ZH: "话机", EN: "Phone", Width: 10},
	{Key: "answered", ZH: "应答时间", EN: "Answered", Width: 20}, {Key: "seconds", ZH: "通话秒数", EN: "Seconds talked", Width: 12},
	{Key: "result", ZH: "结果", EN: "Result", Width: 12}, {Key: "side", ZH: "责任方", EN: "Side", Width: 10}, {Key: "reason", ZH: "原因", EN: "Reason", Width: 18},
	{Key: "sip", ZH: "SIP", EN: "SIP", Width: 8}, {Key: "q850", ZH: "Q.850", EN: "Q.850", Width: 8},
	{Key: "quality", ZH: "音质", EN: "Quality", Width: 40, Kind: sheet.Free}, {Key: "node", ZH: "节点", EN: "Node", Width: 16, Kind: sheet.Free},
}}

// writePages writes a list as a workbook, page by page.
func writePages[T any](w io.Writer, t sheet.Table, lang string, most int, page func(after *T) ([]T, error), cells func(T) []any) error {
	return t.Write(w, lang, func(yield func([]any, error) bool) {
		var last *T
		for done := 0; done < most; {
			list, err := page(last)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, one := range list {
				if !yield(cells(one), nil) {
					return
				}
			}
			if done += len(list); len(list) < exportPage {
				return
			}
			last = &list[len(list)-1]
		}
	})
}

// ExportTrunks writes what [Service.ListTrunks] gives as a workbook; no password.
func (s *Service) ExportTrunks(ctx context.Context, w io.Writer, lang string, f TrunkFilter) error {
	if _, err := actor.Allow(ctx, TrunkRead); err != nil {
		return err
	}
	if err := s.exported(ctx, "voice.trunk", strings.TrimSpace(f.Text)); err != nil {
		return err
	}
	states := s.trunkStates()
	return writePages(w, trunkTable, lang, maxExport, func(last *Trunk) ([]Trunk, error) {
		f.After, f.Limit = nil, exportPage
		if last != nil {
			f.After = &TrunkPosition{last.Name, last.ID}
		}
		return s.ListTrunks(ctx, f)
	}, func(t Trunk) []any {
		h := healthOf(t, states[t.ID])
		return []any{
			t.Name, t.GroupCode, strings.Join(t.Hosts, ", "), string(t.Transport), yes(t.Register, lang), t.Priority, t.Weight, t.MaxCalls,
			strings.Join(t.Codecs, ", "), string(h.State), h.Calls, t.Note,
		}
	})
}

// ExportPhones writes what [Service.ListPhones] gives as a workbook.
func (s *Service) ExportPhones(ctx context.Context, w io.Writer, lang string, f PhoneFilter) error {
	if _, err := actor.Allow(ctx, PhoneRead); err != nil {
		return err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	if err := s.exported(ctx, "voice.phone", strings.TrimSpace(f.Text)); err != nil {
		return err
	}
	contacts := s.registrations()
	return writePages(w, phoneTable, lang, maxExport, func(last *Phone) ([]Phone, error) {
		f.After, f.Limit = nil, exportPage
		if last != nil {
			f.After = &PhonePosition{last.Number, last.ID}
		}
		return s.ListPhones(ctx, f)
	}, func(p Phone) []any {
		owner, _ := tree.Centre(p.Centre)
		var source, agent string
		if at := contacts[p.Number]; len(at) > 0 {
			source, agent = at[0].Transport+" "+at[0].Source, at[0].Agent
		}
		return []any{p.Number, p.DisplayName, owner.Code, p.StaffNumber, yes(p.Disabled, lang), source, agent, p.Note}
	})
}

// ExportCalls writes what [Service.ListCalls] gives as a workbook, numbers masked.
func (s *Service) ExportCalls(ctx context.Context, w io.Writer, lang string, f CallFilter) error {
	scope, err := actor.Allow(ctx, CallExport)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "voice.call", strings.TrimSpace(string(f.Direction)+" "+string(f.Result))); err != nil {
		return err
	}
	// Whoever may export may read for this, in the scope of the export.
	reader := actor.With(ctx, actor.New(*actor.From(ctx), map[actor.Permission]actor.Scope{CallRead: scope}))
	return writePages(w, callTable, lang, maxExport, func(last *Call) ([]Call, error) {
		f.Before, f.Limit = nil, exportPage
		if last != nil {
			f.Before = &CallPosition{last.Started, last.ID}
		}
		return s.ListCalls(reader, f)
	}, func(c Call) []any {
		quality := c.Verdict.ZH
		if lang == sheet.English {
			quality = c.Verdict.EN
		}
		return []any{
			local(&c.Started), string(c.Direction), c.Caller, c.Called, c.TrunkName, c.PhoneNumber, local(c.Answered), int(c.Talked().Seconds()),
			string(c.Ending.Result), string(c.Ending.Side), string(c.Ending.Reason), c.Ending.SIP, c.Ending.Q850, quality, c.Node,
		}
	})
}

var chinaTime = time.FixedZone("Asia/Shanghai", 8*60*60)

func local(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.In(chinaTime).Format("2006-01-02 15:04:05")
}

func yes(b bool, lang string) string {
	words := map[bool]string{true: "是", false: "否"}
	if lang == sheet.English {
		words = map[bool]string{true: "yes", false: "no"}
	}
	return words[b]
}

// ExportNumbers writes what [Service.ListNumbers] gives as a workbook; [Service.ImportNumbers] takes it back.
func (s *Service) ExportNumbers(ctx context.Context, w io.Writer, lang string, f NumberFilter) error {
	if _, err := actor.Allow(ctx, NumberRead); err != nil {
		return err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	if err := s.exported(ctx, "voice.number", strings.TrimSpace(f.Text+" "+string(f.Act))); err != nil {
		return err
	}
	return writePages(w, numberTable, lang, maxExport, func(last *NumberAction) ([]NumberAction, error) {
		f.After, f.Limit = nil, exportPage
		if last != nil {
			f.After = &NumberPosition{last.Pattern, last.ID}
		}
		return s.ListNumbers(ctx, f)
	}, func(n NumberAction) []any {
		owner, _ := tree.Centre(n.Centre)
		return []any{
			strings.TrimSuffix(n.Display(), "…"), string(n.Match), n.Name, owner.Code, string(n.Act), n.PromptName, yes(n.Repeat, lang), n.PhoneNumber,
			n.GroupCode, string(n.Cause), n.Queue, n.Flow, yes(n.Disabled, lang), n.Note,
		}
	})
}

// errNotApplied undoes an import that is dry or has rejected rows.
var errNotApplied = errors.New("the import is not applied")

// ImportNumbers makes and changes number actions by a workbook in the form of the export, all of it or, when a row is
// rejected, nothing; with dryRun it only tells what would happen. A row means the entry of the same number and match.
// Errors: those of package sheet.
func (s *Service) ImportNumbers(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, NumberEdit)
	if err != nil {
		return nil, err
	}
	rows, err := numberTable.Read(data, maxImport)
	if err != nil {
		return nil, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return nil, err
	}
	report := sheet.NewReport(dryRun)
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		names, err := s.namesOf(ctx, tx, in)
		if err != nil {
			return err
		}
		for _, r := range rows {
			line, err := importRow(ctx, tx, r, func(ctx context.Context, tx pgx.Tx) (sheet.Line, error) { return s.importNumber(ctx, tx, in, names, r) })
			if err != nil {
				return err
			}
			report.Add(line)
		}
		if dryRun || report.Rejected > 0 {
			return errNotApplied
		}
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "voice.number.import",
			Object: audit.Object{Kind: "voice.number", Label: fmt.Sprintf("%d rows: %d new, %d changed", report.Rows, report.Create, report.Update)},
		})
	})
	if err != nil && !errors.Is(err, errNotApplied) {
		return nil, err
	}
	return report, nil
}

// importRow takes one row in a transaction of its own, or undoes what it did and says what is wrong with it.
func importRow(ctx context.Context, tx pgx.Tx, r sheet.Row, one func(ctx context.Context, tx pgx.Tx) (sheet.Line, error)) (sheet.Line, error) {
	inner, err := tx.Begin(ctx)
	if err != nil {
		return sheet.Line{}, err
	}
	line, err := one(ctx, inner)
	line.Line = r.Line
	if err == nil {
		return line, inner.Commit(ctx)
	}
	if undo := inner.Rollback(ctx); undo != nil {
		return sheet.Line{}, errors.Join(err, undo)
	}
	line.Problems = sheet.Problems(err)
	if f, ok := fault.As(err); !ok || f.Kind == fault.Internal || f.Kind == fault.Unavailable || len(line.Problems) == 0 {
		return sheet.Line{}, err // not about the row
	}
	line.Action = sheet.Reject
	return line, nil
}

// names find what a workbook calls by its name.
type names struct {
	centres map[string]organization.CentreID
	prompts map[string]PromptID // a name that two centres use finds none
	phones  map[string]PhoneID
	groups  map[string]GroupID
}

// namesOf reads what the editor may choose.
func (s *Service) namesOf(ctx context.Context, tx pgx.Tx, in surroundings) (names, error) {
	n := names{map[string]organization.CentreID{}, map[string]PromptID{}, map[string]PhoneID{}, map[string]GroupID{}}
	for _, c := range in.tree.Centres() {
		if in.scope.Covers(c.ID.UUID()) {
			n.centres[c.Code] = c.ID
		}
	}
	q := db.New(tx)
	prompts, err := q.ListPrompts(ctx, db.ListPromptsParams{National: in.scope.IsNational(), Centres: in.scope.Centres(), RowLimit: 10_000})
	if err != nil {
		return names{}, fmt.Errorf("read prompts: %w", err)
	}
	for _, r := range prompts {
		p := promptOf(r)
		if _, twice := n.prompts[p.Name]; twice {
			p.ID = PromptID{}
		}
		n.prompts[p.Name] = p.ID
	}
	groups, err := q.ListGroups(ctx, db.ListGroupsParams{National: in.scope.IsNational(), Centres: in.scope.Centres()})
	if err != nil {
		return names{}, fmt.Errorf("read trunk groups: %w", err)
	}
	for _, r := range groups {
		g := listedGroup(r)
		n.groups[g.Code] = g.ID
	}
	phones, err := q.ListPhones(ctx, db.ListPhonesParams{National: in.scope.IsNational(), Centres: in.scope.Centres(), RowLimit: 100_000})
	if err != nil {
		return names{}, fmt.Errorf("read phones: %w", err)
	}
	for _, r := range phones {
		p := listedPhone(r)
		n.phones[p.Number] = p.ID
	}
	return n, nil
}

func (s *Service) importNumber(ctx context.Context, tx pgx.Tx, in surroundings, known names, r sheet.Row) (sheet.Line, error) {
	line := sheet.Line{Label: r.Get("number"), Action: sheet.Create}
	e, err := numberSpecOf(r, known)
	if err != nil {
		return line, err
	}
	n, err := e.normalise(in)
	if err != nil {
		return line, err
	}
	row, err := db.New(tx).FindNumber(ctx, db.FindNumberParams{Pattern: n.Pattern, Match: string(n.Match)})
	if postgres.IsNoRows(err) {
		_, err = s.createNumber(ctx, tx, in.scope, n)
		return line, err
	}
	if err != nil {
		return line, fmt.Errorf("find number action: %w", err)
	}
	old := numberOf(row)
	if !in.scope.Covers(old.Centre.UUID()) {
		return line, ErrNumberTaken // another's; nothing of it is told
	}
	if !r.Has("note") {
		n.Note = old.Note
	}
	_, fields, err := s.updateNumber(ctx, tx, in.scope, old, n)
	if line.Action = sheet.Update; err == nil && len(fields) == 0 {
		line.Action = sheet.Same
	}
	for _, f := range fields {
		line.Changes = append(line.Changes, f.Field)
	}
	return line, err
}

// numberSpecOf reads the cells of a row.
func numberSpecOf(r sheet.Row, known names) (NumberSpec, error) {
	var f fault.Fields
	e := NumberSpec{
		Number: r.Get("number"), Match: Match(r.Get("match")), Name: r.Get("name"), Act: Act(r.Get("act")), Cause: ending.Reason(r.Get("cause")), Note: r.Get("note"),
		Queue: r.Get("queue"), Flow: r.Get("flow"),
		Centre: known.centres[r.Get("centre")], Repeat: yesCell(&f, r, "repeat"), Disabled: yesCell(&f, r, "disabled"),
	}
	f.Check(!e.Centre.IsZero(), "body.centre", fieldUnknown, "is no centre that you may choose")
	if name := r.Get("prompt"); name != "" && e.Act == ActPrompt {
		e.Prompt = known.prompts[name]
		f.Check(!e.Prompt.IsZero(), "body.prompt", fieldUnknown, "is no prompt that you may choose, or more than one has this name")
	}
	if number := r.Get("phone"); number != "" && e.Act == ActPhone {
		e.Phone = known.phones[number]
		f.Check(!e.Phone.IsZero(), "body.phone", fieldUnknown, "is no phone that you may choose")
	}
	if code := r.Get("group"); code != "" && e.Act == ActTrunk {
		e.Group = known.groups[code]
		f.Check(!e.Group.IsZero(), "body.group", fieldUnknown, "is no trunk group that you may choose")
	}
	return e, f.Err("voice.invalid_number_action", "the row cannot be taken")
}

func yesCell(f *fault.Fields, r sheet.Row, column string) bool {
	text := r.Get(column)
	value, ok := sheet.Yes(text)
	f.Check(ok || text == "", "body."+column, fieldFormat, "is not yes or no")
	return value
}
