package recording_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sdp"
)

// victimDir names the directory of a process that records until it is killed.
const victimDir = "YINGDA_TEST_RECORDING_VICTIM"

// victim records a call in real time and says how far the journal has come.
func victim(dir string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
	}
	ring, err := secret.Load(ctx, secret.Config{Dir: filepath.Join(dir, "secret"), Clock: clock.System(), Logger: slog.New(slog.DiscardHandler)})
	fail(err)
	s := recording.NewService(recording.Config{Ring: ring, Spool: filepath.Join(dir, "spool"), Every: 200 * time.Millisecond})
	fail(s.Recording().Start(ctx))
	began := time.Now()
	r, err := s.Begin(ctx, recording.Start{Call: uuid.New(), Customer: privacy.Phone("+8613812345678"), Began: began})
	fail(err)
	path := filepath.Join(dir, "spool", r.ID().String()+".journal")
	seen := int64(0)
	for source := (rhythm{began: began}); ; {
		i := source.next()
		at, place := time.Duration(i)*tick, i*samples
		r.Audio(true, 7, uint32(place), began.Add(at), sdp.PCMA, voice(0, place, samples))
		r.Audio(false, 8, uint32(place), began.Add(at), sdp.PCMA, voice(1, place, samples))
		if info, err := os.Stat(path); err == nil && info.Size() > seen {
			seen = info.Size()
			fmt.Println("written", r.ID(), at.Milliseconds())
		}
	}
}

// TestKilledProcessLeavesARecordingThatPlays is the promise of the journal: after kill -9 the next start stores what was
// there until less than a writing interval before.
func TestKilledProcessLeavesARecordingThatPlays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), victimDir+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	var id string
	fed := 0
	lines := bufio.NewScanner(out)
	for fed < 1500 && lines.Scan() {
		words := strings.Fields(lines.Text())
		require.Equal(t, "written", words[0], lines.Text())
		id = words[1]
		fed, err = strconv.Atoi(words[2])
		require.NoError(t, err)
	}
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())

	s := setup(t)
	cfg := s.config
	cfg.Spool, cfg.Ring = filepath.Join(dir, "spool"), loadRing(t, filepath.Join(dir, "secret"))
	again := s.start(t, cfg)
	require.NoError(t, again.Settle(t.Context()))
	list, err := again.List(manager(t), recording.Filter{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	r := list[0]
	require.Equal(t, id, r.ID.String())
	require.True(t, r.Cut)
	require.Equal(t, "+86138****5678", r.Customer)
	require.GreaterOrEqual(t, r.Duration.Milliseconds(), int64(fed-220), "what was said to be written is there")
	_, left, right := s.hear(t, again, r.ID)
	require.Len(t, left, int(r.Duration.Milliseconds()*8))
	require.Equal(t, voice(0, 0, len(left)), left)
	require.Equal(t, voice(1, 0, len(right)), right)
}
