package numbering

import (
	"context"
	"fmt"
	"sync"
	"time"

	"yingda/internal/numbering/home"
	"yingda/internal/numbering/internal/db"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
)

// loader lets one refresh run at a time.
type loader struct{ mu sync.Mutex }

// Follower keeps the tables in memory as the database has them, until stopped.
func (s *Service) Follower() lifecycle.Service {
	return lifecycle.NewLoop("numbering-tables", s.cfg.Logger, func(ctx context.Context) error {
		for {
			if err := s.refresh(ctx); err != nil {
				s.cfg.Logger.WarnContext(ctx, "number tables stay as they are", "error", err)
			}
			if err := clock.Sleep(ctx, s.cfg.Clock, s.cfg.Follow); err != nil {
				return nil // stopped
			}
		}
	})
}

// Refresh brings the tables in memory up to date.
//
// Unchecked: it is the program's own upkeep and gives nothing to anybody.
func (s *Service) Refresh(ctx context.Context) error { return s.refresh(ctx) }

// refreshSoon brings this process up to date after a change of its own; the others follow.
func (s *Service) refreshSoon(ctx context.Context) {
	if err := s.refresh(ctx); err != nil {
		s.cfg.Logger.WarnContext(ctx, "number tables follow later", "error", err)
	}
}

func (s *Service) refresh(ctx context.Context) error {
	s.loader.mu.Lock()
	defer s.loader.mu.Unlock()
	r, err := db.New(s.cfg.Pool).Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the revision of numbers: %w", err)
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	old := s.held.Load()
	next := *old
	// A row may be newer than the revision read before it; then the revision has grown, and it is read again.
	next.revisions = revisions{r.Called, r.Segments, r.Ported}
	if old.tree == nil || tree.Places() != old.tree.Places() {
		next.homes.Areas = areasOf(tree.Places())
	}
	next.tree = tree
	if r.Called != old.revisions.called {
		if err := s.loadCalled(ctx, &next); err != nil {
			return err
		}
	}
	if r.Segments != old.revisions.segments {
		if err := s.loadSegments(ctx, &next); err != nil {
			return err
		}
	}
	if r.Ported != old.revisions.ported {
		if next.homes.Ported, err = s.readPorted(ctx); err != nil {
			return err
		}
	}
	next.loaded, next.at = true, s.cfg.Clock.Now()
	s.held.Store(&next)
	return nil
}

func (s *Service) loadCalled(ctx context.Context, next *snapshot) error {
	rows, err := db.New(s.cfg.Pool).AllCalled(ctx)
	if err != nil {
		return fmt.Errorf("read called numbers: %w", err)
	}
	list := make([]Called, len(rows))
	for i, r := range rows {
		list[i] = calledOf(r)
	}
	next.plan = planOf(list)
	return nil
}

// loadSegments reads the version in use, if it is another than the one in memory.
func (s *Service) loadSegments(ctx context.Context, next *snapshot) error {
	active, err := db.New(s.cfg.Pool).ActiveVersion(ctx)
	if err != nil {
		return fmt.Errorf("read which segments are in use: %w", err)
	}
	if int(active) == next.segments {
		return nil
	}
	b := home.NewSegments()
	if active != 0 {
		if err := s.readSegments(ctx, active, b); err != nil {
			return fmt.Errorf("read segments of version %d: %w", active, err)
		}
	}
	next.segments, next.homes.Segments = int(active), b.Build()
	return nil
}

// readSegments streams half a million rows; their order does not matter.
func (s *Service) readSegments(ctx context.Context, version int32, b *home.SegmentsBuilder) error {
	rows, err := s.cfg.Pool.Query(ctx, `SELECT prefix, province, city, operator, brand, product_line FROM numbering.segment WHERE version = $1`, version)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var prefix int32
		var t home.Traits
		if err := rows.Scan(&prefix, &t.Province, &t.City, &t.Operator, &t.Brand, &t.ProductLine); err != nil {
			return err
		}
		if err := b.Add(uint32(prefix), t); err != nil { //nolint:gosec // checked by the table
			return err
		}
	}
	return rows.Err()
}

func (s *Service) readPorted(ctx context.Context) (*home.Ported, error) {
	rows, err := s.cfg.Pool.Query(ctx, `SELECT number, operator, brand, product_line, province, city, valid_from, valid_until FROM numbering.ported`)
	if err != nil {
		return nil, fmt.Errorf("read ported numbers: %w", err)
	}
	defer rows.Close()
	var entries []home.PortedEntry
	for rows.Next() {
		var number int64
		var until *time.Time
		var e home.PortedEntry
		if err := rows.Scan(&number, &e.Operator, &e.Brand, &e.ProductLine, &e.Province, &e.City, &e.From, &until); err != nil {
			return nil, fmt.Errorf("read ported numbers: %w", err)
		}
		e.Number = uint64(number) //nolint:gosec // checked by the table
		if until != nil {
			e.Until = *until
		}
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read ported numbers: %w", err)
	}
	return home.NewPorted(entries)
}

// Tables says what is held in memory.
type Tables struct {
	Loaded   bool      `json:"loaded" doc:"false: nothing was loaded yet, and every home is unknown"`
	At       time.Time `json:"at" doc:"When the tables were last compared with the database"`
	Version  int       `json:"version" doc:"Version of the segments in use; 0: none"`
	Segments int       `json:"segments"`
	Ported   int       `json:"ported"`
	Areas    int       `json:"areas" doc:"Area codes of fixed lines that are known"`
	Called   int       `json:"called"`
	Bytes    int       `json:"bytes" doc:"Memory that segments and ported numbers take in each process"`
}

// Tables says what this process holds in memory.
func (s *Service) Tables() Tables {
	h := s.held.Load()
	return Tables{
		Loaded: h.loaded, At: h.at, Version: h.segments, Segments: h.homes.Segments.Len(), Ported: h.homes.Ported.Len(),
		Areas: h.homes.Areas.Len(), Called: h.plan.Len(), Bytes: h.homes.Segments.Bytes() + h.homes.Ported.Bytes(),
	}
}
