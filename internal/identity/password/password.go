// Package password decides whether a new password is good enough, and says everything that is wrong with it.
//
// It is pure: the candidate, the person it is for and the policy go in, a list of [Problem]s comes out. What needs the
// database (was it used before, how old is it) is decided by the same rules from values given by the caller. The habits
// that it refuses are those of the people who work here: keyboard rows and columns, birthdays, mobile numbers, lucky
// and lovers' numbers (5201314), pinyin of the own name, the staff number (工号), and common words with digits behind.
package password

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Policy is what a password must satisfy. The zero value of a number switches its rule off, except for the limits
// of length.
type Policy struct {
	MinLength int           // characters
	MaxLength int           // characters; 0 means 128
	Classes   int           // of small letters, capitals, digits, all else; at least so many
	LongFrom  int           // from this length on, classes do not matter: a sentence is good
	History   int           // the newest n are not taken again
	MaxAge    time.Duration // after which it must be changed
}

// DefaultPolicy is what holds when nobody has set another.
func DefaultPolicy() Policy {
	return Policy{MinLength: 10, MaxLength: 128, Classes: 3, LongFrom: 20, History: 5, MaxAge: 90 * 24 * time.Hour}
}

// Person is for whom the password is: what others know of them must not be in it.
type Person struct {
	Number string   // staff number
	Name   string   // as written
	Pinyin []string // of the name, one syllable each: zhang, san
	Mobile string
}

// Problem is one reason why a password is not taken.
type Problem struct {
	Code   string // stable
	ZH, EN string
}

// The problems.
var (
	TooShort       = Problem{"too_short", "密码太短", "too short"}
	TooLong        = Problem{"too_long", "密码太长", "too long"}
	NotText        = Problem{"not_text", "含有不可显示的字符", "has characters that cannot be shown"}
	FewClasses     = Problem{"few_classes", "大写字母、小写字母、数字、符号的种类不够", "mix more of small letters, capitals, digits and symbols, or use a long sentence"}
	Common         = Problem{"common", "这是常见的密码", "one of the passwords everybody tries first"}
	Pattern        = Problem{"pattern", "主要由键盘顺序、连续或重复的字符组成", "mostly a run on the keyboard, a sequence or a repetition"}
	OnlyDate       = Problem{"date", "主要由日期组成", "mostly a date"}
	OnlyPhone      = Problem{"phone", "含有手机号码", "contains a mobile number"}
	ContainsNumber = Problem{"contains_number", "含有本人工号", "contains your staff number"}
	ContainsName   = Problem{"contains_name", "含有本人姓名或姓名拼音", "contains your name"}
	Reused         = Problem{"reused", "最近使用过", "used before, not long ago"}
)

// Problems lists all, for the page that explains them.
func Problems() []Problem {
	return []Problem{TooShort, TooLong, NotText, FewClasses, Common, Pattern, OnlyDate, OnlyPhone, ContainsNumber, ContainsName, Reused}
}

// Check lists everything that is wrong with a candidate; nothing means it is taken.
func (p Policy) Check(candidate string, who Person) []Problem {
	var found []Problem
	add := func(bad bool, problem Problem) {
		if bad {
			found = append(found, problem)
		}
	}
	length := utf8.RuneCountInString(candidate)
	most := p.MaxLength
	if most == 0 {
		most = 128
	}
	add(length < p.MinLength, TooShort)
	add(length > most, TooLong)
	if length > most {
		return found // nothing below needs to read a novel
	}
	add(!utf8.ValidString(candidate) || strings.ContainsFunc(candidate, func(r rune) bool { return unicode.IsControl(r) }), NotText)
	add(classes(candidate) < p.Classes && (p.LongFrom == 0 || length < p.LongFrom), FewClasses)
	plain := simplify(candidate)
	add(isCommon(plain), Common)
	add(mostlyPattern(strings.ToLower(candidate)), Pattern)
	add(mostlyDate(candidate), OnlyDate)
	add(hasMobile(candidate), OnlyPhone)
	add(hasNumber(candidate, who.Number), ContainsNumber)
	add(hasName(candidate, plain, who), ContainsName)
	return found
}

// Expired reports that a password set at a moment must be changed now.
func (p Policy) Expired(changedAt, now time.Time) bool {
	return p.MaxAge > 0 && !changedAt.Add(p.MaxAge).After(now)
}

// classes counts which of the four kinds of characters occur. Han characters count as symbols.
func classes(s string) int {
	var lower, upper, digit, other int
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z':
			lower = 1
		case r >= 'A' && r <= 'Z':
			upper = 1
		case r >= '0' && r <= '9':
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

// simplify undoes what people do to hide a word: capitals and letters replaced by look-alikes.
func simplify(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch r {
		case '@', '4':
			r = 'a'
		case '0':
			r = 'o'
		case '1', '!', '|':
			r = 'i'
		case '3':
			r = 'e'
		case '$', '5':
			r = 's'
		case '7':
			r = 't'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func hasNumber(candidate, number string) bool {
	return len(number) >= 3 && strings.Contains(strings.ToLower(candidate), strings.ToLower(number))
}

// hasName finds the name as written, its pinyin as one word in either order, and the family name's syllable when
// little else is left.
func hasName(candidate, plain string, who Person) bool {
	if utf8.RuneCountInString(who.Name) >= 2 && strings.Contains(candidate, who.Name) {
		return true
	}
	if len(who.Pinyin) < 2 {
		return false
	}
	family, given := simplify(who.Pinyin[0]), simplify(strings.Join(who.Pinyin[1:], ""))
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(candidate))
	for _, full := range []string{family + given, given + family} {
		if strings.Contains(plain, full) || strings.Contains(letters, strings.ToLower(full)) {
			return true
		}
	}
	initials := ""
	for _, syllable := range who.Pinyin {
		if syllable != "" {
			initials += strings.ToLower(syllable[:1])
		}
	}
	return letters == initials || letters == strings.ToLower(who.Pinyin[0])
}
