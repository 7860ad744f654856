package identity

import (
	"context"
	"io"
	"net/http"
	"strings"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// RoleFields is what a request says of a role.
type RoleFields struct {
	ZH          string             `json:"name_zh" maxLength:"400"`
	EN          string             `json:"name_en" maxLength:"400"`
	Note        string             `json:"note,omitempty" maxLength:"4000"`
	Levels      []actor.Level      `json:"levels" maxItems:"10" doc:"At centres of which levels it can be given"`
	Permissions []actor.Permission `json:"permissions" maxItems:"2000"`
}

func (b RoleFields) edit() RoleEdit { return RoleEdit(b) }

type createRoleRequest struct {
	Body struct {
		Code string `json:"code" maxLength:"64" doc:"Small letters, digits and _; never changes"`
		RoleFields
	}
}

type createdRole struct {
	ID RoleID `json:"id"`
}

type rolePath struct {
	ID RoleID `path:"id"`
}

type updateRoleRequest struct {
	ID   RoleID `path:"id"`
	Body struct {
		Version int `json:"version" doc:"The one that the edit was based on"`
		RoleFields
	}
}

type versionedDelete struct {
	ID      RoleID `path:"id"`
	Version int    `query:"version" required:"true" doc:"The one that was shown"`
}

type roleResponse struct{ Body Role }

type holdersRequest struct {
	httpapi.PageRequest
	ID RoleID `path:"id"`
}

type holdersResponse struct{ Body httpapi.Page[Holder] }

type permissionItem struct {
	Permission actor.Permission `json:"permission"`
	ZH         string           `json:"zh"`
	EN         string           `json:"en"`
	Grave      bool             `json:"grave" doc:"Changes who may do what, or shows personal data"`
	Domain     string           `json:"domain" doc:"The first word, for grouping"`
}

func (s *Service) registerRoles(a *httpapi.API) {
	tags := []string{"roles"}
	route := func(p actor.Permission, method, path, id, summary string, status int) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: tags, Permission: string(p), Status: status}
	}
	httpapi.Register(a, route(RoleRead, http.MethodGet, "/api/roles", "list-roles", "All roles", 0),
		func(ctx context.Context, _ *struct{}) (*listResponse[Role], error) { return answerList(s.Roles(ctx)) })
	httpapi.Register(a, route(RoleRead, http.MethodGet, "/api/permissions", "list-permissions", "Everything that can be allowed", 0), s.listPermissions)
	httpapi.Register(a, route(RoleRead, http.MethodGet, "/api/roles/{id}", "get-role", "One role", 0),
		func(ctx context.Context, in *rolePath) (*roleResponse, error) { return answerRole(s.Role(ctx, in.ID)) })
	httpapi.Register(a, route(RoleRead, http.MethodGet, "/api/roles/{id}/holders", "list-role-holders", "Who has a role", 0),
		func(ctx context.Context, in *holdersRequest) (*holdersResponse, error) {
			page, err := httpapi.Paginate(ctx, a.Cursors(), "identity.holders/"+in.ID.String(), in.PageRequest,
				func(ctx context.Context, after *AssignmentID, limit int32) ([]Holder, error) {
					var last AssignmentID
					if after != nil {
						last = *after
					}
					return s.Holders(ctx, in.ID, last, limit)
				},
				func(h Holder) AssignmentID { return h.Assignment })
			if err != nil {
				return nil, err
			}
			return &holdersResponse{Body: page}, nil
		})
	create := route(RoleEditing, http.MethodPost, "/api/roles", "create-role", "Make a role", http.StatusCreated)
	create.Idempotent = true
	httpapi.Register(a, create, s.createRole)
	httpapi.Register(a, route(RoleEditing, http.MethodPut, "/api/roles/{id}", "update-role", "Change a role", 0),
		func(ctx context.Context, in *updateRoleRequest) (*roleResponse, error) {
			return answerRole(s.UpdateRole(ctx, in.ID, in.Body.Version, in.Body.edit()))
		})
	httpapi.Register(a, route(RoleEditing, http.MethodDelete, "/api/roles/{id}", "delete-role", "Remove a role that nobody has", http.StatusNoContent),
		func(ctx context.Context, in *versionedDelete) (*struct{}, error) {
			return nil, s.DeleteRole(ctx, in.ID, in.Version)
		})
	s.registerRoleFiles(a, tags)
}

type roleImportRequest struct {
	DryRun  bool `query:"dry_run" default:"true" doc:"Only tell what would happen"`
	RawBody []byte
}

type roleImportResponse struct{ Body *sheet.Report }

func (s *Service) registerRoleFiles(a *httpapi.API, tags []string) {
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/roles/export", ID: "export-roles", Permission: string(RoleRead), Tags: tags,
		Summary: "Roles with their permissions as an Excel file",
	}, func(ctx context.Context, in *struct{ ExportQuery }) (*httpapi.File, error) {
		return s.file(roleTable, in.Lang, func(w io.Writer) error { return s.ExportRoles(ctx, w, in.Lang) }), nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/roles/{id}/holders/export", ID: "export-role-holders", Permission: string(RoleRead), Tags: tags, Timeout: fileTimeout,
		Summary: "Who has a role, as an Excel file",
	}, func(ctx context.Context, in *struct {
		ID RoleID `path:"id"`
		ExportQuery
	}) (*httpapi.File, error) {
		return s.file(holderTable, in.Lang, func(w io.Writer) error { return s.ExportHolders(ctx, w, in.Lang, in.ID) }), nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/roles/import", ID: "import-roles", Permission: string(RoleEditing), Tags: tags, Timeout: fileTimeout, MaxBody: sheet.MaxBytes,
		Summary:     "Make and change roles by an Excel file, all of it or nothing",
		Description: "In the form of the export: one row for each role and permission. A role of the file has exactly the permissions of its rows; a role that is not in the file stays.",
	}, func(ctx context.Context, in *roleImportRequest) (*roleImportResponse, error) {
		report, err := s.ImportRoles(ctx, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		return &roleImportResponse{Body: report}, nil
	})
}

func answerRole(r Role, err error) (*roleResponse, error) {
	if err != nil {
		return nil, err
	}
	return &roleResponse{Body: r}, nil
}

func (s *Service) listPermissions(context.Context, *struct{}) (*listResponse[permissionItem], error) {
	items := make([]permissionItem, 0, len(s.cfg.Catalogue))
	for _, d := range s.cfg.Catalogue {
		domain, _, _ := strings.Cut(string(d.Permission), ".")
		items = append(items, permissionItem{Permission: d.Permission, ZH: d.ZH, EN: d.EN, Grave: d.Grave, Domain: domain})
	}
	return answerList(items, nil)
}
