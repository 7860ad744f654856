package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
)

type listNumbers struct {
	httpapi.PageRequest
	Odd bool `query:"odd"`
}

type numbersAnswer struct{ Body httpapi.Page[int] }

// registerNumbers lists 1 to 120 in order, or the odd ones.
func registerNumbers(b *bundle) {
	httpapi.Register(b.api, get("list-numbers", "/api/numbers"), func(ctx context.Context, in *listNumbers) (*numbersAnswer, error) {
		step := 1
		if in.Odd {
			step = 2
		}
		page, err := httpapi.Paginate(ctx, b.api.Cursors(), fmt.Sprintf("list-numbers odd=%t", in.Odd), in.PageRequest,
			func(_ context.Context, after *int, limit int32) ([]int, error) {
				n := 1
				if after != nil {
					n = *after + step
				}
				var rows []int
				for ; n <= 120 && len(rows) < int(limit); n += step {
					rows = append(rows, n)
				}
				return rows, nil
			}, func(n int) int { return n })
		return &numbersAnswer{page}, err
	})
}

func TestPagesFollowOneAnotherToTheEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNumbers(b)
	c := b.client()
	var seen []int
	var sizes []int
	after := ""
	for {
		var p httpapi.Page[int]
		c.Get("/api/numbers?after=" + url.QueryEscape(after)).Want(200).JSON(&p)
		seen, sizes = append(seen, p.Items...), append(sizes, len(p.Items))
		if after = p.Next; after == "" {
			break
		}
	}
	require.Equal(t, []int{50, 50, 20}, sizes)
	for i, n := range seen {
		require.Equal(t, i+1, n)
	}
	var p httpapi.Page[int]
	c.Get("/api/numbers?limit=120").Want(200).JSON(&p)
	require.Empty(t, p.Next, "a page that is exactly full and last has no next")
	const code = "http.invalid_request"
	c.Get("/api/numbers?limit=201").Problem(422, code).Field("query.limit", "too_large")
	c.Get("/api/numbers?limit=0").Problem(422, code).Field("query.limit", "too_small")
}

func TestACursorServesItsOwnListOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registerNumbers(b)
	c := b.client()
	var p httpapi.Page[int]
	c.Get("/api/numbers?odd=true&limit=10").Want(200).JSON(&p)
	c.Get("/api/numbers?odd=true&after=" + p.Next).Want(200)
	const code = "http.invalid_request"
	c.Get("/api/numbers?after="+p.Next).Problem(422, code).Field("query.after", "cursor")
	c.Get("/api/numbers?after=nonsense").Problem(422, code).Field("query.after", "cursor")
	c.Get("/api/numbers?after="+strings.Repeat("A", 1025)).Problem(422, code).Field("query.after", "too_long")

	other := httpapi.NewCursors([]byte("key of another installation"))
	forged, err := other.Encode("list-numbers odd=false", 7)
	require.NoError(t, err)
	c.Get("/api/numbers?after="+forged).Problem(422, code).Field("query.after", "cursor")
}

func TestAnEmptyPageHasAnEmptyList(t *testing.T) {
	t.Parallel()
	b := setup(t)
	httpapi.Register(b.api, get("list-none", "/api/none"), func(context.Context, *nothing) (*numbersAnswer, error) {
		return &numbersAnswer{httpapi.NewPage[int](nil, "")}, nil
	})
	require.JSONEq(t, `{"items":[],"next":""}`, string(b.client().Get("/api/none").Want(http.StatusOK).Body))
}

func TestPaginatePassesErrorsOn(t *testing.T) {
	t.Parallel()
	c := httpapi.NewCursors(nil)
	away := errors.New("away")
	fail := func(context.Context, *int, int32) ([]int, error) { return nil, away }
	_, err := httpapi.Paginate(t.Context(), c, "s", httpapi.PageRequest{}, fail, func(n int) int { return n })
	require.ErrorIs(t, err, away)

	many := func(context.Context, *chan int, int32) ([]int, error) { return make([]int, 51), nil }
	_, err = httpapi.Paginate(t.Context(), c, "s", httpapi.PageRequest{}, many, func(int) chan int { return nil })
	require.ErrorContains(t, err, "encode page cursor")
}

func FuzzCursor(f *testing.F) {
	c := httpapi.NewCursors([]byte("key"))
	good, err := c.Encode("scope", 7)
	require.NoError(f, err)
	f.Add(good)
	f.Add("AQ")
	f.Add("")
	f.Add(good + "=")
	f.Fuzz(func(t *testing.T, cursor string) {
		var n int
		err := c.Decode("scope", cursor, &n)
		if cursor == good {
			require.NoError(t, err)
			require.Equal(t, 7, n)
			return
		}
		require.Equal(t, fault.Invalid, fault.KindOf(err), "any other text is refused, %q", cursor)
	})
}
