package organization

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox"
)

// CreateStaff makes a member of staff in tx (nil: a transaction of its own). Errors:
// organization.invalid_staff with the fields, organization.number_taken.
func (s *Service) CreateStaff(ctx context.Context, tx pgx.Tx, n NewStaff) (Staff, error) {
	scope, err := actor.Allow(ctx, StaffEdit)
	if err != nil {
		return Staff{}, err
	}
	var f fault.Fields
	n = n.normalise(&f, "body.")
	now := s.cfg.Clock.Now()
	made := Staff{
		ID: ident.New[staffKind](), Number: n.Number, Name: n.Name, Centre: n.Centre, Team: n.Team, Post: n.Post, Mobile: n.Mobile, Email: n.Email,
		State: StaffActive, JoinedOn: n.JoinedOn, Version: 1, UpdatedBy: who(ctx), CreatedAt: now, UpdatedAt: now,
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		around, err := s.lookAround(ctx, tx, []placing{made.placing()})
		if err != nil {
			return err
		}
		if !n.Centre.IsZero() {
			around.check(&f, "body.", scope, placing{}, made.placing())
		}
		if err := f.Err(codeInvalidStaff, "the member of staff cannot be made as it is"); err != nil {
			return err
		}
		if err := insertStaff(ctx, tx, []Staff{made}); err != nil {
			return err
		}
		return s.recordStaff(ctx, tx, around, "", []staffChange{{act: "staff.create", after: made}})
	})
	return made, err
}

// UpdateStaff changes what does not move anybody. Errors: [ErrNoStaff], [ErrLeft], [ErrChangedMeanwhile],
// organization.invalid_staff with the fields.
func (s *Service) UpdateStaff(ctx context.Context, tx pgx.Tx, id StaffID, e StaffUpdate) (Staff, error) {
	list, err := s.changeStaff(ctx, tx, staffAct{name: "staff.update", refs: []StaffRef{{id, e.Version}}}, func(m *Staff, f *fault.Fields) {
		m.Name, m.Post, m.JoinedOn = strings.TrimSpace(e.Name), e.Post, e.JoinedOn
		if e.Mobile != nil {
			m.Mobile = trimmed(*e.Mobile)
		}
		if e.Email != nil {
			m.Email = trimmed(*e.Email)
		}
		checkPerson(f, "body.", m.Name, m.Mobile, m.Email, m.JoinedOn)
	})
	if err != nil {
		return Staff{}, err
	}
	return list[0], nil
}

// StaffMove puts people into another centre or team, all of them or nobody.
type StaffMove struct {
	Staff  []StaffRef // at most 500
	Centre CentreID
	Team   TeamID // none: in no team
	Reason string
}

// maxTogether bounds what is changed with one request.
const maxTogether = 500

// MoveStaff moves people. Errors: [ErrNoStaff], [ErrLeft], [ErrChangedMeanwhile], organization.leads_team,
// organization.invalid_staff with the fields.
func (s *Service) MoveStaff(ctx context.Context, tx pgx.Tx, m StaffMove) ([]Staff, error) {
	act := staffAct{name: "staff.move", refs: m.Staff, reason: strings.TrimSpace(m.Reason)}
	return s.changeStaff(ctx, tx, act, func(p *Staff, _ *fault.Fields) { p.Centre, p.Team = m.Centre, m.Team })
}

// SuspendStaff stops somebody from working for the time being; the account follows.
func (s *Service) SuspendStaff(ctx context.Context, tx pgx.Tx, ref StaffRef, reason string) (Staff, error) {
	return s.changeState(ctx, tx, "staff.suspend", ref, reason, func(p *Staff, _ *fault.Fields) { p.State = StaffSuspended })
}

// ReinstateStaff lets somebody work again.
func (s *Service) ReinstateStaff(ctx context.Context, tx pgx.Tx, ref StaffRef, reason string) (Staff, error) {
	return s.changeState(ctx, tx, "staff.reinstate", ref, reason, func(p *Staff, _ *fault.Fields) { p.State = StaffActive })
}

// LeaveStaff notes the first day without this person. A day to come is only planned, and none takes a plan
// back; otherwise the person has left with this change, for good.
func (s *Service) LeaveStaff(ctx context.Context, tx pgx.Tx, ref StaffRef, on Day, reason string) (Staff, error) {
	today := s.today()
	return s.changeState(ctx, tx, "staff.leave", ref, reason, func(p *Staff, f *fault.Fields) {
		f.Check(on.Valid(), "body.left_on", fieldFormat, "is not a day such as 2026-11-20")
		f.Check(on == "" || p.JoinedOn == "" || on >= p.JoinedOn, "body.left_on", "organization.before_joining", "is before the day of joining")
		p.LeftOn = on
		if on != "" && on <= today {
			p.State, p.Team = StaffLeft, TeamID{}
		}
	})
}

func (s *Service) changeState(ctx context.Context, tx pgx.Tx, name string, ref StaffRef, reason string, change func(*Staff, *fault.Fields)) (Staff, error) {
	reason = strings.TrimSpace(reason)
	list, err := s.changeStaff(ctx, tx, staffAct{name: name, refs: []StaffRef{ref}, reason: reason}, func(p *Staff, f *fault.Fields) {
		f.Check(reason != "", "body.reason", fieldRequired, "is missing")
		checkText(f, "body.reason", reason, 500)
		change(p, f)
	})
	if err != nil {
		return Staff{}, err
	}
	return list[0], nil
}

func (s *Service) today() Day { return DayOf(s.cfg.Clock.Now(), businessZone) }

// staffAct is one change of one or many.
type staffAct struct {
	name   string
	refs   []StaffRef
	reason string
	// leaderToo lets somebody go who leads a team: on the day of a planned leaving nobody is there to be asked.
	leaderToo bool
}

// changeStaff locks the people named, applies change to each, and writes those that differ with audit and
// event, all or none. It gives them in the order of the refs.
func (s *Service) changeStaff(ctx context.Context, tx pgx.Tx, act staffAct, change func(*Staff, *fault.Fields)) ([]Staff, error) {
	scope, err := actor.Allow(ctx, StaffEdit)
	if err != nil {
		return nil, err
	}
	if err := checkRefs(act.refs); err != nil {
		return nil, err
	}
	var out []Staff
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		before, err := openStaff(ctx, tx, scope, act.refs)
		if err != nil {
			return err
		}
		var f fault.Fields
		after := make([]Staff, len(before))
		around := make([]placing, 0, 2*len(before))
		for i, b := range before {
			after[i] = b
			change(&after[i], &f)
			around = append(around, b.placing(), after[i].placing())
		}
		out, err = s.writeChanged(ctx, tx, scope, act, before, after, around, &f)
		return err
	})
	return out, err
}

func checkRefs(refs []StaffRef) error {
	var f fault.Fields
	f.Check(len(refs) > 0, "body.staff", fieldRequired, "names nobody")
	f.Check(len(refs) <= maxTogether, "body.staff", fieldTooLong, fmt.Sprintf("names more than %d people", maxTogether))
	seen := make(map[StaffID]bool, len(refs))
	for i, r := range refs {
		f.Check(!seen[r.ID], fmt.Sprintf("body.staff[%d].id", i), "duplicate", "is named twice")
		seen[r.ID] = true
	}
	return f.Err(codeInvalidStaff, "the list of people is not usable")
}

// openStaff locks the people named and checks that they may be changed.
func openStaff(ctx context.Context, tx pgx.Tx, scope actor.Scope, refs []StaffRef) ([]Staff, error) {
	ids := make([]StaffID, len(refs))
	for i, r := range refs {
		ids[i] = r.ID
	}
	found, err := lockStaff(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]Staff, len(refs))
	for i, r := range refs {
		m, ok := found[r.ID]
		switch {
		case !ok || !scope.Covers(m.Centre.UUID()):
			return nil, ErrNoStaff
		case r.Version != 0 && r.Version != m.Version:
			return nil, changedMeanwhile(m.Label(), m.UpdatedBy, m.UpdatedAt)
		case m.State == StaffLeft:
			return nil, ErrLeft
		}
		list[i] = m
	}
	return list, nil
}

// writeChanged checks where people are put now and writes those who differ.
func (s *Service) writeChanged(ctx context.Context, tx pgx.Tx, scope actor.Scope, act staffAct, before, after []Staff, places []placing, f *fault.Fields) ([]Staff, error) {
	around, err := s.lookAround(ctx, tx, places)
	if err != nil {
		return nil, err
	}
	var changed []Staff
	var changes []staffChange
	var unled []uuid.UUID
	now, by := s.cfg.Clock.Now(), who(ctx)
	for i := range after {
		around.check(f, "body.", scope, before[i].placing(), after[i].placing())
		if after[i] == before[i] {
			continue
		}
		if after[i].Centre != before[i].Centre || after[i].State == StaffLeft {
			unled = append(unled, after[i].ID.UUID())
		}
		after[i].Version, after[i].UpdatedBy, after[i].UpdatedAt = before[i].Version+1, by, now
		changed = append(changed, after[i])
		changes = append(changes, staffChange{act: act.name, before: &before[i], after: after[i]})
	}
	if err := f.Err(codeInvalidStaff, "the change cannot be saved as it is"); err != nil {
		return nil, err
	}
	if len(changed) == 0 {
		return after, nil
	}
	if !act.leaderToo {
		if err := leadNothing(ctx, tx, unled); err != nil {
			return nil, err
		}
	}
	if err := updateStaff(ctx, tx, changed, by, now); err != nil {
		return nil, err
	}
	return after, s.recordStaff(ctx, tx, around, act.reason, changes)
}

// leadNothing refuses when one of these leads a team: a team keeps its leader until another is named.
func leadNothing(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	led, err := db.New(tx).LedTeams(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the teams that staff lead: %w", err)
	}
	if len(led) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, errLeadsTeam.Code, "this person leads the team %s %s", led[0].Code, led[0].Name).WithRemedy("%s", errLeadsTeam.Remedy)
}

// staffChange is one person's change, for the audit. before is nil when made.
type staffChange struct {
	act    string
	before *Staff
	after  Staff
}

// recordStaff writes audit entries and events of many at once.
func (s *Service) recordStaff(ctx context.Context, tx pgx.Tx, around *surroundings, reason string, changes []staffChange) error {
	now := s.cfg.Clock.Now()
	events := make([]outbox.Event, len(changes))
	entries := make([]audit.Entry, len(changes))
	for i, c := range changes {
		id := c.after.ID.String()
		events[i] = TopicStaff.Event(id, now, Changed{ID: id})
		centre, _ := around.tree.Centre(c.after.Centre)
		entries[i] = audit.Entry{
			Action: "organization." + c.act, Object: audit.Object{Kind: "organization.staff", ID: id, Label: c.after.Label()},
			Centre: c.after.Centre.UUID(), Province: centre.Province, City: centre.City, Reason: reason,
		}
		if c.before == nil {
			entries[i].Changes = audit.Diff(nil, around.record(c.after))
		} else {
			entries[i].Changes = audit.Diff(around.record(*c.before), around.record(c.after))
		}
	}
	if err := outbox.Write(ctx, tx, events...); err != nil {
		return fmt.Errorf("tell of changed staff: %w", err)
	}
	return audit.Write(ctx, tx, now, entries...)
}

func trimmed[T ~string](v T) T { return T(strings.TrimSpace(string(v))) }
