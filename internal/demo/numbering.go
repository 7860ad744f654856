package demo

import (
	"context"
	"fmt"
	"time"

	"yingda/internal/actor"
	"yingda/internal/numbering"
	"yingda/internal/numbering/called"
	"yingda/internal/numbering/home"
	"yingda/internal/organization"
)

// Numbers that no operator has: 4005 is not opened for 400 numbers, 9615xx is used by nobody nationwide, and
// mobile numbers never begin with 154.
const (
	demoHotline    = "961540"
	demoProvince   = "961541"
	demoVIP        = "961548"
	demoEscalation = "961549"
	demoEnterprise = "4005154"
)

// firstSegment is the first of the demonstration's number segments.
const firstSegment uint32 = 1_540_000

// segmentsPerCity is how many number segments each city of the demonstration has.
const segmentsPerCity = 100

// Numbering gives the organisation of the demonstration its numbers, unless there are some: lines of the nation
// and of each province, a VIP and an escalation line, a company's numbers, the older platforms of the first
// city, number segments of every city, a few ported numbers. It acts as the actor of ctx or, without one, as the
// demonstration itself.
func Numbering(ctx context.Context, numbers *numbering.Service, units *organization.Service, now time.Time) error {
	if actor.From(ctx) == nil {
		ctx = actor.With(ctx, actor.System("demo.numbering", numbering.CalledRead, numbering.CalledEdit, numbering.SegmentEdit, numbering.PortedEdit))
	}
	existing, err := numbers.ListCalled(ctx, numbering.CalledFilter{Limit: 1})
	if err != nil || len(existing) > 0 {
		return err
	}
	tree, err := units.Tree(ctx)
	if err != nil {
		return err
	}
	root, ok := tree.Root()
	if !ok {
		return nil
	}
	var provinces, cities []organization.Centre
	for _, c := range tree.Centres() {
		switch {
		case c.State != organization.Active:
		case c.Level == actor.Province:
			provinces = append(provinces, c)
		case c.Level == actor.City:
			cities = append(cities, c)
		}
	}
	since := now.AddDate(-1, 0, 0)
	for _, spec := range demoLines(root, provinces, cities) {
		spec.ValidFrom = &since
		if _, err := numbers.CreateCalled(ctx, nil, spec); err != nil {
			return fmt.Errorf("add the demonstration's number %s: %w", spec.Number, err)
		}
	}
	if err := numbers.SeedSegments(ctx, "演示号段", demoSegments(cities)); err != nil {
		return fmt.Errorf("add the demonstration's segments: %w", err)
	}
	for n := range 5 * min(len(cities), 1) {
		from := now.AddDate(0, -n-1, 0)
		ported := numbering.PortedSpec{Number: fmt.Sprintf("154%08d", 10_000*n+1234+1357*n), Operator: demoOperators[(n+1)%len(demoOperators)], ValidFrom: &from}
		if _, err := numbers.CreatePorted(ctx, nil, ported); err != nil {
			return fmt.Errorf("add a ported number of the demonstration: %w", err)
		}
	}
	return nil
}

// demoLines are the called numbers.
func demoLines(root organization.Centre, provinces, cities []organization.Centre) []numbering.CalledSpec {
	line := func(number, name string, kind numbering.CalledKind, service string, owner organization.Centre) numbering.CalledSpec {
		return numbering.CalledSpec{Number: number, Match: called.Number, Name: name, Kind: kind, Service: service, Centre: owner.ID, Province: owner.Province, City: owner.City}
	}
	list := []numbering.CalledSpec{
		line(demoHotline, "全国客服热线", numbering.NationLine, "hotline", root),
		line(demoVIP, "大客户专线", numbering.VIPLine, "vip", root),
		line(demoEscalation, "升级投诉专线", numbering.EscalationLine, "complaint", root),
	}
	company := line(demoEnterprise, "示例企业 400 号码", numbering.Enterprise, "enterprise", root)
	company.Match = called.Prefix
	list = append(list, company)
	for _, p := range provinces {
		list = append(list, line(demoProvince, p.Name+"省内热线", numbering.ProvinceLine, "hotline", p))
	}
	if len(cities) == 0 {
		return list
	}
	first := cities[0]
	for _, old := range []struct {
		number, name string
		method       numbering.MergeMethod
	}{{"114", "查号台", numbering.Transfer}, {"112", "障碍申告台", numbering.Trunk}, {"100", "人工长途台", numbering.Transfer}} {
		e := line(old.number, old.name, numbering.OutsidePlatform, "", first)
		e.MergeMethod, e.Note = old.method, "原号码平台，话务并入客服中心"
		if old.method == numbering.Transfer {
			e.TransferTo = demoHotline
		} else {
			e.TrunkGroup = first.Code + "-" + old.number
		}
		list = append(list, e)
	}
	return list
}

var (
	demoOperators = []string{"示例通信", "示例电信乙", "示例虚拟运营商"}
	demoBrands    = []string{"畅享卡", "商旅卡", "青春卡", ""}
)

// demoSegments gives each city a hundred segments that begin with 154.
func demoSegments(cities []organization.Centre) []numbering.Segment {
	var list []numbering.Segment
	for i, c := range cities {
		for n := range segmentsPerCity {
			list = append(list, numbering.Segment{
				Prefix: firstSegment + uint32(i*segmentsPerCity+n),
				Traits: home.Traits{
					Province: c.Province, City: c.City, Operator: demoOperators[n%10/5%2], Brand: demoBrands[n%len(demoBrands)], ProductLine: []string{"4G", "5G"}[n%2],
				},
			})
		}
	}
	return list
}
