package voice

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/platform/httpapi"
)

type replaceSoundRequest struct {
	ID      PromptID `path:"id"`
	Version int      `query:"version" required:"true" minimum:"1" maximum:"2147483647" doc:"The version that the change is based on"`
	RawBody []byte
}

type exportPromptsRequest struct {
	ExportQuery
	Text string `query:"q" maxLength:"100" doc:"Part of the name"`
}

func (s *Service) registerPromptSound(a *httpapi.API) {
	tags := []string{"prompts"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/prompts/{id}/audio", ID: "replace-prompt-audio", Tags: tags, Permission: string(NumberEdit),
		Summary: "Give a prompt another sound",
		Description: "The body is a WAV file as for a new prompt. Whoever is hearing the old sound hears it to its end; the next caller hears the new one. " +
			"A version is taken once, so a repeated request is refused.",
		MaxBody: maxPromptBytes + 1<<10, Timeout: 2 * time.Minute,
	}, func(ctx context.Context, in *replaceSoundRequest) (*promptResponse, error) {
		p, err := s.ReplaceSound(ctx, in.ID, in.Version, in.RawBody)
		if err != nil {
			return nil, err
		}
		return &promptResponse{promptItem(p)}, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/prompts/export", ID: "export-prompts", Tags: tags, Permission: string(NumberRead),
		Summary: "Prompts as an Excel file, without their sound", Timeout: time.Minute,
	}, func(ctx context.Context, in *exportPromptsRequest) (*httpapi.File, error) {
		return s.file(promptTable, in.Lang, func(w io.Writer) error { return s.ExportPrompts(ctx, w, in.Lang, PromptFilter{Text: in.Text}) })
	})
}
