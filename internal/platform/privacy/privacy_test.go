package privacy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/privacy"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

const number = "13812345678"

func TestEveryWayOfPrintingMasks(t *testing.T) {
	t.Parallel()
	p := privacy.Phone(number)
	holder := struct{ Phone privacy.Phone }{p}
	for _, verb := range []string{"%v", "%s", "%q", "%+v", "%#v", "%x", "%X", "%d", "%20s", "%-20q", "%.3s", "%T %v"} {
		args := []any{p}
		if verb == "%T %v" {
			args = append(args, holder)
		}
		require.NotContains(t, fmt.Sprintf(verb, args...), "1381234", verb)
		require.NotContains(t, fmt.Sprintf(verb, args...), "31333831323334", verb)
	}
	require.Equal(t, "138****5678", p.String())
	require.Contains(t, fmt.Sprintf("%+v", &holder), "138****5678")
	require.Equal(t, number, p.Plain())
}

func TestLogsHoldTheMask(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("sent", "to", privacy.Phone(number), "all", struct{ N privacy.Name }{"王小明"}, "list", []privacy.Phone{number})
	}
	require.NotContains(t, out.String(), "1234")
	require.NotContains(t, out.String(), "小明")
	require.Contains(t, out.String(), "138****5678")
}

func TestJSONMasksOutsideTheEdge(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(map[string]any{"phone": privacy.Phone(number)})
	require.NoError(t, err)
	require.NotContains(t, string(b), number)

	var back struct{ Phone privacy.Phone }
	require.NoError(t, json.Unmarshal([]byte(`{"Phone":"`+number+`"}`), &back))
	require.Equal(t, number, back.Phone.Plain(), "reading takes the value as it is")
}

func TestTheDatabaseGetsTheRealValue(t *testing.T) {
	t.Parallel()
	m := pgtype.NewMap()
	for _, format := range []int16{pgtype.TextFormatCode, pgtype.BinaryFormatCode} {
		for _, oid := range []uint32{pgtype.TextOID, pgtype.VarcharOID, 0} {
			b, err := m.Encode(oid, format, privacy.Phone(number), nil)
			require.NoError(t, err)
			require.Equal(t, number, string(b), "oid %d format %d", oid, format)
		}
		p := privacy.Phone(number)
		b, err := m.Encode(pgtype.TextOID, format, &p, nil)
		require.NoError(t, err)
		require.Equal(t, number, string(b))

		b, err = m.Encode(pgtype.TextArrayOID, format, []privacy.Phone{number}, nil)
		require.NoError(t, err)
		require.Contains(t, string(b), number)

		var back privacy.Phone
		require.NoError(t, m.Scan(pgtype.TextOID, format, []byte(number), &back))
		require.Equal(t, number, back.Plain())
		require.NoError(t, m.Scan(pgtype.TextOID, format, nil, &back))
		require.Empty(t, back.Plain())
	}
	v, err := privacy.Phone(number).Value()
	require.NoError(t, err)
	require.Equal(t, number, v)
}

func ExampleText() {
	p := privacy.Phone("13812345678")
	fmt.Println(p)
	fmt.Println(p.Plain())
	// Output:
	// 138****5678
	// 13812345678
}
