package numbering

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/numbering/called"
	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// maxWorkbook bounds an imported workbook.
const maxWorkbook = sheet.MaxBytes

// CalledQuery is what list and export share.
type CalledQuery struct {
	Text   string                `query:"q" maxLength:"100" doc:"Part of the name or of the number"`
	Kind   CalledKind            `query:"kind" enum:"nation_line,province_line,vip_line,escalation_line,enterprise,outside_platform"`
	State  called.State          `query:"state" enum:"active,suspended,retired" doc:"Only this state; without it all but retired ones"`
	Centre organization.CentreID `query:"centre_id" doc:"Only numbers of this centre"`
}

func (f CalledQuery) filter() CalledFilter {
	return CalledFilter{Text: f.Text, Kind: f.Kind, State: f.State, Centre: f.Centre}
}

type listCalledRequest struct {
	httpapi.PageRequest
	CalledQuery
}

// CalledItem is a called number. These numbers are published; they belong to nobody.
type CalledItem struct {
	ID          CalledID              `json:"id"`
	Number      string                `json:"number" doc:"As people read it; the beginning of numbers ends with an ellipsis"`
	Pattern     string                `json:"pattern" doc:"In its one form: +86..., or a service number as it is dialled"`
	Match       called.Match          `json:"match" enum:"number,prefix"`
	Name        string                `json:"name"`
	Kind        CalledKind            `json:"kind" enum:"nation_line,province_line,vip_line,escalation_line,enterprise,outside_platform"`
	Service     string                `json:"service" doc:"A code of the table of services; empty: the owner answers"`
	Centre      organization.CentreID `json:"centre_id" doc:"The centre that owns the number"`
	Province    string                `json:"province" doc:"Where it is dialled from (GB/T 2260); empty: everywhere"`
	City        string                `json:"city"`
	MergeMethod MergeMethod           `json:"merge_method" enum:",transfer,trunk" doc:"How an outside platform is merged: its calls are transferred, or its trunks end here"`
	TransferTo  string                `json:"transfer_to"`
	TrunkGroup  string                `json:"trunk_group"`
	Note        string                `json:"note"`
	State       called.State          `json:"state" enum:"active,suspended,retired"`
	ValidFrom   time.Time             `json:"valid_from"`
	ValidUntil  *time.Time            `json:"valid_until" doc:"The first moment at which it no longer holds"`
	Version     int                   `json:"version"`
	UpdatedAt   time.Time             `json:"updated_at"`
	UpdatedBy   string                `json:"updated_by"`
}

func itemOf(c Called) CalledItem {
	return CalledItem{
		ID: c.ID, Number: c.Display(), Pattern: c.Pattern, Match: c.Match, Name: c.Name, Kind: c.Kind, Service: c.Service, Centre: c.Centre,
		Province: c.Province, City: c.City, MergeMethod: c.MergeMethod, TransferTo: c.TransferTo, TrunkGroup: c.TrunkGroup, Note: c.Note,
		State: c.State, ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil, Version: c.Version, UpdatedAt: c.UpdatedAt, UpdatedBy: c.UpdatedBy,
	}
}

type listCalledResponse struct{ Body httpapi.Page[CalledItem] }

type calledIDRequest struct {
	ID CalledID `path:"id"`
}

// calledDetail is one called number with what the asker may do.
type calledDetail struct {
	CalledItem
	Editable bool `json:"editable" doc:"You may change it"`
}

type calledDetailResponse struct{ Body calledDetail }

// CalledBody is what is given when a called number is made or changed.
type CalledBody struct {
	Number      string                `json:"number" minLength:"1" maxLength:"64" doc:"As people write it"`
	Match       called.Match          `json:"match" enum:"number,prefix"`
	Name        string                `json:"name" minLength:"1" maxLength:"400"`
	Kind        CalledKind            `json:"kind" enum:"nation_line,province_line,vip_line,escalation_line,enterprise,outside_platform"`
	Service     string                `json:"service" maxLength:"64"`
	Centre      organization.CentreID `json:"centre_id"`
	Province    string                `json:"province" maxLength:"6"`
	City        string                `json:"city" maxLength:"6"`
	MergeMethod MergeMethod           `json:"merge_method" enum:",transfer,trunk"`
	TransferTo  string                `json:"transfer_to" maxLength:"64"`
	TrunkGroup  string                `json:"trunk_group" maxLength:"256"`
	Note        string                `json:"note" maxLength:"4000"`
	State       called.State          `json:"state" enum:"active,suspended,retired"`
	ValidFrom   *time.Time            `json:"valid_from,omitempty" doc:"Without it: from now on, or as it was"`
	ValidUntil  *time.Time            `json:"valid_until,omitempty"`
}

func (b CalledBody) spec() CalledSpec { return CalledSpec(b) }

type createCalledRequest struct{ Body CalledBody }

type updateCalledRequest struct {
	ID   CalledID `path:"id"`
	Body struct {
		CalledBody
		Version int `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	}
}

type calledResponse struct{ Body CalledItem }

// ExportQuery is what every export takes.
type ExportQuery struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

type exportCalledRequest struct {
	ExportQuery
	CalledQuery
}

// importRequest carries a workbook.
type importRequest struct {
	DryRun  bool `query:"dry_run" doc:"Only tell what would happen"`
	RawBody []byte
}

type importResponse struct{ Body *sheet.Report }

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	s.registerCalled(a)
	s.registerSegments(a)
	s.registerPorted(a)
	s.registerTryOut(a)
}

func (s *Service) registerCalled(a *httpapi.API) {
	tags := []string{"numbers"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/called-numbers", ID: "list-called-numbers", Tags: tags, Permission: string(CalledRead),
		Summary: "List called numbers and access codes", Description: "Those of centres in your scope, and the nation's.",
	}, func(ctx context.Context, in *listCalledRequest) (*listCalledResponse, error) {
		return s.listCalled(ctx, a.Cursors(), in)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/called-numbers/{id}", ID: "get-called-number", Tags: tags, Permission: string(CalledRead),
		Summary: "One called number",
	}, func(ctx context.Context, in *calledIDRequest) (*calledDetailResponse, error) {
		c, editable, err := s.GetCalled(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &calledDetailResponse{calledDetail{itemOf(c), editable}}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/called-numbers", ID: "create-called-number", Tags: tags, Permission: string(CalledEdit),
		Summary: "Add a called number", Idempotent: true, Status: http.StatusCreated,
	}, s.postCalled)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/called-numbers/{id}", ID: "update-called-number", Tags: tags, Permission: string(CalledEdit),
		Summary: "Change a called number, also its state",
	}, func(ctx context.Context, in *updateCalledRequest) (*calledResponse, error) {
		c, err := s.UpdateCalled(ctx, in.ID, in.Body.Version, in.Body.spec())
		if err != nil {
			return nil, err
		}
		return &calledResponse{itemOf(c)}, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/called-numbers/export", ID: "export-called-numbers", Tags: tags, Permission: string(CalledRead),
		Summary: "Called numbers as an Excel file", Timeout: time.Minute,
	}, func(ctx context.Context, in *exportCalledRequest) (*httpapi.File, error) {
		return s.file(calledTable, in.Lang, func(w io.Writer) error { return s.ExportCalled(ctx, w, in.Lang, in.filter()) })
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/called-numbers/import", ID: "import-called-numbers", Tags: tags, Permission: string(CalledEdit),
		Summary: "Add and change called numbers by an Excel file", MaxBody: maxWorkbook, Timeout: 2 * time.Minute,
		Description: "In the form of the export. All rows are taken, or none.",
	}, func(ctx context.Context, in *importRequest) (*importResponse, error) {
		report, err := s.ImportCalled(ctx, in.RawBody, in.DryRun)
		return imported(report, err)
	})
}

func imported(report *sheet.Report, err error) (*importResponse, error) {
	if err != nil {
		return nil, err
	}
	return &importResponse{report}, nil
}

// file makes an answer of a table that is written before it leaves, so that a failure is a clean problem.
func (s *Service) file(t sheet.Table, lang string, write func(io.Writer) error) (*httpapi.File, error) {
	var out bytes.Buffer
	if err := write(&out); err != nil {
		return nil, err
	}
	return &httpapi.File{
		Name: t.FileName(lang, s.cfg.Clock.Now()), Type: sheet.ContentType,
		Write: func(w io.Writer) error { _, err := w.Write(out.Bytes()); return err },
	}, nil
}

func (s *Service) listCalled(ctx context.Context, cursors *httpapi.Cursors, in *listCalledRequest) (*listCalledResponse, error) {
	f := in.filter()
	scope := "numbering.called/" + f.Text + "/" + string(f.Kind) + "/" + string(f.State) + "/" + f.Centre.String()
	page, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(ctx context.Context, after *CalledPosition, limit int32) ([]Called, error) {
			f.After, f.Limit = after, limit
			return s.ListCalled(ctx, f)
		},
		func(c Called) CalledPosition { return CalledPosition{c.Pattern, c.ID} })
	if err != nil {
		return nil, err
	}
	items := make([]CalledItem, len(page.Items))
	for i, c := range page.Items {
		items[i] = itemOf(c)
	}
	return &listCalledResponse{httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) postCalled(ctx context.Context, in *createCalledRequest) (*calledResponse, error) {
	out, err := createOnce(ctx, s, s.CreateCalled, in.Body.spec(), func(c Called) *calledResponse { return &calledResponse{Body: itemOf(c)} })
	if err != nil {
		return nil, err
	}
	return out, nil
}
