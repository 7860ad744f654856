package interaction

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/interaction/internal/db"
	"yingda/internal/numbering"
)

const (
	// listSpan is how far a list looks back when nothing else is said.
	listSpan   = 7 * 24 * time.Hour
	exportPage = 1000
	maxExport  = 100_000
)

// ListContacts gives the contacts of centres in the asker's scope, the newest first.
func (s *Service) ListContacts(ctx context.Context, f ContactFilter) ([]ContactItem, error) {
	scope, err := actor.Allow(ctx, ContactRead)
	if err != nil {
		return nil, err
	}
	p, err := s.listParams(scope, f)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).ListContacts(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	place := s.placeNames(ctx)
	list := make([]ContactItem, len(rows))
	for i, r := range rows {
		list[i] = s.item(r, place)
	}
	return list, nil
}

func (s *Service) listParams(scope actor.Scope, f ContactFilter) (db.ListContactsParams, error) {
	now := s.cfg.Clock.Now()
	p := db.ListContactsParams{
		National: scope.IsNational(), Centres: scope.Centres(), Since: f.Since, Until: f.Until, BeforeAt: now.AddDate(2, 0, 0), BeforeID: uuid.Max,
		Simulated: f.Simulated, Queue: f.Queue, Agent: f.Agent, Outcome: f.Outcome, AgentNumber: strings.ToUpper(strings.TrimSpace(f.AgentNumber)), LeastMs: f.Least.Milliseconds(), MostMs: f.Most.Milliseconds(), RowLimit: f.Limit,
	}
	if p.RowLimit <= 0 {
		p.RowLimit = exportPage
	}
	if p.Until.IsZero() {
		p.Until = now.AddDate(2, 0, 0)
	}
	if p.Since.IsZero() {
		p.Since = now.Add(-listSpan)
	}
	if f.Before != nil {
		p.BeforeAt, p.BeforeID = f.Before.Began, f.Before.ID
	}
	if code := strings.TrimSpace(f.Disposition); code != "" {
		p.ByDisposition, p.Disposition = true, code
		p.DispositionBelow = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(code) + ".%"
	}
	if text := strings.TrimSpace(f.Caller); text != "" {
		var err error
		p.ByCaller = true
		if p.Macs, err = s.cfg.Ring.MACs(PurposeCallerMAC, []byte(normalCaller(text))); err != nil {
			return p, fmt.Errorf("hash a number: %w", err)
		}
	}
	return p, nil
}

// normalCaller brings a number into the form by which records are found.
func normalCaller(text string) string {
	if n, err := numbering.ParsePhone(text, ""); err == nil {
		return n.Plain()
	}
	return text
}

func (s *Service) item(r db.ListContactsRow, place func(string) string) ContactItem {
	c := ContactItem{
		ID: r.ID, Began: r.BeganAt.UTC(), Channel: r.Channel, Direction: r.Direction, Caller: r.Caller, Called: r.Called, Simulated: r.Simulated,
		Queue: s.queueRef(orNil(r.LastQueueID)), Enqueued: utc(r.EnqueuedAt), Talking: utc(r.TalkingAt), Ended: utc(r.EndedAt),
		QueuedMS: r.QueuedMs, RingMS: r.RingMs, TalkMS: r.TalkMs, HoldMS: r.HoldMs, WrapMS: r.WrapMs, Offers: int(r.Offers), Transfers: int(r.Transfers),
		Agent: person(orNil(r.AgentID), r.AgentNumber, r.AgentName), Outcome: r.Outcome, EndedBy: r.EndedBy, EndReason: r.EndReason,
		Recordings: int(r.Recordings), Noted: r.Noted, Hops: int(r.HopCount), Disposition: r.Disposition, DispositionEN: r.DispositionEn, Code: r.DispositionCode,
		Home: homeOf(r.CallerArea, place), Centre: orNil(r.CentreID),
	}
	return c
}

func homeOf(code string, place func(string) string) *Area {
	if code == "" {
		return nil
	}
	return &Area{code, place(code)}
}

// ExportContacts writes what [Service.ListContacts] gives as a workbook, at most 100,000 rows; it stands in the audit.
func (s *Service) ExportContacts(ctx context.Context, w io.Writer, lang string, f ContactFilter) error {
	if _, err := actor.Allow(ctx, ContactExport); err != nil {
		return err
	}
	label := strings.Join(strings.Fields(strings.Join([]string{f.Outcome, f.Disposition, map[bool]string{true: "caller"}[f.Caller != ""]}, " ")), " ")
	if err := s.noted(ctx, audit.Entry{Action: "interaction.contact.export", Object: audit.Object{Kind: "interaction.contact", Label: label}}); err != nil {
		return err
	}
	f.Before, f.Limit = nil, exportPage
	return contactTable.Write(w, lang, func(yield func([]any, error) bool) {
		for done := 0; done < maxExport; {
			list, err := s.ListContacts(ctx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range list {
				if !yield(contactCells(&list[i], lang), nil) {
					return
				}
			}
			if done += len(list); len(list) < exportPage {
				return
			}
			last := list[len(list)-1]
			f.Before = &ContactPosition{last.Began, last.ID}
		}
	})
}
