package bus_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

// away waits until the bus has noticed that its server is gone.
func away(t *testing.T, b *bus.Bus) {
	t.Helper()
	require.Eventually(t, func() bool { return b.Publish(t.Context(), "probe", nil) != nil }, 20*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { return len(b.Health().Check(t.Context())) == 1 }, 20*time.Second, time.Millisecond)
}

// back waits until the bus is connected again.
func back(t *testing.T, b *bus.Bus) {
	t.Helper()
	require.Eventually(t, func() bool { return len(b.Health().Check(t.Context())) == 0 }, 20*time.Second, 10*time.Millisecond)
}

func TestEverythingResumesAfterTheServerWasAway(t *testing.T) {
	t.Parallel()
	server := bustest.External(t)
	b := server.Open(t)
	got := make(chan string, 100)
	_, err := b.Subscribe("live", "", func(_ context.Context, m bus.Message) { got <- string(m.Data) })
	require.NoError(t, err)
	_, err = b.Respond("ask", "q", func(context.Context, bus.Message) ([]byte, error) { return []byte("yes"), nil })
	require.NoError(t, err)
	s := journal(t, b, nil)
	fill(t, s, 0, 2)
	consumed := make(chan string, 100)
	serve(t, s.Consume(t.Context(), "c", func(_ context.Context, m bus.Message) error { consumed <- string(m.Data); return nil }))
	require.Equal(t, "0", next(t, consumed))
	require.Equal(t, "1", next(t, consumed))
	memory := bucket(t, b, bus.KeyValueConfig{Name: "memory", InMemory: true})
	file := bucket(t, b, bus.KeyValueConfig{Name: "file"})
	for _, kv := range []*bus.KeyValue{memory, file} {
		_, err = kv.Put(t.Context(), "k", []byte("1"))
		require.NoError(t, err)
	}
	lost, memoryGot := changes(t, memory, ">")
	_, fileGot := changes(t, file, ">")
	for _, ch := range []<-chan string{memoryGot, fileGot} {
		require.Equal(t, "put k 1", next(t, ch))
		require.Equal(t, "caught_up  ", next(t, ch))
	}

	server.Stop()
	away(t, b)
	require.Equal(t, []string{"bus.away"}, codes(t, b))
	begin := time.Now()
	require.ErrorIs(t, b.Publish(t.Context(), "live", nil), bus.ErrAway)
	_, err = b.Request(t.Context(), "ask", nil)
	require.ErrorIs(t, err, bus.ErrAway)
	_, err = s.Append(t.Context(), "journal.a", "x", nil)
	require.ErrorIs(t, err, bus.ErrAway)
	_, err = file.Get(t.Context(), "k")
	require.ErrorIs(t, err, bus.ErrAway)
	_, err = b.Subscribe("late", "", func(context.Context, bus.Message) {})
	require.ErrorIs(t, err, bus.ErrAway)
	require.Less(t, time.Since(begin), time.Second, "all of it fails at once")
	require.False(t, lost.Current())

	server.Start()
	back(t, b)
	require.NoError(t, b.Publish(t.Context(), "live", []byte("again")))
	require.Equal(t, "again", next(t, got))
	answer, err := b.Request(t.Context(), "ask", nil)
	require.NoError(t, err)
	require.Equal(t, "yes", string(answer))
	fill(t, s, 2, 3)
	require.Equal(t, "2", next(t, consumed))
	require.Equal(t, "caught_up  ", next(t, fileGot), "the entry is the same: nothing to tell")
	require.Equal(t, "deleted k ", next(t, memoryGot), "memory is gone with its server")
	require.Equal(t, "caught_up  ", next(t, memoryGot))
	_, err = memory.Put(t.Context(), "k", []byte("2"))
	require.NoError(t, err)
	require.Equal(t, "put k 2", next(t, memoryGot))
}

func TestRequestUnderWayFailsWhenTheConnectionIsLost(t *testing.T) {
	t.Parallel()
	server := bustest.External(t)
	b := server.Open(t)
	begun := make(chan struct{})
	_, err := b.Respond("slow", "q", func(ctx context.Context, _ bus.Message) ([]byte, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	require.NoError(t, err)
	result := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	waited := make(chan struct{})
	go func() {
		defer close(waited)
		_, err := b.Request(ctx, "slow", nil)
		result <- err
	}()
	next(t, begun)
	server.Stop()
	require.ErrorIs(t, next(t, result), bus.ErrAway)
	next(t, waited)
	short, cancelShort := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancelShort()
	require.ErrorIs(t, b.Stop(short), context.DeadlineExceeded, "the handler was told to end after that")
}

func TestStopWhileAwayDoesNotWait(t *testing.T) {
	t.Parallel()
	server := bustest.External(t)
	b := server.Open(t)
	_, err := b.Subscribe("a", "", func(context.Context, bus.Message) {})
	require.NoError(t, err)
	server.Stop()
	away(t, b)
	begin := time.Now()
	bustest.Stop(t, b)
	require.Less(t, time.Since(begin), 5*time.Second)
	require.ErrorIs(t, b.Publish(t.Context(), "a", nil), bus.ErrAway)
}

func TestServerThatIsAwayAtStartIsAClearFault(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	c := bustest.Config(t)
	c.URL = "nats://user:geheim@" + address
	_, err = bus.Open(t.Context(), c)
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Unavailable, f.Kind)
	require.Equal(t, "bus.connect", f.Code)
	require.Contains(t, f.Message, address)
	require.NotEmpty(t, f.Remedy)
	require.NotContains(t, err.Error(), "geheim")
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*bus.Config){
		"store directory":         func(c *bus.Config) { c.StoreDir = "" },
		"want 1 or 3":             func(c *bus.Config) { c.URL, c.Replicas = "nats://h", 2 },
		"nats://host":             func(c *bus.Config) { c.URL = "http://h" },
		"needed together":         func(c *bus.Config) { c.URL, c.CertFile = "nats://h", "c" },
		"no logger":               func(c *bus.Config) { c.Logger = nil },
		"no clock":                func(c *bus.Config) { c.Clock = nil },
		"read NATS credentials":   func(c *bus.Config) { c.URL, c.CredentialsFile = "nats://h", "/does/not/exist" },
		"authorities of the NATS": func(c *bus.Config) { c.URL, c.CAFile = "nats://h", "/does/not/exist" },
		"our certificate":         func(c *bus.Config) { c.URL, c.CertFile, c.KeyFile = "nats://h", "/no", "/no" },
	} {
		c := bustest.Config(t)
		change(&c)
		_, err := bus.Open(t.Context(), c)
		require.ErrorContains(t, err, want)
	}
}

func TestReplicasNeedACluster(t *testing.T) {
	t.Parallel()
	c := bustest.Config(t)
	c.URL, c.Replicas = bustest.External(t).URL(), 3
	_, err := bustest.Open(t, c).Stream(t.Context(), bus.StreamConfig{Name: "s", Subjects: []string{"s"}})
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "bus.replicas", f.Code)
}

func TestBusSurvivesStress(t *testing.T) {
	t.Parallel()
	server := bustest.External(t)
	for _, external := range []bool{false, true} {
		t.Run(fmt.Sprintf("external=%v", external), func(t *testing.T) {
			t.Parallel()
			lifecycletest.Stress(t, func() lifecycle.Service {
				c := bustest.Config(t)
				if external {
					c.URL = server.URL()
				}
				b, err := bus.New(c)
				require.NoError(t, err)
				return b
			})
		})
	}
}

func TestWarningsAreCompleteInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, w := range bustest.New(t).Health().Warnings {
		for _, text := range []string{w.Chinese.Title, w.Chinese.Cause, w.Chinese.Remedy, w.English.Title, w.English.Cause, w.English.Remedy} {
			require.NotEmpty(t, text, w.Code)
		}
	}
}
