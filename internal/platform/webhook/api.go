package webhook

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
)

// subscriptionItem is one webhook of the list.
type subscriptionItem struct {
	ID             SubscriptionID `json:"id"`
	URL            string         `json:"url"`
	Topics         []string       `json:"topics"`
	Active         bool           `json:"active"`
	DisabledReason string         `json:"disabled_reason" enum:",failing,gone" doc:"Why it is not active: failing for days, or gone by the receiver's own word"`
	FailingSince   *time.Time     `json:"failing_since" doc:"First of the failures in a row"`
	CreatedAt      time.Time      `json:"created_at"`
}

type listResponse struct {
	Body struct {
		Items  []subscriptionItem `json:"items"`
		Topics []string           `json:"topics" doc:"Every topic of this installation"`
	}
}

type exportRequest struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the file"`
}

type createRequest struct {
	Body struct {
		URL    string   `json:"url" minLength:"1" maxLength:"2000" doc:"Where events are sent by POST"`
		Topics []string `json:"topics" maxItems:"100" doc:"Names, workorder.* or *"`
	}
}

type createResponse struct {
	Body struct {
		ID     SubscriptionID `json:"id"`
		Secret string         `json:"secret" doc:"Signs the messages; shown this once"`
	}
}

type idRequest struct {
	ID SubscriptionID `path:"id"`
}

type secretResponse struct {
	Body struct {
		Secret string `json:"secret" doc:"Signs the messages from now on, the one before for another day; shown this once"`
	}
}

type replaySinceRequest struct {
	ID   SubscriptionID `path:"id"`
	Body struct {
		Since time.Time `json:"since" doc:"Everything written for this webhook since then is delivered once more"`
	}
}

type replaySinceResponse struct {
	Body struct {
		Count int `json:"count"`
	}
}

type deliveriesRequest struct {
	httpapi.PageRequest
	ID SubscriptionID `path:"id"`
}

// deliveryItem is one delivery of the list.
type deliveryItem struct {
	ID            DeliveryID `json:"id"`
	Topic         string     `json:"topic"`
	State         State      `json:"state" enum:"pending,delivered,failed"`
	Attempts      int        `json:"attempts" doc:"Since it was made or replayed"`
	StatusCode    int        `json:"status_code" doc:"Of the last answer; 0: there was none"`
	LastError     string     `json:"last_error"`
	CreatedAt     time.Time  `json:"created_at"`
	NextAttemptAt *time.Time `json:"next_attempt_at"`
	DeliveredAt   *time.Time `json:"delivered_at"`
}

type deliveriesResponse struct{ Body httpapi.Page[deliveryItem] }

type deliveryRequest struct {
	ID DeliveryID `path:"id"`
}

// The permissions that the routes ask for.
const (
	Read = "webhook.read"
	Edit = "webhook.edit"
)

// RegisterAPI adds the routes. Creating is not marked idempotent, because the answer would be kept with its secret; a
// repeated request is told that the address has its webhook.
func (s *Service) RegisterAPI(a *httpapi.API) {
	tags := []string{"webhooks"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/webhooks", ID: "list-webhooks", Permission: Read, Tags: tags, Summary: "List the systems that are told about events",
	}, s.apiList)
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/webhooks/export", ID: "export-webhooks", Permission: Read, Tags: tags,
		Summary: "The systems that are told about events, as an Excel file without secrets",
	}, func(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
		return &httpapi.File{
			Name: subscriptionTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
			Write: func(w io.Writer) error { return s.Export(ctx, w, in.Lang) },
		}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/webhooks", ID: "create-webhook", Permission: Edit, Tags: tags, Status: http.StatusCreated, Summary: "Tell a system about events from now on",
	}, s.apiCreate)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/webhooks/{id}", ID: "delete-webhook", Permission: Edit, Tags: tags, Summary: "Tell a system no more",
	}, func(ctx context.Context, in *idRequest) (*struct{}, error) { return nil, s.Delete(ctx, in.ID) })
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/webhooks/{id}/rotate", ID: "rotate-webhook-secret", Permission: Edit, Tags: tags, Summary: "Change the secret of a webhook",
	}, s.apiRotate)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/webhooks/{id}/enable", ID: "enable-webhook", Permission: Edit, Tags: tags, Status: http.StatusNoContent, Summary: "Enable a disabled webhook",
	}, func(ctx context.Context, in *idRequest) (*struct{}, error) { return nil, s.Enable(ctx, in.ID) })
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/webhooks/{id}/replay", ID: "replay-webhook", Permission: Edit, Tags: tags, Status: http.StatusAccepted, Summary: "Deliver again what was written since a time",
	}, s.apiReplaySince)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/webhooks/{id}/deliveries", ID: "list-webhook-deliveries", Permission: Read, Tags: tags, Summary: "List a webhook's deliveries, newest first",
	}, func(ctx context.Context, in *deliveriesRequest) (*deliveriesResponse, error) {
		return s.apiDeliveries(ctx, a.Cursors(), in)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/webhook-deliveries/{id}/replay", ID: "replay-webhook-delivery", Permission: Edit, Tags: tags, Status: http.StatusAccepted, Summary: "Deliver one event again",
	}, func(ctx context.Context, in *deliveryRequest) (*struct{}, error) { return nil, s.Replay(ctx, in.ID) })
}

func (s *Service) apiList(ctx context.Context, _ *struct{}) (*listResponse, error) {
	list, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	out := &listResponse{}
	out.Body.Items = make([]subscriptionItem, len(list))
	for i, sub := range list {
		out.Body.Items[i] = subscriptionItem(sub)
	}
	out.Body.Topics = append([]string{}, s.topics...)
	return out, nil
}

func (s *Service) apiCreate(ctx context.Context, in *createRequest) (*createResponse, error) {
	out := &createResponse{}
	var err error
	out.Body.ID, out.Body.Secret, err = s.Create(ctx, in.Body.URL, in.Body.Topics)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) apiRotate(ctx context.Context, in *idRequest) (*secretResponse, error) {
	out := &secretResponse{}
	var err error
	if out.Body.Secret, err = s.Rotate(ctx, in.ID); err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) apiReplaySince(ctx context.Context, in *replaySinceRequest) (*replaySinceResponse, error) {
	out := &replaySinceResponse{}
	var err error
	if out.Body.Count, err = s.ReplaySince(ctx, in.ID, in.Body.Since); err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) apiDeliveries(ctx context.Context, cursors *httpapi.Cursors, in *deliveriesRequest) (*deliveriesResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "webhook.deliveries/"+in.ID.String(), in.PageRequest,
		func(ctx context.Context, after *Position, limit int32) ([]Delivery, error) {
			return s.Deliveries(ctx, in.ID, after, limit)
		},
		func(d Delivery) Position { return Position{CreatedAt: d.CreatedAt, ID: d.ID} })
	if err != nil {
		return nil, err
	}
	items := make([]deliveryItem, len(page.Items))
	for i, d := range page.Items {
		items[i] = deliveryItem(d)
	}
	return &deliveriesResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}
