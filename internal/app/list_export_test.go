package app

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exportElsewhere are lists whose export does not stand at their own path + "/export"; the path beside each.
var exportElsewhere = map[string]string{
	"list-codes": "/api/code-tables/{code}/export",
}

// notExported are lists that no file is made of; the reason beside each. Whoever adds one says why nobody would miss it.
var notExported = map[string]string{
	"list-segments":           "up to a million rows, which stand in the file that was handed in as this version",
	"list-staff-history":      "the audit of one person, which goes out by /api/audit-entries/export with that person as the object",
	"list-webhook-deliveries": "attempts to reach one machine, kept for days and looked at to deliver again",
}

// listed is an operation of the description as far as lists and files go.
type listed struct {
	ID         string `json:"operationId"`
	Permission string `json:"x-permission"`
	Parameters []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	Responses map[string]struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Format     string            `json:"format"`
	Properties map[string]schema `json:"properties"`
}

// answers reads the description of the API: what GET gives at each path.
func answers(t *testing.T) (paths map[string]listed, schemas map[string]schema) {
	t.Helper()
	var doc struct {
		Paths      map[string]map[string]listed `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	var out bytes.Buffer
	require.NoError(t, WriteOpenAPI(&out, Build{Version: "test"}))
	require.NoError(t, json.Unmarshal(out.Bytes(), &doc))
	paths = map[string]listed{}
	for path, operations := range doc.Paths {
		if get, ok := operations["get"]; ok {
			paths[path] = get
		}
	}
	return paths, doc.Components.Schemas
}

// isPaged reports a list that is read page by page: items, and where the next ones begin.
func (o listed) isPaged(schemas map[string]schema) bool {
	s := o.Responses["200"].Content["application/json"].Schema
	if s.Ref != "" {
		s = schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	_, items := s.Properties["items"]
	_, next := s.Properties["next"]
	return items && next
}

// isFile reports an answer to be saved.
func (o listed) isFile() bool {
	return o.Responses["200"].Content["application/octet-stream"].Schema.Format == "binary"
}

// filters are the parameters that say what is listed.
func (o listed) filters() []string {
	var list []string
	for _, p := range o.Parameters {
		if !slices.Contains([]string{"after", "limit"}, p.Name) {
			list = append(list, p.In+" "+p.Name)
		}
	}
	return list
}

// TestEveryListGoesOutToExcel: "Excel in and out on each list". A list without an export, or one whose export does not
// take its filters, is named.
func TestEveryListGoesOutToExcel(t *testing.T) {
	t.Parallel()
	paths, schemas := answers(t)
	lists := map[string]bool{}
	for path, list := range paths {
		if !list.isPaged(schemas) {
			continue
		}
		lists[list.ID] = true
		at := path + "/export"
		if other, ok := exportElsewhere[list.ID]; ok {
			at = other
		}
		file, there := paths[at]
		if reason, ok := notExported[list.ID]; ok {
			require.Greater(t, len(reason), 40, "%s needs a reason that can be read", list.ID)
			if there {
				t.Errorf("%s has its export; take it out of notExported", path)
			}
			continue
		}
		if !there || !file.isFile() {
			t.Errorf("%s (%s) lists what no file can be made of: add GET %s, or say in notExported why not", path, list.ID, at)
			continue
		}
		for _, want := range append(list.filters(), "query lang") {
			if !slices.Contains(file.filters(), want) && exportElsewhere[list.ID] == "" {
				t.Errorf("%s does not take %q, which %s takes", at, want, path)
			}
		}
	}
	require.Greater(t, len(lists), 30, "the description was read")
	for id := range notExported {
		require.True(t, lists[id], "%s is no list any more; take it out of notExported", id)
	}
	for id := range exportElsewhere {
		require.True(t, lists[id], "%s is no list any more; take it out of exportElsewhere", id)
	}
}
