package voice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/voice/internal/db"
)

// NumberFilter selects number actions; zero values select all.
type NumberFilter struct {
	Text  string // part of the name or of the number
	Act   Act
	After *NumberPosition
	Limit int32 // 0: 50
}

// NumberPosition is where an action stands in the list, which goes by pattern.
type NumberPosition struct {
	Pattern string   `json:"p"`
	ID      NumberID `json:"i"`
}

// ListNumbers gives the number actions that the asker may see: those of centres in scope, and the nation's.
func (s *Service) ListNumbers(ctx context.Context, f NumberFilter) ([]NumberAction, error) {
	scope, err := actor.Allow(ctx, NumberRead)
	if err != nil {
		return nil, err
	}
	p := db.ListNumbersParams{
		National: scope.IsNational(), Centres: scope.Centres(), Act: string(f.Act), Word: strings.TrimSpace(f.Text),
		Digits: strings.TrimLeft(spoken(f.Text), "0+"), RowLimit: limit(f.Limit),
	}
	if f.After != nil {
		p.AfterPattern, p.AfterID = f.After.Pattern, f.After.ID.UUID()
	}
	rows, err := db.New(s.cfg.Pool).ListNumbers(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list number actions: %w", err)
	}
	list := make([]NumberAction, len(rows))
	for i, r := range rows {
		list[i] = listedNumber(r)
	}
	return list, nil
}

// GetNumber gives one number action, and whether the asker may change it. Errors: [ErrNoNumber].
func (s *Service) GetNumber(ctx context.Context, id NumberID) (n NumberAction, editable bool, err error) {
	scope, err := actor.Allow(ctx, NumberRead)
	if err != nil {
		return NumberAction{}, false, err
	}
	n, err = visibleNumber(ctx, s.cfg.Pool, scope, id)
	return n, err == nil && actor.From(ctx).Scope(NumberEdit).Covers(n.Centre.UUID()), err
}

// CreateNumber says what happens to calls to a number. Errors: voice.invalid_number_action with the fields,
// [ErrNumberTaken].
func (s *Service) CreateNumber(ctx context.Context, tx pgx.Tx, e NumberSpec) (NumberAction, error) {
	scope, err := actor.Allow(ctx, NumberEdit)
	if err != nil {
		return NumberAction{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return NumberAction{}, err
	}
	n, err := e.normalise(in)
	if err != nil {
		return NumberAction{}, err
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		n, err = s.createNumber(ctx, tx, scope, n)
		return err
	})
	if err != nil {
		return NumberAction{}, err
	}
	return n, nil
}

func (s *Service) createNumber(ctx context.Context, tx pgx.Tx, scope actor.Scope, n NumberAction) (NumberAction, error) {
	n, err := s.withTarget(ctx, tx, scope, n)
	if err != nil {
		return NumberAction{}, err
	}
	n.ID = ident.New[numberKind]()
	keptNumbers.begin(ctx, s, &n)
	return n, keptNumbers.add(ctx, s, tx, n, func(q *db.Queries) error {
		return q.InsertNumber(ctx, db.InsertNumberParams{
			ID: n.ID.UUID(), Pattern: n.Pattern, Match: string(n.Match), Name: n.Name, CentreID: n.Centre.UUID(), Act: string(n.Act),
			PromptID: nullable(n.Prompt.UUID()), Repeat: n.Repeat, PhoneID: nullable(n.Phone.UUID()), GroupID: nullable(n.Group.UUID()),
			Cause: string(n.Cause), Queue: n.Queue, Flow: n.Flow, Disabled: n.Disabled, Note: n.Note, Now: n.UpdatedAt, UpdatedBy: n.UpdatedBy,
		})
	})
}

// withTarget fills in the words of what the action leads to, which must be something that the editor may see.
func (s *Service) withTarget(ctx context.Context, tx pgx.Tx, scope actor.Scope, n NumberAction) (NumberAction, error) {
	var f fault.Fields
	switch n.Act {
	case ActPrompt:
		p, err := visiblePrompt(ctx, tx, scope, n.Prompt)
		f.Check(err == nil, "body.prompt_id", fieldUnknown, "is no prompt that you may choose")
		n.PromptName = p.Name
	case ActPhone:
		p, err := visiblePhone(ctx, tx, scope, n.Phone)
		f.Check(err == nil, "body.phone_id", fieldUnknown, "is no phone that you may choose")
		n.PhoneNumber = p.Number
	case ActTrunk:
		g, err := visibleGroup(ctx, tx, scope, n.Group)
		f.Check(err == nil, "body.group_id", fieldUnknown, "is no trunk group that you may choose")
		n.GroupCode = g.Code
	case ActQueue, ActFlow:
		s.checkLine(&f, n)
	case ActEcho, ActReject, NoAct:
	}
	return n, f.Err("voice.invalid_number_action", "the number cannot be saved as it is")
}

// checkLine: the flow and the queue are there, and a flow that leads to the number's queue has one.
func (s *Service) checkLine(f *fault.Fields, n NumberAction) {
	if n.Act == ActFlow {
		flow, ok := s.flow(n.Flow)
		f.Check(ok, "body.flow", fieldUnknown, "is no flow that there is")
		f.Check(!flow.NeedsQueue || n.Queue != "", "body.queue", fieldRequired, "is missing: this flow leads to the queue of the number")
	}
	if n.Queue != "" {
		f.Check(s.queue(n.Queue), "body.queue", fieldUnknown, "is no queue that there is")
	}
}

func (s *Service) flow(name string) (FlowTarget, bool) {
	for _, t := range s.flows() {
		if t.Name == name {
			return t, true
		}
	}
	return FlowTarget{}, false
}

func (s *Service) queue(code string) bool {
	return slices.ContainsFunc(s.queues(), func(t QueueTarget) bool { return t.Code == code })
}

func (s *Service) flows() []FlowTarget {
	if s.cfg.Flows == nil {
		return nil
	}
	return s.cfg.Flows()
}

func (s *Service) queues() []QueueTarget {
	if s.cfg.Queues == nil {
		return nil
	}
	return s.cfg.Queues()
}

// NumberTargets gives the queues and flows that a number may lead to.
func (s *Service) NumberTargets(ctx context.Context) ([]QueueTarget, []FlowTarget, error) {
	if _, err := actor.Allow(ctx, NumberRead); err != nil {
		return nil, nil, err
	}
	return s.queues(), s.flows(), nil
}

// lockNumber holds an action that the asker may change until the transaction ends.
func lockNumber(ctx context.Context, tx pgx.Tx, in surroundings, id NumberID, version int) (NumberAction, error) {
	r, err := db.New(tx).LockNumber(ctx, id.UUID())
	n, err := one(r, err, numberOf, ErrNoNumber)
	if err != nil {
		return NumberAction{}, err
	}
	return n, keptNumbers.mayChange(ctx, in, n, n.Name, version)
}

// UpdateNumber changes an action that still has the version the change was based on. Errors: [ErrNoNumber],
// [ErrNotYours], [ErrChangedMeanwhile], [ErrNumberTaken], voice.invalid_number_action.
func (s *Service) UpdateNumber(ctx context.Context, id NumberID, version int, e NumberSpec) (NumberAction, error) {
	scope, err := actor.Allow(ctx, NumberEdit)
	if err != nil {
		return NumberAction{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return NumberAction{}, err
	}
	var n NumberAction
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		old, err := lockNumber(ctx, tx, in, id, version)
		if err != nil {
			return err
		}
		if n, err = e.normalise(in); err != nil {
			return err
		}
		n, _, err = s.updateNumber(ctx, tx, scope, old, n)
		return err
	})
	if err != nil {
		return NumberAction{}, err
	}
	return n, nil
}

// updateNumber writes what differs; nothing when nothing does.
func (s *Service) updateNumber(ctx context.Context, tx pgx.Tx, scope actor.Scope, old, n NumberAction) (NumberAction, []audit.Change, error) {
	n, err := s.withTarget(ctx, tx, scope, n)
	if err != nil {
		return NumberAction{}, nil, err
	}
	n.ID = old.ID
	keptNumbers.inherit(old, &n)
	fields := audit.Diff(old, n)
	if len(fields) == 0 {
		return n, nil, nil
	}
	err = keptNumbers.save(ctx, s, tx, "update", &n, fields, func(q *db.Queries, was int32) (int64, error) {
		return q.UpdateNumber(ctx, db.UpdateNumberParams{
			Pattern: n.Pattern, Match: string(n.Match), Name: n.Name, CentreID: n.Centre.UUID(), Act: string(n.Act), PromptID: nullable(n.Prompt.UUID()),
			Repeat: n.Repeat, PhoneID: nullable(n.Phone.UUID()), GroupID: nullable(n.Group.UUID()), Cause: string(n.Cause), Queue: n.Queue, Flow: n.Flow,
			Disabled: n.Disabled, Note: n.Note, Now: n.UpdatedAt, UpdatedBy: n.UpdatedBy, ID: n.ID.UUID(), Version: was,
		})
	})
	return n, fields, err
}

// DeleteNumber takes an action away. Errors: [ErrNoNumber], [ErrNotYours], [ErrChangedMeanwhile].
func (s *Service) DeleteNumber(ctx context.Context, id NumberID, version int) error {
	scope, err := actor.Allow(ctx, NumberEdit)
	if err != nil {
		return err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return err
	}
	return s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		n, err := lockNumber(ctx, tx, in, id, version)
		if err != nil {
			return err
		}
		return keptNumbers.remove(ctx, s, tx, n, func(q *db.Queries, was int32) (int64, error) {
			return q.DeleteNumber(ctx, db.DeleteNumberParams{ID: id.UUID(), Version: was})
		})
	})
}
