package numbering

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/numbering/internal/db"
	"yingda/internal/numbering/segmentfile"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// readArgs is the job that reads a file of segments.
type readArgs struct {
	Version int32 `json:"version"`
}

func (readArgs) Kind() string { return "numbering_read_segments" }

// cleanArgs is the job that removes rows and files of versions that cannot be used any more.
type cleanArgs struct{}

func (cleanArgs) Kind() string { return "numbering_clean_segments" }

// Register adds the jobs of this package.
func (s *Service) Register(r *jobs.Registry) {
	jobs.Add(r, 15*time.Minute, func(ctx context.Context, j *jobs.Job[readArgs]) error {
		ctx = actor.With(ctx, actor.System("numbering.import", SegmentEdit))
		return s.readFile(ctx, j.Args.Version)
	})
	jobs.Add(r, 15*time.Minute, func(ctx context.Context, _ *jobs.Job[cleanArgs]) error { return s.clean(ctx) })
	r.Every(24*time.Hour, "numbering_clean_segments", func() jobs.Args { return cleanArgs{} })
}

// progressEvery is after how many rows people are told how far the reading is.
const progressEvery = 20_000

// errRefused ends a reading whose file has wrong rows; errCancelled one that somebody has given up.
var (
	errRefused   = errors.New("the file has wrong rows")
	errCancelled = errors.New("the reading was cancelled")
)

// readFile reads a file into its version, in one transaction; a repeated attempt begins anew.
func (s *Service) readFile(ctx context.Context, number int32) error {
	v, err := s.version(ctx, number)
	if err != nil || VersionState(v.State) != Reading {
		return err
	}
	names, err := s.names(ctx)
	if err != nil {
		return err
	}
	object, err := s.cfg.Blobs.Open(ctx, v.FileKey)
	if err != nil {
		return err
	}
	defer func() { _ = object.Close() }()
	r := &reading{ctx: ctx, service: s, number: number}
	if r.file, err = segmentfile.Open(object, v.FileBytes, names); err == nil {
		err = s.copyRows(ctx, r, v.Name)
		err = errors.Join(err, r.file.Close())
	}
	f, isFault := fault.As(err)
	switch {
	case errors.Is(err, errCancelled):
		return nil
	case errors.Is(err, errRefused):
		return s.refuse(ctx, v, r)
	case isFault && (f.Kind == fault.Invalid || f.Kind == fault.Limit): // the file itself, not our circumstances
		r.wrong++
		r.problems = append(r.problems, headerProblems(f)...)
		return s.refuse(ctx, v, r)
	}
	return err
}

// headerProblems are of the file as a whole.
func headerProblems(f *fault.Fault) []LineProblem {
	list := make([]LineProblem, 0, 1)
	for _, p := range sheet.Problems(f) {
		list = append(list, LineProblem{Line: 1, Problem: p})
	}
	return list
}

// names are the places as the organisation's code tables have them.
func (s *Service) names(ctx context.Context) (*segmentfile.Names, error) {
	provinces, err := s.cfg.Organization.Codes(ctx, organization.TableProvince)
	if err != nil {
		return nil, fmt.Errorf("read the provinces: %w", err)
	}
	cities, err := s.cfg.Organization.Codes(ctx, organization.TableCity)
	if err != nil {
		return nil, fmt.Errorf("read the cities: %w", err)
	}
	named := func(items []organization.CodeItem) []segmentfile.Named {
		list := make([]segmentfile.Named, len(items))
		for i, c := range items {
			list[i] = segmentfile.Named{Code: c.Code, Name: c.ZH, Province: c.Parent, AreaCode: c.Extra["area_code"]}
		}
		return list
	}
	return segmentfile.NewNames(named(provinces.Items()), named(cities.Items())), nil
}

// copyRows writes the rows and compares them with the version in use. It leaves nothing when it fails.
func (s *Service) copyRows(ctx context.Context, r *reading, name string) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		columns := []string{"version", "prefix", "province", "city", "operator", "brand", "product_line"}
		n, err := tx.CopyFrom(ctx, pgx.Identifier{"numbering", "segment"}, columns, r)
		switch {
		case r.err != nil: // what went wrong on our side of the COPY
			return r.err
		case err != nil:
			return fmt.Errorf("write segments: %w", err)
		case r.wrong > 0:
			return errRefused
		}
		q := db.New(tx)
		active, err := q.ActiveVersion(ctx)
		if err != nil {
			return fmt.Errorf("read which segments are in use: %w", err)
		}
		d, err := q.Difference(ctx, db.DifferenceParams{Version: r.number, Other: active})
		if err != nil {
			return fmt.Errorf("compare segments: %w", err)
		}
		now := s.cfg.Clock.Now()
		changed, err := q.ReadVersion(ctx, db.ReadVersionParams{
			Number: r.number, RowsRead: int32(n), BasedOn: &active, Added: d.Added, Changed: d.Changed, Removed: d.Removed, Same: d.Same, //nolint:gosec // at most a million
			Now: &now,
		})
		if err != nil {
			return fmt.Errorf("finish a version of segments: %w", err)
		}
		if changed == 0 {
			return errCancelled
		}
		return s.recordVersion(ctx, tx, "read", r.number, name, nil)
	})
}

// refuse notes why nothing of a file was taken.
func (s *Service) refuse(ctx context.Context, v db.NumberingSegmentVersion, r *reading) error {
	problems, err := json.Marshal(r.problems)
	if err != nil {
		return fmt.Errorf("write the problems of a file: %w", err)
	}
	now := s.cfg.Clock.Now()
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		_, err := db.New(tx).RefuseVersion(ctx, db.RefuseVersionParams{
			Number: v.Number, RowsRead: int32(r.rows), Wrong: int32(r.wrong), Problems: problems, Now: &now, //nolint:gosec // at most a million
		})
		if err != nil {
			return fmt.Errorf("refuse a version of segments: %w", err)
		}
		return s.recordVersion(ctx, tx, "refuse", v.Number, v.Name, nil)
	})
}

// reading is a file on its way into the database: the source of a COPY.
type reading struct {
	ctx     context.Context //nolint:containedctx // pgx asks without one
	service *Service
	number  int32
	file    *segmentfile.Reader

	row      segmentfile.Row
	rows     int
	wrong    int
	problems []LineProblem
	err      error
}

// Next reads on to the next row that can be taken. Once a row is wrong nothing more is written, only judged.
func (r *reading) Next() bool {
	for {
		row, problems, err := r.file.Next()
		if errors.Is(err, io.EOF) {
			return false
		}
		if err == nil {
			err = r.progress()
		}
		if err != nil {
			r.err = err
			return false
		}
		if len(problems) > 0 {
			r.wrong++
			for _, p := range problems {
				if len(r.problems) < maxProblems {
					r.problems = append(r.problems, LineProblem{Line: row.Line, Problem: p})
				}
			}
		}
		if r.wrong == 0 {
			r.row = row
			return true
		}
	}
}

// progress tells people how far it is, and hears that they have given up.
func (r *reading) progress() error {
	if r.rows++; r.rows%progressEvery != 0 {
		return nil
	}
	done, total := r.file.Rows()
	n, err := db.New(r.service.cfg.Pool).Progress(r.ctx, db.ProgressParams{Number: r.number, RowsRead: int32(done), RowsTotal: int32(total)}) //nolint:gosec // at most a million
	if err != nil {
		return fmt.Errorf("tell the progress of an import: %w", err)
	}
	if n == 0 {
		return errCancelled
	}
	return nil
}

// Values are the columns of the row.
func (r *reading) Values() ([]any, error) {
	t := r.row.Traits
	return []any{r.number, int32(r.row.Prefix), t.Province, t.City, t.Operator, t.Brand, t.ProductLine}, nil //nolint:gosec // seven digits
}

// Err is why Next ended, if not at the end.
func (r *reading) Err() error { return r.err }

// clean removes rows, in pieces, and files of versions that cannot be used any more.
func (s *Service) clean(ctx context.Context) error {
	q := db.New(s.cfg.Pool)
	left, err := q.Leftover(ctx, keepVersions)
	if err != nil {
		return fmt.Errorf("find versions of segments to remove: %w", err)
	}
	for _, v := range left {
		if VersionState(v.State) == Retired {
			marked, err := q.MarkRemoved(ctx, v.Number)
			if err != nil {
				return fmt.Errorf("retire version %d for good: %w", v.Number, err)
			}
			if marked == 0 {
				continue
			}
		}
		for n := int64(1); n > 0; {
			if n, err = q.DeleteSegments(ctx, db.DeleteSegmentsParams{Version: v.Number, RowLimit: 50_000}); err != nil {
				return fmt.Errorf("remove segments of version %d: %w", v.Number, err)
			}
		}
		if v.FileKey != "" {
			if err := s.cfg.Blobs.Delete(ctx, v.FileKey); err != nil {
				return err
			}
			if err := q.ForgetFile(ctx, v.Number); err != nil {
				return fmt.Errorf("forget the file of version %d: %w", v.Number, err)
			}
		}
	}
	return nil
}
