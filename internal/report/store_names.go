package report

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// name is what people call something.
type name struct{ Code, ZH, EN string }

// names reads what ids are called.
func names(ctx context.Context, pool *pgxpool.Pool, text string, ids []uuid.UUID) (map[uuid.UUID]name, error) {
	found := map[uuid.UUID]name{}
	err := each(ctx, pool, text, []any{ids}, func(rows pgx.Rows) error {
		var id uuid.UUID
		var n name
		err := rows.Scan(&id, &n.Code, &n.ZH, &n.EN)
		found[id] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read names for a report: %w", err)
	}
	return found, nil
}

const (
	queueNames  = "SELECT id, code, name, name FROM routing.queue WHERE id = ANY($1)"
	staffNames  = "SELECT id, number, name, name FROM organization.staff WHERE id = ANY($1)"
	trunkNames  = "SELECT id, name, name, name FROM voice.trunk WHERE id = ANY($1)"
	reasonNames = "SELECT id, code, name, name_en FROM routing.break_reason WHERE $1::uuid[] IS NOT NULL ORDER BY place, code"
)

// code is a node of the tree of dispositions.
type code struct {
	ID, Parent uuid.UUID
	name
	Depth int
}

// codes reads the tree of dispositions, each node after its parent, brothers in their order.
func codes(ctx context.Context, pool *pgxpool.Pool) ([]code, error) {
	var all []code
	err := each(ctx, pool, "SELECT id, parent_id, code, name, name_en, depth FROM interaction.disposition_code ORDER BY depth, position, code", nil,
		func(rows pgx.Rows) error {
			var c code
			var parent uuid.NullUUID
			err := rows.Scan(&c.ID, &parent, &c.Code, &c.ZH, &c.EN, &c.Depth)
			c.Parent = parent.UUID
			all = append(all, c)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read the codes of dispositions: %w", err)
	}
	return all, nil
}

// mentions counts how many contacts name each code, as the main one or beside it.
func mentions(ctx context.Context, pool *pgxpool.Pool, c cut) (map[uuid.UUID]int, error) {
	var a arguments
	text := `SELECT d.code_id, count(*) FROM interaction.contact_disposition AS d
	JOIN (SELECT id, began_at FROM interaction.contact WHERE ` + c.contacts(&a) + ` AND disposition_id IS NOT NULL AND outcome <> 'open') AS c
		ON c.id = d.contact_id AND c.began_at = d.began_at
	WHERE d.began_at >= ` + a.add(c.From) + ` AND d.began_at < ` + a.add(c.To) + ` GROUP BY 1`
	found := map[uuid.UUID]int{}
	err := each(ctx, pool, text, a.list, func(rows pgx.Rows) error {
		var id uuid.UUID
		var n int
		err := rows.Scan(&id, &n)
		found[id] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count dispositions: %w", err)
	}
	return found, nil
}
