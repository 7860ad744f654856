package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/recording/wav"
)

// hearingLasts is how long the requests of one player are one hearing, counted from the last of them.
const hearingLasts = 10 * time.Minute

// hearing is one person with one recording for one purpose.
type hearing struct {
	account, session uuid.UUID
	recording        ID
	purpose          Purpose
	download         bool
}

// plays remembers which hearings stand in the audit already: a player asks for many parts of one file.
type plays struct {
	mu    sync.Mutex
	heard map[hearing]time.Time // the last request
	swept time.Time
}

// known reports that the hearing goes on, and counts the request to it.
func (p *plays) known(h hearing, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.swept) > hearingLasts {
		for k, at := range p.heard {
			if now.Sub(at) > hearingLasts {
				delete(p.heard, k)
			}
		}
		p.swept = now
	}
	at, ok := p.heard[h]
	if !ok || now.Sub(at) > hearingLasts {
		return false
	}
	p.heard[h] = now
	return true
}

func (p *plays) note(h hearing, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard[h] = now
}

// Audio is a recording opened as a WAV file.
type Audio struct {
	Recording
	file   *wav.File
	object blob.Object
}

// Read implements io.Reader.
func (a *Audio) Read(p []byte) (int, error) { return a.file.Read(p) }

// Seek implements io.Seeker.
func (a *Audio) Seek(offset int64, whence int) (int64, error) { return a.file.Seek(offset, whence) }

// Close lets the stored file go.
func (a *Audio) Close() error { return a.object.Close() }

var _ io.ReadSeekCloser = (*Audio)(nil)

// Open gives a recording to be heard or, with download, to be kept as a file, each with its permission. Before
// anything is given it stands in the audit who hears what for which purpose; the many requests of one player are one
// entry. Errors: [ErrNoRecording], [ErrErased], voice.invalid_purpose, and those of platform/blob and platform/secret.
func (s *Service) Open(ctx context.Context, id ID, purpose Purpose, download bool) (*Audio, error) {
	scope, err := allowHearing(ctx, download)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(Purposes(), purpose) {
		return nil, fault.New(fault.Invalid, "voice.invalid_purpose", "a recording is heard for a purpose").
			WithFields(fault.Field{Location: "query.purpose", Code: "required", Message: "say for what the recording is heard"})
	}
	r, err := getRecording(ctx, s.cfg.Pool, scope, id)
	if err != nil {
		return nil, err
	}
	if r.State == Erased {
		return nil, ErrErased
	}
	a, err := s.open(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.heard(ctx, r.Recording, purpose, download); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// allowHearing asks for the permission to hear, or to save.
func allowHearing(ctx context.Context, download bool) (actor.Scope, error) {
	if download {
		return actor.Allow(ctx, Download)
	}
	return actor.Allow(ctx, Play)
}

func (s *Service) open(ctx context.Context, r stored) (*Audio, error) {
	key, err := s.cfg.Ring.OpenDataKey(sealAudio, r.ID.String(), r.wrappedKey)
	if err != nil {
		return nil, err
	}
	store := s.cfg.Blobs
	if r.Place != InMain {
		if store = s.cfg.Archive; store == nil {
			return nil, fault.New(fault.Unavailable, "voice.recording_archive_missing", "the recording is in the archive, which this process does not know").
				WithRemedy("configure the archive as it was when the recording moved")
		}
	}
	object, err := store.Open(ctx, r.blobKey)
	if err != nil {
		return nil, fmt.Errorf("open a recording: %w", err)
	}
	plain, err := secret.NewStreamReader(key, object)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("decrypt a recording: %w", err), object.Close())
	}
	return &Audio{Recording: r.Recording, file: wav.NewFile(plain, plain.Size()), object: object}, nil
}

// heard writes down who hears a recording, once for each hearing.
func (s *Service) heard(ctx context.Context, r Recording, purpose Purpose, download bool) error {
	a, now := actor.From(ctx), s.cfg.Clock.Now()
	h := hearing{account: a.Account, session: a.Session, recording: r.ID, purpose: purpose, download: download}
	if s.plays.known(h, now) {
		return nil
	}
	act := "voice.recording.play"
	if download {
		act = "voice.recording.download"
	}
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return s.note(ctx, tx, act, r, string(purpose), audit.Change{Field: "purpose", New: string(purpose)})
	})
	if err == nil {
		s.plays.note(h, now)
	}
	return err
}
