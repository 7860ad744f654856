package recording_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sdp"
)

func (s *studio) flush(testing.TB) { s.Flush() }

func TestACallIsRecordedOnBothChannels(t *testing.T) {
	t.Parallel()
	s := setup(t)
	call := uuid.New()
	r := s.record(t, recording.Start{
		Call: call, Centre: s.guangdong.ID, Direction: recording.Inbound, Customer: "+8613812345678", Line: "96800", StaffNumber: "8001",
		Labels: map[string]string{"trunk": "SZ-1"},
	}, 12*time.Second)
	require.Equal(t, 12*time.Second, r.Duration)
	require.Equal(t, call, r.Call)
	require.Equal(t, s.guangdong.ID, r.Centre)
	require.Equal(t, "+86138****5678", r.Customer)
	require.Equal(t, map[string]string{"trunk": "SZ-1"}, r.Labels)
	require.Equal(t, recording.Kept, r.State)
	require.False(t, r.Cut)
	require.Zero(t, r.Dropped)
	require.Zero(t, r.Misplaced)

	header, left, right := s.hear(t, s.Service, r.ID)
	require.Equal(t, "RIFF", string(header[:4]))
	require.Equal(t, voice(0, 0, 96000), left)
	require.Equal(t, voice(1, 0, 96000), right)
	frames := make([]byte, 0, 192000)
	for i := range left {
		frames = append(frames, left[i], right[i])
	}
	require.Equal(t, sha256.Sum256(frames), r.SHA256)
	require.Equal(t, int64(192000), r.Size)
	require.Len(t, r.Peaks, 2*120, "a pair for each tenth of a second")
	entries, err := os.ReadDir(s.config.Spool)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing but the lock is left in the spool")
}

func TestMuLawAndOtherCodecs(t *testing.T) {
	t.Parallel()
	s := setup(t)
	began := s.clock.Now()
	r, err := s.Begin(t.Context(), recording.Start{Call: uuid.New()})
	require.NoError(t, err)
	mu := bytes.Repeat([]byte{0x80}, samples) // the loudest
	for i := range 50 {
		r.Audio(true, 1, uint32(i*samples), began.Add(time.Duration(i)*tick), sdp.PCMU, mu)
		r.Audio(false, 2, uint32(i*samples), began.Add(time.Duration(i)*tick), sdp.Codec(101), mu)
	}
	s.clock.Advance(time.Second)
	_, err = r.Finish(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Settle(t.Context()))
	_, left, right := s.hear(t, s.Service, r.ID())
	g711.MuToA(mu)
	require.Equal(t, bytes.Repeat(mu[:1], 8000), left)
	require.Equal(t, bytes.Repeat([]byte{0xD5}, 8000), right, "what is no audio is not recorded")
}

// TestAPauseReachesNeitherMemoryNorDisk: what is said in a pause is nowhere, and the pause is marked.
func TestAPauseReachesNeitherMemoryNorDisk(t *testing.T) {
	t.Parallel()
	s := setup(t)
	began := s.clock.Now()
	r, err := s.Begin(t.Context(), recording.Start{Call: uuid.New()})
	require.NoError(t, err)
	talk(r, began, 0, 2*time.Second)
	s.clock.Advance(2 * time.Second)
	r.Pause()
	r.Pause()
	talk(r, began, 2*time.Second, 3*time.Second)
	s.clock.Advance(time.Second)
	r.Resume()
	talk(r, began, 3*time.Second, 4*time.Second)
	s.clock.Advance(time.Second)
	r.Pause()
	s.clock.Advance(time.Second)
	info, err := r.Finish(t.Context())
	require.NoError(t, err)
	want := []recording.Pause{{From: 2 * time.Second, To: 3 * time.Second}, {From: 4 * time.Second, To: 5 * time.Second}}
	require.Equal(t, want, info.Pauses)
	require.Equal(t, 5*time.Second, info.Duration)
	require.NoError(t, s.Settle(t.Context()))
	got, err := s.Get(manager(t), r.ID())
	require.NoError(t, err)
	require.Equal(t, want, got.Pauses)
	_, left, right := s.hear(t, s.Service, r.ID())
	quiet := bytes.Repeat([]byte{0xD5}, 8000)
	require.Equal(t, voice(0, 0, 16000), left[:16000])
	require.Equal(t, quiet, left[16000:24000])
	require.Equal(t, quiet, right[16000:24000])
	require.Equal(t, voice(0, 24000, 8000), left[24000:32000])
	require.Equal(t, quiet, left[32000:])
}

// TestADiskThatStandsStillCostsPacketsNotTheCall: memory is bounded, what does not fit is counted and shown.
func TestADiskThatStandsStillCostsPacketsNotTheCall(t *testing.T) {
	t.Parallel()
	s := setup(t)
	began := s.clock.Now()
	r, err := s.Begin(t.Context(), recording.Start{Call: uuid.New()})
	require.NoError(t, err)
	talk(r, began, 0, 60*time.Second) // nobody writes: the clock stands still
	s.clock.Advance(time.Minute)
	info, err := r.Finish(t.Context())
	require.NoError(t, err)
	require.Greater(t, info.Dropped, int64(4000))
	require.Less(t, info.Dropped, int64(5100), "ten seconds were kept")
	require.NoError(t, s.Settle(t.Context()))
	got, err := s.Get(manager(t), r.ID())
	require.NoError(t, err)
	require.Equal(t, info.Dropped, got.Dropped)
	require.Equal(t, time.Minute, got.Duration)
	_, left, _ := s.hear(t, s.Service, r.ID())
	require.Len(t, left, 480000)
	require.Equal(t, voice(0, 0, 80000), left[:80000])
}

func TestWhatIsWrongWithAStartIsSaid(t *testing.T) {
	t.Parallel()
	s := setup(t)
	_, err := s.Begin(t.Context(), recording.Start{Direction: "sideways"})
	require.Equal(t, "voice.invalid_recording", code(t, err))
	idle := recording.NewService(s.config)
	_, err = idle.Begin(t.Context(), recording.Start{Call: uuid.New()})
	require.ErrorIs(t, err, recording.ErrNotRunning)
}

func TestTwoProcessesDoNotShareASpool(t *testing.T) {
	t.Parallel()
	s := setup(t)
	second := recording.NewService(s.config)
	require.ErrorIs(t, second.Recording().Start(t.Context()), recording.ErrSpoolTaken)
	require.NoError(t, second.Recording().Stop(t.Context()))
}

func TestARecordingWithoutAudioIsStoredEmpty(t *testing.T) {
	t.Parallel()
	s := setup(t)
	r := s.record(t, recording.Start{}, 0)
	require.Zero(t, r.Duration)
	_, left, _ := s.hear(t, s.Service, r.ID)
	require.Empty(t, left)
}

// TestStopEndsWhatStillRuns: a node that is stopped loses nothing; the next start stores it.
func TestStopEndsWhatStillRuns(t *testing.T) {
	t.Parallel()
	s := setup(t)
	cfg := s.config
	cfg.Spool = t.TempDir()
	first := recording.NewService(cfg)
	require.NoError(t, first.Recording().Start(t.Context()))
	began := s.clock.Now()
	r, err := first.Begin(t.Context(), recording.Start{Call: uuid.New()})
	require.NoError(t, err)
	talk(r, began, 0, time.Second)
	s.clock.Advance(time.Second)
	require.NoError(t, first.Recording().Stop(t.Context()))
	r.Audio(true, 1, 1, s.clock.Now(), sdp.PCMA, voice(0, 0, samples)) // a late packet harms nobody
	again := s.start(t, cfg)
	require.NoError(t, again.Settle(t.Context()))
	_, left, _ := s.hear(t, again, r.ID())
	require.Equal(t, voice(0, 0, 8000), left)
}

func TestRecordingStartsAndStopsInAnyOrder(t *testing.T) {
	t.Parallel()
	s := setup(t)
	lifecycletest.Stress(t, func() lifecycle.Service {
		cfg := s.config
		cfg.Spool = t.TempDir()
		return recording.NewService(cfg).Recording()
	})
}

// TestAJournalThatWasDamagedGivesWhatIsWhole: torn ends, flipped bytes and foreign files never stop the shelf.
func TestAJournalThatWasDamagedGivesWhatIsWhole(t *testing.T) {
	t.Parallel()
	s := setup(t)
	whole := journalOf(t, s, 6)
	damage := map[string]struct {
		change func([]byte) []byte
		want   time.Duration
		stored bool
	}{
		"cut in the last value": {func(b []byte) []byte { return b[:len(b)-100] }, 6 * time.Second, true},
		"a byte in the middle":  {func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, 3 * time.Second, true},
		"only the head":         {func(b []byte) []byte { return b[:700] }, 0, true},
		"nothing":               {func([]byte) []byte { return nil }, 0, false},
		"not a journal":         {func([]byte) []byte { return bytes.Repeat([]byte("x"), 500) }, 0, false},
	}
	for name, d := range damage {
		cfg := s.config
		cfg.Spool = t.TempDir()
		id := uuid.New()
		changed := d.change(bytes.Clone(whole))
		path := filepath.Join(cfg.Spool, id.String()+".journal")
		require.NoError(t, os.WriteFile(path, changed, 0o600))
		_, err := s.pool.Exec(t.Context(), `DELETE FROM voice.recording`)
		require.NoError(t, err)
		require.NoError(t, s.start(t, cfg).Settle(t.Context()), name)
		require.NoFileExists(t, path, name)
		list, err := s.List(manager(t), recording.Filter{})
		require.NoError(t, err)
		if !d.stored {
			require.Empty(t, list, name)
			continue
		}
		require.Len(t, list, 1, name)
		require.True(t, list[0].Cut, name)
		require.InDelta(t, d.want.Seconds(), list[0].Duration.Seconds(), 1, name)
	}
}

// journalOf gives the file that a process leaves that dies after so many seconds of a call.
func journalOf(t testing.TB, s *studio, seconds int) []byte {
	t.Helper()
	cfg := s.config
	cfg.Spool = t.TempDir()
	dying := recording.NewService(cfg)
	require.NoError(t, dying.Recording().Start(t.Context()))
	began := s.clock.Now()
	r, err := dying.Begin(t.Context(), recording.Start{Call: uuid.New(), Centre: s.guangdong.ID})
	require.NoError(t, err)
	for i := range seconds {
		talk(r, began, time.Duration(i)*time.Second, time.Duration(i+1)*time.Second)
		dying.Flush()
	}
	left, err := os.ReadFile(filepath.Join(cfg.Spool, r.ID().String()+".journal"))
	require.NoError(t, err)
	require.NoError(t, dying.Recording().Stop(context.WithoutCancel(t.Context())))
	return left
}

func TestAJournalUnderAnotherKeyIsSetAside(t *testing.T) {
	t.Parallel()
	s := setup(t)
	foreign := journalOf(t, s, 2)
	cfg := s.config
	cfg.Spool, cfg.Ring = t.TempDir(), loadRing(t, t.TempDir())
	path := filepath.Join(cfg.Spool, uuid.NewString()+".journal")
	require.NoError(t, os.WriteFile(path, foreign, 0o600))
	other := s.start(t, cfg)
	require.NoError(t, other.Settle(t.Context()))
	require.FileExists(t, path+".unreadable")
	found := other.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "voice.recording_unreadable", found[0].Warning.Code)
}

func TestJournalsAreSealedAndPrivate(t *testing.T) {
	t.Parallel()
	s := setup(t)
	began := s.clock.Now()
	r, err := s.Begin(t.Context(), recording.Start{Call: uuid.New(), Customer: "+8613812345678", StaffNumber: "8001"})
	require.NoError(t, err)
	talk(r, began, 0, time.Second)
	s.flush(t)
	path := filepath.Join(s.config.Spool, r.ID().String()+".journal")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "13812345678")
	require.False(t, bytes.Contains(raw, voice(0, 800, 32)))
	_, err = r.Finish(t.Context())
	require.NoError(t, err)
}

// TestASpoolThatCannotBeWrittenIsSaid: the call goes on, its packets are counted as lost, and health says so.
func TestASpoolThatCannotBeWrittenIsSaid(t *testing.T) {
	t.Parallel()
	s := setup(t)
	cfg := s.config
	cfg.Spool = filepath.Join(t.TempDir(), "spool")
	other := s.start(t, cfg)
	require.NoError(t, os.RemoveAll(cfg.Spool))
	began := s.clock.Now()
	r, err := other.Begin(t.Context(), recording.Start{Call: uuid.New()})
	require.NoError(t, err)
	talk(r, began, 0, time.Second)
	s.clock.Advance(time.Second)
	info, err := r.Finish(t.Context())
	require.Error(t, err)
	require.Equal(t, int64(100), info.Dropped)
	require.NoError(t, other.Settle(t.Context()))
	found := other.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "voice.recording_not_written", found[0].Warning.Code)
	s.clock.Advance(time.Hour)
	require.Empty(t, other.Health().Check(t.Context()))
}
