package notify

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

// ListQuery is what the list and its export share.
type ListQuery struct {
	Channel Channel `query:"channel" enum:"email,sms" doc:"Only this channel"`
	State   State   `query:"state" enum:"queued,sending,sent,failed,unknown" doc:"Only this state"`
}

// listRequest is GET /api/messages.
type listRequest struct {
	httpapi.PageRequest
	ListQuery
}

// exportRequest is GET /api/messages/export.
type exportRequest struct {
	ListQuery
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the file"`
}

// messageItem is one message of the list.
type messageItem struct {
	ID        MessageID  `json:"id"`
	Channel   Channel    `json:"channel" enum:"email,sms"`
	Recipient Hint       `json:"recipient" privacy:"-" doc:"All but the last characters are masked"`
	Subject   string     `json:"subject"`
	State     State      `json:"state" enum:"queued,sending,sent,failed,unknown" doc:"unknown: handed to the gateway, whose answer was lost; not sent again by itself"`
	Attempts  int        `json:"attempts"`
	ErrorCode string     `json:"error_code" doc:"Why it did not go out, yet or for good; empty otherwise"`
	Error     string     `json:"error" doc:"What the other side said"`
	CreatedAt time.Time  `json:"created_at"`
	SentAt    *time.Time `json:"sent_at" doc:"When the mail server or the gateway took it"`
}

type listResponse struct{ Body httpapi.Page[messageItem] }

// sendRequest is POST /api/messages.
type sendRequest struct {
	Body struct {
		Channel   Channel `json:"channel" enum:"email,sms"`
		Recipient string  `json:"recipient" minLength:"1" maxLength:"320" doc:"An e-mail address, or a phone number"`
		Subject   string  `json:"subject" maxLength:"200" doc:"Shown in the list; a text message does not carry it"`
		Body      string  `json:"body" minLength:"1" maxLength:"262144" doc:"Plain text"`
	}
}

// accepted names what was accepted.
type accepted struct {
	ID MessageID `json:"id"`
}

type sendResponse struct{ Body accepted }

// The permissions that the routes ask for.
const (
	Read    = "notify.message.read"
	Compose = "notify.message.send"
)

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/messages", ID: "list-messages", Permission: Read, Tags: []string{"messages"},
		Summary: "List what was sent to people, newest first",
	}, func(ctx context.Context, in *listRequest) (*listResponse, error) { return s.list(ctx, a.Cursors(), in) })
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/messages/export", ID: "export-messages", Permission: Read, Tags: []string{"messages"}, Timeout: 2 * time.Minute,
		Summary: "What was sent to people as an Excel file, addresses masked as in the list",
	}, func(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
		return &httpapi.File{
			Name: messageTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
			Write: func(w io.Writer) error {
				return s.Export(ctx, w, in.Lang, Filter{Channel: in.Channel, State: in.State})
			},
		}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/messages", ID: "send-message", Permission: Compose, Tags: []string{"messages"}, Status: http.StatusAccepted,
		Summary: "Send an e-mail or a text message", Idempotent: true, MaxBody: 1 << 20,
		Description: "Accepted means written down and about to be sent; the list tells what became of it.",
	}, s.accept)
}

func (s *Service) list(ctx context.Context, cursors *httpapi.Cursors, in *listRequest) (*listResponse, error) {
	scope := "notify.messages/" + string(in.Channel) + "/" + string(in.State)
	page, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(ctx context.Context, after *Position, limit int32) ([]Item, error) {
			return s.List(ctx, Filter{Channel: in.Channel, State: in.State, After: after, Limit: limit})
		},
		func(i Item) Position { return Position{CreatedAt: i.CreatedAt, ID: i.ID} })
	if err != nil {
		return nil, err
	}
	items := make([]messageItem, len(page.Items))
	for i, m := range page.Items {
		items[i] = messageItem(m)
	}
	return &listResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) accept(ctx context.Context, in *sendRequest) (*sendResponse, error) {
	out := &sendResponse{}
	m := Message{Channel: in.Body.Channel, Recipient: privacy.Recipient(in.Body.Recipient), Subject: in.Body.Subject, Body: in.Body.Body}
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		if out.Body.ID, err = s.Send(ctx, tx, m); err != nil {
			return err
		}
		if s.cfg.Record != nil {
			if err := s.cfg.Record(ctx, tx, out.Body.ID, m); err != nil {
				return err
			}
		}
		return idempotency.Commit(ctx, tx, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
