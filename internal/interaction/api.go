package interaction

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/sheet"
)

// ContactQuery is what list and export share.
type ContactQuery struct {
	Since       time.Time `query:"since" doc:"Only contacts that began at this moment or later; none: seven days ago"`
	Until       time.Time `query:"until" doc:"Only contacts that began before this moment"`
	Caller      string    `query:"caller" maxLength:"40" doc:"The caller's whole number, as people write it"`
	Queue       string    `query:"queue_id" format:"uuid"`
	Agent       string    `query:"agent_id" format:"uuid" doc:"Member of staff who talked first or last"`
	AgentNumber string    `query:"agent_number" maxLength:"16" doc:"Staff number of who talked last"`
	Outcome     string    `query:"outcome" enum:"open,answered_by_agent,abandoned_in_flow,abandoned_in_queue,abandoned_ringing,served_by_machine,refused,left_queue,lost"`
	Disposition string    `query:"disposition" maxLength:"64" doc:"A code; those below it count too"`
	Least       int       `query:"least" minimum:"0" maximum:"864000" doc:"At least so many seconds talked"`
	Most        int       `query:"most" minimum:"0" maximum:"864000" doc:"At most so many seconds talked; 0: no limit"`
	Simulated   bool      `query:"simulated" doc:"With contacts of a simulation"`
}

func (q ContactQuery) filter() ContactFilter {
	f := ContactFilter{
		Since: q.Since, Until: q.Until, Caller: q.Caller, AgentNumber: q.AgentNumber, Outcome: q.Outcome, Disposition: q.Disposition,
		Least: time.Duration(q.Least) * time.Second, Most: time.Duration(q.Most) * time.Second, Simulated: q.Simulated,
	}
	f.Queue, _ = uuid.Parse(q.Queue) // the format was checked
	f.Agent, _ = uuid.Parse(q.Agent)
	return f
}

type listContactsRequest struct {
	httpapi.PageRequest
	ContactQuery
}

type listContactsResponse struct{ Body httpapi.Page[ContactItem] }

type exportContactsRequest struct {
	ContactQuery
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the header"`
}

// ContactRequest names a contact.
type ContactRequest struct {
	ID string `path:"id" format:"uuid"`
}

func (r ContactRequest) id() uuid.UUID { return uuid.MustParse(r.ID) } // the format was checked

type contactResponse struct{ Body ContactRecord }

type workResponse struct{ Body Work }

type disposeRequest struct {
	ContactRequest
	Body struct {
		Codes    []string `json:"codes" maxItems:"10" doc:"Leaves of the tree, the main one first; none: nothing is said any more"`
		Revision int64    `json:"revision" minimum:"0" doc:"The one that the change is based on"`
	}
}

type disposeResponse struct{ Body Said }

type noteRequest struct {
	ContactRequest
	Body struct {
		Text     privacy.FreeText `json:"text" privacy:"text" maxLength:"4000" doc:"Empty: no note any more"`
		Revision int64            `json:"revision" minimum:"0"`
	}
}

type noteResponse struct {
	Body struct {
		Revision int64 `json:"revision"`
	}
}

type revealCallerRequest struct {
	ContactRequest
	Body struct {
		Reason string `json:"reason" maxLength:"500" doc:"It stands in the audit"`
	}
}

type revealCallerResponse struct {
	Body struct {
		Caller privacy.Phone `json:"caller" privacy:"phone"`
	}
}

type dispositionsRequest struct {
	Centre string `query:"centre_id" format:"uuid" doc:"Whose tree; none: where you work"`
	Query  string `query:"q" maxLength:"60" doc:"Name in either language, code, pinyin or initials; then only what can be chosen"`
}

type dispositionsResponse struct {
	Body struct {
		Items []Disposition `json:"items" doc:"Without a query parents before children; with one the best first, at most 50"`
	}
}

// RegisterAPI adds the routes.
func (s *Service) RegisterAPI(a *httpapi.API) {
	tags := []string{"contacts"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/contacts", ID: "list-contacts", Tags: tags, Permission: string(ContactRead),
		Summary: "Contacts, the newest first", Description: "Of centres in your scope. Numbers of people are masked; a whole number finds its contacts. Live: the topic contacts.changed.",
	}, func(ctx context.Context, in *listContactsRequest) (*listContactsResponse, error) {
		f := in.filter()
		page, err := httpapi.Paginate(ctx, a.Cursors(), "interaction.contacts/"+fmt.Sprint(in.ContactQuery), in.PageRequest,
			func(ctx context.Context, before *ContactPosition, limit int32) ([]ContactItem, error) {
				f.Before, f.Limit = before, limit
				return s.ListContacts(ctx, f)
			},
			func(c ContactItem) ContactPosition { return ContactPosition{c.Began, c.ID} })
		if err != nil {
			return nil, err
		}
		return &listContactsResponse{page}, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/contacts/export", ID: "export-contacts", Tags: tags, Permission: string(ContactExport),
		Summary: "Contacts, as an Excel file", Timeout: 2 * time.Minute, Description: "At most 100,000, the newest; numbers of people are masked.",
	}, func(ctx context.Context, in *exportContactsRequest) (*httpapi.File, error) {
		var out bytes.Buffer
		if err := s.ExportContacts(ctx, &out, in.Lang, in.filter()); err != nil {
			return nil, err
		}
		return &httpapi.File{
			Name: contactTable.FileName(in.Lang, s.cfg.Clock.Now()), Type: sheet.ContentType,
			Write: func(w io.Writer) error { _, err := w.Write(out.Bytes()); return err },
		}, nil
	})
	s.registerContact(a, tags)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/dispositions", ID: "list-dispositions", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "What a contact can be about", Description: "The code tree contact.reason as it holds at a centre; it also answers while the database is away.",
	}, func(ctx context.Context, in *dispositionsRequest) (*dispositionsResponse, error) {
		centre, _ := uuid.Parse(in.Centre) // the format was checked
		list, err := s.Dispositions(ctx, centre, in.Query)
		if err != nil {
			return nil, err
		}
		out := &dispositionsResponse{}
		out.Body.Items = append([]Disposition{}, list...)
		return out, nil
	})
}

// registerContact adds the routes of one contact. Agents reach those of their own contacts, so the use case asks for one
// of two permissions.
func (s *Service) registerContact(a *httpapi.API, tags []string) {
	const path = "/api/contacts/{id}"
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: path, ID: "get-contact", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "One contact with its timeline", Description: "With interaction.contact.read in its centre, or interaction.contact.own when you served it. Whoever is shown notes stands in the audit.",
	}, func(ctx context.Context, in *ContactRequest) (*contactResponse, error) {
		r, err := s.GetContact(ctx, in.id())
		if err != nil {
			return nil, err
		}
		return &contactResponse{r}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: path + "/work", ID: "get-contact-work", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "What was said of a contact that you served", Description: "Dispositions and your note with their revisions, also while the database is away.",
	}, func(ctx context.Context, in *ContactRequest) (*workResponse, error) {
		w, err := s.MyWork(ctx, in.id())
		if err != nil {
			return nil, err
		}
		return &workResponse{w}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: path + "/dispositions", ID: "set-contact-dispositions", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "Say what a contact was about", Description: "The whole set. Answered when it is stored for good, also while the database is away. With interaction.contact.own for a contact that you served, or interaction.contact.edit.",
	}, func(ctx context.Context, in *disposeRequest) (*disposeResponse, error) {
		said, err := s.Dispose(ctx, in.id(), in.Body.Codes, in.Body.Revision)
		if err != nil {
			return nil, err
		}
		return &disposeResponse{said}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: path + "/note", ID: "set-contact-note", Tags: tags, Permission: httpapi.SignedIn,
		Summary: "Note a contact", Description: "One's own note. Answered when it is stored for good, also while the database is away.",
	}, func(ctx context.Context, in *noteRequest) (*noteResponse, error) {
		revision, err := s.Note(ctx, in.id(), in.Body.Text.Plain(), in.Body.Revision)
		if err != nil {
			return nil, err
		}
		out := &noteResponse{}
		out.Body.Revision = revision
		return out, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: path + "/reveal", ID: "reveal-contact-caller", Tags: tags, Permission: string(ContactReveal),
		Summary: "The caller's whole number", Description: "For a reason; who looked stands in the audit.",
	}, func(ctx context.Context, in *revealCallerRequest) (*revealCallerResponse, error) {
		caller, err := s.RevealCaller(ctx, in.id(), in.Body.Reason)
		if err != nil {
			return nil, err
		}
		out := &revealCallerResponse{}
		out.Body.Caller = caller
		return out, nil
	})
}
