package actor

import (
	"context"

	"github.com/google/uuid"

	"yingda/internal/platform/fault"
)

// Kind says what stands behind an actor.
type Kind string

// The kinds.
const (
	Person  Kind = "person"  // signed in with a session
	Program Kind = "program" // presented an API token
	Machine Kind = "system"  // a part of this system: a job, a file being read, a call
)

// Permission is the right to one kind of act: domain.thing.act, such as "organization.staff.read".
type Permission string

// Definition describes a permission to the people who make roles of them.
type Definition struct {
	Permission Permission
	ZH, EN     string // what it allows, as one short phrase
	// Grave permissions change who may do what, or show personal data: a reviewer looks at them first.
	Grave bool
	// Ready are the ready roles that hold it from the start; see [ReadyRoles].
	Ready []Role
}

// Actor is who asks. It is made by sign-in, or by [System]; treat it as immutable.
type Actor struct {
	Kind    Kind
	Account uuid.UUID // of a person, or of the owner of a token; zero for a part of the system
	Session uuid.UUID // the session or token by which this request came; zero for a part of the system
	Staff   uuid.UUID // the member of staff; zero for a part of the system
	Number  string    // staff number (工号), as people and the audit name this person
	Name    string    // as shown to colleagues; for a part of the system its name
	Centre  uuid.UUID // where the member of staff belongs
	Address string    // network address the request came from; may be empty

	// Pending is why this person may do nothing else yet, as a fault code such as
	// "identity.must_change_password"; empty when nothing stands in the way.
	Pending string

	grants map[Permission]Scope
}

// New gives a copy of a that holds the grants.
func New(a Actor, grants map[Permission]Scope) *Actor {
	a.grants = make(map[Permission]Scope, len(grants))
	for p, s := range grants {
		if !s.Empty() {
			a.grants[p] = s
		}
	}
	return &a
}

// System gives a part of this system that may do what is listed, nationwide, and nothing else. name is
// stable and stands in the audit, such as "identity.expiry".
func System(name string, permissions ...Permission) *Actor {
	a := &Actor{Kind: Machine, Name: name, grants: make(map[Permission]Scope, len(permissions))}
	for _, p := range permissions {
		a.grants[p] = National()
	}
	return a
}

// Scope gives where the actor holds the permission; empty when nowhere.
func (a *Actor) Scope(p Permission) Scope { return a.grants[p] }

// Permissions gives everything that the actor holds anywhere, in no order.
func (a *Actor) Permissions() []Permission {
	all := make([]Permission, 0, len(a.grants))
	for p := range a.grants {
		all = append(all, p)
	}
	return all
}

type actorKey struct{}

// With gives a context in which a acts.
func With(ctx context.Context, a *Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// From gives who acts, or nil. It checks nothing: use cases call [Allow] or [Require].
func From(ctx context.Context) *Actor {
	a, _ := ctx.Value(actorKey{}).(*Actor)
	return a
}

// Faults of this package.
var (
	ErrUnauthenticated = fault.New(fault.Unauthenticated, "actor.unauthenticated", "nobody is signed in").
				WithRemedy("sign in and try again")
	ErrDenied = fault.New(fault.Denied, "actor.denied", "you may not do this").
			WithRemedy("ask for a role that includes it")
)

// Require gives who acts, ready to act: signed in and with nothing pending. It is for what everybody may do
// with their own things; whatever belongs to others needs [Allow].
func Require(ctx context.Context) (*Actor, error) {
	a := From(ctx)
	if a == nil {
		return nil, ErrUnauthenticated
	}
	if a.Pending != "" {
		return nil, fault.New(fault.Denied, a.Pending, "something must be done first").WithRemedy("open the start page; it says what")
	}
	return a, nil
}

// Allow gives where the context's actor holds the permission. It fails with [ErrUnauthenticated] when nobody
// acts and with a fault of code actor.denied that names the permission when it is held nowhere; a scope
// without error is never empty.
func Allow(ctx context.Context, p Permission) (Scope, error) {
	a, err := Require(ctx)
	if err != nil {
		return Scope{}, err
	}
	scope, ok := a.grants[p]
	if !ok {
		return Scope{}, fault.New(fault.Denied, ErrDenied.Code, "you may not do this: it needs the permission %s", p).WithRemedy("%s", ErrDenied.Remedy)
	}
	return scope, nil
}
