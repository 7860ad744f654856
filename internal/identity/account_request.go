package identity

import "yingda/internal/platform/sheet"

// requestTable is how many accounts are asked for at once: a line is a role of a person.
var requestTable = sheet.Table{
	Key: "account_requests", ZH: "账号申请", EN: "Account requests",
	Columns: []sheet.Column{
		{Key: "number", ZH: "工号", EN: "Staff number", Width: 12, Required: true, HelpZH: "已登记员工的工号；没有账号的会申请开通", HelpEN: "Number of a member of staff; who has no account gets one"},
		{Key: "role", ZH: "角色", EN: "Role", Width: 20, Required: true, HelpZH: "角色代码或名称；一行一个角色", HelpEN: "Code or name of a role; one per line"},
		{Key: "centre", ZH: "中心", EN: "Centre", Width: 20, HelpZH: "中心代码；留空为员工所在中心", HelpEN: "Code of a centre; empty: that of the member of staff"},
		{Key: "valid_until", ZH: "有效期至", EN: "Valid until", Width: 14, Kind: sheet.Date, HelpZH: "最后一天；留空为长期", HelpEN: "The last day; empty: without an end"},
		{Key: "reason", ZH: "申请原因", EN: "Reason", Width: 40, Required: true, HelpZH: "审批人会看到", HelpEN: "Shown to the person who decides"},
	},
}

const mostRequests = 2000
