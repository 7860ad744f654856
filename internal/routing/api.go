package routing

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
	"yingda/internal/routing/engine"
)

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	s.registerQueues(a)
	s.registerQueue(a)
	s.registerQueueFiles(a)
	s.registerBreaks(a)
	s.registerMine(a)
	s.registerAgents(a)
	s.registerDecisions(a)
}

// QueueBody is what is given when a queue is made or changed.
type QueueBody struct {
	Code           string                `json:"code" maxLength:"64"`
	Name           string                `json:"name" maxLength:"400"`
	Centre         organization.CentreID `json:"centre_id" doc:"Its agents and those of the centres below serve the queue"`
	Channel        engine.Channel        `json:"channel" enum:"voice,chat,mail,task"`
	Needs          []Need                `json:"needs" maxItems:"20"`
	Priority       int                   `json:"priority" doc:"0 to 99; the higher is served first"`
	Ring           int                   `json:"ring_s" doc:"How long one agent is rung, seconds"`
	WrapUp         engine.WrapUpMode     `json:"wrap_up" enum:"none,timed,mandatory,optional"`
	WrapUpFor      int                   `json:"wrap_up_s" doc:"Seconds, for timed and optional"`
	Overflow       []Overflow            `json:"overflow" maxItems:"10"`
	MaxWaiting     int                   `json:"max_waiting" doc:"0: no limit"`
	MaxWait        int                   `json:"max_wait_s" doc:"Seconds; 0: for ever"`
	NoAgents       engine.NoAgents       `json:"no_agents" enum:"wait,refuse,expel" doc:"While nobody who may serve it is signed in"`
	Target         int                   `json:"target_s" doc:"Promise of the service level, seconds"`
	AnnounceNumber bool                  `json:"announce_number" doc:"The caller hears the agent's staff number"`
	Music          bool                  `json:"music"`
	Position       bool                  `json:"position" doc:"The caller hears his place in line"`
	Closed         bool                  `json:"closed"`
	Note           string                `json:"note" maxLength:"4000"`
}

func (b QueueBody) queue() Queue {
	return Queue{
		Code: b.Code, Name: b.Name, Centre: b.Centre, Channel: b.Channel, Needs: b.Needs, Priority: b.Priority, Ring: b.Ring, WrapUp: b.WrapUp,
		WrapUpFor: b.WrapUpFor, Overflow: b.Overflow, MaxWaiting: b.MaxWaiting, MaxWait: b.MaxWait, NoAgents: b.NoAgents, Target: b.Target,
		AnnounceNumber: b.AnnounceNumber, Music: b.Music, Position: b.Position, Closed: b.Closed, Note: b.Note,
	}
}

// QueueItem is a queue.
type QueueItem struct {
	ID QueueID `json:"id"`
	QueueBody
	Version   int       `json:"version"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
}

func queueItem(q Queue) QueueItem {
	return QueueItem{ID: q.ID, QueueBody: QueueBody{
		Code: q.Code, Name: q.Name, Centre: q.Centre, Channel: q.Channel, Needs: q.Needs, Priority: q.Priority, Ring: q.Ring, WrapUp: q.WrapUp,
		WrapUpFor: q.WrapUpFor, Overflow: q.Overflow, MaxWaiting: q.MaxWaiting, MaxWait: q.MaxWait, NoAgents: q.NoAgents, Target: q.Target,
		AnnounceNumber: q.AnnounceNumber, Music: q.Music, Position: q.Position, Closed: q.Closed, Note: q.Note,
	}, Version: q.Version, UpdatedAt: q.UpdatedAt, UpdatedBy: q.UpdatedBy}
}

// QueueQuery is what list and export share.
type QueueQuery struct {
	Text    string                `query:"q" maxLength:"100" doc:"Part of the name or of the code"`
	Channel engine.Channel        `query:"channel" enum:"voice,chat,mail,task"`
	Centre  organization.CentreID `query:"centre"`
}

func (q QueueQuery) filter() QueueFilter {
	return QueueFilter{Text: q.Text, Channel: q.Channel, Centre: q.Centre}
}

type listQueuesRequest struct {
	httpapi.PageRequest
	QueueQuery
}

type listQueuesResponse struct{ Body httpapi.Page[QueueItem] }

type queueIDRequest struct {
	ID QueueID `path:"id"`
}

type queueDetail struct {
	QueueItem
	Editable bool `json:"editable" doc:"You may change it"`
}

type queueDetailResponse struct{ Body queueDetail }

type createQueueRequest struct{ Body QueueBody }

type updateQueueRequest struct {
	ID   QueueID `path:"id"`
	Body struct {
		QueueBody
		Version int `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	}
}

type deleteQueueRequest struct {
	ID      QueueID `path:"id"`
	Version int     `query:"version" required:"true" minimum:"1" maximum:"2147483647" doc:"The version that the deletion is based on"`
}

type queueResponse struct{ Body QueueItem }

type exportQueuesRequest struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
	QueueQuery
}

type importRequest struct {
	DryRun  bool `query:"dry_run" doc:"Only tell what would happen"`
	RawBody []byte
}

type importResponse struct{ Body *sheet.Report }

type liveQueuesResponse struct {
	Body struct {
		Items []QueueLive `json:"items"`
	}
}

var queueTags = []string{"routing-queues"}

func (s *Service) registerQueues(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/queues", ID: "list-queues", Tags: queueTags, Permission: string(QueueRead),
		Summary: "List queues", Description: "Those of centres in your scope, and the nation's.",
	}, func(ctx context.Context, in *listQueuesRequest) (*listQueuesResponse, error) {
		page, err := httpapi.Paginate(ctx, a.Cursors(), "routing.queues/"+in.Text+"/"+string(in.Channel)+"/"+in.Centre.String(), in.PageRequest,
			func(ctx context.Context, after *QueuePosition, limit int32) ([]Queue, error) {
				f := in.filter()
				f.After, f.Limit = after, limit
				return s.ListQueues(ctx, f)
			}, func(q Queue) QueuePosition { return QueuePosition{q.Code, q.ID} })
		if err != nil {
			return nil, err
		}
		items := make([]QueueItem, len(page.Items))
		for i, q := range page.Items {
			items[i] = queueItem(q)
		}
		return &listQueuesResponse{httpapi.NewPage(items, page.Next)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/routing/queues", ID: "live-queues", Tags: queueTags, Permission: string(QueueRead),
		Summary: "What happens in the queues now", Description: "Live: the topic queue-figures.changed, at most once a second.",
	}, func(ctx context.Context, _ *struct{}) (*liveQueuesResponse, error) {
		list, err := s.LiveQueues(ctx)
		if err != nil {
			return nil, err
		}
		out := &liveQueuesResponse{}
		out.Body.Items = list
		return out, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/queues", ID: "create-queue", Tags: queueTags, Permission: string(QueueEdit),
		Summary: "Make a queue", Idempotent: true, Status: http.StatusCreated,
	}, func(ctx context.Context, in *createQueueRequest) (*queueResponse, error) {
		return createOnce(ctx, s, s.CreateQueue, in.Body.queue(), func(q Queue) *queueResponse { return &queueResponse{queueItem(q)} })
	})
}

func (s *Service) registerQueue(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/queues/{id}", ID: "get-queue", Tags: queueTags, Permission: string(QueueRead), Summary: "One queue",
	}, func(ctx context.Context, in *queueIDRequest) (*queueDetailResponse, error) {
		q, editable, err := s.GetQueue(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &queueDetailResponse{queueDetail{queueItem(q), editable}}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/queues/{id}", ID: "update-queue", Tags: queueTags, Permission: string(QueueEdit),
		Summary: "Change a queue", Description: "Who waits in it stays in line.",
	}, func(ctx context.Context, in *updateQueueRequest) (*queueResponse, error) {
		q, err := s.UpdateQueue(ctx, in.ID, in.Body.Version, in.Body.queue())
		if err != nil {
			return nil, err
		}
		return &queueResponse{queueItem(q)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/queues/{id}", ID: "delete-queue", Tags: queueTags, Permission: string(QueueEdit),
		Summary: "Take a queue away", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *deleteQueueRequest) (*struct{}, error) {
		return nil, s.DeleteQueue(ctx, in.ID, in.Version)
	})
}

func (s *Service) registerQueueFiles(a *httpapi.API) {
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/queues/export", ID: "export-queues", Tags: queueTags, Permission: string(QueueRead),
		Summary: "Queues as an Excel file", Timeout: time.Minute,
	}, func(ctx context.Context, in *exportQueuesRequest) (*httpapi.File, error) {
		var out bytes.Buffer // written before it leaves, so that a failure is a clean problem
		if err := s.ExportQueues(ctx, &out, in.Lang, in.filter()); err != nil {
			return nil, err
		}
		return &httpapi.File{
			Name: queueTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: sheet.ContentType,
			Write: func(w io.Writer) error { _, err := w.Write(out.Bytes()); return err },
		}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/queues/import", ID: "import-queues", Tags: queueTags, Permission: string(QueueEdit),
		Summary: "Make and change queues by an Excel file", MaxBody: sheet.MaxBytes, Timeout: 2 * time.Minute,
		Description: "In the form of the export. All rows are taken, or none. Overflow stays as it is.",
	}, func(ctx context.Context, in *importRequest) (*importResponse, error) {
		report, err := s.ImportQueues(ctx, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		return &importResponse{report}, nil
	})
}

// BreakBody is what is given when a reason for breaks is made or changed.
type BreakBody struct {
	Code        string `json:"code" maxLength:"32" doc:"Stays once made"`
	Name        string `json:"name" maxLength:"200"`
	NameEN      string `json:"name_en" maxLength:"200"`
	Place       int    `json:"place" doc:"In lists"`
	MostMinutes *int   `json:"most_minutes,omitempty" doc:"Of one break; nothing acts by it yet"`
	MostShare   *int   `json:"most_share,omitempty" doc:"Percent of a queue's agents at once; nothing acts by it yet"`
	Retired     bool   `json:"retired" doc:"May be chosen no more"`
}

func (b BreakBody) reason() Break {
	return Break{Code: b.Code, Name: b.Name, NameEN: b.NameEN, Place: b.Place, MostMinutes: b.MostMinutes, MostShare: b.MostShare, Retired: b.Retired}
}

// BreakItem is a reason for breaks.
type BreakItem struct {
	ID BreakID `json:"id"`
	BreakBody
	Version   int       `json:"version"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
}

func breakItem(b Break) BreakItem {
	return BreakItem{ID: b.ID, BreakBody: BreakBody{b.Code, b.Name, b.NameEN, b.Place, b.MostMinutes, b.MostShare, b.Retired}, Version: b.Version, UpdatedAt: b.UpdatedAt, UpdatedBy: b.UpdatedBy}
}

type listBreaksResponse struct {
	Body struct {
		Items []BreakItem `json:"items"`
	}
}

type createBreakRequest struct{ Body BreakBody }

type updateBreakRequest struct {
	ID   BreakID `path:"id"`
	Body struct {
		BreakBody
		Version int `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	}
}

type breakResponse struct{ Body BreakItem }

func (s *Service) registerBreaks(a *httpapi.API) {
	tags := []string{"routing-breaks"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/break-reasons", ID: "list-break-reasons", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "Reasons for breaks", Description: "Retired ones too: records name them.",
	}, func(ctx context.Context, _ *struct{}) (*listBreaksResponse, error) {
		list, err := s.Breaks(ctx)
		if err != nil {
			return nil, err
		}
		out := &listBreaksResponse{}
		out.Body.Items = make([]BreakItem, len(list))
		for i, b := range list {
			out.Body.Items[i] = breakItem(b)
		}
		return out, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/break-reasons", ID: "create-break-reason", Tags: tags, Permission: string(QueueEdit),
		Summary: "Make a reason for breaks", Idempotent: true, Status: http.StatusCreated,
	}, func(ctx context.Context, in *createBreakRequest) (*breakResponse, error) {
		return createOnce(ctx, s, s.CreateBreak, in.Body.reason(), func(b Break) *breakResponse { return &breakResponse{breakItem(b)} })
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/break-reasons/{id}", ID: "update-break-reason", Tags: tags, Permission: string(QueueEdit),
		Summary: "Change a reason for breaks",
	}, func(ctx context.Context, in *updateBreakRequest) (*breakResponse, error) {
		b, err := s.UpdateBreak(ctx, in.ID, in.Body.Version, in.Body.reason())
		if err != nil {
			return nil, err
		}
		return &breakResponse{breakItem(b)}, nil
	})
}

type decisionsRequest struct {
	Contact string `query:"contact" required:"true" format:"uuid"`
}

type decisionsResponse struct {
	Body struct {
		Items []engine.Decision `json:"items"`
	}
}

type replayRequest struct {
	Epoch uint64 `query:"epoch" doc:"0: the newest term"`
}

type replayResponse struct{ Body Replayed }

func (s *Service) registerDecisions(a *httpapi.API) {
	tags := []string{"routing-decisions"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/routing/decisions", ID: "list-decisions", Tags: tags, Permission: string(DecisionRead),
		Summary: "Why a contact went where it went", Description: "In order of time; kept for three days, while the setting routing.explain is on.", Timeout: 30 * time.Second,
	}, func(ctx context.Context, in *decisionsRequest) (*decisionsResponse, error) {
		id, err := uuid.Parse(in.Contact)
		if err != nil {
			return nil, ErrNoContact
		}
		list, err := s.Decisions(ctx, id)
		if err != nil {
			return nil, err
		}
		out := &decisionsResponse{}
		out.Body.Items = list
		return out, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/routing/replay", ID: "replay-decisions", Tags: tags, Permission: string(DecisionRead),
		Summary: "Replay a term of the router and compare", Description: "National only.", Timeout: 5 * time.Minute,
	}, func(ctx context.Context, in *replayRequest) (*replayResponse, error) {
		r, err := s.Replay(ctx, in.Epoch)
		if err != nil {
			return nil, err
		}
		return &replayResponse{r}, nil
	})
}
