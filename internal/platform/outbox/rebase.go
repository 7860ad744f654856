package outbox

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/outbox/internal/db"
)

// Rebase makes the history of events go on after the rows of schema outbox were copied into another
// database cluster (a logical backup restored, an export loaded, a change of the PostgreSQL major by copy).
// Transaction numbers of the new cluster begin low; without Rebase every consumer would take new events
// for old ones and leave them out. It must run in the restoring transaction, or at least before the
// program writes its first event. Running it again does no harm. It gives the shift now in force.
func Rebase(ctx context.Context, tx pgx.Tx) (int64, error) {
	q := db.New(tx)
	if err := q.LockEvents(ctx); err != nil {
		return 0, fmt.Errorf("rebase the outbox: %w", err)
	}
	shift, err := q.Rebase(ctx)
	if err != nil {
		return 0, fmt.Errorf("rebase the outbox: %w", err)
	}
	return shift, nil
}
