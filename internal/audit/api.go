package audit

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/audit/chain"
	"yingda/internal/platform/httpapi"
)

// requestID gives the id of the HTTP request being served, or "".
func requestID(ctx context.Context) string { return httpapi.RequestID(ctx) }

// target gives the route and the path of the HTTP request being served, or "".
func target(ctx context.Context) (pattern, path string) { return httpapi.TargetOf(ctx) }

// FilterRequest holds the filters of the list and of its export.
type FilterRequest struct {
	From       time.Time `query:"from" doc:"From this moment on"`
	To         time.Time `query:"to" doc:"Before this moment"`
	Actor      string    `query:"actor" maxLength:"200" doc:"Staff number, or the name of a part of the system"`
	Action     string    `query:"action" maxLength:"100" doc:"An action or its beginning, such as organization. or organization.staff"`
	ObjectKind string    `query:"object_kind" maxLength:"200"`
	ObjectID   string    `query:"object_id" maxLength:"200"`
	Centre     string    `query:"centre" format:"uuid" doc:"Where the object belongs"`
	Text       string    `query:"text" maxLength:"200" doc:"Part of the reason or of the object's label; without from the last 90 days are searched"`
}

func (r FilterRequest) filter() Filter {
	centre, _ := uuid.Parse(r.Centre) // the format was checked
	return Filter{From: r.From, To: r.To, Actor: r.Actor, Action: r.Action, ObjectKind: r.ObjectKind, ObjectID: r.ObjectID, Centre: centre, Text: r.Text}
}

// scope binds a page's cursor to its filters.
func (r FilterRequest) scope() string {
	s := "audit.entries"
	for _, v := range []string{r.From.Format(time.RFC3339Nano), r.To.Format(time.RFC3339Nano), r.Actor, r.Action, r.ObjectKind, r.ObjectID, r.Centre, r.Text} {
		s += "/" + v
	}
	return s
}

type listRequest struct {
	httpapi.PageRequest
	FilterRequest
}

type exportRequest struct {
	FilterRequest
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

// auditActor is who acted.
type auditActor struct {
	Kind      string `json:"kind" enum:"person,program,system"`
	AccountID string `json:"account_id" doc:"Empty for a part of the system"`
	Number    string `json:"number" doc:"Staff number; empty for a part of the system"`
	Name      string `json:"name" privacy:"-"`
	Address   string `json:"address" privacy:"-" doc:"Network address"`
}

// auditObject is what it was done to.
type auditObject struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Label string `json:"label"`
}

// AuditItem is one entry of the list.
type AuditItem struct {
	ID       EntryID     `json:"id"`
	At       time.Time   `json:"at"`
	Actor    auditActor  `json:"actor"`
	Action   string      `json:"action"`
	Object   auditObject `json:"object"`
	CentreID string      `json:"centre_id" doc:"Where the object belongs; empty: a place, or the nation"`
	Province string      `json:"province"`
	City     string      `json:"city"`
	Reason   string      `json:"reason"`
	Changes  int         `json:"changes" doc:"How many fields changed"`
}

// auditChange is a field before and after, as JSON values.
type auditChange struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

// auditDetail is one entry with everything.
type auditDetail struct {
	AuditItem
	Fields    []auditChange `json:"fields"`
	RequestID string        `json:"request_id"`
	Sealed    bool          `json:"sealed" doc:"False for some seconds after it was written"`
}

// sealState is GET /api/audit/seal.
type sealState struct {
	Condition  Condition  `json:"condition" enum:"whole,late,wrong,empty"`
	LastNumber int64      `json:"last_number" doc:"Of the last batch; 0 when nothing was sealed yet"`
	LastMadeAt *time.Time `json:"last_made_at"`
	LastHead   string     `json:"last_head"`
	KeyID      string     `json:"key_id"`
	PublicKey  string     `json:"public_key" doc:"To be noted down by the auditor"`
	Waiting    int        `json:"waiting_seconds" doc:"How long the oldest entry that is not sealed waits; 0 when none does"`
	VerifiedAt *time.Time `json:"verified_at" doc:"The last verification; null when there was none"`
	Verified   int64      `json:"verified_entries"`
	Wrong      int64      `json:"wrong" doc:"How much the last verification found wrong"`
	FirstWrong string     `json:"first_wrong" doc:"The first of it, in English"`
}

type verifyRequest struct {
	Body struct {
		Days int `json:"days" minimum:"1" maximum:"366" doc:"How many days back"`
	}
}

type verifyAnswer struct {
	Entries  int64         `json:"entries"`
	Batches  int64         `json:"batches"`
	Wrong    int64         `json:"wrong"`
	Findings []sealFinding `json:"findings" doc:"The first hundred"`
}

type sealFinding struct {
	Wrong string    `json:"wrong" enum:"entry_changed,entry_missing,entry_inserted,entry_backdated,entry_unsealed,entry_twice,batch_changed,batch_missing,batch_reordered,batch_unlinked,signature_wrong,key_changed,key_unknown,key_foreign,chain_cut,head_differs,head_missing,head_damaged,pending_stale"`
	Entry string    `json:"entry" doc:"Id; empty when it is not about one entry"`
	Batch int64     `json:"batch" doc:"Number; 0 when it is not about one batch"`
	At    time.Time `json:"at"`
	Text  string    `json:"text" doc:"In English"`
}

type (
	listResponse   struct{ Body httpapi.Page[AuditItem] }
	detailResponse struct{ Body auditDetail }
	sealResponse   struct{ Body sealState }
	verifyResponse struct{ Body verifyAnswer }
	detailRequest  struct {
		ID EntryID `path:"id"`
	}
)

// RegisterAPI adds the routes; it also runs without a service, to describe the API.
func (s *Service) RegisterAPI(a *httpapi.API) {
	tags := []string{"audit"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/audit-entries", ID: "list-audit-entries", Permission: string(EntryRead), Tags: tags,
		Summary: "List who did what, newest first",
	}, func(ctx context.Context, in *listRequest) (*listResponse, error) {
		return s.listPage(ctx, a.Cursors(), in)
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/audit-entries/export", ID: "export-audit-entries", Permission: string(EntryExport), Tags: tags,
		Summary: "Take entries as a workbook; this leaves an entry itself", Timeout: 5 * time.Minute,
	}, s.exportFile)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/audit-entries/{id}", ID: "get-audit-entry", Permission: string(EntryRead), Tags: tags,
		Summary: "Read one entry with its changes",
	}, s.detail)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/audit/seal", ID: "get-audit-seal", Permission: string(SealRead), Tags: tags,
		Summary: "Tell how the audit is sealed",
	}, s.sealAnswer)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/audit/verification", ID: "verify-audit", Permission: string(SealVerify), Tags: tags,
		Summary: "Verify the seal now", Timeout: 2 * time.Minute,
	}, s.verifyAnswer)
}

func (s *Service) listPage(ctx context.Context, cursors *httpapi.Cursors, in *listRequest) (*listResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, in.scope(), in.PageRequest,
		func(ctx context.Context, after *EntryID, limit int32) ([]Item, error) {
			f := in.filter()
			if f.Limit = limit; after != nil {
				f.After = *after
			}
			return s.List(ctx, f)
		}, func(i Item) EntryID { return i.ID })
	if err != nil {
		return nil, err
	}
	items := make([]AuditItem, len(page.Items))
	for i, e := range page.Items {
		items[i] = itemOf(e)
	}
	return &listResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func itemOf(e Item) AuditItem {
	return AuditItem{
		ID: e.ID, At: e.At, Action: e.Action, Object: auditObject(e.Object), CentreID: orEmpty(e.Centre),
		Province: e.Province, City: e.City, Reason: e.Reason, Changes: e.Changes,
		Actor: auditActor{Kind: e.ActorKind, AccountID: orEmpty(e.ActorID), Number: e.ActorNumber, Name: e.ActorName, Address: e.Address},
	}
}

// orEmpty gives "" for none.
func orEmpty(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

func (s *Service) exportFile(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
	name, write, err := s.Export(ctx, in.filter(), in.Lang)
	if err != nil {
		return nil, err
	}
	return &httpapi.File{Name: name, Type: httpapi.TypeXLSX, Write: write}, nil
}

func (s *Service) detail(ctx context.Context, in *detailRequest) (*detailResponse, error) {
	d, err := s.Entry(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &detailResponse{Body: auditDetail{AuditItem: itemOf(d.Item), Fields: []auditChange{}, RequestID: d.RequestID, Sealed: d.Sealed}}
	for _, f := range d.Fields {
		out.Body.Fields = append(out.Body.Fields, auditChange{Field: f.Field, Old: f.Old, New: f.New})
	}
	return out, nil
}

func (s *Service) sealAnswer(ctx context.Context, _ *struct{}) (*sealResponse, error) {
	st, err := s.State(ctx)
	if err != nil {
		return nil, err
	}
	return &sealResponse{Body: sealState{
		Condition: st.Condition, Waiting: int(st.OldestWaits / time.Second), LastNumber: st.LastNumber, LastMadeAt: orNever(st.LastMadeAt),
		LastHead: st.LastHead, KeyID: st.KeyID, PublicKey: st.PublicKey, VerifiedAt: orNever(st.VerifiedAt), Verified: st.Verified,
		Wrong: st.WrongThings, FirstWrong: st.FirstWrong,
	}}, nil
}

// orNever gives null for the zero time.
func orNever(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Service) verifyAnswer(ctx context.Context, in *verifyRequest) (*verifyResponse, error) {
	v, found, err := s.VerifyNow(ctx, in.Body.Days)
	if err != nil {
		return nil, err
	}
	out := &verifyResponse{Body: verifyAnswer{Entries: v.Entries, Batches: v.Batches, Wrong: v.Wrong, Findings: []sealFinding{}}}
	for _, f := range found {
		out.Body.Findings = append(out.Body.Findings, findingOf(f))
	}
	return out, nil
}

func findingOf(f chain.Finding) sealFinding {
	return sealFinding{Wrong: string(f.Wrong), Entry: f.Entry, Batch: f.Batch, At: f.At, Text: f.Text}
}
