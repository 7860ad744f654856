package voice

import (
	"context"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/sheet"
)

type importPhonesRequest struct {
	ExportQuery
	DryRun  bool `query:"dry_run" doc:"Only tell what would happen"`
	RawBody []byte
}

// phoneImportReport tells what an import did, with the passwords of the phones that it made.
type phoneImportReport struct {
	sheet.Report
	PasswordsName string `json:"passwords_name,omitempty" doc:"Name for the file of passwords"`
	Passwords     []byte `json:"passwords,omitempty" doc:"Excel file with the passwords of the new phones, base64. Shown once and kept nowhere; missing when no phone was made"`
}

type importPhonesResponse struct {
	CacheControl string `header:"Cache-Control"`
	Body         phoneImportReport
}

func (s *Service) registerPhoneImport(a *httpapi.API) {
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/phones/import", ID: "import-phones", Tags: []string{"phones"}, Permission: string(PhoneEdit),
		Summary: "Add and change desk phones by an Excel file", MaxBody: sheet.MaxBytes, Timeout: 2 * time.Minute,
		Description: "In the form of the export; where phones are registered is read over. All rows are taken, or none. " +
			"Not idempotent: the passwords of new phones are in this answer alone, so a lost answer means making others.",
	}, func(ctx context.Context, in *importPhonesRequest) (*importPhonesResponse, error) {
		report, made, err := s.ImportPhones(ctx, in.RawBody, in.DryRun)
		if err != nil {
			return nil, err
		}
		out := &importPhonesResponse{CacheControl: "no-store", Body: phoneImportReport{Report: *report}}
		if out.Body.PasswordsName, out.Body.Passwords, err = s.passwordFile(in.Lang, made); err != nil {
			return nil, err
		}
		return out, nil
	})
}
