package notify_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/notify"
)

func TestPhoneNumbersAreBroughtIntoOneForm(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"13800138000": "+8613800138000", "138 0013 8000": "+8613800138000", "138-0013-8000": "+8613800138000", "+86 138 0013 8000": "+8613800138000",
		"8613800138000": "+8613800138000", "086-13800138000": "+8613800138000", "0086 13800138000": "+8613800138000", "１３８００１３８０００": "+8613800138000",
		"(+86)13800138000": "", "19912345678": "+8619912345678", "+852 5123 4567": "+85251234567", "0044 20 7946 0958": "+442079460958", "+1 202 555 0143": "+12025550143",

		"": "", "10086": "", "12800138000": "", "1380013800": "", "138001380000": "", "0571-88886666": "", "057188886666": "", "+86 571 8888 6666": "",
		"+0123456789": "", "+1234567": "", "+1234567890123456": "", "13800138000;13900139000": "", "13800138000\r\n": "+8613800138000", "1380013800a": "", "tel:13800138000": "",
		"١٣٨٠٠١٣٨٠٠٠": "",
	} {
		got, ok := notify.ParsePhone(in)
		if want == "" {
			require.False(t, ok, "%q gave %s", in, got)
			continue
		}
		require.True(t, ok, in)
		require.Equal(t, want, got, in)
	}
}

func TestEmailAddressesAreChecked(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"li@example.com": "li@example.com", " li.lei+news@mail.example.com ": "li.lei+news@mail.example.com", "o'neil@example.co.uk": "o'neil@example.co.uk",
		"li@例子.中国": "li@xn--fsqu00a.xn--fiqs8s", "LI@EXAMPLE.com": "LI@example.com", "1@a.cn": "1@a.cn",

		"": "", "li": "", "@example.com": "", "li@": "", "li@localhost": "", "li@example": "", "li@-a.com": "", "li@a..com": "", "li@[127.0.0.1]": "",
		"李@example.com": "", "li lei@example.com": "", "\"li lei\"@example.com": "", "Li <li@example.com>": "", "li@example.com,wang@example.com": "",
		"li@example.com\r\nBcc: x@example.com": "", ".li@example.com": "", "li..lei@example.com": "", "li@example.com>": "", "a@b@example.com": "",
		strings.Repeat("a", 65) + "@example.com": "", "a@" + strings.Repeat("b.", 130) + "com": "",
	} {
		got, ok := notify.ParseEmail(in)
		if want == "" {
			require.False(t, ok, "%q gave %s", in, got)
			continue
		}
		require.True(t, ok, in)
		require.Equal(t, want, got, in)
	}
}

func FuzzRecipients(f *testing.F) {
	for _, s := range []string{"13800138000", "+8613800138000", "li@example.com", "０", "+", "a@b.c\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := notify.ParsePhone(s); ok {
			again, ok := notify.ParsePhone(p)
			require.True(t, ok)
			require.Equal(t, p, again, "the form is stable")
			require.Regexp(t, `^\+[1-9][0-9]{7,14}$`, p)
		}
		if e, ok := notify.ParseEmail(s); ok {
			again, ok := notify.ParseEmail(e)
			require.True(t, ok)
			require.Equal(t, e, again)
			require.False(t, strings.ContainsAny(e, "\r\n\x00 <>,;\""), "%q", e)
		}
	})
}

func FuzzTidy(f *testing.F) {
	f.Add("550 <ZHANG.san@example.com> unknown", "zhang.san@example.com")
	f.Add("to 13800138000 failed", "+8613800138000")
	f.Fuzz(func(t *testing.T, words, recipient string) {
		got := notify.Tidy(words, recipient)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, utf8.RuneCountInString(got), 301)
		require.NotContains(t, got, "\n")
		if p, ok := notify.ParsePhone(recipient); ok && p == recipient {
			require.NotContains(t, got, recipient[1:])
		}
	})
}
