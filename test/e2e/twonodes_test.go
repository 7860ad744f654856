package e2e

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/test/e2e/house"
)

// Two processes share one PostgreSQL and one NATS. A message taken by one is sent once, both pages hear
// of it, and when one process is killed the other does all the work.
func TestKillOfOneOfTwoProcessesLosesNothing(t *testing.T) {
	t.Parallel()
	engines := house.NewEngines(t)
	mail := house.NewMailServer(t)
	args := append(engines.Args(), mail.Args()...)
	dir := house.Dir(t)
	a := house.Start(t, append(args, "--data-dir", dir, "--node", "a")...)
	args = append(args, "--secret-key", "file:"+filepath.Join(dir, "secret", "master.key"))
	code, _, stderr := house.Run(t, nil, append([]string{"serve", "--http", house.FreeAddress(t), "--data-dir", house.Dir(t)}, engines.Args()...)...)
	require.Equal(t, 1, code, "a process without the installation's key is refused")
	require.Contains(t, stderr, "secret.key_missing")
	b := house.Start(t, append(args, "--data-dir", house.Dir(t), "--node", "b")...)
	atA, atB := a.Client(), b.Client()
	liveA, liveB := atA.Live(), atB.Live()

	want := map[string]bool{}
	for i := range 30 {
		api := atA
		if i%2 == 1 {
			api = atB
		}
		want[api.SendMessage("customer@example.net")] = true
	}
	liveA.WaitFor("messages.changed")
	liveB.WaitFor("messages.changed")
	atA.WaitSent(want)

	b.Kill()
	for range 10 {
		want[atA.SendMessage("customer@example.net")] = true
	}
	atA.WaitSent(want)
	mail.RequireEachOnce(want)

	b = house.Start(t, append(args, "--data-dir", house.Dir(t), "--node", "b")...)
	atB = b.Client()
	require.Len(t, atB.MessageIDs(), len(want), "the list is the same on both")
	b.Stop()
	a.Stop()
}
