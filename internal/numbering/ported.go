package numbering

import (
	"strings"
	"time"

	"yingda/internal/numbering/phone"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
)

// Ported is a single number that is unlike its segment for a time.
type Ported struct {
	ID          PortedID   `json:"id" audit:"-"`
	Number      Phone      `json:"number"` // a mobile number
	Operator    string     `json:"operator"`
	Brand       string     `json:"brand"`
	ProductLine string     `json:"product_line"`
	Province    string     `json:"province"` // empty: as the segment says
	City        string     `json:"city"`
	ValidFrom   time.Time  `json:"valid_from"`
	ValidUntil  *time.Time `json:"valid_until"` // the first moment at which it no longer holds
	Version     int        `json:"version" audit:"-"`
	UpdatedAt   time.Time  `json:"updated_at" audit:"-"`
	UpdatedBy   string     `json:"updated_by" audit:"-"`
}

// PortedSpec is what is given when a ported number is made or changed. The number itself never changes.
type PortedSpec struct {
	Number      string
	Operator    string
	Brand       string
	ProductLine string
	Province    string
	City        string
	ValidFrom   *time.Time // nil: from now on
	ValidUntil  *time.Time
}

// Faults of ported numbers.
var (
	ErrNoPorted    = fault.New(fault.NotFound, "numbering.no_such_ported_number", "there is no such ported number")
	ErrPortedTaken = fault.New(fault.Conflict, "numbering.ported_number_taken", "there is an entry for this number that holds at the same time").
			WithRemedy("end the other one first, or choose another time")
)

// normalise reads, trims and checks everything at once.
func (e PortedSpec) normalise(now time.Time, places *organization.Places) (Ported, error) {
	var f fault.Fields
	p := Ported{
		Operator: strings.TrimSpace(e.Operator), Brand: strings.TrimSpace(e.Brand), ProductLine: strings.TrimSpace(e.ProductLine),
		Province: strings.TrimSpace(e.Province), City: strings.TrimSpace(e.City), ValidFrom: seconds(now), ValidUntil: secondsOf(e.ValidUntil),
	}
	if e.ValidFrom != nil {
		p.ValidFrom = seconds(*e.ValidFrom)
	}
	number, err := phone.Parse(e.Number, phone.At{})
	addWrong(&f, "body.number", err)
	f.Check(err != nil || number.Kind() == phone.Mobile, "body.number", fieldUnfitting, "is not a mobile number")
	p.Number = number
	checkText(&f, "body.operator", p.Operator, 1, 64)
	checkText(&f, "body.brand", p.Brand, 0, 64)
	checkText(&f, "body.product_line", p.ProductLine, 0, 64)
	f.Check(p.ValidUntil == nil || p.ValidUntil.After(p.ValidFrom), "body.valid_until", fieldFormat, "is not after the beginning")
	if p.City != "" {
		_, ok := places.City(p.City)
		f.Check(ok, "body.city", fieldUnknown, "is no code of a city")
		if ok && p.Province == "" {
			p.Province = places.ProvinceOf(p.City)
		}
		f.Check(!ok || places.ProvinceOf(p.City) == p.Province, "body.city", fieldUnfitting, "is in another province")
	}
	if p.Province != "" {
		_, ok := places.Province(p.Province)
		f.Check(ok, "body.province", fieldUnknown, "is no code of a province")
	}
	return p, f.Err("numbering.invalid_ported_number", "the ported number cannot be saved as it is")
}
