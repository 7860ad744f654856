package app

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
)

// matrixDocument is the table as people read it. YINGDA_UPDATE=1 writes it anew.
const matrixDocument = "../../docs/permissions.md"

// TestPermissionMatrix asks every endpoint as every ready role, as nobody, and for things of another province. What
// is expected comes from the endpoints' own description and from the permissions of the roles.
func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	held := readyPermissions()
	t.Run("no endpoint escapes", func(t *testing.T) { h.checkDescribed(t) })
	t.Run("the document is true", func(t *testing.T) { h.checkDocument(t, held) })
	t.Run("nobody is let in", func(t *testing.T) { h.checkNobody(t) })
	for i, role := range actor.ReadyRoles() {
		number := fmt.Sprintf("MX%02d", i)
		h.employ(number, h.placeOf(role), role.Role)
		t.Run(string(role.Role), func(t *testing.T) { h.checkRole(t, number, role, held[role.Role]) })
	}
	t.Run("foreign ids are as ids that do not exist", func(t *testing.T) { h.checkForeign(t) })
}

// readyPermissions gives what each ready role holds.
func readyPermissions() map[actor.Role]map[string]bool {
	held := map[actor.Role]map[string]bool{}
	for _, r := range actor.ReadyRoles() {
		held[r.Role] = map[string]bool{}
	}
	for _, d := range catalogue() {
		for _, r := range d.Ready {
			held[r][string(d.Permission)] = true
		}
	}
	return held
}

// placeOf gives a centre at which the role can be given, the highest there is.
func (h *house) placeOf(r actor.ReadyRole) organization.CentreID {
	switch {
	case slices.Contains(r.Levels, actor.Nation):
		return h.nation.ID
	case slices.Contains(r.Levels, actor.Province):
		return h.own.ID
	}
	return h.city.ID
}

// allowed is what the description and the role say.
func (e endpoint) allowed(held map[string]bool) bool {
	return e.public || e.permission == httpapi.SignedIn || e.permission == httpapi.AnySession || held[e.permission]
}

func (h *house) checkDescribed(t *testing.T) {
	known := map[string]bool{httpapi.SignedIn: true, httpapi.AnySession: true}
	for _, d := range catalogue() {
		require.False(t, known[string(d.Permission)], "%s is described twice", d.Permission)
		known[string(d.Permission)] = true
	}
	public := []string{}
	for _, e := range h.endpoints {
		switch {
		case e.public:
			require.Empty(t, e.permission, e.id)
			public = append(public, e.id)
		default:
			require.True(t, known[e.permission], "%s asks for %q, which no domain describes", e.id, e.permission)
		}
	}
	slices.Sort(public)
	require.Equal(t, []string{"finish-oidc", "get-sign-in-options", "set-up", "sign-in", "start-oidc"}, public, "whoever makes another endpoint public says so here")
}

// checkNobody: without a session nothing but the public endpoints answers, also what the description does not name.
func (h *house) checkNobody(t *testing.T) {
	for _, e := range h.endpoints {
		got := h.ask("", e.method, e.filled(nil), e.media, []byte("{"))
		if e.public {
			require.NotContains(t, []int{http.StatusForbidden, http.StatusInternalServerError}, got.status, "%s %s", e.method, e.path)
			continue
		}
		require.Equal(t, http.StatusUnauthorized, got.status, "%s %s: %s", e.method, e.path, got.body)
	}
	for _, path := range []string{"/api/live"} { // /metrics is open to programs of this machine
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, h.ask("", http.MethodGet, path, "", nil).status, path)
	}
}

// nationwide are endpoints whose permission counts only where it is held for the whole nation, because what they
// change is the same for all provinces; the code of the refusal beside each.
var nationwide = map[string]string{
	"create-post": "organization.nation_only", "update-post": "organization.nation_only", "import-posts": "organization.nation_only",
	"write-job-description": "organization.nation_only", "drop-job-description": "organization.nation_only",
	"issue-job-description": "organization.nation_only", "review-job-description": "organization.nation_only",
	"create-break-reason": "routing.not_yours", "update-break-reason": "routing.not_yours", "replay-decisions": "actor.denied",
	"create-skill": "organization.nation_only", "update-skill": "organization.nation_only", "import-skills": "organization.nation_only",
}

// outOfReach tells that the role holds the permission but can never be given where it counts.
func (e endpoint) outOfReach(r actor.ReadyRole, held map[string]bool) bool {
	return nationwide[e.id] != "" && held[e.permission] && !slices.Contains(r.Levels, actor.Nation)
}

// checkRole asks everything with a body that cannot be read, so that nothing is changed: permission comes first.
func (h *house) checkRole(t *testing.T, number string, role actor.ReadyRole, held map[string]bool) {
	asked := 0
	for _, e := range h.endpoints {
		if e.public {
			continue
		}
		if e.outOfReach(role, held) { // with a body that could be read, because the use case itself refuses
			asked++
			got := h.ask(number, e.method, e.filled(nil), e.media, e.body())
			require.Equal(t, http.StatusForbidden, got.status, "%s %s: %s", e.method, e.path, got.body)
			require.Equal(t, nationwide[e.id], got.code)
			continue
		}
		got := h.ask(number, e.method, e.filled(nil), e.media, []byte("{"))
		asked++
		if e.allowed(held) {
			require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, got.status, "%s %s should be allowed: %s", e.method, e.path, got.body)
			require.Less(t, got.status, 500, "%s %s: %s", e.method, e.path, got.body)
			continue
		}
		require.Equal(t, http.StatusForbidden, got.status, "%s %s needs %s: %s", e.method, e.path, e.permission, got.body)
		require.Equal(t, actor.ErrDenied.Code, got.code, "%s %s", e.method, e.path)
	}
	require.Greater(t, asked, 200)
}

// roleHeads are the columns of the document.
var roleHeads = map[actor.Role]string{
	actor.NationAdmin: "NA", actor.ProvinceAdmin: "PA", actor.CityAdmin: "CA", actor.NationManager: "NM", actor.ProvinceManager: "PM", actor.CityManager: "CM",
	actor.Auditor: "AU", actor.ShiftLeader: "SL", actor.Agent: "AG", actor.OutboundAgent: "OA", actor.BackOffice: "BO", actor.QualityInspector: "QI",
	actor.Trainer: "TR", actor.Planner: "PL", actor.KnowledgeSubmitter: "KS", actor.KnowledgeReviewer: "KR", actor.KnowledgeEntry: "KE", actor.HallManager: "HM",
	actor.HallGreeter: "HG", actor.HallConsultant: "HC", actor.HallClerk: "HK", actor.VIPManager: "VM", actor.EnterpriseManager: "EM",
	actor.RetentionManager: "RM", actor.MonitoringCentre: "MC", actor.ProductSupport: "PS", actor.Configuration: "CF", actor.FieldTechnician: "FT",
}

// document writes the matrix for people.
func (h *house) document(held map[actor.Role]map[string]bool) string {
	var b strings.Builder
	b.WriteString("# Permissions\n\nEvery endpoint by every ready role: ● allowed, · refused (403), ○ refused because it is\nthe nation's and the role is never given for the nation. Where a role is allowed, it is within the part of\nthe country that it was given for; what lies outside is \"not found\". Nobody is let in without signing in, except\nto the endpoints marked *public*. Written by `TestPermissionMatrix` (internal/app), which asks all of them.\n\n")
	roles := actor.ReadyRoles()
	b.WriteString("| | role | |\n|---|---|---|\n")
	for _, r := range roles {
		fmt.Fprintf(&b, "| %s | %s | %s, `%s` |\n", roleHeads[r.Role], r.EN, r.ZH, r.Role)
	}
	byTag := map[string][]endpoint{}
	for _, e := range h.endpoints {
		byTag[e.tag] = append(byTag[e.tag], e)
	}
	tags := make([]string, 0, len(byTag))
	for tag := range byTag {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	for _, tag := range tags {
		fmt.Fprintf(&b, "\n## %s\n\n| endpoint | permission |", tag)
		line := "|---|---|"
		for _, r := range roles {
			b.WriteString(" " + roleHeads[r.Role] + " |")
			line += "---|"
		}
		b.WriteString("\n" + line + "\n")
		list := byTag[tag]
		slices.SortFunc(list, func(a, b endpoint) int {
			return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.method, b.method))
		})
		for _, e := range list {
			fmt.Fprintf(&b, "| %s %s | %s |", e.method, e.path, cmp.Or(e.permission, "*public*"))
			for _, r := range roles {
				mark := " · |"
				switch {
				case e.outOfReach(r, held[r.Role]):
					mark = " ○ |"
				case e.allowed(held[r.Role]):
					mark = " ● |"
				}
				b.WriteString(mark)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func (h *house) checkDocument(t *testing.T, held map[actor.Role]map[string]bool) {
	require.Len(t, roleHeads, len(actor.ReadyRoles()), "every ready role has a column")
	want := h.document(held)
	if os.Getenv("YINGDA_UPDATE") != "" {
		require.NoError(t, os.WriteFile(matrixDocument, []byte(want), 0o644)) //nolint:gosec // a document
	}
	got, err := os.ReadFile(matrixDocument)
	require.NoError(t, err)
	require.True(t, string(got) == want, "docs/permissions.md is not what the program does: YINGDA_UPDATE=1 go test ./internal/app -run PermissionMatrix")
}
