package interaction

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/setting"
)

// Faults of this package.
var (
	ErrNoContact = fault.New(fault.NotFound, "interaction.no_such_contact", "there is no such contact").
			WithRemedy("a call is in the records about a second after it began; look again")
	ErrNotYours = fault.New(fault.Denied, "interaction.not_your_contact", "only who served a contact, or who may change others' contacts, says what it was about")
	ErrChanged  = fault.New(fault.Conflict, "interaction.changed_meanwhile", "somebody else changed this meanwhile").
			WithRemedy("read it again and decide anew")
	ErrUnknownNow = fault.New(fault.Unavailable, "interaction.contact_unknown_now", "the database is away, and this process does not know who served the contact").
			WithRemedy("send it again when the health page shows the database back")
	errInvalid = fault.New(fault.Invalid, "interaction.invalid", "this cannot be said of a contact")
)

// Config is what the service needs. Pool, Ring, Journal, Organization, Settings, Clock and Logger are needed.
type Config struct {
	Pool         *pgxpool.Pool
	Ring         *secret.Ring
	Journal      *Journal
	Organization *organization.Service
	Settings     *setting.Service
	// QueueName names a queue; nil or an empty answer: its id is shown.
	QueueName func(id uuid.UUID) string
	Clock     clock.Clock
	Logger    *slog.Logger
}

// Service shows the records of contacts, and takes what agents say of them.
type Service struct {
	cfg Config

	mu    sync.Mutex
	trees map[uuid.UUID]*heldTree // dispositions as they hold at a centre

	saying [64]sync.Mutex // by contact: of two who say something of one contact, one comes first
}

// New makes the service.
func New(cfg Config) *Service { return &Service{cfg: cfg, trees: map[uuid.UUID]*heldTree{}} }

func (s *Service) queueName(id uuid.UUID) string {
	if s.cfg.QueueName == nil || id == uuid.Nil {
		return ""
	}
	return s.cfg.QueueName(id)
}

// noted writes down an act that changes nothing.
func (s *Service) noted(ctx context.Context, e audit.Entry) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), e)
	})
}

// placeNames gives the names of administrative divisions.
func (s *Service) placeNames(ctx context.Context) func(code string) string {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return func(string) string { return "" }
	}
	return func(code string) string { return placeName(tree, code) }
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

func orNil(id uuid.NullUUID) uuid.UUID {
	if !id.Valid {
		return uuid.Nil
	}
	return id.UUID
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
