package voice

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/ident"
	"yingda/internal/voice/internal/db"
)

// PromptFilter selects prompts; zero values select all.
type PromptFilter struct {
	Text  string // part of the name
	After *PromptPosition
	Limit int32 // 0: 50
}

// PromptPosition is where a prompt stands in the list, which goes by name.
type PromptPosition struct {
	Name string   `json:"n"`
	ID   PromptID `json:"i"`
}

// ListPrompts gives the prompts that the asker may see: those of centres in scope, and the nation's.
func (s *Service) ListPrompts(ctx context.Context, f PromptFilter) ([]Prompt, error) {
	scope, err := actor.Allow(ctx, NumberRead)
	if err != nil {
		return nil, err
	}
	p := db.ListPromptsParams{National: scope.IsNational(), Centres: scope.Centres(), Word: strings.TrimSpace(f.Text), RowLimit: limit(f.Limit)}
	if f.After != nil {
		p.AfterName, p.AfterID = f.After.Name, f.After.ID.UUID()
	}
	rows, err := db.New(s.cfg.Pool).ListPrompts(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list prompts: %w", err)
	}
	list := make([]Prompt, len(rows))
	for i, r := range rows {
		list[i] = promptOf(r)
	}
	return list, nil
}

// Listen opens the sound of a prompt for a person. The caller closes it. Errors: [ErrNoPrompt].
func (s *Service) Listen(ctx context.Context, id PromptID) (Prompt, io.ReadCloser, error) {
	scope, err := actor.Allow(ctx, NumberRead)
	if err != nil {
		return Prompt{}, nil, err
	}
	p, err := visiblePrompt(ctx, s.cfg.Pool, scope, id)
	if err != nil {
		return Prompt{}, nil, err
	}
	sound, err := s.cfg.Blobs.Open(ctx, p.BlobKey)
	if err != nil {
		return Prompt{}, nil, fmt.Errorf("open the sound of prompt %s: %w", id, err)
	}
	return p, sound, nil
}

// OpenPrompt opens the sound of a prompt in [Tables.Prompts], a WAV file; the caller closes it. Errors: [ErrNoPrompt].
//
// Unchecked: a node reads what it will play to callers.
func (s *Service) OpenPrompt(ctx context.Context, id PromptID) (io.ReadCloser, error) {
	p, ok := s.tables.Load().Prompts[id]
	if !ok {
		return nil, ErrNoPrompt
	}
	sound, err := s.cfg.Blobs.Open(ctx, p.BlobKey)
	if err != nil {
		return nil, fmt.Errorf("open the sound of prompt %s: %w", id, err)
	}
	return sound, nil
}

// CreatePrompt adds a prompt with its sound, a WAV file. Errors: voice.invalid_prompt with the fields, [ErrNotWAV],
// [ErrPromptTaken].
func (s *Service) CreatePrompt(ctx context.Context, e PromptSpec, sound []byte) (Prompt, error) {
	scope, err := actor.Allow(ctx, NumberEdit)
	if err != nil {
		return Prompt{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Prompt{}, err
	}
	p, err := e.normalise(in)
	if err != nil {
		return Prompt{}, err
	}
	heard, err := ReadWAV(sound)
	if err != nil {
		return Prompt{}, err
	}
	p.ID = ident.New[promptKind]()
	keptPrompts.begin(ctx, s, &p)
	p.Duration, p.SampleRate, p.Channels, p.Bytes = heard.Duration, heard.Rate, heard.Channels, int64(len(sound))
	p.BlobKey = "voice/prompts/" + p.ID.String()
	sum := sha256.Sum256(sound)
	p.SHA256 = hex.EncodeToString(sum[:])
	if _, err := s.cfg.Blobs.Put(ctx, p.BlobKey, bytes.NewReader(sound), blob.PutOptions{
		ContentType: "audio/wav", Size: p.Bytes, SizeKnown: true, SHA256: sum,
	}); err != nil {
		return Prompt{}, fmt.Errorf("store the sound of a prompt: %w", err)
	}
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		return keptPrompts.add(ctx, s, tx, p, func(q *db.Queries) error {
			return q.InsertPrompt(ctx, db.InsertPromptParams{
				ID: p.ID.UUID(), Name: p.Name, CentreID: p.Centre.UUID(), BlobKey: p.BlobKey, Sha256: sum[:], Bytes: p.Bytes,
				DurationMs: number32(int(p.Duration.Milliseconds())), SampleRate: number32(p.SampleRate), Channels: number32(p.Channels), Note: p.Note,
				Now: p.UpdatedAt, UpdatedBy: p.UpdatedBy,
			})
		})
	})
	if err != nil {
		s.dropSound(ctx, p.BlobKey)
		return Prompt{}, err
	}
	return p, nil
}

// dropSound removes a file that no prompt has, unless the database cannot say so: then it stays.
func (s *Service) dropSound(ctx context.Context, key string) {
	ctx = context.WithoutCancel(ctx)
	used, err := db.New(s.cfg.Pool).BlobUsed(ctx, key)
	if err == nil && !used {
		err = s.cfg.Blobs.Delete(ctx, key)
	}
	if err != nil {
		s.cfg.Logger.WarnContext(ctx, "the sound of a prompt stays although nothing needs it", "key", key, "error", err)
	}
}

// DeletePrompt takes away a prompt and its sound. Errors: [ErrNoPrompt], [ErrNotYours], [ErrChangedMeanwhile],
// [ErrPromptInUse].
func (s *Service) DeletePrompt(ctx context.Context, id PromptID, version int) error {
	scope, err := actor.Allow(ctx, NumberEdit)
	if err != nil {
		return err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return err
	}
	var p Prompt
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		if p, err = lockPrompt(ctx, tx, in, id, version); err != nil {
			return err
		}
		return keptPrompts.remove(ctx, s, tx, p, func(q *db.Queries, was int32) (int64, error) {
			return q.DeletePrompt(ctx, db.DeletePromptParams{ID: id.UUID(), Version: was})
		})
	})
	if err == nil {
		s.dropSound(ctx, p.BlobKey)
	}
	return err
}
