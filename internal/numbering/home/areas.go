package home

import "strconv"

// Place is a province and a city by their codes (GB/T 2260). The city is empty where several share the area code.
type Place struct{ Province, City string }

// Areas knows the places of area codes. It is immutable.
type Areas struct {
	places [1000]Place
	known  int
}

// NewAreas makes the table of area codes without their 0. What is no area code is left out.
func NewAreas(places map[string]Place) *Areas {
	a := &Areas{}
	for code, place := range places {
		if n, err := strconv.ParseUint(code, 10, 16); err == nil && n < uint64(len(a.places)) {
			a.places[n] = place
			a.known++
		}
	}
	return a
}

// Find gives the place of an area code without its 0.
func (a *Areas) Find(code string) (Place, bool) {
	if a == nil || len(code) > 3 || code == "" {
		return Place{}, false
	}
	n := 0
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return Place{}, false
		}
		n = n*10 + int(code[i]-'0')
	}
	return a.places[n], a.places[n] != Place{}
}

// Len is how many area codes are known.
func (a *Areas) Len() int {
	if a == nil {
		return 0
	}
	return a.known
}
