package identity

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
)

// sessionBody is GET /api/session.
type sessionBody struct {
	State     string        `json:"state" enum:"signed_in,pending"`
	Pending   string        `json:"pending" doc:"What must be done before anything else; empty otherwise"`
	Person    sessionPerson `json:"person"`
	Method    string        `json:"method" doc:"How this session came to be"`
	ExpiresAt time.Time     `json:"expires_at"`
	// Permissions are held somewhere; the scope is the union of where.
	Permissions []actor.Permission `json:"permissions" doc:"What may be done somewhere; the server decides anew at each request"`
	Scope       sessionScope       `json:"scope" doc:"The union of where"`
}

type sessionPerson struct {
	Account uuid.UUID     `json:"account_id"`
	Staff   uuid.UUID     `json:"staff_id"`
	Number  string        `json:"number"`
	Name    string        `json:"name"`
	Centre  sessionCentre `json:"centre"`
}

type sessionCentre struct {
	ID    uuid.UUID   `json:"id"`
	Name  string      `json:"name"`
	Level actor.Level `json:"level" enum:"nation,province,city,site,"`
}

type sessionScope struct {
	National bool        `json:"national"`
	Centres  []uuid.UUID `json:"centres"`
}

type sessionResponse struct{ Body sessionBody }

type signInRequest struct {
	Sender
	Body struct {
		Number   string `json:"number" maxLength:"64" doc:"Staff number, in any case"`
		Password string `json:"password" maxLength:"1024"`
		Code     string `json:"code,omitempty" maxLength:"64" doc:"Of the authenticator, or a recovery code; needed after the problem identity.totp_required"`
	}
}

type signInResponse struct {
	SetCookie string `header:"Set-Cookie"`
	Body      struct {
		ExpiresAt time.Time `json:"expires_at"`
	}
}

type signOutRequest struct{ Sender }

type signOutResponse struct {
	SetCookie string `header:"Set-Cookie"`
}

func (s *Service) registerSession(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/sign-in", ID: "sign-in", Tags: []string{"session"}, Public: true,
		Summary:     "Sign in with staff number and password",
		Description: "The answer sets the cookie " + CookieName + ". The problem identity.totp_required asks for the same again with a code.",
	}, s.signIn)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/sign-out", ID: "sign-out", Tags: []string{"session"}, Permission: httpapi.AnySession,
		Summary: "End this session",
	}, s.signOut)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/session", ID: "get-session", Tags: []string{"session"}, Permission: httpapi.AnySession,
		Summary: "Who is signed in, and what they may do",
	}, s.session)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/session/totp", ID: "enter-totp", Tags: []string{"session"}, Permission: httpapi.AnySession, Status: http.StatusNoContent,
		Summary: "Do the second step of a sign-in that has only done the first",
	}, func(ctx context.Context, in *struct{ Body codeBody }) (*struct{}, error) {
		return nil, s.EnterTOTP(ctx, in.Body.Code)
	})
}

func (s *Service) signIn(ctx context.Context, in *signInRequest) (*signInResponse, error) {
	got, err := s.SignIn(ctx, Credentials{Number: in.Body.Number, Password: in.Body.Password, Code: in.Body.Code}, in.origin)
	if err != nil {
		return nil, err
	}
	out := &signInResponse{SetCookie: s.cookie(got, in.secure)}
	out.Body.ExpiresAt = got.ExpiresAt
	return out, nil
}

// cookie is the session's cookie: not for scripts, not for other sites, over TLS only where there is TLS. It has no
// end of its own: browsers forget it when they are closed, the server ends the session at its time.
func (s *Service) cookie(got SignedIn, secure bool) string {
	c := http.Cookie{Name: CookieName, Value: got.Token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode}
	return c.String()
}

func (s *Service) signOut(ctx context.Context, in *signOutRequest) (*signOutResponse, error) {
	if err := s.SignOut(ctx); err != nil {
		return nil, err
	}
	c := http.Cookie{Name: CookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: in.secure, SameSite: http.SameSiteStrictMode}
	return &signOutResponse{SetCookie: c.String()}, nil
}

func (s *Service) session(ctx context.Context, _ *struct{}) (*sessionResponse, error) {
	a := actor.From(ctx)
	if a == nil {
		return nil, actor.ErrUnauthenticated
	}
	b := sessionBody{State: "signed_in", Pending: a.Pending, Permissions: a.Permissions(), Scope: scopeOf(a)}
	if a.Pending != "" {
		b.State = "pending"
	}
	if v, ok := ctx.Value(viewKey{}).(*view); ok {
		b.Method, b.ExpiresAt = v.method, v.expires
	}
	slices.Sort(b.Permissions)
	b.Person = sessionPerson{Account: a.Account, Staff: a.Staff, Number: a.Number, Name: a.Name, Centre: sessionCentre{ID: a.Centre}}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, err
	}
	if c, ok := tree.Centre(centreID(a.Centre)); ok {
		b.Person.Centre.Name, b.Person.Centre.Level = c.Name, c.Level
	}
	return &sessionResponse{Body: b}, nil
}

// scopeOf is the union of where an actor may do anything.
func scopeOf(a *actor.Actor) sessionScope {
	out := sessionScope{Centres: []uuid.UUID{}}
	for _, p := range a.Permissions() {
		scope := a.Scope(p)
		if scope.IsNational() {
			return sessionScope{National: true, Centres: []uuid.UUID{}}
		}
		out.Centres = append(out.Centres, scope.Centres()...)
	}
	slices.SortFunc(out.Centres, func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
	out.Centres = slices.Compact(out.Centres)
	return out
}
