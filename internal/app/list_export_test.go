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
	"get-review-sheet":         "/api/reviews/{id}/export",
	"list-code-layer-versions": "/api/audit-entries/export",
	"list-dispositions":        "/api/code-trees/{key}/export", // contact.reason
	"list-codes":               "/api/code-tables/{code}/export",
	"list-own-tokens":          "/api/tokens/all/export",
	"list-setting-versions":    "/api/audit-entries/export",
	"read-centre-tree":         "/api/centres/export",
}

// notExported are lists that no file is made of; the reason beside each. Whoever adds one says why nobody would miss it.
var notExported = map[string]string{
	"list-segments":           "up to a million rows, which stand in the file that was handed in as this version",
	"list-staff-history":      "the audit of one person, which goes out by /api/audit-entries/export with that person as the object",
	"list-webhook-deliveries": "attempts to reach one machine, kept for days and looked at to deliver again",

	// Read at once, without pages:
	"explain-account":        "an answer to why one person may do something now; accounts and roles go out with all that it is made of",
	"get-call-ladder":        "the messages of one call drawn as a ladder; the list of calls goes out",
	"get-help":               "help of the page at which somebody looks; all texts go out by /api/help-texts/export",
	"get-live-ladder":        "a live view of one call that is still going on, of use for seconds",
	"list-account-sessions":  "a live view: where one person is signed in at this moment",
	"list-account-sign-ins":  "the sign-ins of one person, which go out by /api/audit-entries/export with that person as the actor",
	"list-approval-kinds":    "the kinds that the program knows, for a filter; the approvals go out",
	"list-break-reasons":     "a handful of words to choose from at the desk, changed one by one beside the queues",
	"list-code-trees":        "the trees that the program knows; each goes out by /api/code-trees/{key}/export",
	"list-help-versions":     "texts of one help entry, to be compared and brought back one by one",
	"list-job-descriptions":  "texts of one post in several versions, read and issued one by one; who acknowledged them goes out",
	"list-live-calls":        "a live view that has changed before the file is open; the calls go out by /api/calls/export",
	"list-my-phones":         "phones to sit down at now, as one person may choose them; phones go out by /api/phones/export",
	"list-number-targets":    "choices of a form; queues go out by /api/queues/export",
	"list-own-policies":      "what one person must read, with its text; the policies go out by /api/policies/export",
	"list-own-review-sheets": "what one person has to sign; the reviews go out by /api/reviews/export",
	"list-own-sessions":      "a live view: where one is signed in oneself at this moment",
	"list-own-sign-ins":      "a look at one's own last sign-ins, to notice a stranger's",
	"list-permissions":       "the words of the program; docs/permissions.md has all of them with the roles, and roles go out with theirs",
	"list-preferences":       "how one person likes the pages, kept for the pages alone",
	"list-saved-views":       "filters that one person keeps, of use on the page alone",
}

// workplaces are the domains whose lists without pages are views of work under way, made for one screen: what is kept of
// it is paged. Their paged lists are held like all others.
var workplaces = []string{"interaction.", "report.", "routing."}

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
	Type       any               `json:"type"` // a word, or several where null is one of them
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

// body is what the answer says.
func (o listed) body(schemas map[string]schema) schema {
	s := o.Responses["200"].Content["application/json"].Schema
	if s.Ref != "" {
		s = schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// isPaged reports a list that is read page by page: items, and where the next ones begin.
func (o listed) isPaged(schemas map[string]schema) bool {
	s := o.body(schemas)
	_, items := s.Properties["items"]
	_, next := s.Properties["next"]
	return items && next
}

// isWhole reports a list that is read at once: an answer that is called one, that has items, or that is nothing but lists.
func (o listed) isWhole(schemas map[string]schema) bool {
	s := o.body(schemas)
	lists := 0
	for _, p := range s.Properties {
		if p.isArray() {
			lists++
		}
	}
	_, next := s.Properties["next"]
	return !next && lists > 0 && (s.Properties["items"].isArray() || strings.HasPrefix(o.ID, "list-") || lists == len(s.Properties))
}

func (s schema) isArray() bool {
	several, _ := s.Type.([]any)
	return s.Type == "array" || slices.Contains(several, any("array"))
}

// atWork reports a list of one of the workplaces.
func (o listed) atWork() bool {
	return slices.ContainsFunc(workplaces, func(domain string) bool { return strings.HasPrefix(o.Permission, domain) })
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

// TestEveryListGoesOutToExcel: "Excel in and out on each list", those that are read page by page and those that are read
// at once. A list without an export, or one whose export does not take its filters, is named.
func TestEveryListGoesOutToExcel(t *testing.T) {
	t.Parallel()
	paths, schemas := answers(t)
	lists := map[string]bool{}
	for path, list := range paths {
		if !list.isPaged(schemas) && (!list.isWhole(schemas) || list.atWork()) {
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
	require.Greater(t, len(lists), 60, "the description was read")
	for id := range notExported {
		require.True(t, lists[id], "%s is no list any more; take it out of notExported", id)
	}
	for id := range exportElsewhere {
		require.True(t, lists[id], "%s is no list any more; take it out of exportElsewhere", id)
	}
}
