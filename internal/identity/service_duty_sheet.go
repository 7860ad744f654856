package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/identity/duty"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// dutyTable is the rules of segregation of duties as a workbook; a rule is known by its pair.
var dutyTable = sheet.Table{Key: "duty_rules", ZH: "不相容职责", EN: "Duty rules", Columns: []sheet.Column{
	{Key: "first", ZH: "权限一", EN: "First permission", Width: 34, Required: true, HelpZH: "权限代码。已有的一对是修改原因，没有的是新增；两项先后不限。", HelpEN: "A permission code. A pair that has its rule gets other reasons, another pair a new rule; the order of the two does not matter."},
	{Key: "first_meaning", ZH: "权限一名称", EN: "First allows", Width: 30, Kind: sheet.Free, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "second", ZH: "权限二", EN: "Second permission", Width: 34, Required: true},
	{Key: "second_meaning", ZH: "权限二名称", EN: "Second allows", Width: 30, Kind: sheet.Free, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "reason_zh", ZH: "原因（中文）", EN: "Reason in Chinese", Width: 40, Required: true, Kind: sheet.Free},
	{Key: "reason_en", ZH: "原因（英文）", EN: "Reason in English", Width: 40, Required: true, Kind: sheet.Free},
	{Key: "built_in", ZH: "系统内置", EN: "Built in", Width: 10, HelpZH: "只读。内置规则不可修改。", HelpEN: "Read only. Built-in rules cannot be changed."},
	{Key: "updated_by", ZH: "更新人", EN: "Changed by", Width: 18, Kind: sheet.Free, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "updated_at", ZH: "更新时间", EN: "Changed at", Width: 20, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "version", ZH: "版本", EN: "Version", Width: 8, HelpZH: "只读。导出后又被他人改过的规则不会被覆盖；新规则留空。", HelpEN: "Read only. A rule that somebody changed after the export is not overwritten; empty for a new rule."},
}}

// mostDutyRows bounds the rows of one workbook.
const mostDutyRows = 5_000

// ExportDutyRules writes what [Service.DutyRules] gives as a workbook; the audit keeps who took it.
func (s *Service) ExportDutyRules(ctx context.Context, w io.Writer, lang string) error {
	if _, err := actor.Allow(ctx, RoleRead); err != nil {
		return err
	}
	rules, err := s.DutyRules(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, "duty_rule"); err != nil {
		return err
	}
	words := map[actor.Permission][2]string{}
	for _, d := range s.cfg.Catalogue {
		words[d.Permission] = [2]string{d.ZH, d.EN}
	}
	return dutyTable.Write(w, lang, dutyRows(rules, words, wordIn(lang)))
}

func dutyRows(rules []DutyRule, words map[actor.Permission][2]string, word int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rules {
			var version any
			if !r.BuiltIn {
				version = r.Version
			}
			row := []any{
				string(r.First), words[r.First][word], string(r.Second), words[r.Second][word], r.ZH, r.EN, r.BuiltIn, r.UpdatedBy, r.UpdatedAt, version,
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// ImportDutyRules makes rules and changes their reasons by a workbook in the form of the export, all of it or, when a
// row is rejected, nothing; with dryRun it only tells what would happen. A rule that is not in the file stays. Rows
// meet the rules of [Service.CreateDutyRule] and [Service.UpdateDutyRule]. Errors: those of package sheet.
func (s *Service) ImportDutyRules(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, error) {
	if err := allowNationwide(ctx, DutyEditing); err != nil {
		return nil, err
	}
	rows, err := dutyTable.Read(data, mostDutyRows)
	if err != nil {
		return nil, err
	}
	report := sheet.NewReport(dryRun)
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		in, err := s.dutyImport(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			line, err := in.take(ctx, r)
			if err != nil {
				return err
			}
			report.Add(line)
		}
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

// pair is what a rule is known by, in the order of [duty.Rule.Normal].
type pair [2]actor.Permission

func pairOf(first, second actor.Permission) pair {
	r := duty.Rule{First: first, Second: second}.Normal()
	return pair{r.First, r.Second}
}

// dutyImport is one run of an import: the rules that there were, and in which line of the file each pair stands.
type dutyImport struct {
	s     *Service
	tx    pgx.Tx
	known map[pair]DutyRule
	lines map[pair]int
}

// dutyImport reads the rules, which nobody else changes until the transaction ends.
func (s *Service) dutyImport(ctx context.Context, tx pgx.Tx) (*dutyImport, error) {
	if err := lockDuties(ctx, tx); err != nil {
		return nil, err
	}
	rows, err := db.New(tx).DutyRules(ctx)
	if err != nil {
		return nil, fmt.Errorf("read duty rules: %w", err)
	}
	in := &dutyImport{s: s, tx: tx, known: map[pair]DutyRule{}, lines: map[pair]int{}}
	for _, b := range builtInRules() {
		in.known[pairOf(b.First, b.Second)] = DutyRule{Rule: b}
	}
	for _, r := range rows {
		rule := DutyRule{Rule: ruleOf(r), Version: int(r.Version)}
		in.known[pairOf(rule.First, rule.Second)] = rule
	}
	return in, nil
}

// take takes one row: what is refused with a fault is a problem of the row, not of the import.
func (in *dutyImport) take(ctx context.Context, r sheet.Row) (sheet.Line, error) {
	e := DutyEdit{First: actor.Permission(r.Get("first")), Second: actor.Permission(r.Get("second")), ZH: r.Get("reason_zh"), EN: r.Get("reason_en")}
	line := sheet.Line{Line: r.Line, Label: strings.TrimSpace(string(e.First) + " / " + string(e.Second)), Action: sheet.Create}
	at := pairOf(e.First, e.Second)
	old, exists := in.known[at]
	e.ZH, e.EN = sheet.Like(e.ZH, old.ZH), sheet.Like(e.EN, old.EN)
	kept := map[string]string{"reason_zh": e.ZH, "reason_en": e.EN} // of a reason made of what cannot be seen a workbook keeps nothing
	for _, p := range dutyTable.Missing(r) {
		if kept[p.Column] == "" {
			line.Problems = append(line.Problems, p)
		}
	}
	if before, twice := in.lines[at]; twice && len(line.Problems) == 0 {
		line.Problems = append(line.Problems, sheet.Problem{Column: "second", Code: "twice", Message: fmt.Sprintf("this pair stands in line %d already", before)})
	}
	if len(line.Problems) > 0 {
		return line, nil
	}
	in.lines[at] = r.Line
	if exists {
		line.Action = sheet.Same
		for _, v := range []sheet.Value{{Column: "reason_zh", Old: old.ZH, New: e.ZH}, {Column: "reason_en", Old: old.EN, New: e.EN}} {
			if v.Old != v.New {
				line.Action, line.Values, line.Changes = sheet.Update, append(line.Values, v), append(line.Changes, v.Column)
			}
		}
		if line.Action == sheet.Same {
			return line, nil
		}
	}
	var err error
	line.Problems, err = in.try(ctx, func(tx pgx.Tx) error {
		if exists {
			return in.change(ctx, tx, old, r.Get("version"), e)
		}
		_, err := in.s.CreateDutyRule(ctx, tx, e)
		return err
	})
	return line, err
}

// try does something in a savepoint; what is refused with a fault is undone and told.
func (in *dutyImport) try(ctx context.Context, do func(tx pgx.Tx) error) ([]sheet.Problem, error) {
	inner, err := in.tx.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("import duty rules: %w", err)
	}
	refused := do(inner)
	if refused == nil {
		return nil, inner.Commit(ctx)
	}
	if f, ok := fault.As(refused); !ok || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		return nil, refused
	}
	if err := inner.Rollback(ctx); err != nil {
		return nil, fmt.Errorf("import duty rules: %w", err)
	}
	return sheet.Problems(refused), nil
}

// change gives a rule other reasons, if the version in the row is the one that there is.
func (in *dutyImport) change(ctx context.Context, tx pgx.Tx, old DutyRule, version string, e DutyEdit) error {
	var f fault.Fields
	n, err := strconv.Atoi(version)
	switch {
	case old.BuiltIn:
		f.Add("body.built_in", "read_only", "this rule is the program's and cannot be changed")
	case version == "":
		f.Add("body.version", "required", "is missing; take the row from an export")
	case err != nil || n < 1:
		f.Add("body.version", "format", "is not a version")
	}
	if err := f.Err("identity.invalid_rule", "the rule cannot be saved"); err != nil {
		return err
	}
	id, err := ident.Parse[ruleKind](old.ID)
	if err != nil {
		return fmt.Errorf("read the id of a duty rule: %w", err)
	}
	return in.s.updateDutyRule(ctx, tx, id, n, e)
}
