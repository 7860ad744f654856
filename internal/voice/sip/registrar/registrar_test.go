package registrar

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	icholy "github.com/icholy/digest"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/sip/digest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

const realm = "yingda"

// passwords of the phones; every phone from 8000 to 8999 has one.
type passwords struct{ away bool }

func (p *passwords) HA1(_ context.Context, user, realm, algorithm string) (string, bool, error) {
	if p.away {
		return "", false, errors.New("the store is away")
	}
	n, err := strconv.Atoi(user)
	return digest.HA1(algorithm, user, realm, "pw"+user), err == nil && n >= 8000 && n < 9000, nil
}

type bundle struct {
	*Registrar
	t       *testing.T
	clock   *clocktest.Fake
	store   *passwords
	changed []string
	cseq    int
}

func setup(t *testing.T, change ...func(*Config)) *bundle {
	b := &bundle{t: t, clock: clocktest.New(), store: &passwords{}}
	c := Config{Realm: realm, Clock: b.clock, Credentials: b.store, Changed: func(phone string, registered bool) {
		b.changed = append(b.changed, fmt.Sprint(phone, " ", registered))
	}}
	for _, f := range change {
		f(&c)
	}
	b.Registrar = New(c)
	return b
}

// register describes one REGISTER of a phone; zero values are those of an ordinary phone.
type register struct {
	phone, user, password string
	contact               string // values of Contact, ";" separated lines; "-" for none
	headers               string // further header lines
	callID                string
	cseq                  int
	from                  string // address and port
	network               string
}

func (b *bundle) request(r register, authorization string) *sip.Request {
	b.t.Helper()
	if r.from == "" {
		r.from = "198.51.100.7:41000"
	}
	if r.network == "" {
		r.network = "udp"
	}
	if r.callID == "" {
		r.callID = "call-" + r.phone
	}
	if r.cseq == 0 {
		b.cseq++
		r.cseq = b.cseq
	}
	var s strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&s, format+"\r\n", args...) }
	line("REGISTER sip:yingda.example SIP/2.0")
	line("Via: SIP/2.0/%s 10.0.0.9:5060;branch=z9hG4bK%d;rport", strings.ToUpper(r.network), b.cseq)
	line("From: <sip:%s@yingda.example>;tag=x", r.phone)
	line("To: <sip:%s@yingda.example>", r.phone)
	line("Call-ID: %s", r.callID)
	line("CSeq: %d REGISTER", r.cseq)
	line("User-Agent: desk 1.0")
	if r.contact == "" {
		r.contact = "<sip:" + r.phone + "@10.0.0.9:5060>"
	}
	if r.contact != "-" {
		line("Contact: %s", r.contact)
	}
	for _, h := range strings.Split(r.headers, "\n") {
		if h != "" {
			line("%s", h)
		}
	}
	if authorization != "" {
		line("Authorization: %s", authorization)
	}
	line("Content-Length: 0")
	line("")
	msg, err := sip.ParseMessage([]byte(s.String()))
	require.NoError(b.t, err)
	req := msg.(*sip.Request)
	req.SetTransport(strings.ToUpper(r.network))
	req.SetSource(r.from)
	return req
}

// send does what a phone does: ask, be challenged, answer. A first answer without a challenge is given back.
func (b *bundle) send(r register) *sip.Response {
	b.t.Helper()
	if r.user == "" {
		r.user = r.phone
	}
	if r.password == "" {
		r.password = "pw" + r.user
	}
	res := b.Handle(b.t.Context(), b.request(r, ""))
	if res.StatusCode != 401 {
		return res
	}
	return b.Handle(b.t.Context(), b.request(r, b.answer(res, r)))
}

func (b *bundle) answer(res *sip.Response, r register) string {
	b.t.Helper()
	c, err := icholy.ParseChallenge(res.GetHeader("WWW-Authenticate").Value())
	require.NoError(b.t, err)
	a, err := icholy.Digest(c, icholy.Options{Method: "REGISTER", URI: "sip:yingda.example", Username: r.user, Password: r.password, Count: 1})
	require.NoError(b.t, err)
	return a.String()
}

// flows are the sources that a call to the phone goes to, in order.
func (b *bundle) flows(phone string) []string {
	var out []string
	for _, x := range b.Lookup(phone) {
		out = append(out, x.Flow.Network+" "+x.Flow.Source.String())
	}
	return out
}

func TestPhoneRegistersAndIsReachedByItsFlow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	res := b.send(register{phone: "8001", headers: "Expires: 120"})
	require.Equal(t, 200, res.StatusCode, res)
	require.Equal(t, "120", res.Contact().Params.GetOr("expires", ""))
	require.Equal(t, "Mon, 16 Nov 2026 04:00:00 GMT", res.GetHeader("Date").Value())

	found := b.Lookup("8001")
	require.Len(t, found, 1)
	require.Equal(t, "sip:8001@10.0.0.9:5060", found[0].Contact.String(), "the request URI is the contact")
	require.Equal(t, "198.51.100.7:41000", found[0].Flow.Destination(), "the packet goes where the REGISTER came from")
	require.Equal(t, "UDP", found[0].Flow.Transport())
	require.Equal(t, []Registration{{
		Phone: "8001", Contact: "sip:8001@10.0.0.9:5060", Network: "udp", Source: "198.51.100.7:41000", UserAgent: "desk 1.0",
		Since: b.clock.Now(), Refreshed: b.clock.Now(), Expires: b.clock.Now().Add(2 * time.Minute),
	}}, b.Snapshot())
	require.Equal(t, []string{"8001 true"}, b.changed)
}

func TestEveryRefusalCarriesChallenges(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.SHA256 = true })
	first := b.Handle(t.Context(), b.request(register{phone: "8001"}, ""))
	require.Equal(t, 401, first.StatusCode)
	require.Len(t, first.GetHeaders("WWW-Authenticate"), 2)
	wrong := b.send(register{phone: "8001", password: "wrong"})
	require.Equal(t, 401, wrong.StatusCode)
	require.Len(t, wrong.GetHeaders("WWW-Authenticate"), 2)
	require.NotContains(t, wrong.String(), "stale")
	unknown := b.send(register{phone: "7777"})
	require.Equal(t, 401, unknown.StatusCode, "the same for a phone that does not exist")
	require.Empty(t, b.Snapshot())
	require.Empty(t, b.changed)
}

// modern are passwords of phones that can all read two challenges.
type modern struct {
	*passwords
	sha256 bool
}

func (m modern) OffersSHA256() bool { return m.sha256 }

func TestPhonesAreOfferedWhatTheirPasswordsKeeperSays(t *testing.T) {
	t.Parallel()
	for sha256, want := range map[bool][]string{false: {"MD5"}, true: {"SHA-256", "MD5"}} {
		b := setup(t, func(c *Config) { c.Credentials = modern{&passwords{}, sha256} })
		var got []string
		for _, h := range b.Handle(t.Context(), b.request(register{phone: "8001"}, "")).GetHeaders("WWW-Authenticate") {
			c, err := icholy.ParseChallenge(h.Value())
			require.NoError(t, err)
			got = append(got, c.Algorithm)
		}
		require.Equal(t, want, got)
		require.Equal(t, 200, b.send(register{phone: "8001", user: "8001", password: "pw8001"}).StatusCode)
	}
}

func TestReplayedAndOldCredentialsGetAFreshNonce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := register{phone: "8001", user: "8001", password: "pw8001"}
	header := b.answer(b.Handle(t.Context(), b.request(r, "")), r)
	require.Equal(t, 200, b.Handle(t.Context(), b.request(r, header)).StatusCode)
	again := b.Handle(t.Context(), b.request(r, header))
	require.Equal(t, 401, again.StatusCode)
	require.Contains(t, again.GetHeader("WWW-Authenticate").Value(), "stale=true")

	old := b.answer(b.Handle(t.Context(), b.request(r, "")), r)
	b.clock.Advance(6 * time.Minute)
	late := b.Handle(t.Context(), b.request(r, old))
	require.Equal(t, 401, late.StatusCode)
	require.Contains(t, late.GetHeader("WWW-Authenticate").Value(), "stale=true")
	for range 30 { // stale is nobody's failure
		require.Equal(t, 401, b.Handle(t.Context(), b.request(r, header)).StatusCode)
	}
	require.Equal(t, 200, b.send(r).StatusCode)
}

func TestNobodyRegistersForAnother(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, 403, b.send(register{phone: "8001", user: "8002"}).StatusCode)
	require.Empty(t, b.Lookup("8001"))
}

func TestSeveralContactsInOrderOfPreference(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.send(register{phone: "8001", callID: "a", contact: "<sip:8001@10.0.0.1>;q=0.5", from: "198.51.100.1:5060"})
	b.clock.Advance(time.Second)
	b.send(register{phone: "8001", callID: "b", contact: "<sip:8001@10.0.0.2;transport=tcp>", from: "198.51.100.2:7001", network: "tcp"})
	b.clock.Advance(time.Second)
	res := b.send(register{phone: "8001", callID: "c", contact: `"desk" <sip:8001@10.0.0.3>;q=0.5`, from: "198.51.100.3:5060"})
	require.Len(t, res.GetHeaders("contact"), 3)
	require.Equal(t, []string{"tcp 198.51.100.2:7001", "udp 198.51.100.3:5060", "udp 198.51.100.1:5060"}, b.flows("8001"))

	b.FlowClosed("tcp", netip.MustParseAddrPort("198.51.100.2:7001"))
	require.Equal(t, []string{"udp 198.51.100.3:5060", "udp 198.51.100.1:5060"}, b.flows("8001"))
	b.FlowClosed("tcp", netip.MustParseAddrPort("198.51.100.2:7001"))
	require.Equal(t, "8001 true", b.changed[len(b.changed)-1], "still registered elsewhere")
}

func TestOneRegisterWithTwoContacts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	res := b.send(register{phone: "8001", contact: "<sip:8001@10.0.0.1>;expires=100, <sip:8001@10.0.0.2>;expires=200;q=0.1"})
	require.Equal(t, 200, res.StatusCode)
	require.Len(t, b.Lookup("8001"), 2)
	b.clock.Advance(101 * time.Second)
	found := b.Lookup("8001")
	require.Len(t, found, 1)
	require.Equal(t, "10.0.0.2", found[0].Contact.Host)
}

func TestRefreshKeepsOneBindingAndFollowsTheFlow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.send(register{phone: "8001"})
	since := b.clock.Now()
	b.clock.Advance(time.Minute)
	b.send(register{phone: "8001", from: "198.51.100.7:52000"}) // the NAT has given another port
	found := b.Lookup("8001")
	require.Len(t, found, 1)
	require.Equal(t, since, found[0].Since)
	require.Equal(t, "198.51.100.7:52000", found[0].Flow.Destination())
	require.False(t, b.Knows("udp", netip.MustParseAddrPort("198.51.100.7:41000")))
	require.True(t, b.Knows("udp", netip.MustParseAddrPort("198.51.100.7:52000")))
	require.True(t, b.Knows("tcp", netip.MustParseAddrPort("198.51.100.7:1")), "a new connection of the same office")
}

func TestInstanceReplacesItsOldContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const instance = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";reg-id=1`
	b.send(register{phone: "8001", callID: "before", contact: "<sip:8001@10.0.0.1:5060>" + instance})
	b.send(register{phone: "8001", callID: "after", contact: "<sip:8001@10.0.0.77:6000>" + instance, from: "198.51.100.9:1"})
	require.Equal(t, []string{"udp 198.51.100.9:1"}, b.flows("8001"), "it was switched off and on again")
	b.send(register{phone: "8001", callID: "second", contact: "<sip:8001@10.0.0.77:6000>" + strings.Replace(instance, "reg-id=1", "reg-id=2", 1)})
	require.Len(t, b.flows("8001"), 2, "the second flow of one phone (RFC 5626)")
}

func TestOlderRequestChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, 200, b.send(register{phone: "8001", callID: "a", cseq: 10}).StatusCode)
	before := b.Snapshot()
	b.clock.Advance(time.Second)
	for _, r := range []register{
		{phone: "8001", callID: "a", cseq: 9},
		{phone: "8001", callID: "a", cseq: 10, headers: "Expires: 0"},
		{phone: "8001", callID: "a", cseq: 3, contact: "*", headers: "Expires: 0"},
		{phone: "8001", callID: "a", cseq: 9, contact: "<sip:8001@10.0.0.55>, <sip:8001@10.0.0.9:5060>"},
	} {
		require.Equal(t, 500, b.send(r).StatusCode)
		require.Equal(t, before, b.Snapshot(), "all or nothing")
	}
	require.Equal(t, 200, b.send(register{phone: "8001", callID: "rebooted", cseq: 1}).StatusCode, "another Call-ID begins anew")
}

func TestUnregistering(t *testing.T) {
	t.Parallel()
	b := setup(t)
	two := "<sip:8001@10.0.0.1>, <sip:8001@10.0.0.2>"
	b.send(register{phone: "8001", contact: two})
	res := b.send(register{phone: "8001", contact: "<sip:8001@10.0.0.1>;expires=0"})
	require.Len(t, res.GetHeaders("contact"), 1)
	require.Len(t, b.Lookup("8001"), 1)

	require.Equal(t, 400, b.send(register{phone: "8001", contact: "*"}).StatusCode, "without Expires: 0")
	require.Equal(t, 400, b.send(register{phone: "8001", contact: "*, <sip:8001@10.0.0.1>", headers: "Expires: 0"}).StatusCode)
	require.Len(t, b.Lookup("8001"), 1)
	res = b.send(register{phone: "8001", contact: "*", headers: "Expires: 0"})
	require.Equal(t, 200, res.StatusCode)
	require.Empty(t, res.GetHeaders("contact"))
	require.Empty(t, b.Lookup("8001"))
	require.Equal(t, "8001 false", b.changed[len(b.changed)-1])
	require.Equal(t, 200, b.send(register{phone: "8001", headers: "Expires: 0"}).StatusCode, "what is not there may be removed")

	b.send(register{phone: "8002"})
	b.Remove("8002")
	b.Remove("8002")
	require.Empty(t, b.Lookup("8002"))
	require.Empty(t, b.flowIndex())
}

// flowIndex is what the index of flows still holds.
func (b *bundle) flowIndex() map[Flow][]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Registrar.flows
}

func TestAskingOnlyChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.send(register{phone: "8001", headers: "Expires: 300"})
	b.clock.Advance(time.Minute)
	res := b.send(register{phone: "8001", contact: "-"})
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "240", res.Contact().Params.GetOr("expires", ""))
	require.Equal(t, []string{"8001 true"}, b.changed)
}

func TestTimesAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	brief := b.send(register{phone: "8001", headers: "Expires: 59"})
	require.Equal(t, 423, brief.StatusCode)
	require.Equal(t, "60", brief.GetHeader("Min-Expires").Value())
	require.Empty(t, b.Lookup("8001"))
	for asked, granted := range map[string]string{
		"Expires: 60": "60", "Expires: 99999": "3600", "Expires: 99999999999999": "3600", "Expires: soon": "600", "": "600", "Expires: -1": "600",
	} {
		res := b.send(register{phone: "8001", headers: asked})
		require.Equal(t, 200, res.StatusCode, asked)
		require.Equal(t, granted, res.Contact().Params.GetOr("expires", ""), asked)
	}
	res := b.send(register{phone: "8001", contact: "<sip:8001@10.0.0.9:5060>;expires=70", headers: "Expires: 500"})
	require.Equal(t, "70", res.Contact().Params.GetOr("expires", ""), "the contact's own goes first")
}

func TestBindingsEndByThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.send(register{phone: "8001", headers: "Expires: 60"})
	f := Flow{"udp", netip.MustParseAddrPort("198.51.100.7:41000")}
	phone, ok := b.Phone(f, "")
	require.True(t, ok)
	require.Equal(t, "8001", phone)
	b.clock.Advance(time.Minute)
	require.Empty(t, b.Lookup("8001"))
	require.Empty(t, b.Snapshot())
	_, ok = b.Phone(f, "8001")
	require.False(t, ok)
	b.Sweep()
	require.Equal(t, []string{"8001 true", "8001 false"}, b.changed)
	require.Empty(t, b.flowIndex())
	require.Zero(t, b.count)
	require.Empty(t, b.hosts)
}

func TestPhonesBehindOneGatewayAreToldApartByName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.send(register{phone: "8001"})
	b.send(register{phone: "8002"})
	f := Flow{"udp", netip.MustParseAddrPort("198.51.100.7:41000")}
	phone, ok := b.Phone(f, "8002")
	require.True(t, ok)
	require.Equal(t, "8002", phone)
	_, ok = b.Phone(f, "13800138000")
	require.False(t, ok, "who of the two is it?")
	_, ok = b.Phone(Flow{"tcp", f.Source}, "8001")
	require.False(t, ok)
}

func TestWrongPasswordsLockOutPairAndAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Failures = 3 })
	for range 2 {
		require.Equal(t, 401, b.send(register{phone: "8001", password: "guess"}).StatusCode)
	}
	locked := b.send(register{phone: "8001", password: "guess"})
	require.Equal(t, 403, locked.StatusCode)
	require.NotNil(t, locked.GetHeader("Retry-After"))
	require.Equal(t, 403, b.send(register{phone: "8001"}).StatusCode, "the right password comes too late")
	require.Equal(t, 200, b.send(register{phone: "8001", from: "203.0.113.1:5060"}).StatusCode, "elsewhere it opens: nobody is locked out by another")
	require.Equal(t, 200, b.send(register{phone: "8002"}).StatusCode, "and a colleague at the same address")
	b.clock.Advance(10 * time.Minute)
	require.Equal(t, 200, b.send(register{phone: "8001"}).StatusCode)

	for i := range 29 { // one address tries many users
		require.Equal(t, 401, b.send(register{phone: strconv.Itoa(7000 + i), from: "192.0.2.66:" + strconv.Itoa(1000+i)}).StatusCode, i)
	}
	require.Equal(t, 403, b.send(register{phone: "7900", from: "192.0.2.66:9"}).StatusCode)
	require.Equal(t, 403, b.Handle(t.Context(), b.request(register{phone: "8003", from: "192.0.2.66:10"}, "")).StatusCode)
}

func TestSuccessForgetsFailures(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Failures = 3 })
	for range 5 {
		b.send(register{phone: "8001", password: "guess"})
		b.send(register{phone: "8001", password: "guess"})
		require.Equal(t, 200, b.send(register{phone: "8001"}).StatusCode)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.MaxContacts, c.MaxBindings = 3, 5 })
	for i := range 10 {
		b.send(register{phone: "8001", callID: strconv.Itoa(i), contact: fmt.Sprintf("<sip:8001@10.0.0.%d>", i)})
		b.clock.Advance(time.Second)
	}
	found := b.Lookup("8001")
	require.Len(t, found, 3)
	require.Equal(t, "10.0.0.9", found[0].Contact.Host, "those heard last stay")
	require.Equal(t, "10.0.0.7", found[2].Contact.Host)
	four := "<sip:a@1.1.1.1>, <sip:a@1.1.1.2>, <sip:a@1.1.1.3>, <sip:a@1.1.1.4>"
	require.Equal(t, 403, b.send(register{phone: "8002", contact: four}).StatusCode)
	require.Equal(t, 200, b.send(register{phone: "8002"}).StatusCode)
	require.Equal(t, 200, b.send(register{phone: "8003"}).StatusCode)
	full := b.send(register{phone: "8004"})
	require.Equal(t, 503, full.StatusCode)
	require.NotNil(t, full.GetHeader("Retry-After"))
	require.Equal(t, 200, b.send(register{phone: "8003"}).StatusCode, "those who are in refresh")
	b.clock.Advance(time.Hour)
	require.Equal(t, 200, b.send(register{phone: "8004"}).StatusCode, "expired ones give room")

	for i := range 2 * maxFailures {
		b.locks.fail(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), "u", b.clock.Now())
	}
	require.LessOrEqual(t, len(b.locks.entries), maxFailures)
	require.Equal(t, len(b.locks.entries), b.locks.order.Len())
}

func TestStoreThatIsAwayKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.send(register{phone: "8001"})
	b.store.away = true
	res := b.send(register{phone: "8001"})
	require.Equal(t, 500, res.StatusCode)
	require.NotNil(t, res.GetHeader("Retry-After"))
	require.Len(t, b.Lookup("8001"), 1)
	b.store.away = false
	require.Equal(t, 200, b.send(register{phone: "8001"}).StatusCode, "and it counted as nobody's failure")
}

func TestBadRegistersAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, r := range map[string]register{
		"a contact of another kind": {phone: "8001", contact: "<tel:+861012345>"},
		"a q beyond 1":              {phone: "8001", contact: "<sip:8001@10.0.0.1>;q=1.5"},
		"a q of words":              {phone: "8001", contact: "<sip:8001@10.0.0.1>;q=high"},
		"an enormous contact":       {phone: "8001", contact: "<sip:8001@10.0.0.1>;x=" + strings.Repeat("y", 600)},
	} {
		require.Equal(t, 400, b.send(r).StatusCode, name)
	}
	ext := b.send(register{phone: "8001", headers: "Require: gin"})
	require.Equal(t, 420, ext.StatusCode)
	require.Equal(t, "gin", ext.GetHeader("Unsupported").Value())
	req := b.request(register{phone: "8001"}, "")
	req.SetSource("nonsense")
	require.Equal(t, 400, b.Handle(t.Context(), req).StatusCode)
	require.Equal(t, 400, b.Handle(t.Context(), b.request(register{phone: "8001"}, "Digest nonsense")).StatusCode)
	require.Empty(t, b.Snapshot())
}

func TestManyRegisterAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Changed = nil })
	done := make(chan struct{})
	for i := range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for j := range 50 {
				phone := strconv.Itoa(8000 + i*50 + j)
				now := b.clock.Now()
				b.mu.Lock()
				b.replace(phone, []Binding{{Phone: phone, Expires: now.Add(time.Minute), Flow: Flow{"tcp", netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(i))}}})
				b.mu.Unlock()
				b.Lookup(phone)
				b.Snapshot()
				b.Knows("tcp", netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(i)))
			}
			b.FlowClosed("tcp", netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(i)))
		}()
	}
	for range 8 {
		<-done
	}
	require.Empty(t, b.Snapshot())
	require.Zero(t, b.count)
}
