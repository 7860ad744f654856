package interaction

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"yingda/internal/platform/httpapi"
)

type deskDayResponse struct{ Body DeskDay }

type deskContactRequest struct {
	ID string `path:"id" format:"uuid"`
}

type deskContactResponse struct{ Body DeskContact }

// RegisterDeskAPI adds what an agent's own page shows of contacts.
func (s *Service) RegisterDeskAPI(a *httpapi.API) {
	tags := []string{"agent"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/agent/day", ID: "get-my-day", Tags: tags, Permission: string(ContactOwn),
		Summary: "What you did today, and your last contacts", Description: "By the records, which follow a contact within a second. Live: the topic contacts.changed.",
	}, func(ctx context.Context, _ *struct{}) (*deskDayResponse, error) {
		day, err := s.MyDay(ctx)
		if err != nil {
			return nil, err
		}
		return &deskDayResponse{day}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/agent/contacts/{id}", ID: "get-my-contact", Tags: tags, Permission: string(ContactOwn),
		Summary: "A contact that you are offered", Description: "Home of the number, the way through the flow, and the caller's last contact. Its record is written within a moment, usually before the phone rings.",
	}, func(ctx context.Context, in *deskContactRequest) (*deskContactResponse, error) {
		c, err := s.MyContact(ctx, uuid.MustParse(in.ID)) // the format was checked
		if err != nil {
			return nil, err
		}
		return &deskContactResponse{c}, nil
	})
}
