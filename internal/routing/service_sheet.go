package routing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
	"yingda/internal/routing/engine"
	"yingda/internal/routing/internal/db"
)

const (
	exportPage = 500
	maxImport  = 5000 // rows
)

var queueTable = sheet.Table{Key: "queues", ZH: "队列", EN: "Queues", Columns: []sheet.Column{
	{Key: "code", ZH: "代码", EN: "Code", Width: 16, Required: true},
	{Key: "name", ZH: "名称", EN: "Name", Width: 24, Required: true, Kind: sheet.Free},
	{Key: "centre", ZH: "所属中心代码", EN: "Owner centre", Width: 16, Required: true},
	{Key: "channel", ZH: "渠道", EN: "Channel", Width: 10, HelpZH: "voice、chat、mail、task；不填为 voice", HelpEN: "voice, chat, mail or task; empty is voice"},
	{Key: "needs", ZH: "所需技能", EN: "Skills", Width: 28, Kind: sheet.Free, HelpZH: "技能代码:最低级别，多个用分号隔开，如 BROADBAND:5;ENGLISH:3", HelpEN: "Skill code:least level, several separated by semicolons, such as BROADBAND:5;ENGLISH:3"},
	{Key: "priority", ZH: "优先级", EN: "Priority", Width: 10, HelpZH: "0 至 99，数字大的先服务", HelpEN: "0 to 99, the higher is served first"},
	{Key: "ring", ZH: "振铃秒数", EN: "Ring seconds", Width: 12},
	{Key: "wrap_up", ZH: "话后处理", EN: "Wrap-up", Width: 12, HelpZH: "none 无、timed 定时、mandatory 必须、optional 按需", HelpEN: "none, timed, mandatory or optional"},
	{Key: "wrap_up_s", ZH: "话后秒数", EN: "Wrap-up seconds", Width: 12},
	{Key: "max_waiting", ZH: "最多排队数", EN: "Most waiting", Width: 12, HelpZH: "0 为不限", HelpEN: "0: no limit"},
	{Key: "max_wait", ZH: "最长等待秒数", EN: "Longest wait", Width: 12, HelpZH: "0 为不限", HelpEN: "0: no limit"},
	{Key: "no_agents", ZH: "无座席时", EN: "Without agents", Width: 12, HelpZH: "wait 等待、refuse 不再接入、expel 不接入并请出", HelpEN: "wait, refuse or expel"},
	{Key: "target", ZH: "服务水平目标秒数", EN: "Target seconds", Width: 14},
	{Key: "announce_number", ZH: "报工号", EN: "Announce staff number", Width: 10, HelpZH: "是 或 否", HelpEN: "yes or no"},
	{Key: "music", ZH: "等待音乐", EN: "Music", Width: 10}, {Key: "position", ZH: "播报位置", EN: "Tell place in line", Width: 10},
	{Key: "closed", ZH: "关闭", EN: "Closed", Width: 8}, {Key: "note", ZH: "备注", EN: "Note", Width: 40, Kind: sheet.Free},
}}

// ExportQueues writes what [Service.ListQueues] gives as a workbook; [Service.ImportQueues] takes it back. Overflow has
// no column: it stays as it is.
func (s *Service) ExportQueues(ctx context.Context, w io.Writer, lang string, f QueueFilter) error {
	scope, err := actor.Allow(ctx, QueueRead)
	if err != nil {
		return err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return err
	}
	if err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{Action: "routing.queue.export", Object: audit.Object{Kind: "routing.queue", Label: strings.TrimSpace(f.Text)}})
	}); err != nil {
		return err
	}
	return queueTable.Write(w, lang, func(yield func([]any, error) bool) {
		for f.Limit = exportPage; ; {
			list, err := s.ListQueues(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, q := range list {
				if !yield(in.cells(q, lang), nil) {
					return
				}
			}
			if len(list) < exportPage {
				return
			}
			last := list[len(list)-1]
			f.After = &QueuePosition{last.Code, last.ID}
		}
	})
}

func (in surroundings) cells(q Queue, lang string) []any {
	owner, _ := in.tree.Centre(q.Centre)
	needs := make([]string, len(q.Needs))
	for i, n := range q.Needs {
		needs[i] = in.skills[n.Skill].Code + ":" + strconv.Itoa(n.Level)
	}
	return []any{
		q.Code, q.Name, owner.Code, string(q.Channel), strings.Join(needs, ";"), q.Priority, q.Ring, string(q.WrapUp), q.WrapUpFor, q.MaxWaiting, q.MaxWait,
		string(q.NoAgents), q.Target, yes(q.AnnounceNumber, lang), yes(q.Music, lang), yes(q.Position, lang), yes(q.Closed, lang), q.Note,
	}
}

func yes(b bool, lang string) string {
	words := map[bool]string{true: "是", false: "否"}
	if lang == sheet.English {
		words = map[bool]string{true: "yes", false: "no"}
	}
	return words[b]
}

// errNotApplied undoes an import that is dry or has rejected rows.
var errNotApplied = errors.New("the import is not applied")

// ImportQueues makes and changes queues by a workbook in the form of the export, all of it or, when a row is rejected,
// nothing; with dryRun it only tells what would happen. A row means the queue of the same code; columns that are left
// out stay as they are. Errors: those of package sheet.
func (s *Service) ImportQueues(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	scope, err := actor.Allow(ctx, QueueEdit)
	if err != nil {
		return nil, err
	}
	rows, err := queueTable.Read(data, maxImport)
	if err != nil {
		return nil, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return nil, err
	}
	report := sheet.NewReport(dryRun)
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		for _, r := range rows {
			line, err := s.importRow(ctx, tx, in, r)
			if err != nil {
				return err
			}
			report.Add(line)
		}
		if dryRun || report.Rejected > 0 {
			return errNotApplied
		}
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "routing.queue.import",
			Object: audit.Object{Kind: "routing.queue", Label: fmt.Sprintf("%d rows: %d new, %d changed", report.Rows, report.Create, report.Update)},
		})
	})
	if err != nil && !errors.Is(err, errNotApplied) {
		return nil, err
	}
	return report, nil
}

// importRow takes one row in a transaction of its own, or undoes what it did and says what is wrong with it.
func (s *Service) importRow(ctx context.Context, tx pgx.Tx, in surroundings, r sheet.Row) (sheet.Line, error) {
	inner, err := tx.Begin(ctx)
	if err != nil {
		return sheet.Line{}, err
	}
	line, err := s.importQueue(ctx, inner, in, r)
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

func (s *Service) importQueue(ctx context.Context, tx pgx.Tx, in surroundings, r sheet.Row) (sheet.Line, error) {
	line := sheet.Line{Label: r.Get("code"), Action: sheet.Create}
	old := Queue{
		Channel: engine.Voice, Ring: 20, WrapUp: engine.TimedWrapUp, WrapUpFor: 30, NoAgents: engine.WaitAnyway, Target: 20,
		AnnounceNumber: true, Music: true, Position: true,
	}
	row, err := db.New(tx).FindQueue(ctx, strings.TrimSpace(r.Get("code")))
	found := err == nil
	if err != nil && !postgres.IsNoRows(err) {
		return line, fmt.Errorf("find a queue: %w", err)
	}
	if found {
		if old, err = queueOf(row); err != nil {
			return line, err
		}
		if !in.scope.Covers(old.Centre.UUID()) {
			return line, ErrQueueTaken // another's; nothing of it is told
		}
	}
	q, err := in.rowOf(r, old)
	if err == nil {
		q, err = q.normalise(in)
	}
	if err != nil {
		return line, err
	}
	if !found {
		_, err = s.createQueue(ctx, tx, q)
		return line, err
	}
	_, fields, err := s.updateQueue(ctx, tx, old, q)
	if line.Action = sheet.Update; err == nil && len(fields) == 0 {
		line.Action = sheet.Same
	}
	for _, f := range fields {
		line.Changes = append(line.Changes, f.Field)
	}
	return line, err
}

// rowOf reads the cells of a row over a queue as it is.
func (in surroundings) rowOf(r sheet.Row, q Queue) (Queue, error) {
	var f fault.Fields
	q.Code, q.Name, q.Centre = r.Get("code"), r.Get("name"), organization.CentreID{}
	for _, c := range in.tree.Centres() {
		if c.Code == r.Get("centre") && in.scope.Covers(c.ID.UUID()) {
			q.Centre = c.ID
		}
	}
	f.Check(!q.Centre.IsZero(), "body.centre", fieldUnknown, "is no centre that you may choose")
	text := func(column string, to *string) {
		if r.Get(column) != "" {
			*to = r.Get(column)
		}
	}
	text("channel", (*string)(&q.Channel))
	text("wrap_up", (*string)(&q.WrapUp))
	text("no_agents", (*string)(&q.NoAgents))
	for column, to := range map[string]*int{
		"priority": &q.Priority, "ring": &q.Ring, "wrap_up_s": &q.WrapUpFor, "max_waiting": &q.MaxWaiting, "max_wait": &q.MaxWait, "target": &q.Target,
	} {
		if cell := r.Get(column); cell != "" {
			n, err := strconv.Atoi(cell)
			f.Check(err == nil, "body."+column, fieldFormat, "is not a whole number")
			*to = n
		}
	}
	for column, to := range map[string]*bool{"announce_number": &q.AnnounceNumber, "music": &q.Music, "position": &q.Position, "closed": &q.Closed} {
		if cell := r.Get(column); cell != "" {
			value, ok := sheet.Yes(cell)
			f.Check(ok, "body."+column, fieldFormat, "is not yes or no")
			*to = value
		}
	}
	if r.Has("note") {
		q.Note = r.Get("note")
	}
	if r.Has("needs") {
		q.Needs = in.needsOf(&f, r.Get("needs"))
	}
	return q, f.Err("routing.invalid_queue", "the row cannot be taken")
}

// needsOf reads CODE:LEVEL;CODE:LEVEL.
func (in surroundings) needsOf(f *fault.Fields, cell string) []Need {
	codes := map[string]organization.SkillID{}
	for id, k := range in.skills {
		codes[k.Code] = id
	}
	list := []Need{}
	for part := range strings.SplitSeq(strings.ReplaceAll(cell, "；", ";"), ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		code, level, _ := strings.Cut(strings.ReplaceAll(part, "：", ":"), ":")
		n, err := strconv.Atoi(strings.TrimSpace(level))
		id, ok := codes[strings.ToUpper(strings.TrimSpace(code))]
		f.Check(ok && err == nil, "body.needs", fieldFormat, "is not a list of skill codes with levels, such as BROADBAND:5;ENGLISH:3")
		list = append(list, Need{Skill: id, Level: n})
	}
	return list
}
