package carrier_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/carrier"
)

func TestMain(m *testing.M) {
	carrier.QuietLibrary()
	lifecycletest.Main(m)
}

// within gives a context for one test: no call of ours may take longer.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func newPhone(t *testing.T, cfg carrier.PhoneConfig) *carrier.Phone {
	t.Helper()
	if cfg.User == "" {
		cfg.User = "8001"
	}
	p, err := carrier.NewPhone(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Stop(context.Background()) })
	require.NoError(t, p.Start(within(t, 5*time.Second)))
	return p
}

func tone(hz float64) func() carrier.Source {
	return func() carrier.Source { return carrier.Tone(hz, 0) }
}

func TestBothSidesHearEachOther(t *testing.T) {
	t.Parallel()
	for _, transport := range []carrier.Transport{carrier.UDP, carrier.TCP} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			ctx := within(t, 10*time.Second)
			p := newPhone(t, carrier.PhoneConfig{Transport: transport, Play: tone(440)})
			s, err := carrier.Dial(ctx, carrier.Call{To: p.URI(), From: "13800138000", Transport: transport, Play: carrier.Tone(880, 0)})
			require.NoError(t, err)
			defer s.Close()
			other := <-p.Calls()
			there := other.Listen()
			h, err := s.Hear(ctx, 1200*time.Millisecond)
			require.NoError(t, err)
			require.NoError(t, h.Check("440"))
			heard := there()
			require.NoError(t, heard.Check("880"))
			require.Zero(t, h.Lost)
			require.InDelta(t, 60, h.Packets, 12)
			require.Equal(t, "13800138000", other.Caller())
			require.NoError(t, s.Bye(ctx))
			require.NoError(t, other.Await(ctx))
			require.Equal(t, carrier.ByThem, other.End().By)
			require.Equal(t, carrier.ByUs, s.End().By)
		})
	}
}

func ExampleDial() {
	ctx := context.Background()
	phone, err := carrier.NewPhone(carrier.PhoneConfig{User: "8001", Play: func() carrier.Source { return carrier.Tone(440, 0) }})
	if err != nil {
		panic(err)
	}
	defer phone.Stop(ctx)
	call, err := carrier.Dial(ctx, carrier.Call{To: phone.URI(), From: "13800138000"})
	if err != nil {
		panic(err)
	}
	defer call.Close()
	heard, err := call.Hear(ctx, time.Second)
	if err != nil {
		panic(err)
	}
	fmt.Println(heard.Class, heard.HasTone(440))
	// Output: tone true
}
