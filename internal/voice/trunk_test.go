package voice_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/secret"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice"
)

func TestATrunksPasswordIsSealedAndReachesTheTablesOnly(t *testing.T) {
	t.Parallel()
	o := setup(t)
	g := o.group(t, "A", o.nation)
	spec := line(g, "甲方中继", "sip.example.com:5060", "10.0.0.1")
	password := secret.Hide("Zk7-very-secret")
	spec.Username, spec.Password, spec.Register = "yd", &password, true
	made := o.trunk(t, spec)
	require.True(t, made.HasPassword)
	var sealed []byte
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT password_sealed FROM voice.trunk`).Scan(&sealed))
	require.NotContains(t, string(sealed), "very-secret")
	held, ok := o.Tables().Line(made.ID)
	require.True(t, ok)
	require.Equal(t, "Zk7-very-secret", held.Password.Reveal())

	spec.Password, spec.Note = nil, "换了备注"
	made, err := o.UpdateTrunk(everywhere(t), made.ID, 1, spec)
	require.NoError(t, err)
	held, _ = o.Tables().Line(made.ID)
	require.Equal(t, "Zk7-very-secret", held.Password.Reveal(), "a change without a password keeps it")
	none := secret.Hide("")
	spec.Password, spec.Register = &none, false
	made, err = o.UpdateTrunk(everywhere(t), made.ID, 2, spec)
	require.NoError(t, err)
	require.False(t, made.HasPassword)
	var written string
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT string_agg(changes::text, ' ') FROM audit.entry`).Scan(&written))
	require.NotContains(t, written, "very-secret")
}

func TestEverythingWrongWithATrunkIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	_, err := o.CreateTrunk(everywhere(t), nil, voice.TrunkSpec{
		Name: " ", Hosts: []string{"bad host", "1.2.3.4:0", "256.1.1.1", "ok.example", "ok.example"}, Transport: "smoke", Username: "a b", Priority: 0, Weight: 101,
		MaxCalls: -1, Codecs: []string{"G729"}, CallerFrom: "x",
	})
	require.Equal(t, []string{
		"body.group_id required", "body.name required", "body.username format", "body.hosts format", "body.hosts format", "body.hosts format", "body.hosts unfitting",
		"body.transport unknown", "body.caller_header unknown", "body.priority range", "body.weight range", "body.max_calls range", "body.codecs unknown",
	}, fields(t, err, "voice.invalid_trunk"))
	spec := line(o.group(t, "A", o.nation), "甲", "[2001:db8::1]:5061")
	spec.Register = true
	_, err = o.CreateTrunk(everywhere(t), nil, spec)
	require.Equal(t, []string{"body.username required", "body.password required"}, fields(t, err, "voice.invalid_trunk"))
}

func TestAProvinceMaintainsItsOwnTrunksOnly(t *testing.T) {
	t.Parallel()
	o := setup(t)
	national, theirs := o.group(t, "N", o.nation), o.group(t, "FJ", o.fujian)
	o.trunk(t, line(national, "全国", "10.0.0.1"))
	far := o.trunk(t, line(theirs, "福建", "10.0.0.2"))
	ctx := o.at(t, o.guangdong)
	list, err := o.ListTrunks(ctx, voice.TrunkFilter{})
	require.NoError(t, err)
	require.Len(t, list, 1, "the nation's is seen, another province's is not")
	_, _, err = o.GetTrunk(ctx, far.ID)
	require.ErrorIs(t, err, voice.ErrNoTrunk)
	_, err = o.UpdateTrunk(ctx, far.ID, 1, line(theirs, "福建", "10.0.0.2"))
	require.ErrorIs(t, err, voice.ErrNoTrunk)
	_, err = o.UpdateTrunk(ctx, list[0].ID, 1, line(national, "全国", "10.0.0.9"))
	require.ErrorIs(t, err, voice.ErrNotYours)
	_, err = o.CreateTrunk(ctx, nil, line(national, "抢", "10.0.0.3"))
	require.Equal(t, []string{"body.group_id unknown"}, fields(t, err, "voice.invalid_trunk"))
	require.ErrorIs(t, o.DeleteTrunk(ctx, far.ID, 1), voice.ErrNoTrunk)
	_, err = o.UpdateGroup(ctx, theirs.ID, 1, voice.GroupSpec{Code: "X", Name: "x", Centre: o.guangdong.ID})
	require.ErrorIs(t, err, voice.ErrNoGroup)
}

func TestSecondOfTwoEditorsOfATrunkIsToldWhoWasFirst(t *testing.T) {
	t.Parallel()
	o := setup(t)
	g := o.group(t, "A", o.nation)
	made := o.trunk(t, line(g, "甲", "10.0.0.1"))
	_, err := o.UpdateTrunk(everywhere(t), made.ID, 1, line(g, "乙", "10.0.0.1"))
	require.NoError(t, err)
	_, err = o.UpdateTrunk(everywhere(t), made.ID, 1, line(g, "丙", "10.0.0.1"))
	require.ErrorIs(t, err, voice.ErrChangedMeanwhile)
	require.ErrorContains(t, err, "1001 林晓岚")
	same, err := o.UpdateTrunk(everywhere(t), made.ID, 2, line(g, "乙", "10.0.0.1"))
	require.NoError(t, err)
	require.Equal(t, 2, same.Version, "nothing changed, so nothing was written")
	require.ErrorIs(t, o.DeleteGroup(everywhere(t), g.ID, 1), voice.ErrGroupInUse)
	_, err = o.CreateTrunk(everywhere(t), nil, line(g, "乙", "10.0.0.7"))
	require.ErrorIs(t, err, voice.ErrTrunkTaken)
	_, err = o.CreateGroup(everywhere(t), nil, voice.GroupSpec{Code: "A", Name: "again", Centre: o.nation.ID})
	require.ErrorIs(t, err, voice.ErrGroupTaken)
	require.NoError(t, o.DeleteTrunk(everywhere(t), made.ID, 2))
	require.NoError(t, o.DeleteGroup(everywhere(t), g.ID, 1))
	require.Equal(t, []string{"voice.trunk.create", "voice.trunk.delete", "voice.trunk.update", "voice.trunk_group.create", "voice.trunk_group.delete"}, o.audited(t, "voice."))
	var file bytes.Buffer
	require.NoError(t, o.ExportTrunks(everywhere(t), &file, sheet.English, voice.TrunkFilter{}))
}
