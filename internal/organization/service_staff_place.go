package organization

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/privacy"
)

// placing is where somebody is put: a centre, perhaps a team of it, perhaps a post.
type placing struct {
	centre CentreID
	team   TeamID
	post   PostID
}

func (s Staff) placing() placing { return placing{s.Centre, s.Team, s.Post} }

// surroundings knows the centres, teams and posts that staff are put into. They cannot be closed until the
// transaction ends.
type surroundings struct {
	tree    *Tree
	centres map[uuid.UUID]State
	teams   map[uuid.UUID]db.TeamsForShareRow
	posts   map[uuid.UUID]db.PostsForShareRow
}

// lookAround reads what the placings name.
func (s *Service) lookAround(ctx context.Context, tx pgx.Tx, list []placing) (*surroundings, error) {
	tree, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	centres, teams, posts := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for _, p := range list {
		centres[p.centre.UUID()], teams[p.team.UUID()], posts[p.post.UUID()] = true, true, true
	}
	a := &surroundings{tree: tree, centres: map[uuid.UUID]State{}, teams: map[uuid.UUID]db.TeamsForShareRow{}, posts: map[uuid.UUID]db.PostsForShareRow{}}
	q := db.New(tx)
	found, err := q.CentresForShare(ctx, keysOf(centres))
	if err != nil {
		return nil, fmt.Errorf("read the centres of staff: %w", err)
	}
	for _, r := range found {
		a.centres[r.ID] = State(r.State)
		if _, ok := a.tree.Centre(ident.From[centreKind](r.ID)); !ok { // made in this transaction
			if a.tree, err = s.treeIn(ctx, tx); err != nil {
				return nil, err
			}
		}
	}
	teamRows, err := q.TeamsForShare(ctx, keysOf(teams))
	if err != nil {
		return nil, fmt.Errorf("read the teams of staff: %w", err)
	}
	for _, r := range teamRows {
		a.teams[r.ID] = r
	}
	postRows, err := q.PostsForShare(ctx, keysOf(posts))
	if err != nil {
		return nil, fmt.Errorf("read the posts of staff: %w", err)
	}
	for _, r := range postRows {
		a.posts[r.ID] = r
	}
	return a, nil
}

func keysOf(set map[uuid.UUID]bool) []uuid.UUID {
	list := make([]uuid.UUID, 0, len(set))
	for id := range set {
		if id != uuid.Nil {
			list = append(list, id)
		}
	}
	return list
}

// check reports what is wrong with being put there; what stays as it was is not looked at, so that somebody
// of a post that was closed can still change a phone number.
func (a *surroundings) check(f *fault.Fields, prefix string, scope actor.Scope, old, to placing) {
	if to.centre != old.centre {
		state, known := a.centres[to.centre.UUID()]
		switch {
		case !known || !scope.Covers(to.centre.UUID()):
			f.Add(prefix+"centre_id", fieldUnknown, "is not a centre that you look after")
		case state != Active:
			f.Add(prefix+"centre_id", fieldClosed, "is closed")
		}
	}
	if !to.team.IsZero() && (to.team != old.team || to.centre != old.centre) {
		team, known := a.teams[to.team.UUID()]
		switch {
		case !known || team.CentreID != to.centre.UUID():
			f.Add(prefix+"team_id", fieldUnknown, "is not a team of the centre")
		case team.State != string(Active):
			f.Add(prefix+"team_id", fieldClosed, "is closed")
		}
	}
	if !to.post.IsZero() && to.post != old.post {
		post, known := a.posts[to.post.UUID()]
		switch {
		case !known:
			f.Add(prefix+"post_id", fieldUnknown, "is not a post")
		case post.State != string(Active):
			f.Add(prefix+"post_id", fieldClosed, "is closed")
		}
	}
}

const fieldClosed = "organization.closed"

// staffRecord is a member of staff as the audit writes it: words where rows have ids.
type staffRecord struct {
	Name     string        `json:"name"`
	Centre   string        `json:"centre"`
	Team     string        `json:"team"`
	Post     string        `json:"post"`
	Mobile   privacy.Phone `json:"mobile"`
	Email    privacy.Email `json:"email"`
	State    string        `json:"state"`
	JoinedOn Day           `json:"joined_on"`
	LeftOn   Day           `json:"left_on"`
}

func (a *surroundings) record(s Staff) staffRecord {
	r := staffRecord{
		Name: s.Name, Mobile: s.Mobile, Email: s.Email, State: string(s.State), JoinedOn: s.JoinedOn, LeftOn: s.LeftOn,
	}
	if c, ok := a.tree.Centre(s.Centre); ok {
		r.Centre = c.Code + " " + c.Name
	}
	if t, ok := a.teams[s.Team.UUID()]; ok {
		r.Team = t.Code + " " + t.Name
	}
	if p, ok := a.posts[s.Post.UUID()]; ok {
		r.Post = p.Code + " " + p.NameZh
	}
	return r
}
