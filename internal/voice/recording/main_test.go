package recording_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
	"yingda/internal/setting"
	"yingda/internal/voice/recording"
	"yingda/internal/voice/sdp"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		victim(dir)
		return
	}
	lifecycletest.Main(m)
}

// studio is a service that records, over a nation with one province, on a fresh database and a fake clock.
type studio struct {
	*recording.Service
	config            recording.Config
	pool              *pgxpool.Pool
	clock             *clocktest.Fake
	ring              *secret.Ring
	main, archive     *blob.Files
	rules             *rules
	nation, guangdong organization.Centre
	fujian            organization.Centre
}

// rules are settings by key; what is not set has its default.
type rules struct{ values map[string]setting.Value }

func (r *rules) Lookup(key string, _ uuid.UUID) (setting.Value, bool) {
	v, ok := r.values[key]
	return v, ok
}

func files(t testing.TB) *blob.Files {
	t.Helper()
	f, err := blob.NewFiles(blob.FilesConfig{Dir: t.TempDir()})
	require.NoError(t, err)
	return f
}

func loadRing(t testing.TB, dir string) *secret.Ring {
	t.Helper()
	ring, err := secret.Load(t.Context(), secret.Config{Dir: dir, Clock: clocktest.New(), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	return ring
}

func setup(t testing.TB) *studio {
	t.Helper()
	s := &studio{pool: postgrestest.New(t), clock: clocktest.New(), main: files(t), archive: files(t), rules: &rules{map[string]setting.Value{}}}
	s.ring = loadRing(t, t.TempDir())
	units := organization.New(organization.Config{Pool: s.pool, Clock: s.clock})
	ctx := actor.With(t.Context(), as(actor.National(), organization.Permissions()...))
	centre := func(parent organization.Centre, level organization.Level, code, name, province string) organization.Centre {
		made, err := units.CreateCentre(ctx, nil, organization.NewCentre{Parent: parent.ID, Level: level, Code: code, Name: name, Province: province})
		require.NoError(t, err)
		return made
	}
	s.nation = centre(organization.Centre{}, actor.Nation, "CN", "全国客服中心", "")
	s.guangdong = centre(s.nation, actor.Province, "GD", "广东客服中心", "440000")
	s.fujian = centre(s.nation, actor.Province, "FJ", "福建客服中心", "350000")
	s.config = recording.Config{
		Pool: s.pool, Ring: s.ring, Blobs: s.main, Archive: s.archive, Settings: s.rules, Spool: t.TempDir(), Node: "voice-1", Clock: s.clock,
	}
	s.Service = s.start(t, s.config)
	return s
}

// start makes a service that records until the test ends.
func (s *studio) start(t testing.TB, cfg recording.Config) *recording.Service {
	t.Helper()
	made := recording.NewService(cfg)
	require.NoError(t, made.Recording().Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, made.Recording().Stop(context.WithoutCancel(t.Context()))) })
	return made
}

func as(scope actor.Scope, list ...actor.Definition) *actor.Actor {
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range list {
		grants[d.Permission] = scope
	}
	return actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Session: uuid.New(), Staff: uuid.New(), Number: "1001", Name: "林晓岚"}, grants)
}

// manager may do everything with recordings everywhere.
func manager(t testing.TB) context.Context {
	return actor.With(t.Context(), as(actor.National(), recording.Permissions()...))
}

// at may do everything with recordings of one centre.
func at(t testing.TB, c organization.Centre) context.Context {
	return actor.With(t.Context(), as(actor.Places([]uuid.UUID{c.ID.UUID()}, nil, nil), recording.Permissions()...))
}

// voice gives audio that names its place and is never silence.
func voice(side int, at int64, n int) []byte {
	audio := make([]byte, n)
	for i := range audio {
		x := (uint64(at) + uint64(i) + uint64(side)<<40 + 1) * 0x9E3779B97F4A7C15 // SplitMix64
		x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
		x = (x ^ x>>27) * 0x94D049BB133111EB
		audio[i] = byte(x>>33)%0x50 + 1
	}
	return audio
}

const (
	samples = 160 // of a packet
	tick    = 20 * time.Millisecond
)

// rhythm is a source that speaks in real time, a packet every 20 ms, for tests of what the real clock, the disk and real
// sockets do together. Each packet is due so long after the first, as a phone's are: one that is late moves none of those
// behind it, where a ticker would drop one and a pause between packets would add up.
type rhythm struct {
	began time.Time
	count int64
}

// next waits until the next packet is due and gives its place, in packets.
func (r *rhythm) next() int64 {
	place := r.count
	r.count++
	_ = clock.Sleep(context.Background(), clock.System(), time.Until(r.began.Add(time.Duration(place)*tick)))
	return place
}

// talk feeds packets of both sides, as if they came between two moments of the call.
func talk(r *recording.Recorder, began time.Time, from, to time.Duration) {
	for d := from; d < to; d += tick {
		place := int64(d / time.Millisecond * 8)
		r.Audio(true, 7, uint32(place)+99, began.Add(d), sdp.PCMA, voice(0, place, samples))
		r.Audio(false, 8, uint32(place)-5, began.Add(d), sdp.PCMA, voice(1, place, samples))
	}
}

// record makes a stored recording of so many seconds.
func (s *studio) record(t testing.TB, start recording.Start, length time.Duration) recording.Recording {
	t.Helper()
	if start.Call == uuid.Nil {
		start.Call = uuid.New()
	}
	start.Began = s.clock.Now().Add(-length)
	r, err := s.Begin(t.Context(), start)
	require.NoError(t, err)
	for d := time.Duration(0); d < length; d += 5 * time.Second { // what fits into memory without a disk
		talk(r, start.Began, d, min(length, d+5*time.Second))
		if length > 5*time.Second {
			s.flush(t)
		}
	}
	_, err = r.Finish(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Settle(t.Context()))
	got, err := s.Get(manager(t), r.ID())
	require.NoError(t, err)
	return got
}

// hear reads the whole file and gives both channels.
func (s *studio) hear(t testing.TB, service *recording.Service, id recording.ID) (header, left, right []byte) {
	t.Helper()
	a, err := service.Open(manager(t), id, recording.ForQuality, false)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	all, err := io.ReadAll(a)
	require.NoError(t, err)
	left, right = split(all[58:])
	return all[:58], left, right
}

func split(frames []byte) (left, right []byte) {
	for i := 0; i+1 < len(frames); i += 2 {
		left, right = append(left, frames[i]), append(right, frames[i+1])
	}
	return left, right
}

// audited gives the actions in the audit of recordings.
func (s *studio) audited(t testing.TB) []string {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), `SELECT action || ' ' || reason FROM audit.entry WHERE action LIKE 'voice.recording.%' ORDER BY id`)
	require.NoError(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var a string
		require.NoError(t, rows.Scan(&a))
		all = append(all, a)
	}
	require.NoError(t, rows.Err())
	return all
}

func code(t testing.TB, err error) string {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	return f.Code
}
