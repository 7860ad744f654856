package voice

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

type (
	groupKind  struct{}
	trunkKind  struct{}
	phoneKind  struct{}
	numberKind struct{}
	promptKind struct{}
	callKind   struct{}
)

// The ids of this package's things. A CallID is one leg's.
type (
	GroupID  = ident.ID[groupKind]
	TrunkID  = ident.ID[trunkKind]
	PhoneID  = ident.ID[phoneKind]
	NumberID = ident.ID[numberKind]
	PromptID = ident.ID[promptKind]
	CallID   = ident.ID[callKind]
)

// NewCallID makes the id of a leg.
func NewCallID() CallID { return ident.New[callKind]() }

// Faults that several things of this package share.
var (
	// ErrChangedMeanwhile is the sentinel of an edit that was based on an older version.
	ErrChangedMeanwhile = fault.New(fault.Conflict, "voice.changed_meanwhile", "somebody changed this meanwhile").
				WithRemedy("look at what changed and save again")
	// ErrNotYours is returned for a thing of the nation, which everybody sees, to whoever may not change it.
	ErrNotYours = fault.New(fault.Denied, "voice.not_yours", "this belongs to a centre outside of your scope").
			WithRemedy("ask an administrator of that centre")
)

// changedMeanwhile says who changed what is being edited.
func changedMeanwhile(what, by string, at time.Time) error {
	return fault.New(fault.Conflict, ErrChangedMeanwhile.Code, "%s was changed by %s at %s", what, by, at.UTC().Format(time.RFC3339)).
		WithRemedy("%s", ErrChangedMeanwhile.Remedy)
}

// Codes of wrong fields; the page has their words.
const (
	fieldRequired  = "required"
	fieldTooLong   = "too_long"
	fieldFormat    = "format"
	fieldUnknown   = "unknown"
	fieldUnfitting = "unfitting"
	fieldRange     = "range"
)

// checkText checks the length in characters and refuses what cannot be kept.
func checkText(f *fault.Fields, location, s string, least, most int) {
	n := utf8.RuneCountInString(s)
	switch {
	case strings.ContainsRune(s, 0) || !utf8.ValidString(s):
		f.Add(location, fieldFormat, "has characters that cannot be kept")
	case n < least:
		f.Add(location, fieldRequired, "is missing")
	case n > most:
		f.Add(location, fieldTooLong, "is too long")
	}
}

// surroundings are what a thing is checked against.
type surroundings struct {
	scope actor.Scope // where the editor may edit
	tree  *organization.Tree
}

// checkCentre: the owner is there, in use, and in scope.
func (in surroundings) checkCentre(f *fault.Fields, id organization.CentreID) {
	owner, ok := in.tree.Centre(id)
	switch {
	case id.IsZero():
		f.Add("body.centre_id", fieldRequired, "is missing")
	case !ok || !in.scope.Covers(id.UUID()):
		f.Add("body.centre_id", fieldUnknown, "is no centre that you may choose")
	case owner.State != organization.Active:
		f.Add("body.centre_id", fieldUnfitting, "is closed")
	}
}

// reach says whether the editor may change a thing of a centre. Whoever sees it as the nation's is told that it is
// not theirs; anybody else that it is not there.
func (in surroundings) reach(ctx context.Context, read actor.Permission, centre organization.CentreID, missing error) error {
	if in.scope.Covers(centre.UUID()) {
		return nil
	}
	if root, ok := in.tree.Root(); ok && root.ID == centre && !actor.From(ctx).Scope(read).Empty() {
		return ErrNotYours
	}
	return missing
}

// who names the actor for the row that is changed, as colleagues are shown it.
func who(ctx context.Context) string {
	a := actor.From(ctx)
	if a == nil {
		return ""
	}
	return strings.TrimSpace(a.Number + " " + a.Name)
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
