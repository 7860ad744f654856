package routing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/routing/engine"
	"yingda/internal/routing/internal/db"
)

// QueueFilter selects queues; zero values select all.
type QueueFilter struct {
	Text    string // part of the name or of the code
	Channel engine.Channel
	Centre  organization.CentreID
	After   *QueuePosition
	Limit   int32 // 0: 50
}

// QueuePosition is where a queue stands in the list, which goes by code.
type QueuePosition struct {
	Code string  `json:"c"`
	ID   QueueID `json:"i"`
}

// ListQueues gives the queues that the asker may see: those of centres in scope, and the nation's.
func (s *Service) ListQueues(ctx context.Context, f QueueFilter) ([]Queue, error) {
	scope, err := actor.Allow(ctx, QueueRead)
	if err != nil {
		return nil, err
	}
	p := db.ListQueuesParams{
		National: scope.IsNational(), Centres: scope.Centres(), Channel: string(f.Channel), Centre: f.Centre.UUID(), Word: strings.TrimSpace(f.Text), RowLimit: limit(f.Limit),
	}
	if f.After != nil {
		p.AfterCode, p.AfterID = f.After.Code, f.After.ID.UUID()
	}
	rows, err := db.New(s.cfg.Pool).ListQueues(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	return queuesOf(rows)
}

// GetQueue gives one queue, and whether the asker may change it. Errors: [ErrNoSuchQueue].
func (s *Service) GetQueue(ctx context.Context, id QueueID) (q Queue, editable bool, err error) {
	scope, err := actor.Allow(ctx, QueueRead)
	if err != nil {
		return Queue{}, false, err
	}
	q, err = visibleQueue(ctx, s.cfg.Pool, scope, id)
	return q, err == nil && actor.From(ctx).Scope(QueueEdit).Covers(q.Centre.UUID()), err
}

// CreateQueue makes a queue. Errors: routing.invalid_queue with the fields, [ErrQueueTaken].
func (s *Service) CreateQueue(ctx context.Context, tx pgx.Tx, q Queue) (Queue, error) {
	scope, err := actor.Allow(ctx, QueueEdit)
	if err != nil {
		return Queue{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Queue{}, err
	}
	q.ID = QueueID{}
	if q, err = q.normalise(in); err != nil {
		return Queue{}, err
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		q, err = s.createQueue(ctx, tx, q)
		return err
	})
	if err != nil {
		return Queue{}, err
	}
	return q, nil
}

func (s *Service) createQueue(ctx context.Context, tx pgx.Tx, q Queue) (Queue, error) {
	q.ID, q.Version, q.UpdatedAt, q.UpdatedBy = ident.New[queueKind](), 1, s.cfg.Clock.Now(), who(ctx)
	if err := refused("add a queue", db.New(tx).InsertQueue(ctx, db.InsertQueueParams{
		ID: q.ID.UUID(), Code: q.Code, Name: q.Name, CentreID: q.Centre.UUID(), Channel: string(q.Channel), Needs: encode(q.Needs), Priority: number32(q.Priority),
		RingS: number32(q.Ring), WrapUp: string(q.WrapUp), WrapUpS: number32(q.WrapUpFor), Overflow: encode(q.Overflow), MaxWaiting: number32(q.MaxWaiting),
		MaxWaitS: number32(q.MaxWait), NoAgents: string(q.NoAgents), TargetS: number32(q.Target), AnnounceNumber: q.AnnounceNumber, Music: q.Music,
		Position: q.Position, Closed: q.Closed, Note: q.Note, Now: q.UpdatedAt, UpdatedBy: q.UpdatedBy,
	})); err != nil {
		return Queue{}, err
	}
	return q, s.noteQueue(ctx, tx, "routing.queue.create", q, audit.Diff(Queue{}, q))
}

func (s *Service) noteQueue(ctx context.Context, tx pgx.Tx, act string, q Queue, fields []audit.Change) error {
	return s.note(ctx, tx, change{
		act: act, topic: TopicQueue, object: audit.Object{Kind: "routing.queue", ID: q.ID.String(), Label: q.Code + " " + q.Name}, centre: q.Centre.UUID(), fields: fields,
	})
}

// lockQueue holds a queue that the asker may change until the transaction ends.
func lockQueue(ctx context.Context, tx pgx.Tx, in surroundings, id QueueID, version int) (Queue, error) {
	r, err := db.New(tx).LockQueue(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Queue{}, ErrNoSuchQueue
	}
	if err != nil {
		return Queue{}, fmt.Errorf("lock a queue: %w", err)
	}
	q, err := queueOf(r)
	if err != nil {
		return Queue{}, err
	}
	if err := in.reach(ctx, QueueRead, q.Centre, ErrNoSuchQueue); err != nil {
		return Queue{}, err
	}
	if q.Version != version {
		return Queue{}, changedMeanwhile(q.Name, q.UpdatedBy, q.UpdatedAt)
	}
	return q, nil
}

// UpdateQueue changes a queue that still has the version the change was based on; who waits in it stays. Errors:
// [ErrNoSuchQueue], [ErrNotYours], [ErrChangedMeanwhile], [ErrQueueTaken], routing.invalid_queue.
func (s *Service) UpdateQueue(ctx context.Context, id QueueID, version int, q Queue) (Queue, error) {
	scope, err := actor.Allow(ctx, QueueEdit)
	if err != nil {
		return Queue{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Queue{}, err
	}
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		old, err := lockQueue(ctx, tx, in, id, version)
		if err != nil {
			return err
		}
		q.ID = id
		if q, err = q.normalise(in); err != nil {
			return err
		}
		q, _, err = s.updateQueue(ctx, tx, old, q)
		return err
	})
	if err != nil {
		return Queue{}, err
	}
	return q, nil
}

// updateQueue writes what differs; nothing when nothing does.
func (s *Service) updateQueue(ctx context.Context, tx pgx.Tx, old, q Queue) (Queue, []audit.Change, error) {
	q.ID, q.Version, q.UpdatedAt, q.UpdatedBy = old.ID, old.Version, old.UpdatedAt, old.UpdatedBy
	fields := audit.Diff(old, q)
	if len(fields) == 0 {
		return q, nil, nil
	}
	q.Version, q.UpdatedAt, q.UpdatedBy = old.Version+1, s.cfg.Clock.Now(), who(ctx)
	count, err := db.New(tx).UpdateQueue(ctx, db.UpdateQueueParams{
		Code: q.Code, Name: q.Name, CentreID: q.Centre.UUID(), Channel: string(q.Channel), Needs: encode(q.Needs), Priority: number32(q.Priority),
		RingS: number32(q.Ring), WrapUp: string(q.WrapUp), WrapUpS: number32(q.WrapUpFor), Overflow: encode(q.Overflow), MaxWaiting: number32(q.MaxWaiting),
		MaxWaitS: number32(q.MaxWait), NoAgents: string(q.NoAgents), TargetS: number32(q.Target), AnnounceNumber: q.AnnounceNumber, Music: q.Music,
		Position: q.Position, Closed: q.Closed, Note: q.Note, Now: q.UpdatedAt, UpdatedBy: q.UpdatedBy, ID: q.ID.UUID(), Version: number32(old.Version),
	})
	if err := changedOne("change a queue", count, err); err != nil {
		return Queue{}, nil, err
	}
	return q, fields, s.noteQueue(ctx, tx, "routing.queue.update", q, fields)
}

// DeleteQueue takes a queue away; who waits in it is told that there is no such queue. Errors: [ErrNoSuchQueue],
// [ErrNotYours], [ErrChangedMeanwhile], [ErrQueueInUse].
func (s *Service) DeleteQueue(ctx context.Context, id QueueID, version int) error {
	scope, err := actor.Allow(ctx, QueueEdit)
	if err != nil {
		return err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return err
	}
	return s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		q, err := lockQueue(ctx, tx, in, id, version)
		if err != nil {
			return err
		}
		for _, other := range in.queues {
			if slices.ContainsFunc(other.Overflow, func(o Overflow) bool { return o.Queue != nil && *o.Queue == id }) {
				return ErrQueueInUse
			}
		}
		count, err := db.New(tx).DeleteQueue(ctx, db.DeleteQueueParams{ID: id.UUID(), Version: number32(version)})
		if err := changedOne("delete a queue", count, err); err != nil {
			return err
		}
		return s.noteQueue(ctx, tx, "routing.queue.delete", q, audit.Diff(q, Queue{}))
	})
}

// QueueLive is what happens in a queue now.
type QueueLive struct {
	ID       QueueID    `json:"id"`
	Code     string     `json:"code"`
	Name     string     `json:"name"`
	Waiting  int        `json:"waiting"`
	Offered  int        `json:"offered" doc:"Of those who wait: an agent's phone rings for them"`
	Talking  int        `json:"talking"`
	Oldest   *time.Time `json:"oldest,omitempty" doc:"When who waits longest asked for an agent"`
	Agents   int        `json:"agents" doc:"Signed in who may serve it"`
	Ready    int        `json:"ready"`
	WrapUp   int        `json:"wrap_up"`
	OnBreak  int        `json:"on_break" doc:"On a break, did not answer, or phone not reachable"`
	Occupied int        `json:"occupied" doc:"Offered, ringing, talking, or in another call"`
}

// LiveQueues gives what happens now in the queues that the asker may see, by code. Errors: [ErrNoLeader].
func (s *Service) LiveQueues(ctx context.Context) ([]QueueLive, error) {
	scope, err := actor.Allow(ctx, QueueRead)
	if err != nil {
		return nil, err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the organisation: %w", err)
	}
	root, _ := tree.Root()
	v, err := s.ask(ctx, question{Queues: true})
	if err != nil {
		return nil, err
	}
	states := map[uuid.UUID]queueState{}
	for _, q := range v.Queues {
		states[q.ID] = q
	}
	list := []QueueLive{}
	for _, q := range s.Tables().Queues {
		if !scope.IsNational() && !scope.Covers(q.Centre.UUID()) && q.Centre != root.ID {
			continue
		}
		n := states[q.ID.UUID()]
		live := QueueLive{
			ID: q.ID, Code: q.Code, Name: q.Name, Waiting: n.Waiting, Offered: n.Offered, Talking: n.Talking, Agents: n.Agents, Ready: n.Ready,
			WrapUp: n.WrapUp, OnBreak: n.OnBreak, Occupied: n.Occupied,
		}
		if !n.Oldest.IsZero() {
			live.Oldest = &n.Oldest
		}
		list = append(list, live)
	}
	return list, nil
}

// Breaks gives the reasons for breaks, retired ones too. Everybody who is signed in reads them: lists name them.
func (s *Service) Breaks(ctx context.Context) ([]Break, error) {
	if _, err := actor.Require(ctx); err != nil {
		return nil, err
	}
	return s.Tables().Breaks, nil
}

// CreateBreak makes a reason for breaks; they are the nation's. Errors: routing.invalid_break, [ErrBreakTaken],
// [ErrNotYours].
func (s *Service) CreateBreak(ctx context.Context, tx pgx.Tx, b Break) (Break, error) {
	scope, err := actor.Allow(ctx, QueueEdit)
	if err != nil {
		return Break{}, err
	}
	if !scope.IsNational() {
		return Break{}, ErrNotYours
	}
	if b, err = b.normalise(); err != nil {
		return Break{}, err
	}
	b.ID, b.Version, b.UpdatedAt, b.UpdatedBy = ident.New[breakKind](), 1, s.cfg.Clock.Now(), who(ctx)
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := refused("add a reason for breaks", db.New(tx).InsertBreak(ctx, db.InsertBreakParams{
			ID: b.ID.UUID(), Code: b.Code, Name: b.Name, NameEn: b.NameEN, Place: number32(b.Place), MostMinutes: narrow(b.MostMinutes),
			MostShare: narrow(b.MostShare), Retired: b.Retired, Now: b.UpdatedAt, UpdatedBy: b.UpdatedBy,
		})); err != nil {
			return err
		}
		return s.noteBreak(ctx, tx, "routing.break.create", b, audit.Diff(Break{}, b))
	})
	return b, err
}

func (s *Service) noteBreak(ctx context.Context, tx pgx.Tx, act string, b Break, fields []audit.Change) error {
	return s.note(ctx, tx, change{act: act, topic: TopicBreak, object: audit.Object{Kind: "routing.break", ID: b.ID.String(), Label: b.Code + " " + b.Name}, fields: fields})
}

// UpdateBreak changes a reason that still has the version the change was based on; its code stays, because records
// name it. Errors: routing.invalid_break, routing.no_such_break, [ErrChangedMeanwhile], [ErrNotYours].
func (s *Service) UpdateBreak(ctx context.Context, id BreakID, version int, b Break) (Break, error) {
	scope, err := actor.Allow(ctx, QueueEdit)
	if err != nil {
		return Break{}, err
	}
	if !scope.IsNational() {
		return Break{}, ErrNotYours
	}
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		r, err := db.New(tx).LockBreak(ctx, id.UUID())
		if postgres.IsNoRows(err) {
			return errNoBreakRow
		}
		if err != nil {
			return fmt.Errorf("lock a reason for breaks: %w", err)
		}
		old := breakOf(r)
		if old.Version != version {
			return changedMeanwhile(old.Name, old.UpdatedBy, old.UpdatedAt)
		}
		b.Code = old.Code
		if b, err = b.normalise(); err != nil {
			return err
		}
		b.ID, b.Version, b.UpdatedAt, b.UpdatedBy = old.ID, old.Version, old.UpdatedAt, old.UpdatedBy
		fields := audit.Diff(old, b)
		if len(fields) == 0 {
			return nil
		}
		b.Version, b.UpdatedAt, b.UpdatedBy = old.Version+1, s.cfg.Clock.Now(), who(ctx)
		count, err := db.New(tx).UpdateBreak(ctx, db.UpdateBreakParams{
			Name: b.Name, NameEn: b.NameEN, Place: number32(b.Place), MostMinutes: narrow(b.MostMinutes), MostShare: narrow(b.MostShare),
			Retired: b.Retired, Now: b.UpdatedAt, UpdatedBy: b.UpdatedBy, ID: b.ID.UUID(), Version: number32(version),
		})
		if err := changedOne("change a reason for breaks", count, err); err != nil {
			return err
		}
		return s.noteBreak(ctx, tx, "routing.break.update", b, fields)
	})
	if err != nil {
		return Break{}, err
	}
	return b, nil
}

// Decisions gives why a contact went where it went, in order of time.
func (s *Service) Decisions(ctx context.Context, contact uuid.UUID) ([]engine.Decision, error) {
	scope, err := actor.Allow(ctx, DecisionRead)
	if err != nil {
		return nil, err
	}
	journal, err := openJournal(ctx, s.cfg.Bus)
	if err != nil {
		return nil, err
	}
	list, err := explain(ctx, journal, contact)
	if err != nil {
		return nil, fmt.Errorf("read the journal of decisions: %w", err)
	}
	seen := []engine.Decision{}
	for _, d := range list {
		if q, ok := s.QueueByID(d.Queue); scope.IsNational() || ok && scope.Covers(q.Centre.UUID()) {
			seen = append(seen, d)
		}
	}
	return seen, nil
}

// Replay lets a new engine take the events of one term (0: the newest) from the journal, and compares its state with
// what the leader wrote. Errors: [ErrNothingToReplay].
func (s *Service) Replay(ctx context.Context, epoch uint64) (Replayed, error) {
	scope, err := actor.Allow(ctx, DecisionRead)
	if err != nil {
		return Replayed{}, err
	}
	if !scope.IsNational() {
		return Replayed{}, actor.ErrDenied
	}
	return Replay(ctx, s.cfg.Bus, epoch)
}

// createOnce makes one thing and keeps the answer of the same request in the same transaction, so that a repeated
// request is answered without making it again.
func createOnce[Spec, Answer any](ctx context.Context, s *Service, create func(context.Context, pgx.Tx, Spec) (Spec, error), spec Spec, answer func(Spec) Answer) (Answer, error) {
	var out Answer
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		made, err := create(ctx, tx, spec)
		if err != nil {
			return err
		}
		out = answer(made)
		return idempotency.Commit(ctx, tx, out)
	})
	if err == nil {
		s.refreshSoon(ctx)
	}
	return out, err
}
