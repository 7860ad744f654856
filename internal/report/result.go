package report

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/metric"
)

// Result is a report as it was made.
type Result struct {
	ID        ID        `json:"id"`
	Name      Text      `json:"name"`
	First     string    `json:"first" doc:"Day, on the centre's clock"`
	Last      string    `json:"last" doc:"Day; it is in the report"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until" doc:"Is not in the report"`
	Zone      string    `json:"zone"`
	Days      int       `json:"days"`
	Grain     Grain     `json:"grain" enum:",half_hour,day"`
	MadeAt    time.Time `json:"made_at"`
	Rules     Rules     `json:"rules"`
	Simulated bool      `json:"simulated" doc:"Simulated contacts are counted too"`
	Open      int       `json:"open" doc:"Contacts of the period that are not over and not counted"`
	Tables    []Table   `json:"tables"`
}

// Rules are those of counting, in whole seconds.
type Rules struct {
	Preset    Preset      `json:"preset" enum:"queue,china15,china20,china30,own"`
	Start     metric.Mark `json:"start" enum:"began,answered,key,enqueued"`
	Stop      metric.Mark `json:"stop" enum:"ringing,accepted,announced,talking"`
	Target    int         `json:"target_s"`
	Short     int         `json:"short_s" doc:"Who hangs up sooner is a short abandon; 0: nobody"`
	ShortTalk int         `json:"short_talk_s" doc:"An answered contact with less talk is a phantom; 0: none"`
}

func rulesOf(p Preset, r metric.Rules) Rules {
	return Rules{pick(p == "", China15, p), r.Start, r.Stop, int(r.Target / time.Second), int(r.Short / time.Second), int(r.ShortTalk / time.Second)}
}

// Table is a part of a report.
type Table struct {
	Key       string     `json:"key"`
	Name      Text       `json:"name"`
	Head      Text       `json:"head" doc:"Of the rows' names"`
	Columns   []Column   `json:"columns"`
	Rows      []Row      `json:"rows"`
	Total     *Row       `json:"total,omitempty"`
	Chart     *Chart     `json:"chart,omitempty"`
	Instances []Instance `json:"instances,omitempty" doc:"Contacts behind the figures, the newest, at most 200"`
}

// Row has a value for each column, in their order; null where there is nothing to divide by.
type Row struct {
	Key    string     `json:"key"`
	Code   string     `json:"code"`
	Name   Text       `json:"name"`
	Depth  int        `json:"depth" doc:"Above 0: its figures are contained in those of the row above with less"`
	Values []*float64 `json:"values"`
	Behind *Behind    `json:"behind,omitempty"`
}

// Behind says which contacts are behind a row, so that a page can show them.
type Behind struct {
	From        *time.Time `json:"from,omitempty"`
	Until       *time.Time `json:"until,omitempty"`
	Queue       *uuid.UUID `json:"queue_id,omitempty"`
	Agent       *uuid.UUID `json:"agent_id,omitempty"`
	Disposition *uuid.UUID `json:"disposition_id,omitempty"`
	Trunk       *uuid.UUID `json:"trunk_id,omitempty"`
}

// Chart says how a table is best drawn.
type Chart struct {
	Bars    []string `json:"bars" doc:"Columns, on top of each other"`
	Lines   []string `json:"lines" doc:"Columns, on an axis of their own"`
	Deepest int      `json:"deepest" doc:"Rows of a greater depth are left out"`
}

// row computes the columns.
func row(key string, n name, columns []Column, x facts) Row {
	r := Row{Key: key, Code: n.Code, Name: Text{n.ZH, n.EN}, Values: make([]*float64, len(columns))}
	for i := range columns {
		if v, ok := columns[i].of(x); ok {
			r.Values[i] = &v
		}
	}
	return r
}

var whole = name{"", "合计", "Total"}

func total(columns []Column, x facts) *Row {
	r := row("total", whole, columns, x)
	return &r
}
