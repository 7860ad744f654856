package audit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

// ActionReveal is the action of entries that tell who saw personal data.
const ActionReveal = "audit.personal.reveal"

// OnReveal gives the hook for platform/httpapi: one entry for each request whose answer shows personal values
// unmasked, naming the route, the path, the classes and how many values. When the entry cannot be
// written, nothing is shown.
func (s *Service) OnReveal() privacy.Hook {
	return func(ctx context.Context, r privacy.Revelation) error {
		a := actor.From(ctx)
		if a == nil {
			return actor.ErrUnauthenticated
		}
		pattern, path := target(ctx)
		err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
			return Write(ctx, tx, s.cfg.Clock.Now(), Entry{
				Action: ActionReveal, Object: Object{Kind: "http.route", ID: path, Label: pattern}, Centre: a.Centre,
				Changes: []Change{{Field: "classes", New: r.Classes}, {Field: "values", New: r.Values}},
			})
		})
		if err != nil {
			return fmt.Errorf("write down who saw personal data: %w", err)
		}
		return nil
	}
}
