package notify_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/lifecycle/lifecycletest"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/outbox/outboxtest"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/postgres/postgrestest"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/secret"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimEnv) != "" {
		victim()
	}
	lifecycletest.Main(m)
}

type bundle struct {
	pool  *pgxpool.Pool
	clock *clocktest.Fake
	dir   string // of the key
	ring  *secret.Ring
	*notify.Service
}

// setup gives a service with the channels given (nil: not configured) on a fresh database and a fake clock.
func setup(t testing.TB, email *notify.EmailConfig, sms *notify.SMSConfig, change ...func(*notify.Config)) bundle {
	t.Helper()
	b := bundle{pool: postgrestest.New(t), clock: clocktest.New(), dir: t.TempDir()}
	var err error
	b.ring, err = secret.Load(t.Context(), secret.Config{Dir: b.dir, Clock: b.clock})
	require.NoError(t, err)
	cfg := notify.Config{Pool: b.pool, Ring: b.ring, Email: email, SMS: sms, HTTP: newHTTP(t), Clock: b.clock}
	for _, c := range change {
		c(&cfg)
	}
	b.Service, err = notify.New(cfg)
	require.NoError(t, err)
	return b
}

func mailTo(to string) notify.Message {
	return notify.Message{Channel: notify.Email, Recipient: privacy.Recipient(to), Subject: "您的账单", Body: "十一月账单已出。\n请查收。"}
}

func textTo(to string) notify.Message {
	return notify.Message{Channel: notify.SMS, Recipient: privacy.Recipient(to), Subject: "验证码", Body: "验证码 482913，5 分钟内有效。", Purpose: "identity.sign_in_code"}
}

func (b bundle) send(t testing.TB, m notify.Message) notify.MessageID {
	t.Helper()
	id, err := b.Send(t.Context(), nil, m)
	require.NoError(t, err)
	return id
}

func (b bundle) item(t testing.TB, id notify.MessageID) notify.Item {
	t.Helper()
	list, err := b.List(t.Context(), notify.Filter{Limit: 1000})
	require.NoError(t, err)
	for _, i := range list {
		if i.ID == id {
			return i
		}
	}
	require.Fail(t, "message not listed")
	return notify.Item{}
}

// try makes an attempt that must ask to come back, and moves the time until then.
func (b bundle) tryAgainLater(t testing.TB, id notify.MessageID) time.Duration {
	t.Helper()
	wait := snoozed(t, b.Process(t.Context(), id))
	b.clock.Advance(wait)
	return wait
}

// snoozed reads how long the job asks to be left.
func snoozed(t testing.TB, err error) time.Duration {
	t.Helper()
	s, ok := errors.AsType[interface {
		error
		Is(error) bool
	}](err)
	require.True(t, ok, "want a snooze, got %v", err)
	require.ErrorIs(t, jobs.Snooze(1), s)
	d, err := time.ParseDuration(s.Error()[len("JobSnoozeError: "):])
	require.NoError(t, err)
	return d
}

func (b bundle) events(t testing.TB) []string {
	t.Helper()
	rows, err := b.pool.Query(t.Context(), `SELECT topic || ' ' || payload::text FROM outbox.event ORDER BY position`)
	require.NoError(t, err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return list
}

func (b bundle) jobs(t testing.TB) int {
	t.Helper()
	var n int
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM river.river_job WHERE kind = 'notify_send'`).Scan(&n))
	return n
}

func TestAMessageExistsExactlyWhenItsTransactionCommits(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	changed := errors.New("changed my mind")
	require.ErrorIs(t, postgres.InTx(t.Context(), b.pool, func(ctx context.Context, tx pgx.Tx) error {
		_, err := b.Send(ctx, tx, mailTo("li@example.com"))
		require.NoError(t, err)
		return changed
	}), changed)
	list, err := b.List(t.Context(), notify.Filter{})
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, b.jobs(t))

	id := b.send(t, mailTo("li@example.com"))
	require.Equal(t, notify.Queued, b.item(t, id).State)
	require.Equal(t, 1, b.jobs(t))
}

func TestTheSameKeyIsSentOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	m := mailTo("li@example.com")
	m.IdempotencyKey = "bill/2026-11/42"
	id := b.send(t, m)
	require.Equal(t, id, b.send(t, m))
	require.Equal(t, 1, b.jobs(t))
}

func TestNothingPersonalIsReadableInTheDatabase(t *testing.T) {
	t.Parallel()
	server := startMailServer(t, serverOptions{})
	server.set(func(to string) error { return errors.New("no mailbox " + to) }, nil)
	b := setup(t, server.config(notify.NoTLS), nil)
	mail := b.send(t, mailTo("zhang.san@example.com"))
	text := b.send(t, textTo("138 0013 8000"))
	require.NoError(t, errors.Join(b.Process(t.Context(), text)))
	b.tryAgainLater(t, mail)
	var dump string
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT string_agg(m::text, '') || (SELECT string_agg(j::text, '') FROM river.river_job j) || (SELECT string_agg(e::text, '') FROM outbox.event e) FROM notify.message m`).Scan(&dump))
	require.NotContains(t, dump, "zhang.san")
	require.NotContains(t, dump, "13800138000")
	require.NotContains(t, dump, "482913")
	require.Contains(t, dump, "***", "the server's words were kept without the address")

	c, err := b.Open(t.Context(), text)
	require.NoError(t, err)
	require.Equal(t, "+8613800138000", c.Recipient.Plain())
	require.Contains(t, c.Body, "482913")
	_, err = b.Open(t.Context(), notify.MessageID{})
	require.ErrorIs(t, err, notify.ErrNoMessage)
}

func TestAChannelWithoutConfigurationFailsAtOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	for code, m := range map[string]notify.Message{"notify.email_not_configured": mailTo("li@example.com"), "notify.sms_not_configured": textTo("13800138000")} {
		id := b.send(t, m)
		require.NoError(t, b.Process(t.Context(), id))
		i := b.item(t, id)
		require.Equal(t, notify.Failed, i.State)
		require.Equal(t, code, i.ErrorCode)
		require.NotEmpty(t, i.Error)
	}
	require.Len(t, b.events(t), 2)
	var codes []string
	for _, f := range b.Health().Check(t.Context()) {
		codes = append(codes, f.Warning.Code)
	}
	require.Equal(t, []string{"notify.email_not_configured", "notify.sms_not_configured"}, codes)
}

func TestWrongMessagesAreRefusedWithEveryField(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	_, err := b.Send(t.Context(), nil, notify.Message{Channel: notify.Email, Recipient: "nobody", Subject: "a\r\nBcc: all@example.com", Body: "x\x00", Purpose: "Bad Purpose"})
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, "notify.invalid_message", f.Code)
	var at []string
	for _, field := range f.Fields {
		at = append(at, field.Location+" "+field.Code)
	}
	require.Equal(t, []string{"body.recipient notify.bad_recipient", "body.subject notify.bad_characters", "body.body notify.bad_characters", "body.purpose notify.bad_purpose"}, at)
	for name, m := range map[string]notify.Message{
		"channel":          {Channel: "fax", Recipient: "1", Subject: "s", Body: "b"},
		"empty body":       {Channel: notify.SMS, Recipient: "13800138000", Body: "  "},
		"empty subject":    {Channel: notify.Email, Recipient: "a@example.com", Body: "b"},
		"long text":        {Channel: notify.SMS, Recipient: "13800138000", Body: string(make([]rune, 1001))},
		"right-to-left":    {Channel: notify.SMS, Recipient: "13800138000", Body: "abc\u202edef"},
		"line separator":   {Channel: notify.Email, Recipient: "a@example.com", Subject: "a\u2028b", Body: "b"},
		"not UTF-8":        {Channel: notify.SMS, Recipient: "13800138000", Body: "\xff"},
		"address injected": {Channel: notify.Email, Recipient: "a@example.com\r\nRCPT TO:<b@example.com>", Subject: "s", Body: "b"},
	} {
		_, err := b.Send(t.Context(), nil, m)
		require.Equal(t, fault.Invalid, fault.KindOf(err), name)
	}
	require.Zero(t, b.jobs(t))
}

func TestOnlyOneAttemptHoldsAMessage(t *testing.T) {
	t.Parallel()
	server := startMailServer(t, serverOptions{})
	entered, release := make(chan struct{}), make(chan struct{})
	server.set(nil, func() error { entered <- struct{}{}; <-release; return nil })
	b := setup(t, server.config(notify.NoTLS), nil)
	id := b.send(t, mailTo("li@example.com"))
	done := make(chan error)
	go func() { done <- b.Process(t.Context(), id) }()
	<-entered
	require.Positive(t, snoozed(t, b.Process(t.Context(), id)), "a second job waits for the lease")
	close(release)
	require.NoError(t, <-done)
	require.NoError(t, b.Process(t.Context(), id), "and then finds nothing to do")
	require.Len(t, server.mails(), 1)
	require.Len(t, b.events(t), 1)
}

func TestALateAttemptDoesNotOverwriteTheNext(t *testing.T) {
	t.Parallel()
	server := startMailServer(t, serverOptions{})
	entered, release := make(chan struct{}, 2), make(chan struct{}, 2)
	server.set(nil, func() error { entered <- struct{}{}; <-release; return nil })
	b := setup(t, server.config(notify.NoTLS), nil)
	id := b.send(t, mailTo("li@example.com"))
	done := make(chan error, 2)
	go func() { done <- b.Process(t.Context(), id) }()
	<-entered
	b.clock.Advance(2 * time.Minute) // the lease is over: the first attempt counts as dead
	go func() { done <- b.Process(t.Context(), id) }()
	<-entered
	release <- struct{}{}
	release <- struct{}{}
	require.NoError(t, errors.Join(<-done, <-done))
	require.Equal(t, notify.Sent, b.item(t, id).State)
	require.Equal(t, 2, b.item(t, id).Attempts)
	require.Len(t, b.events(t), 1, "told once")
}

func TestPausesGrowToAnHour(t *testing.T) {
	t.Parallel()
	for number, most := range map[int]time.Duration{1: 10 * time.Second, 2: 30 * time.Second, 3: 90 * time.Second, 5: 810 * time.Second, 6: 2430 * time.Second, 7: time.Hour, 1000: time.Hour} {
		for range 100 {
			p := notify.BackOff(number)
			require.LessOrEqual(t, p, most)
			require.GreaterOrEqual(t, p, most-most/5)
		}
	}
}

func TestLostJobsAreFoundBySweeping(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	id := b.send(t, mailTo("li@example.com"))
	n, err := b.Sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	_, err = b.pool.Exec(t.Context(), `DELETE FROM river.river_job`)
	require.NoError(t, err)
	b.clock.Advance(11 * time.Minute)
	for range 2 {
		n, err = b.Sweep(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, 1, b.jobs(t))
	}
	require.NoError(t, b.Process(t.Context(), id))
	n, err = b.Sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestRotationRewrapsMessagesAndTheirHashes(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	var ids []notify.MessageID
	for range 30 {
		ids = append(ids, b.send(t, textTo("13800138000")))
	}
	_, err := secret.AddVersion(t.Context(), secret.DefaultFile(b.dir), b.clock)
	require.NoError(t, err)
	require.NoError(t, b.ring.Reload(t.Context()))
	found, err := b.SentTo(t.Context(), notify.SMS, "13800138000", 100)
	require.NoError(t, err)
	require.Len(t, found, 30, "found by the hash under the old key")

	last := 0
	n, err := b.Rewrap(t.Context(), func(values int) { last = values })
	require.NoError(t, err)
	require.Equal(t, 60, n)
	require.Equal(t, 60, last)
	n, err = b.Rewrap(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, n)
	// Without the old version everything still opens and is found.
	text, err := os.ReadFile(secret.DefaultFile(b.dir))
	require.NoError(t, err)
	lines := splitLines(string(text))
	require.NoError(t, os.WriteFile(secret.DefaultFile(b.dir), []byte(lines[len(lines)-1]), 0o600))
	ring, err := secret.Load(t.Context(), secret.Config{Dir: b.dir, Clock: b.clock})
	require.NoError(t, err)
	only, err := notify.New(notify.Config{Pool: b.pool, Ring: ring, Clock: b.clock})
	require.NoError(t, err)
	for _, id := range ids {
		c, err := only.Open(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, "+8613800138000", c.Recipient.Plain())
	}
	found, err = only.SentTo(t.Context(), notify.SMS, "+86 138 0013 8000", 100)
	require.NoError(t, err)
	require.Len(t, found, 30)
}

func TestPayloadsStayCompatible(t *testing.T) {
	t.Parallel()
	outboxtest.Golden(t, notify.Topics()...)
}
