package recording

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/audit"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/recording/internal/db"
)

// sweepBatch is how many recordings one transaction erases.
const sweepBatch = 200

// Sweep erases what is older than the rules of its centre, moves what is old enough to the archive, and removes copies
// that nobody needs any more. Interrupted anywhere, the next one goes on.
//
// Unchecked: a job acts by the rules that people have set; each erasure is in the audit.
func (s *Service) Sweep(ctx context.Context) error {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	ids, err := db.New(s.cfg.Pool).Centres(ctx)
	if err != nil {
		return fmt.Errorf("list centres: %w", err)
	}
	centres := []uuid.NullUUID{{}} // the nation's
	for _, id := range ids {
		centres = append(centres, nullable(id))
	}
	now := s.cfg.Clock.Now()
	before := func(days int64) time.Time { return now.Add(-time.Duration(days) * 24 * time.Hour) }
	var errs []error
	for _, centre := range centres {
		errs = append(errs, s.expire(ctx, centre, before(KeepDays.Get(s.cfg.Settings, centre.UUID))))
		if days := ArchiveDays.Get(s.cfg.Settings, centre.UUID); days > 0 && s.cfg.Archive != nil {
			errs = append(errs, s.move(ctx, centre, before(days)))
		}
	}
	return errors.Join(append(errs, s.remove(ctx))...)
}

// expire erases what of a centre is too old.
func (s *Service) expire(ctx context.Context, centre uuid.NullUUID, before time.Time) error {
	for {
		n := 0
		err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
			rows, err := db.New(tx).Expired(ctx, db.ExpiredParams{CentreID: centre, Before: before, RowLimit: sweepBatch})
			if err != nil {
				return fmt.Errorf("find recordings that are too old: %w", err)
			}
			n = len(rows)
			now := s.cfg.Clock.Now()
			entries := make([]audit.Entry, n)
			for i, r := range rows {
				id := ident.From[recordingKind](r.ID)
				if err := eraseRecording(ctx, tx, id, now, ByRetention, ""); err != nil {
					return err
				}
				entries[i] = audit.Entry{
					Action: "voice.recording.expire", Object: audit.Object{Kind: "voice.recording", ID: id.String(), Label: r.BeganAt.UTC().Format(time.RFC3339)},
					Centre: r.CentreID.UUID,
				}
			}
			return audit.Write(ctx, tx, now, entries...)
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}

// move copies what of a centre is old enough to the archive; remove takes the copy in the main store away.
func (s *Service) move(ctx context.Context, centre uuid.NullUUID, before time.Time) error {
	for {
		rows, err := db.New(s.cfg.Pool).ToMove(ctx, db.ToMoveParams{CentreID: centre, Before: before, RowLimit: sweepBatch})
		if err != nil {
			return fmt.Errorf("find recordings for the archive: %w", err)
		}
		for _, r := range rows {
			if err := s.copyToArchive(ctx, r.BlobKey); err != nil {
				return fmt.Errorf("move recording %s to the archive: %w", r.ID, err)
			}
			if _, err := db.New(s.cfg.Pool).SetMoved(ctx, r.ID); err != nil {
				return fmt.Errorf("note that recording %s is in the archive: %w", r.ID, err)
			}
		}
		if len(rows) < sweepBatch {
			return nil
		}
	}
}

// copyToArchive copies an object with its hash, so that what arrives is what was there.
func (s *Service) copyToArchive(ctx context.Context, key string) error {
	from, err := s.cfg.Blobs.Open(ctx, key)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	info := from.Info()
	_, err = s.cfg.Archive.Put(ctx, key, from, blob.PutOptions{ContentType: info.ContentType, Size: info.Size, SizeKnown: true, SHA256: info.SHA256})
	return err
}

// remove deletes copies of what was moved or erased.
func (s *Service) remove(ctx context.Context) error {
	after := uuid.Nil
	for {
		rows, err := db.New(s.cfg.Pool).ToRemove(ctx, db.ToRemoveParams{After: after, RowLimit: sweepBatch})
		if err != nil {
			return fmt.Errorf("find copies to be removed: %w", err)
		}
		for _, r := range rows {
			after = r.ID
			if State(r.State) == Erased && Place(r.Place) != InMain && s.cfg.Archive == nil {
				continue // waits for a process that knows the archive
			}
			next := InArchive
			if State(r.State) == Erased {
				next = Nowhere
			}
			if err := s.removeCopies(ctx, r.BlobKey, Place(r.Place), next); err != nil {
				return fmt.Errorf("remove a copy of recording %s: %w", r.ID, err)
			}
			err := db.New(s.cfg.Pool).SetRemoved(ctx, db.SetRemovedParams{ID: r.ID, Place: string(next), OldPlace: r.Place, State: r.State})
			if err != nil {
				return fmt.Errorf("note that a copy of recording %s is removed: %w", r.ID, err)
			}
		}
		if len(rows) < sweepBatch {
			return nil
		}
	}
}

func (s *Service) removeCopies(ctx context.Context, key string, at, next Place) error {
	if at != InArchive {
		if err := s.cfg.Blobs.Delete(ctx, key); err != nil {
			return err
		}
	}
	if next == Nowhere && s.cfg.Archive != nil { // also where a move was cut off before it was noted
		return s.cfg.Archive.Delete(ctx, key)
	}
	return nil
}

// Rewrap seals the keys of recordings and their customers' numbers under the active master key; see secret.Rotate.
//
// Unchecked: for the operator's command on the host, which shows nothing.
func (s *Service) Rewrap(ctx context.Context, progress func(values int)) (int, error) {
	after := uuid.Nil
	return secret.Rotate(ctx, s.cfg.Ring, func(ctx context.Context, active uint32) (secret.Batch, error) {
		rows, err := db.New(s.cfg.Pool).NotActive(ctx, db.NotActiveParams{AfterID: after, Active: int64(active), RowLimit: 500})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find recordings under older keys: %w", err)
		}
		var b secret.Batch
		for _, r := range rows {
			id := r.ID.String()
			b.Values = append(b.Values, secret.Sealed{Purpose: sealAudio, Context: id, Value: r.WrappedKey})
			if r.CustomerSealed != nil {
				b.Values = append(b.Values, secret.Sealed{Purpose: sealCustomer, Context: id, Value: r.CustomerSealed})
			}
			after = r.ID
		}
		b.Replace = func(ctx context.Context, fresh [][]byte) error { return s.replace(ctx, rows, fresh, active) }
		return b, nil
	}, progress)
}

func (s *Service) replace(ctx context.Context, rows []db.NotActiveRow, fresh [][]byte, active uint32) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		for _, r := range rows {
			p := db.RewrapParams{ID: r.ID, Old: r.WrappedKey, Fresh: fresh[0], KeyVersion: int64(active)}
			fresh = fresh[1:]
			if r.CustomerSealed != nil {
				number, err := s.cfg.Ring.Open(sealCustomer, r.ID.String(), fresh[0])
				if err != nil {
					return err
				}
				if p.CustomerHash, err = s.cfg.Ring.MAC(sealCustomer, number); err != nil {
					return err
				}
				p.CustomerSealed = fresh[0]
				fresh = fresh[1:]
			}
			if err := db.New(tx).Rewrap(ctx, p); err != nil {
				return fmt.Errorf("store the rewrapped key of a recording: %w", err)
			}
		}
		return nil
	})
}
