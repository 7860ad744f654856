package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
)

// engines are a private server with the schema in it and an embedded bus, in this process and below it, set
// as an installation of one machine has them.
type engines struct {
	pool *pgxpool.Pool
	bus  *bus.Bus
	url  string // of the database, for load generators
	pid  int    // of the database server

	stop []func(context.Context) error
}

var silent = slog.New(slog.DiscardHandler)

func startEngines(ctx context.Context, env Env) (*engines, error) {
	env.Progress("starting a private server and a bus")
	e := &engines{}
	if err := e.start(ctx, env); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *engines) start(ctx context.Context, env Env) error {
	data := filepath.Join(env.Dir, "engines")
	server := postgres.NewServer(postgres.ServerConfig{
		DataDir: data, Search: postgres.SystemSearch(), Logger: silent,
		Settings: map[string]string{"track_commit_timestamp": "on"}, // times are taken from commits
	})
	if err := server.Start(ctx); err != nil {
		return err
	}
	e.stop = append(e.stop, server.Stop)
	e.url = server.URL()
	pool, err := postgres.Open(ctx, postgres.Options{URL: e.url, MaxConns: 16, Logger: silent})
	if err != nil {
		return err
	}
	e.pool = pool
	e.stop = append(e.stop, func(context.Context) error { pool.Close(); return nil })
	if err := postgres.Migrate(ctx, pool, silent); err != nil {
		return err
	}
	e.bus, err = bus.Open(ctx, bus.Config{StoreDir: filepath.Join(env.Dir, "bus"), Name: "bench", Logger: silent, Clock: clock.System()})
	if err != nil {
		return err
	}
	e.stop = append(e.stop, e.bus.Stop)
	e.pid, err = serverPID(data)
	return err
}

// close stops what was started, in reverse.
func (e *engines) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var errs []error
	for len(e.stop) > 0 {
		last := len(e.stop) - 1
		errs = append(errs, e.stop[last](ctx))
		e.stop = e.stop[:last]
	}
	return errors.Join(errs...)
}

// serverPID finds the server below the data directory by the file that every PostgreSQL server writes.
func serverPID(data string) (int, error) {
	files, _ := filepath.Glob(filepath.Join(data, "*", "postmaster.pid"))
	if len(files) != 1 {
		return 0, fmt.Errorf("%d servers below %s", len(files), data)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	return strconv.Atoi(first)
}

// cpu is the processor time of the two sides of a measurement, without the load generator's.
type cpu struct{ own, server float64 }

// cpu reads the processor time used so far.
func (e *engines) cpu() (cpu, error) {
	own, err := CPUSeconds(os.Getpid())
	if err != nil {
		return cpu{}, err
	}
	server, err := familyCPUSeconds(e.pid)
	return cpu{own, server}, err
}

func (c cpu) since(before cpu) cpu { return cpu{c.own - before.own, c.server - before.server} }

// familyCPUSeconds adds up a process, its living descendants and those that it has waited for: a server's
// connections end while it is being measured.
func familyCPUSeconds(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 15 {
		return 0, fmt.Errorf("process %d: unexpected stat line", pid)
	}
	total := 0.0
	for _, f := range fields[11:15] { // utime, stime, and both of the children waited for (proc(5))
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return 0, err
		}
		total += v / clockTick
	}
	for _, child := range childrenOf(pid) {
		if below, err := familyCPUSeconds(child); err == nil {
			total += below
		}
	}
	return total, nil
}
