package voice_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/outbox/outboxtest"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice"
)

// client asks over HTTP as somebody of national scope.
func (o *office) client(t *testing.T) *httpapitest.Client {
	t.Helper()
	api := httpapi.New(httpapi.Config{
		Logger: quiet, Clock: o.clock, Pool: o.pool, CursorKey: []byte("k"),
		Guard: func(r *http.Request) (context.Context, error) {
			return actor.With(r.Context(), as(actor.National())), nil
		},
		Permit: func(ctx context.Context, p string) error {
			_, err := actor.Allow(ctx, actor.Permission(p))
			return err
		},
	})
	o.RegisterAPI(api)
	return httpapitest.New(t, api)
}

type thing struct {
	ID, Name, Number, Password string
	Version                    int
	Editable                   bool
	HasPassword                bool `json:"has_password"`
	Health                     struct{ State string }
}

func TestTrunksOverHTTP(t *testing.T) {
	t.Parallel()
	o := setup(t)
	api := o.client(t)
	var group, made, again thing
	api.Post("/api/trunk-groups", map[string]any{"code": "A", "name": "甲局向", "centre_id": o.nation.ID.String(), "note": ""}, "Idempotency-Key", uuid.NewString()).Want(201).JSON(&group)
	body := map[string]any{
		"group_id": group.ID, "name": "甲方中继", "hosts": []string{"10.0.0.1:5060"}, "transport": "udp", "username": "yd", "password": "secret-1", "register": true,
		"priority": 10, "weight": 50, "max_calls": 100, "codecs": []string{"PCMA"}, "inband_dtmf": false, "caller_header": "pai", "disabled": false, "note": "",
	}
	key := uuid.NewString()
	answer := api.Post("/api/trunks", body, "Idempotency-Key", key).Want(201)
	answer.JSON(&made)
	require.NotContains(t, string(answer.Body), "secret-1")
	require.Equal(t, "unknown", made.Health.State)
	require.True(t, made.HasPassword)
	api.Post("/api/trunks", body, "Idempotency-Key", key).Want(201).JSON(&again)
	require.Equal(t, made.ID, again.ID)
	api.Post("/api/trunks", body, "Idempotency-Key", uuid.NewString()).Problem(409, "voice.trunk_name_taken")
	body["version"], body["hosts"] = 1, []string{"not a host"}
	api.Send(http.MethodPut, "/api/trunks/"+made.ID, body).Problem(422, "voice.invalid_trunk").Field("body.hosts", "format")
	delete(body, "password")
	body["hosts"] = []string{"10.0.0.2"}
	api.Send(http.MethodPut, "/api/trunks/"+made.ID, body).Want(200).JSON(&made)
	require.Equal(t, 2, made.Version)
	require.True(t, made.HasPassword)
	api.Send(http.MethodPut, "/api/trunks/"+made.ID, body).Problem(409, "voice.changed_meanwhile")
	api.Get("/api/trunks/" + made.ID).Want(200).JSON(&made)
	require.True(t, made.Editable)
	var list httpapi.Page[thing]
	api.Get("/api/trunks?q=10.0.0&limit=1").Want(200).JSON(&list)
	require.Len(t, list.Items, 1)
	api.Post("/api/trunks/"+made.ID+"/test", map[string]any{}).Problem(503, "voice.no_node")
	require.Equal(t, sheet.ContentType, api.Get("/api/trunks/export?lang=en").Want(200).Header.Get("Content-Type"))
	api.Delete("/api/trunk-groups/"+group.ID+"?version=1").Problem(409, "voice.trunk_group_in_use")
	api.Delete("/api/trunks/" + made.ID + "?version=2").Want(204)
	api.Delete("/api/trunk-groups/" + group.ID + "?version=1").Want(204)
	api.Get("/api/trunk-groups").Want(200)
}

func TestPhonesOverHTTPShowTheirPasswordOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	api := o.client(t)
	run1(t, o.Publisher(&switchboard{phones: []voice.Registration{{Phone: "8001", Contact: "sip:8001@192.0.2.7", Source: "192.0.2.7:5062", Transport: "udp", Agent: "baresip", Expires: o.clock.Now().Add(time.Hour)}}}))
	var made thing
	api.Post("/api/phones", map[string]any{"number": "8001", "display_name": "前台", "centre_id": o.nation.ID.String(), "staff_number": "", "disabled": false, "note": ""}).Want(201).JSON(&made)
	require.Len(t, made.Password, 20)
	got := api.Get("/api/phones/" + made.ID).Want(200)
	require.NotContains(t, string(got.Body), made.Password)
	require.Eventually(t, func() bool {
		var list httpapi.Page[struct{ Contacts []struct{ Source string } }]
		api.Get("/api/phones").Want(200).JSON(&list)
		return len(list.Items) == 1 && len(list.Items[0].Contacts) == 1 && list.Items[0].Contacts[0].Source == "192.0.2.7:5062"
	}, 10*time.Second, 10*time.Millisecond)
	var renewed thing
	api.Post("/api/phones/"+made.ID+"/password", map[string]any{"version": 1}).Want(200).JSON(&renewed)
	require.NotEqual(t, made.Password, renewed.Password)
	api.Send(http.MethodPut, "/api/phones/"+made.ID, map[string]any{"display_name": "前台二", "centre_id": o.nation.ID.String(), "staff_number": "", "disabled": true, "note": "", "version": 2}).Want(200)
	require.Equal(t, sheet.ContentType, api.Get("/api/phones/export").Want(200).Header.Get("Content-Type"))
	api.Delete("/api/phones/" + made.ID + "?version=3").Want(204)
}

func TestNumbersAndPromptsOverHTTP(t *testing.T) {
	t.Parallel()
	o := setup(t)
	api := o.client(t)
	var prompt, made thing
	api.Post("/api/prompts?name=hi&centre_id="+o.nation.ID.String(), []byte("no sound"), "Content-Type", "application/octet-stream").Problem(422, "voice.not_a_prompt")
	api.Post("/api/prompts?name=hi&centre_id="+o.nation.ID.String(), wav(8000, 1, 4000), "Content-Type", "application/octet-stream").Want(201).JSON(&prompt)
	sound := api.Get("/api/prompts/" + prompt.ID + "/audio").Want(200)
	require.Equal(t, "audio/wav", sound.Header.Get("Content-Type"))
	require.Equal(t, wav(8000, 1, 4000), sound.Body)
	body := map[string]any{
		"number": "96800", "match": "number", "name": "热线", "centre_id": o.nation.ID.String(), "act": "prompt", "prompt_id": prompt.ID, "repeat": false, "cause": "", "disabled": false, "note": "",
	}
	api.Post("/api/number-actions", body, "Idempotency-Key", uuid.NewString()).Want(201).JSON(&made)
	body["act"], body["cause"], body["version"] = "reject", "nonsense", 1
	api.Send(http.MethodPut, "/api/number-actions/"+made.ID, body).Problem(422, "voice.invalid_number_action").Field("body.cause", "unknown")
	body["cause"] = "busy"
	api.Send(http.MethodPut, "/api/number-actions/"+made.ID, body).Want(200)
	api.Get("/api/number-actions/" + made.ID).Want(200)
	file := api.Get("/api/number-actions/export?lang=en").Want(200)
	var report sheet.Report
	api.Post("/api/number-actions/import?dry_run=true", file.Body, "Content-Type", "application/octet-stream").Want(200).JSON(&report)
	require.Equal(t, 1, report.Same)
	api.Get("/api/number-actions?act=reject&q=968").Want(200)
	api.Get("/api/prompts?q=h").Want(200)
	api.Delete("/api/number-actions/" + made.ID + "?version=2").Want(204)
	api.Delete("/api/prompts/" + prompt.ID + "?version=1").Want(204)
}

func TestCallsOverHTTPAreMasked(t *testing.T) {
	t.Parallel()
	o := setup(t)
	api := o.client(t)
	c := o.ended(voice.TrunkID{}, uuid.UUID{}, "13812345678")
	require.True(t, o.Record(c))
	flush(t, o.Service)
	b := &switchboard{calls: []voice.LiveCall{{ID: voice.NewCallID(), State: voice.Talking, Direction: voice.In, Caller: "13812345678", Called: "96800", Started: o.clock.Now()}}}
	run1(t, o.Publisher(b))
	for _, path := range []string{"/api/calls", "/api/calls?number=13812345678&since=2020-01-01T00:00:00Z", "/api/calls/" + c.ID.String(), "/api/calls/" + c.ID.String() + "/ladder"} {
		answer := api.Get(path).Want(200)
		require.NotContains(t, string(answer.Body), "12345678", path)
		require.Contains(t, string(answer.Body), "138****5678", path)
	}
	require.Eventually(t, func() bool {
		var live struct{ Items []struct{ Caller string } }
		api.Get("/api/live-calls").Want(200).JSON(&live)
		return len(live.Items) == 1 && live.Items[0].Caller == "+86138****5678"
	}, 10*time.Second, 10*time.Millisecond)
	id := b.Calls()[0].ID.String()
	api.Get("/api/live-calls/" + id + "/ladder").Want(200)
	api.Post("/api/live-calls/"+id+"/hang-up", map[string]any{"reason": "占线太久"}).Want(204)
	api.Post("/api/live-calls/"+id+"/hang-up", map[string]any{"reason": "占线太久"}).Problem(404, "voice.no_such_call")
	api.Get("/api/calls/01930000-0000-7000-8000-000000000000").Problem(404, "voice.no_such_call")
	require.Equal(t, sheet.ContentType, api.Get("/api/calls/export?lang=en").Want(200).Header.Get("Content-Type"))
}

func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	outboxtest.Golden(t, voice.Topics()...)
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	o := setup(t)
	codes := func(s *voice.Service) []string {
		var found []string
		for _, f := range s.Health().Check(t.Context()) {
			found = append(found, f.Warning.Code)
		}
		return found
	}
	require.Empty(t, codes(o.Service))
	require.Equal(t, []string{"voice.not_loaded"}, codes(voice.New(o.config)))
	trunk := o.trunk(t, line(o.group(t, "A", o.nation), "甲", "10.0.0.1"))
	run1(t, o.Publisher(&switchboard{trunks: []voice.TrunkStatus{{Trunk: trunk.ID, State: voice.TrunkDown, Problem: "timeout"}}}))
	require.Eventually(t, func() bool { f := codes(o.Service); return len(f) == 1 && f[0] == "voice.trunk_down" }, 10*time.Second, 10*time.Millisecond)
	o.clock.Advance(time.Minute)
	require.Contains(t, codes(o.Service), "voice.stale")
}
