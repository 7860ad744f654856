package numbering

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
)

// Config is what the service needs. Pool, Organization and Blobs are required.
type Config struct {
	Pool         *pgxpool.Pool
	Organization *organization.Service
	Blobs        blob.Store // files of segments
	Clock        clock.Clock
	Logger       *slog.Logger
	// Follow is how often the tables in memory are compared with the database; default 2 s.
	Follow time.Duration
}

// Service knows numbers. Its methods are safe for concurrent use.
type Service struct {
	cfg    Config
	held   atomic.Pointer[snapshot]
	loader loader
}

// New makes the service. It knows no numbers until [Service.Refresh] or [Service.Follower] has run.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Follow = cmp.Or(cfg.Follow, 2*time.Second)
	s := &Service{cfg: cfg}
	s.held.Store(emptySnapshot())
	return s
}

// change is what is told about something that was done.
type change struct {
	act    string // "numbering.called.create"
	topic  outbox.Topic[Changed]
	object audit.Object
	entry  audit.Entry // place, reason and changes; the rest is filled in
}

// record writes the audit entry and the event of a change into its transaction.
func (s *Service) record(ctx context.Context, tx pgx.Tx, c change) error {
	now := s.cfg.Clock.Now()
	if err := outbox.Write(ctx, tx, c.topic.Event(c.object.ID, now, Changed{ID: c.object.ID})); err != nil {
		return fmt.Errorf("tell of %s: %w", c.act, err)
	}
	c.entry.Action, c.entry.Object = c.act, c.object
	return audit.Write(ctx, tx, now, c.entry)
}

// exported notes that a list left as a file.
func (s *Service) exported(ctx context.Context, kind, label string) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{Action: kind + ".export", Object: audit.Object{Kind: kind, Label: label}})
	})
}

// inTx runs fn in tx, or in a transaction of its own when tx is nil.
func (s *Service) inTx(ctx context.Context, tx pgx.Tx, fn func(ctx context.Context, tx pgx.Tx) error) error {
	if tx != nil {
		return fn(ctx, tx)
	}
	return postgres.InTx(ctx, s.cfg.Pool, fn)
}

// who names the actor for the row that is changed, as colleagues are shown it.
func who(ctx context.Context) string {
	a := actor.From(ctx)
	if a == nil {
		return ""
	}
	return strings.TrimSpace(a.Number + " " + a.Name)
}

// seconds cuts a moment to the second: what holds from when is not told apart more finely.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func secondsOf(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	cut := seconds(*t)
	return &cut
}
