// Package codetree merges what the centres of a path contribute to a tree of codes into the tree that holds at
// the last of them (A-52, H-14). It is pure.
//
// # Words
//
// The first [Layer] (the nation's) makes the top of the tree. Each further layer may add nodes below nodes that
// allow it, give nodes from above a name of its own where that is allowed, and hide nodes that are not locked.
// A node is retired, never removed: records name it. What a layer says against a rule of a layer above it (a node
// that was locked afterwards) does not count and is reported, as with the floors of settings.
//
// # Invariants
//
// Each node of a merged tree has its parent in the tree, before itself; codes are unique; the order is that of
// positions, then codes. A locked node is never hidden by a layer below its own. A node is active when neither it
// nor any node above it is hidden or retired.
package codetree

import (
	"cmp"
	"regexp"
	"slices"
)

// Node is a code that a layer makes.
type Node struct {
	Code     string `json:"code"`
	Parent   string `json:"parent"` // a code of this layer or of one above; empty at the top of the nation's layer
	ZH       string `json:"zh"`
	EN       string `json:"en"`
	Position int    `json:"position"`
	Locked   bool   `json:"locked"`  // those below may not hide it
	Rename   bool   `json:"rename"`  // those below may name it as they like
	Extend   bool   `json:"extend"`  // those below may add nodes under it
	Retired  bool   `json:"retired"` // no longer used, kept for records
}

// Refinement is what a layer says about a node from above.
type Refinement struct {
	Code   string `json:"code"`
	ZH     string `json:"zh"` // empty: as above
	EN     string `json:"en"`
	Hidden bool   `json:"hidden"`
}

// Layer is what one centre contributes.
type Layer struct {
	Nodes       []Node       `json:"nodes"`
	Refinements []Refinement `json:"refinements"`
}

// Entry is a node of a merged tree.
type Entry struct {
	Node
	Depth   int    // 1 at the top
	Path    string // codes from the top to this node, joined by /
	Layer   int    // that made it
	Renamed int    // layer whose name it has; that of Layer when nobody renamed it
	Hidden  int    // layer that hides it; None when nobody does
	Active  bool
	Leaf    bool // no active node is below it
}

// None stands where no layer is meant.
const None = -1

// Reason says why something does not count.
type Reason string

// The reasons.
const (
	NoParent     Reason = "no_parent"       // its parent is not in the tree
	OnlyTop      Reason = "only_nation"     // only the first layer makes nodes without parent
	NotExtend    Reason = "not_extendable"  // the parent from above does not allow additions
	TooDeep      Reason = "too_deep"        // below the depth of the tree
	Twice        Reason = "twice"           // the code is there already
	NoNode       Reason = "no_such_node"    // refines what is not there
	OwnNode      Reason = "own_node"        // refines what the layer itself makes
	NotRename    Reason = "not_renameable"  // the node may not be renamed
	IsLocked     Reason = "locked"          // the node may not be hidden
	BadCode      Reason = "bad_code"        // not 1 to 32 capital letters, digits and . _ -
	NoName       Reason = "no_name"         // without a Chinese name
	LongName     Reason = "name_too_long"   // more than 100 characters
	Disappeared  Reason = "must_be_retired" // was there before; codes are retired, not removed
	BadCharacter Reason = "bad_characters"  // characters that cannot be stored
)

// Problem is something that does not count, or must not be saved.
type Problem struct {
	Layer  int
	Code   string
	Reason Reason
}

// Tree is a merged tree.
type Tree struct {
	Entries  []Entry // parents before children, children by position, then code
	Problems []Problem
	byCode   map[string]int
}

// Find gives a node by its code.
func (t *Tree) Find(code string) (Entry, bool) {
	i, ok := t.byCode[code]
	if !ok {
		return Entry{}, false
	}
	return t.Entries[i], true
}

// draft is a tree while layers are put together.
type draft struct {
	depth    int
	entries  map[string]*Entry
	problems []Problem
}

// Merge puts layers together, the nation's first. depth is how deep the tree may be.
func Merge(depth int, layers ...Layer) *Tree {
	d := &draft{depth: depth, entries: map[string]*Entry{}}
	for i, layer := range layers {
		d.add(i, layer.Nodes)
		d.refine(i, layer.Refinements)
	}
	return d.finish()
}

// add takes the nodes of a layer whose parents are there, until none is left that can be taken.
func (d *draft) add(layer int, nodes []Node) {
	left := slices.Clone(nodes)
	for {
		taken := len(left)
		left = slices.DeleteFunc(left, func(n Node) bool {
			reason, later := d.place(layer, n)
			if reason != "" && !later {
				d.problems = append(d.problems, Problem{layer, n.Code, reason})
			}
			return !later
		})
		if len(left) == taken {
			break
		}
	}
	for _, n := range left { // what waits for a parent that never comes, also nodes in a circle
		d.problems = append(d.problems, Problem{layer, n.Code, NoParent})
	}
}

// place takes one node; later says that its parent may still come.
func (d *draft) place(layer int, n Node) (reason Reason, later bool) {
	if d.entries[n.Code] != nil {
		return Twice, false
	}
	e := &Entry{Node: n, Depth: 1, Path: n.Code, Layer: layer, Renamed: layer, Hidden: None}
	if n.Parent == "" {
		if layer > 0 {
			return OnlyTop, false
		}
		d.entries[n.Code] = e
		return "", false
	}
	parent := d.entries[n.Parent]
	switch {
	case parent == nil:
		return NoParent, true
	case parent.Layer < layer && !parent.Extend:
		return NotExtend, false
	case parent.Depth >= d.depth:
		return TooDeep, false
	}
	e.Depth, e.Path = parent.Depth+1, parent.Path+"/"+n.Code
	d.entries[n.Code] = e
	return "", false
}

// refine applies what a layer says about nodes from above.
func (d *draft) refine(layer int, list []Refinement) {
	report := func(code string, r Reason) { d.problems = append(d.problems, Problem{layer, code, r}) }
	for _, r := range list {
		e := d.entries[r.Code]
		switch {
		case e == nil:
			report(r.Code, NoNode)
			continue
		case e.Layer == layer:
			report(r.Code, OwnNode)
			continue
		}
		if r.ZH != "" || r.EN != "" {
			if e.Rename {
				e.ZH, e.EN, e.Renamed = cmp.Or(r.ZH, e.ZH), cmp.Or(r.EN, e.EN), layer
			} else {
				report(r.Code, NotRename)
			}
		}
		if r.Hidden && e.Locked {
			report(r.Code, IsLocked)
		} else if r.Hidden && e.Hidden == None {
			e.Hidden = layer
		}
	}
}

// finish orders the tree and works out what is active.
func (d *draft) finish() *Tree {
	children := map[string][]*Entry{}
	for _, e := range d.entries {
		children[e.Parent] = append(children[e.Parent], e)
	}
	t := &Tree{Entries: make([]Entry, 0, len(d.entries)), Problems: d.problems, byCode: make(map[string]int, len(d.entries))}
	var visit func(parent string, active bool) (anyActive bool)
	visit = func(parent string, active bool) (anyActive bool) {
		list := children[parent]
		slices.SortFunc(list, func(a, b *Entry) int {
			return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Code, b.Code))
		})
		for _, e := range list {
			e.Active = active && !e.Retired && e.Hidden == None
			at := len(t.Entries)
			t.Entries, t.byCode[e.Code] = append(t.Entries, *e), at
			t.Entries[at].Leaf = !visit(e.Code, e.Active)
			anyActive = anyActive || e.Active
		}
		return anyActive
	}
	visit("", true)
	return t
}

var codeForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9._-]{0,31}$`)

// Check says what is wrong with a new layer, given the layers above it and the layer that it replaces. Nothing that
// it finds may be saved.
func Check(depth int, above []Layer, before, layer Layer) []Problem {
	mine := len(above)
	problems := namesOf(mine, layer)
	kept := map[string]bool{}
	for _, n := range layer.Nodes {
		kept[n.Code] = true
	}
	for _, n := range before.Nodes {
		if !kept[n.Code] {
			problems = append(problems, Problem{mine, n.Code, Disappeared})
		}
	}
	seen := map[string]bool{}
	for _, r := range layer.Refinements {
		if seen[r.Code] {
			problems = append(problems, Problem{mine, r.Code, Twice})
		}
		seen[r.Code] = true
	}
	for _, p := range Merge(depth, append(slices.Clone(above), layer)...).Problems {
		if p.Layer == mine {
			problems = append(problems, p)
		}
	}
	return problems
}
