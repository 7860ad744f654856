package identity

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
)

// AccountFilters are the parameters that the list and its export share.
type AccountFilters struct {
	Words  string    `query:"q" maxLength:"100" doc:"Beginning of the number, or part of the name"`
	State  State     `query:"state" enum:"active,suspended,left" doc:"Only this state"`
	Centre uuid.UUID `query:"centre_id" doc:"Only this centre and all below"`
	Role   RoleID    `query:"role_id" doc:"Only who has this role"`
}

func (f AccountFilters) filter() AccountFilter {
	return AccountFilter{Words: f.Words, State: f.State, Centre: f.Centre, Role: f.Role}
}

type accountsRequest struct {
	httpapi.PageRequest
	AccountFilters
}

type accountsResponse struct{ Body httpapi.Page[AccountItem] }

type accountExportRequest struct {
	AccountFilters
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the file"`
}

type accountPath struct {
	ID AccountID `path:"id"`
}

type accountReason struct {
	ID   AccountID `path:"id"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Stands in the audit"`
	}
}

type accountBody struct {
	ID                 AccountID        `json:"id"`
	Staff              uuid.UUID        `json:"staff_id"`
	Number             string           `json:"number"`
	Name               string           `json:"name"`
	Centre             uuid.UUID        `json:"centre_id"`
	State              State            `json:"state" enum:"active,suspended,left"`
	StateReason        string           `json:"state_reason"`
	HasPassword        bool             `json:"has_password"`
	MustChangePassword bool             `json:"must_change_password"`
	TOTP               bool             `json:"totp"`
	LastSignInAt       *time.Time       `json:"last_sign_in_at"`
	Version            int              `json:"version"`
	CreatedAt          time.Time        `json:"created_at"`
	Assignments        []assignmentItem `json:"assignments" doc:"Open ones first"`
}

type assignmentItem struct {
	ID         AssignmentID `json:"id"`
	Role       RoleID       `json:"role_id"`
	RoleCode   string       `json:"role_code"`
	RoleZH     string       `json:"role_zh"`
	RoleEN     string       `json:"role_en"`
	Centre     uuid.UUID    `json:"centre_id"`
	CentreName string       `json:"centre_name"`
	ValidFrom  time.Time    `json:"valid_from"`
	ValidUntil *time.Time   `json:"valid_until"`
	Reason     string       `json:"reason"`
	GrantedBy  string       `json:"granted_by"`
	CreatedAt  time.Time    `json:"created_at"`
	EndedAt    *time.Time   `json:"ended_at"`
	EndedBy    string       `json:"ended_by"`
}

type effectiveItem struct {
	Permission actor.Permission `json:"permission"`
	ZH         string           `json:"zh"`
	EN         string           `json:"en"`
	Grave      bool             `json:"grave"`
	Through    []throughItem    `json:"through" doc:"Why: each assignment that brings it"`
}

type throughItem struct {
	RoleCode   string     `json:"role_code"`
	RoleZH     string     `json:"role_zh"`
	RoleEN     string     `json:"role_en"`
	Centre     uuid.UUID  `json:"centre_id"`
	CentreName string     `json:"centre_name"`
	Until      *time.Time `json:"valid_until"`
	GrantedBy  string     `json:"granted_by"`
}

type temporaryBody struct {
	Password string `json:"password" doc:"Temporary; must be changed at the first sign-in. Shown once."`
}

func (s *Service) registerAccounts(a *httpapi.API) {
	tags := []string{"accounts"}
	route := func(p actor.Permission, method, path, id, summary string, status int) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: tags, Permission: string(p), Status: status}
	}
	httpapi.Register(a, route(AccountRead, http.MethodGet, "/api/accounts", "list-accounts", "List accounts by number", 0),
		func(ctx context.Context, in *accountsRequest) (*accountsResponse, error) {
			return s.listAccounts(ctx, a.Cursors(), in)
		})
	export := route(AccountRead, http.MethodGet, "/api/accounts/export", "export-accounts", "Accounts as an Excel file", 0)
	export.Timeout = fileTimeout
	httpapi.RegisterFile(a, export, func(ctx context.Context, in *accountExportRequest) (*httpapi.File, error) {
		return &httpapi.File{
			Name: accountTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
			Write: func(w io.Writer) error { return s.ExportAccounts(ctx, w, in.Lang, in.filter()) },
		}, nil
	})
	httpapi.Register(a, route(AccountRead, http.MethodGet, "/api/accounts/{id}", "get-account", "One account with its roles", 0), s.getAccount)
	httpapi.Register(a, route(AccountRead, http.MethodGet, "/api/accounts/{id}/permissions", "explain-account", "What an account may do now, and why", 0), s.explainAccount)
	httpapi.Register(a, route(SessionManage, http.MethodGet, "/api/accounts/{id}/sessions", "list-account-sessions", "Where an account is signed in", 0),
		func(ctx context.Context, in *accountPath) (*listResponse[Session], error) {
			return answerList(s.SessionsOf(ctx, in.ID))
		})
	httpapi.Register(a, route(SessionManage, http.MethodGet, "/api/accounts/{id}/sign-ins", "list-account-sign-ins", "The latest attempts to sign in to an account", 0),
		func(ctx context.Context, in *accountPath) (*listResponse[SignInAttempt], error) {
			return answerList(s.HistoryOf(ctx, in.ID))
		})
	httpapi.Register(a, route(SessionManage, http.MethodPost, "/api/accounts/{id}/end-sessions", "end-account-sessions", "End all sessions of an account", 0),
		func(ctx context.Context, in *accountReason) (*struct{ Body endedBody }, error) {
			return answerEnded(s.EndSessionsOf(ctx, in.ID, in.Body.Reason))
		})
	httpapi.Register(a, route(CredentialHelp, http.MethodPost, "/api/accounts/{id}/reset-password", "reset-account-password", "Give an account a temporary password", 0),
		func(ctx context.Context, in *accountReason) (*struct{ Body temporaryBody }, error) {
			temporary, err := s.ResetPassword(ctx, in.ID, in.Body.Reason)
			if err != nil {
				return nil, err
			}
			return &struct{ Body temporaryBody }{temporaryBody{Password: temporary}}, nil
		})
	httpapi.Register(a, route(CredentialHelp, http.MethodPost, "/api/accounts/{id}/unlock", "unlock-account", "Take the pauses after wrong passwords from an account", http.StatusNoContent),
		func(ctx context.Context, in *accountReason) (*struct{}, error) {
			return nil, s.Unlock(ctx, in.ID, in.Body.Reason)
		})
	httpapi.Register(a, route(CredentialHelp, http.MethodPost, "/api/accounts/{id}/disable-totp", "disable-account-totp", "Take the second factor from an account", http.StatusNoContent),
		func(ctx context.Context, in *accountReason) (*struct{}, error) {
			return nil, s.DisableTOTP(ctx, in.ID, in.Body.Reason)
		})
}

func (s *Service) listAccounts(ctx context.Context, cursors *httpapi.Cursors, in *accountsRequest) (*accountsResponse, error) {
	scope := "identity.accounts/" + in.Words + "/" + string(in.State) + "/" + in.Centre.String() + "/" + in.Role.String()
	page, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(ctx context.Context, after *string, limit int32) ([]AccountItem, error) {
			f := in.filter()
			f.Limit = limit
			if after != nil {
				f.After = *after
			}
			return s.Accounts(ctx, f)
		},
		func(i AccountItem) string { return i.Number })
	if err != nil {
		return nil, err
	}
	return &accountsResponse{Body: page}, nil
}

func (s *Service) getAccount(ctx context.Context, in *accountPath) (*struct{ Body accountBody }, error) {
	acct, err := s.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Assignments(ctx, in.ID, true)
	if err != nil {
		return nil, err
	}
	b := accountBody{
		ID: acct.ID, Staff: acct.Staff, Number: acct.Number, Name: acct.Name, Centre: acct.Centre, State: acct.State, StateReason: acct.StateReason,
		HasPassword: acct.HasPassword, MustChangePassword: acct.MustChangePassword, TOTP: acct.TOTP, LastSignInAt: acct.LastSignInAt,
		Version: acct.Version, CreatedAt: acct.CreatedAt, Assignments: make([]assignmentItem, len(list)),
	}
	for i, g := range list {
		b.Assignments[i] = assignmentItem{
			ID: g.ID, Role: g.Role, RoleCode: g.RoleCode, RoleZH: g.RoleZH, RoleEN: g.RoleEN, Centre: g.Centre, CentreName: g.CentreName,
			ValidFrom: g.ValidFrom, ValidUntil: g.ValidUntil, Reason: g.Reason, GrantedBy: g.GrantedBy, CreatedAt: g.CreatedAt, EndedAt: g.EndedAt, EndedBy: g.EndedBy,
		}
	}
	return &struct{ Body accountBody }{b}, nil
}

func (s *Service) explainAccount(ctx context.Context, in *accountPath) (*listResponse[effectiveItem], error) {
	list, err := s.Effective(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	items := make([]effectiveItem, len(list))
	for i, e := range list {
		items[i] = effectiveItem{Permission: e.Permission, ZH: e.ZH, EN: e.EN, Grave: e.Grave}
		for _, t := range e.Through {
			items[i].Through = append(items[i].Through, throughItem(t))
		}
	}
	return answerList(items, nil)
}
