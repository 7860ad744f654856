package postgres_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/health"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

func plenty(string) (free, total uint64, err error) { return 50, 100, nil }

func codes(found []health.Finding) []string {
	list := []string{}
	for _, f := range found {
		list = append(list, f.Warning.Code)
	}
	return list
}

func TestHealthIsSilentWhenAllIsWell(t *testing.T) {
	t.Parallel()
	c := postgres.Health(postgres.HealthConfig{Pool: postgrestest.New(t), Clock: clock.System(), DataDir: t.TempDir()})
	found := c.Check(t.Context())
	for _, f := range found { // the disk of the machine is what it is
		require.Contains(t, f.Warning.Code, "postgres.disk_")
	}
}

func TestHealthTellsOfACrashForAnHour(t *testing.T) {
	t.Parallel()
	now := clocktest.At(time.Now())
	s := postgrestest.Server(t)
	c := postgres.HealthWith(postgres.HealthConfig{Pool: openPool(t, s), Server: s, Clock: now}, plenty, time.Hour)
	require.Empty(t, c.Check(t.Context()))
	require.NoError(t, syscall.Kill(s.PID(), syscall.SIGKILL))
	within(t, 30*time.Second, "the crash is seen", func() bool { return s.Status().Crashes == 1 })
	require.Subset(t, []string{"postgres.restarting", "postgres.crashed"}, codes(c.Check(t.Context())))
	within(t, 30*time.Second, "the server is back", func() bool { return s.Status().Ready })
	require.Equal(t, []string{"postgres.crashed"}, codes(c.Check(t.Context())))
	now.Advance(2 * time.Hour)
	require.Empty(t, c.Check(t.Context()))
}

func TestHealthTellsThatTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	s := postgrestest.Server(t)
	pool := openPool(t, s)
	require.NoError(t, s.Stop(t.Context()))
	c := postgres.HealthWith(postgres.HealthConfig{Pool: pool, Clock: clock.System()}, plenty, time.Hour)
	require.Equal(t, []string{"postgres.unreachable"}, codes(c.Check(t.Context())))
	require.True(t, c.Required)
}

func TestHealthTellsOfATransactionThatHoldsBackEvents(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	c := postgres.HealthWith(postgres.HealthConfig{Pool: pool, Clock: clock.System()}, plenty, -time.Second)
	require.Empty(t, c.Check(t.Context()), "the check's own transaction does not count")
	require.NoError(t, postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT pg_current_xact_id()")
		require.NoError(t, err)
		require.Equal(t, []string{"postgres.long_transaction"}, codes(c.Check(ctx)))
		patient := postgres.Health(postgres.HealthConfig{Pool: pool, Clock: clock.System()})
		require.Empty(t, patient.Check(ctx), "a minute is allowed")
		return nil
	}))
}

func TestHealthWatchesTheDisk(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	for name, c := range map[string]struct {
		free uint64
		want []string
	}{
		"half":            {500, []string{}},
		"five percent":    {50, []string{}},
		"below five":      {49, []string{"postgres.disk_low"}},
		"below one":       {9, []string{"postgres.disk_full"}},
		"nothing is left": {0, []string{"postgres.disk_full"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := func(string) (uint64, uint64, error) { return c.free, 1000, nil }
			h := postgres.HealthWith(postgres.HealthConfig{Pool: pool, Clock: clock.System(), DataDir: "/"}, disk, time.Hour)
			require.Equal(t, c.want, codes(h.Check(t.Context())))
		})
	}
}

func TestHealthWatchesTransactionNumbers(t *testing.T) {
	t.Parallel()
	require.Empty(t, postgres.CheckAge(200_000_000))
	require.Equal(t, []string{"postgres.wraparound"}, codes(postgres.CheckAge(1_000_000_000)))
	require.Equal(t, []string{"postgres.wraparound_stop"}, codes(postgres.CheckAge(1_900_000_000)))
}

func TestHealthTextsAreCompleteInBothLanguages(t *testing.T) {
	t.Parallel()
	c := postgres.Health(postgres.HealthConfig{Clock: clock.System()})
	for _, w := range c.Warnings {
		require.True(t, strings.HasPrefix(w.Code, c.Name+"."))
		for _, text := range []health.Text{w.Chinese, w.English} {
			require.NotEmpty(t, text.Title, w.Code)
			require.NotEmpty(t, text.Cause, w.Code)
			require.NotEmpty(t, text.Remedy, w.Code)
		}
	}
}

func TestServerLogKeepsLevelsAndDropsWhatIsNotLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	w := postgres.NewServerLog(postgres.NewServer(postgres.ServerConfig{Logger: log}))
	_, err := w.Write([]byte("[7] LOG:  database system is ready\n[7] PAN"))
	require.NoError(t, err)
	_, err = w.Write([]byte("IC:  could not write\n\nloader: no library\n" + strings.Repeat("x", 100_000)))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	require.Contains(t, lines[0], `level=INFO msg="postgresql says" server_pid=7 text="database system is ready"`)
	require.Contains(t, lines[1], `level=ERROR msg="postgresql says" server_pid=7 text="could not write"`)
	require.Contains(t, lines[2], `level=WARN msg="postgresql says" text="loader: no library"`)
}

func TestServerLogHoldsNoValuesOfCustomers(t *testing.T) {
	t.Parallel()
	var out syncBuffer
	cfg := postgrestest.Config(t, postgrestest.DataDir(t))
	cfg.Logger = slog.New(slog.NewTextHandler(&out, nil))
	s := postgres.NewServer(cfg)
	require.NoError(t, s.Start(t.Context()))
	pool := openPool(t, s)
	for _, sql := range []string{
		"CREATE TABLE person (phone text PRIMARY KEY)", "INSERT INTO person VALUES ('13800001111')",
		"INSERT INTO person VALUES ('13800001111')", "SELECT '13800001111'::uuid", "SELEC '13800001111'",
	} {
		_, _ = pool.Exec(t.Context(), sql) // the last three fail, which is what the server would log
	}
	pool.Close()
	require.NoError(t, s.Stop(t.Context()))
	require.Contains(t, out.String(), "ready to accept connections")
	require.NotContains(t, out.String(), "13800001111")
}

func TestMemoryIsReadFromTheKernel(t *testing.T) {
	t.Parallel()
	v, ok := postgres.MemTotal("MemFree: 1 kB\nMemTotal:       2048 kB\n")
	require.True(t, ok)
	require.EqualValues(t, 2048*1024, v)
	_, ok = postgres.MemTotal("nothing")
	require.False(t, ok)
}
