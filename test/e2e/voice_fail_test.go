package e2e

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
	"yingda/test/e2e/house"
)

// echoCall is a call over the trunk that hears its own tone.
func echoCall(ctx context.Context, t *testing.T, l *house.Lines, number string, hz float64) *carrier.Session {
	t.Helper()
	s, err := carrier.Dial(ctx, carrier.Call{
		To: number, Proxy: l.SIP, From: "13800138000", Local: netip.MustParseAddr(house.Carrier), Play: carrier.Tone(hz, 0),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // hung up by then, or its other side was killed
	h, err := s.Hear(ctx, 600*time.Millisecond)
	require.NoError(t, err)
	require.True(t, h.HasTone(hz), h.String())
	return s
}

// A process that is killed in the midst of calls leaves neither calls nor ports, and what was recorded can be heard.
func TestKillDuringCallsLeavesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.baresip(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := o.dial(ctx, t)
	echoCall(ctx, t, o.Lines, "7210", 700)
	hears(ctx, t, s, 2500*time.Millisecond, "443")
	conversation := o.LiveConversation("7201")
	require.Equal(t, 3, o.LiveCalls())
	require.NotEmpty(t, o.Sounding())
	o.Kill()

	o.Restart() // on the same ports
	require.Zero(t, o.LiveCalls())
	require.Empty(t, o.Sounding())
	o.WaitRegistered(o.desk.id, 0)
	r := o.WaitRecording(conversation)
	require.True(t, r.Cut, "the page says that the recording was cut")
	require.Greater(t, r.DurationMS, int64(1000), "what was spooled is there")
	left, right := stereo(t, o.Sound(r.ID))
	requireRecorded(t, left, farTone, "the customer")
	requireRecorded(t, right, deskTone, "the desk")
	require.InDelta(t, r.DurationMS, len(left)/8, 1)

	o.WaitTrunk("carrier", func(state string) bool { return state == "up" })
	o.baresip(t) // the phone is switched on again
	again := o.dial(ctx, t)
	hears(ctx, t, again, 600*time.Millisecond, "443")
	require.NoError(t, again.Bye(ctx))
	require.Equal(t, theyHungUp, o.WaitCalls("7201", 1)[0].How())
	require.Eventually(t, func() bool { return o.LiveCalls() == 0 }, 10*time.Second, 50*time.Millisecond, "calls are left")
	o.WaitSilent()
	o.Stop()
}

// branch is an installation of two processes: one for pages, one for calls, with an engine that can be cut off.
func newBranch(t *testing.T) (*house.Lines, *house.Cable, string) {
	t.Helper()
	engines := house.NewEngines(t)
	cable := engines.CableTo(t)
	certificates := t.TempDir()
	code, _, stderr := house.Run(t, nil, "tls", "init", "--dir", certificates, "--host", "127.0.0.1")
	require.Zero(t, code, stderr)
	dir := house.Dir(t)
	web := house.Start(t, append(engines.Args(), "--data-dir", dir, "--node", "pages", "--roles", "web,worker")...)
	web.Client()
	l := house.StartNode(t, web, certificates,
		append(engines.Args(), "--data-dir", house.Dir(t), "--node", "calls", "--secret-key", "file:"+filepath.Join(dir, "secret", "master.key"))...)
	return l, cable, certificates
}

func TestCallsOverTCPAndTLSAndWithoutDatabase(t *testing.T) {
	t.Parallel()
	l, cable, certificates := newBranch(t)
	desk8001 := line(l, "8001", "7301")
	for _, number := range []string{"7310", "7311", "7312", "7313"} {
		l.Number(number, "echo", nil)
	}
	l.Number("7319", "reject", map[string]any{"cause": "busy"})
	l.Trunk("carrier", house.Carrier)
	t.Run("yingda call", func(t *testing.T) { callByCommand(t, l.For(t), desk8001, certificates) })
	t.Run("the database is away", func(t *testing.T) { callWithoutDatabase(t, l.For(t), desk8001, cable) })
}

// callByCommand lets `yingda call` be the phone, over each way of SIP.
func callByCommand(t *testing.T, l *house.Lines, desk account, certificates string) {
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte(desk.password), 0o600))
	phone := []string{"--register", desk.number, "--password-file", password, "--json"}
	for number, way := range map[string][]string{
		"7310": {"--transport", "tcp", "--via", l.SIP},
		"7311": {"--transport", "tls", "--via", l.SIPTLS, "--tls-ca", filepath.Join(certificates, "ca.crt")},
	} {
		args := append(append([]string{"call", number, "--tone", "750", "--expect", "750", "--listen", "1200ms"}, phone...), way...)
		code, stdout, stderr := house.Run(t, nil, args...)
		require.Zero(t, code, stdout+stderr)
		var report struct {
			Answered bool
			Codec    string
			Heard    struct{ Packets, Lost int }
		}
		require.NoError(t, json.Unmarshal([]byte(stdout), &report))
		require.True(t, report.Answered)
		require.InDelta(t, 60, report.Heard.Packets, 12)
		require.Zero(t, report.Heard.Lost)
		c := l.WaitCalls(number, 1)[0]
		require.Equal(t, theyHungUp, c.How())
		require.Equal(t, "8001", c.Phone)
		ladder := l.Ladder(c.ID)
		require.Equal(t, "BYE", ladder[len(ladder)-2].FirstLine[:3])
		for _, m := range ladder {
			require.Equal(t, way[1], m.Transport, m.FirstLine)
		}
	}
	code, stdout, stderr := house.Run(t, nil, append([]string{"call", "7319", "--expect-status", "486", "--via", l.SIP, "--transport", "tcp"}, phone...)...)
	require.Zero(t, code, stdout+stderr)
	require.Equal(t, "busy ours busy 486/17", l.WaitCalls("7319", 1)[0].How())
	code, stdout, _ = house.Run(t, nil, "call", "7310", "--transport", "tls", "--via", l.SIPTLS, "--json")
	require.Equal(t, 1, code, "a certificate of an unknown authority is refused")
	require.Contains(t, stdout, "certificate")
}

// callWithoutDatabase: calls begin, go on and end while there is no database; a phone registers; the list has them all
// afterwards.
func callWithoutDatabase(t *testing.T, l *house.Lines, desk account, cable *house.Cable) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	before := echoCall(ctx, t, l, "7312", 600)
	cable.Cut()
	require.Eventually(t, func() bool { return !l.Reachable() }, 10*time.Second, 20*time.Millisecond, "the database is still there")
	for range 3 {
		s := echoCall(ctx, t, l, "7313", 650)
		require.NoError(t, s.Bye(ctx))
	}
	h := hears(ctx, t, before, 500*time.Millisecond, "600")
	require.Zero(t, h.Lost)
	require.NoError(t, before.Bye(ctx))
	phone, err := carrier.NewPhone(carrier.PhoneConfig{Registrar: l.SIP, User: desk.number, Password: desk.password, Play: playing(500)})
	require.NoError(t, err)
	require.NoError(t, phone.Start(ctx), "a phone registers")
	s, err := carrier.Dial(ctx, carrier.Call{To: "7301", Proxy: l.SIP, From: "13800138000", Local: netip.MustParseAddr(house.Carrier)})
	require.NoError(t, err)
	hears(ctx, t, s, 600*time.Millisecond, "500")
	require.NoError(t, s.Bye(ctx))
	require.NoError(t, phone.Stop(ctx))
	require.False(t, l.Reachable(), "the database came back too early")

	cable.Mend()
	require.Eventually(t, l.Reachable, 20*time.Second, 50*time.Millisecond, "the pages do not come back")
	for _, c := range append(l.WaitCalls("7313", 3), l.WaitCalls("7312", 1)[0], l.WaitCalls("7301", 1)[0]) {
		require.Equal(t, theyHungUp, c.How())
	}
	require.True(t, l.Calls("7301")[0].Recorded)
	l.WaitRecording(l.Calls("7301")[0].Conversation)
}
