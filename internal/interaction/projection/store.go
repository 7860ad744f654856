package projection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"yingda/internal/interaction"
	"yingda/internal/platform/postgres"
)

// errMoved: the position is not where this process left it, so another process leads.
var errMoved = errors.New("another process has written the contact journal")

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

const contactStates = `
SELECT id, began_at, channel, direction, centre_id, caller, caller_sealed, caller_mac, caller_area, called, trunk_id, node, parent_id,
       simulated, opened, disposition_id, noted
FROM interaction.contact WHERE id = ANY($1) AND began_at >= $2 AND began_at < $3`

const contactHops = `
SELECT contact_id, at, seq, kind, queue_id, agent_id, detail FROM interaction.hop
WHERE (contact_id, began_at) IN (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]))`

const contactRevisions = `
SELECT contact_id, max(revision) FROM interaction.contact_disposition
WHERE (contact_id, began_at) IN (SELECT * FROM unnest($1::uuid[], $2::timestamptz[])) GROUP BY contact_id`

// span bounds where contacts are looked for: fewer partitions are asked.
type span struct{ from, to time.Time }

var allTime = span{time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)}

// load reads the states of contacts; those that are not stored are left out.
func load(ctx context.Context, q querier, ids []uuid.UUID, in span) (map[uuid.UUID]*state, error) {
	found := map[uuid.UUID]*state{}
	if len(ids) == 0 {
		return found, nil
	}
	list, err := q.Query(ctx, contactStates, ids, in.from, in.to)
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	var there []uuid.UUID
	var began []time.Time
	states, err := pgx.CollectRows(list, scanState)
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	for _, s := range states {
		found[s.id] = s
		there, began = append(there, s.id), append(began, s.began)
	}
	if len(there) == 0 {
		return found, nil
	}
	return found, loadHops(ctx, q, found, there, began)
}

func scanState(row pgx.CollectableRow) (*state, error) {
	var o interaction.Opening
	var centre, trunk, parent, disposition uuid.NullUUID
	s := &state{}
	var opened bool
	err := row.Scan(&s.id, &s.began, &o.Channel, &o.Direction, &centre, &s.caller.masked, &s.caller.sealed, &s.caller.mac, &s.caller.area, &o.Called,
		&trunk, &o.Node, &parent, &o.Simulated, &opened, &disposition, &s.noted)
	s.disposition = disposition.UUID
	if opened {
		o.Contact, o.Began, o.Centre, o.Trunk, o.Parent = s.id, s.began, centre.UUID, trunk.UUID, parent.UUID
		s.opening = &o
	}
	return s, err
}

func loadHops(ctx context.Context, q querier, found map[uuid.UUID]*state, ids []uuid.UUID, began []time.Time) error {
	list, err := q.Query(ctx, contactHops, ids, began)
	if err != nil {
		return fmt.Errorf("read hops: %w", err)
	}
	var h interaction.Hop
	var queue, agent uuid.NullUUID
	var detail []byte
	_, err = pgx.ForEachRow(list, []any{&h.Contact, &h.At, &h.Seq, &h.Kind, &queue, &agent, &detail}, func() error {
		h.Queue, h.Agent, h.Detail = queue.UUID, agent.UUID, interaction.Detail{}
		if detail != nil {
			if err := json.Unmarshal(detail, &h.Detail); err != nil {
				return fmt.Errorf("read the detail of a hop: %w", err)
			}
		}
		found[h.Contact].hops = append(found[h.Contact].hops, h)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read hops: %w", err)
	}
	list, err = q.Query(ctx, contactRevisions, ids, began)
	if err != nil {
		return fmt.Errorf("read dispositions: %w", err)
	}
	var id uuid.UUID
	var revision int64
	_, err = pgx.ForEachRow(list, []any{&id, &revision}, func() error {
		found[id].disposedAt = revision
		return nil
	})
	return err
}

// write queues the statements of changes; first is run before them.
func (p *Projector) write(ctx context.Context, tx querier, c *changes, first func(b *pgx.Batch)) error {
	b := &pgx.Batch{}
	if first != nil {
		first(b)
	}
	r := rowsOf(c)
	notes, err := sealNotes(p.cfg.Ring, c)
	if err != nil {
		return err
	}
	q := queue{b: b}
	for _, table := range []string{moveHops, moveDispositions, moveNotes, moveRelated, moveContacts} {
		add(&q, table, r.moved)
	}
	add(&q, upsertContacts, r.contacts)
	add(&q, insertHops, r.hops)
	add(&q, clearDispositions, r.cleared)
	add(&q, insertDispositions, r.disposed)
	add(&q, upsertNotes, notes)
	add(&q, relateCallers, r.kin)
	add(&q, relateParents, r.kin)
	p.writeSpans(&q, c.spans)
	if q.err != nil {
		return q.err
	}
	return run(ctx, tx, b)
}

// run sends the statements and gives the first error.
func run(ctx context.Context, tx querier, b *pgx.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, b).Close()
}

// queue collects statements.
type queue struct {
	b   *pgx.Batch
	err error
}

func add[T any](q *queue, sql string, list []T) {
	if len(list) == 0 || q.err != nil {
		return
	}
	data, err := encode(list)
	q.err = err
	q.b.Queue(sql, data)
}

// move moves the position, or fails with errMoved.
func move(b *pgx.Batch, from, to uint64, id string, now time.Time) {
	b.Queue(movePosition, int64(to), id, now, int64(from)).Exec(func(t pgconn.CommandTag) error {
		if t.RowsAffected() == 0 {
			return errMoved
		}
		return nil
	})
}

// isData reports an error that the same rows will always meet, as against one of the moment.
func isData(err error) bool {
	if err == nil || errors.Is(err, errMoved) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, postgres.ErrUnreachable) || errors.Is(err, postgres.ErrBusy) || errors.Is(err, postgres.ErrCommitUnknown) || postgres.IsAway(err) {
		return false
	}
	code := postgres.Code(err)
	return strings.HasPrefix(code, "21") || strings.HasPrefix(code, "22") || strings.HasPrefix(code, "23") || errors.Is(err, errEncoding)
}

// errEncoding marks an error of making rows, before any database.
var errEncoding = errors.New("the entry cannot be made a row")
