package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/pflag"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer"
)

// timerSize is the size of `bench timer`; the defaults are those that the aim speaks of.
type timerSize struct {
	pending, rate, workers int
	length                 time.Duration
}

func benchTimer() Bench {
	var size timerSize
	return Bench{
		Name:    "timer",
		Summary: "Deadlines: lateness and cost with a million pending and a thousand falling due each second",
		Flags: func(fs *pflag.FlagSet) {
			fs.IntVar(&size.pending, "pending", 1_000_000, "timers that wait all the time")
			fs.IntVar(&size.rate, "rate", 1000, "timers that are set, and fall due, each second")
			fs.DurationVar(&size.length, "for", time.Minute, "how long timers are set")
			fs.IntVar(&size.workers, "workers", 2, "workers that share them, in this process")
		},
		Run: func(ctx context.Context, env Env) (Result, error) { return runTimer(ctx, env, size) },
	}
}

const (
	benchKind = "bench.deadline"
	// timerAhead is how far ahead the load generator sets its timers, timerBatch how many to a transaction.
	timerAhead = 5 * time.Second
	timerBatch = 20

	timerTables = "CREATE SCHEMA bench; CREATE TABLE bench.effect (key text NOT NULL, due_at timestamptz NOT NULL)"
	// timerFill sets the timers that wait: over the next thirty days, in no order.
	timerFill = `INSERT INTO timer.timer (kind, key, due_at, fire_at, payload)
		SELECT $1, 'waiting-' || n, at, at, '{"order": "G44-261120-000123-9"}'
		FROM (SELECT n, now() + interval '1 hour' + random() * interval '30 days' AS at FROM generate_series(1, $2) n) t`
	lateQuery = `SELECT percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY
			extract(epoch FROM pg_xact_commit_timestamp(f.xmin) - f.due_at))::float8[],
		count(*), count(*) - count(DISTINCT f.key),
		count(*) FILTER (WHERE pg_xact_commit_timestamp(f.xmin) < f.due_at)
		FROM bench.effect f`
)

func runTimer(ctx context.Context, env Env, size timerSize) (r Result, err error) {
	r = Result{Name: "timer", Metrics: map[string]float64{}}
	e, err := startEngines(ctx, env)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	env.Progress("setting %d timers that wait", size.pending)
	if _, err := e.pool.Exec(ctx, timerTables); err != nil {
		return r, err
	}
	if _, err := e.pool.Exec(ctx, timerFill, benchKind, size.pending); err != nil {
		return r, err
	}
	if _, err := e.pool.Exec(ctx, "VACUUM ANALYZE timer.timer"); err != nil {
		return r, err
	}
	b := &timerBench{env: env, size: size, engines: e, metrics: r.Metrics}
	if err := b.measure(ctx); err != nil {
		return r, err
	}
	r.Notes = append(r.Notes,
		fmt.Sprintf("%d timers a second for %s were set %s ahead by a process of its own, %d to a transaction, beside %d that wait",
			size.rate, size.length, timerAhead, timerBatch, size.pending),
		"late: from the due time to the commit of the effect; doubles, missing and early must be 0",
		"*_cpu_us_per_timer: own is the workers; server is PostgreSQL for setting, firing and the effect; idle_*: with nothing due")
	return r, nil
}

type timerBench struct {
	env     Env
	size    timerSize
	engines *engines
	metrics map[string]float64
}

// worker gives a worker that writes one row for each timer.
func (b *timerBench) worker() *timer.Worker {
	w := timer.NewWorker(timer.Config{Pool: b.engines.pool, Bus: b.engines.bus, Clock: clock.System(), Logger: silent})
	w.Handle(benchKind, func(ctx context.Context, tx pgx.Tx, due []timer.Due) error {
		keys, times := make([]string, len(due)), make([]time.Time, len(due))
		for i, d := range due {
			keys[i], times[i] = d.Key, d.DueAt
		}
		_, err := tx.Exec(ctx, "INSERT INTO bench.effect SELECT unnest($1::text[]), unnest($2::timestamptz[])", keys, times)
		return err
	})
	return w
}

func (b *timerBench) measure(ctx context.Context) error {
	all := lifecycle.NewGroup("workers", silent)
	for range b.size.workers {
		all.Add(b.worker())
	}
	if err := all.Start(ctx); err != nil {
		return err
	}
	err := errors.Join(b.idle(ctx), b.fire(ctx))
	return errors.Join(err, all.Stop(context.WithoutCancel(ctx)))
}

// idle takes what the workers cost while nothing is due.
func (b *timerBench) idle(ctx context.Context) error {
	const length = 10 * time.Second
	b.env.Progress("nothing due for %s", length)
	before, err := b.engines.cpu()
	if err != nil {
		return err
	}
	if err := clock.Sleep(ctx, clock.System(), length); err != nil {
		return err
	}
	after, err := b.engines.cpu()
	b.metrics["idle_own_cpu_percent"] = 100 * after.since(before).own / length.Seconds()
	b.metrics["idle_server_cpu_percent"] = 100 * after.since(before).server / length.Seconds()
	return err
}

func (b *timerBench) fire(ctx context.Context) error {
	b.env.Progress("setting %d timers a second for %s", b.size.rate, b.size.length)
	before, err := b.engines.cpu()
	if err != nil {
		return err
	}
	raw, err := RunLoad(ctx, b.env.Self, "timer", "--database", b.engines.url,
		"--rate", strconv.Itoa(b.size.rate), "--for", b.size.length.String())
	if err != nil {
		return err
	}
	var found timerFindings
	if err := json.Unmarshal(raw, &found); err != nil {
		return err
	}
	if err := b.await(ctx); err != nil {
		return err
	}
	after, err := b.engines.cpu()
	if err != nil {
		return err
	}
	used := after.since(before)
	b.metrics["own_cpu_us_per_timer"] = 1e6 * used.own / float64(found.Timers)
	b.metrics["server_cpu_us_per_timer"] = 1e6 * used.server / float64(found.Timers)
	return b.count(ctx, found.Timers)
}

// await waits until only those are left that wait, but no longer than half a minute after the last was due.
func (b *timerBench) await(ctx context.Context) error {
	until := time.Now().Add(timerAhead + 30*time.Second)
	for time.Now().Before(until) {
		var left bool
		err := b.engines.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM timer.timer WHERE kind = $1 AND fire_at < now() + interval '30 minutes' AND parked_at IS NULL)", benchKind).Scan(&left)
		if err != nil || !left {
			return err
		}
		if err := clock.Sleep(ctx, clock.System(), 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (b *timerBench) count(ctx context.Context, set int64) error {
	var late []float64
	var fired, doubles, early int64
	if err := b.engines.pool.QueryRow(ctx, lateQuery).Scan(&late, &fired, &doubles, &early); err != nil {
		return err
	}
	m := b.metrics
	m["p50_late_s"], m["p99_late_s"], m["max_late_s"] = late[0], late[1], late[2]
	m["timers"], m["doubles"], m["early"], m["missing"] = float64(fired), float64(doubles), float64(early), float64(set-(fired-doubles))
	return nil
}

// timerFindings is what the generator "timer" prints.
type timerFindings struct {
	Timers int64 `json:"timers"`
}

// loadTimer plays the business: transactions that set deadlines a little ahead.
func loadTimer() Load {
	var database string
	var rate int
	var length time.Duration
	return Load{
		Name: "timer",
		Flags: func(fs *pflag.FlagSet) {
			fs.StringVar(&database, "database", "", "address of the database")
			fs.IntVar(&rate, "rate", 1000, "timers a second")
			fs.DurationVar(&length, "for", time.Minute, "how long")
		},
		Run: func(ctx context.Context, stdout io.Writer) error {
			pool, err := postgres.Open(ctx, postgres.Options{URL: database, MaxConns: 4, Logger: silent})
			if err != nil {
				return err
			}
			defer pool.Close()
			var n int64
			begin := time.Now()
			for total := int64(float64(rate) * length.Seconds()); n < total; {
				due := begin.Add(time.Duration(n) * time.Second / time.Duration(rate))
				if err := clock.Sleep(ctx, clock.System(), time.Until(due)); err != nil {
					return err
				}
				list := make([]timer.Timer, timerBatch)
				for i := range list {
					at := begin.Add(timerAhead + time.Duration(n+int64(i))*time.Second/time.Duration(rate))
					list[i] = timer.Timer{Kind: benchKind, Key: "due-" + strconv.FormatInt(n+int64(i), 10), DueAt: at, Payload: map[string]int64{"n": n}}
				}
				if err := postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error { return timer.Set(ctx, tx, list...) }); err != nil {
					return err
				}
				n += timerBatch
			}
			return json.NewEncoder(stdout).Encode(timerFindings{n})
		},
	}
}
