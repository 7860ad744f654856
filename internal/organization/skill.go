package organization

import (
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

// SkillKind says what a skill is about.
type SkillKind string

// The kinds.
const (
	SkillBusiness SkillKind = "business" // a kind of business: broadband, bills, roaming
	SkillLanguage SkillKind = "language"
	SkillChannel  SkillKind = "channel"  // chat, mail, video
	SkillCustomer SkillKind = "customer" // a kind of customers: VIP, enterprise, complaints
	SkillSystem   SkillKind = "system"   // a tool or system that is operated
)

func (k SkillKind) known() bool {
	switch k {
	case SkillBusiness, SkillLanguage, SkillChannel, SkillCustomer, SkillSystem:
		return true
	}
	return false
}

// Skill is something that staff can do at a level from 1 to 9. Skills are the nation's.
type Skill struct {
	ID          SkillID   `json:"id" audit:"-"`
	Code        string    `json:"code"`
	Name        string    `json:"name"`
	Kind        SkillKind `json:"kind"`
	Description string    `json:"description"`
	State       State     `json:"state"`
	Version     int       `json:"version" audit:"-"`
	UpdatedBy   string    `json:"updated_by" audit:"-"`
	CreatedAt   time.Time `json:"created_at" audit:"-"`
	UpdatedAt   time.Time `json:"updated_at" audit:"-"`
}

// Label is how people call a skill.
func (k Skill) Label() string { return k.Code + " " + k.Name }

// NewSkill is what is needed to make a skill.
type NewSkill struct {
	Code, Name  string
	Kind        SkillKind
	Description string
}

// SkillUpdate is what of a skill can be changed; all of it is set.
type SkillUpdate struct {
	Version     int
	Name        string
	Kind        SkillKind
	Description string
	State       State
}

// SkillItem is one line of the list of skills.
type SkillItem struct {
	Skill
	Holders int // who hold it today, in the asker's scope
}

// HeldSkill is what somebody can do.
type HeldSkill struct {
	Staff      StaffID
	Skill      SkillID
	Code       string
	Name       string
	Kind       SkillKind
	Level      int // 9 is best
	ValidFrom  Day
	ValidUntil Day // the last day; none: no end
	GrantedBy  string
	GrantedAt  time.Time
	Evidence   string
}

// ValidOn tells whether the skill counts on a day.
func (h HeldSkill) ValidOn(d Day) bool {
	return h.ValidFrom <= d && (h.ValidUntil == "" || d <= h.ValidUntil)
}

// Grant gives a skill to many at once, in place of what they held of it before.
type Grant struct {
	Skill      SkillID
	Staff      []StaffID // at most 500
	Level      int
	ValidFrom  Day // none: today
	ValidUntil Day
	Evidence   string // a course, an examination; may be empty
}

// Faults of skills.
var (
	ErrNoSkill   = fault.New(fault.NotFound, "organization.no_such_skill", "there is no such skill")
	errSkillCode = fault.New(fault.Conflict, "organization.skill_code_taken", "another skill has this code").
			WithFields(fault.Field{Location: "body.code", Code: "organization.skill_code_taken", Message: "is taken"})
	errSkillClosed = fault.New(fault.Conflict, "organization.skill_closed", "the skill is closed").WithRemedy("open it again first, or choose another")
)

const (
	codeInvalidSkill = "organization.invalid_skill"
	maxSkillText     = 2000
)

func (n NewSkill) normalise() (NewSkill, error) {
	n.Code, n.Name, n.Description = strings.ToUpper(strings.TrimSpace(n.Code)), strings.TrimSpace(n.Name), strings.TrimSpace(n.Description)
	var f fault.Fields
	checkUnitCode(&f, "body.code", n.Code)
	checkSkill(&f, n.Name, n.Kind, n.Description)
	return n, f.Err(codeInvalidSkill, "the skill cannot be made as it is")
}

func (u SkillUpdate) normalise() (SkillUpdate, error) {
	u.Name, u.Description = strings.TrimSpace(u.Name), strings.TrimSpace(u.Description)
	var f fault.Fields
	checkSkill(&f, u.Name, u.Kind, u.Description)
	f.Check(u.State == Active || u.State == Closed, "body.state", fieldUnknown, "is not active or closed")
	return u, f.Err(codeInvalidSkill, "the skill cannot be saved as it is")
}

func checkSkill(f *fault.Fields, name string, kind SkillKind, description string) {
	checkName(f, "body.name", name)
	f.Check(kind.known(), "body.kind", fieldUnknown, "is not a kind of skill")
	checkText(f, "body.description", description, maxSkillText)
}

func (g Grant) normalise(today Day) (Grant, error) {
	g.Evidence = strings.TrimSpace(g.Evidence)
	if g.ValidFrom == "" {
		g.ValidFrom = today
	}
	var f fault.Fields
	f.Check(g.Level >= 1 && g.Level <= 9, "body.level", fieldFormat, "is not 1 to 9")
	f.Check(g.ValidFrom.Valid(), "body.valid_from", fieldFormat, "is not a day such as 2026-11-20")
	f.Check(g.ValidUntil.Valid(), "body.valid_until", fieldFormat, "is not a day such as 2026-11-20")
	f.Check(g.ValidUntil == "" || g.ValidUntil >= g.ValidFrom, "body.valid_until", "organization.before_begin", "is before the first day")
	checkText(&f, "body.evidence", g.Evidence, maxSkillText)
	return g, f.Err(codeInvalidSkill, "the skill cannot be granted as it is")
}
