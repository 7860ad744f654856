package sheet

import (
	"strings"
	"time"
)

// Kind says what the values of a column are.
type Kind string

// The kinds.
const (
	Text Kind = ""     // the default: a value of letters and digits only is brought to half width
	Free Kind = "free" // remarks and other prose, kept as typed
	Date Kind = "date" // a day; Row.Get gives it as 2006-01-02 however it was typed
)

// Languages of headers.
const (
	Chinese = "zh-CN"
	English = "en"
)

// Column is one column of a table.
type Column struct {
	Key      string // as in the API: "staff_number"
	ZH, EN   string // header
	Width    int    // in characters; 0: 16
	Required bool   // a file without this column is refused, and so is an empty cell by [Table.Missing]
	Kind     Kind

	HelpZH, HelpEN string // what to write here; shown in the template
}

// Table is a list as a workbook.
type Table struct {
	Key     string // as in the API: "staff"
	ZH, EN  string // name of the sheet
	Columns []Column

	// Location is where moments are written as local time; nil: China Standard Time.
	Location *time.Location
}

// chinaTime is used without the time zone database: it has had no other offset since 1991.
var chinaTime = time.FixedZone("CST", 8*60*60)

func (t Table) location() *time.Location {
	if t.Location == nil {
		return chinaTime
	}
	return t.Location
}

func (t Table) name(lang string) string { return pick(lang, t.ZH, t.EN) }

// pick takes English for "en" and "en-..", Chinese for everything else.
func pick(lang, zh, en string) string {
	if lang == English || strings.HasPrefix(lang, English+"-") {
		return en
	}
	return zh
}

// FileName gives a name for the file, such as "员工-20261121.xlsx".
func (t Table) FileName(lang string, now time.Time) string {
	return t.name(lang) + "-" + now.In(t.location()).Format("20060102") + ".xlsx"
}

// ContentType of workbooks.
const ContentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// sheetName is the table's name without what Excel does not allow there, at most 31 characters.
func sheetName(name string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < ' ' {
			return ' '
		}
		return r
	}, name), " '")
	if r := []rune(name); len(r) > 31 {
		name = string(r[:31])
	}
	if name == "" {
		return "1"
	}
	return name
}
