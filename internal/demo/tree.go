package demo

import (
	"context"
	"fmt"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/setting"
	"yingda/internal/setting/codetree"
)

// FillTrees gives the demonstration's code trees their first nodes, each tree unless it has some.
func FillTrees(ctx context.Context, settings *setting.Service, units *organization.Service) error {
	ctx = actor.With(ctx, actor.System("demo.setting", setting.TreeRead, setting.TreeEdit))
	tree, err := units.Tree(ctx)
	if err != nil {
		return err
	}
	root, ok := tree.Root()
	if !ok {
		return nil
	}
	for _, t := range demoTrees {
		layer, err := settings.NewestLayer(ctx, t.key, root.ID)
		if err != nil {
			return fmt.Errorf("read the code tree %s: %w", t.key, err)
		}
		if layer.Version > 0 {
			continue
		}
		edit := setting.LayerEdit{Tree: t.key, Centre: root.ID, Content: codetree.Layer{Nodes: t.nodes}, Reason: "演示数据"}
		if _, err := settings.SaveLayer(ctx, edit); err != nil {
			return fmt.Errorf("fill the code tree %s: %w", t.key, err)
		}
	}
	return nil
}

// top is a node that those below may not hide but may extend; under is one that they may also rename.
func top(position int, code, zh, en string) codetree.Node {
	return codetree.Node{Code: code, ZH: zh, EN: en, Position: position, Locked: true, Extend: true}
}

func under(parent string, position int, code, zh, en string) codetree.Node {
	return codetree.Node{Code: parent + "." + code, Parent: parent, ZH: zh, EN: en, Position: position, Rename: true, Extend: true}
}

var demoTrees = []struct {
	key   string
	nodes []codetree.Node
}{
	{"contact.reason", []codetree.Node{
		top(1, "QUERY", "查询", "Enquiry"),
		under("QUERY", 1, "BILL", "话费账单", "Bill"), under("QUERY", 2, "USAGE", "套餐用量", "Usage"), under("QUERY", 3, "PLAN", "资费套餐", "Plans and tariffs"),
		top(2, "HANDLE", "办理", "Service order"),
		under("HANDLE", 1, "CHANGE", "套餐变更", "Change of plan"), under("HANDLE", 2, "SUSPEND", "停机复机", "Suspend or resume"), under("HANDLE", 3, "LOSS", "挂失解挂", "Report a loss"),
		top(3, "FAULT", "故障申告", "Fault"),
		under("FAULT", 1, "BROADBAND", "宽带故障", "Broadband"), under("FAULT", 2, "MOBILE", "手机信号", "Mobile signal"), under("FAULT", 3, "FIXED", "固话故障", "Fixed line"),
		top(4, "COMPLAINT", "投诉", "Complaint"),
		under("COMPLAINT", 1, "CHARGE", "收费争议", "Disputed charge"), under("COMPLAINT", 2, "SERVICE", "服务态度", "Conduct of staff"),
	}},
	{"workorder.category", []codetree.Node{
		top(1, "FAULT", "故障", "Fault"), under("FAULT", 1, "BROADBAND", "宽带", "Broadband"), under("FAULT", 2, "MOBILE", "移动", "Mobile"),
		top(2, "COMPLAINT", "投诉", "Complaint"), under("COMPLAINT", 1, "CHARGE", "计费", "Charging"), under("COMPLAINT", 2, "SERVICE", "服务", "Service"),
		top(3, "CONSULT", "咨询转办", "Enquiry passed on"),
	}},
	{"complaint.cause", []codetree.Node{
		top(1, "CHARGE", "计费差错", "Charging error"), top(2, "NETWORK", "网络质量", "Network quality"), top(3, "STAFF", "服务人员", "Staff"), top(4, "RULES", "业务规则", "Business rules"),
	}},
}
