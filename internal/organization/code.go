package organization

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

// CodeTable describes a code table.
type CodeTable struct {
	Code        string     `json:"code" audit:"-"`
	NameZH      string     `json:"name_zh"`
	NameEN      string     `json:"name_en"`
	Owner       string     `json:"owner"`           // the department that answers for it, in words
	OwnerCentre CentreID   `json:"owner_centre_id"` // none: the nation's
	Version     int        `json:"version"`         // the newest; 0 before the first publication
	PublishedAt *time.Time `json:"published_at" audit:"-"`
	Items       int        `json:"items" audit:"-"`   // in the newest version
	Edition     int        `json:"edition" audit:"-"` // of names and owner
	UpdatedAt   time.Time  `json:"updated_at" audit:"-"`
	UpdatedBy   string     `json:"updated_by" audit:"-"`
}

// CodeItem is one code of a table. Items are equal when all their fields are.
type CodeItem struct {
	Code       string            `json:"code" audit:"-"`
	ZH         string            `json:"zh"`
	EN         string            `json:"en"`
	Initials   string            `json:"initials"` // of the pinyin in small letters, for finding by typing; may be empty
	Parent     string            `json:"parent"`   // a code of the table or of one above it; may be empty
	Extra      map[string]string `json:"extra"`    // what else the table says, such as area_code; never nil in a snapshot
	ValidFrom  Day               `json:"valid_from"`
	ValidUntil Day               `json:"valid_until"` // the last day; empty: no end
	Sort       int               `json:"sort"`
}

// ValidOn tells whether the item holds on a day.
func (i CodeItem) ValidOn(day Day) bool {
	return (i.ValidFrom == "" || i.ValidFrom <= day) && (i.ValidUntil == "" || day <= i.ValidUntil)
}

// matches tells whether an item is what people look for with a few small letters: part of a name, the beginning
// of the code or of the pinyin initials, or one of the additional fields.
func (i CodeItem) matches(find string) bool {
	if find == "" || strings.Contains(i.ZH, find) || strings.Contains(strings.ToLower(i.EN), find) ||
		strings.HasPrefix(strings.ToLower(i.Code), find) || strings.HasPrefix(i.Initials, find) {
		return true
	}
	for _, v := range i.Extra {
		if strings.EqualFold(v, find) {
			return true
		}
	}
	return false
}

func (i CodeItem) equal(o CodeItem) bool {
	same := maps.Equal(i.Extra, o.Extra)
	type flat struct {
		code, zh, en, initials, parent string
		from, until                    Day
		sort                           int
	}
	plain := func(v CodeItem) flat {
		return flat{v.Code, v.ZH, v.EN, v.Initials, v.Parent, v.ValidFrom, v.ValidUntil, v.Sort}
	}
	return same && plain(i) == plain(o)
}

// Codes is the newest version of a code table. It is immutable and may be shared.
type Codes struct {
	Table  CodeTable
	items  []CodeItem
	byCode map[string]int
}

// NewCodes makes a snapshot; items are put in their order.
func NewCodes(table CodeTable, items []CodeItem) *Codes {
	c := &Codes{Table: table, items: slices.Clone(items), byCode: make(map[string]int, len(items))}
	slices.SortFunc(c.items, func(a, b CodeItem) int {
		return cmp.Or(cmp.Compare(a.Sort, b.Sort), strings.Compare(a.Code, b.Code))
	})
	for i := range c.items {
		if c.items[i].Extra == nil {
			c.items[i].Extra = map[string]string{}
		}
		c.byCode[c.items[i].Code] = i
	}
	c.Table.Items = len(c.items)
	return c
}

// Items are in the order of the table. Do not change the slice.
func (c *Codes) Items() []CodeItem { return c.items }

// Find gives an item by its code.
func (c *Codes) Find(code string) (CodeItem, bool) {
	i, ok := c.byCode[code]
	if !ok {
		return CodeItem{}, false
	}
	return c.items[i], true
}

// ItemChange is one line of the difference between two versions.
type ItemChange struct {
	Act string // "add", "change" or "remove"
	Old CodeItem
	New CodeItem
}

// difference gives what leads from the items before to those after, in the order of codes.
func difference(before, after []CodeItem) []ItemChange {
	old, now := map[string]CodeItem{}, map[string]CodeItem{}
	for _, i := range before {
		old[i.Code] = i
	}
	var list []ItemChange
	for _, i := range after {
		now[i.Code] = i
		switch o, ok := old[i.Code]; {
		case !ok:
			list = append(list, ItemChange{Act: "add", New: i})
		case !o.equal(i):
			list = append(list, ItemChange{Act: "change", Old: o, New: i})
		}
	}
	for _, i := range before {
		if _, ok := now[i.Code]; !ok {
			list = append(list, ItemChange{Act: "remove", Old: i})
		}
	}
	slices.SortFunc(list, func(a, b ItemChange) int {
		return strings.Compare(cmp.Or(a.New.Code, a.Old.Code), cmp.Or(b.New.Code, b.Old.Code))
	})
	return list
}

// Faults of code tables.
var (
	ErrCodeInUse     = fault.New(fault.Conflict, "organization.code_in_use", "something still uses the code").WithRemedy("end its validity instead of removing it")
	ErrNoCodeTable   = fault.New(fault.NotFound, "organization.no_such_code_table", "there is no such code table")
	ErrNoCodeVersion = fault.New(fault.NotFound, "organization.no_such_code_version", "the code table has no such version")
	ErrCodeTaken     = fault.New(fault.Conflict, "organization.code_table_taken", "there is a code table with this code")
	ErrNothingNew    = fault.New(fault.Conflict, "organization.nothing_changed", "the items are the same as in the newest version")
)

const (
	maxItems = 20_000 // of one table
	maxExtra = 20     // additional fields of an item
)

var (
	tableCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	itemCode  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	initials  = regexp.MustCompile(`^[a-z0-9]{0,32}$`)
	extraName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
)

// normalise trims and checks one item; at is where it stands in the request, such as "body.items[3]".
func (i CodeItem) normalise(f *fault.Fields, at string) CodeItem {
	i.Code, i.ZH, i.EN = strings.TrimSpace(i.Code), strings.TrimSpace(i.ZH), strings.TrimSpace(i.EN)
	i.Initials, i.Parent = strings.ToLower(strings.TrimSpace(i.Initials)), strings.TrimSpace(i.Parent)
	f.Check(itemCode.MatchString(i.Code), at+".code", fieldFormat, "is not 1 to 64 letters, digits, dots, hyphens or underscores")
	checkName(f, at+".zh", i.ZH)
	checkText(f, at+".en", i.EN, 100)
	f.Check(initials.MatchString(i.Initials), at+".initials", fieldFormat, "is not up to 32 small letters and digits")
	f.Check(i.Parent == "" || itemCode.MatchString(i.Parent), at+".parent", fieldFormat, "is not a code")
	checkDay(f, at+".valid_from", i.ValidFrom)
	checkDay(f, at+".valid_until", i.ValidUntil)
	f.Check(i.ValidFrom == "" || i.ValidUntil == "" || i.ValidFrom <= i.ValidUntil, at+".valid_until", fieldFormat, "is before the first day")
	f.Check(len(i.Extra) <= maxExtra, at+".extra", fieldTooLong, "has too many fields")
	extra := make(map[string]string, len(i.Extra))
	for k, v := range i.Extra {
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		f.Check(extraName.MatchString(k), at+".extra", fieldFormat, "has a field name that is not small letters, digits and underscores")
		checkText(f, at+".extra."+k, v, 200)
		extra[k] = v
	}
	i.Extra = extra
	return i
}

func checkDay(f *fault.Fields, at string, d Day) {
	f.Check(d.Valid(), at, fieldFormat, "is not a day such as 2026-11-20")
}

// normalise trims and checks what describes a table.
func (t CodeTable) normalise() (CodeTable, error) {
	t.Code, t.NameZH, t.NameEN, t.Owner = trim(t.Code), trim(t.NameZH), trim(t.NameEN), trim(t.Owner)
	var f fault.Fields
	f.Check(tableCode.MatchString(t.Code), "body.code", fieldFormat, "is not up to 32 small letters, digits and underscores, beginning with a letter")
	checkName(&f, "body.name_zh", t.NameZH)
	checkName(&f, "body.name_en", t.NameEN)
	checkName(&f, "body.owner", t.Owner)
	return t, f.Err("organization.invalid_code_table", "the code table cannot be saved as it is")
}

// ItemsEdit leads from one version of a table to the next.
type ItemsEdit struct {
	Base   int        // the version that the edit was based on
	Set    []CodeItem // added, or put in the place of the item with the code
	Remove []string
	Note   string // why; shown in the history
}

// normalise trims and checks all of the edit at once.
func (e ItemsEdit) normalise() (ItemsEdit, error) {
	var f fault.Fields
	e.Note = trim(e.Note)
	f.Check(e.Note != "", "body.note", fieldRequired, "is missing")
	checkText(&f, "body.note", e.Note, 500)
	seen := map[string]bool{}
	set := make([]CodeItem, len(e.Set))
	for n, i := range e.Set {
		at := fmt.Sprintf("body.set[%d]", n)
		set[n] = i.normalise(&f, at)
		f.Check(!seen[set[n].Code], at+".code", "organization.twice", "stands there twice")
		seen[set[n].Code] = true
	}
	for n, code := range e.Remove {
		f.Check(!seen[code], fmt.Sprintf("body.remove[%d]", n), "organization.twice", "is set and removed at once")
	}
	e.Set = set
	return e, f.Err("organization.invalid_codes", "the codes cannot be published as they are")
}

// apply gives the items after the edit. Removing what is not there changes nothing.
func (e ItemsEdit) apply(before []CodeItem) []CodeItem {
	set := map[string]CodeItem{}
	for _, i := range e.Set {
		set[i.Code] = i
	}
	var after []CodeItem
	for _, i := range before {
		if next, ok := set[i.Code]; ok {
			i = next
			delete(set, i.Code)
		} else if slices.Contains(e.Remove, i.Code) {
			continue
		}
		after = append(after, i)
	}
	for _, i := range e.Set {
		if _, left := set[i.Code]; left {
			after = append(after, i)
		}
	}
	return after
}
