// Package duty decides which permissions one person may not hold together, and explains why.
//
// It is pure: rules and what a person holds go in, [Conflict]s come out. A [Rule] is a pair of permissions; a person
// holds a permission when any of the roles given to them brings it, wherever that role was given: two halves of a
// control in two provinces are still one pair of hands.
package duty

import (
	"cmp"
	"slices"

	"yingda/internal/actor"
)

// Rule is a pair of permissions that one person may not hold.
type Rule struct {
	ID            string // of a rule made by administrators; the code of a built-in one
	First, Second actor.Permission
	ZH, EN        string // why
	BuiltIn       bool
}

// Normal gives the rule with its pair in order, so that a pair has one form.
func (r Rule) Normal() Rule {
	if r.Second < r.First {
		r.First, r.Second = r.Second, r.First
	}
	return r
}

// Holding is a role that a person has, or would have.
type Holding struct {
	Role           string // code
	RoleZH, RoleEN string
	Permissions    []actor.Permission
}

// Source is a role that brings a permission.
type Source struct{ Role, RoleZH, RoleEN string }

// Conflict is a rule that the holdings break, with the roles that bring each half.
type Conflict struct {
	Rule          Rule
	First, Second []Source
	WithinOneRole bool // one role alone brings both
}

// Check lists every rule that the holdings break together, in the order of the pairs.
func Check(rules []Rule, holdings []Holding) []Conflict {
	sources := map[actor.Permission][]Source{}
	for _, h := range holdings {
		s := Source{Role: h.Role, RoleZH: h.RoleZH, RoleEN: h.RoleEN}
		for _, p := range h.Permissions {
			if !slices.Contains(sources[p], s) {
				sources[p] = append(sources[p], s)
			}
		}
	}
	var found []Conflict
	for _, r := range rules {
		r = r.Normal()
		first, second := sources[r.First], sources[r.Second]
		if len(first) == 0 || len(second) == 0 {
			continue
		}
		c := Conflict{Rule: r, First: first, Second: second}
		c.WithinOneRole = slices.ContainsFunc(first, func(s Source) bool { return slices.Contains(second, s) })
		found = append(found, c)
	}
	slices.SortFunc(found, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.Rule.First, b.Rule.First), cmp.Compare(a.Rule.Second, b.Rule.Second))
	})
	return found
}

// Explain gives the permissions of the holdings with the roles that bring each: why does this person hold this.
func Explain(holdings []Holding) map[actor.Permission][]Source {
	all := map[actor.Permission][]Source{}
	for _, h := range holdings {
		s := Source{Role: h.Role, RoleZH: h.RoleZH, RoleEN: h.RoleEN}
		for _, p := range h.Permissions {
			if !slices.Contains(all[p], s) {
				all[p] = append(all[p], s)
			}
		}
	}
	return all
}
