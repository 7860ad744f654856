package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"yingda/internal/voice/carrier"
)

// voiceSize is the size of `bench voice`; the defaults are those that the aims speak of.
type voiceSize struct {
	rate, prompts, bridges, rounds int
	setups, steady                 time.Duration
	long                           bool
}

func benchVoice() Bench {
	var size voiceSize
	return Bench{
		Name:    "voice",
		Summary: "Set-up of calls, prompts, bridges, recorded bridges: CPU of our process, lateness, delay, memory",
		Flags: func(fs *pflag.FlagSet) {
			fs.IntVar(&size.rate, "rate", 1000, "set-ups a second")
			fs.DurationVar(&size.setups, "setups", 10*time.Second, "how long calls are set up")
			fs.IntVar(&size.prompts, "prompts", 2000, "callers who hear a prompt at once")
			fs.IntVar(&size.bridges, "bridges", 700, "bridged calls at once")
			fs.DurationVar(&size.steady, "for", 20*time.Second, "how long sound is measured")
			fs.IntVar(&size.rounds, "rounds", 3, "how often each part is run; the median counts")
			fs.BoolVar(&size.long, "long", false, "measure the growth of delay over ten minutes")
		},
		Run: func(ctx context.Context, env Env) (Result, error) { return runVoice(ctx, env, size) },
	}
}

// voiceBench is the installation that is measured.
type voiceBench struct {
	env      Env
	size     voiceSize
	data     string
	sip      netip.AddrPort
	password string // of the phone that bridges lead to
	serving  *Serving
	visit    *Visit
	result   *Result
}

func runVoice(ctx context.Context, env Env, size voiceSize) (Result, error) {
	r := Result{Name: "voice", Metrics: map[string]float64{"prompts": float64(size.prompts), "bridges": float64(size.bridges)}}
	port, err := FreePort()
	if err != nil {
		return r, err
	}
	b := &voiceBench{env: env, size: size, data: filepath.Join(env.Dir, "data"), sip: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)), result: &r}
	if err := b.prepare(ctx); err != nil {
		return r, err
	}
	if err := b.measure(ctx, false); err != nil {
		return r, err
	}
	if err := b.measure(ctx, true); err != nil {
		return r, err
	}
	r.Notes = append(r.Notes,
		"all CPU is that of our own process alone, user and system; the load generator is another process and speaks over loopback",
		"setup_*: INVITE, 200, ACK, BYE at once, no sound; setup_cpu_ms at the rate of setup_per_s, setup_cpu_ms_at_100 at 100 a second",
		"prompt_*: silent callers hear one prompt; prompt_late_pct counts packets that arrived over 40 ms behind the line of their stream (kernel stamps), without those for which our threads waited that long for a processor; prompt_late_raw_pct counts all",
		"bridge_*: both sides send; delay from sending to arriving through the bridge; growth is the median of the last tenth of the time minus that of the first",
		"call_memory_kb: resident memory with all prompts playing in a process that has had no call before, less than when it began, by calls")
	return r, nil
}

// prepare sets the installation up and leaves it stopped, without recording.
func (b *voiceBench) prepare(ctx context.Context) error {
	s, err := Serve(ctx, b.env.Self, "--data-dir", b.data, "--sip", b.sip.String())
	if err != nil {
		return err
	}
	visit, err := SetUp(ctx, s.URL, b.data)
	if err == nil {
		b.password, err = visit.seedVoice(ctx)
	}
	b.visit = visit
	return errors.Join(err, s.Stop())
}

// measure runs the installation without recording and measures everything, or with it and measures bridges.
func (b *voiceBench) measure(ctx context.Context, recorded bool) (err error) {
	if err := setRecording(ctx, b.data, recorded); err != nil {
		return fmt.Errorf("switch recording: %w", err)
	}
	legs := strconv.Itoa(2*max(b.size.prompts, b.size.bridges) + 1000)
	s, err := Serve(ctx, b.env.Self, "--data-dir", b.data, "--sip", b.sip.String(), "--max-calls", legs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	b.serving = s
	if recorded {
		return b.bridges(ctx, "bridge_recorded", false)
	}
	// Prompts come first: what calls take of memory shows in a process that has had none yet.
	for _, part := range []func(context.Context) error{b.prompts, b.setUps, func(ctx context.Context) error { return b.bridges(ctx, "bridge", b.size.long) }} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// setUps measures the set-up of calls at the rate that is aimed at, and at that of the peers' figures.
func (b *voiceBench) setUps(ctx context.Context) error {
	m := b.result.Metrics
	var cpu, rate, answered []float64
	for range b.size.rounds {
		got, used, err := b.setUpsAt(ctx, b.size.rate)
		if err != nil {
			return err
		}
		cpu = append(cpu, 1000*used/float64(max(got.Answered, 1)))
		rate, answered = append(rate, got.RatePerS), append(answered, got.Answer.P95)
		m["setup_lost"] += float64(got.Lost)
		m["setup_retransmissions"] += float64(got.Retransmits)
		b.env.Progress("%d set-ups at %.0f a second: %d lost (refused %v, no answer %d), %d repeated, %.2f ms CPU each, answered in %.1f ms (p95)",
			got.Answered, got.RatePerS, got.Lost, got.Refused, got.TimedOut, got.Retransmits, cpu[len(cpu)-1], got.Answer.P95)
	}
	m["setup_cpu_ms"], m["setup_per_s"], m["setup_answer_p95_ms"] = median(cpu), median(rate), median(answered)
	slow, used, err := b.setUpsAt(ctx, 100)
	if err != nil {
		return err
	}
	m["setup_cpu_ms_at_100"] = 1000 * used / float64(max(slow.Answered, 1))
	return nil
}

func (b *voiceBench) setUpsAt(ctx context.Context, rate int) (carrier.LoadResult, float64, error) {
	before, err := CPUSeconds(b.serving.PID())
	if err != nil {
		return carrier.LoadResult{}, 0, err
	}
	got, err := carrier.Load(ctx, carrier.LoadConfig{
		Target: b.sip, Called: echoNumber, Calls: int(float64(rate) * b.size.setups.Seconds()), Rate: float64(rate), Media: carrier.MediaNone, Codec: carrier.PCMA,
	})
	if err != nil {
		return got, 0, err
	}
	after, err := CPUSeconds(b.serving.PID())
	return got, after - before, err
}

// prompts measures callers who hear a prompt.
func (b *voiceBench) prompts(ctx context.Context) error {
	m := b.result.Metrics
	idle, err := ResidentMB(b.serving.PID())
	if err != nil {
		return err
	}
	var cpu, late, raw, memory []float64
	for range b.size.rounds {
		got, err := b.steady(ctx, carrier.LoadConfig{
			Target: b.sip, Called: promptNumber, Calls: b.size.prompts, Rate: 400, Steady: b.size.steady, Media: carrier.MediaReceive, Codec: carrier.PCMA,
		})
		if err != nil {
			return err
		}
		minutes := float64(got.load.Peak) * got.seconds / 60
		cpu, memory = append(cpu, got.cpu/minutes), append(memory, 1024*(got.residentMB-idle)/float64(got.load.Peak))
		late, raw = append(late, got.latePct()), append(raw, got.load.Media.LatePct)
		b.env.Progress("%d prompts: %.4f CPU-s a minute, %d packets, %d lost, %.3f %% late (%.3f %% with the machine's own)",
			got.load.Peak, cpu[len(cpu)-1], got.load.Media.Received, got.load.Media.Lost, late[len(late)-1], raw[len(raw)-1])
		if got.load.Lost > 0 {
			return fmt.Errorf("%d of %d prompts were not answered", got.load.Lost, b.size.prompts)
		}
	}
	m["prompt_cpu_s_per_min"], m["prompt_late_pct"], m["prompt_late_raw_pct"], m["call_memory_kb"] = median(cpu), median(late), median(raw), median(memory[:1])
	return nil
}

// bridges measures bridged calls whose both sides send.
func (b *voiceBench) bridges(ctx context.Context, name string, long bool) error {
	m := b.result.Metrics
	var cpu, p99, growth []float64
	for range b.size.rounds {
		length := b.size.steady
		if long {
			length = 10 * time.Minute
		}
		got, err := b.steady(ctx, carrier.LoadConfig{
			Target: b.sip, Called: bridgeNumber, Calls: b.size.bridges, Rate: 100, Steady: length, Media: carrier.MediaBoth, Codec: carrier.PCMA,
			AnswerPort: -1, AnswerUser: bridgePhone, AnswerPassword: b.password,
		})
		if err != nil {
			return err
		}
		minutes := float64(got.load.Peak) * got.seconds / 60
		d := got.load.Media
		cpu, p99, growth = append(cpu, got.cpu/minutes), append(p99, d.Delay.P99), append(growth, d.DelayLast.P50-d.DelayFirst.P50)
		b.env.Progress("%d %s: %.4f CPU-s a minute, delay %.2f ms (p50) %.2f ms (p99), growth %.2f ms, %d packets, %d lost, generator dropped %d",
			got.load.Peak, name, cpu[len(cpu)-1], d.Delay.P50, d.Delay.P99, growth[len(growth)-1], d.Received, d.Lost, d.Dropped)
		if got.load.Lost > 0 || got.load.Forwarded < b.size.bridges {
			return fmt.Errorf("%d of %d bridged calls were not answered (refused %v, no answer %d), %d reached the other side",
				got.load.Lost, b.size.bridges, got.load.Refused, got.load.TimedOut, got.load.Forwarded)
		}
		if long {
			break
		}
	}
	m[name+"_cpu_s_per_min"], m[name+"_delay_p99_ms"], m[name+"_delay_growth_ms"] = median(cpu), median(p99), median(growth)
	return nil
}

// steadyRun is a run with all calls up.
type steadyRun struct {
	load       carrier.LoadResult
	cpu        float64 // of our process while all calls were up
	seconds    float64
	residentMB float64
	excused    int // late packets for which our threads waited for a processor
}

// latePct is the share of packets that came late through our own fault.
func (r steadyRun) latePct() float64 {
	return 100 * float64(max(0, r.load.Media.Late-r.excused)) / float64(max(1, r.load.Media.Received))
}

func (b *voiceBench) steady(ctx context.Context, cfg carrier.LoadConfig) (steadyRun, error) {
	var run steadyRun
	pid := b.serving.PID()
	var before, after float64
	var begin, end time.Time
	var failed error
	cfg.OnSteady = func() {
		var err error
		before, err = CPUSeconds(pid)
		begin, failed = time.Now(), errors.Join(failed, err)
		run.residentMB, err = ResidentMB(pid)
		failed = errors.Join(failed, err)
	}
	cfg.OnSteadyEnd = func() {
		var err error
		after, err = CPUSeconds(pid)
		end, failed = time.Now(), errors.Join(failed, err)
	}
	queue := watchRunQueue(ctx, pid)
	var err error
	run.load, err = carrier.Load(ctx, cfg)
	queue.stop()
	if err != nil {
		return run, err
	}
	if failed != nil || begin.IsZero() || end.IsZero() {
		return run, errors.Join(failed, fmt.Errorf("the calls did not all come up: %d of %d answered", run.load.Answered, cfg.Calls))
	}
	run.cpu, run.seconds = after-before, end.Sub(begin).Seconds()
	for _, e := range run.load.Media.LateEvents {
		if e.By-queue.between(e.At.Add(-e.By), e.At) < 40*time.Millisecond {
			run.excused++
		}
	}
	if seen := len(run.load.Media.LateEvents); seen > 0 && seen < run.load.Media.Late { // only the first ones were kept
		run.excused = run.excused * run.load.Media.Late / seen
	}
	return run, nil
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
