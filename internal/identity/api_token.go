package identity

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
)

type createTokenRequest struct {
	Body struct {
		Name        string             `json:"name" maxLength:"400"`
		Permissions []actor.Permission `json:"permissions" maxItems:"2000" doc:"A part of the own ones"`
		Networks    []string           `json:"networks,omitempty" maxItems:"100" doc:"Addresses or networks from which it may be used; none: from anywhere"`
		ExpiresAt   *time.Time         `json:"expires_at,omitempty" doc:"None: as late as the policy allows"`
	}
}

type createdToken struct {
	ID    TokenID `json:"id"`
	Token string  `json:"token" doc:"Shown once; send it as Authorization: Bearer"`
}

type tokensRequest struct{ httpapi.PageRequest }

type tokensResponse struct{ Body httpapi.Page[Token] }

func (s *Service) registerTokens(a *httpapi.API) {
	tags := []string{"tokens"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/tokens", ID: "list-own-tokens", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "The own API tokens",
	}, func(ctx context.Context, _ *struct{}) (*listResponse[Token], error) {
		return answerList(s.OwnTokens(ctx))
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/tokens", ID: "create-token", Tags: tags, Permission: string(TokenOwn), Status: http.StatusCreated,
		Summary:     "Make an API token",
		Description: "Not idempotent: the token is shown once and kept nowhere, so a lost answer means revoking it and making another.",
	}, s.createToken)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/tokens/{id}", ID: "revoke-token", Tags: tags, Permission: httpapi.SignedIn, Status: http.StatusNoContent,
		Summary: "Revoke a token: an own one, or another's with the permission for that",
	}, func(ctx context.Context, in *struct {
		ID TokenID `path:"id"`
	}) (*struct{}, error) {
		return nil, s.RevokeToken(ctx, in.ID)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/tokens/all", ID: "list-tokens", Tags: tags, Permission: string(TokenManage),
		Summary: "API tokens of everybody, newest first",
	}, func(ctx context.Context, in *tokensRequest) (*tokensResponse, error) {
		page, err := httpapi.Paginate(ctx, a.Cursors(), "identity.tokens", in.PageRequest,
			func(ctx context.Context, before *TokenID, limit int32) ([]Token, error) {
				var last TokenID
				if before != nil {
					last = *before
				}
				return s.Tokens(ctx, last, limit)
			},
			func(t Token) TokenID { return t.ID })
		if err != nil {
			return nil, err
		}
		return &tokensResponse{Body: page}, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/tokens/all/export", ID: "export-tokens", Tags: tags, Permission: string(TokenManage), Timeout: fileTimeout,
		Summary: "API tokens of everybody as an Excel file, without their secrets",
	}, func(ctx context.Context, in *struct{ ExportQuery }) (*httpapi.File, error) {
		return s.file(tokenTable, in.Lang, func(w io.Writer) error { return s.ExportTokens(ctx, w, in.Lang) }), nil
	})
}

func (s *Service) createToken(ctx context.Context, in *createTokenRequest) (*struct{ Body createdToken }, error) {
	n := NewToken{Name: in.Body.Name, Permissions: in.Body.Permissions, Networks: in.Body.Networks}
	if in.Body.ExpiresAt != nil {
		n.Expires = *in.Body.ExpiresAt
	}
	id, token, err := s.CreateToken(ctx, nil, n)
	if err != nil {
		return nil, err
	}
	return &struct{ Body createdToken }{createdToken{ID: id, Token: token}}, nil
}
