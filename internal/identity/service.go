package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/singleflight"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/gateway"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// Config is what the service needs. Pool, Organization and Ring are required.
type Config struct {
	Pool         *pgxpool.Pool
	Organization *organization.Service
	Ring         *secret.Ring
	Bus          *bus.Bus // nil: one process
	Clock        clock.Clock
	Logger       *slog.Logger
	// Catalogue is every permission of every domain: ready roles and the pages are made of it.
	Catalogue []actor.Definition
	// Policy gives what is demanded now; nil: [DefaultPolicy].
	Policy func() Policy
	Hash   HashParams // of new passwords; zero: [DefaultHash]
	// Pending are further things that may stand before everything else, asked in this order when a session is
	// read: the code of what must be done, or "". A hook that fails for another reason than an absent database
	// keeps the session out.
	Pending []func(ctx context.Context, account AccountID) (code string, err error)
	// Disconnect ends the live connections of an account on this node; nil: there are none.
	Disconnect func(account string)
	Notify     *notify.Service // tells people of sign-ins from new addresses; nil: nobody is told
	Providers  []*gateway.Provider
	// SetupDir is where the code for the set-up of an empty installation is kept; see [Service.SetupCode].
	SetupDir string
	// PublicURL is how browsers reach this installation, for what providers send back: https://help.example.net; empty:
	// as the browser says.
	PublicURL string
	// Demo lets the sign-in page show the demonstration's accounts.
	Demo bool
}

// Service knows accounts, roles and who is signed in.
type Service struct {
	cfg    Config
	hasher *hasher
	cache  *cache
	loads  singleflight.Group
}

// New makes the service. Start [Service.Keeper] for what happens in the background.
func New(cfg Config) (*Service, error) {
	if cfg.Pool == nil || cfg.Organization == nil || cfg.Ring == nil {
		return nil, errors.New("identity needs a pool, the organisation and a key ring")
	}
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	if cfg.Policy == nil {
		cfg.Policy = DefaultPolicy
	}
	h, err := newHasher(cfg.Hash)
	if err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, hasher: h, cache: newCache()}, nil
}

// Catalogue lists every permission of the installation.
func (s *Service) Catalogue() []actor.Definition { return s.cfg.Catalogue }

// inTx runs fn in tx, or in a transaction of its own when tx is nil.
func (s *Service) inTx(ctx context.Context, tx pgx.Tx, fn func(ctx context.Context, tx pgx.Tx) error) error {
	if tx != nil {
		return fn(ctx, tx)
	}
	return postgres.InTx(ctx, s.cfg.Pool, fn)
}

// change is one act of somebody: what the audit keeps and what others are told.
type change struct {
	topic outbox.Topic[Changed]
	id    string
	entry audit.Entry
}

// record writes the audit entry and the event of a change into its transaction.
func (s *Service) record(ctx context.Context, tx pgx.Tx, changes ...change) error {
	now := s.cfg.Clock.Now()
	for _, c := range changes {
		if err := audit.Write(ctx, tx, now, c.entry); err != nil {
			return fmt.Errorf("audit %s: %w", c.entry.Action, err)
		}
		if err := outbox.Write(ctx, tx, c.topic.Event(c.id, now, Changed{ID: c.id})); err != nil {
			return fmt.Errorf("tell of %s: %w", c.entry.Action, err)
		}
	}
	return nil
}

// aboutAccount makes the change of an account.
func aboutAccount(a Account, act string, reason string, changes ...audit.Change) change {
	return change{topic: TopicAccount, id: a.ID.String(), entry: audit.Entry{
		Action: "identity." + act, Object: audit.Object{Kind: "identity.account", ID: a.ID.String(), Label: a.Number + " " + a.Name},
		Centre: a.Centre, Reason: reason, Changes: changes,
	}}
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
