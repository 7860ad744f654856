package identity_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/identity/identitytest"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/outbox/outboxtest"
)

type sessionAnswer struct {
	State   string `json:"state"`
	Pending string `json:"pending"`
	Person  struct {
		Number string `json:"number"`
		Centre struct {
			Name  string `json:"name"`
			Level string `json:"level"`
		} `json:"centre"`
	} `json:"person"`
	Permissions []string `json:"permissions"`
	Scope       struct {
		National bool        `json:"national"`
		Centres  []uuid.UUID `json:"centres"`
	} `json:"scope"`
}

func TestABrowserSignsInWorksAndSignsOut(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	c := httpapitest.New(t, w.API())
	c.Get("/api/session").Problem(http.StatusUnauthorized, "actor.unauthenticated")
	c.Get("/api/accounts").Problem(http.StatusUnauthorized, "actor.unauthenticated")
	c.Post("/api/sign-in", map[string]string{"number": "GD900", "password": "no"}).Problem(http.StatusUnauthorized, "identity.wrong_credentials")
	answer := c.Post("/api/sign-in", map[string]string{"number": "gd900", "password": identitytest.Password}).Want(http.StatusOK)
	set := answer.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		require.Contains(t, set, want)
	}
	require.NotContains(t, set, "Secure", "plain HTTP")
	cookie, _, _ := strings.Cut(set, ";")

	var s sessionAnswer
	c.Get("/api/session", "Cookie", cookie).Want(http.StatusOK).JSON(&s)
	require.Equal(t, "signed_in", s.State)
	require.Equal(t, "GD900", s.Person.Number)
	require.Equal(t, "广东客服中心", s.Person.Centre.Name)
	require.Contains(t, s.Permissions, string(identity.AccountRead))
	require.False(t, s.Scope.National)
	require.ElementsMatch(t, []uuid.UUID{w.Guangdong.UUID(), w.Guangzhou.UUID()}, s.Scope.Centres)

	c.Get("/api/roles", "Cookie", cookie).Want(http.StatusOK)
	c.Post("/api/roles", map[string]string{}, "Cookie", cookie).Problem(http.StatusForbidden, "actor.denied")
	c.Post("/api/sign-out", nil, "Cookie", cookie, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site").Problem(http.StatusForbidden, "http.cross_origin")
	gone := c.Post("/api/sign-out", nil, "Cookie", cookie)
	require.Less(t, gone.Status, 300)
	require.Contains(t, gone.Header.Get("Set-Cookie"), "Max-Age=0")
	c.Get("/api/session", "Cookie", cookie).Problem(http.StatusUnauthorized, "actor.unauthenticated")
}

func TestListsAreCutToTheScope(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	admin := w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	mine := w.Person("GD001", "张晓明", w.Guangzhou, actor.Agent)
	foreign := w.Person("HN001", "赵敏", w.Changsha, actor.Agent)
	c, cookie := httpapitest.New(t, w.API()), w.Cookie(admin)
	numbers := func(path string) (list []string) {
		var page struct {
			Items []identity.AccountItem `json:"items"`
		}
		c.Get(path, "Cookie", cookie).Want(http.StatusOK).JSON(&page)
		for _, i := range page.Items {
			list = append(list, i.Number)
		}
		return list
	}
	require.Equal(t, []string{"GD001", "GD900"}, numbers("/api/accounts"))
	require.Equal(t, []string{"GD001"}, numbers("/api/accounts?q=gd00"))
	require.Equal(t, []string{"GD001"}, numbers("/api/accounts?q=%E6%99%93%E6%98%8E"))
	require.Equal(t, []string{"GD001"}, numbers("/api/accounts?centre_id="+w.Guangzhou.String()))
	require.Equal(t, []string{"GD900"}, numbers("/api/accounts?role_id="+w.Role(actor.ProvinceAdmin).String()))
	require.Empty(t, numbers("/api/accounts?state=left"))
	c.Get("/api/accounts/"+mine.Account.String(), "Cookie", cookie).Want(http.StatusOK)
	for _, path := range []string{"", "/permissions", "/sessions", "/sign-ins"} {
		c.Get("/api/accounts/"+foreign.Account.String()+path, "Cookie", cookie).Problem(http.StatusNotFound, "identity.no_such_account")
	}
	for _, act := range []string{"/reset-password", "/unlock", "/disable-totp", "/end-sessions"} {
		c.Post("/api/accounts/"+foreign.Account.String()+act, map[string]string{"reason": "x"}, "Cookie", cookie).Problem(http.StatusNotFound, "identity.no_such_account")
	}
	file := c.Get("/api/accounts/export", "Cookie", cookie).Want(http.StatusOK)
	require.True(t, strings.HasPrefix(string(file.Body), "PK"))
	var n int
	require.NoError(t, w.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit.entry WHERE action = 'identity.account.export'`).Scan(&n))
	require.Equal(t, 1, n)
}

func TestRolesAndRulesAreEditedOverHTTP(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	c, cookie := httpapitest.New(t, w.API()), w.Cookie(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	body := map[string]any{"code": "checker", "name_zh": "复核员", "name_en": "Checker", "levels": []string{"city"}, "permissions": []string{string(identity.RoleRead)}}
	var made struct {
		ID string `json:"id"`
	}
	c.Post("/api/roles", body, "Cookie", cookie, "Idempotency-Key", "role-1").Want(http.StatusCreated).JSON(&made)
	c.Post("/api/roles", body, "Cookie", cookie, "Idempotency-Key", "role-1").Want(http.StatusCreated)
	delete(body, "code")
	body["version"], body["note"] = 1, "仅复核"
	var r identity.Role
	c.Send(http.MethodPut, "/api/roles/"+made.ID, body, "Cookie", cookie).Want(http.StatusOK).JSON(&r)
	require.Equal(t, "仅复核", r.Note)
	c.Send(http.MethodPut, "/api/roles/"+made.ID, body, "Cookie", cookie).Problem(http.StatusConflict, "identity.changed_meanwhile")
	c.Get("/api/roles/"+made.ID+"/holders", "Cookie", cookie).Want(http.StatusOK)
	c.Delete("/api/roles/"+made.ID+"?version=2", "Cookie", cookie).Want(http.StatusNoContent)
	rule := map[string]any{"first": string(identity.TokenOwn), "second": string(identity.AccountApprove), "reason_zh": "一", "reason_en": "one"}
	c.Post("/api/duty-rules", rule, "Cookie", cookie, "Idempotency-Key", "rule-1").Want(http.StatusCreated).JSON(&made)
	rule["version"] = 1
	c.Send(http.MethodPut, "/api/duty-rules/"+made.ID, rule, "Cookie", cookie).Want(http.StatusNoContent)
	c.Delete("/api/duty-rules/"+made.ID+"?version=2", "Cookie", cookie).Want(http.StatusNoContent)
	c.Get("/api/duty-rules", "Cookie", cookie).Want(http.StatusOK)
	c.Get("/api/permissions", "Cookie", cookie).Want(http.StatusOK)
	require.True(t, strings.HasPrefix(string(c.Get("/api/roles/export", "Cookie", cookie).Want(http.StatusOK).Body), "PK"))

	var token struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	c.Post("/api/tokens", map[string]any{"name": "程序", "permissions": []string{string(identity.RoleRead)}}, "Cookie", cookie).Want(http.StatusCreated).JSON(&token)
	c.Get("/api/roles", "Authorization", "Bearer "+token.Token).Want(http.StatusOK)
	c.Get("/api/accounts", "Authorization", "Bearer "+token.Token).Problem(http.StatusForbidden, "actor.denied")
	c.Get("/api/roles", "Authorization", "Bearer wrong", "Cookie", cookie).Problem(http.StatusUnauthorized, "actor.unauthenticated")
	c.Delete("/api/tokens/"+token.ID, "Cookie", cookie).Want(http.StatusNoContent)
	c.Get("/api/roles", "Authorization", "Bearer "+token.Token).Problem(http.StatusUnauthorized, "actor.unauthenticated")
}

func TestThePolicyAndOptionsAreOpenAndTellNothingElse(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t, func(c *identity.Config) { c.Demo = true })
	w.Person("GD900", "王芳", w.Guangdong, actor.ProvinceAdmin)
	c := httpapitest.New(t, w.API())
	var o struct {
		SetupNeeded bool             `json:"setup_needed"`
		Providers   []map[string]any `json:"providers"`
		Demo        []map[string]any `json:"demo_accounts"`
	}
	c.Get("/api/sign-in-options").Want(http.StatusOK).JSON(&o)
	require.False(t, o.SetupNeeded)
	require.Empty(t, o.Providers)
	require.Len(t, o.Demo, 1)
	c.Post("/api/setup", map[string]any{
		"code": "x", "centre_code": "CN", "centre_name": "x",
		"administrator": map[string]string{"number": "A1", "name": "a", "password": "p"}, "approver": map[string]string{"number": "A2", "name": "b", "password": "p"},
	}).Problem(http.StatusConflict, "identity.already_set_up")
}

func TestHostileTextSurvivesOrIsRefusedByName(t *testing.T) {
	t.Parallel()
	w := identitytest.New(t)
	ctx := w.As(w.Person("CN001", "王芳", w.Nation, actor.NationAdmin))
	c, cookie := httpapitest.New(t, w.API()), w.Cookie(identitytest.Person{Number: "CN001"})
	for i, text := range hostile.Strings() {
		e := edit(identity.RoleRead)
		e.Note = text
		id, err := w.Identity.CreateRole(ctx, nil, "r"+strings.ReplaceAll(uuid.NewString(), "-", "")[:20], e)
		if err != nil {
			require.Equal(t, "identity.invalid_role", codeOf(err), "%d %q", i, text)
			continue
		}
		var r identity.Role
		c.Get("/api/roles/"+id.String(), "Cookie", cookie).Want(http.StatusOK).JSON(&r)
		require.Equal(t, strings.TrimSpace(text), r.Note, "%d", i)
		c.Post("/api/sign-in", map[string]string{"number": text, "password": text})
	}
}

func TestPayloadsOfEventsStayReadable(t *testing.T) {
	t.Parallel()
	outboxtest.Golden(t, identity.TopicAccount, identity.TopicRole, identity.TopicRule, identity.TopicSession, identity.TopicAPIToken)
}
