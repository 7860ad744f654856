package privacy_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/privacy"
)

type person struct {
	ID      int                       `json:"id"`
	Name    privacy.Name              `json:"name" privacy:"name"`
	Phones  []privacy.Phone           `json:"phones" privacy:"phone"`
	Spouse  *person                   `json:"spouse,omitempty"`
	Contact map[string]*privacy.Phone `json:"contact,omitempty" privacy:"phone"`
	Note    string                    `json:"note,omitempty" privacy:"text"`
	Born    time.Time                 `json:"-"`
}

type answer struct{ Body []person }

func compile[T any](t *testing.T) *privacy.Plan {
	t.Helper()
	p, err := privacy.Compile(reflect.TypeFor[T]())
	require.NoError(t, err)
	return p
}

func example() *answer {
	phone := privacy.Phone("13900001111")
	return &answer{Body: []person{{
		Name: "李雷", Phones: []privacy.Phone{"13812345678"}, Note: "住院中",
		Contact: map[string]*privacy.Phone{"home": &phone}, Spouse: &person{Name: "韩梅梅", Note: "出差"},
	}}}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

func agree(context.Context, privacy.Revelation) error { return nil }

func TestMaskedUnlessGranted(t *testing.T) {
	t.Parallel()
	plan, in := compile[answer](t), example()
	require.Equal(t, []privacy.Class{privacy.ClassPhone, privacy.ClassName, privacy.ClassText}, plan.Classes())

	out, err := privacy.Prepare(t.Context(), plan, in, agree)
	require.NoError(t, err)
	require.JSONEq(t, `{"Body":[{"id":0,"name":"李*","phones":["138****5678"],"contact":{"home":"139****1111"},"note":"***",
		"spouse":{"id":0,"name":"韩**","phones":null,"note":"***"}}]}`, text(t, out))
	require.Equal(t, "住院中", in.Body[0].Note, "what the handler holds is not changed")
	require.Equal(t, "出差", in.Body[0].Spouse.Note)
}

func TestAGrantRevealsItsClassesAndTellsTheHook(t *testing.T) {
	t.Parallel()
	plan, in := compile[answer](t), example()
	var seen []privacy.Revelation
	hook := func(_ context.Context, r privacy.Revelation) error { seen = append(seen, r); return nil }

	ctx := privacy.Scope(t.Context())
	privacy.Reveal(ctx, privacy.ClassPhone, privacy.ClassText, privacy.ClassIDNumber)
	out, err := privacy.Prepare(ctx, plan, in, hook)
	require.NoError(t, err)
	require.JSONEq(t, `{"Body":[{"id":0,"name":"李*","phones":["13812345678"],"contact":{"home":"13900001111"},"note":"住院中",
		"spouse":{"id":0,"name":"韩**","phones":null,"note":"出差"}}]}`, text(t, out))
	require.Equal(t, []privacy.Revelation{{Classes: []privacy.Class{privacy.ClassPhone, privacy.ClassText}, Values: 4}}, seen)
	require.Equal(t, "138****5678", out.Body[0].Phones[0].String(), "a revealed value still prints masked")
	require.Equal(t, "13812345678", out.Body[0].Phones[0].Plain())
	require.Contains(t, text(t, in), "138****5678", "the handler's own value stays masked")

	again, err := privacy.Prepare(t.Context(), plan, out, agree)
	require.NoError(t, err)
	require.NotContains(t, text(t, again), "13812345678", "a value revealed to one asker is masked for the next")
}

func TestNothingIsRevealedWithoutAHookOrAgainstIt(t *testing.T) {
	t.Parallel()
	plan, in := compile[answer](t), example()
	ctx := privacy.Reveal(t.Context(), privacy.ClassPhone)
	require.Equal(t, []privacy.Class{privacy.ClassPhone}, privacy.Granted(ctx))

	out, err := privacy.Prepare(ctx, plan, in, nil)
	require.NoError(t, err)
	require.NotContains(t, text(t, out), "13812345678")

	refused := errors.New("audit is away")
	_, err = privacy.Prepare(ctx, plan, in, func(context.Context, privacy.Revelation) error { return refused })
	require.ErrorIs(t, err, refused)
}

func TestInputCannotPassAsRevealed(t *testing.T) {
	t.Parallel()
	forged := privacy.Phone("\x00AAAAAAAAAAAAAAAAAAAAAAAAAA13812345678")
	require.NotContains(t, text(t, forged), "13812345678")
}

type sealed struct{ Phone privacy.Phone }

func (sealed) MarshalJSON() ([]byte, error) { return []byte(`{}`), nil }

func TestCompileRefusesWhatItCannotProtect(t *testing.T) {
	t.Parallel()
	for want, typ := range map[string]reflect.Type{
		"personal type without a privacy tag": reflect.TypeFor[struct{ A privacy.Phone }](),
		"its type is": reflect.TypeFor[struct {
			A privacy.Phone `privacy:"name"`
		}](),
		"no privacy class": reflect.TypeFor[struct {
			A string `privacy:"fone"`
		}](),
		"cannot be masked": reflect.TypeFor[struct {
			A int `privacy:"phone"`
		}](),
		"tag its fields": reflect.TypeFor[struct {
			A struct{ B string } `privacy:"phone"`
		}](),
		"writes its own JSON and cannot": reflect.TypeFor[struct {
			A time.Time `privacy:"phone"`
		}](),
		"holds personal values": reflect.TypeFor[struct{ A []sealed }](),
		"map key": reflect.TypeFor[struct {
			A map[privacy.Phone]int `privacy:"phone"`
		}](),
		"looks personal": reflect.TypeFor[struct {
			A string `json:"recipient,omitempty"`
		}](),
	} {
		_, err := privacy.Compile(typ)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, ".A")
	}
	_, err := privacy.Compile(reflect.TypeFor[struct{ A, B privacy.Name }]())
	require.ErrorContains(t, err, ".A")
	require.ErrorContains(t, err, ".B", "all faults are told at once")
}

func TestPlainTypesNeedNoPlan(t *testing.T) {
	t.Parallel()
	plan := compile[struct {
		Phone string `json:"phone" privacy:"-"`
		Next  *answerless
		Any   any
		At    time.Time
	}](t)
	require.True(t, plan.Empty())
}

type answerless struct {
	Self  *answerless
	Items []answerless
}

func BenchmarkPreparePlainStrings(b *testing.B) {
	type row struct {
		Note string `privacy:"text"`
	}
	type page struct{ Items []row }
	plan, err := privacy.Compile(reflect.TypeFor[page]())
	require.NoError(b, err)
	p := &page{Items: make([]row, 50)}
	for i := range p.Items {
		p.Items[i].Note = "住院中"
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = privacy.Prepare(b.Context(), plan, p, nil)
	}
}
