package organization

import (
	"cmp"
	"slices"
	"strings"
)

// The code tables that this package itself reads.
const (
	TableProvince = "province" // GB/T 2260 codes such as 440000
	TableCity     = "city"     // GB/T 2260 codes such as 440100; parent is the province, extra.area_code the long-distance code
	TableService  = "service"  // what a service area can be for, such as hotline
)

// extraAreaCode is the field of a city that holds its long-distance area code, such as 020.
const extraAreaCode = "area_code"

// Places knows provinces and cities. It is immutable.
type Places struct {
	provinces, cities *Codes
	byAreaCode        map[string][]string // cities, sorted
}

// NewPlaces makes the places of two code tables.
func NewPlaces(provinces, cities *Codes) *Places {
	p := &Places{provinces: provinces, cities: cities, byAreaCode: map[string][]string{}}
	for _, c := range cities.Items() {
		if a := c.Extra[extraAreaCode]; a != "" {
			p.byAreaCode[a] = append(p.byAreaCode[a], c.Code)
		}
	}
	for _, list := range p.byAreaCode {
		slices.Sort(list)
	}
	return p
}

// Province gives a province by its code.
func (p *Places) Province(code string) (CodeItem, bool) { return p.provinces.Find(code) }

// City gives a city by its code.
func (p *Places) City(code string) (CodeItem, bool) { return p.cities.Find(code) }

// ProvinceOf gives the province of a city: the table's word, else the first two digits (GB/T 2260); "" for
// what is no code of a place.
func (p *Places) ProvinceOf(city string) string {
	if c, ok := p.cities.Find(city); ok && c.Parent != "" {
		return c.Parent
	}
	if !placeCode.MatchString(city) {
		return ""
	}
	return city[:2] + "0000"
}

// CityOf gives the city that a code of a city or of a district in it means: 440106 is in 440100.
func (p *Places) CityOf(code string) (CodeItem, bool) {
	if c, ok := p.cities.Find(code); ok {
		return c, true
	}
	if !placeCode.MatchString(code) {
		return CodeItem{}, false
	}
	return p.cities.Find(code[:4] + "00")
}

// CitiesOf gives the cities that share an area code, sorted; do not change the slice.
func (p *Places) CitiesOf(areaCode string) []string { return p.byAreaCode[normalAreaCode(areaCode)] }

// ProvinceOfArea gives the province in which all cities of an area code lie; "" when there is none or they differ.
func (p *Places) ProvinceOfArea(areaCode string) string {
	province := ""
	for _, c := range p.CitiesOf(areaCode) {
		of := p.ProvinceOf(c)
		if province != "" && of != province {
			return ""
		}
		province = of
	}
	return province
}

// normalAreaCode writes an area code with its leading zero: 20 and 020 are 020.
func normalAreaCode(s string) string {
	if s == "" || strings.HasPrefix(s, "0") {
		return s
	}
	return "0" + s
}

// words gives the names of the places that a service area's value means; empty for what is no place.
func (p *Places) words(selector Selector, value string) (zh, en string) {
	var items []CodeItem
	add := func(i CodeItem, ok bool) {
		if ok {
			items = append(items, i)
		}
	}
	switch selector {
	case ByCity:
		add(p.City(value))
	case ByProvince:
		add(p.Province(value))
	case ByAreaCode:
		for _, city := range p.CitiesOf(value) {
			add(p.City(city))
		}
	case ByCalled, ByCalledPrefix, ByNation:
	}
	chinese, english := make([]string, len(items)), make([]string, len(items))
	for i, item := range items {
		chinese[i], english[i] = item.ZH, cmp.Or(item.EN, item.ZH)
	}
	return strings.Join(chinese, "、"), strings.Join(english, ", ")
}
