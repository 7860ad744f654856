package audit

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// table is the audit as a workbook.
var table = sheet.Table{Key: "audit", ZH: "审计记录", EN: "Audit", Columns: []sheet.Column{
	{Key: "at", ZH: "时间", EN: "Time", Width: 20},
	{Key: "actor_number", ZH: "工号", EN: "Staff number", Width: 14},
	{Key: "actor_name", ZH: "操作人", EN: "Who"},
	{Key: "address", ZH: "网络地址", EN: "Address"},
	{Key: "action", ZH: "操作", EN: "Action", Width: 32},
	{Key: "object_kind", ZH: "对象类型", EN: "Kind of object", Width: 24},
	{Key: "object_id", ZH: "对象标识", EN: "Object id", Width: 38},
	{Key: "object_label", ZH: "对象", EN: "Object", Width: 30},
	{Key: "province", ZH: "省", EN: "Province"},
	{Key: "city", ZH: "地市", EN: "City"},
	{Key: "reason", ZH: "原因", EN: "Reason", Width: 40},
	{Key: "changes", ZH: "变更", EN: "Changes", Width: 60},
	{Key: "request_id", ZH: "请求编号", EN: "Request id"},
	{Key: "id", ZH: "记录编号", EN: "Entry id", Width: 38},
}}

const (
	// MaxExport is how many entries one file holds.
	MaxExport  = 200_000
	exportPage = 1000
)

// Export gives a workbook of the entries of a filter, and writes down that it was taken. Permission
// audit.entry.export. More than [MaxExport] entries are refused before anything is written.
func (s *Service) Export(ctx context.Context, f Filter, lang string) (name string, write func(w io.Writer) error, err error) {
	scope, err := actor.Allow(ctx, EntryExport)
	if err != nil {
		return "", nil, err
	}
	now := s.cfg.Clock.Now()
	f.After = EntryID{}
	if f.To.IsZero() || f.To.After(now) {
		f.To = now // not the entry of this export, and not what comes while it is written
	}
	w := f.conditions(scope, now)
	var n int
	count := "SELECT count(*) FROM (SELECT 1 FROM audit.entry e" + w.String() + " LIMIT " + strconv.Itoa(MaxExport+1) + ") matching"
	if err := s.cfg.Pool.QueryRow(ctx, count, w.args...).Scan(&n); err != nil {
		return "", nil, fmt.Errorf("count audit entries: %w", err)
	}
	if n > MaxExport {
		return "", nil, fault.New(fault.Limit, "audit.export_too_large", "these are more than %d entries", MaxExport).WithRemedy("choose a shorter time, or another filter")
	}
	if err := s.noteExport(ctx, now, f, n); err != nil {
		return "", nil, err
	}
	return table.FileName(lang, now), func(w io.Writer) error { return table.Write(w, lang, s.exportRows(ctx, scope, f)) }, nil
}

func (s *Service) noteExport(ctx context.Context, now time.Time, f Filter, n int) error {
	changes := []Change{{Field: "entries", New: n}}
	for field, value := range map[string]string{"actor": f.Actor, "action": f.Action, "object_kind": f.ObjectKind, "object_id": f.ObjectID, "text": f.Text} {
		if value != "" {
			changes = append(changes, Change{Field: field, New: value})
		}
	}
	if !f.From.IsZero() {
		changes = append(changes, Change{Field: "from", New: f.From.UTC().Format(time.RFC3339)})
	}
	changes = append(changes, Change{Field: "to", New: f.To.UTC().Format(time.RFC3339)})
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return Write(ctx, tx, now, Entry{Action: "audit.entry.export", Object: Object{Kind: "audit.entry"}, Centre: actor.From(ctx).Centre, Changes: changes})
	})
}

// exportRows reads page by page, so that no transaction stays open while a slow client takes the file.
func (s *Service) exportRows(ctx context.Context, scope actor.Scope, f Filter) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for {
			page, err := s.exportPage(ctx, scope, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, row := range page {
				if !yield(row.cells, nil) {
					return
				}
				f.After = row.id
			}
			if len(page) < exportPage {
				return
			}
		}
	}
}

type exportRow struct {
	id    EntryID
	cells []any
}

func (s *Service) exportPage(ctx context.Context, scope actor.Scope, f Filter) ([]exportRow, error) {
	w := f.conditions(scope, s.cfg.Clock.Now())
	rows, err := s.cfg.Pool.Query(ctx, `SELECT e.id, e.at, e.actor_number, e.actor_name, e.actor_address, e.action, e.object_kind, e.object_id,
		e.object_label, e.province, e.city, e.reason, e.changes::text, e.request_id FROM audit.entry e`+w.String()+
		" ORDER BY e.id DESC LIMIT "+strconv.Itoa(exportPage), w.args...)
	if err != nil {
		return nil, fmt.Errorf("export audit entries: %w", err)
	}
	page, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (exportRow, error) {
		var r exportRow
		var at time.Time
		var text [12]string
		err := row.Scan(&r.id, &at, &text[0], &text[1], &text[2], &text[3], &text[4], &text[5], &text[6], &text[7], &text[8], &text[9], &text[10], &text[11])
		r.cells = []any{at}
		for i, t := range text {
			if i == 10 {
				t = changesInWords(t)
			}
			r.cells = append(r.cells, t)
		}
		r.cells = append(r.cells, r.id.String())
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("export audit entries: %w", err)
	}
	return page, nil
}

// changesInWords gives one line per field: "name: "a" → "b"".
func changesInWords(raw string) string {
	fields, err := decodeChanges(raw)
	if err != nil {
		return raw
	}
	lines := make([]string, 0, len(fields))
	for _, f := range fields {
		lines = append(lines, f.Field+": "+string(f.Old)+" → "+string(f.New))
	}
	return strings.Join(lines, "\n")
}
