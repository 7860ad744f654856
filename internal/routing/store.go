package routing

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/routing/engine"
	"yingda/internal/routing/internal/db"
)

func queueOf(r db.RoutingQueue) (Queue, error) {
	q := Queue{
		ID: ident.From[queueKind](r.ID), Code: r.Code, Name: r.Name, Centre: organization.CentreOf(r.CentreID), Channel: engine.Channel(r.Channel),
		Priority: int(r.Priority), Ring: int(r.RingS), WrapUp: engine.WrapUpMode(r.WrapUp), WrapUpFor: int(r.WrapUpS), MaxWaiting: int(r.MaxWaiting),
		MaxWait: int(r.MaxWaitS), NoAgents: engine.NoAgents(r.NoAgents), Target: int(r.TargetS), AnnounceNumber: r.AnnounceNumber, Music: r.Music,
		Position: r.Position, Closed: r.Closed, Note: r.Note, Version: int(r.Version), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
		Needs: []Need{}, Overflow: []Overflow{},
	}
	if err := json.Unmarshal(r.Needs, &q.Needs); err != nil {
		return q, fmt.Errorf("read the needs of queue %s: %w", q.Code, err)
	}
	if err := json.Unmarshal(r.Overflow, &q.Overflow); err != nil {
		return q, fmt.Errorf("read the overflow of queue %s: %w", q.Code, err)
	}
	return q, nil
}

func queuesOf(rows []db.RoutingQueue) ([]Queue, error) {
	list := make([]Queue, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = queueOf(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func breakOf(r db.RoutingBreakReason) Break {
	return Break{
		ID: ident.From[breakKind](r.ID), Code: r.Code, Name: r.Name, NameEN: r.NameEn, Place: int(r.Place), MostMinutes: wide(r.MostMinutes),
		MostShare: wide(r.MostShare), Retired: r.Retired, Version: int(r.Version), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}
}

func wide(n *int32) *int {
	if n == nil {
		return nil
	}
	w := int(*n)
	return &w
}

func narrow(n *int) *int32 {
	if n == nil {
		return nil
	}
	w := number32(*n)
	return &w
}

// number32 makes a column's integer; the ranges are checked before.
func number32(n int) int32 { return int32(max(-1<<31, min(n, 1<<31-1))) }

func visibleQueue(ctx context.Context, conn db.DBTX, scope actor.Scope, id QueueID) (Queue, error) {
	r, err := db.New(conn).GetQueue(ctx, db.GetQueueParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	if postgres.IsNoRows(err) {
		return Queue{}, ErrNoSuchQueue
	}
	if err != nil {
		return Queue{}, fmt.Errorf("read a queue: %w", err)
	}
	return queueOf(r)
}

// constraints say what each refusal of the database means to people.
var constraints = map[string]*fault.Fault{
	"queue_code_key":        ErrQueueTaken,
	"break_reason_code_key": ErrBreakTaken,
}

// refused maps the constraints of this package's tables.
func refused(doing string, err error) error {
	if err == nil {
		return nil
	}
	if known, ok := constraints[postgres.ConstraintName(err)]; ok {
		return known.WithCause(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// changedOne maps the outcome of a change that names the version it is based on.
func changedOne(doing string, n int64, err error) error {
	if err == nil && n == 0 {
		return ErrChangedMeanwhile
	}
	return refused(doing, err)
}

// readTables reads everything that routing needs of the database.
func readTables(ctx context.Context, conn db.DBTX) (*Tables, error) {
	q := db.New(conn)
	revision, err := q.Revision(ctx) // rows may be newer; then it has grown, and they are read again
	if err != nil {
		return nil, fmt.Errorf("read the revision of routing: %w", err)
	}
	rows, err := q.AllQueues(ctx)
	if err != nil {
		return nil, fmt.Errorf("read queues: %w", err)
	}
	queues, err := queuesOf(rows)
	if err != nil {
		return nil, err
	}
	reasons, err := q.AllBreaks(ctx)
	if err != nil {
		return nil, fmt.Errorf("read break reasons: %w", err)
	}
	breaks := make([]Break, len(reasons))
	for i, r := range reasons {
		breaks[i] = breakOf(r)
	}
	t := newTables(queues, breaks)
	t.Loaded, t.revision = true, revision
	return t, nil
}

// skillsOn gives what each of some staff can do on a day.
func skillsOn(list map[organization.StaffID][]organization.HeldSkill, staff organization.StaffID, day organization.Day) map[uuid.UUID]int {
	skills := map[uuid.UUID]int{}
	for _, h := range list[staff] {
		if h.ValidOn(day) {
			skills[h.Skill.UUID()] = h.Level
		}
	}
	return skills
}

func staffOf(id uuid.UUID) (s organization.StaffID) {
	_ = s.UnmarshalText([]byte(id.String())) // a UUID's text always reads
	return s
}
