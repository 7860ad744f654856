package bus_test

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

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// childDir, when set, makes the test binary a process that appends to a stream in that directory until it is killed.
const childDir = "BUS_TEST_CHILD_DIR"

// childBreaks, when set, makes the child forbid itself fsync.
const childBreaks = "BUS_TEST_CHILD_BREAKS"

// childWithoutSync is set where the kernel can be told to refuse fsync.
var childWithoutSync func(ctx context.Context, b *bus.Bus, synced *bus.Stream) int

// child prints each sequence after it was acknowledged.
func child(dir string) int {
	ctx := context.Background()
	b, err := bus.Open(ctx, bus.Config{StoreDir: dir, Logger: slog.New(slog.DiscardHandler), Clock: clock.System()})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s, err := b.Stream(ctx, bus.StreamConfig{Name: "journal", Subjects: []string{"journal.>"}, SyncAlways: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if os.Getenv(childBreaks) != "" {
		return childWithoutSync(ctx, b, s)
	}
	last, err := s.Last(ctx)
	for err == nil {
		last, err = s.Append(ctx, "journal.a", "id"+strconv.FormatUint(last, 10), []byte(strconv.FormatUint(last+1, 10)))
		fmt.Println(last)
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// runChild starts the process; the test ends it.
func runChild(t *testing.T, dir string, extra ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), childDir+"="+dir), extra...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

func TestEveryAcknowledgedMessageSurvivesKill(t *testing.T) {
	t.Parallel()
	c := bustest.Config(t)
	acknowledged := 0
	for round := range 4 {
		cmd, lines := runChild(t, c.StoreDir)
		for range 150 + 37*round {
			require.True(t, lines.Scan())
		}
		if round == 0 {
			_, err := bus.Open(t.Context(), c)
			f, ok := fault.As(err)
			require.True(t, ok)
			require.Equal(t, "bus.store_in_use", f.Code)
			require.Contains(t, f.Message, strconv.Itoa(cmd.Process.Pid))
		}
		require.NoError(t, cmd.Process.Kill())
		for ok := true; ok; ok = lines.Scan() { // what it had printed by then
			n, err := strconv.Atoi(lines.Text())
			require.NoError(t, err)
			acknowledged = n
		}
		_ = cmd.Wait() // "killed"
	}

	s := journal(t, bustest.Open(t, c), func(c *bus.StreamConfig) { c.SyncAlways = true })
	count := 0
	_, err := s.Read(t.Context(), 1, func(_ context.Context, m bus.Message) error {
		count++
		require.EqualValues(t, count, m.Sequence)
		require.Equal(t, strconv.Itoa(count), string(m.Data))
		return nil
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, count, acknowledged)
	require.LessOrEqual(t, count, acknowledged+4, "at most one unacknowledged message a kill")
	t.Logf("acknowledged %d, found %d", acknowledged, count)
}

func TestSecondUserOfADirectoryIsRefused(t *testing.T) {
	t.Parallel()
	c := bustest.Config(t)
	b := bustest.Open(t, c)
	_, err := bus.Open(t.Context(), c)
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "bus.store_in_use", f.Code)
	require.Contains(t, f.Message, strconv.Itoa(os.Getpid()))
	bustest.Stop(t, b)
	bustest.Open(t, c)
}

func TestDirectoryThatCannotBeWrittenIsAClearFault(t *testing.T) {
	t.Parallel()
	file := bustest.Config(t)
	require.NoError(t, os.WriteFile(filepath.Join(file.StoreDir, "nats"), nil, 0o600))
	full := bustest.Config(t)
	require.NoError(t, os.Mkdir(filepath.Join(full.StoreDir, "nats"), 0o700))
	require.NoError(t, os.Symlink("/dev/full", filepath.Join(full.StoreDir, "nats", ".probe"))) // every write: no space left
	for _, c := range []bus.Config{file, full} {
		_, err := bus.Open(t.Context(), c)
		f, ok := fault.As(err)
		require.True(t, ok, "%v", err)
		require.Equal(t, "bus.store_cannot_write", f.Code)
		require.Contains(t, f.Message, c.StoreDir)
		require.NotEmpty(t, f.Remedy)
	}
}

func TestDiskThatFillsLaterIsShown(t *testing.T) {
	t.Parallel()
	c := bustest.Config(t)
	b := bustest.Open(t, c)
	require.Empty(t, codes(t, b))
	probe := filepath.Join(c.StoreDir, "nats", ".probe")
	require.NoError(t, os.Symlink("/dev/full", probe))
	require.Equal(t, []string{"bus.store_cannot_write"}, codes(t, b))
	require.Empty(t, codes(t, b), "space is free again")
}

func TestDamagedStreamIsAClearFault(t *testing.T) {
	t.Parallel()
	c := bustest.Config(t)
	b := bustest.Open(t, c)
	fill(t, journal(t, b, nil), 0, 10)
	bustest.Stop(t, b)
	meta := filepath.Join(c.StoreDir, "nats", "jetstream", "$G", "streams", "journal", "meta.inf")
	whole, err := os.ReadFile(meta)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(meta, []byte(strings.ToUpper(string(whole))), 0o600))

	_, err = bus.Open(t.Context(), c)
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "bus.store_corrupt", f.Code)
	require.Contains(t, f.Message, "journal")
	require.Contains(t, f.Remedy, filepath.Dir(meta))

	require.NoError(t, os.WriteFile(meta, whole, 0o600))
	b = bustest.Open(t, c)
	last, err := journal(t, b, nil).Last(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 10, last)
}

func TestEverythingIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	c := bustest.Config(t)
	b := bustest.Open(t, c)
	fill(t, journal(t, b, nil), 0, 100)
	rev, err := bucket(t, b, bus.KeyValueConfig{Name: "k"}).Put(t.Context(), "a", []byte("1"))
	require.NoError(t, err)
	bustest.Stop(t, b)

	b = bustest.Open(t, c)
	last, err := journal(t, b, nil).Last(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 100, last)
	e, err := bucket(t, b, bus.KeyValueConfig{Name: "k"}).Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, rev, e.Revision)
}

func BenchmarkAppend(b *testing.B) {
	for _, sync := range []bool{false, true} {
		b.Run(fmt.Sprintf("sync=%v", sync), func(b *testing.B) {
			s, err := bustest.New(b).Stream(b.Context(), bus.StreamConfig{Name: "s", Subjects: []string{"s"}, SyncAlways: sync})
			require.NoError(b, err)
			data := make([]byte, 256)
			for b.Loop() {
				_, err := s.Append(b.Context(), "s", "", data)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkRequest(b *testing.B) {
	bb := bustest.New(b)
	_, err := bb.Respond("a", "q", func(_ context.Context, m bus.Message) ([]byte, error) { return m.Data, nil })
	require.NoError(b, err)
	for b.Loop() {
		_, err := bb.Request(b.Context(), "a", []byte("x"))
		require.NoError(b, err)
	}
}

func BenchmarkPublish(b *testing.B) {
	bb := bustest.New(b)
	data := make([]byte, 256)
	for b.Loop() {
		require.NoError(b, bb.Publish(b.Context(), "a", data))
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		bustest.Stop(b, bustest.New(b))
	}
}
