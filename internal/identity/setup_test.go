package identity_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/organization"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres/postgrestest"
)

// empty is an installation before its set-up.
func empty(t *testing.T) (s *identity.Service, dir string) {
	t.Helper()
	pool, clk := postgrestest.New(t), clocktest.New()
	dir = t.TempDir()
	s, err := identity.New(identity.Config{
		Pool: pool, Clock: clk, Ring: identitytest.Ring(t, clk), Catalogue: identitytest.Catalogue(), Hash: identitytest.Cheap(), SetupDir: dir,
		Organization: organization.New(organization.Config{Pool: pool, Clock: clk, Logger: slog.New(slog.DiscardHandler)}),
	})
	require.NoError(t, err)
	require.NoError(t, s.SyncReadyRoles(t.Context()))
	return s, dir
}

func setup(code string) identity.Setup {
	return identity.Setup{
		Code: code, CentreCode: "CN", CentreName: "全国客服中心",
		Administrator: identity.FirstPerson{Number: "CN001", Name: "王芳", Password: "Kiln#Marsh42-Lamp"},
		Approver:      identity.FirstPerson{Number: "CN002", Name: "李娜", Password: "Reed$Harbor58-Snow"},
	}
}

func TestAnEmptyInstallationGetsTwoPeopleOnce(t *testing.T) {
	t.Parallel()
	s, dir := empty(t)
	code, err := s.SetupCode(t.Context())
	require.NoError(t, err)
	require.Len(t, code, 23)
	again, err := s.SetupCode(t.Context())
	require.NoError(t, err)
	require.Equal(t, code, again, "another start prints the same")
	info, err := os.Stat(filepath.Join(dir, "setup-code"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.ErrorIs(t, s.SetUp(t.Context(), setup("WRONG")), identity.ErrSetupCode)
	require.ErrorIs(t, s.SetUp(t.Context(), setup("")), identity.ErrSetupCode)
	require.NoError(t, s.SetUp(t.Context(), setup(" "+code)))
	require.ErrorIs(t, s.SetUp(t.Context(), setup(code)), identity.ErrSetUp)
	_, err = os.Stat(filepath.Join(dir, "setup-code"))
	require.ErrorIs(t, err, os.ErrNotExist)
	code, err = s.SetupCode(t.Context())
	require.NoError(t, err)
	require.Empty(t, code)

	admin, err := s.SignIn(t.Context(), identity.Credentials{Number: "CN001", Password: "Kiln#Marsh42-Lamp"}, desk)
	require.NoError(t, err)
	require.NotEmpty(t, admin.Token)
	_, err = s.SignIn(t.Context(), identity.Credentials{Number: "CN002", Password: "Reed$Harbor58-Snow"}, desk)
	require.NoError(t, err)
	list, err := s.OperatorList(identity.AsOperator(t.Context(), "root"), "", 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, []string{string(actor.NationAdmin)}, list[0].Roles)
	require.False(t, list[0].MustChange)
	require.Equal(t, []string{string(actor.NationManager)}, list[1].Roles)
	require.True(t, list[1].MustChange, "the first person knows it")
}

func TestASetUpThatIsWrongLeavesNothing(t *testing.T) {
	t.Parallel()
	s, _ := empty(t)
	code, err := s.SetupCode(t.Context())
	require.NoError(t, err)
	in := setup(code)
	in.Approver = identity.FirstPerson{Number: "cn001", Name: "李娜", Password: "short"}
	f, _ := fault.As(s.SetUp(t.Context(), in))
	require.Equal(t, "identity.invalid_setup", f.Code)
	var at []string
	for _, field := range f.Fields {
		at = append(at, field.Location+":"+field.Code)
	}
	require.Contains(t, at, "body.approver.password:too_short")
	require.Contains(t, at, "body.approver.number:same")

	in = setup(code)
	in.Approver.Number = "no number"
	f, _ = fault.As(s.SetUp(t.Context(), in))
	require.Equal(t, "body.approver.number", f.Fields[0].Location)
	in = setup(code)
	in.CentreCode = "!"
	f, _ = fault.As(s.SetUp(t.Context(), in))
	require.Equal(t, "body.centre_code", f.Fields[0].Location)
	needed, err := s.SetupNeeded(t.Context())
	require.NoError(t, err)
	require.True(t, needed)
	require.NoError(t, s.SetUp(t.Context(), setup(code)))
}

func TestOfTwoSetUpsAtOnceOneWins(t *testing.T) {
	t.Parallel()
	s, _ := empty(t)
	code, err := s.SetupCode(t.Context())
	require.NoError(t, err)
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if s.SetUp(t.Context(), setup(code)) == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	list, err := s.OperatorList(identity.AsOperator(t.Context(), "root"), "", 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
}

func TestAnOperatorHelpsAndTheAuditNamesThem(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	w.Person("CN001", "王芳", w.Nation, actor.NationAdmin)
	ctx := identity.AsOperator(t.Context(), "root")
	acct, err := w.Identity.ByNumber(ctx, "cn001")
	require.NoError(t, err)
	_, err = w.Identity.ByNumber(ctx, "CN999")
	require.ErrorIs(t, err, identity.ErrNoAccount)
	temporary, err := w.Identity.ResetPassword(ctx, acct.ID, "nobody else is left")
	require.NoError(t, err)
	_, err = signIn(w, "CN001", temporary, "127.0.0.1")
	require.NoError(t, err)
	var name, reason string
	require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT actor_name, reason FROM audit.entry WHERE action = 'identity.password.reset'`).Scan(&name, &reason))
	require.Equal(t, "operator root", name)
	require.Equal(t, "nobody else is left", reason)
}
