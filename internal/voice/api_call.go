package voice

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/httpapi"
	"yingda/internal/voice/ending"
)

// LadderMessage is one SIP message; numbers are masked.
type LadderMessage struct {
	At        time.Time `json:"at"`
	Out       bool      `json:"out" doc:"We sent it"`
	Transport string    `json:"transport"`
	Remote    string    `json:"remote" doc:"Address and port of the other side"`
	FirstLine string    `json:"first_line"`
	CSeq      string    `json:"cseq"`
	Bytes     int       `json:"bytes"`
	Repeated  bool      `json:"repeated" doc:"A retransmission"`
}

type ladderResponse struct {
	Body struct {
		Messages []LadderMessage `json:"messages" doc:"In the order of time"`
	}
}

func ladderOf(list []Message, err error) (*ladderResponse, error) {
	if err != nil {
		return nil, err
	}
	out := &ladderResponse{}
	out.Body.Messages = make([]LadderMessage, len(list))
	for i, m := range list {
		out.Body.Messages[i] = LadderMessage(m)
	}
	return out, nil
}

// LiveItem is one leg that has not ended. Numbers of people are masked.
type LiveItem struct {
	ID           CallID     `json:"id"`
	Conversation uuid.UUID  `json:"conversation" doc:"The same for legs that talk to each other"`
	Node         string     `json:"node"`
	Direction    Direction  `json:"direction" enum:"in,out"`
	State        LegState   `json:"state" enum:"setting,ringing,early,waiting,talking,held,ending"`
	Caller       string     `json:"caller" privacy:"-" doc:"Masked; anonymous when withheld"`
	Called       string     `json:"called" privacy:"-" doc:"Masked unless it belongs to nobody"`
	Trunk        string     `json:"trunk" doc:"Name; empty: not over a trunk"`
	Phone        string     `json:"phone" privacy:"-" doc:"Number of our own phone; empty: none"`
	Act          Act        `json:"act" enum:",prompt,echo,phone,trunk,reject" doc:"What is done with the call"`
	Started      time.Time  `json:"started"`
	Answered     *time.Time `json:"answered"`
	Codec        string     `json:"codec"`
	Quality      Quality    `json:"quality"`
	Verdict      Verdict    `json:"verdict"`
	Recording    bool       `json:"recording"`
}

func (s *Service) liveItem(c CallView) LiveItem {
	t := s.tables.Load()
	item := LiveItem{
		ID: c.ID, Conversation: c.Conversation, Node: c.Node, Direction: c.Direction, State: c.State, Caller: c.Caller, Called: c.Called, Act: c.Act,
		Started: c.Started, Answered: moment(c.Answered), Codec: c.Codec, Quality: c.Quality, Recording: c.Recording,
	}
	if l, ok := t.Line(c.Trunk); ok {
		item.Trunk = l.Name
	}
	if p, ok := t.PhoneByID(c.Phone); ok {
		item.Phone = p.Number
	}
	if item.Answered != nil {
		item.Verdict = Judge(c.Quality)
	}
	return item
}

type liveResponse struct {
	Body struct {
		Items []LiveItem `json:"items" doc:"The oldest first; at most 2,000"`
		Total int        `json:"total" doc:"How many legs you may see, also those beyond the list"`
		Nodes []NodeView `json:"nodes" doc:"Processes that take calls; empty: none runs"`
		At    time.Time  `json:"at"`
	}
}

// maxLive bounds the answer: who has more calls than that looks at them by filter or on a board.
const maxLive = 2000

type callIDRequest struct {
	ID CallID `path:"id"`
}

type hangRequest struct {
	ID   CallID `path:"id"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; it stands in the audit"`
	}
}

func (s *Service) registerLive(a *httpapi.API) {
	tags := []string{"live-calls"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/live-calls", ID: "list-live-calls", Tags: tags, Permission: string(LiveRead),
		Summary: "Calls in progress on all nodes", Description: "What other nodes tell is at most a few seconds old.",
	}, func(ctx context.Context, _ *struct{}) (*liveResponse, error) {
		v, err := s.LiveCalls(ctx)
		if err != nil {
			return nil, err
		}
		out := &liveResponse{}
		out.Body.Total, out.Body.Nodes, out.Body.At = len(v.Calls), v.Nodes, v.At
		out.Body.Items = make([]LiveItem, min(len(v.Calls), maxLive))
		for i := range out.Body.Items {
			out.Body.Items[i] = s.liveItem(v.Calls[i])
		}
		return out, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/live-calls/{id}/ladder", ID: "get-live-ladder", Tags: tags, Permission: string(LiveRead),
		Summary: "The SIP messages of a call in progress",
	}, func(ctx context.Context, in *callIDRequest) (*ladderResponse, error) {
		return ladderOf(s.LiveLadder(ctx, in.ID))
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/live-calls/{id}/hang-up", ID: "hang-up-call", Tags: tags, Permission: string(LiveHang),
		Summary: "End a call", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *hangRequest) (*struct{}, error) {
		return nil, s.Hang(ctx, in.ID, in.Body.Reason)
	})
}

// CallItem is one leg that ended. Numbers of people are masked.
type CallItem struct {
	ID           CallID        `json:"id"`
	Conversation uuid.UUID     `json:"conversation" doc:"The same for legs that talked to each other"`
	Direction    Direction     `json:"direction" enum:"in,out"`
	Started      time.Time     `json:"started"`
	Answered     *time.Time    `json:"answered"`
	Ended        time.Time     `json:"ended"`
	TalkedMS     int64         `json:"talked_ms"`
	Caller       string        `json:"caller" privacy:"-" doc:"Masked; anonymous when withheld"`
	Called       string        `json:"called" privacy:"-" doc:"Masked unless it belongs to nobody"`
	Trunk        string        `json:"trunk" doc:"Its name when the call ended"`
	Phone        string        `json:"phone" privacy:"-"`
	Act          Act           `json:"act" enum:",prompt,echo,phone,trunk,reject"`
	Result       ending.Result `json:"result" enum:"completed,cancelled,no_answer,busy,rejected,failed"`
	Side         ending.Side   `json:"side" enum:"ours,theirs,network" doc:"Whose act or fault ended it"`
	Reason       ending.Reason `json:"reason" doc:"Why, as one word of a closed list"`
	SIP          int           `json:"sip" doc:"SIP status; 0: none"`
	Q850         int           `json:"q850" doc:"Cause of ITU-T Q.850; 0: none"`
	Codec        string        `json:"codec"`
	Quality      Quality       `json:"quality"`
	Verdict      Verdict       `json:"verdict"`
	Recorded     bool          `json:"recorded"`
	Node         string        `json:"node"`
	SIPCallID    string        `json:"sip_call_id"`
}

func callItem(c Call) CallItem {
	return CallItem{
		ID: c.ID, Conversation: c.Conversation, Direction: c.Direction, Started: c.Started, Answered: c.Answered, Ended: c.Ended,
		TalkedMS: c.Talked().Milliseconds(), Caller: c.Caller, Called: c.Called, Trunk: c.TrunkName, Phone: c.PhoneNumber, Act: c.Act,
		Result: c.Ending.Result, Side: c.Ending.Side, Reason: c.Ending.Reason, SIP: c.Ending.SIP, Q850: c.Ending.Q850, Codec: c.Codec,
		Quality: c.Quality, Verdict: c.Verdict, Recorded: c.Recorded, Node: c.Node, SIPCallID: c.SIPCallID,
	}
}

// CallQuery is what list and export share.
type CallQuery struct {
	Number    string        `query:"number" maxLength:"64" doc:"A whole number, as people write it: of either side, of our phone, or the service number called"`
	Direction Direction     `query:"direction" enum:"in,out"`
	Result    ending.Result `query:"result" enum:"completed,cancelled,no_answer,busy,rejected,failed"`
	Grade     Grade         `query:"grade" enum:"good,fair,poor"`
	Trunk     TrunkID       `query:"trunk_id"`
	Phone     PhoneID       `query:"phone_id"`
	Since     time.Time     `query:"since" doc:"Only calls that began at this moment or later"`
}

func (q CallQuery) filter() CallFilter {
	return CallFilter{Number: q.Number, Direction: q.Direction, Result: q.Result, Grade: q.Grade, Trunk: q.Trunk, Phone: q.Phone, Since: q.Since}
}

type listCallsRequest struct {
	httpapi.PageRequest
	CallQuery
}

type listCallsResponse struct{ Body httpapi.Page[CallItem] }

type callDetail struct {
	CallItem
	HasLadder bool `json:"has_ladder" doc:"Its SIP messages were kept"`
}

type callDetailResponse struct{ Body callDetail }

type exportCallsRequest struct {
	ExportQuery
	CallQuery
}

func (s *Service) registerCalls(a *httpapi.API) {
	tags := []string{"calls"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/calls", ID: "list-calls", Tags: tags, Permission: string(CallRead),
		Summary: "Calls that ended, the newest first", Description: "One entry per leg. Numbers of people are masked; a whole number finds its calls.",
	}, func(ctx context.Context, in *listCallsRequest) (*listCallsResponse, error) {
		f := in.filter()
		scope := "voice.calls/" + f.Number + "/" + string(f.Direction) + "/" + string(f.Result) + "/" + string(f.Grade) + "/" + f.Trunk.String() + "/" + f.Phone.String() + "/" + f.Since.UTC().String()
		page, err := paged(ctx, a.Cursors(), scope, in.PageRequest,
			func(ctx context.Context, before *CallPosition, limit int32) ([]Call, error) {
				f.Before, f.Limit = before, limit
				return s.ListCalls(ctx, f)
			},
			func(c Call) CallPosition { return CallPosition{c.Started, c.ID} }, callItem)
		if err != nil {
			return nil, err
		}
		return &listCallsResponse{page}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/calls/{id}", ID: "get-call", Tags: tags, Permission: string(CallRead), Summary: "One call that ended",
	}, func(ctx context.Context, in *callIDRequest) (*callDetailResponse, error) {
		c, err := s.GetCall(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &callDetailResponse{callDetail{callItem(c), c.HasLadder}}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/calls/{id}/ladder", ID: "get-call-ladder", Tags: tags, Permission: string(CallRead),
		Summary: "The SIP messages of a call that ended",
	}, func(ctx context.Context, in *callIDRequest) (*ladderResponse, error) {
		return ladderOf(s.CallLadder(ctx, in.ID))
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/calls/export", ID: "export-calls", Tags: tags, Permission: string(CallExport),
		Summary: "Calls that ended, as an Excel file", Timeout: 2 * time.Minute, Description: "At most 100,000, the newest; numbers of people are masked.",
	}, func(ctx context.Context, in *exportCallsRequest) (*httpapi.File, error) {
		return s.file(callTable, in.Lang, func(w io.Writer) error { return s.ExportCalls(ctx, w, in.Lang, in.filter()) })
	})
}
