package organization

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

type PostFilters struct {
	Class PostClass `query:"class" enum:"management,back,front" doc:"Only this class"`
	State State     `query:"state" enum:"active,closed" doc:"Only this state"`
	Due   bool      `query:"due" doc:"Only those whose job description is missing or due for review"`
}

func (f PostFilters) filter() PostFilter {
	return PostFilter{Class: f.Class, State: f.State, Due: f.Due}
}

type postListRequest struct {
	httpapi.PageRequest
	PostFilters
}

// postItem is one post of the list.
type postItem struct {
	ID           PostID     `json:"id"`
	Code         string     `json:"code"`
	NameZH       string     `json:"name_zh"`
	NameEN       string     `json:"name_en"`
	Class        PostClass  `json:"class" enum:"management,back,front"`
	ReviewMonths int        `json:"review_months" doc:"How long an issued job description stands before it is looked through again"`
	State        State      `json:"state" enum:"active,closed"`
	Version      int        `json:"version"`
	IssuedOf     int        `json:"issued_edition" doc:"0: no job description is issued"`
	IssuedAt     *time.Time `json:"issued_at"`
	ReviewBy     Day        `json:"review_by" doc:"Empty without an issued edition"`
	Due          bool       `json:"due" doc:"The job description is missing or due for review"`
	DraftOf      int        `json:"draft_edition" doc:"0: nothing is being written"`
	Holders      int        `json:"holders" doc:"In the part of the country that you see"`
	Acknowledged int        `json:"acknowledged" doc:"Holders who acknowledged the issued edition"`
}

type (
	postListResponse struct{ Body httpapi.Page[postItem] }
	postRequest      struct {
		ID PostID `path:"id"`
	}
)

// postFull is a post with the words of its row.
type postFull struct {
	ID           PostID    `json:"id"`
	Code         string    `json:"code"`
	NameZH       string    `json:"name_zh"`
	NameEN       string    `json:"name_en"`
	Class        PostClass `json:"class" enum:"management,back,front"`
	ReviewMonths int       `json:"review_months"`
	State        State     `json:"state" enum:"active,closed"`
	Version      int       `json:"version"`
	UpdatedBy    string    `json:"updated_by"`
	UpdatedAt    time.Time `json:"updated_at"`
}

func fullPost(p Post) postFull {
	return postFull{p.ID, p.Code, p.NameZH, p.NameEN, p.Class, p.ReviewMonths, p.State, p.Version, p.UpdatedBy, p.UpdatedAt}
}

type postResponse struct{ Body postFull }

type postCreateRequest struct {
	Body struct {
		Code         string    `json:"code" minLength:"1" maxLength:"64"`
		NameZH       string    `json:"name_zh" maxLength:"200"`
		NameEN       string    `json:"name_en" maxLength:"200"`
		Class        PostClass `json:"class" enum:"management,back,front"`
		ReviewMonths int       `json:"review_months,omitempty" minimum:"0" maximum:"60" doc:"Default 12"`
	}
}

type postCreatedResponse struct {
	Body struct {
		ID PostID `json:"id"`
	}
}

type postUpdateRequest struct {
	ID   PostID `path:"id"`
	Body struct {
		Version      int       `json:"version" minimum:"1"`
		NameZH       string    `json:"name_zh" maxLength:"200"`
		NameEN       string    `json:"name_en" maxLength:"200"`
		Class        PostClass `json:"class" enum:"management,back,front"`
		ReviewMonths int       `json:"review_months" minimum:"1" maximum:"60"`
		State        State     `json:"state" enum:"active,closed"`
	}
}

// descriptionItem is one edition of a job description. Texts are Markdown.
type descriptionItem struct {
	ID             DescriptionID    `json:"id"`
	Edition        int              `json:"edition"`
	State          DescriptionState `json:"state" enum:"draft,issued,withdrawn"`
	Duties         string           `json:"duties" doc:"Markdown"`
	Authority      string           `json:"authority" doc:"Markdown"`
	Subordinates   string           `json:"subordinates" doc:"Markdown"`
	Qualifications string           `json:"qualifications" doc:"Markdown"`
	ReportsTo      *PostID          `json:"reports_to" doc:"The post above; null at the top"`
	ReportsToZH    string           `json:"reports_to_zh"`
	ReportsToEN    string           `json:"reports_to_en"`
	Authors        []string         `json:"authors" doc:"Staff numbers of everybody who wrote on it; none of them may issue it"`
	ApprovedBy     string           `json:"approved_by"`
	ApprovedAt     *time.Time       `json:"approved_at"`
	ReviewBy       Day              `json:"review_by"`
	WithdrawnAt    *time.Time       `json:"withdrawn_at"`
	Version        int              `json:"version"`
	UpdatedBy      string           `json:"updated_by"`
	UpdatedAt      time.Time        `json:"updated_at"`
}

func descriptionItemOf(d Description) descriptionItem {
	return descriptionItem{
		ID: d.ID, Edition: d.Edition, State: d.State, Duties: d.Duties, Authority: d.Authority, Subordinates: d.Subordinates,
		Qualifications: d.Qualifications, ReportsTo: optional(d.ReportsTo), ReportsToZH: d.ReportsToZH, ReportsToEN: d.ReportsToEN, Authors: append([]string{}, d.Authors...),
		ApprovedBy: d.ApprovedBy, ApprovedAt: d.ApprovedAt, ReviewBy: d.ReviewBy, WithdrawnAt: d.WithdrawnAt, Version: d.Version,
		UpdatedBy: d.UpdatedBy, UpdatedAt: d.UpdatedAt,
	}
}

type descriptionsResponse struct {
	Body struct {
		Post  postFull          `json:"post"`
		Items []descriptionItem `json:"items"`
	}
}

type descriptionResponse struct{ Body descriptionItem }

type draftRequest struct {
	ID   PostID `path:"id"`
	Body struct {
		Version        int     `json:"version" minimum:"0" doc:"The version that the text is based on; 0 begins a draft"`
		Duties         string  `json:"duties" maxLength:"20000"`
		Authority      string  `json:"authority" maxLength:"20000"`
		Subordinates   string  `json:"subordinates" maxLength:"20000"`
		Qualifications string  `json:"qualifications" maxLength:"20000"`
		ReportsTo      *PostID `json:"reports_to,omitempty"`
	}
}

type dropRequest struct {
	ID      PostID `path:"id"`
	Version int    `query:"version" required:"true" minimum:"1"`
}

type issueRequest struct {
	ID   PostID `path:"id"`
	Body struct {
		Version int    `json:"version" minimum:"1"`
		Comment string `json:"comment,omitempty" maxLength:"500"`
	}
}

// AcknowledgementQuery is what the list and its export share.
type AcknowledgementQuery struct {
	ID      PostID `path:"id"`
	Missing bool   `query:"missing" doc:"Only those who have not acknowledged the issued edition"`
}

type acknowledgementsRequest struct {
	httpapi.PageRequest
	AcknowledgementQuery
}

type acknowledgementsExportRequest struct {
	AcknowledgementQuery
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

// acknowledgementItem is one holder of a post.
type acknowledgementItem struct {
	Staff  StaffID    `json:"staff_id"`
	Number string     `json:"number"`
	Name   string     `json:"name"`
	Centre CentreID   `json:"centre_id"`
	State  StaffState `json:"state" enum:"active,suspended,left"`
	At     *time.Time `json:"acknowledged_at" doc:"null: not yet"`
}

type acknowledgementsResponse struct {
	Body httpapi.Page[acknowledgementItem]
}

type ownDescriptionResponse struct {
	Body struct {
		Post           postFull        `json:"post"`
		Description    descriptionItem `json:"description"`
		AcknowledgedAt *time.Time      `json:"acknowledged_at" doc:"null: not yet"`
	}
}

type acknowledgeRequest struct {
	Body struct {
		ID DescriptionID `json:"description_id" doc:"The edition that was read"`
	}
}

type acknowledgeResponse struct {
	Body struct {
		At time.Time `json:"acknowledged_at"`
	}
}

func (s *Service) registerPosts(a *httpapi.API) {
	tags := []string{"posts"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/posts", ID: "list-posts", Permission: string(PostRead), Tags: tags, Summary: "List posts by code",
	}, func(ctx context.Context, in *postListRequest) (*postListResponse, error) {
		return s.apiPosts(ctx, a.Cursors(), in)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/posts", ID: "create-post", Permission: string(PostEdit), Tags: tags, Status: http.StatusCreated, Idempotent: true, Summary: "Make a post",
	}, s.apiCreatePost)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/posts/{id}", ID: "update-post", Permission: string(PostEdit), Tags: tags, Summary: "Change, close or open a post",
	}, s.apiUpdatePost)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/posts/{id}/descriptions", ID: "list-job-descriptions", Permission: string(PostRead), Tags: tags,
		Summary: "A post with the editions of its job description, newest first",
	}, s.apiDescriptions)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/posts/{id}/draft", ID: "write-job-description", Permission: string(PostEdit), Tags: tags, MaxBody: 1 << 20,
		Summary: "Write the draft of a job description",
	}, s.apiWriteDraft)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/posts/{id}/draft", ID: "drop-job-description", Permission: string(PostEdit), Tags: tags, Summary: "Throw the draft away",
	}, func(ctx context.Context, in *dropRequest) (*struct{}, error) {
		return nil, s.DropDraft(ctx, nil, in.ID, in.Version)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/posts/{id}/issue", ID: "issue-job-description", Permission: string(PostIssue), Tags: tags,
		Summary: "Approve the draft and issue it to the holders of the post", Description: "Whoever wrote on the draft may not issue it.",
	}, func(ctx context.Context, in *issueRequest) (*descriptionResponse, error) {
		d, err := s.IssueDraft(ctx, nil, in.ID, in.Body.Version, in.Body.Comment)
		return &descriptionResponse{Body: descriptionItemOf(d)}, err
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/posts/{id}/review", ID: "review-job-description", Permission: string(PostIssue), Tags: tags,
		Summary: "Note that the issued edition was looked through and still stands",
	}, func(ctx context.Context, in *issueRequest) (*descriptionResponse, error) {
		d, err := s.ConfirmReview(ctx, nil, in.ID, in.Body.Version)
		return &descriptionResponse{Body: descriptionItemOf(d)}, err
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/posts/{id}/acknowledgements", ID: "list-acknowledgements", Permission: string(StaffRead), Tags: tags,
		Summary: "Who holds a post and has acknowledged its job description",
	}, func(ctx context.Context, in *acknowledgementsRequest) (*acknowledgementsResponse, error) {
		return s.apiAcknowledgements(ctx, a.Cursors(), in)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/me/job-description", ID: "get-own-job-description", Permission: httpapi.SignedIn, Tags: tags, Summary: "The job description of one's own post",
	}, s.apiOwnDescription)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/me/job-description/acknowledge", ID: "acknowledge-job-description", Permission: httpapi.SignedIn, Tags: tags,
		Summary: "Acknowledge that one has read it",
	}, func(ctx context.Context, in *acknowledgeRequest) (*acknowledgeResponse, error) {
		at, err := s.Acknowledge(ctx, nil, in.Body.ID)
		out := &acknowledgeResponse{}
		out.Body.At = at
		return out, err
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/posts/export", ID: "export-posts", Permission: string(PostRead), Tags: tags, Timeout: fileTimeout, Summary: "Posts as an Excel file",
	}, func(ctx context.Context, in *postExportRequest) (*httpapi.File, error) {
		return &httpapi.File{
			Name: postTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
			Write: func(w io.Writer) error { return s.ExportPosts(ctx, w, in.Lang, in.filter()) },
		}, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/posts/{id}/acknowledgements/export", ID: "export-acknowledgements", Permission: string(StaffRead), Tags: tags, Timeout: fileTimeout,
		Summary: "Who holds a post and has acknowledged its job description, as an Excel file",
	}, func(ctx context.Context, in *acknowledgementsExportRequest) (*httpapi.File, error) {
		return &httpapi.File{
			Name: acknowledgedTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: httpapi.TypeXLSX,
			Write: func(w io.Writer) error { return s.ExportAcknowledgements(ctx, w, in.Lang, in.ID, in.Missing) },
		}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/posts/import", ID: "import-posts", Permission: string(PostEdit), Tags: tags, Timeout: fileTimeout, MaxBody: sheet.MaxBytes,
		Summary: "Make and change posts by an Excel file, all of it or nothing",
	}, func(ctx context.Context, in *staffImportRequest) (*importResponse, error) {
		return answerImport(s.ImportPosts(ctx, in.RawBody, in.DryRun))
	})
}

type postExportRequest struct {
	PostFilters
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

func answerImport(report *sheet.Report, err error) (*importResponse, error) {
	if err != nil {
		return nil, err
	}
	return &importResponse{Body: *report}, nil
}

func (s *Service) apiPosts(ctx context.Context, cursors *httpapi.Cursors, in *postListRequest) (*postListResponse, error) {
	due := ""
	if in.Due {
		due = "due"
	}
	page, err := httpapi.Paginate(ctx, cursors, "organization.posts/"+string(in.Class)+"/"+string(in.State)+"/"+due, in.PageRequest,
		func(ctx context.Context, after *string, limit int32) ([]PostItem, error) {
			f := in.filter()
			f.After, f.Limit = orNone(after), limit
			return s.Posts(ctx, f)
		},
		func(p PostItem) string { return p.Code })
	if err != nil {
		return nil, err
	}
	items := make([]postItem, len(page.Items))
	for i, p := range page.Items {
		items[i] = postItem(p)
	}
	return &postListResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) apiCreatePost(ctx context.Context, in *postCreateRequest) (*postCreatedResponse, error) {
	n := NewPost{Code: in.Body.Code, NameZH: in.Body.NameZH, NameEN: in.Body.NameEN, Class: in.Body.Class, ReviewMonths: in.Body.ReviewMonths}
	return once(ctx, s, n, s.CreatePost, func(p Post) *postCreatedResponse {
		out := &postCreatedResponse{}
		out.Body.ID = p.ID
		return out
	})
}

func (s *Service) apiUpdatePost(ctx context.Context, in *postUpdateRequest) (*postResponse, error) {
	p, err := s.UpdatePost(ctx, nil, in.ID, PostUpdate(in.Body))
	if err != nil {
		return nil, err
	}
	return &postResponse{Body: fullPost(p)}, nil
}

func (s *Service) apiDescriptions(ctx context.Context, in *postRequest) (*descriptionsResponse, error) {
	p, err := s.Post(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Descriptions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &descriptionsResponse{}
	out.Body.Post, out.Body.Items = fullPost(p), make([]descriptionItem, len(list))
	for i, d := range list {
		out.Body.Items[i] = descriptionItemOf(d)
	}
	return out, nil
}

func (s *Service) apiWriteDraft(ctx context.Context, in *draftRequest) (*descriptionResponse, error) {
	d, err := s.WriteDraft(ctx, nil, in.ID, in.Body.Version, DescriptionText{
		Duties: in.Body.Duties, Authority: in.Body.Authority, Subordinates: in.Body.Subordinates, Qualifications: in.Body.Qualifications,
		ReportsTo: orNone(in.Body.ReportsTo),
	})
	if err != nil {
		return nil, err
	}
	return &descriptionResponse{Body: descriptionItemOf(d)}, nil
}

func (s *Service) apiAcknowledgements(ctx context.Context, cursors *httpapi.Cursors, in *acknowledgementsRequest) (*acknowledgementsResponse, error) {
	scope := "organization.acknowledgements/" + in.ID.String()
	if in.Missing {
		scope += "/missing"
	}
	page, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(ctx context.Context, after *string, limit int32) ([]Acknowledgement, error) {
			return s.Acknowledgements(ctx, in.ID, in.Missing, orNone(after), limit)
		},
		func(k Acknowledgement) string { return k.Number })
	if err != nil {
		return nil, err
	}
	items := make([]acknowledgementItem, len(page.Items))
	for i, k := range page.Items {
		items[i] = acknowledgementItem(k)
	}
	return &acknowledgementsResponse{Body: httpapi.NewPage(items, page.Next)}, nil
}

func (s *Service) apiOwnDescription(ctx context.Context, _ *struct{}) (*ownDescriptionResponse, error) {
	own, err := s.MyDescription(ctx)
	if err != nil {
		return nil, err
	}
	out := &ownDescriptionResponse{}
	out.Body.Post, out.Body.Description, out.Body.AcknowledgedAt = fullPost(own.Post), descriptionItemOf(own.Description), orNull(own.AcknowledgedAt)
	return out, nil
}
