package e2e

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/bench"
	"yingda/test/e2e/house"
)

// TestSoak keeps one process under steady load for YINGDA_TEST_SOAK (`make soak`): messages, pages that
// listen, and the database killed now and then. Everything acknowledged is sent, and memory stays.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("YINGDA_TEST_SOAK"))
	if err != nil {
		t.Skip("a soak runs only by make soak, which sets YINGDA_TEST_SOAK to its length")
	}
	dir, mail := house.Dir(t), house.NewMailServer(t)
	y := house.Start(t, append(mail.Args(), "--data-dir", dir)...)
	api := y.Client()
	for range 5 {
		go api.Live().Drain() // ends with the connection, which Cleanup closes
	}
	sent := map[string]bool{}
	begin := time.Now()
	nextKill := begin.Add(length / 4)
	settled := 0.0
	for time.Since(begin) < length {
		if id, status := api.TrySend("customer@example.net"); status == http.StatusAccepted {
			sent[id] = true
		} else {
			require.Equal(t, http.StatusServiceUnavailable, status, "only while the database is away")
		}
		time.Sleep(50 * time.Millisecond) // the pace of the load, not a wait for something
		if time.Now().After(nextKill) {
			if settled == 0 {
				settled = resident(t, y)
			}
			house.KillPostmaster(t, dir)
			require.Eventually(t, func() bool { return api.Reachable() && y.Status("/readyz") == 200 }, time.Minute, 100*time.Millisecond)
			nextKill = time.Now().Add(length / 4)
		}
	}
	api.WaitSent(sent)
	mail.RequireEach(sent, 2) // twice only when the database was killed in the middle of a hand-over
	require.Less(t, resident(t, y), 1.5*settled+32, "memory grew from %.0f MB after the first quarter", settled)
	t.Logf("%d messages in %s, %.0f MB after the first quarter, %.0f MB at the end", len(sent), length, settled, resident(t, y))
	y.Stop()
}

func resident(t *testing.T, y *house.Yingda) float64 {
	t.Helper()
	mb, err := bench.ResidentMB(y.PID())
	require.NoError(t, err)
	return mb
}
