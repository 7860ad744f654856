package recording_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice/recording"
)

// cells reads a workbook as people see it.
func cells(t testing.TB, data []byte) [][]string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetList()[0])
	require.NoError(t, err)
	return rows
}

func TestTheListOfRecordingsGoesOutAsItIsFilteredAndMasked(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.record(t, recording.Start{Centre: s.fujian.ID, Customer: "+8613900001111"}, time.Second)
	s.clock.Advance(time.Minute)
	mine := s.record(t, recording.Start{Centre: s.guangdong.ID, Direction: recording.Inbound, Customer: "+8613812345678", Line: "96800", StaffNumber: "8001"}, 3*time.Second)
	_, err := s.SetHold(manager(t), mine.ID, 1, true, "=监管调阅")
	require.NoError(t, err)

	var file bytes.Buffer
	require.NoError(t, s.Export(manager(t), &file, sheet.English, recording.Filter{StaffNumber: "8001", OnlyHeld: true}))
	rows := cells(t, file.Bytes())
	require.Len(t, rows, 2)
	require.Equal(t, []string{"3", "in", "+86138****5678", "96800", "8001", "GD", "kept", "yes", "=监管调阅"}, rows[1][1:10])
	require.Equal(t, []string{mine.Call.String(), mine.ID.String()}, rows[1][15:])
	require.NotContains(t, file.String(), "13812345678")

	file.Reset()
	require.NoError(t, s.Export(at(t, s.fujian), &file, sheet.Chinese, recording.Filter{}))
	rows = cells(t, file.Bytes())
	require.Len(t, rows, 2, "only what lies in the scope of the export")
	require.Equal(t, "+86139****1111", rows[1][3])

	var entries []string
	list, err := s.pool.Query(t.Context(), `SELECT coalesce(string_agg(c->>'field' || '=' || (c->>'new'), ' ' ORDER BY n), '') FROM audit.entry e
		LEFT JOIN LATERAL json_array_elements(e.changes) WITH ORDINALITY AS x(c, n) ON true WHERE e.action = 'voice.recording.export' GROUP BY e.id ORDER BY e.id`)
	require.NoError(t, err)
	defer list.Close()
	for list.Next() {
		var entry string
		require.NoError(t, list.Scan(&entry))
		entries = append(entries, entry)
	}
	require.NoError(t, list.Err())
	require.ElementsMatch(t, []string{"staff_number=8001 held=true", ""}, entries, "who takes the list out stands in the audit with how it was narrowed")
}

func TestWhoMayReadRecordingsMayNotExportThem(t *testing.T) {
	t.Parallel()
	s := setup(t)
	var reading []actor.Definition
	for _, d := range recording.Permissions() {
		if d.Permission != recording.Export {
			reading = append(reading, d)
		}
	}
	var file bytes.Buffer
	require.Equal(t, "actor.denied", code(t, s.Export(actor.With(t.Context(), as(actor.National(), reading...)), &file, sheet.Chinese, recording.Filter{})))
	require.Zero(t, file.Len())
	httpapitest.New(t, s.entrance(as(actor.National(), reading...))).Get("/api/recordings/export").Want(http.StatusForbidden)
	answer := httpapitest.New(t, s.entrance(everything())).Get("/api/recordings/export?lang=en&state=kept").Want(http.StatusOK)
	require.Equal(t, "Began", cells(t, answer.Body)[0][0])
}
