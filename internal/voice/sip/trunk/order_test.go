package trunk

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func way(name string, priority, weight int, hosts ...HostState) Way {
	if hosts == nil {
		hosts = []HostState{{Host: Host{name, 5060}}}
	}
	return Way{Trunk: Trunk{ID: uuid.New(), Name: name, Priority: priority, Weight: weight}, Hosts: hosts}
}

// names gives trunk/host of the candidates.
func names(cs []Candidate) []string {
	var out []string
	for _, c := range cs {
		n := c.Host.Name
		if c.LastResort {
			n += "!"
		}
		out = append(out, n)
	}
	return out
}

func first(int) int { return 0 }

func TestOrderGoesByPriorityThenHostThenLastResort(t *testing.T) {
	t.Parallel()
	full, off := way("full", 0, 1), way("off", 0, 1)
	full.Trunk.MaxCalls, full.Calls = 10, 10
	off.Trunk.Disabled = true
	room := way("room", 2, 1)
	room.Trunk.MaxCalls, room.Calls = 10, 9
	got := Order([]Way{
		way("spare", 9, 5), full, off, room,
		way("main", 1, 1, HostState{Host: Host{"m1", 5060}, Down: true}, HostState{Host: Host{"m2", 5060}}),
	}, first)
	require.Equal(t, []string{"m2", "room", "spare", "m1!"}, names(got))
	require.Empty(t, Order(nil, first))
	require.Equal(t, []string{"a!"}, names(Order([]Way{way("x", 0, 0, HostState{Host: Host{"a", 1}, Down: true})}, first)), "better than nothing")
}

func TestOrderSharesByWeight(t *testing.T) {
	t.Parallel()
	ways := []Way{way("a", 1, 3), way("b", 1, 1), way("zero", 1, 0)}
	firsts := map[string]int{}
	for i := range 4 {
		got := names(Order(ways, func(n int) int { return i % n }))
		firsts[got[0]]++
		require.Equal(t, "zero", got[2])
	}
	require.Equal(t, map[string]int{"a": 3, "b": 1}, firsts)
}

func TestOrderTriesEachUsableHostOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var ways []Way
		want := map[uuid.UUID]int{}
		for range rapid.IntRange(0, 6).Draw(t, "trunks") {
			w := way("t", rapid.IntRange(0, 2).Draw(t, "priority"), rapid.IntRange(-1, 5).Draw(t, "weight"))
			w.Trunk.Disabled = rapid.IntRange(0, 3).Draw(t, "disabled") == 0
			w.Trunk.MaxCalls, w.Calls = rapid.IntRange(0, 2).Draw(t, "max"), rapid.IntRange(0, 3).Draw(t, "calls")
			w.Hosts = nil
			for range rapid.IntRange(0, 3).Draw(t, "hosts") {
				w.Hosts = append(w.Hosts, HostState{Down: rapid.Bool().Draw(t, "down")})
			}
			if !w.Trunk.Disabled && (w.Trunk.MaxCalls == 0 || w.Calls < w.Trunk.MaxCalls) && len(w.Hosts) > 0 {
				want[w.Trunk.ID] = len(w.Hosts)
			}
			ways = append(ways, w)
		}
		got := Order(ways, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") })
		have := map[uuid.UUID]int{}
		for _, c := range got {
			have[c.Trunk.ID]++
		}
		if len(have) != len(want) {
			t.Fatalf("%d trunks, want %d", len(have), len(want))
		}
		for id, n := range want {
			if have[id] != n {
				t.Fatalf("%d candidates, want %d", have[id], n)
			}
		}
		for _, part := range [][]Candidate{keep(got, false), keep(got, true)} {
			if !slices.IsSortedFunc(part, func(a, b Candidate) int { return a.Trunk.Priority - b.Trunk.Priority }) {
				t.Fatal("a lower priority overtook")
			}
		}
		if i := slices.IndexFunc(got, func(c Candidate) bool { return c.LastResort }); i >= 0 && len(keep(got[i:], false)) > 0 {
			t.Fatal("a host that is down before one that is not")
		}
	})
}

func keep(cs []Candidate, last bool) []Candidate {
	var out []Candidate
	for _, c := range cs {
		if c.LastResort == last {
			out = append(out, c)
		}
	}
	return out
}

func TestHealthNeedsThreeFailuresAndTwoAnswers(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	var h vitals
	for i, step := range []struct {
		answered bool
		state    State
		pause    time.Duration
	}{
		{false, Unknown, askFailing}, {true, Up, askEvery}, {false, Up, askFailing}, {false, Up, askFailing},
		{true, Up, askEvery}, {false, Up, askFailing}, {false, Up, askFailing}, {false, Down, askFailing},
		{true, Down, askFailing}, {false, Down, askFailing}, {true, Down, askFailing}, {true, Up, askEvery},
	} {
		now = now.Add(time.Second)
		was := h
		h = next(h, step.answered, now)
		require.Equal(t, step.state, h.state, "step %d", i)
		require.Equal(t, step.pause, h.pause(), "step %d", i)
		if was.state == h.state {
			require.Equal(t, was.since, h.since)
		} else {
			require.Equal(t, now, h.since)
		}
	}
}

func TestWhichAnswersShowLife(t *testing.T) {
	t.Parallel()
	for _, s := range []int{200, 401, 403, 404, 405, 481, 486, 501, 603} {
		require.True(t, Alive(s), s)
	}
	for _, s := range []int{0, 100, 180, 408, 500, 502, 503, 504} {
		require.False(t, Alive(s), s)
	}
}

func TestPausesOfRegistration(t *testing.T) {
	t.Parallel()
	for granted, want := range map[time.Duration]time.Duration{
		10 * time.Minute: 9 * time.Minute, time.Minute: 54 * time.Second, 20 * time.Second: 15 * time.Second, 12 * time.Second: 7 * time.Second, 6 * time.Second: 3 * time.Second,
	} {
		require.Equal(t, want, renewAfter(granted), granted)
	}
	rapid.Check(t, func(t *rapid.T) {
		granted := time.Duration(rapid.IntRange(1, 86400).Draw(t, "seconds")) * time.Second
		if r := renewAfter(granted); r <= 0 || r >= granted {
			t.Fatalf("%v for %v", r, granted)
		}
	})
	require.Equal(t, []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 80 * time.Second, 2 * time.Minute, 2 * time.Minute},
		[]time.Duration{retryAfter(1, false), retryAfter(2, false), retryAfter(3, false), retryAfter(5, false), retryAfter(6, false), retryAfter(1000, false)})
	require.Equal(t, 2*time.Minute, retryAfter(1, true))
}

func TestHostsAreRead(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Host{
		"sip.example.org": {"sip.example.org", 5060}, "192.0.2.1:5080": {"192.0.2.1", 5080}, " a:1 ": {"a", 1},
		"2001:db8::1": {"2001:db8::1", 5060}, "[2001:db8::1]:5070": {"2001:db8::1", 5070}, "[2001:db8::1]": {"2001:db8::1", 5060},
	} {
		got, ok := ParseHost(s, UDP)
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
	}
	got, ok := ParseHost("sip.example.org", TLS)
	require.True(t, ok)
	require.Equal(t, 5061, got.Port)
	require.Equal(t, "[2001:db8::1]:5070", Host{"2001:db8::1", 5070}.String())
	for _, s := range []string{"", ":5060", "a:0", "a:70000", "a:b", "a b", "a;b", "<a>"} {
		_, ok := ParseHost(s, UDP)
		require.False(t, ok, s)
	}
}
