package engine

import (
	"cmp"
	"time"
)

// MaxSteps is how many nodes a walk may take.
const MaxSteps = 200

// MaxSaying is how long something may be said before the walk goes on without having heard of its end.
const MaxSaying = 2 * time.Minute

// Phase is what a walk does at its node.
type Phase string

// The phases.
const (
	Saying    Phase = "saying"    // until [Played]
	Listening Phase = "listening" // for a key
	Queued    Phase = "queued"
	Over      Phase = "over"
)

// State is where a caller is. The zero value is before the beginning; a value belongs to one flow.
type State struct {
	Node  string    `json:"node"`
	Phase Phase     `json:"phase"`
	Lang  Lang      `json:"lang"`
	Try   int       `json:"try"`    // how often the menu was said
	Steps int       `json:"steps"`  // nodes so far
	Until time.Time `json:"until"`  // when [Due] is to come; zero: never
	End   time.Time `json:"end"`    // of the walk outside queues
	KeyAt time.Time `json:"key_at"` // when the key went down that led here; zero: none did
}

// EventKind is what happened.
type EventKind string

// The kinds.
const (
	Began   EventKind = "began"   // the call is up
	Played  EventKind = "played"  // everything was said
	Pressed EventKind = "pressed" // Key, At
	Due     EventKind = "due"     // the time of State.Until has come
	Refused EventKind = "refused" // the queue gives the caller back
)

// Event is one thing that happened to a caller.
type Event struct {
	Kind EventKind
	Key  string    // 0-9 * # A-D
	At   time.Time // when the key went down
}

// ActionKind is what is to be done.
type ActionKind string

// The kinds, with what each has.
const (
	Enter   ActionKind = "enter"    // Node, Key when one led there: for the record
	Play    ActionKind = "play"     // Say, Lang: instead of what is being said
	Silence ActionKind = "silence"  // stop what is being said
	ToQueue ActionKind = "to_queue" // Queue (empty: the number's), Priority, Lang, KeyAt; Say is heard while an agent is sought
	HangUp  ActionKind = "hang_up"
)

// Action is one thing to be done, in order.
type Action struct {
	Kind     ActionKind
	Node     string
	Key      string
	Say      []Phrase
	Lang     Lang
	Queue    string
	Priority int
	KeyAt    time.Time // when the key that led here went down; without one, when the caller got here
}

// Step takes an event. The flow must not change during a walk.
func (f *Flow) Step(s State, e Event, now time.Time) (State, []Action) {
	w := walk{flow: f, State: s, now: now}
	switch {
	case s.Phase == Over:
	case s.Phase == "":
		if e.Kind == Began {
			w.End = now.Add(f.limit())
			w.enter(f.Start, "")
		}
	case s.Phase == Queued:
		if e.Kind == Refused {
			w.refused()
		}
	case !now.Before(s.End) && e.Kind != Pressed:
		w.hangUp()
	default:
		w.event(e)
	}
	return w.State, w.actions
}

// walk is a state that is being changed.
type walk struct {
	State
	flow    *Flow
	now     time.Time
	actions []Action
}

func (w *walk) do(a Action) { w.actions = append(w.actions, a) }

// event takes what happens while something is said or a key is awaited.
func (w *walk) event(e Event) {
	n := w.flow.Nodes[w.Node]
	switch {
	case e.Kind == Pressed && (n.Kind == SayNode || n.Kind == MenuNode):
		w.pressed(n, e)
	case w.Phase == Saying && (e.Kind == Played || e.Kind == Due && !w.now.Before(w.Until)):
		w.said(n)
	case w.Phase == Listening && e.Kind == Due && !w.now.Before(w.Until):
		w.again(n, n.Silent)
	}
}

// enter begins a node.
func (w *walk) enter(name, key string) {
	n, ok := w.flow.Nodes[name]
	if w.Steps++; !ok || w.Steps > MaxSteps {
		w.hangUp()
		return
	}
	w.Node, w.Try, w.Lang = name, 1, cmp.Or(n.Lang, w.Lang)
	w.do(Action{Kind: Enter, Node: name, Key: key})
	w.arrive(n)
}

// arrive begins what a node does. A queue is asked at once: what the node says is heard while an agent is sought.
func (w *walk) arrive(n Node) {
	if n.Kind == QueueNode {
		w.queue(n)
		return
	}
	w.say(n.Say)
	if len(n.Say) == 0 {
		w.said(n)
	}
}

func (w *walk) queue(n Node) {
	if w.KeyAt.IsZero() {
		w.KeyAt = w.now
	}
	w.Phase, w.Until = Queued, time.Time{}
	w.do(Action{Kind: ToQueue, Queue: n.Queue, Priority: n.Priority, Say: n.Say, Lang: w.Lang, KeyAt: w.KeyAt})
}

func (w *walk) say(what []Phrase) {
	w.Phase = Saying
	w.until(MaxSaying)
	if len(what) > 0 {
		w.do(Action{Kind: Play, Say: what, Lang: w.Lang})
	}
}

// until sets the time at which the walk goes on, not beyond its end.
func (w *walk) until(d time.Duration) {
	w.Until = w.now.Add(d)
	if w.End.Before(w.Until) {
		w.Until = w.End
	}
}

// said goes on when everything was said.
func (w *walk) said(n Node) {
	switch n.Kind {
	case SayNode:
		w.enter(n.Next, "")
	case MenuNode:
		w.Phase = Listening
		w.until(n.wait())
	case HangUpNode, QueueNode: // a queue has the caller already
		w.hangUp()
	default:
		w.hangUp()
	}
}

// pressed takes a key. At a node that only speaks it counts for the menu behind it.
func (w *walk) pressed(n Node, e Event) {
	for n.Kind == SayNode {
		w.enterQuietly(n.Next)
		if n = w.flow.Nodes[w.Node]; w.Phase == Over {
			return
		}
	}
	if n.Kind != MenuNode {
		w.do(Action{Kind: Silence})
		w.arrive(n)
		return
	}
	if to, ok := n.Keys[e.Key]; ok {
		w.KeyAt = e.At
		w.do(Action{Kind: Silence})
		w.enter(to, e.Key)
		return
	}
	w.again(n, n.Wrong)
}

// enterQuietly begins a node without a word, because a key cut it short.
func (w *walk) enterQuietly(name string) {
	n, ok := w.flow.Nodes[name]
	if w.Steps++; !ok || w.Steps > MaxSteps {
		w.hangUp()
		return
	}
	w.Node, w.Try, w.Lang = name, 1, cmp.Or(n.Lang, w.Lang)
	w.do(Action{Kind: Enter, Node: name})
}

// again says a menu once more, or gives up.
func (w *walk) again(n Node, why []Phrase) {
	if w.Try >= n.tries() {
		w.KeyAt = time.Time{} // no key led on from here
		w.do(Action{Kind: Silence})
		w.enter(n.Otherwise, "")
		return
	}
	w.Try++
	w.say(append(append([]Phrase(nil), why...), n.Say...))
}

// refused goes on when the queue gave the caller back: the time in it does not count.
func (w *walk) refused() {
	n := w.flow.Nodes[w.Node]
	w.End = w.now.Add(w.flow.limit())
	if n.Otherwise == "" {
		w.hangUp()
		return
	}
	w.enter(n.Otherwise, "")
}

func (w *walk) hangUp() {
	w.Phase, w.Until = Over, time.Time{}
	w.do(Action{Kind: HangUp})
}
