package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/platform/webhook"
)

func TestEachChangeIsRecordedOrDoesNotHappen(t *testing.T) {
	t.Parallel()
	var acts []string
	var refuse error
	b := setup(t, func(c *webhook.Config) {
		c.Record = func(_ context.Context, _ pgx.Tx, act string, _ webhook.SubscriptionID, url string) error {
			acts = append(acts, act+" "+url)
			return refuse
		}
	})
	const url = "https://crm.example.com/in"
	id, _, err := b.Create(t.Context(), url, []string{"workorder.closed"})
	require.NoError(t, err)
	_, err = b.Rotate(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, b.Enable(t.Context(), id))

	refuse = errors.New("the audit is away")
	require.ErrorIs(t, b.Delete(t.Context(), id), refuse)
	list, err := b.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1, "what was not recorded did not happen")

	refuse = nil
	require.NoError(t, b.Delete(t.Context(), id))
	require.ErrorIs(t, b.Delete(t.Context(), id), webhook.ErrNoSubscription)
	require.Equal(t, []string{"webhook.create " + url, "webhook.rotate " + url, "webhook.enable " + url, "webhook.delete " + url, "webhook.delete " + url}, acts)
}

func TestTheListGoesOutWithoutSecretsAndIsRecordedFirst(t *testing.T) {
	t.Parallel()
	var acts []string
	var refuse error
	b := setup(t, func(c *webhook.Config) {
		c.Record = func(_ context.Context, _ pgx.Tx, act string, id webhook.SubscriptionID, _ string) error {
			acts = append(acts, act+" "+strconv.FormatBool(id.IsZero()))
			return refuse
		}
	})
	const url = "https://crm.example.com/in"
	_, secret, err := b.Create(t.Context(), url, []string{"workorder.*", "notify.message_sent"})
	require.NoError(t, err)
	c := b.api(t)
	file := c.Get("/api/webhooks/export?lang=en").Want(200)
	book, err := excelize.OpenReader(bytes.NewReader(file.Body))
	require.NoError(t, err)
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetList()[0])
	require.NoError(t, err)
	require.Equal(t, []string{"Address", "Topics", "State", "Failing since", "Made at", "Id"}, rows[0])
	require.Len(t, rows, 2)
	require.Equal(t, []string{url, "notify.message_sent\nworkorder.*", "active", ""}, rows[1][:4])
	require.NotContains(t, fmt.Sprint(rows), secret)
	require.NotContains(t, fmt.Sprint(rows), "whsec")
	require.Equal(t, []string{"webhook.create false", "webhook.export true"}, acts)

	refuse = errors.New("the audit is away")
	require.ErrorIs(t, b.Export(t.Context(), io.Discard, "en"), refuse, "what is not recorded does not leave")
}
