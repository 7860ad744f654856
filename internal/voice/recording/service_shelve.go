package recording

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/blob"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/recording/internal/db"
)

// The keys of this package: the data key of a recording, and the customer's number beside it.
const (
	sealAudio    secret.Purpose = "voice.recording"
	sealCustomer secret.Purpose = "voice.recording.customer"
)

// shelve lays a finished journal out and stores it. Done again after a failure at any point it gives one recording.
func (s *Service) shelve(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return errGone
	}
	if err != nil {
		return fmt.Errorf("open a journal: %w", err)
	}
	defer func() { _ = file.Close() }()
	j, err := openJournal(file, s.cfg.Ring)
	if err != nil {
		return err
	}
	there, err := db.New(s.cfg.Pool).HasRecording(ctx, j.id.UUID())
	if err != nil {
		return fmt.Errorf("look for a recording: %w", err)
	}
	if there {
		return nil // this process or an earlier one failed between storing and removing the journal
	}
	key, wrapped, err := s.cfg.Ring.NewDataKey(sealAudio, j.id.String())
	if err != nil {
		return fmt.Errorf("make the key of a recording: %w", err)
	}
	c, err := newContent(j, key)
	if err != nil {
		return fmt.Errorf("lay out a recording: %w", err)
	}
	began := j.head.Began.UTC()
	blobKey := "recording/" + began.Format("2006/01/02") + "/" + j.id.String()
	if _, err := s.cfg.Blobs.Put(ctx, blobKey, c, blob.PutOptions{ContentType: "application/octet-stream"}); err != nil {
		return fmt.Errorf("store a recording: %w", err)
	}
	row, err := s.row(c, blobKey, wrapped)
	if err != nil {
		return err
	}
	if err := s.insert(ctx, row); err != nil {
		if postgres.ConstraintName(err) != "recording_centre_fkey" {
			return err
		}
		s.cfg.Logger.Warn("a recording belongs to a centre that is not there; the nation has it", "recording_id", j.id, "centre_id", j.head.Centre)
		row.CentreID = uuid.NullUUID{}
		return s.insert(ctx, row)
	}
	return nil
}

// row is what stands in the table about a laid out journal.
func (s *Service) row(c *content, blobKey string, wrapped []byte) (db.InsertRecordingParams, error) {
	h, id := c.journal.head, c.journal.id
	labels, err := json.Marshal(h.Labels)
	if err != nil {
		return db.InsertRecordingParams{}, fmt.Errorf("write the labels of a recording: %w", err)
	}
	if h.Labels == nil {
		labels = []byte("{}")
	}
	version, err := secret.Version(wrapped)
	if err != nil {
		return db.InsertRecordingParams{}, err
	}
	p := db.InsertRecordingParams{
		ID: id.UUID(), CallID: h.Call, CentreID: nullable(h.Centre), BeganAt: h.Began, DurationMs: c.length.Milliseconds(), Direction: string(h.Direction),
		Customer: privacy.Phone(h.Customer).Masked(), Line: h.Line, StaffID: nullable(h.Staff), StaffNumber: h.StaffNumber, Labels: labels,
		Pauses: pauseRows(c.pauses), Dropped: c.dropped, Misplaced: int64(c.line.Stats().Late), Cut: !c.ended, Node: h.Node, Peaks: c.peaks(),
		Size: c.size, Sha256: c.hash.Sum(nil), BlobKey: blobKey, WrappedKey: wrapped, KeyVersion: int64(version), Now: s.cfg.Clock.Now(),
	}
	if h.Customer != "" {
		if p.CustomerSealed, err = s.cfg.Ring.Seal(sealCustomer, id.String(), []byte(h.Customer)); err != nil {
			return p, err
		}
		if p.CustomerHash, err = s.cfg.Ring.MAC(sealCustomer, []byte(h.Customer)); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (s *Service) insert(ctx context.Context, row db.InsertRecordingParams) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		n, err := db.New(tx).InsertRecording(ctx, row)
		if err != nil {
			return fmt.Errorf("note a recording: %w", err)
		}
		if n == 0 {
			return nil
		}
		e := Stored{ID: row.ID.String(), CallID: row.CallID.String(), DurationMS: row.DurationMs}
		return wrap("tell of a recording", outbox.Write(ctx, tx, TopicStored.Event(e.ID, row.Now, e)))
	})
}
