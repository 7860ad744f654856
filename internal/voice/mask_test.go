package voice_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice"
)

func TestNumbersOfPeopleAreMasked(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"13812345678": "+86138****5678", "+8613812345678": "+86138****5678", "10086": "10086", "8001": "8001", "anonymous": "anonymous", "*43": "*43",
		"020 8888 8888": "*********8888", "": "", "alice": "*****",
	} {
		require.Equal(t, want, voice.MaskNumber(given), given)
	}
	require.NotContains(t, voice.MaskNumber("02088881234"), "8888")
	require.NotContains(t, voice.MaskNumber("+14155550100"), "4155")
}

func TestLinesOfALadderTellNoNumber(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"INVITE sip:13812345678@10.0.0.1:5060;user=phone SIP/2.0": "INVITE sip:+86138****5678@10.0.0.1:5060;user=phone SIP/2.0",
		"INVITE sip:8001@192.168.100.100:5060 SIP/2.0":            "INVITE sip:8001@192.168.100.100:5060 SIP/2.0",
		"SIP/2.0 486 Busy Here":                                   "SIP/2.0 486 Busy Here",
		"REGISTER sip:yingda.example SIP/2.0":                     "REGISTER sip:yingda.example SIP/2.0",
		"INVITE tel:+8613812345678 SIP/2.0":                       "INVITE tel:+86138****5678 SIP/2.0",
		"OPTIONS sip:10.1.2.3 SIP/2.0":                            "OPTIONS sip:10.1.2.3 SIP/2.0",
		"NOTIFY 13812345678\x00\r\n SIP/2.0":                      "NOTIFY +86138****5678    SIP/2.0",
	} {
		require.Equal(t, want, voice.MaskLine(given))
	}
}

var run = regexp.MustCompile(`[0-9]{8,}`)

func FuzzMaskLine(f *testing.F) {
	for _, s := range []string{"INVITE sip:13812345678@h SIP/2.0", "sip:sip:13812345678@sips:13912345678", "tel:123456789012345", "\xff\xfe13812345678", strings.Repeat("1", 2000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := voice.MaskLine(s)
		if !utf8.ValidString(out) || strings.ContainsAny(out, "\x00\r\n") {
			t.Fatalf("%q became %q", s, out)
		}
		// Service numbers are the longest digits that may stay: 0 and area and ten, or 400 and 800 numbers of ten.
		for _, digits := range run.FindAllString(out, -1) {
			if len(digits) > 16 {
				t.Fatalf("%q shows %s in %q", s, digits, out)
			}
		}
	})
}
