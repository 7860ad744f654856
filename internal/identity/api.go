package identity

import (
	"github.com/danielgtaylor/huma/v2"

	"yingda/internal/platform/httpapi"
)

// RegisterAPI adds the routes; it also runs on a nil service, to describe the API.
func (s *Service) RegisterAPI(a *httpapi.API) {
	s.registerSession(a)
	s.registerOwn(a)
	s.registerSetup(a)
	s.registerOIDC(a)
	s.registerAccounts(a)
	s.registerRoles(a)
	s.registerDuty(a)
	s.registerTokens(a)
	s.registerPreferences(a)
}

// Sender is where a request came from. It is part of request types and no parameter of them.
type Sender struct {
	origin Origin
	secure bool   // over TLS
	host   string // that the browser asked for
}

// Resolve reads the connection.
func (f *Sender) Resolve(ctx huma.Context) []error {
	f.origin = Origin{Address: plainAddress(ctx.RemoteAddr()), UserAgent: ctx.Header("User-Agent")}
	f.secure, f.host = ctx.TLS() != nil, ctx.Host()
	return nil
}

var _ huma.Resolver = (*Sender)(nil)

type listOf[T any] struct {
	Items []T `json:"items"`
}

type listResponse[T any] struct{ Body listOf[T] }

func answerList[T any](list []T, err error) (*listResponse[T], error) {
	if err != nil {
		return nil, err
	}
	if list == nil {
		list = []T{}
	}
	return &listResponse[T]{Body: listOf[T]{Items: list}}, nil
}
