package outboxtest_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/outbox"
	"yingda/internal/platform/outbox/outboxtest"
)

type place struct {
	Province int `json:"province_id"`
}

type closed struct {
	place
	Order  string          `json:"order"`
	At     time.Time       `json:"at"`
	Tags   []string        `json:"tags"`
	Extra  json.RawMessage `json:"extra"`
	Counts map[string]int  `json:"counts"`
	Note   *string         `json:"note,omitempty"`
	hidden int
}

type grown struct {
	closed
	By string `json:"by"`
}

func check[T any](dir string, update bool) error {
	return outboxtest.Compare(dir, outbox.NewTopic[T]("workorder.closed", 1), update)
}

func TestSchemaFollowsEncodingJSON(t *testing.T) {
	t.Parallel()
	s, err := outboxtest.SchemaOf(reflect.TypeFor[closed]())
	require.NoError(t, err)
	raw, err := json.Marshal(closed{hidden: 1})
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(raw, &fields))
	for name := range fields {
		require.Contains(t, s.Properties, name)
		require.Contains(t, s.Required, name)
	}
	require.Len(t, s.Properties, len(fields)+1, "and the note, which may be absent")
	require.Equal(t, "date-time", s.Properties["at"].Format)
	require.Equal(t, "string", s.Properties["tags"].Items.Type)
	require.Equal(t, "integer", s.Properties["counts"].Values.Type)
}

func TestGrowthNeedsAnUpdateAndBreakingNeedsANewTopic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.ErrorContains(t, check[closed](dir, false), "YINGDA_UPDATE=1", "no schema yet")
	require.NoError(t, check[closed](dir, true))
	require.NoError(t, check[closed](dir, false))
	require.ErrorContains(t, check[grown](dir, false), "YINGDA_UPDATE=1")
	require.NoError(t, check[grown](dir, true))
	for _, update := range []bool{false, true} {
		require.ErrorContains(t, check[closed](dir, update), "payload.by is gone")
	}
}

func TestBreaksNamesEveryIncompatibleChange(t *testing.T) {
	t.Parallel()
	type before struct {
		A int            `json:"a"`
		B []int          `json:"b"`
		C map[string]int `json:"c"`
		D struct {
			E string `json:"e"`
		} `json:"d"`
		F string `json:"f"`
	}
	type after struct {
		A string         `json:"a"`
		B []string       `json:"b"`
		C map[string]any `json:"c,omitempty"`
		D map[string]int `json:"d"`
		F string         `json:"f,omitempty"`
	}
	from, err := outboxtest.SchemaOf(reflect.TypeFor[before]())
	require.NoError(t, err)
	_, err = outboxtest.SchemaOf(reflect.TypeFor[after]())
	require.Error(t, err, "an interface says nothing about what is published")
	type described struct {
		A string         `json:"a"`
		B []string       `json:"b"`
		C map[string]int `json:"c"`
		D map[string]int `json:"d"`
		F string         `json:"f,omitempty"`
	}
	to, err := outboxtest.SchemaOf(reflect.TypeFor[described]())
	require.NoError(t, err)
	require.Equal(t, []string{
		"payload.a was integer and is string",
		"payload.b[] was integer and is string",
		"payload.d.e is gone",
		"payload.d{} changed between struct, map and list",
		"payload.f was always present and may now be absent",
	}, outboxtest.Breaks(from, to))
}

func TestTypesThatCannotBeDescribedAreRefused(t *testing.T) {
	t.Parallel()
	type node struct{ Next *node }
	for _, bad := range []reflect.Type{reflect.TypeFor[node](), reflect.TypeFor[struct{ F func() }](), reflect.TypeFor[struct{ N selfish }]()} {
		_, err := outboxtest.SchemaOf(bad)
		require.Error(t, err, bad.String())
	}
}

type selfish struct{}

func (selfish) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

func ExampleBreaks() {
	type v1 struct {
		Order string `json:"order"`
	}
	type v2 struct {
		Order int `json:"order"`
	}
	from, _ := outboxtest.SchemaOf(reflect.TypeFor[v1]())
	to, _ := outboxtest.SchemaOf(reflect.TypeFor[v2]())
	fmt.Println(outboxtest.Breaks(from, to))
	// Output: [payload.order was string and is integer]
}
