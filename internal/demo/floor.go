package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
	"yingda/internal/voice"
)

// Numbers that lead to people. Nobody has numbers that begin with 96154.
const (
	NumberGreeting  = "961541" // greeting, a key, the queue
	NumberStraight  = "961542" // straight into the queue
	NumberEnglish   = "961543"
	NumberComplaint = "961544"
)

// PhonePassword is that of every desk phone of the floor, so that a person can sit down at one. A demonstration must
// never be given real data.
const PhonePassword = Password

// The address of this machine from which simulated callers come: their trunk is known by it, so that every contact that
// begins there is marked as simulated.
const simulatedCarrier = "127.0.0.54"

// Floor is what the simulation needs to know of the queues and phones of the demonstration.
type Floor struct {
	Trunk voice.TrunkID // over which simulated callers come
	Seats []Seat        // at which simulated agents sit
}

// Seat is a member of staff with a desk phone.
type Seat struct {
	Staff, Account, Centre uuid.UUID
	Number, Name, Phone    string
}

// seats are the desk phones of the floor: of people first, then those of simulated agents. The phone of 4108 is 6108.
var seats = []struct {
	staff     string
	simulated bool
	skills    []string
}{
	{"4102", false, nil}, {"4103", false, []string{"COMPLAINT"}}, {"4108", false, []string{"COMPLAINT", "ENGLISH"}}, {"4109", false, nil}, {"4110", false, []string{"ENGLISH"}},
	{"4111", true, []string{"COMPLAINT"}}, {"4112", true, []string{"ENGLISH"}}, {"4113", true, nil}, {"4114", true, []string{"COMPLAINT"}},
	{"4115", true, nil}, {"4116", true, []string{"ENGLISH"}},
}

func phoneOf(staff string) string { return "6" + staff[1:] }

// FillFloor gives the demonstration its queues, reasons for breaks, desk phones, the trunk of simulated callers and the
// numbers that lead to people, each unless it is there. What a start that was cut off had made is not made twice.
func FillFloor(ctx context.Context, h House, now time.Time) (Floor, error) {
	ctx = actor.With(ctx, actor.System("demo.floor", routing.QueueRead, routing.QueueEdit, voice.TrunkRead, voice.TrunkEdit, voice.PhoneRead, voice.PhoneEdit,
		voice.NumberRead, voice.NumberEdit))
	list, err := readSeats(ctx, h)
	if err != nil || len(list) == 0 { // another organisation than the demonstration's
		return Floor{}, err
	}
	centre := organization.CentreOf(list[0].Centre)
	if err := floorSkills(ctx, h, list, now); err != nil {
		return Floor{}, err
	}
	if err := floorQueues(ctx, h, centre); err != nil {
		return Floor{}, err
	}
	if err := floorPhones(ctx, h, list); err != nil {
		return Floor{}, err
	}
	if err := floorNumbers(ctx, h, centre); err != nil {
		return Floor{}, err
	}
	f := Floor{}
	for i, s := range list {
		if seats[i].simulated {
			f.Seats = append(f.Seats, s)
		}
	}
	f.Trunk, err = floorTrunk(ctx, h)
	return f, err
}

// readSeats gives who sits where, in the order of seats; none in an organisation that has not all of them.
func readSeats(ctx context.Context, h House) ([]Seat, error) {
	numbers := make([]string, len(seats))
	for i, s := range seats {
		numbers[i] = s.staff
	}
	rows, err := h.Pool.Query(ctx, `SELECT s.id, coalesce(a.id, '00000000-0000-0000-0000-000000000000'), s.centre_id, s.number, s.name
		FROM organization.staff s LEFT JOIN identity.account a ON a.staff_id = s.id WHERE s.number = ANY ($1) ORDER BY s.number`, numbers)
	if err != nil {
		return nil, fmt.Errorf("read the seats of the demonstration: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Seat, err error) {
		err = row.Scan(&s.Staff, &s.Account, &s.Centre, &s.Number, &s.Name)
		s.Phone = phoneOf(s.Number)
		return s, err
	})
	if err != nil || len(list) != len(seats) {
		return nil, err
	}
	return list, nil
}

// floorSkills gives the agents of the floor what its queues need, unless somebody has given it.
func floorSkills(ctx context.Context, h House, list []Seat, now time.Time) error {
	return postgres.InTx(ctx, h.Pool, func(ctx context.Context, tx pgx.Tx) error {
		today := organization.DayOf(now, time.FixedZone("Asia/Shanghai", 8*60*60))
		for i, seat := range list {
			for _, code := range seats[i].skills {
				var skill uuid.UUID
				var held bool
				err := tx.QueryRow(ctx, `SELECT k.id, EXISTS (SELECT FROM organization.staff_skill h WHERE h.staff_id = $1 AND h.skill_id = k.id)
					FROM organization.skill k WHERE k.code = $2`, seat.Staff, code).Scan(&skill, &held)
				if err != nil {
					return fmt.Errorf("read the skill %s: %w", code, err)
				}
				if held {
					continue
				}
				given := organization.HeldSkill{Level: 6, ValidFrom: today.Add(-60), Evidence: "岗位技能考试"}
				given.Staff, given.Skill = as(organization.StaffID{}, seat.Staff), as(organization.SkillID{}, skill)
				if err := h.Units.SeedSkills(ctx, tx, "1004 钟嘉怡", []organization.HeldSkill{given}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// floorQueues makes three queues and the reasons for breaks.
func floorQueues(ctx context.Context, h House, centre organization.CentreID) error {
	skill := func(code string) (list []routing.Need, err error) {
		var id uuid.UUID
		if err := h.Pool.QueryRow(ctx, `SELECT id FROM organization.skill WHERE code = $1`, code).Scan(&id); err != nil {
			return nil, fmt.Errorf("read the skill %s: %w", code, err)
		}
		return []routing.Need{{Skill: as(organization.SkillID{}, id), Level: 1}}, nil
	}
	complaint, err := skill("COMPLAINT")
	if err != nil {
		return err
	}
	english, err := skill("ENGLISH")
	if err != nil {
		return err
	}
	base := routing.Queue{
		Centre: centre, Channel: routing.VoiceChannel, Ring: 20, WrapUp: engine.TimedWrapUp, WrapUpFor: 60, MaxWaiting: 200, MaxWait: 600, NoAgents: engine.WaitAnyway,
		Target: 15, AnnounceNumber: true, Music: true, Position: true,
	}
	general, upset, foreign := base, base, base
	general.Code, general.Name = "general", "综合"
	upset.Code, upset.Name, upset.Needs, upset.Priority, upset.WrapUp, upset.WrapUpFor = "complaint", "投诉", complaint, 20, engine.MandatoryWrapUp, 0
	upset.Overflow = []routing.Overflow{{After: 60, Relax: true}}
	foreign.Code, foreign.Name, foreign.Needs, foreign.Priority = "english", "English", english, 10
	if err := h.Queues.Refresh(ctx); err != nil {
		return err
	}
	for _, q := range []routing.Queue{general, upset, foreign} {
		if _, there := h.Queues.QueueByCode(q.Code); there {
			continue
		}
		if _, err := h.Queues.CreateQueue(ctx, nil, q); err != nil {
			return fmt.Errorf("add the queue %s: %w", q.Code, err)
		}
	}
	if err := floorBreaks(ctx, h); err != nil {
		return err
	}
	return h.Queues.Refresh(ctx) // numbers that lead to them are next
}

func floorBreaks(ctx context.Context, h House) error {
	minutes := func(n int) *int { return &n }
	for i, b := range []routing.Break{
		{Code: "rest", Name: "小休", NameEN: "Rest", MostMinutes: minutes(10)}, {Code: "meal", Name: "用餐", NameEN: "Meal", MostMinutes: minutes(40)},
		{Code: "meeting", Name: "会议", NameEN: "Meeting"}, {Code: "training", Name: "培训", NameEN: "Training"}, {Code: "coaching", Name: "辅导", NameEN: "Coaching"},
		{Code: "paperwork", Name: "处理工单", NameEN: "Paperwork"},
	} {
		if _, there := h.Queues.Tables().Break(b.Code); there {
			continue
		}
		b.Place = i + 1
		if _, err := h.Queues.CreateBreak(ctx, nil, b); err != nil {
			return fmt.Errorf("add the reason %s: %w", b.Code, err)
		}
	}
	return nil
}

// floorPhones gives each seat its phone.
func floorPhones(ctx context.Context, h House, list []Seat) error {
	if err := h.Voice.Refresh(ctx); err != nil {
		return err
	}
	for _, s := range list {
		if _, there := h.Voice.Tables().Phone(s.Phone); there {
			continue
		}
		spec := voice.PhoneSpec{Number: s.Phone, DisplayName: s.Number + " 座席话机", Centre: organization.CentreOf(s.Centre), StaffNumber: s.Number, Note: "演示话机，口令见登录页"}
		if _, err := h.Voice.SeedPhone(ctx, nil, spec, secret.Hide(PhonePassword)); err != nil {
			return fmt.Errorf("add the phone %s: %w", s.Phone, err)
		}
	}
	return nil
}

// floorNumbers leads numbers to the queues.
func floorNumbers(ctx context.Context, h House, centre organization.CentreID) error {
	for _, n := range []voice.NumberSpec{
		{Number: NumberGreeting, Name: "客服热线（问候、按键、排队）", Act: voice.ActFlow, Flow: "greeting", Queue: "general"},
		{Number: NumberStraight, Name: "人工直通", Act: voice.ActQueue, Queue: "general"},
		{Number: NumberEnglish, Name: "English hotline", Act: voice.ActQueue, Queue: "english"},
		{Number: NumberComplaint, Name: "投诉热线", Act: voice.ActFlow, Flow: "greeting", Queue: "complaint"},
	} {
		if there := h.Voice.Tables().Resolve(n.Number, true); there.Number != (voice.NumberID{}) {
			continue
		}
		n.Match, n.Centre = voice.Whole, centre
		if _, err := h.Voice.CreateNumber(ctx, nil, n); err != nil {
			return fmt.Errorf("say what happens to %s: %w", n.Number, err)
		}
	}
	return nil
}

// floorTrunk is the line of simulated callers.
func floorTrunk(ctx context.Context, h House) (voice.TrunkID, error) {
	const name, group = "演示话务（模拟来电）", "SIMULATED"
	list, err := h.Voice.ListTrunks(ctx, voice.TrunkFilter{Text: name})
	if err != nil {
		return voice.TrunkID{}, err
	}
	for _, t := range list {
		if t.Name == name {
			return t.ID, nil
		}
	}
	tree, err := h.Units.Tree(ctx)
	if err != nil {
		return voice.TrunkID{}, err
	}
	root, _ := tree.Root()
	var owner voice.GroupID
	groups, err := h.Voice.Groups(ctx)
	if err != nil {
		return voice.TrunkID{}, err
	}
	for _, g := range groups {
		if g.Code == group {
			owner = g.ID
		}
	}
	if owner == (voice.GroupID{}) {
		g, err := h.Voice.CreateGroup(ctx, nil, voice.GroupSpec{Code: group, Name: "模拟来电", Centre: root.ID, Note: "只接收演示用的模拟来电"})
		if err != nil {
			return voice.TrunkID{}, fmt.Errorf("add the group of simulated callers: %w", err)
		}
		owner = g.ID
	}
	t, err := h.Voice.CreateTrunk(ctx, nil, voice.TrunkSpec{
		Group: owner, Name: name, Hosts: []string{simulatedCarrier}, Transport: voice.UDP, Priority: 90, Weight: 1, MaxCalls: 2 * MostCallers, Codecs: []string{"PCMA"},
		CallerFrom: voice.FromFrom, Quiet: true,
	})
	if err != nil {
		return voice.TrunkID{}, fmt.Errorf("add the trunk of simulated callers: %w", err)
	}
	return t.ID, nil
}
