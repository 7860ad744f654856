package organization

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

type (
	centreKind struct{}
	areaKind   struct{}
	teamKind   struct{}
	staffKind  struct{}
	postKind   struct{}
	skillKind  struct{}
)

// The ids of this package's things.
type (
	CentreID = ident.ID[centreKind]
	AreaID   = ident.ID[areaKind]
	TeamID   = ident.ID[teamKind]
	StaffID  = ident.ID[staffKind]
	PostID   = ident.ID[postKind]
	SkillID  = ident.ID[skillKind]
)

// CentreOf gives the typed id of a centre that an actor or a message names by its plain one.
func CentreOf(id uuid.UUID) CentreID { return ident.From[centreKind](id) }

// Level is a centre's place from the nation down; the words are those of [actor.Level].
type Level = actor.Level

// State tells whether a centre or a team is in use.
type State string

// The states of centres and teams.
const (
	Active State = "active"
	Closed State = "closed" // kept for history; nobody works in it and nothing new refers to it
)

// Faults that several things of this package share.
var (
	// ErrChangedMeanwhile is the sentinel of an edit that was based on an older version.
	ErrChangedMeanwhile = fault.New(fault.Conflict, "organization.changed_meanwhile", "somebody changed this meanwhile").
		WithRemedy("look at what changed and save again")
)

// changedMeanwhile says who changed what is being edited. by may be empty for rows of older programs.
func changedMeanwhile(what, by string, at time.Time) error {
	if by == "" {
		by = "somebody"
	}
	return fault.New(fault.Conflict, ErrChangedMeanwhile.Code, "%s was changed by %s at %s", what, by, at.UTC().Format(time.RFC3339)).
		WithRemedy("%s", ErrChangedMeanwhile.Remedy)
}
