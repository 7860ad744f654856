package identity

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
)

// flowCookie carries a sign-in through the provider. Lax, because the way back comes from another site.
const flowCookie = "yingda_oidc"

type oidcStartRequest struct {
	Sender
	Provider string `path:"provider" maxLength:"40"`
}

type oidcStartResponse struct {
	Status    int
	Location  string `header:"Location"`
	SetCookie string `header:"Set-Cookie"`
}

type oidcCallbackRequest struct {
	Sender
	Provider string `path:"provider" maxLength:"40"`
	State    string `query:"state" maxLength:"200"`
	Code     string `query:"code" maxLength:"4000"`
	Error    string `query:"error" maxLength:"200"`
	Words    string `query:"error_description" maxLength:"2000"`
	URI      string `query:"error_uri" maxLength:"2000"`
	Issuer   string `query:"iss" maxLength:"500"`
	Session  string `query:"session_state" maxLength:"500"`
	Scope    string `query:"scope" maxLength:"500"`
	Carry    string `cookie:"yingda_oidc"`
}

type oidcCallbackResponse struct {
	ContentType string   `header:"Content-Type"`
	SetCookie   []string `header:"Set-Cookie"`
	Body        []byte
}

func (s *Service) registerOIDC(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/oidc/{provider}/start", ID: "start-oidc", Tags: []string{"session"}, Public: true, Status: http.StatusSeeOther,
		Summary: "Go to an identity provider to sign in",
	}, s.oidcStart)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/oidc/{provider}/callback", ID: "finish-oidc", Tags: []string{"session"}, Public: true,
		Summary: "Come back from an identity provider",
	}, s.oidcCallback)
}

// redirectOf is where the provider sends the browser back: the configured address, else the one the browser used.
func (s *Service) redirectOf(provider, host string, secure bool) string {
	base := s.cfg.PublicURL
	if base == "" {
		u := url.URL{Scheme: "http", Host: host}
		if secure {
			u.Scheme = "https"
		}
		base = u.String()
	}
	return strings.TrimSuffix(base, "/") + "/api/oidc/" + url.PathEscape(provider) + "/callback"
}

func (s *Service) oidcStart(ctx context.Context, in *oidcStartRequest) (*oidcStartResponse, error) {
	address, carry, err := s.StartOIDC(ctx, in.Provider, s.redirectOf(in.Provider, in.host, in.secure))
	if err != nil {
		return nil, err
	}
	c := http.Cookie{
		Name: flowCookie, Value: carry, Path: "/api/oidc/" + in.Provider + "/", MaxAge: int(flowFor.Seconds()),
		HttpOnly: true, Secure: in.secure, SameSite: http.SameSiteLaxMode,
	}
	return &oidcStartResponse{Status: http.StatusSeeOther, Location: address, SetCookie: c.String()}, nil
}

// passOn is a page and not a redirect: browsers do not send a cookie that is SameSite=Strict along a chain that began at
// another site; from our own page on they do (RFC 6265bis, section 5.2).
var passOn = template.Must(template.New("").Parse(
	`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={{.}}"><title>应答</title><a href="{{.}}">继续 / Continue</a></html>`))

func (s *Service) oidcCallback(ctx context.Context, in *oidcCallbackRequest) (*oidcCallbackResponse, error) {
	gone := http.Cookie{Name: flowCookie, Path: "/api/oidc/" + in.Provider + "/", MaxAge: -1, HttpOnly: true, Secure: in.secure, SameSite: http.SameSiteLaxMode}
	out := &oidcCallbackResponse{ContentType: "text/html; charset=utf-8", SetCookie: []string{gone.String()}}
	target := "/"
	got, err := s.FinishOIDC(ctx, in.Provider, in.Carry, in.State, in.Code, in.origin)
	if err == nil {
		out.SetCookie = append(out.SetCookie, s.cookie(got, in.secure))
	} else {
		f, ok := fault.As(err)
		if !ok {
			return nil, err
		}
		s.cfg.Logger.Info("a sign-in through a provider was refused", "provider", in.Provider, "error", err)
		target = "/sign-in?error=" + url.QueryEscape(f.Code)
	}
	var page strings.Builder
	if err := passOn.Execute(&page, target); err != nil {
		return nil, err
	}
	out.Body = []byte(page.String())
	return out, nil
}
