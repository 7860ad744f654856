package sip_test

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// peer is a party that speaks by hand-written packets: what it sends is what the test says, so that
// order, repetition and defects are in its hands.
type peer struct {
	t    testing.TB
	conn *net.UDPConn
	to   netip.AddrPort
	tag  string

	mu     sync.Mutex
	unread []text
	got    chan struct{}
}

// text is one message as it came.
type text struct {
	first   string
	headers []string // "name: value", name in lower case
	body    string
}

func (m text) header(name string) string {
	for _, h := range m.headers {
		if v, ok := strings.CutPrefix(h, strings.ToLower(name)+": "); ok {
			return v
		}
	}
	return ""
}

func (m text) all(name string) (list []string) {
	for _, h := range m.headers {
		if v, ok := strings.CutPrefix(h, strings.ToLower(name)+": "); ok {
			list = append(list, v)
		}
	}
	return list
}

func (m text) toTag() string {
	_, tag, _ := strings.Cut(m.header("to"), ";tag=")
	return tag
}

func (m text) fromTag() string {
	_, tag, _ := strings.Cut(m.header("from"), ";tag=")
	return tag
}

func (m text) cseq() (number int, method string) {
	n, method, _ := strings.Cut(m.header("cseq"), " ")
	number, _ = strconv.Atoi(n)
	return number, method
}

func (m text) contact() string {
	v := m.header("contact")
	v = v[strings.Index(v, "<")+1:]
	return v[:strings.Index(v, ">")]
}

func newPeer(t testing.TB, to netip.AddrPort) *peer {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	p := &peer{t: t, conn: conn, to: to, tag: fmt.Sprintf("p%d", conn.LocalAddr().(*net.UDPAddr).Port), got: make(chan struct{}, 1)}
	var wg sync.WaitGroup
	wg.Go(p.read)
	t.Cleanup(func() { _ = conn.Close(); wg.Wait() })
	return p
}

func (p *peer) address() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (p *peer) read() {
	buf := make([]byte, 65536)
	for {
		n, _, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		head, body, _ := strings.Cut(string(buf[:n]), "\r\n\r\n")
		lines := strings.Split(head, "\r\n")
		m := text{first: lines[0], body: body}
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ":")
			m.headers = append(m.headers, strings.ToLower(name)+": "+strings.TrimSpace(value))
		}
		p.mu.Lock()
		p.unread = append(p.unread, m)
		p.mu.Unlock()
		select {
		case p.got <- struct{}{}:
		default:
		}
	}
}

// find takes the first unread message for which want is true out, within a time.
func (p *peer) find(limit time.Duration, want func(text) bool) (text, bool) {
	end := time.After(limit)
	for {
		p.mu.Lock()
		for i, m := range p.unread {
			if want(m) {
				p.unread = append(p.unread[:i:i], p.unread[i+1:]...)
				p.mu.Unlock()
				return m, true
			}
		}
		p.mu.Unlock()
		select {
		case <-p.got:
		case <-end:
			return text{}, false
		}
	}
}

// expect waits for a message whose first line contains the text, with that CSeq method ("" for any).
func (p *peer) expect(first, method string) text {
	p.t.Helper()
	m, ok := p.find(quick, func(m text) bool {
		_, of := m.cseq()
		return strings.Contains(m.first, first) && (method == "" || of == method)
	})
	if !ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		var seen []string
		for _, u := range p.unread {
			seen = append(seen, u.first+" / "+u.header("cseq"))
		}
		require.FailNow(p.t, "not received", "%q for %q; unread: %q", first, method, seen)
	}
	return m
}

// count tells how many unread messages match now.
func (p *peer) count(first, method string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, m := range p.unread {
		if _, of := m.cseq(); strings.Contains(m.first, first) && of == method {
			n++
		}
	}
	return n
}

// send sends a message written with line feeds; Content-Length is added.
func (p *peer) send(message string) {
	p.t.Helper()
	head, body, _ := strings.Cut(strings.TrimLeft(message, "\n"), "\n\n")
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n")
	head = strings.ReplaceAll(strings.TrimRight(head, "\n"), "\n", "\r\n")
	_, err := p.conn.WriteToUDPAddrPort([]byte(head+"\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body), p.to)
	require.NoError(p.t, err)
}

// dialog is a call between the peer and the agent under test, as the peer knows it.
type dialog struct {
	p             *peer
	id            string
	local, remote string // From and To values with tags, as the peer sends them
	target        string
	seq           int
	inviteBranch  string
	answer        text
}

var branches struct {
	sync.Mutex
	n int
}

func branch() string {
	branches.Lock()
	defer branches.Unlock()
	branches.n++
	return "z9hG4bK-test-" + strconv.Itoa(branches.n)
}

func sdpBody(port int, more ...string) string {
	lines := []string{"v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio " + strconv.Itoa(port) + " RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"}
	return strings.Join(append(lines, more...), "\n") + "\n"
}

// newDialog begins a call to a number; nothing is sent yet.
func (p *peer) newDialog(number string) *dialog {
	b := branch()
	target := "sip:" + number + "@" + p.to.String()
	return &dialog{
		p: p, id: "call" + b, local: "<sip:13800000002@127.0.0.1>;tag=" + p.tag, remote: "<" + target + ">", target: target, inviteBranch: b,
	}
}

// request writes a request inside the dialog with the CSeq given.
func (d *dialog) request(method string, seq int, extra, body string) string {
	return d.with(method, seq, branch(), extra, body)
}

func (d *dialog) with(method string, seq int, branch, extra, body string) string {
	if extra != "" {
		extra = strings.TrimSpace(extra) + "\n"
	}
	return method + " " + d.target + " SIP/2.0\nVia: SIP/2.0/UDP " + d.p.address().String() + ";branch=" + branch + ";rport\n" +
		"Max-Forwards: 70\nFrom: " + d.local + "\nTo: " + d.remote + "\nCall-ID: " + d.id + "\nCSeq: " + strconv.Itoa(seq) + " " + method + "\n" +
		"Contact: <sip:peer@" + d.p.address().String() + ">\n" + extra + "\n" + body
}

// next sends the next request inside the dialog.
func (d *dialog) next(method, extra, body string) {
	d.p.t.Helper()
	d.seq++
	d.p.send(d.request(method, d.seq, extra, body))
}

func (d *dialog) invite(extra, body string) {
	d.p.t.Helper()
	d.seq++
	if body != "" {
		extra = "Content-Type: application/sdp\n" + extra
	}
	d.p.send(d.with("INVITE", d.seq, d.inviteBranch, extra, body))
}

// established takes the 200 to the INVITE into the dialog.
func (d *dialog) established() {
	d.p.t.Helper()
	d.answer = d.p.expect("200", "INVITE")
	d.remote, d.target = d.answer.header("to"), d.answer.contact()
}

func (d *dialog) ack() { d.p.send(d.request("ACK", d.seq, "", "")) }

// refused acknowledges a refusal of the INVITE and gives it.
func (d *dialog) refused(status string) text {
	d.p.t.Helper()
	m := d.p.expect(status, "INVITE")
	d.p.send(d.withTo("ACK", m.header("to")))
	return m
}

func (d *dialog) withTo(method, to string) string {
	was := d.remote
	d.remote = to
	defer func() { d.remote = was }()
	return d.with(method, d.seq, d.inviteBranch, "", "")
}

// reply answers a request of the agent's.
func (p *peer) reply(to text, status, extra, body string) {
	p.t.Helper()
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\n")
	for _, name := range []string{"via", "record-route", "from", "to", "call-id", "cseq"} {
		for _, v := range to.all(name) {
			if name == "to" && !strings.Contains(v, ";tag=") && !strings.HasPrefix(status, "100") {
				v += ";tag=" + p.tag
			}
			b.WriteString(name + ": " + v + "\n")
		}
	}
	b.WriteString("Contact: <sip:peer@" + p.address().String() + ">\n")
	if body != "" {
		b.WriteString("Content-Type: application/sdp\n")
	}
	if extra != "" {
		b.WriteString(strings.TrimSpace(extra) + "\n")
	}
	p.send(b.String() + "\n" + body)
}

// called makes the peer's view of a dialog that the agent began by the INVITE given.
func (p *peer) called(invite text) *dialog {
	return &dialog{
		p: p, id: invite.header("call-id"), local: invite.header("to") + ";tag=" + p.tag, remote: invite.header("from"), target: invite.contact(), seq: 100,
	}
}
