package interaction

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/interaction/internal/db"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// monthsAhead is how many months have their tables before they begin.
const monthsAhead = 2

// monthsArgs is the daily job that makes the tables of months to come and removes those that are too old.
type monthsArgs struct{}

func (monthsArgs) Kind() string { return "interaction_months" }

// RegisterJobs adds the jobs.
func (s *Service) RegisterJobs(r *jobs.Registry) {
	jobs.Add(r, 10*time.Minute, func(ctx context.Context, _ *jobs.Job[monthsArgs]) error { return s.KeepMonths(ctx) })
	r.Every(24*time.Hour, "interaction_months", func() jobs.Args { return monthsArgs{} })
}

// KeepMonths makes the tables of this month and those to come, and removes months that are older than records are kept.
//
// Unchecked: it shows nothing; the start of the program, the job and tests call it.
func (s *Service) KeepMonths(ctx context.Context) error {
	now := s.cfg.Clock.Now().UTC()
	q := db.New(s.cfg.Pool)
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for i := -1; i <= monthsAhead; i++ {
		if err := q.MakeMonth(ctx, first.AddDate(0, i, 0)); err != nil {
			return fmt.Errorf("make the tables of a month: %w", err)
		}
	}
	days := int64(730)
	if s.cfg.Settings != nil {
		days = KeepDays.Get(s.cfg.Settings, uuid.Nil)
	}
	gone, err := q.DropMonths(ctx, now.AddDate(0, 0, -int(days)))
	if err != nil {
		return fmt.Errorf("remove months: %w", err)
	}
	if gone > 0 {
		s.cfg.Logger.InfoContext(ctx, "months of contact records were removed", "months", gone, "days", days)
	}
	return nil
}

// Rewrap seals callers and notes under the active master key again; see secret.Rotate.
//
// Unchecked: the operator at the machine rotates keys, and nothing is shown.
func (s *Service) Rewrap(ctx context.Context, progress func(values int)) (int, error) {
	callers, err := secret.Rotate(ctx, s.cfg.Ring, s.nextCallers(), progress)
	if err != nil {
		return callers, err
	}
	notes, err := secret.Rotate(ctx, s.cfg.Ring, s.nextNotes(), func(n int) { progress(callers + n) })
	return callers + notes, err
}

// versionOf is a key version as it stands in a sealed value.
func versionOf(active uint32) []byte { return binary.BigEndian.AppendUint32(nil, active) }

func (s *Service) nextCallers() func(context.Context, uint32) (secret.Batch, error) {
	var at time.Time
	var id uuid.UUID
	return func(ctx context.Context, active uint32) (secret.Batch, error) {
		rows, err := db.New(s.cfg.Pool).SealedUnder(ctx, db.SealedUnderParams{Active: versionOf(active), AfterAt: at, AfterID: id})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find callers under older keys: %w", err)
		}
		var b secret.Batch
		for _, r := range rows {
			b.Values = append(b.Values, secret.Sealed{Purpose: PurposeCaller, Context: CallerContext(r.ID), Value: r.CallerSealed})
			at, id = r.BeganAt, r.ID
		}
		b.Replace = func(ctx context.Context, fresh [][]byte) error {
			return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
				for i, r := range rows {
					_, err := db.New(tx).RewrapCaller(ctx, db.RewrapCallerParams{ID: r.ID, BeganAt: r.BeganAt, Sealed: r.CallerSealed, Rewrapped: fresh[i]})
					if err != nil {
						return fmt.Errorf("seal a caller again: %w", err)
					}
				}
				return nil
			})
		}
		return b, nil
	}
}

func (s *Service) nextNotes() func(context.Context, uint32) (secret.Batch, error) {
	var at time.Time
	var id, by uuid.UUID
	return func(ctx context.Context, active uint32) (secret.Batch, error) {
		rows, err := db.New(s.cfg.Pool).NotesSealedUnder(ctx, db.NotesSealedUnderParams{Active: versionOf(active), AfterAt: at, AfterID: id, AfterBy: by})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find notes under older keys: %w", err)
		}
		var b secret.Batch
		for _, r := range rows {
			b.Values = append(b.Values, secret.Sealed{Purpose: PurposeNote, Context: NoteContext(r.ContactID, r.ByID), Value: r.Text})
			at, id, by = r.BeganAt, r.ContactID, r.ByID
		}
		b.Replace = func(ctx context.Context, fresh [][]byte) error {
			return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
				for i, r := range rows {
					_, err := db.New(tx).RewrapNote(ctx, db.RewrapNoteParams{Contact: r.ContactID, BeganAt: r.BeganAt, ByID: r.ByID, Sealed: r.Text, Rewrapped: fresh[i]})
					if err != nil {
						return fmt.Errorf("seal a note again: %w", err)
					}
				}
				return nil
			})
		}
		return b, nil
	}
}
