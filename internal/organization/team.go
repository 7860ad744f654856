package organization

import (
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

// Team is a group of staff of one centre.
type Team struct {
	ID           TeamID    `json:"id" audit:"-"`
	Centre       CentreID  `json:"centre_id"`
	Code         string    `json:"code"` // unique within the centre
	Name         string    `json:"name"`
	Leader       StaffID   `json:"leader_id"` // none: nobody leads it
	LeaderNumber string    `json:"leader_number" audit:"-"`
	LeaderName   string    `json:"leader_name" audit:"-"`
	Shift        string    `json:"shift"` // a free word such as early, late or night; may be empty
	State        State     `json:"state"`
	Members      int       `json:"members" audit:"-"` // who have not left
	Version      int       `json:"version" audit:"-"`
	CreatedAt    time.Time `json:"created_at" audit:"-"`
	UpdatedAt    time.Time `json:"updated_at" audit:"-"`
	UpdatedBy    string    `json:"updated_by" audit:"-"`
}

// NewTeam is a team to be made.
type NewTeam struct {
	Centre CentreID
	Code   string
	Name   string
	Leader StaffID // none: nobody yet
	Shift  string
}

// TeamUpdate is what of a team can be changed; all of it is set.
type TeamUpdate struct {
	Version int
	Code    string
	Name    string
	Leader  StaffID
	Shift   string
}

// Faults of teams.
var (
	ErrNoTeam     = fault.New(fault.NotFound, "organization.no_such_team", "there is no such team")
	ErrTeamCode   = fault.New(fault.Conflict, "organization.team_code_taken", "another team of the centre has this code")
	ErrTeamClosed = fault.New(fault.Conflict, "organization.team_closed", "the team is closed").WithRemedy("choose one that is in use, or reopen it")
	ErrTeamInUse  = fault.New(fault.Conflict, "organization.team_in_use", "the team still has members").WithRemedy("move them to another team first")
)

const maxShift = 32 // characters

// teamWords trims and checks what people write of a team.
func teamWords(code, name, shift string) (string, string, string, error) {
	code, name, shift = strings.ToUpper(trim(code)), trim(name), trim(shift)
	var f fault.Fields
	checkUnitCode(&f, "body.code", code)
	checkName(&f, "body.name", name)
	checkText(&f, "body.shift", shift, maxShift)
	return code, name, shift, f.Err("organization.invalid_team", "the team cannot be saved as it is")
}
