package recording

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

type exportRequest struct {
	ListQuery
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

func (s *Service) registerExport(a *httpapi.API, tags []string) {
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/recordings/export", ID: "export-recordings", Tags: tags, Permission: string(Export),
		Summary: "The list of recordings as an Excel file", Timeout: 2 * time.Minute,
		Description: "At most 100,000, the newest; customers' numbers are masked and there is no sound in it. It stands in the audit.",
	}, func(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
		var out bytes.Buffer // written before it leaves, so that a failure is a clean problem
		if err := s.Export(ctx, &out, in.Lang, in.filter()); err != nil {
			return nil, err
		}
		return &httpapi.File{
			Name: recordingTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: sheet.ContentType,
			Write: func(w io.Writer) error { _, err := out.WriteTo(w); return err },
		}, nil
	})
}
