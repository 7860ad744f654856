package postgres_test

import (
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

// with changes one parameter of a database address.
func with(t *testing.T, address string, change func(u *url.URL, q url.Values)) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	q := u.Query()
	change(u, q)
	u.RawQuery = q.Encode()
	return "postgres://" + u.Path + "?" + u.RawQuery
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := postgrestest.Server(t)
	admin := openPool(t, s)
	for _, sql := range []string{
		"CREATE ROLE other LOGIN PASSWORD 'right'",
		"CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'",
		"CREATE DATABASE standby", "ALTER DATABASE standby SET default_transaction_read_only = on",
	} {
		_, err := admin.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	var hba string
	require.NoError(t, admin.QueryRow(t.Context(), "SHOW hba_file").Scan(&hba))
	f, err := os.OpenFile(hba, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("local all other scram-sha-256\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = admin.Exec(t.Context(), "SELECT pg_reload_conf()")
	require.NoError(t, err)

	const secret = "s3cret-never-shown"
	database := func(name string) string {
		return with(t, s.URL(), func(u *url.URL, _ url.Values) { u.Path = "/" + name })
	}
	for name, c := range map[string]struct{ url, code, words string }{
		"wrong password": {with(t, s.URL(), func(_ *url.URL, q url.Values) {
			q.Set("user", "other")
			q.Set("password", secret)
		}), "postgres.sign_in_refused", "the user other"},
		"unknown user": {with(t, s.URL(), func(_ *url.URL, q url.Values) { q.Set("user", "nobody_known") }),
			"postgres.sign_in_refused", "pg_hba.conf"},
		"no such database": {database("absent"), "postgres.no_such_database", `CREATE DATABASE "absent"`},
		"wrong encoding":   {database("ascii"), "postgres.encoding", "SQL_ASCII"},
		"read only":        {database("standby"), "postgres.read_only", "primary"},
		"nobody listens":   {"postgres://u:" + secret + "@127.0.0.1:1/db?sslmode=disable", "postgres.unreachable", "127.0.0.1:1"},
		"no such socket":   {"postgres:///db?host=/nonexistent&user=u&password=" + secret, "postgres.unreachable", "/nonexistent"},
		"unreadable":       {"postgres://u:" + secret + "@host:port/%zz", "postgres.url_invalid", "postgres://USER"},
		"unreadable words": {"password=" + secret + " port=x", "postgres.url_invalid", "%-escapes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), postgres.Options{URL: c.url, Logger: quiet})
			f := requireFault(t, err, c.code, c.words)
			require.NotContains(t, f.Error()+f.Remedy, secret)
		})
	}
}

func TestPoolReadsTimesAsUTC(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	var one time.Time
	var many []time.Time
	var during pgtype.Range[time.Time]
	const at = "'2026-11-20 08:00:00+08'::timestamptz"
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT "+at+", ARRAY["+at+"], tstzrange("+at+", NULL)").Scan(&one, &many, &during))
	for _, got := range []time.Time{one, many[0], during.Lower} {
		require.Equal(t, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), got)
	}
}

func TestPoolSizeIsTheOptionsOrTheAddressesOrByProcessors(t *testing.T) {
	t.Parallel()
	address := postgrestest.Create(t, "template0")
	for name, c := range map[string]struct {
		url   string
		max   int32
		least int32
		most  int32
	}{
		"option":   {address, 3, 3, 3},
		"address":  {address + "&pool_max_conns=7", 0, 7, 7},
		"machine":  {address, 0, 16, 4096},
		"override": {address + "&pool_max_conns=7", 3, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, err := postgres.Open(t.Context(), postgres.Options{URL: c.url, MaxConns: c.max})
			require.NoError(t, err)
			defer pool.Close()
			require.GreaterOrEqual(t, pool.Config().MaxConns, c.least)
			require.LessOrEqual(t, pool.Config().MaxConns, c.most)
			var application string
			require.NoError(t, pool.QueryRow(t.Context(), "SHOW application_name").Scan(&application))
			require.Equal(t, "yingda", application)
		})
	}
}
