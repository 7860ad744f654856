package approval

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/approval/internal/db"
	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
)

// Decide approves or refuses a request as the context's actor. The last approval applies the change in the same
// transaction. It fails with [ErrNotFound] for what the actor may not see, with the rule that forbids the decision
// (approval.own_request, .about_yourself, .decided_before, .not_decider, .expired, .people_only), with
// approval.already_decided that names who decided, with the fault of Apply (the request stays open), and with
// approval.failed when the request was closed because the change can never be made.
func (s *Service) Decide(ctx context.Context, id RequestID, d Decision) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	if d, err = d.normalise(); err != nil {
		return err
	}
	var closedAs error // failed for good: committed, and told to the decider all the same
	var r Request
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		closedAs = nil
		r, err = s.locked(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := s.check(r, a); err != nil {
			return err
		}
		if !d.Approve {
			if err := s.decided(ctx, tx, r, a, Refused, d.Comment); err != nil {
				return err
			}
			return s.close(ctx, tx, r, refuse, personOf(a), d.Comment, nil)
		}
		closedAs, err = s.approve(ctx, tx, r, a, d.Comment)
		return err
	})
	if err != nil {
		return err
	}
	if k, ok := s.kind(r.Kind); ok && k.Done != nil {
		k.Done(ctx, r)
	}
	return closedAs
}

// Outcome is what became of one request of a bulk decision.
type Outcome struct {
	ID  RequestID
	Err error // nil: decided
}

// DecideMany decides each request for itself: one that cannot be decided does not hold up the others. Requests of
// grave kinds are refused with approval.not_in_bulk.
func (s *Service) DecideMany(ctx context.Context, ids []RequestID, d Decision) ([]Outcome, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Outcome, len(ids))
	for i, id := range ids {
		list[i] = Outcome{ID: id, Err: s.decideOne(ctx, a, id, d)}
		if _, own := fault.As(list[i].Err); list[i].Err != nil && !own {
			return nil, list[i].Err
		}
	}
	return list, nil
}

func (s *Service) decideOne(ctx context.Context, a *actor.Actor, id RequestID, d Decision) error {
	r, err := s.read(ctx, s.cfg.Pool, a, id)
	if err != nil {
		return err
	}
	if k, ok := s.kind(r.Kind); !ok || k.Grave {
		return ErrBulk
	}
	return s.Decide(ctx, id, d)
}

// MayDecide tells whether the context's actor could decide the request now; the error says why not.
func (s *Service) MayDecide(ctx context.Context, r Request) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	return s.check(r, a)
}

func (s *Service) check(r Request, a *actor.Actor) error {
	err := mayDecide(r.standing(), decider{
		person: person{a.Account, a.Staff}, Kind: a.Kind, Scope: a.Scope(r.Needs),
	}, s.cfg.Clock.Now())
	if err == ErrClosed && r.State != Open { //nolint:errorlint // the very sentinel
		return closedBy(r)
	}
	return err
}

// closedBy says who was faster, and how they decided.
func closedBy(r Request) error {
	who := "the system"
	if r.Closed.Name != "" {
		who = r.Closed.Name
	}
	at := ""
	if r.ClosedAt != nil {
		at = r.ClosedAt.UTC().Format(" on 2006-01-02 at 15:04:05 UTC")
	}
	return fault.New(fault.Conflict, ErrClosed.Code, "this request was %s by %s%s", r.State, who, at).
		WithRemedy("read it again")
}

func (r Request) standing() standing {
	st := standing{
		State: r.State, Requester: person{r.Requester.Account, r.Requester.Staff},
		Subject: r.About, Centre: r.Centre, ExpiresAt: r.ExpiresAt,
	}
	for _, step := range r.Steps {
		if step.State == Approved {
			st.Before = append(st.Before, person{step.By.Account, step.By.Staff})
		}
	}
	return st
}

// approve takes the step's approval and, when it was the last, applies the change. The first error is told to the
// decider although the transaction commits: the request has failed.
func (s *Service) approve(ctx context.Context, tx pgx.Tx, r Request, a *actor.Actor, comment string) (failed, err error) {
	if err := s.decided(ctx, tx, r, a, Approved, comment); err != nil {
		return nil, err
	}
	if r.Step < len(r.Steps) {
		following := r.Steps[r.Step]
		err := db.New(tx).Advance(ctx, db.AdvanceParams{ID: r.ID.UUID(), Step: int32(following.Number), Needs: string(following.Permission), Now: s.cfg.Clock.Now()})
		if err != nil {
			return nil, fmt.Errorf("advance request %s: %w", r.ID, err)
		}
		return nil, s.tell(ctx, tx, r, "approval.request.approve_step", comment, audit.Change{Field: "step", Old: r.Step, New: following.Number})
	}
	k, ok := s.kind(r.Kind)
	if !ok {
		return nil, ErrUnknown
	}
	err = s.apply(ctx, tx, k, r, a, comment)
	cause, gone := asObsolete(err)
	if !gone {
		return nil, err
	}
	why := "the change cannot be made any more"
	if f, ok := fault.As(cause); ok {
		why = f.Message
	}
	if err := s.close(ctx, tx, r, fail, personOf(a), comment, &why); err != nil {
		return nil, err
	}
	return fault.New(fault.Conflict, ErrFailed.Code, "the change cannot be made any more: %s; the request was closed", why).WithCause(cause), nil
}

// apply closes the request as approved and makes the change, in a savepoint so that neither stays when the
// change turns out to be impossible.
func (s *Service) apply(ctx context.Context, tx pgx.Tx, k Kind, r Request, a *actor.Actor, comment string) error {
	inner, err := tx.Begin(ctx)
	if err != nil {
		return fmt.Errorf("apply request %s: %w", r.ID, err)
	}
	if err = s.close(ctx, inner, r, approveLast, personOf(a), comment, nil); err == nil {
		r.State = Approved
		err = k.Apply(ctx, inner, r)
	}
	if err == nil {
		return inner.Commit(ctx)
	}
	if _, gone := asObsolete(err); gone {
		if undo := inner.Rollback(ctx); undo != nil {
			return fmt.Errorf("undo request %s: %w", r.ID, undo)
		}
	}
	return err
}

// decided notes the decision of the current step.
func (s *Service) decided(ctx context.Context, tx pgx.Tx, r Request, a *actor.Actor, state State, comment string) error {
	err := db.New(tx).DecideStep(ctx, db.DecideStepParams{
		RequestID: r.ID.UUID(), Number: int32(r.Step), State: string(state), DeciderID: optional(a.Account),
		DeciderStaff: optional(a.Staff), DeciderNumber: a.Number, DeciderName: a.Name, Comment: comment, Now: ptr(s.cfg.Clock.Now()),
	})
	if err != nil {
		return fmt.Errorf("decide request %s: %w", r.ID, err)
	}
	return nil
}
