package privacy_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/privacy"
)

func TestMaskForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		class     privacy.Class
		in, shown string
	}{
		{privacy.ClassPhone, "13812345678", "138****5678"},
		{privacy.ClassPhone, "+8613812345678", "+86138****5678"},
		{privacy.ClassPhone, "138 1234 5678", "*********5678"},
		{privacy.ClassPhone, "0571-88886666", "*********6666"},
		{privacy.ClassPhone, "88886666", "****6666"},
		{privacy.ClassPhone, "10086", "*****"},
		{privacy.ClassPhone, "张三", "******"},
		{privacy.ClassPhone, "", ""},
		{privacy.ClassName, "李", "*"},
		{privacy.ClassName, "李雷", "李*"},
		{privacy.ClassName, "欧阳娜娜", "欧***"},
		{privacy.ClassName, "e\u0301ric", "e\u0301***"},
		{privacy.ClassName, "John Smith", "J*********"},
		{privacy.ClassIDNumber, "110101199003071234", "110***********1234"},
		{privacy.ClassIDNumber, "11010119900307123X", "110***********123X"},
		{privacy.ClassIDNumber, "E12345678", "*****5678"},
		{privacy.ClassIDNumber, "1234567", "*******"},
		{privacy.ClassEmail, "zhang@example.com", "z***@example.com"},
		{privacy.ClassEmail, "z@example.com", "***@example.com"},
		{privacy.ClassEmail, "not an address", "***"},
		{privacy.ClassEmail, "a@王小明.cn", "***"},
		{privacy.ClassAddress, "广东省深圳市南山区科技园路一号三栋502", "广东省深圳市**************"},
		{privacy.ClassAddress, "北京", "**"},
		{privacy.ClassRecipient, "13812345678", "*******5678"},
		{privacy.ClassRecipient, "zhang@example.com", "*************.com"},
		{privacy.ClassRecipient, "10086", "***86"},
		{privacy.ClassAccount, "6222021234567896789", "***************6789"},
		{privacy.ClassText, "他说的话", "***"},
		{privacy.Class("unheard"), "anything", "***"},
		{privacy.ClassName, "\xff\xfe", "***"},
		{privacy.ClassName, "\u202e李雷", "***"},
	} {
		require.Equal(t, c.shown, privacy.Mask(c.class, c.in), "%s %q", c.class, c.in)
	}
}

func TestAMarkFloodIsOneHiddenCharacter(t *testing.T) {
	t.Parallel()
	flood := "李" + strings.Repeat("\u0301", 500)
	require.Equal(t, "**", privacy.Mask(privacy.ClassName, flood+"雷"))
}

// allowed is how many code points of the value a mask may show, by class; FuzzMask holds masks to it.
func allowed(class privacy.Class, s string) int {
	n := utf8.RuneCountInString(s)
	const character = 8 // code points in one
	switch class {
	case privacy.ClassPhone:
		return 7 + 3 + strings.Count(s, " ") + strings.Count(s, "-") + strings.Count(s, "(") + strings.Count(s, ")")
	case privacy.ClassName:
		return character
	case privacy.ClassAddress:
		return min(6*character, n)
	case privacy.ClassEmail:
		return character + utf8.RuneCountInString(s[max(0, strings.LastIndexByte(s, '@')):])
	case privacy.ClassIDNumber:
		return 7 * character
	case privacy.ClassAccount, privacy.ClassRecipient:
		return 4 * character
	default:
		return 0
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"13812345678", "李雷", "a@b.cn", "👨‍👩‍👧 家", "🇨🇳🇨", "e\u0301", "\x00", "한글", "\r\n", "**", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, class := range privacy.Classes() {
			got := privacy.Mask(class, s)
			if s == "" {
				require.Empty(t, got)
				continue
			}
			require.True(t, utf8.ValidString(got), "%s %q", class, got)
			require.Contains(t, got, "*", "something is always hidden: %s %q", class, s)
			require.LessOrEqual(t, len(got), len(s)+64)
			shown := strings.ReplaceAll(got, "*", "")
			require.LessOrEqual(t, utf8.RuneCountInString(shown), allowed(class, s), "%s %q shows %q", class, s, got)
			for _, r := range shown {
				require.True(t, strings.ContainsRune(s, r), "a mask invents nothing")
			}
			// What is shown is a head and a tail of the value, in order.
			rest := s
			for _, r := range shown {
				at := strings.IndexRune(rest, r)
				require.GreaterOrEqual(t, at, 0)
				rest = rest[at+utf8.RuneLen(r):]
			}
		}
	})
}

func BenchmarkMaskPhone(b *testing.B) {
	p := privacy.Phone("13812345678")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = p.MarshalText()
	}
}
