package setting

import (
	"strings"

	"yingda/internal/platform/sheet"
	"yingda/internal/setting/codetree"
	"yingda/internal/setting/inherit"
)

// maxImport is the most rows that a file may have.
const maxImport = 5000

// defaultReason stands where a file gives none.
const defaultReason = "Excel 导入"

var valueTable = sheet.Table{Key: "settings", ZH: "系统参数", EN: "Settings", Columns: []sheet.Column{
	{Key: "key", ZH: "参数", EN: "Setting", Required: true, Width: 34},
	{Key: "title", ZH: "名称", EN: "Title", Width: 28, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "centre", ZH: "中心代码", EN: "Centre code", Required: true, Width: 14},
	{Key: "value", ZH: "本级值", EN: "Value here", Kind: sheet.Free, Width: 24, HelpZH: "空着表示继承上级；时长写秒数或 15m、2h；是否写 是、否。", HelpEN: "Empty: inherited. Durations in seconds or as 15m, 2h; yes or no."},
	{Key: "lock", ZH: "锁定", EN: "Lock", Width: 12, HelpZH: "空、下级只可更严、下级不可改。", HelpEN: "Empty, floor or fixed."},
	{Key: "reason", ZH: "原因", EN: "Reason", Kind: sheet.Free, Width: 30},
	{Key: "effective", ZH: "生效值", EN: "In force", Width: 24, HelpZH: "只读。", HelpEN: "Read only."},
	{Key: "source", ZH: "来源", EN: "Source", Width: 18, HelpZH: "只读。", HelpEN: "Read only."},
}}

var nodeTable = sheet.Table{Key: "code-tree", ZH: "代码树", EN: "Code tree", Columns: []sheet.Column{
	{Key: "code", ZH: "代码", EN: "Code", Required: true, Width: 20},
	{Key: "parent", ZH: "上级代码", EN: "Parent code", Width: 20},
	{Key: "zh", ZH: "名称", EN: "Name (Chinese)", Kind: sheet.Free, Width: 28},
	{Key: "en", ZH: "英文名称", EN: "Name (English)", Kind: sheet.Free, Width: 28},
	{Key: "position", ZH: "次序", EN: "Position", Width: 8},
	{Key: "locked", ZH: "下级不可隐藏", EN: "Locked", Width: 12},
	{Key: "rename", ZH: "下级可改名", EN: "May be renamed", Width: 12},
	{Key: "extend", ZH: "下级可增加", EN: "May be extended", Width: 12},
	{Key: "retired", ZH: "停用", EN: "Retired", Width: 8},
	{Key: "hidden", ZH: "本级隐藏", EN: "Hidden here", Width: 10, HelpZH: "只用于上级的节点。", HelpEN: "Only for nodes from above."},
	{Key: "owner", ZH: "所属中心", EN: "Owner", Width: 14, HelpZH: "只读。", HelpEN: "Read only."},
}}

var helpTable = sheet.Table{Key: "help", ZH: "帮助补充", EN: "Help texts", Columns: []sheet.Column{
	{Key: "key", ZH: "页面或字段", EN: "Page or field", Required: true, Width: 34},
	{Key: "lang", ZH: "语言", EN: "Language", Required: true, Width: 10, HelpZH: "zh-CN 或 en。", HelpEN: "zh-CN or en."},
	{Key: "centre", ZH: "中心代码", EN: "Centre code", Required: true, Width: 14},
	{Key: "body", ZH: "内容", EN: "Text", Kind: sheet.Free, Width: 80, HelpZH: "Markdown；空着表示取消。", HelpEN: "Markdown; empty takes the text away."},
}}

// lockCells are the locks as files show them, Chinese first.
var lockCells = map[inherit.Lock][2]string{
	inherit.Open: {"", ""}, inherit.Floor: {"下级只可更严", "floor"}, inherit.Fixed: {"下级不可改", "fixed"},
}

func lockCell(l inherit.Lock, lang string) string {
	if lang == sheet.English {
		return lockCells[l][1]
	}
	return lockCells[l][0]
}

func readLock(cell string) (inherit.Lock, bool) {
	for l, words := range lockCells {
		if strings.EqualFold(cell, words[0]) || strings.EqualFold(cell, words[1]) {
			return l, true
		}
	}
	return inherit.Open, false
}

func wordIn(lang, zh, en string) string {
	if lang == sheet.English && en != "" {
		return en
	}
	return zh
}

// layerFromRows lays rows over a layer: codes from above are refined, all others are the layer's own. Codes that the
// rows do not name stay as they are.
func layerFromRows(above *codetree.Tree, before codetree.Layer, rows []nodeRow) codetree.Layer {
	after := codetree.Layer{Nodes: append([]codetree.Node{}, before.Nodes...), Refinements: append([]codetree.Refinement{}, before.Refinements...)}
	for _, r := range rows {
		if e, ok := above.Find(r.Code); ok {
			after.Refinements = refineRow(after.Refinements, e, r)
			continue
		}
		at := -1
		for i, n := range after.Nodes {
			if n.Code == r.Code {
				at = i
			}
		}
		if at < 0 {
			after.Nodes = append(after.Nodes, r.Node)
		} else {
			after.Nodes[at] = r.Node
		}
	}
	return after
}

// nodeRow is one row of nodeTable.
type nodeRow struct {
	codetree.Node
	hidden bool
}

func refineRow(list []codetree.Refinement, e codetree.Entry, r nodeRow) []codetree.Refinement {
	next := codetree.Refinement{Code: r.Code, Hidden: r.hidden}
	if r.ZH != "" && r.ZH != e.ZH {
		next.ZH = r.ZH
	}
	if r.EN != "" && r.EN != e.EN {
		next.EN = r.EN
	}
	for i, old := range list {
		if old.Code == r.Code {
			if next == (codetree.Refinement{Code: r.Code}) {
				return append(list[:i:i], list[i+1:]...)
			}
			list[i] = next
			return list
		}
	}
	if next == (codetree.Refinement{Code: r.Code}) {
		return list
	}
	return append(list, next)
}
