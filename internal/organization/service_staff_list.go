package organization

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization/lookup"
	"yingda/internal/platform/fault"
)

// StaffFilter selects staff; zero values select all.
type StaffFilter struct {
	Centre CentreID // with everything below it
	Team   TeamID
	Post   PostID
	Class  PostClass
	State  StaffState
	Skill  SkillID // held today
	Level  int     // at least, with Skill
	Query  string  // number, name, pinyin or initials; see package lookup
	After  string  // number
	Limit  int32   // 0: 50
}

// StaffItem is one line of the list.
type StaffItem struct {
	Staff
	CentreName string
	TeamName   string
	PostZH     string
	PostEN     string
	Class      PostClass // empty without a post
}

const (
	staffColumns = `SELECT s.id, s.number, s.name, s.centre_id, s.team_id, s.post_id, s.mobile, s.email, s.state, s.joined_on, s.left_on,
	s.version, s.updated_by, s.created_at, s.updated_at, coalesce(t.name, ''), coalesce(p.name_zh, ''), coalesce(p.name_en, ''), coalesce(p.class, '')
	FROM `
	staffJoins = ` LEFT JOIN organization.team t ON t.id = s.team_id LEFT JOIN organization.post p ON p.id = s.post_id`
	staffOne   = staffColumns + `organization.staff s` + staffJoins + ` WHERE s.id = $1`
	// maxQuery bounds what is searched for, in characters.
	maxQuery = 100
)

// clauses builds the list's one statement from fixed texts; values are parameters only.
type clauses struct {
	where []string
	args  []any
}

// add puts a condition in which each ? is the next value.
func (c *clauses) add(text string, values ...any) {
	for _, v := range values {
		c.args = append(c.args, v)
		text = strings.Replace(text, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.where = append(c.where, text)
}

// ListStaff gives staff by number, cut to the asker's scope. Errors: organization.invalid_staff for a search
// text that is too long.
func (s *Service) ListStaff(ctx context.Context, fl StaffFilter) ([]StaffItem, error) {
	scope, err := actor.Allow(ctx, StaffRead)
	if err != nil {
		return nil, err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return s.listStaff(ctx, tree, scope, fl)
}

func (s *Service) listStaff(ctx context.Context, tree *Tree, scope actor.Scope, fl StaffFilter) ([]StaffItem, error) {
	if utf8.RuneCountInString(fl.Query) > maxQuery {
		return nil, fault.New(fault.Invalid, codeInvalidStaff, "the search text is too long").
			WithFields(fault.Field{Location: "query.q", Code: fieldTooLong, Message: "is too long"})
	}
	centres, all := centresWithin(tree, scope, fl.Centre)
	if !all && len(centres) == 0 {
		return []StaffItem{}, nil
	}
	text, args := staffQuery(fl, centres, all, s.today())
	rows, err := s.cfg.Pool.Query(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	defer rows.Close()
	list := make([]StaffItem, 0, min(orDefault(fl.Limit), 1000))
	for rows.Next() {
		list = append(list, StaffItem{})
		if err := scanStaff(rows, tree, &list[len(list)-1]); err != nil {
			return nil, fmt.Errorf("read staff of the list: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return list, nil
}

// scanStaff reads one row of staffColumns.
func scanStaff(row pgx.Row, tree *Tree, i *StaffItem) error {
	err := row.Scan(&i.ID, &i.Number, &i.Name, &i.Centre, &i.Team, &i.Post, &i.Mobile, &i.Email, &i.State, &i.JoinedOn, &i.LeftOn,
		&i.Version, &i.UpdatedBy, &i.CreatedAt, &i.UpdatedAt, &i.TeamName, &i.PostZH, &i.PostEN, &i.Class)
	i.CreatedAt, i.UpdatedAt = i.CreatedAt.UTC(), i.UpdatedAt.UTC()
	c, _ := tree.Centre(i.Centre)
	i.CentreName = c.Name
	return err
}

// centresWithin gives the centres to list: those of the scope, or of it what is below the centre asked for. all
// is the whole nation.
func centresWithin(tree *Tree, scope actor.Scope, centre CentreID) (ids []uuid.UUID, all bool) {
	if centre.IsZero() {
		return scope.Centres(), scope.IsNational()
	}
	root, _ := tree.Root()
	if scope.IsNational() && centre == root.ID {
		return nil, true
	}
	for _, id := range tree.Below(centre) {
		if scope.Covers(id.UUID()) {
			ids = append(ids, id.UUID())
		}
	}
	return ids, false
}

// staffQuery writes the statement of a filter. The page is cut before the names of team and post are joined.
func staffQuery(fl StaffFilter, centres []uuid.UUID, all bool, today Day) (string, []any) {
	c := clauses{}
	if fl.After != "" {
		c.add("s.number > ?", fl.After)
	}
	if !all && fl.Team.IsZero() {
		c.add("s.centre_id = ANY(?::uuid[])", centres)
	}
	if !fl.Team.IsZero() {
		c.add("s.team_id = ?", fl.Team)
		if !all {
			c.add("s.centre_id = ANY(?::uuid[])", centres)
		}
	}
	if !fl.Post.IsZero() {
		c.add("s.post_id = ?", fl.Post)
	}
	if fl.Class != "" {
		c.add("s.post_id IN (SELECT id FROM organization.post WHERE class = ?)", string(fl.Class))
	}
	if fl.State != "" {
		c.add("s.state = ?", string(fl.State))
	}
	if !fl.Skill.IsZero() {
		c.add(`EXISTS (SELECT FROM organization.staff_skill g WHERE g.staff_id = s.id AND g.skill_id = ? AND g.level >= ?
			AND g.valid_from <= ?::date AND (g.valid_until IS NULL OR g.valid_until >= ?::date))`, fl.Skill, int16(fl.Level), today, today)
	}
	if p := lookup.Pattern(fl.Query); p != "" {
		c.add("s.search LIKE ?", p)
	}
	inner := "SELECT * FROM organization.staff s"
	if len(c.where) > 0 {
		inner += " WHERE " + strings.Join(c.where, " AND ")
	}
	c.args = append(c.args, orDefault(fl.Limit))
	inner += " ORDER BY s.number LIMIT $" + strconv.Itoa(len(c.args))
	return staffColumns + "(" + inner + ") s" + staffJoins + " ORDER BY s.number", c.args
}
