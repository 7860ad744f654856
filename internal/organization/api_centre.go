package organization

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/ident"
)

// CentreFilters are the parameters that the list and the export of centres share.
type CentreFilters struct {
	Level    Level  `query:"level" enum:"nation,province,city,site"`
	State    State  `query:"state" enum:"active,closed"`
	Province string `query:"province" maxLength:"6" doc:"GB/T 2260"`
	Find     string `query:"q" maxLength:"100" doc:"Part of name or code"`
}

func (f CentreFilters) filter() CentreFilter { return CentreFilter(f) }

type centresRequest struct {
	httpapi.PageRequest
	CentreFilters
}

type centreExport struct {
	CentreFilters
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

// CentreItem is a centre as lists show it.
type CentreItem struct {
	ID        CentreID  `json:"id"`
	Parent    *CentreID `json:"parent_id" doc:"null: the nation"`
	Level     Level     `json:"level" enum:"nation,province,city,site"`
	Code      string    `json:"code"`
	Name      string    `json:"name"`
	Province  string    `json:"province" doc:"GB/T 2260; empty for the nation"`
	City      string    `json:"city"`
	TimeZone  string    `json:"time_zone"`
	State     State     `json:"state" enum:"active,closed"`
	Version   int       `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by" doc:"Staff number and name"`
}

func itemOfCentre(c Centre) CentreItem {
	return CentreItem{
		ID: c.ID, Parent: given(c.Parent), Level: c.Level, Code: c.Code, Name: c.Name, Province: c.Province, City: c.City, TimeZone: c.TimeZone,
		State: c.State, Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, UpdatedBy: c.UpdatedBy,
	}
}

// given gives null for the zero id.
func given[K any](id ident.ID[K]) *ident.ID[K] {
	if id.IsZero() {
		return nil
	}
	return &id
}

// taking gives the zero id for null.
func taking[K any](id *ident.ID[K]) ident.ID[K] {
	if id == nil {
		return ident.ID[K]{}
	}
	return *id
}

type centrePage struct{ Body httpapi.Page[CentreItem] }

type centreTree struct {
	Body struct {
		Items []CentreItem `json:"items" doc:"Parents before children, brothers by code"`
	}
}

type centreIn struct {
	ID CentreID `path:"id"`
}

type centreStep struct {
	ID   CentreID `json:"id"`
	Name string   `json:"name"`
}

type centreFull struct {
	CentreItem
	Path    []centreStep `json:"path" doc:"From the top of what you see down to the centre"`
	Centres int          `json:"centres" doc:"Active centres directly below"`
	Teams   int          `json:"teams" doc:"Active teams"`
	Members int          `json:"members" doc:"Staff who have not left"`
	Areas   int          `json:"areas" doc:"Service areas that have not ended"`
}

type centreFullResponse struct{ Body centreFull }

type centreResponse struct{ Body CentreItem }

type centreCreate struct {
	Body struct {
		Parent   *CentreID `json:"parent_id" doc:"null only for the nation"`
		Level    Level     `json:"level" enum:"nation,province,city,site"`
		Code     string    `json:"code" maxLength:"32"`
		Name     string    `json:"name" maxLength:"100"`
		Province string    `json:"province,omitempty" maxLength:"6" doc:"Empty: the parent's, or the city's"`
		City     string    `json:"city,omitempty" maxLength:"6"`
		TimeZone string    `json:"time_zone,omitempty" maxLength:"64" doc:"Empty: the parent's"`
	}
}

type centrePut struct {
	ID   CentreID `path:"id"`
	Body struct {
		Version  int    `json:"version" minimum:"1"`
		Code     string `json:"code" maxLength:"32"`
		Name     string `json:"name" maxLength:"100"`
		Province string `json:"province" maxLength:"6"`
		City     string `json:"city" maxLength:"6"`
		TimeZone string `json:"time_zone" maxLength:"64"`
	}
}

type centreMove struct {
	ID   CentreID `path:"id"`
	Body struct {
		Version int      `json:"version" minimum:"1"`
		Parent  CentreID `json:"parent_id"`
		Reason  string   `json:"reason,omitempty" maxLength:"500"`
	}
}

type centreDo struct {
	ID   CentreID `path:"id"`
	Body versioned
}

func (s *Service) registerCentres(a *httpapi.API) {
	const tag = "centres"
	httpapi.Register(a, route(tag, http.MethodGet, "/api/centres", "list-centres", CentreRead, "List centres, parents before children"),
		func(ctx context.Context, in *centresRequest) (*centrePage, error) {
			return s.listCentres(ctx, a.Cursors(), in)
		})
	httpapi.Register(a, route(tag, http.MethodGet, "/api/centres/tree", "read-centre-tree", CentreRead, "Read all centres that you may see"),
		func(ctx context.Context, _ *struct{}) (*centreTree, error) {
			list, err := s.FindCentres(ctx, CentreFilter{})
			if err != nil {
				return nil, err
			}
			out := &centreTree{}
			out.Body.Items = itemsOfCentres(list)
			return out, nil
		})
	httpapi.RegisterFile(a, filed(route(tag, http.MethodGet, "/api/centres/export", "export-centres", CentreRead, "Export centres as a workbook")),
		func(ctx context.Context, in *centreExport) (*httpapi.File, error) {
			return s.workbook(ctx, centreTable, in.Lang, func(ctx context.Context, w io.Writer) error {
				return s.ExportCentres(ctx, w, in.Lang, in.filter())
			})
		})
	httpapi.Register(a, filed(route(tag, http.MethodPost, "/api/centres/import", "import-centres", CentreEdit, "Import centres from a workbook")),
		func(ctx context.Context, in *unitImport) (*unitImported, error) {
			r, err := s.ImportCentres(ctx, in.RawBody, in.DryRun)
			return &unitImported{r}, err
		})
	httpapi.Register(a, route(tag, http.MethodGet, "/api/centres/{id}", "get-centre", CentreRead, "Read a centre"), s.fullCentre)
	httpapi.Register(a, creating(route(tag, http.MethodPost, "/api/centres", "create-centre", CentreEdit, "Create a centre")),
		func(ctx context.Context, in *centreCreate) (*centreResponse, error) {
			b := in.Body
			n := NewCentre{Parent: taking(b.Parent), Level: b.Level, Code: b.Code, Name: b.Name, Province: b.Province, City: b.City, TimeZone: b.TimeZone}
			return once(ctx, s, n, s.CreateCentre, answerCentre)
		})
	s.registerCentreChanges(a, tag)
}

func (s *Service) registerCentreChanges(a *httpapi.API, tag string) {
	answer := func(c Centre, err error) (*centreResponse, error) { return answerCentre(c), err }
	httpapi.Register(a, route(tag, http.MethodPut, "/api/centres/{id}", "update-centre", CentreEdit, "Change a centre"),
		func(ctx context.Context, in *centrePut) (*centreResponse, error) {
			return answer(s.UpdateCentre(ctx, in.ID, CentreUpdate(in.Body)))
		})
	httpapi.Register(a, route(tag, http.MethodPost, "/api/centres/{id}/move", "move-centre", CentreEdit, "Move a centre with all below it"),
		func(ctx context.Context, in *centreMove) (*centreResponse, error) {
			return answer(s.MoveCentre(ctx, in.ID, in.Body.Version, in.Body.Parent, in.Body.Reason))
		})
	httpapi.Register(a, route(tag, http.MethodPost, "/api/centres/{id}/close", "close-centre", CentreEdit, "Take a centre out of use"),
		func(ctx context.Context, in *centreDo) (*centreResponse, error) {
			return answer(s.CloseCentre(ctx, in.ID, in.Body.Version, in.Body.Reason))
		})
	httpapi.Register(a, route(tag, http.MethodPost, "/api/centres/{id}/reopen", "reopen-centre", CentreEdit, "Take a closed centre into use again"),
		func(ctx context.Context, in *centreDo) (*centreResponse, error) {
			return answer(s.ReopenCentre(ctx, in.ID, in.Body.Version, in.Body.Reason))
		})
}

func answerCentre(c Centre) *centreResponse { return &centreResponse{itemOfCentre(c)} }

func itemsOfCentres(list []Centre) []CentreItem {
	items := make([]CentreItem, len(list))
	for i, c := range list {
		items[i] = itemOfCentre(c)
	}
	return items
}

func (s *Service) listCentres(ctx context.Context, cursors *httpapi.Cursors, in *centresRequest) (*centrePage, error) {
	list, err := s.FindCentres(ctx, in.filter())
	if err != nil {
		return nil, err
	}
	scope := "organization.centres/" + string(in.Level) + "/" + string(in.State) + "/" + in.Province + "/" + in.Find
	key := func(c Centre) string { return c.ID.String() }
	p, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(_ context.Context, after *string, limit int32) ([]Centre, error) {
			return page(list, key, after, limit), nil
		}, key)
	if err != nil {
		return nil, err
	}
	return &centrePage{httpapi.NewPage(itemsOfCentres(p.Items), p.Next)}, nil
}

func (s *Service) fullCentre(ctx context.Context, in *centreIn) (*centreFullResponse, error) {
	d, err := s.Centre(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := centreFull{CentreItem: itemOfCentre(d.Centre), Path: make([]centreStep, len(d.Path)), Centres: d.Centres, Teams: d.Teams, Members: d.Members, Areas: d.Held}
	for i, p := range d.Path {
		out.Path[i] = centreStep{p.ID, p.Name}
	}
	return &centreFullResponse{out}, nil
}
