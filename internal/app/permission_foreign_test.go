package app

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/voice/recording"
)

// foreignThings find one thing of each kind that belongs to the other province, by the first words of the paths that
// name it. $1 are the centres of that province, $2 the account of somebody there.
var foreignThings = map[string]string{
	"/api/accounts/":       `SELECT a.id FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id WHERE s.centre_id = ANY ($1) AND a.id <> $2 LIMIT 1`,
	"/api/approvals/":      `SELECT id FROM approval.request WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/audit-entries/":  `SELECT id FROM audit.entry WHERE centre = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/calls/":          `SELECT id FROM voice.call WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/contacts/":       `SELECT id FROM interaction.contact WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/live-calls/":     `SELECT id FROM voice.call WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/number-actions/": `SELECT id FROM voice.number_action WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/queues/":         `SELECT id FROM routing.queue WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/phones/":         `SELECT id FROM voice.phone WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/prompts/":        `SELECT id FROM voice.prompt WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/trunk-groups/":   `SELECT id FROM voice.trunk_group WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/trunks/":         `SELECT t.id FROM voice.trunk t JOIN voice.trunk_group g ON g.id = t.group_id WHERE g.centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/calendar/days/":  `SELECT id FROM calendar.day WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/calendar/weeks/": `SELECT id FROM calendar.week WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/called-numbers/": `SELECT id FROM numbering.called WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/centres/":        `SELECT id FROM organization.centre WHERE id = ANY ($1) AND level = 'city' AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/recordings/":     `SELECT id FROM voice.recording WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/review-sheets/":  `SELECT id FROM identity.review_sheet WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/reviews/":        `SELECT id FROM identity.review_campaign WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/saved-views/":    `SELECT id FROM identity.saved_view WHERE account_id = $2 AND $1::uuid[] IS NOT NULL LIMIT 1`,
	"/api/service-areas/":  `SELECT id FROM organization.service_area WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/sessions/":       `SELECT id FROM identity.session WHERE account_id = $2 AND $1::uuid[] IS NOT NULL LIMIT 1`,
	"/api/staff/":          `SELECT id FROM organization.staff WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL ORDER BY number LIMIT 1`,
	"/api/teams/":          `SELECT id FROM organization.team WHERE centre_id = ANY ($1) AND $2::uuid IS NOT NULL LIMIT 1`,
	"/api/tokens/":         `SELECT id FROM identity.api_token WHERE account_id = $2 AND $1::uuid[] IS NOT NULL LIMIT 1`,
}

// everybodys are things of the whole nation or of the program, which no province owns: whoever holds the permission
// sees all of them, and what only the nation may change is refused by permission. An agent's own contacts are here too:
// they are cut to the person who asks, not to a province.
var everybodys = []string{
	"/api/agent/contacts/", "/api/break-reasons/", "/api/duty-rules/", "/api/own-policies/", "/api/policies/", "/api/ported-numbers/", "/api/posts/", "/api/reports/", "/api/roles/", "/api/skills/",
	"/api/webhook-deliveries/", "/api/webhooks/",
}

// checkForeign: for everything that is named by an id, a thing of another province gives exactly the answer of an id that
// nothing has.
func (h *house) checkForeign(t *testing.T) {
	// Between them they hold, in the first province only, every permission that can be held there.
	h.employ("OWN1", h.own.ID, actor.ProvinceAdmin, actor.Configuration)
	h.employ("OWN2", h.own.ID, actor.ProvinceManager, actor.Auditor, actor.Planner, actor.Trainer)
	h.makeForeign(t)
	held := readyPermissions()
	may := map[string][]actor.Role{"OWN1": {actor.ProvinceAdmin, actor.Configuration}, "OWN2": {actor.ProvinceManager, actor.Auditor, actor.Planner, actor.Trainer}}
	seen := map[string]bool{}
	for _, e := range h.endpoints {
		if !strings.Contains(e.path, "{id}") || slices.ContainsFunc(everybodys, func(p string) bool { return strings.HasPrefix(e.path, p) }) {
			continue
		}
		kind := e.path[:strings.Index(e.path, "{id}")]
		query, known := foreignThings[kind]
		require.True(t, known, "%s %s: say in foreignThings how to find one of another province", e.method, e.path)
		id := h.foreignID(t, kind, query)
		for number, roles := range may {
			if !slices.ContainsFunc(roles, func(r actor.Role) bool { return e.allowed(held[r]) }) {
				continue
			}
			seen[kind] = true
			missing := h.ask(number, e.method, e.filled(nil), e.media, e.body())
			foreign := h.ask(number, e.method, e.filled(map[string]string{"id": id}), e.media, e.body())
			what := e.method + " " + e.path + " as " + number
			assert.Equal(t, strings.ReplaceAll(missing.body, nobody, "ID"), strings.ReplaceAll(foreign.body, id, "ID"), what)
			assert.Equal(t, missing.status, foreign.status, what)
			assert.Equal(t, http.StatusNotFound, foreign.status, "%s: the request must come as far as the thing: %s", what, foreign.body)
		}
	}
	for kind := range foreignThings {
		require.True(t, seen[kind], "nobody of the first province may ask for %s", kind)
	}
}

func (h *house) foreignID(t *testing.T, kind, query string) string {
	tree, err := h.domains.organization.Tree(t.Context())
	require.NoError(t, err)
	var id, account uuid.UUID
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT a.id FROM identity.account a JOIN organization.staff s ON s.id = a.staff_id WHERE s.number = 'FAR1'`).Scan(&account))
	err = h.pool.QueryRow(t.Context(), query, uuids(tree.Below(h.foreign.ID)), account).Scan(&id)
	require.NoError(t, err, "the other province has none of %s", kind)
	return id.String()
}

func uuids(ids []organization.CentreID) []uuid.UUID {
	list := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		list[i] = id.UUID()
	}
	return list
}

// makeForeign gives the other province one of each kind of thing that the demonstration has not given it.
func (h *house) makeForeign(t *testing.T) {
	h.employ("FAR1", h.foreign.ID, actor.ProvinceAdmin)
	h.makeForeignRouting(t)
	h.employ("FAR2", h.foreign.ID, actor.Agent)
	var staff uuid.UUID
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT id FROM organization.staff WHERE number = 'FAR2'`).Scan(&staff))
	centre := h.foreign.ID.String()
	for _, m := range []struct {
		path string
		body map[string]any
	}{
		{"/api/account-requests", map[string]any{"act": "suspend", "staff_id": staff.String(), "grants": []any{}, "reason": "长期休假，账号先停用"}},
		{"/api/calendar/days", map[string]any{"centre_id": centre, "day": "2027-03-01", "kind": "off", "public": false, "name": "系统割接", "reason": "割接"}},
		{"/api/calendar/weeks", map[string]any{"centre_id": centre, "valid_from": "2027-03-01", "holidays": true, "reason": "调整", "periods": []any{
			map[string]any{"weekday": 1, "start": 480, "end": 720},
		}}},
		{"/api/reviews", map[string]any{"name": "三月权限复核", "centre_id": centre, "roles": []any{}, "due_at": "2030-01-01T00:00:00Z"}},
		{"/api/saved-views", map[string]any{"page": "organization.staff", "name": "我的人", "value": map[string]any{"state": "active"}, "shared": "private"}},
		{"/api/service-areas", map[string]any{"centre_id": centre, "service": "enterprise", "selector": "province", "value": h.foreign.Province}},
		{"/api/tokens", map[string]any{"name": "报表", "permissions": []any{"organization.staff.read"}}},
	} {
		raw, err := json.Marshal(m.body)
		require.NoError(t, err)
		got := h.ask("FAR1", http.MethodPost, m.path, "application/json", raw)
		require.Less(t, got.status, 300, "%s: %s", m.path, got.body)
	}
	_, err := h.domains.recording.Keep(t.Context(), recording.Start{Call: uuid.New(), Centre: h.foreign.ID, Began: h.clock.Now()}, nil, nil)
	require.NoError(t, err)
	h.makeForeignVoice(t)
	var there int
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT count(*) FROM organization.team WHERE centre_id = $1`, h.foreign.ID.UUID()).Scan(&there))
	if there == 0 {
		ctx := actor.With(t.Context(), actor.System("app.test", organization.TeamEdit))
		_, err := h.domains.organization.CreateTeam(ctx, nil, organization.NewTeam{Centre: h.foreign.ID, Code: "FAR", Name: "外省班组"})
		require.NoError(t, err)
	}
}
