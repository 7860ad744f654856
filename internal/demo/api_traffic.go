package demo

import (
	"context"
	"net/http"

	"yingda/internal/platform/httpapi"
)

type trafficResponse struct{ Body TrafficState }

type trafficRequest struct {
	Body struct {
		On   bool `json:"on"`
		Rate int  `json:"rate,omitempty" minimum:"0" maximum:"600" doc:"Calls an hour in the busiest half hour; with on"`
	}
}

// RegisterAPI adds the switch of the simulated traffic. It also runs on nil, for installations that are none.
func (t *Traffic) RegisterAPI(a *httpapi.API) {
	tags := []string{"demo"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/demo/traffic", ID: "get-demo-traffic", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "How the simulated traffic of a demonstration is", Description: "In every other installation only available: false.",
	}, func(context.Context, *struct{}) (*trafficResponse, error) { return &trafficResponse{t.State()}, nil })
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/demo/traffic", ID: "set-demo-traffic", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "Switch the simulated traffic on or off", Description: "Callers and agents are simulated; their contacts are marked so. It ends by itself after 12 hours.",
	}, func(ctx context.Context, in *trafficRequest) (*trafficResponse, error) {
		s, err := t.Set(ctx, in.Body.On, in.Body.Rate)
		if err != nil {
			return nil, err
		}
		return &trafficResponse{s}, nil
	})
}
