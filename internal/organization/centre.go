package organization

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yingda/internal/actor"
	"yingda/internal/platform/fault"
)

// DefaultTimeZone is the time of a centre that says nothing else.
const DefaultTimeZone = "Asia/Shanghai"

// Centre is a part of the service organisation; see the package comment.
type Centre struct {
	ID        CentreID  `json:"id" audit:"-"`
	Parent    CentreID  `json:"parent_id"` // none for the nation
	Level     Level     `json:"level"`
	Code      string    `json:"code"`     // readable, unique, capital letters, digits and hyphens
	Name      string    `json:"name"`     // at most 100 characters
	Province  string    `json:"province"` // GB/T 2260; empty for the nation
	City      string    `json:"city"`     // empty above the city level
	TimeZone  string    `json:"time_zone"`
	State     State     `json:"state"`
	Version   int       `json:"version" audit:"-"`
	CreatedAt time.Time `json:"created_at" audit:"-"`
	UpdatedAt time.Time `json:"updated_at" audit:"-"`
	UpdatedBy string    `json:"updated_by" audit:"-"` // "1001 张三"; empty for rows of older programs
}

// NewCentre is a centre to be made. Empty places of a city or site are taken from the parent, an empty time
// zone too.
type NewCentre struct {
	Parent   CentreID
	Level    Level
	Code     string
	Name     string
	Province string
	City     string
	TimeZone string
}

// CentreUpdate is what of a centre can be changed; all of it is set.
type CentreUpdate struct {
	Version  int // the one that the edit was based on
	Code     string
	Name     string
	Province string
	City     string
	TimeZone string
}

// Faults of centres.
var (
	ErrNoCentre      = fault.New(fault.NotFound, "organization.no_such_centre", "there is no such centre")
	ErrCentreCode    = fault.New(fault.Conflict, "organization.centre_code_taken", "another centre has this code")
	ErrSecondNation  = fault.New(fault.Conflict, "organization.second_nation", "there is a national centre already")
	ErrCentreClosed  = fault.New(fault.Conflict, "organization.centre_closed", "the centre is closed").WithRemedy("choose one that is in use, or reopen it")
	ErrCentreInUse   = fault.New(fault.Conflict, "organization.centre_in_use", "something of the centre is still in use")
	ErrRoot          = fault.New(fault.Conflict, "organization.root", "the national centre is neither moved nor closed")
	ErrCycle         = fault.New(fault.Conflict, "organization.cycle", "a centre cannot stand below itself")
	ErrLevel         = fault.New(fault.Conflict, "organization.level_order", "levels go down from parent to child: nation, province, city, site")
	ErrOtherProvince = fault.New(fault.Conflict, "organization.other_province", "a centre lies in the province of its parent").
				WithRemedy("use a service area to serve places of other provinces")
)

var depths = map[Level]int{actor.Nation: 0, actor.Province: 1, actor.City: 2, actor.Site: 3}

// mayStandBelow tells whether levels descend: only a site may stand below its own kind.
func mayStandBelow(child, parent Level) bool {
	return depths[child] > depths[parent] || child == actor.Site && parent == actor.Site
}

// normalise trims, fills what is taken from the parent (nil: none) and checks everything at once.
func (n NewCentre) normalise(parent *Centre, places *Places) (NewCentre, error) {
	n.Code, n.Name, n.TimeZone = strings.ToUpper(strings.TrimSpace(n.Code)), strings.TrimSpace(n.Name), strings.TrimSpace(n.TimeZone)
	if parent != nil {
		if n.Province == "" && n.Level != actor.Province {
			n.Province = parent.Province
		}
		if n.City == "" && n.Level == actor.Site {
			n.City = parent.City
		}
		if n.TimeZone == "" {
			n.TimeZone = parent.TimeZone
		}
	}
	if n.Province == "" && n.City != "" && n.Level != actor.Nation {
		n.Province = places.ProvinceOf(n.City)
	}
	if n.TimeZone == "" {
		n.TimeZone = DefaultTimeZone
	}
	var f fault.Fields
	_, known := depths[n.Level]
	f.Check(known, "body.level", fieldUnknown, "is not nation, province, city or site")
	f.Check((parent == nil) == (n.Level == actor.Nation), "body.parent_id", fieldRequired, "every centre but the national one has a parent")
	checkUnitCode(&f, "body.code", n.Code)
	checkName(&f, "body.name", n.Name)
	checkZone(&f, n.TimeZone)
	checkPlace(&f, places, n.Level, n.Province, n.City)
	if err := f.Err("organization.invalid_centre", "the centre cannot be made as it is"); err != nil {
		return n, err
	}
	return n, fits(n.Level, n.Province, parent)
}

func (e CentreUpdate) normalise(level Level, places *Places) (CentreUpdate, error) {
	e.Code, e.Name, e.TimeZone = strings.ToUpper(strings.TrimSpace(e.Code)), strings.TrimSpace(e.Name), strings.TrimSpace(e.TimeZone)
	var f fault.Fields
	checkUnitCode(&f, "body.code", e.Code)
	checkName(&f, "body.name", e.Name)
	checkZone(&f, e.TimeZone)
	checkPlace(&f, places, level, e.Province, e.City)
	return e, f.Err("organization.invalid_centre", "the centre cannot be saved as it is")
}

func checkZone(f *fault.Fields, name string) {
	_, err := time.LoadLocation(name)
	f.Check(err == nil && name != "" && name != "Local", "body.time_zone", fieldUnknown, "is not a time zone such as Asia/Shanghai")
}

// checkPlace checks that the place is as exact as the level asks and that the codes exist.
func checkPlace(f *fault.Fields, places *Places, level Level, province, city string) {
	switch level {
	case actor.Nation:
		f.Check(province == "", "body.province", fieldUnknown, "the national centre has no province")
		f.Check(city == "", "body.city", fieldUnknown, "the national centre has no city")
		return
	case actor.Province:
		f.Check(city == "", "body.city", fieldUnknown, "a provincial centre has no city")
	case actor.City:
		f.Check(city != "", "body.city", fieldRequired, "is missing")
	case actor.Site:
	}
	_, known := places.Province(province)
	f.Check(province == "" || known, "body.province", fieldUnknown, "is no code of a province")
	f.Check(province != "", "body.province", fieldRequired, "is missing")
	if city != "" {
		_, known := places.City(city)
		f.Check(known, "body.city", fieldUnknown, "is no code of a city")
		f.Check(!known || places.ProvinceOf(city) == province, "body.city", "organization.other_province", "lies in another province")
	}
}

// fits tells whether a centre of this level and province may stand below parent (nil for the nation).
func fits(level Level, province string, parent *Centre) error {
	if parent == nil {
		return nil
	}
	if !mayStandBelow(level, parent.Level) {
		return fault.New(fault.Conflict, ErrLevel.Code, "a centre of level %s cannot stand below one of level %s", level, parent.Level).
			WithRemedy("choose a parent of a higher level")
	}
	if parent.Province != "" && parent.Province != province {
		return fault.New(fault.Conflict, ErrOtherProvince.Code, "the centre lies in province %s, its parent %s in %s", province, parent.Name, parent.Province).
			WithRemedy("%s", ErrOtherProvince.Remedy)
	}
	return nil
}

// mayMove tells whether the centre may move below the parent.
func (t *Tree) mayMove(id, parent CentreID) error {
	c, ok := t.Centre(id)
	if !ok {
		return ErrNoCentre
	}
	p, ok := t.Centre(parent)
	switch {
	case !ok:
		return ErrNoCentre
	case c.Parent.IsZero():
		return ErrRoot
	case slices.Contains(t.Below(id), parent):
		return ErrCycle
	case p.State == Closed:
		return ErrCentreClosed
	}
	return fits(c.Level, c.Province, &p)
}

// mayLie tells whether the centre may lie in this province, with all that stands below it.
func (t *Tree) mayLie(id CentreID, province string) error {
	c, _ := t.Centre(id)
	if p, ok := t.Centre(c.Parent); ok {
		if err := fits(c.Level, province, &p); err != nil {
			return err
		}
	}
	if c.Level == actor.Nation {
		return nil
	}
	for _, below := range t.Below(id) {
		if b, _ := t.Centre(below); below != id && b.Province != province {
			return fault.New(fault.Conflict, ErrOtherProvince.Code, "%s below it lies in province %s", b.Name, b.Province).
				WithRemedy("move or change what stands below first")
		}
	}
	return nil
}

// use counts what keeps a centre from being closed.
type use struct{ centres, teams, staff, areas int }

func (u use) err() error {
	if u == (use{}) {
		return nil
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{u.centres, "centres below it"}, {u.teams, "teams"}, {u.staff, "members of staff"}, {u.areas, "service areas"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return fault.New(fault.Conflict, ErrCentreInUse.Code, "the centre still has %s", strings.Join(parts, ", ")).
		WithRemedy("move or close them first")
}
