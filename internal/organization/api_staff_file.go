package organization

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// fileTimeout is for lists of tens of thousands of rows.
const fileTimeout = 2 * time.Minute

type staffExportRequest struct {
	StaffFilters
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

type staffImportRequest struct {
	DryRun  bool `query:"dry_run" default:"true" doc:"Only tell what would happen"`
	RawBody []byte
}

type importResponse struct{ Body sheet.Report }

func (s *Service) registerStaffFiles(a *httpapi.API) {
	tags := []string{"staff"}
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff/export", ID: "export-staff", Permission: string(StaffRead), Tags: tags, Timeout: fileTimeout,
		Summary: "Staff as an Excel file, numbers masked",
	}, func(ctx context.Context, in *staffExportRequest) (*httpapi.File, error) {
		return &httpapi.File{
			Name: staffTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
			Write: func(w io.Writer) error { return s.ExportStaff(ctx, w, in.Lang, in.asked(), in.filter()) },
		}, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff/import-template", ID: "staff-import-template", Permission: string(StaffImport), Tags: tags,
		Summary: "The empty Excel file for an import, with explanations",
	}, func(_ context.Context, in *langRequest) (*httpapi.File, error) {
		return &httpapi.File{
			Name: staffTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
			Write: func(w io.Writer) error { return staffTable.Template(w, in.Lang) },
		}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff/import", ID: "import-staff", Permission: string(StaffImport), Tags: tags, Timeout: fileTimeout, MaxBody: sheet.MaxBytes,
		Summary:     "Make and change staff by an Excel file, all of it or nothing",
		Description: "With dry_run nothing is changed and the report tells what would happen. A file with a wrong row is not imported; the report names every problem with its line and column.",
	}, func(ctx context.Context, in *staffImportRequest) (*importResponse, error) {
		report, err := s.ImportStaff(ctx, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		return &importResponse{Body: *report}, nil
	})
}

type langRequest struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

// asked says in the audit what an export was asked for.
func (f StaffFilters) asked() string {
	var parts []string
	add := func(name string, given bool, value string) {
		if given {
			parts = append(parts, name+"="+value)
		}
	}
	add("centre", !f.Centre.IsZero(), f.Centre.String())
	add("team", !f.Team.IsZero(), f.Team.String())
	add("post", !f.Post.IsZero(), f.Post.String())
	add("class", f.Class != "", string(f.Class))
	add("state", f.State != "", string(f.State))
	add("skill", !f.Skill.IsZero(), f.Skill.String())
	add("q", f.Query != "", f.Query)
	return strings.Join(parts, " ")
}
