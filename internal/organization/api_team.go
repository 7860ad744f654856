package organization

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
)

// TeamFilters are the parameters that the list and the export of teams share.
type TeamFilters struct {
	Centre string `query:"centre_id" format:"uuid" doc:"Only of this centre"`
	Below  bool   `query:"below" doc:"Of the centres below it too"`
	State  State  `query:"state" enum:"active,closed"`
	Shift  string `query:"shift" maxLength:"32"`
	Find   string `query:"q" maxLength:"100" doc:"Part of name or code"`
}

func (f TeamFilters) filter() TeamFilter {
	return TeamFilter{Centre: idIn[centreKind](f.Centre), Below: f.Below, State: f.State, Shift: f.Shift, Find: trim(f.Find)}
}

type teamsRequest struct {
	httpapi.PageRequest
	TeamFilters
}

type teamExport struct {
	TeamFilters
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

type teamItem struct {
	ID           TeamID    `json:"id"`
	Centre       CentreID  `json:"centre_id"`
	CentreName   string    `json:"centre_name"`
	Code         string    `json:"code"`
	Name         string    `json:"name"`
	Leader       *StaffID  `json:"leader_id"`
	LeaderNumber string    `json:"leader_number"`
	LeaderName   string    `json:"leader_name"`
	Shift        string    `json:"shift" doc:"A free word such as early, late or night"`
	State        State     `json:"state" enum:"active,closed"`
	Members      int       `json:"members" doc:"Who have not left"`
	Version      int       `json:"version"`
	UpdatedAt    time.Time `json:"updated_at"`
	UpdatedBy    string    `json:"updated_by"`
}

type teamPage struct{ Body httpapi.Page[teamItem] }

type teamResponse struct{ Body teamItem }

type teamIn struct {
	ID TeamID `path:"id"`
}

type teamCreate struct {
	Body struct {
		Centre CentreID `json:"centre_id"`
		Code   string   `json:"code" maxLength:"32"`
		Name   string   `json:"name" maxLength:"100"`
		Leader *StaffID `json:"leader_id,omitempty"`
		Shift  string   `json:"shift,omitempty" maxLength:"32"`
	}
}

type teamPut struct {
	ID   TeamID `path:"id"`
	Body struct {
		Version int      `json:"version" minimum:"1"`
		Code    string   `json:"code" maxLength:"32"`
		Name    string   `json:"name" maxLength:"100"`
		Leader  *StaffID `json:"leader_id"`
		Shift   string   `json:"shift" maxLength:"32"`
	}
}

type teamDo struct {
	ID   TeamID `path:"id"`
	Body versioned
}

func (s *Service) registerTeams(a *httpapi.API) {
	const tag = "teams"
	httpapi.Register(a, route(tag, http.MethodGet, "/api/teams", "list-teams", TeamRead, "List teams by code"),
		func(ctx context.Context, in *teamsRequest) (*teamPage, error) {
			return s.listTeams(ctx, a.Cursors(), in)
		})
	httpapi.RegisterFile(a, filed(route(tag, http.MethodGet, "/api/teams/export", "export-teams", TeamRead, "Export teams as a workbook")),
		func(ctx context.Context, in *teamExport) (*httpapi.File, error) {
			return s.workbook(ctx, teamTable, in.Lang, func(ctx context.Context, w io.Writer) error {
				return s.ExportTeams(ctx, w, in.Lang, in.filter())
			})
		})
	httpapi.Register(a, filed(route(tag, http.MethodPost, "/api/teams/import", "import-teams", TeamEdit, "Import teams from a workbook")),
		func(ctx context.Context, in *unitImport) (*unitImported, error) {
			r, err := s.ImportTeams(ctx, in.RawBody, in.DryRun)
			return &unitImported{r}, err
		})
	httpapi.Register(a, route(tag, http.MethodGet, "/api/teams/{id}", "get-team", TeamRead, "Read a team"),
		func(ctx context.Context, in *teamIn) (*teamResponse, error) {
			return s.answerTeam(ctx)(s.Team(ctx, in.ID))
		})
	httpapi.Register(a, creating(route(tag, http.MethodPost, "/api/teams", "create-team", TeamEdit, "Create a team")),
		func(ctx context.Context, in *teamCreate) (*teamResponse, error) {
			n := NewTeam{Centre: in.Body.Centre, Code: in.Body.Code, Name: in.Body.Name, Leader: taking(in.Body.Leader), Shift: in.Body.Shift}
			return once(ctx, s, n, s.CreateTeam, func(t Team) *teamResponse { return &teamResponse{s.itemOfTeam(ctx, t)} })
		})
	httpapi.Register(a, route(tag, http.MethodPut, "/api/teams/{id}", "update-team", TeamEdit, "Change a team"),
		func(ctx context.Context, in *teamPut) (*teamResponse, error) {
			u := TeamUpdate{Version: in.Body.Version, Code: in.Body.Code, Name: in.Body.Name, Leader: taking(in.Body.Leader), Shift: in.Body.Shift}
			return s.answerTeam(ctx)(s.UpdateTeam(ctx, in.ID, u))
		})
	httpapi.Register(a, route(tag, http.MethodPost, "/api/teams/{id}/close", "close-team", TeamEdit, "Take a team out of use"),
		func(ctx context.Context, in *teamDo) (*teamResponse, error) {
			return s.answerTeam(ctx)(s.CloseTeam(ctx, in.ID, in.Body.Version, in.Body.Reason))
		})
	httpapi.Register(a, route(tag, http.MethodPost, "/api/teams/{id}/reopen", "reopen-team", TeamEdit, "Take a closed team into use again"),
		func(ctx context.Context, in *teamDo) (*teamResponse, error) {
			return s.answerTeam(ctx)(s.ReopenTeam(ctx, in.ID, in.Body.Version, in.Body.Reason))
		})
}

func (s *Service) answerTeam(ctx context.Context) func(Team, error) (*teamResponse, error) {
	return func(t Team, err error) (*teamResponse, error) {
		if err != nil {
			return nil, err
		}
		return &teamResponse{s.itemOfTeam(ctx, t)}, nil
	}
}

// itemOfTeam adds the centre's name, if the tree can be had.
func (s *Service) itemOfTeam(ctx context.Context, t Team) teamItem {
	item := teamItem{
		ID: t.ID, Centre: t.Centre, Code: t.Code, Name: t.Name, Leader: given(t.Leader), LeaderNumber: t.LeaderNumber, LeaderName: t.LeaderName,
		Shift: t.Shift, State: t.State, Members: t.Members, Version: t.Version, UpdatedAt: t.UpdatedAt, UpdatedBy: t.UpdatedBy,
	}
	if tree, err := s.Tree(ctx); err == nil {
		c, _ := tree.Centre(t.Centre)
		item.CentreName = c.Name
	}
	return item
}

func (s *Service) listTeams(ctx context.Context, cursors *httpapi.Cursors, in *teamsRequest) (*teamPage, error) {
	f := in.filter()
	p, err := httpapi.Paginate(ctx, cursors, fmt.Sprintf("organization.teams/%v", in.TeamFilters), in.PageRequest,
		func(ctx context.Context, after *TeamPosition, limit int32) ([]Team, error) {
			f.After, f.Limit = after, limit
			return s.Teams(ctx, f)
		},
		func(t Team) TeamPosition { return TeamPosition{t.Code, t.ID} })
	if err != nil {
		return nil, err
	}
	items := make([]teamItem, len(p.Items))
	for i, t := range p.Items {
		items[i] = s.itemOfTeam(ctx, t)
	}
	return &teamPage{httpapi.NewPage(items, p.Next)}, nil
}
