package recording

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice/recording/internal/db"
)

const (
	exportPage = 1000
	maxExport  = 100_000
)

// recordingTable gives states and reasons as the API names them, like the other exports of calls.
var recordingTable = sheet.Table{Key: "recordings", ZH: "录音", EN: "Recordings", Columns: []sheet.Column{
	{Key: "began_at", ZH: "开始时间", EN: "Began", Width: 20}, {Key: "seconds", ZH: "时长（秒）", EN: "Seconds", Width: 12},
	{Key: "direction", ZH: "方向", EN: "Direction", Width: 10}, {Key: "customer", ZH: "客户号码（脱敏）", EN: "Customer (masked)", Width: 20, Kind: sheet.Free},
	{Key: "line", ZH: "我方号码", EN: "Our number", Width: 16}, {Key: "staff_number", ZH: "工号", EN: "Staff number", Width: 14},
	{Key: "centre", ZH: "所属中心代码", EN: "Owner centre", Width: 16}, {Key: "state", ZH: "状态", EN: "State", Width: 10},
	{Key: "held", ZH: "封存", EN: "On hold", Width: 10}, {Key: "hold_reason", ZH: "封存理由", EN: "Why on hold", Width: 30, Kind: sheet.Free},
	{Key: "erased_at", ZH: "销毁时间", EN: "Erased", Width: 20}, {Key: "erased_why", ZH: "销毁依据", EN: "Why erased", Width: 12},
	{Key: "cut", ZH: "中途中断", EN: "Cut off", Width: 10}, {Key: "dropped", ZH: "缺失包数", EN: "Packets missing", Width: 14},
	{Key: "archived", ZH: "已归档", EN: "Archived", Width: 10}, {Key: "call_id", ZH: "通话", EN: "Call", Width: 38}, {Key: "id", ZH: "录音", EN: "Recording", Width: 38},
}}

// Export writes what [Service.List] gives as a workbook, at most 100,000, the newest; the customers' numbers are masked
// and there is no sound in it. It stands in the audit, with how the list was narrowed, before anything is written.
func (s *Service) Export(ctx context.Context, w io.Writer, lang string, f Filter) error {
	scope, err := actor.Allow(ctx, Export)
	if err != nil {
		return err
	}
	codes, err := s.centreCodes(ctx)
	if err != nil {
		return err
	}
	if err := s.exported(ctx, f, codes); err != nil {
		return err
	}
	// Whoever may export may read for this, in the scope of the export.
	reader := actor.With(ctx, actor.New(*actor.From(ctx), map[actor.Permission]actor.Scope{Read: scope}))
	return recordingTable.Write(w, lang, func(yield func([]any, error) bool) {
		f.Before, f.Limit = nil, exportPage
		for done := 0; done < maxExport; done += exportPage {
			list, err := s.List(reader, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range list {
				if !yield(cellsOf(r, codes), nil) {
					return
				}
			}
			if len(list) < exportPage {
				return
			}
			last := list[len(list)-1]
			f.Before = &Position{last.Began, last.ID}
		}
	})
}

func cellsOf(r Recording, codes map[uuid.UUID]string) []any {
	var erased any
	if r.ErasedAt != nil {
		erased = *r.ErasedAt
	}
	var why string
	if r.Hold.On {
		why = r.Hold.Reason
	}
	return []any{
		r.Began, r.Duration.Seconds(), string(r.Direction), r.Customer, r.Line, r.StaffNumber, codes[r.Centre.UUID()], string(r.State), r.Hold.On, why,
		erased, string(r.ErasedWhy), r.Cut, r.Dropped, r.Place == Moved || r.Place == InArchive, r.Call.String(), r.ID.String(),
	}
}

func (s *Service) centreCodes(ctx context.Context) (map[uuid.UUID]string, error) {
	rows, err := db.New(s.cfg.Pool).CentreCodes(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the centres: %w", err)
	}
	codes := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		codes[r.ID] = r.Code
	}
	return codes, nil
}

// exported notes that the list left as a file, and how it was narrowed: none of that is a customer's number.
func (s *Service) exported(ctx context.Context, f Filter, codes map[uuid.UUID]string) error {
	var narrowed []audit.Change
	by := func(field, value string) {
		if value != "" {
			narrowed = append(narrowed, audit.Change{Field: field, New: value})
		}
	}
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	by("from", moment(f.From))
	by("until", moment(f.Until))
	by("centre", codes[f.Centre.UUID()])
	if f.Call != uuid.Nil {
		by("call_id", f.Call.String())
	}
	by("staff_number", f.StaffNumber)
	by("line", f.Line)
	by("direction", string(f.Direction))
	by("state", string(f.State))
	if f.OnlyHeld {
		by("held", "true")
	}
	if f.AtLeast > 0 {
		by("at_least", f.AtLeast.String())
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "voice.recording.export", Object: audit.Object{Kind: "voice.recording"}, Centre: f.Centre.UUID(), Changes: narrowed,
		})
	})
}
