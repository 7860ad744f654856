package called_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/numbering/called"
	"yingda/internal/numbering/phone"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var (
	noon      = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	guangdong = called.Place{Province: "440000"}
	guangzhou = called.Place{Province: "440000", City: "440100"}
	shenzhen  = called.Place{Province: "440000", City: "440300"}
	hunan     = called.Place{Province: "430000"}
)

type entry = called.Entry[string]

func always(ref, pattern string, m called.Match, place called.Place) entry {
	return entry{Ref: ref, Pattern: pattern, Match: m, Place: place, State: called.Active, From: noon.AddDate(-1, 0, 0)}
}

func number(t require.TestingT, text string) phone.Phone {
	p, err := phone.Parse(text, phone.At{})
	require.NoError(t, err)
	return p
}

func TestMostSpecificEntryWins(t *testing.T) {
	t.Parallel()
	expired := always("expired", "96800", called.Number, guangzhou)
	expired.Until = noon
	suspended := always("suspended", "96800", called.Number, shenzhen)
	suspended.State = called.Suspended
	later := always("later", "96800", called.Number, hunan)
	later.From = noon.Add(time.Second)
	plan := called.NewPlan([]entry{
		always("nation", "96800", called.Number, called.Place{}),
		always("province", "96800", called.Number, guangdong),
		expired, suspended, later,
		always("short", "96", called.Prefix, called.Place{}),
		always("long", "9680", called.Prefix, called.Place{}),
		always("direct", "+86208888", called.Prefix, called.Place{}),
		always("own", "02096800", called.Number, called.Place{}),
		{Ref: "retired", Pattern: "96801", Match: called.Number, State: called.Retired, From: noon.AddDate(-1, 0, 0)},
	})
	require.Equal(t, 9, plan.Len())
	for _, c := range []struct {
		number string
		from   called.Place
		want   string
	}{
		{"96800", called.Place{}, "nation"},
		{"96800", hunan, "nation"},
		{"96800", guangdong, "province"},
		{"96800", guangzhou, "province"},
		{"96800", shenzhen, "province"},
		{"96801", guangzhou, "long"},
		{"96700", called.Place{}, "short"},
		{"02096800", called.Place{}, "own"},
		{"075596800", guangdong, "province"}, // dialled with an area: the number without it is meant
		{"02088881234", guangzhou, "direct"},
		{"12345", guangzhou, ""},
	} {
		got, _, ok := plan.Find(number(t, c.number), c.from, noon)
		require.Equal(t, c.want != "", ok, "%+v", c)
		require.Equal(t, c.want, got.Ref, "%+v", c)
	}
}

func TestTellsWhyOthersWereNotChosen(t *testing.T) {
	t.Parallel()
	expired := always("expired", "96800", called.Number, guangzhou)
	expired.Until = noon
	suspended := always("suspended", "96800", called.Number, guangzhou)
	suspended.State, suspended.From = called.Suspended, noon.Add(-time.Hour)
	later := always("later", "96800", called.Number, guangzhou)
	later.From = noon.Add(time.Hour)
	plan := called.NewPlan([]entry{
		always("prefix", "968", called.Prefix, called.Place{}), always("nation", "96800", called.Number, called.Place{}),
		always("province", "96800", called.Number, guangdong), always("hunan", "96800", called.Number, hunan), expired, suspended, later,
	})
	_, all, ok := plan.Find(number(t, "96800"), guangzhou, noon)
	require.True(t, ok)
	var told []string
	for _, c := range all {
		told = append(told, c.Entry.Ref+" "+string(c.Verdict))
	}
	require.Equal(t, []string{
		"later not_yet", "suspended suspended", "expired expired", "hunan elsewhere", "province chosen",
		"nation less_specific", "prefix less_specific",
	}, told)

	_, all, ok = plan.Find(number(t, "96800"), guangzhou, noon.AddDate(-2, 0, 0))
	require.False(t, ok)
	require.Len(t, all, 7)
	_, all, ok = plan.Find(phone.Phone{}, guangzhou, noon)
	require.False(t, ok)
	require.Empty(t, all)
}

// TestNothingMoreSpecificIsPassedOver: among the entries that hold and apply, none is more specific than the chosen.
func TestNothingMoreSpecificIsPassedOver(t *testing.T) {
	t.Parallel()
	patterns := []string{"96800", "02096800", "96", "968", "+8620", "+86208888"}
	places := []called.Place{{}, guangdong, guangzhou, shenzhen, hunan}
	rapid.Check(t, func(t *rapid.T) {
		var entries []entry
		for i := range rapid.IntRange(0, 12).Draw(t, "entries") {
			e := always(fmt.Sprint(i), rapid.SampledFrom(patterns).Draw(t, "pattern"), rapid.SampledFrom([]called.Match{called.Number, called.Prefix}).Draw(t, "match"), rapid.SampledFrom(places).Draw(t, "place"))
			e.From = noon.Add(time.Duration(rapid.IntRange(-3, 1).Draw(t, "from")) * time.Hour)
			e.State = rapid.SampledFrom([]called.State{called.Active, called.Active, called.Suspended, called.Retired}).Draw(t, "state")
			entries = append(entries, e)
		}
		p := number(t, rapid.SampledFrom([]string{"96800", "02096800", "02088881234"}).Draw(t, "number"))
		from := rapid.SampledFrom(places).Draw(t, "from")
		got, _, ok := called.NewPlan(entries).Find(p, from, noon)
		for _, e := range entries {
			fits := e.Pattern == p.Plain() || e.Pattern == p.Service().Plain()
			if e.Match == called.Prefix {
				fits = len(e.Pattern) <= len(p.Plain()) && p.Plain()[:len(e.Pattern)] == e.Pattern ||
					len(e.Pattern) <= len(p.Service().Plain()) && p.Service().Plain()[:len(e.Pattern)] == e.Pattern
			}
			here := (e.Place.Province == "" || e.Place.Province == from.Province) && (e.Place.City == "" || e.Place.City == from.City)
			if !fits || !here || e.State != called.Active || e.From.After(noon) {
				continue
			}
			if !ok {
				t.Fatalf("%+v holds, but nothing was chosen", e)
			}
			if rank(e) > rank(got) {
				t.Fatalf("%+v is more specific than %+v", e, got)
			}
		}
	})
}

// rank grows with how specific an entry is.
func rank(e entry) int {
	n := len(e.Pattern) * 10
	if e.Match == called.Number {
		n += 1000
	}
	if e.Place.Province != "" {
		n++
	}
	if e.Place.City != "" {
		n++
	}
	return n
}

func ExamplePlan_Find() {
	plan := called.NewPlan([]called.Entry[string]{
		{Ref: "全国热线", Pattern: "96800", Match: called.Number, State: called.Active},
		{Ref: "省热线", Pattern: "96800", Match: called.Number, State: called.Active, Place: called.Place{Province: "440000"}},
	})
	p, _ := phone.Parse("0755-96800", phone.At{})
	e, _, _ := plan.Find(p, called.Place{Province: "440000", City: "440300"}, time.Now())
	fmt.Println(e.Ref)
	// Output: 省热线
}
