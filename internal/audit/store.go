package audit

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit/internal/db"
	"yingda/internal/platform/fault"
)

// ErrInvalid is returned by Write for an entry that a programmer has made wrong.
var ErrInvalid = fault.New(fault.Internal, "audit.entry_invalid", "the audit entry cannot be written")

// writeChunk bounds one INSERT.
const writeChunk = 1000

// Write adds entries to the transaction of the change that they tell of, in one statement. Who acted, from where
// and in which request is taken from ctx; without an actor it fails with [actor.ErrUnauthenticated]. Text that
// is too long is cut. With no entries it does nothing.
func Write(ctx context.Context, tx pgx.Tx, now time.Time, entries ...Entry) error {
	a := actor.From(ctx)
	if a == nil {
		return actor.ErrUnauthenticated.WithCause(fmt.Errorf("an audit entry needs an actor"))
	}
	now = now.UTC().Truncate(time.Microsecond)
	for from := 0; from < len(entries); from += writeChunk {
		if err := writeSome(ctx, tx, now, a, from, entries[from:min(from+writeChunk, len(entries))]); err != nil {
			return err
		}
	}
	return nil
}

// writeSome writes a part of a call; from is the place of its first entry in the call.
func writeSome(ctx context.Context, tx pgx.Tx, now time.Time, a *actor.Actor, from int, entries []Entry) error {
	p := db.InsertEntriesParams{
		Now: now, ActorKind: string(a.Kind), ActorAccount: optional(a.Account), ActorSession: optional(a.Session), ActorStaff: optional(a.Staff),
		ActorNumber: text(a.Number, maxID), ActorName: text(a.Name, maxLabel), ActorAddress: text(a.Address, maxID),
		RequestID: text(requestID(ctx), maxID),
	}
	for i, e := range entries {
		if !ValidAction(e.Action) {
			return ErrInvalid.WithCause(fmt.Errorf("action %q is not lower-case words joined by dots", e.Action))
		}
		changes, err := encodeChanges(e.Changes)
		if err != nil {
			return ErrInvalid.WithCause(fmt.Errorf("entry of action %q: %w", e.Action, err))
		}
		p.Ids = append(p.Ids, newID(now, from+i))
		p.Actions = append(p.Actions, e.Action)
		p.ObjectKinds = append(p.ObjectKinds, text(e.Object.Kind, maxID))
		p.ObjectIds = append(p.ObjectIds, text(e.Object.ID, maxID))
		p.ObjectLabels = append(p.ObjectLabels, text(e.Object.Label, maxLabel))
		p.Centres = append(p.Centres, e.Centre)
		p.Provinces = append(p.Provinces, text(e.Province, maxID))
		p.Cities = append(p.Cities, text(e.City, maxID))
		p.Reasons = append(p.Reasons, text(e.Reason, maxReason))
		p.Changes = append(p.Changes, changes)
	}
	if err := db.New(tx).InsertEntries(ctx, p); err != nil {
		return fmt.Errorf("write %d audit entries, first of action %s: %w", len(entries), entries[0].Action, err)
	}
	return nil
}

func optional(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

// newID makes a UUIDv7 of the entry's own time (RFC 9562, section 6.2, method 3): 48 bits of milliseconds,
// 12 bits of the fraction, 14 bits of place in this call, 48 random bits.
func newID(at time.Time, index int) uuid.UUID {
	id := firstID(at)
	binary.BigEndian.PutUint16(id[8:], 0x8000|uint16(index)&0x3fff)
	_, _ = rand.Read(id[10:]) // never fails
	return id
}

// firstID is the lowest id that an entry of this time can have, so that a range of time is a range of ids.
func firstID(at time.Time) (id uuid.UUID) {
	us := max(at.UnixMicro(), 0)
	ms, fraction := uint64(us/1000), uint64(us%1000)<<12/1000
	binary.BigEndian.PutUint64(id[:], ms<<16|0x7000|fraction)
	id[8] = 0x80
	return id
}

// timeOf reads the time out of an entry's id, to the millisecond.
func timeOf(id uuid.UUID) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:]) >> 16)).UTC()
}
