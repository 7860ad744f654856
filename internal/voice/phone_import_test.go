package voice_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"yingda/internal/platform/sheet"
	"yingda/internal/voice"
)

// phoneSheet writes rows in the form of the export, as people fill it in.
func phoneSheet(t testing.TB, columns []sheet.Column, rows ...[]any) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, sheet.Table{Key: "phones", ZH: "话机", EN: "x", Columns: columns}.Write(&out, sheet.Chinese, sheet.Rows(rows...)))
	return out.Bytes()
}

var fewColumns = []sheet.Column{{Key: "number", ZH: "号码"}, {Key: "display_name", ZH: "名称"}, {Key: "centre", ZH: "所属中心代码"}}

func TestPhonesComeInAsAWorkbookWithPasswordsThatAreSeenOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	old, _ := o.phone(t, "8001", o.guangdong)
	old, err := o.UpdatePhone(everywhere(t), old.ID, old.Version, voice.PhoneSpec{DisplayName: "旧", Centre: o.guangdong.ID, Disabled: true, Note: "留着"})
	require.NoError(t, err)
	file := phoneSheet(t, fewColumns, []any{"8001", "新名", "FJ"}, []any{"8002", "=1+1", "GD"}, []any{"8003", "三号", "CN"})

	report, made, err := o.ImportPhones(everywhere(t), file, true)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1, 0}, []int{report.Create, report.Update, report.Rejected}, "%+v", report)
	require.Equal(t, []string{"display_name", "centre"}, report.Lines[0].Changes)
	require.Empty(t, made, "a trial run makes no phone and tells no password")
	list, err := o.ListPhones(everywhere(t), voice.PhoneFilter{})
	require.NoError(t, err)
	require.Len(t, list, 1)

	_, made, err = o.ImportPhones(everywhere(t), file, false)
	require.NoError(t, err)
	require.Len(t, made, 2)
	for i, number := range []string{"8002", "8003"} {
		require.Equal(t, number, made[i].Phone.Number)
		sum := sha256.Sum256([]byte(number + ":yingda:" + made[i].Password.Reveal()))
		got, ok, err := o.HA1(t.Context(), number, "yingda", "SHA-256")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, hex.EncodeToString(sum[:]), got, "the phone registers with what was told")
		var found bool
		require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM audit.entry e WHERE position($1 IN e::text) > 0) OR
			EXISTS (SELECT 1 FROM voice.phone p WHERE position($1 IN p::text) > 0)`, made[i].Password.Reveal()).Scan(&found))
		require.False(t, found, "the password stands in no row")
	}
	after, _, err := o.GetPhone(everywhere(t), old.ID)
	require.NoError(t, err)
	require.Equal(t, []any{"新名", o.fujian.ID, true, "留着", old.PasswordAt}, []any{after.DisplayName, after.Centre, after.Disabled, after.Note, after.PasswordAt},
		"what the file has no column for stays")
	require.Equal(t, []string{"voice.phone.create", "voice.phone.create", "voice.phone.create", "voice.phone.import", "voice.phone.update", "voice.phone.update"}, o.audited(t, "voice.phone"))
}

func TestAnExportOfPhonesComesBackUnchanged(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.phone(t, "8001", o.nation)
	o.phone(t, "8002", o.fujian)
	for _, lang := range []string{sheet.Chinese, sheet.English} {
		var file bytes.Buffer
		require.NoError(t, o.ExportPhones(everywhere(t), &file, lang, voice.PhoneFilter{}))
		report, made, err := o.ImportPhones(everywhere(t), file.Bytes(), false)
		require.NoError(t, err)
		require.Equal(t, 2, report.Same, "%+v", report)
		require.Empty(t, made)
	}
}

func TestAnImportOfPhonesIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.phone(t, "8101", o.fujian)
	file := phoneSheet(t, append(fewColumns[:3:3], sheet.Column{Key: "staff_number", ZH: "工号"}, sheet.Column{Key: "disabled", ZH: "停用"}),
		[]any{"8001", "好的", "GD", "", "否"}, []any{"8101", "别省的", "GD", "", ""}, []any{"80-02", "格式", "GD", "", ""}, []any{"8003", "中心", "FJ", "", ""},
		[]any{"8004", "工号", "GD", "nobody", ""}, []any{"8005", "停用", "GD", "", "也许"}, []any{"8001", "又一次", "GD", "", "否"})
	report, made, err := o.ImportPhones(o.at(t, o.guangdong), file, false)
	require.NoError(t, err)
	require.Empty(t, made)
	problems := map[int]string{}
	for _, l := range report.Lines {
		for _, p := range l.Problems {
			problems[l.Line] += p.Column + " " + p.Code
		}
	}
	require.Equal(t, map[int]string{
		3: " voice.phone_number_taken", 4: "number format", 5: "centre unknown", 6: "staff_number unknown", 7: "disabled format",
	}, problems)
	require.Equal(t, sheet.Update, report.Lines[6].Action, "a number that stands in the file twice is made and then changed")
	list, err := o.ListPhones(everywhere(t), voice.PhoneFilter{})
	require.NoError(t, err)
	require.Len(t, list, 1, "nothing was taken")
	require.NotContains(t, o.audited(t, "voice.phone"), "voice.phone.import")
}

func TestTheImportsAnswerHoldsThePasswordsAsAWorkbook(t *testing.T) {
	t.Parallel()
	o := setup(t)
	api := o.client(t)
	file := phoneSheet(t, fewColumns, []any{"0801", "前台", "GD"})
	var dry map[string]any
	api.Do(upload(t, api.URL+"/api/phones/import?dry_run=true&lang=en", file)).Want(http.StatusOK).JSON(&dry)
	require.NotContains(t, dry, "passwords")

	answer := api.Do(upload(t, api.URL+"/api/phones/import?lang=en", file)).Want(http.StatusOK)
	require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
	var made struct {
		Create        int
		PasswordsName string `json:"passwords_name"`
		Passwords     string
	}
	require.NoError(t, json.Unmarshal(answer.Body, &made))
	require.Equal(t, 1, made.Create)
	require.Contains(t, made.PasswordsName, ".xlsx")
	raw, err := base64.StdEncoding.DecodeString(made.Passwords)
	require.NoError(t, err)
	book, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetList()[0])
	require.NoError(t, err)
	require.Equal(t, [][]string{{"Number (user)", "Name", "Realm", "Password"}, {"0801", "前台", "yingda", rows[1][3]}}, rows)
	require.Regexp(t, `^[A-Za-z0-9]{20}$`, rows[1][3])
}

func upload(t testing.TB, path string, file []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, io.NopCloser(bytes.NewReader(file)))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/octet-stream")
	return r
}
