package health

import (
	"context"
	"slices"
	"sync"
	"time"

	"yingda/internal/platform/clock"
)

// checkTimeout bounds one component's check; a check that hangs must not hide the others.
const checkTimeout = 3 * time.Second

// Monitor asks all components and remembers since when each finding holds.
type Monitor struct {
	clock clock.Clock

	mu         sync.Mutex
	components []*Component
	last       Report
	listeners  []func(Report)
}

// NewMonitor makes a monitor without components.
func NewMonitor(c clock.Clock) *Monitor { return &Monitor{clock: c} }

// Register adds a component; its order is the order of the lines.
func (m *Monitor) Register(c Component) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.components = append(m.components, &c)
}

// OnChange calls f after every look at which the findings differ from the look before.
func (m *Monitor) OnChange(f func(Report)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.listeners = append(m.listeners, f)
}

// Warnings lists everything that any registered component can find.
func (m *Monitor) Warnings() []*Warning {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*Warning
	for _, c := range m.components {
		all = append(all, c.Warnings...)
	}
	return all
}

// Last gives the latest report without asking anybody.
func (m *Monitor) Last() Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

// Run looks every interval until ctx ends; the loop of a lifecycle.Loop.
func (m *Monitor) Run(ctx context.Context, every time.Duration) error {
	for {
		m.Look(ctx)
		if err := clock.Sleep(ctx, m.clock, every); err != nil {
			return err
		}
	}
}

// Look asks every component now, all at once, and keeps and returns the report.
func (m *Monitor) Look(ctx context.Context) Report {
	m.mu.Lock()
	components := slices.Clone(m.components)
	m.mu.Unlock()

	found := make([][]Finding, len(components))
	var wg sync.WaitGroup
	for i, c := range components {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, checkTimeout)
			defer cancel()
			found[i] = c.Check(ctx)
		})
	}
	wg.Wait()
	return m.keep(components, found)
}

func (m *Monitor) keep(components []*Component, found [][]Finding) Report {
	m.mu.Lock()
	now := m.clock.Now()
	r := Report{Status: OK, Ready: true, At: now}
	for i, c := range components {
		findings := found[i]
		if len(findings) == 0 {
			findings = []Finding{{}}
		}
		for _, f := range findings {
			s := state{component: c, finding: f, since: now}
			if old := slices.IndexFunc(m.last.states, func(o state) bool { return o.component == c && o.code() == s.code() }); old >= 0 {
				s.since = m.last.states[old].since
			}
			if s.severity().rank() > r.Status.rank() {
				r.Status = s.severity()
			}
			if c.Required && s.severity() == Fault {
				r.Ready = false
			}
			r.states = append(r.states, s)
		}
	}
	changed := !slices.EqualFunc(m.last.states, r.states, func(a, b state) bool { return a.component == b.component && a.code() == b.code() })
	m.last = r
	listeners := slices.Clone(m.listeners)
	m.mu.Unlock()
	if changed {
		for _, f := range listeners {
			f(r)
		}
	}
	return r
}
