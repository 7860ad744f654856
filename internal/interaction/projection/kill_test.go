package projection_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/interaction"
	"yingda/internal/interaction/projection"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
)

// writerDir names the directory of a process that writes to its journal until it is killed.
const writerDir = "YINGDA_TEST_JOURNAL_WRITER"

// writer writes calls and says which were confirmed.
func writer(dir string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
	}
	ring, err := secret.Load(ctx, secret.Config{Dir: filepath.Join(dir, "secret"), Clock: clock.System(), Logger: quiet})
	fail(err)
	b, err := bus.Open(ctx, bus.Config{StoreDir: filepath.Join(dir, "bus"), Name: "writer", Logger: quiet, Clock: clock.System()})
	fail(err)
	j := interaction.NewJournal(interaction.JournalConfig{Bus: b, Ring: ring, Clock: clock.System(), Logger: quiet})
	fail(j.Start(ctx))
	for range 4 {
		go func() {
			for {
				id := uuid.Must(uuid.NewV7())
				entries := call(id, now(), "13812345678")
				j.Write(entries[:6]...)
				fail(j.Sure(ctx, entries[6:]...))
				fmt.Println("sure", id)
			}
		}()
	}
	select {}
}

// TestWhatWasConfirmedSurvivesKill is the promise of Sure: after kill -9 in the middle of writing, every call that was
// confirmed is in the records, whole and once.
func TestWhatWasConfirmedSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), writerDir+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	var confirmed []uuid.UUID
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word, id, _ := strings.Cut(lines.Text(), " ")
		require.Equal(t, "sure", word, lines.Text())
		confirmed = append(confirmed, uuid.MustParse(id))
		if len(confirmed) == 200 {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait())
	require.GreaterOrEqual(t, len(confirmed), 200)

	b := &bundle{pool: postgrestest.New(t)}
	c := bustest.Config(t)
	c.StoreDir = filepath.Join(dir, "bus")
	p := projection.New(projection.Config{
		Pool: b.pool, Bus: bustest.Open(t, c), Ring: loadRing(t, filepath.Join(dir, "secret")), Clock: clock.System(), Logger: quiet,
	})
	b.projected(t, p)
	require.EqualValues(t, len(confirmed), b.count(t, `SELECT count(*) FROM interaction.contact WHERE id = ANY ($1) AND outcome = 'answered_by_agent' AND hop_count = 12 AND opened`, confirmed))
	require.EqualValues(t, 12*len(confirmed), b.count(t, `SELECT count(*) FROM interaction.hop WHERE contact_id = ANY ($1)`, confirmed))
	require.EqualValues(t, 0, b.count(t, `SELECT count(*) FROM (SELECT id FROM interaction.contact GROUP BY id HAVING count(*) > 1) twice`))
}

// TestRecordsCatchUpAfterTheDatabaseWasAway writes while PostgreSQL is stopped: nothing is lost and nothing is there
// twice.
func TestRecordsCatchUpAfterTheDatabaseWasAway(t *testing.T) {
	t.Parallel()
	cfg := postgrestest.Config(t, postgrestest.DataDir(t))
	server := postgres.NewServer(cfg)
	require.NoError(t, server.Start(t.Context()))
	pool, err := postgres.Open(t.Context(), postgres.Options{URL: server.URL(), Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.NoError(t, postgres.Migrate(t.Context(), pool, quiet))
	b := &bundle{pool: pool, bus: bustest.New(t), ring: loadRing(t, t.TempDir())}
	b.journal = b.newJournal(t, "a")
	p := projection.New(projection.Config{Pool: pool, Bus: b.bus, Ring: b.ring, Clock: clock.System(), Logger: quiet, Gather: 5 * time.Millisecond})
	start(t, p)
	write := func(calls int) {
		for range calls {
			require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), now(), "13812345678")...))
		}
	}
	write(5)
	b.eventually(t, 5, 10*time.Second)
	stop(t, server)
	write(20) // confirmed all the same
	again := postgres.NewServer(cfg)
	start(t, again)
	require.Equal(t, server.URL(), again.URL())
	write(5)
	require.Eventually(t, func() bool {
		var n int
		err := pool.QueryRow(t.Context(), `SELECT count(*) FROM interaction.contact WHERE outcome = 'answered_by_agent' AND hop_count = 12`).Scan(&n)
		return err == nil && n == 30
	}, 30*time.Second, 50*time.Millisecond)
	require.EqualValues(t, 30*12, b.count(t, `SELECT count(*) FROM interaction.hop`))
}
