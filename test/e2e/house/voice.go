package house

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"yingda/internal/bench"
)

// Carrier is the loopback address that stands for the carrier's side: a trunk is known by its address, so phones, which
// are at 127.0.0.1, and the trunk must not share one.
const Carrier = "127.0.0.2"

// Lines is a running Yingda that takes calls, with a client of its administrator.
type Lines struct {
	*Yingda
	*API
	SIP, SIPTLS string // host:port; SIPTLS is "" without --sip-tls
	First, Last int    // ports of sound

	t       testing.TB
	centre  string
	args    []string
	manager *http.Client // with a Jar once signed in
}

// voiceSlot numbers the installations of this test process that take calls.
var voiceSlot atomic.Uint32

const (
	slotPorts = 1600 // ports of sound of one installation
	slots     = 6
)

// StartLines starts an installation that takes calls on loopback, on ports of its own.
func StartLines(t testing.TB, args ...string) *Lines {
	t.Helper()
	l := newLines(t, args)
	l.Restart()
	return l
}

// StartNode starts another process of an installation, which takes its calls, also over TLS with the certificate in the
// folder; web is the process whose pages are asked.
func StartNode(t testing.TB, web *Yingda, certificates string, args ...string) *Lines {
	t.Helper()
	l := newLines(t, args)
	l.SIPTLS = freeSIPAddress(t)
	l.args = append(l.args, "--roles", "voice", "--sip-tls", l.SIPTLS,
		"--tls-cert", filepath.Join(certificates, "server.crt"), "--tls-key", filepath.Join(certificates, "server.key"))
	l.Yingda = Launch(t, l.args...)
	l.Yingda.URL = strings.Replace(l.Yingda.URL, "http://", "https://", 1)
	l.Trust(filepath.Join(certificates, "ca.crt"))
	l.WaitReady()
	l.API = web.Client()
	l.findCentre()
	return l
}

func newLines(t testing.TB, args []string) *Lines {
	l := &Lines{t: t, manager: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}}
	t.Cleanup(l.manager.CloseIdleConnections)
	slot := int(uint32(os.Getpid())+voiceSlot.Add(1)) % slots
	l.First = 22400 + slot*slotPorts
	l.Last = l.First + slotPorts - 1
	l.SIP = freeSIPAddress(t)
	l.args = append([]string{"--sip", l.SIP, "--rtp-ports", fmt.Sprintf("%d-%d", l.First, l.Last)}, args...)
	return l
}

// Restart starts the program again with the same options; what ran before must have ended.
func (l *Lines) Restart() {
	l.t.Helper()
	l.Yingda = Start(l.t, l.args...)
	l.API = l.Yingda.Client()
	l.findCentre()
}

// findCentre remembers the centre of the whole installation.
func (l *Lines) findCentre() {
	l.t.Helper()
	var page struct{ Items []struct{ ID string } }
	l.get("/api/centres", &page)
	require.NotEmpty(l.t, page.Items)
	l.centre = page.Items[0].ID
}

// For gives the same lines to a test inside a test, whose failures are then its own.
func (l *Lines) For(t testing.TB) *Lines {
	own, api := *l, *l.API
	api.t, own.t, own.API = t, t, &api
	return &own
}

var sipPorts atomic.Uint32

// freeSIPAddress gives a loopback address whose port is free for UDP and TCP, below the ports that the system hands out.
func freeSIPAddress(t testing.TB) string {
	t.Helper()
	for range 500 {
		port := 10000 + int((uint32(os.Getpid())*8+sipPorts.Add(1))%3900)
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		u, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		tcp, err := net.Listen("tcp", address)
		_ = u.Close()
		if err == nil {
			_ = tcp.Close()
			return address
		}
	}
	require.FailNow(t, "no free port for SIP")
	return ""
}

// send makes a request and reads its answer.
func (a *API) send(method, path, kind string, body []byte, status int, into any) {
	a.t.Helper()
	request, err := a.visit.Request(context.Background(), method, path, bytes.NewReader(body))
	require.NoError(a.t, err)
	request.Header.Set("Content-Type", kind)
	answer, err := a.http.Do(request)
	require.NoError(a.t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(a.t, err)
	require.Equal(a.t, status, answer.StatusCode, "%s %s: %s", method, path, raw)
	if into != nil {
		require.NoError(a.t, json.Unmarshal(raw, into))
	}
}

func (a *API) create(path string, body map[string]any, into any) {
	a.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(a.t, err)
	a.send(http.MethodPost, path, "application/json", raw, http.StatusCreated, into)
}

// Prompt adds a prompt from a WAV file and gives its id.
func (l *Lines) Prompt(name string, wav []byte) string {
	l.t.Helper()
	var made struct{ ID string }
	query := url.Values{"name": {name}, "centre_id": {l.centre}}
	l.send(http.MethodPost, "/api/prompts?"+query.Encode(), "application/octet-stream", wav, http.StatusCreated, &made)
	return made.ID
}

// Number says what happens to a called number: act, and what the act needs.
func (l *Lines) Number(number, act string, with map[string]any) {
	l.t.Helper()
	body := map[string]any{
		"number": number, "match": "number", "name": number, "centre_id": l.centre, "act": act, "repeat": false, "cause": "", "disabled": false, "note": "",
	}
	for k, v := range with {
		body[k] = v
	}
	l.create("/api/number-actions", body, nil)
}

// Phone adds a desk phone and gives its id and the password that is shown once.
func (l *Lines) Phone(number string) (id, password string) {
	l.t.Helper()
	var made struct{ ID, Password string }
	l.create("/api/phones", map[string]any{
		"number": number, "display_name": number, "centre_id": l.centre, "staff_number": "", "disabled": false, "note": "",
	}, &made)
	require.NotEmpty(l.t, made.Password)
	return made.ID, made.Password
}

// Trunk adds a group with one trunk and gives the group's id. It returns when the lines know the trunk, and with it
// whatever was made before.
func (l *Lines) Trunk(code, host string) (group string) {
	l.t.Helper()
	var made struct{ ID string }
	l.create("/api/trunk-groups", map[string]any{"code": code, "name": code, "centre_id": l.centre, "note": ""}, &made)
	l.create("/api/trunks", map[string]any{
		"group_id": made.ID, "name": code, "hosts": []string{host}, "transport": "udp", "username": "", "register": false, "priority": 1, "weight": 1,
		"max_calls": 0, "codecs": []string{"PCMA", "PCMU"}, "inband_dtmf": false, "caller_header": "pai", "disabled": false, "note": "",
	}, nil)
	l.WaitTrunk(code, func(string) bool { return true })
	return made.ID
}

// WaitTrunk waits until the lines tell a state of the trunk that is wanted.
func (l *Lines) WaitTrunk(name string, wanted func(state string) bool) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		var page struct {
			Items []struct {
				Name   string
				Health struct {
					State string
					Nodes []struct{ Node string }
				}
			}
		}
		l.get("/api/trunks", &page)
		for _, t := range page.Items {
			if t.Name == name && len(t.Health.Nodes) > 0 && wanted(t.Health.State) {
				return true
			}
		}
		return false
	}, 20*time.Second, 50*time.Millisecond, "the trunk did not come up")
}

// WaitRegistered waits until a phone is registered at so many places.
func (l *Lines) WaitRegistered(id string, places int) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		var p struct{ Contacts []struct{ Contact string } }
		l.get("/api/phones/"+id, &p)
		return len(p.Contacts) == places
	}, 20*time.Second, 50*time.Millisecond, "the phone is not registered at %d places", places)
}

// CallWay is one direction of a call's sound.
type CallWay struct {
	Packets int64 `json:"packets"`
	Lost    int64 `json:"lost"`
	Late    int64 `json:"late"`
}

// EndedCall is a leg in the list of ended calls.
type EndedCall struct {
	ID, Conversation, Direction, Called, Caller, Trunk, Phone, Act, Codec string

	Result, Side, Reason string
	SIP, Q850            int
	TalkedMS             int64 `json:"talked_ms"`
	Recorded             bool
	Started, Ended       time.Time
	Quality              struct{ Receive, Send CallWay }
}

// How is the closed result of a call, in one text.
func (c EndedCall) How() string {
	return fmt.Sprintf("%s %s %s %d/%d", c.Result, c.Side, c.Reason, c.SIP, c.Q850)
}

// Calls gives the ended legs of a number, the oldest first, at most 200.
func (l *Lines) Calls(number string) []EndedCall {
	l.t.Helper()
	var page struct{ Items []EndedCall }
	l.get("/api/calls?limit=200&number="+url.QueryEscape(number), &page)
	list := make([]EndedCall, 0, len(page.Items))
	for i := range page.Items {
		list = append(list, page.Items[len(page.Items)-1-i])
	}
	return list
}

// WaitCalls waits until so many legs of a number have ended and are in the list.
func (l *Lines) WaitCalls(number string, n int) []EndedCall {
	l.t.Helper()
	var list []EndedCall
	require.Eventually(l.t, func() bool {
		list = l.Calls(number)
		return len(list) >= n
	}, 20*time.Second, 50*time.Millisecond, "not %d ended calls of %s", n, number)
	require.Len(l.t, list, n)
	return list
}

// LiveCalls tells how many legs have not ended.
func (l *Lines) LiveCalls() int {
	l.t.Helper()
	var live struct{ Total int }
	l.get("/api/live-calls", &live)
	return live.Total
}

// LiveConversation gives the conversation of the one leg in progress that came to a number.
func (l *Lines) LiveConversation(called string) string {
	l.t.Helper()
	var live struct {
		Items []struct{ Conversation, Called, Direction string }
	}
	l.get("/api/live-calls", &live)
	var found []string
	for _, c := range live.Items {
		if c.Called == called && c.Direction == "in" {
			found = append(found, c.Conversation)
		}
	}
	require.Len(l.t, found, 1, "%+v", live.Items)
	return found[0]
}

// LadderLine is one SIP message of a call.
type LadderLine struct {
	At        time.Time `json:"at"`
	Out       bool      `json:"out"`
	Transport string    `json:"transport"`
	Remote    string    `json:"remote"`
	FirstLine string    `json:"first_line"`
	CSeq      string    `json:"cseq"`
}

// Ladder gives the SIP messages of an ended leg.
func (l *Lines) Ladder(id string) []LadderLine {
	l.t.Helper()
	var out struct{ Messages []LadderLine }
	l.get("/api/calls/"+id+"/ladder", &out)
	return out.Messages
}

// Recording is what is kept of a conversation.
type Recording struct {
	ID         string
	DurationMS int64 `json:"duration_ms"`
	Cut        bool
	Dropped    int64
}

// Recordings gives those of a conversation.
func (l *Lines) Recordings(conversation string) []Recording {
	l.t.Helper()
	var page struct{ Items []Recording }
	l.get("/api/recordings?call_id="+conversation, &page)
	return page.Items
}

// WaitRecording waits for the one recording of a conversation.
func (l *Lines) WaitRecording(conversation string) Recording {
	l.t.Helper()
	var list []Recording
	require.Eventually(l.t, func() bool {
		list = l.Recordings(conversation)
		return len(list) > 0
	}, 30*time.Second, 100*time.Millisecond, "no recording of the conversation")
	require.Len(l.t, list, 1)
	return list[0]
}

// Sound downloads a recording as the WAV file that it is. The manager does: administrators may not hear recordings.
func (l *Lines) Sound(id string) []byte {
	l.t.Helper()
	if l.manager.Jar == nil {
		l.signInManager()
	}
	answer, err := l.manager.Get(l.URL + "/api/recordings/" + id + "/audio?purpose=technical&download=true")
	require.NoError(l.t, err)
	defer answer.Body.Close()
	wav, err := io.ReadAll(answer.Body)
	require.NoError(l.t, err)
	require.Equal(l.t, http.StatusOK, answer.StatusCode, "%.500s", wav)
	return wav
}

// signInManager takes the second of the first two people through the first sign-in: another password, a second factor.
func (l *Lines) signInManager() {
	l.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(l.t, err)
	l.manager.Jar = jar
	const starter, password = "Decide-Slowly-Once", "Decide-Slowly-Twice"
	var enrolled struct{ Secret string }
	l.managerAsks("/api/sign-in", map[string]string{"number": bench.ManagerNumber, "password": starter}, nil)
	l.managerAsks("/api/session/password", map[string]string{"password": starter, "new_password": password}, nil)
	l.managerAsks("/api/session/totp/enroll", map[string]string{"password": password}, &enrolled)
	code, err := totp.GenerateCode(enrolled.Secret, time.Now())
	require.NoError(l.t, err)
	l.managerAsks("/api/session/totp/confirm", map[string]string{"code": code}, nil)
}

func (l *Lines) managerAsks(path string, body map[string]string, into any) {
	l.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(l.t, err)
	answer, err := l.manager.Post(l.URL+path, "application/json", bytes.NewReader(raw))
	require.NoError(l.t, err)
	defer answer.Body.Close()
	raw, err = io.ReadAll(answer.Body)
	require.NoError(l.t, err)
	require.Less(l.t, answer.StatusCode, 300, "%s: %s", path, raw)
	if into != nil {
		require.NoError(l.t, json.Unmarshal(raw, into))
	}
}

// Sounding gives the ports of sound that the process holds now, as the kernel knows them.
func (l *Lines) Sounding() []int {
	l.t.Helper()
	own := map[string]bool{}
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", l.PID()))
	require.NoError(l.t, err)
	for _, link := range links {
		to, err := os.Readlink(link)
		if err == nil && strings.HasPrefix(to, "socket:[") {
			own[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	raw, err := os.ReadFile("/proc/net/udp")
	require.NoError(l.t, err)
	var ports []int
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line) // sl local rem st queues tr retr uid timeout inode ...
		if len(fields) < 10 || !own[fields[9]] {
			continue
		}
		_, text, _ := strings.Cut(fields[1], ":")
		port, err := strconv.ParseInt(text, 16, 32)
		if err == nil && int(port) >= l.First && int(port) <= l.Last {
			ports = append(ports, int(port))
		}
	}
	return ports
}

// WaitSilent waits until the process holds no port of sound any more: no call has left one behind.
func (l *Lines) WaitSilent() {
	l.t.Helper()
	var ports []int
	require.Eventually(l.t, func() bool {
		ports = l.Sounding()
		return len(ports) == 0
	}, 10*time.Second, 50*time.Millisecond, "ports of sound are still held")
}
