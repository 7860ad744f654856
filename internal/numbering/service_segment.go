package numbering

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/numbering/home"
	"yingda/internal/numbering/internal/db"
	"yingda/internal/numbering/segmentfile"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
)

// ImportSegments stores a file and orders its reading; the version tells how far that is. Nothing comes into use
// by it. Errors: numbering.invalid_segment_file with the fields; sheet.too_large.
func (s *Service) ImportSegments(ctx context.Context, name, fileName string, data []byte) (SegmentVersion, error) {
	if err := allowNation(ctx, SegmentEdit); err != nil {
		return SegmentVersion{}, err
	}
	name, fileName = strings.TrimSpace(name), strings.TrimSpace(fileName)
	var f fault.Fields
	checkText(&f, "query.name", name, 1, 100)
	checkText(&f, "query.file_name", fileName, 0, 255)
	f.Check(len(data) > 0, "body", fieldRequired, "is empty")
	if err := f.Err("numbering.invalid_segment_file", "the file cannot be taken as it is"); err != nil {
		return SegmentVersion{}, err
	}
	if len(data) > segmentfile.MaxBytes {
		return SegmentVersion{}, sheet.ErrTooLarge
	}
	var v SegmentVersion
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		v, err = s.importSegments(ctx, tx, name, fileName, data)
		return err
	})
	return v, err
}

func (s *Service) importSegments(ctx context.Context, tx pgx.Tx, name, fileName string, data []byte) (SegmentVersion, error) {
	q := db.New(tx)
	if err := q.LockSegments(ctx); err != nil {
		return SegmentVersion{}, fmt.Errorf("lock versions of segments: %w", err)
	}
	number, err := q.NextVersion(ctx)
	if err != nil {
		return SegmentVersion{}, fmt.Errorf("number a version of segments: %w", err)
	}
	// A file whose transaction fails stays behind under a name that no row has; it is as small as it is rare.
	key := segmentFileKey(int(number), uuid.NewString())
	if _, err := s.cfg.Blobs.Put(ctx, key, bytes.NewReader(data), blob.PutOptions{Size: int64(len(data)), SizeKnown: true}); err != nil {
		return SegmentVersion{}, err
	}
	err = q.InsertVersion(ctx, db.InsertVersionParams{
		Number: number, Name: name, FileName: fileName, FileKey: key, FileBytes: int64(len(data)), CreatedBy: who(ctx), Now: s.cfg.Clock.Now(),
	})
	if err != nil {
		return SegmentVersion{}, fmt.Errorf("add a version of segments: %w", err)
	}
	if err := jobs.InsertTx(ctx, tx, readArgs{Version: number}, jobs.Options{MaxAttempts: 5}); err != nil {
		return SegmentVersion{}, err
	}
	if err := s.recordVersion(ctx, tx, "import", number, name, nil); err != nil {
		return SegmentVersion{}, err
	}
	row, err := q.GetVersion(ctx, number)
	if err != nil {
		return SegmentVersion{}, fmt.Errorf("read version of segments: %w", err)
	}
	return versionOf(row)
}

func (s *Service) recordVersion(ctx context.Context, tx pgx.Tx, act string, number int32, name string, changes []audit.Change) error {
	return s.record(ctx, tx, change{
		act: "numbering.segment_version." + act, topic: TopicSegment,
		object: audit.Object{Kind: "numbering.segment_version", ID: strconv.Itoa(int(number)), Label: name},
		entry:  audit.Entry{Changes: changes},
	})
}

// SegmentVersions lists versions from the newest back: those before the number given, 0 for all.
func (s *Service) SegmentVersions(ctx context.Context, before, limit int32) ([]SegmentVersion, error) {
	if _, err := actor.Allow(ctx, SegmentRead); err != nil {
		return nil, err
	}
	if before == 0 {
		before = math.MaxInt32
	}
	rows, err := db.New(s.cfg.Pool).ListVersions(ctx, db.ListVersionsParams{Before: before, RowLimit: limit})
	if err != nil {
		return nil, fmt.Errorf("list versions of segments: %w", err)
	}
	list := make([]SegmentVersion, len(rows))
	for i, r := range rows {
		list[i], err = versionOf(db.NumberingSegmentVersion{
			Number: r.Number, Name: r.Name, FileName: r.FileName, FileBytes: r.FileBytes, State: r.State, RowsRead: r.RowsRead, RowsTotal: r.RowsTotal,
			BasedOn: r.BasedOn, Added: r.Added, Changed: r.Changed, Removed: r.Removed, Same: r.Same, Wrong: r.Wrong, CreatedBy: r.CreatedBy,
			CreatedAt: r.CreatedAt, ReadAt: r.ReadAt, ActivatedBy: r.ActivatedBy, ActivatedAt: r.ActivatedAt,
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// SegmentVersion gives one version with its problems. Errors: [ErrNoVersion].
func (s *Service) SegmentVersion(ctx context.Context, number int32) (SegmentVersion, error) {
	if _, err := actor.Allow(ctx, SegmentRead); err != nil {
		return SegmentVersion{}, err
	}
	row, err := s.version(ctx, number)
	if err != nil {
		return SegmentVersion{}, err
	}
	return versionOf(row)
}

func (s *Service) version(ctx context.Context, number int32) (db.NumberingSegmentVersion, error) {
	row, err := db.New(s.cfg.Pool).GetVersion(ctx, number)
	if postgres.IsNoRows(err) {
		return row, ErrNoVersion
	}
	if err != nil {
		return row, fmt.Errorf("read version of segments: %w", err)
	}
	return row, nil
}

func versionOf(r db.NumberingSegmentVersion) (SegmentVersion, error) {
	v := SegmentVersion{
		Number: int(r.Number), Name: r.Name, FileName: r.FileName, FileBytes: r.FileBytes, State: VersionState(r.State), RowsRead: int(r.RowsRead),
		RowsTotal: int(r.RowsTotal), Wrong: int(r.Wrong), CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), ReadAt: utc(r.ReadAt),
		ActivatedBy: r.ActivatedBy, ActivatedAt: utc(r.ActivatedAt),
		Difference: Difference{int(r.Added), int(r.Changed), int(r.Removed), int(r.Same)},
	}
	if r.BasedOn != nil {
		v.BasedOn = int(*r.BasedOn)
	}
	if len(r.Problems) > 0 {
		if err := json.Unmarshal(r.Problems, &v.Problems); err != nil {
			return v, fmt.Errorf("read problems of version %d: %w", v.Number, err)
		}
	}
	return v, nil
}

// CompareSegments counts what the version would change of the one in use now, and says which that is (0: none).
func (s *Service) CompareSegments(ctx context.Context, number int32) (d Difference, inUse int, err error) {
	if _, err := actor.Allow(ctx, SegmentRead); err != nil {
		return d, 0, err
	}
	if _, err := s.version(ctx, number); err != nil {
		return d, 0, err
	}
	q := db.New(s.cfg.Pool)
	active, err := q.ActiveVersion(ctx)
	if err != nil {
		return d, 0, fmt.Errorf("read which segments are in use: %w", err)
	}
	row, err := q.Difference(ctx, db.DifferenceParams{Version: number, Other: active})
	if err != nil {
		return d, 0, fmt.Errorf("compare segments: %w", err)
	}
	return Difference{int(row.Added), int(row.Changed), int(row.Removed), int(row.Same)}, int(active), nil
}

// SegmentChanges lists what the version would change of the one in use now, by prefix, after the one given.
func (s *Service) SegmentChanges(ctx context.Context, number int32, after uint32, limit int32) ([]SegmentChange, error) {
	if _, err := actor.Allow(ctx, SegmentRead); err != nil {
		return nil, err
	}
	if _, err := s.version(ctx, number); err != nil {
		return nil, err
	}
	q := db.New(s.cfg.Pool)
	active, err := q.ActiveVersion(ctx)
	if err != nil {
		return nil, fmt.Errorf("read which segments are in use: %w", err)
	}
	rows, err := q.Changes(ctx, db.ChangesParams{Version: number, Other: active, After: int32(after), RowLimit: limit}) //nolint:gosec // seven digits
	if err != nil {
		return nil, fmt.Errorf("list changes of segments: %w", err)
	}
	list := make([]SegmentChange, len(rows))
	for i, r := range rows {
		list[i] = SegmentChange{
			Prefix: uint32(r.Prefix), Act: "change", //nolint:gosec // checked by the table
			Old: home.Traits{Province: r.OldProvince, City: r.OldCity, Operator: r.OldOperator, Brand: r.OldBrand, ProductLine: r.OldProductLine},
			New: home.Traits{Province: r.NewProvince, City: r.NewCity, Operator: r.NewOperator, Brand: r.NewBrand, ProductLine: r.NewProductLine},
		}
		switch {
		case !r.HasOld:
			list[i].Act = "add"
		case !r.HasNew:
			list[i].Act = "remove"
		}
	}
	return list, nil
}

// ListSegments lists the segments of a version that begin with the digits, after the prefix given.
func (s *Service) ListSegments(ctx context.Context, number int32, begin string, after uint32, limit int32) ([]Segment, error) {
	if _, err := actor.Allow(ctx, SegmentRead); err != nil {
		return nil, err
	}
	if _, err := s.version(ctx, number); err != nil {
		return nil, err
	}
	low, high, err := rangeOf(begin, 7)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).Segments(ctx, db.SegmentsParams{
		Version: number, After: int32(after), Low: int32(low), High: int32(high), RowLimit: limit, //nolint:gosec // seven digits
	})
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	list := make([]Segment, len(rows))
	for i, r := range rows {
		list[i] = Segment{uint32(r.Prefix), home.Traits{Province: r.Province, City: r.City, Operator: r.Operator, Brand: r.Brand, ProductLine: r.ProductLine}} //nolint:gosec // checked by the table
	}
	return list, nil
}

// rangeOf gives the numbers of so many digits that begin with the digits typed.
func rangeOf(begin string, digits int) (low, high int64, err error) {
	begin = digitsOf(begin)
	if len(begin) > digits {
		var f fault.Fields
		f.Add("query.begin", fieldTooLong, fmt.Sprintf("has more than %d digits", digits))
		return 0, 0, f.Err("numbering.invalid_filter", "the filter cannot be used as it is")
	}
	low, high = 0, 1
	if begin != "" {
		low, _ = strconv.ParseInt(begin, 10, 64) // digits only
		high = low + 1
	}
	for range digits - len(begin) {
		low, high = low*10, high*10
	}
	return low, high - 1, nil
}

// ActivateSegments puts a version into use in place of the one that is, whole and at once; also one that was in use
// before, which is how to go back. basedOn is the version in use that the difference was looked at against.
// Errors: [ErrNoVersion], [ErrNotReady], [ErrOtherInUse].
func (s *Service) ActivateSegments(ctx context.Context, number, basedOn int32, reason string) error {
	if err := allowNation(ctx, SegmentEdit); err != nil {
		return err
	}
	var f fault.Fields
	reason = strings.TrimSpace(reason)
	checkText(&f, "body.reason", reason, 0, 500)
	if err := f.Err("numbering.invalid_activation", "the version cannot be put into use"); err != nil {
		return err
	}
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return s.activate(ctx, tx, number, basedOn, reason)
	})
	if err == nil {
		s.refreshSoon(ctx)
	}
	return err
}

func (s *Service) activate(ctx context.Context, tx pgx.Tx, number, basedOn int32, reason string) error {
	q := db.New(tx)
	if err := q.LockSegments(ctx); err != nil {
		return fmt.Errorf("lock versions of segments: %w", err)
	}
	v, err := q.LockVersion(ctx, number)
	if postgres.IsNoRows(err) {
		return ErrNoVersion
	}
	if err != nil {
		return fmt.Errorf("read version of segments: %w", err)
	}
	active, err := q.ActiveVersion(ctx)
	if err != nil {
		return fmt.Errorf("read which segments are in use: %w", err)
	}
	if active != basedOn {
		return ErrOtherInUse
	}
	if st := VersionState(v.State); st != Ready && st != Retired {
		return ErrNotReady
	}
	if err := q.RetireActive(ctx); err != nil {
		return fmt.Errorf("retire the segments in use: %w", err)
	}
	now := s.cfg.Clock.Now()
	if _, err := q.ActivateVersion(ctx, db.ActivateVersionParams{Number: number, ActivatedBy: who(ctx), Now: &now}); err != nil {
		return fmt.Errorf("put segments into use: %w", err)
	}
	if err := q.TouchSegments(ctx); err != nil {
		return fmt.Errorf("mark segments as changed: %w", err)
	}
	if err := jobs.InsertTx(ctx, tx, cleanArgs{}, jobs.Options{}); err != nil {
		return err
	}
	return s.record(ctx, tx, change{
		act: "numbering.segment_version.activate", topic: TopicSegment,
		object: audit.Object{Kind: "numbering.segment_version", ID: strconv.Itoa(int(number)), Label: v.Name},
		entry:  audit.Entry{Reason: reason, Changes: []audit.Change{{Field: "in_use", Old: active, New: number}}},
	})
}

// CancelSegments gives a version up that is being read or was never in use. Errors: [ErrNoVersion], [ErrNotOpen].
func (s *Service) CancelSegments(ctx context.Context, number int32) error {
	if err := allowNation(ctx, SegmentEdit); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		v, err := q.LockVersion(ctx, number)
		if postgres.IsNoRows(err) {
			return ErrNoVersion
		}
		if err != nil {
			return fmt.Errorf("read version of segments: %w", err)
		}
		now := s.cfg.Clock.Now()
		n, err := q.CancelVersion(ctx, db.CancelVersionParams{Number: number, Now: &now})
		if err != nil {
			return fmt.Errorf("cancel a version of segments: %w", err)
		}
		if n == 0 {
			return ErrNotOpen
		}
		if err := jobs.InsertTx(ctx, tx, cleanArgs{}, jobs.Options{}); err != nil {
			return err
		}
		return s.recordVersion(ctx, tx, "cancel", number, v.Name, nil)
	})
}

// HeldTables says what the process that answers holds in memory.
func (s *Service) HeldTables(ctx context.Context) (Tables, error) {
	if _, err := actor.Allow(ctx, SegmentRead); err != nil {
		return Tables{}, err
	}
	return s.Tables(), nil
}

// segmentTable is a file of segments as a workbook.
func segmentTable() sheet.Table {
	return sheet.Table{Key: "segment", ZH: "号段", EN: "Number segments", Columns: segmentfile.Columns()}
}

// segmentTemplate writes an empty file to whoever may see versions.
func (s *Service) segmentTemplate(ctx context.Context, t sheet.Table, lang string) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, err := actor.Allow(ctx, SegmentRead); err != nil {
			return err
		}
		return t.Template(w, lang)
	}
}
