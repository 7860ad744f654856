package identity

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/ident"
)

func nth(n byte) uuid.UUID { return uuid.UUID{15: n} }

// ladder gives centres 1 (city) → 2 (province) → 3 (nation).
func ladder(centre uuid.UUID) []uuid.UUID {
	var list []uuid.UUID
	for n := centre[15]; n >= 1 && n <= 3; n++ {
		list = append(list, nth(n))
	}
	return list
}

func TestEverySubjectGoesToExactlyOneReviewerWhoIsSomebodyElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		people := make([]reviewer, rapid.IntRange(0, 5).Draw(t, "reviewers"))
		for i := range people {
			n := byte(100 + rapid.IntRange(0, 9).Draw(t, "person"))
			people[i] = reviewer{Account: nth(n), Staff: nth(n + 50), Number: string(rune('A' + i)), Centres: []uuid.UUID{nth(byte(rapid.IntRange(1, 3).Draw(t, "at")))}}
		}
		subjects := make([]subject, rapid.IntRange(1, 12).Draw(t, "subjects"))
		for i := range subjects {
			n := byte(100 + rapid.IntRange(0, 9).Draw(t, "holder"))
			subjects[i] = subject{Assignment: nth(byte(i)), Account: nth(n), Staff: nth(n + 50), Home: nth(byte(rapid.IntRange(1, 3).Draw(t, "home")))}
			if rapid.Bool().Draw(t, "in a team") {
				subjects[i].Team, subjects[i].Leader = nth(200), nth(byte(150+rapid.IntRange(0, 9).Draw(t, "leader")))
			}
		}
		seen := map[uuid.UUID]int{}
		for _, p := range distribute(subjects, people, ladder) {
			for _, s := range p.Subjects {
				seen[s.Assignment]++
				if p.Reviewer != nil && (p.Reviewer.Account == s.Account || p.Reviewer.Staff == s.Staff) {
					t.Fatalf("%v reviews themselves", p.Reviewer)
				}
				fits := slices.ContainsFunc(people, func(r reviewer) bool {
					return r.Account != s.Account && (r.Staff == s.Leader || slices.Contains(ladder(s.Home), r.Centres[0]))
				})
				if fits && p.Reviewer == nil {
					t.Fatalf("nobody reviews %v although somebody could", s)
				}
			}
		}
		if len(seen) != len(subjects) {
			t.Fatalf("%d of %d subjects are reviewed", len(seen), len(subjects))
		}
		for _, n := range seen {
			if n != 1 {
				t.Fatal("a subject is on two sheets")
			}
		}
	})
}

func TestALeaderReviewsTheTeamAndTheManagerAboveReviewsTheLeader(t *testing.T) {
	t.Parallel()
	leader := reviewer{Account: nth(101), Staff: nth(151), Number: "1001", Centres: []uuid.UUID{nth(1)}}
	manager := reviewer{Account: nth(102), Staff: nth(152), Number: "2001", Centres: []uuid.UUID{nth(2)}}
	team := nth(200)
	parts := distribute([]subject{
		{Assignment: nth(1), Account: nth(110), Staff: nth(160), Home: nth(1), Team: team, Leader: leader.Staff},
		{Assignment: nth(2), Account: leader.Account, Staff: leader.Staff, Home: nth(1), Team: team, Leader: leader.Staff},
	}, []reviewer{manager, leader}, ladder)
	require.Len(t, parts, 2)
	require.Equal(t, "1001", parts[0].Reviewer.Number)
	require.Equal(t, "2001", parts[1].Reviewer.Number, "the nearest above, because the leader cannot")
}

func TestASignatureCoversEverything(t *testing.T) {
	t.Parallel()
	sheet, campaign, at := ident.New[sheetKind](), ident.New[campaignKind](), time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	items := []Item{
		{ID: ident.New[itemKind](), Account: ident.New[accountKind](), RoleCode: "agent", Verdict: Keep},
		{ID: ident.New[itemKind](), Account: ident.New[accountKind](), RoleCode: "city_admin", Verdict: Revoke, Reason: "调岗"},
	}
	first := signature(sheet, campaign, nth(1), "password", at, "", items)
	require.Len(t, first, 32)
	backwards := slices.Clone(items)
	slices.Reverse(backwards)
	require.Equal(t, first, signature(sheet, campaign, nth(1), "password", at, "", backwards), "the order of reading does not matter")
	for name, change := range map[string]func(i []Item){
		"verdict": func(i []Item) { i[1].Verdict = Keep }, "reason": func(i []Item) { i[1].Reason = "" },
		"role": func(i []Item) { i[0].RoleCode = "auditor" }, "account": func(i []Item) { i[0].Account = ident.New[accountKind]() },
	} {
		other := slices.Clone(items)
		change(other)
		require.NotEqual(t, first, signature(sheet, campaign, nth(1), "password", at, "", other), name)
	}
	require.NotEqual(t, first, signature(sheet, campaign, nth(2), "password", at, "", items))
	require.NotEqual(t, first, signature(sheet, campaign, nth(1), "totp", at, "", items))
	require.NotEqual(t, first, signature(sheet, campaign, nth(1), "password", at.Add(time.Second), "", items))
	require.NotEqual(t, first, signature(sheet, campaign, nth(1), "password", at, "x", items))
	require.NotEqual(t, first, signature(sheet, campaign, nth(1), "password", at, "", items[:1]))
}

func TestMarkdownKeepsItsFormAndNothingThatRuns(t *testing.T) {
	t.Parallel()
	html, err := RenderMarkdown("# 信息安全\n\n- **不得**共享密码\n- [规范](https://example.com/a)\n\n| 级别 | 要求 |\n|---|---|\n| 一 | 必须 |\n")
	require.NoError(t, err)
	for _, want := range []string{"<h1>信息安全</h1>", "<strong>不得</strong>", `href="https://example.com/a"`, "<td>必须</td>"} {
		require.Contains(t, html, want)
	}
	for _, bad := range []string{
		"<script>alert(1)</script>", `<img src=x onerror=alert(1)>`, "[a](javascript:alert(1))", `<a href="javascript:alert(1)">x</a>`,
		"![x](http://example.com/track.png)", `<iframe src="http://example.com"></iframe>`, `<p style="position:fixed">x</p>`, "[a](data:text/html,x)",
	} {
		html, err := RenderMarkdown(bad)
		require.NoError(t, err)
		for _, word := range []string{"<script", "onerror", "javascript:", "<img", "<iframe", "style=", "data:text"} {
			require.NotContains(t, html, word, bad)
		}
	}
}

func TestADifferenceNamesWhatIsGivenTakenAndProlonged(t *testing.T) {
	t.Parallel()
	until := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	p := accountPayload{
		Before: []grantPayload{{Role: "1", Code: "agent", Centre: nth(1)}, {Role: "2", Code: "trainer", Centre: nth(1)}},
		Grants: []grantPayload{{Role: "1", Code: "agent", Centre: nth(1), Until: &until}, {Role: "2", Code: "trainer", Centre: nth(2)}},
	}
	added, removed, period := p.difference()
	require.Len(t, added, 1)
	require.Equal(t, nth(2), added[0].Centre)
	require.Len(t, removed, 1)
	require.Equal(t, nth(1), removed[0].Centre)
	require.Len(t, period, 1)
	require.Equal(t, &until, period[0][1].Until)
}
