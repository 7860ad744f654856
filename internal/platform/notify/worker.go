package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/ident"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/notify/internal/db"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
)

// sendArgs is the job of one message.
type sendArgs struct {
	MessageID uuid.UUID `json:"message_id"`
}

// Kind implements jobs.Args.
func (sendArgs) Kind() string { return "notify_send" }

// sweepArgs is the job that puts lost jobs in again.
type sweepArgs struct{}

// Kind implements jobs.Args.
func (sweepArgs) Kind() string { return "notify_sweep" }

const (
	sweepEvery = 5 * time.Minute
	lostAfter  = 10 * time.Minute // a message that long overdue has no job any more
	sweepBatch = 1000

	attemptTimeout = time.Minute
)

func queueOf(c Channel) string { return "notify_" + string(c) }

// Register adds the workers and queues.
func (s *Service) Register(r *jobs.Registry) {
	r.Queue(queueOf(Email), 10)
	r.Queue(queueOf(SMS), 10)
	jobs.Add(r, attemptTimeout, func(ctx context.Context, j *jobs.Job[sendArgs]) error {
		return s.process(ctx, ident.From[messageKind](j.Args.MessageID))
	})
	jobs.Add(r, attemptTimeout, func(ctx context.Context, _ *jobs.Job[sweepArgs]) error {
		_, err := s.sweep(ctx)
		return err
	})
	r.Every(sweepEvery, "notify_sweep", func() jobs.Args { return sweepArgs{} })
}

// process makes one attempt. The order is: note that it begins, hand over, note how it ended; see the package comment
// for what happens when the process dies in between.
func (s *Service) process(ctx context.Context, id MessageID) error {
	now := s.cfg.Clock.Now()
	row, err := db.New(s.cfg.Pool).Claim(ctx, db.ClaimParams{ID: id.UUID(), Now: now, LeaseUntil: now.Add(s.cfg.Lease)})
	if postgres.IsNoRows(err) {
		return s.notClaimed(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("begin to send message %s: %w", id, err)
	}
	a := attempt{id: id, channel: Channel(row.Channel), purpose: row.Purpose, number: row.Attempts, created: row.CreatedAt}
	o := s.handOver(ctx, &a, row)
	if s.counter != nil {
		s.counter.Inc(string(a.channel), string(o.result))
	}
	o.words, o.reference = tidy(o.words, a.recipient), tidy(o.reference, a.recipient)
	// What has happened must be noted even when the job is being cancelled.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return s.record(ctx, a, o)
}

// attempt is one try to send a message.
type attempt struct {
	id        MessageID
	channel   Channel
	purpose   string
	number    int32
	created   time.Time
	recipient string
}

func (s *Service) handOver(ctx context.Context, a *attempt, row db.ClaimRow) outcome {
	t, ok := s.channels[a.channel]
	if !ok {
		if a.channel == SMS {
			return outcome{result: permanent, code: codeSMSNotConfigured, words: "no gateway for text messages is configured"}
		}
		return outcome{result: permanent, code: codeEmailNotConfigured, words: "no mail server is configured"}
	}
	to, body, err := s.open(a.id, row.RecipientSealed, row.BodySealed)
	if err != nil {
		return outcome{result: temporary, code: codeSealed, words: "the message cannot be opened: the master key is missing or the row is damaged"}
	}
	a.recipient = to
	return t.send(ctx, letter{id: a.id, to: to, subject: row.Subject, body: body, created: row.CreatedAt.UTC()})
}

// notClaimed tells why there is nothing to do, and ends the text message whose attempt died.
func (s *Service) notClaimed(ctx context.Context, id MessageID) error {
	row, err := db.New(s.cfg.Pool).State(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return nil // deleted
	}
	if err != nil {
		return fmt.Errorf("look at message %s: %w", id, err)
	}
	state := State(row.State)
	if state != Queued && state != Sending {
		return nil
	}
	if wait := row.DueAt.Sub(s.cfg.Clock.Now()); wait > 0 {
		return jobs.Snooze(wait)
	}
	if state == Queued {
		return jobs.Snooze(time.Second) // it became due between the two looks
	}
	a := attempt{id: id, channel: Channel(row.Channel), purpose: row.Purpose, number: row.Attempts}
	return s.record(ctx, a, outcome{result: uncertain, code: codeUnknown, words: "the program ended while the message was handed over"})
}

// errTaken rolls back the note of an attempt that is no longer this one's.
var errTaken = errors.New("another attempt has the message")

// record notes how the attempt ended, with the event. The error, if any, is for the job: a snooze until the next attempt.
func (s *Service) record(ctx context.Context, a attempt, o outcome) error {
	now := s.cfg.Clock.Now()
	pause := backOff(int(a.number))
	again := o.result == temporary && now.Add(pause).Before(a.created.Add(s.maxAge(a.channel)))
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		var n int64
		var err error
		state := Sent
		switch {
		case o.result == delivered:
			n, err = q.Sent(ctx, db.SentParams{ID: a.id.UUID(), Attempts: a.number, Now: now, ProviderReference: o.reference})
		case again:
			state = Queued
			n, err = q.Postpone(ctx, db.PostponeParams{ID: a.id.UUID(), Attempts: a.number, DueAt: now.Add(pause), ErrorCode: o.code, Error: o.words})
		default:
			state = Failed
			if o.result == uncertain {
				state = Unknown
			}
			n, err = q.Finish(ctx, db.FinishParams{ID: a.id.UUID(), Attempts: a.number, State: string(state), ErrorCode: o.code, Error: o.words})
		}
		if err != nil {
			return fmt.Errorf("note the end of attempt %d of message %s: %w", a.number, a.id, err)
		}
		if n == 0 {
			return errTaken
		}
		return s.tell(ctx, tx, a, state, o.code, now)
	})
	switch {
	case errors.Is(err, errTaken):
		return nil
	case err == nil && again:
		return jobs.Snooze(pause)
	}
	return err
}

func (s *Service) tell(ctx context.Context, tx pgx.Tx, a attempt, state State, code string, now time.Time) error {
	fact := Outcome{MessageID: a.id.String(), Channel: a.channel, Purpose: a.purpose, State: state, Attempts: int(a.number), ErrorCode: code}
	switch state {
	case Sent:
		return outbox.Write(ctx, tx, TopicSent.Event(fact.MessageID, now, fact))
	case Failed, Unknown:
		return outbox.Write(ctx, tx, TopicFailed.Event(fact.MessageID, now, fact))
	case Queued, Sending:
	}
	return nil
}

func (s *Service) maxAge(c Channel) time.Duration {
	if c == SMS {
		return s.cfg.SMSMaxAge
	}
	return s.cfg.EmailMaxAge
}

// backOff gives the pause after the attempt of this number: 10 s, 30 s, 90 s, ... at most 1 h, shortened by up to a fifth so
// that messages that failed together do not return together.
func backOff(number int) time.Duration {
	pause := time.Hour
	if number <= 6 {
		pause = 10 * time.Second
		for range number - 1 {
			pause *= 3
		}
	}
	return min(pause, time.Hour) - rand.N(pause/5)
}

// sweep finds messages whose job was lost and gives them new ones.
func (s *Service) sweep(ctx context.Context) (int, error) {
	now := s.cfg.Clock.Now()
	lost, err := db.New(s.cfg.Pool).Overdue(ctx, db.OverdueParams{Before: now.Add(-lostAfter), RowLimit: sweepBatch})
	if err != nil {
		return 0, fmt.Errorf("look for lost messages: %w", err)
	}
	for _, m := range lost {
		err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
			return jobs.InsertTx(ctx, tx, sendArgs{MessageID: m.ID}, jobs.Options{Queue: queueOf(Channel(m.Channel)), UniqueFor: lostAfter})
		})
		if err != nil {
			return 0, err
		}
	}
	if len(lost) > 0 {
		s.cfg.Logger.Warn("messages without a job were found", "count", len(lost))
	}
	return len(lost), nil
}
