package organization_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
)

// person is a context in which somebody of this number may do everything of this package nationwide.
func person(t testing.TB, number, name string, staff organization.StaffID) context.Context {
	grants := map[actor.Permission]actor.Scope{}
	for _, p := range everyPermission() {
		grants[p] = actor.National()
	}
	return actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person, Number: number, Name: name, Staff: staff.UUID()}, grants))
}

var fullText = organization.DescriptionText{
	Duties: "## 职责\n- 接听来电", Authority: "可退费 50 元以内", Subordinates: "无", Qualifications: "高中以上",
}

func codeOf(t testing.TB, err error) string {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	return f.Code
}

func (c *country) issue(t testing.TB, post organization.PostID) organization.Description {
	t.Helper()
	d, err := c.WriteDraft(person(t, "9001", "起草人", organization.StaffID{}), nil, post, 0, fullText)
	require.NoError(t, err)
	d, err = c.IssueDraft(person(t, "9002", "批准人", organization.StaffID{}), nil, post, d.Version, "")
	require.NoError(t, err)
	return d
}

func TestNobodyIssuesWhatTheyWroteThemselves(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	post := c.post(t, "AGENT", organization.Front)
	writer, second, manager := person(t, "9001", "甲", organization.StaffID{}), person(t, "9003", "乙", organization.StaffID{}), person(t, "9002", "丙", organization.StaffID{})

	d, err := c.WriteDraft(writer, nil, post.ID, 0, organization.DescriptionText{Duties: "接听"})
	require.NoError(t, err)
	require.Equal(t, 1, d.Edition)
	_, err = c.IssueDraft(manager, nil, post.ID, d.Version, "")
	require.Equal(t, "organization.description_incomplete", codeOf(t, err))
	_, err = c.WriteDraft(second, nil, post.ID, 0, fullText)
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile, "a second draft is not begun beside the first")
	d, err = c.WriteDraft(second, nil, post.ID, d.Version, fullText)
	require.NoError(t, err)
	require.Equal(t, []string{"9001", "9003"}, d.Authors)
	for _, author := range []context.Context{writer, second} {
		_, err = c.IssueDraft(author, nil, post.ID, d.Version, "")
		require.ErrorIs(t, err, organization.ErrOwnWork)
	}
	d, err = c.IssueDraft(manager, nil, post.ID, d.Version, "同意")
	require.NoError(t, err)
	require.Equal(t, organization.Issued, d.State)
	require.Equal(t, "9002 丙", d.ApprovedBy)
	require.Equal(t, organization.DayOf(c.clock.Now(), time.FixedZone("", 8*3600)).AddMonths(12), d.ReviewBy)
	require.Equal(t, 1, c.audited(t, "organization.job_description.issue"))
}

func TestIssuingANewEditionWithdrawsTheOneBefore(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	post := c.post(t, "AGENT", organization.Front)
	first := c.issue(t, post.ID)
	second := c.issue(t, post.ID)
	require.Equal(t, 2, second.Edition)
	all, err := c.Descriptions(everywhere(t), post.ID)
	require.NoError(t, err)
	require.Equal(t, []organization.DescriptionState{organization.Issued, organization.Withdrawn}, []organization.DescriptionState{all[0].State, all[1].State})
	require.Equal(t, first.ID, all[1].ID)
	require.Equal(t, fullText, all[1].DescriptionText, "what people were bound by is kept")

	d, err := c.WriteDraft(everywhere(t), nil, post.ID, 0, fullText)
	require.NoError(t, err)
	require.ErrorIs(t, c.DropDraft(everywhere(t), nil, post.ID, d.Version+1), organization.ErrChangedMeanwhile)
	require.NoError(t, c.DropDraft(everywhere(t), nil, post.ID, d.Version))
	_, err = c.WriteDraft(everywhere(t), nil, post.ID, d.Version, fullText)
	require.ErrorIs(t, err, organization.ErrNoDescription)
}

func TestHoldersAcknowledgeTheIssuedEdition(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	post := c.post(t, "AGENT", organization.Front)
	var people []organization.Staff
	for i, centre := range []organization.CentreID{c.guangzhou.ID, c.shenzhen.ID, c.fuzhou.ID} {
		s, err := c.CreateStaff(ctx, nil, organization.NewStaff{Number: fmt.Sprintf("100%d", i), Name: "王芳", Centre: centre, Post: post.ID})
		require.NoError(t, err)
		people = append(people, s)
	}
	me := person(t, people[0].Number, people[0].Name, people[0].ID)
	_, err := c.MyDescription(me)
	require.Equal(t, "organization.no_own_description", codeOf(t, err), "a draft is nobody's duty yet")
	d := c.issue(t, post.ID)
	own, err := c.MyDescription(me)
	require.NoError(t, err)
	require.Equal(t, d.ID, own.Description.ID)
	require.Zero(t, own.AcknowledgedAt)

	at, err := c.Acknowledge(me, nil, d.ID)
	require.NoError(t, err)
	c.clock.Advance(time.Hour)
	again, err := c.Acknowledge(me, nil, d.ID)
	require.NoError(t, err)
	require.True(t, at.Equal(again), "the first time stands")
	require.Equal(t, 1, c.audited(t, "organization.job_description.acknowledge"))

	missing, err := c.Acknowledgements(ctx, post.ID, true, "", 0)
	require.NoError(t, err)
	require.Len(t, missing, 2)
	missing, err = c.Acknowledgements(c.at(t, c.guangdong.ID), post.ID, true, "", 0)
	require.NoError(t, err)
	require.Len(t, missing, 1, "others are not this province's business")
	require.Equal(t, "1001", missing[0].Number)
	path := "/api/posts/" + post.ID.String() + "/acknowledgements/export"
	rows := sheetRows(t, c.serve(t, ctx).Get(path).Want(200).Body)
	require.Len(t, rows, 4)
	require.Equal(t, []string{"工号", "姓名", "中心", "状态", "确认时间"}, rows[0])
	require.Len(t, rows[1], 5, "acknowledged")
	require.Equal(t, []string{"1001", "王芳", c.shenzhen.Name, "在职"}, rows[2], "not yet")
	rows = sheetRows(t, c.serve(t, c.at(t, c.guangdong.ID)).Get(path+"?missing=true").Want(200).Body)
	require.Len(t, rows, 2, "as the list: only who is missing, only of this province")
	require.Equal(t, 2, c.audited(t, "organization.post.export_acknowledgements"))
	require.ErrorIs(t, c.ExportAcknowledgements(ctx, io.Discard, "en", organization.PostID{}, false), organization.ErrNoPost)
	require.ErrorIs(t, c.ExportAcknowledgements(actor.With(t.Context(), actor.New(actor.Actor{Kind: actor.Person}, nil)), io.Discard, "en", post.ID, false), actor.ErrDenied)
	posts, err := c.Posts(c.at(t, c.guangdong.ID), organization.PostFilter{})
	require.NoError(t, err)
	require.Equal(t, []int{2, 1, 1}, []int{posts[0].Holders, posts[0].Acknowledged, posts[0].IssuedOf})

	c.issue(t, post.ID)
	_, err = c.Acknowledge(me, nil, d.ID)
	require.Equal(t, "organization.description_replaced", codeOf(t, err))
	own, err = c.MyDescription(me)
	require.NoError(t, err)
	require.Zero(t, own.AcknowledgedAt, "a new edition is acknowledged anew")
	_, err = c.MyDescription(person(t, "x", "y", organization.StaffID{}))
	require.Equal(t, "organization.no_own_description", codeOf(t, err))
}

func TestDescriptionsComeUpForReview(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	ctx := everywhere(t)
	post, bare := c.post(t, "AGENT", organization.Front), c.post(t, "BARE", organization.Back)
	d := c.issue(t, post.ID)
	due := func() (codes []string) {
		list, err := c.Posts(ctx, organization.PostFilter{Due: true})
		require.NoError(t, err)
		for _, p := range list {
			require.True(t, p.Due)
			codes = append(codes, p.Code)
		}
		return codes
	}
	require.Equal(t, []string{"BARE"}, due(), "a post without a description is due")
	_, err := c.UpdatePost(ctx, nil, bare.ID, organization.PostUpdate{Version: 1, NameZH: "空", NameEN: "Bare", Class: organization.Back, ReviewMonths: 12, State: organization.Closed})
	require.NoError(t, err)
	require.Empty(t, due())
	require.Empty(t, c.Health().Check(t.Context()))
	c.clock.Advance(366 * 24 * time.Hour)
	require.Equal(t, []string{"AGENT"}, due())
	found := c.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "organization.descriptions_due", found[0].Warning.Code)
	d, err = c.ConfirmReview(ctx, nil, post.ID, d.Version)
	require.NoError(t, err)
	require.Empty(t, due())
	require.Equal(t, organization.Issued, d.State)
}

func TestPostsAreTheNations(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	province := c.at(t, c.guangdong.ID)
	_, err := c.CreatePost(province, nil, organization.NewPost{Code: "A", NameZH: "a", NameEN: "a", Class: organization.Front})
	require.ErrorIs(t, err, organization.ErrNationOnly)
	_, err = c.CreateSkill(province, nil, organization.NewSkill{Code: "A", Name: "a", Kind: organization.SkillBusiness})
	require.ErrorIs(t, err, organization.ErrNationOnly)
	_, err = c.CreatePost(everywhere(t), nil, organization.NewPost{Code: "小写", Class: "middle", ReviewMonths: 99})
	require.ElementsMatch(t, []string{"body.code", "body.name_zh", "body.name_en", "body.class", "body.review_months"}, fieldsOf(t, err))
	post := c.post(t, "AGENT", organization.Front)
	_, err = c.CreatePost(everywhere(t), nil, organization.NewPost{Code: "agent", NameZH: "a", NameEN: "a", Class: organization.Front})
	require.Equal(t, "organization.post_code_taken", codeOf(t, err))

	s, err := c.CreateStaff(everywhere(t), nil, organization.NewStaff{Number: "1001", Name: "王芳", Centre: c.guangzhou.ID, Post: post.ID})
	require.NoError(t, err)
	closing := organization.PostUpdate{Version: post.Version, NameZH: post.NameZH, NameEN: post.NameEN, Class: post.Class, ReviewMonths: 12, State: organization.Closed}
	_, err = c.UpdatePost(everywhere(t), nil, post.ID, closing)
	require.Equal(t, "organization.post_in_use", codeOf(t, err))
	_, err = c.UpdateStaff(everywhere(t), nil, s.ID, organization.StaffUpdate{Version: s.Version, Name: "王芳"})
	require.NoError(t, err)
	closed, err := c.UpdatePost(everywhere(t), nil, post.ID, closing)
	require.NoError(t, err)
	_, err = c.UpdatePost(everywhere(t), nil, post.ID, closing)
	require.ErrorIs(t, err, organization.ErrChangedMeanwhile)
	_, err = c.UpdateStaff(everywhere(t), nil, s.ID, organization.StaffUpdate{Name: "王芳", Post: closed.ID})
	require.Equal(t, []string{"body.post_id"}, fieldsOf(t, err))
	_, err = c.WriteDraft(everywhere(t), nil, post.ID, 0, fullText)
	require.Equal(t, "organization.post_closed", codeOf(t, err))
}

func TestHostileTextSurvivesInDescriptions(t *testing.T) {
	t.Parallel()
	c := newCountry(t)
	post := c.post(t, "AGENT", organization.Front)
	version := 0
	for _, text := range hostile.Strings() {
		d, err := c.WriteDraft(everywhere(t), nil, post.ID, version, organization.DescriptionText{Duties: text, Authority: text, Subordinates: text, Qualifications: text})
		if strings.ContainsRune(text, 0) {
			require.Equal(t, []string{"body.duties", "body.authority", "body.subordinates", "body.qualifications"}, fieldsOf(t, err))
			continue
		}
		require.NoError(t, err, "%q", text)
		version = d.Version
		all, err := c.Descriptions(everywhere(t), post.ID)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSpace(text), all[0].Duties)
	}
}

func TestMonthsAreCountedAsCalendarsDo(t *testing.T) {
	t.Parallel()
	require.Equal(t, organization.Day("2026-02-28"), organization.Day("2025-11-30").AddMonths(3))
	require.Equal(t, organization.Day("2028-02-29"), organization.Day("2028-01-31").AddMonths(1))
	require.Equal(t, organization.Day("2027-01-01"), organization.Day("2026-12-31").Add(1))
	rapid.Check(t, func(t *rapid.T) {
		begin := organization.Day(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 20000).Draw(t, "day")).Format(time.DateOnly))
		n := rapid.IntRange(0, 60).Draw(t, "months")
		later := begin.AddMonths(n)
		if !later.Valid() || later < begin || later[8:] > begin[8:] {
			t.Fatalf("%s plus %d months is %s", begin, n, later)
		}
		months := (later.Time().Year()-begin.Time().Year())*12 + int(later.Time().Month()) - int(begin.Time().Month())
		if months != n {
			t.Fatalf("%s plus %d months is %s", begin, n, later)
		}
	})
}
