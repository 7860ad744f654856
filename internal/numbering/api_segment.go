package numbering

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"yingda/internal/numbering/home"
	"yingda/internal/numbering/segmentfile"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// versionItem is a version of number segments.
type versionItem struct {
	Number      int           `json:"number"`
	Name        string        `json:"name"`
	FileName    string        `json:"file_name"`
	FileBytes   int64         `json:"file_bytes"`
	State       VersionState  `json:"state" enum:"reading,refused,cancelled,ready,active,retired,removed"`
	RowsRead    int           `json:"rows_read"`
	RowsTotal   int           `json:"rows_total" doc:"About, while it is read; 0: not known"`
	BasedOn     int           `json:"based_on" doc:"The version in use that it was compared with; 0: none"`
	Difference  Difference    `json:"difference" doc:"To the version that was in use when it was read"`
	Wrong       int           `json:"wrong" doc:"Rows that are wrong; with one or more of them nothing is taken"`
	Problems    []LineProblem `json:"problems" doc:"The first of what is wrong; only in the answer for one version"`
	CreatedBy   string        `json:"created_by"`
	CreatedAt   time.Time     `json:"created_at"`
	ReadAt      *time.Time    `json:"read_at"`
	ActivatedBy string        `json:"activated_by"`
	ActivatedAt *time.Time    `json:"activated_at"`
}

func versionItemOf(v SegmentVersion) versionItem {
	item := versionItem(v)
	if item.Problems == nil {
		item.Problems = []LineProblem{}
	}
	return item
}

type listVersionsRequest struct {
	httpapi.PageRequest
}

type listVersionsResponse struct {
	Body httpapi.Page[versionItem]
}

// VersionPath names a version.
type VersionPath struct {
	Number int32 `path:"number" minimum:"1" maximum:"2147483647"`
}

type versionResponse struct{ Body versionItem }

type importSegmentsRequest struct {
	Name     string `query:"name" required:"true" maxLength:"400" doc:"How people will call this version"`
	FileName string `query:"file_name" maxLength:"1000"`
	RawBody  []byte
}

type differenceResponse struct {
	Body struct {
		InUse      int        `json:"in_use" doc:"The version in use now; 0: none. Give it as based_on to put this one into use"`
		Difference Difference `json:"difference"`
	}
}

// Traits are what is known of a segment. The types of this file that are embedded are exported for huma, which
// does not see others.
type Traits = home.Traits

type segmentChangeItem struct {
	Segment string `json:"segment" doc:"The first seven digits"`
	Act     string `json:"act" enum:"add,change,remove"`
	Old     Traits `json:"old"`
	New     Traits `json:"new"`
}

type listChangesRequest struct {
	httpapi.PageRequest
	VersionPath
}

type exportChangesRequest struct {
	VersionPath
	ExportQuery
}

type listChangesResponse struct {
	Body httpapi.Page[segmentChangeItem]
}

type segmentItem struct {
	Segment string `json:"segment" doc:"The first seven digits"`
	Traits
}

type listSegmentsRequest struct {
	httpapi.PageRequest
	VersionPath
	Begin string `query:"begin" maxLength:"32" doc:"Only segments that begin with these digits"`
}

type listSegmentsResponse struct {
	Body httpapi.Page[segmentItem]
}

type activateRequest struct {
	VersionPath
	Body struct {
		BasedOn int32  `json:"based_on" minimum:"0" maximum:"2147483647" doc:"The version in use that the difference was looked at against; 0: none"`
		Reason  string `json:"reason,omitempty" maxLength:"2000"`
	}
}

type tablesResponse struct{ Body Tables }

func (s *Service) registerSegments(a *httpapi.API) {
	tags := []string{"numbers"}
	read := func(path, id, summary string) httpapi.Route {
		return httpapi.Route{Method: http.MethodGet, Path: path, ID: id, Summary: summary, Tags: tags, Permission: string(SegmentRead)}
	}
	httpapi.Register(a, read("/api/number-segments/versions", "list-segment-versions", "List versions of number segments, newest first"),
		func(ctx context.Context, in *listVersionsRequest) (*listVersionsResponse, error) {
			return s.listVersions(ctx, a.Cursors(), in)
		})
	httpapi.Register(a, read("/api/number-segments/versions/{number}", "get-segment-version", "One version, with what is wrong with its file"),
		func(ctx context.Context, in *VersionPath) (*versionResponse, error) {
			v, err := s.SegmentVersion(ctx, in.Number)
			if err != nil {
				return nil, err
			}
			return &versionResponse{versionItemOf(v)}, nil
		})
	httpapi.Register(a, read("/api/number-segments/versions/{number}/difference", "compare-segment-version", "What a version would change of the one in use now"),
		func(ctx context.Context, in *VersionPath) (*differenceResponse, error) {
			out := &differenceResponse{}
			var err error
			out.Body.Difference, out.Body.InUse, err = s.CompareSegments(ctx, in.Number)
			if err != nil {
				return nil, err
			}
			return out, nil
		})
	httpapi.Register(a, read("/api/number-segments/versions/{number}/changes", "list-segment-changes", "List what a version would change of the one in use now"),
		func(ctx context.Context, in *listChangesRequest) (*listChangesResponse, error) {
			return s.listChanges(ctx, a.Cursors(), in)
		})
	httpapi.Register(a, read("/api/number-segments/versions/{number}/segments", "list-segments", "List the segments of a version"),
		func(ctx context.Context, in *listSegmentsRequest) (*listSegmentsResponse, error) {
			return s.listSegments(ctx, a.Cursors(), in)
		})
	httpapi.Register(a, read("/api/number-segments/tables", "get-number-tables", "What the process that answers holds in memory"),
		func(ctx context.Context, _ *struct{}) (*tablesResponse, error) {
			t, err := s.HeldTables(ctx)
			if err != nil {
				return nil, err
			}
			return &tablesResponse{t}, nil
		})
	s.registerSegmentFiles(a, read)
	s.registerSegmentWrites(a, tags)
}

func (s *Service) registerSegmentFiles(a *httpapi.API, read func(path, id, summary string) httpapi.Route) {
	export := func(path, id, summary string) httpapi.Route {
		rt := read(path, id, summary)
		rt.Timeout = 2 * time.Minute
		return rt
	}
	httpapi.RegisterFile(a, export("/api/number-segments/versions/export", "export-segment-versions", "Versions of number segments as an Excel file"),
		func(ctx context.Context, in *ExportQuery) (*httpapi.File, error) {
			return &httpapi.File{
				Name: versionTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
				Write: func(w io.Writer) error { return s.ExportVersions(ctx, w, in.Lang) },
			}, nil
		})
	httpapi.RegisterFile(a, export("/api/number-segments/versions/{number}/changes/export", "export-segment-changes", "What a version would change of the one in use now, as an Excel file"),
		func(ctx context.Context, in *exportChangesRequest) (*httpapi.File, error) {
			return &httpapi.File{
				Name: changeTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
				Write: func(w io.Writer) error { return s.ExportChanges(ctx, w, in.Lang, in.Number) },
			}, nil
		})
	httpapi.RegisterFile(a, read("/api/number-segments/template", "get-segment-template", "An empty Excel file for number segments, with explanations"),
		func(ctx context.Context, in *ExportQuery) (*httpapi.File, error) {
			t := segmentTable()
			return &httpapi.File{Name: t.FileName(in.Lang, s.cfg.Clock.Now()), Type: sheet.ContentType, Write: s.segmentTemplate(ctx, t, in.Lang)}, nil
		})
}

func (s *Service) registerSegmentWrites(a *httpapi.API, tags []string) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/number-segments/import", ID: "import-segments", Tags: tags, Permission: string(SegmentEdit),
		Summary: "Hand in a file of number segments", Status: http.StatusAccepted, MaxBody: segmentfile.MaxBytes, Timeout: 2 * time.Minute,
		Description: "An Excel workbook or CSV, see docs/interfaces/number-segments.md. It is read in the background into a version of its own; nothing comes into use by it.",
	}, func(ctx context.Context, in *importSegmentsRequest) (*versionResponse, error) {
		v, err := s.ImportSegments(ctx, in.Name, in.FileName, in.RawBody)
		if err != nil {
			return nil, err
		}
		return &versionResponse{versionItemOf(v)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/number-segments/versions/{number}/activate", ID: "activate-segment-version", Tags: tags,
		Permission: string(SegmentEdit), Summary: "Put a version into use, whole and at once; also an earlier one, to go back",
	}, func(ctx context.Context, in *activateRequest) (*struct{}, error) {
		return nil, s.ActivateSegments(ctx, in.Number, in.Body.BasedOn, in.Body.Reason)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/number-segments/versions/{number}/cancel", ID: "cancel-segment-version", Tags: tags,
		Permission: string(SegmentEdit), Summary: "Give up a version that is being read or was never in use",
	}, func(ctx context.Context, in *VersionPath) (*struct{}, error) {
		return nil, s.CancelSegments(ctx, in.Number)
	})
}

func (s *Service) listVersions(ctx context.Context, cursors *httpapi.Cursors, in *listVersionsRequest) (*listVersionsResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "numbering.segment_versions", in.PageRequest,
		func(ctx context.Context, after *int32, limit int32) ([]SegmentVersion, error) {
			before := int32(0)
			if after != nil {
				before = *after
			}
			return s.SegmentVersions(ctx, before, limit)
		},
		func(v SegmentVersion) int32 { return int32(v.Number) }) //nolint:gosec // counts files
	if err != nil {
		return nil, err
	}
	items := make([]versionItem, len(page.Items))
	for i, v := range page.Items {
		items[i] = versionItemOf(v)
	}
	return &listVersionsResponse{httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) listChanges(ctx context.Context, cursors *httpapi.Cursors, in *listChangesRequest) (*listChangesResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "numbering.segment_changes/"+strconv.Itoa(int(in.Number)), in.PageRequest,
		func(ctx context.Context, after *uint32, limit int32) ([]SegmentChange, error) {
			return s.SegmentChanges(ctx, in.Number, orZero(after), limit)
		},
		func(c SegmentChange) uint32 { return c.Prefix })
	if err != nil {
		return nil, err
	}
	items := make([]segmentChangeItem, len(page.Items))
	for i, c := range page.Items {
		items[i] = segmentChangeItem{strconv.Itoa(int(c.Prefix)), c.Act, c.Old, c.New}
	}
	return &listChangesResponse{httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) listSegments(ctx context.Context, cursors *httpapi.Cursors, in *listSegmentsRequest) (*listSegmentsResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "numbering.segments/"+strconv.Itoa(int(in.Number))+"/"+in.Begin, in.PageRequest,
		func(ctx context.Context, after *uint32, limit int32) ([]Segment, error) {
			return s.ListSegments(ctx, in.Number, in.Begin, orZero(after), limit)
		},
		func(v Segment) uint32 { return v.Prefix })
	if err != nil {
		return nil, err
	}
	items := make([]segmentItem, len(page.Items))
	for i, v := range page.Items {
		items[i] = segmentItem{strconv.Itoa(int(v.Prefix)), v.Traits}
	}
	return &listSegmentsResponse{httpapi.NewPage(items, page.Next)}, nil
}

func orZero(p *uint32) uint32 {
	if p == nil {
		return 0
	}
	return *p
}
