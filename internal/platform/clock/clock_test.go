package clock_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
)

func TestSystemClockIsUTCAndSleeps(t *testing.T) {
	t.Parallel()
	c := clock.System()
	require.Equal(t, time.UTC, c.Now().Location())
	require.NoError(t, clock.Sleep(t.Context(), c, time.Millisecond))
	_, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err, "zones are embedded")
}

// Code under test takes the clock; the test decides what time it is.
func ExampleClock() {
	c := clocktest.New()
	deadline := c.Now().Add(48 * time.Hour)
	c.Advance(49 * time.Hour)
	fmt.Println("overdue:", c.Now().After(deadline))
	// Output: overdue: true
}
