package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/pflag"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
)

// outboxSize is the size of `bench outbox`.
type outboxSize struct {
	length           time.Duration
	writers, backlog int
	rate             int
}

func benchOutbox() Bench {
	var size outboxSize
	return Bench{
		Name:    "outbox",
		Summary: "Business events from commit to effect and stream: rate, lag, cost against a bare insert and select",
		Flags: func(fs *pflag.FlagSet) {
			fs.DurationVar(&size.length, "for", 5*time.Second, "length of each of the three rounds of writing")
			fs.IntVar(&size.writers, "writers", 16, "connections that write at once")
			fs.IntVar(&size.rate, "rate", 200, "events a second while the lag is measured")
			fs.IntVar(&size.backlog, "backlog", 200_000, "events that wait when a consumer comes back")
		},
		Run: func(ctx context.Context, env Env) (Result, error) { return runOutbox(ctx, env, size) },
	}
}

// outboxTables are the business and the effect, and the floor: a bare table of the same shape.
const outboxTables = `
CREATE SCHEMA bench;
CREATE TABLE bench.counter (key integer PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 50);
CREATE TABLE bench.effect (id uuid NOT NULL);
CREATE TABLE bench.bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL, payload json NOT NULL);
INSERT INTO bench.counter SELECT k, 0 FROM generate_series(0, 999) k;`

func runOutbox(ctx context.Context, env Env, size outboxSize) (r Result, err error) {
	r = Result{Name: "outbox", Metrics: map[string]float64{}}
	e, err := startEngines(ctx, env)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if _, err := e.pool.Exec(ctx, outboxTables); err != nil {
		return r, err
	}
	b := &outboxBench{env: env, size: size, engines: e, metrics: r.Metrics}
	if err := b.rounds(ctx); err != nil {
		return r, err
	}
	if err := b.lag(ctx); err != nil {
		return r, err
	}
	if err := b.drain(ctx); err != nil {
		return r, err
	}
	r.Notes = append(r.Notes,
		"events_per_s: one event per committed business transaction, until its effect is committed by a consumer and the stream has it; all on this machine",
		"floor: the same transactions with a bare insert, and a bare select of every row by position; floor_ratio is events_per_s to the floor's",
		"*_cpu_us_per_event: own is the relay, the consumer and the bus; server is PostgreSQL for writing, reading and effect; the load generator's is not counted",
		fmt.Sprintf("lag: from the commit of an event to the commit of its effect, at %d events a second", size.rate),
		fmt.Sprintf("backlog_per_s: a consumer that finds %d events waiting", size.backlog))
	return r, nil
}

type outboxBench struct {
	env     Env
	size    outboxSize
	engines *engines
	metrics map[string]float64
}

// effect writes one row for each event.
func effect(ctx context.Context, tx pgx.Tx, events []outbox.Event) error {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.ID.String()
	}
	_, err := tx.Exec(ctx, "INSERT INTO bench.effect SELECT unnest($1::uuid[])", ids)
	return err
}

func (b *outboxBench) services() lifecycle.Service {
	relay := outbox.NewRelay(outbox.RelayConfig{Pool: b.engines.pool, Bus: b.engines.bus, Clock: clock.System(), Logger: silent})
	return lifecycle.NewGroup("outbox", silent, relay, b.consumer("bench"))
}

func (b *outboxBench) consumer(name string) *outbox.Consumer {
	return outbox.NewConsumer(outbox.ConsumerConfig{
		Name: name, Topics: []string{benchEvent.Name()}, Pool: b.engines.pool, Bus: b.engines.bus, Clock: clock.System(), Logger: silent, Handle: effect,
	})
}

// totals add up the three rounds of one kind.
type totals struct {
	events, seconds float64
	cpu             cpu
}

func (t *totals) add(events int64, took time.Duration, c cpu) {
	t.events += float64(events)
	t.seconds += took.Seconds()
	t.cpu.own += c.own
	t.cpu.server += c.server
}

// rounds writes as fast as the machine lets, floor and outbox in turn, so that other work on the machine hits
// both alike.
func (b *outboxBench) rounds(ctx context.Context) error {
	var floor, full totals
	for i := range 3 {
		if err := b.floorRound(ctx, &floor); err != nil {
			return err
		}
		if err := b.fullRound(ctx, &full); err != nil {
			return err
		}
		b.env.Progress("round %d of 3: floor %.0f/s, outbox %.0f/s so far", i+1, floor.events/floor.seconds, full.events/full.seconds)
	}
	m := b.metrics
	m["events_per_s"] = full.events / full.seconds
	m["floor_per_s"] = floor.events / floor.seconds
	m["floor_ratio"] = m["events_per_s"] / m["floor_per_s"]
	m["own_cpu_us_per_event"] = 1e6 * full.cpu.own / full.events
	m["server_cpu_us_per_event"] = 1e6 * full.cpu.server / full.events
	m["floor_own_cpu_us_per_event"] = 1e6 * floor.cpu.own / floor.events
	m["floor_server_cpu_us_per_event"] = 1e6 * floor.cpu.server / floor.events
	m["cpu_ratio"] = (m["own_cpu_us_per_event"] + m["server_cpu_us_per_event"]) / (m["floor_own_cpu_us_per_event"] + m["floor_server_cpu_us_per_event"])
	return nil
}

func (b *outboxBench) load(ctx context.Context, args ...string) (int64, error) {
	raw, err := RunLoad(ctx, b.env.Self, "outbox", append([]string{"--database", b.engines.url}, args...)...)
	if err != nil {
		return 0, err
	}
	var found outboxFindings
	return found.Events, errors.Join(json.Unmarshal(raw, &found), nil)
}

func (b *outboxBench) writing(bare bool) []string {
	return []string{"--for", b.size.length.String(), "--writers", strconv.Itoa(b.size.writers), "--bare=" + strconv.FormatBool(bare)}
}

// floorRound writes and reads without any of our code between.
func (b *outboxBench) floorRound(ctx context.Context, t *totals) error {
	before, err := b.engines.cpu()
	if err != nil {
		return err
	}
	begin := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var n int64
	var loadErr error
	written := make(chan struct{})
	go func() {
		defer close(written)
		n, loadErr = b.load(ctx, b.writing(true)...)
	}()
	err = b.readAlong(ctx, written)
	if err != nil {
		cancel()
	}
	<-written
	if err := errors.Join(err, loadErr); err != nil {
		return err
	}
	took := time.Since(begin)
	after, err := b.engines.cpu()
	if err != nil {
		return err
	}
	t.add(n, took, after.since(before))
	_, err = b.engines.pool.Exec(ctx, "TRUNCATE bench.bare RESTART IDENTITY")
	return err
}

// readAlong reads every row by position until the writers have ended and nothing is left.
func (b *outboxBench) readAlong(ctx context.Context, written <-chan struct{}) error {
	last := int64(0)
	for ended := false; ; {
		n, err := readBare(ctx, b.engines.pool, &last)
		if err != nil || n == 0 && ended {
			return err
		}
		if n > 0 {
			continue
		}
		select {
		case <-written:
			ended = true
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func readBare(ctx context.Context, pool *pgxpool.Pool, last *int64) (int64, error) {
	rows, err := pool.Query(ctx, "SELECT id, topic, payload FROM bench.bare WHERE id > $1 ORDER BY id LIMIT 500", *last)
	if err != nil {
		return 0, err
	}
	var topic string
	var payload []byte
	tag, err := pgx.ForEachRow(rows, []any{last, &topic, &payload}, func() error { return nil })
	return tag.RowsAffected(), err
}

// fullRound writes events until every one has had its effect and is in the stream.
func (b *outboxBench) fullRound(ctx context.Context, t *totals) error {
	s := b.services()
	if err := s.Start(ctx); err != nil {
		return err
	}
	before, err := b.engines.cpu()
	if err != nil {
		return errors.Join(err, s.Stop(ctx))
	}
	begin := time.Now()
	n, err := b.load(ctx, b.writing(false)...)
	if err == nil {
		err = b.await(ctx, 2)
	}
	took := time.Since(begin)
	after, cpuErr := b.engines.cpu()
	if err := errors.Join(err, cpuErr, s.Stop(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	t.add(n, took, after.since(before))
	return b.settle(ctx, n)
}

// settle checks that each of the events had one effect, and clears the tables.
func (b *outboxBench) settle(ctx context.Context, events int64) error {
	var rows, distinct int64
	if err := b.engines.pool.QueryRow(ctx, "SELECT count(*), count(DISTINCT id) FROM bench.effect").Scan(&rows, &distinct); err != nil {
		return err
	}
	if rows != events || distinct != events {
		return fmt.Errorf("%d events had %d effects, %d different ones", events, rows, distinct)
	}
	_, err := b.engines.pool.Exec(ctx, "TRUNCATE outbox.event, bench.effect")
	return err
}

// await waits until so many consumers (the relay is one) have seen everything.
func (b *outboxBench) await(ctx context.Context, consumers int) error {
	for {
		var done int
		err := b.engines.pool.QueryRow(ctx, `SELECT count(*) FROM outbox.consumer c WHERE c.seen_xmax > 0 AND c.window_xmax = 0
			AND (SELECT e.xid FROM outbox.event e WHERE e.xid >= c.seen_xmax ORDER BY e.xid, e.position LIMIT 1) IS NULL
			AND NOT EXISTS (SELECT 1 FROM unnest(c.seen_running) AS r(xid) JOIN outbox.event e USING (xid))`).Scan(&done)
		if err != nil || done == consumers {
			return err
		}
		if err := clock.Sleep(ctx, clock.System(), 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// lagQuery gives three quantiles, in milliseconds, from the commit of an event to that of its effect.
const lagQuery = `SELECT percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY
		extract(epoch FROM pg_xact_commit_timestamp(f.xmin) - pg_xact_commit_timestamp(e.xmin)) * 1000)::float8[]
	FROM bench.effect f JOIN outbox.event e USING (id)`

// lag writes at a steady rate, as a busy installation does.
func (b *outboxBench) lag(ctx context.Context) error {
	b.env.Progress("writing %d events a second for %s", b.size.rate, 3*b.size.length)
	s := b.services()
	if err := s.Start(ctx); err != nil {
		return err
	}
	n, err := b.load(ctx, "--for", (3 * b.size.length).String(), "--writers", "8", "--rate", strconv.Itoa(b.size.rate))
	if err == nil {
		err = b.await(ctx, 2)
	}
	if err := errors.Join(err, s.Stop(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	var q []float64
	if err := b.engines.pool.QueryRow(ctx, lagQuery).Scan(&q); err != nil {
		return err
	}
	b.metrics["lag_p50_ms"], b.metrics["lag_p99_ms"], b.metrics["lag_max_ms"] = q[0], q[1], q[2]
	return b.settle(ctx, n)
}

// drain lets a consumer come back to a backlog, a tenth of it first, so that the cost of a long one shows.
func (b *outboxBench) drain(ctx context.Context) error {
	if _, err := b.engines.pool.Exec(ctx, "DELETE FROM outbox.consumer"); err != nil {
		return err
	}
	for _, name := range []string{"backlog_tenth_per_s", "backlog_per_s"} {
		events := b.size.backlog
		if name == "backlog_tenth_per_s" {
			events /= 10
		}
		b.env.Progress("letting a consumer come back to %d events", events)
		n, err := b.load(ctx, "--writers", "4", "--batch", "500", "--events", strconv.Itoa(events))
		if err != nil {
			return err
		}
		begin := time.Now()
		c := b.consumer("bench")
		if err := c.Start(ctx); err != nil {
			return err
		}
		err = b.await(ctx, 1)
		took := time.Since(begin)
		if err := errors.Join(err, c.Stop(context.WithoutCancel(ctx)), b.settle(ctx, n)); err != nil {
			return err
		}
		b.metrics[name] = float64(n) / took.Seconds()
	}
	return nil
}

// outboxFindings is what the generator "outbox" prints.
type outboxFindings struct {
	Events int64 `json:"events"`
}

// benchFact is what the load generator writes: as large as a usual fact.
type benchFact struct {
	Order    string    `json:"order"`
	N        int64     `json:"n"`
	Province int       `json:"province_id"`
	City     int       `json:"city_id"`
	At       time.Time `json:"at"`
}

var benchEvent = outbox.NewTopic[benchFact]("bench.fact", 1)

// outboxLoad is what the generator does.
type outboxLoad struct {
	database       string
	length         time.Duration
	writers, rate  int
	batch          int
	events         int64
	bare           bool
	pool           *pgxpool.Pool
	written, taken atomic.Int64
}

// loadOutbox plays the business: transactions that change a row and tell the fact.
func loadOutbox() Load {
	l := &outboxLoad{}
	return Load{
		Name: "outbox",
		Flags: func(fs *pflag.FlagSet) {
			fs.StringVar(&l.database, "database", "", "address of the database")
			fs.DurationVar(&l.length, "for", time.Hour, "how long")
			fs.IntVar(&l.writers, "writers", 8, "connections")
			fs.IntVar(&l.rate, "rate", 0, "transactions a second; 0: as fast as possible")
			fs.IntVar(&l.batch, "batch", 1, "events in a transaction")
			fs.Int64Var(&l.events, "events", 1<<40, "most events")
			fs.BoolVar(&l.bare, "bare", false, "a bare insert instead of an event")
		},
		Run: l.run,
	}
}

func (l *outboxLoad) run(ctx context.Context, stdout io.Writer) error {
	pool, err := postgres.Open(ctx, postgres.Options{URL: l.database, MaxConns: int32(l.writers), Logger: silent}) // a flag
	if err != nil {
		return err
	}
	defer pool.Close()
	l.pool = pool
	until := time.Now().Add(l.length)
	errs := make([]error, l.writers)
	var wg sync.WaitGroup
	for w := range l.writers {
		wg.Go(func() { errs[w] = l.write(ctx, w, until) })
	}
	wg.Wait()
	return errors.Join(errors.Join(errs...), json.NewEncoder(stdout).Encode(outboxFindings{l.written.Load()}))
}

func (l *outboxLoad) write(ctx context.Context, writer int, until time.Time) error {
	begin := time.Now()
	for i := 0; ; i++ {
		if l.rate > 0 {
			due := begin.Add(time.Duration(i) * time.Second * time.Duration(l.writers) / time.Duration(l.rate))
			if err := clock.Sleep(ctx, clock.System(), time.Until(due)); err != nil {
				return err
			}
		}
		if time.Now().After(until) || l.taken.Add(int64(l.batch)) > l.events {
			return nil
		}
		err := postgres.InTx(ctx, l.pool, func(ctx context.Context, tx pgx.Tx) error { return l.transaction(ctx, tx, writer) })
		if err != nil {
			return err
		}
		l.written.Add(int64(l.batch))
	}
}

func (l *outboxLoad) transaction(ctx context.Context, tx pgx.Tx, writer int) error {
	var n int64
	if err := tx.QueryRow(ctx, "UPDATE bench.counter SET n = n + 1 WHERE key = $1 RETURNING n", writer).Scan(&n); err != nil {
		return err
	}
	now := time.Now().UTC()
	key := strconv.Itoa(writer)
	fact := benchFact{Order: key, N: n, Province: 44, City: 4401, At: now}
	if l.bare {
		raw, err := json.Marshal(fact)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO bench.bare (topic, payload) VALUES ($1, $2)", benchEvent.Name(), raw)
		return err
	}
	events := make([]outbox.Event, l.batch)
	for i := range events {
		events[i] = benchEvent.Event(key, now, fact)
	}
	return outbox.Write(ctx, tx, events...)
}
