package password_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/identity/password"
)

var zhang = password.Person{Number: "GD8021", Name: "张晓明", Pinyin: []string{"zhang", "xiao", "ming"}, Mobile: "13800000000"}

func codes(problems []password.Problem) []string {
	list := []string{}
	for _, p := range problems {
		list = append(list, p.Code)
	}
	return list
}

func TestHabitsOfTheHouseAreRefusedByName(t *testing.T) {
	t.Parallel()
	for candidate, want := range map[string][]string{
		"":                              {"too_short"},
		"Ab1!":                          {"too_short"},
		"Passw0rd123!":                  {"common"},
		"P@ssw0rd2026":                  {"common"},
		"Woaini5201314":                 {"common"},
		"Woaini@1314":                   {"common"},
		"Admin@12345":                   {"common"},
		"Zhongguo#2026":                 {"common"},
		"1qaz2wsx3EDC":                  {"pattern"},
		"!QAZ2wsx#EDC4rfv":              {"pattern"},
		"Qwertyuiop1!":                  {"pattern"},
		"1Q2w3e4r5t6y":                  {"pattern"},
		"Aa147258369":                   {"pattern"},
		"Aaaaaa111111":                  {"pattern"},
		"Abcabc123123":                  {"pattern"},
		"Wz19900215!":                   {"date"},
		"L1990-02-15#":                  {"date"},
		"Xk#13912345678":                {"phone"},
		"River-gd8021-Lamp":             {"contains_number"},
		"Zhangxiaoming7#":               {"contains_name"},
		"XiaoMingZhang7#":               {"contains_name"},
		"Zhang.Xiao.Ming7":              {"contains_name"},
		"Zxm#20268641":                  {"contains_name"},
		"我是张晓明Ab1":                      {"too_short", "contains_name"},
		"onlysmallletters":              {"few_classes"},
		"Tab\tinside7Ax":                {"not_text"},
		strings.Repeat("Xy7#", 33):      {"too_long"},
		"Kiln#Marsh42":                  nil,
		"tea mountain lantern on rails": nil,
		"青山不改，绿水长流，他日江湖再见时当把酒言欢": nil,
		"g7Kp!vQ2xL": nil,
	} {
		got := codes(password.DefaultPolicy().Check(candidate, zhang))
		for _, w := range want {
			require.Contains(t, got, w, candidate)
		}
		if len(want) == 0 {
			require.Empty(t, got, candidate)
		}
	}
}

func TestEveryProblemHasACodeAndBothLanguages(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range password.Problems() {
		require.NotEmpty(t, p.Code)
		require.NotEmpty(t, p.ZH)
		require.NotEmpty(t, p.EN)
		require.False(t, seen[p.Code])
		seen[p.Code] = true
	}
}

func TestAPasswordThatContainsTheNumberIsNeverTaken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[A-Z0-9]{3,16}`).Draw(t, "number")
		text := rapid.String().Draw(t, "before") + strings.ToLower(number) + rapid.String().Draw(t, "after")
		policy := password.Policy{MaxLength: 1 << 20}
		require.Contains(t, codes(policy.Check(text, password.Person{Number: number})), "contains_number")
	})
}

func TestRandomPasswordsAreTaken(t *testing.T) {
	t.Parallel()
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	refused := 0
	for seed := range 500 {
		text := rapid.Custom(func(t *rapid.T) string {
			var b strings.Builder
			for range 16 {
				b.WriteByte(letters[rapid.IntRange(0, len(letters)-1).Draw(t, "letter")])
			}
			return b.String() + "7#"
		}).Example(seed)
		if len(password.DefaultPolicy().Check(text, zhang)) > 0 {
			refused++
		}
	}
	require.Less(t, refused, 25, "rapid likes small values, which are repetitions; the rest is random")
}

func TestAPasswordExpiresAtItsAge(t *testing.T) {
	t.Parallel()
	set := time.Date(2026, 11, 16, 4, 0, 0, 0, time.UTC)
	p := password.Policy{MaxAge: 24 * time.Hour}
	require.False(t, p.Expired(set, set.Add(24*time.Hour-time.Second)))
	require.True(t, p.Expired(set, set.Add(24*time.Hour)))
	require.False(t, password.Policy{}.Expired(set, set.AddDate(50, 0, 0)))
}

func FuzzAnyTextIsJudged(f *testing.F) {
	for _, s := range []string{"", "\x00", "Kiln#Marsh42", "张", "1990-02-15", "\xff\xfe", "1qaz2wsx"} {
		f.Add(s, "GD8021", "张晓明")
	}
	policy := password.DefaultPolicy()
	f.Fuzz(func(t *testing.T, candidate, number, name string) {
		who := password.Person{Number: number, Name: name, Pinyin: []string{name, number}}
		first := codes(policy.Check(candidate, who))
		require.Equal(t, first, codes(policy.Check(candidate, who)))
		if len([]rune(candidate)) < policy.MinLength {
			require.Contains(t, first, "too_short")
		}
	})
}
