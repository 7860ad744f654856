package projection

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

func (p *Projector) silentSince(ctx context.Context, last time.Time) ([]silent, error) {
	rows, err := p.cfg.Pool.Query(ctx, openContacts, last, maxSilent)
	if err != nil {
		return nil, fmt.Errorf("look for silent contacts: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s silent, err error) {
		err = row.Scan(&s.id, &s.node, &s.began, &s.last)
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for silent contacts: %w", err)
	}
	return list, nil
}

func (p *Projector) countAside(ctx context.Context) error {
	var n int64
	if err := p.cfg.Pool.QueryRow(ctx, `SELECT count(*) FROM interaction.unprojected WHERE settled_at IS NULL`).Scan(&n); err != nil {
		return fmt.Errorf("count entries put aside: %w", err)
	}
	p.set(func(c *condition) { c.aside = n })
	return nil
}
