package segmentfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"yingda/internal/numbering/home"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/sheet"
)

// Columns by key.
const (
	colSegment  = "segment"
	colProvince = "province"
	colCity     = "city"
	colOperator = "operator"
	colBrand    = "brand"
	colLine     = "product_line"
	colArea     = "area_code"
	colIgnored  = "postcode" // common in such files, not kept
)

// Columns describes the file, for the template and the export.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Key: colSegment, ZH: "号段", EN: "Segment", Width: 12, Required: true, HelpZH: "手机号码的前 7 位", HelpEN: "The first seven digits of mobile numbers"},
		{Key: colProvince, ZH: "省份", EN: "Province", Width: 12, HelpZH: "名称或 GB/T 2260 代码；填了城市代码或区号时可不填", HelpEN: "Name or GB/T 2260 code; not needed with a city code or an area code"},
		{Key: colCity, ZH: "城市", EN: "City", Width: 12, HelpZH: "名称或 GB/T 2260 代码", HelpEN: "Name or GB/T 2260 code"},
		{Key: colOperator, ZH: "运营商", EN: "Operator", Width: 16, Required: true, HelpZH: "不超过 64 个字", HelpEN: "At most 64 characters"},
		{Key: colBrand, ZH: "品牌", EN: "Brand", Width: 16},
		{Key: colLine, ZH: "产品线", EN: "Product line", Width: 16},
		{Key: colArea, ZH: "区号", EN: "Area code", Width: 8, HelpZH: "没有城市时按区号查找", HelpEN: "Tells the city where none is given"},
	}
}

// aliases are other headers that such files have.
var aliases = map[string]string{
	"号码段": colSegment, "手机号段": colSegment, "号码前7位": colSegment, "prefix": colSegment, "省": colProvince, "归属省": colProvince,
	"市": colCity, "地市": colCity, "归属市": colCity, "归属地市": colCity, "isp": colOperator, "卡类型": colLine, "业务类型": colLine, "types": colLine,
	"长途区号": colArea, "邮编": colIgnored, "邮政编码": colIgnored, "post code": colIgnored, "postcode": colIgnored, "zip": colIgnored, "zip code": colIgnored,
}

// header is where each column stands.
type header struct{ at map[string]int }

func (h header) empty() bool { return h.at == nil }

func (h header) get(cells []string, key string) string {
	i, ok := h.at[key]
	if !ok || i >= len(cells) {
		return ""
	}
	return trim(cells[i])
}

func readHeader(cells []string) (header, error) {
	h := header{at: map[string]int{}}
	var f fault.Fields
	for i, c := range cells {
		name := strings.ToLower(strings.TrimRight(strings.TrimPrefix(trim(c), "\ufeff"), "*: "))
		key := keyOf(name)
		_, twice := h.at[key]
		switch {
		case name == "":
		case key == "" || i >= maxColumns:
			f.Add("header."+cut(name), "sheet.unknown_column", "there is no such column")
		case twice:
			f.Add("header."+cut(name), "sheet.double_column", "the column is there twice")
		default:
			h.at[key] = i
		}
	}
	for _, c := range Columns() {
		if _, ok := h.at[c.Key]; c.Required && !ok {
			f.Add("header."+c.Key, "sheet.missing_column", fmt.Sprintf("the column %s (%s) is missing", c.ZH, c.EN))
		}
	}
	return h, f.Err(sheet.ErrBadHeader.Code, sheet.ErrBadHeader.Message)
}

func keyOf(name string) string {
	for _, c := range Columns() {
		if name == c.Key || name == c.ZH || name == strings.ToLower(c.EN) {
			return c.Key
		}
	}
	return aliases[name]
}

func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// row reads one line of cells.
func (f *Reader) row(line int, cells []string) (Row, []sheet.Problem) {
	r := Row{Line: line}
	var wrong problems
	r.Prefix = f.prefix(&wrong, line, f.header.get(cells, colSegment))
	r.Province, r.City = f.names.place(&wrong, f.header.get(cells, colProvince), f.header.get(cells, colCity), f.header.get(cells, colArea))
	r.Operator = wrong.text(colOperator, f.header.get(cells, colOperator), true)
	r.Brand = wrong.text(colBrand, f.header.get(cells, colBrand), false)
	r.ProductLine = wrong.text(colLine, f.header.get(cells, colLine), false)
	return r, wrong
}

func (f *Reader) prefix(wrong *problems, line int, s string) uint32 {
	s = digits(s)
	n, err := strconv.ParseUint(s, 10, 32)
	switch {
	case s == "":
		wrong.add(colSegment, "required", "is missing")
		return 0
	case err != nil || len(s) != 7 || n < home.FirstPrefix || n > home.LastPrefix || s[1] < '3' && s[:4] != "1064":
		wrong.add(colSegment, "format", "is not the first seven digits of mobile numbers")
		return 0
	}
	if before := f.seen[n-home.FirstPrefix]; before != 0 {
		wrong.add(colSegment, "double", fmt.Sprintf("is in line %d already", before))
		return 0
	}
	f.seen[n-home.FirstPrefix] = uint32(line) //nolint:gosec // at most a few million
	return uint32(n)
}

// problems collects what is wrong with a row.
type problems []sheet.Problem

func (p *problems) add(column, code, message string) {
	*p = append(*p, sheet.Problem{Column: column, Code: code, Message: message})
}

func (p *problems) text(column, s string, required bool) string {
	switch {
	case s == "" && required:
		p.add(column, "required", "is missing")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
		p.add(column, "format", "has characters that cannot be kept")
	case utf8.RuneCountInString(s) > 64:
		p.add(column, "too_long", "has more than 64 characters")
	default:
		// A cell shares the memory of its whole line; what is kept must not.
		return strings.Clone(s)
	}
	return ""
}

func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u3000' || r == '\ufeff' })
}

// digits turns full-width digits into plain ones.
func digits(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= '０' && r <= '９' }) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, s)
}

// Named is a province or a city.
type Named struct {
	Code, Name, AreaCode string
	Province             string // of a city
}

// Names finds places by what files call them.
type Names struct {
	provinces map[string]string    // code and names → code
	cities    map[[2]string]string // province (or "") and code or name → code
	province  map[string]string    // city → province
	areas     map[string][]string  // area code without its 0 → cities
}

// suffixes that people leave out, the longer ones first.
var suffixes = []string{"特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "地区", "省", "市", "盟"}

// NewNames makes the index.
func NewNames(provinces, cities []Named) *Names {
	n := &Names{provinces: map[string]string{}, cities: map[[2]string]string{}, province: map[string]string{}, areas: map[string][]string{}}
	for _, p := range provinces {
		n.provinces[p.Code], n.provinces[p.Name] = p.Code, p.Code
		n.provinces[short(p.Name)] = p.Code
	}
	twice := map[[2]string]bool{}
	add := func(province, name, code string) {
		key := [2]string{province, name}
		if other, ok := n.cities[key]; ok && other != code {
			twice[key] = true
		}
		n.cities[key] = code
	}
	for _, c := range cities {
		n.province[c.Code] = c.Province
		for _, name := range slices.Compact([]string{c.Code, c.Name, short(c.Name)}) {
			add(c.Province, name, c.Code)
			add("", name, c.Code)
		}
		if area := strings.TrimLeft(c.AreaCode, "0"); area != "" {
			n.areas[area] = append(n.areas[area], c.Code)
		}
	}
	for key := range twice { // two cities of that name: the province must tell
		delete(n.cities, key)
	}
	return n
}

func short(name string) string {
	for _, s := range suffixes {
		if rest, ok := strings.CutSuffix(name, s); ok && utf8.RuneCountInString(rest) > 1 {
			return rest
		}
	}
	return name
}

// place finds province and city of a row.
func (n *Names) place(wrong *problems, province, city, area string) (string, string) {
	p := ""
	if province = digits(province); province != "" {
		var ok bool
		if p, ok = n.provinces[province]; !ok {
			wrong.add(colProvince, "unknown", "is no province that is known")
			return "", ""
		}
	}
	if city = digits(city); city != "" {
		c, ok := n.cities[[2]string{p, city}]
		if !ok {
			wrong.add(colCity, "unknown", "is no city of the province, or several have this name")
			return "", ""
		}
		return n.province[c], c
	}
	if area = strings.TrimLeft(digits(area), "0"); area != "" {
		return n.byArea(wrong, p, area)
	}
	if p == "" {
		wrong.add(colProvince, "required", "is missing, and neither city nor area code tells it")
	}
	return p, ""
}

// byArea finds the place of an area code; cities that share one leave the city open.
func (n *Names) byArea(wrong *problems, province, area string) (string, string) {
	var in []string
	for _, c := range n.areas[area] {
		if province == "" || n.province[c] == province {
			in = append(in, c)
		}
	}
	if len(in) == 0 {
		wrong.add(colArea, "unknown", "is no area code of the province")
		return "", ""
	}
	of := n.province[in[0]]
	if slices.ContainsFunc(in, func(c string) bool { return n.province[c] != of }) {
		wrong.add(colProvince, "required", "is missing: the area code is used in several provinces")
		return "", ""
	}
	if len(in) > 1 {
		return of, ""
	}
	return of, in[0]
}
