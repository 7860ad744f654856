package setting

// Group of the settings about this package.
var groupSystem = Group{Key: "system", ZH: "系统维护", EN: "System"}

// The settings by which this package itself acts.
var (
	// HelpBelow lets centres below the nation add help texts.
	HelpBelow = NewBool(Definition{
		Key: "setting.help.below_nation", Default: true, Stricter: Lower, Nationwide: true, Group: groupSystem,
		ZH: "省市可补充帮助", EN: "Provinces and cities may add help",
		HelpZH: "关闭后，只有全国中心可以补充帮助内容；已有的省市内容仍然显示。", HelpEN: "When off, only the nation may add help texts; what provinces and cities wrote before stays.",
	})
	// ImportRows bounds the rows of a file with settings, nodes or help texts.
	ImportRows = NewInt(Definition{
		Key: "setting.import.rows", Default: 2000, Min: 1, Max: maxImport, Unit: "rows", Stricter: Lower, Group: groupSystem,
		ZH: "参数类导入行数上限", EN: "Rows of an import of settings", HelpZH: "参数、代码树、帮助内容的 Excel 一次最多导入多少行。", HelpEN: "How many rows a workbook of settings, code trees or help texts may have.",
	})
	// TreeNodes bounds the nodes that one centre contributes to a code tree.
	TreeNodes = NewInt(Definition{
		Key: "setting.code_tree.nodes", Default: 2000, Min: 10, Max: maxNodes, Unit: "nodes", Stricter: Lower, Group: groupSystem,
		ZH: "代码树节点上限", EN: "Nodes of a code tree", HelpZH: "一个中心在一棵代码树中最多有多少个自己的节点。", HelpEN: "How many nodes of its own a centre may have in one code tree.",
	})
)

// Definitions lists them.
func Definitions() []Definition {
	return []Definition{HelpBelow.Definition(), ImportRows.Definition(), TreeNodes.Definition()}
}
