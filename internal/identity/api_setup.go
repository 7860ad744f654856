package identity

import (
	"context"
	"net/http"

	"yingda/internal/platform/httpapi"
)

type optionsBody struct {
	SetupNeeded bool           `json:"setup_needed" doc:"There is no account yet"`
	Providers   []providerItem `json:"providers" doc:"Where people may sign in with another account of theirs"`
	Demo        []demoAccount  `json:"demo_accounts" doc:"Only of the demonstration"`
}

type providerItem struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type demoAccount struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	RoleZH string `json:"role_zh"`
	RoleEN string `json:"role_en"`
}

type setupPerson struct {
	Number   string `json:"number" maxLength:"64"`
	Name     string `json:"name" maxLength:"400"`
	Password string `json:"password" maxLength:"1024"`
}

type setupRequest struct {
	Body struct {
		Code          string      `json:"code" maxLength:"64" doc:"What the program printed at its start"`
		CentreCode    string      `json:"centre_code" maxLength:"64" doc:"Of the national centre"`
		CentreName    string      `json:"centre_name" maxLength:"400"`
		Administrator setupPerson `json:"administrator"`
		Approver      setupPerson `json:"approver" doc:"Another person: one requests, another approves"`
	}
}

func (s *Service) registerSetup(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/sign-in-options", ID: "get-sign-in-options", Tags: []string{"session"}, Public: true,
		Summary: "How people can sign in here",
	}, s.options)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/setup", ID: "set-up", Tags: []string{"session"}, Public: true, Status: http.StatusNoContent,
		Summary:     "Set up an empty installation",
		Description: "Makes the national centre, the first administrator and the first approver. Refused once there is an account.",
	}, func(ctx context.Context, in *setupRequest) (*struct{}, error) {
		b := in.Body
		return nil, s.SetUp(ctx, Setup{
			Code: b.Code, CentreCode: b.CentreCode, CentreName: b.CentreName,
			Administrator: FirstPerson(b.Administrator), Approver: FirstPerson(b.Approver),
		})
	})
}

func (s *Service) options(ctx context.Context, _ *struct{}) (*struct{ Body optionsBody }, error) {
	needed, err := s.SetupNeeded(ctx)
	if err != nil {
		return nil, err
	}
	b := optionsBody{SetupNeeded: needed, Providers: []providerItem{}, Demo: []demoAccount{}}
	for _, p := range s.cfg.Providers {
		b.Providers = append(b.Providers, providerItem{ID: p.ID, Name: p.Name})
	}
	if s.cfg.Demo {
		if b.Demo, err = s.demoAccounts(ctx); err != nil {
			return nil, err
		}
	}
	b.Demo = append([]demoAccount{}, b.Demo...)
	return &struct{ Body optionsBody }{b}, nil
}
