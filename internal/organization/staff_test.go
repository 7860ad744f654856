package organization_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

func (c *country) staff(t testing.TB, number, name string, centre organization.CentreID) organization.Staff {
	t.Helper()
	made, err := c.CreateStaff(everywhere(t), nil, organization.NewStaff{Number: number, Name: name, Centre: centre, Mobile: "15412345678", Email: "a@example.com"})
	require.NoError(t, err)
	return made
}

func (c *country) team(t testing.TB, centre organization.CentreID, code string) organization.Team {
	t.Helper()
	made, err := c.CreateTeam(everywhere(t), nil, organization.NewTeam{Centre: centre, Code: code, Name: "班组 " + code})
	require.NoError(t, err)
	return made
}

func (c *country) post(t testing.TB, code string, class organization.PostClass) organization.Post {
	t.Helper()
	made, err := c.CreatePost(everywhere(t), nil, organization.NewPost{Code: code, NameZH: "岗位" + code, NameEN: "Post " + code, Class: class})
	require.NoError(t, err)
	return made
}

func ref(s organization.Staff) organization.StaffRef {
	return organization.StaffRef{ID: s.ID, Version: s.Version}
}

func pointer[T any](v T) *T { return &v }

func numbers(list []organization.StaffItem) []string {
	all := []string{}
	for _, i := range list {
		all = append(all, i.Number)
	}
	return all
}

func (c *country) list(t testing.TB, ctx context.Context, f organization.StaffFilter) []string {
	t.Helper()
	list, err := c.ListStaff(ctx, f)
	require.NoError(t, err)
	return numbers(list)
}

func TestAMemberOfStaffIsMadeWithAuditAndEvent(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	post, team := c.post(t, "AGENT", organization.Front), c.team(t, c.guangzhou.ID, "A")
	made, err := c.CreateStaff(everywhere(t), nil, organization.NewStaff{
		Number: " gz1024 ", Name: " 李明 ", Centre: c.guangzhou.ID, Team: team.ID, Post: post.ID, Mobile: "154 1234 5678", Email: "li@example.com", JoinedOn: "2026-03-01",
	})
	require.NoError(t, err)
	got, err := c.GetStaff(everywhere(t), made.ID)
	require.NoError(t, err)
	require.Equal(t, "GZ1024", got.Number)
	require.Equal(t, "李明", got.Name)
	require.Equal(t, []string{"广州客服中心", team.Name, "岗位AGENT"}, []string{got.CentreName, got.TeamName, got.PostZH})
	require.Equal(t, "154 1234 5678", got.Mobile.Plain())
	require.Len(t, got.Path, 3)
	require.Equal(t, organization.StaffActive, got.State)
	require.Equal(t, 1, c.audited(t, "organization.staff.create"))
	require.Equal(t, 1, c.told(t, "organization.staff.changed"))

	var changes string
	require.NoError(t, c.pool.QueryRow(t.Context(), `SELECT changes::text FROM audit.entry WHERE action = 'organization.staff.create'`).Scan(&changes))
	require.NotContains(t, changes, "1234 5678", "personal data stays masked in the audit")
	require.Contains(t, changes, "GD-GZ 广州客服中心", "places are named, not numbered")

	err = postgres.InTx(t.Context(), c.pool, func(ctx context.Context, tx pgx.Tx) error {
		same, err := c.StaffByID(ctx, tx, made.ID)
		require.Equal(t, made.Label(), same.Label())
		return err
	})
	require.NoError(t, err)
}

func TestEveryWrongFieldOfAMemberOfStaffIsNamed(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	team := c.team(t, c.shenzhen.ID, "A")
	_, err := c.CreateStaff(everywhere(t), nil, organization.NewStaff{
		Number: "1", Name: strings.Repeat("长", 101), Centre: c.guangzhou.ID, Team: team.ID, Post: organization.PostID{}, Mobile: "phone", Email: "not an address", JoinedOn: "2026-02-30",
	})
	require.ElementsMatch(t, []string{"body.number", "body.name", "body.team_id", "body.mobile", "body.email", "body.joined_on"}, fieldsOf(t, err))
	_, err = c.CreateStaff(everywhere(t), nil, organization.NewStaff{})
	require.ElementsMatch(t, []string{"body.number", "body.name", "body.centre_id"}, fieldsOf(t, err))

	c.staff(t, "1001", "王芳", c.guangzhou.ID)
	_, err = c.CreateStaff(everywhere(t), nil, organization.NewStaff{Number: "1001", Name: "别人", Centre: c.fuzhou.ID})
	f, _ := fault.As(err)
	require.Equal(t, "organization.number_taken", f.Code)
}

func TestStaffOfAnotherProvinceAreNotFound(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	mine, other := c.staff(t, "1001", "王芳", c.shenzhen.ID), c.staff(t, "2001", "林涛", c.fuzhou.ID)
	ctx := c.at(t, c.guangdong.ID)
	require.Equal(t, []string{"1001"}, c.list(t, ctx, organization.StaffFilter{}))
	require.Empty(t, c.list(t, ctx, organization.StaffFilter{Centre: c.fujian.ID}))
	require.Empty(t, c.list(t, ctx, organization.StaffFilter{Query: "林涛"}))
	_, err := c.GetStaff(ctx, mine.ID)
	require.NoError(t, err)

	absent := organization.StaffRef{ID: other.ID}
	for name, act := range map[string]func() error{
		"get":     func() error { _, err := c.GetStaff(ctx, other.ID); return err },
		"history": func() error { _, err := c.StaffHistory(ctx, other.ID, audit.EntryID{}, 0); return err },
		"reveal":  func() error { _, err := c.RevealStaff(ctx, other.ID, "核对"); return err },
		"update": func() error {
			_, err := c.UpdateStaff(ctx, nil, other.ID, organization.StaffUpdate{Name: "x"})
			return err
		},
		"move": func() error {
			_, err := c.MoveStaff(ctx, nil, organization.StaffMove{Staff: []organization.StaffRef{ref(mine), absent}, Centre: c.guangzhou.ID})
			return err
		},
		"suspend": func() error { _, err := c.SuspendStaff(ctx, nil, absent, "x"); return err },
		"leave":   func() error { _, err := c.LeaveStaff(ctx, nil, absent, "2026-01-01", "x"); return err },
		"grant": func() error {
			k, err := c.CreateSkill(everywhere(t), nil, organization.NewSkill{Code: "K", Name: "k", Kind: organization.SkillBusiness})
			require.NoError(t, err)
			return c.GrantSkill(ctx, nil, organization.Grant{Skill: k.ID, Staff: []organization.StaffID{other.ID}, Level: 5})
		},
		"unknown": func() error { _, err := c.GetStaff(ctx, organization.StaffID{}); return err },
	} {
		require.ErrorIs(t, act(), organization.ErrNoStaff, name)
	}
	_, err = c.MoveStaff(ctx, nil, organization.StaffMove{Staff: []organization.StaffRef{ref(mine)}, Centre: c.fuzhou.ID})
	require.Equal(t, []string{"body.centre_id"}, fieldsOf(t, err), "nobody is moved to where one may not look")
}

func TestNobodyActsWithoutThePermission(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	someone := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	nobody := actor.With(t.Context(), as(actor.National(), actor.Permission("organization.other")))
	for name, act := range map[string]func(context.Context) error{
		"list": func(ctx context.Context) error { _, err := c.ListStaff(ctx, organization.StaffFilter{}); return err },
		"get":  func(ctx context.Context) error { _, err := c.GetStaff(ctx, someone.ID); return err },
		"create": func(ctx context.Context) error {
			_, err := c.CreateStaff(ctx, nil, organization.NewStaff{})
			return err
		},
		"update": func(ctx context.Context) error {
			_, err := c.UpdateStaff(ctx, nil, someone.ID, organization.StaffUpdate{})
			return err
		},
		"move":    func(ctx context.Context) error { _, err := c.MoveStaff(ctx, nil, organization.StaffMove{}); return err },
		"suspend": func(ctx context.Context) error { _, err := c.SuspendStaff(ctx, nil, ref(someone), "x"); return err },
		"reveal":  func(ctx context.Context) error { _, err := c.RevealStaff(ctx, someone.ID, "核对"); return err },
		"import":  func(ctx context.Context) error { _, err := c.ImportStaff(ctx, nil, true); return err },
		"export": func(ctx context.Context) error {
			return c.ExportStaff(ctx, &strings.Builder{}, "en", "", organization.StaffFilter{})
		},
		"posts": func(ctx context.Context) error { _, err := c.Posts(ctx, organization.PostFilter{}); return err },
		"post":  func(ctx context.Context) error { _, err := c.CreatePost(ctx, nil, organization.NewPost{}); return err },
		"issue": func(ctx context.Context) error {
			_, err := c.IssueDraft(ctx, nil, organization.PostID{}, 1, "")
			return err
		},
		"skills": func(ctx context.Context) error { _, err := c.Skills(ctx, organization.SkillFilter{}); return err },
		"grant": func(ctx context.Context) error {
			return c.GrantSkill(ctx, nil, organization.Grant{Level: 1, Staff: []organization.StaffID{someone.ID}})
		},
		"ending": func(ctx context.Context) error {
			_, err := c.Expiring(ctx, 30, organization.ExpiringAfter{}, 0)
			return err
		},
	} {
		require.Equal(t, fault.Denied, fault.KindOf(act(nobody)), name)
		require.Equal(t, fault.Unauthenticated, fault.KindOf(act(t.Context())), name)
	}
}

func TestTheSecondOfTwoEditorsIsTold(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	was := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	c.clock.Advance(time.Minute)
	first, err := c.UpdateStaff(everywhere(t), nil, was.ID, organization.StaffUpdate{Version: was.Version, Name: "王方"})
	require.NoError(t, err)
	require.Equal(t, 2, first.Version)
	require.Equal(t, "15412345678", first.Mobile.Plain(), "what was not sent stays")
	_, err = c.UpdateStaff(everywhere(t), nil, was.ID, organization.StaffUpdate{Version: was.Version, Name: "王放"})
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile)
	require.Contains(t, err.Error(), "1001 张三")
	_, err = c.SuspendStaff(everywhere(t), nil, ref(was), "x")
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile)

	again, err := c.UpdateStaff(everywhere(t), nil, was.ID, organization.StaffUpdate{Version: 2, Name: "王方"})
	require.NoError(t, err)
	require.Equal(t, 2, again.Version, "saving what is there changes nothing")
	require.Equal(t, 1, c.audited(t, "organization.staff.update"))
	history, err := c.StaffHistory(everywhere(t), was.ID, audit.EntryID{}, 0)
	require.NoError(t, err)
	require.Len(t, history, 2)
	require.Equal(t, []string{"organization.staff.update", "1001 张三"}, []string{history[0].Action, history[0].By})
	require.Equal(t, "name", history[0].Changes[0].Field)
	older, err := c.StaffHistory(everywhere(t), was.ID, history[0].ID, 0)
	require.NoError(t, err)
	require.Len(t, older, 1)
}

func TestOneOfManyConcurrentEditorsWins(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	was := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	ctx := everywhere(t)
	var wins, told int
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			_, err := c.UpdateStaff(ctx, nil, was.ID, organization.StaffUpdate{Version: was.Version, Name: fmt.Sprintf("王%d", i)})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				wins++
			} else if fault.KindOf(err) == fault.Conflict {
				told++
			}
		})
	}
	group.Wait()
	require.Equal(t, []int{1, 7}, []int{wins, told})
}

func TestPeopleMoveTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	team := c.team(t, c.shenzhen.ID, "N")
	a, b := c.staff(t, "1001", "王芳", c.guangzhou.ID), c.staff(t, "1002", "林涛", c.guangzhou.ID)
	leader := c.staff(t, "1003", "陈静", c.guangzhou.ID)
	led := c.team(t, c.guangzhou.ID, "L")
	_, err := c.UpdateTeam(everywhere(t), led.ID, organization.TeamUpdate{Version: led.Version, Code: led.Code, Name: led.Name, Leader: leader.ID})
	require.NoError(t, err)

	move := organization.StaffMove{Staff: []organization.StaffRef{ref(a), ref(b), ref(leader)}, Centre: c.shenzhen.ID, Team: team.ID, Reason: "夜班缺人"}
	_, err = c.MoveStaff(everywhere(t), nil, move)
	f, _ := fault.As(err)
	require.Equal(t, "organization.leads_team", f.Code)
	require.Len(t, c.list(t, everywhere(t), organization.StaffFilter{Centre: c.guangzhou.ID}), 3)

	move.Staff = move.Staff[:2]
	moved, err := c.MoveStaff(everywhere(t), nil, move)
	require.NoError(t, err)
	require.Equal(t, team.ID, moved[1].Team)
	require.Equal(t, []string{"1001", "1002"}, c.list(t, everywhere(t), organization.StaffFilter{Team: team.ID}))
	require.Equal(t, 2, c.audited(t, "organization.staff.move"))

	move.Staff = []organization.StaffRef{ref(moved[0]), ref(moved[0])}
	_, err = c.MoveStaff(everywhere(t), nil, move)
	require.Equal(t, []string{"body.staff[1].id"}, fieldsOf(t, err))
	_, err = c.MoveStaff(everywhere(t), nil, organization.StaffMove{Centre: c.shenzhen.ID})
	require.Equal(t, []string{"body.staff"}, fieldsOf(t, err))

	closed, err := c.CloseTeam(everywhere(t), c.team(t, c.shenzhen.ID, "X").ID, 1, "不再需要")
	require.NoError(t, err)
	_, err = c.MoveStaff(everywhere(t), nil, organization.StaffMove{Staff: []organization.StaffRef{{ID: a.ID}}, Centre: c.shenzhen.ID, Team: closed.ID})
	require.Equal(t, []string{"body.team_id"}, fieldsOf(t, err))
}

func TestSuspendingReinstatingAndLeaving(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	s := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	_, err := c.SuspendStaff(ctx, nil, ref(s), " ")
	require.Equal(t, []string{"body.reason"}, fieldsOf(t, err))
	s, err = c.SuspendStaff(ctx, nil, ref(s), "停职检查")
	require.NoError(t, err)
	require.Equal(t, organization.StaffSuspended, s.State)
	s, err = c.ReinstateStaff(ctx, nil, ref(s), "检查结束")
	require.NoError(t, err)
	require.Equal(t, organization.StaffActive, s.State)

	today := organization.DayOf(c.clock.Now(), time.FixedZone("", 8*3600))
	s, err = c.LeaveStaff(ctx, nil, ref(s), today.Add(3), "个人原因")
	require.NoError(t, err)
	require.Equal(t, organization.StaffActive, s.State, "only planned")
	gone, err := c.LetGo(t.Context())
	require.NoError(t, err)
	require.Zero(t, gone)
	s, err = c.LeaveStaff(ctx, nil, ref(s), "", "不走了")
	require.NoError(t, err)
	require.Empty(t, s.LeftOn)
	s, err = c.LeaveStaff(ctx, nil, ref(s), today.Add(1), "还是要走")
	require.NoError(t, err)
	c.clock.Advance(24 * time.Hour)
	gone, err = c.LetGo(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, gone)
	got, err := c.GetStaff(ctx, s.ID)
	require.NoError(t, err)
	require.Equal(t, organization.StaffLeft, got.State)
	gone, err = c.LetGo(t.Context())
	require.NoError(t, err)
	require.Zero(t, gone, "once")

	_, err = c.UpdateStaff(ctx, nil, s.ID, organization.StaffUpdate{Version: got.Version, Name: "x"})
	require.ErrorIs(t, err, organization.ErrLeft)
	_, err = c.ReinstateStaff(ctx, nil, ref(got.Staff), "回来")
	require.ErrorIs(t, err, organization.ErrLeft)
	_, err = c.CreateStaff(ctx, nil, organization.NewStaff{Number: "1001", Name: "新人", Centre: c.guangzhou.ID})
	f, _ := fault.As(err)
	require.Equal(t, "organization.number_taken", f.Code, "a number is for life")
}

func TestALeaderLeavesOnlyWhenThePlannedDayComes(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	s, team := c.staff(t, "1001", "王芳", c.guangzhou.ID), c.team(t, c.guangzhou.ID, "A")
	_, err := c.UpdateTeam(ctx, team.ID, organization.TeamUpdate{Version: team.Version, Code: team.Code, Name: team.Name, Leader: s.ID})
	require.NoError(t, err)
	today := organization.DayOf(c.clock.Now(), time.FixedZone("", 8*3600))
	_, err = c.LeaveStaff(ctx, nil, ref(s), today, "走")
	f, _ := fault.As(err)
	require.Equal(t, "organization.leads_team", f.Code)
	_, err = c.LeaveStaff(ctx, nil, ref(s), today.Add(1), "走")
	require.NoError(t, err)
	c.clock.Advance(24 * time.Hour)
	gone, err := c.LetGo(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, gone)
}

func TestPhoneNumbersAreShownForAReasonOnly(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	s := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	_, err := c.RevealStaff(everywhere(t), s.ID, " ")
	require.Equal(t, []string{"body.reason"}, fieldsOf(t, err))
	require.Zero(t, c.audited(t, "organization.staff.reveal"))
	contact, err := c.RevealStaff(everywhere(t), s.ID, "紧急联系")
	require.NoError(t, err)
	require.Equal(t, "15412345678", contact.Mobile.Plain())
	require.Equal(t, 1, c.audited(t, "organization.staff.reveal"))
}

func TestTheListCutsAndFindsLikeASimpleLoopWould(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	centres := []organization.Centre{c.nation, c.guangdong, c.guangzhou, c.shenzhen, c.fuzhou}
	posts := []organization.PostID{{}, c.post(t, "A", organization.Front).ID, c.post(t, "B", organization.Management).ID}
	names := []string{"王芳", "单晓明", "欧阳静", "John Smith"}
	var list []organization.NewStaff
	for i := range 120 {
		list = append(list, organization.NewStaff{Number: fmt.Sprintf("N%04d", i*7), Name: names[i%4], Centre: centres[i%5].ID, Post: posts[i%3]})
	}
	require.NoError(t, postgres.InTx(ctx, c.pool, func(ctx context.Context, tx pgx.Tx) error { _, err := c.SeedStaff(ctx, tx, list); return err }))
	tree := c.tree(t)
	rapid.Check(t, func(rt *rapid.T) {
		scopeAt := rapid.SampledFrom(centres).Draw(rt, "scope")
		f := organization.StaffFilter{
			Centre: rapid.SampledFrom(append([]organization.Centre{{}}, centres...)).Draw(rt, "centre").ID,
			Post:   rapid.SampledFrom(posts).Draw(rt, "post"),
			Class:  rapid.SampledFrom([]organization.PostClass{"", organization.Front, organization.Back}).Draw(rt, "class"),
			Query:  rapid.SampledFrom([]string{"", "n00", "芳", "sxm", "ouyang", "smith", "%"}).Draw(rt, "query"),
			Limit:  rapid.Int32Range(1, 40).Draw(rt, "limit"),
		}
		var want []string
		for _, s := range list {
			inScope := tree.Scope(scopeAt.ID).Covers(s.Centre.UUID())
			inCentre := f.Centre.IsZero() || tree.Scope(f.Centre).Covers(s.Centre.UUID())
			inPost := f.Post.IsZero() || s.Post == f.Post
			inClass := f.Class == "" || f.Class == organization.Front && s.Post == posts[1]
			found := map[string]bool{"": true, "n00": s.Number < "N0100", "芳": s.Name == names[0], "sxm": s.Name == names[1], "ouyang": s.Name == names[2], "smith": s.Name == names[3]}[f.Query]
			if inScope && inCentre && inPost && inClass && found {
				want = append(want, s.Number)
			}
		}
		var got []string
		reader := actor.With(context.Background(), as(tree.Scope(scopeAt.ID), organization.StaffRead))
		for {
			page, err := c.ListStaff(reader, f)
			require.NoError(rt, err)
			got = append(got, numbers(page)...)
			if len(page) < int(f.Limit) {
				break
			}
			f.After = page[len(page)-1].Number
		}
		require.Equal(rt, want, got)
	})
	_, err := c.ListStaff(ctx, organization.StaffFilter{Query: strings.Repeat("长", 101)})
	require.Equal(t, []string{"query.q"}, fieldsOf(t, err))
}

func TestHostileTextSurvivesInStaff(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	s := c.staff(t, "1001", "王芳", c.guangzhou.ID)
	for _, text := range hostile.Strings() {
		next, err := c.UpdateStaff(ctx, nil, s.ID, organization.StaffUpdate{Version: s.Version, Name: text, Mobile: pointer(privacy.Phone("")), Email: pointer(privacy.Email(""))})
		trimmed := strings.TrimSpace(text)
		if trimmed == "" || len([]rune(trimmed)) > 100 || strings.ContainsRune(trimmed, 0) {
			require.Contains(t, fieldsOf(t, err), "body.name", "%q", text)
			continue
		}
		require.NoError(t, err, "%q", text)
		s = next
		got, err := c.GetStaff(ctx, s.ID)
		require.NoError(t, err)
		require.Equal(t, trimmed, got.Name)
		if _, err := c.ListStaff(ctx, organization.StaffFilter{Query: text}); err != nil {
			require.Equal(t, []string{"query.q"}, fieldsOf(t, err))
		}
		_, err = c.UpdateStaff(ctx, nil, s.ID, organization.StaffUpdate{Version: s.Version, Name: "a", Email: pointer(privacy.Email(text))})
		if strings.TrimSpace(text) != "" && err != nil {
			require.Equal(t, []string{"body.email"}, fieldsOf(t, err))
		} else {
			s.Version++
		}
	}
}
