package approval

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/approval/internal/db"
	"yingda/internal/audit"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer"
)

const defaultExpires = 14 * 24 * time.Hour

// Config is what the service needs; everything in it is required.
type Config struct {
	Pool   *pgxpool.Pool
	Clock  clock.Clock
	Logger *slog.Logger
}

// Service keeps requests.
type Service struct {
	cfg Config

	lock  sync.RWMutex
	kinds map[string]Kind
}

// New makes the service; kinds are registered before it is used.
func New(cfg Config) *Service { return &Service{cfg: cfg, kinds: map[string]Kind{}} }

// Register adds a kind. A kind twice, or without name, words, permission or Apply panics: a fault of start-up.
func (s *Service) Register(k Kind) {
	s.lock.Lock()
	defer s.lock.Unlock()
	_, twice := s.kinds[k.Name]
	if twice || !outbox.ValidTopic(k.Name) || k.ZH == "" || k.EN == "" || k.Apply == nil || slices.Contains(k.steps(), "") {
		panic("approval: kind " + k.Name + " is incomplete or registered twice")
	}
	k.Expires, k.Version = cmp.Or(k.Expires, defaultExpires), cmp.Or(k.Version, 1)
	s.kinds[k.Name] = k
}

// Kinds lists what can be asked, by name.
func (s *Service) Kinds() []Kind {
	s.lock.RLock()
	defer s.lock.RUnlock()
	return slices.SortedFunc(maps.Values(s.kinds), func(a, b Kind) int { return cmp.Compare(a.Name, b.Name) })
}

func (s *Service) kind(name string) (Kind, bool) {
	s.lock.RLock()
	defer s.lock.RUnlock()
	k, ok := s.kinds[name]
	return k, ok
}

// Ask writes down a wish of the context's actor, in the transaction of the caller, who has checked that the actor
// may ask this. It fails with approval.invalid_request naming the fields, and with approval.already_asked for a
// Single kind when the same is open already.
func (s *Service) Ask(ctx context.Context, tx pgx.Tx, ask Ask) (RequestID, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return RequestID{}, err
	}
	k, ok := s.kind(ask.Kind)
	if !ok {
		return RequestID{}, fmt.Errorf("ask for approval: kind %q is not registered", ask.Kind)
	}
	if ask, err = ask.normalise(); err != nil {
		return RequestID{}, err
	}
	payload, err := json.Marshal(ask.Payload)
	if err != nil {
		return RequestID{}, fmt.Errorf("ask for approval: payload: %w", err)
	}
	q, now, id := db.New(tx), s.cfg.Clock.Now(), ident.New[requestKind]()
	row := db.InsertParams{
		ID: id.UUID(), Kind: k.Name, ObjectID: ask.Object.ID, ObjectLabel: ask.Object.Label,
		CentreID: optional(ask.Centre), SubjectStaffID: optional(ask.About),
		RequesterID: optional(a.Account), RequesterStaff: optional(a.Staff), RequesterNumber: a.Number, RequesterName: a.Name,
		Reason: ask.Reason, Evidence: ask.Evidence, Payload: payload, PayloadVersion: int32(k.Version),
		Needs: string(k.steps()[0]), RemindAt: remindAt(now, now.Add(k.Expires)), ExpiresAt: now.Add(k.Expires), Now: now,
	}
	if row.Province, row.City, err = place(ctx, q, ask.Centre); err != nil {
		return RequestID{}, err
	}
	if k.Single {
		row.SingleKey = &ask.Object.ID
		if err := notAskedYet(ctx, q, k.Name, ask.Object.ID); err != nil {
			return RequestID{}, err
		}
	}
	if err := insert(ctx, q, row, k.steps()); err != nil {
		return RequestID{}, err
	}
	return id, s.asked(ctx, tx, id, row)
}

// asked sets the request's timers and tells of it.
func (s *Service) asked(ctx context.Context, tx pgx.Tx, id RequestID, row db.InsertParams) error {
	err := timer.Set(ctx, tx,
		timer.Timer{Kind: timerExpiry, Key: id.String(), DueAt: row.ExpiresAt},
		timer.Timer{Kind: timerReminder, Key: id.String(), DueAt: row.RemindAt})
	if err != nil {
		return fmt.Errorf("ask for approval: %w", err)
	}
	r := Request{
		ID: id, Kind: row.Kind, Object: Object{ID: row.ObjectID, Label: row.ObjectLabel},
		Centre: row.CentreID.UUID, Province: row.Province, City: row.City, Reason: row.Reason,
	}
	return s.tell(ctx, tx, r, "approval.request.create", row.Reason, audit.Change{Field: "kind", New: row.Kind}, audit.Change{Field: "payload", New: json.RawMessage(row.Payload)})
}

// tell writes the audit entry and the event of a change of a request.
func (s *Service) tell(ctx context.Context, tx pgx.Tx, r Request, action, reason string, changes ...audit.Change) error {
	now := s.cfg.Clock.Now()
	err := audit.Write(ctx, tx, now, audit.Entry{
		Action: action, Object: audit.Object{Kind: "approval.request", ID: r.ID.String(), Label: r.Object.Label},
		Centre: r.Centre, Province: r.Province, City: r.City, Reason: reason, Changes: changes,
	})
	if err != nil {
		return fmt.Errorf("audit of request %s: %w", r.ID, err)
	}
	return outbox.Write(ctx, tx, TopicChanged.Event(r.ID.String(), now, Changed{ID: r.ID.String()}))
}

// Withdraw takes back what the context's actor asked for.
func (s *Service) Withdraw(ctx context.Context, id RequestID, comment string) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	d, err := Decision{Approve: true, Comment: comment}.normalise()
	if err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		r, err := s.locked(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if a.Account == uuid.Nil || r.Requester.Account != a.Account {
			return ErrNotYours
		}
		return s.close(ctx, tx, r, withdraw, personOf(a), d.Comment, nil)
	})
}

// Remark adds a remark of the context's actor, also to a request that is closed.
func (s *Service) Remark(ctx context.Context, id RequestID, text string) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	var f fault.Fields
	text = words(&f, "body.text", text, true, maxText)
	if err := f.Err(errDecision.Code, "the remark is not complete"); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		r, err := s.locked(ctx, tx, a, id)
		if err != nil {
			return err
		}
		err = db.New(tx).InsertRemark(ctx, db.InsertRemarkParams{
			ID: uuid.Must(uuid.NewV7()), RequestID: id.UUID(), AuthorID: optional(a.Account),
			AuthorNumber: a.Number, AuthorName: a.Name, Text: text, Now: s.cfg.Clock.Now(),
		})
		if err != nil {
			return fmt.Errorf("write remark: %w", err)
		}
		return s.tell(ctx, tx, r, "approval.request.remark", "", audit.Change{Field: "remark", New: text})
	})
}
