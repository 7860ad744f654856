package setting

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox"
)

// Config is what the service needs. Pool, Organization and Registry are required. Without Approval important
// settings cannot be changed.
type Config struct {
	Pool         *pgxpool.Pool
	Organization *organization.Service
	Approval     *approval.Service
	Registry     *Registry
	Clock        clock.Clock
	Logger       *slog.Logger
}

// Service knows settings, code trees and help texts.
type Service struct {
	cfg      Config
	registry *Registry

	snapshot     atomic.Pointer[snapshot]
	refreshing   sync.Mutex
	failingSince atomic.Pointer[time.Time] // refreshing fails since then; nil: it does not
}

// New makes the service and registers the kind of request for important settings. It reads nothing yet.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	s := &Service{cfg: cfg, registry: cfg.Registry}
	if cfg.Approval != nil {
		cfg.Approval.Register(s.kind())
	}
	return s
}

func (s *Service) noteRefresh(err error) {
	if err == nil {
		s.failingSince.Store(nil)
		return
	}
	s.failingSince.CompareAndSwap(nil, new(s.cfg.Clock.Now()))
}

// centreID makes the organisation's id of a plain one.
func centreID(id uuid.UUID) organization.CentreID { return idOf(organization.CentreID{}, id) }

func idOf[K any](_ ident.ID[K], id uuid.UUID) ident.ID[K] { return ident.From[K](id) }

// CentreName is a centre as answers name it.
type CentreName struct {
	ID    organization.CentreID `json:"id"`
	Code  string                `json:"code"`
	Name  string                `json:"name"`
	Level organization.Level    `json:"level" enum:"nation,province,city,site"`
}

func centreNameOf(c organization.Centre) CentreName {
	return CentreName{ID: c.ID, Code: c.Code, Name: c.Name, Level: c.Level}
}

func (s *Service) centreName(tree *organization.Tree, id uuid.UUID) string {
	if c, ok := tree.Centre(centreID(id)); ok {
		return c.Name
	}
	return id.String()
}

// at gives the path of a centre that may be seen or changed: it must be in scope or, for reading, above something
// in scope, because what holds there holds below. A zero centre is the actor's own.
func (s *Service) at(ctx context.Context, scope actor.Scope, centre organization.CentreID, reading bool) (*organization.Tree, []organization.Centre, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, nil, err
	}
	if centre.IsZero() {
		if a := actor.From(ctx); a != nil && a.Centre != uuid.Nil {
			centre = centreID(a.Centre)
		} else if root, ok := tree.Root(); ok {
			centre = root.ID
		}
	}
	path := tree.Path(centre)
	if len(path) == 0 {
		return nil, nil, ErrNoCentre
	}
	if scope.Covers(centre.UUID()) {
		return tree, path, nil
	}
	above := func(id organization.CentreID) bool { return scope.Covers(id.UUID()) }
	if !reading || !slices.ContainsFunc(tree.Below(centre), above) {
		return nil, nil, ErrNoCentre
	}
	return tree, path, nil
}

// changed is what is told about something that was done.
type changed struct {
	action  string // "setting.value.change"
	kind    string // "setting.value"
	id      string
	label   string
	centre  organization.Centre
	reason  string
	changes []audit.Change
	topic   outbox.Topic[Changed]
}

// record writes the audit entry and the event of a change into its transaction.
func (s *Service) record(ctx context.Context, tx pgx.Tx, c changed) error {
	now := s.cfg.Clock.Now()
	if err := outbox.Write(ctx, tx, c.topic.Event(c.id, now, Changed{ID: c.id})); err != nil {
		return fmt.Errorf("tell of %s: %w", c.action, err)
	}
	return s.audit(ctx, tx, c)
}

func (s *Service) audit(ctx context.Context, tx pgx.Tx, c changed) error {
	return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
		Action: c.action, Object: audit.Object{Kind: c.kind, ID: c.id, Label: c.label},
		Centre: c.centre.ID.UUID(), Province: c.centre.Province, City: c.centre.City, Reason: c.reason, Changes: c.changes,
	})
}

// changedMeanwhile says who changed what is being edited.
func changedMeanwhile(what, number, name string, at time.Time) error {
	return fault.New(fault.Conflict, ErrChangedMeanwhile.Code, "%s was changed by %s at %s", what, person(number, name), at.UTC().Format(time.RFC3339)).
		WithRemedy("%s", ErrChangedMeanwhile.Remedy)
}

// person names somebody as colleagues do.
func person(number, name string) string {
	switch {
	case number != "":
		return number + " " + name
	case name != "":
		return name
	}
	return "somebody"
}

// freeText trims and checks text that people write.
func freeText(f *fault.Fields, location, s string, required bool, most int) string {
	s = strings.TrimSpace(s)
	switch {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		f.Add(location, fieldCharacters, "has characters that cannot be stored")
	case s == "" && required:
		f.Add(location, fieldRequired, "is missing")
	case utf8.RuneCountInString(s) > most:
		f.Add(location, fieldTooLong, "is too long")
	}
	return s
}

const maxReason = 1000
