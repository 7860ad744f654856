package privacy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what a mask shows, in characters. The fuzz test holds every mask to them.
const (
	shownEnd        = 4  // recipient, account, fixed line: from the end, at most half
	shownStart      = 3  // mobile and identity numbers: from the start
	shownAddress    = 6  // province and city, at most a third
	shortestFixed   = 7  // shorter numbers are service codes or fragments: nothing
	shortestMobile  = 11 // digits of a Chinese mobile number
	shortestLongID  = 15 // digits of the old identity number
	shortestOtherID = 8  // passports and the like
	longestStars    = 64 // a longer mask says no more
)

// Mask gives the value as it may be shown without a grant. An empty value stays empty; an unknown
// class shows nothing.
func Mask(c Class, s string) string {
	return string(appendMask(make([]byte, 0, len(s)+4), c, s))
}

func appendMask(dst []byte, c Class, s string) []byte {
	if s == "" {
		return dst
	}
	if !utf8.ValidString(s) {
		return appendStars(dst, 3)
	}
	switch c {
	case ClassPhone:
		return appendPhone(dst, s)
	case ClassName:
		return appendEnds(dst, s, func(n int) (int, int) { return min(1, n-1), 0 })
	case ClassAddress:
		return appendEnds(dst, s, func(n int) (int, int) { return min(shownAddress, n/3), 0 })
	case ClassEmail:
		return appendEmail(dst, s)
	case ClassIDNumber:
		return appendEnds(dst, s, func(n int) (int, int) {
			switch {
			case n >= shortestLongID:
				return shownStart, shownEnd
			case n >= shortestOtherID:
				return 0, shownEnd
			default:
				return 0, 0
			}
		})
	case ClassAccount, ClassRecipient:
		return appendEnds(dst, s, func(n int) (int, int) { return 0, min(shownEnd, n/2) })
	case ClassText:
		return appendStars(dst, 3)
	default:
		return appendStars(dst, 3)
	}
}

// appendPhone shows the operator's prefix and the last four digits of a mobile number, the last four
// of a fixed line, nothing of anything shorter, and nothing of what is no number at all.
func appendPhone(dst []byte, s string) []byte {
	digits := 0
	for i := range len(s) {
		switch b := s[i]; {
		case b >= '0' && b <= '9':
			digits++
		case b == '+' && i == 0, b == ' ', b == '-', b == '(', b == ')':
		default:
			return appendStars(dst, min(len(s), shortestMobile))
		}
	}
	if rest, ok := strings.CutPrefix(s, "+86"); ok && digits == shortestMobile+2 && len(rest) == shortestMobile {
		dst, s, digits = append(dst, "+86"...), rest, shortestMobile
	}
	switch {
	case digits >= shortestMobile && digits == len(s):
		return appendEnds(dst, s, func(int) (int, int) { return shownStart, shownEnd })
	case digits >= shortestMobile, digits >= shortestFixed:
		return appendLastDigits(dst, s, shownEnd)
	default:
		return appendStars(dst, len(s))
	}
}

// appendLastDigits shows the last n digits and the separators between them.
func appendLastDigits(dst []byte, s string, n int) []byte {
	cut := len(s)
	for cut > 0 && n > 0 {
		cut--
		if s[cut] >= '0' && s[cut] <= '9' {
			n--
		}
	}
	return append(appendStars(dst, cut), s[cut:]...)
}

// appendEmail shows the first character of the mailbox and the domain, which says where mail goes
// but not to whom.
func appendEmail(dst []byte, s string) []byte {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || !isDomain(s[at+1:]) {
		return appendStars(dst, 3)
	}
	mailbox := boundaries(s[:at])
	if len(mailbox) > 1 {
		dst = appendShown(dst, s[:mailbox[1]])
	}
	return append(appendStars(dst, 3), s[at:]...)
}

func isDomain(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for i := range len(s) {
		b := s[i]
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
		if !letter && b != '.' && b != '-' {
			return false
		}
	}
	return true
}

// appendEnds shows as many characters of both ends as show says for the number of characters.
func appendEnds(dst []byte, s string, show func(n int) (head, tail int)) []byte {
	if isPrintableASCII(s) { // numbers and mail addresses: the common case needs no table
		head, tail := show(len(s))
		dst = append(dst, s[:head]...)
		dst = appendStars(dst, len(s)-head-tail)
		return append(dst, s[len(s)-tail:]...)
	}
	starts := boundaries(s)
	n := len(starts)
	starts = append(starts, len(s))
	head, tail := show(n)
	for i := range head {
		dst = appendShown(dst, s[starts[i]:starts[i+1]])
	}
	dst = appendStars(dst, n-head-tail)
	for i := n - tail; i < n; i++ {
		dst = appendShown(dst, s[starts[i]:starts[i+1]])
	}
	return dst
}

var stars = []byte(strings.Repeat("*", longestStars))

func appendStars(dst []byte, n int) []byte {
	return append(dst, stars[:min(max(n, 1), longestStars)]...)
}

func isPrintableASCII(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(b byte) bool { return b < ' ' || b >= 0x7f })
}
