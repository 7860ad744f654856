package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"yingda/internal/metric"
)

// textFormat is the built-in number format "@" (ECMA-376 part 1, 18.8.30): what looks like a formula stays text.
const textFormat = 49

// formats are how figures are written in a workbook. Percent keeps 0 to 100, as on the page.
var formats = map[metric.Unit]string{
	metric.Count: "#,##0", metric.Percent: `0.0"%"`, metric.Seconds: "0.0", metric.Hours: "0.00", metric.Erlang: "0.000", metric.Bytes: "#,##0", metric.Score: "0.00",
}

// book is a workbook that is being written.
type book struct {
	*excelize.File
	lang         string
	header, text int
	units        map[metric.Unit]int
	sheets       int
}

// writeBook writes a report: one sheet per table, and one that says how it was counted.
func writeBook(w io.Writer, lang string, r Result) error {
	b := &book{File: excelize.NewFile(), lang: lang, units: map[metric.Unit]int{}}
	defer func() { _ = b.Close() }() // removes temporary files
	if err := b.styles(); err != nil {
		return fmt.Errorf("make the formats of a report: %w", err)
	}
	for i, t := range r.Tables {
		if err := b.table(t); err != nil {
			return fmt.Errorf("write table %s of report %s: %w", t.Key, r.ID, err)
		}
		if i == 0 {
			if err := b.rules(r); err != nil {
				return fmt.Errorf("write the rules of report %s: %w", r.ID, err)
			}
		}
	}
	if err := b.Write(w); err != nil {
		return fmt.Errorf("write a report: %w", err)
	}
	return nil
}

func (b *book) styles() (err error) {
	grey := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EDF3"}}
	if b.header, err = b.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: grey, NumFmt: textFormat}); err != nil {
		return err
	}
	if b.text, err = b.NewStyle(&excelize.Style{NumFmt: textFormat}); err != nil {
		return err
	}
	for unit, format := range formats {
		if b.units[unit], err = b.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return err
		}
	}
	return nil
}

// sheet begins a sheet with widths of its columns.
func (b *book) sheet(name string, widths ...float64) (*excelize.StreamWriter, error) {
	b.sheets++
	if b.sheets == 1 {
		if err := b.SetSheetName("Sheet1", name); err != nil {
			return nil, err
		}
	} else if _, err := b.NewSheet(name); err != nil {
		return nil, err
	}
	sw, err := b.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	for i, width := range slices.Backward(widths) { // the library writes the columns in the reverse order of setting them
		if err := sw.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
	}
	return sw, nil
}

// write writes one line; the first argument is its number, from 1.
func write(sw *excelize.StreamWriter, line int, cells []any) error {
	at, err := excelize.CoordinatesToCellName(1, line)
	if err != nil {
		return err
	}
	return sw.SetRow(at, cells)
}

func (b *book) cell(style int, s string) any { return excelize.Cell{StyleID: style, Value: s} }

// table writes the figures of a table.
func (b *book) table(t Table) error {
	widths := []float64{14, 24}
	head := []any{b.cell(b.header, pick(b.lang == "en", "Code", "代码")), b.cell(b.header, t.Head.in(b.lang))}
	for _, c := range t.Columns {
		head = append(head, b.cell(b.header, c.words(b.lang).Name+unitWord(c.Unit, b.lang)))
		widths = append(widths, 16)
	}
	sw, err := b.sheet(t.Name.in(b.lang), widths...)
	if err != nil {
		return err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, XSplit: 2, YSplit: 1, TopLeftCell: "C2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	if err := write(sw, 1, head); err != nil {
		return err
	}
	rows := t.Rows
	if t.Total != nil {
		rows = append(slices.Clone(rows), *t.Total)
	}
	for i, r := range rows {
		cells := []any{b.cell(b.text, r.Code), b.cell(b.text, strings.Repeat("　", r.Depth)+r.Name.in(b.lang))}
		for j, v := range r.Values {
			if v == nil {
				cells = append(cells, nil)
				continue
			}
			cells = append(cells, excelize.Cell{StyleID: b.units[t.Columns[j].Unit], Value: math.Round(*v*1e6) / 1e6})
		}
		if err := write(sw, i+2, cells); err != nil {
			return err
		}
	}
	return sw.Flush()
}

func (c Column) words(lang string) Words { return pick(strings.HasPrefix(lang, "en"), c.EN, c.ZH) }

func unitWord(u metric.Unit, lang string) string {
	zh, en := "", ""
	switch u {
	case metric.Percent:
		zh, en = "（%）", " (%)"
	case metric.Seconds:
		zh, en = "（秒）", " (s)"
	case metric.Hours:
		zh, en = "（小时）", " (h)"
	case metric.Erlang:
		zh, en = "（爱尔兰）", " (erlang)"
	case metric.Bytes:
		zh, en = "（字节）", " (bytes)"
	}
	return pick(strings.HasPrefix(lang, "en"), en, zh)
}

// marks in words.
var markWords = map[metric.Mark]Text{
	metric.AtBegin: {"呼入到达", "the request reaches us"}, metric.AtAnswer: {"系统应答", "the system answers"}, metric.AtKey: {"按人工键", "the key for an agent"},
	metric.AtQueue: {"进入队列", "entering the queue"}, metric.AtRing: {"座席振铃", "the agent's phone rings"}, metric.AtAccept: {"座席接听", "the agent accepts"},
	metric.AtAnnounce: {"开始报工号", "the staff number's announcement begins"}, metric.AtTalk: {"通话开始", "talking"},
}

// about are the facts of a report: what it is of and how it was counted.
func (r Result) about() [][2]Text {
	plain := func(s string) Text { return Text{s, s} }
	list := [][2]Text{
		{{"报表", "Report"}, r.Name},
		{{"统计日期", "Days"}, Text{r.First + " 至 " + r.Last, r.First + " to " + r.Last}},
		{{"时区", "Time zone"}, plain(r.Zone)},
		{{"生成时间", "Made at"}, plain(r.localTime(r.MadeAt))},
		{{"起计", "The clock starts at"}, markWords[r.Rules.Start]},
		{{"止计", "The clock stops at"}, markWords[r.Rules.Stop]},
		{{"目标（秒）", "Target (s)"}, plain(fmt.Sprint(r.Rules.Target))},
		{{"短放弃（不足几秒）", "Short abandon (below, s)"}, Text{number(r.Rules.Short, "不设"), number(r.Rules.Short, "none")}},
		{{"空话务（通话不足几秒）", "Phantom (talk below, s)"}, Text{number(r.Rules.ShortTalk, "不设"), number(r.Rules.ShortTalk, "none")}},
		{{"模拟话务", "Simulated contacts"}, pick(r.Simulated, Text{"计入", "counted"}, Text{"不计", "left out"})},
		{{"未结束、未计入的接触", "Open contacts, not counted"}, plain(fmt.Sprint(r.Open))},
	}
	return list
}

func number(n int, none string) string { return pick(n == 0, none, fmt.Sprint(n)) }

// rules writes the second sheet: what the report is of, by which rules it was counted, and every formula.
func (b *book) rules(r Result) error {
	sw, err := b.sheet(pick(b.lang == "en", "Rules and formulas", "口径与公式"), 28, 44, 60, 8, 44)
	if err != nil {
		return err
	}
	line := 1
	add := func(style int, words ...string) error {
		cells := make([]any, len(words))
		for i, s := range words {
			cells[i] = b.cell(style, s)
		}
		line++
		return write(sw, line-1, cells)
	}
	for _, fact := range r.about() {
		if err := add(b.text, fact[0].in(b.lang), fact[1].in(b.lang)); err != nil {
			return err
		}
	}
	line++
	head := pick(b.lang == "en", []string{"Figure", "Formula", "Note", "Version", "Source"}, []string{"指标", "公式", "说明", "版本", "出处"})
	if err := add(b.header, head...); err != nil {
		return err
	}
	written := map[string]bool{}
	for _, t := range r.Tables {
		for _, c := range t.Columns {
			if written[c.Key] {
				continue
			}
			written[c.Key] = true
			w := c.words(b.lang)
			if err := add(b.text, w.Name, w.Formula, w.Note, fmt.Sprint(c.Version), strings.TrimSpace(c.Formula+" · "+c.Source)); err != nil {
				return err
			}
		}
	}
	return sw.Flush()
}
