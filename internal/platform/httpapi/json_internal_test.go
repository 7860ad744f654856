package httpapi

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/ident"
	"yingda/internal/platform/privacy"
)

type sample struct {
	ID       ident.ID[sample] `json:"id"`
	Words    string           `json:"words"`
	Maybe    string           `json:"maybe,omitempty"`
	Count    int64            `json:"count"`
	Share    float64          `json:"share"`
	Good     bool             `json:"good"`
	At       time.Time        `json:"at"`
	Later    *time.Time       `json:"later"`
	List     []string         `json:"list"`
	Named    map[string]int   `json:"named"`
	Raw      json.RawMessage  `json:"raw,omitempty"`
	Phone    privacy.Phone    `json:"phone" privacy:"phone"`
	Inner    *sample          `json:"inner,omitempty"`
	Untagged int
}

// The fast encoder must write what encoding/json writes (raw messages excepted: it leaves their spaces).
func TestAnswersAreEncodedAsTheStandardLibraryDoes(t *testing.T) {
	t.Parallel()
	text := rapid.String()
	at := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(-1e10, 1e11).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
	})
	var build func(t *rapid.T, depth int) sample
	build = func(t *rapid.T, depth int) sample {
		s := sample{
			Words: text.Draw(t, "words"), Maybe: text.Draw(t, "maybe"), Count: rapid.Int64().Draw(t, "count"),
			Share: rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "share"), Good: rapid.Bool().Draw(t, "good"), At: at.Draw(t, "at"),
			List: rapid.SliceOf(text).Draw(t, "list"), Named: rapid.MapOf(text, rapid.Int()).Draw(t, "named"),
			Phone: privacy.Phone(text.Draw(t, "phone")), Raw: json.RawMessage(`{"a":[1,2]}`),
		}
		if rapid.Bool().Draw(t, "has later") {
			later := at.Draw(t, "later")
			s.Later, s.ID = &later, ident.New[sample]()
		}
		if depth > 0 {
			inner := build(t, depth-1)
			s.Inner = &inner
		}
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		v := build(t, 1)
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		if err := encode(&v, func(got []byte) error {
			if !bytes.Equal(want.Bytes(), got) {
				t.Fatalf("want %s\ngot  %s", want.Bytes(), got)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatCannotBeEncodedIsAnError(t *testing.T) {
	t.Parallel()
	for _, v := range []any{math.Inf(1), math.NaN(), make(chan int), func() {}} {
		require.Error(t, encode(v, func([]byte) error { return nil }))
	}
}
