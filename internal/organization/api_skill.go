package organization

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

type SkillFilters struct {
	Kind  SkillKind `query:"kind" enum:"business,language,channel,customer,system" doc:"Only this kind"`
	State State     `query:"state" enum:"active,closed" doc:"Only this state"`
}

func (f SkillFilters) filter() SkillFilter { return SkillFilter{Kind: f.Kind, State: f.State} }

type skillListRequest struct {
	httpapi.PageRequest
	SkillFilters
}

// skillItem is one skill of the list.
type skillItem struct {
	ID          SkillID   `json:"id"`
	Code        string    `json:"code"`
	Name        string    `json:"name"`
	Kind        SkillKind `json:"kind" enum:"business,language,channel,customer,system"`
	Description string    `json:"description"`
	State       State     `json:"state" enum:"active,closed"`
	Version     int       `json:"version"`
	Holders     int       `json:"holders" doc:"Who hold it today, in the part of the country that you see"`
}

func skillItemOf(k SkillItem) skillItem {
	return skillItem{k.ID, k.Code, k.Name, k.Kind, k.Description, k.State, k.Version, k.Holders}
}

type (
	skillListResponse  struct{ Body httpapi.Page[skillItem] }
	skillResponse      struct{ Body skillItem }
	skillCreateRequest struct {
		Body struct {
			Code        string    `json:"code" minLength:"1" maxLength:"64"`
			Name        string    `json:"name" maxLength:"200"`
			Kind        SkillKind `json:"kind" enum:"business,language,channel,customer,system"`
			Description string    `json:"description,omitempty" maxLength:"4000"`
		}
	}
	skillCreatedResponse struct {
		Body struct {
			ID SkillID `json:"id"`
		}
	}
	skillUpdateRequest struct {
		ID   SkillID `path:"id"`
		Body struct {
			Version     int       `json:"version" minimum:"1"`
			Name        string    `json:"name" maxLength:"200"`
			Kind        SkillKind `json:"kind" enum:"business,language,channel,customer,system"`
			Description string    `json:"description" maxLength:"4000"`
			State       State     `json:"state" enum:"active,closed"`
		}
	}
	grantRequest struct {
		Body struct {
			Skill      SkillID   `json:"skill_id"`
			Staff      []StaffID `json:"staff_ids" minItems:"1" maxItems:"500"`
			Level      int       `json:"level" minimum:"1" maximum:"9"`
			ValidFrom  Day       `json:"valid_from,omitempty" maxLength:"10" doc:"Left out: today"`
			ValidUntil Day       `json:"valid_until,omitempty" maxLength:"10" doc:"The last day; left out: no end"`
			Evidence   string    `json:"evidence,omitempty" maxLength:"4000" doc:"A course, an examination"`
		}
	}
	withdrawRequest struct {
		Body struct {
			Skill  SkillID   `json:"skill_id"`
			Staff  []StaffID `json:"staff_ids" minItems:"1" maxItems:"500"`
			Reason string    `json:"reason" maxLength:"500"`
		}
	}
)

// matrixItem is one member of staff with what they hold.
type matrixItem struct {
	ID         StaffID     `json:"id"`
	Number     string      `json:"number"`
	Name       string      `json:"name"`
	CentreName string      `json:"centre_name"`
	TeamName   string      `json:"team_name"`
	State      StaffState  `json:"state" enum:"active,suspended,left"`
	Held       []levelItem `json:"held"`
}

// levelItem is one cell of the matrix.
type levelItem struct {
	Skill      SkillID `json:"skill_id"`
	Level      int     `json:"level"`
	ValidFrom  Day     `json:"valid_from"`
	ValidUntil Day     `json:"valid_until" doc:"The last day; empty: no end"`
	Valid      bool    `json:"valid" doc:"Counts today"`
}

type matrixResponse struct{ Body httpapi.Page[matrixItem] }

// ExpiringQuery is what the list and its export share.
type ExpiringQuery struct {
	Days int `query:"days" minimum:"0" maximum:"366" default:"30" doc:"Ends within so many days from today"`
}

type expiringRequest struct {
	httpapi.PageRequest
	ExpiringQuery
}

type expiringExportRequest struct {
	ExpiringQuery
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

// expiringItem is a skill of somebody that ends soon.
type expiringItem struct {
	Staff      StaffID  `json:"staff_id"`
	Number     string   `json:"number"`
	Name       string   `json:"name"`
	Centre     CentreID `json:"centre_id"`
	Skill      SkillID  `json:"skill_id"`
	Code       string   `json:"code"`
	SkillName  string   `json:"skill_name"`
	Level      int      `json:"level"`
	ValidUntil Day      `json:"valid_until" doc:"The last day"`
}

type expiringResponse struct{ Body httpapi.Page[expiringItem] }

func (s *Service) registerSkills(a *httpapi.API) {
	tags := []string{"skills"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/skills", ID: "list-skills", Permission: string(SkillRead), Tags: tags, Summary: "List skills by code",
	}, func(ctx context.Context, in *skillListRequest) (*skillListResponse, error) {
		return s.apiSkills(ctx, a.Cursors(), in)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/skills", ID: "create-skill", Permission: string(SkillEdit), Tags: tags, Status: http.StatusCreated, Idempotent: true, Summary: "Make a skill",
	}, s.apiCreateSkill)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/skills/{id}", ID: "update-skill", Permission: string(SkillEdit), Tags: tags, Summary: "Change, close or open a skill",
	}, s.apiUpdateSkill)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff-skills", ID: "list-staff-skills", Permission: string(SkillRead), Tags: tags, Summary: "Staff by number with what they hold",
	}, func(ctx context.Context, in *staffListRequest) (*matrixResponse, error) {
		return s.apiMatrix(ctx, a.Cursors(), in)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff-skills/grant", ID: "grant-skill", Permission: string(SkillEdit), Tags: tags, Status: http.StatusNoContent,
		Summary: "Give a skill to many at once, in place of what they held of it",
	}, func(ctx context.Context, in *grantRequest) (*struct{}, error) {
		return nil, s.GrantSkill(ctx, nil, Grant(in.Body))
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff-skills/withdraw", ID: "withdraw-skill", Permission: string(SkillEdit), Tags: tags, Status: http.StatusNoContent,
		Summary: "Take a skill from many at once",
	}, func(ctx context.Context, in *withdrawRequest) (*struct{}, error) {
		return nil, s.WithdrawSkill(ctx, nil, in.Body.Skill, in.Body.Staff, in.Body.Reason)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff-skills/expiring", ID: "list-expiring-skills", Permission: string(SkillRead), Tags: tags, Summary: "Skills of staff that end soon, the nearest end first",
	}, func(ctx context.Context, in *expiringRequest) (*expiringResponse, error) {
		return s.apiExpiring(ctx, a.Cursors(), in)
	})
	s.registerSkillFiles(a, tags)
}

func (s *Service) registerSkillFiles(a *httpapi.API, tags []string) {
	file := func(name string, write func(w io.Writer) error) *httpapi.File {
		return &httpapi.File{Name: name, Type: httpapi.TypeXLSX, Write: write}
	}
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/skills/export", ID: "export-skills", Permission: string(SkillRead), Tags: tags, Timeout: fileTimeout, Summary: "Skills as an Excel file",
	}, func(ctx context.Context, in *skillExportRequest) (*httpapi.File, error) {
		return file(skillTable.FileName(in.Lang, s.cfg.Clock.Now()), func(w io.Writer) error { return s.ExportSkills(ctx, w, in.Lang, in.filter()) }), nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff-skills/export", ID: "export-staff-skills", Permission: string(SkillRead), Tags: tags, Timeout: fileTimeout,
		Summary: "The matrix of staff and skills as an Excel file",
	}, func(ctx context.Context, in *staffExportRequest) (*httpapi.File, error) {
		name := sheet.Table{ZH: "技能矩阵", EN: "Skills of staff"}.FileName(in.Lang, s.cfg.Clock.Now())
		return file(name, func(w io.Writer) error { return s.ExportMatrix(ctx, w, in.Lang, in.asked(), in.filter()) }), nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff-skills/expiring/export", ID: "export-expiring-skills", Permission: string(SkillRead), Tags: tags, Timeout: fileTimeout,
		Summary: "Skills of staff that end soon, as an Excel file",
	}, func(ctx context.Context, in *expiringExportRequest) (*httpapi.File, error) {
		return file(expiringTable.FileName(in.Lang, s.cfg.Clock.Now()), func(w io.Writer) error { return s.ExportExpiring(ctx, w, in.Lang, in.Days) }), nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/skills/import", ID: "import-skills", Permission: string(SkillEdit), Tags: tags, Timeout: fileTimeout, MaxBody: sheet.MaxBytes,
		Summary: "Make and change skills by an Excel file, all of it or nothing",
	}, func(ctx context.Context, in *staffImportRequest) (*importResponse, error) {
		return answerImport(s.ImportSkills(ctx, in.RawBody, in.DryRun))
	})
}

type skillExportRequest struct {
	SkillFilters
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

func (s *Service) apiSkills(ctx context.Context, cursors *httpapi.Cursors, in *skillListRequest) (*skillListResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "organization.skills/"+string(in.Kind)+"/"+string(in.State), in.PageRequest,
		func(ctx context.Context, after *string, limit int32) ([]SkillItem, error) {
			f := in.filter()
			f.After, f.Limit = orNone(after), limit
			return s.Skills(ctx, f)
		},
		func(k SkillItem) string { return k.Code })
	if err != nil {
		return nil, err
	}
	items := make([]skillItem, len(page.Items))
	for i, k := range page.Items {
		items[i] = skillItemOf(k)
	}
	return &skillListResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) apiCreateSkill(ctx context.Context, in *skillCreateRequest) (*skillCreatedResponse, error) {
	return once(ctx, s, NewSkill(in.Body), s.CreateSkill, func(k Skill) *skillCreatedResponse {
		out := &skillCreatedResponse{}
		out.Body.ID = k.ID
		return out
	})
}

func (s *Service) apiUpdateSkill(ctx context.Context, in *skillUpdateRequest) (*skillResponse, error) {
	k, err := s.UpdateSkill(ctx, nil, in.ID, SkillUpdate(in.Body))
	if err != nil {
		return nil, err
	}
	return &skillResponse{Body: skillItemOf(SkillItem{Skill: k})}, nil
}

func (s *Service) apiMatrix(ctx context.Context, cursors *httpapi.Cursors, in *staffListRequest) (*matrixResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, in.scope("organization.staff_skills"), in.PageRequest,
		func(ctx context.Context, after *string, limit int32) ([]SkilledStaff, error) {
			f := in.filter()
			f.After, f.Limit = orNone(after), limit
			return s.Matrix(ctx, f)
		},
		func(i SkilledStaff) string { return i.Number })
	if err != nil {
		return nil, err
	}
	today := s.today()
	items := make([]matrixItem, len(page.Items))
	for i, m := range page.Items {
		items[i] = matrixItem{ID: m.ID, Number: m.Number, Name: m.Name, CentreName: m.CentreName, TeamName: m.TeamName, State: m.State, Held: make([]levelItem, len(m.Held))}
		for j, h := range m.Held {
			items[i].Held[j] = levelItem{h.Skill, h.Level, h.ValidFrom, h.ValidUntil, h.ValidOn(today)}
		}
	}
	return &matrixResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) apiExpiring(ctx context.Context, cursors *httpapi.Cursors, in *expiringRequest) (*expiringResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "organization.expiring/"+strconv.Itoa(in.Days), in.PageRequest,
		func(ctx context.Context, after *ExpiringAfter, limit int32) ([]ExpiringSkill, error) {
			return s.Expiring(ctx, in.Days, orNone(after), limit)
		},
		func(e ExpiringSkill) ExpiringAfter { return ExpiringAfter{e.ValidUntil, e.Number, e.Code} })
	if err != nil {
		return nil, err
	}
	items := make([]expiringItem, len(page.Items))
	for i, e := range page.Items {
		items[i] = expiringItem{e.Staff, e.Number, e.Name, e.Centre, e.Skill, e.Code, e.SkillName, e.Level, e.ValidUntil}
	}
	return &expiringResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}
