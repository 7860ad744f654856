package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Lang is the language of what is said, zh or en.
type Lang string

// Phrase is one thing that is said: a sound, in the language of the walk unless it names another.
type Phrase struct {
	Sound string `json:"sound"`
	Lang  Lang   `json:"lang,omitempty"`
}

// NodeKind is what a node does.
type NodeKind string

// The kinds.
const (
	SayNode    NodeKind = "say"    // Say, then Next
	MenuNode   NodeKind = "menu"   // Say, then Keys; Wrong or Silent and Say again; after Tries Otherwise
	QueueNode  NodeKind = "queue"  // Say, then Queue; when it gives the caller back, Otherwise
	HangUpNode NodeKind = "hangup" // Say, then the end
)

// Node is one step of a flow. Which fields a kind has stands with the kind.
type Node struct {
	Kind      NodeKind          `json:"kind"`
	Lang      Lang              `json:"lang,omitempty"` // of this node and those behind it; empty: as before
	Say       []Phrase          `json:"say,omitempty"`
	Next      string            `json:"next,omitempty"`
	Keys      map[string]string `json:"keys,omitempty"`     // key 0-9 * # to node
	Wait      time.Duration     `json:"wait,omitempty"`     // for a key after the last word
	Tries     int               `json:"tries,omitempty"`    // how often the menu is said
	Wrong     []Phrase          `json:"wrong,omitempty"`    // after a key that means nothing
	Silent    []Phrase          `json:"silent,omitempty"`   // after no key
	Queue     string            `json:"queue,omitempty"`    // code; empty: that of the called number
	Priority  int               `json:"priority,omitempty"` // added to the queue's
	Otherwise string            `json:"otherwise,omitempty"`
}

// Defaults of nodes.
const (
	DefaultWait  = 5 * time.Second
	DefaultTries = 3
)

// DefaultLimit is how long a walk may take outside queues, where a flow does not say.
const DefaultLimit = 10 * time.Minute

// Flow is what callers are walked through.
type Flow struct {
	Name    string          `json:"name"`
	Chinese string          `json:"zh"` // what people call it
	English string          `json:"en"`
	Start   string          `json:"start"`
	Limit   time.Duration   `json:"limit"` // of a walk outside queues; 0: DefaultLimit
	Nodes   map[string]Node `json:"nodes"`
}

func (f *Flow) limit() time.Duration { return cmp.Or(f.Limit, DefaultLimit) }
func (n Node) wait() time.Duration   { return cmp.Or(n.Wait, DefaultWait) }
func (n Node) tries() int            { return cmp.Or(n.Tries, DefaultTries) }

// NeedsQueue says whether callers may come to a queue that the called number names.
func (f *Flow) NeedsQueue() bool {
	for _, n := range f.Nodes {
		if n.Kind == QueueNode && n.Queue == "" {
			return true
		}
	}
	return false
}

// Queues lists the queues that the flow names.
func (f *Flow) Queues() []string {
	var codes []string
	for _, n := range f.Nodes {
		if n.Kind == QueueNode && n.Queue != "" && !slices.Contains(codes, n.Queue) {
			codes = append(codes, n.Queue)
		}
	}
	slices.Sort(codes)
	return codes
}

// Leads gives the nodes that follow: those that a key leads to, and those that no key leads to.
func (n Node) Leads() (byKey, alone []string) {
	for _, key := range slices.Sorted(maps.Keys(n.Keys)) {
		byKey = append(byKey, n.Keys[key])
	}
	for _, to := range []string{n.Next, n.Otherwise} {
		if to != "" {
			alone = append(alone, to)
		}
	}
	return byKey, alone
}

// Problem is what is wrong with a node, and what to do.
type Problem struct{ Node, What, Do string }

// String writes it on one line.
func (p Problem) String() string {
	if p.Node == "" {
		return fmt.Sprintf("%s; %s", p.What, p.Do)
	}
	return fmt.Sprintf("node %s: %s; %s", p.Node, p.What, p.Do)
}

// Check finds everything that is wrong with a flow; known tells which sounds there are.
func (f *Flow) Check(known func(sound string, lang Lang) bool) []Problem {
	var all []Problem
	if _, ok := f.Nodes[f.Start]; !ok {
		all = append(all, Problem{What: fmt.Sprintf("it starts at %q, which is no node", f.Start), Do: "name one of its nodes in start"})
	}
	for _, name := range slices.Sorted(maps.Keys(f.Nodes)) {
		n := f.Nodes[name]
		for _, p := range append(n.check(f), n.sounds(known)...) {
			p.Node = name
			all = append(all, p)
		}
	}
	return append(append(all, f.unreached()...), f.loops()...)
}

// check looks at one node.
func (n Node) check(f *Flow) (all []Problem) {
	wrong := func(do, what string, args ...any) {
		all = append(all, Problem{What: fmt.Sprintf(what, args...), Do: do})
	}
	byKey, alone := n.Leads()
	for _, to := range slices.Concat(byKey, alone) {
		if _, ok := f.Nodes[to]; !ok {
			wrong("add that node or lead to another", "leads to %q, which is no node", to)
		}
	}
	switch n.Kind {
	case SayNode:
		if n.Next == "" {
			wrong("name the node that follows in next, or make it of the kind hangup", "leads nowhere")
		}
	case MenuNode:
		n.checkMenu(wrong)
	case QueueNode, HangUpNode:
	default:
		wrong("choose say, menu, queue or hangup", "has the kind %q, which there is not", n.Kind)
	}
	if (n.Kind == SayNode || n.Kind == MenuNode) && len(n.Say) == 0 {
		wrong("name at least one sound in say", "says nothing")
	}
	return all
}

func (n Node) checkMenu(wrong func(do, what string, args ...any)) {
	if len(n.Keys) == 0 {
		wrong("add keys, or make it of the kind say", "offers no key")
	}
	for key := range n.Keys {
		if !isKey(key) {
			wrong("use one of 0 to 9, * and #", "has the key %q, which no telephone has", key)
		}
	}
	if n.Otherwise == "" {
		wrong("name the node for those who press nothing in otherwise", "leads nowhere without a key")
	}
	if n.Tries < 0 || n.Tries > 10 {
		wrong("choose 1 to 10", "is said %d times", n.Tries)
	}
	if n.Wait < 0 || n.Wait > time.Minute {
		wrong("choose up to 1m", "waits %s for a key", n.Wait)
	}
}

func isKey(text string) bool {
	return len(text) == 1 && (text[0] >= '0' && text[0] <= '9' || text == "*" || text == "#")
}

// sounds looks for what cannot be said, in the languages in which the node may be reached.
func (n Node) sounds(known func(sound string, lang Lang) bool) (all []Problem) {
	for _, p := range slices.Concat(n.Say, n.Wrong, n.Silent) {
		if !known(p.Sound, cmp.Or(p.Lang, n.Lang)) {
			all = append(all, Problem{What: fmt.Sprintf("says %q, which there is not", p.Sound), Do: "choose a sound that there is, or put the file beside the flow"})
		}
	}
	return all
}

// unreached finds the nodes to which nothing leads.
func (f *Flow) unreached() (all []Problem) {
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		n, ok := f.Nodes[name]
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		byKey, alone := n.Leads()
		for _, to := range slices.Concat(byKey, alone) {
			visit(to)
		}
	}
	visit(f.Start)
	for _, name := range slices.Sorted(maps.Keys(f.Nodes)) {
		if !seen[name] {
			all = append(all, Problem{Node: name, What: "nothing leads to it", Do: "lead to it or take it out"})
		}
	}
	return all
}

// loops finds the nodes that lead back to themselves without a key: a caller who does nothing would never be done.
func (f *Flow) loops() (all []Problem) {
	for _, name := range slices.Sorted(maps.Keys(f.Nodes)) {
		seen := map[string]bool{}
		var visit func(at string) bool
		visit = func(at string) bool {
			_, alone := f.Nodes[at].Leads()
			for _, to := range alone {
				if to == name {
					return true
				}
				if !seen[to] {
					seen[to] = true
					if visit(to) {
						return true
					}
				}
			}
			return false
		}
		if visit(name) {
			all = append(all, Problem{Node: name, What: "leads back to itself without a key", Do: "lead to another node on the way, at last to one of the kind hangup"})
		}
	}
	return all
}
