package voice

import (
	"context"
	"net/http"

	"yingda/internal/platform/httpapi"
)

type deskPhonesResponse struct {
	Body struct {
		Items []DeskPhone `json:"items"`
	}
}

// RegisterDeskAPI adds what an agent's own page shows of phones.
func (s *Service) RegisterDeskAPI(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/agent/phones", ID: "list-my-phones", Tags: []string{"agent"}, Permission: httpapi.SignedIn,
		Summary: "Desk phones at which you may work", Description: "Your own, and those of your centre that are nobody's; your own and registered ones first.",
	}, func(ctx context.Context, _ *struct{}) (*deskPhonesResponse, error) {
		list, err := s.DeskPhones(ctx)
		if err != nil {
			return nil, err
		}
		out := &deskPhonesResponse{}
		out.Body.Items = list
		return out, nil
	})
}
