package identity_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/httpapi/httpapitest"
)

func TestAnAccountIsAskedForAndGivenByHTTP(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	client := httpapitest.New(t, c.API(c.RegisterAPI, c.approvals.RegisterAPI))
	admin, boss := c.Cookie(c.admin), c.Cookie(c.manager)
	staff := c.staff(t, "2001", "陈新", c.Guangzhou)
	ask := map[string]any{
		"act": "create", "staff_id": staff, "delivery": "show", "reason": "入职",
		"grants": []any{map[string]any{"role_id": c.Role(actor.Agent), "centre_id": c.Guangzhou, "valid_from": nil, "valid_until": nil}},
	}
	client.Post("/api/account-requests", ask, "Cookie", boss).Problem(http.StatusForbidden, "actor.denied")
	client.Post("/api/account-requests", ask).Problem(http.StatusUnauthorized, "actor.unauthenticated")
	var asked struct {
		RequestID string `json:"request_id"`
	}
	client.Post("/api/account-requests", ask, "Cookie", admin).Want(http.StatusOK).JSON(&asked)
	client.Post("/api/account-requests", ask, "Cookie", admin).Problem(http.StatusConflict, "approval.already_asked")
	client.Post("/api/approvals/"+asked.RequestID+"/decide", map[string]any{"approve": true, "comment": ""}, "Cookie", boss).Want(http.StatusOK)

	acct, err := c.Identity.ByStaff(c.asBoss, organizationStaff(staff))
	require.NoError(t, err)
	var first struct{ Password string }
	client.Post("/api/accounts/"+acct.ID.String()+"/first-password", map[string]any{"delivery": "show"}, "Cookie", admin).Want(http.StatusOK).JSON(&first)
	require.NotEmpty(t, first.Password)
	client.Post("/api/accounts/"+acct.ID.String()+"/suspend-now", map[string]any{"reason": "泄露"}, "Cookie", admin).Problem(http.StatusForbidden, "actor.denied")
	client.Post("/api/accounts/"+acct.ID.String()+"/suspend-now", map[string]any{"reason": "泄露"}, "Cookie", boss).Want(http.StatusOK)
	client.Get("/api/account-requests/template?lang=en", "Cookie", admin).Want(http.StatusOK)
	var unused struct{ Items []struct{ Number string } }
	c.Clock.Advance(10 * 24 * time.Hour)
	client.Get("/api/accounts/unused?days=9", "Cookie", c.Cookie(c.nationAdmin)).Want(http.StatusOK).JSON(&unused)
	require.Len(t, unused.Items, 3, "the others have not signed in for nine days")
}

func TestAReviewIsDecidedAndSignedByHTTP(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	client := httpapitest.New(t, c.API(c.RegisterAPI))
	admin, boss := c.Cookie(c.admin), c.Cookie(c.manager)
	c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	var opened struct{ ID string }
	client.Post("/api/reviews", map[string]any{"name": "复核", "centre_id": c.Guangzhou, "roles": []string{"agent"}, "due_at": c.Clock.Now().Add(time.Hour)}, "Cookie", admin).
		Want(http.StatusOK).JSON(&opened)
	var mine struct {
		Items []struct {
			ID      string
			Version int
			Mine    bool
		}
	}
	client.Get("/api/review-sheets", "Cookie", boss).Want(http.StatusOK).JSON(&mine)
	require.Len(t, mine.Items, 1)
	require.True(t, mine.Items[0].Mine)
	path := "/api/review-sheets/" + mine.Items[0].ID
	var sheet struct {
		Items   []struct{ ID, Number, Outcome string }
		Genuine bool
	}
	client.Get(path, "Cookie", boss).Want(http.StatusOK).JSON(&sheet)
	client.Get(path, "Cookie", c.Cookie(c.Person("3001", "周杰", c.Hunan, actor.ProvinceManager))).Problem(http.StatusNotFound, "identity.no_such_sheet")
	client.Post(path+"/verdicts", map[string]any{"verdicts": []any{map[string]any{"item_id": sheet.Items[0].ID, "verdict": "revoke", "reason": "离岗"}}}, "Cookie", boss).Want(http.StatusOK)
	sign := map[string]any{"version": mine.Items[0].Version, "password": "wrong", "code": "", "remark": ""}
	client.Post(path+"/sign", sign, "Cookie", boss).Problem(http.StatusUnprocessableEntity, "identity.wrong_proof").Field("body.proof", "wrong")
	sign["password"] = identitytest.Password
	client.Post(path+"/sign", sign, "Cookie", boss).Want(http.StatusOK).JSON(&sheet)
	require.True(t, sheet.Genuine)
	require.Equal(t, "revoked", sheet.Items[0].Outcome)
	client.Get("/api/reviews/"+opened.ID+"/export", "Cookie", boss).Want(http.StatusOK)
	client.Get("/api/reviews?state=open", "Cookie", boss).Want(http.StatusOK)
	var n int
	require.NoError(t, c.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action IN ('identity.review.sign', 'identity.review.export')`).Scan(&n))
	require.Equal(t, 2, n)
}

func TestPoliciesByHTTPAreReadWhileTheyArePending(t *testing.T) {
	t.Parallel()
	c := setupControl(t, func(cfg *identity.Config) {
		cfg.Pending = append(cfg.Pending, identity.PendingRegulations(cfg.Pool, cfg.Clock))
	})
	id := c.publish(t, "SEC-01", policyText)
	client := httpapitest.New(t, c.API(c.RegisterAPI))
	agent := c.Cookie(c.Person("2001", "陈新", c.Guangzhou, actor.Agent))
	var session struct{ State, Pending string }
	client.Get("/api/session", "Cookie", agent).Want(http.StatusOK).JSON(&session)
	require.Equal(t, identity.PendingAcknowledgment, session.Pending)
	var own struct {
		Items []struct {
			ID     string
			HTMLZH string `json:"html_zh"`
			Due    bool
		}
	}
	client.Get("/api/own-policies", "Cookie", agent).Want(http.StatusOK).JSON(&own)
	require.True(t, own.Items[0].Due)
	require.Equal(t, "<h1>不得共享密码</h1>\n", own.Items[0].HTMLZH)
	client.Get("/api/review-sheets", "Cookie", agent).Problem(http.StatusForbidden, identity.PendingAcknowledgment)
	client.Post("/api/own-policies/"+id.String()+"/acknowledge", map[string]any{"number": 1}, "Cookie", agent).Want(http.StatusNoContent)
	client.Get("/api/session", "Cookie", agent).Want(http.StatusOK).JSON(&session)
	require.Equal(t, "signed_in", session.State)
	client.Get("/api/policies", "Cookie", agent).Problem(http.StatusForbidden, "actor.denied")
}

func TestHostileTextOfPoliciesComesBackAndRunsNowhere(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	id, err := c.CreateRegulation(c.asNation, "HOSTILE-1", policyText)
	require.NoError(t, err)
	version := 1
	for _, s := range hostile.Strings() {
		kept := strings.TrimSpace(s)
		text := identity.RegulationText{TitleZH: s, TitleEN: s, BodyZH: s, BodyEN: s, Note: s}
		err := c.WriteRegulation(c.asNation, id, version, text)
		if kept == "" || !utf8.ValidString(s) || strings.ContainsRune(s, 0) || utf8.RuneCountInString(kept) > 200 {
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%q", s)
			continue
		}
		require.NoError(t, err, "%q", s)
		version++
		r, err := c.Regulation(c.asNation, id)
		require.NoError(t, err)
		draft, _ := r.Writing()
		require.Equal(t, identity.RegulationText{TitleZH: kept, TitleEN: kept, BodyZH: kept, BodyEN: kept, Note: kept, Levels: []actor.Level{}, Roles: []string{}}, draft.RegulationText)
		html, err := identity.RenderMarkdown(s)
		require.NoError(t, err)
		require.NotContains(t, strings.ToLower(html), "<script", "%q", s)
		require.NotContains(t, strings.ToLower(html), "<img", "%q", s)
	}
	_, err = c.AskAccount(c.asAdmin, identity.AccountAsk{Act: identity.ActSuspend, Staff: c.Person("2001", "陈新", c.Guangzhou, actor.Agent).Staff.UUID(), Reason: "<script>alert(1)</script>'; DROP TABLE"})
	require.NoError(t, err)
}
