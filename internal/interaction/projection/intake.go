package projection

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/platform/secret"
)

// item is an entry with its place in the stream.
type item struct {
	interaction.Entry
	position uint64
	place    int // in its message
}

// unwritable is what cannot be written.
type unwritable struct {
	position uint64
	place    int // -1: the whole message
	data     []byte
	whole    bool
	cause    error
}

// batch is what is written in one transaction.
type batch struct {
	from, to  uint64 // positions: moved from, moved to
	messageID string // of the last message
	oldest    time.Time
	items     []item
	bad       []unwritable
}

// add takes a message of the stream in.
func (b *batch) add(ring *secret.Ring, now time.Time, position uint64, id string, at time.Time, data []byte) {
	if b.oldest.IsZero() {
		b.oldest = at
	}
	b.to, b.messageID = position, id
	entries, raw, err := interaction.Unseal(ring, data)
	switch {
	case err != nil:
		b.bad = append(b.bad, unwritable{position, -1, data, true, err})
	case raw != nil:
		for i, one := range raw {
			var e interaction.Entry
			if err := json.Unmarshal(one, &e); err != nil {
				b.bad = append(b.bad, unwritable{position, i, one, false, err})
				continue
			}
			b.take(now, item{e, position, i})
		}
	default:
		for i := range entries {
			b.take(now, item{entries[i], position, i})
		}
	}
}

func (b *batch) take(now time.Time, it item) {
	if err := check(&it.Entry, now); err != nil {
		b.putAside(it, err)
		return
	}
	b.items = append(b.items, it)
}

// putAside keeps an entry that cannot be written.
func (b *batch) putAside(it item, cause error) {
	data, err := json.Marshal(&it.Entry)
	if err != nil {
		data = nil // a moment that JSON cannot say; the cause tells
	}
	b.bad = append(b.bad, unwritable{it.position, it.place, data, false, cause})
}

const (
	oldestYears = 20  // moments before are wrong
	newestDays  = 366 // moments further ahead are wrong
)

var errNothing = errors.New("the entry says nothing, or several things")

// check refuses what no record can hold, and brings moments to the precision of the database.
func check(e *interaction.Entry, now time.Time) error {
	said := 0
	var id uuid.UUID
	var moment *time.Time
	if e.Open != nil {
		said, id, moment = said+1, e.Open.Contact, &e.Open.Began
	}
	if e.Hop != nil {
		said, id, moment = said+1, e.Hop.Contact, &e.Hop.At
	}
	if e.Span != nil {
		said, id, moment = said+1, e.Span.Session, &e.Span.At
	}
	if e.Disposition != nil {
		said, id, moment = said+1, e.Disposition.Contact, &e.Disposition.At
	}
	if e.Note != nil {
		said, id, moment = said+1, e.Note.Contact, &e.Note.At
	}
	switch {
	case said != 1:
		return errNothing
	case id == uuid.Nil:
		return errors.New("the entry names no contact")
	case moment.Before(now.AddDate(-oldestYears, 0, 0)) || moment.After(now.AddDate(0, 0, newestDays)):
		return fmt.Errorf("the moment %s cannot be", moment.Format(time.RFC3339))
	}
	*moment = moment.UTC().Truncate(time.Microsecond)
	return nil
}
