package voice_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
	"yingda/internal/voice"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

// office is a service over a nation and two provinces, on a fresh database and a fake clock.
type office struct {
	*voice.Service
	organization *organization.Service
	pool         *pgxpool.Pool
	clock        *clocktest.Fake
	ring         *secret.Ring
	blobs        blob.Store
	config       voice.Config

	nation, guangdong, fujian organization.Centre
}

func setup(t testing.TB) *office {
	t.Helper()
	o := &office{pool: postgrestest.New(t), clock: clocktest.New()}
	o.organization = organization.New(organization.Config{Pool: o.pool, Clock: o.clock})
	files, err := blob.NewFiles(blob.FilesConfig{Dir: t.TempDir()})
	require.NoError(t, err)
	o.blobs = files
	o.ring, err = secret.Load(t.Context(), secret.Config{Dir: t.TempDir(), Clock: o.clock, Logger: quiet})
	require.NoError(t, err)
	o.config = voice.Config{Pool: o.pool, Organization: o.organization, Blobs: o.blobs, Ring: o.ring, Clock: o.clock, Logger: quiet, Node: "n1",
		Queues: func() []voice.QueueTarget { return []voice.QueueTarget{{Code: "1000", Name: "普通咨询"}} },
		Flows: func() []voice.FlowTarget {
			return []voice.FlowTarget{{Name: "greeting", NeedsQueue: true}, {Name: "night", Queues: []string{"1000"}}}
		},
	}
	o.Service = voice.New(o.config)
	ctx := actor.With(t.Context(), as(actor.National()))
	centre := func(parent organization.Centre, level organization.Level, code, name, province string) organization.Centre {
		made, err := o.organization.CreateCentre(ctx, nil, organization.NewCentre{Parent: parent.ID, Level: level, Code: code, Name: name, Province: province})
		require.NoError(t, err)
		return made
	}
	o.nation = centre(organization.Centre{}, actor.Nation, "CN", "全国客服中心", "")
	o.guangdong = centre(o.nation, actor.Province, "GD", "广东客服中心", "440000")
	o.fujian = centre(o.nation, actor.Province, "FJ", "福建客服中心", "350000")
	require.NoError(t, o.Refresh(t.Context()))
	return o
}

// as is a person who may do everything of calls and of the organisation in the scope.
func as(scope actor.Scope) *actor.Actor {
	grants := map[actor.Permission]actor.Scope{}
	for _, d := range append(voice.Permissions(), organization.Permissions()...) {
		grants[d.Permission] = scope
	}
	return actor.New(actor.Actor{Kind: actor.Person, Account: uuid.New(), Staff: uuid.New(), Number: "1001", Name: "林晓岚"}, grants)
}

func everywhere(t testing.TB) context.Context { return actor.With(t.Context(), as(actor.National())) }

// at is a context in which somebody holds everything at a centre.
func (o *office) at(t testing.TB, centre organization.Centre) context.Context {
	t.Helper()
	tree, err := o.organization.Tree(t.Context())
	require.NoError(t, err)
	return actor.With(t.Context(), as(tree.Scope(centre.ID)))
}

func (o *office) group(t testing.TB, code string, centre organization.Centre) voice.Group {
	t.Helper()
	g, err := o.CreateGroup(everywhere(t), nil, voice.GroupSpec{Code: code, Name: "局向 " + code, Centre: centre.ID})
	require.NoError(t, err)
	return g
}

// line is a trunk as most are.
func line(group voice.Group, name string, hosts ...string) voice.TrunkSpec {
	return voice.TrunkSpec{
		Group: group.ID, Name: name, Hosts: hosts, Transport: voice.UDP, Priority: 10, Weight: 10, Codecs: []string{"PCMA"}, CallerFrom: voice.FromPAI,
	}
}

func (o *office) trunk(t testing.TB, e voice.TrunkSpec) voice.Trunk {
	t.Helper()
	made, err := o.CreateTrunk(everywhere(t), nil, e)
	require.NoError(t, err)
	return made
}

func (o *office) phone(t testing.TB, number string, centre organization.Centre) (voice.Phone, secret.String) {
	t.Helper()
	p, password, err := o.CreatePhone(everywhere(t), nil, voice.PhoneSpec{Number: number, DisplayName: "话机 " + number, Centre: centre.ID})
	require.NoError(t, err)
	return p, password
}

func (o *office) prompt(t testing.TB, name string) voice.Prompt {
	t.Helper()
	p, err := o.CreatePrompt(everywhere(t), voice.PromptSpec{Name: name, Centre: o.nation.ID}, wav(8000, 1, 4000))
	require.NoError(t, err)
	return p
}

func (o *office) number(t testing.TB, e voice.NumberSpec) voice.NumberAction {
	t.Helper()
	n, err := o.CreateNumber(everywhere(t), nil, e)
	require.NoError(t, err)
	return n
}

// wav is a file of so many frames of silence.
func wav(rate, channels, frames int) []byte {
	size := frames * channels * 2
	b := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(36+size))...)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(2*channels*rate))
	b = binary.LittleEndian.AppendUint16(b, uint16(2*channels))
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	return append(b, make([]byte, size)...)
}

// fields gives location and code of what a fault names.
func fields(t testing.TB, err error, code string) []string {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, f.Code)
	var named []string
	for _, n := range f.Fields {
		named = append(named, n.Location+" "+n.Code)
	}
	return named
}

// audited gives the actions in the audit, in alphabetical order: the clock of the tests stands still.
func (o *office) audited(t testing.TB, prefix string) []string {
	t.Helper()
	rows, err := o.pool.Query(t.Context(), `SELECT action FROM audit.entry WHERE action LIKE $1 || '%' ORDER BY action, id`, prefix)
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
