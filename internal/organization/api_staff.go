package organization

import (
	"context"
	"net/http"
	"strings"
	"time"

	"yingda/internal/audit"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/privacy"
)

// StaffFilters are the parameters that the lists and the export of staff share.
type StaffFilters struct {
	Centre CentreID   `query:"centre" doc:"Only this centre and everything below it"`
	Team   TeamID     `query:"team" doc:"Only this team"`
	Post   PostID     `query:"post" doc:"Only this post"`
	Class  PostClass  `query:"class" enum:"management,back,front" doc:"Only posts of this class"`
	State  StaffState `query:"state" enum:"active,suspended,left" doc:"Only this state"`
	Skill  SkillID    `query:"skill" doc:"Only those who hold this skill today"`
	Level  int        `query:"level" minimum:"1" maximum:"9" doc:"With skill: at least at this level"`
	Query  string     `query:"q" maxLength:"100" doc:"Beginning of the number, of any part of the name, of its pinyin or of its initials"`
}

func (f StaffFilters) filter() StaffFilter {
	return StaffFilter{Centre: f.Centre, Team: f.Team, Post: f.Post, Class: f.Class, State: f.State, Skill: f.Skill, Level: f.Level, Query: f.Query}
}

// scope names a list with its filters, for its cursors.
func (f StaffFilters) scope(list string) string {
	return strings.Join([]string{list, f.Centre.String(), f.Team.String(), f.Post.String(), string(f.Class), string(f.State), f.Skill.String(), string(rune('0' + f.Level)), f.Query}, "/")
}

type staffListRequest struct {
	httpapi.PageRequest
	StaffFilters
}

// StaffRow is one member of staff of a list.
type StaffRow struct {
	ID         StaffID       `json:"id"`
	Number     string        `json:"number" doc:"Staff number: unique nationwide, for life"`
	Name       string        `json:"name"`
	Centre     CentreID      `json:"centre_id"`
	CentreName string        `json:"centre_name"`
	Team       *TeamID       `json:"team_id" doc:"null: in no team"`
	TeamName   string        `json:"team_name"`
	Post       *PostID       `json:"post_id" doc:"null: no post"`
	PostZH     string        `json:"post_zh"`
	PostEN     string        `json:"post_en"`
	Class      PostClass     `json:"class" enum:"management,back,front," doc:"Class of the post; empty without one"`
	Mobile     privacy.Phone `json:"mobile" privacy:"phone"`
	Email      privacy.Email `json:"email" privacy:"email"`
	State      StaffState    `json:"state" enum:"active,suspended,left"`
	JoinedOn   Day           `json:"joined_on" doc:"Empty: not known"`
	LeftOn     Day           `json:"left_on" doc:"First day on which this person works here no longer; to come while the leaving is planned; empty otherwise"`
	Version    int           `json:"version" doc:"Goes with each change; a change names the version it is based on"`
}

func itemOf(i StaffItem) StaffRow {
	return StaffRow{
		ID: i.ID, Number: i.Number, Name: i.Name, Centre: i.Centre, CentreName: i.CentreName, Team: optional(i.Team), TeamName: i.TeamName,
		Post: optional(i.Post), PostZH: i.PostZH, PostEN: i.PostEN, Class: i.Class, Mobile: i.Mobile, Email: i.Email, State: i.State,
		JoinedOn: i.JoinedOn, LeftOn: i.LeftOn, Version: i.Version,
	}
}

// optional gives null for none.
func optional[T interface{ IsZero() bool }](id T) *T {
	if id.IsZero() {
		return nil
	}
	return &id
}

// orNone gives none for null.
func orNone[T any](id *T) (v T) {
	if id != nil {
		v = *id
	}
	return v
}

// orNull gives null for the zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type staffListResponse struct{ Body httpapi.Page[StaffRow] }

// placeItem is a centre on the way from the nation down.
type placeItem struct {
	ID   CentreID `json:"id"`
	Name string   `json:"name"`
}

// heldItem is a skill that somebody holds.
type heldItem struct {
	Skill      SkillID   `json:"skill_id"`
	Code       string    `json:"code"`
	Name       string    `json:"name"`
	Kind       SkillKind `json:"kind" enum:"business,language,channel,customer,system"`
	Level      int       `json:"level" doc:"1 to 9, 9 is best"`
	ValidFrom  Day       `json:"valid_from"`
	ValidUntil Day       `json:"valid_until" doc:"The last day; empty: no end"`
	Valid      bool      `json:"valid" doc:"Counts today"`
	GrantedBy  string    `json:"granted_by"`
	GrantedAt  time.Time `json:"granted_at"`
	Evidence   string    `json:"evidence"`
}

func heldItems(list []HeldSkill, today Day) []heldItem {
	items := make([]heldItem, len(list))
	for i, h := range list {
		items[i] = heldItem{
			Skill: h.Skill, Code: h.Code, Name: h.Name, Kind: h.Kind, Level: h.Level, ValidFrom: h.ValidFrom, ValidUntil: h.ValidUntil,
			Valid: h.ValidOn(today), GrantedBy: h.GrantedBy, GrantedAt: h.GrantedAt, Evidence: h.Evidence,
		}
	}
	return items
}

// staffFull is everything about one member of staff.
type staffFull struct {
	StaffRow
	Path           []placeItem `json:"path" doc:"From the top of what you see down to the centre"`
	Skills         []heldItem  `json:"skills"`
	Leads          []string    `json:"leads" doc:"Teams that this person leads"`
	Edition        int         `json:"edition" doc:"Of the post's issued job description; 0: none is issued"`
	AcknowledgedAt *time.Time  `json:"acknowledged_at" doc:"When that edition was acknowledged; null: not yet"`
	UpdatedBy      string      `json:"updated_by"`
	UpdatedAt      time.Time   `json:"updated_at"`
	CreatedAt      time.Time   `json:"created_at"`
}

type (
	staffRequest struct {
		ID StaffID `path:"id"`
	}
	staffResponse struct{ Body staffFull }
)

type staffCreateRequest struct {
	Body struct {
		Number   string        `json:"number" minLength:"1" maxLength:"32" doc:"2 to 16 capital letters and digits"`
		Name     string        `json:"name" minLength:"1" maxLength:"200"`
		Centre   CentreID      `json:"centre_id"`
		Team     *TeamID       `json:"team_id,omitempty"`
		Post     *PostID       `json:"post_id,omitempty"`
		Mobile   privacy.Phone `json:"mobile,omitempty" maxLength:"64"`
		Email    privacy.Email `json:"email,omitempty" maxLength:"254"`
		JoinedOn Day           `json:"joined_on,omitempty" maxLength:"10"`
	}
}

type staffCreatedResponse struct {
	Body struct {
		ID StaffID `json:"id"`
	}
}

type staffUpdateRequest struct {
	ID   StaffID `path:"id"`
	Body struct {
		Version  int            `json:"version" minimum:"1" doc:"The version that the change is based on"`
		Name     string         `json:"name" minLength:"1" maxLength:"200"`
		Post     *PostID        `json:"post_id,omitempty"`
		Mobile   *privacy.Phone `json:"mobile,omitempty" maxLength:"64" doc:"Left out: stays as it is"`
		Email    *privacy.Email `json:"email,omitempty" maxLength:"254" doc:"Left out: stays as it is"`
		JoinedOn Day            `json:"joined_on,omitempty" maxLength:"10"`
	}
}

type staffMoveRequest struct {
	Body struct {
		Staff []struct {
			ID      StaffID `json:"id"`
			Version int     `json:"version" minimum:"1"`
		} `json:"staff" minItems:"1" maxItems:"500"`
		Centre CentreID `json:"centre_id"`
		Team   *TeamID  `json:"team_id,omitempty" doc:"Left out: in no team"`
		Reason string   `json:"reason,omitempty" maxLength:"500"`
	}
}

type staffStateRequest struct {
	ID   StaffID `path:"id"`
	Body struct {
		Version int    `json:"version" minimum:"1"`
		Reason  string `json:"reason" maxLength:"500"`
	}
}

type staffLeaveRequest struct {
	ID   StaffID `path:"id"`
	Body struct {
		Version int    `json:"version" minimum:"1"`
		LeftOn  Day    `json:"left_on" maxLength:"10" doc:"First day without this person; a day to come is a plan, empty takes the plan back"`
		Reason  string `json:"reason" maxLength:"500"`
	}
}

type staffRevealRequest struct {
	ID   StaffID `path:"id"`
	Body struct {
		Reason string `json:"reason" maxLength:"500" doc:"Stands in the audit"`
	}
}

type staffRevealResponse struct {
	Body struct {
		Mobile privacy.Phone `json:"mobile" privacy:"phone"`
		Email  privacy.Email `json:"email" privacy:"email"`
	}
}

type staffHistoryRequest struct {
	httpapi.PageRequest
	ID StaffID `path:"id"`
}

// staffEvent is one thing that was done to a member of staff.
type staffEvent struct {
	ID      audit.EntryID  `json:"id"`
	At      time.Time      `json:"at"`
	By      string         `json:"by"`
	Action  string         `json:"action"`
	Reason  string         `json:"reason"`
	Changes []audit.Change `json:"changes"`
}

type staffHistoryResponse struct{ Body httpapi.Page[staffEvent] }

// RegisterStaffAPI adds the routes of staff, posts and skills.
func (s *Service) RegisterStaffAPI(a *httpapi.API) {
	tags := []string{"staff"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff", ID: "list-staff", Permission: string(StaffRead), Tags: tags, Summary: "List staff by number",
	}, func(ctx context.Context, in *staffListRequest) (*staffListResponse, error) {
		return s.apiStaff(ctx, a.Cursors(), in)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff", ID: "create-staff", Permission: string(StaffEdit), Tags: tags, Status: http.StatusCreated, Idempotent: true,
		Summary: "Make a member of staff",
	}, s.apiCreateStaff)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff/{id}", ID: "get-staff", Permission: string(StaffRead), Tags: tags, Summary: "Everything about a member of staff",
	}, func(ctx context.Context, in *staffRequest) (*staffResponse, error) { return s.apiOneStaff(ctx, in.ID) })
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/staff/{id}", ID: "update-staff", Permission: string(StaffEdit), Tags: tags, Summary: "Change a member of staff",
	}, s.apiUpdateStaff)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff/move", ID: "move-staff", Permission: string(StaffEdit), Tags: tags, Status: http.StatusNoContent,
		Summary: "Move people to another centre or team, all of them or nobody",
	}, s.apiMoveStaff)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff/{id}/suspend", ID: "suspend-staff", Permission: string(StaffEdit), Tags: tags, Summary: "Stop somebody from working for the time being",
	}, func(ctx context.Context, in *staffStateRequest) (*staffResponse, error) {
		_, err := s.SuspendStaff(ctx, nil, StaffRef{in.ID, in.Body.Version}, in.Body.Reason)
		return s.afterChange(ctx, in.ID, err)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff/{id}/reinstate", ID: "reinstate-staff", Permission: string(StaffEdit), Tags: tags, Summary: "Let somebody work again",
	}, func(ctx context.Context, in *staffStateRequest) (*staffResponse, error) {
		_, err := s.ReinstateStaff(ctx, nil, StaffRef{in.ID, in.Body.Version}, in.Body.Reason)
		return s.afterChange(ctx, in.ID, err)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff/{id}/leave", ID: "leave-staff", Permission: string(StaffEdit), Tags: tags, Summary: "Note when somebody leaves, or take that back",
	}, func(ctx context.Context, in *staffLeaveRequest) (*staffResponse, error) {
		_, err := s.LeaveStaff(ctx, nil, StaffRef{in.ID, in.Body.Version}, in.Body.LeftOn, in.Body.Reason)
		return s.afterChange(ctx, in.ID, err)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/staff/{id}/reveal", ID: "reveal-staff", Permission: string(StaffReveal), Tags: tags, Summary: "See phone number and mail address in full",
		Description: "The reason and who asked stand in the audit.",
	}, s.apiReveal)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/staff/{id}/history", ID: "list-staff-history", Permission: string(StaffRead), Tags: tags, Summary: "What was done to a member of staff, newest first",
	}, func(ctx context.Context, in *staffHistoryRequest) (*staffHistoryResponse, error) {
		return s.apiHistory(ctx, a.Cursors(), in)
	})
	s.registerStaffFiles(a)
	s.registerPosts(a)
	s.registerSkills(a)
}

func (s *Service) apiStaff(ctx context.Context, cursors *httpapi.Cursors, in *staffListRequest) (*staffListResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, in.scope("organization.staff"), in.PageRequest,
		func(ctx context.Context, after *string, limit int32) ([]StaffItem, error) {
			f := in.filter()
			f.After, f.Limit = orNone(after), limit
			return s.ListStaff(ctx, f)
		},
		func(i StaffItem) string { return i.Number })
	if err != nil {
		return nil, err
	}
	items := make([]StaffRow, len(page.Items))
	for i, m := range page.Items {
		items[i] = itemOf(m)
	}
	return &staffListResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) apiOneStaff(ctx context.Context, id StaffID) (*staffResponse, error) {
	d, err := s.GetStaff(ctx, id)
	if err != nil {
		return nil, err
	}
	full := staffFull{
		StaffRow: itemOf(d.StaffItem), Path: make([]placeItem, len(d.Path)), Skills: heldItems(d.Skills, s.today()), Leads: append([]string{}, d.Leads...),
		Edition: d.Edition, AcknowledgedAt: orNull(d.AcknowledgedAt), UpdatedBy: d.UpdatedBy, UpdatedAt: d.UpdatedAt, CreatedAt: d.CreatedAt,
	}
	for i, c := range d.Path {
		full.Path[i] = placeItem{c.ID, c.Name}
	}
	return &staffResponse{Body: full}, nil
}

// afterChange answers a change with what is there now.
func (s *Service) afterChange(ctx context.Context, id StaffID, err error) (*staffResponse, error) {
	if err != nil {
		return nil, err
	}
	return s.apiOneStaff(ctx, id)
}

func (s *Service) apiCreateStaff(ctx context.Context, in *staffCreateRequest) (*staffCreatedResponse, error) {
	n := NewStaff{
		Number: in.Body.Number, Name: in.Body.Name, Centre: in.Body.Centre, Team: orNone(in.Body.Team), Post: orNone(in.Body.Post),
		Mobile: in.Body.Mobile, Email: in.Body.Email, JoinedOn: in.Body.JoinedOn,
	}
	return once(ctx, s, n, s.CreateStaff, func(made Staff) *staffCreatedResponse {
		out := &staffCreatedResponse{}
		out.Body.ID = made.ID
		return out
	})
}

func (s *Service) apiUpdateStaff(ctx context.Context, in *staffUpdateRequest) (*staffResponse, error) {
	_, err := s.UpdateStaff(ctx, nil, in.ID, StaffUpdate{
		Version: in.Body.Version, Name: in.Body.Name, Post: orNone(in.Body.Post), Mobile: in.Body.Mobile, Email: in.Body.Email, JoinedOn: in.Body.JoinedOn,
	})
	return s.afterChange(ctx, in.ID, err)
}

func (s *Service) apiMoveStaff(ctx context.Context, in *staffMoveRequest) (*struct{}, error) {
	m := StaffMove{Centre: in.Body.Centre, Team: orNone(in.Body.Team), Reason: in.Body.Reason}
	for _, r := range in.Body.Staff {
		m.Staff = append(m.Staff, StaffRef{r.ID, r.Version})
	}
	_, err := s.MoveStaff(ctx, nil, m)
	return nil, err
}

func (s *Service) apiReveal(ctx context.Context, in *staffRevealRequest) (*staffRevealResponse, error) {
	contact, err := s.RevealStaff(ctx, in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out := &staffRevealResponse{}
	out.Body.Mobile, out.Body.Email = contact.Mobile, contact.Email
	return out, nil
}

func (s *Service) apiHistory(ctx context.Context, cursors *httpapi.Cursors, in *staffHistoryRequest) (*staffHistoryResponse, error) {
	page, err := httpapi.Paginate(ctx, cursors, "organization.staff_history/"+in.ID.String(), in.PageRequest,
		func(ctx context.Context, after *audit.EntryID, limit int32) ([]StaffEvent, error) {
			return s.StaffHistory(ctx, in.ID, orNone(after), limit)
		},
		func(e StaffEvent) audit.EntryID { return e.ID })
	if err != nil {
		return nil, err
	}
	items := make([]staffEvent, len(page.Items))
	for i, e := range page.Items {
		items[i] = staffEvent(e)
	}
	return &staffHistoryResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}
