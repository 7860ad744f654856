package voice

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/sheet"
)

// GroupItem is a trunk group.
type GroupItem struct {
	ID        GroupID               `json:"id"`
	Code      string                `json:"code"`
	Name      string                `json:"name"`
	Centre    organization.CentreID `json:"centre_id" doc:"The centre that owns the group"`
	Note      string                `json:"note"`
	Trunks    int                   `json:"trunks" doc:"How many trunks it has; 0 in answers to a change"`
	Version   int                   `json:"version"`
	UpdatedAt time.Time             `json:"updated_at"`
	UpdatedBy string                `json:"updated_by"`
}

// GroupBody is what is given when a group is made or changed.
type GroupBody struct {
	Code   string                `json:"code" maxLength:"256" doc:"Letters, digits, . _ and -; calls and numbers name the group by it"`
	Name   string                `json:"name" maxLength:"400"`
	Centre organization.CentreID `json:"centre_id"`
	Note   string                `json:"note" maxLength:"4000"`
}

type groupResponse struct{ Body GroupItem }

type groupsResponse struct {
	Body struct {
		Items []GroupItem `json:"items"`
	}
}

type createGroupRequest struct{ Body GroupBody }

type updateGroupRequest struct {
	ID   GroupID `path:"id"`
	Body struct {
		GroupBody
		Version int `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	}
}

type deleteGroupRequest struct {
	ID GroupID `path:"id"`
	VersionQuery
}

func (s *Service) registerGroups(a *httpapi.API) {
	tags := []string{"trunks"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/trunk-groups", ID: "list-trunk-groups", Tags: tags, Permission: string(TrunkRead),
		Summary: "List trunk groups", Description: "Those of centres in your scope, and the nation's.",
	}, func(ctx context.Context, _ *struct{}) (*groupsResponse, error) {
		list, err := s.Groups(ctx)
		if err != nil {
			return nil, err
		}
		out := &groupsResponse{}
		out.Body.Items = make([]GroupItem, len(list))
		for i, g := range list {
			out.Body.Items[i] = GroupItem(g)
		}
		return out, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/trunk-groups", ID: "create-trunk-group", Tags: tags, Permission: string(TrunkEdit),
		Summary: "Add a trunk group", Idempotent: true, Status: http.StatusCreated,
	}, func(ctx context.Context, in *createGroupRequest) (*groupResponse, error) {
		return createOnce(ctx, s, s.CreateGroup, GroupSpec(in.Body), func(g Group) *groupResponse { return &groupResponse{GroupItem(g)} })
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/trunk-groups/{id}", ID: "update-trunk-group", Tags: tags, Permission: string(TrunkEdit),
		Summary: "Change a trunk group",
	}, func(ctx context.Context, in *updateGroupRequest) (*groupResponse, error) {
		g, err := s.UpdateGroup(ctx, in.ID, in.Body.Version, GroupSpec(in.Body.GroupBody))
		if err != nil {
			return nil, err
		}
		return &groupResponse{GroupItem(g)}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/trunk-groups/{id}", ID: "delete-trunk-group", Tags: tags, Permission: string(TrunkEdit),
		Summary: "Delete a trunk group that nothing uses", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *deleteGroupRequest) (*struct{}, error) {
		return nil, s.DeleteGroup(ctx, in.ID, in.Version)
	})
	s.registerGroupFiles(a, tags)
}

type importGroupsRequest struct {
	DryRun  bool `query:"dry_run" default:"true" doc:"Only tell what would happen"`
	RawBody []byte
}

type importGroupsResponse struct{ Body *sheet.Report }

func (s *Service) registerGroupFiles(a *httpapi.API, tags []string) {
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/trunk-groups/export", ID: "export-trunk-groups", Tags: tags, Permission: string(TrunkRead),
		Summary: "Trunk groups as an Excel file", Timeout: time.Minute,
	}, func(ctx context.Context, in *struct{ ExportQuery }) (*httpapi.File, error) {
		return s.file(groupTable, in.Lang, func(w io.Writer) error { return s.ExportGroups(ctx, w, in.Lang) })
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/trunk-groups/import", ID: "import-trunk-groups", Tags: tags, Permission: string(TrunkEdit),
		Summary: "Add and change trunk groups by an Excel file", Description: "In the form of the export. All rows are taken, or none; a group that is not in the file stays.",
		MaxBody: sheet.MaxBytes, Timeout: 2 * time.Minute,
	}, func(ctx context.Context, in *importGroupsRequest) (*importGroupsResponse, error) {
		report, err := s.ImportGroups(ctx, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		return &importGroupsResponse{report}, nil
	})
}

// TrunkNode is how a trunk is, as one node sees it.
type TrunkNode struct {
	Node    string     `json:"node"`
	State   TrunkState `json:"state" enum:"unknown,up,down,registering,refused,disabled"`
	Since   *time.Time `json:"since"`
	Calls   int        `json:"calls"`
	RTTMS   float64    `json:"rtt_ms" doc:"Of the last OPTIONS, in milliseconds; 0: none was answered yet"`
	Asked   *time.Time `json:"asked"`
	SIP     int        `json:"sip" doc:"Status of the last answer; 0: none"`
	Problem string     `json:"problem" doc:"timeout, unreachable, name, tls, refused, or empty"`
	Until   *time.Time `json:"until" doc:"Until when we are registered there"`
	Host    string     `json:"host" doc:"The host that is used now"`
}

// TrunkHealth is how a trunk is, as all nodes see it.
type TrunkHealth struct {
	State TrunkState  `json:"state" enum:"unknown,up,partly,down,registering,refused,disabled" doc:"partly: some nodes reach it and others do not"`
	Calls int         `json:"calls" doc:"Over it now, on all nodes"`
	Nodes []TrunkNode `json:"nodes"`
}

// trunkPartly is the state of a trunk that some nodes reach and others do not.
const trunkPartly TrunkState = "partly"

// healthOf joins what the nodes see.
func healthOf(t Trunk, nodes []NodeTrunk) TrunkHealth {
	h := TrunkHealth{State: TrunkUnknown, Nodes: make([]TrunkNode, len(nodes))}
	for i, n := range nodes {
		h.Calls += n.Calls
		h.Nodes[i] = TrunkNode{
			Node: n.Node, State: n.State, Since: moment(n.Since), Calls: n.Calls, RTTMS: n.RTTMS, Asked: moment(n.Asked), SIP: n.SIP, Problem: n.Problem,
			Until: moment(n.Until), Host: n.Host,
		}
		switch {
		case i == 0:
			h.State = n.State
		case h.State == n.State:
		case h.State == TrunkUp || n.State == TrunkUp || h.State == trunkPartly:
			h.State = trunkPartly
		default:
			h.State = TrunkDown
		}
	}
	if t.Disabled {
		h.State = TrunkDisabled
	}
	return h
}

// TrunkItem is a trunk with how it is.
type TrunkItem struct {
	ID          TrunkID               `json:"id"`
	Group       GroupID               `json:"group_id"`
	GroupCode   string                `json:"group"`
	Centre      organization.CentreID `json:"centre_id" doc:"Of the group"`
	Name        string                `json:"name"`
	Hosts       []string              `json:"hosts" doc:"host or host:port, in the order to try; calls from them are this trunk's"`
	Transport   Transport             `json:"transport" enum:"udp,tcp,tls"`
	Username    string                `json:"username"`
	HasPassword bool                  `json:"has_password" doc:"The password itself is never shown"`
	Register    bool                  `json:"register" doc:"We register there"`
	Priority    int                   `json:"priority" doc:"1 to 100, lower is tried first"`
	Weight      int                   `json:"weight" doc:"1 to 100, share among trunks of equal priority"`
	MaxCalls    int                   `json:"max_calls" doc:"0: no limit"`
	Codecs      []string              `json:"codecs"`
	InbandDTMF  bool                  `json:"inband_dtmf" doc:"Keys are heard in the audio too"`
	Quiet       bool                  `json:"quiet" doc:"The carrier answers no OPTIONS: calls alone tell whether it works"`
	CallerFrom  CallerHeader          `json:"caller_header" enum:"pai,from,rpid"`
	Disabled    bool                  `json:"disabled"`
	Note        string                `json:"note"`
	Version     int                   `json:"version"`
	UpdatedAt   time.Time             `json:"updated_at"`
	UpdatedBy   string                `json:"updated_by"`
	Health      TrunkHealth           `json:"health"`
}

func trunkItem(t Trunk, nodes []NodeTrunk) TrunkItem {
	return TrunkItem{
		ID: t.ID, Group: t.Group, GroupCode: t.GroupCode, Centre: t.Centre, Name: t.Name, Hosts: orEmpty(t.Hosts), Transport: t.Transport,
		Username: t.Username, HasPassword: t.HasPassword, Register: t.Register, Priority: t.Priority, Weight: t.Weight, MaxCalls: t.MaxCalls,
		Codecs: orEmpty(t.Codecs), InbandDTMF: t.InbandDTMF, Quiet: t.Quiet, CallerFrom: t.CallerFrom, Disabled: t.Disabled, Note: t.Note, Version: t.Version,
		UpdatedAt: t.UpdatedAt, UpdatedBy: t.UpdatedBy, Health: healthOf(t, nodes),
	}
}

// TrunkBody is what is given when a trunk is made or changed.
type TrunkBody struct {
	Group      GroupID      `json:"group_id"`
	Name       string       `json:"name" maxLength:"400"`
	Hosts      []string     `json:"hosts" maxItems:"20" doc:"host or host:port"`
	Transport  Transport    `json:"transport" enum:"udp,tcp,tls"`
	Username   string       `json:"username" maxLength:"512"`
	Password   *string      `json:"password,omitempty" maxLength:"512" doc:"Without it: as it was; empty: none"`
	Register   bool         `json:"register"`
	Priority   int          `json:"priority"`
	Weight     int          `json:"weight"`
	MaxCalls   int          `json:"max_calls"`
	Codecs     []string     `json:"codecs" maxItems:"4"`
	InbandDTMF bool         `json:"inband_dtmf"`
	Quiet      bool         `json:"quiet,omitempty"`
	CallerFrom CallerHeader `json:"caller_header" enum:"pai,from,rpid"`
	Disabled   bool         `json:"disabled"`
	Note       string       `json:"note" maxLength:"4000"`
}

func (b TrunkBody) spec() TrunkSpec {
	e := TrunkSpec{
		Group: b.Group, Name: b.Name, Hosts: b.Hosts, Transport: b.Transport, Username: b.Username, Register: b.Register, Priority: b.Priority,
		Weight: b.Weight, MaxCalls: b.MaxCalls, Codecs: b.Codecs, InbandDTMF: b.InbandDTMF, Quiet: b.Quiet, CallerFrom: b.CallerFrom, Disabled: b.Disabled, Note: b.Note,
	}
	if b.Password != nil {
		p := secret.Hide(*b.Password)
		e.Password = &p
	}
	return e
}

// TrunkQuery is what list and export share.
type TrunkQuery struct {
	Text  string  `query:"q" maxLength:"100" doc:"Part of the name, the group's code or a host"`
	Group GroupID `query:"group_id" doc:"Only trunks of this group"`
}

type listTrunksRequest struct {
	httpapi.PageRequest
	TrunkQuery
}

type listTrunksResponse struct{ Body httpapi.Page[TrunkItem] }

type trunkIDRequest struct {
	ID TrunkID `path:"id"`
}

type trunkDetail struct {
	TrunkItem
	Editable bool `json:"editable" doc:"You may change it"`
}

type trunkDetailResponse struct{ Body trunkDetail }

type createTrunkRequest struct{ Body TrunkBody }

type updateTrunkRequest struct {
	ID   TrunkID `path:"id"`
	Body struct {
		TrunkBody
		Version int `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	}
}

type deleteTrunkRequest struct {
	ID TrunkID `path:"id"`
	VersionQuery
}

type trunkResponse struct{ Body TrunkItem }

type testTrunkResponse struct {
	Body struct {
		Nodes []NodeTest `json:"nodes"`
	}
}

type exportTrunksRequest struct {
	ExportQuery
	TrunkQuery
}

func (s *Service) registerTrunks(a *httpapi.API) {
	tags := []string{"trunks"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/trunks", ID: "list-trunks", Tags: tags, Permission: string(TrunkRead),
		Summary: "List trunks and how they are", Description: "Those of centres in your scope, and the nation's.",
	}, func(ctx context.Context, in *listTrunksRequest) (*listTrunksResponse, error) {
		states := s.trunkStates()
		page, err := paged(ctx, a.Cursors(), "voice.trunks/"+in.Text+"/"+in.Group.String(), in.PageRequest,
			func(ctx context.Context, after *TrunkPosition, limit int32) ([]Trunk, error) {
				return s.ListTrunks(ctx, TrunkFilter{Text: in.Text, Group: in.Group, After: after, Limit: limit})
			},
			func(t Trunk) TrunkPosition { return TrunkPosition{t.Name, t.ID} },
			func(t Trunk) TrunkItem { return trunkItem(t, states[t.ID]) })
		if err != nil {
			return nil, err
		}
		return &listTrunksResponse{page}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/trunks/{id}", ID: "get-trunk", Tags: tags, Permission: string(TrunkRead), Summary: "One trunk",
	}, func(ctx context.Context, in *trunkIDRequest) (*trunkDetailResponse, error) {
		t, editable, err := s.GetTrunk(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &trunkDetailResponse{trunkDetail{trunkItem(t, s.trunkStates()[t.ID]), editable}}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/trunks", ID: "create-trunk", Tags: tags, Permission: string(TrunkEdit),
		Summary: "Add a trunk", Description: "It takes and makes calls within two seconds.", Idempotent: true, Status: http.StatusCreated,
	}, func(ctx context.Context, in *createTrunkRequest) (*trunkResponse, error) {
		return createOnce(ctx, s, s.CreateTrunk, in.Body.spec(), func(t Trunk) *trunkResponse { return &trunkResponse{trunkItem(t, nil)} })
	})
	s.registerTrunk(a, tags)
}

func (s *Service) registerTrunk(a *httpapi.API, tags []string) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/trunks/{id}", ID: "update-trunk", Tags: tags, Permission: string(TrunkEdit),
		Summary: "Change a trunk", Description: "Calls over it go on as they are.",
	}, func(ctx context.Context, in *updateTrunkRequest) (*trunkResponse, error) {
		t, err := s.UpdateTrunk(ctx, in.ID, in.Body.Version, in.Body.spec())
		if err != nil {
			return nil, err
		}
		return &trunkResponse{trunkItem(t, s.trunkStates()[t.ID])}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/trunks/{id}", ID: "delete-trunk", Tags: tags, Permission: string(TrunkEdit),
		Summary: "Delete a trunk", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *deleteTrunkRequest) (*struct{}, error) {
		return nil, s.DeleteTrunk(ctx, in.ID, in.Version)
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/trunks/{id}/test", ID: "test-trunk", Tags: tags, Permission: string(TrunkEdit),
		Summary: "Ask each host of a trunk now", Description: "Every node sends OPTIONS to each host and tells what it answered.",
	}, func(ctx context.Context, in *trunkIDRequest) (*testTrunkResponse, error) {
		list, err := s.TestTrunk(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		out := &testTrunkResponse{}
		out.Body.Nodes = list
		return out, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/trunks/export", ID: "export-trunks", Tags: tags, Permission: string(TrunkRead),
		Summary: "Trunks as an Excel file", Timeout: time.Minute,
	}, func(ctx context.Context, in *exportTrunksRequest) (*httpapi.File, error) {
		return s.file(trunkTable, in.Lang, func(w io.Writer) error {
			return s.ExportTrunks(ctx, w, in.Lang, TrunkFilter{Text: in.Text, Group: in.Group})
		})
	})
}
