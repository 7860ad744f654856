package httpapi

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/health"
)

type (
	Line          struct{ A int } // named as one of health is
	other         struct{ Line }
	pageOf[T any] struct{ Items []T }
)

func TestTypesOfTheSameNameGetNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	n := newSchemaNames()
	own, shared := reflect.TypeFor[Line](), reflect.TypeFor[health.Line]()
	require.Equal(t, "Line", n.name(shared, ""))
	require.Equal(t, "HttpapiLine", n.name(own, ""))
	require.Equal(t, "Line", n.name(reflect.PointerTo(shared), ""), "a name stays")
	require.Equal(t, "HttpapiLine", n.name(own, ""))
	require.Equal(t, "Other", n.name(reflect.TypeFor[other](), ""))
	require.Equal(t, "Hint", n.name(reflect.TypeFor[struct{ A int }](), "Hint"))
	require.Equal(t, "PageOfLine", n.name(reflect.TypeFor[pageOf[health.Line]](), ""))
	require.Equal(t, "HttpapiPageOfLine", n.name(reflect.TypeFor[pageOf[Line]](), ""))
}
