package organization

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

func teamOf(r db.TeamRow) Team {
	return Team{
		ID: ident.From[teamKind](r.ID), Centre: ident.From[centreKind](r.CentreID), Code: r.Code, Name: r.Name,
		Leader: ident.From[staffKind](r.LeaderID.UUID), LeaderNumber: r.LeaderNumber, LeaderName: r.LeaderName,
		Shift: r.Shift, State: State(r.State), Members: int(r.Members), Version: int(r.Version),
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy,
	}
}

// readTeam gives a team whoever asks. Errors: [ErrNoTeam].
func readTeam(ctx context.Context, q db.DBTX, id TeamID) (Team, error) {
	r, err := db.New(q).Team(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Team{}, ErrNoTeam
	}
	if err != nil {
		return Team{}, fmt.Errorf("read the team: %w", err)
	}
	return teamOf(r), nil
}

// lockTeam waits for everybody who is just putting somebody into the team, and reads it.
func lockTeam(ctx context.Context, tx pgx.Tx, id TeamID) (Team, error) {
	if err := db.New(tx).LockTeam(ctx, id.UUID()); err != nil {
		return Team{}, fmt.Errorf("lock the team: %w", err)
	}
	return readTeam(ctx, tx, id)
}

func insertTeam(ctx context.Context, tx pgx.Tx, t Team) error {
	err := db.New(tx).InsertTeam(ctx, db.InsertTeamParams{
		ID: t.ID.UUID(), CentreID: t.Centre.UUID(), Code: t.Code, Name: t.Name, LeaderID: nullable(t.Leader),
		Shift: t.Shift, Now: t.CreatedAt, UpdatedBy: t.UpdatedBy,
	})
	return teamFault("write the team", err)
}

// saveTeam writes all of t over the row of the version before.
func saveTeam(ctx context.Context, tx pgx.Tx, t Team) error {
	n, err := db.New(tx).UpdateTeam(ctx, db.UpdateTeamParams{
		ID: t.ID.UUID(), Code: t.Code, Name: t.Name, LeaderID: nullable(t.Leader), Shift: t.Shift, State: string(t.State),
		Now: t.UpdatedAt, UpdatedBy: t.UpdatedBy, Version: int32(t.Version - 1),
	})
	if err == nil && n == 0 {
		return ErrChangedMeanwhile
	}
	return teamFault("save the team", err)
}

func teamFault(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case postgres.ConstraintName(err) == "team_code_key":
		return ErrTeamCode
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// leader is a member of staff who may lead a team.
type leader struct {
	centre       CentreID
	number, name string
}

// readLeader gives who is to lead; false for nobody, and for who has left.
func readLeader(ctx context.Context, tx pgx.Tx, id StaffID) (leader, bool, error) {
	r, err := db.New(tx).Leader(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return leader{}, false, nil
	}
	if err != nil {
		return leader{}, false, fmt.Errorf("read who is to lead: %w", err)
	}
	return leader{ident.From[centreKind](r.CentreID), r.Number, r.Name}, true, nil
}

// The list of teams is one fixed text: every filter is a parameter that may be empty. Order: code, then id.
const listTeams = `SELECT t.id, t.centre_id, t.code, t.name, t.leader_id, coalesce(l.number, ''), coalesce(l.name, ''),
		t.shift, t.state, t.version, t.created_at, t.updated_at, t.updated_by,
		(SELECT count(*) FROM organization.staff s WHERE s.team_id = t.id AND s.state <> 'left')
	FROM organization.team t LEFT JOIN organization.staff l ON l.id = t.leader_id
	WHERE ($1 OR t.centre_id = ANY($2::uuid[])) AND ($3 = '' OR t.state = $3) AND ($4 = '' OR t.shift = $4)
	  AND ($5 = '' OR t.name ILIKE $5 OR t.code ILIKE $5)
	  AND (t.code, t.id) > ($6, $7)
	ORDER BY t.code, t.id LIMIT $8`

// teams reads a page; a nil list of centres is the nation.
func (s *Service) teams(ctx context.Context, centres []uuid.UUID, f TeamFilter, limit int32) ([]Team, error) {
	after := TeamPosition{}
	if f.After != nil {
		after = *f.After
	}
	find := ""
	if f.Find != "" {
		find = "%" + escapeLike(f.Find) + "%"
	}
	rows, err := s.cfg.Pool.Query(ctx, listTeams, centres == nil, centres, string(f.State), f.Shift, find, after.Code, after.ID.UUID(), limit)
	if err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Team, error) {
		var r db.TeamRow
		err := row.Scan(&r.ID, &r.CentreID, &r.Code, &r.Name, &r.LeaderID, &r.LeaderNumber, &r.LeaderName, &r.Shift, &r.State,
			&r.Version, &r.CreatedAt, &r.UpdatedAt, &r.UpdatedBy, &r.Members)
		return teamOf(r), err
	})
	if err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	return list, nil
}
