package voice_test

import (
	"bytes"
	"crypto/md5" // RFC 2617
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice"
	"yingda/internal/voice/sip/registrar"
)

var _ registrar.Offerer = (*voice.Service)(nil)

func TestSHA256IsOfferedOnlyWhereItWasChosen(t *testing.T) {
	t.Parallel()
	require.False(t, voice.New(voice.Config{}).OffersSHA256(), "many phones give up at a second challenge")
	require.True(t, voice.New(voice.Config{SHA256: true}).OffersSHA256())
}

func TestAPhonesPasswordIsShownOnceAndKeptAsHashesOnly(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p, password := o.phone(t, "8001", o.guangdong)
	require.Len(t, password.Reveal(), 20)
	md5sum := md5.Sum([]byte("8001:yingda:" + password.Reveal())) // RFC 2617
	sha := sha256.Sum256([]byte("8001:yingda:" + password.Reveal()))
	for algorithm, want := range map[string]string{"MD5": hex.EncodeToString(md5sum[:]), "": hex.EncodeToString(md5sum[:]), "SHA-256": hex.EncodeToString(sha[:])} {
		got, ok, err := o.HA1(t.Context(), "8001", "yingda", algorithm)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	for _, ask := range [][3]string{{"8002", "yingda", "MD5"}, {"8001", "elsewhere", "MD5"}, {"8001", "yingda", "SHA-512-256"}} {
		_, ok, err := o.HA1(t.Context(), ask[0], ask[1], ask[2])
		require.NoError(t, err)
		require.False(t, ok, "%v", ask)
	}
	var row string
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT (p::text || encode(p.ha1_sealed, 'escape')) FROM voice.phone p`).Scan(&row))
	require.NotContains(t, row, password.Reveal())
	require.NotContains(t, row, hex.EncodeToString(md5sum[:]), "the hash is as good as the password and is sealed too")

	renewed, fresh, err := o.RenewPassword(everywhere(t), p.ID, 1)
	require.NoError(t, err)
	require.NotEqual(t, password.Reveal(), fresh.Reveal())
	got, _, err := o.HA1(t.Context(), "8001", "yingda", "MD5")
	require.NoError(t, err)
	require.NotEqual(t, hex.EncodeToString(md5sum[:]), got, "the old one ended at once")

	_, err = o.UpdatePhone(everywhere(t), p.ID, renewed.Version, voice.PhoneSpec{DisplayName: "停用", Centre: o.guangdong.ID, Disabled: true})
	require.NoError(t, err)
	_, ok, err := o.HA1(t.Context(), "8001", "yingda", "MD5")
	require.NoError(t, err)
	require.False(t, ok, "a phone out of use cannot register")
	require.Equal(t, []string{"voice.phone.create", "voice.phone.renew_password", "voice.phone.update"}, o.audited(t, "voice."))
}

func TestEverythingWrongWithAPhoneIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	_, _, err := o.CreatePhone(everywhere(t), nil, voice.PhoneSpec{Number: "80-01", DisplayName: "a\"b"})
	require.Equal(t, []string{"body.number format", "body.display_name format", "body.centre_id required"}, fields(t, err, "voice.invalid_phone"))
	_, _, err = o.CreatePhone(everywhere(t), nil, voice.PhoneSpec{Number: "8001", DisplayName: "x", Centre: o.nation.ID, StaffNumber: "nobody"})
	require.Equal(t, []string{"body.staff_number unknown"}, fields(t, err, "voice.invalid_phone"))
}

func TestNobodySeesAnotherProvincesPhones(t *testing.T) {
	t.Parallel()
	o := setup(t)
	theirs, _ := o.phone(t, "8101", o.fujian)
	_, _ = o.phone(t, "8001", o.nation)
	ctx := o.at(t, o.guangdong)
	list, err := o.ListPhones(ctx, voice.PhoneFilter{})
	require.NoError(t, err)
	require.Empty(t, list)
	_, _, err = o.GetPhone(ctx, theirs.ID)
	require.ErrorIs(t, err, voice.ErrNoPhone)
	_, _, err = o.RenewPassword(ctx, theirs.ID, 1)
	require.ErrorIs(t, err, voice.ErrNoPhone)
	require.ErrorIs(t, o.DeletePhone(ctx, theirs.ID, 1), voice.ErrNoPhone)
	_, _, err = o.CreatePhone(ctx, nil, voice.PhoneSpec{Number: "8101", DisplayName: "x", Centre: o.guangdong.ID})
	require.ErrorIs(t, err, voice.ErrPhoneTaken)
	var file bytes.Buffer
	require.NoError(t, o.ExportPhones(everywhere(t), &file, sheet.Chinese, voice.PhoneFilter{}))
	require.NoError(t, o.DeletePhone(everywhere(t), theirs.ID, 1))
}

func TestARotatedKeySealsPhonesAndTrunksAgain(t *testing.T) {
	t.Parallel()
	o := setup(t)
	dir := t.TempDir()
	ring, err := secret.Load(t.Context(), secret.Config{Dir: dir, Clock: clocktest.New(), Logger: quiet})
	require.NoError(t, err)
	o.config.Ring = ring
	o.Service = voice.New(o.config)
	_, _ = o.phone(t, "8001", o.nation)
	password := secret.Hide("p")
	spec := line(o.group(t, "A", o.nation), "甲", "10.0.0.1")
	spec.Password = &password
	made := o.trunk(t, spec)
	before, _, err := o.HA1(t.Context(), "8001", "yingda", "MD5")
	require.NoError(t, err)
	_, err = secret.AddVersion(t.Context(), secret.DefaultFile(dir), clocktest.New())
	require.NoError(t, err)
	require.NoError(t, ring.Reload(t.Context()))
	n, err := o.Rewrap(t.Context(), func(int) {})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	n, err = o.Rewrap(t.Context(), func(int) {})
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, o.Refresh(t.Context()))
	after, _, err := o.HA1(t.Context(), "8001", "yingda", "MD5")
	require.NoError(t, err)
	require.Equal(t, before, after)
	held, _ := o.Tables().Line(made.ID)
	require.Equal(t, "p", held.Password.Reveal())
	var version uint32
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT get_byte(ha1_sealed, 4) FROM voice.phone`).Scan(&version))
	require.EqualValues(t, 2, version)
}
