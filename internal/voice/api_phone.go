package voice

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/privacy"
)

// PhoneContact is one place at which a phone is registered.
type PhoneContact struct {
	Node      string    `json:"node"`
	Contact   string    `json:"contact"`
	Source    string    `json:"source" doc:"Where its packets come from"`
	Transport string    `json:"transport"`
	Agent     string    `json:"agent" doc:"What the phone says it is"`
	Since     time.Time `json:"since"`
	Expires   time.Time `json:"expires"`
}

// PhoneItem is a desk phone and where it is registered. Its number is an inner one and belongs to nobody.
type PhoneItem struct {
	ID          PhoneID               `json:"id"`
	Number      string                `json:"number" doc:"Also its SIP user"`
	DisplayName string                `json:"display_name" privacy:"-"`
	Centre      organization.CentreID `json:"centre_id"`
	StaffNumber string                `json:"staff_number" doc:"Whose phone it is; empty: nobody's"`
	StaffName   privacy.Name          `json:"staff_name" privacy:"name"`
	Realm       string                `json:"realm" doc:"Of digest authentication"`
	PasswordAt  time.Time             `json:"password_at" doc:"When its password was made"`
	Disabled    bool                  `json:"disabled"`
	Note        string                `json:"note"`
	Version     int                   `json:"version"`
	UpdatedAt   time.Time             `json:"updated_at"`
	UpdatedBy   string                `json:"updated_by"`
	Contacts    []PhoneContact        `json:"contacts" doc:"Where it is registered now, the newest first"`
}

func phoneItem(p Phone, contacts []NodeRegistration) PhoneItem {
	item := PhoneItem{
		ID: p.ID, Number: p.Number, DisplayName: p.DisplayName, Centre: p.Centre, StaffNumber: p.StaffNumber, StaffName: p.StaffName, Realm: p.Realm,
		PasswordAt: p.PasswordAt, Disabled: p.Disabled, Note: p.Note, Version: p.Version, UpdatedAt: p.UpdatedAt, UpdatedBy: p.UpdatedBy,
		Contacts: make([]PhoneContact, len(contacts)),
	}
	for i, c := range contacts {
		item.Contacts[i] = PhoneContact{c.Node, c.Contact, c.Source, c.Transport, c.Agent, c.Since.UTC(), c.Expires.UTC()}
	}
	return item
}

// PhoneBody is what is given when a phone is changed.
type PhoneBody struct {
	DisplayName string                `json:"display_name" maxLength:"400"`
	Centre      organization.CentreID `json:"centre_id"`
	StaffNumber string                `json:"staff_number" maxLength:"64" doc:"Whose phone it is; empty: nobody's"`
	Disabled    bool                  `json:"disabled"`
	Note        string                `json:"note" maxLength:"4000"`
}

func (b PhoneBody) spec(number string) PhoneSpec {
	return PhoneSpec{Number: number, DisplayName: b.DisplayName, Centre: b.Centre, StaffNumber: b.StaffNumber, Disabled: b.Disabled, Note: b.Note}
}

// PhoneQuery is what list and export share.
type PhoneQuery struct {
	Text   string                `query:"q" maxLength:"100" doc:"Part of the number or the name"`
	Centre organization.CentreID `query:"centre_id" doc:"Only phones of this centre"`
}

func (q PhoneQuery) filter() PhoneFilter { return PhoneFilter{Text: q.Text, Centre: q.Centre} }

type listPhonesRequest struct {
	httpapi.PageRequest
	PhoneQuery
}

type listPhonesResponse struct{ Body httpapi.Page[PhoneItem] }

type phoneIDRequest struct {
	ID PhoneID `path:"id"`
}

type phoneDetail struct {
	PhoneItem
	Editable bool `json:"editable" doc:"You may change it"`
}

type phoneDetailResponse struct{ Body phoneDetail }

type createPhoneRequest struct {
	Body struct {
		Number string `json:"number" maxLength:"64" doc:"2 to 12 digits; never changes"`
		PhoneBody
	}
}

type updatePhoneRequest struct {
	ID   PhoneID `path:"id"`
	Body struct {
		PhoneBody
		Version int `json:"version" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	}
}

type renewPhoneRequest struct {
	ID   PhoneID `path:"id"`
	Body struct {
		Version int `json:"version" minimum:"1" maximum:"2147483647"`
	}
}

type deletePhoneRequest struct {
	ID PhoneID `path:"id"`
	VersionQuery
}

type phoneResponse struct{ Body PhoneItem }

// phoneSecret is a phone with its password, which is shown this once.
type phoneSecret struct {
	PhoneItem
	Password string `json:"password" doc:"Shown once and kept nowhere"`
}

type phoneSecretResponse struct{ Body phoneSecret }

type exportPhonesRequest struct {
	ExportQuery
	PhoneQuery
}

func (s *Service) registerPhones(a *httpapi.API) {
	tags := []string{"phones"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/phones", ID: "list-phones", Tags: tags, Permission: string(PhoneRead),
		Summary: "List desk phones and where they are registered",
	}, func(ctx context.Context, in *listPhonesRequest) (*listPhonesResponse, error) {
		contacts := s.registrations()
		page, err := paged(ctx, a.Cursors(), "voice.phones/"+in.Text+"/"+in.Centre.String(), in.PageRequest,
			func(ctx context.Context, after *PhonePosition, limit int32) ([]Phone, error) {
				f := in.filter()
				f.After, f.Limit = after, limit
				return s.ListPhones(ctx, f)
			},
			func(p Phone) PhonePosition { return PhonePosition{p.Number, p.ID} },
			func(p Phone) PhoneItem { return phoneItem(p, contacts[p.Number]) })
		if err != nil {
			return nil, err
		}
		return &listPhonesResponse{page}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/phones/{id}", ID: "get-phone", Tags: tags, Permission: string(PhoneRead), Summary: "One desk phone",
	}, func(ctx context.Context, in *phoneIDRequest) (*phoneDetailResponse, error) {
		p, editable, err := s.GetPhone(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &phoneDetailResponse{phoneDetail{phoneItem(p, s.registrations()[p.Number]), editable}}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/phones", ID: "create-phone", Tags: tags, Permission: string(PhoneEdit), Status: http.StatusCreated,
		Summary:     "Add a desk phone",
		Description: "Not idempotent: the password is shown once and kept nowhere, so a lost answer means making another password.",
	}, func(ctx context.Context, in *createPhoneRequest) (*phoneSecretResponse, error) {
		p, password, err := s.CreatePhone(ctx, nil, in.Body.spec(in.Body.Number))
		if err != nil {
			return nil, err
		}
		return &phoneSecretResponse{phoneSecret{phoneItem(p, nil), password.Reveal()}}, nil
	})
	s.registerPhone(a, tags)
	s.registerPhoneImport(a)
}

func (s *Service) registerPhone(a *httpapi.API, tags []string) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPut, Path: "/api/phones/{id}", ID: "update-phone", Tags: tags, Permission: string(PhoneEdit),
		Summary: "Change a desk phone",
	}, func(ctx context.Context, in *updatePhoneRequest) (*phoneResponse, error) {
		p, err := s.UpdatePhone(ctx, in.ID, in.Body.Version, in.Body.spec(""))
		if err != nil {
			return nil, err
		}
		return &phoneResponse{phoneItem(p, s.registrations()[p.Number])}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/phones/{id}/password", ID: "renew-phone-password", Tags: tags, Permission: string(PhoneEdit),
		Summary: "Give a desk phone another password", Description: "It is shown once. The old one ends at once.",
	}, func(ctx context.Context, in *renewPhoneRequest) (*phoneSecretResponse, error) {
		p, password, err := s.RenewPassword(ctx, in.ID, in.Body.Version)
		if err != nil {
			return nil, err
		}
		return &phoneSecretResponse{phoneSecret{phoneItem(p, s.registrations()[p.Number]), password.Reveal()}}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/phones/{id}", ID: "delete-phone", Tags: tags, Permission: string(PhoneEdit),
		Summary: "Delete a desk phone", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *deletePhoneRequest) (*struct{}, error) {
		return nil, s.DeletePhone(ctx, in.ID, in.Version)
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/phones/export", ID: "export-phones", Tags: tags, Permission: string(PhoneRead),
		Summary: "Desk phones as an Excel file", Timeout: time.Minute,
	}, func(ctx context.Context, in *exportPhonesRequest) (*httpapi.File, error) {
		return s.file(phoneTable, in.Lang, func(w io.Writer) error { return s.ExportPhones(ctx, w, in.Lang, in.filter()) })
	})
}
