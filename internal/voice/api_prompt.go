package voice

import (
	"context"
	"io"
	"net/http"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/httpapi"
)

// PromptItem is a prompt without its sound.
type PromptItem struct {
	ID         PromptID              `json:"id"`
	Name       string                `json:"name"`
	Centre     organization.CentreID `json:"centre_id"`
	SHA256     string                `json:"sha256" doc:"Of the file, hexadecimal"`
	Bytes      int64                 `json:"bytes"`
	DurationMS int64                 `json:"duration_ms"`
	SampleRate int                   `json:"sample_rate"`
	Channels   int                   `json:"channels"`
	Note       string                `json:"note"`
	Version    int                   `json:"version"`
	UpdatedAt  time.Time             `json:"updated_at"`
	UpdatedBy  string                `json:"updated_by"`
}

func promptItem(p Prompt) PromptItem {
	return PromptItem{
		ID: p.ID, Name: p.Name, Centre: p.Centre, SHA256: p.SHA256, Bytes: p.Bytes, DurationMS: p.Duration.Milliseconds(), SampleRate: p.SampleRate,
		Channels: p.Channels, Note: p.Note, Version: p.Version, UpdatedAt: p.UpdatedAt, UpdatedBy: p.UpdatedBy,
	}
}

type listPromptsRequest struct {
	httpapi.PageRequest
	Text string `query:"q" maxLength:"100" doc:"Part of the name"`
}

type listPromptsResponse struct{ Body httpapi.Page[PromptItem] }

type createPromptRequest struct {
	Name    string                `query:"name" maxLength:"400"`
	Centre  organization.CentreID `query:"centre_id"`
	Note    string                `query:"note" maxLength:"4000"`
	RawBody []byte
}

type promptIDRequest struct {
	ID PromptID `path:"id"`
}

type deletePromptRequest struct {
	ID PromptID `path:"id"`
	VersionQuery
}

type promptResponse struct{ Body PromptItem }

func (s *Service) registerPrompts(a *httpapi.API) {
	tags := []string{"prompts"}
	s.registerPromptSound(a)
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/prompts", ID: "list-prompts", Tags: tags, Permission: string(NumberRead),
		Summary: "List prompts", Description: "Those of centres in your scope, and the nation's.",
	}, func(ctx context.Context, in *listPromptsRequest) (*listPromptsResponse, error) {
		page, err := paged(ctx, a.Cursors(), "voice.prompts/"+in.Text, in.PageRequest,
			func(ctx context.Context, after *PromptPosition, limit int32) ([]Prompt, error) {
				return s.ListPrompts(ctx, PromptFilter{Text: in.Text, After: after, Limit: limit})
			},
			func(p Prompt) PromptPosition { return PromptPosition{p.Name, p.ID} }, promptItem)
		if err != nil {
			return nil, err
		}
		return &listPromptsResponse{page}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/prompts", ID: "create-prompt", Tags: tags, Permission: string(NumberEdit), Status: http.StatusCreated,
		Summary: "Add a prompt", Description: "The body is a WAV file: 16-bit PCM, mono or stereo, 8 to 48 kHz, at most 20 MB and 30 minutes. A name is taken once, so a repeated request is refused.",
		MaxBody: maxPromptBytes + 1<<10, Timeout: 2 * time.Minute,
	}, func(ctx context.Context, in *createPromptRequest) (*promptResponse, error) {
		p, err := s.CreatePrompt(ctx, PromptSpec{Name: in.Name, Centre: in.Centre, Note: in.Note}, in.RawBody)
		if err != nil {
			return nil, err
		}
		return &promptResponse{promptItem(p)}, nil
	})
	httpapi.RegisterFile(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/prompts/{id}/audio", ID: "get-prompt-audio", Tags: tags, Permission: string(NumberRead),
		Summary: "The sound of a prompt, a WAV file", Timeout: time.Minute,
	}, func(ctx context.Context, in *promptIDRequest) (*httpapi.File, error) {
		p, sound, err := s.Listen(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &httpapi.File{Name: p.Name + ".wav", Type: "audio/wav", Write: func(w io.Writer) error {
			defer func() { _ = sound.Close() }()
			_, err := io.Copy(w, sound)
			return err
		}}, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodDelete, Path: "/api/prompts/{id}", ID: "delete-prompt", Tags: tags, Permission: string(NumberEdit),
		Summary: "Delete a prompt that no number plays", Status: http.StatusNoContent,
	}, func(ctx context.Context, in *deletePromptRequest) (*struct{}, error) {
		return nil, s.DeletePrompt(ctx, in.ID, in.Version)
	})
}
