package organization

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
)

// Config is what the service needs. Pool is required.
type Config struct {
	Pool   *pgxpool.Pool
	Clock  clock.Clock
	Logger *slog.Logger
}

// Service knows the organisation. Its writing methods take a transaction to work in, or nil for one of their
// own; so a set-up can make a whole organisation at once.
type Service struct {
	cfg   Config
	tree  *cache[*Tree]
	codes *cache[map[string]*Codes]
}

// New makes the service. It reads nothing yet.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	s := &Service{cfg: cfg}
	s.tree = newCache(cfg, revisionTree, s.loadTree)
	s.codes = newCache(cfg, revisionCode, s.loadCodes)
	return s
}

// inTx runs fn in tx, or in a transaction of its own when tx is nil.
func (s *Service) inTx(ctx context.Context, tx pgx.Tx, fn func(ctx context.Context, tx pgx.Tx) error) error {
	if tx != nil {
		return fn(ctx, tx)
	}
	return postgres.InTx(ctx, s.cfg.Pool, fn)
}

// once runs a creating use case in a transaction of its own that also keeps the answer for repeated requests.
func once[I, T, O any](ctx context.Context, s *Service, in I, create func(context.Context, pgx.Tx, I) (T, error), answer func(T) *O) (*O, error) {
	var out *O
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		made, err := create(ctx, tx, in)
		if err != nil {
			return err
		}
		out = answer(made)
		return idempotency.Commit(ctx, tx, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// change is what is told about something that was done.
type change struct {
	act            string // "centre.create"; the domain is put before it
	topic          outbox.Topic[Changed]
	id             string
	label          string
	centre         uuid.UUID
	province, city string
	reason         string
	changes        []audit.Change
}

// record writes the audit entry and the event of a change into its transaction.
func (s *Service) record(ctx context.Context, tx pgx.Tx, c change) error {
	now := s.cfg.Clock.Now()
	if err := outbox.Write(ctx, tx, c.topic.Event(c.id, now, Changed{ID: c.id})); err != nil {
		return fmt.Errorf("tell of %s: %w", c.act, err)
	}
	return s.auditOnly(ctx, tx, c)
}

// auditOnly writes the audit entry of something that changed nothing, such as an export.
func (s *Service) auditOnly(ctx context.Context, tx pgx.Tx, c change) error {
	object := audit.Object{Kind: objectKind(c.act), ID: c.id, Label: c.label}
	return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
		Action: "organization." + c.act, Object: object, Centre: c.centre, Province: c.province, City: c.city,
		Reason: c.reason, Changes: c.changes,
	})
}

// exported records that a list left as a file. what is the act, such as "centre.export".
func (s *Service) exported(ctx context.Context, what, label string) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return s.auditOnly(ctx, tx, change{act: what, label: label})
	})
}

// objectKind is the thing of an act: "organization.centre" of "centre.create".
func objectKind(act string) string {
	for i := range len(act) {
		if act[i] == '.' {
			return "organization." + act[:i]
		}
	}
	return "organization." + act
}

// who names the actor for the row that is changed, as colleagues are shown it.
func who(ctx context.Context) string {
	a := actor.From(ctx)
	switch {
	case a == nil:
		return ""
	case a.Number == "":
		return a.Name
	}
	return a.Number + " " + a.Name
}

// businessZone is where days begin when no centre says otherwise; China has had one time without summer
// time since 1992.
var businessZone = time.FixedZone("Asia/Shanghai", 8*60*60)

// revisions read and move the numbers by which caches notice changes.
const (
	revisionTree = "tree"
	revisionCode = "code"
)

// holdTree makes this transaction the only one that changes the tree until it ends, and lets readers know.
func (s *Service) holdTree(ctx context.Context, tx pgx.Tx) error {
	return s.touch(ctx, tx, revisionTree, s.tree.want)
}

// holdCodes is the same for code tables. Places of the tree come from them, so the tree is new too.
func (s *Service) holdCodes(ctx context.Context, tx pgx.Tx) error {
	if err := s.touch(ctx, tx, revisionCode, s.codes.want); err != nil {
		return err
	}
	return s.holdTree(ctx, tx)
}

func (s *Service) touch(ctx context.Context, tx pgx.Tx, name string, want func(int64)) error {
	n, err := db.New(tx).Touch(ctx, name)
	if err != nil {
		return fmt.Errorf("mark %s as changed: %w", name, err)
	}
	want(n)
	return nil
}
