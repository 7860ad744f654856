package identity

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

type campaignsRequest struct {
	httpapi.PageRequest
	State string `query:"state" enum:"open,closed" doc:"Only this state"`
}

type campaignsExportRequest struct {
	ExportQuery
	State string `query:"state" enum:"open,closed" doc:"Only this state"`
}

type campaignItem struct {
	ID          CampaignID `json:"id"`
	Name        string     `json:"name" privacy:"-"`
	Centre      uuid.UUID  `json:"centre_id"`
	CentreName  string     `json:"centre_name"`
	Team        *uuid.UUID `json:"team_id"`
	Roles       []string   `json:"roles" doc:"Codes; empty: all"`
	DueAt       time.Time  `json:"due_at"`
	State       string     `json:"state" enum:"open,closed"`
	OpenedBy    string     `json:"opened_by"`
	CreatedAt   time.Time  `json:"created_at"`
	ClosedAt    *time.Time `json:"closed_at"`
	ClosedBy    string     `json:"closed_by"`
	CloseReason string     `json:"close_reason"`
	Version     int        `json:"version"`
	Sheets      int64      `json:"sheets"`
	Signed      int64      `json:"signed"`
	Items       int64      `json:"items"`
	Decided     int64      `json:"decided"`
	Revoked     int64      `json:"revoked"`
}

type campaignsResponse struct{ Body httpapi.Page[campaignItem] }

type campaignPath struct {
	ID CampaignID `path:"id"`
}

type campaignResponse struct {
	Body struct {
		Campaign campaignItem `json:"campaign"`
		Sheets   []sheetItem  `json:"sheets"`
	}
}

type openCampaignRequest struct {
	Body struct {
		Name   string     `json:"name" minLength:"1" maxLength:"100" privacy:"-"`
		Centre uuid.UUID  `json:"centre_id" doc:"With everything below it"`
		Team   *uuid.UUID `json:"team_id,omitempty" doc:"Only this team; left out: all"`
		Roles  []string   `json:"roles" maxItems:"50" doc:"Codes; empty: all"`
		DueAt  time.Time  `json:"due_at"`
	}
}

type openCampaignResponse struct {
	Body struct {
		ID CampaignID `json:"id"`
	}
}

type closeCampaignRequest struct {
	ID   CampaignID `path:"id"`
	Body struct {
		Version int    `json:"version"`
		Reason  string `json:"reason" maxLength:"1000" doc:"Needed when something is not signed"`
	}
}

type sheetItem struct {
	ID             SheetID    `json:"id"`
	Campaign       CampaignID `json:"campaign_id"`
	CampaignName   string     `json:"campaign_name"`
	CampaignState  string     `json:"campaign_state" enum:"open,closed"`
	DueAt          time.Time  `json:"due_at"`
	Centre         uuid.UUID  `json:"centre_id"`
	Title          string     `json:"title"`
	ReviewerNumber string     `json:"reviewer_number" doc:"Empty: somebody must be named"`
	ReviewerName   string     `json:"reviewer_name"`
	Mine           bool       `json:"mine" doc:"You review it"`
	SignedAt       *time.Time `json:"signed_at"`
	SignedWith     string     `json:"signed_with"`
	Signature      string     `json:"signature" doc:"SHA-256 in hex; empty: not signed"`
	Remark         string     `json:"remark"`
	Version        int        `json:"version"`
	Items          int64      `json:"items"`
	Decided        int64      `json:"decided"`
	Revoked        int64      `json:"revoked"`
}

type sheetPath struct {
	ID SheetID `path:"id"`
}

type reviewItem struct {
	ID           ItemID     `json:"id"`
	Account      AccountID  `json:"account_id"`
	Number       string     `json:"number"`
	Name         string     `json:"name" privacy:"-"`
	RoleCode     string     `json:"role_code"`
	RoleZH       string     `json:"role_zh"`
	RoleEN       string     `json:"role_en"`
	Grave        bool       `json:"grave" doc:"The role holds a grave permission"`
	Centre       uuid.UUID  `json:"centre_id"`
	CentreName   string     `json:"centre_name"`
	ValidUntil   *time.Time `json:"valid_until"`
	GrantedAt    time.Time  `json:"granted_at"`
	LastSignInAt *time.Time `json:"last_sign_in_at"`
	Verdict      Verdict    `json:"verdict" doc:"keep, revoke, or empty: not decided"`
	Reason       string     `json:"reason"`
	Outcome      string     `json:"outcome" doc:"After the signature: kept, revoked, or gone when it was taken away meanwhile"`
}

type sheetResponse struct {
	Body struct {
		Sheet   sheetItem    `json:"sheet"`
		Items   []reviewItem `json:"items"`
		Genuine bool         `json:"genuine" doc:"The signature fits what is there; true when not signed"`
	}
}

type verdictsRequest struct {
	ID   SheetID `path:"id"`
	Body struct {
		Verdicts []struct {
			Item    ItemID  `json:"item_id"`
			Verdict Verdict `json:"verdict" doc:"keep, revoke, or empty to take it back"`
			Reason  string  `json:"reason" maxLength:"500" doc:"Needed to revoke"`
		} `json:"verdicts" minItems:"1" maxItems:"500"`
	}
}

type signRequest struct {
	ID   SheetID `path:"id"`
	Body struct {
		Version  int    `json:"version"`
		Password string `json:"password" maxLength:"1024" doc:"One of both"`
		Code     string `json:"code" maxLength:"32" doc:"Of the authenticator"`
		Remark   string `json:"remark" maxLength:"1000"`
	}
}

type handOverRequest struct {
	ID   SheetID `path:"id"`
	Body struct {
		Version int    `json:"version"`
		Number  string `json:"number" minLength:"1" maxLength:"16" doc:"Staff number of the new reviewer"`
		Reason  string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

type campaignExportRequest struct {
	ID   CampaignID `path:"id"`
	Lang string     `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

func (s *ControlService) registerReviews(a *httpapi.API) {
	route := func(p actor.Permission, method, path, id, summary string) httpapi.Route {
		return controlRoute("reviews", p, method, path, id, summary)
	}
	httpapi.Register(a, route(ReviewRead, http.MethodGet, "/api/reviews", "list-reviews", "List access reviews, newest first"),
		func(ctx context.Context, in *campaignsRequest) (*campaignsResponse, error) {
			return s.listCampaigns(ctx, a.Cursors(), in)
		})
	export := route(ReviewRead, http.MethodGet, "/api/reviews/export", "export-reviews", "Access reviews as an Excel file")
	export.Timeout = fileTimeout
	httpapi.RegisterFile(a, export, func(ctx context.Context, in *campaignsExportRequest) (*httpapi.File, error) {
		return s.identity.file(campaignsTable, in.Lang, func(w io.Writer) error {
			return s.ExportCampaigns(ctx, w, in.Lang, CampaignFilter{State: in.State})
		}), nil
	})
	httpapi.Register(a, route(ReviewManage, http.MethodPost, "/api/reviews", "open-review", "Begin an access review"), s.openCampaign)
	httpapi.Register(a, route(ReviewRead, http.MethodGet, "/api/reviews/{id}", "get-review", "Read an access review with its sheets"), s.getCampaign)
	httpapi.Register(a, route(ReviewManage, http.MethodPost, "/api/reviews/{id}/close", "close-review", "Close an access review"),
		func(ctx context.Context, in *closeCampaignRequest) (*struct{}, error) {
			return nil, s.CloseCampaign(ctx, in.ID, in.Body.Version, in.Body.Reason)
		})
	httpapi.RegisterFile(a, route(ReviewRead, http.MethodGet, "/api/reviews/{id}/export", "export-review", "The evidence of an access review as an Excel file"), s.exportCampaign)
	httpapi.Register(a, route(httpapi.SignedIn, http.MethodGet, "/api/review-sheets", "list-own-review-sheets", "List the sheets that you review"),
		func(ctx context.Context, _ *struct{}) (*listResponse[sheetItem], error) {
			list, err := s.MySheets(ctx)
			return answerList(sheetItems(ctx, list), err)
		})
	httpapi.Register(a, route(httpapi.SignedIn, http.MethodGet, "/api/review-sheets/{id}", "get-review-sheet", "Read a review sheet with its items"), s.getSheet)
	httpapi.Register(a, route(ReviewSign, http.MethodPost, "/api/review-sheets/{id}/verdicts", "decide-review-items", "Keep or revoke roles on a sheet"),
		func(ctx context.Context, in *verdictsRequest) (*sheetResponse, error) {
			verdicts := make([]ItemVerdict, len(in.Body.Verdicts))
			for i, v := range in.Body.Verdicts {
				verdicts[i] = ItemVerdict{Item: v.Item, Verdict: v.Verdict, Reason: v.Reason}
			}
			if err := s.DecideItems(ctx, in.ID, verdicts); err != nil {
				return nil, err
			}
			return s.getSheet(ctx, &sheetPath{in.ID})
		})
	httpapi.Register(a, route(ReviewSign, http.MethodPost, "/api/review-sheets/{id}/sign", "sign-review-sheet", "Sign a sheet; what was revoked is taken away at once"),
		func(ctx context.Context, in *signRequest) (*sheetResponse, error) {
			if err := s.SignSheet(ctx, in.ID, in.Body.Version, Proof{Password: in.Body.Password, Code: in.Body.Code}, in.Body.Remark); err != nil {
				return nil, err
			}
			return s.getSheet(ctx, &sheetPath{in.ID})
		})
	httpapi.Register(a, route(ReviewManage, http.MethodPost, "/api/review-sheets/{id}/hand-over", "hand-over-review-sheet", "Name another reviewer for a sheet"),
		func(ctx context.Context, in *handOverRequest) (*struct{}, error) {
			return nil, s.HandOver(ctx, in.ID, in.Body.Version, in.Body.Number, in.Body.Reason)
		})
}

func stateOf(closed bool) string {
	if closed {
		return "closed"
	}
	return "open"
}

func (c Campaign) item() campaignItem {
	i := campaignItem{
		ID: c.ID, Name: c.Name, Centre: c.Centre, CentreName: c.CentreName, Roles: c.Roles, DueAt: c.DueAt, State: stateOf(c.Closed), OpenedBy: c.OpenedBy,
		CreatedAt: c.CreatedAt, ClosedAt: c.ClosedAt, ClosedBy: c.ClosedBy, CloseReason: c.CloseReason, Version: c.Version,
		Sheets: c.Sheets, Signed: c.Signed, Items: c.Items, Decided: c.Decided, Revoked: c.Revoked,
	}
	if c.Team != uuid.Nil {
		i.Team = &c.Team
	}
	return i
}

func sheetItems(ctx context.Context, list []Sheet) []sheetItem {
	items := make([]sheetItem, len(list))
	for i, sh := range list {
		items[i] = sh.item(ctx)
	}
	return items
}

func (s Sheet) item(ctx context.Context) sheetItem {
	a := actor.From(ctx)
	return sheetItem{
		ID: s.ID, Campaign: s.Campaign, CampaignName: s.CampaignName, CampaignState: stateOf(s.CampaignClosed), DueAt: s.DueAt, Centre: s.Centre,
		Title: s.Title, ReviewerNumber: s.ReviewerNumber, ReviewerName: s.ReviewerName, Mine: a != nil && !s.Reviewer.IsZero() && s.Reviewer.UUID() == a.Account,
		SignedAt: s.SignedAt, SignedWith: s.SignedWith, Signature: hex.EncodeToString(s.Signature), Remark: s.Remark, Version: s.Version,
		Items: s.Items, Decided: s.Decided, Revoked: s.Revoked,
	}
}

func (s *ControlService) listCampaigns(ctx context.Context, cursors *httpapi.Cursors, in *campaignsRequest) (*campaignsResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "identity.reviews/"+in.State, in.PageRequest,
		func(ctx context.Context, after *CampaignPosition, limit int32) ([]Campaign, error) {
			return s.Campaigns(ctx, CampaignFilter{State: in.State, After: after, Limit: limit})
		},
		func(c Campaign) CampaignPosition { return CampaignPosition{CreatedAt: c.CreatedAt, ID: c.ID} })
	if err != nil {
		return nil, err
	}
	items := make([]campaignItem, len(page.Items))
	for i, c := range page.Items {
		items[i] = c.item()
	}
	return &campaignsResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func (s *ControlService) getCampaign(ctx context.Context, in *campaignPath) (*campaignResponse, error) {
	c, err := s.Campaign(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	sheets, err := s.Sheets(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &campaignResponse{}
	out.Body.Campaign, out.Body.Sheets = c.item(), sheetItems(ctx, sheets)
	return out, nil
}

func (s *ControlService) openCampaign(ctx context.Context, in *openCampaignRequest) (*openCampaignResponse, error) {
	n := NewCampaign{Name: in.Body.Name, Centre: in.Body.Centre, Roles: in.Body.Roles, DueAt: in.Body.DueAt}
	if in.Body.Team != nil {
		n.Team = *in.Body.Team
	}
	id, err := s.OpenCampaign(ctx, n)
	if err != nil {
		return nil, err
	}
	out := &openCampaignResponse{}
	out.Body.ID = id
	return out, nil
}

func (s *ControlService) getSheet(ctx context.Context, in *sheetPath) (*sheetResponse, error) {
	sh, items, genuine, err := s.Sheet(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &sheetResponse{}
	out.Body.Sheet, out.Body.Genuine, out.Body.Items = sh.item(ctx), genuine, make([]reviewItem, len(items))
	for i, it := range items {
		out.Body.Items[i] = reviewItem{
			ID: it.ID, Account: it.Account, Number: it.Number, Name: it.Name, RoleCode: it.RoleCode, RoleZH: it.RoleZH, RoleEN: it.RoleEN, Grave: it.Grave,
			Centre: it.Centre, CentreName: it.CentreName, ValidUntil: it.ValidUntil, GrantedAt: it.GrantedAt, LastSignInAt: it.LastSignInAt,
			Verdict: it.Verdict, Reason: it.Reason, Outcome: it.Outcome,
		}
	}
	return out, nil
}

func (s *ControlService) exportCampaign(ctx context.Context, in *campaignExportRequest) (*httpapi.File, error) {
	var content bytes.Buffer
	if err := s.ExportCampaign(ctx, in.ID, in.Lang, &content); err != nil {
		return nil, err
	}
	return &httpapi.File{
		Name: campaignTable.FileName(in.Lang, s.clock.Now()), Type: sheet.ContentType,
		Write: func(w io.Writer) error { _, err := content.WriteTo(w); return err },
	}, nil
}
