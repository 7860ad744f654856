package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/carrier"
)

// queueSize is the size of `bench queue`; the defaults are those that the aims speak of.
type queueSize struct {
	agents, callers, rounds int
	rate                    float64
	talk, short, length     time.Duration
}

func benchQueue() Bench {
	var size queueSize
	return Bench{
		Name:    "queue",
		Summary: "Callers in a queue: a burst on few agents, the delay to a free agent's phone, CPU of a queued call",
		Flags: func(fs *pflag.FlagSet) {
			fs.IntVar(&size.agents, "agents", 20, "agents, on phones that answer at once")
			fs.IntVar(&size.callers, "callers", 500, "callers of the burst, within a tenth of a second")
			fs.IntVar(&size.rounds, "rounds", 3, "how often each part is run; the median counts")
			fs.Float64Var(&size.rate, "rate", 3, "calls a second of the steady part")
			fs.DurationVar(&size.talk, "talk", 5*time.Second, "length of a talk of the steady part")
			fs.DurationVar(&size.short, "short", time.Second, "length of a talk of the burst")
			fs.DurationVar(&size.length, "for", 40*time.Second, "how long the steady part takes calls")
		},
		Run: func(ctx context.Context, env Env) (Result, error) { return measureQueue(ctx, env, size) },
	}
}

// queueBench is the installation that is measured.
type queueBench struct {
	env     Env
	size    queueSize
	data    string
	sip     netip.AddrPort
	agents  []carrier.LoadAgent
	serving *Serving
	result  *Result
}

func measureQueue(ctx context.Context, env Env, size queueSize) (_ Result, err error) {
	r := Result{Name: "queue", Metrics: map[string]float64{"agents": float64(size.agents)}}
	port, err := FreePort()
	if err != nil {
		return r, err
	}
	b := &queueBench{env: env, size: size, data: filepath.Join(env.Dir, "data"), sip: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)), result: &r}
	if err := b.prepare(ctx); err != nil {
		return r, err
	}
	if err := setRecording(ctx, b.data, false); err != nil {
		return r, fmt.Errorf("switch recording off: %w", err)
	}
	if b.serving, err = Serve(ctx, env.Self, "--data-dir", b.data, "--sip", b.sip.String(), "--max-calls", strconv.Itoa(2*size.callers+1000)); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, b.serving.Stop()) }()
	if err := b.signIn(ctx); err != nil {
		return r, err
	}
	for _, part := range []func(context.Context) error{b.steady, b.burst} {
		if err := part(ctx); err != nil {
			return r, err
		}
	}
	r.Notes = append(r.Notes,
		"callers dial a number that leads straight to the queue; agents are phones that answer at once and hang up, on loopback, played by another process; no wrap-up, no announcement, music for who waits, no recording of sound",
		"burst_*: all callers within 0.1 s; last_s is from the first caller's INVITE to the last agent's; idle is from an agent's BYE to his next INVITE; out_of_order counts calls that reached an agent more than 5 ms after one that was sent later, swapped_within_5_ms those that did within that time, in which phones ring together; stranded were never served",
		"ring_*: from a caller's INVITE to that at the free agent's phone (kernel time), in the steady part",
		"queue_call_cpu_ms: user and system time of our process alone in the steady part, with a complete record of each contact, less what the same process takes with its agents and no call (idle_cpu_pct of a processor: pages, jobs, router, bus), by calls; queue_call_cpu_with_idle_ms is without that subtraction; queue_postgres_cpu_ms is all of PostgreSQL's beside it")
	return r, nil
}

// Numbers and names of the installation that is measured.
const (
	queueNumber = "9100"
	queueCode   = "load"
	queueCaller = "77*"
)

func (b *queueBench) phone(i int) string { return strconv.Itoa(8101 + i) }
func (b *queueBench) staff(i int) string { return fmt.Sprintf("Q%04d", i) }

// prepare sets the installation up and leaves it stopped.
func (b *queueBench) prepare(ctx context.Context) error {
	s, err := Serve(ctx, b.env.Self, "--data-dir", b.data, "--sip", b.sip.String())
	if err != nil {
		return err
	}
	visit, err := SetUp(ctx, s.URL, b.data)
	if err == nil {
		err = b.seed(ctx, visit)
	}
	if err == nil {
		err = seedAgents(ctx, b.data, b.size.agents, b.staff)
	}
	return errors.Join(err, s.Stop())
}

// seed makes a carrier on this machine, the phones, the queue and its number.
func (b *queueBench) seed(ctx context.Context, visit *Visit) error {
	var tree struct {
		Items []struct{ ID string } `json:"items"`
	}
	if err := visit.ask(ctx, http.MethodGet, "/api/centres/tree", "application/json", nil, &tree); err != nil {
		return err
	}
	if len(tree.Items) == 0 {
		return errors.New("the installation has no centre")
	}
	centre := tree.Items[0].ID
	var group struct{ ID string }
	if err := visit.post(ctx, "/api/trunk-groups", map[string]any{"code": "LOAD", "name": "load", "centre_id": centre, "note": ""}, &group); err != nil {
		return err
	}
	if err := visit.post(ctx, "/api/trunks", map[string]any{
		"group_id": group.ID, "name": "load", "hosts": []string{"127.0.0.1:5099"}, "transport": "udp", "username": "", "register": false, "priority": 1,
		"weight": 1, "max_calls": 0, "codecs": []string{"PCMA"}, "inband_dtmf": false, "caller_header": "from", "quiet": true, "disabled": false, "note": "",
	}, nil); err != nil {
		return err
	}
	for i := range b.size.agents {
		var phone struct{ Password string }
		if err := visit.post(ctx, "/api/phones", map[string]any{
			"number": b.phone(i), "display_name": b.phone(i), "centre_id": centre, "staff_number": "", "disabled": false, "note": "",
		}, &phone); err != nil {
			return err
		}
		b.agents = append(b.agents, carrier.LoadAgent{User: b.phone(i), Password: phone.Password})
	}
	if err := visit.post(ctx, "/api/queues", map[string]any{
		"code": queueCode, "name": "load", "centre_id": centre, "channel": "voice", "needs": []any{}, "priority": 0, "ring_s": 20, "wrap_up": "none",
		"wrap_up_s": 0, "overflow": []any{}, "max_waiting": 0, "max_wait_s": 0, "no_agents": "wait", "target_s": 20, "announce_number": false, "music": true,
		"position": false, "closed": false, "note": "",
	}, nil); err != nil {
		return err
	}
	return visit.post(ctx, "/api/number-actions", map[string]any{
		"number": queueNumber, "match": "number", "name": "load", "centre_id": centre, "act": "queue", "queue": queueCode, "repeat": false, "cause": "",
		"disabled": false, "note": "",
	}, nil)
}

// signIn brings every agent to the floor.
func (b *queueBench) signIn(ctx context.Context) error {
	for i := range b.size.agents {
		jar, err := newJar()
		if err != nil {
			return err
		}
		v := &visitor{url: b.serving.URL, client: &http.Client{Jar: jar, Transport: &http.Transport{}}}
		err = errors.Join(
			v.ask(ctx, http.MethodPost, "/api/sign-in", map[string]string{"number": b.staff(i), "password": crowdPassword}, nil),
			v.ask(ctx, http.MethodPost, "/api/agent/sign-in", map[string]string{"phone": b.phone(i), "state": "ready"}, nil))
		v.client.CloseIdleConnections()
		if err != nil {
			return fmt.Errorf("sign agent %s in: %w", b.staff(i), err)
		}
	}
	return nil
}

// load is what both parts share.
func (b *queueBench) load(talk time.Duration) carrier.LoadConfig {
	return carrier.LoadConfig{
		Target: b.sip, Called: queueNumber, Caller: queueCaller, Media: carrier.MediaNone, Codec: carrier.PCMA, Talk: time.Hour,
		AnswerPort: -1, Agents: b.agents, AgentTalk: talk,
	}
}

// settled waits until the phones are known and the agents ready: a phone that registered is told to the router at once.
const settled = 2 * time.Second

// idleFor is how long the process is looked at with agents but without calls.
const idleFor = 10 * time.Second

// steady measures calls that find a free agent.
func (b *queueBench) steady(ctx context.Context) error {
	m := b.result.Metrics
	pid := b.serving.PID()
	var cpu, whole, idling, postgres, p50, p95 []float64
	for range b.size.rounds {
		cfg := b.load(b.size.talk)
		cfg.Calls, cfg.Rate = int(b.size.rate*b.size.length.Seconds()), b.size.rate
		cfg.Limit = b.size.length + 4*b.size.talk + 30*time.Second
		var before, below, idle float64 // idle is a second's
		var began time.Time
		var failed error
		cfg.OnReady = func(netip.AddrPort) {
			_ = clock.Sleep(ctx, clock.System(), settled)
			rest, err1 := CPUSeconds(pid)
			_ = clock.Sleep(ctx, clock.System(), idleFor)
			var err2 error
			before, err2 = CPUSeconds(pid)
			idle, failed = (before-rest)/idleFor.Seconds(), errors.Join(err1, err2)
			below, began = CPUSecondsBelow(pid), clock.System().Now()
		}
		got, err := carrier.Load(ctx, cfg)
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		_ = clock.Sleep(ctx, clock.System(), settled) // what is written behind the last call belongs to it
		after, err := CPUSeconds(pid)
		if err != nil {
			return err
		}
		gone := clock.System().Now().Sub(began).Seconds()
		served := servedOf(got.AgentCalls)
		if len(served) < cfg.Calls {
			return fmt.Errorf("%d of %d calls were served (refused %v, no answer %d)", len(served), cfg.Calls, got.Refused, got.TimedOut)
		}
		var delays []float64
		for _, c := range served {
			delays = append(delays, ms(c.Asked.Sub(c.Sent)))
		}
		slices.Sort(delays)
		whole, idling = append(whole, 1000*(after-before)/float64(len(served))), append(idling, 100*idle)
		cpu, postgres = append(cpu, 1000*(after-before-idle*gone)/float64(len(served))), append(postgres, 1000*(CPUSecondsBelow(pid)-below)/float64(len(served)))
		p50, p95 = append(p50, percentile(delays, 0.5)), append(p95, percentile(delays, 0.95))
		b.env.Progress("%d calls at %.1f a second: %.2f ms CPU each (%.2f with the %.1f %% of the idle process), PostgreSQL %.2f ms; the phone rings after %.2f ms (p50), %.2f ms (p95)",
			len(served), b.size.rate, cpu[len(cpu)-1], whole[len(whole)-1], 100*idle, postgres[len(postgres)-1], p50[len(p50)-1], p95[len(p95)-1])
	}
	m["queue_call_cpu_with_idle_ms"], m["idle_cpu_pct"] = median(whole), median(idling)
	m["queue_call_cpu_ms"], m["queue_postgres_cpu_ms"], m["ring_p50_ms"], m["ring_p95_ms"] = median(cpu), median(postgres), median(p50), median(p95)
	return nil
}

// burst measures many callers at once.
func (b *queueBench) burst(ctx context.Context) error {
	m := b.result.Metrics
	name := fmt.Sprintf("burst_%d_", b.size.callers)
	var last, p50, p95, cpu, swapped []float64
	for range b.size.rounds {
		cfg := b.load(b.size.short)
		cfg.Calls, cfg.Rate = b.size.callers, 10*float64(b.size.callers)
		cfg.Limit = 2*time.Minute + time.Duration(b.size.callers/b.size.agents)*b.size.short
		pid := b.serving.PID()
		var before float64
		var failed error
		cfg.OnReady = func(netip.AddrPort) { _ = clock.Sleep(ctx, clock.System(), settled); before, failed = CPUSeconds(pid) }
		got, err := carrier.Load(ctx, cfg)
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		after, err := CPUSeconds(pid)
		if err != nil {
			return err
		}
		served := servedOf(got.AgentCalls)
		f := burstOf(served)
		last, p50, p95, cpu = append(last, f.last), append(p50, f.idleP50), append(p95, f.idleP95), append(cpu, after-before)
		swapped = append(swapped, float64(f.swapped))
		stranded := float64(b.size.callers - len(served))
		m[name+"stranded"] += stranded
		m[name+"out_of_order"] = max(m[name+"out_of_order"], float64(f.outOfOrder))
		m[name+"twice"] += float64(len(got.AgentCalls) - len(served))
		b.env.Progress("%d callers on %d agents: the last after %.2f s, an agent idle %.1f ms (p50) %.1f ms (p95), %d out of order (worst %d places), %d swapped within 5 ms, %.0f stranded, %.2f s CPU, %d repeated by callers",
			b.size.callers, b.size.agents, f.last, f.idleP50, f.idleP95, f.outOfOrder, f.worst, f.swapped, stranded, after-before, got.Retransmits)
	}
	m[name+"swapped_within_5_ms"] = median(swapped)
	m[name+"last_s"], m[name+"idle_p50_ms"], m[name+"idle_p95_ms"], m[name+"cpu_s"] = median(last), median(p50), median(p95), median(cpu)
	return nil
}

// servedOf gives the first call to an agent of each caller, in the order in which the agents were asked.
func servedOf(calls []carrier.AgentCall) (served []carrier.AgentCall) {
	seen := map[int]bool{}
	for _, c := range calls {
		if c.Caller >= 0 && !seen[c.Caller] {
			seen[c.Caller] = true
			served = append(served, c)
		}
	}
	slices.SortStableFunc(served, func(a, b carrier.AgentCall) int { return a.Asked.Compare(b.Asked) })
	return served
}

// burstFigures are what a burst shows.
type burstFigures struct {
	last              float64 // seconds
	idleP50, idleP95  float64 // milliseconds
	outOfOrder, worst int     // served after a call that was sent later, by more than [together]
	swapped           int     // by less
}

// together is the time within which two phones ring at once: packets that leave one after the other for different phones
// overtake each other on loopback by some tens of microseconds, on a busy machine by some milliseconds.
const together = 5 * time.Millisecond

func burstOf(served []carrier.AgentCall) (f burstFigures) {
	if len(served) == 0 {
		return f
	}
	first := slices.MinFunc(served, func(a, b carrier.AgentCall) int { return a.Sent.Compare(b.Sent) }).Sent
	f.last = served[len(served)-1].Asked.Sub(first).Seconds()
	free := map[string]time.Time{} // since when an agent is
	var idle []float64
	latest, settled := -1, -1 // the latest caller so far; of those whose phones rang before together
	behind := 0
	for i, c := range served {
		if since, ok := free[c.Agent]; ok && !since.IsZero() {
			idle = append(idle, ms(c.Asked.Sub(since)))
		}
		free[c.Agent] = c.Ended
		for ; served[behind].Asked.Before(c.Asked.Add(-together)); behind++ {
			settled = max(settled, served[behind].Caller)
		}
		switch {
		case c.Caller < settled:
			f.outOfOrder++
			f.worst = max(f.worst, i-c.Caller)
		case c.Caller < latest:
			f.swapped++
		}
		latest = max(latest, c.Caller)
	}
	slices.Sort(idle)
	f.idleP50, f.idleP95 = percentile(idle, 0.5), percentile(idle, 0.95)
	return f
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// percentile gives the value under which the share of sorted values lies; 0 of none.
func percentile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}
