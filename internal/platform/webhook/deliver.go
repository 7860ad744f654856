package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/webhook/internal/db"
)

// deliverArgs is the job of one delivery.
type deliverArgs struct {
	DeliveryID uuid.UUID `json:"delivery_id"`
}

// Kind implements jobs.Args.
func (deliverArgs) Kind() string { return "webhook_deliver" }

// sweepArgs is the job that puts lost jobs in again and deletes what is old.
type sweepArgs struct{}

// Kind implements jobs.Args.
func (sweepArgs) Kind() string { return "webhook_sweep" }

const (
	queue          = "webhook"
	attemptTimeout = time.Minute
	sweepEvery     = 5 * time.Minute
	lostAfter      = 10 * time.Minute
	sweepBatch     = 1000
)

// schedule is the pause after each attempt; after the last there is none.
var schedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// Register adds workers and queue.
func (s *Service) Register(r *jobs.Registry) {
	r.Queue(queue, 20)
	jobs.Add(r, attemptTimeout, func(ctx context.Context, j *jobs.Job[deliverArgs]) error {
		return s.process(ctx, ident.From[deliveryKind](j.Args.DeliveryID))
	})
	jobs.Add(r, attemptTimeout, func(ctx context.Context, _ *jobs.Job[sweepArgs]) error { return s.sweep(ctx) })
	r.Every(sweepEvery, "webhook_sweep", func() jobs.Args { return sweepArgs{} })
}

type result string

const (
	resultDelivered result = "delivered"
	resultAgain     result = "again"
	resultFailed    result = "failed"
	resultLeftAlone result = "left_alone" // by the breaker: not an attempt
)

// attempt is one try and how it ended.
type attempt struct {
	id           DeliveryID
	subscription uuid.UUID
	number       int32
	result       result
	status       int
	words        string
	wait         time.Duration // that the receiver asked for
	gone         bool
}

// process makes one attempt.
func (s *Service) process(ctx context.Context, id DeliveryID) error {
	now := s.cfg.Clock.Now()
	row, err := db.New(s.cfg.Pool).Claim(ctx, db.ClaimParams{ID: id.UUID(), Now: now, LeaseUntil: now.Add(s.cfg.Lease)})
	if postgres.IsNoRows(err) {
		return s.notClaimed(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("begin delivery %s: %w", id, err)
	}
	a := attempt{id: id, subscription: row.SubscriptionID, number: row.Attempts}
	if row.Active {
		s.call(ctx, &a, row)
	} else {
		a.result, a.words = resultFailed, "the webhook is disabled"
	}
	if a.result == resultAgain && int(a.number) > len(schedule) {
		a.result = resultFailed
	}
	if s.counter != nil {
		s.counter.Inc(string(a.result))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return s.record(ctx, a)
}

func (s *Service) notClaimed(ctx context.Context, id DeliveryID) error {
	due, err := db.New(s.cfg.Pool).Due(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return nil // delivered, failed, or deleted with its subscription
	}
	if err != nil {
		return fmt.Errorf("look at delivery %s: %w", id, err)
	}
	return jobs.Snooze(max(time.Second, due.Sub(s.cfg.Clock.Now())))
}

// message is the body that receivers get.
type message struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"` // when the fact became true
	Data      json.RawMessage `json:"data"`
}

func (s *Service) call(ctx context.Context, a *attempt, row db.ClaimRow) {
	a.result = resultAgain
	request, err := s.request(row)
	if err != nil {
		a.words = "the message cannot be written or signed: the master key is missing or the row is damaged"
		s.cfg.Logger.WarnContext(ctx, "webhook message not written", "delivery", a.id.String(), "error", err)
		return
	}
	resp, err := s.cfg.HTTP.Do(ctx, request)
	switch {
	case errors.Is(err, httpclient.ErrOpen):
		a.result, a.words, a.wait = resultLeftAlone, "the receiver failed several times and is left alone for a while", 30*time.Second
	case err != nil:
		a.words = "no answer"
		if f, ok := fault.As(err); ok {
			a.words = f.Message
		}
	case resp.OK():
		a.result, a.status = resultDelivered, resp.Status
	default:
		a.status = resp.Status
		a.words = strconv.Itoa(resp.Status) + " " + http.StatusText(resp.Status)
		a.wait, _ = httpclient.RetryAfter(resp.Header, s.cfg.Clock.Now())
		if a.gone = resp.Status == http.StatusGone; a.gone {
			a.result = resultFailed
		}
	}
}

func (s *Service) request(row db.ClaimRow) (httpclient.Request, error) {
	body, err := json.Marshal(message{Type: row.Topic, Timestamp: row.OccurredAt.UTC(), Data: json.RawMessage(row.Payload)})
	if err != nil {
		return httpclient.Request{}, fmt.Errorf("write message: %w", err)
	}
	now := s.cfg.Clock.Now()
	keep := [][]byte{row.SecretSealed}
	if row.PreviousUntil != nil && now.Before(*row.PreviousUntil) {
		keep = append(keep, row.PreviousSealed)
	}
	id, signatures := row.EventID.String(), ""
	for _, sealed := range keep {
		plain, err := s.cfg.Ring.Open(sealSecret, place(ident.From[subscriptionKind](row.SubscriptionID)), sealed)
		if err != nil {
			return httpclient.Request{}, fmt.Errorf("open secret: %w", err)
		}
		key, err := secretKey(string(plain))
		if err != nil {
			return httpclient.Request{}, err
		}
		if signatures != "" {
			signatures += " "
		}
		signatures += sign(key, id, now, body)
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(HeaderSignature, signatures)
	return httpclient.Request{Method: http.MethodPost, URL: row.Url, Header: h, Body: body}, nil
}

// errTaken rolls back the note of an attempt that is no longer this one's.
var errTaken = errors.New("another attempt has the delivery")

// record notes how the attempt ended; the error for the job is a snooze until the next.
func (s *Service) record(ctx context.Context, a attempt) error {
	now := s.cfg.Clock.Now()
	var pause time.Duration
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if err := s.noteSubscription(ctx, q, a, now); err != nil {
			return err
		}
		var n int64
		var err error
		switch a.result {
		case resultDelivered:
			n, err = q.Delivered(ctx, db.DeliveredParams{ID: a.id.UUID(), Attempts: a.number, StatusCode: int32(a.status), Now: now})
		case resultAgain, resultLeftAlone:
			counted := a.number
			if pause = a.wait; a.result == resultLeftAlone {
				counted--
			} else {
				pause = max(a.wait, jitter(schedule[a.number-1]))
			}
			n, err = q.Postpone(ctx, db.PostponeParams{ID: a.id.UUID(), Attempts: a.number, Counted: counted, StatusCode: int32(a.status), LastError: a.words, NextAttemptAt: now.Add(pause)})
		case resultFailed:
			n, err = q.Fail(ctx, db.FailParams{ID: a.id.UUID(), Attempts: a.number, StatusCode: int32(a.status), LastError: a.words})
		}
		if err != nil {
			return fmt.Errorf("note the end of attempt %d of delivery %s: %w", a.number, a.id, err)
		}
		if n == 0 {
			return errTaken
		}
		return nil
	})
	switch {
	case errors.Is(err, errTaken):
		return nil
	case err == nil && pause > 0:
		return jobs.Snooze(pause)
	}
	return err
}

// noteSubscription keeps since when a receiver has been failing, and disables it after too long or when it is gone.
func (s *Service) noteSubscription(ctx context.Context, q *db.Queries, a attempt, now time.Time) error {
	switch {
	case a.result == resultDelivered:
		if err := q.NoteSuccess(ctx, a.subscription); err != nil {
			return fmt.Errorf("note success of webhook: %w", err)
		}
		return nil
	case a.result == resultLeftAlone:
		return nil
	}
	since, err := q.NoteFailure(ctx, db.NoteFailureParams{ID: a.subscription, Now: now})
	if err != nil {
		return fmt.Errorf("note failure of webhook: %w", err)
	}
	reason := ""
	switch {
	case a.gone:
		reason = "gone"
	case since != nil && now.Sub(*since) >= s.cfg.DisableAfter:
		reason = "failing"
	default:
		return nil
	}
	n, err := q.DisableSubscription(ctx, db.DisableSubscriptionParams{ID: a.subscription, Reason: reason})
	if err != nil {
		return fmt.Errorf("disable webhook: %w", err)
	}
	if n > 0 {
		s.cfg.Logger.WarnContext(ctx, "webhook disabled", "subscription", a.subscription.String(), "reason", reason)
	}
	return nil
}

// jitter lengthens a pause by up to a tenth, so that deliveries that failed together do not return together.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/10) }

// sweep gives deliveries without a job a new one, and deletes what is old.
func (s *Service) sweep(ctx context.Context) error {
	now := s.cfg.Clock.Now()
	q := db.New(s.cfg.Pool)
	lost, err := q.Overdue(ctx, db.OverdueParams{Before: now.Add(-lostAfter), RowLimit: sweepBatch})
	if err != nil {
		return fmt.Errorf("look for lost deliveries: %w", err)
	}
	for _, id := range lost {
		err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
			return jobs.InsertTx(ctx, tx, deliverArgs{DeliveryID: id}, jobs.Options{Queue: queue, UniqueFor: lostAfter})
		})
		if err != nil {
			return err
		}
	}
	for {
		n, err := q.DeleteOld(ctx, db.DeleteOldParams{Before: now.Add(-s.cfg.Keep), RowLimit: sweepBatch})
		if err != nil {
			return fmt.Errorf("delete old deliveries: %w", err)
		}
		if n < sweepBatch {
			return nil
		}
	}
}
