package notify

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/notify/internal/db"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/telemetry"
)

// Config is what the service needs. Pool and Ring are required; a nil channel is not configured.
type Config struct {
	Pool    *pgxpool.Pool
	Ring    *secret.Ring
	Email   *EmailConfig
	SMS     *SMSConfig
	HTTP    *httpclient.Client // for SMS; its retries are not used, see package comment
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics *telemetry.Metrics // may be nil
	// Record takes note of a message that a person wrote and sent, in its transaction. nil: nobody does.
	Record func(ctx context.Context, tx pgx.Tx, id MessageID, m Message) error
	// Exported takes note that somebody takes the list of a filter away, so many messages. nil: nobody does.
	Exported func(ctx context.Context, tx pgx.Tx, f Filter, messages int) error

	EmailMaxAge time.Duration // how long a mail is tried; default 24 h
	SMSMaxAge   time.Duration // a text message; default 1 h
	Lease       time.Duration // how long an attempt is believed alive; default 90 s, more than a job's time limit
}

// Service sends messages and knows what was sent.
type Service struct {
	cfg      Config
	channels map[Channel]transport
	counter  *telemetry.Counter
}

// transport hands one message over.
type transport interface {
	send(ctx context.Context, l letter) outcome
}

// letter is an opened message on its way.
type letter struct {
	id      MessageID
	to      string
	subject string
	body    string
	created time.Time
}

// New makes the service. It reports everything that is wrong with the channels' configuration.
func New(cfg Config) (*Service, error) {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.EmailMaxAge = cmp.Or(cfg.EmailMaxAge, 24*time.Hour)
	cfg.SMSMaxAge = cmp.Or(cfg.SMSMaxAge, time.Hour)
	cfg.Lease = cmp.Or(cfg.Lease, 90*time.Second)
	s := &Service{cfg: cfg, channels: map[Channel]transport{}}
	if cfg.Email != nil {
		m, err := newMailer(*cfg.Email)
		if err != nil {
			return nil, err
		}
		s.channels[Email] = m
	}
	if cfg.SMS != nil {
		g, err := newGateway(*cfg.SMS, cfg.HTTP)
		if err != nil {
			return nil, err
		}
		s.channels[SMS] = g
	}
	if cfg.Metrics != nil {
		s.counter = cfg.Metrics.Counter("notify_attempts_total", "Attempts to hand a message over, by how they ended.",
			telemetry.LabelOf("channel", Email, SMS), telemetry.LabelOf("result", delivered, temporary, permanent, uncertain))
	}
	return s, nil
}

// Send writes the message and its job into tx; with a nil tx into a transaction of its own. A repeated idempotency key
// gives the id of the first message. Errors: notify.invalid_message with the fields.
func (s *Service) Send(ctx context.Context, tx pgx.Tx, m Message) (MessageID, error) {
	m, err := m.normalise()
	if err != nil {
		return MessageID{}, err
	}
	if tx != nil {
		return s.send(ctx, tx, m)
	}
	var id MessageID
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = s.send(ctx, tx, m)
		return err
	})
	return id, err
}

func (s *Service) send(ctx context.Context, tx pgx.Tx, m Message) (MessageID, error) {
	id := ident.New[messageKind]()
	p, err := s.sealed(id, m)
	if err != nil {
		return MessageID{}, err
	}
	q := db.New(tx)
	row := db.InsertParams{
		ID: id.UUID(), Channel: string(m.Channel), Purpose: m.Purpose, RecipientSealed: p.recipient, RecipientHash: p.hash,
		RecipientHint: hint(m.Recipient.Plain()), Subject: m.Subject, BodySealed: p.body, KeyVersion: p.version, Now: s.cfg.Clock.Now(),
	}
	if m.IdempotencyKey != "" {
		row.IdempotencyKey = &m.IdempotencyKey
	}
	n, err := q.Insert(ctx, row)
	if err != nil {
		return MessageID{}, fmt.Errorf("write message: %w", err)
	}
	if n == 0 {
		first, err := q.FindByKey(ctx, m.IdempotencyKey)
		if err != nil {
			return MessageID{}, fmt.Errorf("find the message sent before: %w", err)
		}
		return ident.From[messageKind](first), nil
	}
	return id, jobs.InsertTx(ctx, tx, sendArgs{MessageID: id.UUID()}, jobs.Options{Queue: queueOf(m.Channel)})
}

type sealedParts struct {
	recipient, hash, body []byte
	version               int64
}

func (s *Service) sealed(id MessageID, m Message) (sealedParts, error) {
	var p sealedParts
	var err error
	if p.recipient, err = s.cfg.Ring.Seal(sealRecipient, place(id, "recipient"), []byte(m.Recipient.Plain())); err != nil {
		return p, err
	}
	if p.body, err = s.cfg.Ring.Seal(sealBody, place(id, "body"), []byte(m.Body)); err != nil {
		return p, err
	}
	if p.hash, err = s.cfg.Ring.MAC(sealRecipient, []byte(m.Recipient.Plain())); err != nil {
		return p, err
	}
	v, err := secret.Version(p.recipient)
	p.version = int64(v)
	return p, err
}

// ErrNoMessage is returned for an id that is not there.
var ErrNoMessage = fault.New(fault.NotFound, "notify.no_such_message", "there is no such message")

// Open gives a message with address and text. Who may see it is the caller's to decide and to note.
func (s *Service) Open(ctx context.Context, id MessageID) (Content, error) {
	row, err := db.New(s.cfg.Pool).Content(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Content{}, ErrNoMessage
	}
	if err != nil {
		return Content{}, fmt.Errorf("read message: %w", err)
	}
	to, body, err := s.open(id, row.RecipientSealed, row.BodySealed)
	return Content{Channel: Channel(row.Channel), Recipient: privacy.Recipient(to), Subject: row.Subject, Body: body}, err
}

func (s *Service) open(id MessageID, recipient, body []byte) (string, string, error) {
	to, err := s.cfg.Ring.Open(sealRecipient, place(id, "recipient"), recipient)
	if err != nil {
		return "", "", err
	}
	text, err := s.cfg.Ring.Open(sealBody, place(id, "body"), body)
	return string(to), string(text), err
}

// Rewrap seals every message under the active master key again; see secret.Rotate.
func (s *Service) Rewrap(ctx context.Context, progress func(values int)) (int, error) {
	after := uuid.Nil
	return secret.Rotate(ctx, s.cfg.Ring, func(ctx context.Context, active uint32) (secret.Batch, error) {
		rows, err := db.New(s.cfg.Pool).NotActive(ctx, db.NotActiveParams{AfterID: after, Active: int64(active), RowLimit: 500})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find messages under older keys: %w", err)
		}
		var b secret.Batch
		for _, r := range rows {
			id := ident.From[messageKind](r.ID)
			b.Values = append(b.Values,
				secret.Sealed{Purpose: sealRecipient, Context: place(id, "recipient"), Value: r.RecipientSealed},
				secret.Sealed{Purpose: sealBody, Context: place(id, "body"), Value: r.BodySealed})
			after = r.ID
		}
		b.Replace = func(ctx context.Context, fresh [][]byte) error { return s.replace(ctx, rows, fresh, active) }
		return b, nil
	}, progress)
}

func (s *Service) replace(ctx context.Context, rows []db.NotActiveRow, fresh [][]byte, active uint32) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		for i, r := range rows {
			to, err := s.cfg.Ring.Open(sealRecipient, place(ident.From[messageKind](r.ID), "recipient"), fresh[2*i])
			if err != nil {
				return err
			}
			hash, err := s.cfg.Ring.MAC(sealRecipient, to)
			if err != nil {
				return err
			}
			err = q.Rewrap(ctx, db.RewrapParams{ID: r.ID, RecipientSealed: fresh[2*i], RecipientHash: hash, BodySealed: fresh[2*i+1], KeyVersion: int64(active)})
			if err != nil {
				return fmt.Errorf("store rewrapped message: %w", err)
			}
		}
		return nil
	})
}
