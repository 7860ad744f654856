package webhook_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/webhook"
)

func (b bundle) api(t testing.TB) *httpapitest.Client {
	t.Helper()
	a := httpapi.New(httpapi.Config{Version: "test", Logger: slog.New(slog.DiscardHandler), Clock: b.clock, Pool: b.pool})
	b.RegisterAPI(a)
	return httpapitest.New(t, a)
}

func TestWebhooksAreKeptOverHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.api(t)
	r := b.receiver(t)
	var made struct{ ID, Secret string }
	c.Post("/api/webhooks", map[string]any{"url": r.url, "topics": []string{"workorder.closed"}}).Want(201).JSON(&made)
	require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, made.Secret)
	r.secrets = []string{made.Secret}
	raw := c.Get("/api/webhooks").Want(200)
	require.NotContains(t, string(raw.Body), "whsec")
	require.JSONEq(t, fmt.Sprintf(`{"items":[{"id":%q,"url":%q,"topics":["workorder.closed"],"active":true,"disabled_reason":"","failing_since":null,"created_at":%q}],
		"topics":["notify.message_sent","workorder.closed","workorder.opened"]}`, made.ID, r.url, b.clock.Now().Format(time.RFC3339)), string(raw.Body))
	c.Post("/api/webhooks", map[string]any{"url": r.url, "topics": []string{"*"}}).Problem(409, "webhook.exists").Field("body.url", "webhook.exists")
	c.Post("/api/webhooks", map[string]any{"url": "http://10.0.0.1/", "topics": []string{"*"}}).Problem(422, "webhook.invalid_subscription").Field("body.url", "webhook.internal_address")

	for range 3 {
		b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))
		b.clock.Advance(time.Second)
	}
	type page struct {
		Items []struct {
			ID, State string
			Attempts  int
		}
		Next string
	}
	var p1, p2 page
	path := "/api/webhooks/" + made.ID + "/deliveries"
	c.Get(path + "?limit=2").Want(200).JSON(&p1)
	require.Len(t, p1.Items, 2)
	c.Get(path + "?limit=2&after=" + p1.Next).Want(200).JSON(&p2)
	require.Len(t, p2.Items, 1)
	require.Empty(t, p2.Next)
	list, err := b.List(t.Context())
	require.NoError(t, err)
	newest := b.deliveries(t, list[0].ID)[0].ID
	require.NoError(t, b.Process(t.Context(), newest))
	c.Post("/api/webhook-deliveries/"+newest.String()+"/replay", nil).Want(202)
	require.Equal(t, webhook.Pending, b.deliveries(t, list[0].ID)[0].State)

	var again struct{ Count int }
	c.Post("/api/webhooks/"+made.ID+"/replay", map[string]any{"since": b.clock.Now().Add(-2 * time.Second)}).Want(202).JSON(&again)
	require.Equal(t, 2, again.Count)
	var fresh struct{ Secret string }
	c.Post("/api/webhooks/"+made.ID+"/rotate", nil).Want(200).JSON(&fresh)
	require.NotEqual(t, made.Secret, fresh.Secret)
	c.Post("/api/webhooks/"+made.ID+"/enable", nil).Want(204)
	c.Delete("/api/webhooks/" + made.ID).Want(204)
	c.Delete("/api/webhooks/"+made.ID).Problem(404, "webhook.no_such_subscription")
	c.Get(path).Problem(404, "webhook.no_such_subscription")
	c.Post("/api/webhook-deliveries/"+newest.String()+"/replay", nil).Problem(404, "webhook.no_such_delivery")
}
