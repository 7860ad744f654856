package identity

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

type policyItem struct {
	ID           RegulationID    `json:"id"`
	Code         string          `json:"code"`
	Current      int             `json:"current" doc:"Number of the version that holds; 0: none yet"`
	Withdrawn    bool            `json:"withdrawn"`
	Newest       int             `json:"newest"`
	NewestState  RegulationState `json:"newest_state" enum:"draft,requested,published,replaced"`
	TitleZH      string          `json:"title_zh"`
	TitleEN      string          `json:"title_en"`
	PublishedAt  *time.Time      `json:"published_at" doc:"Of the newest version"`
	Acknowledged int64           `json:"acknowledged" doc:"People who acknowledged the current version"`
	UpdatedAt    time.Time       `json:"updated_at"`
	UpdatedBy    string          `json:"updated_by"`
}

type policyVersionItem struct {
	RegulationText
	Number      int             `json:"number"`
	State       RegulationState `json:"state" enum:"draft,requested,published,replaced"`
	Version     int             `json:"version"`
	HTMLZH      string          `json:"html_zh" doc:"The text rendered: safe to show as it is"`
	HTMLEN      string          `json:"html_en"`
	UpdatedAt   time.Time       `json:"updated_at"`
	UpdatedBy   string          `json:"updated_by"`
	PublishedAt *time.Time      `json:"published_at"`
	PublishedBy string          `json:"published_by"`
}

type policyFull struct {
	ID           RegulationID        `json:"id"`
	Code         string              `json:"code"`
	Current      int                 `json:"current"`
	Withdrawn    bool                `json:"withdrawn"`
	Version      int                 `json:"version"`
	Readers      int64               `json:"readers" doc:"People in your scope who must know it"`
	Acknowledged int64               `json:"acknowledged" doc:"Of those"`
	Versions     []policyVersionItem `json:"versions" doc:"Newest first"`
}

type policyResponse struct{ Body policyFull }

type policyPath struct {
	ID RegulationID `path:"id"`
}

type createPolicyRequest struct {
	Body struct {
		Code string         `json:"code" maxLength:"32"`
		Text RegulationText `json:"text"`
	}
}

type writePolicyRequest struct {
	ID   RegulationID `path:"id"`
	Body struct {
		Version int            `json:"version" doc:"Of the draft that was edited; 0: there was none"`
		Text    RegulationText `json:"text"`
	}
}

type policyVersionRequest struct {
	ID   RegulationID `path:"id"`
	Body struct {
		Version int    `json:"version"`
		Reason  string `json:"reason" maxLength:"1000"`
	}
}

type discardRequest struct {
	ID      RegulationID `path:"id"`
	Version int          `query:"version"`
}

type previewRequest struct {
	Body struct {
		Text string `json:"text" maxLength:"100000"`
	}
}

type previewResponse struct {
	Body struct {
		HTML string `json:"html" doc:"Safe to show as it is"`
	}
}

type readersRequest struct {
	ID RegulationID `path:"id"`
	httpapi.PageRequest
	Missing bool `query:"missing" doc:"Only those who have not acknowledged it"`
}

type readerItem struct {
	Account        AccountID  `json:"account_id"`
	Number         string     `json:"number"`
	Name           string     `json:"name" privacy:"-"`
	Centre         uuid.UUID  `json:"centre_id"`
	CentreName     string     `json:"centre_name"`
	Team           string     `json:"team"`
	LastSignInAt   *time.Time `json:"last_sign_in_at"`
	AcknowledgedAt *time.Time `json:"acknowledged_at" doc:"null: not yet"`
}

type readersResponse struct{ Body httpapi.Page[readerItem] }

type readersExportRequest struct {
	ID      RegulationID `path:"id"`
	Missing bool         `query:"missing"`
	Lang    string       `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

type myPolicyItem struct {
	ID             RegulationID `json:"id"`
	Code           string       `json:"code"`
	Number         int          `json:"number"`
	TitleZH        string       `json:"title_zh"`
	TitleEN        string       `json:"title_en"`
	HTMLZH         string       `json:"html_zh" doc:"Safe to show as it is"`
	HTMLEN         string       `json:"html_en"`
	Note           string       `json:"change_note"`
	PublishedAt    time.Time    `json:"published_at"`
	AcknowledgedAt *time.Time   `json:"acknowledged_at"`
	Due            bool         `json:"due" doc:"Must be acknowledged before anything else"`
}

type acknowledgeRequest struct {
	ID   RegulationID `path:"id"`
	Body struct {
		Number int `json:"number" doc:"The version that was read"`
	}
}

func (s *ControlService) registerPolicies(a *httpapi.API) {
	route := func(p actor.Permission, method, path, id, summary string) httpapi.Route {
		return controlRoute("policies", p, method, path, id, summary)
	}
	httpapi.Register(a, route(RegulationRead, http.MethodGet, "/api/policies", "list-policies", "List the policies"), s.listPolicies)
	httpapi.RegisterFile(a, route(RegulationRead, http.MethodGet, "/api/policies/export", "export-policies", "The policies as an Excel file"),
		func(ctx context.Context, in *struct{ ExportQuery }) (*httpapi.File, error) {
			return s.identity.file(regulationTable, in.Lang, func(w io.Writer) error { return s.ExportRegulations(ctx, w, in.Lang) }), nil
		})
	create := route(RegulationEdit, http.MethodPost, "/api/policies", "create-policy", "Begin a policy")
	create.Status = http.StatusCreated
	httpapi.Register(a, create, func(ctx context.Context, in *createPolicyRequest) (*policyResponse, error) {
		id, err := s.CreateRegulation(ctx, in.Body.Code, in.Body.Text)
		if err != nil {
			return nil, err
		}
		return s.getPolicy(ctx, &policyPath{id})
	})
	httpapi.Register(a, route(RegulationEdit, http.MethodPost, "/api/policies/preview", "preview-policy", "Show a text as its readers will see it"), s.preview)
	httpapi.Register(a, route(RegulationRead, http.MethodGet, "/api/policies/{id}", "get-policy", "Read a policy with its versions"), s.getPolicy)
	httpapi.Register(a, route(RegulationEdit, http.MethodPut, "/api/policies/{id}/draft", "write-policy", "Write the draft of a policy"),
		func(ctx context.Context, in *writePolicyRequest) (*policyResponse, error) {
			if err := s.WriteRegulation(ctx, in.ID, in.Body.Version, in.Body.Text); err != nil {
				return nil, err
			}
			return s.getPolicy(ctx, &policyPath{in.ID})
		})
	httpapi.Register(a, route(RegulationEdit, http.MethodDelete, "/api/policies/{id}/draft", "discard-policy-draft", "Throw the draft of a policy away"),
		func(ctx context.Context, in *discardRequest) (*struct{}, error) {
			return nil, s.DiscardDraft(ctx, in.ID, in.Version)
		})
	httpapi.Register(a, route(RegulationEdit, http.MethodPost, "/api/policies/{id}/request", "request-policy", "Ask another person to publish the draft"),
		func(ctx context.Context, in *policyVersionRequest) (*askedResponse, error) {
			return answerAsked(s.RequestPublication(ctx, in.ID, in.Body.Version, in.Body.Reason))
		})
	httpapi.Register(a, route(RegulationEdit, http.MethodPost, "/api/policies/{id}/withdraw", "withdraw-policy", "End a policy"),
		func(ctx context.Context, in *policyVersionRequest) (*struct{}, error) {
			return nil, s.WithdrawRegulation(ctx, in.ID, in.Body.Version, in.Body.Reason)
		})
	httpapi.Register(a, route(RegulationRead, http.MethodGet, "/api/policies/{id}/readers", "list-policy-readers", "List who must know a policy"),
		func(ctx context.Context, in *readersRequest) (*readersResponse, error) {
			return s.listReaders(ctx, a.Cursors(), in)
		})
	httpapi.RegisterFile(a, route(RegulationRead, http.MethodGet, "/api/policies/{id}/readers/export", "export-policy-readers", "Who must know a policy as an Excel file"), s.exportReaders)
	httpapi.Register(a, route(httpapi.AnySession, http.MethodGet, "/api/own-policies", "list-own-policies", "List the policies that you must know"), s.listMine)
	httpapi.Register(a, route(httpapi.AnySession, http.MethodPost, "/api/own-policies/{id}/acknowledge", "acknowledge-policy", "Acknowledge that you know a policy"),
		func(ctx context.Context, in *acknowledgeRequest) (*struct{}, error) {
			return nil, s.Acknowledge(ctx, in.ID, in.Body.Number)
		})
}

func (s *ControlService) listPolicies(ctx context.Context, _ *struct{}) (*listResponse[policyItem], error) {
	list, err := s.Regulations(ctx)
	items := make([]policyItem, len(list))
	for i, r := range list {
		items[i] = policyItem(r)
	}
	return answerList(items, err)
}

func (s *ControlService) getPolicy(ctx context.Context, in *policyPath) (*policyResponse, error) {
	r, err := s.Regulation(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := policyFull{
		ID: r.ID, Code: r.Code, Current: r.Current, Withdrawn: r.Withdrawn, Version: r.Version, Readers: r.Readers, Acknowledged: r.Acknowledged,
		Versions: make([]policyVersionItem, len(r.Versions)),
	}
	for i, v := range r.Versions {
		item := policyVersionItem{
			RegulationText: v.RegulationText, Number: v.Number, State: v.State, Version: v.Version,
			UpdatedAt: v.UpdatedAt, UpdatedBy: v.UpdatedBy, PublishedAt: v.PublishedAt, PublishedBy: v.PublishedBy,
		}
		if item.HTMLZH, item.HTMLEN, err = bothRendered(v.BodyZH, v.BodyEN); err != nil {
			return nil, err
		}
		out.Versions[i] = item
	}
	return &policyResponse{Body: out}, nil
}

func bothRendered(zh, en string) (string, string, error) {
	one, err := RenderMarkdown(zh)
	if err != nil {
		return "", "", err
	}
	two, err := RenderMarkdown(en)
	return one, two, err
}

func (s *ControlService) preview(_ context.Context, in *previewRequest) (*previewResponse, error) {
	html, err := RenderMarkdown(in.Body.Text)
	if err != nil {
		return nil, err
	}
	out := &previewResponse{}
	out.Body.HTML = html
	return out, nil
}

func (s *ControlService) listReaders(ctx context.Context, cursors *httpapi.Cursors, in *readersRequest) (*readersResponse, error) {
	scope := "identity.readers/" + in.ID.String() + "/" + boolText(in.Missing)
	page, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(ctx context.Context, after *string, limit int32) ([]Reader, error) {
			f := ReadersFilter{Missing: in.Missing, Limit: limit}
			if after != nil {
				f.After = *after
			}
			return s.Readers(ctx, in.ID, f)
		},
		func(r Reader) string { return r.Number })
	if err != nil {
		return nil, err
	}
	items := make([]readerItem, len(page.Items))
	for i, r := range page.Items {
		items[i] = readerItem(r)
	}
	return &readersResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func boolText(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func (s *ControlService) exportReaders(ctx context.Context, in *readersExportRequest) (*httpapi.File, error) {
	var content bytes.Buffer
	if err := s.ExportReaders(ctx, in.ID, in.Missing, in.Lang, &content); err != nil {
		return nil, err
	}
	return &httpapi.File{
		Name: readerTable.FileName(in.Lang, s.clock.Now()), Type: sheet.ContentType,
		Write: func(w io.Writer) error { _, err := content.WriteTo(w); return err },
	}, nil
}

func (s *ControlService) listMine(ctx context.Context, _ *struct{}) (*listResponse[myPolicyItem], error) {
	list, err := s.MyRegulations(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]myPolicyItem, len(list))
	for i, m := range list {
		items[i] = myPolicyItem{
			ID: m.ID, Code: m.Code, Number: m.Number, TitleZH: m.TitleZH, TitleEN: m.TitleEN, Note: m.Note,
			PublishedAt: m.PublishedAt, AcknowledgedAt: m.AcknowledgedAt, Due: m.Due,
		}
		if items[i].HTMLZH, items[i].HTMLEN, err = bothRendered(m.BodyZH, m.BodyEN); err != nil {
			return nil, err
		}
	}
	return answerList(items, nil)
}
