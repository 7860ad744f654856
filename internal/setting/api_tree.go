package setting

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/setting/codetree"
)

type treesResponse struct {
	Body struct {
		Items []TreeDefinition `json:"items"`
	}
}

type makeTreeRequest struct{ Body TreeDefinition }

type makeTreeResponse struct{ Body TreeDefinition }

type treeRequest struct {
	CentreRequest
	Key string    `path:"key" maxLength:"100"`
	At  time.Time `query:"at" doc:"A moment, to see what is planned; none: now"`
}

// codeTreeEntry is a node of a tree as it holds at a centre.
type codeTreeEntry struct {
	Code      string      `json:"code"`
	Parent    string      `json:"parent"`
	ZH        string      `json:"zh"`
	EN        string      `json:"en"`
	Position  int         `json:"position"`
	Depth     int         `json:"depth"`
	Locked    bool        `json:"locked"`
	Rename    bool        `json:"rename"`
	Extend    bool        `json:"extend"`
	Retired   bool        `json:"retired"`
	Active    bool        `json:"active" doc:"Neither it nor a node above is retired or hidden"`
	Leaf      bool        `json:"leaf"`
	Owner     CentreName  `json:"owner"`
	RenamedBy *CentreName `json:"renamed_by" doc:"null: it has its own name"`
	HiddenBy  *CentreName `json:"hidden_by" doc:"null: nobody hides it"`
}

type codeTreeProblem struct {
	Centre CentreName      `json:"centre" doc:"Whose word does not count"`
	Code   string          `json:"code"`
	Reason codetree.Reason `json:"reason"`
}

// codeLayer is what the centre itself contributes.
type codeLayer struct {
	Version     int                   `json:"version" doc:"Give it with an edit; 0: it never contributed anything"`
	Nodes       []codetree.Node       `json:"nodes"`
	Refinements []codetree.Refinement `json:"refinements"`
	ActiveFrom  *time.Time            `json:"active_from"`
	By          string                `json:"by"`
}

type treeResponse struct {
	Body struct {
		Tree     TreeDefinition    `json:"tree"`
		Centre   CentreName        `json:"centre"`
		At       time.Time         `json:"at"`
		Entries  []codeTreeEntry   `json:"entries" doc:"Parents before children"`
		Problems []codeTreeProblem `json:"problems" doc:"What centres said against a rule from above, and does not count"`
		Layer    codeLayer         `json:"layer"`
	}
}

type saveLayerRequest struct {
	Key  string `path:"key" maxLength:"100"`
	Body struct {
		Centre      organization.CentreID `json:"centre_id"`
		Version     int                   `json:"version" minimum:"0"`
		Nodes       []codetree.Node       `json:"nodes" maxItems:"5000"`
		Refinements []codetree.Refinement `json:"refinements" maxItems:"5000"`
		ActiveFrom  time.Time             `json:"active_from,omitempty" doc:"None or past: at once"`
		Reason      string                `json:"reason" maxLength:"1000"`
	}
}

type codeLayerVersion struct {
	Version    int       `json:"version"`
	ActiveFrom time.Time `json:"active_from"`
	Reason     string    `json:"reason"`
	RolledBack *int      `json:"rolled_back" doc:"null: it was no roll back"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

type layerHistoryResponse struct {
	Body struct {
		Items []codeLayerVersion `json:"items"`
	}
}

type layerRollBackRequest struct {
	Key  string `path:"key" maxLength:"100"`
	Body struct {
		Centre  organization.CentreID `json:"centre_id"`
		To      int                   `json:"to" minimum:"1"`
		Version int                   `json:"version" minimum:"1"`
		Reason  string                `json:"reason" maxLength:"1000"`
	}
}

type treeExportRequest struct {
	CentreRequest
	Key  string `path:"key" maxLength:"100"`
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

type treeImportRequest struct {
	CentreRequest
	ImportRequest
	Key string `path:"key" maxLength:"100"`
}

func (s *Service) registerTrees(a *httpapi.API) {
	route := func(method, path, id, summary string, permission string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, ID: id, Summary: summary, Tags: []string{"code-trees"}, Permission: permission}
	}
	read, edit := string(TreeRead), string(TreeEdit)
	httpapi.Register(a, route(http.MethodGet, "/api/code-trees", "list-code-trees", "List code trees", read), func(ctx context.Context, _ *struct{}) (*treesResponse, error) {
		list, err := s.Trees(ctx)
		out := &treesResponse{}
		out.Body.Items = list
		return out, err
	})
	making := route(http.MethodPost, "/api/code-trees", "create-code-tree", "Make a code tree", edit)
	making.Idempotent, making.Status = true, http.StatusCreated
	httpapi.Register(a, making, func(ctx context.Context, in *makeTreeRequest) (*makeTreeResponse, error) {
		out := &makeTreeResponse{}
		var err error
		if out.Body, err = in.Body.normalise(); err != nil {
			return nil, err
		}
		_, err = s.makeTree(ctx, in.Body, out)
		return out, err
	})
	httpapi.Register(a, route(http.MethodGet, "/api/code-trees/{key}", "get-code-tree", "Read a code tree as it holds at a centre", read), s.tree)
	saving := route(http.MethodPut, "/api/code-trees/{key}/layer", "save-code-layer", "Publish what a centre contributes to a code tree", edit)
	saving.MaxBody = 4 << 20
	httpapi.Register(a, saving, func(ctx context.Context, in *saveLayerRequest) (*treeResponse, error) {
		b := in.Body
		edit := LayerEdit{Tree: in.Key, Centre: b.Centre, Version: b.Version, Content: codetree.Layer{Nodes: b.Nodes, Refinements: b.Refinements}, ActiveFrom: b.ActiveFrom, Reason: b.Reason}
		if _, err := s.SaveLayer(ctx, edit); err != nil {
			return nil, err
		}
		return s.tree(ctx, &treeRequest{CentreRequest{b.Centre}, in.Key, time.Time{}})
	})
	httpapi.Register(a, route(http.MethodGet, "/api/code-trees/{key}/history", "list-code-layer-versions", "List the versions of what a centre contributes", read), s.layerHistory)
	httpapi.Register(a, route(http.MethodPost, "/api/code-trees/{key}/roll-back", "roll-back-code-layer", "Publish an earlier version again", edit), func(ctx context.Context, in *layerRollBackRequest) (*treeResponse, error) {
		b := in.Body
		if _, err := s.RollBackLayer(ctx, in.Key, b.Centre, b.To, b.Version, b.Reason); err != nil {
			return nil, err
		}
		return s.tree(ctx, &treeRequest{CentreRequest{b.Centre}, in.Key, time.Time{}})
	})
	httpapi.RegisterFile(a, route(http.MethodGet, "/api/code-trees/{key}/export", "export-code-tree", "Export a code tree as it is planned at a centre", read), func(ctx context.Context, in *treeExportRequest) (*httpapi.File, error) {
		return s.workbook(nodeTable, in.Lang, func(w io.Writer) error { return s.ExportTree(ctx, w, in.Lang, in.Key, in.Centre) })
	})
	bringing := route(http.MethodPost, "/api/code-trees/{key}/import", "import-code-tree", "Import nodes of a code tree", edit)
	bringing.MaxBody = maxFile
	httpapi.Register(a, bringing, func(ctx context.Context, in *treeImportRequest) (*importResponse, error) {
		report, err := s.ImportTree(ctx, in.Key, in.Centre, in.RawBody, in.DryRun)
		return &importResponse{report}, err
	})
}

func (s *Service) tree(ctx context.Context, in *treeRequest) (*treeResponse, error) {
	t, err := s.CodeTree(ctx, in.Key, in.Centre, in.At)
	if err != nil {
		return nil, err
	}
	layer, err := s.NewestLayer(ctx, in.Key, t.Centre.ID)
	if err != nil {
		return nil, err
	}
	out := &treeResponse{}
	b := &out.Body
	b.Tree, b.Centre, b.At, b.Entries, b.Problems = t.TreeDefinition, centreNameOf(t.Centre), t.At, make([]codeTreeEntry, len(t.Tree.Entries)), []codeTreeProblem{}
	for i, e := range t.Tree.Entries {
		item := codeTreeEntry{
			Code: e.Code, Parent: e.Parent, ZH: e.ZH, EN: e.EN, Position: e.Position, Depth: e.Depth, Locked: e.Locked, Rename: e.Rename, Extend: e.Extend,
			Retired: e.Retired, Active: e.Active, Leaf: e.Leaf, Owner: centreNameOf(t.Path[e.Layer]),
		}
		if e.Renamed != e.Layer {
			item.RenamedBy = new(centreNameOf(t.Path[e.Renamed]))
		}
		if e.Hidden != codetree.None {
			item.HiddenBy = new(centreNameOf(t.Path[e.Hidden]))
		}
		b.Entries[i] = item
	}
	for _, p := range t.Tree.Problems {
		b.Problems = append(b.Problems, codeTreeProblem{centreNameOf(t.Path[p.Layer]), p.Code, p.Reason})
	}
	b.Layer = codeLayer{Version: layer.Version, Nodes: layer.Content.Nodes, Refinements: layer.Content.Refinements, By: layer.By}
	if layer.Version > 0 {
		b.Layer.ActiveFrom = &layer.ActiveFrom
	}
	return out, nil
}

func (s *Service) layerHistory(ctx context.Context, in *HistoryRequest) (*layerHistoryResponse, error) {
	list, err := s.LayerHistory(ctx, in.Key, in.Centre, in.Before, int32(in.Limit))
	if err != nil {
		return nil, err
	}
	out := &layerHistoryResponse{}
	out.Body.Items = make([]codeLayerVersion, len(list))
	for i, v := range list {
		out.Body.Items[i] = codeLayerVersion(v)
	}
	return out, nil
}
