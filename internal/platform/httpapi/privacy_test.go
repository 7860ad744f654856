package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/privacy"
)

type messageRow struct {
	ID        int               `json:"id"`
	Recipient privacy.Recipient `json:"recipient" privacy:"recipient"`
	Phone     string            `json:"phone" privacy:"phone"`
}

type messagesAnswer struct {
	Body httpapi.Page[messageRow]
}

func registerMessages(b *bundle, reveal ...privacy.Class) {
	rows := []messageRow{{1, "13812345678", "13812345678"}, {2, "li@example.com", ""}}
	httpapi.Register(b.api, get("list-messages", "/api/messages"), func(ctx context.Context, _ *nothing) (*messagesAnswer, error) {
		privacy.Reveal(ctx, reveal...)
		return &messagesAnswer{httpapi.NewPage(rows, "")}, nil
	})
}

const masked = `{"items":[{"id":1,"recipient":"*******5678","phone":"138****5678"},{"id":2,"recipient":"**********.com","phone":""}],"next":""}`

func TestAnswersAreMasked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerMessages(b, privacy.ClassRecipient) // a grant without anybody who notes it
	require.JSONEq(t, masked, string(b.client().Get("/api/messages").Want(200).Body))
}

func TestAGrantedAnswerIsNotedBeforeItLeaves(t *testing.T) {
	t.Parallel()
	var seen []privacy.Revelation
	var refuse error
	b := setup(t, func(c *httpapi.Config) {
		c.OnReveal = func(ctx context.Context, r privacy.Revelation) error {
			require.NotEmpty(t, httpapi.RequestID(ctx))
			seen = append(seen, r)
			return refuse
		}
	})
	registerMessages(b, privacy.ClassRecipient)
	c := b.client()
	require.JSONEq(t, `{"items":[{"id":1,"recipient":"13812345678","phone":"138****5678"},{"id":2,"recipient":"li@example.com","phone":""}],"next":""}`,
		string(c.Get("/api/messages").Want(200).Body))
	require.Equal(t, []privacy.Revelation{{Classes: []privacy.Class{privacy.ClassRecipient}, Values: 2}}, seen)

	refuse = fault.New(fault.Unavailable, "audit.away", "the audit log is away")
	r := c.Get("/api/messages")
	r.Problem(http.StatusServiceUnavailable, "audit.away")
	require.NotContains(t, string(r.Body), "13812345678")
	refuse = errors.New("disk full")
	c.Get("/api/messages").Problem(500, "internal")
}
