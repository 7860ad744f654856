package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/organization"
	"yingda/internal/platform/config"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
)

// house is the whole program with its demonstration organisation, people of every ready role, and its API as it
// describes itself.
type house struct {
	*App
	t         testing.TB
	http      *http.Client
	endpoints []endpoint
	cookies   map[string]string // by staff number
	// The two provinces of the demonstration; people of roles below the nation belong to the first.
	nation, own, foreign organization.Centre
	city                 organization.Centre // of the first province
}

// endpoint is one operation of the API's own description.
type endpoint struct {
	method, path, id, permission string
	public                       bool
	tag, summary                 string
	media                        string          // of the request's body, "" for none
	schema                       json.RawMessage // of it, for JSON
	parameters                   []parameter
}

type parameter struct {
	Name     string          `json:"name"`
	In       string          `json:"in"`
	Required bool            `json:"required"`
	Schema   json.RawMessage `json:"schema"`
}

const matrixPassword = "Every#Door-Tried-Once"

// openHouse starts the program on a database of its own.
func openHouse(t *testing.T) *house {
	t.Helper()
	pool := postgrestest.New(t)
	dir := t.TempDir()
	cfg, err := config.Load(config.Sources{Environ: []string{
		"YINGDA_DATABASE_URL=" + pool.Config().ConnString(), "YINGDA_DATA_DIR=" + dir, "YINGDA_HTTP=127.0.0.1:0", "YINGDA_SIP=127.0.0.1:0", "YINGDA_DEMO=true",
	}})
	require.NoError(t, err)
	version, err := os.ReadFile("../../VERSION")
	require.NoError(t, err)
	h := &house{App: New(cfg, Build{Version: strings.TrimSpace(string(version))}, slog.New(slog.DiscardHandler)), t: t, cookies: map[string]string{}}
	require.NoError(t, h.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		require.NoError(t, h.Stop(ctx))
	})
	h.http = &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	t.Cleanup(h.http.CloseIdleConnections)
	h.describe()
	h.findCentres()
	return h
}

// describe reads the API's description.
func (h *house) describe() {
	var doc struct {
		Paths map[string]map[string]struct {
			ID          string      `json:"operationId"`
			Permission  string      `json:"x-permission"`
			Public      bool        `json:"x-public"`
			Summary     string      `json:"summary"`
			Tags        []string    `json:"tags"`
			Parameters  []parameter `json:"parameters"`
			RequestBody struct {
				Content map[string]struct{ Schema json.RawMessage }
			} `json:"requestBody"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	var out bytes.Buffer
	require.NoError(h.t, WriteOpenAPI(&out, h.build))
	require.NoError(h.t, json.Unmarshal(out.Bytes(), &doc))
	schemas = doc.Components.Schemas
	for path, operations := range doc.Paths {
		for method, o := range operations {
			e := endpoint{method: strings.ToUpper(method), path: path, id: o.ID, permission: o.Permission, public: o.Public, summary: o.Summary, parameters: o.Parameters}
			if len(o.Tags) > 0 {
				e.tag = o.Tags[0]
			}
			for media, content := range o.RequestBody.Content {
				e.media, e.schema = media, content.Schema
			}
			h.endpoints = append(h.endpoints, e)
		}
	}
	slices.SortFunc(h.endpoints, func(a, b endpoint) int {
		// Signing out ends the session that everything else is asked with.
		if last := boolOrder(a.id == "sign-out", b.id == "sign-out"); last != 0 {
			return last
		}
		return strings.Compare(a.path+" "+a.method, b.path+" "+b.method)
	})
	require.Greater(h.t, len(h.endpoints), 200)
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (h *house) findCentres() {
	tree, err := h.domains.organization.Tree(h.t.Context())
	require.NoError(h.t, err)
	var provinces []organization.Centre
	for _, c := range tree.Centres() {
		switch c.Level {
		case actor.Nation:
			h.nation = c
		case actor.Province:
			provinces = append(provinces, c)
		}
	}
	require.Len(h.t, provinces, 2, "the demonstration has two provinces")
	h.own, h.foreign = provinces[0], provinces[1]
	for _, id := range tree.Below(h.own.ID) {
		if c, _ := tree.Centre(id); c.Level == actor.City && h.city.ID.IsZero() {
			h.city = c
		}
	}
}

// employ makes somebody with the ready roles, where the first of them can be given, and signs them in.
func (h *house) employ(number string, at organization.CentreID, roles ...actor.Role) {
	h.t.Helper()
	ctx := actor.With(h.t.Context(), actor.System("app.test", organization.StaffEdit))
	hash, err := h.domains.identity.HashPassword(ctx, matrixPassword)
	require.NoError(h.t, err)
	err = postgres.InTx(ctx, h.pool, func(ctx context.Context, tx pgx.Tx) error {
		staff, err := h.domains.organization.CreateStaff(ctx, tx, organization.NewStaff{Number: number, Name: "权限矩阵", Centre: at})
		if err != nil {
			return err
		}
		seed := identity.Seed{Staff: staff.ID, PasswordHash: hash}
		for _, r := range roles {
			seed.Grants = append(seed.Grants, identity.SeedGrant{Role: string(r), Centre: at})
		}
		_, err = h.domains.identity.SeedAccounts(ctx, tx, []identity.Seed{seed})
		return err
	})
	require.NoError(h.t, err)
	h.signIn(number)
}

func (h *house) signIn(number string) {
	h.t.Helper()
	got, err := h.domains.identity.SignIn(h.t.Context(), identity.Credentials{Number: number, Password: matrixPassword}, identity.Origin{Address: "127.0.0.1", UserAgent: "matrix"})
	require.NoError(h.t, err)
	h.cookies[number] = identity.CookieName + "=" + got.Token
}

// reply is an answer that can be compared with another.
type reply struct {
	status int
	code   string // of a problem
	body   string // without what names the occurrence
}

// ask sends a request of somebody, "" for nobody.
func (h *house) ask(number, method, path, media string, body []byte) reply {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.URL()+path, bytes.NewReader(body))
	require.NoError(h.t, err)
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	r.Header.Set("Idempotency-Key", uuid.NewString())
	if number != "" {
		r.Header.Set("Cookie", h.cookies[number])
	}
	answer, err := h.http.Do(r)
	require.NoError(h.t, err, "%s %s", method, path)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(h.t, err, "%s %s", method, path)
	out := reply{status: answer.StatusCode, body: string(raw)}
	var problem map[string]any
	if strings.Contains(answer.Header.Get("Content-Type"), "problem") && json.Unmarshal(raw, &problem) == nil {
		out.code = fmt.Sprint(problem["code"])
		delete(problem, "instance")
		short, err := json.Marshal(problem)
		require.NoError(h.t, err)
		out.body = string(short)
	}
	return out
}

// filled is the path with every parameter given by name, or by something that nobody has.
func (e endpoint) filled(values map[string]string) string {
	path := e.path
	var query []string
	for _, p := range e.parameters {
		value, given := values[p.Name]
		switch {
		case p.In == "path":
			if !given {
				value = missingValue(p)
			}
			path = strings.Replace(path, "{"+p.Name+"}", value, 1)
		case p.In == "query" && (p.Required || given):
			if !given {
				value = inQuery(sample(p.Schema))
			}
			query = append(query, p.Name+"="+url.QueryEscape(value))
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	return path
}

func inQuery(v any) string {
	if at, ok := v.(time.Time); ok {
		return at.Format(time.RFC3339)
	}
	return fmt.Sprint(v)
}

// body is a request that fits the description.
func (e endpoint) body() []byte {
	if e.media != "application/json" {
		return []byte("x")
	}
	raw, _ := json.Marshal(sample(e.schema)) // made of plain values
	return raw
}

// nobody is an id that nothing has.
const nobody = "01930000-0000-7000-8000-00000000dead"

func missingValue(p parameter) string {
	if p.Name == "id" {
		return nobody
	}
	if _, isNumber := sample(p.Schema).(int); isNumber {
		return "2147483000"
	}
	return "nothing_that_exists"
}
