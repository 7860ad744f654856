package trunk

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
)

// A carrier that answers no OPTIONS is judged by calls, and gets another chance.
func TestAQuietTrunkIsNotAskedAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	m := NewManager(Config{Clock: c})
	id := uuid.New()
	m.Apply([]Trunk{{ID: id, Name: "quiet", Group: "G", Hosts: []string{"192.0.2.1"}, Transport: UDP, Quiet: true, Weight: 1}})
	e := m.entries[id]
	h := e.hosts[0]
	m.pardon(t.Context(), h)
	require.Len(t, m.Choose("G"), 1)
	require.Equal(t, Unknown, m.Snapshot()[0].State)
	require.Empty(t, m.Health().Check(t.Context()))
	for range downAfter {
		m.Report(id, h.host, false)
	}
	require.Equal(t, Down, m.Snapshot()[0].State)
	c.Advance(quietAgain - time.Second)
	m.pardon(t.Context(), h)
	require.Equal(t, Down, m.Snapshot()[0].State)
	c.Advance(time.Second)
	m.pardon(t.Context(), h)
	require.Equal(t, Unknown, m.Snapshot()[0].State)
	m.Report(id, h.host, true)
	require.Equal(t, Up, m.Snapshot()[0].State)
}
