package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/voice/ivr/engine"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return noon.Add(d) }

func say(sounds ...string) (list []engine.Phrase) {
	for _, s := range sounds {
		list = append(list, engine.Phrase{Sound: s})
	}
	return list
}

// greeting welcomes, offers 1 (a queue) and 9 (English), and says goodbye to who presses nothing.
func greeting() *engine.Flow {
	return &engine.Flow{Name: "greeting", Start: "welcome", Nodes: map[string]engine.Node{
		"welcome": {Kind: engine.SayNode, Lang: "zh", Say: say("welcome"), Next: "menu"},
		"menu": {
			Kind: engine.MenuNode, Say: say("menu"), Keys: map[string]string{"1": "agent", "9": "english"}, Wait: 4 * time.Second, Tries: 2,
			Wrong: say("wrong"), Silent: say("silent"), Otherwise: "bye",
		},
		"english": {Kind: engine.MenuNode, Lang: "en", Say: say("menu"), Keys: map[string]string{"1": "agent"}, Otherwise: "bye"},
		"agent":   {Kind: engine.QueueNode, Queue: "1000", Priority: 5, Say: say("hold"), Otherwise: "bye"},
		"bye":     {Kind: engine.HangUpNode, Say: say("bye")},
	}}
}

// caller walks through a flow and keeps what was done.
type caller struct {
	flow  *engine.Flow
	state engine.State
	done  []string
}

func (c *caller) happens(e engine.Event, now time.Time) *caller {
	var actions []engine.Action
	c.state, actions = c.flow.Step(c.state, e, now)
	for _, a := range actions {
		c.done = append(c.done, word(a))
	}
	return c
}

func word(a engine.Action) string {
	text := string(a.Kind)
	switch a.Kind {
	case engine.Enter:
		text += " " + a.Node
		if a.Key != "" {
			text += " by " + a.Key
		}
	case engine.Play:
		for _, p := range a.Say {
			text += " " + p.Sound
		}
		text += " in " + string(a.Lang)
	case engine.ToQueue:
		text += fmt.Sprintf(" %s +%d saying %v in %s, key at %s", a.Queue, a.Priority, a.Say, a.Lang, a.KeyAt.Sub(noon))
	case engine.Silence, engine.HangUp:
	}
	return text
}

func TestAKeyLeadsToTheQueueWithTheTimeAtWhichItWentDown(t *testing.T) {
	t.Parallel()
	c := &caller{flow: greeting()}
	c.happens(engine.Event{Kind: engine.Began}, noon).happens(engine.Event{Kind: engine.Played}, after(3*time.Second)).
		happens(engine.Event{Kind: engine.Played}, after(6*time.Second)).
		happens(engine.Event{Kind: engine.Pressed, Key: "1", At: after(7 * time.Second)}, after(7200*time.Millisecond)).
		happens(engine.Event{Kind: engine.Played}, after(9*time.Second))
	require.Equal(t, []string{
		"enter welcome", "play welcome in zh", "enter menu", "play menu in zh", "silence", "enter agent by 1", "to_queue 1000 +5 saying [{hold }] in zh, key at 7s",
	}, c.done)
	require.Equal(t, engine.Queued, c.state.Phase)
	require.Zero(t, c.state.Until)
}

func TestAKeyDuringTheGreetingCountsForTheMenu(t *testing.T) {
	t.Parallel()
	c := &caller{flow: greeting()}
	c.happens(engine.Event{Kind: engine.Began}, noon).
		happens(engine.Event{Kind: engine.Pressed, Key: "9", At: after(time.Second)}, after(time.Second)).
		happens(engine.Event{Kind: engine.Pressed, Key: "1", At: after(2 * time.Second)}, after(2*time.Second)).
		happens(engine.Event{Kind: engine.Played}, after(3*time.Second))
	require.Equal(t, []string{
		"enter welcome", "play welcome in zh", "enter menu", "silence", "enter english by 9", "play menu in en", "silence", "enter agent by 1", "to_queue 1000 +5 saying [{hold }] in en, key at 2s",
	}, c.done)
}

func TestWrongKeysAndSilenceAreAnsweredAndCounted(t *testing.T) {
	t.Parallel()
	c := &caller{flow: greeting()}
	c.happens(engine.Event{Kind: engine.Began}, noon).happens(engine.Event{Kind: engine.Played}, after(time.Second)).
		happens(engine.Event{Kind: engine.Pressed, Key: "5", At: after(2 * time.Second)}, after(2*time.Second)).
		happens(engine.Event{Kind: engine.Played}, after(4*time.Second)).
		happens(engine.Event{Kind: engine.Due}, after(5*time.Second)). // too early
		happens(engine.Event{Kind: engine.Due}, after(8*time.Second)).
		happens(engine.Event{Kind: engine.Played}, after(9*time.Second))
	require.Equal(t, []string{
		"enter welcome", "play welcome in zh", "enter menu", "play menu in zh", "play wrong menu in zh", "silence", "enter bye", "play bye in zh", "hang_up",
	}, c.done)
	require.Equal(t, engine.Over, c.state.Phase)
	require.Equal(t, c.state, c.happens(engine.Event{Kind: engine.Pressed, Key: "1"}, after(10*time.Second)).state, "it is over")
}

func TestAQueueMayGiveTheCallerBack(t *testing.T) {
	t.Parallel()
	c := &caller{flow: greeting()}
	c.happens(engine.Event{Kind: engine.Began}, noon).
		happens(engine.Event{Kind: engine.Pressed, Key: "1", At: after(time.Second)}, after(time.Second)).
		happens(engine.Event{Kind: engine.Played}, after(2*time.Second)).
		happens(engine.Event{Kind: engine.Due}, after(time.Hour))
	require.Equal(t, engine.Queued, c.state.Phase, "time in a queue is the queue's")
	c.done = nil
	c.happens(engine.Event{Kind: engine.Refused}, after(time.Hour)).happens(engine.Event{Kind: engine.Played}, after(time.Hour+time.Second))
	require.Equal(t, []string{"enter bye", "play bye in zh", "hang_up"}, c.done)
}

func TestWhoPressedNothingHasTheTimeOfHisArrival(t *testing.T) {
	t.Parallel()
	f := greeting()
	f.Nodes["menu"] = engine.Node{Kind: engine.MenuNode, Say: say("menu"), Keys: map[string]string{"1": "agent"}, Tries: 1, Otherwise: "agent"}
	c := &caller{flow: f}
	c.happens(engine.Event{Kind: engine.Began}, noon).happens(engine.Event{Kind: engine.Played}, after(time.Second)).
		happens(engine.Event{Kind: engine.Played}, after(2*time.Second)).happens(engine.Event{Kind: engine.Due}, after(7*time.Second)).
		happens(engine.Event{Kind: engine.Played}, after(8*time.Second))
	require.Equal(t, "to_queue 1000 +5 saying [{hold }] in zh, key at 7s", c.done[len(c.done)-1])
}

func TestCheckNamesNodeProblemAndRemedy(t *testing.T) {
	t.Parallel()
	known := func(sound string, _ engine.Lang) bool { return sound != "missing" }
	require.Empty(t, greeting().Check(known))
	f := &engine.Flow{Start: "nowhere", Nodes: map[string]engine.Node{
		"a": {Kind: engine.SayNode, Say: say("x"), Next: "b"},
		"b": {Kind: engine.MenuNode, Say: say("missing"), Keys: map[string]string{"A": "c", "1": "d"}, Tries: 11, Wait: time.Hour, Otherwise: "a"},
		"c": {Kind: engine.SayNode},
		"e": {Kind: "jump"},
		"g": {Kind: engine.MenuNode, Say: say("x")},
		"h": {Kind: engine.QueueNode, Otherwise: "h"},
	}}
	var got []string
	for _, p := range f.Check(known) {
		require.NotEmpty(t, p.Do)
		got = append(got, p.Node+": "+p.What)
	}
	require.Equal(t, []string{
		`: it starts at "nowhere", which is no node`,
		`b: leads to "d", which is no node`, `b: has the key "A", which no telephone has`, `b: is said 11 times`, `b: waits 1h0m0s for a key`, `b: says "missing", which there is not`,
		`c: leads nowhere`, `c: says nothing`, `e: has the kind "jump", which there is not`, `g: offers no key`, `g: leads nowhere without a key`,
		`a: nothing leads to it`, `b: nothing leads to it`, `c: nothing leads to it`, `e: nothing leads to it`, `g: nothing leads to it`, `h: nothing leads to it`,
		`a: leads back to itself without a key`, `b: leads back to itself without a key`, `h: leads back to itself without a key`,
	}, got)
}

func TestNeedsAndNamesQueues(t *testing.T) {
	t.Parallel()
	f := greeting()
	require.False(t, f.NeedsQueue())
	require.Equal(t, []string{"1000"}, f.Queues())
	f.Nodes["more"] = engine.Node{Kind: engine.QueueNode}
	require.True(t, f.NeedsQueue())
}

// anyFlow draws a flow of a few nodes, sound or not.
func anyFlow(r *rapid.T) *engine.Flow {
	names := []string{"a", "b", "c", "d", "e", "nowhere"}
	name := rapid.SampledFrom(names)
	f := &engine.Flow{Start: name.Draw(r, "start"), Limit: rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute}).Draw(r, "limit"), Nodes: map[string]engine.Node{}}
	for _, n := range names[:5] {
		node := engine.Node{
			Kind: rapid.SampledFrom([]engine.NodeKind{engine.SayNode, engine.MenuNode, engine.QueueNode, engine.HangUpNode, "strange"}).Draw(r, "kind"),
			Next: name.Draw(r, "next"), Otherwise: name.Draw(r, "otherwise"), Tries: rapid.IntRange(0, 3).Draw(r, "tries"),
			Wait: time.Duration(rapid.IntRange(0, 9).Draw(r, "wait")) * time.Second, Keys: map[string]string{},
		}
		if rapid.Bool().Draw(r, "speaks") {
			node.Say = say("x")
		}
		for _, k := range []string{"1", "2"} {
			node.Keys[k] = name.Draw(r, "key "+k)
		}
		f.Nodes[n] = node
	}
	return f
}

// Whatever the flow and whatever happens: nobody is stuck, and everybody's walk ends.
func TestNobodyIsEverStuck(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f, now := anyFlow(r), noon
		s, _ := f.Step(engine.State{}, engine.Event{Kind: engine.Began}, now)
		sane := func() {
			switch s.Phase {
			case engine.Over, engine.Queued:
				require.Zero(r, s.Until)
			case engine.Saying, engine.Listening:
				require.False(r, s.Until.IsZero())
				require.False(r, s.Until.After(s.End), "the limit holds")
			default:
				require.Fail(r, "no phase", s.Phase)
			}
			require.LessOrEqual(r, s.Steps, engine.MaxSteps+1)
		}
		sane()
		for range rapid.IntRange(0, 60).Draw(r, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(r, "ms")) * time.Millisecond)
			kind := rapid.SampledFrom([]engine.EventKind{engine.Played, engine.Pressed, engine.Due, engine.Refused, engine.Began}).Draw(r, "event")
			s, _ = f.Step(s, engine.Event{Kind: kind, Key: rapid.SampledFrom([]string{"1", "2", "3", "D"}).Draw(r, "key"), At: now}, now)
			sane()
		}
		// The caller does nothing any more.
		for turns := 0; s.Phase != engine.Over; turns++ {
			require.Less(r, turns, 10*engine.MaxSteps, "it ends")
			before := s
			if s.Phase == engine.Queued {
				s, _ = f.Step(s, engine.Event{Kind: engine.Refused}, now)
			} else {
				if now.Before(s.Until) {
					now = s.Until
				}
				s, _ = f.Step(s, engine.Event{Kind: engine.Due}, now)
			}
			require.NotEqual(r, before, s, "it goes on")
			sane()
		}
	})
}

// goodFlow draws a flow that passes the check: what leads on without a key leads forward.
func goodFlow(r *rapid.T) *engine.Flow {
	names := []string{"a", "b", "c", "d", "e"}
	f := &engine.Flow{Start: "a", Nodes: map[string]engine.Node{"e": {Kind: engine.HangUpNode}}}
	for i, name := range names[:4] {
		next := names[i+1] // so that each is reached
		node := engine.Node{Kind: rapid.SampledFrom([]engine.NodeKind{engine.SayNode, engine.MenuNode, engine.QueueNode}).Draw(r, "kind"), Say: say("x"), Otherwise: next}
		switch node.Kind {
		case engine.SayNode:
			node.Next, node.Otherwise = next, ""
		case engine.MenuNode:
			node.Tries = rapid.IntRange(0, 10).Draw(r, "tries")
			node.Keys = map[string]string{"1": rapid.SampledFrom(names).Draw(r, "key")}
		case engine.QueueNode, engine.HangUpNode:
		}
		f.Nodes[name] = node
	}
	return f
}

// In a flow that was checked, a caller who does nothing is done within the limit.
func TestACheckedFlowEndsWithinItsLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := goodFlow(r)
		require.Empty(r, f.Check(func(string, engine.Lang) bool { return true }))
		now := noon
		s, _ := f.Step(engine.State{}, engine.Event{Kind: engine.Began}, now)
		for s.Phase != engine.Over && s.Phase != engine.Queued {
			now = s.Until
			s, _ = f.Step(s, engine.Event{Kind: engine.Due}, now)
		}
		require.LessOrEqual(r, now.Sub(noon), engine.DefaultLimit)
		require.LessOrEqual(r, s.Steps, len(f.Nodes), "each node once")
	})
}

func ExampleFlow_Step() {
	f := &engine.Flow{Start: "menu", Nodes: map[string]engine.Node{
		"menu":  {Kind: engine.MenuNode, Say: []engine.Phrase{{Sound: "menu"}}, Keys: map[string]string{"1": "agent"}, Otherwise: "bye"},
		"agent": {Kind: engine.QueueNode, Queue: "1000"},
		"bye":   {Kind: engine.HangUpNode},
	}}
	s, _ := f.Step(engine.State{}, engine.Event{Kind: engine.Began}, noon)
	s, actions := f.Step(s, engine.Event{Kind: engine.Pressed, Key: "1", At: noon}, noon)
	for _, a := range actions {
		fmt.Println(strings.TrimSpace(string(a.Kind) + " " + a.Node + a.Queue))
	}
	fmt.Println(s.Phase)
	// Output:
	// silence
	// enter agent
	// to_queue 1000
	// queued
}
