package httpapi_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/health"
)

func TestTheDescriptionIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	describe := func() string {
		b := setup(t)
		registerNotes(b)
		registerNumbers(b)
		var out bytes.Buffer
		require.NoError(t, b.api.WriteOpenAPI(&out))
		return out.String()
	}
	first := describe()
	for range 5 {
		require.Equal(t, first, describe())
	}
	var doc struct {
		OpenAPI    string
		Info       struct{ Version string }
		Paths      map[string]map[string]struct{ OperationID string }
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Type any }
				Required   []string
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(first), &doc))
	require.Equal(t, "3.1.0", doc.OpenAPI)
	require.Equal(t, "1.2.3", doc.Info.Version)
	require.Equal(t, "create-note", doc.Paths["/api/notes"]["post"].OperationID)
	require.Contains(t, doc.Components.Schemas, "Problem")
	require.Contains(t, doc.Components.Schemas["Problem"].Required, "code")
	require.Equal(t, "array", doc.Components.Schemas["PageInt"].Properties["items"].Type, "lists are never null")
	require.NotContains(t, first, "/healthz")
	require.NotContains(t, first, "$schema")

	b := setup(t)
	registerNotes(b)
	registerNumbers(b)
	require.Equal(t, first, string(b.client().Get("/openapi.json").Want(200).Body))
}

// TestEveryMessageOfHumaIsTranslated finds messages that a new version of huma brings: its source lists them.
func TestEveryMessageOfHumaIsTranslated(t *testing.T) {
	t.Parallel()
	setup(t) // translates
	for _, m := range []string{validation.MsgUnexpectedProperty, validation.MsgExpectedRequiredProperty, validation.MsgExpectedDependentRequiredProperty} {
		require.Equal(t, byte(0), m[0])
	}
	dir := moduleDir(t, "github.com/danielgtaylor/huma/v2")
	source, err := os.ReadFile(filepath.Join(dir, "validation", "messages.go"))
	if os.IsNotExist(err) {
		files, globErr := filepath.Glob(filepath.Join(dir, "validation", "*.go"))
		require.NoError(t, globErr)
		require.Len(t, files, 1)
		source, err = os.ReadFile(files[0])
	}
	require.NoError(t, err)
	ours, err := os.ReadFile("validate.go")
	require.NoError(t, err)
	names := regexp.MustCompile(`(?m)^\s*(Msg\w+)`).FindAllSubmatch(source, -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		require.Contains(t, string(ours), "&validation."+string(name[1])+",")
	}
	require.False(t, huma.DefaultArrayNullable)
}

func TestWarningsAreCompleteInBothLanguages(t *testing.T) {
	t.Parallel()
	c := setup(t).api.Health()
	for _, w := range c.Warnings {
		for _, text := range []health.Text{w.Chinese, w.English} {
			require.NotEmpty(t, text.Title, w.Code)
			require.NotEmpty(t, text.Cause, w.Code)
			require.NotEmpty(t, text.Remedy, w.Code)
		}
	}
}
