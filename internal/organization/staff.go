package organization

import (
	"regexp"
	"strings"
	"time"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/privacy"
)

// StaffState tells whether a member of staff works.
type StaffState string

// The states of a member of staff: active and suspended change into each other, left is the end.
const (
	StaffActive    StaffState = "active"
	StaffSuspended StaffState = "suspended"
	StaffLeft      StaffState = "left"
)

// Staff is a member of staff as it is stored.
type Staff struct {
	ID       StaffID       `json:"id" audit:"-"`
	Number   string        `json:"number"` // staff number (工号): unique nationwide and for life
	Name     string        `json:"name"`
	Centre   CentreID      `json:"centre_id"`
	Team     TeamID        `json:"team_id"` // none: in no team
	Post     PostID        `json:"post_id"` // none: no post yet
	Mobile   privacy.Phone `json:"mobile" privacy:"phone"`
	Email    privacy.Email `json:"email" privacy:"email"`
	State    StaffState    `json:"state"`
	JoinedOn Day           `json:"joined_on"`
	// LeftOn is the first day on which this person works here no longer. A day to come is a planned leaving:
	// the state changes when the day begins, in business time.
	LeftOn Day `json:"left_on"`

	Version   int       `json:"version" audit:"-"`
	UpdatedBy string    `json:"updated_by" audit:"-"` // number and name; empty for rows of older programs
	CreatedAt time.Time `json:"created_at" audit:"-"`
	UpdatedAt time.Time `json:"updated_at" audit:"-"`
}

// Label is how people call a member of staff.
func (s Staff) Label() string { return s.Number + " " + s.Name }

// StaffUpdate is what of a member of staff can be changed without moving them; nil fields stay as they are.
type StaffUpdate struct {
	Version  int // the one that the edit was based on; 0 from other domains: whatever it is
	Name     string
	Post     PostID
	Mobile   *privacy.Phone
	Email    *privacy.Email
	JoinedOn Day
}

// StaffRef names a row and the version that a change of it was based on (0 from other domains: whatever it is).
type StaffRef struct {
	ID      StaffID
	Version int
}

// NewStaff is what is needed to make a member of staff.
type NewStaff struct {
	Number   string
	Name     string
	Centre   CentreID
	Team     TeamID
	Post     PostID
	Mobile   privacy.Phone
	Email    privacy.Email
	JoinedOn Day
}

// Faults of staff.
var (
	ErrNoStaff = fault.New(fault.NotFound, "organization.no_such_staff", "there is no such member of staff")
	ErrLeft    = fault.New(fault.Conflict, "organization.staff_left", "this person has left; nothing can be changed any more").
			WithRemedy("make a new member of staff when somebody comes back")
	errNumberTaken = fault.New(fault.Conflict, "organization.number_taken", "another member of staff has this number").
			WithRemedy("a number is used once, nationwide, also after its owner has left; choose another").
			WithFields(fault.Field{Location: "body.number", Code: "organization.number_taken", Message: "is taken"})
	errLeadsTeam = fault.New(fault.Conflict, "organization.leads_team", "this person leads a team").
			WithRemedy("name another leader of the team first")
)

const codeInvalidStaff = "organization.invalid_staff"

var (
	staffNumber = regexp.MustCompile(`^[A-Z0-9]{2,16}$`)
	// mobileForm is what a mobile or extension may look like; the kinds of numbers are numbering's business.
	mobileForm = regexp.MustCompile(`^\+?[0-9][0-9 -]{4,30}$`)
	emailForm  = regexp.MustCompile(`^[^\s@<>,;:"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
)

// normalise trims what was typed and reports every wrong field under prefix ("body.").
func (n NewStaff) normalise(f *fault.Fields, prefix string) NewStaff {
	n.Number = strings.ToUpper(strings.TrimSpace(n.Number))
	n.Name = strings.TrimSpace(n.Name)
	n.Mobile = privacy.Phone(strings.TrimSpace(n.Mobile.Plain()))
	n.Email = privacy.Email(strings.TrimSpace(n.Email.Plain()))
	f.Check(staffNumber.MatchString(n.Number), prefix+"number", fieldFormat, "is not 2 to 16 capital letters and digits")
	f.Check(!n.Centre.IsZero(), prefix+"centre_id", fieldRequired, "is missing")
	checkPerson(f, prefix, n.Name, n.Mobile, n.Email, n.JoinedOn)
	return n
}

func checkPerson(f *fault.Fields, prefix, name string, mobile privacy.Phone, email privacy.Email, joined Day) {
	checkName(f, prefix+"name", name)
	f.Check(mobile == "" || mobileForm.MatchString(mobile.Plain()), prefix+"mobile", fieldFormat, "is not a phone number")
	f.Check(email == "" || len(email.Plain()) <= 254 && emailForm.MatchString(email.Plain()), prefix+"email", fieldFormat, "is not an e-mail address")
	f.Check(joined.Valid(), prefix+"joined_on", fieldFormat, "is not a day such as 2026-11-20")
}
