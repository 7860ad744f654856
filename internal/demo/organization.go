package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/privacy"
)

// Operator is the fictitious operator of the demonstration.
const Operator = "星河通信"

// house is the organisation of the demonstration on its way.
type house struct {
	units  *organization.Service
	tx     pgx.Tx
	today  organization.Day
	random *rand.Rand

	centres map[string]organization.CentreID
	posts   map[string]organization.PostID
	staff   map[string]organization.StaffID // by number
	holders map[string][]organization.StaffID
}

// FillOrganization makes one nation, two provinces and five cities with their service areas, posts with job
// descriptions, skills, and staff: 60 in the three teams of Guangzhou and a dozen who lead and administer
// elsewhere. It does nothing when there is an organisation already.
func FillOrganization(ctx context.Context, tx pgx.Tx, units *organization.Service, now time.Time) error {
	var there bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM organization.centre)`).Scan(&there); err != nil || there {
		return err
	}
	h := &house{
		units: units, tx: tx, today: organization.DayOf(now, time.FixedZone("Asia/Shanghai", 8*60*60)), random: rand.New(rand.NewPCG(seed, 2)),
		centres: map[string]organization.CentreID{}, posts: map[string]organization.PostID{},
		staff: map[string]organization.StaffID{}, holders: map[string][]organization.StaffID{},
	}
	all := make([]actor.Permission, 0, 32)
	for _, d := range organization.Permissions() {
		all = append(all, d.Permission)
	}
	ctx = actor.With(ctx, actor.System("demo", all...))
	for _, step := range []func(context.Context) error{h.makeCentres, h.makeAreas, h.makePosts, h.makeLeaders, h.makeTeams, h.makeDescriptions, h.makeSkills} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("demonstration organisation: %w", err)
		}
	}
	return nil
}

// centre is a centre of the demonstration; those above come first.
type centre struct {
	code, parent string
	level        actor.Level
	name         string
	place        string
}

var centres = []centre{
	{"XH", "", actor.Nation, Operator + "全国客户服务中心", ""},
	{"GD", "XH", actor.Province, "广东客户服务中心", "440000"},
	{"GD-GZ", "GD", actor.City, "广州客户服务中心", "440100"},
	{"GD-SZ", "GD", actor.City, "深圳客户服务中心", "440300"},
	{"GD-FS", "GD", actor.City, "佛山客户服务中心", "440600"},
	{"SC", "XH", actor.Province, "四川客户服务中心", "510000"},
	{"SC-CD", "SC", actor.City, "成都客户服务中心", "510100"},
	{"SC-MY", "SC", actor.City, "绵阳客户服务中心", "510700"},
}

func (h *house) makeCentres(ctx context.Context) error {
	for _, c := range centres {
		n := organization.NewCentre{Parent: h.centres[c.parent], Level: c.level, Code: c.code, Name: c.name}
		switch c.level {
		case actor.Province:
			n.Province = c.place
		case actor.City:
			n.City = c.place
		case actor.Nation, actor.Site:
		}
		made, err := h.units.CreateCentre(ctx, h.tx, n)
		if err != nil {
			return err
		}
		h.centres[c.code] = made.ID
	}
	return nil
}

// makeAreas lets Guangzhou answer the hotline of five cities and the information line of its province (H-19).
func (h *house) makeAreas(ctx context.Context) error {
	for _, a := range []struct {
		centre, service string
		selector        organization.Selector
		value, note     string
	}{
		{"XH", "hotline", organization.ByNation, "", "各省未承接的来电"},
		{"XH", "vip", organization.ByNation, "", ""},
		{"GD-GZ", "hotline", organization.ByCity, "440100", ""},
		{"GD-GZ", "hotline", organization.ByCity, "440600", "佛山热线由广州集中承接"},
		{"GD-GZ", "hotline", organization.ByCity, "441200", "肇庆"},
		{"GD-GZ", "hotline", organization.ByCity, "441800", "清远"},
		{"GD-GZ", "hotline", organization.ByCity, "442000", "中山"},
		{"GD-GZ", "information", organization.ByProvince, "440000", "全省信息服务"},
		{"GD-SZ", "hotline", organization.ByCity, "440300", ""},
		{"GD-FS", "hall", organization.ByCity, "440600", ""},
		{"SC", "hotline", organization.ByProvince, "510000", ""},
		{"SC-CD", "hotline", organization.ByAreaCode, "028", ""},
		{"SC-MY", "hotline", organization.ByCity, "510700", ""},
	} {
		_, err := h.units.CreateArea(ctx, h.tx, organization.AreaSpec{Centre: h.centres[a.centre], Service: a.service, Selector: a.selector, Value: a.value, Note: a.note})
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *house) makePosts(ctx context.Context) error {
	for _, p := range posts {
		made, err := h.units.CreatePost(ctx, h.tx, organization.NewPost{Code: p.code, NameZH: p.zh, NameEN: p.en, Class: p.class})
		if err != nil {
			return err
		}
		h.posts[p.code] = made.ID
	}
	return nil
}

// person makes a member of staff to be.
func (h *house) person(number, name, centre, post string) organization.NewStaff {
	return organization.NewStaff{
		Number: number, Name: name, Centre: h.centres[centre], Post: h.posts[post], Mobile: privacy.Phone(mobile(h.random)),
		Email: privacy.Email("s" + number + "@example.com"), JoinedOn: h.today.Add(-30 - h.random.IntN(3000)),
	}
}

// leaders lead and administer; the demonstration's accounts are theirs.
var leaders = []struct{ number, name, centre, post string }{
	{"1001", "沈立群", "XH", "DIRECTOR"}, {"1002", "方海燕", "XH", "ADMIN"}, {"1003", "顾文清", "XH", "QUALITY"}, {"1004", "钟嘉怡", "XH", "TRAINER"},
	{"1005", "宋明远", "XH", "QUALITY"}, {"3003", "卢俊杰", "GD-GZ", "ADMIN"},
	{"2001", "梁志强", "GD", "DIRECTOR"}, {"2002", "何敏仪", "GD", "ADMIN"}, {"2101", "罗浩", "SC", "DIRECTOR"}, {"2102", "蒋雪梅", "SC", "ADMIN"},
	{"3001", "叶建华", "GD-GZ", "MANAGER"}, {"3002", "许婷", "GD-GZ", "PLANNER"}, {"3101", "彭超", "GD-SZ", "MANAGER"}, {"3201", "邓思琪", "SC-CD", "MANAGER"},
}

func (h *house) makeLeaders(ctx context.Context) error {
	list := make([]organization.NewStaff, len(leaders))
	for i, l := range leaders {
		list[i] = h.person(l.number, l.name, l.centre, l.post)
	}
	return h.seed(ctx, list, func(i int) string { return leaders[i].post })
}

func (h *house) seed(ctx context.Context, list []organization.NewStaff, postOf func(i int) string) error {
	ids, err := h.units.SeedStaff(ctx, h.tx, list)
	if err != nil {
		return err
	}
	for i, id := range ids {
		h.staff[list[i].Number] = id
		h.holders[postOf(i)] = append(h.holders[postOf(i)], id)
	}
	return nil
}

// perTeam is how many people each of the three teams has.
const perTeam = 20

// overlong is a name that shows whether pages keep their shape.
const overlong = "阿卜杜热合曼·穆罕默德伊明·买买提江·艾尼瓦尔·吐尔逊江·古丽巴哈尔"

// makeTeams makes the three teams with their people. Leaders come first, because a team is made with its leader.
func (h *house) makeTeams(ctx context.Context) error {
	for t, team := range []struct{ code, name, shift string }{{"EARLY", "早班组", "early"}, {"LATE", "晚班组", "late"}, {"NIGHT", "夜班组", "night"}} {
		first := fmt.Sprintf("4%d01", t+1)
		if err := h.seed(ctx, []organization.NewStaff{h.person(first, name(h.random), "GD-GZ", "SHIFT-LEADER")}, func(int) string { return "SHIFT-LEADER" }); err != nil {
			return err
		}
		made, err := h.units.CreateTeam(ctx, h.tx, organization.NewTeam{Centre: h.centres["GD-GZ"], Code: team.code, Name: team.name, Leader: h.staff[first], Shift: team.shift})
		if err != nil {
			return err
		}
		_, err = h.units.MoveStaff(ctx, h.tx, organization.StaffMove{Staff: []organization.StaffRef{{ID: h.staff[first]}}, Centre: made.Centre, Team: made.ID})
		if err != nil {
			return err
		}
		if err := h.makeMembers(ctx, t, made.ID); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) makeMembers(ctx context.Context, t int, team organization.TeamID) error {
	var list []organization.NewStaff
	var held []string
	for i := 2; i <= perTeam; i++ {
		post := "AGENT"
		switch {
		case i <= 4:
			post = "SENIOR-AGENT"
		case i <= 6:
			post = "BACK-OFFICE"
		case i == 7:
			post = "OUTBOUND"
		}
		n := h.person(fmt.Sprintf("4%d%02d", t+1, i), name(h.random), "GD-GZ", post)
		if t == 2 && i == perTeam {
			n.Name = overlong
		}
		n.Team = team
		list, held = append(list, n), append(held, post)
	}
	return h.seed(ctx, list, func(i int) string { return held[i] })
}

// makeDescriptions lets one person write the job descriptions and another issue them; nine in ten of the holders
// have acknowledged.
func (h *house) makeDescriptions(ctx context.Context) error {
	writer, director := h.actor("1004", "钟嘉怡"), h.actor("1001", "沈立群")
	for _, p := range posts {
		text := organization.DescriptionText{Duties: p.duties, Authority: p.authority, Subordinates: p.below, Qualifications: p.wanted, ReportsTo: h.posts[p.above]}
		d, err := h.units.WriteDraft(actor.With(ctx, writer), h.tx, h.posts[p.code], 0, text)
		if err != nil {
			return err
		}
		if p.draft {
			continue
		}
		if d, err = h.units.IssueDraft(actor.With(ctx, director), h.tx, h.posts[p.code], d.Version, "同意发布"); err != nil {
			return err
		}
		var read []organization.StaffID
		for _, id := range h.holders[p.code] {
			if h.random.IntN(10) > 0 {
				read = append(read, id)
			}
		}
		if err := h.units.SeedAcknowledgements(ctx, h.tx, d.ID, read); err != nil {
			return err
		}
	}
	return nil
}

// actor is somebody of the demonstration who acts while it is made.
func (h *house) actor(number, name string) *actor.Actor {
	return actor.New(actor.Actor{Kind: actor.Person, Staff: h.staff[number].UUID(), Number: number, Name: name, Centre: h.centres["XH"].UUID()},
		map[actor.Permission]actor.Scope{organization.PostEdit: actor.National(), organization.PostIssue: actor.National()})
}

// makeSkills gives everybody of the teams two to five skills; some of them end soon.
func (h *house) makeSkills(ctx context.Context) error {
	var ids []organization.SkillID
	for _, k := range skills {
		made, err := h.units.CreateSkill(ctx, h.tx, k)
		if err != nil {
			return err
		}
		ids = append(ids, made.ID)
	}
	var held []organization.HeldSkill
	for t := range 3 {
		for i := 1; i <= perTeam; i++ {
			staff := h.staff[fmt.Sprintf("4%d%02d", t+1, i)]
			for _, k := range h.random.Perm(len(ids))[:2+h.random.IntN(4)] {
				s := organization.HeldSkill{Staff: staff, Skill: ids[k], Level: 3 + h.random.IntN(7), ValidFrom: h.today.Add(-20 - h.random.IntN(300)), Evidence: "岗位技能考试"}
				switch h.random.IntN(8) {
				case 0:
					s.ValidUntil = h.today.Add(h.random.IntN(30))
				case 1, 2, 3:
					s.ValidUntil = h.today.Add(60 + h.random.IntN(300))
				}
				held = append(held, s)
			}
		}
	}
	return h.units.SeedSkills(ctx, h.tx, "1004 钟嘉怡", held)
}
