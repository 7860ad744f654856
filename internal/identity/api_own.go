package identity

import (
	"context"
	"net/http"

	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/httpapi"
)

type codeBody struct {
	Code string `json:"code" minLength:"1" maxLength:"64"`
}

type presentPassword struct {
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1024" doc:"The present one; people without a password here leave it out"`
	}
}

type changePasswordRequest struct {
	Body struct {
		Password    string `json:"password" maxLength:"1024" doc:"The present one"`
		NewPassword string `json:"new_password" maxLength:"1024"`
	}
}

type passwordPolicy struct {
	MinLength  int           `json:"min_length"`
	Classes    int           `json:"classes" doc:"Of small letters, capitals, digits, others"`
	LongFrom   int           `json:"long_from" doc:"From this length on, classes do not matter"`
	History    int           `json:"history" doc:"So many earlier ones are not taken again"`
	MaxAgeDays int           `json:"max_age_days"`
	Problems   []problemText `json:"problems" doc:"Everything that a password can be refused for"`
}

type problemText struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

type enrollmentBody struct {
	Secret string `json:"secret" doc:"To type into the authenticator; shown once"`
	URL    string `json:"url" doc:"For a QR code; shown once"`
}

type codesBody struct {
	Codes []string `json:"codes" doc:"Each opens once; shown once"`
}

// credentialsBody is what the profile page shows.
type credentialsBody struct {
	HasPassword       bool `json:"has_password"`
	TOTP              bool `json:"totp" doc:"A second factor is confirmed"`
	TOTPNeeded        bool `json:"totp_needed" doc:"This account must have one"`
	RecoveryCodesLeft int  `json:"recovery_codes_left"`
}

func (s *Service) registerOwn(a *httpapi.API) {
	tags := []string{"session"}
	route := func(method, path, id, summary string, status int) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: tags, Permission: httpapi.AnySession, Status: status}
	}
	httpapi.Register(a, route(http.MethodPost, "/api/session/password", "change-own-password", "Change the own password", http.StatusNoContent),
		func(ctx context.Context, in *changePasswordRequest) (*struct{}, error) {
			return nil, s.ChangePassword(ctx, in.Body.Password, in.Body.NewPassword)
		})
	httpapi.Register(a, route(http.MethodGet, "/api/password-policy", "get-password-policy", "What a password must satisfy", 0), s.passwordPolicy)
	httpapi.Register(a, route(http.MethodGet, "/api/session/credentials", "get-own-credentials", "By what the own account is opened", 0), s.ownCredentials)
	httpapi.Register(a, route(http.MethodPost, "/api/session/totp/enroll", "enroll-totp", "Begin an own second factor", 0),
		func(ctx context.Context, in *presentPassword) (*struct{ Body enrollmentBody }, error) {
			e, err := s.EnrollTOTP(ctx, in.Body.Password)
			if err != nil {
				return nil, err
			}
			return &struct{ Body enrollmentBody }{enrollmentBody(e)}, nil
		})
	httpapi.Register(a, route(http.MethodPost, "/api/session/totp/confirm", "confirm-totp", "Complete the second factor by a first code", 0),
		func(ctx context.Context, in *struct{ Body codeBody }) (*struct{ Body codesBody }, error) {
			return answerCodes(s.ConfirmTOTP(ctx, in.Body.Code))
		})
	signedIn := func(rt httpapi.Route) httpapi.Route { rt.Permission = httpapi.SignedIn; return rt }
	httpapi.Register(a, signedIn(route(http.MethodPost, "/api/session/totp/recovery-codes", "renew-recovery-codes", "Make new recovery codes", 0)),
		func(ctx context.Context, in *presentPassword) (*struct{ Body codesBody }, error) {
			return answerCodes(s.RenewRecoveryCodes(ctx, in.Body.Password))
		})
	httpapi.Register(a, signedIn(route(http.MethodPost, "/api/session/totp/remove", "remove-totp", "Take off the own second factor", http.StatusNoContent)),
		func(ctx context.Context, in *presentPassword) (*struct{}, error) {
			return nil, s.RemoveTOTP(ctx, in.Body.Password)
		})
	httpapi.Register(a, signedIn(route(http.MethodGet, "/api/sessions", "list-own-sessions", "Where this account is signed in", 0)),
		func(ctx context.Context, _ *struct{}) (*listResponse[Session], error) {
			return answerList(s.Sessions(ctx))
		})
	httpapi.Register(a, signedIn(route(http.MethodDelete, "/api/sessions/{id}", "end-own-session", "End one of the own sessions", http.StatusNoContent)),
		func(ctx context.Context, in *struct {
			ID SessionID `path:"id"`
		}) (*struct{}, error) {
			return nil, s.EndSession(ctx, in.ID)
		})
	httpapi.Register(a, signedIn(route(http.MethodPost, "/api/sessions/end-others", "end-other-sessions", "End all own sessions but this one", 0)),
		func(ctx context.Context, _ *struct{}) (*struct{ Body endedBody }, error) {
			return answerEnded(s.EndOtherSessions(ctx))
		})
	httpapi.Register(a, signedIn(route(http.MethodGet, "/api/sign-ins", "list-own-sign-ins", "The latest attempts to sign in to the own account", 0)),
		func(ctx context.Context, _ *struct{}) (*listResponse[SignInAttempt], error) {
			return answerList(s.History(ctx))
		})
}

type endedBody struct {
	Ended int `json:"ended"`
}

func answerEnded(n int, err error) (*struct{ Body endedBody }, error) {
	if err != nil {
		return nil, err
	}
	return &struct{ Body endedBody }{endedBody{Ended: n}}, nil
}

func answerCodes(codes []string, err error) (*struct{ Body codesBody }, error) {
	if err != nil {
		return nil, err
	}
	return &struct{ Body codesBody }{codesBody{Codes: codes}}, nil
}

func (s *Service) passwordPolicy(context.Context, *struct{}) (*struct{ Body passwordPolicy }, error) {
	p := s.cfg.Policy().Password
	b := passwordPolicy{MinLength: p.MinLength, Classes: p.Classes, LongFrom: p.LongFrom, History: p.History, MaxAgeDays: int(p.MaxAge.Hours() / 24)}
	for _, t := range passwordProblems() {
		b.Problems = append(b.Problems, problemText{Code: t.Code, ZH: t.ZH, EN: t.EN})
	}
	return &struct{ Body passwordPolicy }{b}, nil
}

func (s *Service) ownCredentials(ctx context.Context, _ *struct{}) (*struct{ Body credentialsBody }, error) {
	a, err := allowSelf(ctx)
	if err != nil {
		return nil, err
	}
	q := db.New(s.cfg.Pool)
	acct, err := s.person(ctx, a.Account, s.cfg.Clock.Now())
	if err != nil {
		return nil, err
	}
	left, err := q.RecoveryCodesLeft(ctx, a.Account)
	if err != nil {
		return nil, err
	}
	return &struct{ Body credentialsBody }{credentialsBody{
		HasPassword: acct.row.HasPassword, TOTP: acct.row.TotpConfirmedAt != nil, RecoveryCodesLeft: int(left), TOTPNeeded: s.needsTOTP(s.cfg.Policy(), acct.grants),
	}}, nil
}
