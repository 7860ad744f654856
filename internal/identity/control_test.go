package identity_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
	"yingda/internal/platform/timer"
)

// control is a world with approvals, and the people who ask and decide in it.
type control struct {
	*identitytest.World
	*identity.ControlService
	approvals *approval.Service

	admin, manager   identitytest.Person // of Guangdong
	nationAdmin      identitytest.Person
	nationManager    identitytest.Person
	asAdmin, asBoss  context.Context
	asNation, asHead context.Context
}

func setupControl(t *testing.T, change ...func(*identity.Config)) *control {
	t.Helper()
	c := &control{World: identitytest.New(t, change...)}
	c.approvals = approval.New(approval.Config{Pool: c.Pool, Clock: c.Clock, Logger: slog.New(slog.DiscardHandler)})
	var err error
	c.ControlService, err = identity.NewControl(c.Identity, c.approvals)
	require.NoError(t, err)
	c.nationAdmin = c.Person("0001", "赵总", c.Nation, actor.NationAdmin)
	c.nationManager = c.Person("0002", "钱总", c.Nation, actor.NationManager)
	c.admin = c.Person("1001", "李明", c.Guangdong, actor.ProvinceAdmin)
	c.manager = c.Person("1002", "王芳", c.Guangdong, actor.ProvinceManager)
	c.asNation, c.asHead, c.asAdmin, c.asBoss = c.As(c.nationAdmin), c.As(c.nationManager), c.As(c.admin), c.As(c.manager)
	return c
}

// staff makes a member of staff without an account.
func (c *control) staff(t *testing.T, number, name string, at organization.CentreID) uuid.UUID {
	t.Helper()
	var id organization.StaffID
	ctx := identitytest.System(t.Context())
	require.NoError(t, postgres.InTx(ctx, c.Pool, func(ctx context.Context, tx pgx.Tx) error {
		s, err := c.Organization.CreateStaff(ctx, tx, organization.NewStaff{Number: number, Name: name, Centre: at})
		id = s.ID
		return err
	}))
	return id.UUID()
}

func (c *control) grant(role actor.Role, at organization.CentreID) identity.Grant {
	return identity.Grant{Role: c.Role(role), Centre: at.UUID()}
}

func code(err error) string {
	if f, ok := fault.As(err); ok {
		return f.Code
	}
	return ""
}

var approve = approval.Decision{Approve: true}

func TestAnAccountIsAskedForByOneAndOpenedByAnother(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	staff := c.staff(t, "2001", "陈新", c.Guangzhou)
	id, err := c.AskAccount(c.asAdmin, identity.AccountAsk{
		Act: identity.ActCreate, Staff: staff, Grants: []identity.Grant{c.grant(actor.Agent, c.Guangzhou)}, Reason: "新员工入职",
	})
	require.NoError(t, err)
	_, err = c.Identity.ByStaff(c.asBoss, organizationStaff(staff))
	require.ErrorIs(t, err, identity.ErrNoAccount, "nothing happens before the approval")
	require.Contains(t, []string{"approval.not_decider", "approval.own_request"}, code(c.approvals.Decide(c.asAdmin, id, approve)))

	full, err := c.approvals.Get(c.asBoss, id)
	require.NoError(t, err)
	require.NoError(t, full.Decide)
	require.Equal(t, "角色", full.Details[len(full.Details)-1].ZH[6:], "增加角色")
	require.Equal(t, "客服代表（广州客服中心）", full.Details[len(full.Details)-1].New)
	require.NoError(t, c.approvals.Decide(c.asBoss, id, approve))

	acct, err := c.Identity.ByStaff(c.asBoss, organizationStaff(staff))
	require.NoError(t, err)
	require.Equal(t, identity.Active, acct.State)
	require.False(t, acct.HasPassword)
	temporary, err := c.IssueFirstPassword(c.asAdmin, acct.ID, identity.ShowOnce)
	require.NoError(t, err)
	_, err = c.IssueFirstPassword(c.asAdmin, acct.ID, identity.ShowOnce)
	require.Equal(t, "identity.has_password", code(err), "shown once")
	in, err := c.Identity.SignIn(t.Context(), identity.Credentials{Number: "2001", Password: temporary}, identity.Origin{Address: "10.0.0.1"})
	require.NoError(t, err)
	require.NotEmpty(t, in.Token)
}

func organizationStaff(id uuid.UUID) (s organization.StaffID) {
	_ = s.UnmarshalText([]byte(id.String()))
	return s
}

func TestWhoBothAsksAndApprovesCannotApproveTheirOwn(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	// Nobody may hold both rights, so this person was given them before the rule existed.
	both := actor.New(*actor.From(c.asAdmin), map[actor.Permission]actor.Scope{
		identity.AccountRequest: actor.National(), identity.AccountApprove: actor.National(), identity.AccountRead: actor.National(),
	})
	ctx := actor.With(t.Context(), both)
	id, err := c.AskAccount(ctx, identity.AccountAsk{Act: identity.ActCreate, Staff: c.staff(t, "2001", "陈新", c.Guangzhou), Grants: []identity.Grant{c.grant(actor.Agent, c.Guangzhou)}, Reason: "r"})
	require.NoError(t, err)
	require.ErrorIs(t, c.approvals.Decide(ctx, id, approve), approval.ErrOwn)
}

func TestRolesThatOnePersonMayNotHoldAreRefusedInWords(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	staff := c.staff(t, "2001", "陈新", c.Guangdong)
	_, err := c.AskAccount(c.asAdmin, identity.AccountAsk{
		Act: identity.ActCreate, Staff: staff, Reason: "r", Grants: []identity.Grant{c.grant(actor.ProvinceAdmin, c.Guangdong), c.grant(actor.ProvinceManager, c.Guangdong)},
	})
	require.Equal(t, "identity.duty_conflict", code(err))
	for _, word := range []string{"省系统管理员", "省中心经理", "identity.account."} {
		require.ErrorContains(t, err, word)
	}
}

func TestNobodyAsksBeyondTheirArea(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	elsewhere := c.staff(t, "3001", "周杰", c.Changsha)
	_, err := c.AskAccount(c.asAdmin, identity.AccountAsk{Act: identity.ActCreate, Staff: elsewhere, Reason: "r", Grants: []identity.Grant{c.grant(actor.Agent, c.Changsha)}})
	require.Equal(t, fault.NotFound, fault.KindOf(err), "staff of another province are not there")
	here := c.staff(t, "2001", "陈新", c.Guangzhou)
	for name, g := range map[string]identity.Grant{"another province": c.grant(actor.Agent, c.Changsha), "the nation": c.grant(actor.Agent, c.Nation), "wrong level": c.grant(actor.NationAdmin, c.Guangzhou)} {
		_, err := c.AskAccount(c.asAdmin, identity.AccountAsk{Act: identity.ActCreate, Staff: here, Reason: "r", Grants: []identity.Grant{g}})
		require.Equal(t, "identity.invalid_grants", code(err), name)
	}
	_, err = c.AskAccount(c.asAdmin, identity.AccountAsk{Act: identity.ActSuspend, Staff: c.admin.Staff.UUID(), Reason: "r"})
	require.Equal(t, "identity.own_account", code(err))
}

func TestAChangeOfRolesTakesEffectAtOnceAndAStaleOneDoesNot(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	change := func(by context.Context, roles ...actor.Role) approval.RequestID {
		ask := identity.AccountAsk{Act: identity.ActChange, Staff: agent.Staff.UUID(), Reason: "转岗"}
		for _, r := range roles {
			ask.Grants = append(ask.Grants, c.grant(r, c.Guangzhou))
		}
		id, err := c.AskAccount(by, ask)
		require.NoError(t, err)
		return id
	}
	signedIn := c.As(agent)
	require.False(t, holds(signedIn, organization.SkillEdit))
	first := change(c.asAdmin, actor.Agent, actor.Trainer)
	_, err := c.AskAccount(c.asNation, identity.AccountAsk{Act: identity.ActChange, Staff: agent.Staff.UUID(), Reason: "r", Grants: []identity.Grant{c.grant(actor.Planner, c.Guangzhou)}})
	require.ErrorIs(t, err, approval.ErrAsked, "one change of an account at a time")
	require.NoError(t, c.approvals.Decide(c.asBoss, first, approve))
	require.True(t, holds(c.As(agent), organization.SkillEdit), "effective at once")

	second := change(c.asAdmin, actor.Agent)
	require.NoError(t, postgres.InTx(t.Context(), c.Pool, func(ctx context.Context, tx pgx.Tx) error { // somebody else's doing
		_, err := tx.Exec(ctx, `UPDATE identity.assignment SET ended_at = now() WHERE account_id = $1 AND role_id = $2`, agent.Account.UUID(), c.Role(actor.Trainer).UUID())
		return err
	}))
	require.Equal(t, "identity.changed_meanwhile", code(c.approvals.Decide(c.asBoss, second, approve)))
	full, err := c.approvals.Get(c.asBoss, second)
	require.NoError(t, err)
	require.Equal(t, approval.Open, full.State)
}

func holds(ctx context.Context, p actor.Permission) bool { return !actor.From(ctx).Scope(p).Empty() }

func TestSuspendingResumingAndLeavingGoThroughApproval(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	do := func(act identity.Act) {
		id, err := c.AskAccount(c.asAdmin, identity.AccountAsk{Act: act, Staff: agent.Staff.UUID(), Reason: "r"})
		require.NoError(t, err, act)
		require.NoError(t, c.approvals.Decide(c.asBoss, id, approve), act)
	}
	state := func() identity.State {
		a, err := c.Identity.Get(c.asBoss, agent.Account)
		require.NoError(t, err)
		return a.State
	}
	do(identity.ActSuspend)
	require.Equal(t, identity.Suspended, state())
	_, err := c.Identity.SignIn(t.Context(), identity.Credentials{Number: "2001", Password: identitytest.Password}, identity.Origin{})
	require.Error(t, err)
	do(identity.ActResume)
	require.Equal(t, identity.Active, state())
	do(identity.ActLeave)
	require.Equal(t, identity.Left, state())
	_, err = c.AskAccount(c.asAdmin, identity.AccountAsk{Act: identity.ActResume, Staff: agent.Staff.UUID(), Reason: "r"})
	require.Equal(t, "identity.wrong_state", code(err))
}

func TestAnEmergencySuspensionHoldsAtOnceAndIsUndoneWhenRefused(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	suspend := func() approval.RequestID {
		id, err := c.SuspendNow(c.asBoss, agent.Account, "疑似泄露客户资料")
		require.NoError(t, err)
		a, err := c.Identity.Get(c.asBoss, agent.Account)
		require.NoError(t, err)
		require.Equal(t, identity.Suspended, a.State)
		return id
	}
	id := suspend()
	require.ErrorIs(t, c.approvals.Decide(c.asBoss, id, approve), approval.ErrOwn)
	require.NoError(t, c.approvals.Decide(c.asHead, id, approval.Decision{Comment: "查无实据"}))
	a, err := c.Identity.Get(c.asBoss, agent.Account)
	require.NoError(t, err)
	require.Equal(t, identity.Active, a.State)

	require.NoError(t, c.approvals.Decide(c.asHead, suspend(), approve))
	a, err = c.Identity.Get(c.asBoss, agent.Account)
	require.NoError(t, err)
	require.Equal(t, identity.Suspended, a.State)
	_, err = c.SuspendNow(c.asAdmin, agent.Account, "r")
	require.Equal(t, fault.Denied, fault.KindOf(err), "asking is not enough for an emergency")
}

func TestAccountsFollowTheirMemberOfStaff(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	left, away := c.Person("2001", "陈新", c.Guangzhou, actor.Agent), c.Person("2002", "林可", c.Guangzhou, actor.Agent)
	for id, state := range map[uuid.UUID]string{left.Staff.UUID(): "left", away.Staff.UUID(): "suspended", c.nationAdmin.Staff.UUID(): "left"} {
		_, err := c.Pool.Exec(t.Context(), `UPDATE organization.staff SET state = $2 WHERE id = $1`, id, state)
		require.NoError(t, err)
	}
	require.NoError(t, c.SweepStaff(t.Context()))
	var states []string
	rows, err := c.Pool.Query(t.Context(), `SELECT a.state FROM identity.account a WHERE a.id = ANY ($1) ORDER BY a.staff_id = $2 DESC`, []uuid.UUID{left.Account.UUID(), away.Account.UUID()}, left.Staff.UUID())
	require.NoError(t, err)
	states, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"left", "suspended"}, states)
	var found []string
	for _, f := range c.Health().Check(t.Context()) {
		found = append(found, f.Warning.Code)
	}
	require.Contains(t, found, "identity.account_outlived_staff", "the last national administrator stays and is told of")
}

func TestAWorkbookAsksForManyOrForNobody(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	c.staff(t, "2001", "陈新", c.Guangzhou)
	c.staff(t, "3001", "周杰", c.Changsha)
	c.Person("2002", "林可", c.Guangzhou, actor.Agent)
	file := func(rows ...[]any) []byte {
		var b bytes.Buffer
		table := sheet.Table{Key: "account_requests", ZH: "账号申请", Columns: []sheet.Column{
			{Key: "number", ZH: "工号"}, {Key: "role", ZH: "角色"}, {Key: "centre", ZH: "中心"}, {Key: "valid_until", ZH: "有效期至"}, {Key: "reason", ZH: "申请原因"},
		}}
		require.NoError(t, table.Write(&b, "zh-CN", sheet.Rows(rows...)))
		return b.Bytes()
	}
	open := func() int {
		list, err := c.approvals.List(c.asBoss, approval.Filter{Box: approval.ToDecide})
		require.NoError(t, err)
		return len(list)
	}
	good := [][]any{{"2001", "客服代表", "", "2027-03-31", "入职"}, {"2001", "trainer", "GD-GZ", "", "入职"}, {"2002", "agent", "", "", "复核"}}
	r, err := c.ImportAccountRequests(c.asAdmin, file(good...), true)
	require.NoError(t, err)
	require.Equal(t, [4]int{2, 0, 1, 0}, [4]int{r.Create, r.Update, r.Same, r.Rejected}, "%+v", r.Lines)
	require.Zero(t, open(), "a dry run asks for nothing")

	bad := append(good, []any{"3001", "agent", "", "", "不在本省"}, []any{"2002", "王", "XX", "soon", ""})
	r, err = c.ImportAccountRequests(c.asAdmin, file(bad...), false)
	require.NoError(t, err)
	require.Equal(t, 2, r.Rejected, "%+v", r.Lines)
	require.Equal(t, "unknown", r.Lines[3].Problems[0].Code)
	require.Len(t, r.Lines[4].Problems, 4)
	require.Zero(t, open(), "nothing when one line is rejected")

	r, err = c.ImportAccountRequests(c.asAdmin, file(good...), false)
	require.NoError(t, err)
	require.Zero(t, r.Rejected)
	require.Equal(t, 1, open(), "one request for both roles of a person")
}

func TestAReviewTakesAwayWhatIsRevokedWhenItIsSigned(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent, actor.Trainer)
	id, err := c.OpenCampaign(c.asAdmin, identity.NewCampaign{Name: "十一月复核", Centre: c.Guangdong.UUID(), DueAt: c.Clock.Now().Add(7 * 24 * time.Hour)})
	require.NoError(t, err)
	sheets, err := c.Sheets(c.asBoss, id)
	require.NoError(t, err)
	var mine identity.Sheet
	for _, s := range sheets {
		require.NotEmpty(t, s.ReviewerNumber, s.Title)
		_, items, _, err := c.Sheet(c.asBoss, s.ID)
		require.NoError(t, err)
		for _, i := range items {
			require.NotEqual(t, s.ReviewerNumber, i.Number, "nobody reviews themselves")
		}
		if s.ReviewerNumber == "1002" && items[0].Number == "2001" {
			mine = s
		}
	}
	require.NotZero(t, mine.ID)

	_, items, _, err := c.Sheet(c.asBoss, mine.ID)
	require.NoError(t, err)
	require.Len(t, items, 2)
	sign := func(p identity.Proof) error { return c.SignSheet(c.asBoss, mine.ID, mine.Version, p, "") }
	require.Equal(t, "identity.review_undecided", code(sign(identity.Proof{Password: identitytest.Password})))
	require.Equal(t, fault.Invalid, fault.KindOf(c.DecideItems(c.asBoss, mine.ID, []identity.ItemVerdict{{Item: items[0].ID, Verdict: identity.Revoke}})), "revoking needs a reason")
	require.Equal(t, "identity.not_reviewer", code(c.DecideItems(c.asHead, mine.ID, []identity.ItemVerdict{{Item: items[0].ID, Verdict: identity.Keep}})))
	verdicts := []identity.ItemVerdict{{Item: items[0].ID, Verdict: identity.Keep}, {Item: items[1].ID, Verdict: identity.Revoke, Reason: "不再任培训师"}}
	require.Equal(t, "trainer", items[1].RoleCode)
	require.NoError(t, c.DecideItems(c.asBoss, mine.ID, verdicts))
	require.True(t, holds(c.As(agent), organization.SkillEdit), "nothing changes before the signature")
	require.Equal(t, "identity.wrong_proof", code(sign(identity.Proof{Password: "wrong"})))
	require.NoError(t, sign(identity.Proof{Password: identitytest.Password}))

	require.False(t, holds(c.As(agent), organization.SkillEdit), "revoked at once")
	signed, items, genuine, err := c.Sheet(c.asBoss, mine.ID)
	require.NoError(t, err)
	require.True(t, genuine)
	require.Equal(t, []string{"kept", "revoked"}, []string{items[0].Outcome, items[1].Outcome})
	require.Equal(t, "password", signed.SignedWith)
	require.Equal(t, "identity.sheet_signed", code(c.DecideItems(c.asBoss, mine.ID, verdicts)))
	_, err = c.Pool.Exec(t.Context(), `UPDATE identity.review_item SET reason = '' WHERE id = $1`, items[1].ID.UUID())
	require.NoError(t, err)
	_, _, genuine, err = c.Sheet(c.asBoss, mine.ID)
	require.NoError(t, err)
	require.False(t, genuine, "whoever changes a verdict afterwards is found out")
}

func TestAReviewWithOpenItemsIsClosedOnlyWithAReason(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	id, err := c.OpenCampaign(c.asAdmin, identity.NewCampaign{Name: "复核", Centre: c.Guangzhou.UUID(), DueAt: c.Clock.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.Equal(t, "identity.review_open_items", code(c.CloseCampaign(c.asAdmin, id, 1, " ")))
	require.NoError(t, c.CloseCampaign(c.asAdmin, id, 1, "系统切换，下月重做"))
	got, err := c.Campaign(c.asBoss, id)
	require.NoError(t, err)
	require.True(t, got.Closed)
	require.Equal(t, "系统切换，下月重做", got.CloseReason)
	_, err = c.OpenCampaign(c.asAdmin, identity.NewCampaign{Name: "越权", Centre: c.Hunan.UUID(), DueAt: c.Clock.Now().Add(time.Hour)})
	require.Equal(t, "identity.invalid_review", code(err))
	_, err = c.Campaign(c.As(c.Person("3001", "周杰", c.Hunan, actor.ProvinceManager)), id)
	require.ErrorIs(t, err, identity.ErrNoCampaign)
}

func TestASheetIsHandedOverToSomebodyWhoFits(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	leader := c.Person("2003", "何班长", c.Guangzhou, actor.ShiftLeader)
	id, err := c.OpenCampaign(c.asAdmin, identity.NewCampaign{Name: "复核", Centre: c.Guangzhou.UUID(), Roles: []string{"agent"}, DueAt: c.Clock.Now().Add(time.Hour)})
	require.NoError(t, err)
	sheets, err := c.Sheets(c.asBoss, id)
	require.NoError(t, err)
	require.Len(t, sheets, 1)
	other := "1002"
	if sheets[0].ReviewerNumber == other {
		other = leader.Number
	}
	require.Equal(t, "identity.unfit_reviewer", code(c.HandOver(c.asAdmin, sheets[0].ID, 1, agent.Number, "r")))
	require.NoError(t, c.HandOver(c.asAdmin, sheets[0].ID, 1, other, "休假"))
	require.Equal(t, "identity.changed_meanwhile", code(c.HandOver(c.asAdmin, sheets[0].ID, 1, other, "休假")))
}

func TestAnOverdueReviewIsRemindedEveryDayAndShownAsHealth(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	id, err := c.OpenCampaign(c.asAdmin, identity.NewCampaign{Name: "逾期复核", Centre: c.Guangzhou.UUID(), DueAt: c.Clock.Now().Add(time.Hour)})
	require.NoError(t, err)
	c.Clock.Advance(2 * time.Hour)
	w := timer.NewWorker(timer.Config{Pool: c.Pool, Clock: c.Clock, Logger: slog.New(slog.DiscardHandler)})
	c.HandleTimers(w)
	require.NoError(t, w.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, w.Stop(context.Background())) })
	require.Eventually(t, func() bool {
		var reminded bool
		require.NoError(t, c.Pool.QueryRow(context.Background(), `SELECT reminded_at IS NOT NULL FROM identity.review_campaign WHERE id = $1`, id.UUID()).Scan(&reminded))
		return reminded
	}, 10*time.Second, 10*time.Millisecond)
	next, err := timer.Find(t.Context(), c.Pool, "identity.review_due", id.String())
	require.NoError(t, err)
	require.Equal(t, c.Clock.Now().Add(24*time.Hour), next.DueAt.UTC())
	var found []string
	for _, f := range c.Health().Check(t.Context()) {
		found = append(found, f.Warning.Code)
	}
	require.Contains(t, found, "identity.review_overdue")
}

var policyText = identity.RegulationText{TitleZH: "信息安全制度", TitleEN: "Information security", BodyZH: "# 不得共享密码", BodyEN: "# Do not share passwords"}

// publish writes a policy and lets another person publish it.
func (c *control) publish(t *testing.T, code string, text identity.RegulationText) identity.RegulationID {
	t.Helper()
	id, err := c.CreateRegulation(c.asNation, code, text)
	require.NoError(t, err)
	request, err := c.RequestPublication(c.asNation, id, 1, "年度修订")
	require.NoError(t, err)
	require.NoError(t, c.approvals.Decide(c.asHead, request, approve))
	return id
}

func TestAPolicyStandsBeforeEverythingAtTheNextSignIn(t *testing.T) {
	t.Parallel()
	var hook func(ctx context.Context, a identity.AccountID) (string, error)
	c := setupControl(t, func(cfg *identity.Config) {
		hook = identity.PendingRegulations(cfg.Pool, cfg.Clock)
		cfg.Pending = append(cfg.Pending, hook)
	})
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	cookie := c.Cookie(agent)
	c.Clock.Advance(time.Minute)
	text := policyText
	text.Roles, text.Levels = []string{"agent"}, []actor.Level{actor.City}
	id := c.publish(t, "SEC-01", text)
	pending, err := hook(t.Context(), agent.Account)
	require.NoError(t, err)
	require.Empty(t, pending, "nobody is stopped in the middle of a session: %s", cookie)

	c.Clock.Advance(time.Minute)
	ctx := c.As(agent)
	require.Equal(t, identity.PendingAcknowledgment, actor.From(ctx).Pending)
	_, err = c.Regulations(ctx)
	require.Equal(t, identity.PendingAcknowledgment, code(err), "nothing else may be done")
	require.Empty(t, actor.From(c.As(c.admin)).Pending, "others need not know it")

	mine, err := c.MyRegulations(ctx)
	require.NoError(t, err)
	require.Len(t, mine, 1)
	require.True(t, mine[0].Due)
	missing, err := c.Readers(c.asBoss, id, identity.ReadersFilter{Missing: true})
	require.NoError(t, err)
	require.Len(t, missing, 1)
	require.Equal(t, "identity.changed_meanwhile", code(c.Acknowledge(ctx, id, 2)))
	require.NoError(t, c.Acknowledge(ctx, id, 1))
	require.NoError(t, c.Acknowledge(ctx, id, 1), "twice does no harm")
	require.Empty(t, actor.From(c.As(agent)).Pending)
	missing, err = c.Readers(c.asBoss, id, identity.ReadersFilter{Missing: true})
	require.NoError(t, err)
	require.Empty(t, missing)
	full, err := c.Regulation(c.asBoss, id)
	require.NoError(t, err)
	require.Equal(t, [2]int64{1, 1}, [2]int64{full.Readers, full.Acknowledged})
}

func TestAnAuthorDoesNotPublishAndARefusalGivesTheTextBack(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	id, err := c.CreateRegulation(c.asNation, "sec-02", policyText)
	require.NoError(t, err)
	request, err := c.RequestPublication(c.asNation, id, 1, "新制度")
	require.NoError(t, err)
	require.Equal(t, "identity.policy_requested", code(c.WriteRegulation(c.asNation, id, 2, policyText)), "what is being decided does not change")
	require.NoError(t, c.approvals.Decide(c.asHead, request, approval.Decision{Comment: "英文不通顺"}))
	r, err := c.Regulation(c.asHead, id)
	require.NoError(t, err)
	draft, ok := r.Writing()
	require.True(t, ok)
	require.Equal(t, identity.Draft, draft.State)
	require.Equal(t, "identity.changed_meanwhile", code(c.WriteRegulation(c.asNation, id, 1, policyText)))
	text := policyText
	text.BodyEN = "# Never share a password"
	require.NoError(t, c.WriteRegulation(c.asNation, id, draft.Version, text))

	_, err = c.CreateRegulation(c.asAdmin, "GD-01", policyText)
	require.Equal(t, fault.Denied, fault.KindOf(err), "policies are the nation's")
	_, err = c.CreateRegulation(c.asNation, "SEC-02", policyText)
	require.Equal(t, "identity.policy_code_taken", code(err))
	_, err = c.CreateRegulation(c.asNation, "x y", identity.RegulationText{Roles: []string{"nobody"}})
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Len(t, f.Fields, 6)
}

func TestANewVersionMustBeAcknowledgedAgain(t *testing.T) {
	t.Parallel()
	c := setupControl(t, func(cfg *identity.Config) {
		cfg.Pending = append(cfg.Pending, identity.PendingRegulations(cfg.Pool, cfg.Clock))
	})
	id := c.publish(t, "SEC-01", policyText)
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	ctx := c.As(agent)
	require.NoError(t, c.Acknowledge(ctx, id, 1))
	text := policyText
	text.Note = "增加第二条"
	c.asNation, c.asHead = c.acknowledged(t, c.nationAdmin, id, 1), c.acknowledged(t, c.nationManager, id, 1)
	require.NoError(t, c.WriteRegulation(c.asNation, id, 0, text))
	request, err := c.RequestPublication(c.asNation, id, 1, "修订")
	require.NoError(t, err)
	require.NoError(t, c.approvals.Decide(c.asHead, request, approve))
	c.Clock.Advance(time.Minute)
	require.Equal(t, identity.PendingAcknowledgment, actor.From(c.As(agent)).Pending)
	r, err := c.Regulation(c.asHead, id)
	require.NoError(t, err)
	require.Equal(t, 2, r.Current)
	require.Equal(t, identity.Replaced, r.Versions[1].State)
	require.NoError(t, c.WithdrawRegulation(c.asNation, id, r.Version, "并入总则"))
	require.Empty(t, actor.From(c.As(agent)).Pending)
}

// acknowledged signs somebody in again after they acknowledged a policy.
func (c *control) acknowledged(t *testing.T, p identitytest.Person, id identity.RegulationID, number int) context.Context {
	t.Helper()
	require.NoError(t, c.Acknowledge(c.As(p), id, number))
	return c.As(p)
}
