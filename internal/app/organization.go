package app

import (
	"context"
	"fmt"

	"yingda/internal/organization"
)

// joinOrganization makes the organisation and brings the code tables of the program into the database.
func (a *App) joinOrganization(ctx context.Context) (*organization.Service, error) {
	s := organization.New(organization.Config{Pool: a.pool, Clock: a.clock, Logger: a.log})
	if err := s.Prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare the code tables: %w", err)
	}
	return s, nil
}
