package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/test/e2e/house"
)

func TestKillLeavesNoChildAndLosesNothing(t *testing.T) {
	t.Parallel()
	dir := house.Dir(t)
	y := house.Start(t, "--data-dir", dir)
	api := y.Client()
	var acknowledged []string
	for range 20 {
		acknowledged = append(acknowledged, api.SendMessage("a@example.net"))
	}
	y.Kill()
	killed := time.Now()
	require.Eventually(t, func() bool { return len(house.ProcessesWith(t, dir)) == 0 }, 4*time.Second, 20*time.Millisecond,
		"children left after 4 s")
	t.Logf("the last child was gone after %s", time.Since(killed))

	y = house.Start(t, "--data-dir", dir)
	api = y.Client()
	listed := api.MessageIDs()
	require.ElementsMatch(t, acknowledged, listed, "every acknowledged message is there, once")
	y.Stop()
	require.Empty(t, house.ProcessesWith(t, dir))
}

func TestKillOfTheDatabaseIsSurvived(t *testing.T) {
	t.Parallel()
	dir := house.Dir(t)
	y := house.Start(t, "--data-dir", dir)
	api := y.Client()
	before := api.SendMessage("a@example.net")
	house.KillPostmaster(t, dir)
	require.Eventually(t, func() bool { return y.Status("/readyz") == http.StatusServiceUnavailable || api.Reachable() }, 10*time.Second, 20*time.Millisecond)
	require.Eventually(t, func() bool { return y.Status("/readyz") == http.StatusOK && api.Reachable() }, 40*time.Second, 50*time.Millisecond,
		"the database came back: %s", y.Log())
	require.Contains(t, api.MessageIDs(), before)
	api.SendMessage("b@example.net")
	y.Stop()
}
