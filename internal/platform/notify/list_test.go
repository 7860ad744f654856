package notify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
)

func (b bundle) seed(t testing.TB, past ...notify.Past) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), b.pool, func(ctx context.Context, tx pgx.Tx) error { return b.Seed(ctx, tx, past) }))
}

// past makes a message of the past; several share a moment, so that the id decides their order.
func past(n int, begin time.Time) notify.Past {
	at := begin.Add(time.Duration(n/3) * time.Second)
	p := notify.Past{Message: textTo(fmt.Sprintf("139%08d", n)), State: notify.Sent, Attempts: 1, CreatedAt: at, SentAt: &at}
	if n%2 == 1 {
		p.Message = mailTo(fmt.Sprintf("user%d@example.com", n))
	}
	switch n % 5 {
	case 1:
		p.State, p.SentAt, p.ErrorCode, p.Error = notify.Failed, nil, "notify.refused", "550 no such mailbox"
	case 2:
		p.State, p.SentAt = notify.Queued, nil
	}
	return p
}

func TestListGivesEveryMessageOnceNewestFirst(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	all := make([]notify.Past, 100)
	for i := range all {
		all[i] = past(i, b.clock.Now())
	}
	b.seed(t, all...)
	rapid.Check(t, func(t *rapid.T) {
		f := notify.Filter{
			Channel: rapid.SampledFrom([]notify.Channel{"", notify.Email, notify.SMS}).Draw(t, "channel"),
			State:   rapid.SampledFrom([]notify.State{"", notify.Sent, notify.Failed, notify.Queued, notify.Unknown}).Draw(t, "state"),
			Limit:   rapid.Int32Range(1, 40).Draw(t, "limit"),
		}
		want := 0
		for _, p := range all {
			if (f.Channel == "" || p.Channel == f.Channel) && (f.State == "" || p.State == f.State) {
				want++
			}
		}
		var got []notify.Item
		for {
			page, err := b.List(context.Background(), f)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), int(f.Limit))
			got = append(got, page...)
			if len(page) < int(f.Limit) {
				break
			}
			last := page[len(page)-1]
			f.After = &notify.Position{CreatedAt: last.CreatedAt, ID: last.ID}
		}
		require.Len(t, got, want)
		require.True(t, slices.IsSortedFunc(got, func(a, b notify.Item) int {
			if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
				return c
			}
			return strings.Compare(b.ID.String(), a.ID.String())
		}))
		seen := map[notify.MessageID]bool{}
		for _, i := range got {
			require.False(t, seen[i.ID], "twice")
			seen[i.ID] = true
			require.True(t, f.Channel == "" || i.Channel == f.Channel)
			require.True(t, f.State == "" || i.State == f.State)
		}
	})
}

func TestTheListShowsTheLastCharactersOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	id := b.send(t, textTo("13800135678"))
	require.Equal(t, notify.Hint("*******5678"), b.item(t, id).Recipient, "there is nothing more to reveal")
	id = b.send(t, mailTo("a@b.cn"))
	require.Equal(t, notify.Hint("*******.cn"), b.item(t, id).Recipient, "never more than half")
}

func TestWhatWasSentToANumberIsFound(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	first := b.send(t, textTo("13800138000"))
	b.send(t, textTo("13900139000"))
	b.clock.Advance(time.Second)
	second := b.send(t, textTo("+86 138 0013 8000"))
	found, err := b.SentTo(t.Context(), notify.SMS, "138-0013-8000", 10)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, []notify.MessageID{second, first}, []notify.MessageID{found[0].ID, found[1].ID})
	_, err = b.SentTo(t.Context(), notify.SMS, "what", 10)
	require.Error(t, err)
}

func (b bundle) api(t testing.TB) *httpapitest.Client {
	t.Helper()
	a := httpapi.New(httpapi.Config{Version: "test", Logger: slog.New(slog.DiscardHandler), Clock: b.clock, Pool: b.pool})
	b.RegisterAPI(a)
	return httpapitest.New(t, a)
}

func TestMessagesAreSentAndListedOverHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	c := b.api(t)
	key := uuid.NewString()
	body := map[string]string{"channel": "sms", "recipient": "13800135678", "subject": "验证码", "body": "482913"}
	var accepted struct{ ID string }
	c.Post("/api/messages", body, "Idempotency-Key", key).Want(202).JSON(&accepted)
	var again struct{ ID string }
	c.Post("/api/messages", body, "Idempotency-Key", key).Want(202).JSON(&again)
	require.Equal(t, accepted, again)
	require.Equal(t, 1, b.jobs(t))

	raw := c.Get("/api/messages?limit=1").Want(200)
	require.JSONEq(t, fmt.Sprintf(`{"items":[{"id":%q,"channel":"sms","recipient":"*******5678","subject":"验证码","state":"queued","attempts":0,
		"error_code":"","error":"","created_at":%q,"sent_at":null}],"next":""}`, accepted.ID, b.clock.Now().Format(time.RFC3339)), string(raw.Body))
	require.NotContains(t, string(raw.Body), "482913")

	for i := range 5 {
		b.send(t, mailTo(fmt.Sprintf("li%d@example.com", i)))
	}
	type page struct {
		Items []struct{ ID, Channel string }
		Next  string
	}
	var p1, p2 page
	c.Get("/api/messages?channel=email&limit=3").Want(200).JSON(&p1)
	require.Len(t, p1.Items, 3)
	c.Get("/api/messages?channel=email&limit=3&after=" + p1.Next).Want(200).JSON(&p2)
	require.Len(t, p2.Items, 2)
	require.Empty(t, p2.Next)
	c.Get("/api/messages?channel=sms&after="+p1.Next).Problem(422, "http.invalid_request")
	c.Get("/api/messages?state=lost").Problem(422, "http.invalid_request")
}

func TestWrongMessagesAreRefusedOverHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil)
	c := b.api(t)
	c.Post("/api/messages", map[string]string{"channel": "sms", "recipient": "0571-88886666", "subject": "", "body": "x"}, "Idempotency-Key", uuid.NewString()).
		Problem(422, "notify.invalid_message").Field("body.recipient", "notify.bad_recipient")
	c.Post("/api/messages", map[string]string{"channel": "email", "recipient": "li@example.com", "subject": "a\nBcc: b@example.com", "body": "x"}, "Idempotency-Key", uuid.NewString()).
		Problem(422, "notify.invalid_message").Field("body.subject", "notify.bad_characters")
	require.Zero(t, b.jobs(t))
}

func BenchmarkListOf100000(b *testing.B) {
	s := setup(b, nil, nil)
	const rows = 100_000
	for begin := 0; begin < rows; begin += 10_000 {
		chunk := make([]notify.Past, 10_000)
		for i := range chunk {
			chunk[i] = past(begin+i, s.clock.Now())
		}
		s.seed(b, chunk...)
	}
	_, err := s.pool.Exec(b.Context(), `ANALYZE notify.message`)
	require.NoError(b, err)
	middle := &notify.Position{CreatedAt: s.clock.Now().Add(rows / 6 * time.Second)}
	for name, f := range map[string]notify.Filter{
		"newest": {}, "middle": {After: middle}, "email": {Channel: notify.Email, After: middle}, "failed": {State: notify.Failed},
		"email-failed": {Channel: notify.Email, State: notify.Failed, After: middle}, "none": {Channel: notify.Email, State: notify.Unknown},
	} {
		b.Run(name, func(b *testing.B) {
			before := cpu(b)
			for b.Loop() {
				if _, err := s.List(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}

// cpu is what this process has used so far: the database is another process.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestTheListGoesOutAsItIsShown(t *testing.T) {
	t.Parallel()
	var notes []string
	b := setup(t, nil, nil, func(c *notify.Config) {
		c.Exported = func(_ context.Context, tx pgx.Tx, f notify.Filter, n int) error {
			require.NotNil(t, tx)
			notes = append(notes, fmt.Sprintf("%s %s %d", f.Channel, f.State, n))
			return nil
		}
	})
	all := make([]notify.Past, 2500) // more than two pages
	for i := range all {
		all[i] = past(i, b.clock.Now())
	}
	all[0].Subject = `=HYPERLINK("x")`
	b.seed(t, all...)
	c := b.api(t)
	read := func(query string) [][]string {
		f, err := excelize.OpenReader(bytes.NewReader(c.Get("/api/messages/export" + query).Want(200).Body))
		require.NoError(t, err)
		defer f.Close()
		rows, err := f.GetRows(f.GetSheetList()[0])
		require.NoError(t, err)
		formula, err := f.GetCellFormula(f.GetSheetList()[0], "D2")
		require.NoError(t, err)
		require.Empty(t, formula)
		return rows
	}
	rows := read("?lang=en")
	require.Equal(t, []string{"Time", "Channel", "Recipient", "Subject", "State", "Attempts", "Sent at", "Error code", "What the other side said", "Message id"}, rows[0])
	require.Len(t, rows, 2501)
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		require.True(t, strings.HasPrefix(r[2], "*******"), "masked as in the list: %s", r[2])
		require.False(t, seen[r[9]], "twice")
		seen[r[9]] = true
	}
	require.Equal(t, `=HYPERLINK("x")`, rows[len(rows)-1][3], "the oldest comes last, and is text")
	for _, r := range read("?channel=sms&state=failed")[1:] {
		require.Equal(t, [2]string{"短信", "失败"}, [2]string{r[1], r[4]})
	}
	require.Equal(t, []string{"  2500", "sms failed 250"}, notes)
	c.Get("/api/messages/export?state=lost").Problem(422, "http.invalid_request")
}

func TestAnExportThatIsNotNotedIsNotGiven(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, nil, func(c *notify.Config) {
		c.Exported = func(context.Context, pgx.Tx, notify.Filter, int) error { return errors.New("the audit is away") }
	})
	b.api(t).Get("/api/messages/export").Problem(500, "internal")
}
