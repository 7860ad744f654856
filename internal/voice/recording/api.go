package recording

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/privacy"
)

// ListQuery is what list and export share.
type ListQuery struct {
	From        time.Time             `query:"from" doc:"Recordings that began at or after this time"`
	Until       time.Time             `query:"until" doc:"Recordings that began before this time"`
	Centre      organization.CentreID `query:"centre_id" doc:"Only recordings of this centre"`
	Call        string                `query:"call_id" format:"uuid" doc:"Only recordings of this call"`
	StaffNumber string                `query:"staff_number" maxLength:"64" doc:"Only calls of this member of staff"`
	Line        string                `query:"line" maxLength:"64" doc:"Only calls over this number of ours"`
	Direction   Direction             `query:"direction" enum:"in,out,internal"`
	State       State                 `query:"state" enum:"kept,erased" doc:"Without it both"`
	Held        bool                  `query:"held" doc:"Only recordings on hold"`
	AtLeast     int                   `query:"at_least" minimum:"0" maximum:"86400" doc:"Only recordings of at least so many seconds"`
}

func (q ListQuery) filter() Filter {
	f := Filter{
		From: q.From, Until: q.Until, Centre: q.Centre, StaffNumber: q.StaffNumber, Line: q.Line, Direction: q.Direction, State: q.State,
		OnlyHeld: q.Held, AtLeast: time.Duration(q.AtLeast) * time.Second,
	}
	if q.Call != "" {
		f.Call = uuid.MustParse(q.Call) // the format was checked
	}
	return f
}

type listRequest struct {
	httpapi.PageRequest
	ListQuery
}

// RecordingItem is a recording in lists.
type RecordingItem struct {
	ID          ID                    `json:"id"`
	Call        uuid.UUID             `json:"call_id"`
	Centre      organization.CentreID `json:"centre_id" doc:"Whose rules and whose people; the zero id: the nation"`
	Began       time.Time             `json:"began_at"`
	DurationMS  int64                 `json:"duration_ms"`
	Direction   Direction             `json:"direction" enum:",in,out,internal"`
	Customer    string                `json:"customer" privacy:"-" doc:"The customer's number, masked before it was stored"`
	Line        string                `json:"line" doc:"Our number"`
	StaffNumber string                `json:"staff_number"`
	State       State                 `json:"state" enum:"kept,erased"`
	Held        bool                  `json:"held"`
	Cut         bool                  `json:"cut" doc:"The machine failed during the call: this is what was kept until then"`
	Dropped     int64                 `json:"dropped" doc:"Packets that could not be kept"`
	Version     int                   `json:"version"`
}

func itemOf(r Recording) RecordingItem {
	return RecordingItem{
		ID: r.ID, Call: r.Call, Centre: r.Centre, Began: r.Began, DurationMS: r.Duration.Milliseconds(), Direction: r.Direction, Customer: r.Customer,
		Line: r.Line, StaffNumber: r.StaffNumber, State: r.State, Held: r.Hold.On, Cut: r.Cut, Dropped: r.Dropped, Version: r.Version,
	}
}

func itemsOf(list []Recording) []RecordingItem {
	items := make([]RecordingItem, len(list))
	for i, r := range list {
		items[i] = itemOf(r)
	}
	return items
}

type listResponse struct {
	Body httpapi.Page[RecordingItem]
}

type idRequest struct {
	ID ID `path:"id"`
}

// RecordingPause is silence that was asked for.
type RecordingPause struct {
	FromMS int64 `json:"from_ms"`
	ToMS   int64 `json:"to_ms"`
}

// RecordingHold says who keeps a recording, and why.
type RecordingHold struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// RecordingErasure says who erased a recording, and why.
type RecordingErasure struct {
	Why Reason    `json:"why" enum:"retention,request"`
	By  string    `json:"by" doc:"Empty: by the rules"`
	At  time.Time `json:"at"`
}

// RecordingAllowed is what the asker may do with a recording.
type RecordingAllowed struct {
	Play     bool `json:"play"`
	Download bool `json:"download"`
	Hold     bool `json:"hold"`
	Erase    bool `json:"erase"`
}

// RecordingDetail is one recording with all that is known of it.
type RecordingDetail struct {
	RecordingItem
	Labels    map[string]string `json:"labels"`
	Pauses    []RecordingPause  `json:"pauses"`
	Misplaced int64             `json:"misplaced" doc:"Packets that came too late for their place"`
	Left      []int             `json:"left" doc:"Loudness of up to 400 equal parts from 0 to 255: the customer"`
	Right     []int             `json:"right" doc:"Loudness of what we sent"`
	Bytes     int64             `json:"bytes" doc:"Of audio, without the header of the WAV file"`
	SHA256    string            `json:"sha256" doc:"Of the audio, without the header of the WAV file"`
	Archived  bool              `json:"archived"`
	Hold      *RecordingHold    `json:"hold,omitempty"`
	Erasure   *RecordingErasure `json:"erasure,omitempty"`
	Allowed   RecordingAllowed  `json:"allowed"`
}

func detailOf(ctx context.Context, r Recording) RecordingDetail {
	d := RecordingDetail{
		RecordingItem: itemOf(r), Labels: r.Labels, Pauses: []RecordingPause{}, Misplaced: r.Misplaced, Left: []int{}, Right: []int{},
		Bytes: r.Size, SHA256: hex.EncodeToString(r.SHA256[:]), Archived: r.Place == Moved || r.Place == InArchive,
	}
	for _, p := range r.Pauses {
		d.Pauses = append(d.Pauses, RecordingPause{p.From.Milliseconds(), p.To.Milliseconds()})
	}
	for i := 0; i+1 < len(r.Peaks); i += 2 {
		d.Left, d.Right = append(d.Left, int(r.Peaks[i])), append(d.Right, int(r.Peaks[i+1]))
	}
	if r.Hold.On && r.Hold.At != nil {
		d.Hold = &RecordingHold{r.Hold.Reason, r.Hold.By, *r.Hold.At}
	}
	if r.ErasedAt != nil {
		d.Erasure = &RecordingErasure{r.ErasedWhy, r.ErasedBy, *r.ErasedAt}
	}
	may := func(p actor.Permission) bool {
		scope := actor.From(ctx).Scope(p)
		return r.State == Kept && (scope.IsNational() || scope.Covers(r.Centre.UUID()))
	}
	d.Allowed = RecordingAllowed{Play: may(Play), Download: may(Download), Hold: may(KeepHeld), Erase: may(Erase) && !r.Hold.On}
	return d
}

type detailResponse struct{ Body RecordingDetail }

type findRequest struct {
	Body struct {
		Customer string `json:"customer" minLength:"3" maxLength:"40" doc:"The customer's whole number, as people write it"`
	}
}

type findResponse struct {
	Body struct {
		Items []RecordingItem `json:"items"`
	}
}

type holdRequest struct {
	ID   ID `path:"id"`
	Body struct {
		Hold    bool   `json:"hold"`
		Reason  string `json:"reason" maxLength:"500"`
		Version int    `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the decision is based on"`
	}
}

type eraseRequest struct {
	ID   ID `path:"id"`
	Body struct {
		Reason  string `json:"reason" maxLength:"500"`
		Version int    `json:"version" minimum:"1" maximum:"2147483647"`
	}
}

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	tags := []string{"recordings"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/recordings", ID: "list-recordings", Tags: tags, Permission: string(Read),
		Summary: "List recordings, the newest first", Description: "Those of centres in your scope.",
	}, func(ctx context.Context, in *listRequest) (*listResponse, error) { return s.list(ctx, a.Cursors(), in) })
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/recordings/find", ID: "find-recordings", Tags: tags, Permission: string(Read),
		Summary: "Recordings with one customer's number", Description: "The newest 200. The number goes into the body, not into an address that is kept.",
	}, s.find)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/recordings/{id}", ID: "get-recording", Tags: tags, Permission: string(Read),
		Summary:     "One recording",
		Description: "Its audio is at /api/recordings/{id}/audio?purpose=..., as a WAV file (A-law, stereo, 8 kHz) that can be read in parts (Range, RFC 9110). purpose is complaint, quality, training, service, legal or technical and stands in the audit; with download=true it is saved, which needs voice.recording.download.",
	}, func(ctx context.Context, in *idRequest) (*detailResponse, error) {
		r, err := s.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &detailResponse{detailOf(ctx, r)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/recordings/{id}/hold", ID: "hold-recording", Tags: tags, Permission: string(KeepHeld),
		Summary: "Keep a recording whatever the rules say, or release it",
	}, func(ctx context.Context, in *holdRequest) (*detailResponse, error) {
		r, err := s.SetHold(ctx, in.ID, in.Body.Version, in.Body.Hold, in.Body.Reason)
		if err != nil {
			return nil, err
		}
		return &detailResponse{detailOf(ctx, r)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/recordings/{id}/erase", ID: "erase-recording", Tags: tags, Permission: string(Erase),
		Summary: "Erase a recording for good", Description: "Its key is deleted, and with it every copy, also in backups.",
	}, func(ctx context.Context, in *eraseRequest) (*struct{}, error) {
		return nil, s.Erase(ctx, in.ID, in.Body.Version, in.Body.Reason)
	})
	s.registerExport(a, tags)
	a.Mount("GET /api/recordings/{id}/audio", httpapi.SignedIn, http.HandlerFunc(s.serveAudio)) // huma knows no Range
}

func (s *Service) list(ctx context.Context, cursors *httpapi.Cursors, in *listRequest) (*listResponse, error) {
	f, scope := in.filter(), "voice.recording/"+scopeOf(in.ListQuery)
	page, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(ctx context.Context, after *Position, limit int32) ([]Recording, error) {
			f.Before, f.Limit = after, limit
			return s.List(ctx, f)
		},
		func(r Recording) Position { return Position{r.Began, r.ID} })
	if err != nil {
		return nil, err
	}
	return &listResponse{httpapi.NewPage(itemsOf(page.Items), page.Next)}, nil
}

// scopeOf names the filter that a cursor belongs to.
func scopeOf(in ListQuery) string {
	return in.From.String() + "/" + in.Until.String() + "/" + in.Centre.String() + "/" + in.Call + "/" + in.StaffNumber + "/" + in.Line + "/" +
		string(in.Direction) + "/" + string(in.State) + "/" + time.Duration(in.AtLeast).String() + map[bool]string{true: "/held"}[in.Held]
}

func (s *Service) find(ctx context.Context, in *findRequest) (*findResponse, error) {
	list, err := s.OfCustomer(ctx, customerOf(in.Body.Customer))
	if err != nil {
		return nil, err
	}
	out := &findResponse{}
	out.Body.Items = itemsOf(list)
	return out, nil
}

// customerOf reads a number as people write it; what is no number is searched for as it stands.
func customerOf(text string) privacy.Phone {
	p, err := numbering.ParsePhone(text, "")
	if err != nil {
		return privacy.Phone(text)
	}
	return p.Private()
}
