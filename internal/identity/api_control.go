package identity

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// RegisterAPI adds the routes; it also runs on a nil service, to describe the API.
func (s *ControlService) RegisterAPI(a *httpapi.API) {
	s.registerRequests(a)
	s.registerReviews(a)
	s.registerPolicies(a)
}

// grantItem is a role to be given.
type grantItem struct {
	Role   RoleID     `json:"role_id"`
	Centre uuid.UUID  `json:"centre_id"`
	From   *time.Time `json:"valid_from" doc:"null: from the approval on"`
	Until  *time.Time `json:"valid_until" doc:"null: until it is taken away"`
}

type askRequest struct {
	Body struct {
		Act      Act         `json:"act" enum:"create,change,suspend,resume,leave"`
		Staff    uuid.UUID   `json:"staff_id"`
		Grants   []grantItem `json:"grants" maxItems:"50" doc:"create and change: all roles the account shall have"`
		Delivery Delivery    `json:"delivery,omitempty" enum:"show,email" doc:"create: how the first password reaches its owner"`
		Reason   string      `json:"reason" minLength:"1" maxLength:"1000"`
		Evidence []string    `json:"evidence,omitempty" maxItems:"10"`
	}
}

// asked names the request that waits for its decision.
type asked struct {
	Request approval.RequestID `json:"request_id"`
}

type askedResponse struct{ Body asked }

type firstPasswordRequest struct {
	ID   AccountID `path:"id"`
	Body struct {
		Delivery Delivery `json:"delivery" enum:"show,email"`
	}
}

type firstPasswordResponse struct {
	Body struct {
		Password string `json:"password" doc:"Temporary, shown once; empty when it went by mail"`
	}
}

type requestsImport struct {
	DryRun  bool `query:"dry_run" default:"true" doc:"Only tell what would happen"`
	RawBody []byte
}

type requestsImportResponse struct{ Body *sheet.Report }

type templateRequest struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

type unusedRequest struct {
	httpapi.PageRequest
	Days int `query:"days" minimum:"1" maximum:"3650" default:"90" doc:"Without a sign-in for so many days"`
}

type unusedExportRequest struct {
	ExportQuery
	Days int `query:"days" minimum:"1" maximum:"3650" default:"90" doc:"Without a sign-in for so many days"`
}

type unusedResponse struct{ Body httpapi.Page[UnusedAccount] }

// controlRoute makes a route of this file's kind.
func controlRoute(tag string, p actor.Permission, method, path, id, summary string) httpapi.Route {
	return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: []string{tag}, Permission: string(p)}
}

func (s *ControlService) registerRequests(a *httpapi.API) {
	route := func(p actor.Permission, method, path, id, summary string) httpapi.Route {
		return controlRoute("accounts", p, method, path, id, summary)
	}
	httpapi.Register(a, route(AccountRequest, http.MethodPost, "/api/account-requests", "ask-account", "Ask for an account or a change of one"), s.ask)
	upload := route(AccountRequest, http.MethodPost, "/api/account-requests/import", "import-account-requests", "Ask for many accounts by an Excel file")
	upload.MaxBody, upload.Timeout = 8<<20, fileTimeout
	httpapi.Register(a, upload, func(ctx context.Context, in *requestsImport) (*requestsImportResponse, error) {
		r, err := s.ImportAccountRequests(ctx, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		return &requestsImportResponse{Body: r}, nil
	})
	httpapi.RegisterFile(a, route(AccountRequest, http.MethodGet, "/api/account-requests/template", "get-account-request-template", "The empty Excel file for many requests"),
		func(_ context.Context, in *templateRequest) (*httpapi.File, error) {
			return &httpapi.File{
				Name: requestTable.FileName(in.Lang, s.clock.Now()), Type: sheet.ContentType,
				Write: func(w io.Writer) error { return requestTable.Template(w, in.Lang) },
			}, nil
		})
	httpapi.Register(a, route(AccountEmergency, http.MethodPost, "/api/accounts/{id}/suspend-now", "suspend-account-now", "Suspend an account at once; it is confirmed afterwards"),
		func(ctx context.Context, in *accountReason) (*askedResponse, error) {
			return answerAsked(s.SuspendNow(ctx, in.ID, in.Body.Reason))
		})
	httpapi.Register(a, route(AccountRequest, http.MethodPost, "/api/accounts/{id}/first-password", "issue-first-password", "Make the first password of an account that never had one"),
		func(ctx context.Context, in *firstPasswordRequest) (*firstPasswordResponse, error) {
			out := &firstPasswordResponse{}
			var err error
			out.Body.Password, err = s.IssueFirstPassword(ctx, in.ID, in.Body.Delivery)
			if err != nil {
				return nil, err
			}
			return out, nil
		})
	s.registerUnused(a)
}

func (s *ControlService) registerUnused(a *httpapi.API) {
	route := func(path, id, summary string) httpapi.Route {
		return controlRoute("accounts", AccountRead, http.MethodGet, path, id, summary)
	}
	export := route("/api/accounts/unused/export", "export-unused-accounts", "Active accounts that nobody has used for long, as an Excel file")
	export.Timeout = fileTimeout
	httpapi.RegisterFile(a, export, func(ctx context.Context, in *unusedExportRequest) (*httpapi.File, error) {
		return s.identity.file(unusedTable, in.Lang, func(w io.Writer) error { return s.ExportUnused(ctx, w, in.Lang, in.Days) }), nil
	})
	httpapi.Register(a, route("/api/accounts/unused", "list-unused-accounts", "List active accounts that nobody has used for long"),
		func(ctx context.Context, in *unusedRequest) (*unusedResponse, error) {
			page, err := httpapi.Paginate(ctx, a.Cursors(), "identity.unused/"+strconv.Itoa(in.Days), in.PageRequest,
				func(ctx context.Context, after *string, limit int32) ([]UnusedAccount, error) {
					number := ""
					if after != nil {
						number = *after
					}
					return s.UnusedAccounts(ctx, in.Days, number, limit)
				},
				func(u UnusedAccount) string { return u.Number })
			if err != nil {
				return nil, err
			}
			return &unusedResponse{Body: page}, nil
		})
}

func answerAsked(id approval.RequestID, err error) (*askedResponse, error) {
	if err != nil {
		return nil, err
	}
	return &askedResponse{Body: asked{Request: id}}, nil
}

func (s *ControlService) ask(ctx context.Context, in *askRequest) (*askedResponse, error) {
	ask := AccountAsk{Act: in.Body.Act, Staff: in.Body.Staff, Delivery: in.Body.Delivery, Reason: in.Body.Reason, Evidence: in.Body.Evidence}
	for _, g := range in.Body.Grants {
		grant := Grant{Role: g.Role, Centre: g.Centre, Until: g.Until}
		if g.From != nil {
			grant.From = *g.From
		}
		ask.Grants = append(ask.Grants, grant)
	}
	return answerAsked(s.AskAccount(ctx, ask))
}
