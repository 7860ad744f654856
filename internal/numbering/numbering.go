package numbering

import (
	"context"
	"time"

	"yingda/internal/actor"
	"yingda/internal/numbering/called"
	"yingda/internal/numbering/home"
	"yingda/internal/numbering/phone"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// The words of the inner packages that other domains use.
type (
	Phone = phone.Phone
	Home  = home.Home
	Place = called.Place
)

type (
	calledKind struct{}
	portedKind struct{}
)

// The ids of this package's things.
type (
	CalledID = ident.ID[calledKind]
	PortedID = ident.ID[portedKind]
)

// ParsePhone reads a bare number; area is the area code, without its 0, for local numbers, or "". The error is
// a *phone.Wrong.
func ParsePhone(text, area string) (Phone, error) { return phone.Parse(text, phone.At{Area: area}) }

// Faults that several things of this package share.
var (
	// ErrChangedMeanwhile is the sentinel of an edit that was based on an older version.
	ErrChangedMeanwhile = fault.New(fault.Conflict, "numbering.changed_meanwhile", "somebody changed this meanwhile").
				WithRemedy("look at what changed and save again")
	// ErrNationalOnly is returned to whoever holds the permission only for a part of the country.
	ErrNationalOnly = fault.New(fault.Denied, "numbering.national_only", "number segments and ported numbers are kept for the whole nation").
			WithRemedy("ask an administrator of the national centre")
)

// changedMeanwhile says who changed what is being edited.
func changedMeanwhile(what, by string, at time.Time) error {
	return fault.New(fault.Conflict, ErrChangedMeanwhile.Code, "%s was changed by %s at %s", what, by, at.UTC().Format(time.RFC3339)).
		WithRemedy("%s", ErrChangedMeanwhile.Remedy)
}

// allowNation asks for a permission that counts only when it is held for the whole nation.
func allowNation(ctx context.Context, p actor.Permission) error {
	scope, err := actor.Allow(ctx, p)
	if err == nil && !scope.IsNational() {
		err = ErrNationalOnly
	}
	return err
}

// Codes of wrong fields; the page has their words.
const (
	fieldRequired  = "required"
	fieldTooLong   = "too_long"
	fieldFormat    = "format"
	fieldUnknown   = "unknown"
	fieldOutside   = "out_of_scope"
	fieldUnfitting = "unfitting"
)
