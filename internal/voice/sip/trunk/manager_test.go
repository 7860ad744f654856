package trunk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/sip/registrar"

	"yingda/internal/voice/sip/digest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

// network stands for the carriers: a host is there, says a status, or is silent.
type network struct {
	mu        sync.Mutex
	options   map[string]int // answer by destination; none is no answer
	registrar *registrar.Registrar
	got       []string
	served    chan struct{} // one for each request
}

func (n *network) Do(_ context.Context, req *sip.Request) (*sip.Response, error) {
	defer func() { n.served <- struct{}{} }()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.got = append(n.got, fmt.Sprint(req.Method, " ", req.Destination(), " ", req.Transport()))
	msg, err := sip.ParseMessage([]byte(req.String())) // what is sent must be SIP that others can read
	if err != nil {
		return nil, err
	}
	read := msg.(*sip.Request)
	if req.Method == sip.REGISTER {
		if n.registrar == nil {
			return nil, context.DeadlineExceeded
		}
		read.SetTransport(req.Transport())
		read.SetSource("192.0.2.200:5060")
		return n.registrar.Handle(context.Background(), read), nil
	}
	status, ok := n.options[req.Destination()]
	if !ok {
		return nil, fmt.Errorf("ask: %w", context.DeadlineExceeded)
	}
	return sip.NewResponseFromRequest(read, status, "", nil), nil
}

func (n *network) set(host string, status int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if status == 0 {
		delete(n.options, host)
		return
	}
	n.options[host] = status
}

func (n *network) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	got := n.got
	n.got = nil
	slices.Sort(got)
	return got
}

type bundle struct {
	*Manager
	t       *testing.T
	clock   *clocktest.Fake
	network *network
	names   sync.Map // name to address
}

func setup(t *testing.T) *bundle {
	b := &bundle{t: t, clock: clocktest.New(), network: &network{options: map[string]int{}, served: make(chan struct{}, 1000)}}
	b.Manager = NewManager(Config{
		Clock: b.clock, Logger: slog.New(slog.DiscardHandler), Domain: "us.example", Pick: first,
		Resolve: func(_ context.Context, name string) ([]netip.Addr, error) {
			a, ok := b.names.Load(name)
			if !ok {
				return nil, errors.New("no such name")
			}
			return []netip.Addr{a.(netip.Addr)}, nil
		},
	})
	b.Use(b.network, func(Transport) sip.Uri { return sip.Uri{Scheme: "sip", Host: "192.0.2.200", Port: 5060} })
	return b
}

func (b *bundle) start() {
	require.NoError(b.t, b.Start(b.t.Context()))
	b.t.Cleanup(func() { require.NoError(b.t, b.Stop(context.WithoutCancel(b.t.Context()))) })
}

// await waits for n requests and until as many loops sleep again.
func (b *bundle) await(n, loops int) {
	b.t.Helper()
	for range n {
		select {
		case <-b.network.served:
		case <-b.t.Context().Done():
			b.t.Fatal("no request came")
		}
	}
	b.clock.BlockUntil(loops)
}

func trunk(name string, hosts ...string) Trunk {
	return Trunk{ID: uuid.NewSHA1(uuid.Nil, []byte(name)), Name: name, Group: "g", Hosts: hosts, Transport: UDP, Weight: 1}
}

func TestHostGoesDownAndComesBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.network.set("192.0.2.1:5060", 200)
	b.network.set("192.0.2.2:5060", 403)
	b.Apply([]Trunk{trunk("east", "192.0.2.1", "192.0.2.2")})
	require.Equal(t, Unknown, b.Snapshot()[0].State)
	require.Equal(t, []string{"192.0.2.1", "192.0.2.2"}, names(b.Choose("g")), "before the first answer calls may try")
	b.start()
	b.await(2, 2)
	s := b.Snapshot()[0]
	require.Equal(t, Up, s.State)
	require.Equal(t, []int{200, 403}, []int{s.Hosts[0].Answer, s.Hosts[1].Answer}, "a refusal shows that somebody is there")
	require.Empty(t, b.Health().Check(t.Context()))

	b.network.set("192.0.2.1:5060", 503)
	b.clock.Advance(askEvery)
	b.await(2, 2)
	require.Equal(t, []string{"192.0.2.1", "192.0.2.2"}, names(b.Choose("g")), "one failure is none")
	for range 2 {
		b.clock.Advance(askFailing)
		b.await(1, 2)
	}
	require.Equal(t, []string{"192.0.2.2", "192.0.2.1!"}, names(b.Choose("g")))
	found := b.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "trunk.host_down", found[0].Warning.Code)

	b.network.set("192.0.2.1:5060", 200)
	b.clock.Advance(askFailing)
	b.await(1, 2)
	require.Equal(t, Down, b.Snapshot()[0].Hosts[0].State, "one answer is not yet up")
	b.clock.Advance(askFailing)
	b.await(1, 2)
	require.Equal(t, Up, b.Snapshot()[0].Hosts[0].State)
}

func TestTrunkWithoutAnyAnswerIsDownAndSaidSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Apply([]Trunk{trunk("east", "nowhere.example", "192.0.2.9:5070"), {ID: uuid.New(), Name: "off", Group: "g", Hosts: []string{"192.0.2.8"}, Transport: UDP, Disabled: true}})
	b.start()
	b.await(1, 2)
	for range 2 {
		b.clock.Advance(askFailing)
		b.await(1, 2)
	}
	s := b.Snapshot()
	require.Equal(t, Down, s[0].State)
	require.Equal(t, NoAddress, s[0].Hosts[0].Problem)
	require.Equal(t, NoAnswer, s[0].Hosts[1].Problem)
	require.Equal(t, Off, s[1].State)
	found := b.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "trunk.down", found[0].Warning.Code)
	require.Len(t, b.Choose("g"), 2, "calls still try, as a last resort")
	require.Nil(t, b.Choose("other"))
}

func TestCallsTellOfHostsToo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	east := trunk("east", "192.0.2.1")
	b.Apply([]Trunk{east})
	for range 3 {
		b.Report(east.ID, Host{"192.0.2.1", 5060}, false)
	}
	b.Report(uuid.New(), Host{"192.0.2.1", 5060}, false)
	require.Equal(t, Down, b.Snapshot()[0].State)
	for range 2 {
		b.Report(east.ID, Host{"192.0.2.1", 5060}, true)
	}
	require.Equal(t, Up, b.Snapshot()[0].State)
}

func TestNamesAreResolvedAndKeptWhenTheirServerIsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.names.Store("sip.carrier.example", netip.MustParseAddr("::ffff:192.0.2.50"))
	b.network.set("192.0.2.50:5060", 200)
	b.Apply([]Trunk{trunk("east", "sip.carrier.example")})
	_, ok := b.Identify(netip.MustParseAddrPort("192.0.2.50:5060"), "udp")
	require.False(t, ok, "not resolved yet")
	b.start()
	b.await(1, 1)
	got, ok := b.Identify(netip.MustParseAddrPort("192.0.2.50:6000"), "udp")
	require.True(t, ok)
	require.Equal(t, "east", got.Name)
	require.True(t, b.Knows(netip.MustParseAddr("192.0.2.50")))
	require.Equal(t, "192.0.2.50:5060", b.Choose("g")[0].Address)
	require.Equal(t, "sip.carrier.example:5060", b.Choose("g")[0].Host.String(), "the name stays, for certificates and URIs")
	b.names.Delete("sip.carrier.example")
	for range 3 {
		b.clock.Advance(askEvery)
		b.await(1, 1)
	}
	require.Equal(t, Up, b.Snapshot()[0].State)
	require.True(t, b.Knows(netip.MustParseAddr("192.0.2.50")))
}

func TestTrunksOfOneAddressAreToldApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tcp, port, off := trunk("tcp", "192.0.2.1:5070"), trunk("port", "192.0.2.1:5070"), trunk("off", "192.0.2.9")
	tcp.Transport = TCP
	off.Disabled = true
	b.Apply([]Trunk{trunk("first", "192.0.2.1"), tcp, port, off})
	for from, want := range map[string]string{
		"192.0.2.1:5060 udp": "first", "192.0.2.1:5070 udp": "port", "192.0.2.1:5070 TCP": "tcp", "192.0.2.1:40000 tcp": "tcp",
		"192.0.2.1:40000 udp": "first", "[::ffff:192.0.2.1]:5070 udp": "port",
	} {
		address, transport, _ := strings.Cut(from, " ")
		got, ok := b.Identify(netip.MustParseAddrPort(address), transport)
		require.True(t, ok, from)
		require.Equal(t, want, got.Name, from)
	}
	_, ok := b.Identify(netip.MustParseAddrPort("192.0.2.9:5060"), "udp")
	require.False(t, ok, "a disabled trunk brings no calls")
	require.False(t, b.Knows(netip.MustParseAddr("192.0.2.9")))
}

func TestRoomIsNeverExceeded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	east := trunk("east", "192.0.2.1")
	east.MaxCalls = 7
	b.Apply([]Trunk{east})
	var wg sync.WaitGroup
	var mu sync.Mutex
	var releases []func()
	for range 50 {
		wg.Go(func() {
			if release, ok := b.Acquire(east.ID); ok {
				mu.Lock()
				releases = append(releases, release)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Len(t, releases, 7)
	require.Empty(t, b.Choose("g"), "a full trunk is no way")
	east.Hosts = []string{"192.0.2.2"}
	b.Apply([]Trunk{east})
	require.Equal(t, 7, b.Snapshot()[0].Calls, "calls are counted over a change of the trunk")
	for _, release := range releases {
		release()
		release()
	}
	require.Zero(t, b.Snapshot()[0].Calls)
	_, ok := b.Acquire(uuid.New())
	require.False(t, ok)
}

func TestChangesKeepWhatTheyDoNotTouch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.network.set("192.0.2.1:5060", 200)
	b.network.set("192.0.2.2:5060", 200)
	b.Apply([]Trunk{trunk("east", "192.0.2.1")})
	b.start()
	b.await(1, 1)
	b.network.take()

	renamed := trunk("east", "192.0.2.1")
	renamed.Name, renamed.Weight = "East", 9
	b.Apply([]Trunk{renamed})
	require.Equal(t, Up, b.Snapshot()[0].State)
	require.Equal(t, "East", b.Snapshot()[0].Name)
	require.Empty(t, b.network.take(), "no need to ask again")

	b.Apply([]Trunk{trunk("east", "192.0.2.1", "192.0.2.2")})
	b.await(2, 2)
	require.Equal(t, []string{"OPTIONS 192.0.2.1:5060 UDP", "OPTIONS 192.0.2.2:5060 UDP"}, b.network.take())
	b.Apply(nil)
	require.Empty(t, b.Snapshot())
	require.Empty(t, b.Set().Trunks())
}

// carrier is a registrar of ours in the place of the carrier's.
func carrier(b *bundle, password string) *registrar.Registrar {
	return registrar.New(registrar.Config{Realm: "carrier", Clock: b.clock, Credentials: account{password}, MaxExpires: 5 * time.Minute, MinExpires: 2 * time.Minute})
}

type account struct{ password string }

func (a account) HA1(_ context.Context, user, realm, algorithm string) (string, bool, error) {
	return digest.HA1(algorithm, user, realm, a.password), user == "acct", nil
}

func registering() Trunk {
	t := trunk("reg", "192.0.2.1")
	t.Register, t.Username, t.Password = true, "acct", secret.Hide("s3cret")
	return t
}

func (b *bundle) isRegistered() Registered { return b.Snapshot()[0].Registered }

func TestTrunkRegistersRefreshesAndSaysGoodbye(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.network.set("192.0.2.1:5060", 200)
	b.network.registrar = carrier(b, "s3cret")
	b.Apply([]Trunk{registering()})
	require.Equal(t, Trying, b.isRegistered())
	require.NoError(t, b.Start(t.Context()))
	b.await(3, 2) // OPTIONS, REGISTER, REGISTER with credentials
	require.Equal(t, Accepted, b.isRegistered())
	require.Equal(t, b.clock.Now().Add(5*time.Minute), b.Snapshot()[0].RegisteredUntil)
	found := b.network.registrar.Lookup("acct")
	require.Len(t, found, 1)
	require.Equal(t, "sip:acct@192.0.2.200:5060", found[0].Contact.String())

	for range 9 { // four and a half minutes of questions, then the refresh
		b.clock.Advance(askEvery)
		b.await(1, 2)
	}
	b.await(2, 2)
	b.clock.Advance(time.Minute)
	require.Len(t, b.network.registrar.Lookup("acct"), 1, "refreshed before the five minutes were over")

	require.NoError(t, b.Stop(t.Context()))
	require.Empty(t, b.network.registrar.Lookup("acct"))
	require.ErrorIs(t, b.Start(t.Context()), lifecycle.ErrStopped)
}

func TestRefusedPasswordIsTriedSlowlyAndSaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.network.set("192.0.2.1:5060", 200)
	b.network.registrar = carrier(b, "another")
	b.Apply([]Trunk{registering()})
	b.start()
	b.await(3, 2)
	require.Equal(t, Refused, b.isRegistered())
	found := b.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "trunk.registration_refused", found[0].Warning.Code)
	b.network.take()
	for range 3 {
		b.clock.Advance(askEvery)
		b.await(1, 2)
	}
	require.Equal(t, []string{"OPTIONS 192.0.2.1:5060 UDP", "OPTIONS 192.0.2.1:5060 UDP", "OPTIONS 192.0.2.1:5060 UDP"}, b.network.take(), "no second try within 90 s")

	fixed := registering()
	fixed.Password = secret.Hide("another")
	b.Apply([]Trunk{fixed})
	b.await(3, 2)
	require.Equal(t, Accepted, b.isRegistered())
	require.Empty(t, b.Health().Check(t.Context()))
}

func TestLostRegistrationIsSaidAndTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.network.set("192.0.2.1:5060", 200)
	b.Apply([]Trunk{registering()}) // nobody answers REGISTER
	b.start()
	b.await(2, 2)
	require.Equal(t, Lost, b.isRegistered())
	require.Equal(t, "trunk.registration_lost", b.Health().Check(t.Context())[0].Warning.Code)
	b.network.mu.Lock()
	b.network.registrar = carrier(b, "s3cret")
	b.network.mu.Unlock()
	b.clock.Advance(firstRetry)
	b.await(2, 2)
	require.Equal(t, Accepted, b.isRegistered())
}

func TestNewWayRegistersAfterTheOldOneHasSaidGoodbye(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.network.set("192.0.2.1:5060", 200)
	b.network.set("192.0.2.2:5060", 200)
	b.network.registrar = carrier(b, "s3cret")
	b.Apply([]Trunk{registering()})
	b.start()
	b.await(3, 2)
	moved := registering()
	moved.Hosts = []string{"192.0.2.1", "192.0.2.2"}
	b.Apply([]Trunk{moved})
	b.await(6, 3) // goodbye 2, OPTIONS 2, REGISTER 2
	require.Equal(t, Accepted, b.isRegistered())
	require.Len(t, b.network.registrar.Lookup("acct"), 1)
}

func TestBriefIntervalIsTakenOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.network.set("192.0.2.1:5060", 200)
	b.network.registrar = registrar.New(registrar.Config{Realm: "carrier", Clock: b.clock, Credentials: account{"s3cret"}, MinExpires: time.Hour, MaxExpires: 2 * time.Hour})
	b.Apply([]Trunk{registering()})
	b.start()
	b.await(5, 2) // OPTIONS, 401, 423, 401, 200
	require.Equal(t, Accepted, b.isRegistered())
	require.Equal(t, b.clock.Now().Add(time.Hour), b.Snapshot()[0].RegisteredUntil)
}

func TestAskingByHand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.network.set("192.0.2.1:5060", 404)
	east := trunk("east", "192.0.2.1")
	b.Apply([]Trunk{east})
	s, err := b.Ask(t.Context(), east.ID)
	require.NoError(t, err)
	require.Equal(t, Up, s.State)
	require.Equal(t, 404, s.Hosts[0].Answer)
	_, err = b.Ask(t.Context(), uuid.New())
	require.ErrorIs(t, err, ErrNotFound)
}

func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Apply([]Trunk{registering()})
	require.NotContains(t, fmt.Sprintf("%+v %#v", b.Snapshot(), b.Set().Trunks()), "s3cret")
}

func TestManagerStartsAndStopsInAnyOrder(t *testing.T) {
	t.Parallel()
	lifecycletest.Stress(t, func() lifecycle.Service {
		b := setup(t)
		b.network.served = make(chan struct{}, 1<<16)
		b.Apply([]Trunk{registering(), trunk("east", "192.0.2.7")})
		return b.Manager
	})
}

func TestEveryWarningIsListed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, w := range b.Health().Warnings {
		require.True(t, strings.HasPrefix(w.Code, "trunk."))
		for _, text := range []string{w.Chinese.Title, w.Chinese.Cause, w.Chinese.Remedy, w.English.Title, w.English.Cause, w.English.Remedy} {
			require.NotEmpty(t, text)
		}
	}
}

func TestFiguresCountTrunksByState(t *testing.T) {
	t.Parallel()
	b := setup(t)
	off := trunk("off", "192.0.2.3")
	off.Disabled = true
	b.Apply([]Trunk{trunk("east", "192.0.2.1"), off, registering()})
	_, ok := b.Acquire(off.ID)
	require.False(t, ok, "no new calls on a disabled trunk")
	_, ok = b.Acquire(registering().ID)
	require.True(t, ok)
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(b.Collector()))
	families, err := registry.Gather()
	require.NoError(t, err)
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetGauge().GetValue()
		}
	}
	require.Equal(t, map[string]float64{
		"yingda_trunk_trunks unknown": 2, "yingda_trunk_trunks off": 1, "yingda_trunk_trunks up": 0, "yingda_trunk_trunks down": 0,
		"yingda_trunk_registrations trying": 1, "yingda_trunk_registrations registered": 0, "yingda_trunk_registrations lost": 0,
		"yingda_trunk_registrations refused": 0, "yingda_trunk_calls": 1,
	}, got)
}
