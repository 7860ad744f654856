package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/webhook"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimEnv) != "" {
		victim()
	}
	lifecycletest.Main(m)
}

type fact struct {
	Order string `json:"order"`
}

var (
	closed = outbox.NewTopic[fact]("workorder.closed", 1)
	opened = outbox.NewTopic[fact]("workorder.opened", 1)
	sent   = outbox.NewTopic[fact]("notify.message_sent", 1)
	topics = []outbox.AnyTopic{closed, opened, sent}
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

func newHTTP(t testing.TB, allow []netip.Prefix) *httpclient.Client {
	t.Helper()
	c := httpclient.New(httpclient.Config{Name: "webhook", AllowNetworks: allow, Retry: httpclient.Retry{Attempts: 1}, Breaker: httpclient.Breaker{Failures: 1000}})
	t.Cleanup(c.Close)
	return c
}

type bundle struct {
	pool  *pgxpool.Pool
	clock *clocktest.Fake
	dir   string
	ring  *secret.Ring
	*webhook.Service
}

func setup(t testing.TB, change ...func(*webhook.Config)) bundle {
	t.Helper()
	b := bundle{pool: postgrestest.New(t), clock: clocktest.New(), dir: t.TempDir()}
	var err error
	b.ring, err = secret.Load(t.Context(), secret.Config{Dir: b.dir, Clock: b.clock})
	require.NoError(t, err)
	cfg := webhook.Config{Pool: b.pool, Ring: b.ring, HTTP: newHTTP(t, loopback), Topics: topics, Clock: b.clock}
	for _, f := range change {
		f(&cfg)
	}
	b.Service = webhook.New(cfg)
	return b
}

// receiver is another system: it checks signatures, remembers, and answers as told.
type receiver struct {
	url   string
	clock *clocktest.Fake

	mu      sync.Mutex
	secrets []string
	got     []received
	status  int
	header  http.Header
	hold    func() // called before the answer
}

type received struct {
	id       string
	body     map[string]any
	verified error
	signs    string
}

func (b bundle) receiver(t testing.TB) *receiver {
	t.Helper()
	r := &receiver{clock: b.clock, status: http.StatusNoContent}
	s := httptest.NewUnstartedServer(r)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.mu.Lock()
	m := received{id: req.Header.Get(webhook.HeaderID), verified: webhook.Verify(req.Header, raw, r.now(), r.secrets...), signs: req.Header.Get(webhook.HeaderSignature)}
	if json.Unmarshal(raw, &m.body) != nil {
		m.body = nil
	}
	r.got = append(r.got, m)
	status, header, hold := r.status, r.header, r.hold
	r.mu.Unlock()
	if hold != nil {
		hold()
	}
	for k, v := range header {
		w.Header()[k] = v
	}
	w.WriteHeader(status)
}

// now is the fake clock, or the machine's for receivers of another process.
func (r *receiver) now() time.Time {
	if r.clock == nil {
		return time.Now()
	}
	return r.clock.Now()
}

func (r *receiver) answer(status int, header http.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.header = status, header
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

// subscribe makes a subscription of the receiver.
func (b bundle) subscribe(t testing.TB, r *receiver, patterns ...string) webhook.SubscriptionID {
	t.Helper()
	id, signing, err := b.Create(t.Context(), r.url, patterns)
	require.NoError(t, err)
	r.mu.Lock()
	r.secrets = append(r.secrets, signing)
	r.mu.Unlock()
	return id
}

// publish hands events to the service as its consumer does and gives their ids.
func (b bundle) publish(t testing.TB, events ...outbox.Event) {
	t.Helper()
	for i, e := range events {
		events[i].ID = newEventID(t)
		raw, err := json.Marshal(e.Payload)
		require.NoError(t, err)
		events[i].Payload = json.RawMessage(raw)
	}
	require.NoError(t, b.fan(t, events))
}

func newEventID(t testing.TB) (id outbox.EventID) {
	t.Helper()
	require.NoError(t, id.UnmarshalText([]byte(uuid.Must(uuid.NewV7()).String())))
	return id
}

func (b bundle) fan(t testing.TB, events []outbox.Event) error {
	t.Helper()
	return postgres.InTx(t.Context(), b.pool, func(ctx context.Context, tx pgx.Tx) error { return b.FanOut(ctx, tx, events) })
}

func (b bundle) deliveries(t testing.TB, id webhook.SubscriptionID) []webhook.Delivery {
	t.Helper()
	list, err := b.Deliveries(t.Context(), id, nil, 1000)
	require.NoError(t, err)
	return list
}

func snoozed(t testing.TB, err error) time.Duration {
	t.Helper()
	require.Error(t, err)
	require.ErrorIs(t, jobs.Snooze(1), err)
	d, parseErr := time.ParseDuration(err.Error()[len("JobSnoozeError: "):])
	require.NoError(t, parseErr)
	return d
}

func TestEventsReachThoseWhoWantThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all, orders, mails := b.receiver(t), b.receiver(t), b.receiver(t)
	ids := []webhook.SubscriptionID{b.subscribe(t, all, "*"), b.subscribe(t, orders, "workorder.*"), b.subscribe(t, mails, "notify.message_sent", "notify.message_sent")}
	b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}), sent.Event("1", b.clock.Now(), fact{"1"}))
	for i, want := range []int{2, 1, 1} {
		list := b.deliveries(t, ids[i])
		require.Len(t, list, want)
		for _, d := range list {
			require.NoError(t, b.Process(t.Context(), d.ID))
			require.NoError(t, b.Process(t.Context(), d.ID), "done is done")
		}
		for _, d := range b.deliveries(t, ids[i]) {
			require.Equal(t, webhook.Delivered, d.State)
			require.Equal(t, 204, d.StatusCode)
			require.Equal(t, b.clock.Now(), d.DeliveredAt.UTC())
		}
	}
	require.Len(t, all.all(), 2)
	got := orders.all()
	require.Len(t, got, 1)
	require.NoError(t, got[0].verified)
	require.Equal(t, map[string]any{"type": "workorder.closed", "timestamp": b.clock.Now().Format(time.RFC3339), "data": map[string]any{"order": "G44"}}, got[0].body)
	require.Equal(t, "notify.message_sent", mails.all()[0].body["type"])
}

func TestAnEventBecomesOneDeliveryHoweverOftenItIsHandled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	events := []outbox.Event{{ID: newEventID(t), Topic: "workorder.closed", Payload: json.RawMessage(`{}`), OccurredAt: b.clock.Now()}}
	for range 3 {
		require.NoError(t, b.fan(t, events))
	}
	require.Len(t, b.deliveries(t, id), 1)
	var n int
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM river.river_job`).Scan(&n))
	require.Equal(t, 1, n)
}

func TestAFailingReceiverIsTriedByTheScheduleAndThenGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))
	r.answer(500, nil)
	d := b.deliveries(t, id)[0].ID
	for _, pause := range webhook.Schedule {
		wait := snoozed(t, b.Process(t.Context(), d))
		require.GreaterOrEqual(t, wait, pause)
		require.LessOrEqual(t, wait, pause+pause/10)
		require.InDelta(t, wait, snoozed(t, b.Process(t.Context(), d)), float64(time.Microsecond), "not before its time")
		b.clock.Advance(wait)
	}
	require.NoError(t, b.Process(t.Context(), d))
	last := b.deliveries(t, id)[0]
	require.Equal(t, webhook.Failed, last.State)
	require.Equal(t, 10, last.Attempts)
	require.Equal(t, 500, last.StatusCode)
	require.Equal(t, "500 Internal Server Error", last.LastError)
	require.Nil(t, last.NextAttemptAt)
	first := r.all()[0].id
	for _, m := range r.all() {
		require.Equal(t, first, m.id, "the receiver recognises the event")
		require.NoError(t, m.verified, "each attempt has its own timestamp")
	}
}

func TestAReceiverThatComesBackGetsTheEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))
	d := b.deliveries(t, id)[0].ID
	r.answer(503, http.Header{"Retry-After": {"1200"}})
	wait := snoozed(t, b.Process(t.Context(), d))
	require.Equal(t, 20*time.Minute, wait, "the receiver's word counts when it is longer than ours")
	require.Empty(t, b.Health().Check(t.Context()))
	b.clock.Advance(wait)
	r.answer(302, http.Header{"Location": {"/elsewhere"}})
	b.clock.Advance(snoozed(t, b.Process(t.Context(), d)))
	b.clock.Advance(time.Hour)
	found := b.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "webhook.failing", found[0].Warning.Code)
	r.answer(200, nil)
	require.NoError(t, b.Process(t.Context(), d))
	require.Equal(t, webhook.Delivered, b.deliveries(t, id)[0].State)
	require.Equal(t, 3, b.deliveries(t, id)[0].Attempts)
	require.Empty(t, b.Health().Check(t.Context()))
	require.Len(t, r.all(), 3, "redirects are not followed")
}

func TestGoneDisablesAtOnceAndDaysOfFailuresDoToo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	publish := func() webhook.DeliveryID {
		b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))
		b.clock.Advance(time.Second)
		return b.deliveries(t, id)[0].ID
	}
	state := func() webhook.Subscription {
		list, err := b.List(t.Context())
		require.NoError(t, err)
		return list[0]
	}
	waiting := publish()
	d := publish()
	r.answer(410, nil)
	require.NoError(t, b.Process(t.Context(), d))
	require.False(t, state().Active)
	require.Equal(t, "gone", state().DisabledReason)
	require.Equal(t, "webhook.disabled", b.Health().Check(t.Context())[0].Warning.Code)
	require.NoError(t, b.Process(t.Context(), waiting), "what waits is not sent")
	require.Len(t, r.all(), 1)
	before := len(b.deliveries(t, id))
	publish()
	require.Len(t, b.deliveries(t, id), before, "nothing is written for a disabled webhook")
	require.ErrorIs(t, b.Replay(t.Context(), d), webhook.ErrDisabled)
	_, err := b.ReplaySince(t.Context(), id, b.clock.Now())
	require.ErrorIs(t, err, webhook.ErrDisabled)

	require.NoError(t, b.Enable(t.Context(), id))
	r.answer(500, nil)
	snoozed(t, b.Process(t.Context(), publish()))
	b.clock.Advance(5*24*time.Hour - 2*time.Second)
	snoozed(t, b.Process(t.Context(), publish()))
	require.True(t, state().Active)
	snoozed(t, b.Process(t.Context(), publish()))
	require.False(t, state().Active)
	require.Equal(t, "failing", state().DisabledReason)
}

func TestReplayBringsBackOneOrAllSinceATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	const many = 2500 // more than two batches
	begin := b.clock.Now()
	events := make([]outbox.Event, many)
	for i := range events {
		events[i] = closed.Event("G44", b.clock.Now(), fact{"G44"})
	}
	b.publish(t, events[:1]...)
	b.clock.Advance(time.Minute)
	middle := b.clock.Now()
	b.publish(t, events[1:]...)
	one := b.deliveries(t, id)[0].ID
	require.NoError(t, b.Process(t.Context(), one))
	require.NoError(t, b.Replay(t.Context(), one))
	require.Equal(t, webhook.Pending, b.deliveries(t, id)[0].State)
	require.NoError(t, b.Process(t.Context(), one))
	got := r.all()
	require.Len(t, got, 2)
	require.Equal(t, got[0].id, got[1].id)
	require.ErrorIs(t, b.Replay(t.Context(), webhook.DeliveryID{}), webhook.ErrNoDelivery)

	count := func() (n int) {
		require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM river.river_job`).Scan(&n))
		return n
	}
	jobsBefore := count()
	n, err := b.ReplaySince(t.Context(), id, middle)
	require.NoError(t, err)
	require.Equal(t, many-1, n)
	require.Equal(t, many-1, count()-jobsBefore)
	n, err = b.ReplaySince(t.Context(), id, begin)
	require.NoError(t, err)
	require.Equal(t, many, n)
	_, err = b.ReplaySince(t.Context(), webhook.SubscriptionID{}, begin)
	require.ErrorIs(t, err, webhook.ErrNoSubscription)
}

func TestWhatIsUnderWayIsNotReplayed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))
	d := b.deliveries(t, id)[0].ID
	entered, release := make(chan struct{}), make(chan struct{})
	r.mu.Lock()
	r.hold = func() { close(entered); <-release }
	r.mu.Unlock()
	done := make(chan error)
	go func() { done <- b.Process(t.Context(), d) }()
	<-entered
	require.ErrorIs(t, b.Replay(t.Context(), d), webhook.ErrUnderWay)
	n, err := b.ReplaySince(t.Context(), id, b.clock.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, n)
	require.Positive(t, snoozed(t, b.Process(t.Context(), d)), "nor attempted by another")
	close(release)
	require.NoError(t, <-done)
	require.Len(t, r.all(), 1)
}

func TestBothSecretsSignForADayAfterRotation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	old := r.secrets[0]
	fresh, err := b.Rotate(t.Context(), id)
	require.NoError(t, err)
	require.NotEqual(t, old, fresh)
	deliver := func() received {
		b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))
		require.NoError(t, b.Process(t.Context(), b.deliveries(t, id)[0].ID))
		got := r.all()
		b.clock.Advance(time.Second)
		return got[len(got)-1]
	}
	require.NoError(t, deliver().verified, "with the old one")
	r.mu.Lock()
	r.secrets = []string{fresh}
	r.mu.Unlock()
	require.NoError(t, deliver().verified, "and with the new one")
	b.clock.Advance(24 * time.Hour)
	require.NoError(t, deliver().verified)
	r.mu.Lock()
	r.secrets = []string{old}
	r.mu.Unlock()
	require.ErrorIs(t, deliver().verified, webhook.ErrSignature)
	_, err = b.Rotate(t.Context(), webhook.SubscriptionID{})
	require.ErrorIs(t, err, webhook.ErrNoSubscription)
}

func TestSecretsSurviveARotationOfTheMasterKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	fresh, err := b.Rotate(t.Context(), id)
	require.NoError(t, err)
	_, err = secret.AddVersion(t.Context(), secret.DefaultFile(b.dir), b.clock)
	require.NoError(t, err)
	require.NoError(t, b.ring.Reload(t.Context()))
	n, err := b.Rewrap(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, 2, n, "the secret and the one before")
	r.secrets = append(r.secrets, fresh)
	b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))
	require.NoError(t, b.Process(t.Context(), b.deliveries(t, id)[0].ID))
	require.NoError(t, r.all()[0].verified)
	var dump string
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT string_agg(s::text, '') FROM webhook.subscription s`).Scan(&dump))
	require.NotContains(t, dump, fresh)
}

func TestInternalAddressesAreRefusedWhenEnteredAndWhenDialled(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *webhook.Config) { c.HTTP = newHTTP(t, nil) })
	_, _, err := b.Create(t.Context(), "http://169.254.169.254/latest/meta-data", []string{"*"})
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, []fault.Field{{Location: "body.url", Code: "webhook.internal_address", Message: f.Fields[0].Message}}, f.Fields)

	// A name passes when it is entered and is refused when it is dialled.
	r := b.receiver(t)
	id, _, err := b.Create(t.Context(), "http://localhost"+r.url[len("http://127.0.0.1"):], []string{"*"})
	require.NoError(t, err)
	b.publish(t, closed.Event("G44", b.clock.Now(), fact{"G44"}))
	snoozed(t, b.Process(t.Context(), b.deliveries(t, id)[0].ID))
	require.Contains(t, b.deliveries(t, id)[0].LastError, "internal or reserved network")
	require.Empty(t, r.all())
}

func TestWrongSubscriptionsAreRefusedWithEveryField(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, _, err := b.Create(t.Context(), "ftp://example.com", []string{"workorder.closed", "billing.*", "workorder"})
	f, ok := fault.As(err)
	require.True(t, ok)
	var at []string
	for _, field := range f.Fields {
		at = append(at, field.Location+" "+field.Code)
	}
	require.Equal(t, []string{"body.url webhook.bad_url", "body.topics[1] webhook.unknown_topic", "body.topics[2] webhook.unknown_topic"}, at)
	_, _, err = b.Create(t.Context(), "https://example.com", nil)
	require.Equal(t, fault.Invalid, fault.KindOf(err))

	_, _, err = b.Create(t.Context(), "https://example.com/hook", []string{"*"})
	require.NoError(t, err)
	_, _, err = b.Create(t.Context(), "https://example.com/hook", []string{"*"})
	require.ErrorIs(t, err, webhook.ErrExists)
	_, err = b.pool.Exec(t.Context(), `INSERT INTO webhook.subscription (id, url, topics, secret_sealed, key_version, created_at)
		SELECT gen_random_uuid(), 'https://example.com/' || n, '{*}', '', 1, now() FROM generate_series(1, 99) n`)
	require.NoError(t, err)
	_, _, err = b.Create(t.Context(), "https://example.com/one-more", []string{"*"})
	require.ErrorIs(t, err, webhook.ErrTooMany)
}

func TestAReceiverLeftAloneLosesNoAttempt(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *webhook.Config) {
		client := httpclient.New(httpclient.Config{Name: "webhook", AllowNetworks: loopback, Retry: httpclient.Retry{Attempts: 1}, Breaker: httpclient.Breaker{Failures: 1, OpenFor: time.Hour}})
		t.Cleanup(client.Close)
		c.HTTP = client
	})
	r := b.receiver(t)
	r.answer(500, nil)
	id := b.subscribe(t, r, "*")
	b.publish(t, closed.Event("1", b.clock.Now(), fact{"1"}))
	d := b.deliveries(t, id)[0].ID
	b.clock.Advance(snoozed(t, b.Process(t.Context(), d)))
	for range 5 {
		wait := snoozed(t, b.Process(t.Context(), d))
		require.Equal(t, 30*time.Second, wait)
		b.clock.Advance(wait)
	}
	require.Equal(t, 1, b.deliveries(t, id)[0].Attempts)
	require.Len(t, r.all(), 1)
}

func TestSweepFindsLostJobsAndForgetsOldDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	b.publish(t, closed.Event("1", b.clock.Now(), fact{"1"}), closed.Event("2", b.clock.Now(), fact{"2"}))
	require.NoError(t, b.Process(t.Context(), b.deliveries(t, id)[0].ID))
	_, err := b.pool.Exec(t.Context(), `DELETE FROM river.river_job`)
	require.NoError(t, err)
	b.clock.Advance(11 * time.Minute)
	require.NoError(t, b.Sweep(t.Context()))
	var n int
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM river.river_job`).Scan(&n))
	require.Equal(t, 1, n)
	b.clock.Advance(31 * 24 * time.Hour)
	require.NoError(t, b.Sweep(t.Context()))
	list := b.deliveries(t, id)
	require.Len(t, list, 1, "what is pending stays")
	require.Equal(t, webhook.Pending, list[0].State)
}

func TestDeletingForgetsDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(t)
	id := b.subscribe(t, r, "*")
	b.publish(t, closed.Event("1", b.clock.Now(), fact{"1"}))
	d := b.deliveries(t, id)[0].ID
	require.NoError(t, b.Delete(t.Context(), id))
	require.NoError(t, b.Process(t.Context(), d))
	require.Empty(t, r.all())
	require.ErrorIs(t, b.Delete(t.Context(), id), webhook.ErrNoSubscription)
	_, err := b.Deliveries(t.Context(), id, nil, 10)
	require.ErrorIs(t, err, webhook.ErrNoSubscription)
	require.ErrorIs(t, b.Enable(t.Context(), id), webhook.ErrNoSubscription)
}

func TestEventsGoTheWholeWayByThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.clock.Advance(time.Since(b.clock.Now()))
	r := b.receiver(t)
	b.subscribe(t, r, "workorder.*")
	registry := jobs.NewRegistry()
	b.Register(registry)
	worker, err := jobs.New(jobs.Config{Pool: b.pool, Registry: registry, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	real := webhook.New(webhook.Config{Pool: b.pool, Ring: b.ring, HTTP: newHTTP(t, loopback), Topics: topics})
	consumer := real.Consumer()
	require.NoError(t, errors.Join(worker.Start(t.Context()), consumer.Start(t.Context())))
	t.Cleanup(func() {
		require.NoError(t, errors.Join(consumer.Stop(context.Background()), worker.Stop(context.Background())))
	})
	want := map[string]bool{}
	for i := range 30 {
		key := newEventID(t).String()
		topic := closed
		if i%3 == 0 {
			topic = sent // not wanted
		} else {
			want[key] = true
		}
		require.NoError(t, postgres.InTx(t.Context(), b.pool, func(ctx context.Context, tx pgx.Tx) error {
			return outbox.Write(ctx, tx, topic.Event(key, time.Now(), fact{key}))
		}))
	}
	require.Eventually(t, func() bool { b.clock.Advance(time.Since(b.clock.Now())); return len(r.all()) == len(want) }, 30*time.Second, 20*time.Millisecond)
	for _, m := range r.all() {
		require.NoError(t, m.verified)
		order := m.body["data"].(map[string]any)["order"].(string)
		require.True(t, want[order], "unwanted or twice")
		delete(want, order)
	}
	require.Empty(t, want)
}

func TestPatternsFit(t *testing.T) {
	t.Parallel()
	for pattern, topic := range map[string]string{"*": "a.b", "a.b": "a.b", "a.*": "a.b.c"} {
		require.True(t, webhook.Fits(pattern, topic), pattern)
	}
	for pattern, topic := range map[string]string{"a": "a.b", "a.*": "ab.c", "a.b.*": "a.b", "": "a", ".*": "a.b", "b.*": "a.b"} {
		require.False(t, webhook.Fits(pattern, topic), pattern)
	}
}
