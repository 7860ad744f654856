package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/audit/chain"
	"yingda/internal/audit/internal/db"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/postgres"
)

// maxBatch bounds a batch, so that sealing after a long pause goes in small transactions.
const maxBatch = 5000

// columns of an entry in the order in which they are hashed, see package chain.
const columns = `e.id, e.at, e.actor_kind, e.actor_account, e.actor_session, e.actor_staff, e.actor_number, e.actor_name, e.actor_address,
	e.action, e.object_kind, e.object_id, e.object_label, e.centre, e.province, e.city, e.reason, e.changes, e.request_id`

// takePending takes announced entries away and gives them with their columns; a taken id without an entry has
// nulls. First in the list of columns stands the announced id.
const takePending = `WITH taken AS (
	DELETE FROM audit.pending WHERE entry_id IN (SELECT entry_id FROM audit.pending ORDER BY entry_id LIMIT $1) RETURNING entry_id)
SELECT taken.entry_id, ` + columns + ` FROM taken LEFT JOIN audit.entry e ON e.id = taken.entry_id ORDER BY taken.entry_id`

// Sealer makes the chain: every few seconds the entries that became visible become a signed batch. Any number
// of processes may run it; one at a time works. A lifecycle.Service.
type Sealer struct {
	*lifecycle.Loop
	s      *Service
	ailing bool
}

// Sealer makes the sealer of this process. The service needs Ring; Blobs, Messages and MailTo if heads are to leave.
func (s *Service) Sealer() *Sealer {
	w := &Sealer{s: s}
	w.Loop = lifecycle.NewLoop("audit sealer", s.cfg.Logger, w.run)
	return w
}

func (w *Sealer) run(ctx context.Context) error {
	for {
		more, err := w.s.Seal(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !w.ailing:
			w.ailing = true
			w.s.cfg.Logger.Warn("audit entries cannot be sealed", "error", err)
		case err == nil && w.ailing:
			w.ailing = false
			w.s.cfg.Logger.Info("audit entries are sealed again")
		}
		if more && err == nil {
			continue
		}
		if err := clock.Sleep(ctx, w.s.cfg.Clock, w.s.cfg.SealEvery); err != nil {
			return err
		}
	}
}

// Seal seals what is pending, at most one batch, keeps its head in the blob store and mails it when the day
// changed. It reports whether there is more. With nothing pending it only makes up for a head that could
// not be kept before.
//
// Unchecked: the sealer works for nobody; it adds what was written already.
func (s *Service) Seal(ctx context.Context) (more bool, err error) {
	key, err := s.signingKey(ctx)
	if err != nil {
		return false, err
	}
	var last chain.Batch
	sealed, mine := 0, false
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		q := db.New(tx)
		if mine, err = q.TryLock(ctx, db.TryLockParams{Class: lockClass, Name: lockSeal}); err != nil || !mine {
			return err
		}
		last, sealed, err = s.sealSome(ctx, tx, key)
		return err
	})
	if err != nil || !mine || last.Number == 0 {
		return false, err
	}
	return sealed == maxBatch, errors.Join(s.keep(ctx, key, last), s.mail(ctx, last))
}

// sealSome gives the last batch, which may be an old one when nothing was pending.
func (s *Service) sealSome(ctx context.Context, tx pgx.Tx, key ed25519.PrivateKey) (chain.Batch, int, error) {
	last, err := lastBatch(ctx, db.New(tx))
	if err != nil {
		return last, 0, err
	}
	items, err := takeItems(ctx, tx)
	if err != nil || len(items) == 0 {
		return last, 0, err
	}
	b := chain.Seal(last.Number+1, last.Head, s.cfg.Clock.Now(), items, key)
	err = db.New(tx).InsertBatch(ctx, db.InsertBatchParams{
		Number: b.Number, MadeAt: b.MadeAt, Size: int32(b.Size), Entries: b.List, Previous: b.Previous[:], Head: b.Head[:], KeyID: b.KeyID, Signature: b.Signature,
	})
	if err != nil {
		return last, 0, fmt.Errorf("write batch %d: %w", b.Number, err)
	}
	return b, len(items), nil
}

// lastBatch gives the zero batch when there is none.
func lastBatch(ctx context.Context, q *db.Queries) (chain.Batch, error) {
	r, err := q.LastBatch(ctx)
	if postgres.IsNoRows(err) {
		return chain.Batch{}, nil
	}
	if err != nil {
		return chain.Batch{}, fmt.Errorf("read the last batch: %w", err)
	}
	return batchOf(db.BatchBeforeRow(r)), nil
}

// batchOf makes a batch without its list.
func batchOf(r db.BatchBeforeRow) chain.Batch {
	return chain.Batch{Number: r.Number, MadeAt: r.MadeAt.UTC(), Size: int(r.Size), Previous: hashOf(r.Previous), Head: hashOf(r.Head), KeyID: r.KeyID, Signature: r.Signature}
}

// hashOf takes a hash from the database, where somebody may have cut it.
func hashOf(b []byte) (h chain.Hash) {
	copy(h[:], b)
	return h
}

func takeItems(ctx context.Context, tx pgx.Tx) ([]chain.Item, error) {
	rows, err := tx.Query(ctx, takePending, binaryResults, maxBatch)
	if err != nil {
		return nil, fmt.Errorf("take pending entries: %w", err)
	}
	defer rows.Close()
	var items []chain.Item
	for rows.Next() {
		raw := rows.RawValues()
		var i chain.Item
		if copy(i.ID[:], raw[0]); raw[1] == nil {
			i.Hash = chain.Gone // announced, and taken away before it was sealed
		} else if i.Hash, err = hashRow(raw[1:]); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("take pending entries: %w", err)
	}
	return items, nil
}

// binaryResults makes PostgreSQL give every column in its binary format, which is what is hashed.
var binaryResults = pgx.QueryResultFormats{pgx.BinaryFormatCode}

// sinceEpoch is 2000-01-01, from which PostgreSQL counts, in microseconds since 1970.
var sinceEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// hashRow hashes an entry from the columns of a row in binary format: ids, text and json are their bytes as they
// are, the time is counted from 1970.
func hashRow(raw [][]byte) (chain.Hash, error) {
	if len(raw) != 19 || len(raw[0]) != 16 || len(raw[1]) != 8 {
		return chain.Hash{}, fmt.Errorf("an entry does not have the expected columns")
	}
	var at [8]byte
	putMicros(&at, raw[1])
	var list [19][]byte
	copy(list[:], raw)
	list[1] = at[:]
	return chain.HashEntry(list[:]), nil
}

func putMicros(into *[8]byte, binary []byte) {
	var v uint64
	for _, b := range binary {
		v = v<<8 | uint64(b)
	}
	v += uint64(sinceEpoch)
	for i := 7; i >= 0; i-- {
		into[i] = byte(v)
		v >>= 8
	}
}

func rawID(raw []byte) (id uuid.UUID) {
	copy(id[:], raw)
	return id
}
