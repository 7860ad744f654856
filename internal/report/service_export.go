package report

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/postgres"
)

// Export makes a report and writes it as a workbook: one sheet per table, then one with the rules and every formula.
// It stands in the audit, with what it was of, before anything is written. The name is that of the file.
func (s *Service) Export(ctx context.Context, w io.Writer, lang string, id ID, q Query) (file string, err error) {
	scope, err := actor.Allow(ctx, Export)
	if err != nil {
		return "", err
	}
	r, err := s.run(ctx, scope, id, q)
	if err != nil {
		return "", err
	}
	if err := s.exported(ctx, r, q); err != nil {
		return "", err
	}
	days := strings.ReplaceAll(r.First, "-", "")
	if r.Last != r.First {
		days += "-" + strings.ReplaceAll(r.Last, "-", "")
	}
	return r.Name.in(lang) + "-" + days + ".xlsx", writeBook(w, lang, r)
}

// exported notes that figures left as a file.
func (s *Service) exported(ctx context.Context, r Result, q Query) error {
	changes := []audit.Change{
		{Field: "from", New: r.First}, {Field: "to", New: r.Last}, {Field: "rules", New: fmt.Sprintf("%s %s-%s %ds", r.Rules.Preset, r.Rules.Start, r.Rules.Stop, r.Rules.Target)},
	}
	for field, id := range map[string]uuid.UUID{"queue": q.Queue, "team": q.Team} {
		if id != uuid.Nil {
			changes = append(changes, audit.Change{Field: field, New: id.String()})
		}
	}
	if q.Simulated {
		changes = append(changes, audit.Change{Field: "simulated", New: "true"})
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "report.export", Object: audit.Object{Kind: "report", ID: string(r.ID), Label: r.Name.ZH}, Centre: q.Centre.UUID(), Changes: changes,
		})
	})
}

// localTime writes a moment on the report's clock.
func (r Result) localTime(t time.Time) string {
	return t.In(zoneOf(r.Zone)).Format("2006-01-02 15:04:05")
}
