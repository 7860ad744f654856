package voice

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/setting"
	"yingda/internal/voice/internal/db"
)

// DefaultRealm is the realm of digest authentication where nobody chose another.
const DefaultRealm = "yingda"

// Config is what the service needs. Pool, Organization, Blobs and Ring are required.
type Config struct {
	Pool         *pgxpool.Pool
	Organization *organization.Service
	Blobs        blob.Store       // sound of prompts, below voice/prompts/
	Ring         *secret.Ring     // seals what phones and trunks authenticate with
	Bus          *bus.Bus         // nil: this process alone
	Settings     *setting.Service // nil: the defaults
	Node         string           // name of this process among all
	Realm        string           // of digest authentication; default [DefaultRealm]
	SHA256       bool             // phones are offered SHA-256 in front of MD5; see package digest for why not always
	Clock        clock.Clock
	Logger       *slog.Logger
	// Queues and Flows tell what numbers may lead to beside what this package owns; nil: nothing.
	Queues func() []QueueTarget
	Flows  func() []FlowTarget
	// Tell lets open pages hear that a topic changed; nil: nobody is told.
	Tell func(topic string)
	// Follow is how often the tables in memory are compared with the database; default 1 s.
	Follow time.Duration
	// Queue is how many ended calls may wait for the database; default 100,000, some 50 MB.
	Queue int
}

// Service keeps trunks, phones, numbers and prompts, knows what happens now, and writes down calls. Its methods are
// safe for concurrent use.
type Service struct {
	cfg    Config
	tables atomic.Pointer[Tables]
	load   sync.Mutex // one refresh at a time
	hooks  hooks
	live   atomic.Pointer[Live]
	nodes  nodes
	ended  *queue
}

// New makes the service. Its tables are empty until [Service.Refresh] or [Service.Follower] has run.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Follow = cmp.Or(cfg.Follow, time.Second)
	cfg.Queue = cmp.Or(cfg.Queue, 100_000)
	cfg.Realm = cmp.Or(cfg.Realm, DefaultRealm)
	cfg.Node = cmp.Or(cfg.Node, "node")
	if cfg.Tell == nil {
		cfg.Tell = func(string) {}
	}
	s := &Service{cfg: cfg, ended: newQueue(cfg.Queue)}
	s.tables.Store(emptyTables())
	return s
}

// change is what is told about something that was done.
type change struct {
	act    string // "voice.trunk.create"
	topic  outbox.Topic[Changed]
	object audit.Object
	centre organization.CentreID
	fields []audit.Change
}

// record writes the audit entry and the event of a change into its transaction, and counts the change, so that every
// process reads the tables again.
func (s *Service) record(ctx context.Context, tx pgx.Tx, c change) error {
	now := s.cfg.Clock.Now()
	if err := db.New(tx).TouchTables(ctx); err != nil {
		return fmt.Errorf("count the change: %w", err)
	}
	if err := outbox.Write(ctx, tx, c.topic.Event(c.object.ID, now, Changed{ID: c.object.ID})); err != nil {
		return fmt.Errorf("tell of %s: %w", c.act, err)
	}
	return audit.Write(ctx, tx, now, audit.Entry{Action: c.act, Object: c.object, Centre: c.centre.UUID(), Changes: c.fields})
}

// exported notes that a list left as a file.
func (s *Service) exported(ctx context.Context, kind, label string) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{Action: kind + ".export", Object: audit.Object{Kind: kind, Label: label}})
	})
}

// inTx runs fn in tx, or in a transaction of its own when tx is nil; after that this process reads its tables again.
func (s *Service) inTx(ctx context.Context, tx pgx.Tx, fn func(ctx context.Context, tx pgx.Tx) error) error {
	if tx != nil {
		return fn(ctx, tx)
	}
	if err := postgres.InTx(ctx, s.cfg.Pool, fn); err != nil {
		return err
	}
	s.refreshSoon(ctx)
	return nil
}

func (s *Service) surroundings(ctx context.Context, scope actor.Scope) (surroundings, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return surroundings{}, fmt.Errorf("read the organisation: %w", err)
	}
	return surroundings{scope: scope, tree: tree}, nil
}

// createOnce makes one thing and keeps the answer of the same request in the same transaction, so that a repeated
// request is answered without making it again.
func createOnce[Spec, Made, Answer any](ctx context.Context, s *Service, create func(context.Context, pgx.Tx, Spec) (Made, error), spec Spec, answer func(Made) Answer) (Answer, error) {
	var out Answer
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		made, err := create(ctx, tx, spec)
		if err != nil {
			return err
		}
		out = answer(made)
		return idempotency.Commit(ctx, tx, out)
	})
	if err == nil {
		s.refreshSoon(ctx)
	}
	return out, err
}
