package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/pflag"

	"yingda/internal/actor"
	"yingda/internal/organization"
)

// peopleSize is the size of `bench people`; the defaults are those that the aims speak of.
type peopleSize struct {
	staff, rate, entries, writers int
	length, rounds                time.Duration
}

func benchPeople() Bench {
	var size peopleSize
	return Bench{
		Name:    "people",
		Summary: "Permission check, a list of staff cut to a province, what the audit costs a writing call, verification",
		Flags: func(fs *pflag.FlagSet) {
			fs.IntVar(&size.staff, "staff", 50_000, "members of staff, in five provinces of ten cities each")
			fs.IntVar(&size.rate, "rate", 50, "list calls a second")
			fs.DurationVar(&size.length, "for", 20*time.Second, "how long lists are asked for")
			fs.IntVar(&size.entries, "entries", 1_000_000, "audit entries to verify")
			fs.IntVar(&size.writers, "writers", 8, "connections that write at once")
			fs.DurationVar(&size.rounds, "round", time.Second, "length of one round of writing; with and without audit take turns, eight each")
		},
		Run: func(ctx context.Context, env Env) (Result, error) { return runPeople(ctx, env, size) },
	}
}

func runPeople(ctx context.Context, env Env, size peopleSize) (Result, error) {
	r := Result{Name: "people", Metrics: map[string]float64{"permission_check_ns": permissionCheck()}}
	env.Progress("a permission check takes %.0f ns", r.Metrics["permission_check_ns"])
	if err := measureScopedList(ctx, env, size, &r); err != nil {
		return r, err
	}
	if err := measureAudit(ctx, env, size, &r); err != nil {
		return r, err
	}
	entry := r.Metrics["audit_entry_cpu_us"]
	r.Metrics["audit_write_overhead_pct"] = 100 * entry / (r.Metrics["write_call_cpu_us"] - entry)
	r.Notes = append(r.Notes,
		"permission_check_ns asks for a permission and for one centre, as a use case does, in a context as deep as a request's",
		"scoped_list_* are GET /api/staff over HTTP by somebody who sees one province of five: pages, filters and searches in turn, from when each was due",
		"audit_write_overhead_pct is the CPU of one audit entry, ours and PostgreSQL's and the sealing, over that of the rest of PUT /api/staff/{id} over HTTP",
		"audit_entry_cpu_us and audit_transaction_* compare a bare transaction that locks and changes a member of staff and writes an event, with its audit entry and without it, in turns; the sealer runs all the time",
		"audit_scaling is what several writers do together to what one does alone, *_bare without audit: the audit must not lower it")
	return r, nil
}

// benchDepth is about how many values the context of a request carries when a use case looks for its actor.
const benchDepth = 8

// checksPerBatch is how many checks one measurement takes together.
const checksPerBatch = 200_000

type depthKey int

// permissionCheck measures what the first line of a use case costs, and whether one centre is inside.
func permissionCheck() float64 {
	centres := make([]uuid.UUID, 11) // a province with ten cities
	for i := range centres {
		centres[i] = uuid.New()
	}
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range organization.Permissions() {
		grants[d.Permission] = actor.Places(centres, []string{"440000"}, nil)
	}
	for i := range 60 { // of other domains
		grants[actor.Permission("bench.thing"+strconv.Itoa(i)+".read")] = actor.Places(centres, []string{"440000"}, nil)
	}
	ctx := actor.With(context.Background(), actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Number: "1001"}, grants))
	for i := range benchDepth {
		ctx = context.WithValue(ctx, depthKey(i), i)
	}
	var batches []float64
	for range 15 { // the median of some batches: the machine is shared
		begin := time.Now()
		for i := range checksPerBatch {
			scope, err := actor.Allow(ctx, organization.StaffRead)
			if err != nil || !scope.Covers(centres[i%len(centres)]) {
				return -1 // the check is wrong; no speed makes up for it
			}
		}
		batches = append(batches, float64(time.Since(begin).Nanoseconds())/checksPerBatch)
	}
	return Quantile(batches, 0.5)
}

// measureScopedList asks for lists of staff through the product.
func measureScopedList(ctx context.Context, env Env, size peopleSize, r *Result) (err error) {
	data := filepath.Join(env.Dir, "people")
	s, err := Serve(ctx, env.Self, "--data-dir", data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	admin, err := SetUp(ctx, s.URL, data)
	if err != nil {
		return err
	}
	env.Progress("writing %d members of staff", size.staff)
	place, err := seedPeople(ctx, data, size.staff)
	if err != nil {
		return fmt.Errorf("write staff: %w", err)
	}
	line, err := signInScoped(ctx, s.URL)
	if err != nil {
		return err
	}
	file, err := writeHeaders(env.Dir, "scoped", line)
	if err != nil {
		return err
	}
	env.Progress("asking for lists of one province, %d a second for %s", size.rate, size.length)
	before, err := installationCPU(s, data)
	if err != nil {
		return err
	}
	raw, err := RunLoad(ctx, env.Self, "lists", "--url", s.URL, "--headers", file, "--rate", strconv.Itoa(size.rate),
		"--for", size.length.String(), "--centre", place.city, "--team", place.team)
	if err != nil {
		return err
	}
	var found listFindings
	if err := json.Unmarshal(raw, &found); err != nil {
		return fmt.Errorf("read findings: %w", err)
	}
	if found.Failures > 0 || found.Foreign > 0 || len(found.Milliseconds) == 0 {
		return fmt.Errorf("%d lists answered, %d failed (%s), %d with rows of another province", len(found.Milliseconds), found.Failures, found.Problem, found.Foreign)
	}
	after, err := installationCPU(s, data)
	if err != nil {
		return err
	}
	r.Metrics["staff"] = float64(size.staff)
	r.Metrics["scoped_list_cpu_us"] = 1e6 * (after - before) / float64(len(found.Milliseconds))
	r.Metrics["scoped_lists"] = float64(len(found.Milliseconds))
	r.Metrics["scoped_list_p50_ms"] = Quantile(found.Milliseconds, 0.5)
	r.Metrics["scoped_list_p99_ms"] = Quantile(found.Milliseconds, 0.99)
	r.Metrics["scoped_list_max_ms"] = Quantile(found.Milliseconds, 1)
	for kind, times := range found.ByKind {
		r.Metrics["scoped_list_"+kind+"_p99_ms"] = Quantile(times, 0.99)
	}
	return measureWritingCall(ctx, env, size, s, data, admin, r)
}

// installationCPU gives the processor time that the program and its own database server have used so far.
func installationCPU(s *Serving, data string) (float64, error) {
	server, err := serverPID(data)
	if err != nil {
		return 0, err
	}
	own, err := CPUSeconds(s.PID())
	if err != nil {
		return 0, err
	}
	below, err := familyCPUSeconds(server)
	return own + below, err
}

// measureWritingCall measures what a writing call takes of the processor as it is, audit included: ours and
// PostgreSQL's.
func measureWritingCall(ctx context.Context, env Env, size peopleSize, s *Serving, data string, admin *Visit, r *Result) error {
	file, err := writeHeaders(env.Dir, "admin", "Authorization: Bearer "+admin.Token)
	if err != nil {
		return err
	}
	writes := func(writers int) (writeFindings, float64, error) {
		var found writeFindings
		before, err := installationCPU(s, data)
		if err != nil {
			return found, 0, err
		}
		raw, err := RunLoad(ctx, env.Self, "writes", "--url", s.URL, "--headers", file, "--connections", strconv.Itoa(writers), "--for", (size.length / 4).String())
		if err != nil {
			return found, 0, err
		}
		after, err := installationCPU(s, data)
		if err != nil {
			return found, 0, err
		}
		if err := json.Unmarshal(raw, &found); err != nil {
			return found, 0, fmt.Errorf("read findings: %w", err)
		}
		if found.Failures > 0 || found.Writes == 0 {
			err = fmt.Errorf("%d writes, %d failed: %s", found.Writes, found.Failures, found.Problem)
		}
		return found, after - before, err
	}
	env.Progress("changing staff over HTTP, %d at once and alone", size.writers)
	if _, _, err := writes(size.writers); err != nil { // warm
		return err
	}
	many, cpu, err := writes(size.writers)
	if err != nil {
		return err
	}
	alone, _, err := writes(1)
	if err != nil {
		return err
	}
	r.Metrics["write_call_cpu_us"] = 1e6 * cpu / float64(many.Writes)
	r.Metrics["write_calls_per_s"] = float64(many.Writes) / many.Seconds
	r.Metrics["write_calls_scaling"] = r.Metrics["write_calls_per_s"] / (float64(alone.Writes) / alone.Seconds)
	return nil
}

// signInScoped signs in until the installation has heard of the centres that were made beside it: a session
// remembers for some minutes what its holder may do.
func signInScoped(ctx context.Context, address string) (string, error) {
	for begin := time.Now(); ; time.Sleep(time.Second) {
		line, err := signInLine(ctx, address, scopedNumber, crowdPassword)
		if err != nil {
			return "", err
		}
		name, value, _ := strings.Cut(line, ": ")
		l := &listLoad{client: &http.Client{Transport: &http.Transport{}}, address: address, header: http.Header{name: {value}}}
		_, _, err = l.get(ctx, "/api/staff?limit=1", false)
		l.client.CloseIdleConnections()
		if err == nil || time.Since(begin) > 30*time.Second {
			return line, err
		}
	}
}
