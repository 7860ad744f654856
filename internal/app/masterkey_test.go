package app_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/app"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/secret"
)

// serveKey reads the master key as serve does at its start, and makes it at the first one.
func (b bundle) serveKey(t *testing.T) *secret.Ring {
	t.Helper()
	ring, err := secret.Load(t.Context(), secret.Config{Dir: filepath.Join(b.cfg.DataDir, "secret"), SealedDataExist: secret.SealedIn(b.pool)})
	require.NoError(t, err)
	require.NoError(t, secret.Confirm(t.Context(), b.pool, ring, clock.System()))
	return ring
}

// seal stores a message under the ring's active version.
func (b bundle) seal(t *testing.T, ring *secret.Ring) {
	t.Helper()
	mailer := &notify.EmailConfig{Host: "127.0.0.1", Port: 25, Security: notify.NoTLS, From: "service@example.net"}
	s, err := notify.New(notify.Config{Pool: b.pool, Ring: ring, Email: mailer})
	require.NoError(t, err)
	inTx(t, b.pool, func(ctx context.Context, tx pgx.Tx) error {
		_, err := s.Send(ctx, tx, notify.Message{Channel: notify.Email, Recipient: "a@example.net", Subject: "s", Body: "text"})
		return err
	})
}

func (b bundle) underVersion(t *testing.T, version int) (n int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM notify.message WHERE key_version = $1", version).Scan(&n))
	return n
}

func TestRotationSealsEverythingAgainAndTheOldVersionCanGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.RotateKey(t.Context(), func(string, int) {})
	requireFault(t, err, "secret.key_missing")
	node := b.serveKey(t)
	b.seal(t, node)

	var heard []string
	done, err := b.RotateKey(t.Context(), func(part string, values int) { heard = append(heard, part); require.Equal(t, 2, values) })
	require.NoError(t, err)
	require.Equal(t, app.Rewrapped{Active: 2, Messages: 2}, done)
	require.Equal(t, []string{"messages"}, heard)
	require.Zero(t, b.underVersion(t, 1))

	_, err = b.ForgetKey(t.Context(), 1, func(string, int) {})
	requireFault(t, err, "secret.too_soon")
	_, err = b.pool.Exec(t.Context(), "UPDATE secret.known_key SET first_seen = $1 WHERE version = 2", time.Now().Add(-time.Hour))
	require.NoError(t, err)
	b.seal(t, node) // which has not noticed the rotation
	require.Equal(t, 1, b.underVersion(t, 1))
	done, err = b.ForgetKey(t.Context(), 1, func(string, int) {})
	require.NoError(t, err)
	require.Equal(t, 2, done.Messages)
	require.Zero(t, b.underVersion(t, 1))
	_, err = b.ForgetKey(t.Context(), 2, func(string, int) {})
	requireFault(t, err, "secret.version_in_use")
	require.Contains(t, b.log.String(), "forgotten by an operator")
}

func TestTheTwoStepsOfNodesWithCopies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.seal(t, b.serveKey(t))
	version, file, err := b.AddKey(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, version)
	require.Equal(t, secret.DefaultFile(filepath.Join(b.cfg.DataDir, "secret")), file)
	require.Equal(t, 1, b.underVersion(t, 1), "nothing is sealed again yet")
	for _, want := range []int{2, 0} { // the second time there is nothing left
		done, err := b.RewrapKeys(t.Context(), func(string, int) {})
		require.NoError(t, err)
		require.Equal(t, app.Rewrapped{Active: 2, Messages: want}, done)
	}
}

func TestAKeyFromAVaultGetsItsVersionThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.cfg.Secret.Key = "command:/usr/bin/vault-print"
	_, _, err := app.NewOperator(b.cfg, quiet).AddKey(context.Background())
	requireFault(t, err, "operate.key_elsewhere")
}
