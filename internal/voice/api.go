package voice

import (
	"bytes"
	"context"
	"io"
	"time"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// VersionQuery says which version is deleted.
type VersionQuery struct {
	Version int `query:"version" required:"true" minimum:"1" maximum:"2147483647" doc:"The version that the deletion is based on"`
}

// ExportQuery is what every export takes.
type ExportQuery struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

// importRequest carries a workbook.
type importRequest struct {
	DryRun  bool `query:"dry_run" doc:"Only tell what would happen"`
	RawBody []byte
}

type importResponse struct{ Body *sheet.Report }

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	s.registerGroups(a)
	s.registerTrunks(a)
	s.registerPhones(a)
	s.registerNumbers(a)
	s.registerPrompts(a)
	s.registerLive(a)
	s.registerCalls(a)
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

// paged reads one page and makes items of it.
func paged[T, P, I any](ctx context.Context, c *httpapi.Cursors, scope string, in httpapi.PageRequest,
	fetch func(ctx context.Context, after *P, limit int32) ([]T, error), position func(T) P, item func(T) I,
) (httpapi.Page[I], error) {
	page, err := httpapi.Paginate(ctx, c, scope, in, fetch, position)
	if err != nil {
		return httpapi.Page[I]{}, err
	}
	items := make([]I, len(page.Items))
	for i, t := range page.Items {
		items[i] = item(t)
	}
	return httpapi.NewPage(items, page.Next), nil
}

// moment leaves out a time that is none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// orEmpty is a list that is never null in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
