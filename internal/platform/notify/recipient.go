package notify

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// ParsePhone brings a number that a text message can go to into E.164 form: mobile numbers of the mainland in their
// usual forms (13800138000, 138 0013 8000, 086-13800138000, full-width digits), any other country's with + or 00.
func ParsePhone(s string) (string, bool) {
	digits, plus, ok := phoneDigits(s)
	if !ok {
		return "", false
	}
	switch {
	case plus:
	case strings.HasPrefix(digits, "00"):
		digits, plus = digits[2:], true
	case len(digits) == 14 && strings.HasPrefix(digits, "086"):
		digits, plus = digits[1:], true
	case len(digits) == 13 && strings.HasPrefix(digits, "86"):
		plus = true
	}
	if !plus {
		digits = "86" + digits
	}
	if !dialable(digits) {
		return "", false
	}
	return "+" + digits, true
}

// dialable reports a number with country code that takes text messages, as far as its digits tell.
func dialable(digits string) bool {
	if national, mainland := strings.CutPrefix(digits, "86"); mainland {
		return len(national) == 11 && national[0] == '1' && national[1] >= '3' // mobile numbers begin with 13 to 19
	}
	// ITU-T E.164: at most 15 digits, no country code begins with 0; below 8 nothing is dialled from abroad.
	return len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0'
}

func phoneDigits(s string) (digits string, plus, ok bool) {
	if len(s) > 60 {
		return "", false, false
	}
	var b strings.Builder
	for i, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case (r == '+' || r == '＋') && i == 0:
			plus = true
		case r == ' ' || r == '-' || r == '(' || r == ')' || r == '（' || r == '）':
		default:
			return "", false, false
		}
	}
	return b.String(), plus, b.Len() > 0
}

// ParseEmail checks an address and brings its domain into ASCII (RFC 5891). Accepted are the addresses that every mail
// server takes: a dot-atom of ASCII before the @ (RFC 5322, section 3.2.3), no name, no comment, no quotes.
func ParseEmail(s string) (string, bool) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at > 64 || len(s) > 254 || !utf8.ValidString(s) { // RFC 5321, section 4.5.3.1
		return "", false
	}
	local := s[:at]
	for i := range len(local) {
		c := local[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", c) >= 0) {
			return "", false
		}
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || !hostName(domain) {
		return "", false
	}
	if again, err := idna.Lookup.ToASCII(domain); err != nil || again != domain {
		return "", false
	}
	address := local + "@" + domain
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" {
		return "", false
	}
	return address, true
}

// hostName reports a name of at least two labels (RFC 1123, section 2.1), not an address in brackets.
func hostName(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
		}
	}
	return true
}
