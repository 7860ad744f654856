package health_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/health"
)

var diskFull = &health.Warning{
	Code: "disk.full", Severity: health.Caution,
	Chinese: health.Text{Title: "磁盘将满", Cause: "仅剩 {free}", Remedy: "清理 {path}"},
	English: health.Text{Title: "The disk is nearly full", Cause: "{free} left", Remedy: "Free some of {path}"},
}

func TestReportKeepsSinceAndTellsChanges(t *testing.T) {
	t.Parallel()
	c := clocktest.New()
	m := health.NewMonitor(c)
	var findings []health.Finding
	m.Register(health.Component{Name: "disk", Chinese: "磁盘正常", English: "The disk is fine", Required: true,
		Warnings: []*health.Warning{diskFull}, Check: func(context.Context) []health.Finding { return findings }})
	var changes []health.Severity
	m.OnChange(func(r health.Report) { changes = append(changes, r.Status) })

	r := m.Look(t.Context())
	require.Equal(t, health.OK, r.Status)
	require.Equal(t, "磁盘正常", r.Lines(health.Chinese)[0].Title)

	c.Advance(time.Minute)
	findings = []health.Finding{diskFull.Found("free", "1 GB", "path", "/data")}
	m.Look(t.Context())
	c.Advance(time.Minute)
	r = m.Look(t.Context())
	require.True(t, r.Ready, "a caution does not stop traffic")
	line := r.Lines(health.English)[0]
	require.Equal(t, health.Text{Title: "The disk is nearly full", Cause: "1 GB left", Remedy: "Free some of /data"}, line.Text)
	require.Equal(t, clocktest.Epoch.Add(time.Minute), line.Since)
	require.Equal(t, []health.Severity{health.OK, health.Caution}, changes)
	require.Equal(t, r, m.Last())
}

func TestFaultOfARequiredComponentMeansNotReady(t *testing.T) {
	t.Parallel()
	m := health.NewMonitor(clocktest.New())
	gone := &health.Warning{Code: "x.gone", Severity: health.Fault}
	found := func(context.Context) []health.Finding { return []health.Finding{gone.Found()} }
	m.Register(health.Component{Name: "optional", Check: found})
	require.True(t, m.Look(t.Context()).Ready)
	m.Register(health.Component{Name: "needed", Required: true, Check: found})
	require.False(t, m.Look(t.Context()).Ready)
}

func ExampleMonitor() {
	m := health.NewMonitor(clocktest.New())
	m.Register(health.Component{Name: "disk", English: "The disk is fine",
		Check: func(context.Context) []health.Finding {
			return []health.Finding{diskFull.Found("free", "2 GB", "path", "/data")}
		}})
	for _, l := range m.Look(context.Background()).Lines(health.English) {
		fmt.Printf("%s: %s (%s). %s.\n", l.Code, l.Title, l.Cause, l.Remedy)
	}
	// Output: disk.full: The disk is nearly full (2 GB left). Free some of /data.
}
