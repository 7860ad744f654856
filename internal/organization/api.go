package organization

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// RegisterAPI adds the routes. It also runs on a nil service, to describe the API.
func (s *Service) RegisterAPI(a *httpapi.API) {
	s.registerCentres(a)
	s.registerAreas(a)
	s.registerTeams(a)
	s.registerCodes(a)
}

// route makes the common part of a route.
func route(tag, method, path, id string, p actor.Permission, summary string) httpapi.Route {
	return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: []string{tag}, Permission: string(p)}
}

// creating makes a route answer the same request once, with 201.
func creating(r httpapi.Route) httpapi.Route {
	r.Idempotent, r.Status = true, http.StatusCreated
	return r
}

// filed lets a route take or give a whole workbook.
func filed(r httpapi.Route) httpapi.Route {
	r.Timeout = 2 * time.Minute
	if r.Method == http.MethodPost {
		r.MaxBody = sheet.MaxBytes
	}
	return r
}

// unitImport is a workbook on its way in.
type unitImport struct {
	DryRun  bool `query:"dry_run" default:"true" doc:"Only tell what would happen"`
	RawBody []byte
}

type unitImported struct{ Body *sheet.Report }

// workbook answers with a file. The content is made before the first byte leaves, so that a failure is a clean
// problem; these lists are bounded.
func (s *Service) workbook(ctx context.Context, table sheet.Table, lang string, write func(ctx context.Context, w io.Writer) error) (*httpapi.File, error) {
	var content bytes.Buffer
	if err := write(ctx, &content); err != nil {
		return nil, err
	}
	return &httpapi.File{
		Name: table.FileName(lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
		Write: func(w io.Writer) error { _, err := content.WriteTo(w); return err },
	}, nil
}

// versioned is the body of an act that says no more than why.
type versioned struct {
	Version int    `json:"version" minimum:"1" doc:"The version that you saw"`
	Reason  string `json:"reason,omitempty" maxLength:"500"`
}

// page cuts a list that is in memory into pages: what comes after a key, in the list's own order.
func page[T any](list []T, key func(T) string, after *string, limit int32) []T {
	begin := 0
	if after != nil {
		begin = len(list)
		for i, v := range list {
			if key(v) == *after {
				begin = i + 1
				break
			}
		}
	}
	rest := list[begin:]
	return rest[:min(len(rest), int(limit))]
}
