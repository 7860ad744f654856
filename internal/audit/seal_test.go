package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/audit/chain"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
)

var quiet = slog.New(slog.DiscardHandler)

// house is an installation with some sealed batches.
type house struct {
	pool  *pgxpool.Pool
	ring  *secret.Ring
	blobs blob.Store
	clock *clocktest.Fake
	svc   *audit.Service
	ctx   context.Context // of somebody
	keys  string          // folder of the master key
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{pool: postgrestest.New(t), clock: clocktest.New(), ctx: actor.With(t.Context(), somebody()), keys: t.TempDir()}
	var err error
	h.ring, err = secret.Load(t.Context(), secret.Config{Dir: h.keys, Clock: clock.System(), SealedDataExist: secret.SealedIn(h.pool)})
	require.NoError(t, err)
	h.blobs, err = blob.NewFiles(blob.FilesConfig{Dir: t.TempDir()})
	require.NoError(t, err)
	h.svc = h.service()
	return h
}

func (h *house) service() *audit.Service {
	return audit.New(audit.Config{Pool: h.pool, Ring: h.ring, Blobs: h.blobs, Clock: h.clock, Logger: quiet})
}

// batches writes and seals so many batches of three entries, a minute apart.
func (h *house) batches(t testing.TB, n int) {
	t.Helper()
	for range n {
		h.clock.Advance(time.Minute)
		write(t, h.pool, h.ctx, h.clock.Now(), entry("a.create"), entry("a.update"), entry("a.delete"))
		h.seal(t)
	}
}

func (h *house) seal(t testing.TB) {
	t.Helper()
	more, err := h.svc.Seal(t.Context())
	require.NoError(t, err)
	require.False(t, more)
}

// verify gives what is wrong.
func (h *house) verify(t testing.TB, o audit.VerifyOptions) (audit.Verification, []chain.Finding) {
	t.Helper()
	found := []chain.Finding{}
	o.Report = func(f chain.Finding) { found = append(found, f) }
	v, err := h.service().Verify(t.Context(), o)
	require.NoError(t, err)
	require.EqualValues(t, len(found), v.Wrong)
	return v, found
}

// superuser changes the tables as somebody can who owns the database.
func (h *house) superuser(t testing.TB, statement string, args ...any) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), h.pool, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, statement, args...)
		require.Positive(t, tag.RowsAffected(), statement)
		return err
	}))
}

// nth gives the id of an entry by its place in time, from 0.
func (h *house) nth(t testing.TB, n int) (id string) {
	t.Helper()
	require.NoError(t, h.pool.QueryRow(t.Context(), "SELECT id::text FROM audit.entry ORDER BY id OFFSET $1 LIMIT 1", n).Scan(&id))
	return id
}

type named struct {
	Wrong chain.Wrong
	Entry string
	Batch int64
}

func names(found []chain.Finding) []named {
	list := []named{}
	for _, f := range found {
		list = append(list, named{f.Wrong, f.Entry, f.Batch})
	}
	return list
}

func TestAnUntouchedAuditIsWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found, "nothing was written yet")
	require.Zero(t, v.Batches)
	h.batches(t, 5)
	write(t, h.pool, h.ctx, h.clock.Now(), entry("a.pending"))
	v, found = h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
	require.Equal(t, []int64{16, 5, 5, 1}, []int64{v.Entries, v.Batches, v.LastBatch, v.Pending})
	require.Equal(t, 1, v.Heads)
	v, found = h.verify(t, audit.VerifyOptions{Since: h.clock.Now().Add(-90 * time.Second)})
	require.Empty(t, found)
	require.Equal(t, []int64{7, 2}, []int64{v.Entries, v.Batches})
}

func TestSealingGoesOnInAnotherProcessWithTheSameKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 1)
	h.svc = h.service()
	h.batches(t, 1)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
	keys, err := h.svc.Keys(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 1)
	public, err := chain.ParseKey(keys[0].Public)
	require.NoError(t, err)
	_, found = h.verify(t, audit.VerifyOptions{Trusted: []ed25519.PublicKey{public}})
	require.Empty(t, found)
}

func TestAnEntryThatCommitsLateIsSealedLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slow, err := h.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, audit.Write(h.ctx, slow, h.clock.Now(), entry("a.slow")))
	h.batches(t, 3)
	require.NoError(t, slow.Commit(t.Context()))
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found, "it waits")
	h.batches(t, 1)
	v, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
	require.EqualValues(t, 13, v.Entries)
	require.EqualValues(t, 4, count(t, h.pool, "SELECT size FROM audit.batch WHERE number = 4"))
	v, found = h.verify(t, audit.VerifyOptions{Since: h.clock.Now().Add(-time.Second)})
	require.Empty(t, found, "an older entry of a batch of the time is looked for")
	require.EqualValues(t, 4, v.Entries)
}

func TestManyPendingEntriesAreSealedInSeveralBatches(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	many := make([]audit.Entry, 6000)
	for i := range many {
		many[i] = entry("a.many")
	}
	write(t, h.pool, h.ctx, h.clock.Now(), many...)
	more, err := h.svc.Seal(t.Context())
	require.NoError(t, err)
	require.True(t, more)
	h.seal(t)
	v, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
	require.EqualValues(t, 2, v.Batches)
}

func TestTwoSealersMakeOneChain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, two := h.service().Sealer(), h.service().Sealer()
	require.NoError(t, one.Start(t.Context()))
	require.NoError(t, two.Start(t.Context()))
	done := make(chan error, 4)
	for range 4 {
		go func() {
			for range 25 {
				if err := postgres.InTx(h.ctx, h.pool, func(ctx context.Context, tx pgx.Tx) error {
					return audit.Write(ctx, tx, h.clock.Now(), entry("a.b"), entry("a.c"))
				}); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		require.NoError(t, <-done)
	}
	require.Eventually(t, func() bool {
		h.clock.Advance(10 * time.Second)
		return count(t, h.pool, "SELECT count(*) FROM audit.pending") == 0
	}, 30*time.Second, 10*time.Millisecond)
	require.NoError(t, one.Stop(t.Context()))
	require.NoError(t, two.Stop(t.Context()))
	v, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
	require.EqualValues(t, 200, v.Entries)
}

func TestTheSealerSurvivesStress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	lifecycletest.Stress(t, func() lifecycle.Service { return h.service().Sealer() })
}

func TestAChangedEntryIsNamed(t *testing.T) {
	t.Parallel()
	for _, column := range []string{
		"at = at + interval '1 microsecond'", "actor_kind = 'program'", "actor_account = NULL", "actor_account = gen_random_uuid()", "actor_session = gen_random_uuid()",
		"actor_staff = NULL", "actor_number = 'GD9999'", "actor_name = ''", "actor_address = '192.0.2.8'", "action = 'a.other'", "object_kind = ''", "object_id = '8'",
		"object_label = 'x'", "centre = NULL", "province = '440000'", "city = '440100'", "reason = reason || ' '", `changes = '[ ]'`, "request_id = 'x'",
		"object_id = object_id || object_label, object_label = ''", // moved over a border between columns
	} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.batches(t, 3)
			id := h.nth(t, 4)
			h.superuser(t, "UPDATE audit.entry SET "+column+" WHERE id = $1", id)
			_, found := h.verify(t, audit.VerifyOptions{})
			require.Equal(t, []named{{chain.EntryChanged, id, 2}}, names(found))
			require.Contains(t, found[0].Text, id)
			require.WithinDuration(t, h.clock.Now().Add(-time.Minute), found[0].At, time.Second)
		})
	}
}

func TestAMissingEntryIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 3)
	id := h.nth(t, 4)
	h.superuser(t, "DELETE FROM audit.entry WHERE id = $1", id)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.EntryMissing, id, 2}}, names(found))
}

func TestAnEntryTakenAwayBeforeItWasSealedIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 1)
	h.clock.Advance(time.Second)
	write(t, h.pool, h.ctx, h.clock.Now(), entry("a.b"))
	id := h.nth(t, 3)
	h.superuser(t, "DELETE FROM audit.entry WHERE id = $1", id)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.EntryMissing, id, 0}}, names(found))
	h.seal(t)
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.EntryMissing, id, 2}}, names(found))
	require.Contains(t, found[0].Text, "before batch 2 could seal it")
}

func (h *house) insert(t testing.TB, at time.Time) (id string) {
	t.Helper()
	u, err := uuid.NewV7()
	require.NoError(t, err)
	ms := at.UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	h.superuser(t, `INSERT INTO audit.entry SELECT $1, $2, actor_kind, actor_account, actor_session, actor_staff, actor_number, actor_name, actor_address,
		action, object_kind, object_id, object_label, centre, province, city, reason, changes, request_id FROM audit.entry LIMIT 1`, u, at)
	return u.String()
}

func TestAnInsertedEntryIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 3)
	id := h.insert(t, h.clock.Now().Add(-90*time.Second))
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.EntryInserted, id, 0}}, names(found))
	h.batches(t, 1)
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.EntryInserted, id, 0}}, names(found))
}

func TestABackdatedEntryThatWasSealedIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 3)
	id := h.insert(t, h.clock.Now().Add(-2*time.Hour))
	h.superuser(t, "INSERT INTO audit.pending VALUES ($1)", id)
	h.seal(t)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.EntryBackdated, id, 4}}, names(found))
}

func TestEntriesThatWaitTooLongAreNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 1)
	h.clock.Advance(3 * time.Hour)
	h.batches(t, 1)
	id := h.insert(t, h.clock.Now().Add(-2*time.Hour))
	h.superuser(t, "INSERT INTO audit.pending VALUES ($1)", id)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.PendingStale, id, 0}}, names(found))
}

func TestAPauseOfTheSealerIsNotSuspicious(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 1)
	write(t, h.pool, h.ctx, h.clock.Now(), entry("a.b"))
	h.clock.Advance(5 * time.Hour)
	write(t, h.pool, h.ctx, h.clock.Now(), entry("a.b"))
	h.seal(t)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
}

func TestSwappedEntriesAreNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 3)
	one, two := h.nth(t, 1), h.nth(t, 7)
	h.superuser(t, `UPDATE audit.entry e SET action = o.action, at = o.at FROM audit.entry o
		WHERE (e.id = $1 AND o.id = $2) OR (e.id = $2 AND o.id = $1)`, one, two)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.ElementsMatch(t, []named{{chain.EntryChanged, one, 1}, {chain.EntryChanged, two, 3}}, names(found))
}

func TestAChangedBatchIsNamed(t *testing.T) {
	t.Parallel()
	for _, column := range []string{"made_at = made_at + interval '1 second'", "size = 2", "entries = substr(entries, 1, 96)", "entries = entries || substr(entries, 1, 48)", "entries = set_byte(entries, 20, 0)", "entries = entries || '\\x00'", "entries = ''"} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.batches(t, 3)
			h.superuser(t, "UPDATE audit.batch SET "+column+" WHERE number = 2")
			_, found := h.verify(t, audit.VerifyOptions{})
			require.Contains(t, names(found), named{chain.BatchChanged, "", 2})
			for _, f := range found {
				require.Contains(t, []int64{0, 2}, f.Batch, "%+v", f)
			}
		})
	}
}

func TestAChangedHeadIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 3)
	h.superuser(t, "UPDATE audit.batch SET head = set_byte(head, 0, (get_byte(head, 0) + 1) % 256) WHERE number = 2")
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.BatchChanged, "", 2}, {chain.SignatureWrong, "", 2}, {chain.BatchUnlinked, "", 3}}, names(found))
}

func TestAMissingBatchIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 4)
	h.superuser(t, "DELETE FROM audit.batch WHERE number = 2")
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Contains(t, names(found), named{chain.BatchMissing, "", 2})
	for n := 3; n < 6; n++ {
		require.Contains(t, names(found), named{chain.EntryUnsealed, h.nth(t, n), 0})
	}
	require.Len(t, found, 4)
}

func TestSwappedBatchesAreNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 4)
	for _, move := range [][2]int{{2, 99}, {3, 2}, {99, 3}} {
		h.superuser(t, "UPDATE audit.batch SET number = $2 WHERE number = $1", move[0], move[1])
	}
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Contains(t, names(found), named{chain.BatchReordered, "", 2})
	require.Contains(t, names(found), named{chain.BatchReordered, "", 3})
	require.Contains(t, found[1].Text, "batch 2 was made as batch 3")
}

func TestACutTailIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 4)
	h.superuser(t, "DELETE FROM audit.entry WHERE id >= $1", h.nth(t, 6))
	h.superuser(t, "DELETE FROM audit.batch WHERE number > 2")
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.ChainCut, "", 3}}, names(found))
	require.Contains(t, found[0].Text, "after batch 2")
	require.Contains(t, found[0].Text, "batches 3 to 4 are missing")

	// The sealer goes on, and does not cover the trace.
	h.svc = h.service()
	write(t, h.pool, h.ctx, h.clock.Now(), entry("a.b"))
	_, err := h.svc.Seal(t.Context())
	require.ErrorContains(t, err, "not of this chain")
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.ChainCut, "", 4}}, names(found))
	h.clock.Advance(24 * time.Hour)
	h.batches(t, 2)
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.HeadDiffers, "", 4}}, names(found), "the head of the day before still tells")
}

func TestACutTailThatLeftItsEntriesIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 3)
	h.superuser(t, "DELETE FROM audit.batch WHERE number > 2")
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.ChainCut, "", 3}, {chain.EntryUnsealed, h.nth(t, 6), 0}, {chain.EntryUnsealed, h.nth(t, 7), 0}, {chain.EntryUnsealed, h.nth(t, 8), 0}}, names(found))
}

func TestACutTailIsFoundByAHeadThatCameByMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 2)
	v, _ := h.verify(t, audit.VerifyOptions{})
	var head chain.Hash
	require.NoError(t, head.UnmarshalText([]byte(v.LastHead)))
	mailed := chain.Head{Number: 2, MadeAt: v.LastMade, Head: head, Source: "of a mail"}
	_, found := h.verify(t, audit.VerifyOptions{Heads: []chain.Head{mailed}})
	require.Empty(t, found)

	// Somebody who reaches the file store too and makes the chain anew with the true key.
	h.superuser(t, "DELETE FROM audit.entry WHERE id >= $1", h.nth(t, 3))
	h.superuser(t, "DELETE FROM audit.batch WHERE number > 1")
	require.NoError(t, h.blobs.Delete(t.Context(), "audit/heads/"+h.clock.Now().Format(time.DateOnly)+".json"))
	h.svc = h.service()
	h.batches(t, 1)
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found, "nothing inside tells")
	_, found = h.verify(t, audit.VerifyOptions{Heads: []chain.Head{mailed}})
	require.Equal(t, []named{{chain.HeadDiffers, "", 2}}, names(found))
}

func TestAReplacedSignatureIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 3)
	_, other, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	var head []byte
	require.NoError(t, h.pool.QueryRow(t.Context(), "SELECT head FROM audit.batch WHERE number = 2").Scan(&head))
	for _, signature := range [][]byte{ed25519.Sign(other, head), nil, {1}} {
		h.superuser(t, "UPDATE audit.batch SET signature = $1 WHERE number = 2", append([]byte{}, signature...))
		_, found := h.verify(t, audit.VerifyOptions{})
		require.Equal(t, []named{{chain.SignatureWrong, "", 2}}, names(found))
	}
}

func TestAReplacedKeyIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 2)
	keys, err := h.svc.Keys(t.Context())
	require.NoError(t, err)
	trusted, err := chain.ParseKey(keys[0].Public)
	require.NoError(t, err)
	public, other, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)

	h.superuser(t, "UPDATE audit.key SET public_key = $1", []byte(public))
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.KeyChanged, "", 0}}, names(found))

	h.superuser(t, "DELETE FROM audit.key")
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.KeyUnknown, "", 1}}, names(found))

	// The whole chain made anew with a key of their own, which fits everything inside.
	h.superuser(t, "INSERT INTO audit.key VALUES ($1, $2, '', 1, now())", chain.KeyID(public), []byte(public))
	h.resign(t, other)
	require.NoError(t, h.blobs.Delete(t.Context(), "audit/heads/"+h.clock.Now().Format(time.DateOnly)+".json"))
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
	_, found = h.verify(t, audit.VerifyOptions{Trusted: []ed25519.PublicKey{trusted}})
	require.Equal(t, []named{{chain.KeyForeign, "", 1}, {chain.KeyForeign, "", 2}}, names(found))
}

// resign makes the chain anew with another key.
func (h *house) resign(t testing.TB, key ed25519.PrivateKey) {
	t.Helper()
	rows, err := h.pool.Query(t.Context(), "SELECT number, made_at, entries FROM audit.batch ORDER BY number")
	require.NoError(t, err)
	type old struct {
		Number int64
		MadeAt time.Time
		List   []byte
	}
	batches, err := pgx.CollectRows(rows, pgx.RowToStructByPos[old])
	require.NoError(t, err)
	var previous chain.Hash
	for _, o := range batches {
		var items []chain.Item
		for l := o.List; len(l) >= 48; l = l[48:] {
			items = append(items, chain.Item{ID: uuid.UUID(l[:16]), Hash: chain.Hash(l[16:48])})
		}
		b := chain.Seal(o.Number, previous, o.MadeAt, items, key)
		h.superuser(t, "UPDATE audit.batch SET previous = $2, head = $3, key_id = $4, signature = $5 WHERE number = $1", b.Number, b.Previous[:], b.Head[:], b.KeyID, b.Signature)
		previous = b.Head
	}
}

func TestHeadsThatAreMissingOrDamagedAreNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 2)
	name := "audit/heads/" + h.clock.Now().Format(time.DateOnly) + ".json"
	_, err := h.blobs.Put(t.Context(), name, strings.NewReader("nonsense"), blob.PutOptions{})
	require.NoError(t, err)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.HeadDamaged, "", 0}}, names(found))
	require.NoError(t, h.blobs.Delete(t.Context(), name))
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found, "it may still be on its way")
	h.clock.Advance(time.Hour)
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Equal(t, []named{{chain.HeadMissing, "", 2}}, names(found))
	h.svc = h.service()
	h.seal(t)
	_, found = h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found, "a later look of the sealer makes up for it")
}

func TestTheKeptHeadCanBeCheckedWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 2)
	o, err := h.blobs.Open(t.Context(), "audit/heads/"+h.clock.Now().Format(time.DateOnly)+".json")
	require.NoError(t, err)
	raw, err := io.ReadAll(o)
	require.NoError(t, err)
	require.NoError(t, o.Close())
	var kept struct {
		Number    int64      `json:"number"`
		Head      chain.Hash `json:"head"`
		Key       string     `json:"key"`
		Signature []byte     `json:"signature"`
	}
	require.NoError(t, json.Unmarshal(raw, &kept))
	key, err := chain.ParseKey(kept.Key)
	require.NoError(t, err)
	require.EqualValues(t, 2, kept.Number)
	require.True(t, ed25519.Verify(key, kept.Head[:], kept.Signature))
}

// lameStore fails to keep anything.
type lameStore struct{ blob.Store }

func (lameStore) Put(context.Context, string, io.Reader, blob.PutOptions) (blob.Info, error) {
	return blob.Info{}, errors.New("disk full")
}

func TestSealingGoesOnWhenTheHeadCannotBeKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	whole := h.blobs
	h.blobs = lameStore{whole}
	h.svc = h.service()
	write(t, h.pool, h.ctx, h.clock.Now(), entry("a.b"))
	_, err := h.svc.Seal(t.Context())
	require.ErrorContains(t, err, "disk full")
	require.Zero(t, count(t, h.pool, "SELECT count(*) FROM audit.pending"))
	require.Empty(t, h.svc.Health().Check(t.Context()), "not at once")
	h.clock.Advance(20 * time.Minute)
	require.Equal(t, "audit.head_not_kept", h.svc.Health().Check(t.Context())[0].Warning.Code)
	h.blobs = whole
	h.svc = h.service()
	h.seal(t)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
}

func TestTheHeadIsMailedOnceADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	messages, err := notify.New(notify.Config{Pool: h.pool, Ring: h.ring, Clock: h.clock, Logger: quiet})
	require.NoError(t, err)
	h.svc = audit.New(audit.Config{Pool: h.pool, Ring: h.ring, Blobs: h.blobs, Clock: h.clock, Logger: quiet, Messages: messages, MailTo: "auditor@example.com"})
	h.batches(t, 3)
	require.Equal(t, 1, count(t, h.pool, "SELECT count(*) FROM notify.message WHERE purpose = 'audit.head'"))
	h.clock.Advance(24 * time.Hour)
	h.batches(t, 2)
	list, err := messages.List(t.Context(), notify.Filter{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	content, err := messages.Open(t.Context(), list[0].ID)
	require.NoError(t, err)
	var head []byte
	require.NoError(t, h.pool.QueryRow(t.Context(), "SELECT head FROM audit.batch WHERE number = 4").Scan(&head))
	require.Contains(t, content.Body, "yingda audit verify --head 4="+chain.Hash(head).String())
	require.True(t, bytes.Contains([]byte(content.Subject), []byte("4")))
}

func TestTheSigningKeyIsSealedAndFollowsTheMasterKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 1)
	n, err := h.svc.Rewrap(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, n)
	_, err = secret.AddVersion(t.Context(), secret.DefaultFile(h.keys), clock.System())
	require.NoError(t, err)
	require.NoError(t, h.ring.Reload(t.Context()))
	n, err = h.svc.Rewrap(t.Context(), func(int) {})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, 2, count(t, h.pool, "SELECT key_version FROM audit.key"))
	h.svc = h.service()
	h.batches(t, 1)
	_, found := h.verify(t, audit.VerifyOptions{})
	require.Empty(t, found)
}

func TestAnotherMasterKeyCannotSign(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.batches(t, 1)
	var err error
	h.ring, err = secret.Load(t.Context(), secret.Config{Dir: t.TempDir(), Clock: clock.System(), SealedDataExist: func(context.Context) (bool, error) { return false, nil }})
	require.NoError(t, err)
	_, err = h.service().Seal(t.Context())
	require.ErrorIs(t, err, secret.ErrNotAuthentic)
}
