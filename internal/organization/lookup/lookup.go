// Package lookup decides what a person may type to find a member of staff: the number, any part of the name
// from one of its characters on, its pinyin in the two most usual readings of each character, and the initials of it.
//
//	Keys("1024", "李明")  →  " 1024 limeng liming lm m meng ming 明 李明"
//
// The keys stand in one text, in lower case, each after a space, so that one LIKE finds all of them and a
// trigram index serves it. Whatever is stored as keys was made by this package; when it changes, the rows are
// made anew.
package lookup

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// Limits that keep the keys of the longest name short.
const (
	maxStarts   = 8  // parts of a name that it is found by, each from one character to the end
	maxReadings = 2  // of one character
	maxSpelled  = 16 // ways to spell one name
	maxSyllable = 6  // characters of a name that are spelled
)

// surnames are readings that a character has as a surname and that dictionaries give late or not at all.
var surnames = map[rune]string{
	'单': "shan", '曾': "zeng", '仇': "qiu", '解': "xie", '任': "ren", '区': "ou", '查': "zha", '朴': "piao",
	'盖': "ge", '尉': "yu", '种': "chong", '折': "she", '员': "yun", '繁': "po", '乐': "yue", '召': "shao",
	'洗': "xian", '逄': "pang", '秘': "bi", '黑': "he", '覃': "qin", '万': "wan", '翟': "zhai", '晟': "cheng",
}

// Keys gives the text that is stored beside a member of staff.
func Keys(number, name string) string {
	number, name = fold(number), fold(name)
	runes := []rune(name)
	keys := []string{number, name}
	for i, starts := 1, 1; i < len(runes) && starts < maxStarts; i++ {
		if runes[i-1] != ' ' && (han(runes[i]) || han(runes[i-1])) { // a word after a space is found anyway
			keys = append(keys, string(runes[i:]))
			starts++
		}
	}
	if syllables := readings(runes); len(syllables) > 0 {
		for i := range syllables {
			keys = append(keys, spell(syllables[i:], false)...)
			keys = append(keys, spell(syllables[i:], true)...)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	var b strings.Builder
	for _, k := range keys {
		if k = strings.TrimSpace(k); k != "" {
			b.WriteByte(' ')
			b.WriteString(k)
		}
	}
	return b.String()
}

// Pattern gives the LIKE pattern (escape character \) that finds the keys of whoever a person means by the
// query; "" when there is nothing to look for.
func Pattern(query string) string {
	q := fold(query)
	if q == "" {
		return ""
	}
	return "% " + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q) + "%"
}

// fold makes texts comparable: compatibility forms (full-width digits and letters), lower case, single spaces.
// Characters that have no business in a key become spaces.
func fold(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, " "))
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return unicode.ToLower(r)
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// readings gives the ways to read each Han character of a name, at most maxSyllable of them; nothing when the
// name begins with something else.
func readings(runes []rune) [][]string {
	var list [][]string
	for i, r := range runes {
		if !han(r) || len(list) == maxSyllable {
			break
		}
		var ways []string
		if own, ok := surnames[r]; ok && i == 0 {
			ways = append(ways, own)
		}
		for _, way := range pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.Normal, Heteronym: true}) {
			way = strings.ReplaceAll(way, "ü", "v") // as keyboards have it
			if len(ways) < maxReadings && !slices.Contains(ways, way) {
				ways = append(ways, way)
			}
		}
		if len(ways) == 0 {
			break
		}
		list = append(list, ways)
	}
	return list
}

// spell joins one reading of each character, or their initials, in every way up to maxSpelled.
func spell(syllables [][]string, initials bool) []string {
	ways := []string{""}
	for _, options := range syllables {
		var longer []string
		for _, begun := range ways {
			for _, o := range options {
				if initials {
					o = o[:1]
				}
				if w := begun + o; !slices.Contains(longer, w) && len(longer) < maxSpelled {
					longer = append(longer, w)
				}
			}
		}
		ways = longer
	}
	return ways
}
