package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
)

func TestBurstFiguresAreThoseOfTheCallsToAgents(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	served := servedOf([]carrier.AgentCall{
		{Caller: 0, Agent: "a", Sent: at(0), Asked: at(10), Ended: at(1010)},
		{Caller: 2, Agent: "b", Sent: at(2), Asked: at(11), Ended: at(1011)},
		{Caller: 1, Agent: "c", Sent: at(1), Asked: at(12), Ended: at(1012)}, // rings together with the one before
		{Caller: 4, Agent: "a", Sent: at(4), Asked: at(1020), Ended: at(2020)},
		{Caller: 3, Agent: "b", Sent: at(3), Asked: at(1051), Ended: at(2051)}, // overtaken
		{Caller: 3, Agent: "c", Sent: at(3), Asked: at(1100)},                  // asked again
		{Caller: -1, Agent: "c", Asked: at(1200)},                              // not ours
	})
	require.Len(t, served, 5)
	require.Equal(t, burstFigures{last: 1.051, idleP50: 40, idleP95: 40, outOfOrder: 1, worst: 1, swapped: 1}, burstOf(served))
	require.Equal(t, burstFigures{}, burstOf(nil))
}
