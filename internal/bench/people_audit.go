package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// rounds is how often with and without audit take turns.
const rounds = 8

// writeTables are what is changed: as many people as never meet.
const writeTables = `
INSERT INTO organization.centre (id, level, code, name, created_at, updated_at)
    VALUES ('01930000-0000-7000-8000-000000000001', 'nation', 'CN', '全国客服中心', now(), now());
INSERT INTO organization.staff (id, number, name, centre_id, created_at, updated_at)
    SELECT gen_random_uuid(), 'M' || lpad(k::text, 6, '0'), '测量人员', '01930000-0000-7000-8000-000000000001', now(), now()
    FROM generate_series(1, 20000) k;`

// measureAudit measures writing, sealing and verifying on engines of its own.
func measureAudit(ctx context.Context, env Env, size peopleSize, r *Result) (err error) {
	env.Dir = filepath.Join(env.Dir, "audit")
	e, err := startEngines(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if _, err := e.pool.Exec(ctx, writeTables); err != nil {
		return fmt.Errorf("write staff: %w", err)
	}
	keys, err := secret.Load(ctx, secret.Config{Dir: filepath.Join(env.Dir, "secret"), Clock: clock.System(), Logger: silent})
	if err != nil {
		return err
	}
	files, err := blob.NewFiles(blob.FilesConfig{Dir: filepath.Join(env.Dir, "blobs")})
	if err != nil {
		return err
	}
	svc := audit.New(audit.Config{Pool: e.pool, Ring: keys, Blobs: files, Clock: clock.System(), Logger: silent})
	ctx = actor.With(ctx, actor.System("bench.audit"))
	if err := measureWriters(ctx, env, size, e, svc, r); err != nil {
		return err
	}
	return measureVerify(ctx, env, size, e, svc, r)
}

// measureWriters lets the same transaction run with and without its audit entry, in turns, by one writer and by several.
func measureWriters(ctx context.Context, env Env, size peopleSize, e *engines, svc *audit.Service, r *Result) error {
	w := &staffWriter{engines: e}
	if err := w.load(ctx); err != nil {
		return err
	}
	sealer := svc.Sealer()
	if err := sealer.Start(ctx); err != nil {
		return err
	}
	env.Progress("changing staff with and without audit, one at a time")
	alone, err := w.compare(ctx, 1, size.rounds)
	if err == nil {
		env.Progress("changing staff with and without audit, %d at once", size.writers)
	}
	var many pair
	if err == nil {
		many, err = w.compare(ctx, size.writers, size.rounds)
	}
	if err := errors.Join(err, sealer.Stop(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	m := r.Metrics
	m["audit_writers"] = float64(size.writers)
	m["audit_writes_per_s"], m["bare_writes_per_s"] = many.with.rate(), many.bare.rate()
	m["audit_entry_cpu_us"] = many.with.cpuMicros() - many.bare.cpuMicros()
	m["bare_write_cpu_us"] = many.bare.cpuMicros()
	m["audit_transaction_overhead_pct"] = 100 * (many.bare.rate()/many.with.rate() - 1)
	m["audit_transaction_overhead_alone_pct"] = 100 * (alone.bare.rate()/alone.with.rate() - 1)
	m["audit_transaction_overhead_cpu_pct"] = 100 * m["audit_entry_cpu_us"] / m["bare_write_cpu_us"]
	m["audit_scaling"] = many.with.rate() / alone.with.rate()
	m["audit_scaling_bare"] = many.bare.rate() / alone.bare.rate()
	return nil
}

// pair is what was done with and without audit.
type pair struct{ with, bare tally }

// tally adds up rounds.
type tally struct{ writes, seconds, cpuSeconds float64 }

func (t tally) rate() float64      { return t.writes / t.seconds }
func (t tally) cpuMicros() float64 { return 1e6 * t.cpuSeconds / t.writes }

// staffWriter makes a typical writing call's transaction.
type staffWriter struct {
	engines *engines
	staff   []uuid.UUID
	turn    atomic.Int64
}

func (w *staffWriter) load(ctx context.Context) error {
	rows, err := w.engines.pool.Query(ctx, "SELECT id FROM organization.staff ORDER BY number")
	if err != nil {
		return err
	}
	w.staff, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	return err
}

// compare lets rounds with and without audit take turns.
func (w *staffWriter) compare(ctx context.Context, writers int, length time.Duration) (pair, error) {
	var p pair
	for round := range 2*rounds + 2 {
		into, audited := &p.bare, round%2 == 0
		if audited {
			into = &p.with
		}
		before := *into
		if err := w.round(ctx, writers, length, audited, into); err != nil {
			return p, err
		}
		if round < 2 { // these warm everything up
			*into = before
		}
	}
	return p, nil
}

// round lets writers write for a time and adds up what they did.
func (w *staffWriter) round(ctx context.Context, writers int, length time.Duration, audited bool, into *tally) error {
	used, err := w.engines.cpu()
	if err != nil {
		return err
	}
	var count atomic.Int64
	var first error
	var once sync.Once
	begin := time.Now()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for time.Since(begin) < length {
				if err := w.write(ctx, audited); err != nil {
					once.Do(func() { first = err })
					return
				}
				count.Add(1)
			}
		})
	}
	wg.Wait()
	into.writes += float64(count.Load())
	into.seconds += time.Since(begin).Seconds()
	now, err := w.engines.cpu()
	spent := now.since(used)
	into.cpuSeconds += spent.own + spent.server
	return errors.Join(first, err)
}

// write is what organization does to change a member of staff: lock and read, write, tell, note.
func (w *staffWriter) write(ctx context.Context, audited bool) error {
	id := w.staff[int(w.turn.Add(1))%len(w.staff)]
	return postgres.InTx(ctx, w.engines.pool, func(ctx context.Context, tx pgx.Tx) error {
		now := time.Now().UTC()
		var number, name string
		var centre uuid.UUID
		var version int
		err := tx.QueryRow(ctx, "SELECT number, name, centre_id, version FROM organization.staff WHERE id = $1 FOR UPDATE", id).Scan(&number, &name, &centre, &version)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE organization.staff SET email = $2, version = version + 1, updated_at = $3, updated_by = '1001 测量管理员' WHERE id = $1 AND version = $4",
			id, fmt.Sprintf("m%d@example.com", version), now, version)
		if err != nil {
			return err
		}
		if err := outbox.Write(ctx, tx, organization.TopicStaff.Event(id.String(), now, organization.Changed{ID: id.String()})); err != nil {
			return err
		}
		if !audited {
			return nil
		}
		return audit.Write(ctx, tx, now, audit.Entry{
			Action: "organization.staff.update", Object: audit.Object{Kind: "organization.staff", ID: id.String(), Label: number + " " + name}, Centre: centre,
			Changes: []audit.Change{{Field: "email", Old: "m***@example.com", New: "m***@example.com"}},
		})
	})
}

// entriesAtOnce is how many entries one call of the filling writes.
const entriesAtOnce = 10_000

// measureVerify fills the audit up to its size, seals it and compares all of it with its seal.
func measureVerify(ctx context.Context, env Env, size peopleSize, e *engines, svc *audit.Service, r *Result) error {
	var have int
	if err := e.pool.QueryRow(ctx, "SELECT count(*) FROM audit.entry").Scan(&have); err != nil {
		return err
	}
	env.Progress("writing audit entries, %d to %d", have, max(have, size.entries))
	for have < size.entries {
		list := make([]audit.Entry, min(entriesAtOnce, size.entries-have))
		for i := range list {
			list[i] = audit.Entry{
				Action: "organization.staff.update", Object: audit.Object{Kind: "organization.staff", ID: ident.New[struct{}]().String(), Label: "M000001 测量人员"},
				Changes: []audit.Change{{Field: "name", Old: "林一", New: "林二"}, {Field: "team", Old: "早班", New: "晚班"}},
			}
		}
		if err := postgres.InTx(ctx, e.pool, func(ctx context.Context, tx pgx.Tx) error { return audit.Write(ctx, tx, time.Now(), list...) }); err != nil {
			return err
		}
		have += len(list)
	}
	env.Progress("sealing")
	begin := time.Now()
	for more := true; more; {
		var err error
		if more, err = svc.Seal(ctx); err != nil {
			return err
		}
	}
	r.Metrics["seal_s"] = time.Since(begin).Seconds()
	if _, err := e.pool.Exec(ctx, "VACUUM (ANALYZE) audit.entry"); err != nil { // as autovacuum does in its time
		return err
	}
	env.Progress("verifying")
	begin = time.Now()
	v, err := svc.Verify(ctx, audit.VerifyOptions{})
	took := time.Since(begin).Seconds()
	switch {
	case err != nil:
		return err
	case v.Wrong > 0 || v.Entries != int64(have) || v.Pending > 0:
		return fmt.Errorf("verified %d of %d entries, %d wrong, %d pending", v.Entries, have, v.Wrong, v.Pending)
	}
	r.Metrics["audit_entries"] = float64(have)
	r.Metrics["verify_s"] = took
	r.Metrics["verify_entries_per_s"] = float64(have) / took
	return nil
}
