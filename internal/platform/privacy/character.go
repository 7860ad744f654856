package privacy

import (
	"unicode"
	"unicode/utf8"
)

// longestCharacter is how many code points a character may have and still be shown: without it, one
// letter under a thousand marks would carry a whole value through the mask.
const longestCharacter = 8

const (
	zeroWidthJoiner = '\u200d'
	firstRegional   = '\U0001F1E6'
	lastRegional    = '\U0001F1FF'
)

// boundaries gives the byte offset of each character of s. It follows the parts of UAX #29, section 3,
// that names and addresses meet: combining marks, joiners, emoji modifiers, tags, flags, Hangul vowels
// and finals, and CR LF.
func boundaries(s string) []int {
	starts := make([]int, 0, utf8.RuneCountInString(s)+1)
	var before rune
	regionals := 0
	for i, r := range s {
		joined := i > 0 && (extends(r) || before == zeroWidthJoiner || before == '\r' && r == '\n')
		if r >= firstRegional && r <= lastRegional {
			joined = joined || regionals%2 == 1
			regionals++
		} else {
			regionals = 0
		}
		if !joined {
			starts = append(starts, i)
		}
		before = r
	}
	return starts
}

func extends(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r == zeroWidthJoiner, r == '\u200c':
		return true
	case r >= 0x1F3FB && r <= 0x1F3FF, r >= 0xE0020 && r <= 0xE007F, r >= 0x1160 && r <= 0x11FF:
		return true
	default:
		return unicode.In(r, unicode.M)
	}
}

// appendShown appends one character, or an asterisk when it cannot be printed or is suspiciously long.
func appendShown(dst []byte, character string) []byte {
	n := 0
	for _, r := range character {
		if n++; n > longestCharacter || !unicode.IsGraphic(r) {
			return append(dst, '*')
		}
	}
	return append(dst, character...)
}
