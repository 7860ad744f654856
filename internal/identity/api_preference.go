package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/httpapi"
)

type preferencesResponse struct {
	Body struct {
		Items []preferenceItem `json:"items"`
	}
}

type preferenceItem struct {
	Key       string          `json:"key"`
	Value     json.RawMessage `json:"value"`
	UpdatedAt time.Time       `json:"updated_at"`
}

type preferenceKeyRequest struct {
	Key string `path:"key" maxLength:"80"`
}

type setPreferenceRequest struct {
	Key  string `path:"key" maxLength:"80"`
	Body struct {
		Value json.RawMessage `json:"value" doc:"Any JSON value of at most 32 KiB"`
	}
}

type viewsRequest struct {
	Page string `query:"page" required:"true" maxLength:"80" doc:"The list, such as organization.staff"`
}

type viewsResponse struct {
	Body struct {
		Items []viewItem `json:"items"`
	}
}

type viewItem struct {
	ID          ViewID          `json:"id"`
	Page        string          `json:"page"`
	Name        string          `json:"name"`
	Value       json.RawMessage `json:"value"`
	Shared      Sharing         `json:"shared" enum:"private,team,centre"`
	CentreID    *uuid.UUID      `json:"centre_id" doc:"The centre it is shared with; null otherwise"`
	Own         bool            `json:"own" doc:"Only own ones can be changed"`
	OwnerNumber string          `json:"owner_number"`
	OwnerName   string          `json:"owner_name"`
	Version     int             `json:"version"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

// ViewBody is what both making and changing a view send.
type ViewBody struct {
	Name     string          `json:"name" maxLength:"200"`
	Value    json.RawMessage `json:"value"`
	Shared   Sharing         `json:"shared" enum:"private,team,centre"`
	CentreID *uuid.UUID      `json:"centre_id,omitempty" doc:"With shared=centre; left out: the own centre"`
}

func (b ViewBody) draft() ViewDraft {
	d := ViewDraft{Name: b.Name, Value: b.Value, Shared: b.Shared}
	if b.CentreID != nil {
		d.Centre = *b.CentreID
	}
	return d
}

type createViewRequest struct {
	Body struct {
		Page string `json:"page" maxLength:"80"`
		ViewBody
	}
}

type createViewResponse struct {
	Body struct {
		ID ViewID `json:"id"`
	}
}

type updateViewRequest struct {
	ID   ViewID `path:"id"`
	Body struct {
		Version int `json:"version" doc:"The version that the change was based on"`
		ViewBody
	}
}

type deleteViewRequest struct {
	ID      ViewID `path:"id"`
	Version int    `query:"version" required:"true"`
}

// registerPreferences adds the routes of preferences and saved views.
func (s *Service) registerPreferences(a *httpapi.API) {
	tags := []string{"preferences"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/me/preferences", ID: "list-preferences", Permission: httpapi.SignedIn, Tags: tags,
		Summary: "Everything that you have set for yourself",
	}, s.listPreferences)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/me/preferences/{key}", ID: "set-preference", Permission: httpapi.SignedIn, Tags: tags,
		Summary: "Set something for yourself", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *setPreferenceRequest) (*struct{}, error) {
		return nil, s.SetPreference(ctx, in.Key, in.Body.Value)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/me/preferences/{key}", ID: "delete-preference", Permission: httpapi.SignedIn, Tags: tags,
		Summary: "Give up something that you set", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *preferenceKeyRequest) (*struct{}, error) {
		return nil, s.DeletePreference(ctx, in.Key)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/saved-views", ID: "list-saved-views", Permission: httpapi.SignedIn, Tags: tags,
		Summary: "Views of a list: own ones and those that others share with you",
	}, s.listViews)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/saved-views", ID: "create-saved-view", Permission: httpapi.SignedIn, Tags: tags,
		Summary: "Save a view", Status: http.StatusCreated,
	}, func(ctx context.Context, in *createViewRequest) (*createViewResponse, error) {
		out := &createViewResponse{}
		var err error
		out.Body.ID, err = s.CreateView(ctx, in.Body.Page, in.Body.draft())
		return out, err
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/saved-views/{id}", ID: "update-saved-view", Permission: httpapi.SignedIn, Tags: tags,
		Summary: "Change a view of your own", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *updateViewRequest) (*struct{}, error) {
		return nil, s.UpdateView(ctx, in.ID, in.Body.Version, in.Body.draft())
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/saved-views/{id}", ID: "delete-saved-view", Permission: httpapi.SignedIn, Tags: tags,
		Summary: "Remove a view of your own", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *deleteViewRequest) (*struct{}, error) {
		return nil, s.DeleteView(ctx, in.ID, in.Version)
	})
}

func (s *Service) listPreferences(ctx context.Context, _ *struct{}) (*preferencesResponse, error) {
	list, err := s.Preferences(ctx)
	if err != nil {
		return nil, err
	}
	out := &preferencesResponse{}
	out.Body.Items = make([]preferenceItem, len(list))
	for i, p := range list {
		out.Body.Items[i] = preferenceItem(p)
	}
	return out, nil
}

func (s *Service) listViews(ctx context.Context, in *viewsRequest) (*viewsResponse, error) {
	views, err := s.Views(ctx, in.Page)
	if err != nil {
		return nil, err
	}
	out := &viewsResponse{}
	out.Body.Items = make([]viewItem, len(views))
	for i, v := range views {
		out.Body.Items[i] = viewItem{
			ID: v.ID, Page: v.Page, Name: v.Name, Value: v.Value, Shared: v.Shared, Own: v.Own,
			OwnerNumber: v.OwnerNumber, OwnerName: v.OwnerName, Version: v.Version, UpdatedAt: v.UpdatedAt,
		}
		if v.Centre != uuid.Nil {
			out.Body.Items[i].CentreID = &v.Centre
		}
	}
	return out, nil
}
