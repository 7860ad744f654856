package home_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/numbering/home"
	"yingda/internal/numbering/phone"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var (
	monday    = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	guangzhou = home.Traits{Province: "440000", City: "440100", Operator: "甲", Brand: "甲品牌", ProductLine: "4G"}
	shenzhen  = home.Traits{Province: "440000", City: "440300", Operator: "乙"}
)

func number(t testing.TB, text string) phone.Phone {
	t.Helper()
	p, err := phone.Parse(text, phone.At{})
	require.NoError(t, err)
	return p
}

func segments(t testing.TB, of map[uint32]home.Traits) *home.Segments {
	t.Helper()
	b := home.NewSegments()
	for prefix, traits := range of {
		require.NoError(t, b.Add(prefix, traits))
	}
	return b.Build()
}

func TestFindsHomes(t *testing.T) {
	t.Parallel()
	ported, err := home.NewPorted([]home.PortedEntry{
		{Number: 15400010001, Traits: home.Traits{Operator: "乙"}, From: monday, Until: monday.AddDate(0, 0, 7)},
		{Number: 15400010001, Traits: home.Traits{Operator: "丙"}, From: monday.AddDate(0, 0, 7)},
		{Number: 15400010002, Traits: shenzhen, From: monday},
		{Number: 19999990001, Traits: home.Traits{Operator: "丁"}, From: monday},
	})
	require.NoError(t, err)
	tables := home.Tables{
		Segments: segments(t, map[uint32]home.Traits{1540001: guangzhou, 1064712: shenzhen}),
		Ported:   ported,
		Areas:    home.NewAreas(map[string]home.Place{"20": {"440000", "440100"}, "29": {"610000", ""}, "x": {"1", "2"}}),
	}
	from := func(traits home.Traits, operator string) home.Traits {
		traits.Operator, traits.Brand, traits.ProductLine = operator, "", ""
		return traits
	}
	for _, c := range []struct {
		text string
		at   time.Time
		want home.Home
	}{
		{"15400010003", monday, home.Home{Traits: guangzhou, Source: home.BySegment, Segment: 1540001, SegmentOperator: "甲"}},
		{"15400010001", monday.Add(-time.Second), home.Home{Traits: guangzhou, Source: home.BySegment, Segment: 1540001, SegmentOperator: "甲"}},
		{"15400010001", monday, home.Home{Traits: from(guangzhou, "乙"), Source: home.ByPorted, Segment: 1540001, SegmentOperator: "甲", Since: monday}},
		{"15400010001", monday.AddDate(0, 0, 7), home.Home{Traits: from(guangzhou, "丙"), Source: home.ByPorted, Segment: 1540001, SegmentOperator: "甲", Since: monday.AddDate(0, 0, 7)}},
		{"15400010002", monday, home.Home{Traits: shenzhen, Source: home.ByPorted, Segment: 1540001, SegmentOperator: "甲", Since: monday}},
		{"19999990001", monday, home.Home{Traits: home.Traits{Operator: "丁"}, Source: home.ByPorted, Since: monday}},
		{"15400020001", monday, home.Home{Source: home.Unknown}},
		{"1064712345678", monday, home.Home{Traits: shenzhen, Source: home.BySegment, Segment: 1064712, SegmentOperator: "乙"}},
		{"02088888888", monday, home.Home{Traits: home.Traits{Province: "440000", City: "440100"}, Source: home.ByArea}},
		{"02012345", monday, home.Home{Traits: home.Traits{Province: "440000", City: "440100"}, Source: home.ByArea}},
		{"02988888888", monday, home.Home{Traits: home.Traits{Province: "610000"}, Source: home.ByArea}},
		{"02188888888", monday, home.Home{Source: home.Unknown}},
		{"+14155550100", monday, home.Home{Source: home.Abroad}},
		{"95588", monday, home.Home{Source: home.Unknown}},
	} {
		require.Equal(t, c.want, tables.Lookup(number(t, c.text), c.at), "%s at %s", c.text, c.at)
	}
	require.Equal(t, home.Home{Source: home.Unknown}, tables.Lookup(phone.Phone{}, monday))
	require.Equal(t, 2, tables.Segments.Len())
	require.Equal(t, 4, tables.Ported.Len())
	require.Equal(t, 2, tables.Areas.Len())
}

func TestWithoutTablesNothingIsKnown(t *testing.T) {
	t.Parallel()
	var none home.Tables
	for _, text := range []string{"15400010001", "02088888888", "95588"} {
		require.Equal(t, home.Home{Source: home.Unknown}, none.Lookup(number(t, text), monday))
	}
	require.Zero(t, none.Segments.Len()+none.Ported.Len()+none.Areas.Len()+none.Segments.Bytes()+none.Ported.Bytes())
	empty, err := home.NewPorted(nil)
	require.NoError(t, err)
	require.Equal(t, home.Home{Source: home.Unknown}, home.Tables{Ported: empty}.Lookup(number(t, "15400010001"), monday))
}

func TestBuildersRefuseWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	b := home.NewSegments()
	require.NoError(t, b.Add(home.FirstPrefix, guangzhou))
	require.NoError(t, b.Add(home.LastPrefix, guangzhou))
	require.ErrorContains(t, b.Add(home.FirstPrefix, shenzhen), "twice")
	require.Error(t, b.Add(home.FirstPrefix-1, guangzhou))
	require.Error(t, b.Add(home.LastPrefix+1, guangzhou))
	for _, n := range []uint64{0, 9_999_999_999, 20_000_000_000} {
		_, err := home.NewPorted([]home.PortedEntry{{Number: n}})
		require.Error(t, err)
	}
}

// TestPortedAgreesWithASearchThroughAllEntries compares the table with the plainest way to look.
func TestPortedAgreesWithASearchThroughAllEntries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SampledFrom([]uint64{13000000000, 13000000001, 13000009999, 13000010000, 15400010001, 19999999999})
		entry := rapid.Custom(func(t *rapid.T) home.PortedEntry {
			e := home.PortedEntry{Number: numbers.Draw(t, "number"), From: monday.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "from")) * time.Hour)}
			e.Operator = rapid.SampledFrom([]string{"甲", "乙", "丙"}).Draw(t, "operator")
			if rapid.Bool().Draw(t, "ends") {
				e.Until = e.From.Add(time.Duration(rapid.IntRange(1, 9).Draw(t, "length")) * time.Hour)
			}
			return e
		})
		entries := rapid.SliceOfNDistinct(entry, 0, 20, func(e home.PortedEntry) string { return fmt.Sprint(e.Number, e.From) }).Draw(t, "entries")
		table, err := home.NewPorted(entries)
		if err != nil {
			t.Fatal(err)
		}
		n, at := numbers.Draw(t, "asked"), monday.Add(time.Duration(rapid.IntRange(-1, 20).Draw(t, "at"))*time.Hour)
		var want *home.PortedEntry
		for i, e := range entries {
			if e.Number == n && !at.Before(e.From) && (e.Until.IsZero() || at.Before(e.Until)) && (want == nil || e.From.After(want.From)) {
				want = &entries[i]
			}
		}
		got, since, ok := table.Find(n, at)
		if ok != (want != nil) || ok && (*got != want.Traits || !since.Equal(want.From)) {
			t.Fatalf("%d at %s: %v since %s instead of %+v", n, at, got, since, want)
		}
	})
}

func ExampleTables_Lookup() {
	b := home.NewSegments()
	_ = b.Add(1540001, home.Traits{Province: "440000", City: "440100", Operator: "示例运营商"})
	p, _ := phone.Parse("154 0001 2345", phone.At{})
	h := home.Tables{Segments: b.Build()}.Lookup(p, time.Now())
	fmt.Println(h.City, h.Operator, h.Source)
	// Output: 440100 示例运营商 segment
}

// country is as large as a nation's tables: 500,000 segments and a million ported numbers.
func country(b *testing.B) home.Tables {
	build := home.NewSegments()
	for i := range uint32(500_000) {
		traits := home.Traits{Province: fmt.Sprint(i % 31), City: fmt.Sprint(i % 340), Operator: fmt.Sprint(i % 4), Brand: fmt.Sprint(i % 7)}
		if err := build.Add(1_300_000+i, traits); err != nil {
			b.Fatal(err)
		}
	}
	entries := make([]home.PortedEntry, 1_000_000)
	for i := range entries {
		entries[i] = home.PortedEntry{Number: 13_000_000_000 + uint64(i)*4_999, Traits: home.Traits{Operator: fmt.Sprint(i % 4)}, From: monday}
	}
	ported, err := home.NewPorted(entries)
	if err != nil {
		b.Fatal(err)
	}
	return home.Tables{Segments: build.Build(), Ported: ported, Areas: home.NewAreas(map[string]home.Place{"20": {"440000", "440100"}})}
}

// BenchmarkLookup asks for numbers all over the tables, so that what it reads of them is not in the processor's cache.
func BenchmarkLookup(b *testing.B) {
	tables := country(b)
	numbers := make([]phone.Phone, 1<<16)
	for i := range numbers {
		p, err := phone.Parse(fmt.Sprintf("1%010d", 3_000_000_000+(uint64(i)*7_919_999)%5_000_000_000), phone.At{})
		if err != nil {
			b.Fatal(err)
		}
		numbers[i] = p
	}
	at := monday.AddDate(0, 1, 0)
	b.ReportAllocs()
	i, found := 0, 0
	for b.Loop() {
		if tables.Lookup(numbers[i&(1<<16-1)], at).Source != home.Unknown {
			found++
		}
		i++
	}
	if found == 0 {
		b.Fatal("nothing found")
	}
	b.ReportMetric(float64(tables.Segments.Bytes()+tables.Ported.Bytes())/(1<<20), "MiB")
}
