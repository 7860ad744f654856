package numbering

import (
	"context"
	"net/http"
	"time"

	"yingda/internal/numbering/called"
	"yingda/internal/numbering/home"
	"yingda/internal/numbering/phone"
	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/privacy"
)

type tryRequest struct {
	Body struct {
		Called   string     `json:"called,omitempty" maxLength:"256" doc:"The number dialled, as written; without it only the caller is asked about"`
		Caller   string     `json:"caller,omitempty" maxLength:"256" doc:"The caller's number, as written"`
		AreaCode string     `json:"area_code,omitempty" maxLength:"16" doc:"Of the exchange or trunk that brings the call, such as 020"`
		City     string     `json:"city,omitempty" maxLength:"6" doc:"Of the subscriber, where it is known better (GB/T 2260)"`
		At       *time.Time `json:"at,omitempty" doc:"Without it: now"`
	}
}

// readNumber is a number as it was understood.
type readNumber struct {
	Number    privacy.Phone `json:"number" privacy:"phone"`
	Kind      phone.Kind    `json:"kind" enum:",mobile,machine,fixed,service,foreign" doc:"Empty: none was given, or it is withheld"`
	Extension string        `json:"extension"`
	Carrier   string        `json:"carrier" doc:"Prefix by which a carrier was chosen; taken off"`
	Withheld  bool          `json:"withheld"`
}

func readNumberOf(r phone.Reading) readNumber {
	return readNumber{Number: r.Phone.Private(), Kind: r.Phone.Kind(), Extension: r.Extension, Carrier: r.Carrier, Withheld: r.Withheld}
}

// callerHome is where the caller is at home and why.
type callerHome struct {
	home.Traits
	Source          home.Source `json:"source" enum:"segment,ported,area_code,abroad,unknown"`
	Segment         uint32      `json:"segment" doc:"Seven digits; 0: none"`
	SegmentOperator string      `json:"segment_operator" doc:"What the segment of a ported number says"`
	Since           *time.Time  `json:"since" doc:"When a ported number came to its operator"`
}

// considered is an entry that fits the number dialled.
type considered struct {
	ID      CalledID       `json:"id"`
	Number  string         `json:"number"`
	Match   called.Match   `json:"match" enum:"number,prefix"`
	Name    string         `json:"name"`
	Place   string         `json:"place" doc:"City or province it is dialled from; empty: everywhere"`
	Verdict called.Verdict `json:"verdict" enum:"chosen,less_specific,elsewhere,suspended,not_yet,expired"`
}

// areaStep is a service area that was considered.
type areaStep struct {
	Centre     organization.CentreID `json:"centre_id"`
	CentreName string                `json:"centre_name"`
	Selector   organization.Selector `json:"selector" enum:"called,called_prefix,city,area_code,province,nation"`
	Value      string                `json:"value"`
}

type tryAnswer struct {
	At         time.Time    `json:"at"`
	Called     readNumber   `json:"called"`
	Caller     readNumber   `json:"caller"`
	Home       callerHome   `json:"home"`
	Place      tryPlace     `json:"place"`
	Known      bool         `json:"known" doc:"The number dialled is one of ours"`
	Entry      *CalledItem  `json:"entry,omitempty" doc:"The entry of called numbers; absent when it is none of ours"`
	Centre     *tryCentre   `json:"centre,omitempty" doc:"Who answers; absent: nobody of us"`
	ByArea     bool         `json:"by_area" doc:"A service area named the centre; otherwise the owner of the number answers"`
	Overlaps   bool         `json:"overlaps" doc:"Two service areas are equally specific: the table has a problem"`
	Hidden     bool         `json:"hidden" doc:"Another part of the country answers; nothing of that is shown"`
	Considered []considered `json:"considered" doc:"Every entry that fits the number, the most specific first"`
	Areas      []areaStep   `json:"areas" doc:"Every service area that fits, the one that serves first"`
}

type tryPlace struct {
	Province string      `json:"province"`
	City     string      `json:"city"`
	AreaCode string      `json:"area_code"`
	From     PlaceSource `json:"from" enum:"subscriber,home,dialled,trunk,unknown"`
}

type tryCentre struct {
	ID    organization.CentreID `json:"id"`
	Name  string                `json:"name"`
	Level organization.Level    `json:"level" enum:"nation,province,city,site"`
}

type tryResponse struct{ Body tryAnswer }

func (s *Service) registerTryOut(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/called-numbers/try", ID: "try-number", Tags: []string{"numbers"}, Permission: string(CalledRead),
		Summary: "Who answers this number, where is this caller from, and why?", Description: "Answers as a call would be. Changes nothing.",
	}, func(ctx context.Context, in *tryRequest) (*tryResponse, error) {
		t, err := s.TryOut(ctx, TryOut(in.Body))
		if err != nil {
			return nil, err
		}
		return &tryResponse{tryAnswerOf(t)}, nil
	})
}

func tryAnswerOf(t Tried) tryAnswer {
	why := t.Answer.Why
	out := tryAnswer{
		At: t.At, Called: readNumberOf(t.Called), Caller: readNumberOf(t.Caller),
		Home:  callerHome{Traits: why.Home.Traits, Source: why.Home.Source, Segment: why.Home.Segment, SegmentOperator: why.Home.SegmentOperator},
		Place: tryPlace{Province: why.Place.Province, City: why.Place.City, AreaCode: why.AreaCode, From: why.PlaceFrom},
		Known: t.Answer.Known, Hidden: t.Hidden, ByArea: why.ByArea, Overlaps: why.ServiceArea.Overlaps,
		Considered: []considered{}, Areas: []areaStep{},
	}
	if !why.Home.Since.IsZero() {
		out.Home.Since = &why.Home.Since
	}
	if t.Answer.Known {
		item := itemOf(t.Answer.Called)
		out.Entry = &item
	}
	if t.Answer.Answers {
		c := t.Answer.Centre
		out.Centre = &tryCentre{c.ID, c.Name, c.Level}
	}
	for _, c := range why.Considered {
		place := c.Entry.Place.City
		if place == "" {
			place = c.Entry.Place.Province
		}
		out.Considered = append(out.Considered, considered{c.Entry.Ref.ID, c.Entry.Ref.Display(), c.Entry.Match, c.Entry.Ref.Name, place, c.Verdict})
	}
	for _, m := range why.ServiceArea.Matches {
		out.Areas = append(out.Areas, areaStep{m.Centre.ID, m.Centre.Name, m.Area.Selector, m.Area.Value})
	}
	return out
}
