package organization

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// TeamPosition is where a team stands in the list.
type TeamPosition struct {
	Code string `json:"c"`
	ID   TeamID `json:"i"`
}

// TeamFilter selects teams; zero values select all.
type TeamFilter struct {
	Centre CentreID
	Below  bool // of the centres below it too
	State  State
	Shift  string
	Find   string // in name or code
	After  *TeamPosition
	Limit  int32 // 0: 50
}

// Teams gives teams by code, of the centres that the asker may see.
func (s *Service) Teams(ctx context.Context, f TeamFilter) ([]Team, error) {
	scope, err := actor.Allow(ctx, TeamRead)
	if err != nil {
		return nil, err
	}
	centres, err := s.chosen(ctx, scope, f.Centre, f.Below)
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	if limit == 0 {
		limit = 50
	}
	return s.teams(ctx, centres, f, limit)
}

// chosen gives the centres of a list: those of the filter that are in the scope; nil for the whole nation.
func (s *Service) chosen(ctx context.Context, scope actor.Scope, centre CentreID, below bool) ([]uuid.UUID, error) {
	if centre.IsZero() {
		if scope.IsNational() {
			return nil, nil
		}
		return scope.Centres(), nil
	}
	ids := []CentreID{centre}
	if below {
		t, err := s.Tree(ctx)
		if err != nil {
			return nil, err
		}
		ids = t.Below(centre)
	}
	chosen := []uuid.UUID{}
	for _, id := range ids {
		if scope.Covers(id.UUID()) {
			chosen = append(chosen, id.UUID())
		}
	}
	return chosen, nil
}

// Team gives one team. Errors: [ErrNoTeam].
func (s *Service) Team(ctx context.Context, id TeamID) (Team, error) {
	scope, err := actor.Allow(ctx, TeamRead)
	if err != nil {
		return Team{}, err
	}
	t, err := readTeam(ctx, s.cfg.Pool, id)
	if err != nil {
		return Team{}, err
	}
	if !scope.Covers(t.Centre.UUID()) {
		return Team{}, ErrNoTeam
	}
	return t, nil
}

// CreateTeam makes a team in tx, or in a transaction of its own. Errors: [ErrNoCentre], [ErrCentreClosed],
// [ErrTeamCode], the fields that are wrong.
func (s *Service) CreateTeam(ctx context.Context, tx pgx.Tx, n NewTeam) (Team, error) {
	scope, err := actor.Allow(ctx, TeamEdit)
	if err != nil {
		return Team{}, err
	}
	code, name, shift, err := teamWords(n.Code, n.Name, n.Shift)
	if err != nil {
		return Team{}, err
	}
	if !scope.Covers(n.Centre.UUID()) {
		return Team{}, ErrNoCentre
	}
	now := s.cfg.Clock.Now()
	made := Team{
		ID: ident.New[teamKind](), Centre: n.Centre, Code: code, Name: name, Leader: n.Leader, Shift: shift, State: Active,
		Version: 1, CreatedAt: now, UpdatedAt: now, UpdatedBy: who(ctx),
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := enterCentre(ctx, tx, made.Centre); err != nil {
			return err
		}
		if err := s.lead(ctx, tx, scope, &made); err != nil {
			return err
		}
		if err := insertTeam(ctx, tx, made); err != nil {
			return err
		}
		return s.recordTeam(ctx, tx, "team.create", Team{}, made, "")
	})
	return made, err
}

// lead checks who leads the team: somebody of the asker's scope who has not left.
func (s *Service) lead(ctx context.Context, tx pgx.Tx, scope actor.Scope, t *Team) error {
	t.LeaderNumber, t.LeaderName = "", ""
	if t.Leader.IsZero() {
		return nil
	}
	l, ok, err := readLeader(ctx, tx, t.Leader)
	if err != nil {
		return err
	}
	if !ok || !scope.Covers(l.centre.UUID()) {
		var f fault.Fields
		f.Add("body.leader_id", fieldUnknown, "is nobody who can lead this team")
		return f.Err("organization.invalid_team", "the team cannot be saved as it is")
	}
	t.LeaderNumber, t.LeaderName = l.number, l.name
	return nil
}

// UpdateTeam sets code, name, leader and shift. Errors: [ErrNoTeam], [ErrChangedMeanwhile], [ErrTeamCode], the
// fields that are wrong.
func (s *Service) UpdateTeam(ctx context.Context, id TeamID, u TeamUpdate) (Team, error) {
	scope, err := actor.Allow(ctx, TeamEdit)
	if err != nil {
		return Team{}, err
	}
	return s.updateTeam(ctx, nil, scope, id, u)
}

func (s *Service) updateTeam(ctx context.Context, tx pgx.Tx, scope actor.Scope, id TeamID, u TeamUpdate) (Team, error) {
	code, name, shift, err := teamWords(u.Code, u.Name, u.Shift)
	if err != nil {
		return Team{}, err
	}
	var next Team
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		next, err = s.changeTeam(ctx, tx, scope, id, u.Version, "team.update", "", func(t *Team) error {
			was := t.Leader
			t.Code, t.Name, t.Shift, t.Leader = code, name, shift, u.Leader
			if was == u.Leader {
				return nil
			}
			return s.lead(ctx, tx, scope, t)
		})
		return err
	})
	return next, err
}

// CloseTeam takes a team without members out of use. Errors: [ErrNoTeam], [ErrTeamInUse], [ErrChangedMeanwhile].
func (s *Service) CloseTeam(ctx context.Context, id TeamID, version int, reason string) (Team, error) {
	scope, err := actor.Allow(ctx, TeamEdit)
	if err != nil {
		return Team{}, err
	}
	return s.useTeam(ctx, scope, id, version, Closed, "team.close", reason)
}

// ReopenTeam takes a closed team into use again. Errors: [ErrNoTeam], [ErrCentreClosed], [ErrChangedMeanwhile].
func (s *Service) ReopenTeam(ctx context.Context, id TeamID, version int, reason string) (Team, error) {
	scope, err := actor.Allow(ctx, TeamEdit)
	if err != nil {
		return Team{}, err
	}
	return s.useTeam(ctx, scope, id, version, Active, "team.reopen", reason)
}

func (s *Service) useTeam(ctx context.Context, scope actor.Scope, id TeamID, version int, state State, act, reason string) (Team, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Team{}, err
	}
	var next Team
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		next, err = s.changeTeam(ctx, tx, scope, id, version, act, reason, func(t *Team) error {
			if state == Closed && t.Members > 0 {
				return ErrTeamInUse
			}
			if state == Active {
				if err := enterCentre(ctx, tx, t.Centre); err != nil {
					return err
				}
			}
			t.State = state
			return nil
		})
		return err
	})
	return next, err
}

func (s *Service) changeTeam(ctx context.Context, tx pgx.Tx, scope actor.Scope, id TeamID, version int, act, reason string, decide func(*Team) error) (Team, error) {
	old, err := lockTeam(ctx, tx, id)
	if err != nil {
		return Team{}, err
	}
	if !scope.Covers(old.Centre.UUID()) {
		return Team{}, ErrNoTeam
	}
	if old.Version != version {
		return Team{}, changedMeanwhile(old.Name, old.UpdatedBy, old.UpdatedAt)
	}
	next := old
	if err := decide(&next); err != nil {
		return Team{}, err
	}
	if next == old {
		return old, nil
	}
	next.Version, next.UpdatedAt, next.UpdatedBy = old.Version+1, s.cfg.Clock.Now(), who(ctx)
	if err := saveTeam(ctx, tx, next); err != nil {
		return Team{}, err
	}
	return next, s.recordTeam(ctx, tx, act, old, next, reason)
}

func (s *Service) recordTeam(ctx context.Context, tx pgx.Tx, act string, old, next Team, reason string) error {
	changes := audit.Diff(old, next)
	if old.ID.IsZero() {
		changes = audit.Diff(nil, next)
	}
	return s.record(ctx, tx, change{
		act: act, topic: TopicTeam, id: next.ID.String(), label: next.Code + " " + next.Name,
		centre: next.Centre.UUID(), reason: reason, changes: changes,
	})
}
