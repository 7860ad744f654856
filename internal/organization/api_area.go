package organization

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/ident"
)

// AreaFilters are the parameters that the list and the export of service areas share.
type AreaFilters struct {
	Centre   string   `query:"centre_id" format:"uuid" doc:"Only of this centre"`
	Service  string   `query:"service" maxLength:"32"`
	Selector Selector `query:"selector" enum:"called,called_prefix,city,area_code,province,nation"`
	Ended    bool     `query:"ended" doc:"Those that have ended too"`
}

func (f AreaFilters) filter() AreaFilter {
	return AreaFilter{Centre: idIn[centreKind](f.Centre), Service: f.Service, Selector: f.Selector, Ended: f.Ended}
}

// idIn reads an optional id of a query, whose form has been checked; none for "".
func idIn[K any](text string) ident.ID[K] {
	id, err := ident.Parse[K](text)
	if err != nil {
		return ident.ID[K]{}
	}
	return id
}

type areasRequest struct {
	httpapi.PageRequest
	AreaFilters
}

type areaExport struct {
	AreaFilters
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

type areaItem struct {
	ID         AreaID     `json:"id"`
	Centre     CentreID   `json:"centre_id"`
	CentreName string     `json:"centre_name"`
	Service    string     `json:"service" doc:"A code of the table service"`
	Selector   Selector   `json:"selector" enum:"called,called_prefix,city,area_code,province,nation"`
	Value      string     `json:"value"`
	PlaceZH    string     `json:"place_zh" doc:"The value in words, where it is a place; several are separated by 、"`
	PlaceEN    string     `json:"place_en"`
	ValidFrom  time.Time  `json:"valid_from"`
	ValidUntil *time.Time `json:"valid_until" doc:"The first moment at which it no longer holds; null: no end"`
	Note       string     `json:"note"`
	Overlaps   []string   `json:"overlaps" doc:"Names of centres that serve the same at the same time: a problem to solve. Empty names are outside of your scope."`
	Version    int        `json:"version"`
	UpdatedAt  time.Time  `json:"updated_at"`
	UpdatedBy  string     `json:"updated_by"`
}

type areaPage struct{ Body httpapi.Page[areaItem] }

type areaResponse struct{ Body areaItem }

type areaIn struct {
	ID AreaID `path:"id"`
}

// AreaBody is what a service area says.
type AreaBody struct {
	Centre     CentreID   `json:"centre_id"`
	Service    string     `json:"service" maxLength:"32"`
	Selector   Selector   `json:"selector" enum:"called,called_prefix,city,area_code,province,nation"`
	Value      string     `json:"value,omitempty" maxLength:"40"`
	ValidFrom  *time.Time `json:"valid_from,omitempty" doc:"Left out: from now on, or as before"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	Note       string     `json:"note,omitempty" maxLength:"500"`
}

type areaCreate struct{ Body AreaBody }

type areaPut struct {
	ID   AreaID `path:"id"`
	Body struct {
		AreaBody
		Version int `json:"version" minimum:"1"`
	}
}

type areaDo struct {
	ID   AreaID `path:"id"`
	Body versioned
}

type explainRequest struct {
	Service  string    `query:"service" required:"true" maxLength:"32"`
	Called   string    `query:"called" maxLength:"40" doc:"The number dialled"`
	City     string    `query:"city" maxLength:"6" doc:"GB/T 2260; a district means its city"`
	AreaCode string    `query:"area_code" maxLength:"8"`
	Province string    `query:"province" maxLength:"6"`
	At       time.Time `query:"at" doc:"Left out: now"`
}

type matchItem struct {
	Area areaItem `json:"area"`
}

type explainResponse struct {
	Body struct {
		Served       bool        `json:"served"`
		CentreID     *CentreID   `json:"centre_id"`
		CentreName   string      `json:"centre_name"`
		City         string      `json:"city" doc:"As given, or as it follows"`
		CityZH       string      `json:"city_zh"`
		CityEN       string      `json:"city_en"`
		CityFrom     PlaceSource `json:"city_from" enum:",query,city,area_code" doc:"How the city came to be known"`
		Province     string      `json:"province"`
		ProvinceZH   string      `json:"province_zh"`
		ProvinceEN   string      `json:"province_en"`
		ProvinceFrom PlaceSource `json:"province_from" enum:",query,city,area_code"`
		Matches      []matchItem `json:"matches" doc:"All areas that choose the asker, the one that serves first"`
		Overlaps     bool        `json:"overlaps" doc:"Another area is exactly as specific: the table has a problem"`
	}
}

func (s *Service) registerAreas(a *httpapi.API) {
	const tag = "service areas"
	httpapi.Register(a, route(tag, http.MethodGet, "/api/service-areas", "list-service-areas", AreaRead, "List service areas"),
		func(ctx context.Context, in *areasRequest) (*areaPage, error) {
			return s.listAreas(ctx, a.Cursors(), in)
		})
	httpapi.Register(a, route(tag, http.MethodGet, "/api/service-areas/explain", "explain-service-area", AreaRead, "Tell who serves, and why"), s.explain)
	httpapi.RegisterFile(a, filed(route(tag, http.MethodGet, "/api/service-areas/export", "export-service-areas", AreaRead, "Export service areas as a workbook")),
		func(ctx context.Context, in *areaExport) (*httpapi.File, error) {
			return s.workbook(ctx, areaTable, in.Lang, func(ctx context.Context, w io.Writer) error {
				return s.ExportAreas(ctx, w, in.Lang, in.filter())
			})
		})
	httpapi.Register(a, filed(route(tag, http.MethodPost, "/api/service-areas/import", "import-service-areas", AreaEdit, "Import service areas from a workbook")),
		func(ctx context.Context, in *unitImport) (*unitImported, error) {
			r, err := s.ImportAreas(ctx, in.RawBody, in.DryRun)
			return &unitImported{r}, err
		})
	httpapi.Register(a, route(tag, http.MethodGet, "/api/service-areas/{id}", "get-service-area", AreaRead, "Read a service area"),
		func(ctx context.Context, in *areaIn) (*areaResponse, error) {
			a, err := s.Area(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &areaResponse{s.itemOfArea(ctx, a)}, nil
		})
	httpapi.Register(a, creating(route(tag, http.MethodPost, "/api/service-areas", "create-service-area", AreaEdit, "Create a service area")),
		func(ctx context.Context, in *areaCreate) (*areaResponse, error) {
			return once(ctx, s, AreaSpec(in.Body), s.CreateArea, func(a Area) *areaResponse { return &areaResponse{s.itemOfArea(ctx, SeenArea{Area: a})} })
		})
	httpapi.Register(a, route(tag, http.MethodPut, "/api/service-areas/{id}", "update-service-area", AreaEdit, "Change a service area"),
		func(ctx context.Context, in *areaPut) (*areaResponse, error) {
			return s.changedAnswer(ctx)(s.UpdateArea(ctx, in.ID, in.Body.Version, AreaSpec(in.Body.AreaBody)))
		})
	httpapi.Register(a, route(tag, http.MethodPost, "/api/service-areas/{id}/end", "end-service-area", AreaEdit, "Let a service area end now"),
		func(ctx context.Context, in *areaDo) (*areaResponse, error) {
			return s.changedAnswer(ctx)(s.EndArea(ctx, in.ID, in.Body.Version))
		})
}

func (s *Service) changedAnswer(ctx context.Context) func(Area, error) (*areaResponse, error) {
	return func(a Area, err error) (*areaResponse, error) {
		if err != nil {
			return nil, err
		}
		return &areaResponse{s.itemOfArea(ctx, SeenArea{Area: a})}, nil
	}
}

// itemOfArea adds names of places and of the centre, if the tree can be had.
func (s *Service) itemOfArea(ctx context.Context, a SeenArea) areaItem {
	item := areaItem{
		ID: a.ID, Centre: a.Centre, CentreName: a.CentreName, Service: a.Service, Selector: a.Selector, Value: a.Value,
		ValidFrom: a.ValidFrom, ValidUntil: a.ValidUntil, Note: a.Note, Overlaps: a.Overlaps, Version: a.Version, UpdatedAt: a.UpdatedAt, UpdatedBy: a.UpdatedBy,
	}
	if item.Overlaps == nil {
		item.Overlaps = []string{}
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return item
	}
	c, _ := tree.Centre(a.Centre)
	item.CentreName = c.Name
	item.PlaceZH, item.PlaceEN = tree.places.words(a.Selector, a.Value)
	return item
}

func (s *Service) listAreas(ctx context.Context, cursors *httpapi.Cursors, in *areasRequest) (*areaPage, error) {
	list, err := s.Areas(ctx, in.filter())
	if err != nil {
		return nil, err
	}
	key := func(a SeenArea) string { return a.ID.String() }
	p, err := httpapi.Paginate(ctx, cursors, fmt.Sprintf("organization.areas/%v", in.AreaFilters), in.PageRequest,
		func(_ context.Context, after *string, limit int32) ([]SeenArea, error) {
			return page(list, key, after, limit), nil
		}, key)
	if err != nil {
		return nil, err
	}
	items := make([]areaItem, len(p.Items))
	for i, a := range p.Items {
		items[i] = s.itemOfArea(ctx, a)
	}
	return &areaPage{httpapi.NewPage(items, p.Next)}, nil
}

func (s *Service) explain(ctx context.Context, in *explainRequest) (*explainResponse, error) {
	c, why, served, err := s.Explain(ctx, Query(*in))
	if err != nil {
		return nil, err
	}
	tree, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	out := &explainResponse{}
	b := &out.Body
	b.Served, b.CentreID, b.CentreName, b.Overlaps = served, given(c.ID), c.Name, why.Overlaps
	b.City, b.CityFrom, b.Province, b.ProvinceFrom = why.Query.City, why.CityFrom, why.Query.Province, why.ProvinceFrom
	b.CityZH, b.CityEN = tree.places.words(ByCity, b.City)
	b.ProvinceZH, b.ProvinceEN = tree.places.words(ByProvince, b.Province)
	b.Matches = make([]matchItem, len(why.Matches))
	for i, m := range why.Matches {
		b.Matches[i].Area = s.itemOfArea(ctx, SeenArea{Area: m.Area})
	}
	return out, nil
}
