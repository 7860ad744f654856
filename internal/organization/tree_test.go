package organization_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/clock/clocktest"
)

// builtInPlaces are the provinces and cities that come with the program.
func builtInPlaces() *organization.Places {
	tables := map[string]*organization.Codes{}
	for _, c := range organization.BuiltIn() {
		tables[c.Table.Code] = c
	}
	return organization.NewPlaces(tables[organization.TableProvince], tables[organization.TableCity])
}

// drawCentres makes a tree: the parent of every centre stands before it, and levels descend.
func drawCentres(t *rapid.T) []organization.Centre {
	depth := map[organization.Level]int{actor.Nation: 0, actor.Province: 1, actor.City: 2, actor.Site: 3}
	list := []organization.Centre{{ID: organization.NewCentreID(), Level: actor.Nation, Code: "N", State: organization.Active}}
	for i := range rapid.IntRange(0, 25).Draw(t, "centres") {
		parent := list[rapid.IntRange(0, len(list)-1).Draw(t, "parent")]
		level := rapid.SampledFrom([]organization.Level{actor.Province, actor.City, actor.Site}).Draw(t, "level")
		if depth[level] < depth[parent.Level] || level == parent.Level && level != actor.Site {
			continue
		}
		c := organization.Centre{ID: organization.NewCentreID(), Parent: parent.ID, Level: level, Code: fmt.Sprintf("C%02d", i), State: organization.Active}
		c.Province = rapid.SampledFrom([]string{"440000", "350000", "460000"}).Draw(t, "province")
		if level != actor.Province {
			c.City = rapid.SampledFrom([]string{"440100", "440300", "350100", "460100", "440600"}).Draw(t, "city")
		}
		list = append(list, c)
	}
	return list
}

// drawAreas makes areas of some of the centres, of all selectors, that have ended, hold, or begin later.
func drawAreas(t *rapid.T, centres []organization.Centre) []organization.Area {
	values := map[organization.Selector][]string{
		organization.ByCalled: {"10086", "12580", "1008611"}, organization.ByCalledPrefix: {"100", "1008", "12580"},
		organization.ByCity: {"440100", "440600", "460100"}, organization.ByAreaCode: {"020", "0898", "0757"},
		organization.ByProvince: {"440000", "460000"}, organization.ByNation: {""},
	}
	var list []organization.Area
	for range rapid.IntRange(0, 20).Draw(t, "areas") {
		a := organization.Area{ID: organization.NewAreaID(), Centre: rapid.SampledFrom(centres).Draw(t, "centre").ID}
		a.Service = rapid.SampledFrom([]string{"hotline", "information"}).Draw(t, "service")
		a.Selector = rapid.SampledFrom(organization.Selectors()).Draw(t, "selector")
		a.Value = rapid.SampledFrom(values[a.Selector]).Draw(t, "value")
		a.ValidFrom = clocktest.Epoch.Add(time.Duration(rapid.IntRange(-3, 2).Draw(t, "from")) * time.Hour)
		if hours := rapid.IntRange(0, 3).Draw(t, "hours"); hours > 0 {
			until := a.ValidFrom.Add(time.Duration(hours) * time.Hour)
			a.ValidUntil = &until
		}
		list = append(list, a)
	}
	return list
}

func TestPathBelowAndScopeAgree(t *testing.T) {
	t.Parallel()
	places := builtInPlaces()
	rapid.Check(t, func(t *rapid.T) {
		centres := drawCentres(t)
		areas := drawAreas(t, centres)
		shuffled := slices.Clone(centres)
		for i := range shuffled {
			j := rapid.IntRange(0, i).Draw(t, "swap")
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		}
		tree, err := organization.NewTree(clocktest.Epoch, shuffled, areas, places)
		require.NoError(t, err)
		require.Len(t, tree.Centres(), len(centres))
		root, ok := tree.Root()
		require.True(t, ok)
		require.Len(t, tree.Below(root.ID), len(centres))
		for _, c := range centres {
			path := tree.Path(c.ID)
			require.Equal(t, root.ID, path[0].ID)
			require.Equal(t, c.ID, path[len(path)-1].ID)
			scope := tree.Scope(c.ID)
			for _, o := range centres {
				below := slices.Contains(tree.Below(c.ID), o.ID)
				onPath := slices.ContainsFunc(tree.Path(o.ID), func(p organization.Centre) bool { return p.ID == c.ID })
				require.Equal(t, onPath, below, "who stands below has it on the path")
				require.Equal(t, below, scope.Covers(o.ID.UUID()) && (!scope.IsNational() || c.ID == root.ID))
			}
			require.True(t, scope.CoversPlace(c.Province, c.City) || c.Level == actor.Nation)
			if !c.Parent.IsZero() {
				require.True(t, scope.Within(tree.Scope(c.Parent)), "the scope of a child lies within that of its parent")
			}
		}
		for _, a := range areas {
			scope := tree.Scope(a.Centre)
			if !a.ValidAt(clocktest.Epoch) {
				continue
			}
			switch a.Selector {
			case organization.ByCity:
				require.True(t, scope.CoversPlace(places.ProvinceOf(a.Value), a.Value))
			case organization.ByProvince:
				require.True(t, scope.CoversPlace(a.Value, ""))
			case organization.ByAreaCode:
				for _, city := range places.CitiesOf(a.Value) {
					require.True(t, scope.CoversPlace(places.ProvinceOf(city), city))
				}
			case organization.ByCalled, organization.ByCalledPrefix, organization.ByNation:
			}
		}
	})
}

func TestNumbersDialledAndTheNationWidenNoScope(t *testing.T) {
	t.Parallel()
	nation := organization.Centre{ID: organization.NewCentreID(), Level: actor.Nation, Code: "N"}
	city := organization.Centre{ID: organization.NewCentreID(), Parent: nation.ID, Level: actor.City, Code: "C", Province: "440000", City: "440100"}
	var areas []organization.Area
	for _, a := range []organization.Area{{Selector: organization.ByCalled, Value: "10086"}, {Selector: organization.ByCalledPrefix, Value: "100"}, {Selector: organization.ByNation}} {
		a.ID, a.Centre, a.Service, a.ValidFrom = organization.NewAreaID(), city.ID, "hotline", clocktest.Epoch
		areas = append(areas, a)
	}
	tree, err := organization.NewTree(clocktest.Epoch, []organization.Centre{nation, city}, areas, builtInPlaces())
	require.NoError(t, err)
	require.Equal(t, actor.Places([]uuid.UUID{city.ID.UUID()}, nil, []string{"440100"}), tree.Scope(city.ID))
}

func TestCentresThatAreNoTreeAreRefused(t *testing.T) {
	t.Parallel()
	places := builtInPlaces()
	n, a, b := organization.NewCentreID(), organization.NewCentreID(), organization.NewCentreID()
	for name, centres := range map[string][]organization.Centre{
		"two without parent":    {{ID: n, Code: "N"}, {ID: a, Code: "A"}},
		"a parent that is not":  {{ID: n, Code: "N"}, {ID: a, Code: "A", Parent: b}},
		"a circle":              {{ID: n, Code: "N"}, {ID: a, Code: "A", Parent: b}, {ID: b, Code: "B", Parent: a}},
		"nothing but a circle":  {{ID: a, Code: "A", Parent: b}, {ID: b, Code: "B", Parent: a}},
		"a centre below itself": {{ID: n, Code: "N"}, {ID: a, Code: "A", Parent: a}},
	} {
		_, err := organization.NewTree(clocktest.Epoch, centres, nil, places)
		require.Error(t, err, name)
	}
	empty, err := organization.NewTree(clocktest.Epoch, nil, nil, places)
	require.NoError(t, err)
	_, ok := empty.Root()
	require.False(t, ok, "before the set-up there is nothing")
	require.Nil(t, empty.Path(n))
	require.Nil(t, empty.Below(n))
	require.True(t, empty.Scope(n).Empty())
}

// BenchmarkTree makes the snapshot of an organisation with a centre in each city.
func BenchmarkTree(b *testing.B) {
	nation := organization.Centre{ID: organization.NewCentreID(), Level: actor.Nation, Code: "N", State: organization.Active}
	centres := []organization.Centre{nation}
	for _, c := range organization.BuiltIn() {
		if c.Table.Code != organization.TableCity {
			continue
		}
		for _, i := range c.Items() {
			centres = append(centres, organization.Centre{
				ID: organization.NewCentreID(), Parent: nation.ID, Level: actor.City, Code: i.Code, Province: i.Parent, City: i.Code, State: organization.Active,
			})
		}
	}
	places := builtInPlaces()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := organization.NewTree(clocktest.Epoch, centres, nil, places); err != nil {
			b.Fatal(err)
		}
	}
}
