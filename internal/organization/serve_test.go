package organization_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/clock/clocktest"
)

// south is the case of H-19: the Guangzhou centre serves the hotline of five cities and the information line of the
// whole province.
func south(t testing.TB) (tree *organization.Tree, byName map[string]organization.CentreID) {
	t.Helper()
	centre := func(parent organization.CentreID, level organization.Level, name, province, city string) organization.Centre {
		return organization.Centre{
			ID: organization.NewCentreID(), Parent: parent, Level: level, Code: name, Name: name, Province: province, City: city, State: organization.Active,
		}
	}
	nation := centre(organization.CentreID{}, actor.Nation, "nation", "", "")
	gd := centre(nation.ID, actor.Province, "guangdong", "440000", "")
	gz := centre(gd.ID, actor.City, "guangzhou", "440000", "440100")
	sz := centre(gd.ID, actor.City, "shenzhen", "440000", "440300")
	hi := centre(nation.ID, actor.Province, "hainan", "460000", "")
	hk := centre(hi.ID, actor.City, "haikou", "460000", "460100")
	byName = map[string]organization.CentreID{}
	centres := []organization.Centre{nation, gd, gz, sz, hi, hk}
	for _, c := range centres {
		byName[c.Name] = c.ID
	}
	area := func(who organization.Centre, service string, selector organization.Selector, value string) organization.Area {
		return organization.Area{ID: organization.NewAreaID(), Centre: who.ID, Service: service, Selector: selector, Value: value, ValidFrom: clocktest.Epoch.Add(-time.Hour)}
	}
	areas := []organization.Area{
		area(gz, "information", organization.ByProvince, "440000"),
		area(sz, "hotline", organization.ByCity, "440300"),
		area(hk, "hotline", organization.ByAreaCode, "0898"),
		area(hi, "hotline", organization.ByCity, "460200"),
		area(nation, "hotline", organization.ByNation, ""),
		area(gd, "hotline", organization.ByProvince, "440000"),
		area(nation, "hotline", organization.ByCalled, "1008688"),
		area(gz, "hotline", organization.ByCalledPrefix, "10086"),
		area(hi, "hotline", organization.ByCalledPrefix, "100867"),
	}
	for _, city := range []string{"440100", "440600", "442000", "440400", "440700"} {
		areas = append(areas, area(gz, "hotline", organization.ByCity, city))
	}
	tree, err := organization.NewTree(clocktest.Epoch, centres, areas, builtInPlaces())
	require.NoError(t, err)
	return tree, byName
}

func TestWhoServes(t *testing.T) {
	t.Parallel()
	tree, ids := south(t)
	for name, c := range map[string]struct {
		query    organization.Query
		centre   string // "" for nobody
		selector organization.Selector
		city     string
		province string
	}{
		"the centre of one city serves another": {organization.Query{Service: "hotline", City: "440600"}, "guangzhou", organization.ByCity, "440600", "440000"},
		"a district means its city":             {organization.Query{Service: "hotline", City: "440106"}, "guangzhou", organization.ByCity, "440100", "440000"},
		"another service of the same city":      {organization.Query{Service: "information", City: "440300"}, "guangzhou", organization.ByProvince, "440300", "440000"},
		"the rest of the province":              {organization.Query{Service: "hotline", City: "445100"}, "guangdong", organization.ByProvince, "445100", "440000"},
		"an area code that one city has alone":  {organization.Query{Service: "hotline", AreaCode: "755"}, "shenzhen", organization.ByCity, "440300", "440000"},
		"an area code that cities share":        {organization.Query{Service: "hotline", AreaCode: "0898"}, "haikou", organization.ByAreaCode, "", "460000"},
		"the city goes before its area code":    {organization.Query{Service: "hotline", AreaCode: "0898", City: "460200"}, "hainan", organization.ByCity, "460200", "460000"},
		"anybody else":                          {organization.Query{Service: "hotline", City: "110100"}, "nation", organization.ByNation, "110100", "110000"},
		"an unknown caller":                     {organization.Query{Service: "hotline"}, "nation", organization.ByNation, "", ""},
		"the number dialled goes first":         {organization.Query{Service: "hotline", Called: "100-8688", City: "440300"}, "nation", organization.ByCalled, "440300", "440000"},
		"a prefix":                              {organization.Query{Service: "hotline", Called: "1008611", City: "440300"}, "guangzhou", organization.ByCalledPrefix, "440300", "440000"},
		"a longer prefix goes before a shorter": {organization.Query{Service: "hotline", Called: "1008677"}, "hainan", organization.ByCalledPrefix, "", ""},
		"only the province is known":            {organization.Query{Service: "information", Province: "440000"}, "guangzhou", organization.ByProvince, "", "440000"},
		"nobody serves it":                      {organization.Query{Service: "information", City: "110100"}, "", "", "110100", "110000"},
		"no such service":                       {organization.Query{Service: "vip", City: "440100"}, "", "", "440100", "440000"},
		"before the areas began":                {organization.Query{Service: "hotline", City: "440100", At: clocktest.Epoch.Add(-2 * time.Hour)}, "", "", "440100", "440000"},
	} {
		centre, why, ok := tree.Serve(c.query)
		require.Equal(t, c.centre != "", ok, name)
		require.Equal(t, c.city, why.Query.City, name)
		require.Equal(t, c.province, why.Query.Province, name)
		if ok {
			require.Equal(t, ids[c.centre], centre.ID, name)
			require.Equal(t, c.selector, why.Matches[0].Area.Selector, name)
			require.False(t, why.Overlaps, name)
		}
	}
}

func TestAClosedCentreServesNobody(t *testing.T) {
	t.Parallel()
	n := organization.Centre{ID: organization.NewCentreID(), Level: actor.Nation, Code: "N", State: organization.Active}
	c := organization.Centre{ID: organization.NewCentreID(), Parent: n.ID, Level: actor.City, Code: "C", City: "440100", Province: "440000", State: organization.Closed}
	a := organization.Area{ID: organization.NewAreaID(), Centre: c.ID, Service: "hotline", Selector: organization.ByCity, Value: "440100", ValidFrom: clocktest.Epoch}
	tree, err := organization.NewTree(clocktest.Epoch, []organization.Centre{n, c}, []organization.Area{a}, builtInPlaces())
	require.NoError(t, err)
	_, _, ok := tree.Serve(organization.Query{Service: "hotline", City: "440100"})
	require.False(t, ok)
}

// rank orders selectors by how specific they are; a longer prefix is more specific.
func rank(a organization.Area) int {
	n := 100 * (6 - slices.Index(organization.Selectors(), a.Selector))
	if a.Selector == organization.ByCalledPrefix {
		n += len(a.Value)
	}
	return n
}

// chooses is the meaning of a selector, written down a second time.
func chooses(a organization.Area, q organization.Query) bool {
	switch a.Selector {
	case organization.ByCalled:
		return a.Value == q.Called
	case organization.ByCalledPrefix:
		return strings.HasPrefix(q.Called, a.Value)
	case organization.ByCity:
		return a.Value == q.City
	case organization.ByAreaCode:
		return a.Value == q.AreaCode
	case organization.ByProvince:
		return a.Value == q.Province
	case organization.ByNation:
		return true
	}
	return false
}

func TestTheMostSpecificAreaServesWhateverTheOrder(t *testing.T) {
	t.Parallel()
	places := builtInPlaces()
	rapid.Check(t, func(t *rapid.T) {
		centres := drawCentres(t)
		areas := drawAreas(t, centres)
		tree, err := organization.NewTree(clocktest.Epoch, centres, areas, places)
		require.NoError(t, err)
		turned := slices.Clone(areas)
		slices.Reverse(turned)
		other, err := organization.NewTree(clocktest.Epoch, centres, turned, places)
		require.NoError(t, err)
		q := organization.Query{
			Service:  rapid.SampledFrom([]string{"hotline", "information"}).Draw(t, "service"),
			Called:   rapid.SampledFrom([]string{"", "10086", "1008611", "12580", "999"}).Draw(t, "called"),
			City:     rapid.SampledFrom([]string{"", "440100", "440600", "460100", "110100"}).Draw(t, "city"),
			AreaCode: rapid.SampledFrom([]string{"", "020", "0898", "0757"}).Draw(t, "area code"),
			At:       clocktest.Epoch.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "hour")) * time.Hour),
		}
		centre, why, ok := tree.Serve(q)
		again, whyAgain, _ := other.Serve(q)
		require.Equal(t, centre, again, "the order of rows decides nothing")
		require.Equal(t, why, whyAgain)

		var want []organization.Area
		for _, a := range areas {
			if a.Service == q.Service && a.ValidAt(q.At) && chooses(a, why.Query) {
				want = append(want, a)
			}
		}
		require.Equal(t, len(want) > 0, ok)
		require.Len(t, why.Matches, len(want), "every area that chooses the asker is told")
		for i, m := range why.Matches {
			require.True(t, chooses(m.Area, why.Query))
			require.LessOrEqual(t, rank(m.Area), rank(why.Matches[0].Area))
			require.True(t, i == 0 || rank(m.Area) <= rank(why.Matches[i-1].Area))
		}
		if why.Overlaps {
			require.True(t, slices.ContainsFunc(organization.Overlaps(areas), func(o organization.Overlap) bool {
				return o.First.ID == why.Matches[0].Area.ID || o.Second.ID == why.Matches[0].Area.ID
			}), "an overlap that decides is in the list of problems")
		}
	})
}

func TestOverlapsAreFoundOnceEachAndOnlyWhileBothHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		areas := drawAreas(t, drawCentres(t))
		found := organization.Overlaps(areas)
		count := 0
		for i, a := range areas {
			for _, b := range areas[i+1:] {
				if a.Service != b.Service || a.Selector != b.Selector || a.Value != b.Value {
					continue
				}
				both := false
				for h := -4; h <= 6; h++ {
					at := clocktest.Epoch.Add(time.Duration(h) * time.Hour)
					both = both || a.ValidAt(at) && b.ValidAt(at)
				}
				if both {
					count++
				}
			}
		}
		require.Len(t, found, count)
		turned := slices.Clone(areas)
		slices.Reverse(turned)
		require.Equal(t, found, organization.Overlaps(turned))
	})
}

func BenchmarkServe(b *testing.B) {
	tree, _ := south(b)
	q := organization.Query{Service: "hotline", Called: "1008611", City: "440600"}
	b.ReportAllocs()
	for b.Loop() {
		tree.Serve(q)
	}
}
