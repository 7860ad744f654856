package identity_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/httpapi/httpapitest"
)

// cells reads a workbook as people see it.
func cells(t testing.TB, data []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetList()[0])
	require.NoError(t, err)
	return rows
}

// column gives the values of one column below the header.
func column(t testing.TB, data []byte, head string) []string {
	t.Helper()
	rows := cells(t, data)
	require.Contains(t, rows[0], head)
	list := []string{}
	for _, r := range rows[1:] {
		for i, name := range rows[0] {
			if name == head && i < len(r) {
				list = append(list, r[i])
			}
		}
	}
	return list
}

// audited counts the entries of an action.
func (c *control) audited(t testing.TB, action string) int {
	t.Helper()
	var n int
	require.NoError(t, c.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action = $1`, action).Scan(&n))
	return n
}

func TestUnusedAccountsGoOutAsTheListShowsThem(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	c.Person("HN001", "周涛", c.Hunan, actor.ProvinceAdmin)
	c.Clock.Advance(10 * 24 * time.Hour)
	client := httpapitest.New(t, c.API(c.RegisterAPI))
	nation, province := c.Cookie(c.nationAdmin), c.Cookie(c.admin)
	path := "/api/accounts/unused/export?lang=en"
	require.ElementsMatch(t, []string{"0002", "1002", "HN001"}, column(t, client.Get(path+"&days=9", "Cookie", nation).Want(http.StatusOK).Body, "Staff number"),
		"those who sign in here are not unused")
	require.Equal(t, []string{"1002"}, column(t, client.Get(path+"&days=9", "Cookie", province).Want(http.StatusOK).Body, "Staff number"), "only of the own province")
	require.Empty(t, column(t, client.Get(path+"&days=11", "Cookie", nation).Want(http.StatusOK).Body, "Staff number"), "the filter of the list")
	require.Equal(t, 3, c.audited(t, "identity.account.export"))
	client.Get(path).Problem(http.StatusUnauthorized, "actor.unauthenticated")
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	client.Get(path, "Cookie", c.Cookie(agent)).Problem(http.StatusForbidden, "actor.denied")
	require.ErrorIs(t, c.ExportUnused(c.As(agent), io.Discard, "en", 9), actor.ErrDenied)
	require.Equal(t, 3, c.audited(t, "identity.account.export"), "what was refused is not noted as taken")
}

func TestReviewsGoOutAsTheListShowsThem(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	c.Person("HN001", "周涛", c.Hunan, actor.ProvinceAdmin)
	c.Person("HN002", "吴磊", c.Hunan, actor.ProvinceManager)
	due := c.Clock.Now().Add(time.Hour)
	_, err := c.OpenCampaign(c.asAdmin, identity.NewCampaign{Name: "=HYPERLINK(\"x\")", Centre: c.Guangdong.UUID(), DueAt: due})
	require.NoError(t, err)
	other, err := c.OpenCampaign(c.asNation, identity.NewCampaign{Name: "湖南复核", Centre: c.Hunan.UUID(), DueAt: due})
	require.NoError(t, err)
	require.NoError(t, c.CloseCampaign(c.asNation, other, 1, "重新发起"))
	client := httpapitest.New(t, c.API(c.RegisterAPI))
	path := "/api/reviews/export"
	nation := c.Cookie(c.nationAdmin)
	require.Equal(t, []string{"湖南复核", "=HYPERLINK(\"x\")"}, column(t, client.Get(path, "Cookie", nation).Want(http.StatusOK).Body, "名称"), "newest first, formulas as text")
	require.Equal(t, []string{"closed"}, column(t, client.Get(path+"?state=closed&lang=en", "Cookie", nation).Want(http.StatusOK).Body, "State"))
	require.Equal(t, []string{"=HYPERLINK(\"x\")"}, column(t, client.Get(path, "Cookie", c.Cookie(c.admin)).Want(http.StatusOK).Body, "名称"), "nothing of another province")
	require.Equal(t, 3, c.audited(t, "identity.review.export"))
	client.Get(path+"?state=lost", "Cookie", nation).Problem(http.StatusUnprocessableEntity, "http.invalid_request")
	client.Get(path, "Cookie", c.Cookie(identitytest.Person{Number: "2001"})).Problem(http.StatusForbidden, "actor.denied")
	require.ErrorIs(t, c.ExportCampaigns(c.As(c.Person("2002", "李新", c.Guangzhou, actor.Agent)), io.Discard, "en", identity.CampaignFilter{}), actor.ErrDenied)
}

func TestTokensOfAllGoOutWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	_, own, err := c.Identity.CreateToken(c.asAdmin, nil, identity.NewToken{Name: "报表程序", Permissions: []actor.Permission{identity.RoleRead}, Networks: []string{"10.0.0.0/8"}})
	require.NoError(t, err)
	gone, _, err := c.Identity.CreateToken(c.asNation, nil, identity.NewToken{Name: "全国程序", Permissions: []actor.Permission{identity.RoleRead}})
	require.NoError(t, err)
	require.NoError(t, c.Identity.RevokeToken(c.asNation, gone))
	client := httpapitest.New(t, c.API())
	path := "/api/tokens/all/export?lang=en"
	all := client.Get(path, "Cookie", c.Cookie(c.nationAdmin)).Want(http.StatusOK).Body
	require.Equal(t, []string{"全国程序", "报表程序"}, column(t, all, "Name"))
	require.Equal(t, []string{"revoked", "valid"}, column(t, all, "State"))
	for _, row := range cells(t, all) {
		for _, cell := range row {
			require.NotContains(t, cell, own[len(own)-20:], "no secret")
		}
	}
	require.NotContains(t, string(client.Get("/api/tokens/all", "Cookie", c.Cookie(c.nationAdmin)).Want(http.StatusOK).Body), `"networks":null`, "a list is a list, also an empty one")
	require.Equal(t, []string{"报表程序"}, column(t, client.Get(path, "Cookie", c.Cookie(c.admin)).Want(http.StatusOK).Body, "Name"), "only of the own province")
	require.Equal(t, 2, c.audited(t, "identity.api_token.export"))
	client.Get(path, "Cookie", c.Cookie(c.manager)).Problem(http.StatusForbidden, "actor.denied")
	require.ErrorIs(t, c.Identity.ExportTokens(c.asBoss, io.Discard, "en"), actor.ErrDenied)
}

func TestHoldersOfARoleGoOutWithinTheAskersScope(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	c.Person("HN003", "郑洁", c.Hunan, actor.Agent)
	client := httpapitest.New(t, c.API())
	path := "/api/roles/" + c.Role(actor.Agent).String() + "/holders/export"
	require.ElementsMatch(t, []string{"2001", "HN003"}, column(t, client.Get(path, "Cookie", c.Cookie(c.nationAdmin)).Want(http.StatusOK).Body, "工号"))
	require.Equal(t, []string{"2001"}, column(t, client.Get(path, "Cookie", c.Cookie(c.admin)).Want(http.StatusOK).Body, "工号"))
	require.Equal(t, 2, c.audited(t, "identity.role_holder.export"))
	client.Get("/api/roles/"+identity.RoleID{}.String()+"/holders/export", "Cookie", c.Cookie(c.admin)).Problem(http.StatusNotFound, identity.ErrNoRole.Code)
	require.ErrorIs(t, c.Identity.ExportHolders(c.As(c.Person("2002", "李新", c.Guangzhou, actor.Agent)), io.Discard, "en", c.Role(actor.Agent)), actor.ErrDenied)
}

func TestPoliciesGoOutAsTheListShowsThem(t *testing.T) {
	t.Parallel()
	c := setupControl(t)
	text := policyText
	text.TitleZH = "=1+1"
	_, err := c.CreateRegulation(c.asNation, "SEC-01", text)
	require.NoError(t, err)
	id, err := c.CreateRegulation(c.asNation, "SEC-02", policyText)
	require.NoError(t, err)
	_, err = c.RequestPublication(c.asNation, id, 1, "年度修订")
	require.NoError(t, err)
	client := httpapitest.New(t, c.API(c.RegisterAPI))
	path := "/api/policies/export"
	file := client.Get(path+"?lang=en", "Cookie", c.Cookie(c.nationAdmin)).Want(http.StatusOK).Body
	require.Equal(t, []string{"SEC-01", "SEC-02"}, column(t, file, "Code"))
	require.Equal(t, []string{"=1+1", policyText.TitleZH}, column(t, file, "Chinese title"), "formulas as text")
	require.Equal(t, []string{"draft", "to be approved"}, column(t, file, "State of the newest"))
	for _, v := range column(t, file, "Version in force") {
		require.Empty(t, v, "none is in force yet")
	}
	require.Equal(t, 1, c.audited(t, "identity.policy.export"))
	agent := c.Person("2001", "陈新", c.Guangzhou, actor.Agent)
	client.Get(path, "Cookie", c.Cookie(agent)).Problem(http.StatusForbidden, "actor.denied")
	require.ErrorIs(t, c.ExportRegulations(c.As(agent), io.Discard, "en"), actor.ErrDenied)
	require.Equal(t, 1, c.audited(t, "identity.policy.export"), "what was refused is not noted as taken")
}
