package recording

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/voice/recording/internal/db"
)

// stored is a recording with what only this package needs.
type stored struct {
	Recording
	blobKey    string
	wrappedKey []byte
}

func storedOf(r db.VoiceRecording) (stored, error) {
	pauses, err := pausesOf(r.Pauses)
	if err != nil {
		return stored{}, err
	}
	var labels map[string]string
	if err := json.Unmarshal(r.Labels, &labels); err != nil {
		return stored{}, fmt.Errorf("read the labels of a recording: %w", err)
	}
	s := stored{
		Recording: Recording{
			ID: ident.From[recordingKind](r.ID), Call: r.CallID, Began: r.BeganAt.UTC(), Duration: time.Duration(r.DurationMs) * time.Millisecond,
			Direction: Direction(r.Direction), Customer: r.Customer, Line: r.Line, StaffNumber: r.StaffNumber, Labels: labels, Pauses: pauses,
			Dropped: r.Dropped, Misplaced: r.Misplaced, Cut: r.Cut, Peaks: r.Peaks, Size: r.Size, State: State(r.State), Place: Place(r.Place),
			Hold:     Hold{On: r.Hold, Reason: r.HoldReason, By: r.HoldBy, At: utc(r.HoldAt)},
			ErasedAt: utc(r.ErasedAt), ErasedWhy: Reason(r.ErasedWhy), ErasedBy: r.ErasedBy, Version: int(r.Version),
		},
		blobKey: r.BlobKey, wrappedKey: r.WrappedKey,
	}
	if r.CentreID.Valid {
		s.Centre = organization.CentreOf(r.CentreID.UUID)
	}
	copy(s.SHA256[:], r.Sha256)
	return s, nil
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

func nullable(u uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: u, Valid: u != uuid.Nil} }

// getRecording gives a recording inside of the scope, or ErrNoRecording.
func getRecording(ctx context.Context, conn db.DBTX, scope actor.Scope, id ID) (stored, error) {
	r, err := db.New(conn).GetRecording(ctx, db.GetRecordingParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	if postgres.IsNoRows(err) {
		return stored{}, ErrNoRecording
	}
	if err != nil {
		return stored{}, fmt.Errorf("read recording: %w", err)
	}
	return storedOf(r)
}

func lockRecording(ctx context.Context, tx pgx.Tx, scope actor.Scope, id ID) (stored, error) {
	r, err := db.New(tx).LockRecording(ctx, db.LockRecordingParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	if postgres.IsNoRows(err) {
		return stored{}, ErrNoRecording
	}
	if err != nil {
		return stored{}, fmt.Errorf("read recording: %w", err)
	}
	return storedOf(r)
}

func setHold(ctx context.Context, tx pgx.Tx, id ID, version int, h Hold) error {
	p := db.SetHoldParams{ID: id.UUID(), Version: version32(version), Hold: h.On}
	if h.On {
		p.Reason, p.By, p.HeldAt = h.Reason, h.By, h.At
	}
	n, err := db.New(tx).SetHold(ctx, p)
	if err == nil && n == 0 {
		return ErrChangedMeanwhile
	}
	return wrap("hold a recording", err)
}

func eraseRecording(ctx context.Context, tx pgx.Tx, id ID, now time.Time, why Reason, by string) error {
	n, err := db.New(tx).EraseRecording(ctx, db.EraseRecordingParams{ID: id.UUID(), Now: &now, Why: string(why), By: by})
	if err == nil && n == 0 {
		return ErrChangedMeanwhile
	}
	return wrap("erase a recording", err)
}
