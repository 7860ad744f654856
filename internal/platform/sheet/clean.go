package sheet

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// trim drops blanks around a value.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' || r == '\u2060' || r == '\u200e' || r == '\u200f'
	})
}

// code brings what is a number or a code to half width.
func code(s string) string {
	if isCode(s) {
		return halfWidth(s)
	}
	return s
}

// isCode reports letters, digits, hyphens and underscores only, in full or half width, with one in full width.
func isCode(s string) bool {
	wide := false
	for _, r := range s {
		n := narrow(r)
		switch {
		case n >= '0' && n <= '9', n >= 'A' && n <= 'Z', n >= 'a' && n <= 'z', n == '-', n == '_':
			wide = wide || n != r
		default:
			return false
		}
	}
	return wide
}

func halfWidth(s string) string { return strings.Map(narrow, s) }

// narrow maps the full-width forms U+FF01 to U+FF5E and the ideographic blank to ASCII.
func narrow(r rune) rune {
	switch {
	case r >= '\uff01' && r <= '\uff5e':
		return r - 0xfee0
	case r == '\u3000':
		return ' '
	}
	return r
}

// dayForms are the forms in which people write days.
var dayForms = []string{"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2006年1月2日", "2006-1-2 15:04:05", "2006/1/2 15:04:05", "2006-1-2 15:04", "2006/1/2 15:04"}

// lastSerial is 9999-12-31 as Excel counts days.
const lastSerial = 2958465

// day gives 2006-01-02 for a date cell or a written day; what is neither stays as it is, to be refused by
// whoever checks it. Eight digits are a written day, fewer a count of days.
func day(s string, since1904 bool) string {
	s = halfWidth(s)
	for _, form := range dayForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	serial, err := strconv.ParseFloat(s, 64)
	if err != nil || serial < 1 || serial > lastSerial {
		return s
	}
	t, err := excelize.ExcelDateToTime(serial, since1904)
	if err != nil {
		return s
	}
	return t.Format(time.DateOnly)
}

// Yes reads a yes or no in either language; ok is false for anything else, also for "".
func Yes(s string) (value, ok bool) {
	switch strings.ToLower(halfWidth(s)) {
	case "是", "有", "y", "yes", "true", "1", "√", "✓":
		return true, true
	case "否", "无", "n", "no", "false", "0", "×":
		return false, true
	}
	return false, false
}

// Split takes a cell with several values apart, at the usual separators.
func Split(s string) []string {
	list := []string{}
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、,，;；\n\r", r) }) {
		if part = trim(part); part != "" {
			list = append(list, code(part))
		}
	}
	return list
}

// Like gives what was there when a cell says the same: a workbook keeps neither carriage returns nor what is invisible at
// the ends, and has U+FFFD for what XML 1.0 cannot write. So what goes out and comes back is not taken for a change.
func Like(cell, was string) string {
	flat := func(s string) string {
		s = strings.Map(writable, strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
		return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	}
	if flat(cell) == flat(was) {
		return was
	}
	return cell
}

// writable gives what stands in a workbook for a character (XML 1.0, production 2).
func writable(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' || r == '\ufffe' || r == '\uffff' {
		return '\ufffd'
	}
	return r
}
