package voice_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/hostile"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
)

// TestACalledNumberLeadsWhereTheTableSays is issue 4, item 1: prompt, echo, registered phone, rejection with a cause.
func TestACalledNumberLeadsWhereTheTableSays(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p, _ := o.phone(t, "8001", o.guangdong)
	g := o.group(t, "OUT", o.nation)
	prompt := o.prompt(t, "欢迎")
	entry := func(number string, match voice.Match, act voice.Act, change func(*voice.NumberSpec)) {
		e := voice.NumberSpec{Number: number, Match: match, Name: number, Centre: o.guangdong.ID, Act: act}
		if change != nil {
			change(&e)
		}
		o.number(t, e)
	}
	entry("96800", voice.Whole, voice.ActPrompt, func(e *voice.NumberSpec) { e.Prompt, e.Repeat = prompt.ID, true })
	entry("*43", voice.Whole, voice.ActEcho, nil)
	entry("020 8888 0001", voice.Whole, voice.ActPhone, func(e *voice.NumberSpec) { e.Phone = p.ID })
	entry("400515", voice.Prefix, voice.ActReject, func(e *voice.NumberSpec) { e.Cause = ending.BusyReason })
	entry("4005154", voice.Prefix, voice.ActEcho, nil)
	entry("0591", voice.Prefix, voice.ActEcho, nil)
	entry("1541", voice.Prefix, voice.ActEcho, nil)
	entry("0", voice.Prefix, voice.ActTrunk, func(e *voice.NumberSpec) { e.Group = g.ID })
	tables := o.Tables()
	for _, c := range []struct {
		called    string
		fromPhone bool
		act       voice.Act
		cause     ending.Reason
	}{
		{"96800", false, voice.ActPrompt, ""},
		{"*43", false, voice.ActEcho, ""},
		{"02088880001", false, voice.ActPhone, ""},
		{"+862088880001", false, voice.ActPhone, ""},
		{"4005151234", false, voice.ActReject, ending.BusyReason},
		{"4005154999", false, voice.ActEcho, ""},
		{"8001", true, voice.ActPhone, ""},
		{"8001", false, voice.ActReject, ending.NotFound}, // nobody outside dials inner numbers
		{"013812345678", true, voice.ActTrunk, ""},
		{"013812345678", false, voice.ActReject, ending.Forbidden}, // nobody outside calls others at our cost
		{"+8659188888888", false, voice.ActEcho, ""},
		{"0591 8888 8888", false, voice.ActEcho, ""},
		{"+8615412345678", false, voice.ActEcho, ""},
		{"015412345678", false, voice.ActEcho, ""},
		{"12345", false, voice.ActReject, ending.NotFound},
		{"", false, voice.ActReject, ending.NotFound},
	} {
		got := tables.Resolve(c.called, c.fromPhone)
		require.Equal(t, c.act, got.Act, "%+v", c)
		require.Equal(t, c.cause, got.Cause, "%+v", c)
	}
	step := tables.Resolve("96800", false)
	require.Equal(t, prompt.ID, step.Prompt)
	require.True(t, step.Repeat)
	require.Equal(t, o.guangdong.ID.UUID(), step.Centre)
	require.Equal(t, "OUT", tables.Resolve("013812345678", true).Group)
	require.Equal(t, "013812345678", tables.Resolve("013812345678", true).Dialled)
	entry("96811", voice.Whole, voice.ActQueue, func(e *voice.NumberSpec) { e.Queue, e.Flow = "1000", "greeting" })
	entry("96812", voice.Whole, voice.ActFlow, func(e *voice.NumberSpec) { e.Queue, e.Flow = "1000", "greeting" })
	step = o.Tables().Resolve("96811", false)
	require.Equal(t, []string{"queue", "1000", ""}, []string{string(step.Act), step.Queue, step.Flow})
	step = o.Tables().Resolve("96812", false)
	require.Equal(t, []string{"flow", "1000", "greeting"}, []string{string(step.Act), step.Queue, step.Flow})

	_, err := o.UpdatePhone(everywhere(t), p.ID, 1, voice.PhoneSpec{DisplayName: "停用", Centre: o.guangdong.ID, Disabled: true})
	require.NoError(t, err)
	require.Equal(t, ending.Unavailable, o.Tables().Resolve("02088880001", false).Cause, "a phone out of use does not ring")
	require.Equal(t, voice.ActPhone, tables.Resolve("02088880001", false).Act, "tables that a call holds never change")
}

func TestEverythingWrongWithANumberIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	_, err := o.CreateNumber(everywhere(t), nil, voice.NumberSpec{Number: "12ab", Match: "x", Act: "fly"})
	require.Equal(t, []string{"body.match unknown", "body.number format", "body.name required", "body.centre_id required", "body.act unknown"}, fields(t, err, "voice.invalid_number_action"))
	for act, want := range map[voice.Act]string{
		voice.ActPrompt: "body.prompt_id required", voice.ActPhone: "body.phone_id required", voice.ActTrunk: "body.group_id required",
		voice.ActReject: "body.cause required", voice.NoAct: "body.act required", voice.ActQueue: "body.queue required",
		voice.ActFlow: "body.flow required",
	} {
		_, err := o.CreateNumber(everywhere(t), nil, voice.NumberSpec{Number: "96800", Match: voice.Whole, Name: "x", Centre: o.nation.ID, Act: act})
		require.Equal(t, []string{want}, fields(t, err, "voice.invalid_number_action"))
	}
	_, err = o.CreateNumber(everywhere(t), nil, voice.NumberSpec{Number: "96800", Match: voice.Whole, Name: "x", Centre: o.nation.ID, Act: voice.ActReject, Cause: "bored"})
	require.Equal(t, []string{"body.cause unknown"}, fields(t, err, "voice.invalid_number_action"))
	for _, c := range []struct {
		queue, flow string
		act         voice.Act
		want        string
	}{
		{"9999", "", voice.ActQueue, "body.queue unknown"}, {"1000", "nothing", voice.ActFlow, "body.flow unknown"},
		{"", "greeting", voice.ActFlow, "body.queue required"}, {"9999", "greeting", voice.ActFlow, "body.queue unknown"},
	} {
		_, err := o.CreateNumber(everywhere(t), nil, voice.NumberSpec{Number: "96800", Match: voice.Whole, Name: "x", Centre: o.nation.ID, Act: c.act, Queue: c.queue, Flow: c.flow})
		require.Equal(t, []string{c.want}, fields(t, err, "voice.invalid_number_action"), "%+v", c)
	}
	theirs, _ := o.phone(t, "8101", o.fujian)
	_, err = o.CreateNumber(o.at(t, o.guangdong), nil, voice.NumberSpec{Number: "96800", Match: voice.Whole, Name: "x", Centre: o.guangdong.ID, Act: voice.ActPhone, Phone: theirs.ID})
	require.Equal(t, []string{"body.phone_id unknown"}, fields(t, err, "voice.invalid_number_action"))
}

func TestAProvinceChangesItsOwnNumbersOnly(t *testing.T) {
	t.Parallel()
	o := setup(t)
	e := func(number string, centre voice.NumberSpec) voice.NumberSpec { centre.Number = number; return centre }
	echo := voice.NumberSpec{Match: voice.Whole, Name: "回音", Act: voice.ActEcho}
	echo.Centre = o.nation.ID
	national := o.number(t, e("9000", echo))
	echo.Centre = o.fujian.ID
	theirs := o.number(t, e("9100", echo))
	ctx := o.at(t, o.guangdong)
	list, err := o.ListNumbers(ctx, voice.NumberFilter{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	_, err = o.UpdateNumber(ctx, national.ID, 1, e("9000", echo))
	require.ErrorIs(t, err, voice.ErrNotYours)
	_, err = o.UpdateNumber(ctx, theirs.ID, 1, e("9100", echo))
	require.ErrorIs(t, err, voice.ErrNoNumber)
	require.ErrorIs(t, o.DeleteNumber(ctx, theirs.ID, 1), voice.ErrNoNumber)
	echo.Centre = o.guangdong.ID
	_, err = o.CreateNumber(ctx, nil, e("9100", echo))
	require.ErrorIs(t, err, voice.ErrNumberTaken)
	_, err = o.CreateNumber(ctx, nil, e("9200", echo))
	require.NoError(t, err)
}

func TestNumbersGoOutAndComeBackAsAWorkbook(t *testing.T) {
	t.Parallel()
	o := setup(t)
	prompt := o.prompt(t, "欢迎")
	phone, _ := o.phone(t, "8001", o.nation)
	o.number(t, voice.NumberSpec{Number: "96800", Match: voice.Whole, Name: "热线", Centre: o.nation.ID, Act: voice.ActPrompt, Prompt: prompt.ID, Repeat: true, Note: "=1+1"})
	o.number(t, voice.NumberSpec{Number: "02088880001", Match: voice.Whole, Name: "前台", Centre: o.guangdong.ID, Act: voice.ActPhone, Phone: phone.ID})
	o.number(t, voice.NumberSpec{Number: "4005", Match: voice.Prefix, Name: "旧号", Centre: o.nation.ID, Act: voice.ActReject, Cause: ending.NumberChanged})
	o.number(t, voice.NumberSpec{Number: "96801", Match: voice.Whole, Name: "队列", Centre: o.nation.ID, Act: voice.ActQueue, Queue: "1000", Flow: "dropped"})
	o.number(t, voice.NumberSpec{Number: "96802", Match: voice.Whole, Name: "流程", Centre: o.nation.ID, Act: voice.ActFlow, Queue: "1000", Flow: "greeting"})
	for _, lang := range []string{sheet.Chinese, sheet.English} {
		var file bytes.Buffer
		require.NoError(t, o.ExportNumbers(everywhere(t), &file, lang, voice.NumberFilter{}))
		report, err := o.ImportNumbers(everywhere(t), file.Bytes(), false)
		require.NoError(t, err)
		require.Equal(t, 5, report.Same, "%+v", report)
	}
	table := sheet.Table{Key: "number_actions", ZH: "x", EN: "x", Columns: []sheet.Column{
		{Key: "number", ZH: "被叫号码", EN: "Number"}, {Key: "match", ZH: "匹配方式", EN: "Match"}, {Key: "name", ZH: "名称", EN: "Name"},
		{Key: "centre", ZH: "所属中心代码", EN: "Owner centre"}, {Key: "act", ZH: "处理", EN: "What happens"}, {Key: "cause", ZH: "拒绝原因", EN: "Cause"},
	}}
	write := func(rows ...[]any) []byte {
		var out bytes.Buffer
		require.NoError(t, table.Write(&out, sheet.English, sheet.Rows(rows...)))
		return out.Bytes()
	}
	good := [][]any{{"9000", "number", "回音", "CN", "echo", ""}, {"4005", "prefix", "旧号", "CN", "reject", "busy"}}
	report, err := o.ImportNumbers(everywhere(t), write(append(good, []any{"90x", "number", "坏", "NONE", "echo", ""})...), false)
	require.NoError(t, err)
	require.Equal(t, 1, report.Rejected)
	list, err := o.ListNumbers(everywhere(t), voice.NumberFilter{})
	require.NoError(t, err)
	require.Len(t, list, 5, "nothing was taken")
	report, err = o.ImportNumbers(everywhere(t), write(good...), false)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{report.Create, report.Update}, "%+v", report)
	require.Equal(t, voice.ActEcho, o.Tables().Resolve("9000", false).Act)
}

func TestHostileTextIsRefusedOrKeptAsItIs(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, text := range hostile.Strings() {
		_, err := o.ListNumbers(everywhere(t), voice.NumberFilter{Text: text})
		if err != nil {
			require.NotContains(t, err.Error(), "syntax", "%q", text)
		}
		_ = o.Tables().Resolve(text, true)
		if n, err := o.CreateNumber(everywhere(t), nil, voice.NumberSpec{Number: "9000", Match: voice.Whole, Name: text, Centre: o.nation.ID, Act: voice.ActEcho}); err == nil {
			require.NoError(t, o.DeleteNumber(everywhere(t), n.ID, n.Version))
		}
	}
}
