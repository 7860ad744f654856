package organization

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"yingda/internal/platform/httpapi"
)

type tableItem struct {
	Code        string     `json:"code"`
	NameZH      string     `json:"name_zh"`
	NameEN      string     `json:"name_en"`
	Owner       string     `json:"owner" doc:"The department that answers for it"`
	OwnerCentre *CentreID  `json:"owner_centre_id" doc:"null: the nation's"`
	Version     int        `json:"version" doc:"The newest; 0 before the first publication"`
	PublishedAt *time.Time `json:"published_at"`
	Items       int        `json:"items" doc:"In the newest version"`
	Edition     int        `json:"edition" doc:"Of names and owner"`
}

type tablesResponse struct {
	Body struct {
		Items []tableItem `json:"items"`
	}
}

// TableIn names a code table in a path.
type TableIn struct {
	Code string `path:"code" maxLength:"32"`
}

type tableResponse struct{ Body tableItem }

// TableBody is what describes a code table.
type TableBody struct {
	NameZH      string    `json:"name_zh" maxLength:"100"`
	NameEN      string    `json:"name_en" maxLength:"100"`
	Owner       string    `json:"owner" maxLength:"100"`
	OwnerCentre *CentreID `json:"owner_centre_id,omitempty"`
}

type tableCreate struct {
	Body struct {
		TableBody
		Code string `json:"code" maxLength:"32"`
	}
}

type tablePut struct {
	TableIn
	Body struct {
		TableBody
		Edition int `json:"edition" minimum:"1" doc:"The one that you saw"`
	}
}

// codeItem is one code of a table.
type codeItem struct {
	Code       string            `json:"code" maxLength:"64"`
	ZH         string            `json:"zh" maxLength:"100"`
	EN         string            `json:"en,omitempty" maxLength:"100"`
	Initials   string            `json:"initials,omitempty" maxLength:"32" doc:"Of the pinyin, small letters"`
	Parent     string            `json:"parent,omitempty" maxLength:"64"`
	Extra      map[string]string `json:"extra,omitempty" doc:"What else the table says, such as area_code"`
	ValidFrom  Day               `json:"valid_from,omitempty" maxLength:"10"`
	ValidUntil Day               `json:"valid_until,omitempty" maxLength:"10" doc:"The last day"`
	Sort       int               `json:"sort,omitempty" minimum:"-1000000" maximum:"1000000"`
}

type itemsRequest struct {
	httpapi.PageRequest
	TableIn
	Version int    `query:"version" minimum:"0" doc:"Left out: the newest"`
	Parent  string `query:"parent" maxLength:"64"`
	Find    string `query:"q" maxLength:"100" doc:"Part of a name, the beginning of the code or of the pinyin initials, or an additional field"`
}

type itemsPage struct{ Body httpapi.Page[codeItem] }

type versionItem struct {
	Version     int       `json:"version"`
	Note        string    `json:"note"`
	PublishedBy string    `json:"published_by"`
	PublishedAt time.Time `json:"published_at"`
	Added       int       `json:"added"`
	Changed     int       `json:"changed"`
	Removed     int       `json:"removed"`
}

type versionsResponse struct {
	Body struct {
		Items []versionItem `json:"items"`
	}
}

type versionResponse struct{ Body versionItem }

type publishRequest struct {
	TableIn
	Body struct {
		Base   int        `json:"base_version" minimum:"0" doc:"The version that you saw"`
		Set    []codeItem `json:"set,omitempty" maxItems:"20000" doc:"Added, or put in the place of the item with the code"`
		Remove []string   `json:"remove,omitempty" maxItems:"20000"`
		Note   string     `json:"note" maxLength:"500" doc:"Why"`
	}
}

// DifferenceIn names two versions of a code table.
type DifferenceIn struct {
	TableIn
	From int `query:"from" minimum:"1" required:"true"`
	To   int `query:"to" minimum:"1" required:"true"`
}

type itemChangeItem struct {
	Act string    `json:"act" enum:"add,change,remove"`
	Old *codeItem `json:"old,omitempty" doc:"Not there for what is new"`
	New *codeItem `json:"new,omitempty" doc:"Not there for what is gone"`
}

type differenceResponse struct {
	Body struct {
		Items []itemChangeItem `json:"items"`
	}
}

type codeExport struct {
	TableIn
	Version int    `query:"version" minimum:"0"`
	Lang    string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

type codeImport struct {
	TableIn
	DryRun  bool   `query:"dry_run" default:"true" doc:"Only tell what would happen"`
	Note    string `query:"note" maxLength:"500" doc:"Why; stands in the history"`
	RawBody []byte
}

func (s *Service) registerCodes(a *httpapi.API) {
	const tag = "code tables"
	httpapi.Register(a, route(tag, http.MethodGet, "/api/code-tables", "list-code-tables", CodeRead, "List code tables"), s.listTables)
	httpapi.Register(a, route(tag, http.MethodGet, "/api/code-tables/{code}", "get-code-table", CodeRead, "Read what describes a code table"),
		func(ctx context.Context, in *TableIn) (*tableResponse, error) {
			c, err := s.CodeItems(ctx, in.Code, 0)
			if err != nil {
				return nil, err
			}
			return answerTable(c.Table), nil
		})
	httpapi.Register(a, creating(route(tag, http.MethodPost, "/api/code-tables", "create-code-table", CodeEdit, "Create an empty code table")),
		func(ctx context.Context, in *tableCreate) (*tableResponse, error) {
			return once(ctx, s, in.Body.table(in.Body.Code), s.CreateCodeTable, answerTable)
		})
	httpapi.Register(a, route(tag, http.MethodPut, "/api/code-tables/{code}", "update-code-table", CodeEdit, "Change names and owner of a code table"),
		func(ctx context.Context, in *tablePut) (*tableResponse, error) {
			t := in.Body.table(in.Code)
			t.Edition = in.Body.Edition
			t, err := s.UpdateCodeTable(ctx, t)
			return answerTable(t), err
		})
	httpapi.Register(a, route(tag, http.MethodGet, "/api/code-tables/{code}/items", "list-codes", CodeRead, "List the codes of a table"),
		func(ctx context.Context, in *itemsRequest) (*itemsPage, error) {
			return s.listItems(ctx, a.Cursors(), in)
		})
	httpapi.Register(a, route(tag, http.MethodGet, "/api/code-tables/{code}/versions", "list-code-versions", CodeRead, "List the versions of a code table, newest first"), s.listVersions)
	httpapi.Register(a, creating(route(tag, http.MethodPost, "/api/code-tables/{code}/versions", "publish-codes", CodeEdit, "Publish a new version of a code table")), s.publishCodes)
	httpapi.Register(a, route(tag, http.MethodGet, "/api/code-tables/{code}/difference", "compare-code-versions", CodeRead, "Tell what changed between two versions"), s.compare)
	httpapi.RegisterFile(a, filed(route(tag, http.MethodGet, "/api/code-tables/{code}/export", "export-codes", CodeRead, "Export a code table as a workbook")), s.exportCodes)
	s.registerCodeLists(a, tag)
	httpapi.Register(a, filed(route(tag, http.MethodPost, "/api/code-tables/{code}/import", "import-codes", CodeEdit, "Publish a new version of a code table from a workbook")),
		func(ctx context.Context, in *codeImport) (*unitImported, error) {
			note := trim(in.Note)
			if note == "" {
				note = "表格导入 / from a workbook"
			}
			r, err := s.ImportCodes(ctx, in.Code, in.RawBody, note, in.DryRun)
			return &unitImported{r}, err
		})
}

// ListExport says in which language a list goes out.
type ListExport struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

// registerCodeLists adds the lists around code tables as workbooks.
func (s *Service) registerCodeLists(a *httpapi.API, tag string) {
	httpapi.RegisterFile(a, filed(route(tag, http.MethodGet, "/api/code-tables/export", "export-code-tables", CodeRead, "Export the list of code tables as a workbook")),
		func(ctx context.Context, in *ListExport) (*httpapi.File, error) {
			return s.workbook(ctx, tableTable, in.Lang, func(ctx context.Context, w io.Writer) error { return s.ExportCodeTables(ctx, w, in.Lang) })
		})
	httpapi.RegisterFile(a, filed(route(tag, http.MethodGet, "/api/code-tables/{code}/versions/export", "export-code-versions", CodeRead, "Export the versions of a code table as a workbook")),
		func(ctx context.Context, in *struct {
			TableIn
			ListExport
		}) (*httpapi.File, error) {
			return s.workbook(ctx, versionTable, in.Lang, func(ctx context.Context, w io.Writer) error {
				return s.ExportCodeVersions(ctx, w, in.Lang, in.Code)
			})
		})
	httpapi.RegisterFile(a, filed(route(tag, http.MethodGet, "/api/code-tables/{code}/difference/export", "export-code-difference", CodeRead, "Export what changed between two versions as a workbook")),
		func(ctx context.Context, in *struct {
			DifferenceIn
			ListExport
		}) (*httpapi.File, error) {
			return s.workbook(ctx, differenceTable, in.Lang, func(ctx context.Context, w io.Writer) error {
				return s.ExportCodeDifference(ctx, w, in.Lang, in.Code, in.From, in.To)
			})
		})
}

func (b TableBody) table(code string) CodeTable {
	return CodeTable{Code: code, NameZH: b.NameZH, NameEN: b.NameEN, Owner: b.Owner, OwnerCentre: taking(b.OwnerCentre)}
}

func itemOfTable(t CodeTable) tableItem {
	return tableItem{
		Code: t.Code, NameZH: t.NameZH, NameEN: t.NameEN, Owner: t.Owner, OwnerCentre: given(t.OwnerCentre), Version: t.Version,
		PublishedAt: t.PublishedAt, Items: t.Items, Edition: t.Edition,
	}
}

func answerTable(t CodeTable) *tableResponse { return &tableResponse{itemOfTable(t)} }

func (s *Service) listTables(ctx context.Context, _ *struct{}) (*tablesResponse, error) {
	list, err := s.CodeTables(ctx)
	if err != nil {
		return nil, err
	}
	out := &tablesResponse{}
	out.Body.Items = make([]tableItem, len(list))
	for i, t := range list {
		out.Body.Items[i] = itemOfTable(t)
	}
	return out, nil
}

func (s *Service) listItems(ctx context.Context, cursors *httpapi.Cursors, in *itemsRequest) (*itemsPage, error) {
	c, err := s.CodeItems(ctx, in.Code, in.Version)
	if err != nil {
		return nil, err
	}
	find := strings.ToLower(trim(in.Find))
	var list []CodeItem
	for _, i := range c.Items() {
		if (in.Parent == "" || i.Parent == in.Parent) && i.matches(find) {
			list = append(list, i)
		}
	}
	key := func(i CodeItem) string { return i.Code }
	scope := fmt.Sprintf("organization.codes/%s/%d/%s/%s", in.Code, in.Version, in.Parent, in.Find)
	p, err := httpapi.Paginate(ctx, cursors, scope, in.PageRequest,
		func(_ context.Context, after *string, limit int32) ([]CodeItem, error) {
			return page(list, key, after, limit), nil
		}, key)
	if err != nil {
		return nil, err
	}
	items := make([]codeItem, len(p.Items))
	for i, v := range p.Items {
		items[i] = codeItem(v)
	}
	return &itemsPage{httpapi.NewPage(items, p.Next)}, nil
}

func (s *Service) listVersions(ctx context.Context, in *TableIn) (*versionsResponse, error) {
	list, err := s.CodeVersions(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &versionsResponse{}
	out.Body.Items = make([]versionItem, len(list))
	for i, v := range list {
		out.Body.Items[i] = versionItem(v)
	}
	return out, nil
}

func (s *Service) publishCodes(ctx context.Context, in *publishRequest) (*versionResponse, error) {
	e := ItemsEdit{Base: in.Body.Base, Set: make([]CodeItem, len(in.Body.Set)), Remove: in.Body.Remove, Note: in.Body.Note}
	for i, v := range in.Body.Set {
		e.Set[i] = CodeItem(v)
	}
	return once(ctx, s, e, s.changing(in.Code), func(v CodeVersion) *versionResponse { return &versionResponse{versionItem(v)} })
}

func (s *Service) compare(ctx context.Context, in *DifferenceIn) (*differenceResponse, error) {
	changes, err := s.CodeDifference(ctx, in.Code, in.From, in.To)
	if err != nil {
		return nil, err
	}
	out := &differenceResponse{}
	out.Body.Items = make([]itemChangeItem, len(changes))
	for i, c := range changes {
		before, after := codeItem(c.Old), codeItem(c.New)
		item := itemChangeItem{Act: c.Act, Old: &before, New: &after}
		if c.Act == "add" {
			item.Old = nil
		}
		if c.Act == "remove" {
			item.New = nil
		}
		out.Body.Items[i] = item
	}
	return out, nil
}

func (s *Service) exportCodes(ctx context.Context, in *codeExport) (*httpapi.File, error) {
	c, err := s.CodeItems(ctx, in.Code, 0)
	if err != nil {
		return nil, err
	}
	return s.workbook(ctx, itemTable(c), in.Lang, func(ctx context.Context, w io.Writer) error {
		return s.ExportCodes(ctx, w, in.Lang, in.Code, in.Version)
	})
}
