package setting

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/setting/codetree"
)

// TreeDefinition names a code tree. Domains declare those that they refer to; people make more.
type TreeDefinition struct {
	Key    string `json:"key"` // "contact.reason"; never changes
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	Levels int    `json:"levels"` // how deep nodes may stand, 1 to 10
}

var treeKeyForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){0,2}$`)

func (d TreeDefinition) normalise() (TreeDefinition, error) {
	var f fault.Fields
	f.Check(treeKeyForm.MatchString(d.Key), "body.key", fieldPattern, "is not lower-case words of letters, digits and _, joined by dots")
	d.ZH = freeText(&f, "body.zh", d.ZH, true, 100)
	d.EN = freeText(&f, "body.en", d.EN, false, 100)
	f.Check(d.Levels >= 1 && d.Levels <= 10, "body.levels", fieldTooLarge, "is not between 1 and 10")
	return d, f.Err(errInvalid.Code, "the code tree cannot be made like this")
}

// CodeTree is a tree as it holds at a centre at a moment.
type CodeTree struct {
	TreeDefinition
	Centre organization.Centre
	At     time.Time
	Tree   *codetree.Tree
	Path   []organization.Centre // the layers' centres, the nation first
}

// Selectable gives the codes that people may choose: active leaves.
func (t *CodeTree) Selectable() []codetree.Entry {
	var list []codetree.Entry
	for _, e := range t.Tree.Entries {
		if e.Active && e.Leaf {
			list = append(list, e)
		}
	}
	return list
}

// Layer is a version of what one centre contributes.
type Layer struct {
	Version    int // 0: it never contributed anything
	Content    codetree.Layer
	ActiveFrom time.Time
	CreatedAt  time.Time
	By         string
}

// LayerEdit is a new version of what a centre contributes; all of it is set.
type LayerEdit struct {
	Tree       string
	Centre     organization.CentreID
	Version    int // the newest one that the edit was based on
	Content    codetree.Layer
	ActiveFrom time.Time // zero or past: at once
	Reason     string
}

// LayerVersion is one line of a layer's history.
type LayerVersion struct {
	Version    int
	ActiveFrom time.Time
	Reason     string
	RolledBack *int
	By         string
	At         time.Time
}

const (
	maxNodes     = 5000
	furthestPlan = 2 * 366 * 24 * time.Hour
)

func decodeLayer(raw []byte) (codetree.Layer, error) {
	var l codetree.Layer
	if err := json.Unmarshal(raw, &l); err != nil {
		return l, fmt.Errorf("read a layer of a code tree: %w", err)
	}
	return l.Trim(), nil
}

// problemFields names each problem by the place of its code in the request.
func problemFields(layer codetree.Layer, problems []codetree.Problem) []fault.Field {
	places := map[string]string{}
	for i, r := range layer.Refinements {
		places[r.Code] = fmt.Sprintf("body.refinements[%d]", i)
	}
	for i, n := range layer.Nodes {
		places[n.Code] = fmt.Sprintf("body.nodes[%d]", i)
	}
	fields := make([]fault.Field, len(problems))
	for i, p := range problems {
		place, ok := places[p.Code]
		if !ok {
			place = "body.nodes"
		}
		fields[i] = fault.Field{Location: place, Code: "setting.tree_" + string(p.Reason), Message: p.Code + ": " + problemWords[p.Reason]}
	}
	return fields
}

var problemWords = map[codetree.Reason]string{
	codetree.NoParent:     "the node above it is not in the tree",
	codetree.OnlyTop:      "only the nation makes nodes at the top",
	codetree.NotExtend:    "the node above it does not allow additions",
	codetree.TooDeep:      "the tree is not that deep",
	codetree.Twice:        "the code is there already",
	codetree.NoNode:       "there is no such node above",
	codetree.OwnNode:      "is made here, so change it itself",
	codetree.NotRename:    "the node may not be renamed below",
	codetree.IsLocked:     "the node may not be hidden below",
	codetree.BadCode:      "a code is 1 to 32 capital letters, digits and . _ -, beginning with a letter or digit",
	codetree.NoName:       "the Chinese name is missing",
	codetree.LongName:     "a name has at most 100 characters",
	codetree.Disappeared:  "was there before; mark it as retired instead of removing it",
	codetree.BadCharacter: "a name has characters that cannot be stored",
}
