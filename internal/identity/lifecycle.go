package identity

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// Act is what can be asked of an account.
type Act string

// The acts. Each is a kind of request of its own, so that people see at once what they decide.
const (
	ActCreate    Act = "create"
	ActChange    Act = "change"  // of roles
	ActSuspend   Act = "suspend" // until it is resumed
	ActResume    Act = "resume"
	ActLeave     Act = "leave"     // for ever
	ActEmergency Act = "emergency" // suspended already; to be confirmed afterwards
)

// kind names the act's kind of request; it never changes.
func (a Act) kind() string { return "identity.account_" + string(a) }

// actWords are the acts as people read them.
var actWords = map[Act][2]string{
	ActCreate: {"开通账号", "Open an account"}, ActChange: {"变更角色", "Change roles"}, ActSuspend: {"停用账号", "Suspend an account"},
	ActResume: {"恢复账号", "Resume an account"}, ActLeave: {"注销账号", "End an account"},
	ActEmergency: {"确认紧急停用", "Confirm an emergency suspension"},
}

// accountWords are the states of an account as people read them.
var accountWords = map[State][2]string{"": {"", ""}, Active: {"使用中", "active"}, Suspended: {"已停用", "suspended"}, Left: {"已注销", "ended"}}

// Delivery is how the first password reaches its owner.
type Delivery string

// The ways.
const (
	ShowOnce Delivery = "show"  // to the person who asked for the account, once
	ByEmail  Delivery = "email" // to the address of the member of staff
)

// AccountAsk is what somebody asks of an account.
type AccountAsk struct {
	Act      Act
	Staff    uuid.UUID
	Grants   []Grant  // create and change: all roles the account shall have, not only the new ones
	Delivery Delivery // create; none: ShowOnce
	Reason   string
	Evidence []string
}

// grantPayload is a role of a request, with the names that people read.
type grantPayload struct {
	Role   string     `json:"role_id"`
	Code   string     `json:"role_code"`
	ZH     string     `json:"role_zh"`
	EN     string     `json:"role_en"`
	Centre uuid.UUID  `json:"centre_id"`
	Place  string     `json:"centre_name"`
	From   time.Time  `json:"valid_from"`
	Until  *time.Time `json:"valid_until"`
}

func (g grantPayload) zh() string { return g.ZH + "（" + g.Place + "）" + g.until("，至 %s") }
func (g grantPayload) en() string { return g.EN + " (" + g.Place + ")" + g.until(", until %s") }

func (g grantPayload) until(format string) string {
	if g.Until == nil {
		return ""
	}
	return fmt.Sprintf(format, g.Until.In(shanghai).Format("2006-01-02 15:04"))
}

// accountPayload is the payload of every request about an account. Before is what the asker saw: when it is no longer
// so, the decider is told and nothing is applied.
type accountPayload struct {
	Act      Act            `json:"act"`
	Staff    uuid.UUID      `json:"staff_id"`
	Account  uuid.UUID      `json:"account_id"` // none: create
	State    State          `json:"state"`      // as the asker saw it
	Before   []grantPayload `json:"before"`
	Grants   []grantPayload `json:"grants"`
	Delivery Delivery       `json:"delivery,omitempty"`
}

// wanted gives the grants as they are applied: roles that begin "now" begin when they are approved.
func (p accountPayload) wanted(now time.Time) []Grant {
	list := make([]Grant, len(p.Grants))
	for i, g := range p.Grants {
		role, _ := ident.Parse[roleKind](g.Role)
		list[i] = Grant{Role: role, Centre: g.Centre, Until: g.Until}
		if g.From.After(now) {
			list[i].From = g.From
		}
	}
	return list
}

// changed reports whether an account is no longer as the asker saw it.
func (p accountPayload) changed(state State, present []Assignment) bool {
	if state != p.State || len(present) != len(p.Before) {
		return true
	}
	for _, b := range p.Before {
		same := slices.ContainsFunc(present, func(a Assignment) bool {
			return a.Role.String() == b.Role && a.Centre == b.Centre && sameTime(a.ValidUntil, b.Until)
		})
		if !same {
			return true
		}
	}
	return false
}

// difference gives what a request adds, takes away and lets end at another time.
func (p accountPayload) difference() (added, removed []grantPayload, period [][2]grantPayload) {
	same := func(a, b grantPayload) bool { return a.Role == b.Role && a.Centre == b.Centre }
	for _, g := range p.Grants {
		i := slices.IndexFunc(p.Before, func(b grantPayload) bool { return same(g, b) })
		switch {
		case i < 0:
			added = append(added, g)
		case !sameTime(g.Until, p.Before[i].Until):
			period = append(period, [2]grantPayload{p.Before[i], g})
		}
	}
	for _, b := range p.Before {
		if !slices.ContainsFunc(p.Grants, func(g grantPayload) bool { return same(g, b) }) {
			removed = append(removed, b)
		}
	}
	byCode := func(a, b grantPayload) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Place, b.Place)) }
	slices.SortFunc(added, byCode)
	slices.SortFunc(removed, byCode)
	return added, removed, period
}

// checkAct says whether an act fits an account's state; exists is false where there is no account yet.
func checkAct(act Act, exists bool, state State) error {
	from := map[Act][]State{ActChange: {Active, Suspended}, ActSuspend: {Active}, ActEmergency: {Active}, ActResume: {Suspended}, ActLeave: {Active, Suspended}}
	switch {
	case act == ActCreate && exists:
		return fault.New(fault.Conflict, "identity.account_exists", "this member of staff has an account")
	case act == ActCreate:
		return nil
	case !exists:
		return ErrNoAccount
	case !slices.Contains(from[act], state):
		return fault.New(fault.Conflict, "identity.wrong_state", "this cannot be done to an account that is %s", state).
			WithRemedy("look at the account again: it may have changed meanwhile")
	}
	return nil
}
