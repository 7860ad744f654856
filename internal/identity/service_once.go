package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/postgres"
)

// What clients may send again is made and answered in one transaction.

func (s *Service) createRole(ctx context.Context, in *createRoleRequest) (*struct{ Body createdRole }, error) {
	out := &struct{ Body createdRole }{}
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		if out.Body.ID, err = s.CreateRole(ctx, tx, in.Body.Code, in.Body.edit()); err != nil {
			return err
		}
		return idempotency.Commit(ctx, tx, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) createDutyRule(ctx context.Context, in *dutyRuleRequest) (*struct{ Body createdRule }, error) {
	out := &struct{ Body createdRule }{}
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		if out.Body.ID, err = s.CreateDutyRule(ctx, tx, in.Body.edit()); err != nil {
			return err
		}
		return idempotency.Commit(ctx, tx, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
