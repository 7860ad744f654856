package audit

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/audit/chain"
	"yingda/internal/audit/internal/db"
	"yingda/internal/platform/postgres"
)

// VerifyOptions says what to verify and what to trust.
type VerifyOptions struct {
	Since   time.Time           // batches made since then and entries since then; zero: all
	Trusted []ed25519.PublicKey // if any, only these may have signed
	Heads   []chain.Head        // kept by hand, such as from a mail
	// Report is called for each thing that is wrong, as it is found; may be nil.
	Report func(chain.Finding)
	// Progress is called now and then with the number of entries compared; may be nil.
	Progress func(entries int64)
}

// Verification is the result.
type Verification struct {
	Entries   int64     `json:"entries"`
	Batches   int64     `json:"batches"`
	Wrong     int64     `json:"wrong"`
	LastBatch int64     `json:"last_batch"`
	LastHead  string    `json:"last_head"`
	LastMade  time.Time `json:"last_made_at"`
	Heads     int       `json:"kept_heads"`
	Pending   int64     `json:"pending"`
}

const (
	progressEvery = 20_000
	lookupChunk   = 5000
)

// Verify compares entries, batches, signatures and kept heads. It reads one snapshot of the database, streaming:
// memory does not grow with the audit. An error means that it could not verify; what is wrong is reported.
//
// Unchecked: the background and an operator verify; people do by VerifyNow.
func (s *Service) Verify(ctx context.Context, o VerifyOptions) (Verification, error) {
	var v Verification
	var first *chain.Finding
	report := func(f chain.Finding) {
		if v.Wrong++; first == nil {
			first = &f
		}
		if o.Report != nil {
			o.Report(f)
		}
	}
	// Heads first: then none can be of a batch that the snapshot does not have yet.
	heads, err := s.headsToCheck(ctx, o, report)
	if err != nil {
		return v, err
	}
	v.Heads = len(heads)
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, entries pgx.Tx) error {
		if _, err := entries.Exec(ctx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
			return fmt.Errorf("open a snapshot: %w", err)
		}
		var snapshot string
		if err := entries.QueryRow(ctx, "SELECT pg_export_snapshot()").Scan(&snapshot); err != nil {
			return fmt.Errorf("open a snapshot: %w", err)
		}
		return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, batches pgx.Tx) error {
			// A snapshot's name is made by PostgreSQL of hexadecimal digits and hyphens; SET takes no parameters.
			for _, text := range []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET TRANSACTION SNAPSHOT '" + snapshot + "'"} {
				if _, err := batches.Exec(ctx, text); err != nil {
					return fmt.Errorf("open the snapshot again: %w", err)
				}
			}
			return s.verify(ctx, entries, batches, o, heads, report, &v)
		})
	})
	if err != nil {
		return v, err
	}
	return v, s.note(ctx, v, first)
}

func (s *Service) headsToCheck(ctx context.Context, o VerifyOptions, report func(chain.Finding)) ([]chain.Head, error) {
	if s.cfg.Blobs == nil {
		return o.Heads, nil
	}
	heads, damaged, err := keptHeads(ctx, s.cfg.Blobs)
	if err != nil {
		return nil, err
	}
	for _, name := range damaged {
		report(chain.Finding{Wrong: chain.HeadDamaged, Text: "the head kept in the file store as " + name + " cannot be read"})
	}
	return append(heads, o.Heads...), nil
}

func (s *Service) verify(ctx context.Context, entries, batches pgx.Tx, o VerifyOptions, heads []chain.Head, report func(chain.Finding), v *Verification) error {
	cfg := chain.Config{Keys: map[string]ed25519.PublicKey{}, Trusted: o.Trusted, Heads: heads, Kept: s.cfg.Blobs != nil, Report: report}
	keys, err := db.New(entries).Keys(ctx)
	if err != nil {
		return fmt.Errorf("read the keys: %w", err)
	}
	for _, k := range keys {
		cfg.Keys[k.ID] = k.PublicKey
	}
	if !o.Since.IsZero() {
		before, err := db.New(entries).BatchBefore(ctx, o.Since)
		switch {
		case err == nil:
			cfg.After = batchOf(before)
		case !postgres.IsNoRows(err):
			return fmt.Errorf("find the first batch: %w", err)
		}
	}
	c := chain.New(cfg)
	if err = merge(ctx, entries, batches, c, o, cfg.After.Number); err != nil {
		return err
	}
	return s.finish(ctx, entries, c, v)
}

// merge reads entries by id and batches by number, each once, side by side.
func merge(ctx context.Context, entries, batches pgx.Tx, c *chain.Checker, o VerifyOptions, after int64) error {
	var from uuid.UUID
	if !o.Since.IsZero() {
		from = firstID(o.Since)
	}
	next, stop, err := batchStream(ctx, batches, after)
	if err != nil {
		return err
	}
	defer stop()
	rows, err := entries.Query(ctx, "SELECT "+columns+" FROM audit.entry e WHERE e.id >= $1 ORDER BY e.id", binaryResults, from)
	if err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	defer rows.Close()
	b, more, err := next()
	for n := int64(0); err == nil && rows.Next(); n++ {
		raw := rows.RawValues()
		id := rawID(raw[0])
		hash, hashErr := hashRow(raw)
		if hashErr != nil {
			return hashErr
		}
		for more && string(b.List[:min(16, len(b.List))]) <= string(id[:]) {
			c.Batch(b)
			if b, more, err = next(); err != nil {
				return err
			}
		}
		c.Entry(id, hash)
		if o.Progress != nil && n%progressEvery == progressEvery-1 {
			o.Progress(n + 1)
		}
	}
	for ; err == nil && more; b, more, err = next() {
		c.Batch(b)
	}
	if err != nil {
		return err
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	return nil
}

// batchStream gives the batches after a number, one by one.
func batchStream(ctx context.Context, tx pgx.Tx, after int64) (next func() (chain.Batch, bool, error), stop func(), err error) {
	rows, err := tx.Query(ctx, "SELECT number, made_at, size, entries, previous, head, key_id, signature FROM audit.batch WHERE number > $1 ORDER BY number", after)
	if err != nil {
		return nil, nil, fmt.Errorf("read batches: %w", err)
	}
	return func() (chain.Batch, bool, error) {
		if !rows.Next() {
			if err := rows.Err(); err != nil {
				return chain.Batch{}, false, fmt.Errorf("read batches: %w", err)
			}
			return chain.Batch{}, false, nil
		}
		var b chain.Batch
		var previous, head []byte
		if err := rows.Scan(&b.Number, &b.MadeAt, &b.Size, &b.List, &previous, &head, &b.KeyID, &b.Signature); err != nil {
			return b, false, fmt.Errorf("read batches: %w", err)
		}
		b.MadeAt, b.Previous, b.Head = b.MadeAt.UTC(), hashOf(previous), hashOf(head)
		return b, true, nil
	}, rows.Close, nil
}

// finish looks for entries that were not met, and for those that wait.
func (s *Service) finish(ctx context.Context, tx pgx.Tx, c *chain.Checker, v *Verification) error {
	for ids := c.Expected(); len(ids) > 0; {
		n := min(len(ids), lookupChunk)
		rows, err := tx.Query(ctx, "SELECT "+columns+" FROM audit.entry e WHERE e.id = ANY($1)", binaryResults, ids[:n])
		if err != nil {
			return fmt.Errorf("look for entries: %w", err)
		}
		for rows.Next() {
			raw := rows.RawValues()
			hash, err := hashRow(raw)
			if err != nil {
				rows.Close()
				return err
			}
			c.Entry(rawID(raw[0]), hash)
		}
		if rows.Close(); rows.Err() != nil {
			return fmt.Errorf("look for entries: %w", rows.Err())
		}
		ids = ids[n:]
	}
	q := db.New(tx)
	pending, err := q.StillPending(ctx)
	if err != nil {
		return fmt.Errorf("read what waits to be sealed: %w", err)
	}
	r := c.Finish(pending, s.cfg.Clock.Now())
	v.Entries, v.Batches, v.Pending = r.Entries, r.Batches, int64(len(pending))
	v.LastBatch, v.LastMade, v.LastHead = r.Last.Number, r.Last.MadeAt, r.Last.Head.String()
	return nil
}

// note writes down what the verification has found, for the page and for health.
func (s *Service) note(ctx context.Context, v Verification, first *chain.Finding) error {
	text := ""
	if first != nil {
		text = first.Text
	}
	now := s.cfg.Clock.Now()
	err := db.New(s.cfg.Pool).Verified(ctx, db.VerifiedParams{Now: &now, Number: v.LastBatch, Entries: v.Entries, Wrong: v.Wrong, Text: text})
	if err != nil {
		return fmt.Errorf("write down the verification: %w", err)
	}
	return nil
}
