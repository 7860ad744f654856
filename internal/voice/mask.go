package voice

import (
	"regexp"
	"strings"

	"yingda/internal/platform/privacy"
)

// maskOther masks what is no number of the plan: digits show at most their last four, anything else nothing.
func maskOther(text string) string { return privacy.Mask(privacy.ClassPhone, text) }

// uri finds the user part of a sip, sips or tel URI.
var uri = regexp.MustCompile(`(?i)\b(sips?|tel):([^@;>\s]*)`)

// longNumber finds numbers that stand elsewhere in a line.
var longNumber = regexp.MustCompile(`\+?[0-9]{7,}`)

// MaskLine masks the numbers in the first line of a SIP message. It is the line as people may read it in a ladder;
// the methods, versions, status codes and hosts stay.
func MaskLine(line string) string {
	const most = 300
	if len(line) > most {
		line = line[:most]
	}
	line = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == 0xfffd {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(line, " "))
	var out strings.Builder
	at := 0
	for _, m := range uri.FindAllStringSubmatchIndex(line, -1) {
		out.WriteString(longNumber.ReplaceAllStringFunc(line[at:m[4]], MaskNumber))
		user := line[m[4]:m[5]]
		if hasUser := m[5] < len(line) && line[m[5]] == '@' || strings.EqualFold(line[m[2]:m[3]], "tel"); hasUser {
			user = MaskNumber(user)
		}
		out.WriteString(user)
		at = m[5]
	}
	out.WriteString(longNumber.ReplaceAllStringFunc(line[at:], MaskNumber))
	return out.String()
}
