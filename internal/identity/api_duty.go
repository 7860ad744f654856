package identity

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

type dutyRuleItem struct {
	ID        string           `json:"id"`
	First     actor.Permission `json:"first"`
	Second    actor.Permission `json:"second"`
	ZH        string           `json:"reason_zh"`
	EN        string           `json:"reason_en"`
	BuiltIn   bool             `json:"built_in" doc:"The program's; cannot be changed"`
	Version   int              `json:"version"`
	UpdatedAt *time.Time       `json:"updated_at"`
	UpdatedBy string           `json:"updated_by"`
}

// DutyFields is what a request says of a rule.
type DutyFields struct {
	First  actor.Permission `json:"first" maxLength:"200"`
	Second actor.Permission `json:"second" maxLength:"200"`
	ZH     string           `json:"reason_zh" maxLength:"2000" doc:"Why, for people"`
	EN     string           `json:"reason_en" maxLength:"2000"`
}

type dutyRuleRequest struct{ Body DutyFields }

type dutyRuleUpdate struct {
	ID   RuleID `path:"id"`
	Body struct {
		Version int `json:"version" doc:"The one that the edit was based on"`
		DutyFields
	}
}

type dutyRuleDelete struct {
	ID      RuleID `path:"id"`
	Version int    `query:"version" required:"true" doc:"The one that was shown"`
}

type createdRule struct {
	ID RuleID `json:"id"`
}

func (s *Service) registerDuty(a *httpapi.API) {
	tags := []string{"roles"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/duty-rules", ID: "list-duty-rules", Tags: tags, Permission: string(RoleRead),
		Summary: "Pairs of permissions that one person may not hold",
	}, func(ctx context.Context, _ *struct{}) (*listResponse[dutyRuleItem], error) {
		list, err := s.DutyRules(ctx)
		items := make([]dutyRuleItem, len(list))
		for i, r := range list {
			items[i] = dutyRuleItem{
				ID: r.ID, First: r.First, Second: r.Second, ZH: r.ZH, EN: r.EN, BuiltIn: r.BuiltIn, Version: r.Version, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy,
			}
		}
		return answerList(items, err)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/duty-rules", ID: "create-duty-rule", Tags: tags, Permission: string(DutyEditing), Status: http.StatusCreated, Idempotent: true,
		Summary: "Forbid a pair of permissions",
	}, s.createDutyRule)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/duty-rules/{id}", ID: "update-duty-rule", Tags: tags, Permission: string(DutyEditing), Status: http.StatusNoContent,
		Summary: "Change a rule",
	}, func(ctx context.Context, in *dutyRuleUpdate) (*struct{}, error) {
		return nil, s.UpdateDutyRule(ctx, in.ID, in.Body.Version, in.Body.edit())
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/duty-rules/{id}", ID: "delete-duty-rule", Tags: tags, Permission: string(DutyEditing), Status: http.StatusNoContent,
		Summary: "Remove a rule",
	}, func(ctx context.Context, in *dutyRuleDelete) (*struct{}, error) {
		return nil, s.DeleteDutyRule(ctx, in.ID, in.Version)
	})
	s.registerDutyFiles(a, tags)
}

func (s *Service) registerDutyFiles(a *httpapi.API, tags []string) {
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/duty-rules/export", ID: "export-duty-rules", Permission: string(RoleRead), Tags: tags,
		Summary: "Pairs of permissions that one person may not hold, as an Excel file",
	}, func(ctx context.Context, in *struct{ ExportQuery }) (*httpapi.File, error) {
		return s.file(dutyTable, in.Lang, func(w io.Writer) error { return s.ExportDutyRules(ctx, w, in.Lang) }), nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/duty-rules/import", ID: "import-duty-rules", Permission: string(DutyEditing), Tags: tags, Timeout: fileTimeout, MaxBody: sheet.MaxBytes,
		Summary:     "Make rules and change their reasons by an Excel file, all of it or nothing",
		Description: "In the form of the export. A rule is known by its pair; one that is not in the file stays.",
	}, func(ctx context.Context, in *roleImportRequest) (*roleImportResponse, error) {
		report, err := s.ImportDutyRules(ctx, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		return &roleImportResponse{Body: report}, nil
	})
}

func (b DutyFields) edit() DutyEdit { return DutyEdit(b) }
