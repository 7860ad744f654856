package voice

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice/ending"
)

// NumberItem says what happens to calls to a number. These numbers are our own.
type NumberItem struct {
	ID          NumberID              `json:"id"`
	Number      string                `json:"number" doc:"As people read it; the beginning of numbers ends with an ellipsis"`
	Pattern     string                `json:"pattern" doc:"In its one form"`
	Match       Match                 `json:"match" enum:"number,prefix"`
	Name        string                `json:"name"`
	Centre      organization.CentreID `json:"centre_id" doc:"Whose calls they become"`
	Act         Act                   `json:"act" enum:"flow,queue,prompt,echo,phone,trunk,reject"`
	Prompt      *PromptID             `json:"prompt_id"`
	PromptName  string                `json:"prompt_name"`
	Repeat      bool                  `json:"repeat" doc:"The prompt plays until the caller hangs up"`
	Phone       *PhoneID              `json:"phone_id"`
	PhoneNumber string                `json:"phone_number" privacy:"-"`
	Group       *GroupID              `json:"group_id"`
	GroupCode   string                `json:"group"`
	Cause       ending.Reason         `json:"cause" doc:"Why calls are refused; one of busy, declined, forbidden, unavailable, not_found, number_changed, congestion"`
	Queue       string                `json:"queue" doc:"Code of the queue"`
	Flow        string                `json:"flow" doc:"Name of the flow"`
	Disabled    bool                  `json:"disabled"`
	Note        string                `json:"note"`
	Version     int                   `json:"version"`
	UpdatedAt   time.Time             `json:"updated_at"`
	UpdatedBy   string                `json:"updated_by"`
}

func numberItem(n NumberAction) NumberItem {
	item := NumberItem{
		ID: n.ID, Number: n.Display(), Pattern: n.Pattern, Match: n.Match, Name: n.Name, Centre: n.Centre, Act: n.Act, PromptName: n.PromptName,
		Repeat: n.Repeat, PhoneNumber: n.PhoneNumber, GroupCode: n.GroupCode, Cause: n.Cause, Queue: n.Queue, Flow: n.Flow, Disabled: n.Disabled, Note: n.Note,
		Version: n.Version, UpdatedAt: n.UpdatedAt, UpdatedBy: n.UpdatedBy,
	}
	if !n.Prompt.IsZero() {
		item.Prompt = &n.Prompt
	}
	if !n.Phone.IsZero() {
		item.Phone = &n.Phone
	}
	if !n.Group.IsZero() {
		item.Group = &n.Group
	}
	return item
}

// NumberBody is what is given when an action is made or changed.
type NumberBody struct {
	Number   string                `json:"number" maxLength:"64" doc:"As people write it; inner numbers such as 8001 and *43 too"`
	Match    Match                 `json:"match" enum:"number,prefix"`
	Name     string                `json:"name" maxLength:"400"`
	Centre   organization.CentreID `json:"centre_id"`
	Act      Act                   `json:"act" enum:"flow,queue,prompt,echo,phone,trunk,reject"`
	Prompt   *PromptID             `json:"prompt_id,omitempty"`
	Repeat   bool                  `json:"repeat"`
	Phone    *PhoneID              `json:"phone_id,omitempty"`
	Group    *GroupID              `json:"group_id,omitempty"`
	Cause    ending.Reason         `json:"cause" maxLength:"64"`
	Queue    string                `json:"queue,omitempty" maxLength:"64" doc:"Code; for queue, and for a flow that leads to the number's queue"`
	Flow     string                `json:"flow,omitempty" maxLength:"64" doc:"Name; for flow"`
	Disabled bool                  `json:"disabled"`
	Note     string                `json:"note" maxLength:"4000"`
}

func (b NumberBody) spec() NumberSpec {
	e := NumberSpec{
		Number: b.Number, Match: b.Match, Name: b.Name, Centre: b.Centre, Act: b.Act, Repeat: b.Repeat, Cause: b.Cause, Queue: b.Queue,
		Flow: b.Flow, Disabled: b.Disabled, Note: b.Note,
	}
	if b.Prompt != nil {
		e.Prompt = *b.Prompt
	}
	if b.Phone != nil {
		e.Phone = *b.Phone
	}
	if b.Group != nil {
		e.Group = *b.Group
	}
	return e
}

// NumberQuery is what list and export share.
type NumberQuery struct {
	Text string `query:"q" maxLength:"100" doc:"Part of the name or of the number"`
	Act  Act    `query:"act" enum:"flow,queue,prompt,echo,phone,trunk,reject"`
}

type listNumbersRequest struct {
	httpapi.PageRequest
	NumberQuery
}

type listNumbersResponse struct{ Body httpapi.Page[NumberItem] }

type numberIDRequest struct {
	ID NumberID `path:"id"`
}

type numberDetail struct {
	NumberItem
	Editable bool `json:"editable" doc:"You may change it"`
}

type numberDetailResponse struct{ Body numberDetail }

type createNumberRequest struct{ Body NumberBody }

type updateNumberRequest struct {
	ID   NumberID `path:"id"`
	Body struct {
		NumberBody
		Version int `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	}
}

type deleteNumberRequest struct {
	ID NumberID `path:"id"`
	VersionQuery
}

type numberResponse struct{ Body NumberItem }

type numberTargetsResponse struct {
	Body struct {
		Queues []QueueTarget `json:"queues"`
		Flows  []FlowTarget  `json:"flows"`
	}
}

type exportNumbersRequest struct {
	ExportQuery
	NumberQuery
}

func (s *Service) registerNumbers(a *httpapi.API) {
	tags := []string{"voice-numbers"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/number-actions", ID: "list-number-actions", Tags: tags, Permission: string(NumberRead),
		Summary: "List what happens to called numbers", Description: "Those of centres in your scope, and the nation's.",
	}, func(ctx context.Context, in *listNumbersRequest) (*listNumbersResponse, error) {
		page, err := paged(ctx, a.Cursors(), "voice.numbers/"+in.Text+"/"+string(in.Act), in.PageRequest,
			func(ctx context.Context, after *NumberPosition, limit int32) ([]NumberAction, error) {
				return s.ListNumbers(ctx, NumberFilter{Text: in.Text, Act: in.Act, After: after, Limit: limit})
			},
			func(n NumberAction) NumberPosition { return NumberPosition{n.Pattern, n.ID} }, numberItem)
		if err != nil {
			return nil, err
		}
		return &listNumbersResponse{page}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/number-actions/{id}", ID: "get-number-action", Tags: tags, Permission: string(NumberRead),
		Summary: "What happens to one called number",
	}, func(ctx context.Context, in *numberIDRequest) (*numberDetailResponse, error) {
		n, editable, err := s.GetNumber(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &numberDetailResponse{numberDetail{numberItem(n), editable}}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/number-actions", ID: "create-number-action", Tags: tags, Permission: string(NumberEdit),
		Summary: "Say what happens to a called number", Idempotent: true, Status: http.StatusCreated,
	}, func(ctx context.Context, in *createNumberRequest) (*numberResponse, error) {
		return createOnce(ctx, s, s.CreateNumber, in.Body.spec(), func(n NumberAction) *numberResponse { return &numberResponse{numberItem(n)} })
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/number-targets", ID: "list-number-targets", Tags: tags, Permission: string(NumberRead),
		Summary: "Queues and flows that a called number may lead to",
	}, func(ctx context.Context, _ *struct{}) (*numberTargetsResponse, error) {
		var out numberTargetsResponse
		queues, flows, err := s.NumberTargets(ctx)
		if err != nil {
			return nil, err
		}
		out.Body.Queues, out.Body.Flows = append([]QueueTarget{}, queues...), append([]FlowTarget{}, flows...)
		return &out, nil
	})
	s.registerNumber(a, tags)
}

func (s *Service) registerNumber(a *httpapi.API, tags []string) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/number-actions/{id}", ID: "update-number-action", Tags: tags, Permission: string(NumberEdit),
		Summary: "Change what happens to a called number",
	}, func(ctx context.Context, in *updateNumberRequest) (*numberResponse, error) {
		n, err := s.UpdateNumber(ctx, in.ID, in.Body.Version, in.Body.spec())
		if err != nil {
			return nil, err
		}
		return &numberResponse{numberItem(n)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/number-actions/{id}", ID: "delete-number-action", Tags: tags, Permission: string(NumberEdit),
		Summary: "Take a called number out", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *deleteNumberRequest) (*struct{}, error) {
		return nil, s.DeleteNumber(ctx, in.ID, in.Version)
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/number-actions/export", ID: "export-number-actions", Tags: tags, Permission: string(NumberRead),
		Summary: "What happens to called numbers, as an Excel file", Timeout: time.Minute,
	}, func(ctx context.Context, in *exportNumbersRequest) (*httpapi.File, error) {
		return s.file(numberTable, in.Lang, func(w io.Writer) error {
			return s.ExportNumbers(ctx, w, in.Lang, NumberFilter{Text: in.Text, Act: in.Act})
		})
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/number-actions/import", ID: "import-number-actions", Tags: tags, Permission: string(NumberEdit),
		Summary: "Say what happens to called numbers by an Excel file", MaxBody: sheet.MaxBytes, Timeout: 2 * time.Minute,
		Description: "In the form of the export. All rows are taken, or none.",
	}, func(ctx context.Context, in *importRequest) (*importResponse, error) {
		report, err := s.ImportNumbers(ctx, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		return &importResponse{report}, nil
	})
}
