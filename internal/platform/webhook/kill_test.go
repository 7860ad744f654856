package webhook_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/webhook"
)

const victimEnv = "YINGDA_TEST_WEBHOOK_VICTIM"

// victim is a worker process that is killed at work.
func victim() {
	if err := runVictim(context.Background()); err != nil {
		panic(err)
	}
	select {}
}

func runVictim(ctx context.Context) error {
	pool, err := postgres.Open(ctx, postgres.Options{URL: os.Getenv(victimEnv)})
	if err != nil {
		return err
	}
	ring, err := secret.Load(ctx, secret.Config{Dir: os.Getenv("VICTIM_KEYS")})
	if err != nil {
		return err
	}
	s := webhook.New(webhook.Config{Pool: pool, Ring: ring, Topics: topics, HTTP: httpclient.New(httpclient.Config{Name: "webhook", AllowNetworks: loopback})})
	r := jobs.NewRegistry()
	s.Register(r)
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return c.Start(ctx)
}

func TestKillInADeliveryRepeatsItUnderTheSameID(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	r.clock = nil
	entered, release := make(chan struct{}), make(chan struct{})
	r.hold = func() { close(entered); <-release }
	id := b.subscribe(t, r, "*")
	b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))

	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+b.pool.Config().ConnString(), "VICTIM_KEYS="+b.dir)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	<-entered // the receiver has the event, the worker not its answer
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	close(release)
	require.Equal(t, webhook.Pending, b.deliveries(t, id)[0].State)

	r.mu.Lock()
	r.hold, r.clock = nil, b.clock
	r.mu.Unlock()
	b.clock.Advance(time.Since(b.clock.Now()) + 10*time.Minute) // past the lease of the dead attempt
	require.NoError(t, b.Process(t.Context(), b.deliveries(t, id)[0].ID))
	d := b.deliveries(t, id)[0]
	require.Equal(t, webhook.Delivered, d.State)
	require.Equal(t, 2, d.Attempts)
	got := r.all()
	require.Len(t, got, 2)
	require.Equal(t, got[0].id, got[1].id)
	for _, m := range got {
		require.NoError(t, m.verified)
	}
}
