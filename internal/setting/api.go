package setting

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
	"yingda/internal/setting/inherit"
)

// CentreRequest is a question about one centre; none is the asker's own.
type CentreRequest struct {
	Centre organization.CentreID `query:"centre" doc:"None: your own centre"`
}

type listRequest struct {
	CentreRequest
	Text string `query:"q" maxLength:"100" doc:"Part of key, title or help"`
}

type settingGroup struct {
	Key string `json:"key"`
	ZH  string `json:"zh"`
	EN  string `json:"en"`
}

type settingOption struct {
	Value string `json:"value"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
}

// SettingDefinition tells what a setting is.
type SettingDefinition struct {
	Key       string          `json:"key"`
	Type      Type            `json:"type" enum:"bool,int,decimal,duration,text,choice,texts"`
	Unit      string          `json:"unit"`
	Group     settingGroup    `json:"group"`
	ZH        string          `json:"zh"`
	EN        string          `json:"en"`
	HelpZH    string          `json:"help_zh"`
	HelpEN    string          `json:"help_en"`
	Default   json.RawMessage `json:"default" doc:"A value by type: true, 15, \"0.125\", seconds, text or a list of texts"`
	Min       json.RawMessage `json:"min" doc:"null: no bound"`
	Max       json.RawMessage `json:"max" doc:"null: no bound"`
	Choices   []settingOption `json:"choices"`
	Pattern   string          `json:"pattern"`
	Important bool            `json:"important" doc:"Changes only when a second person approves"`
	Stricter  Order           `json:"stricter" enum:",lower,higher,listed" doc:"Which value is stricter; empty: none, so it can only be fixed"`
}

type settingPending struct {
	Request uuid.UUID       `json:"request_id"`
	Value   json.RawMessage `json:"value" doc:"null: inherit"`
	Lock    inherit.Lock    `json:"lock" enum:",floor,fixed"`
	By      string          `json:"by"`
	Reason  string          `json:"reason"`
	AskedAt time.Time       `json:"asked_at"`
}

// settingItem is a setting as it stands at a centre.
type settingItem struct {
	SettingDefinition
	Centre     CentreName      `json:"centre"`
	Effective  json.RawMessage `json:"effective" doc:"What holds here"`
	Own        json.RawMessage `json:"own" doc:"What is set here; null: nothing, it is inherited"`
	OwnLock    inherit.Lock    `json:"own_lock" enum:",floor,fixed" doc:"What those below may still do"`
	Verdict    inherit.Verdict `json:"verdict" enum:"inherited,applied,yielded,ignored" doc:"What became of what is set here"`
	Version    int             `json:"version" doc:"Of what is set here; give it with a change"`
	UpdatedAt  *time.Time      `json:"updated_at"`
	Source     *CentreName     `json:"source" doc:"Whose value holds; null: the default"`
	Floor      *CentreName     `json:"floor" doc:"Who above allows stricter values only; null: nobody"`
	FloorValue json.RawMessage `json:"floor_value" doc:"The laxest value allowed by it; null: none"`
	Fixed      *CentreName     `json:"fixed" doc:"Who above fixed it; null: nobody"`
	Pending    *settingPending `json:"pending" doc:"An open request to change it here; null: none"`
}

type settingsResponse struct {
	Body struct {
		Items []settingItem `json:"items"`
	}
}

type settingLink struct {
	Centre    CentreName      `json:"centre"`
	Own       json.RawMessage `json:"own" doc:"null: it says nothing"`
	Lock      inherit.Lock    `json:"lock" enum:",floor,fixed"`
	Verdict   inherit.Verdict `json:"verdict" enum:"inherited,applied,yielded,ignored"`
	Effective json.RawMessage `json:"effective"`
	Bound     *CentreName     `json:"bound" doc:"By whose lock its value does not count; null: it counts or there is none"`
	By        string          `json:"by"`
	Reason    string          `json:"reason"`
	At        *time.Time      `json:"at"`
}

type explainResponse struct {
	Body struct {
		Setting settingItem   `json:"setting"`
		Chain   []settingLink `json:"chain" doc:"From the nation down"`
	}
}

// KeyRequest is a question about one thing at one centre.
type KeyRequest struct {
	CentreRequest
	Key string `path:"key" maxLength:"100"`
}

type changeRequest struct {
	Key  string `path:"key" maxLength:"100"`
	Body struct {
		Centre   organization.CentreID `json:"centre_id"`
		Value    json.RawMessage       `json:"value" doc:"null: inherit again"`
		Lock     inherit.Lock          `json:"lock" enum:",floor,fixed"`
		Version  int                   `json:"version" minimum:"0" doc:"The one that the change was based on"`
		Reason   string                `json:"reason" maxLength:"1000"`
		Evidence []string              `json:"evidence,omitempty" maxItems:"10" doc:"For a request: document numbers, links"`
	}
}

type rollBackRequest struct {
	Key  string `path:"key" maxLength:"100"`
	Body struct {
		Centre  organization.CentreID `json:"centre_id"`
		To      int                   `json:"to" minimum:"0" doc:"The version to restore; 0: before anything was set"`
		Version int                   `json:"version" minimum:"0" doc:"The one that it was based on"`
		Reason  string                `json:"reason" maxLength:"1000"`
	}
}

type changeResponse struct {
	Body struct {
		Request *uuid.UUID  `json:"request_id" doc:"Somebody else must approve this request first; null: it is done"`
		Setting settingItem `json:"setting"`
	}
}

// HistoryRequest asks for versions.
type HistoryRequest struct {
	KeyRequest
	Before int `query:"before" minimum:"0" doc:"Only versions before this one"`
	Limit  int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type settingVersion struct {
	Version    int             `json:"version"`
	Old        json.RawMessage `json:"old" doc:"null: nothing was set"`
	OldLock    inherit.Lock    `json:"old_lock" enum:",floor,fixed"`
	New        json.RawMessage `json:"new" doc:"null: it was inherited from here on"`
	NewLock    inherit.Lock    `json:"new_lock" enum:",floor,fixed"`
	Reason     string          `json:"reason"`
	RolledBack *int            `json:"rolled_back" doc:"The version that was restored; null: it was no roll back"`
	Request    *uuid.UUID      `json:"request_id" doc:"The request that was approved; null: it needed none"`
	AskedBy    string          `json:"asked_by"`
	By         string          `json:"by" doc:"Who made the change; of a request, who approved it"`
	At         time.Time       `json:"at"`
}

type historyResponse struct {
	Body struct {
		Items []settingVersion `json:"items"`
	}
}

type exportRequest struct {
	CentreRequest
	Text string `query:"q" maxLength:"100"` // the page's filter; the file holds every setting of the centre
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN"`
}

// ImportRequest is a workbook.
type ImportRequest struct {
	DryRun  bool `query:"dry_run" doc:"Only say what would happen"`
	RawBody []byte
}

type importResponse struct{ Body *sheet.Report }

// maxFile bounds an imported workbook.
const maxFile = 8 << 20

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	read, edit := string(ValueRead), string(ValueEdit)
	httpapi.Register(a, httpapi.Route{Method: http.MethodGet, Path: "/api/settings", ID: "list-settings", Tags: []string{"settings"}, Permission: read,
		Summary: "List the settings as they stand at a centre"}, s.list)
	httpapi.RegisterFile(a, httpapi.Route{Method: http.MethodGet, Path: "/api/settings/export", ID: "export-settings", Tags: []string{"settings"}, Permission: read,
		Summary: "Export the settings of a centre", Timeout: time.Minute}, s.exportFile)
	httpapi.Register(a, httpapi.Route{Method: http.MethodPost, Path: "/api/settings/import", ID: "import-settings", Tags: []string{"settings"}, Permission: edit,
		Summary: "Import values of settings", MaxBody: maxFile, Timeout: time.Minute}, func(ctx context.Context, in *ImportRequest) (*importResponse, error) {
		report, err := s.Import(ctx, in.RawBody, in.DryRun)
		return &importResponse{report}, err
	})
	httpapi.Register(a, httpapi.Route{Method: http.MethodGet, Path: "/api/settings/{key}", ID: "explain-setting", Tags: []string{"settings"}, Permission: read,
		Summary: "Tell where a value comes from"}, s.explain)
	httpapi.Register(a, httpapi.Route{Method: http.MethodGet, Path: "/api/settings/{key}/history", ID: "list-setting-versions", Tags: []string{"settings"}, Permission: read,
		Summary: "List the changes of a setting at a centre, newest first"}, s.history)
	httpapi.Register(a, httpapi.Route{Method: http.MethodPut, Path: "/api/settings/{key}", ID: "change-setting", Tags: []string{"settings"}, Permission: edit,
		Summary: "Change what a centre says, or ask for it when the setting is important"}, s.change)
	httpapi.Register(a, httpapi.Route{Method: http.MethodPost, Path: "/api/settings/{key}/roll-back", ID: "roll-back-setting", Tags: []string{"settings"}, Permission: edit,
		Summary: "Restore what a centre said at an earlier version"}, s.rollBack)
	s.registerTrees(a)
	s.registerHelp(a)
}

func centreNameOrNone(c *organization.Centre) *CentreName {
	if c == nil {
		return nil
	}
	return new(centreNameOf(*c))
}

func itemOf(v View) settingItem {
	d := v.Definition
	item := settingItem{
		SettingDefinition: definitionItemOf(d), Centre: centreNameOf(v.Centre), Effective: d.Encode(v.Effective), Own: d.Encode(v.Own), OwnLock: v.OwnLock,
		Verdict: v.Verdict, Version: v.Version, UpdatedAt: v.UpdatedAt, Source: centreNameOrNone(v.Source), Floor: centreNameOrNone(v.Floor),
		FloorValue: d.Encode(v.FloorValue), Fixed: centreNameOrNone(v.Fixed),
	}
	if p := v.Pending; p != nil {
		item.Pending = &settingPending{Request: p.Request, Value: rawOrNull(p.Value), Lock: p.Lock, By: p.By, Reason: p.Reason, AskedAt: p.AskedAt}
	}
	return item
}

func definitionItemOf(d *Definition) SettingDefinition {
	item := SettingDefinition{
		Key: d.Key, Type: d.Type, Unit: d.Unit, Group: settingGroup{d.Group.Key, d.Group.ZH, d.Group.EN}, ZH: d.ZH, EN: d.EN, HelpZH: d.HelpZH, HelpEN: d.HelpEN,
		Default: d.Encode(d.Default), Min: d.Encode(d.Min), Max: d.Encode(d.Max), Choices: []settingOption{}, Pattern: d.Pattern, Important: d.Important, Stricter: d.Stricter,
	}
	for _, o := range d.Choices {
		item.Choices = append(item.Choices, settingOption(o))
	}
	return item
}

func rawOrNull(raw json.RawMessage) json.RawMessage {
	if isNull(raw) {
		return json.RawMessage("null")
	}
	return raw
}

func (s *Service) list(ctx context.Context, in *listRequest) (*settingsResponse, error) {
	views, err := s.List(ctx, in.Centre)
	if err != nil {
		return nil, err
	}
	out := &settingsResponse{}
	out.Body.Items = []settingItem{}
	for _, v := range views {
		if v.Definition.matches(in.Text) {
			out.Body.Items = append(out.Body.Items, itemOf(v))
		}
	}
	return out, nil
}

func (s *Service) explain(ctx context.Context, in *KeyRequest) (*explainResponse, error) {
	v, links, err := s.Explain(ctx, in.Key, in.Centre)
	if err != nil {
		return nil, err
	}
	out := &explainResponse{}
	out.Body.Setting, out.Body.Chain = itemOf(v), []settingLink{}
	for _, l := range links {
		out.Body.Chain = append(out.Body.Chain, settingLink{
			Centre: centreNameOf(l.Centre), Own: v.Definition.Encode(l.Own), Lock: l.Lock, Verdict: l.Verdict, Effective: v.Definition.Encode(l.Effective),
			Bound: centreNameOrNone(l.Bound), By: l.By, Reason: l.Reason, At: l.At,
		})
	}
	return out, nil
}

func (s *Service) history(ctx context.Context, in *HistoryRequest) (*historyResponse, error) {
	list, err := s.History(ctx, in.Key, in.Centre, in.Before, int32(in.Limit))
	if err != nil {
		return nil, err
	}
	out := &historyResponse{}
	out.Body.Items = []settingVersion{}
	for _, v := range list {
		out.Body.Items = append(out.Body.Items, settingVersion{
			Version: v.Version, Old: rawOrNull(v.Old), OldLock: v.OldLock, New: rawOrNull(v.New), NewLock: v.NewLock, Reason: v.Reason,
			RolledBack: v.RolledBack, Request: v.Request, AskedBy: v.AskedBy, By: v.By, At: v.At,
		})
	}
	return out, nil
}

func (s *Service) change(ctx context.Context, in *changeRequest) (*changeResponse, error) {
	b := in.Body
	outcome, err := s.Set(ctx, Change{Key: in.Key, Centre: b.Centre, Value: b.Value, Lock: b.Lock, Version: b.Version, Reason: b.Reason, Evidence: b.Evidence})
	if err != nil {
		return nil, err
	}
	return s.changedAnswer(ctx, in.Key, b.Centre, outcome)
}

func (s *Service) rollBack(ctx context.Context, in *rollBackRequest) (*changeResponse, error) {
	b := in.Body
	outcome, err := s.RollBack(ctx, in.Key, b.Centre, b.To, b.Version, b.Reason)
	if err != nil {
		return nil, err
	}
	return s.changedAnswer(ctx, in.Key, b.Centre, outcome)
}

func (s *Service) changedAnswer(ctx context.Context, key string, centre organization.CentreID, o Outcome) (*changeResponse, error) {
	views, err := s.List(ctx, centre)
	if err != nil {
		return nil, err
	}
	out := &changeResponse{}
	if !o.Request.IsZero() {
		out.Body.Request = new(o.Request.UUID())
	}
	for _, v := range views {
		if v.Definition.Key == key {
			out.Body.Setting = itemOf(v)
		}
	}
	return out, nil
}

func (s *Service) exportFile(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
	return s.workbook(valueTable, in.Lang, func(w io.Writer) error { return s.Export(ctx, w, in.Lang, in.Centre) })
}

func (s *Service) workbook(t sheet.Table, lang string, write func(w io.Writer) error) (*httpapi.File, error) {
	var b bytes.Buffer // whole before its first byte leaves, so that a failure is a clean problem
	if err := write(&b); err != nil {
		return nil, err
	}
	return &httpapi.File{
		Name: t.FileName(lang, s.cfg.Clock.Now()), Type: sheet.ContentType,
		Write: func(w io.Writer) error { _, err := b.WriteTo(w); return err },
	}, nil
}
