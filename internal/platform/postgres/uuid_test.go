package postgres_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres/postgrestest"
)

type thing struct{}

func TestIDsTravelInEveryForm(t *testing.T) {
	t.Parallel()
	pool := postgrestest.Empty(t)
	want := uuid.Must(uuid.NewV7())
	var (
		plain uuid.UUID
		null  uuid.NullUUID
		typed ident.ID[thing]
		text  string
		list  []uuid.UUID
	)
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT $1::uuid, $1::uuid, $1::uuid, ($1::uuid)::text, $2::uuid[]`,
		want, []uuid.UUID{want, want}).Scan(&plain, &null, &typed, &text, &list))
	require.Equal(t, want, plain)
	require.Equal(t, uuid.NullUUID{UUID: want, Valid: true}, null)
	require.Equal(t, want, typed.UUID())
	require.Equal(t, want.String(), text)
	require.Equal(t, []uuid.UUID{want, want}, list)

	require.NoError(t, pool.QueryRow(t.Context(), `SELECT NULL::uuid, $1::uuid, $2::uuid IS NULL`, typed, ident.ID[thing]{}).Scan(&null, &plain, new(bool)))
	require.False(t, null.Valid)
	require.Equal(t, want, plain)
}
