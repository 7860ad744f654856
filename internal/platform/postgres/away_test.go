package postgres_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres"
)

func TestAServerThatWentAwayIsToldFromAFaultOfOurs(t *testing.T) {
	t.Parallel()
	for code, away := range map[string]bool{"57P01": true, "57P02": true, "57P03": true, "08006": true, "23505": false, "42601": false, "57014": false} {
		require.Equal(t, away, postgres.IsAway(fmt.Errorf("query: %w", &pgconn.PgError{Code: code})), code)
	}
	require.True(t, postgres.IsAway(fmt.Errorf("read: %w", io.ErrUnexpectedEOF)))
	require.False(t, postgres.IsAway(errors.New("boom")))
	require.False(t, postgres.IsAway(nil))
}
