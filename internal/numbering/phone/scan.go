package phone

import (
	"strings"
	"unicode"
)

const (
	longestText      = 64 // characters of a text that can be a number
	longestExtension = 6  // digits
)

// groups are the digits of a text, parted where a dash or bracket stood.
type groups struct {
	plus      bool
	groups    []string
	extension string
	withheld  bool
}

// withheldWords are what trunks send for a caller who shows no number (RFC 3323, section 4.1; RFC 3325).
var withheldWords = []string{"anonymous", "unavailable", "unknown", "restricted", "private", "withheld", "未知", "匿名", "隐藏号码"}

// extensionWords begin an extension.
var extensionWords = []string{"分机号", "分机", "转接", "转", "ext.", "ext", ";ext=", "#", "x", ",,", ",", "，"}

// scan parts the text into groups of digits. The error is a [*Wrong].
func scan(text string) (groups, error) {
	s := strings.TrimSpace(strings.Map(plain, text))
	switch n := len([]rune(s)); {
	case n == 0:
		return groups{}, wrong(Empty, "there is no number")
	case n > longestText:
		return groups{}, wrong(TooLong, "a number has at most 20 digits")
	}
	lower := strings.ToLower(s)
	for _, w := range withheldWords {
		if lower == w {
			return groups{withheld: true}, nil
		}
	}
	s = strings.TrimPrefix(lower, "tel:") // RFC 3966
	var g groups
	s, g.extension = cutExtension(s)
	if err := g.split(s); err != nil {
		return groups{}, err
	}
	if g.extension != "" && (!isDigits(g.extension) || len(g.extension) > longestExtension) {
		return groups{}, wrong(BadCharacter, "an extension has 1 to %d digits", longestExtension)
	}
	return g, nil
}

// split fills the groups; s has no extension any more.
func (g *groups) split(s string) error {
	s = strings.TrimSpace(s)
	s, g.plus = strings.CutPrefix(s, "+")
	var current strings.Builder
	end := func() {
		if current.Len() > 0 {
			g.groups = append(g.groups, current.String())
			current.Reset()
		}
	}
	digits := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			current.WriteRune(c)
			digits++
		case c == ' ' || c == '.':
		case c == '-' || c == '(' || c == ')' || c == '/':
			end()
		case unicode.IsLetter(c):
			return wrong(Letters, "a number has no letters, but here stands %q", c)
		case c == '+':
			return wrong(BadCharacter, "a plus stands only at the beginning of a number")
		case unicode.IsGraphic(c):
			return wrong(BadCharacter, "a number has digits, but here stands %q", c)
		default:
			return wrong(BadCharacter, "a number has digits, but here stands a character that cannot be printed")
		}
	}
	end()
	if digits == 0 {
		return wrong(Empty, "there are no digits")
	}
	// +86(0)20 ...: the 0 in brackets is not dialled.
	if g.plus && len(g.groups) > 2 && g.groups[1] == "0" {
		g.groups = append(g.groups[:1], g.groups[2:]...)
	}
	return nil
}

// cutExtension parts the extension off.
func cutExtension(s string) (number, extension string) {
	at, word := -1, ""
	for _, w := range extensionWords {
		if i := strings.Index(s, w); i > 0 && (at < 0 || i < at || i == at && len(w) > len(word)) {
			at, word = i, w
		}
	}
	if at < 0 || !strings.ContainsAny(s[:at], "0123456789") {
		return s, ""
	}
	rest := strings.Trim(s[at+len(word):], " :：-.,()")
	if rest == "" || !strings.ContainsAny(rest, "0123456789") {
		return s, ""
	}
	return s[:at], rest
}

// plain turns what looks like ASCII into it and drops marks that copying from documents leaves behind.
func plain(c rune) rune {
	switch {
	case c >= '！' && c <= '～': // full-width forms
		return c - '！' + '!'
	case c >= '\u2010' && c <= '\u2015', c == '\u2212', c == 'ー', c == '\ufe63': // dashes and the minus
		return '-'
	case c == '\u200b', c == '\ufeff', c >= '\u200c' && c <= '\u200f', c >= '\u202a' && c <= '\u202e', c >= '\u2066' && c <= '\u2069':
		return -1
	case c == '\t' || c == '\u00a0' || c == '\u3000' || c >= '\u2000' && c <= '\u200a' || c == '\u202f':
		return ' '
	case c == '【' || c == '〔':
		return '('
	case c == '】' || c == '〕':
		return ')'
	}
	return c
}
