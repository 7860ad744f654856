package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/secret"
)

func TestRotationTakesTheSigningKeyOfTheAuditAlong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	seal := func(ring *secret.Ring) {
		inTx(t, b.pool, func(ctx context.Context, tx pgx.Tx) error {
			return audit.Write(actor.With(ctx, actor.System("test.part")), tx, time.Now(), audit.Entry{Action: "test.thing.create"})
		})
		_, err := audit.New(audit.Config{Pool: b.pool, Ring: ring, Clock: clock.System(), Logger: quiet}).Seal(t.Context())
		require.NoError(t, err)
	}
	seal(b.serveKey(t))
	done, err := b.RotateKey(t.Context(), func(string, int) {})
	require.NoError(t, err)
	require.Equal(t, 1, done.Audit)
	seal(b.serveKey(t))
	keys, err := b.AuditKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 1, "the signing key stays")
	v, _, err := b.VerifyAudit(t.Context(), audit.VerifyOptions{})
	require.NoError(t, err)
	require.Equal(t, []int64{2, 0}, []int64{v.Batches, v.Wrong})
}
