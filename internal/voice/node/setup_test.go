package node_test

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/health"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/node"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sip/wire"
)

// TestMain lets more tests run at a time than there are processors: nearly all of their time they listen.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) { // nobody chose otherwise
		_ = flag.Set("test.parallel", "6")
	}
	lifecycletest.Main(m)
}

// The addresses of this machine that play the parties. Phones are at the node's own.
var (
	here     = netip.MustParseAddr("127.0.0.1")
	outside  = netip.MustParseAddr("127.0.0.2") // the carrier's
	stranger = netip.MustParseAddr("127.0.0.3") // nobody's
)

// patience bounds what a test waits for; nothing takes so long unless it hangs.
const patience = 20 * time.Second

// customer is who calls from outside.
const customer = "13800138000"

// house is a node over a fresh database, with one trunk to a carrier at [outside].
type house struct {
	*voice.Service
	t          testing.TB
	node       *node.Node
	pool       *pgxpool.Pool
	recordings *recording.Service
	nation     organization.Centre
	group      voice.Group
	trunk      voice.Trunk
	carrier    *carrier.Phone // whom calls over the trunk reach
	proxy      string         // the node's SIP address
	stopped    bool           // the node was stopped by the test
	looks      []func(context.Context) []health.Finding
	floor      *floor // nil: nobody is led to agents
}

// plan is how a house differs from the usual one.
type plan struct {
	node    func(*node.Config)
	record  bool
	carrier carrier.PhoneConfig
	trunk   func(*voice.TrunkSpec)
	floor   *floorPlan
}

func setup(t testing.TB, p plan) *house {
	t.Helper()
	h := &house{t: t, pool: postgrestest.New(t)}
	units := organization.New(organization.Config{Pool: h.pool})
	files, err := blob.NewFiles(blob.FilesConfig{Dir: t.TempDir()})
	require.NoError(t, err)
	ring, err := secret.Load(t.Context(), secret.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	h.nation, err = units.CreateCentre(everything(t), nil, organization.NewCentre{Level: actor.Nation, Code: "CN", Name: "全国客服中心"})
	require.NoError(t, err)
	h.Service = voice.New(voice.Config{Pool: h.pool, Organization: units, Blobs: files, Ring: ring, Node: "n1", Follow: 100 * time.Millisecond, Queues: h.queueTargets, Flows: h.flowTargets})
	require.NoError(t, h.Refresh(t.Context()))
	h.line(p)
	t.Cleanup(h.everyLegWasReportedOnce)
	h.run(h.Writer())
	h.run(h.Follower())
	cfg := node.Config{
		Voice: h.Service, Listen: []wire.Listen{{Network: "udp", Address: netip.AddrPortFrom(here, 0)}, {Network: "tcp", Address: netip.AddrPortFrom(here, 0)}},
		Bind: here, FirstPort: 16384, LastPort: 32767, MaxCalls: 4000, Name: "n1",
	}
	if p.record {
		h.recordings = recording.NewService(recording.Config{Pool: h.pool, Ring: ring, Blobs: files, Spool: t.TempDir(), Node: "n1"})
		h.run(h.recordings.Recording())
		cfg.Recordings, cfg.Record = h.recordings, func(uuid.UUID) bool { return true }
	}
	if p.floor != nil {
		h.openFloor(units, *p.floor, &cfg)
	}
	if p.node != nil {
		p.node(&cfg)
	}
	h.node, err = node.New(cfg)
	require.NoError(t, err)
	t.Cleanup(h.nothingIsLeft)
	h.run(h.node)
	h.proxy = h.node.Address("udp").String()
	return h
}

// line makes the carrier and the trunk to it.
func (h *house) line(p plan) {
	cfg := p.carrier
	cfg.Local, cfg.User = outside, "carrier"
	var err error
	h.carrier, err = carrier.NewPhone(cfg)
	require.NoError(h.t, err)
	h.run(h.carrier)
	h.group, err = h.CreateGroup(everything(h.t), nil, voice.GroupSpec{Code: "A", Name: "甲方局向", Centre: h.nation.ID})
	require.NoError(h.t, err)
	spec := voice.TrunkSpec{
		Group: h.group.ID, Name: "甲方中继", Hosts: []string{h.carrier.Addr().String()}, Transport: voice.UDP, Priority: 10, Weight: 10, MaxCalls: 1000,
		Codecs: []string{"PCMA", "PCMU"}, CallerFrom: voice.FromPAI,
	}
	if p.trunk != nil {
		p.trunk(&spec)
	}
	h.trunk, err = h.CreateTrunk(everything(h.t), nil, spec)
	require.NoError(h.t, err)
}

// run starts a service until the test ends.
func (h *house) run(s lifecycle.Service) {
	h.t.Helper()
	require.NoError(h.t, s.Start(h.t.Context()))
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(h.t, s.Stop(ctx), s.Name())
	})
}

// nothingIsLeft runs when the node has stopped.
func (h *house) nothingIsLeft() {
	require.Zero(h.t, h.node.Parties(), "parties")
	require.Zero(h.t, h.node.Sound().Legs, "legs of sound")
	require.Zero(h.t, h.node.Sound().Panics)
	require.Zero(h.t, h.node.Signalling().Calls, "legs of SIP")
	require.Zero(h.t, h.node.Signalling().Panics)
	require.Zero(h.t, h.node.Signalling().Dropped, "events that nobody read")
}

// everyLegWasReportedOnce runs when everything was written.
func (h *house) everyLegWasReportedOnce() {
	var rows int
	require.NoError(h.t, h.pool.QueryRow(context.Background(), `SELECT count(*) FROM voice.call`).Scan(&rows))
	require.Equal(h.t, h.reports(), rows, "each leg that ended has its row")
}

// reports counts what the node told of legs that ended.
func (h *house) reports() (n int) {
	r := prometheus.NewRegistry()
	r.MustRegister(h.node)
	families, err := r.Gather()
	require.NoError(h.t, err)
	for _, f := range families {
		if f.GetName() == "yingda_voice_legs_ended_total" {
			for _, m := range f.GetMetric() {
				n += int(m.GetCounter().GetValue())
			}
		}
	}
	return n
}

// everything is a context in which somebody may do all.
func everything(t testing.TB) context.Context {
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range slices.Concat(voice.Permissions(), organization.Permissions(), recording.Permissions(), routing.Permissions()) {
		grants[d.Permission] = actor.National()
	}
	return actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Session: uuid.New(), Staff: uuid.New(), Number: "1001", Name: "林晓岚"}, grants))
}

// within gives a context for one test.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// number says what is done with calls to a number.
func (h *house) number(number string, spec voice.NumberSpec) {
	h.t.Helper()
	spec.Number, spec.Match, spec.Centre, spec.Name = number, voice.Whole, h.nation.ID, "号码 "+number
	_, err := h.CreateNumber(everything(h.t), nil, spec)
	require.NoError(h.t, err)
}

// prompt makes a prompt of a tone.
func (h *house) prompt(hz float64, length time.Duration) voice.PromptID {
	h.t.Helper()
	var file bytes.Buffer
	require.NoError(h.t, carrier.WAV(&file, tone(hz, length)))
	p, err := h.CreatePrompt(everything(h.t), voice.PromptSpec{Name: "提示音 " + uuid.NewString(), Centre: h.nation.ID}, file.Bytes())
	require.NoError(h.t, err)
	return p.ID
}

// tone gives the samples of a tone.
func tone(hz float64, length time.Duration) (samples []int16) {
	source, frame := carrier.Tone(hz, length), [160]int16{}
	for range int(length / (20 * time.Millisecond)) {
		source.Next(&frame)
		samples = append(samples, frame[:]...)
	}
	return samples
}

// phone makes a desk phone, its called number 968 + number, and a program that registers as it.
func (h *house) phone(number string, cfg carrier.PhoneConfig) *carrier.Phone {
	h.t.Helper()
	made, password, err := h.CreatePhone(everything(h.t), nil, voice.PhoneSpec{Number: number, DisplayName: "话机 " + number, Centre: h.nation.ID})
	require.NoError(h.t, err)
	h.number("968"+number, voice.NumberSpec{Act: voice.ActPhone, Phone: made.ID})
	if cfg.Registrar == "none" {
		return nil
	}
	cfg.Registrar, cfg.User, cfg.Password = h.proxy, number, password.Reveal()
	p, err := carrier.NewPhone(cfg)
	require.NoError(h.t, err)
	require.NoError(h.t, p.Start(within(h.t)))
	h.t.Cleanup(func() {
		if h.stopped { // nobody is there who could take the registration back
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = p.Stop(ctx)
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(h.t, p.Stop(ctx))
	})
	return p
}

func sends(hz float64) func() carrier.Source {
	return func() carrier.Source { return carrier.Tone(hz, 0) }
}

// from is a call of the customer's, who sends 880 Hz.
func (h *house) from(to string) carrier.Call {
	return carrier.Call{To: to, Proxy: h.proxy, From: customer, Local: outside, Play: carrier.Tone(880, 0)}
}

// dial makes a call that must be answered.
func (h *house) dial(c carrier.Call) *carrier.Session {
	h.t.Helper()
	s, err := carrier.Dial(within(h.t), c)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = s.Close() })
	return s
}

// start makes a call that need not be answered.
func (h *house) start(c carrier.Call) *carrier.Session {
	h.t.Helper()
	s, err := carrier.Start(within(h.t), c)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = s.Close() })
	return s
}

// refused makes a call that must be refused.
func (h *house) refused(c carrier.Call) *carrier.Refused {
	h.t.Helper()
	s, err := carrier.Dial(within(h.t), c)
	if err == nil {
		_ = s.Close()
	}
	var r *carrier.Refused
	require.ErrorAs(h.t, err, &r)
	return r
}

// next is the next call that reaches a phone.
func (h *house) next(p *carrier.Phone) *carrier.Session {
	h.t.Helper()
	select {
	case s := <-p.Calls():
		return s
	case <-within(h.t).Done():
		require.FailNow(h.t, "the phone was not called")
		return nil
	}
}

// talk is a call of the customer's to a phone that answers at once.
func (h *house) talk(p *carrier.Phone, number string) (theirs, ours *carrier.Session) {
	h.t.Helper()
	theirs = h.dial(h.from("968" + number))
	ours = h.next(p)
	h.answered(ours)
	return theirs, ours
}

// hears asserts what a session hears from now on; it listens until it is so.
func (h *house) hears(s *carrier.Session, want string) {
	h.t.Helper()
	var err error
	for ctx := within(h.t); ctx.Err() == nil; {
		heard, failed := s.Hear(ctx, 600*time.Millisecond)
		require.NoError(h.t, failed)
		if err = heard.Check(want); err == nil {
			return
		}
		if s.State() == carrier.Ended {
			break
		}
	}
	require.NoError(h.t, err)
}

func (h *house) await(c <-chan struct{}, what string) {
	h.t.Helper()
	select {
	case <-c:
	case <-within(h.t).Done():
		require.FailNow(h.t, "it did not come", "%s; %s", what, h.contacts())
	}
}

func (h *house) answered(s *carrier.Session) { h.t.Helper(); h.await(s.Answered(), "the answer") }
func (h *house) ended(s *carrier.Session)    { h.t.Helper(); h.await(s.Ended(), "the end of the call") }

func (h *house) eventually(so func() bool, what string) {
	h.t.Helper()
	require.Eventually(h.t, so, patience, 5*time.Millisecond, what)
}

// calls waits until so many legs are written down and gives them, the oldest first.
func (h *house) calls(n int) []voice.Call {
	h.t.Helper()
	var list []voice.Call
	h.eventually(func() bool {
		var err error
		list, err = h.ListCalls(everything(h.t), voice.CallFilter{Limit: 200})
		require.NoError(h.t, err)
		return len(list) >= n
	}, "the rows of calls")
	require.Len(h.t, list, n)
	slices.Reverse(list)
	return list
}

// endings gives how the legs ended as "direction result side reason".
func endings(list []voice.Call) (words []string) {
	for _, c := range list {
		words = append(words, string(c.Direction)+" "+string(c.Ending.Result)+" "+string(c.Ending.Side)+" "+string(c.Ending.Reason))
	}
	return words
}

func ringsFor(d time.Duration) func(*node.Config) {
	return func(c *node.Config) { c.Ring = d }
}
