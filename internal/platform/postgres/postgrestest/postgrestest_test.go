package postgrestest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
)

func TestNewGivesAMigratedDatabaseToEachTest(t *testing.T) {
	t.Parallel()
	one, two := postgrestest.New(t), postgrestest.New(t)
	_, err := one.Exec(t.Context(), "CREATE TABLE mine (id bigint)")
	require.NoError(t, err)
	var there bool
	require.NoError(t, two.QueryRow(t.Context(), "SELECT to_regclass('mine') IS NOT NULL").Scan(&there))
	require.False(t, there, "another test does not see the table")
	require.NoError(t, one.QueryRow(t.Context(), "SELECT to_regclass('river.river_job') IS NOT NULL").Scan(&there))
	require.True(t, there, "migrations have run")
}

// The test process's server must go with it, however it ends; and it must come from the cache next time.
func TestServerGoesWithItsTestProcess(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, "-test.run=^$")
	cmd.Env = append(os.Environ(), envUser+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	dir := strings.TrimSpace(line)
	require.DirExists(t, dir)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			break
		}
		require.NoError(t, clock.Sleep(ctx, clock.System(), 5*time.Millisecond), "%s is left over", dir)
	}
}

// envUser makes the test binary act as a test process that is killed while it uses its server.
const envUser = "YINGDA_TEST_SERVER_USER"

func TestMain(m *testing.M) {
	if os.Getenv(envUser) != "" {
		useServer()
	}
	lifecycletest.Main(m)
}

// useServer says where its server's data is and then waits to be killed.
func useServer() {
	testing.Init()
	testing.Benchmark(func(b *testing.B) {
		var dir string
		if err := postgrestest.New(b).QueryRow(context.Background(), "SHOW data_directory").Scan(&dir); err != nil {
			panic(err)
		}
		fmt.Println(filepath.Dir(dir))
		select {}
	})
}
