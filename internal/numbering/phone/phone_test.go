package phone_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/numbering/phone"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

func read(t testing.TB, text string) phone.Phone {
	t.Helper()
	p, err := phone.Parse(text, phone.At{})
	require.NoError(t, err, text)
	return p
}

func TestEveryNumberOfTheTableReadsBack(t *testing.T) {
	t.Parallel()
	for _, r := range readings {
		if r.want == "" {
			continue
		}
		p := read(t, r.want)
		require.Equal(t, r.want, p.Plain())
		require.Equal(t, p, read(t, p.Display()), "from %q", p.Display())
		for _, trunk := range []phone.Trunk{{}, {E164: true}, {ZeroBeforeMobile: true}} {
			require.Equal(t, p, read(t, p.Dial(trunk, "")), "from %q", p.Dial(trunk, ""))
		}
	}
}

func TestShowsNumbersAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"13812345678": "138 1234 5678", "02088888888": "020 8888 8888", "03108888888": "0310 888 8888",
		"4001234567": "400 123 4567", "95588": "95588", "02012345": "020 12345", "1064712345678": "10647 1234 5678",
		"+14155550100": "+14155550100", "8008101234": "800 810 1234",
	} {
		require.Equal(t, want, read(t, text).Display())
	}
	require.Empty(t, phone.Phone{}.Display())
}

func TestDialsAsTheTrunkWants(t *testing.T) {
	t.Parallel()
	guangzhou := phone.Trunk{Area: "20", ZeroBeforeMobile: true}
	for _, c := range []struct {
		text       string
		trunk      phone.Trunk
		mobileArea string
		want       string
	}{
		{"13812345678", phone.Trunk{E164: true}, "", "+8613812345678"},
		{"13812345678", phone.Trunk{}, "", "13812345678"},
		{"13812345678", guangzhou, "20", "13812345678"},
		{"13812345678", guangzhou, "755", "013812345678"},
		{"13812345678", guangzhou, "", "013812345678"},
		{"02088888888", guangzhou, "", "88888888"},
		{"02088888888", phone.Trunk{Area: "755"}, "", "02088888888"},
		{"02088888888", phone.Trunk{E164: true, Area: "20"}, "", "+862088888888"},
		{"02012345", guangzhou, "", "12345"},
		{"02012345", phone.Trunk{Area: "755"}, "", "02012345"},
		{"95588", guangzhou, "", "95588"},
		{"95588", phone.Trunk{Prefix: "9"}, "", "995588"},
		{"+14155550100", guangzhou, "", "0014155550100"},
		{"+14155550100", phone.Trunk{E164: true}, "", "+14155550100"},
		{"02088888888", phone.Trunk{Area: "20", Prefix: "0,"}, "", "0,88888888"},
	} {
		require.Equal(t, c.want, read(t, c.text).Dial(c.trunk, c.mobileArea), "%+v", c)
	}
	require.Empty(t, phone.Phone{}.Dial(guangzhou, ""))
}

func TestTellsAreaServiceAndSegment(t *testing.T) {
	t.Parallel()
	require.Equal(t, "20", read(t, "02088888888").Area())
	require.Equal(t, "755", read(t, "075595588").Area())
	require.Empty(t, read(t, "13812345678").Area())
	require.Empty(t, read(t, "95588").Area())
	require.Equal(t, read(t, "95588"), read(t, "075595588").Service())
	require.Equal(t, read(t, "13812345678"), read(t, "13812345678").Service())

	for text, want := range map[string]uint32{"13812345678": 1381234, "1064712345678": 1064712, "1410012345678": 1410012} {
		got, ok := read(t, text).Segment()
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"02088888888", "01088888888", "95588", "+14155550100", "106900012345678901"} {
		_, ok := read(t, text).Segment()
		require.False(t, ok, text)
	}
	n, ok := read(t, "13812345678").Digits11()
	require.True(t, ok)
	require.EqualValues(t, 13812345678, n)
	_, ok = read(t, "1064712345678").Digits11()
	require.False(t, ok)
}

func TestPrintsMaskedUnlessItBelongsToNobody(t *testing.T) {
	t.Parallel()
	p := read(t, "13812345678")
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x"} {
		require.NotContains(t, fmt.Sprintf(verb, p), "12345678", verb)
	}
	out, err := json.Marshal(map[string]any{"number": p, "key": map[phone.Phone]int{p: 1}})
	require.NoError(t, err)
	require.NotContains(t, string(out), "1234567")
	require.Equal(t, "+86138****5678", p.String())
	require.Equal(t, "+8613812345678", p.Private().Plain())
	require.Equal(t, "95588", read(t, "95588").String())
	require.NotContains(t, p.LogValue().String(), "1234567")
}

func TestServesAsKey(t *testing.T) {
	t.Parallel()
	seen := map[phone.Phone]bool{read(t, "13812345678"): true}
	require.True(t, seen[read(t, "+86 138-1234-5678")])
	require.False(t, seen[phone.Phone{}])
	require.True(t, phone.Phone{}.IsZero())
	require.Equal(t, phone.None, phone.Phone{}.Kind())
}

func TestStoresItsOneForm(t *testing.T) {
	t.Parallel()
	p := read(t, "020 8888 8888")
	v, err := p.TextValue()
	require.NoError(t, err)
	var back phone.Phone
	require.NoError(t, back.ScanText(v))
	require.Equal(t, p, back)
	require.NoError(t, back.ScanText(pgtype.Text{}))
	require.True(t, back.IsZero())
	require.ErrorContains(t, back.ScanText(pgtype.Text{String: "02088888888", Valid: true}), "one form")
}

func TestParseRefusesWhatIsMoreThanANumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]phone.Reason{"anonymous": phone.Withheld, "020-88888888-1": phone.HasExtension} {
		_, err := phone.Parse(text, phone.At{})
		var w *phone.Wrong
		require.ErrorAs(t, err, &w)
		require.Equal(t, want, w.Reason)
		f, ok := fault.As(w.Fault("body.number"))
		require.True(t, ok)
		require.Equal(t, "numbering.invalid_number", f.Code)
		require.Equal(t, []fault.Field{{Location: "body.number", Code: string(want), Message: w.Message}}, f.Fields)
	}
}

func TestReadsTheBeginningOfNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"020 888": "+8620888", "+86 20 888": "+8620888", "1008": "1008", "138": "+86138", "95": "95", "400": "400", "0085": "+85",
	} {
		got, err := phone.Pattern(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "1", "abc", "+", "123456789012345678901", "anonymous", "020转1"} {
		_, err := phone.Pattern(text)
		require.Error(t, err, text)
	}
}

func TestKnowsTheShapeOfAreaCodes(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{"10", "20", "29", "310", "755", "999"} {
		require.True(t, phone.IsArea(ok), ok)
	}
	for _, bad := range []string{"", "1", "11", "138", "020", "2", "200", "30", "400", "800", "950", "7555", "7a5"} {
		require.False(t, phone.IsArea(bad), bad)
	}
}

// TestWritingChangesNothing: separators, signs and full-width digits are writing, not the number.
func TestWritingChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		national := rapid.SampledFrom([]string{"1[3-9][0-9]{9}", "2[0-57-9][2-8][0-9]{7}", "[3-7][1-9][0-9][2-8][0-9]{6,7}"}).Draw(t, "plan")
		digits := rapid.StringMatching(national).Draw(t, "digits")
		want, err := phone.Parse("+86"+digits, phone.At{})
		if err != nil {
			t.Fatalf("%s: %v", digits, err)
		}
		text := rapid.SampledFrom([]string{"+86", "0086", "0", "+86 0", "00 86 "}).Draw(t, "start") + digits
		var b strings.Builder
		for _, c := range text {
			if c >= '0' && c <= '9' && rapid.Bool().Draw(t, "wide") {
				c += '０' - '0'
			}
			b.WriteRune(c)
			b.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "　", "."}).Draw(t, "gap"))
		}
		got, err := phone.Parse(b.String(), phone.At{Area: rapid.SampledFrom([]string{"", "20", "755"}).Draw(t, "area")})
		if err != nil || got != want {
			t.Fatalf("%q: %q instead of %q (%v)", b.String(), got.Plain(), want.Plain(), err)
		}
	})
}

// FuzzRead: whatever is read reads back as itself, everywhere, from its text, its display form and as dialled.
func FuzzRead(f *testing.F) {
	for _, r := range readings {
		f.Add(r.text, r.area)
	}
	f.Fuzz(func(t *testing.T, text, area string) {
		if !phone.IsArea(area) {
			area = ""
		}
		r, err := phone.Read(text, phone.At{Area: area})
		if err != nil {
			if _, ok := err.(*phone.Wrong); !ok { //nolint:errorlint // the contract is the bare type
				t.Fatalf("%q: %v is no *Wrong", text, err)
			}
			return
		}
		p := r.Phone
		if r.Withheld != p.IsZero() {
			t.Fatalf("%q: withheld %v, number %q", text, r.Withheld, p.Plain())
		}
		if p.IsZero() {
			return
		}
		for _, at := range []string{"", "10", "20", "755", "951", area} {
			forms := []string{p.Plain(), p.Display(), p.Dial(phone.Trunk{E164: true}, ""), p.Dial(phone.Trunk{}, ""), p.Dial(phone.Trunk{Area: at}, "")}
			for _, form := range forms {
				back, err := phone.Parse(form, phone.At{Area: at})
				// A service number of the trunk's own area is dialled without the area.
				if err != nil || back != p && (p.Kind() != phone.Service || back != p.Service()) {
					t.Fatalf("%q is %q, but %q in area %q is %q (%v)", text, p.Plain(), form, at, back.Plain(), err)
				}
			}
		}
		if n := len(p.Plain()); n < 3 || n > 21 {
			t.Fatalf("%q: a text of %d bytes", text, n)
		}
	})
}
