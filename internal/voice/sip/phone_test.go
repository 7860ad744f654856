package sip_test

import (
	"context"
	"strings"
	"testing"
	"time"

	icholy "github.com/icholy/digest"
	"github.com/stretchr/testify/require"

	"yingda/internal/voice/ending"
	"yingda/internal/voice/sip"
	"yingda/internal/voice/sip/digest"
	"yingda/internal/voice/sip/trunk"
	"yingda/internal/voice/sip/wire"
)

// passwords gives every phone but "0" the password "p" and its number.
type passwords struct{}

func (passwords) HA1(_ context.Context, user, realm, algorithm string) (string, bool, error) {
	if user == "0" {
		return "", false, nil
	}
	return digest.HA1(algorithm, user, realm, "p"+user), true, nil
}

func withPhones(cfg *sip.Config) {
	cfg.Anybody, cfg.Credentials = false, passwords{}
	cfg.Guard = wire.GuardConfig{Stranger: wire.Rate{PerSecond: 1000, Burst: 1000}}
}

// authorized answers a challenge of the agent's.
func authorized(t testing.TB, challenge text, method, uri, user, password string) string {
	t.Helper()
	for _, v := range challenge.all("www-authenticate") {
		c, err := icholy.ParseChallenge(v)
		require.NoError(t, err)
		credentials, err := icholy.Digest(c, icholy.Options{Method: method, URI: uri, Username: user, Password: password, Count: 1})
		require.NoError(t, err)
		return "Authorization: " + credentials.String()
	}
	require.FailNow(t, "no challenge")
	return ""
}

// register makes the peer a contact of a phone.
func (p *peer) register(user string) {
	p.t.Helper()
	uri := "sip:" + p.to.String()
	send := func(seq, extra string) {
		p.send("REGISTER " + uri + " SIP/2.0\nVia: SIP/2.0/UDP " + p.address().String() + ";branch=" + branch() + ";rport\nMax-Forwards: 70\n" +
			"From: <sip:" + user + "@x>;tag=" + p.tag + "\nTo: <sip:" + user + "@x>\nCall-ID: reg" + p.tag + "\nCSeq: " + seq + " REGISTER\n" +
			"Contact: <sip:" + user + "@" + p.address().String() + ">\nExpires: 300\n" + extra)
	}
	send("1", "")
	challenge := p.expect("401", "REGISTER")
	send("2", authorized(p.t, challenge, "REGISTER", uri, user, "p"+user)+"\n")
	p.expect("200", "REGISTER")
}

func TestAPhoneRingsAtAllItsContacts(t *testing.T) {
	t.Parallel()
	n := newNode(t, withPhones)
	desk, soft := newPeer(t, n.address("udp")), newPeer(t, n.address("udp"))
	desk.register("8001")
	soft.register("8001")
	d := dial(t, n, sip.Call{Phone: "8001", From: sip.Identity{Number: "13900000001"}})
	atDesk, atSoft := desk.expect("INVITE sip:8001@", "INVITE"), soft.expect("INVITE sip:8001@", "INVITE")
	require.NotEqual(t, atDesk.header("call-id"), atSoft.header("call-id"))
	soft.reply(atSoft, "180 Ringing", "", "")
	desk.reply(atDesk, "180 Ringing", "", "")
	require.Eventually(t, func() bool { return n.Stats().Wire.Received >= 6 }, quick, time.Millisecond)
	desk.reply(atDesk, "200 OK", "", sdpBody(4000))
	desk.expect("ACK ", "ACK")
	cancel := soft.expect("CANCEL ", "CANCEL")
	require.Equal(t, `SIP;cause=200;text="Call completed elsewhere"`, cancel.header("reason"))
	soft.reply(cancel, "200 OK", "", "")
	soft.reply(atSoft, "487 Request Terminated", "", "")
	soft.expect("ACK ", "ACK")
	l, err := d.wait(t)
	require.NoError(t, err)
	require.Equal(t, "8001", l.Phone())
	require.Empty(t, l.Trunk())
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	desk.reply(desk.expect("BYE ", "BYE"), "200 OK", "", "")
}

// Both contacts answer at once: one call stays, the other is hung up.
func TestTwoContactsThatAnswerGiveOneCall(t *testing.T) {
	t.Parallel()
	n := newNode(t, withPhones)
	contacts := []*peer{newPeer(t, n.address("udp")), newPeer(t, n.address("udp"))}
	for _, p := range contacts {
		p.register("8001")
	}
	d := dial(t, n, sip.Call{Phone: "8001"})
	invites := []text{contacts[0].expect("INVITE ", "INVITE"), contacts[1].expect("INVITE ", "INVITE")}
	for i, p := range contacts {
		p.reply(invites[i], "200 OK", "", sdpBody(4000+i))
	}
	for _, p := range contacts {
		p.expect("ACK ", "ACK")
	}
	l, err := d.wait(t)
	require.NoError(t, err)
	won := l.Remote().Media[0].Port - 4000
	loser := contacts[1-won]
	loser.reply(loser.expect("BYE ", "BYE"), "200 OK", "", "")
	require.Zero(t, contacts[won].count("BYE", "BYE"))
	require.EqualValues(t, 1, n.Stats().Calls)
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	contacts[won].reply(contacts[won].expect("BYE ", "BYE"), "200 OK", "", "")
}

func TestAllContactsFailingGiveTheBestReason(t *testing.T) {
	t.Parallel()
	n := newNode(t, withPhones)
	a, b := newPeer(t, n.address("udp")), newPeer(t, n.address("udp"))
	a.register("8001")
	b.register("8001")
	d := dial(t, n, sip.Call{Phone: "8001"})
	a.reply(a.expect("INVITE ", "INVITE"), "486 Busy Here", "", "")
	b.reply(b.expect("INVITE ", "INVITE"), "500 Oops", "", "")
	require.Equal(t, ending.BusyReason, d.ending(t).Reason)
}

func TestPhonesProveThemselvesToCall(t *testing.T) {
	t.Parallel()
	n := newNode(t, withPhones)
	p := newPeer(t, n.address("udp"))
	d := p.newDialog("10010")
	d.invite("", sdpBody(4000))
	challenge := d.refused("401")
	require.NotEmpty(t, challenge.header("www-authenticate"))
	d.inviteBranch = branch()
	d.invite(authorized(t, challenge, "INVITE", d.target, "8001", "wrong"), sdpBody(4000))
	challenge = d.refused("401")
	d.inviteBranch = branch()
	d.invite(authorized(t, challenge, "INVITE", d.target, "8001", "p8001"), sdpBody(4000))
	l := incoming(t, n)
	require.Equal(t, "8001", l.Phone())
	require.Equal(t, sip.Identity{Number: "8001", Host: "127.0.0.1", Asserted: true}, l.Caller(), "not what From says")
	require.NoError(t, l.Refuse(t.Context(), ending.BusyReason))
	require.Equal(t, "Q.850;cause=17", d.refused("486").header("reason"))
	require.Equal(t, ending.Busy, l.Ending().Result)
	require.Eventually(t, func() bool { return n.Stats().Calls == 0 }, quick, time.Millisecond)

	closed := newNode(t, func(cfg *sip.Config) { cfg.Anybody = false })
	d = newPeer(t, closed.address("udp")).newDialog("10010")
	d.invite("", sdpBody(4000))
	d.refused("403")
}

// A phone behind NAT writes an address into its Contact that nobody can reach: requests go to the flow.
func TestRequestsToAPhoneFollowItsFlow(t *testing.T) {
	t.Parallel()
	n := newNode(t, withPhones)
	p := newPeer(t, n.address("udp"))
	d := p.newDialog("10010")
	d.invite("", sdpBody(4000))
	challenge := d.refused("401")
	d.inviteBranch = branch()
	d.seq++
	p.send(strings.Replace(d.with("INVITE", d.seq, d.inviteBranch, "Content-Type: application/sdp\n"+authorized(t, challenge, "INVITE", d.target, "8001", "p8001"), sdpBody(4000)),
		"Contact: <sip:peer@"+p.address().String(), "Contact: <sip:peer@192.0.2.55:5060", 1))
	l := incoming(t, n)
	require.NoError(t, l.Answer(t.Context(), answerTo(t, l.Remote(), 30000)))
	d.established()
	d.ack()
	next[sip.Answered](t, l)
	require.NoError(t, l.Hang(t.Context(), ending.Normal))
	bye := p.expect("BYE sip:peer@192.0.2.55:5060", "BYE")
	p.reply(bye, "200 OK", "", "")
}

func TestTellsWhoCallsAndWhence(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(cfg *sip.Config) { cfg.Anybody = false })
	p := newPeer(t, n.address("udp"))
	for _, c := range []struct {
		from   trunk.CallerIDFrom
		extra  string
		caller sip.Identity
		away   []sip.Diversion
	}{
		{trunk.FromPAI, "", sip.Identity{Number: "13800000002", Host: "127.0.0.1"}, nil},
		{
			trunk.FromPAI, "P-Asserted-Identity: \"Li, Lei\" <sip:+8613900000009@ims.example;user=phone>, <tel:+861>\nPrivacy: id; critical",
			sip.Identity{Number: "+8613900000009", Name: "Li, Lei", Host: "ims.example", Withheld: true, Asserted: true}, nil,
		},
		{trunk.FromFrom, "P-Asserted-Identity: <tel:+8613900000009>", sip.Identity{Number: "13800000002", Host: "127.0.0.1"}, nil},
		{trunk.FromPAI, "P-Asserted-Identity: <tel:+8613900000009;cpc=ordinary>", sip.Identity{Number: "+8613900000009", Asserted: true}, nil},
		{
			trunk.FromRPID, "Remote-Party-ID: <sip:139@x>;party=calling;privacy=full",
			sip.Identity{Number: "139", Host: "x", Withheld: true, Asserted: true}, nil,
		},
		{
			trunk.FromPAI, "Diversion: <sip:2@x>;reason=no-answer;counter=2, \"x,y\" <tel:+861>;reason=user-busy\nDiversion: <sip:3@x>;reason=whatever",
			sip.Identity{Number: "13800000002", Host: "127.0.0.1"},
			[]sip.Diversion{{"2", "no_answer", 2}, {"+861", "busy", 1}, {"3", "unknown", 1}},
		},
		{
			trunk.FromPAI, "History-Info: <sip:1@x>;index=1, <sip:2@x;cause=302>;index=1.1\nHistory-Info: <sip:10010@x;cause=486>;index=1.1.1",
			sip.Identity{Number: "13800000002", Host: "127.0.0.1"}, []sip.Diversion{{"2", "busy", 1}, {"1", "unconditional", 1}},
		},
	} {
		n.trunks.Apply([]trunk.Trunk{{ID: trunkID, Name: "c", Hosts: []string{p.address().String()}, Transport: trunk.UDP, CallerIDFrom: c.from}})
		d := p.newDialog("10010")
		d.invite(c.extra, sdpBody(4000))
		l := incoming(t, n)
		require.Equal(t, c.caller, l.Caller(), c.extra)
		require.Equal(t, c.away, l.Diverted(), c.extra)
		require.Equal(t, "c", l.Trunk())
		require.NoError(t, l.Refuse(t.Context(), ending.NotFound))
		d.refused("404")
	}
}

func TestTellsWhatWasDialled(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	p := newPeer(t, n.address("udp"))
	at := p.to.String()
	for _, c := range []struct{ target, extra, want string }{
		{"sip:%2B8610010@" + at, "", "+8610010"},
		{"sip:10010;phone-context=+86@" + at, "", "10010"},
		{"tel:+8610010;npdi", "", "+8610010"},
		{"sip:" + at, "P-Called-Party-ID: <sip:10011@x>", "10011"},
		{"sip:" + at, "History-Info: <sip:1@x>;index=1, <sip:10012@x>;index=1.1", "10012"},
		{"sip:" + at, "", "10013"},
	} {
		d := p.newDialog("10010")
		d.target, d.remote = c.target, "<sip:10013@x>"
		d.invite(c.extra, sdpBody(4000))
		l := incoming(t, n)
		require.Equal(t, c.want, l.Called(), c.target)
		require.NoError(t, l.Hang(t.Context(), ending.Normal))
		d.refused("480")
		require.Equal(t, ending.Rejected, l.Ending().Result)
	}
}

func TestATrunkHasItsOwnLimit(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	p := newPeer(t, n.address("udp"))
	n.trunks.Apply([]trunk.Trunk{{ID: trunkID, Name: "c", Group: "out", Hosts: []string{p.address().String()}, Transport: trunk.UDP, MaxCalls: 1}})
	d := p.newDialog("10010")
	d.invite("", sdpBody(4000))
	l := incoming(t, n)
	second := p.newDialog("10010")
	second.invite("", sdpBody(4000))
	second.refused("503")
	require.Equal(t, ending.Failed, dial(t, n, sip.Call{}).ending(t).Result)
	require.NoError(t, l.Refuse(t.Context(), ending.BusyReason))
	d.refused("486")
	third := p.newDialog("10010")
	third.invite("", sdpBody(4000))
	require.NoError(t, incoming(t, n).Refuse(t.Context(), ending.BusyReason))
	third.refused("486")
}

// On one machine phones and trunks share an address: who registered by a flow is a phone.
func TestARegisteredFlowIsAPhoneEvenAtATrunksAddress(t *testing.T) {
	t.Parallel()
	n := newNode(t, withPhones)
	p, carrier := newPeer(t, n.address("udp")), newPeer(t, n.address("udp"))
	n.to(trunk.UDP, carrier.address())
	p.register("8001")
	d := p.newDialog("10010")
	d.invite("", sdpBody(4000))
	challenge := d.refused("401")
	d.inviteBranch = branch()
	d.invite(authorized(t, challenge, "INVITE", d.target, "8001", "p8001"), sdpBody(4000))
	l := incoming(t, n)
	require.Equal(t, "8001", l.Phone())
	require.NoError(t, l.Refuse(t.Context(), ending.BusyReason))
	d.refused("486")
	d = carrier.newDialog("10010")
	d.invite("", sdpBody(4000))
	l = incoming(t, n)
	require.Equal(t, "carrierA", l.Trunk())
	require.NoError(t, l.Refuse(t.Context(), ending.BusyReason))
	d.refused("486")
}
