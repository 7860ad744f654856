package lookup_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/organization/lookup"
)

// like does what PostgreSQL does with a pattern.
func like(text, pattern string) bool {
	var b strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			b.WriteString(`[\s\S]*`)
		case r == '_':
			b.WriteString(`[\s\S]`)
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return regexp.MustCompile(`\A` + b.String() + `\z`).MatchString(text)
}

func TestPeopleAreFoundByWhatTheirColleaguesType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number, name string
		found, not   []string
	}{
		{"GZ1024", "单晓明", []string{"gz10", "GZ1024", "ＧＺ１０２４", "单", "单晓", "晓明", "明", "shanxiao", "danxm"[:3], "xiaoming", "sxm", "dxm", "xm", " 晓明 "}, []string{"1024", "iao", "mx", "%", "_", `\`}},
		{"7001", "欧阳文静", []string{"欧阳", "文静", "oywj", "ouyangwenjing", "wj", "700"}, []string{"001", "yangou"}},
		{"7002", "吕梁", []string{"lvliang", "ll"}, []string{"luliang"}},
		{"7003", "John Smith", []string{"john", "smith", "JOHN S"}, []string{"ohn", "js"}},
		{"7004", "阿依古丽·买买提", []string{"阿依古丽", "aygl", "古丽", "买买提"}, nil},
		{"7005", "100%_\\", []string{`100%`, `100%_\`}, []string{"1000"}},
	} {
		keys := lookup.Keys(c.number, c.name)
		for _, q := range c.found {
			require.True(t, like(keys, lookup.Pattern(q)), "%q finds %s: %q", q, c.name, keys)
		}
		for _, q := range c.not {
			require.False(t, like(keys, lookup.Pattern(q)), "%q does not find %s: %q", q, c.name, keys)
		}
	}
	require.Empty(t, lookup.Pattern("  \t\u3000"))
}

func TestEveryEndingOfANameIsFoundAndKeysStayShort(t *testing.T) {
	t.Parallel()
	name := rapid.StringOfN(rapid.RuneFrom([]rune("王李张刘陈单曾仇任区晓明文静一二三乐重长行 aB%_\\")), 1, 100, -1)
	rapid.Check(t, func(t *rapid.T) {
		n, number := name.Draw(t, "name"), rapid.StringMatching(`[A-Z0-9]{2,16}`).Draw(t, "number")
		keys := lookup.Keys(number, n)
		if strings.TrimSpace(n) != "" && !like(keys, lookup.Pattern(n)) {
			t.Fatalf("%q is not found by its own name: %q", n, keys)
		}
		if !like(keys, lookup.Pattern(strings.ToLower(number))) {
			t.Fatalf("%q is not found by its number", number)
		}
		if size := utf8.RuneCountInString(keys); size > 4000 {
			t.Fatalf("%d characters of keys for %q", size, n)
		}
		if short := []rune(strings.Join(strings.Fields(n), "")); len(short) <= 4 && len(short) > 0 {
			if q := string(short[len(short)-1]); strings.ContainsAny(q, "王李张刘陈晓明文静") && !like(keys, lookup.Pattern(q)) {
				t.Fatalf("the last character of %q does not find it: %q", n, keys)
			}
		}
	})
}

func FuzzAnyTextIsSafe(f *testing.F) {
	for _, s := range []string{"", "\x00", "\xff", "张\u200d三", "😀", "%%%", strings.Repeat("单", 300)} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, query string) {
		keys := lookup.Keys("10", name)
		require.True(t, utf8.ValidString(keys))
		require.NotContains(t, keys, "\x00")
		p := lookup.Pattern(query)
		require.NotContains(t, p, "\x00")
		if p != "" {
			require.True(t, strings.HasPrefix(p, "% ") && strings.HasSuffix(p, "%"))
		}
	})
}

func ExampleKeys() {
	fmt.Println(lookup.Keys("1024", "李明"))
	fmt.Println(lookup.Pattern(" LM"))
	// Output:
	//  1024 limeng liming lm m meng ming 明 李明
	// % lm%
}

func BenchmarkKeys(b *testing.B) {
	for b.Loop() {
		lookup.Keys("100001", "欧阳文静")
	}
}
