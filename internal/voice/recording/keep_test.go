package recording_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/outbox/outboxtest"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/recording"
)

func (s *studio) blobs(t testing.TB, store blob.Store) int {
	t.Helper()
	list, err := store.List(t.Context(), "", "", blob.MaxList)
	require.NoError(t, err)
	return len(list)
}

func sweeper(t testing.TB) context.Context {
	return actor.With(t.Context(), actor.System("voice.retention", recording.Erase))
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// TestRecordingsGoWhenTheirTimeHasCome is the rule of retention, floor and hold.
func TestRecordingsGoWhenTheirTimeHasCome(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.rules.values[recording.KeepDays.Key()] = int64(30)
	old := s.record(t, recording.Start{Centre: s.guangdong.ID}, time.Second)
	held := s.record(t, recording.Start{Centre: s.fujian.ID}, time.Second)
	kept, err := s.SetHold(manager(t), held.ID, held.Version, true, "监管调阅")
	require.NoError(t, err)
	require.Equal(t, "1001 林晓岚", kept.Hold.By)
	s.clock.Advance(days(31))
	fresh := s.record(t, recording.Start{}, time.Second)
	require.Equal(t, 3, s.blobs(t, s.main))
	require.NoError(t, s.Sweep(sweeper(t)))

	require.Equal(t, 2, s.blobs(t, s.main))
	gone, err := s.Get(manager(t), old.ID)
	require.NoError(t, err, "what is left says that there was one")
	require.Equal(t, recording.Erased, gone.State)
	require.Equal(t, recording.ByRetention, gone.ErasedWhy)
	require.Equal(t, recording.Nowhere, gone.Place)
	require.Empty(t, gone.Peaks)
	_, err = s.Open(manager(t), old.ID, recording.ForQuality, false)
	require.ErrorIs(t, err, recording.ErrErased)
	for _, id := range []recording.ID{held.ID, fresh.ID} {
		_, left, _ := s.hear(t, s.Service, id)
		require.Equal(t, voice(0, 0, 8000), left)
	}
	require.NoError(t, s.Sweep(sweeper(t)), "again: nothing to do")
	_, err = s.SetHold(manager(t), old.ID, gone.Version, true, "太晚了")
	require.ErrorIs(t, err, recording.ErrErased)

	released, err := s.SetHold(manager(t), held.ID, kept.Version, false, "调阅结束")
	require.NoError(t, err)
	require.False(t, released.Hold.On)
	require.NoError(t, s.Sweep(sweeper(t)))
	gone, err = s.Get(manager(t), held.ID)
	require.NoError(t, err)
	require.Equal(t, recording.Erased, gone.State)
	require.ElementsMatch(t, []string{
		"voice.recording.hold 监管调阅", "voice.recording.expire ", "voice.recording.play quality", "voice.recording.play quality", "voice.recording.release 调阅结束",
		"voice.recording.expire ",
	}, s.audited(t))
}

// TestErasingForgetsTheKey: the bytes that a backup still has open for nobody.
func TestErasingForgetsTheKey(t *testing.T) {
	t.Parallel()
	s := setup(t)
	r := s.record(t, recording.Start{Customer: "+8613812345678"}, time.Second)
	require.Equal(t, "voice.invalid_erasure", code(t, s.Erase(manager(t), r.ID, r.Version, " ")))
	require.ErrorIs(t, s.Erase(manager(t), r.ID, r.Version+1, "客户要求"), recording.ErrChangedMeanwhile)
	held, err := s.SetHold(manager(t), r.ID, r.Version, true, "核查")
	require.NoError(t, err)
	require.ErrorIs(t, s.Erase(manager(t), r.ID, held.Version, "客户要求"), recording.ErrOnHold)
	free, err := s.SetHold(manager(t), r.ID, held.Version, false, "核查完毕")
	require.NoError(t, err)
	require.NoError(t, s.Erase(manager(t), r.ID, free.Version, "客户要求"))
	require.ErrorIs(t, s.Erase(manager(t), r.ID, free.Version+1, "客户要求"), recording.ErrErased)
	var key, number []byte
	require.NoError(t, s.pool.QueryRow(t.Context(), `SELECT wrapped_key, customer_sealed FROM voice.recording WHERE id = $1`, r.ID.UUID()).Scan(&key, &number))
	require.Nil(t, key)
	require.Nil(t, number)
	require.Equal(t, 1, s.blobs(t, s.main), "until the sweep")
	require.NoError(t, s.Sweep(sweeper(t)))
	require.Zero(t, s.blobs(t, s.main))
	found, err := s.OfCustomer(manager(t), "+8613812345678")
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestOldRecordingsMoveToTheArchiveAndPlayFromThere(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.rules.values[recording.ArchiveDays.Key()] = int64(7)
	r := s.record(t, recording.Start{Centre: s.guangdong.ID}, 2*time.Second)
	require.NoError(t, s.Sweep(sweeper(t)))
	require.Equal(t, []int{1, 0}, []int{s.blobs(t, s.main), s.blobs(t, s.archive)}, "not yet")
	s.clock.Advance(days(8))
	require.NoError(t, s.Sweep(sweeper(t)))
	require.Equal(t, []int{0, 1}, []int{s.blobs(t, s.main), s.blobs(t, s.archive)})
	_, left, _ := s.hear(t, s.Service, r.ID)
	require.Equal(t, voice(0, 0, 16000), left)

	cfg := s.config
	cfg.Archive, cfg.Spool = nil, t.TempDir()
	blind := s.start(t, cfg)
	_, err := blind.Open(manager(t), r.ID, recording.ForQuality, false)
	require.Equal(t, "voice.recording_archive_missing", code(t, err))
	s.clock.Advance(days(200))
	require.NoError(t, blind.Sweep(sweeper(t)))
	require.Equal(t, 1, s.blobs(t, s.archive), "left to a process that knows the archive")
	require.NoError(t, s.Sweep(sweeper(t)))
	require.Zero(t, s.blobs(t, s.archive))
}

// failing is a store that is away.
type failing struct {
	blob.Store
	away bool
}

var errAway = errors.New("the store is away")

func (f *failing) Put(ctx context.Context, key string, r io.Reader, o blob.PutOptions) (blob.Info, error) {
	if f.away {
		return blob.Info{}, errAway
	}
	return f.Store.Put(ctx, key, r, o)
}

func TestAMoveThatIsCutOffGoesOn(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.rules.values[recording.ArchiveDays.Key()] = int64(7)
	r := s.record(t, recording.Start{}, time.Second)
	s.clock.Advance(days(8))
	cfg := s.config
	away := &failing{Store: s.archive, away: true}
	cfg.Archive, cfg.Spool = away, t.TempDir()
	other := s.start(t, cfg)
	require.ErrorIs(t, other.Sweep(sweeper(t)), errAway)
	_, left, _ := s.hear(t, s.Service, r.ID)
	require.Len(t, left, 8000)
	away.away = false
	_, err := s.pool.Exec(t.Context(), `UPDATE voice.recording SET place = 'moved'`) // a process that died after the copy was noted
	require.NoError(t, err)
	object, err := s.main.Open(t.Context(), "recording/"+r.Began.Format("2006/01/02")+"/"+r.ID.String())
	require.NoError(t, err)
	_, err = s.archive.Put(t.Context(), object.Info().Key, object, blob.PutOptions{})
	require.NoError(t, err)
	require.NoError(t, object.Close())
	require.NoError(t, other.Sweep(sweeper(t)))
	require.Equal(t, []int{0, 1}, []int{s.blobs(t, s.main), s.blobs(t, s.archive)})
	_, left, _ = s.hear(t, s.Service, r.ID)
	require.Len(t, left, 8000)
}

// TestWhatCannotBeStoredWaits: the store away costs nothing but time, and health says so.
func TestWhatCannotBeStoredWaits(t *testing.T) {
	t.Parallel()
	s := setup(t)
	away := &failing{Store: s.main, away: true}
	cfg := s.config
	cfg.Blobs, cfg.Spool = away, t.TempDir()
	other := s.start(t, cfg)
	began := s.clock.Now()
	r, err := other.Begin(t.Context(), recording.Start{Call: uuid.New()})
	require.NoError(t, err)
	talk(r, began, 0, time.Second)
	s.clock.Advance(time.Second)
	_, err = r.Finish(t.Context())
	require.NoError(t, err, "the call's end does not wait for the store")
	require.Eventually(t, func() bool { _, failed := other.Backlog(); return failed == 1 }, 10*time.Second, time.Millisecond)
	found := other.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "voice.recording_not_stored", found[0].Warning.Code)
	require.FileExists(t, filepath.Join(cfg.Spool, r.ID().String()+".journal"))
	away.away = false
	require.Eventually(t, func() bool {
		s.clock.Advance(time.Minute)
		waiting, _ := other.Backlog()
		return waiting == 0
	}, 10*time.Second, time.Millisecond)
	_, left, _ := s.hear(t, other, r.ID())
	require.Equal(t, voice(0, 0, 8000), left)
}

// TestStoringTwiceGivesOneRecording: a process that died between storing and removing its journal.
func TestStoringTwiceGivesOneRecording(t *testing.T) {
	t.Parallel()
	s := setup(t)
	journal := journalOf(t, s, 2)
	path := filepath.Join(t.TempDir(), uuid.NewString()+".journal")
	require.NoError(t, os.WriteFile(path, journal, 0o600))
	_, err := s.pool.Exec(t.Context(), `DELETE FROM voice.recording`)
	require.NoError(t, err)
	require.NoError(t, s.Shelve(t.Context(), path))
	require.NoError(t, s.Shelve(t.Context(), path))
	list, err := s.List(manager(t), recording.Filter{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, s.guangdong.ID, list[0].Centre)
	_, left, _ := s.hear(t, s.Service, list[0].ID)
	require.Equal(t, voice(0, 0, 16000), left)
}

func TestARecordingOfACentreThatIsGoneBelongsToTheNation(t *testing.T) {
	t.Parallel()
	s := setup(t)
	start := recording.Start{Centre: s.guangdong.ID}
	require.NoError(t, start.Centre.UnmarshalText([]byte(uuid.NewString())))
	r := s.record(t, start, time.Second)
	require.True(t, r.Centre.IsZero())
}

func TestPeopleSeeTheRecordingsOfTheirCentres(t *testing.T) {
	t.Parallel()
	s := setup(t)
	mine := s.record(t, recording.Start{Centre: s.guangdong.ID, StaffNumber: "8001", Customer: "+8613812345678"}, time.Second)
	s.clock.Advance(time.Minute)
	theirs := s.record(t, recording.Start{Centre: s.fujian.ID, Customer: "+8613812345678"}, 3*time.Second)
	nations := s.record(t, recording.Start{}, time.Second)
	ids := func(list []recording.Recording, err error) []recording.ID {
		require.NoError(t, err)
		found := []recording.ID{}
		for _, r := range list {
			found = append(found, r.ID)
		}
		return found
	}
	here := at(t, s.guangdong)
	require.Equal(t, []recording.ID{mine.ID}, ids(s.List(here, recording.Filter{})))
	require.Equal(t, []recording.ID{mine.ID}, ids(s.OfCustomer(here, "+8613812345678")))
	for _, other := range []recording.ID{theirs.ID, nations.ID} {
		_, err := s.Get(here, other)
		require.ErrorIs(t, err, recording.ErrNoRecording)
		_, err = s.Open(here, other, recording.ForQuality, false)
		require.ErrorIs(t, err, recording.ErrNoRecording)
		_, err = s.SetHold(here, other, 1, true, "不归我管")
		require.ErrorIs(t, err, recording.ErrNoRecording)
		require.ErrorIs(t, s.Erase(here, other, 1, "不归我管"), recording.ErrNoRecording)
	}
	all := manager(t)
	require.Len(t, ids(s.List(all, recording.Filter{})), 3)
	require.Equal(t, []recording.ID{mine.ID}, ids(s.List(all, recording.Filter{StaffNumber: "8001"})))
	require.Equal(t, []recording.ID{theirs.ID}, ids(s.List(all, recording.Filter{AtLeast: 2 * time.Second})))
	require.Equal(t, []recording.ID{mine.ID}, ids(s.List(all, recording.Filter{Call: mine.Call})))
	require.Equal(t, []recording.ID{theirs.ID}, ids(s.List(all, recording.Filter{Centre: s.fujian.ID})))
	require.Equal(t, []recording.ID{mine.ID}, ids(s.List(all, recording.Filter{Until: theirs.Began})))
	require.NotContains(t, ids(s.List(all, recording.Filter{From: mine.Began.Add(time.Second)})), mine.ID)
	require.Equal(t, []recording.ID{theirs.ID, mine.ID}, ids(s.OfCustomer(all, "+8613812345678")))
	require.Empty(t, ids(s.OfCustomer(all, "+8613812345679")))
	_, err := s.OfCustomer(all, "")
	require.Equal(t, "voice.invalid_recording_search", code(t, err))
}

func TestNobodyHearsWithoutPermissionAndPurpose(t *testing.T) {
	t.Parallel()
	s := setup(t)
	r := s.record(t, recording.Start{}, time.Second)
	only := func(p actor.Permission) context.Context {
		return actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New()}, map[actor.Permission]actor.Scope{p: actor.National()}))
	}
	_, err := s.Open(only(recording.Read), r.ID, recording.ForQuality, false)
	require.Equal(t, "actor.denied", code(t, err))
	_, err = s.Open(only(recording.Play), r.ID, recording.ForQuality, true)
	require.Equal(t, "actor.denied", code(t, err))
	_, err = s.Open(only(recording.Play), r.ID, "curiosity", false)
	require.Equal(t, "voice.invalid_purpose", code(t, err))
	_, err = s.Open(t.Context(), r.ID, recording.ForQuality, false)
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
	require.Empty(t, s.audited(t))
}

// TestEachHearingIsInTheAuditOnce: the parts that one player asks for are one hearing; another person, purpose or day is
// another.
func TestEachHearingIsInTheAuditOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	r := s.record(t, recording.Start{}, time.Second)
	first, second := manager(t), manager(t)
	hear := func(ctx context.Context, purpose recording.Purpose, download bool) {
		a, err := s.Open(ctx, r.ID, purpose, download)
		require.NoError(t, err)
		require.NoError(t, a.Close())
	}
	for range 5 {
		hear(first, recording.ForQuality, false)
		s.clock.Advance(5 * time.Minute)
	}
	hear(second, recording.ForQuality, false)
	hear(first, recording.ForLegal, false)
	hear(first, recording.ForQuality, true)
	s.clock.Advance(time.Hour)
	hear(first, recording.ForQuality, false)
	require.ElementsMatch(t, []string{
		"voice.recording.play quality", "voice.recording.play quality", "voice.recording.play legal", "voice.recording.download quality",
		"voice.recording.play quality",
	}, s.audited(t))
}

// TestRotationSealsRecordingsAgain: after the master key has a new version everything plays and is found, under it.
func TestRotationSealsRecordingsAgain(t *testing.T) {
	t.Parallel()
	s := setup(t)
	dir := t.TempDir()
	cfg := s.config
	cfg.Ring, cfg.Spool = loadRing(t, dir), t.TempDir()
	other := s.start(t, cfg)
	began := s.clock.Now()
	r, err := other.Begin(t.Context(), recording.Start{Call: uuid.New(), Customer: "+8613812345678"})
	require.NoError(t, err)
	talk(r, began, 0, time.Second)
	s.clock.Advance(time.Second)
	_, err = r.Finish(t.Context())
	require.NoError(t, err)
	require.NoError(t, other.Settle(t.Context()))
	active, err := secret.AddVersion(t.Context(), secret.DefaultFile(dir), s.clock)
	require.NoError(t, err)
	require.NoError(t, cfg.Ring.Reload(t.Context()))
	n, err := other.Rewrap(t.Context(), func(int) {})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	var version int64
	require.NoError(t, s.pool.QueryRow(t.Context(), `SELECT key_version FROM voice.recording WHERE id = $1`, r.ID().UUID()).Scan(&version))
	require.Equal(t, int64(active), version)
	_, left, _ := s.hear(t, other, r.ID())
	require.True(t, bytes.Equal(voice(0, 0, 8000), left))
	found, err := other.OfCustomer(manager(t), "+8613812345678")
	require.NoError(t, err)
	require.Len(t, found, 1)
}

func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	outboxtest.Golden(t, recording.Topics()...)
}

func TestAudioThatIsThereIsKeptLikeAnyOther(t *testing.T) {
	t.Parallel()
	s := setup(t)
	start := recording.Start{Call: uuid.New(), Began: s.clock.Now().Add(-time.Hour), StaffNumber: "8001", Labels: map[string]string{"source": "旧系统"}}
	id, err := s.Keep(t.Context(), start, voice(0, 0, 20100), voice(1, 0, 8000))
	require.NoError(t, err)
	r, err := s.Get(manager(t), id)
	require.NoError(t, err)
	require.Equal(t, 2512*time.Millisecond, r.Duration)
	require.False(t, r.Cut)
	require.Equal(t, map[string]string{"source": "旧系统"}, r.Labels)
	_, left, right := s.hear(t, s.Service, id)
	require.Equal(t, voice(0, 0, 20100), left)
	require.Equal(t, voice(1, 0, 8000), right[:8000])
	_, err = s.Keep(t.Context(), recording.Start{}, nil, nil)
	require.Equal(t, "voice.invalid_recording", code(t, err))
}
