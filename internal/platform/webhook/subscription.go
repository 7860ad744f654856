package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/telemetry"
	"yingda/internal/platform/webhook/internal/db"
)

type (
	subscriptionKind struct{}
	deliveryKind     struct{}
)

// SubscriptionID identifies a subscription, DeliveryID a delivery.
type (
	SubscriptionID = ident.ID[subscriptionKind]
	DeliveryID     = ident.ID[deliveryKind]
)

const (
	sealSecret = secret.Purpose("webhook.secret")

	maxSubscriptions = 100
	maxTopics        = 100
	maxURL           = 2000

	// overlap is how long both secrets sign after a rotation.
	overlap = 24 * time.Hour
)

// Config is what the service needs.
type Config struct {
	Pool    *pgxpool.Pool
	Ring    *secret.Ring
	HTTP    *httpclient.Client // with one attempt: retries are this package's
	Topics  []outbox.AnyTopic  // everything that can be subscribed to
	Clock   clock.Clock
	Logger  *slog.Logger
	Bus     *bus.Bus           // wakes the consumer; nil: it looks every second
	Metrics *telemetry.Metrics // may be nil
	// Record takes note of a change in its transaction: the act ("webhook.create"), the subscription and its
	// address; and of webhook.export, the list taken away as a file, which is about no single one. nil: nobody does.
	Record func(ctx context.Context, tx pgx.Tx, act string, id SubscriptionID, url string) error

	Lease        time.Duration // how long an attempt is believed alive; default 90 s
	DisableAfter time.Duration // of failures in a row; default 5 days
	Keep         time.Duration // how long finished deliveries are kept; default 30 days
}

// Service keeps subscriptions and delivers to them.
type Service struct {
	cfg     Config
	topics  []string
	counter *telemetry.Counter
}

// New makes the service.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Lease = cmp.Or(cfg.Lease, 90*time.Second)
	cfg.DisableAfter = cmp.Or(cfg.DisableAfter, 5*24*time.Hour)
	cfg.Keep = cmp.Or(cfg.Keep, 30*24*time.Hour)
	s := &Service{cfg: cfg}
	for _, t := range cfg.Topics {
		s.topics = append(s.topics, t.Name())
	}
	slices.Sort(s.topics)
	if cfg.Metrics != nil {
		s.counter = cfg.Metrics.Counter("webhook_attempts_total", "Attempts to deliver events to other systems, by how they ended.",
			telemetry.LabelOf("result", resultDelivered, resultAgain, resultFailed, resultLeftAlone))
	}
	return s
}

// Subscription is one system that is told.
type Subscription struct {
	ID             SubscriptionID
	URL            string
	Topics         []string
	Active         bool
	DisabledReason string // "", "failing", "gone"
	FailingSince   *time.Time
	CreatedAt      time.Time
}

// Faults of subscriptions.
var (
	ErrNoSubscription = fault.New(fault.NotFound, "webhook.no_such_subscription", "there is no such webhook")
	ErrTooMany        = fault.New(fault.Limit, "webhook.too_many", "there are %d webhooks already", maxSubscriptions).
				WithRemedy("delete one that is no longer used")
	ErrExists = fault.New(fault.Conflict, "webhook.exists", "there is a webhook for this address already").
			WithRemedy("change its secret or delete it first").
			WithFields(fault.Field{Location: "body.url", Code: "webhook.exists", Message: "is the address of another webhook"})
)

// Create makes a subscription and gives its secret, which is not shown again.
func (s *Service) Create(ctx context.Context, url string, topics []string) (id SubscriptionID, signingSecret string, err error) {
	topics, err = s.check(url, topics)
	if err != nil {
		return id, "", err
	}
	id, signingSecret = ident.New[subscriptionKind](), newSecret()
	sealed, version, err := s.seal(id, signingSecret)
	if err != nil {
		return id, "", err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		count, err := q.CountSubscriptions(ctx)
		if err != nil {
			return fmt.Errorf("count webhooks: %w", err)
		}
		if count >= maxSubscriptions {
			return ErrTooMany
		}
		n, err := q.InsertSubscription(ctx, db.InsertSubscriptionParams{
			ID: id.UUID(), Url: url, Topics: topics, SecretSealed: sealed, KeyVersion: version, Now: s.cfg.Clock.Now(),
		})
		if err != nil {
			return fmt.Errorf("write webhook: %w", err)
		}
		if n == 0 {
			return ErrExists
		}
		return s.note(ctx, tx, "webhook.create", id, url)
	})
	return id, signingSecret, err
}

// check gives the topics in order, each once.
func (s *Service) check(url string, topics []string) ([]string, error) {
	var f fault.Fields
	switch err := s.cfg.HTTP.CheckURL(url); {
	case errors.Is(err, httpclient.ErrAddress):
		f.Add("body.url", "webhook.internal_address", "belongs to an internal or reserved network, which client.allow-networks does not name")
	case err != nil, len(url) > maxURL:
		f.Add("body.url", "webhook.bad_url", "is not an http or https address without user name, of at most 2000 characters")
	}
	f.Check(len(topics) > 0, "body.topics", "webhook.required", "names no topic")
	f.Check(len(topics) <= maxTopics, "body.topics", "webhook.too_many", "names more than 100 topics")
	for i, t := range topics {
		f.Check(s.known(t), fmt.Sprintf("body.topics[%d]", i), "webhook.unknown_topic", "is not a topic of this installation")
	}
	topics = slices.Clone(topics)
	slices.Sort(topics)
	return slices.Compact(topics), f.Err("webhook.invalid_subscription", "the webhook cannot be made as it is")
}

// known reports a pattern that some topic fits.
func (s *Service) known(pattern string) bool {
	return slices.ContainsFunc(s.topics, func(t string) bool { return fits(pattern, t) })
}

// fits reports whether a subscription's pattern wants a topic: its name, "workorder.*", or "*".
func fits(pattern, topic string) bool {
	if pattern == "*" || pattern == topic {
		return true
	}
	stem, ok := strings.CutSuffix(pattern, ".*")
	return ok && strings.HasPrefix(topic, stem+".")
}

func place(id SubscriptionID) string { return "webhook.subscription/" + id.String() + "/secret" }

func (s *Service) seal(id SubscriptionID, signingSecret string) ([]byte, int64, error) {
	sealed, err := s.cfg.Ring.Seal(sealSecret, place(id), []byte(signingSecret))
	if err != nil {
		return nil, 0, err
	}
	v, err := secret.Version(sealed)
	return sealed, int64(v), err
}

// List gives all subscriptions, oldest first.
func (s *Service) List(ctx context.Context) ([]Subscription, error) {
	rows, err := db.New(s.cfg.Pool).ListSubscriptions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	list := make([]Subscription, len(rows))
	for i, r := range rows {
		list[i] = Subscription{
			ID: ident.From[subscriptionKind](r.ID), URL: r.Url, Topics: r.Topics, Active: r.Active,
			DisabledReason: r.DisabledReason, FailingSince: r.FailingSince, CreatedAt: r.CreatedAt.UTC(),
		}
	}
	return list, nil
}

// Delete ends a subscription and forgets its deliveries.
func (s *Service) Delete(ctx context.Context, id SubscriptionID) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		url, err := db.New(tx).DeleteSubscription(ctx, id.UUID())
		if err != nil {
			return missing(err)
		}
		return s.note(ctx, tx, "webhook.delete", id, url)
	})
}

// missing tells a webhook that is not there from a database that fails.
func missing(err error) error {
	if postgres.IsNoRows(err) {
		return ErrNoSubscription
	}
	return fmt.Errorf("change webhook: %w", err)
}

func (s *Service) note(ctx context.Context, tx pgx.Tx, act string, id SubscriptionID, url string) error {
	if s.cfg.Record == nil {
		return nil
	}
	return s.cfg.Record(ctx, tx, act, id, url)
}

// Rotate gives a new secret. For a day messages are signed with both, so that the receiver can change in peace.
func (s *Service) Rotate(ctx context.Context, id SubscriptionID) (signingSecret string, err error) {
	signingSecret = newSecret()
	sealed, version, err := s.seal(id, signingSecret)
	if err != nil {
		return "", err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		url, err := q.LockSubscription(ctx, id.UUID())
		if err != nil {
			return missing(err)
		}
		err = q.RotateSecret(ctx, db.RotateSecretParams{ID: id.UUID(), SecretSealed: sealed, PreviousUntil: s.cfg.Clock.Now().Add(overlap), KeyVersion: version})
		if err != nil {
			return fmt.Errorf("change the secret: %w", err)
		}
		return s.note(ctx, tx, "webhook.rotate", id, url)
	})
	return signingSecret, err
}

// Enable lets a disabled subscription be told again. What it missed meanwhile was not written; see Replay for the rest.
func (s *Service) Enable(ctx context.Context, id SubscriptionID) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		url, err := db.New(tx).EnableSubscription(ctx, id.UUID())
		if err != nil {
			return missing(err)
		}
		return s.note(ctx, tx, "webhook.enable", id, url)
	})
}

// Rewrap seals every secret under the active master key again; see secret.Rotate.
func (s *Service) Rewrap(ctx context.Context, progress func(values int)) (int, error) {
	after := uuid.Nil
	return secret.Rotate(ctx, s.cfg.Ring, func(ctx context.Context, active uint32) (secret.Batch, error) {
		rows, err := db.New(s.cfg.Pool).NotActive(ctx, db.NotActiveParams{AfterID: after, Active: int64(active), RowLimit: 100})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find webhooks under older keys: %w", err)
		}
		var b secret.Batch
		for _, r := range rows {
			at := place(ident.From[subscriptionKind](r.ID))
			b.Values = append(b.Values, secret.Sealed{Purpose: sealSecret, Context: at, Value: r.SecretSealed})
			if r.PreviousSealed != nil {
				b.Values = append(b.Values, secret.Sealed{Purpose: sealSecret, Context: at, Value: r.PreviousSealed})
			}
			after = r.ID
		}
		b.Replace = func(ctx context.Context, fresh [][]byte) error { return s.replace(ctx, rows, fresh, active) }
		return b, nil
	}, progress)
}

func (s *Service) replace(ctx context.Context, rows []db.NotActiveRow, fresh [][]byte, active uint32) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, r := range rows {
			p := db.RewrapParams{ID: r.ID, OldSecretSealed: r.SecretSealed, SecretSealed: fresh[0], KeyVersion: int64(active)}
			fresh = fresh[1:]
			if r.PreviousSealed != nil {
				p.PreviousSealed, fresh = fresh[0], fresh[1:]
			}
			if err := db.New(tx).Rewrap(ctx, p); err != nil {
				return fmt.Errorf("store rewrapped secret: %w", err)
			}
		}
		return nil
	})
}
