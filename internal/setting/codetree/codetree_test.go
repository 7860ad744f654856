package codetree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/setting/codetree"
)

var nation = codetree.Layer{Nodes: []codetree.Node{
	{Code: "FEE", ZH: "话费", EN: "Charges", Position: 1, Locked: true, Extend: true},
	{Code: "FEE-BILL", Parent: "FEE", ZH: "账单", Rename: true, Extend: true},
	{Code: "NET", ZH: "网络", EN: "Network", Position: 2, Rename: true},
}}

func TestAProvinceAddsRenamesAndHides(t *testing.T) {
	t.Parallel()
	tree := codetree.Merge(3, nation, codetree.Layer{
		Nodes:       []codetree.Node{{Code: "FEE-GD", Parent: "FEE-BILL", ZH: "粤语账单"}},
		Refinements: []codetree.Refinement{{Code: "FEE-BILL", ZH: "帐单"}, {Code: "NET", Hidden: true}},
	})
	require.Empty(t, tree.Problems)
	codes := []string{}
	for _, e := range tree.Entries {
		codes = append(codes, e.Path)
	}
	require.Equal(t, []string{"FEE", "FEE/FEE-BILL", "FEE/FEE-BILL/FEE-GD", "NET"}, codes)
	bill, _ := tree.Find("FEE-BILL")
	require.Equal(t, "帐单", bill.ZH)
	require.Equal(t, 1, bill.Renamed)
	require.False(t, bill.Leaf)
	net, _ := tree.Find("NET")
	require.False(t, net.Active)
	require.Equal(t, 1, net.Hidden)
}

func TestWhatARuleAboveForbidsDoesNotCount(t *testing.T) {
	t.Parallel()
	tree := codetree.Merge(2, nation, codetree.Layer{
		Nodes: []codetree.Node{
			{Code: "TOP", ZH: "自建"}, {Code: "NET-1", Parent: "NET", ZH: "宽带"}, {Code: "DEEP", Parent: "FEE-BILL", ZH: "太深"},
			{Code: "FEE", Parent: "NET", ZH: "重复"}, {Code: "LOST", Parent: "NOWHERE", ZH: "无上级"},
		},
		Refinements: []codetree.Refinement{{Code: "FEE", ZH: "资费", Hidden: true}, {Code: "GONE", Hidden: true}},
	})
	reasons := map[string]codetree.Reason{}
	for _, p := range tree.Problems {
		require.Equal(t, 1, p.Layer)
		reasons[p.Code+" "+string(p.Reason)] = p.Reason
	}
	for _, want := range []string{"TOP only_nation", "NET-1 not_extendable", "DEEP too_deep", "FEE twice", "LOST no_parent", "FEE not_renameable", "FEE locked", "GONE no_such_node"} {
		require.Contains(t, reasons, want)
	}
	fee, _ := tree.Find("FEE")
	require.True(t, fee.Active)
	require.Equal(t, "话费", fee.ZH)
}

func TestCodesAreRetiredNeverRemoved(t *testing.T) {
	t.Parallel()
	after := codetree.Layer{Nodes: nation.Nodes[:2]}
	require.Contains(t, codetree.Check(3, nil, nation, after), codetree.Problem{Layer: 0, Code: "NET", Reason: codetree.Disappeared})
	after.Nodes = append(after.Nodes[:2:2], codetree.Node{Code: "NET", ZH: "网络", Retired: true})
	require.Empty(t, codetree.Check(3, nil, nation, after))
	net, ok := codetree.Merge(3, after).Find("NET")
	require.True(t, ok)
	require.False(t, net.Active)
}

func TestCheckNamesWhatCannotBeSaved(t *testing.T) {
	t.Parallel()
	for reason, n := range map[codetree.Reason]codetree.Node{
		codetree.BadCode: {Code: "fee", ZH: "话费"}, codetree.NoName: {Code: "FEE"},
		codetree.LongName: {Code: "FEE", ZH: strings.Repeat("长", 101)}, codetree.BadCharacter: {Code: "FEE", ZH: "a\x00"},
		codetree.NoParent: {Code: "FEE", Parent: "FEE", ZH: "自己"},
	} {
		require.Equal(t, []codetree.Problem{{Code: n.Code, Reason: reason}}, codetree.Check(3, nil, codetree.Layer{}, codetree.Layer{Nodes: []codetree.Node{n}}))
	}
}

func layers() *rapid.Generator[[]codetree.Layer] {
	code := rapid.SampledFrom([]string{"A", "B", "C", "D", "E", "F", "G", "H"})
	parent := rapid.SampledFrom([]string{"", "A", "B", "C", "D", "E", "F"})
	node := rapid.Custom(func(t *rapid.T) codetree.Node {
		return codetree.Node{
			Code: code.Draw(t, "code"), Parent: parent.Draw(t, "parent"), ZH: "名", Position: rapid.IntRange(0, 2).Draw(t, "position"),
			Locked: rapid.Bool().Draw(t, "locked"), Rename: rapid.Bool().Draw(t, "rename"), Extend: rapid.Bool().Draw(t, "extend"), Retired: rapid.Bool().Draw(t, "retired"),
		}
	})
	refinement := rapid.Custom(func(t *rapid.T) codetree.Refinement {
		return codetree.Refinement{Code: code.Draw(t, "code"), ZH: rapid.SampledFrom([]string{"", "别名"}).Draw(t, "zh"), Hidden: rapid.Bool().Draw(t, "hidden")}
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) codetree.Layer {
		return codetree.Layer{Nodes: rapid.SliceOfN(node, 0, 6).Draw(t, "nodes"), Refinements: rapid.SliceOfN(refinement, 0, 4).Draw(t, "refinements")}
	}), 1, 4)
}

// Whatever the layers say: parents come first, codes once, locked nodes are not hidden from below, and a node counts only
// below nodes that count.
func TestMergedTreesAreTrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := layers().Draw(t, "layers")
		tree := codetree.Merge(3, list...)
		seen := map[string]codetree.Entry{}
		for _, e := range tree.Entries {
			require.NotContains(t, seen, e.Code)
			require.LessOrEqual(t, e.Depth, 3)
			if e.Parent != "" {
				parent, ok := seen[e.Parent]
				require.True(t, ok, "the parent comes first")
				require.Equal(t, parent.Depth+1, e.Depth)
				require.True(t, parent.Active || !e.Active)
				require.True(t, parent.Layer == e.Layer || parent.Extend)
			}
			if e.Hidden != codetree.None {
				require.False(t, e.Locked)
				require.Greater(t, e.Hidden, e.Layer)
			}
			if e.Renamed != e.Layer {
				require.True(t, e.Rename)
			}
			seen[e.Code] = e
		}
		again := codetree.Merge(3, append(list, codetree.Layer{})...)
		require.Equal(t, tree.Entries, again.Entries, "a centre that says nothing has its parent's tree")
	})
}

// What a layer adds never takes away or changes a node of its own from a layer above, but for names and hiding.
func TestLayersBelowLeaveWhatIsAbove(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := layers().Draw(t, "layers")
		above, all := codetree.Merge(3, list[:len(list)-1]...), codetree.Merge(3, list...)
		for _, e := range above.Entries {
			now, ok := all.Find(e.Code)
			require.True(t, ok)
			require.Equal(t, e.Layer, now.Layer)
			require.Equal(t, e.Path, now.Path)
			require.True(t, e.Active || !now.Active, "nothing comes back to life")
		}
	})
}

func ExampleMerge() {
	nation := codetree.Layer{Nodes: []codetree.Node{{Code: "FEE", ZH: "话费", Extend: true, Rename: true}}}
	province := codetree.Layer{
		Nodes:       []codetree.Node{{Code: "FEE-5G", Parent: "FEE", ZH: "5G 套餐"}},
		Refinements: []codetree.Refinement{{Code: "FEE", ZH: "资费"}},
	}
	for _, e := range codetree.Merge(3, nation, province).Entries {
		fmt.Println(e.Path, e.ZH)
	}
	// Output:
	// FEE 资费
	// FEE/FEE-5G 5G 套餐
}
