package report

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/metric"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

// MakeQuery is what a report and its workbook share.
type MakeQuery struct {
	From      string                `query:"from" maxLength:"10" doc:"First day, such as 2026-11-21; empty: today"`
	To        string                `query:"to" maxLength:"10" doc:"Last day, in the report; empty: the first"`
	Grain     Grain                 `query:"grain" enum:"half_hour,day" doc:"Step of time; empty: half hours for one day, days for more"`
	Centre    organization.CentreID `query:"centre" doc:"With the centres below it"`
	Queue     string                `query:"queue" maxLength:"36" doc:"The contact's last queue"`
	Team      string                `query:"team" maxLength:"36" doc:"Of the agent who talked last"`
	Simulated bool                  `query:"simulated" doc:"Count simulated contacts too"`
	Preset    Preset                `query:"rules" enum:"queue,china15,china20,china30,own" doc:"Empty: china15; own: as the following say"`
	Start     metric.Mark           `query:"start" enum:"began,answered,key,enqueued"`
	Stop      metric.Mark           `query:"stop" enum:"ringing,accepted,announced,talking"`
	Target    int                   `query:"target" minimum:"0" maximum:"3600" doc:"Seconds"`
	Short     int                   `query:"short" minimum:"0" maximum:"600" doc:"Seconds"`
	ShortTalk int                   `query:"short_talk" minimum:"0" maximum:"600" doc:"Seconds"`
}

func (q MakeQuery) query() (Query, error) {
	var f fault.Fields
	id := func(s, location string) uuid.UUID {
		if s == "" {
			return uuid.Nil
		}
		u, err := uuid.Parse(s)
		f.Check(err == nil, location, "format", "is not an id")
		return u
	}
	out := Query{
		From: q.From, To: q.To, Grain: q.Grain, Centre: q.Centre, Queue: id(q.Queue, "query.queue"), Team: id(q.Team, "query.team"),
		Simulated: q.Simulated, Preset: q.Preset,
		Rules: metric.Rules{
			Start: pick(q.Start == "", metric.AtKey, q.Start), Stop: pick(q.Stop == "", metric.AtAnnounce, q.Stop),
			Target: time.Duration(q.Target) * time.Second, Short: time.Duration(q.Short) * time.Second, ShortTalk: time.Duration(q.ShortTalk) * time.Second,
		},
	}
	return out, f.Err("report.wrong_query", "this report cannot be made")
}

type listReportsResponse struct {
	Body struct {
		Items []Definition `json:"items"`
	}
}

type reportRequest struct {
	ID ID `path:"id" maxLength:"40"`
	MakeQuery
}

type reportResponse struct{ Body Result }

type exportRequest struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the workbook"`
	ID   ID     `path:"id" maxLength:"40"`
	MakeQuery
}

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	tags := []string{"reports"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/reports", ID: "list-reports", Tags: tags, Permission: string(Read),
		Summary: "Which reports there are", Description: "With the columns of each and the formula of every column.",
	}, func(ctx context.Context, _ *struct{}) (*listReportsResponse, error) {
		list, err := s.Definitions(ctx)
		if err != nil {
			return nil, err
		}
		out := &listReportsResponse{}
		out.Body.Items = list
		return out, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/reports/{id}", ID: "make-report", Tags: tags, Permission: string(Read), Timeout: time.Minute,
		Summary: "Make a report", Description: "Of contacts that began in the period and are over, in your scope. At most 92 days.",
	}, func(ctx context.Context, in *reportRequest) (*reportResponse, error) {
		q, err := in.query()
		if err != nil {
			return nil, err
		}
		r, err := s.Make(ctx, in.ID, q)
		if err != nil {
			return nil, err
		}
		return &reportResponse{r}, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/reports/{id}/export", ID: "export-report", Tags: tags, Permission: string(Export), Timeout: 2 * time.Minute,
		Summary: "A report as an Excel file", Description: "The second sheet has the rules of counting and every formula. It stands in the audit.",
	}, func(ctx context.Context, in *exportRequest) (*httpapi.File, error) {
		q, err := in.query()
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer // written before it leaves, so that a failure is a clean problem
		name, err := s.Export(ctx, &out, in.Lang, in.ID, q)
		if err != nil {
			return nil, err
		}
		return &httpapi.File{Name: name, Type: sheet.ContentType, Write: func(w io.Writer) error { _, err := out.WriteTo(w); return err }}, nil
	})
}
