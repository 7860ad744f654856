package identity

import (
	"context"
	"net/http"

	"yingda/internal/actor"
)

// viewKey finds in a request's context what is known of its session.
type viewKey struct{}

// Guard is the guard of the entrance: it gives the request's context with the actor, or refuses. A program's token in
// Authorization counts more than a cookie; one that is wrong is refused even when a cookie is there.
func (s *Service) Guard(r *http.Request) (context.Context, error) {
	program := false
	secret, present := "", false
	if h := r.Header["Authorization"]; len(h) > 0 {
		secret, present = bearer(h[0])
		program = present
	}
	if !present {
		secret = cookieSecret(r.Header["Cookie"])
	}
	hash, ok := hashSecret(secret)
	if !ok {
		return nil, actor.ErrUnauthenticated
	}
	return s.pass(r.Context(), hash, program, plainAddress(r.RemoteAddr))
}

// Client names who asks, as the owner of idempotency keys.
func Client(r *http.Request) string {
	a := actor.From(r.Context())
	switch {
	case a == nil:
		return ""
	case a.Kind == actor.Program:
		return "token:" + a.Session.String()
	}
	return "account:" + a.Account.String()
}

// LiveUser names whose live stream a connection belongs to: the account. Programs have none of their own.
func LiveUser(r *http.Request) (string, error) {
	a, err := actor.Require(r.Context())
	if err != nil {
		return "", err
	}
	return a.Account.String(), nil
}
