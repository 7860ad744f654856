package approval

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/approval/internal/db"
	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer"
)

func optional(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

func ptr[T any](v T) *T { return &v }

func personOf(a *actor.Actor) Person {
	return Person{Account: a.Account, Staff: a.Staff, Number: a.Number, Name: a.Name}
}

// place gives the province and city of a centre, which lists of places are cut by.
func place(ctx context.Context, q *db.Queries, centre uuid.UUID) (province, city string, err error) {
	if centre == uuid.Nil {
		return "", "", nil
	}
	row, err := q.Place(ctx, centre)
	if postgres.IsNoRows(err) {
		return "", "", errRequest.WithFields(fault.Field{Location: "object.centre", Code: "unknown_centre", Message: "there is no such centre"})
	}
	if err != nil {
		return "", "", fmt.Errorf("read the centre of a request: %w", err)
	}
	return row.Province, row.City, nil
}

// notAskedYet refuses a second open request about one object in words that name the first.
func notAskedYet(ctx context.Context, q *db.Queries, kind, key string) error {
	row, err := q.OpenAbout(ctx, db.OpenAboutParams{Kind: kind, SingleKey: &key})
	if postgres.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for an open request: %w", err)
	}
	return fault.New(fault.Conflict, ErrAsked.Code, "the same is already asked for by %s %s since %s",
		row.RequesterNumber, row.RequesterName, row.CreatedAt.UTC().Format("2006-01-02 15:04 UTC")).
		WithRemedy("wait for the decision, or let it be withdrawn first")
}

func insert(ctx context.Context, q *db.Queries, row db.InsertParams, steps []actor.Permission) error {
	if err := q.Insert(ctx, row); err != nil {
		if postgres.ConstraintName(err) == "request_single_key" {
			return ErrAsked.WithCause(err)
		}
		return fmt.Errorf("write request: %w", err)
	}
	for i, p := range steps {
		err := q.InsertStep(ctx, db.InsertStepParams{RequestID: row.ID, Number: int32(i + 1), Permission: string(p)})
		if err != nil {
			return fmt.Errorf("write step of request: %w", err)
		}
	}
	return nil
}

// locked reads a request with its steps and holds it until the transaction ends.
func (s *Service) locked(ctx context.Context, tx pgx.Tx, a *actor.Actor, id RequestID) (Request, error) {
	row, err := db.New(tx).Lock(ctx, id.UUID())
	return s.complete(ctx, tx, a, row, err)
}

// read gives a request with its steps, or [ErrNotFound] when the actor may not see it.
func (s *Service) read(ctx context.Context, q db.DBTX, a *actor.Actor, id RequestID) (Request, error) {
	row, err := db.New(q).Find(ctx, id.UUID())
	return s.complete(ctx, q, a, row, err)
}

func (s *Service) complete(ctx context.Context, q db.DBTX, a *actor.Actor, row db.ApprovalRequest, err error) (Request, error) {
	if postgres.IsNoRows(err) {
		return Request{}, ErrNotFound
	}
	if err != nil {
		return Request{}, fmt.Errorf("read request: %w", err)
	}
	steps, err := db.New(q).Steps(ctx, row.ID)
	if err != nil {
		return Request{}, fmt.Errorf("read steps of request: %w", err)
	}
	r := requestOf(row)
	for _, st := range steps {
		r.Steps = append(r.Steps, Step{
			Number: int(st.Number), Permission: actor.Permission(st.Permission), State: State(st.State), At: st.DecidedAt, Comment: st.Comment,
			By: Person{Account: st.DeciderID.UUID, Staff: st.DeciderStaff.UUID, Number: st.DeciderNumber, Name: st.DeciderName},
		})
	}
	if !mayRead(a, r) {
		return Request{}, ErrNotFound
	}
	return r, nil
}

// mayRead reports whether somebody may see a request: who asked, who could decide one of its steps, who reads all
// of its centre.
func mayRead(a *actor.Actor, r Request) bool {
	if a.Account != uuid.Nil && a.Account == r.Requester.Account {
		return true
	}
	needed := []actor.Permission{RequestRead}
	for _, st := range r.Steps {
		needed = append(needed, st.Permission)
	}
	for _, p := range needed {
		if (decider{Scope: a.Scope(p)}).inPlace(r.Centre) {
			return true
		}
	}
	return false
}

func requestOf(row db.ApprovalRequest) Request {
	return Request{
		ID: ident.From[requestKind](row.ID), Kind: row.Kind, Object: Object{ID: row.ObjectID, Label: row.ObjectLabel},
		Centre: row.CentreID.UUID, Province: row.Province, City: row.City, About: row.SubjectStaffID.UUID,
		Requester: Person{Account: row.RequesterID.UUID, Staff: row.RequesterStaff.UUID, Number: row.RequesterNumber, Name: row.RequesterName},
		Reason:    row.Reason, Evidence: row.Evidence, Payload: row.Payload, PayloadVersion: int(row.PayloadVersion),
		State: State(row.State), Step: int(row.Step), Needs: actor.Permission(row.Needs),
		Closed: Person{Account: row.ClosedBy.UUID, Name: row.ClosedName}, ClosedAt: row.ClosedAt,
		Comment: row.Comment, Failure: row.Failure, ExpiresAt: row.ExpiresAt,
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt, Version: int(row.Version),
	}
}

// auditActions names the act of each transition that closes a request.
var auditActions = map[act]string{
	approveLast: "approval.request.approve", refuse: "approval.request.refuse", withdraw: "approval.request.withdraw",
	expire: "approval.request.expire", fail: "approval.request.fail",
}

// close ends an open request. failure is why it failed.
func (s *Service) close(ctx context.Context, tx pgx.Tx, r Request, a act, by Person, comment string, failure *string) error {
	to, ok := next(r.State, a)
	if !ok || to == Open {
		return closedBy(r)
	}
	row := db.CloseParams{
		ID: r.ID.UUID(), State: string(to), ClosedBy: optional(by.Account), Comment: comment, Now: ptr(s.cfg.Clock.Now()),
	}
	if by.Name != "" {
		row.ClosedName = by.Name
		if by.Number != "" {
			row.ClosedName = by.Number + " " + by.Name
		}
	}
	if failure != nil {
		row.Failure = *failure
	}
	if err := db.New(tx).Close(ctx, row); err != nil {
		return fmt.Errorf("close request %s: %w", r.ID, err)
	}
	for _, kind := range []string{timerExpiry, timerReminder} {
		if err := timer.Cancel(ctx, tx, kind, r.ID.String()); err != nil {
			return fmt.Errorf("close request %s: %w", r.ID, err)
		}
	}
	if k, known := s.kind(r.Kind); known && k.Closed != nil && to != Approved {
		r.State, r.Comment, r.Failure = to, comment, row.Failure
		if err := k.Closed(ctx, tx, r); err != nil {
			return err
		}
	}
	return s.tell(ctx, tx, r, auditActions[a], comment, audit.Change{Field: "state", Old: Open, New: to})
}
