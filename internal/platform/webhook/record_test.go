package webhook_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

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
