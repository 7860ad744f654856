package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/approval"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/controldb"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/outbox"
)

// The faults of the control of accounts that callers branch on.
var (
	ErrNoRegulation = fault.New(fault.NotFound, "identity.no_such_policy", "there is no such policy")
	ErrNoCampaign   = fault.New(fault.NotFound, "identity.no_such_review", "there is no such review")
	ErrNoSheet      = fault.New(fault.NotFound, "identity.no_such_sheet", "there is no such review sheet")
)

// The facts of the control of accounts.
var (
	TopicRegulation = outbox.NewTopic[Changed]("identity.policy.changed", 1)
	TopicReview     = outbox.NewTopic[Changed]("identity.review.changed", 1) // id of the campaign
)

func controlTopics() []outbox.AnyTopic { return []outbox.AnyTopic{TopicRegulation, TopicReview} }

// ControlService is how accounts are asked for, reviewed and bound to policies: what one person may do to another's
// rights only with a second one.
type ControlService struct {
	identity  *Service
	approvals *approval.Service
	pool      *pgxpool.Pool
	clock     clock.Clock
	log       *slog.Logger
}

// NewControl makes the service and registers what can be asked with approvals.
func NewControl(s *Service, approvals *approval.Service) (*ControlService, error) {
	if s == nil || approvals == nil {
		return nil, errors.New("the control of accounts needs the accounts and the approvals")
	}
	c := &ControlService{identity: s, approvals: approvals, pool: s.cfg.Pool, clock: s.cfg.Clock, log: s.cfg.Logger}
	c.registerAccounts()
	c.registerRegulations()
	return c, nil
}

// write records an act that is not about one account.
func (s *ControlService) write(ctx context.Context, tx pgx.Tx, topic outbox.Topic[Changed], id string, e audit.Entry) error {
	return s.identity.record(ctx, tx, change{topic: topic, id: id, entry: e})
}

// knownRoles tells which role codes exist.
func (s *ControlService) knownRoles(ctx context.Context, q *controldb.Queries, codes []string) (func(string) bool, error) {
	rows, err := q.RolesByCode(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	known := map[string]bool{}
	for _, r := range rows {
		known[r.Code] = r.State == "active"
	}
	return func(code string) bool { return known[code] }, nil
}
