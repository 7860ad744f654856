package setting

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
)

type helpRequest struct {
	Page string `path:"page" maxLength:"100" doc:"organization.staff"`
}

// HelpItem is what a centre adds to the help of a page or field.
type HelpItem struct {
	Key       string     `json:"key" doc:"The page itself, or one of its fields: organization.staff.number"`
	Lang      string     `json:"lang" enum:"zh-CN,en"`
	BodyHTML  string     `json:"body_html" doc:"Safe to be put into a page"`
	UpdatedAt time.Time  `json:"updated_at"`
	Centre    CentreName `json:"centre"`
}

type helpResponse struct {
	Body struct {
		Items []HelpItem `json:"items" doc:"The nation's first"`
	}
}

// helpTextItem is a text for those who maintain it.
type helpTextItem struct {
	HelpItem
	Body    string `json:"body" doc:"Markdown; empty: taken away"`
	Version int    `json:"version" doc:"Give it with an edit"`
	By      string `json:"by"`
}

type helpTextsResponse struct {
	Body struct {
		Items []helpTextItem `json:"items"`
	}
}

type writeHelpRequest struct {
	Page string `path:"page" maxLength:"100" doc:"A page or a field"`
	Body struct {
		Lang    string                `json:"lang" enum:"zh-CN,en"`
		Centre  organization.CentreID `json:"centre_id"`
		Body    string                `json:"body" maxLength:"20000" doc:"Markdown; empty takes the text away"`
		Version int                   `json:"version" minimum:"0" doc:"The one that the edit was based on; 0: there was none"`
		Reason  string                `json:"reason,omitempty" maxLength:"1000"`
	}
}

type writeHelpResponse struct{ Body helpTextItem }

type previewRequest struct {
	Body struct {
		Body string `json:"body" maxLength:"20000"`
	}
}

type previewResponse struct {
	Body struct {
		BodyHTML string `json:"body_html"`
	}
}

type helpHistoryRequest struct {
	HistoryRequest
	Lang string `query:"lang" enum:"zh-CN,en" required:"true"`
}

type helpVersion struct {
	Version int       `json:"version"`
	Body    string    `json:"body"`
	Reason  string    `json:"reason"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

type helpHistoryResponse struct {
	Body struct {
		Items []helpVersion `json:"items"`
	}
}

func helpItemOf(h HelpText) helpTextItem {
	return helpTextItem{
		HelpItem: HelpItem{Key: h.Key, Lang: h.Language, BodyHTML: h.HTML, UpdatedAt: h.UpdatedAt, Centre: centreNameOf(h.Centre)},
		Body:     h.Body, Version: h.Version, By: h.By,
	}
}

func (s *Service) registerHelp(a *httpapi.API) {
	route := func(method, path, id, summary string, permission string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: []string{"help"}, Permission: permission}
	}
	write := string(HelpWrite)
	httpapi.Register(a, route(http.MethodGet, "/api/help/{page}", "get-help", "Read what centres add to the help of a page and its fields", httpapi.SignedIn),
		func(ctx context.Context, in *helpRequest) (*helpResponse, error) {
			list, err := s.Help(ctx, in.Page)
			if err != nil {
				return nil, err
			}
			out := &helpResponse{}
			out.Body.Items = make([]HelpItem, len(list))
			for i, h := range list {
				out.Body.Items[i] = helpItemOf(h).HelpItem
			}
			return out, nil
		})
	httpapi.Register(a, route(http.MethodGet, "/api/help-texts", "list-help-texts", "List what a centre adds to the help", write),
		func(ctx context.Context, in *CentreRequest) (*helpTextsResponse, error) {
			list, err := s.HelpOf(ctx, in.Centre)
			if err != nil {
				return nil, err
			}
			out := &helpTextsResponse{}
			out.Body.Items = make([]helpTextItem, len(list))
			for i, h := range list {
				out.Body.Items[i] = helpItemOf(h)
			}
			return out, nil
		})
	httpapi.Register(a, route(http.MethodPut, "/api/help/{page}", "write-help", "Write what a centre adds to the help of a page or field", write),
		func(ctx context.Context, in *writeHelpRequest) (*writeHelpResponse, error) {
			b := in.Body
			h, err := s.WriteHelp(ctx, HelpEdit{Key: in.Page, Language: b.Lang, Centre: b.Centre, Body: b.Body, Version: b.Version, Reason: b.Reason})
			return &writeHelpResponse{helpItemOf(h)}, err
		})
	httpapi.Register(a, route(http.MethodPost, "/api/help-preview", "preview-help", "Show a help text as it would look", write),
		func(ctx context.Context, in *previewRequest) (*previewResponse, error) {
			out := &previewResponse{}
			var err error
			out.Body.BodyHTML, err = s.Preview(ctx, in.Body.Body)
			return out, err
		})
	httpapi.Register(a, route(http.MethodGet, "/api/help/{key}/history", "list-help-versions", "List the versions of a help text", write), s.helpHistory)
	httpapi.RegisterFile(a, route(http.MethodGet, "/api/help-texts/export", "export-help-texts", "Export the help texts of a centre", write),
		func(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
			return s.workbook(helpTable, in.Lang, func(w io.Writer) error { return s.ExportHelp(ctx, w, in.Lang, in.Centre) })
		})
	bringing := route(http.MethodPost, "/api/help-texts/import", "import-help-texts", "Import help texts", write)
	bringing.MaxBody = maxFile
	httpapi.Register(a, bringing, func(ctx context.Context, in *ImportRequest) (*importResponse, error) {
		report, err := s.ImportHelp(ctx, in.RawBody, in.DryRun)
		return &importResponse{report}, err
	})
}

func (s *Service) helpHistory(ctx context.Context, in *helpHistoryRequest) (*helpHistoryResponse, error) {
	list, err := s.HelpHistory(ctx, in.Key, in.Lang, in.Centre, in.Before, int32(in.Limit))
	if err != nil {
		return nil, err
	}
	out := &helpHistoryResponse{}
	out.Body.Items = make([]helpVersion, len(list))
	for i, v := range list {
		out.Body.Items[i] = helpVersion(v)
	}
	return out, nil
}
