package approval

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

type listRequest struct {
	httpapi.PageRequest
	Filters
}

// Filters are the parameters that lists and exports share.
type Filters struct {
	Box   Box    `query:"box" enum:"to_decide,mine,all" default:"to_decide" doc:"to_decide: open and yours to decide; mine: asked for by you; all: of your centres"`
	State State  `query:"state" enum:"open,approved,refused,withdrawn,expired,failed" doc:"Only this state"`
	Kind  string `query:"kind" maxLength:"100" doc:"Only this kind"`
	Text  string `query:"q" maxLength:"100" doc:"Part of what it is about, or of the asker's name or number"`
}

func (f Filters) filter() Filter {
	return Filter{Box: f.Box, State: f.State, Kind: f.Kind, Text: f.Text}
}

// RequestItem is one request of a list.
type RequestItem struct {
	ID        RequestID  `json:"id"`
	Kind      string     `json:"kind"`
	KindZH    string     `json:"kind_zh"`
	KindEN    string     `json:"kind_en"`
	Grave     bool       `json:"grave" doc:"Decided one by one"`
	ObjectID  string     `json:"object_id"`
	Label     string     `json:"label" doc:"What it is about"`
	Centre    *uuid.UUID `json:"centre_id" doc:"null: the nation's"`
	Requester Person     `json:"requester"`
	Reason    string     `json:"reason"`
	State     State      `json:"state" enum:"open,approved,refused,withdrawn,expired,failed"`
	Step      int        `json:"step"`
	ClosedBy  string     `json:"closed_by" doc:"Who decided or withdrew it; empty while open or when it expired"`
	ClosedAt  *time.Time `json:"closed_at"`
	Comment   string     `json:"comment"`
	ExpiresAt time.Time  `json:"expires_at"`
	CreatedAt time.Time  `json:"created_at"`
}

type listResponse struct{ Body httpapi.Page[RequestItem] }

type idRequest struct {
	ID RequestID `path:"id"`
}

type stepItem struct {
	Number     int        `json:"number"`
	Permission string     `json:"permission"`
	State      State      `json:"state" enum:"open,approved,refused"`
	By         Person     `json:"by"`
	At         *time.Time `json:"at"`
	Comment    string     `json:"comment"`
}

type remarkItem struct {
	By   Person    `json:"by"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// fullItem is a request with everything a decider reads.
type fullItem struct {
	RequestItem
	Evidence    []string     `json:"evidence" doc:"Where it is written down: document numbers, links"`
	Failure     string       `json:"failure" doc:"failed: why the change could not be made"`
	Steps       []stepItem   `json:"steps"`
	Remarks     []remarkItem `json:"remarks"`
	Details     []Detail     `json:"details" doc:"What would change, as the object stands now"`
	Problem     string       `json:"problem" doc:"Code of why the details cannot be told; empty otherwise"`
	MayDecide   bool         `json:"may_decide"`
	WhyNot      string       `json:"why_not" doc:"Code of why you may not decide; empty when you may"`
	MayWithdraw bool         `json:"may_withdraw"`
}

type fullResponse struct{ Body fullItem }

type decideRequest struct {
	ID   RequestID `path:"id"`
	Body struct {
		Approve bool   `json:"approve"`
		Comment string `json:"comment" maxLength:"1000" doc:"Needed for a refusal"`
	}
}

type decideManyRequest struct {
	Body struct {
		IDs     []RequestID `json:"ids" minItems:"1" maxItems:"100"`
		Approve bool        `json:"approve"`
		Comment string      `json:"comment" maxLength:"1000"`
	}
}

type outcomeItem struct {
	ID      RequestID `json:"id"`
	Done    bool      `json:"done"`
	Code    string    `json:"code" doc:"Why it was not decided; empty when it was"`
	Message string    `json:"message"`
}

type decideManyResponse struct {
	Body struct {
		Outcomes []outcomeItem `json:"outcomes"`
	}
}

type withdrawRequest struct {
	ID   RequestID `path:"id"`
	Body struct {
		Comment string `json:"comment" maxLength:"1000"`
	}
}

type remarkRequest struct {
	ID   RequestID `path:"id"`
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"1000"`
	}
}

type kindItem struct {
	Name  string `json:"kind"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	Grave bool   `json:"grave"`
}

type kindsResponse struct {
	Body struct {
		Kinds []kindItem `json:"kinds"`
	}
}

type countResponse struct{ Body Counts }

type exportRequest struct {
	Filters
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

// RegisterAPI adds the routes. What one may see and decide is each request's own matter, so the routes are open to
// everybody who is signed in and the use cases cut.
func (s *Service) RegisterAPI(a *httpapi.API) {
	route := func(method, path, id, summary string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: []string{"approvals"}, Permission: httpapi.SignedIn}
	}
	httpapi.Register(a, route(http.MethodGet, "/api/approvals", "list-approvals", "List requests for approval, newest first"),
		func(ctx context.Context, in *listRequest) (*listResponse, error) { return s.list(ctx, a.Cursors(), in) })
	httpapi.Register(a, route(http.MethodGet, "/api/approvals/count", "count-approvals", "Count what waits for you and what you wait for"),
		func(ctx context.Context, _ *struct{}) (*countResponse, error) {
			c, err := s.Count(ctx)
			return &countResponse{Body: c}, err
		})
	httpapi.Register(a, route(http.MethodGet, "/api/approvals/kinds", "list-approval-kinds", "List what can be asked for"), s.listKinds)
	httpapi.RegisterFile(a, route(http.MethodGet, "/api/approvals/export", "export-approvals", "Export requests for approval"), s.export)
	httpapi.Register(a, route(http.MethodGet, "/api/approvals/{id}", "get-approval", "Read a request with what it would change"), s.full)
	httpapi.Register(a, route(http.MethodPost, "/api/approvals/decide", "decide-approvals", "Decide several requests, each for itself"), s.decideAll)
	httpapi.Register(a, route(http.MethodPost, "/api/approvals/{id}/decide", "decide-approval", "Approve or refuse a request"),
		func(ctx context.Context, in *decideRequest) (*fullResponse, error) {
			if err := s.Decide(ctx, in.ID, Decision{Approve: in.Body.Approve, Comment: in.Body.Comment}); err != nil {
				return nil, err
			}
			return s.full(ctx, &idRequest{in.ID})
		})
	httpapi.Register(a, route(http.MethodPost, "/api/approvals/{id}/withdraw", "withdraw-approval", "Take back what you asked for"),
		func(ctx context.Context, in *withdrawRequest) (*fullResponse, error) {
			if err := s.Withdraw(ctx, in.ID, in.Body.Comment); err != nil {
				return nil, err
			}
			return s.full(ctx, &idRequest{in.ID})
		})
	httpapi.Register(a, route(http.MethodPost, "/api/approvals/{id}/remarks", "remark-approval", "Say something about a request"),
		func(ctx context.Context, in *remarkRequest) (*fullResponse, error) {
			if err := s.Remark(ctx, in.ID, in.Body.Text); err != nil {
				return nil, err
			}
			return s.full(ctx, &idRequest{in.ID})
		})
}

func (s *Service) list(ctx context.Context, cursors *httpapi.Cursors, in *listRequest) (*listResponse, error) {
	f := in.filter()
	scope := "approval/" + string(f.Box) + "/" + string(f.State) + "/" + f.Kind + "/" + f.Text
	page, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(ctx context.Context, after *Position, limit int32) ([]Request, error) {
			f.After, f.Limit = after, limit
			return s.List(ctx, f)
		},
		func(r Request) Position { return Position{CreatedAt: r.CreatedAt, ID: r.ID} })
	if err != nil {
		return nil, err
	}
	items := make([]RequestItem, len(page.Items))
	for i, r := range page.Items {
		items[i] = s.item(r)
	}
	return &listResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) item(r Request) RequestItem {
	k, known := s.kind(r.Kind)
	if !known {
		k.ZH, k.EN, k.Grave = r.Kind, r.Kind, true
	}
	item := RequestItem{
		ID: r.ID, Kind: r.Kind, KindZH: k.ZH, KindEN: k.EN, Grave: k.Grave, ObjectID: r.Object.ID, Label: r.Object.Label,
		Requester: r.Requester, Reason: r.Reason, State: r.State, Step: r.Step, ClosedBy: r.Closed.Name,
		ClosedAt: r.ClosedAt, Comment: r.Comment, ExpiresAt: r.ExpiresAt, CreatedAt: r.CreatedAt,
	}
	if r.Centre != uuid.Nil {
		item.Centre = &r.Centre
	}
	return item
}

func (s *Service) full(ctx context.Context, in *idRequest) (*fullResponse, error) {
	f, err := s.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := fullItem{
		RequestItem: s.item(f.Request), Evidence: f.Evidence, Failure: f.Failure, Steps: []stepItem{}, Remarks: []remarkItem{},
		Details: f.Details, MayDecide: f.Decide == nil, MayWithdraw: f.Withdraw,
	}
	if out.Details == nil {
		out.Details = []Detail{}
	}
	if out.Evidence == nil {
		out.Evidence = []string{}
	}
	for _, st := range f.Steps {
		out.Steps = append(out.Steps, stepItem{Number: st.Number, Permission: string(st.Permission), State: st.State, By: st.By, At: st.At, Comment: st.Comment})
	}
	for _, m := range f.Remarks {
		out.Remarks = append(out.Remarks, remarkItem(m))
	}
	out.WhyNot, _ = codeOf(f.Decide)
	out.Problem, _ = codeOf(f.Problem)
	return &fullResponse{Body: out}, nil
}

// codeOf gives what may be shown of an error.
func codeOf(err error) (code, message string) {
	if err == nil {
		return "", ""
	}
	if f, ok := fault.As(err); ok {
		return f.Code, f.Message
	}
	return "approval.internal", "something went wrong"
}

func (s *Service) decideAll(ctx context.Context, in *decideManyRequest) (*decideManyResponse, error) {
	list, err := s.DecideMany(ctx, in.Body.IDs, Decision{Approve: in.Body.Approve, Comment: in.Body.Comment})
	if err != nil {
		return nil, err
	}
	out := &decideManyResponse{}
	out.Body.Outcomes = make([]outcomeItem, len(list))
	for i, o := range list {
		code, message := codeOf(o.Err)
		out.Body.Outcomes[i] = outcomeItem{ID: o.ID, Done: o.Err == nil, Code: code, Message: message}
	}
	return out, nil
}

func (s *Service) listKinds(context.Context, *struct{}) (*kindsResponse, error) {
	out := &kindsResponse{}
	out.Body.Kinds = []kindItem{}
	for _, k := range s.Kinds() {
		out.Body.Kinds = append(out.Body.Kinds, kindItem{Name: k.Name, ZH: k.ZH, EN: k.EN, Grave: k.Grave})
	}
	return out, nil
}

func (s *Service) export(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
	var content bytes.Buffer // the list is bounded by what people decided; a failure is then a clean problem
	if err := s.Export(ctx, in.filter(), in.Lang, &content); err != nil {
		return nil, err
	}
	return &httpapi.File{
		Name: exported.FileName(in.Lang, s.cfg.Clock.Now()), Type: sheet.ContentType,
		Write: func(w io.Writer) error { _, err := content.WriteTo(w); return err },
	}, nil
}
