package ident_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/ident"
)

type queueKind struct{}

type queueID = ident.ID[queueKind]

func TestIDsRiseAndRoundTrip(t *testing.T) {
	t.Parallel()
	a, b := ident.New[queueKind](), ident.New[queueKind]()
	require.Less(t, a.String(), b.String())
	require.Equal(t, uuid.Version(7), a.UUID().Version())

	raw, err := json.Marshal(map[string]queueID{"id": a})
	require.NoError(t, err)
	var back map[string]queueID
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, a, back["id"])
}

func TestParseTakesOneFormOnly(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "x", "urn:uuid:0190b3a0-0000-7000-8000-000000000000", "{0190b3a0-0000-7000-8000-000000000000}", "0190b3a000007000800000000000000z"} {
		_, err := ident.Parse[queueKind](bad)
		require.Error(t, err, bad)
	}
}

func TestZeroIDIsNullInTheDatabase(t *testing.T) {
	t.Parallel()
	v, err := queueID{}.UUIDValue()
	require.NoError(t, err)
	require.False(t, v.Valid)
	id := ident.New[queueKind]()
	v, err = id.UUIDValue()
	require.NoError(t, err)
	var back queueID
	require.NoError(t, back.ScanUUID(v))
	require.Equal(t, id, back)
}

func TestNumberCatchesEveryWrongDigitAndSwap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := ident.Number{
			Letter:   byte(rapid.IntRange('A', 'Z').Draw(t, "letter")),
			Province: rapid.IntRange(0, 99).Draw(t, "province"),
			Day:      time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 9000).Draw(t, "day")),
			Sequence: rapid.IntRange(1, 9_999_999).Draw(t, "sequence"),
		}
		s := n.String()
		back, err := ident.ParseNumber(s)
		if err != nil || back != n {
			t.Fatalf("%s came back as %v, %v", s, back, err)
		}
		i := rapid.IntRange(1, len(s)-1).Draw(t, "position")
		if s[i] == '-' {
			return
		}
		wrong := []byte(s)
		wrong[i] = '0' + (s[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if _, err := ident.ParseNumber(string(wrong)); err == nil {
			t.Fatalf("%s accepted for %s", wrong, s)
		}
		if i+1 < len(s) && s[i+1] != '-' && s[i] != s[i+1] {
			swapped := []byte(s)
			swapped[i], swapped[i+1] = s[i+1], s[i]
			if _, err := ident.ParseNumber(string(swapped)); err == nil {
				t.Fatalf("%s accepted for %s", swapped, s)
			}
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	f.Add("G44-261120-000123-9")
	f.Add("g 44 261120 000123 9")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ident.ParseNumber(s)
		if err != nil {
			return
		}
		back, err := ident.ParseNumber(n.String())
		require.NoError(t, err)
		require.Equal(t, n, back)
	})
}

func ExampleNumber() {
	n := ident.Number{Letter: 'G', Province: 44, Day: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Sequence: 123}
	fmt.Println(n)
	_, err := ident.ParseNumber("G44-261120-000132-9")
	fmt.Println(err)
	// Output:
	// G44-261120-000123-9
	// number "G44-261120-000132-9": the check digit does not fit: a digit is wrong or two are swapped
}
