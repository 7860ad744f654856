package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/pflag"

	"yingda/internal/actor"
	"yingda/internal/demo"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// startSize is the size of `bench start`; the defaults are those that the aims speak of.
type startSize struct {
	messages, clients, events, warmStarts int
	seconds                               time.Duration
}

func benchStart() Bench {
	var size startSize
	return Bench{
		Name:    "start",
		Summary: "Start, memory, a list call against /healthz, live events to many browsers",
		Flags: func(fs *pflag.FlagSet) {
			fs.IntVar(&size.messages, "messages", 100_000, "sent messages in the list")
			fs.IntVar(&size.clients, "clients", 2000, "live connections")
			fs.IntVar(&size.events, "events", 20, "live events, each to every connection")
			fs.IntVar(&size.warmStarts, "warm-starts", 5, "warm starts, of which the median counts")
			fs.DurationVar(&size.seconds, "for", 5*time.Second, "length of each of the three rounds of calls")
		},
		Run: func(ctx context.Context, env Env) (Result, error) { return runStart(ctx, env, size) },
	}
}

func runStart(ctx context.Context, env Env, size startSize) (Result, error) {
	r := Result{Name: "start", Metrics: map[string]float64{}}
	data := filepath.Join(env.Dir, "data")
	if err := measureStarts(ctx, env, size, data, &r); err != nil {
		return r, err
	}
	env.Progress("writing %d sent messages", size.messages)
	if err := seedMessages(ctx, data, size.messages); err != nil {
		return r, fmt.Errorf("write messages: %w", err)
	}
	s, err := Serve(ctx, env.Self, "--data-dir", data)
	if err != nil {
		return r, err
	}
	defer func() { _ = s.Stop() }() // the measurements are done; a late error changes nothing
	idle, err := ResidentMB(s.PID())
	if err != nil {
		return r, err
	}
	r.Metrics["rss_idle_mb"] = idle
	visit, err := SetUp(ctx, s.URL, data)
	if err != nil {
		return r, err
	}
	program, err := writeHeaders(env.Dir, "program", "Authorization: Bearer "+visit.Token)
	if err != nil {
		return r, err
	}
	if err := measureCalls(ctx, env, size, s, program, &r); err != nil {
		return r, err
	}
	env.Progress("signing in the people of %d live connections", size.clients)
	crowd, err := Crowd(ctx, s, data, actor.Agent, (size.clients+perPerson-1)/perPerson)
	if err != nil {
		return r, err
	}
	people, err := writeHeaders(env.Dir, "people", crowd...)
	if err != nil {
		return r, err
	}
	if err := measureFanout(ctx, env, size, s, visit, people, &r); err != nil {
		return r, err
	}
	after, err := ResidentMB(s.PID())
	if err != nil {
		return r, err
	}
	r.Metrics["rss_mb"] = after
	r.Notes = append(r.Notes,
		"cold_start_s begins with an empty folder and includes making the database; warm_start_s is a median",
		"rss_mb is our own process after all calls and live connections, rss_idle_mb before them; the database is not in it",
		"*_per_cpu_s counts our own process's CPU; list_with_database_per_cpu_s adds PostgreSQL's")
	return r, nil
}

func measureStarts(ctx context.Context, env Env, size startSize, data string, r *Result) error {
	var warm []float64
	for i := range size.warmStarts + 1 {
		s, err := Serve(ctx, env.Self, "--data-dir", data)
		if err != nil {
			return err
		}
		if err := s.Stop(); err != nil {
			return err
		}
		env.Progress("start %d of %d: %.2f s", i+1, size.warmStarts+1, s.Start.Seconds())
		if i == 0 {
			r.Metrics["cold_start_s"] = s.Start.Seconds()
			continue
		}
		warm = append(warm, s.Start.Seconds())
	}
	r.Metrics["warm_start_s"] = Quantile(warm, 0.5)
	return nil
}

// seedMessages fills the table while Yingda is stopped, through the same private server.
func seedMessages(ctx context.Context, data string, count int) (err error) {
	server := postgres.NewServer(postgres.ServerConfig{DataDir: data, Search: postgres.SystemSearch(), Logger: slog.New(slog.DiscardHandler)})
	if err := server.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	pool, err := postgres.Open(ctx, postgres.Options{URL: server.URL(), MaxConns: 2})
	if err != nil {
		return err
	}
	defer pool.Close()
	quiet := slog.New(slog.DiscardHandler)
	keys, err := secret.Load(ctx, secret.Config{Dir: filepath.Join(data, "secret"), Clock: clock.System(), Logger: quiet})
	if err != nil {
		return err
	}
	messages, err := notify.New(notify.Config{Pool: pool, Ring: keys, Clock: clock.System(), Logger: quiet})
	if err != nil {
		return err
	}
	return postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		return messages.Seed(ctx, tx, demo.Messages(count, time.Now().UTC()))
	})
}

// measureCalls asks /healthz and the list in turn, three rounds each, so that other work on the
// machine hits both alike.
func measureCalls(ctx context.Context, env Env, size startSize, s *Serving, headers string, r *Result) error {
	type sums struct{ requests, own, below float64 }
	round := func(path string, sum *sums) error {
		env.Progress("asking %s for %s", path, size.seconds)
		before, err := CPUSeconds(s.PID())
		if err != nil {
			return err
		}
		beforeBelow := CPUSecondsBelow(s.PID())
		raw, err := RunLoad(ctx, env.Self, "http", "--url", s.URL+path, "--headers", headers, "--for", size.seconds.String())
		if err != nil {
			return err
		}
		var found httpFindings
		if err := json.Unmarshal(raw, &found); err != nil {
			return err
		}
		if found.Failures > 0 || found.Requests == 0 {
			return fmt.Errorf("%s: %d answers, %d failures", path, found.Requests, found.Failures)
		}
		after, err := CPUSeconds(s.PID())
		if err != nil {
			return err
		}
		sum.requests += float64(found.Requests)
		sum.own += after - before
		sum.below += CPUSecondsBelow(s.PID()) - beforeBelow
		return nil
	}
	var healthz, list sums
	for range 3 {
		if err := errors.Join(round("/healthz", &healthz), round("/api/messages?limit=50", &list)); err != nil {
			return err
		}
	}
	r.Metrics["healthz_per_cpu_s"] = healthz.requests / healthz.own
	r.Metrics["list_per_cpu_s"] = list.requests / list.own
	r.Metrics["list_with_database_per_cpu_s"] = list.requests / (list.own + list.below)
	r.Metrics["list_to_healthz_ratio"] = r.Metrics["list_per_cpu_s"] / r.Metrics["healthz_per_cpu_s"]
	return nil
}

// measureFanout opens the live connections and sends messages, each of which every browser hears of.
func measureFanout(ctx context.Context, env Env, size startSize, s *Serving, visit *Visit, headers string, r *Result) error {
	env.Progress("opening %d live connections", size.clients)
	cmd := exec.CommandContext(ctx, env.Self, "bench", "load", "live",
		"--url", "ws"+strings.TrimPrefix(s.URL, "http")+"/api/live", "--headers", headers, "--topic", "messages.changed", "--clients", fmt.Sprint(size.clients))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		return err
	}
	findings, err := fanout(ctx, size, visit, bufio.NewReader(stdout), stdin)
	if err = errors.Join(err, cmd.Wait()); err != nil {
		return fmt.Errorf("live connections: %w\n%s", err, problems.String())
	}
	if findings.Missed > 0 || findings.Events == 0 {
		return fmt.Errorf("live events: %d of %d clients' events missed", findings.Missed, findings.Clients*findings.Events)
	}
	r.Metrics[fmt.Sprintf("fanout_%d_p99_ms", size.clients)] = findings.P99Millis
	r.Metrics[fmt.Sprintf("fanout_%d_p50_ms", size.clients)] = findings.P50Millis
	r.Notes = append(r.Notes, fmt.Sprintf("%d live events reached %d connections, none missed, the slowest after %.0f ms", findings.Events, findings.Clients, findings.MaxMillis))
	return nil
}

func fanout(ctx context.Context, size startSize, visit *Visit, out *bufio.Reader, in interface{ Close() error }) (f liveFindings, err error) {
	if err := readyLine(out); err != nil {
		return f, errors.Join(err, in.Close())
	}
	for range size.events {
		if err := sendMessage(ctx, visit); err != nil {
			return f, errors.Join(err, in.Close())
		}
		time.Sleep(250 * time.Millisecond) // the next event must not meet the one before
	}
	time.Sleep(time.Second)
	if err := in.Close(); err != nil {
		return f, err
	}
	return f, json.NewDecoder(out).Decode(&f)
}

// sendMessage asks for an e-mail; without a mail server it fails at once, which every page is told.
func sendMessage(ctx context.Context, visit *Visit) error {
	body := strings.NewReader(`{"channel":"email","recipient":"bench@example.net","subject":"bench","body":"bench"}`)
	request, err := visit.Request(ctx, http.MethodPost, "/api/messages", body)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("send a message: %s", answer.Status)
	}
	return nil
}
