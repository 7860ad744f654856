package numbering

import (
	"context"
	"slices"
	"strings"
	"time"

	"yingda/internal/actor"
	"yingda/internal/numbering/called"
	"yingda/internal/numbering/phone"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
)

// TryOut is what a person asks: who answers this number, and where is this caller from?
type TryOut struct {
	Called   string     // as written; empty: only the caller is asked about
	Caller   string     // as written; empty: not known
	AreaCode string     // of the exchange or trunk that brings the call
	City     string     // of the subscriber, where it is known better
	At       *time.Time // nil: now
}

// Tried is the answer to a [TryOut].
type Tried struct {
	At     time.Time
	Called phone.Reading
	Caller phone.Reading
	Answer Answer
	// Hidden tells that the number is another part of the country's: nothing of it is shown.
	Hidden bool
}

// TryOut answers as a call would be. Errors: numbering.invalid_try with the fields.
func (s *Service) TryOut(ctx context.Context, t TryOut) (Tried, error) {
	scope, err := actor.Allow(ctx, CalledRead)
	if err != nil {
		return Tried{}, err
	}
	out := Tried{At: s.cfg.Clock.Now()}
	if t.At != nil {
		out.At = t.At.UTC()
	}
	var f fault.Fields
	area := strings.TrimLeft(strings.TrimSpace(t.AreaCode), "0")
	f.Check(area == "" || phone.IsArea(area), "body.area_code", fieldFormat, "is not an area code such as 020 or 0755")
	if !phone.IsArea(area) {
		area = ""
	}
	read := func(location, text string) (r phone.Reading) {
		if strings.TrimSpace(text) == "" {
			return r
		}
		r, err := phone.Read(text, phone.At{Area: area})
		addWrong(&f, location, err)
		return r
	}
	out.Called, out.Caller = read("body.called", t.Called), read("body.caller", t.Caller)
	f.Check(strings.TrimSpace(t.Called+t.Caller) != "", "body.called", fieldRequired, "is missing, and no caller is named either")
	if err := f.Err("numbering.invalid_try", "this cannot be tried"); err != nil {
		return Tried{}, err
	}
	out.Answer, err = s.Called(ctx, out.Called.Phone, CameFrom{Caller: out.Caller.Phone, AreaCode: area, City: strings.TrimSpace(t.City)}, out.At)
	if err != nil {
		return Tried{}, err
	}
	out.cut(scope)
	return out, nil
}

// cut takes out what lies outside of the asker's scope and is not the nation's.
func (t *Tried) cut(scope actor.Scope) {
	seen := func(c organization.Centre) bool { return scope.Covers(c.ID.UUID()) || c.Level == actor.Nation }
	a := &t.Answer
	owner := organization.Centre{ID: a.Called.Centre}
	if c, ok := a.owner(a.Called.Centre); ok {
		owner = c
	}
	if a.Known && !seen(owner) || a.Answers && !seen(a.Centre) {
		t.Hidden, a.Answers, a.Centre = true, false, organization.Centre{}
	}
	if a.Known && !seen(owner) {
		a.Known, a.Called = false, Called{}
	}
	a.Why.Considered = slices.DeleteFunc(a.Why.Considered, func(c called.Considered[Called]) bool {
		o, ok := a.owner(c.Entry.Ref.Centre)
		return !ok || !seen(o)
	})
	a.Why.ServiceArea.Matches = slices.DeleteFunc(a.Why.ServiceArea.Matches, func(m organization.Match) bool { return !seen(m.Centre) })
}
