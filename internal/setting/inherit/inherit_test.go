package inherit_test

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/setting/inherit"
)

type level = inherit.Level[int]

func higher(a, b int) int { return cmp.Compare(a, b) }

func set(v int, lock inherit.Lock) level { return level{Set: true, Value: v, Lock: lock} }

func paths() *rapid.Generator[[]level] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) level {
		if rapid.Bool().Draw(t, "silent") {
			return level{}
		}
		return set(rapid.IntRange(-5, 5).Draw(t, "value"), rapid.SampledFrom([]inherit.Lock{inherit.Open, inherit.Floor, inherit.Fixed}).Draw(t, "lock"))
	}), 0, 6)
}

func TestResolveByExample(t *testing.T) {
	t.Parallel()
	const fallback = 0
	for name, tt := range map[string]struct {
		path    []level
		value   int
		source  int
		verdict inherit.Verdict // of the last level
	}{
		"a silent path has the default":           {[]level{{}, {}}, fallback, inherit.Default, inherit.Inherited},
		"the nearest word holds":                  {[]level{set(1, ""), set(2, ""), {}}, 2, 1, inherit.Inherited},
		"a stricter word below a floor holds":     {[]level{set(3, inherit.Floor), set(4, "")}, 4, 1, inherit.Applied},
		"a laxer word below a floor yields":       {[]level{set(3, inherit.Floor), set(2, "")}, 3, 0, inherit.Yielded},
		"a floor binds through a silent level":    {[]level{set(3, inherit.Floor), {}, set(2, "")}, 3, 0, inherit.Yielded},
		"a floor binds past a stricter value":     {[]level{set(3, inherit.Floor), set(5, ""), set(3, "")}, 3, 2, inherit.Applied},
		"a second floor binds more":               {[]level{set(3, inherit.Floor), set(5, inherit.Floor), set(4, "")}, 5, 1, inherit.Yielded},
		"a laxer second floor yields itself":      {[]level{set(3, inherit.Floor), set(1, inherit.Floor), set(2, "")}, 3, 0, inherit.Yielded},
		"below a fixed level nothing counts":      {[]level{set(3, inherit.Fixed), set(9, "")}, 3, 0, inherit.Ignored},
		"fixing what yields fixes the floor":      {[]level{set(3, inherit.Floor), set(1, inherit.Fixed), set(9, "")}, 3, 0, inherit.Ignored},
		"an ignored lock binds nobody of its own": {[]level{set(3, inherit.Fixed), set(9, inherit.Floor), set(1, "")}, 3, 0, inherit.Ignored},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := inherit.Resolve(fallback, tt.path, higher)
			require.Equal(t, tt.value, r.Value)
			require.Equal(t, tt.source, r.Source)
			require.Equal(t, tt.verdict, r.Steps[len(tt.path)-1].Verdict)
		})
	}
}

// What holds at a centre satisfies every floor that holds above it, and nothing but a fixed value holds below one.
func TestEveryFloorAboveIsSatisfied(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		path := paths().Draw(t, "path")
		r := inherit.Resolve(0, path, higher)
		for i, l := range path {
			counts := l.Set && (r.Steps[i].Verdict == inherit.Applied || r.Steps[i].Verdict == inherit.Yielded)
			for _, below := range r.Steps[i:] {
				if counts && l.Lock == inherit.Floor {
					require.GreaterOrEqual(t, below.Effective, l.Value, "floor of level %d", i)
				}
				if counts && l.Lock == inherit.Fixed {
					require.Equal(t, r.Steps[i].Effective, below.Effective, "fixed at level %d", i)
				}
			}
		}
	})
}

func TestRemovingTheLastWordGivesTheParentsValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		path := paths().Draw(t, "path")
		parent := inherit.Resolve(0, path, higher)
		child := inherit.Resolve(0, append(path[:len(path):len(path)], level{}), higher)
		require.Equal(t, parent.Value, child.Value)
		require.Equal(t, parent.Source, child.Source)
	})
}

// Tightening a floor never makes anything below laxer.
func TestTighteningAFloorNeverLoosensAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		below := paths().Draw(t, "below")
		at := rapid.IntRange(-5, 5).Draw(t, "floor")
		by := rapid.IntRange(0, 5).Draw(t, "tightened by")
		lax := inherit.Resolve(0, append([]level{set(at, inherit.Floor)}, below...), higher)
		strict := inherit.Resolve(0, append([]level{set(at+by, inherit.Floor)}, below...), higher)
		require.GreaterOrEqual(t, strict.Value, lax.Value)
	})
}

// The explanation names the true source: the value is that level's own, or the default.
func TestSourceIsTheLevelWhoseValueHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		path := paths().Draw(t, "path")
		r := inherit.Resolve(7, path, higher)
		for i, s := range append(r.Steps, inherit.Step[int]{Effective: r.Value, Source: r.Source, Verdict: inherit.Inherited, Bound: inherit.Default}) {
			if s.Source == inherit.Default {
				require.Equal(t, 7, s.Effective)
			} else {
				require.True(t, path[s.Source].Set)
				require.Equal(t, path[s.Source].Value, s.Effective)
			}
			switch s.Verdict {
			case inherit.Applied:
				require.Equal(t, i, s.Source)
			case inherit.Yielded:
				require.Equal(t, s.Bound, s.Source, "the floor's value holds")
				require.Less(t, path[i].Value, s.Effective)
			case inherit.Ignored:
				require.Equal(t, inherit.Fixed, path[s.Bound].Lock)
			case inherit.Inherited:
				require.Equal(t, inherit.Default, s.Bound)
			}
		}
	})
}

func TestWithoutAnOrderAFloorCannotBeUndercut(t *testing.T) {
	t.Parallel()
	r := inherit.Resolve(0, []level{set(3, inherit.Floor), set(9, "")}, nil)
	require.Equal(t, 3, r.Value)
	require.Equal(t, 0, r.Fixed)
}

func ExampleResolve() {
	// The nation demands at least 10 characters, the province asks for 12, the city tries 8.
	path := []inherit.Level[int]{
		{Set: true, Value: 10, Lock: inherit.Floor},
		{Set: true, Value: 12},
		{Set: true, Value: 8},
	}
	r := inherit.Resolve(8, path, func(a, b int) int { return cmp.Compare(a, b) })
	fmt.Println(r.Value, r.Steps[2].Verdict, "to level", r.Source)
	// Output: 10 yielded to level 0
}
