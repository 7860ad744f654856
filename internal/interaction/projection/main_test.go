package projection_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/interaction"
	"yingda/internal/interaction/projection"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerDir); dir != "" {
		writer(dir)
		return
	}
	lifecycletest.Main(m)
}

var quiet = slog.New(slog.DiscardHandler)

// bundle is a journal and a projector on a bus and a database of their own.
type bundle struct {
	pool    *pgxpool.Pool
	bus     *bus.Bus
	ring    *secret.Ring
	journal *interaction.Journal
	config  projection.Config
}

func setup(t testing.TB) *bundle {
	t.Helper()
	b := &bundle{pool: postgrestest.New(t), bus: bustest.New(t), ring: loadRing(t, t.TempDir())}
	b.journal = b.newJournal(t, "a")
	b.config = projection.Config{Pool: b.pool, Bus: b.bus, Ring: b.ring, Journal: b.journal, Clock: clock.System(), Logger: quiet, Gather: 5 * time.Millisecond}
	return b
}

func loadRing(t testing.TB, dir string) *secret.Ring {
	t.Helper()
	ring, err := secret.Load(t.Context(), secret.Config{Dir: dir, Clock: clock.System(), Logger: quiet})
	require.NoError(t, err)
	return ring
}

func (b *bundle) newJournal(t testing.TB, node string) *interaction.Journal {
	t.Helper()
	j := interaction.NewJournal(interaction.JournalConfig{Bus: b.bus, Ring: b.ring, Node: node, Clock: clock.System(), Logger: quiet, Gather: time.Millisecond})
	start(t, j)
	return j
}

func start(t testing.TB, s lifecycle.Service) {
	t.Helper()
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { stop(t, s) })
}

func stop(t testing.TB, s lifecycle.Service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
}

// projected writes all that waits.
func (b *bundle) projected(t testing.TB, p *projection.Projector) {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = p.Project(t.Context())
		require.NoError(t, err)
	}
}

// one reads one row.
func (b *bundle) one(t testing.TB, sql string, args ...any) map[string]any {
	t.Helper()
	list := b.rows(t, sql, args...)
	require.Len(t, list, 1, sql)
	return list[0]
}

func (b *bundle) rows(t testing.TB, sql string, args ...any) []map[string]any {
	t.Helper()
	rows, err := b.pool.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	defer rows.Close()
	var list []map[string]any
	for rows.Next() {
		values, err := rows.Values()
		require.NoError(t, err)
		row := map[string]any{}
		for i, f := range rows.FieldDescriptions() {
			row[f.Name] = values[i]
		}
		list = append(list, row)
	}
	require.NoError(t, rows.Err())
	return list
}

func (b *bundle) count(t testing.TB, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	require.NoError(t, b.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

var (
	queue = uuid.MustParse("01990000-0000-7000-8000-0000000000a1")
	li    = uuid.MustParse("01990000-0000-7000-8000-0000000000b1")
)

// call is a contact that queues, is served by Li and wrapped up: twelve hops.
func call(id uuid.UUID, began time.Time, caller string) []interaction.Entry {
	list := []interaction.Entry{{Open: &interaction.Opening{
		Contact: id, Channel: "voice", Direction: "in", Began: began, Caller: caller, Called: "10000", Node: "a",
	}}}
	for i, h := range []interaction.Hop{
		{Kind: interaction.Dialled}, {Kind: interaction.Answered},
		{Kind: interaction.FlowStep, Detail: interaction.Detail{Flow: "greeting", Node: "menu", Key: "1"}},
		{Kind: interaction.KeyToAgent}, {Kind: interaction.Enqueued, Queue: queue, Detail: interaction.Detail{Position: 1}},
		{Kind: interaction.Offered, Agent: li, Queue: queue}, {Kind: interaction.RingingAgent, Agent: li}, {Kind: interaction.Accepted, Agent: li},
		{Kind: interaction.TalkBegan, Agent: li},
		{Kind: interaction.Ended, Detail: interaction.Detail{By: interaction.ByCaller, SIP: 200, Q850: 16}},
		{Kind: interaction.WrapUpBegan, Agent: li}, {Kind: interaction.WrappedUp, Agent: li},
	} {
		h.Contact, h.Seq, h.At = id, i+1, began.Add(time.Duration(i)*time.Second)
		list = append(list, interaction.Entry{Hop: &h})
	}
	return list
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
