package registrar

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/sip/wire"
)

// watched is the order of what was seen on the network.
type watched struct {
	mu    sync.Mutex
	lines []string
}

func (w *watched) trace(m wire.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, m.Network+" "+string(m.Direction)+" "+strings.Fields(m.FirstLine())[0]+" "+strings.Fields(m.FirstLine())[1])
}

// TestBaresipRegistersOverUDPAndTCP lets a phone that is not ours register at the whole chain: sockets, checks,
// guard with its ordinary limits, digest, registrar.
func TestBaresipRegistersOverUDPAndTCP(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("baresip")
	require.NoError(t, err, "scripts/setup-test.sh installs it")
	changes := make(chan string, 100)
	reg := New(Config{Realm: realm, Clock: clock.System(), Credentials: &passwords{}, Changed: func(phone string, on bool) {
		changes <- fmt.Sprint(phone, " ", on)
	}})
	seen := &watched{}
	w := wire.New(wire.Config{Clock: clock.System(), Logger: slog.New(slog.DiscardHandler), Trace: seen.trace, Closed: reg.FlowClosed})
	anywhere := netip.MustParseAddrPort("127.0.0.1:0")
	require.NoError(t, w.Listen(t.Context(), []wire.Listen{{Network: "udp", Address: anywhere}, {Network: "tcp", Address: anywhere}}))
	layer := sip.NewTransportLayer(nil, wire.NewParser(), nil)
	tx := sip.NewTransactionLayer(layer)
	tx.OnRequest(func(req *sip.Request, tx *sip.ServerTx) {
		_ = tx.Respond(reg.Handle(context.Background(), req))
		tx.TerminateGracefully()
	})
	w.Serve(layer)
	t.Cleanup(func() {
		tx.Close()
		require.NoError(t, w.Stop(context.WithoutCancel(t.Context())))
		_ = layer.Close()
	})

	dir := t.TempDir()
	account := func(phone, network, password string) string {
		return fmt.Sprintf("<sip:%s@%s;transport=%s>;auth_pass=%s;regint=600\n", phone, w.Addresses(network)[0], network, password)
	}
	write(t, dir, "accounts", account("8001", "udp", "pw8001")+account("8002", "tcp", "pw8002")+account("8003", "udp", "wrong"))
	write(t, dir, "config", "module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule_app account.so\nmodule_app menu.so\n")
	cmd := exec.CommandContext(t.Context(), program, "-f", dir)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	require.NoError(t, cmd.Start())
	on := map[string]bool{<-changes: true, <-changes: true}
	require.Equal(t, map[string]bool{"8001 true": true, "8002 true": true}, on)

	require.Empty(t, reg.Lookup("8003"))
	phone := reg.Lookup("8001")[0]
	require.Equal(t, "udp", phone.Flow.Network)
	require.Contains(t, phone.UserAgent, "baresip")
	require.Greater(t, time.Until(phone.Expires), 9*time.Minute)
	require.True(t, reg.Knows("udp", phone.Flow.Source))
	require.Equal(t, "tcp", reg.Lookup("8002")[0].Flow.Network)

	require.NoError(t, cmd.Process.Signal(os.Interrupt)) // it takes its bindings away
	off := map[string]bool{<-changes: true, <-changes: true}
	require.Equal(t, map[string]bool{"8001 false": true, "8002 false": true}, off)
	_ = cmd.Wait()
	require.Empty(t, reg.Snapshot())
	seen.mu.Lock()
	defer seen.mu.Unlock()
	require.Contains(t, seen.lines, "udp out SIP/2.0 401")
	require.Contains(t, seen.lines, "tcp out SIP/2.0 200")
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}
