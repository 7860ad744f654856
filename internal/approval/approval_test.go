package approval_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/timer"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

const (
	decidePlan     actor.Permission = "test.plan.decide"
	decideBudget   actor.Permission = "test.budget.decide"
	kindPlan                        = "test.plan"
	kindTwoSteps                    = "test.two_steps"
	kindGrave                       = "test.grave"
	kindImpossible                  = "test.impossible"
)

var errChanged = fault.New(fault.Conflict, "test.changed_meanwhile", "the plan was changed by somebody else meanwhile")

// bundle is a service over a table of plans, which requests change.
type bundle struct {
	*approval.Service
	pool             *pgxpool.Pool
	clock            *clocktest.Fake
	nation, province uuid.UUID
	other            uuid.UUID // province beside it
}

type plan struct {
	Name string `json:"name"`
}

func setup(t testing.TB) *bundle {
	t.Helper()
	b := &bundle{pool: postgrestest.New(t), clock: clocktest.New(), nation: uuid.New(), province: uuid.New(), other: uuid.New()}
	b.exec(t, `CREATE TABLE plan (name text PRIMARY KEY, applied integer NOT NULL DEFAULT 0)`)
	const centre = `INSERT INTO organization.centre (id, parent_id, level, code, name, province, created_at, updated_at) VALUES ($1, $2, $3, $4, $4, $5, now(), now())`
	b.exec(t, centre, b.nation, nil, "nation", "CN", "")
	b.exec(t, centre, b.province, b.nation, "province", "GD", "440000")
	b.exec(t, centre, b.other, b.nation, "province", "FJ", "350000")
	b.Service = approval.New(approval.Config{Pool: b.pool, Clock: b.clock, Logger: slog.New(slog.DiscardHandler)})
	apply := func(ctx context.Context, tx pgx.Tx, r approval.Request) error {
		var p plan
		if err := r.Decode(&p); err != nil {
			return err
		}
		if p.Name == "stale" {
			return errChanged
		}
		_, err := tx.Exec(ctx, `INSERT INTO plan (name, applied) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET applied = plan.applied + 1`, p.Name)
		return err
	}
	b.Register(approval.Kind{
		Name: kindPlan, ZH: "方案", EN: "Plan", Decide: decidePlan, Apply: apply, Expires: 48 * time.Hour, Single: true,
		Describe: func(_ context.Context, r approval.Request) ([]approval.Detail, error) {
			return []approval.Detail{{Field: "name", ZH: "名称", EN: "Name", New: r.Object.Label}}, nil
		},
	})
	b.Register(approval.Kind{Name: kindTwoSteps, ZH: "两步", EN: "Two steps", Steps: []actor.Permission{decidePlan, decideBudget}, Apply: apply})
	b.Register(approval.Kind{Name: kindGrave, ZH: "重大", EN: "Grave", Decide: decidePlan, Apply: apply, Grave: true})
	b.Register(approval.Kind{Name: kindImpossible, ZH: "不可能", EN: "Impossible", Decide: decidePlan, Apply: func(ctx context.Context, tx pgx.Tx, r approval.Request) error {
		if err := apply(ctx, tx, r); err != nil {
			return err
		}
		return approval.Obsolete(fault.New(fault.NotFound, "test.gone", "the plan is gone"))
	}})
	return b
}

func (b *bundle) exec(t testing.TB, text string, args ...any) {
	t.Helper()
	_, err := b.pool.Exec(context.Background(), text, args...)
	require.NoError(t, err)
}

func (b *bundle) count(t testing.TB, text string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(context.Background(), text, args...).Scan(&n))
	return n
}

// somebody acts as a new person with the permissions in the scope.
func somebody(t testing.TB, name string, scope actor.Scope, permissions ...actor.Permission) context.Context {
	grants := map[actor.Permission]actor.Scope{}
	for _, p := range permissions {
		grants[p] = scope
	}
	return actor.With(t.Context(), actor.New(actor.Actor{
		Kind: actor.Person, Account: uuid.New(), Session: uuid.New(), Staff: uuid.New(), Number: "1001", Name: name,
	}, grants))
}

func (b *bundle) at(centre uuid.UUID) actor.Scope { return actor.Places([]uuid.UUID{centre}, nil, nil) }

func (b *bundle) ask(t testing.TB, ctx context.Context, kind, name string) approval.RequestID {
	t.Helper()
	id, err := b.tryAsk(ctx, approval.Ask{
		Kind: kind, Object: approval.Object{ID: name, Label: "方案 " + name}, Centre: b.province, Reason: "月度调整", Payload: plan{name},
	})
	require.NoError(t, err)
	return id
}

func (b *bundle) tryAsk(ctx context.Context, ask approval.Ask) (id approval.RequestID, err error) {
	err = postgres.InTx(ctx, b.pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = b.Ask(ctx, tx, ask)
		return err
	})
	return id, err
}

func (b *bundle) get(t testing.TB, ctx context.Context, id approval.RequestID) approval.Full {
	t.Helper()
	full, err := b.Get(ctx, id)
	require.NoError(t, err)
	return full
}

func (b *bundle) applied(t testing.TB, name string) int {
	return b.count(t, `SELECT coalesce(max(applied), 0) FROM plan WHERE name = $1`, name)
}

func TestOneAsksAndAnotherDecides(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker := somebody(t, "李明", b.at(b.province), decidePlan)
	boss := somebody(t, "王芳", b.at(b.province), decidePlan)
	id := b.ask(t, asker, kindPlan, "春季")

	require.ErrorIs(t, b.Decide(asker, id, approval.Decision{Approve: true}), approval.ErrOwn)
	require.Zero(t, b.applied(t, "春季"))
	require.NoError(t, b.Decide(boss, id, approval.Decision{Approve: true, Comment: " 同意 "}))
	require.Equal(t, 1, b.applied(t, "春季"))

	full := b.get(t, asker, id)
	require.Equal(t, approval.Approved, full.State)
	require.Equal(t, "同意", full.Comment)
	require.Equal(t, "王芳", full.Steps[0].By.Name)
	require.Equal(t, []approval.Detail{{Field: "name", ZH: "名称", EN: "Name", New: "方案 春季"}}, full.Details)
	require.Zero(t, b.count(t, `SELECT count(*) FROM timer.timer`), "nothing is left to come due")
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM audit.entry WHERE action = 'approval.request.approve' AND reason = '同意'`))
	require.Equal(t, 2, b.count(t, `SELECT count(*) FROM outbox.event WHERE topic = 'approval.request.changed'`))
}

func TestOfTwoDecidersOneWinsAndTheOtherSeesWho(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker := somebody(t, "李明", actor.Scope{})
	for range 5 {
		id := b.ask(t, asker, kindPlan, uuid.NewString())
		name := b.get(t, asker, id).Object.ID
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			ctx := somebody(t, "王芳", b.at(b.province), decidePlan)
			wg.Go(func() { errs[i] = b.Decide(ctx, id, approval.Decision{Approve: true}) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			require.ErrorIs(t, err, approval.ErrClosed)
			require.ErrorContains(t, err, "approved by 1001 王芳")
		}
		require.Equal(t, 1, won)
		require.Equal(t, 1, b.applied(t, name))
	}
}

func TestARequestOutsideTheScopeIsNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.ask(t, somebody(t, "李明", actor.Scope{}), kindPlan, "a")
	for name, ctx := range map[string]context.Context{
		"decider elsewhere": somebody(t, "x", b.at(b.other), decidePlan, approval.RequestRead),
		"anybody":           somebody(t, "x", actor.National()),
	} {
		_, err := b.Get(ctx, id)
		require.ErrorIs(t, err, approval.ErrNotFound, name)
		require.ErrorIs(t, b.Decide(ctx, id, approval.Decision{Approve: true}), approval.ErrNotFound, name)
		require.ErrorIs(t, b.Withdraw(ctx, id, ""), approval.ErrNotFound, name)
		require.ErrorIs(t, b.Remark(ctx, id, "x"), approval.ErrNotFound, name)
	}
	reader := somebody(t, "x", b.at(b.province), approval.RequestRead)
	require.ErrorIs(t, b.get(t, reader, id).Decide, approval.ErrNotDecider)
	require.ErrorIs(t, b.Decide(reader, id, approval.Decision{Approve: true}), approval.ErrNotDecider)
	require.ErrorIs(t, b.Withdraw(reader, id, ""), approval.ErrNotYours)
	_, err := b.Get(t.Context(), id)
	require.ErrorIs(t, err, actor.ErrUnauthenticated)
}

func TestARequestOfTheNationNeedsNationalScope(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, err := b.tryAsk(somebody(t, "李明", actor.Scope{}), approval.Ask{Kind: kindPlan, Object: approval.Object{ID: "n", Label: "n"}, Reason: "r", Payload: plan{"n"}})
	require.NoError(t, err)
	require.ErrorIs(t, b.Decide(somebody(t, "x", b.at(b.nation), decidePlan), id, approval.Decision{Approve: true}), approval.ErrNotFound)
	require.NoError(t, b.Decide(somebody(t, "x", actor.National(), decidePlan), id, approval.Decision{Approve: true}))
}

func TestNobodyDecidesAboutThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := somebody(t, "王芳", b.at(b.province), decidePlan)
	id, err := b.tryAsk(somebody(t, "李明", actor.Scope{}), approval.Ask{
		Kind: kindPlan, Object: approval.Object{Label: "王芳"}, Centre: b.province, About: actor.From(boss).Staff, Reason: "升职", Payload: plan{"x"},
	})
	require.NoError(t, err)
	require.ErrorIs(t, b.Decide(boss, id, approval.Decision{Approve: true}), approval.ErrAboutYou)
	list, err := b.List(boss, approval.Filter{Box: approval.ToDecide})
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestTwoStepsNeedTwoPeopleInTheirOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker := somebody(t, "李明", actor.Scope{})
	both := somebody(t, "王芳", actor.National(), decidePlan, decideBudget)
	money := somebody(t, "赵强", actor.National(), decideBudget)
	id := b.ask(t, asker, kindTwoSteps, "两步")
	require.ErrorIs(t, b.Decide(money, id, approval.Decision{Approve: true}), approval.ErrNotDecider)
	require.NoError(t, b.Decide(both, id, approval.Decision{Approve: true}))
	require.Zero(t, b.applied(t, "两步"))
	require.ErrorIs(t, b.Decide(both, id, approval.Decision{Approve: true}), approval.ErrTwice)
	c, err := b.Count(both)
	require.NoError(t, err)
	require.Zero(t, c.ToDecide)
	require.NoError(t, b.Decide(money, id, approval.Decision{Approve: true}))
	require.Equal(t, 1, b.applied(t, "两步"))
}

func TestAFaultOfTheChangeKeepsTheRequestOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := somebody(t, "王芳", actor.National(), decidePlan)
	id := b.ask(t, somebody(t, "李明", actor.Scope{}), kindPlan, "stale")
	require.ErrorIs(t, b.Decide(boss, id, approval.Decision{Approve: true}), errChanged)
	full := b.get(t, boss, id)
	require.Equal(t, approval.Open, full.State)
	require.Equal(t, approval.Open, full.Steps[0].State)
	require.Equal(t, 2, b.count(t, `SELECT count(*) FROM timer.timer`), "it still expires")
	require.NoError(t, b.Decide(boss, id, approval.Decision{Comment: "已改过"}))
	require.Equal(t, approval.Refused, b.get(t, boss, id).State)
}

func TestAnImpossibleChangeClosesTheRequestAsFailedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boss := somebody(t, "王芳", actor.National(), decidePlan)
	id := b.ask(t, somebody(t, "李明", actor.Scope{}), kindImpossible, "没了")
	require.ErrorIs(t, b.Decide(boss, id, approval.Decision{Approve: true}), approval.ErrFailed)
	full := b.get(t, boss, id)
	require.Equal(t, approval.Failed, full.State)
	require.Equal(t, "the plan is gone", full.Failure)
	require.Zero(t, b.applied(t, "没了"))
	require.Zero(t, b.count(t, `SELECT count(*) FROM audit.entry WHERE action = 'approval.request.approve'`))
}

func TestARequestExpires(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker, boss := somebody(t, "李明", actor.Scope{}), somebody(t, "王芳", actor.National(), decidePlan)
	id := b.ask(t, asker, kindPlan, "晚了")
	reminded := func() bool {
		return b.count(t, `SELECT count(*) FROM approval.request WHERE reminded_at IS NOT NULL AND state = 'open'`) == 1
	}
	b.clock.Advance(24*time.Hour - time.Second)
	require.False(t, reminded())
	b.clock.Advance(time.Second)
	b.fire(t)
	require.Eventually(t, reminded, 10*time.Second, 10*time.Millisecond)
	b.clock.Advance(24 * time.Hour)
	require.Eventually(t, func() bool { return b.get(t, asker, id).State == approval.Expired }, 10*time.Second, 10*time.Millisecond)
	require.ErrorContains(t, b.Decide(boss, id, approval.Decision{Approve: true}), "expired by the system")
	require.Zero(t, b.applied(t, "晚了"))
}

func TestTimeAloneForbidsToDecide(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.ask(t, somebody(t, "李明", actor.Scope{}), kindPlan, "晚了")
	b.clock.Advance(48 * time.Hour)
	boss := somebody(t, "王芳", actor.National(), decidePlan)
	require.ErrorIs(t, b.Decide(boss, id, approval.Decision{Approve: true}), approval.ErrExpired, "no timer has fired")
}

// fire runs the timers that are due.
func (b *bundle) fire(t testing.TB) {
	t.Helper()
	w := timer.NewWorker(timer.Config{Pool: b.pool, Clock: b.clock, Logger: slog.New(slog.DiscardHandler)})
	b.HandleTimers(w)
	require.NoError(t, w.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, w.Stop(context.Background())) })
}

func TestOnlyOneRequestAboutAnObjectIsOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker := somebody(t, "李明", actor.Scope{})
	ask := approval.Ask{Kind: kindPlan, Object: approval.Object{ID: "1", Label: "x"}, Centre: b.province, Reason: "r", Payload: plan{"x"}}
	id, err := b.tryAsk(asker, ask)
	require.NoError(t, err)
	_, err = b.tryAsk(somebody(t, "x", actor.Scope{}), ask)
	require.ErrorIs(t, err, approval.ErrAsked)
	require.ErrorContains(t, err, "1001 李明")
	require.NoError(t, b.Withdraw(asker, id, "不需要了"))
	require.Equal(t, approval.Withdrawn, b.get(t, asker, id).State)
	_, err = b.tryAsk(asker, ask)
	require.NoError(t, err)
}

func TestProgramsAndPartsOfTheSystemDecideNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.ask(t, somebody(t, "李明", actor.Scope{}), kindPlan, "p")
	program := actor.New(actor.Actor{Kind: actor.Program, Account: uuid.New()}, map[actor.Permission]actor.Scope{decidePlan: actor.National()})
	for _, a := range []*actor.Actor{program, actor.System("test.robot", decidePlan)} {
		require.ErrorIs(t, b.Decide(actor.With(t.Context(), a), id, approval.Decision{Approve: true}), approval.ErrPeopleOnly)
	}
}

func TestGraveRequestsAreNotDecidedInBulk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker, boss := somebody(t, "李明", actor.Scope{}), somebody(t, "王芳", actor.National(), decidePlan)
	plain, grave, stale := b.ask(t, asker, kindPlan, "a"), b.ask(t, asker, kindGrave, "b"), b.ask(t, asker, kindPlan, "stale")
	list, err := b.DecideMany(boss, []approval.RequestID{stale, grave, plain}, approval.Decision{Approve: true})
	require.NoError(t, err)
	require.ErrorIs(t, list[0].Err, errChanged)
	require.ErrorIs(t, list[1].Err, approval.ErrBulk)
	require.NoError(t, list[2].Err)
	require.Equal(t, 1, b.applied(t, "a"))
	require.Zero(t, b.applied(t, "b"))
}

func TestBoxesHoldWhatBelongsInThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker, boss := somebody(t, "李明", actor.Scope{}), somebody(t, "王芳", b.at(b.province), decidePlan, approval.RequestRead)
	one, two := b.ask(t, asker, kindPlan, "一"), b.ask(t, asker, kindTwoSteps, "二")
	own := b.ask(t, boss, kindPlan, "三")
	_, err := b.tryAsk(asker, approval.Ask{Kind: kindPlan, Object: approval.Object{ID: "f", Label: "福建"}, Centre: b.other, Reason: "r", Payload: plan{"f"}})
	require.NoError(t, err)

	ids := func(ctx context.Context, f approval.Filter) (list []approval.RequestID) {
		rows, err := b.List(ctx, f)
		require.NoError(t, err)
		for _, r := range rows {
			list = append(list, r.ID)
		}
		return list
	}
	require.Equal(t, []approval.RequestID{two, one}, ids(boss, approval.Filter{Box: approval.ToDecide}))
	require.Equal(t, []approval.RequestID{own}, ids(boss, approval.Filter{Box: approval.Mine}))
	require.Equal(t, []approval.RequestID{own, two, one}, ids(boss, approval.Filter{Box: approval.All}))
	require.Equal(t, []approval.RequestID{one}, ids(boss, approval.Filter{Box: approval.All, Text: "方案 一", Kind: kindPlan, State: approval.Open}))
	require.Empty(t, ids(boss, approval.Filter{Box: approval.All, Text: "%"}), "a percent sign is only itself")
	rows, err := b.List(boss, approval.Filter{Box: approval.All, Limit: 1})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, []approval.RequestID{two, one}, ids(boss, approval.Filter{Box: approval.All, After: &approval.Position{CreatedAt: rows[0].CreatedAt, ID: rows[0].ID}}))
	c, err := b.Count(boss)
	require.NoError(t, err)
	require.Equal(t, approval.Counts{ToDecide: 2, Mine: 1}, c)
	_, err = b.List(asker, approval.Filter{Box: approval.All})
	require.Equal(t, fault.Denied, fault.KindOf(err))
}

func TestWrongRequestsNameEveryField(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker := somebody(t, "李明", actor.Scope{})
	_, err := b.tryAsk(asker, approval.Ask{Kind: kindPlan, Reason: "  ", Evidence: []string{"a\x00b"}})
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, "approval.invalid_request", f.Code)
	require.Len(t, f.Fields, 3)
	_, err = b.tryAsk(asker, approval.Ask{Kind: kindPlan, Object: approval.Object{ID: "x", Label: "x"}, Reason: "r", Centre: uuid.New()})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	id := b.ask(t, asker, kindPlan, "x")
	boss := somebody(t, "王芳", actor.National(), decidePlan)
	require.Equal(t, fault.Invalid, fault.KindOf(b.Decide(boss, id, approval.Decision{})), "a refusal says why")
	require.Equal(t, fault.Invalid, fault.KindOf(b.Remark(boss, id, " ")))
	require.NoError(t, b.Remark(boss, id, "请补充说明"))
	require.Equal(t, "请补充说明", b.get(t, asker, id).Remarks[0].Text)
}

func TestThePayloadComesBackAsItWasAsked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker := somebody(t, "李明", actor.Scope{})
	id := b.ask(t, asker, kindPlan, `<b>'"\u0026`)
	var p plan
	full := b.get(t, asker, id)
	require.NoError(t, full.Decode(&p))
	require.Equal(t, `<b>'"\u0026`, p.Name)
	require.True(t, json.Valid(full.Payload))
}

func TestAnUnexpectedErrorRollsEverythingBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	broken := errors.New("broken")
	b.Register(approval.Kind{Name: "test.broken", ZH: "坏", EN: "Broken", Decide: decidePlan, Apply: func(context.Context, pgx.Tx, approval.Request) error { return broken }})
	id := b.ask(t, somebody(t, "李明", actor.Scope{}), "test.broken", "b")
	boss := somebody(t, "王芳", actor.National(), decidePlan)
	require.ErrorIs(t, b.Decide(boss, id, approval.Decision{Approve: true}), broken)
	require.Equal(t, approval.Open, b.get(t, boss, id).State)
}
