package voice

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice/internal/db"
)

// ReplaceSound gives a prompt that still has the version the change was based on another sound, a WAV file. Whoever is
// hearing the old one hears it to its end; who is led to the prompt after that hears the new one. The same sound again
// changes nothing. Errors: [ErrNoPrompt], [ErrNotYours], [ErrChangedMeanwhile], [ErrNotWAV].
func (s *Service) ReplaceSound(ctx context.Context, id PromptID, version int, sound []byte) (Prompt, error) {
	scope, err := actor.Allow(ctx, NumberEdit)
	if err != nil {
		return Prompt{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Prompt{}, err
	}
	// Before anything is read or stored: what is not there, or another's, says so whatever was sent.
	if err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		_, err := lockPrompt(ctx, tx, in, id, version)
		return err
	}); err != nil {
		return Prompt{}, err
	}
	heard, err := ReadWAV(sound)
	if err != nil {
		return Prompt{}, err
	}
	// A name of its own for each sound: a node that reads the tables of a moment ago finds the sound of that moment.
	key, sum := "voice/prompts/"+id.String()+"."+uuid.NewString(), sha256.Sum256(sound)
	if _, err := s.cfg.Blobs.Put(ctx, key, bytes.NewReader(sound), blob.PutOptions{
		ContentType: "audio/wav", Size: int64(len(sound)), SizeKnown: true, SHA256: sum,
	}); err != nil {
		return Prompt{}, fmt.Errorf("store the sound of a prompt: %w", err)
	}
	var old, p Prompt
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		if old, err = lockPrompt(ctx, tx, in, id, version); err != nil {
			return err
		}
		p = old
		if p.SHA256 = hex.EncodeToString(sum[:]); p.SHA256 == old.SHA256 {
			return nil
		}
		p.BlobKey, p.Bytes, p.Duration, p.SampleRate, p.Channels = key, int64(len(sound)), heard.Duration, heard.Rate, heard.Channels
		return keptPrompts.save(ctx, s, tx, "replace_sound", &p, audit.Diff(old, p), func(q *db.Queries, was int32) (int64, error) {
			return q.ReplacePromptSound(ctx, db.ReplacePromptSoundParams{
				BlobKey: p.BlobKey, Sha256: sum[:], Bytes: p.Bytes, DurationMs: number32(int(p.Duration.Milliseconds())), SampleRate: number32(p.SampleRate),
				Channels: number32(p.Channels), Now: p.UpdatedAt, UpdatedBy: p.UpdatedBy, ID: id.UUID(), Version: was,
			})
		})
	})
	if err != nil || p.BlobKey != key {
		s.dropSound(ctx, key)
		return p, err
	}
	s.dropSound(ctx, old.BlobKey)
	return p, nil
}

// lockPrompt holds a prompt that the asker may change until the transaction ends.
func lockPrompt(ctx context.Context, tx pgx.Tx, in surroundings, id PromptID, version int) (Prompt, error) {
	r, err := db.New(tx).LockPrompt(ctx, id.UUID())
	p, err := one(r, err, promptOf, ErrNoPrompt)
	if err != nil {
		return Prompt{}, err
	}
	return p, keptPrompts.mayChange(ctx, in, p, p.Name, version)
}

var promptTable = sheet.Table{Key: "prompts", ZH: "提示音", EN: "Prompts", Columns: []sheet.Column{
	{Key: "name", ZH: "名称", EN: "Name", Width: 30, Kind: sheet.Free}, {Key: "centre", ZH: "所属中心代码", EN: "Owner centre", Width: 16},
	{Key: "seconds", ZH: "时长（秒）", EN: "Seconds", Width: 12}, {Key: "sample_rate", ZH: "采样率（Hz）", EN: "Sample rate (Hz)", Width: 16},
	{Key: "channels", ZH: "声道数", EN: "Channels", Width: 10}, {Key: "bytes", ZH: "文件字节", EN: "Bytes", Width: 14},
	{Key: "sha256", ZH: "SHA-256", EN: "SHA-256", Width: 68}, {Key: "updated_at", ZH: "最近修改", EN: "Last change", Width: 20},
	{Key: "updated_by", ZH: "修改人", EN: "Changed by", Width: 24, Kind: sheet.Free}, {Key: "note", ZH: "备注", EN: "Note", Width: 40, Kind: sheet.Free},
}}

// ExportPrompts writes what [Service.ListPrompts] gives as a workbook, without the sound.
func (s *Service) ExportPrompts(ctx context.Context, w io.Writer, lang string, f PromptFilter) error {
	if _, err := actor.Allow(ctx, NumberRead); err != nil {
		return err
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	if err := s.exported(ctx, "voice.prompt", strings.TrimSpace(f.Text)); err != nil {
		return err
	}
	return writePages(w, promptTable, lang, maxExport, func(last *Prompt) ([]Prompt, error) {
		f.After, f.Limit = nil, exportPage
		if last != nil {
			f.After = &PromptPosition{last.Name, last.ID}
		}
		return s.ListPrompts(ctx, f)
	}, func(p Prompt) []any {
		owner, _ := tree.Centre(p.Centre)
		return []any{
			p.Name, owner.Code, p.Duration.Seconds(), p.SampleRate, p.Channels, p.Bytes, p.SHA256, local(&p.UpdatedAt), p.UpdatedBy, p.Note,
		}
	})
}
