package audit_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/privacy"
)

var (
	centre = uuid.MustParse("01980000-0000-7000-8000-000000000001")
	noon   = time.Date(2026, 11, 21, 4, 0, 0, 123_456_789, time.UTC)
)

// somebody is a person who may do what is listed, nationwide.
func somebody(permissions ...actor.Permission) *actor.Actor {
	grants := map[actor.Permission]actor.Scope{}
	for _, p := range permissions {
		grants[p] = actor.National()
	}
	return actor.New(actor.Actor{
		Kind: actor.Person, Account: uuid.New(), Session: uuid.New(), Staff: uuid.New(), Number: "GD0001", Name: "林一", Centre: centre, Address: "192.0.2.7",
	}, grants)
}

func write(t testing.TB, pool *pgxpool.Pool, ctx context.Context, at time.Time, entries ...audit.Entry) {
	t.Helper()
	require.NoError(t, postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, at, entries...)
	}))
}

func entry(action string) audit.Entry {
	return audit.Entry{Action: action, Object: audit.Object{Kind: "organization.staff", ID: "7", Label: "GD0002"}, Centre: centre, Reason: "入职"}
}

func TestAnEntryHoldsWhoWhereWhyAndWhat(t *testing.T) {
	t.Parallel()
	pool, who := postgrestest.New(t), somebody()
	e := entry("organization.staff.create")
	e.Province, e.City = "440000", "440100"
	e.Changes = []audit.Change{{Field: "mobile", Old: nil, New: privacy.Phone("13812345678")}, {Field: "name", Old: "<a>", New: "b"}}
	write(t, pool, actor.With(t.Context(), who), noon, e)

	var at time.Time
	var id, account, session, staff, where uuid.UUID
	var kind, number, name, address, changes, label, reason, province, city string
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT id, at, actor_kind, actor_account, actor_session, actor_staff, actor_number, actor_name, actor_address,
		object_label, centre, province, city, reason, changes::text FROM audit.entry`).
		Scan(&id, &at, &kind, &account, &session, &staff, &number, &name, &address, &label, &where, &province, &city, &reason, &changes))
	require.Equal(t, noon.Truncate(time.Microsecond), at.UTC())
	require.Equal(t, []any{"person", who.Account, who.Session, who.Staff, "GD0001", "林一", "192.0.2.7"}, []any{kind, account, session, staff, number, name, address})
	require.Equal(t, []any{"GD0002", centre, "440000", "440100", "入职"}, []any{label, where, province, city, reason})
	require.Equal(t, `[{"field":"mobile","old":null,"new":"138****5678"},{"field":"name","old":"<a>","new":"b"}]`, changes)
	require.Equal(t, uuid.Version(7), id.Version())
	require.Equal(t, uuid.RFC4122, id.Variant())
	seconds, nanos := id.Time().UnixTime()
	require.Equal(t, noon.UnixMilli(), time.Unix(seconds, nanos).UnixMilli())
}

func TestAnEntryWithoutAnActorIsRefused(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	err := postgres.InTx(t.Context(), pool, func(ctx context.Context, tx pgx.Tx) error { return audit.Write(ctx, tx, noon, entry("a.b")) })
	require.Equal(t, fault.Unauthenticated, fault.KindOf(err))
}

func TestAPartOfTheSystemIsNamed(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	write(t, pool, actor.With(t.Context(), actor.System("identity.expiry")), noon, audit.Entry{Action: "identity.account.expire"})
	var named, none int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE actor_kind = 'system' AND actor_name = 'identity.expiry'),
		count(*) FILTER (WHERE actor_account IS NULL AND actor_staff IS NULL AND centre IS NULL AND changes::text = '[]') FROM audit.entry`).Scan(&named, &none))
	require.Equal(t, []int{1, 1}, []int{named, none})
}

func TestEntriesOfOneCallKeepTheirOrderAndWaitToBeSealed(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	ctx := actor.With(t.Context(), somebody())
	var many []audit.Entry
	for i := range 2500 {
		e := entry("a.b")
		e.Object.ID = string(rune('一' + i))
		many = append(many, e)
	}
	write(t, pool, ctx, noon, many...)
	write(t, pool, ctx, noon)
	rows, err := pool.Query(t.Context(), "SELECT object_id FROM audit.entry JOIN audit.pending ON entry_id = id ORDER BY id")
	require.NoError(t, err)
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Len(t, got, 2500)
	for i := range got {
		require.Equal(t, many[i].Object.ID, got[i])
	}
}

func TestEntriesFailWithTheirTransaction(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	err := postgres.InTx(actor.With(t.Context(), somebody()), pool, func(ctx context.Context, tx pgx.Tx) error {
		require.NoError(t, audit.Write(ctx, tx, noon, entry("a.b")))
		return context.Canceled
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, count(t, pool, "SELECT count(*) FROM audit.entry"))
	require.Zero(t, count(t, pool, "SELECT count(*) FROM audit.pending"))
}

func count(t testing.TB, pool *pgxpool.Pool, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, pool.QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

func TestWrongActionsAreRefused(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"a.b": true, "organization.staff.create": true, "a.b_2": true, "": false, "a": false, "a.": false, ".a": false, "a..b": false, "A.b": false, "a.b c": false,
		strings.Repeat("a.", 60) + "a": false,
	} {
		require.Equal(t, ok, audit.ValidAction(name), name)
	}
	pool := postgrestest.New(t)
	err := postgres.InTx(actor.With(t.Context(), somebody()), pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, noon, audit.Entry{Action: "nonsense"})
	})
	require.ErrorIs(t, err, audit.ErrInvalid)
}

func TestLongAndStrangeTextNeverFailsAChange(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	long := strings.Repeat("长", 5000)
	var fields []audit.Change
	for range 300 {
		fields = append(fields, audit.Change{Field: "f", Old: long, New: []string{long}})
	}
	write(t, pool, actor.With(t.Context(), somebody()), noon, audit.Entry{
		Action: "a.b", Object: audit.Object{Kind: long, ID: "a\x00b\xff", Label: long}, Reason: long, Changes: fields[:1],
	}, audit.Entry{Action: "a.c", Object: audit.Object{Label: strings.Repeat("字", 200)}, Changes: fields})
	require.Equal(t, 1, count(t, pool, `SELECT count(*) FROM audit.entry WHERE object_id = E'a\uFFFDb\uFFFD' AND length(object_label) = 200
		AND right(reason, 1) = '…' AND length(reason) = 2000 AND length(changes->0->>'old') = 2000`))
	require.Equal(t, 1, count(t, pool, "SELECT count(*) FROM audit.entry WHERE right(object_label, 1) = '字' AND changes->0->>'new' LIKE '300 changes are too large%'"))
}

func TestTheTablesOnlyGrow(t *testing.T) {
	t.Parallel()
	pool := postgrestest.New(t)
	write(t, pool, actor.With(t.Context(), somebody()), noon, entry("a.b"))
	for _, table := range []string{"entry", "batch"} {
		for _, statement := range []string{"DELETE FROM audit." + table, "TRUNCATE audit." + table} {
			_, err := pool.Exec(t.Context(), statement)
			require.ErrorContains(t, err, "only grows", statement)
		}
	}
	_, err := pool.Exec(t.Context(), "UPDATE audit.entry SET reason = ''")
	require.ErrorContains(t, err, "only grows")
}

type inner struct {
	City string `json:"city"`
}

type sample struct {
	ID      int           `json:"id"`
	Name    string        `json:"name,omitempty"`
	Mobile  privacy.Phone `json:"mobile"`
	Email   string        `json:"email" privacy:"email"`
	Place   inner         `json:"place"`
	Tags    []string      `json:"tags"`
	Since   time.Time     `json:"since"`
	Until   *time.Time    `json:"until"`
	Secret  string        `json:"-"`
	Version int           `json:"version" audit:"-"`
	hidden  int
}

func TestDiffNamesWhatDiffersAndMasksWhatIsPersonal(t *testing.T) {
	t.Parallel()
	until := noon.In(time.FixedZone("CST", 8*3600))
	old := sample{ID: 1, Name: "a", Mobile: "13812345678", Email: "a@example.com", Place: inner{"440100"}, Tags: nil, Since: noon, Until: &noon, Secret: "x", Version: 1, hidden: 1}
	now := sample{ID: 1, Name: "b", Mobile: "13887655678", Email: "b@example.com", Place: inner{"440300"}, Tags: []string{}, Since: until, Until: &until, Secret: "y", Version: 2}
	changes := audit.Diff(old, &now)
	b, err := json.Marshal(changes)
	require.NoError(t, err)
	require.JSONEq(t, `[{"field":"name","old":"a","new":"b"},{"field":"mobile","old":"138****5678","new":"138****5678"},
		{"field":"email","old":"***@example.com","new":"***@example.com"},{"field":"place.city","old":"440100","new":"440300"}]`, string(b))
	require.Empty(t, audit.Diff(old, old))
	require.Empty(t, audit.Diff(nil, nil))
}

func TestDiffOfSomethingNewOrGoneListsItsFields(t *testing.T) {
	t.Parallel()
	s := sample{ID: 1, Name: "a", Place: inner{"440100"}}
	require.Equal(t, []audit.Change{{Field: "id", New: 1}, {Field: "name", New: "a"}, {Field: "place.city", New: "440100"}}, audit.Diff(nil, s))
	require.Equal(t, []audit.Change{{Field: "id", New: 1}, {Field: "name", New: "a"}, {Field: "place.city", New: "440100"}}, audit.Diff((*sample)(nil), &s))
	require.Equal(t, []audit.Change{{Field: "id", Old: 1}, {Field: "name", Old: "a"}, {Field: "place.city", Old: "440100"}}, audit.Diff(s, nil))
	require.Equal(t, "*", audit.Diff(s, inner{})[0].Field)
}
