package interaction

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/mozillazg/go-pinyin"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/setting"
)

// TreeKey is the code tree of dispositions: what a contact was about. People edit it where they edit code trees, with
// inheritance by centre, versions and workbooks.
const TreeKey = "contact.reason"

// dispositionSpace is where the ids of codes come from: a code means one thing for ever, so its id is made of it.
var dispositionSpace = uuid.MustParse("2d3f1b52-6f6c-5a0e-9d43-1f0c0a7be201")

// DispositionID is the id by which records name a code of the tree.
func DispositionID(code string) uuid.UUID { return uuid.NewSHA1(dispositionSpace, []byte(code)) }

// Disposition is a node of the tree as it holds at a centre.
type Disposition struct {
	CodeRef
	Parent   string `json:"parent" doc:"A code; empty at the top"`
	Depth    int    `json:"depth"`
	Leaf     bool   `json:"leaf" doc:"It can be chosen"`
	Pinyin   string `json:"pinyin"`
	Initials string `json:"initials"`
}

// heldTree is what this process knows of the tree at a centre.
type heldTree struct {
	at   time.Time // when it was read
	list []Disposition
	byID map[uuid.UUID]Disposition
}

// treeFresh is how long a tree is believed before it is read again; without the database it is believed on.
const treeFresh = 15 * time.Second

var errNoTree = fault.New(fault.Unavailable, "interaction.dispositions_unknown", "the dispositions are not known now").
	WithRemedy("send it again when the health page shows the database back")

// tree gives the dispositions of a centre (none: the nation's).
func (s *Service) tree(ctx context.Context, centre uuid.UUID) (*heldTree, error) {
	s.mu.Lock()
	held := s.trees[centre]
	s.mu.Unlock()
	now := s.cfg.Clock.Now()
	if held != nil && now.Sub(held.at) < treeFresh {
		return held, nil
	}
	fresh, err := s.readTree(ctx, centre, now)
	if err != nil {
		if held != nil {
			return held, nil
		}
		return nil, errNoTree.WithCause(err)
	}
	s.mu.Lock()
	s.trees[centre] = fresh
	s.mu.Unlock()
	return fresh, nil
}

func (s *Service) readTree(ctx context.Context, centre uuid.UUID, now time.Time) (*heldTree, error) {
	ctx = actor.With(ctx, actor.System("interaction.dispositions", setting.TreeRead))
	var id organization.CentreID
	if centre == uuid.Nil {
		units, err := s.cfg.Organization.Tree(ctx)
		if err != nil {
			return nil, err
		}
		root, _ := units.Root()
		id = root.ID
	} else if err := id.UnmarshalText([]byte(centre.String())); err != nil {
		return nil, err
	}
	tree, err := s.cfg.Settings.CodeTree(ctx, TreeKey, id, now)
	if err != nil {
		return nil, err
	}
	held := &heldTree{at: now, byID: map[uuid.UUID]Disposition{}}
	names := map[string][2]string{}
	for _, e := range tree.Tree.Entries {
		d := describe(e.Code, e.ZH, e.EN, names[e.Parent])
		d.Parent, d.Depth, d.Leaf = e.Parent, e.Depth, e.Leaf
		names[e.Code] = [2]string{d.Path, d.PathEN}
		if e.Active {
			held.list = append(held.list, d)
			held.byID[d.ID] = d
		}
	}
	return held, nil
}

// describe makes a node with its names, its path below above, and what finds it.
func describe(code, zh, en string, above [2]string) Disposition {
	if en == "" {
		en = zh
	}
	d := Disposition{CodeRef: CodeRef{ID: DispositionID(code), Code: code, Name: zh, NameEN: en, Path: zh, PathEN: en}}
	if above[0] != "" {
		d.Path, d.PathEN = above[0]+"/"+zh, above[1]+"/"+en
	}
	d.Pinyin, d.Initials = spell(zh)
	return d
}

// spell gives the pinyin of a name and its initials, in small letters; what is no Han character stands as it is.
func spell(name string) (full, initials string) {
	var f, i strings.Builder
	for _, r := range strings.ToLower(name) {
		ways := pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.Normal})
		switch {
		case len(ways) > 0:
			way := strings.ReplaceAll(ways[0], "ü", "v") // as keyboards have it
			f.WriteString(way)
			i.WriteByte(way[0])
		case r > ' ' && r < 0x7f:
			f.WriteRune(r)
			i.WriteRune(r)
		}
	}
	return f.String(), i.String()
}

// Dispositions gives the tree at a centre (none: where the actor belongs); with a query only what can be chosen and is
// found by it: by name in either language, code, pinyin or initials, of itself or of what stands above it.
//
// Unchecked: everybody who is signed in may know the words.
func (s *Service) Dispositions(ctx context.Context, centre uuid.UUID, query string) ([]Disposition, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	if centre == uuid.Nil {
		centre = a.Centre
	}
	held, err := s.tree(ctx, centre)
	if err != nil {
		return nil, err
	}
	query = strings.ToLower(strings.Join(strings.Fields(query), ""))
	if query == "" {
		return slices.Clone(held.list), nil
	}
	return find(held.list, query), nil
}

// maxFound bounds what a search gives.
const maxFound = 50

// find gives the leaves that a query means, the best first: those whose own name or code it is, or begins, before those
// that have it inside or stand below such a node.
func find(list []Disposition, query string) []Disposition {
	above := map[string]bool{} // codes of nodes that are meant
	type hit struct {
		Disposition
		rank int
	}
	var hits []hit
	for _, d := range list {
		rank := matches(d, query)
		if rank == 0 && above[d.Parent] {
			rank = 4
		}
		if rank > 0 {
			above[d.Code] = true
			if d.Leaf {
				hits = append(hits, hit{d, rank})
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.rank - b.rank })
	found := make([]Disposition, 0, min(len(hits), maxFound))
	for _, h := range hits[:min(len(hits), maxFound)] {
		found = append(found, h.Disposition)
	}
	return found
}

// matches says how well a node is meant: 1 best, 0 not at all.
func matches(d Disposition, query string) int {
	best := 0
	for _, text := range []string{d.Name, d.NameEN, d.Code, d.Pinyin, d.Initials} {
		text = strings.ToLower(strings.Join(strings.Fields(text), ""))
		rank := 0
		switch {
		case text == query:
			rank = 1
		case strings.HasPrefix(text, query):
			rank = 2
		case strings.Contains(text, query):
			rank = 3
		}
		if rank > 0 && (best == 0 || rank < best) {
			best = rank
		}
	}
	return best
}
