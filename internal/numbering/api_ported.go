package numbering

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/privacy"
)

// PortedQuery is what list and export share.
type PortedQuery struct {
	Begin    string `query:"begin" maxLength:"32" doc:"Only numbers that begin with these digits"`
	Operator string `query:"operator" maxLength:"64"`
}

type listPortedRequest struct {
	httpapi.PageRequest
	PortedQuery
}

// portedItem is a ported number.
type portedItem struct {
	ID          PortedID      `json:"id"`
	Number      privacy.Phone `json:"number" privacy:"phone"`
	Operator    string        `json:"operator"`
	Brand       string        `json:"brand"`
	ProductLine string        `json:"product_line"`
	Province    string        `json:"province" doc:"Empty: as the segment says"`
	City        string        `json:"city"`
	ValidFrom   time.Time     `json:"valid_from"`
	ValidUntil  *time.Time    `json:"valid_until" doc:"The first moment at which it no longer holds"`
	Version     int           `json:"version"`
	UpdatedAt   time.Time     `json:"updated_at"`
	UpdatedBy   string        `json:"updated_by"`
}

func portedItemOf(p Ported) portedItem {
	return portedItem{
		ID: p.ID, Number: p.Number.Private(), Operator: p.Operator, Brand: p.Brand, ProductLine: p.ProductLine, Province: p.Province, City: p.City,
		ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil, Version: p.Version, UpdatedAt: p.UpdatedAt, UpdatedBy: p.UpdatedBy,
	}
}

type listPortedResponse struct{ Body httpapi.Page[portedItem] }

type portedIDRequest struct {
	ID PortedID `path:"id"`
}

type portedResponse struct{ Body portedItem }

// PortedBody is what is given when a ported number is made or changed.
type PortedBody struct {
	Operator    string     `json:"operator" minLength:"1" maxLength:"256"`
	Brand       string     `json:"brand,omitempty" maxLength:"256"`
	ProductLine string     `json:"product_line,omitempty" maxLength:"256"`
	Province    string     `json:"province,omitempty" maxLength:"6"`
	City        string     `json:"city,omitempty" maxLength:"6"`
	ValidFrom   *time.Time `json:"valid_from,omitempty" doc:"Without it: from now on, or as it was"`
	ValidUntil  *time.Time `json:"valid_until,omitempty"`
}

func (b PortedBody) spec(number string) PortedSpec {
	return PortedSpec{
		Number: number, Operator: b.Operator, Brand: b.Brand, ProductLine: b.ProductLine, Province: b.Province, City: b.City,
		ValidFrom: b.ValidFrom, ValidUntil: b.ValidUntil,
	}
}

type createPortedRequest struct {
	Body struct {
		Number string `json:"number" minLength:"1" maxLength:"64" doc:"A mobile number as people write it"`
		PortedBody
	}
}

type updatePortedRequest struct {
	ID   PortedID `path:"id"`
	Body struct {
		PortedBody
		Version int `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	}
}

type deletePortedRequest struct {
	ID      PortedID `path:"id"`
	Version int      `query:"version" required:"true" minimum:"1" maximum:"2147483647" doc:"The version that was looked at"`
}

type exportPortedRequest struct {
	ExportQuery
	PortedQuery
}

func (s *Service) registerPorted(a *httpapi.API) {
	tags := []string{"numbers"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/ported-numbers", ID: "list-ported-numbers", Tags: tags, Permission: string(PortedRead),
		Summary: "List ported numbers", Description: "Kept for the nation: it takes national scope.",
	}, func(ctx context.Context, in *listPortedRequest) (*listPortedResponse, error) {
		return s.listPortedPage(ctx, a.Cursors(), in)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/ported-numbers/{id}", ID: "get-ported-number", Tags: tags, Permission: string(PortedRead), Summary: "One ported number",
	}, func(ctx context.Context, in *portedIDRequest) (*portedResponse, error) {
		p, err := s.GetPorted(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &portedResponse{portedItemOf(p)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/ported-numbers", ID: "create-ported-number", Tags: tags, Permission: string(PortedEdit),
		Summary: "Add a ported number", Idempotent: true, Status: http.StatusCreated,
	}, s.postPorted)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/ported-numbers/{id}", ID: "update-ported-number", Tags: tags, Permission: string(PortedEdit),
		Summary: "Change an entry of a ported number",
	}, func(ctx context.Context, in *updatePortedRequest) (*portedResponse, error) {
		p, err := s.UpdatePorted(ctx, in.ID, in.Body.Version, in.Body.spec(""))
		if err != nil {
			return nil, err
		}
		return &portedResponse{portedItemOf(p)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/ported-numbers/{id}", ID: "delete-ported-number", Tags: tags, Permission: string(PortedEdit),
		Summary: "Take an entry of a ported number away",
	}, func(ctx context.Context, in *deletePortedRequest) (*struct{}, error) {
		return nil, s.DeletePorted(ctx, in.ID, in.Version)
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/ported-numbers/export", ID: "export-ported-numbers", Tags: tags, Permission: string(PortedExport),
		Summary: "Ported numbers as an Excel file, in full", Timeout: 2 * time.Minute,
	}, func(ctx context.Context, in *exportPortedRequest) (*httpapi.File, error) {
		return s.file(portedTable, in.Lang, func(w io.Writer) error {
			return s.ExportPorted(ctx, w, in.Lang, PortedFilter{Begin: in.Begin, Operator: in.Operator})
		})
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/ported-numbers/import", ID: "import-ported-numbers", Tags: tags, Permission: string(PortedEdit),
		Summary: "Add and change ported numbers by an Excel file", MaxBody: maxWorkbook, Timeout: 2 * time.Minute,
		Description: "In the form of the export. All rows are taken, or none.",
	}, func(ctx context.Context, in *importRequest) (*importResponse, error) {
		report, err := s.ImportPorted(ctx, in.RawBody, in.DryRun)
		return imported(report, err)
	})
}

func (s *Service) listPortedPage(ctx context.Context, cursors *httpapi.Cursors, in *listPortedRequest) (*listPortedResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "numbering.ported/"+in.Begin+"/"+in.Operator, in.PageRequest,
		func(ctx context.Context, after *PortedPosition, limit int32) ([]Ported, error) {
			return s.ListPorted(ctx, PortedFilter{Begin: in.Begin, Operator: in.Operator, After: after, Limit: limit})
		}, Ported.position)
	if err != nil {
		return nil, err
	}
	items := make([]portedItem, len(page.Items))
	for i, p := range page.Items {
		items[i] = portedItemOf(p)
	}
	return &listPortedResponse{httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) postPorted(ctx context.Context, in *createPortedRequest) (*portedResponse, error) {
	out, err := createOnce(ctx, s, s.CreatePorted, in.Body.spec(in.Body.Number), func(p Ported) *portedResponse { return &portedResponse{Body: portedItemOf(p)} })
	if err != nil {
		return nil, err
	}
	return out, nil
}
