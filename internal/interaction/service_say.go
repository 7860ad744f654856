package interaction

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/interaction/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
)

const (
	// maxCodes is how many dispositions a contact may have; maxNote how long a note may be.
	maxCodes = 10
	maxNote  = 4000
	// lookTime is how long the database may take to say what it knows of a contact that this process knows itself.
	lookTime = 700 * time.Millisecond
)

// standing is what is known of a contact to which somebody says something.
type standing struct {
	served          bool  // by the actor
	disposed, noted int64 // revisions: of the dispositions, and of the actor's note
}

// Dispose says what a contact was about: the whole set, the main one first. revision is the one that the change is based
// on (0: nothing was said). It is acknowledged after the contact journal stored it, also while the database is away; what
// reads it back in this process sees it at once. Errors: [ErrNoContact], [ErrNotYours], [ErrChanged], [ErrUnknownNow],
// interaction.invalid naming the codes, and those of [Journal.Sure].
//
// Unchecked: maySay asks for either of two permissions.
func (s *Service) Dispose(ctx context.Context, contact uuid.UUID, codes []string, revision int64) (Said, error) {
	a, err := s.maySay(ctx)
	if err != nil {
		return Said{}, err
	}
	chosen, err := s.choose(ctx, a, codes)
	if err != nil {
		return Said{}, err
	}
	now := s.cfg.Clock.Now()
	d := Disposed{Contact: contact, By: a.Staff, At: now, Revision: revision + 1, Codes: make([]uuid.UUID, len(chosen))}
	said := Said{Revision: d.Revision, By: person(a.Staff, a.Number, a.Name), At: &now, Codes: make([]CodeRef, len(chosen))}
	for i, c := range chosen {
		d.Codes[i], said.Codes[i] = c.ID, c.CodeRef
	}
	return said, s.say(ctx, a, contact, Entry{Disposition: &d}, func(known standing) bool {
		last, _ := s.cfg.Journal.recent.said(contact)
		again := last != nil && last.By == d.By && last.Revision == d.Revision && slices.Equal(last.Codes, d.Codes)
		return known.disposed == revision || again
	})
}

// say hands an entry to the journal when what is known of the contact agrees, and waits until it is stored. What was sent
// again, because its answer was lost, agrees too.
func (s *Service) say(ctx context.Context, a *actor.Actor, contact uuid.UUID, e Entry, agrees func(standing) bool) error {
	stored, err := func() (func(context.Context) error, error) {
		turn := &s.saying[int(contact[15])%len(s.saying)]
		turn.Lock()
		defer turn.Unlock()
		known, err := s.standing(ctx, a, contact)
		if err != nil {
			return nil, err
		}
		if !agrees(known) {
			return nil, ErrChanged
		}
		return s.cfg.Journal.take(e)
	}()
	if err != nil {
		return err
	}
	return stored(ctx)
}

// Note keeps the actor's note on a contact; an empty text removes it. Errors and promises are those of [Service.Dispose].
//
// Unchecked: maySay asks for either of two permissions.
func (s *Service) Note(ctx context.Context, contact uuid.UUID, text string, revision int64) (int64, error) {
	a, err := s.maySay(ctx)
	if err != nil {
		return 0, err
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	var f fault.Fields
	f.Check(utf8.RuneCountInString(text) <= maxNote, "body.text", "too_long", fmt.Sprintf("has more than %d characters", maxNote))
	f.Check(!strings.ContainsRune(text, 0), "body.text", "bad_characters", "has characters that cannot be stored")
	if err := f.Err(errInvalid.Code, "the note cannot be kept like this"); err != nil {
		return 0, err
	}
	n := Noted{Contact: contact, By: a.Staff, At: s.cfg.Clock.Now(), Text: text, Revision: revision + 1}
	return n.Revision, s.say(ctx, a, contact, Entry{Note: &n}, func(known standing) bool {
		_, notes := s.cfg.Journal.recent.said(contact)
		again := slices.ContainsFunc(notes, func(o Noted) bool { return o.By == n.By && o.Revision == n.Revision && o.Text == n.Text })
		return known.noted == revision || again
	})
}

// maySay gives who acts, who may say something of his own contacts, or of others'.
func (s *Service) maySay(ctx context.Context) (*actor.Actor, error) {
	if _, err := actor.Allow(ctx, ContactOwn); err != nil {
		if _, err := actor.Allow(ctx, ContactEdit); err != nil {
			return nil, hidden(ctx)
		}
	}
	return actor.Require(ctx)
}

// choose finds the codes among those that can be chosen where the actor works.
func (s *Service) choose(ctx context.Context, a *actor.Actor, codes []string) ([]Disposition, error) {
	held, err := s.tree(ctx, a.Centre)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	f.Check(len(codes) <= maxCodes, "body.codes", "too_many", fmt.Sprintf("has more than %d dispositions", maxCodes))
	chosen := make([]Disposition, 0, len(codes))
	for i, code := range codes {
		d, ok := held.byID[DispositionID(code)]
		at := fmt.Sprintf("body.codes[%d]", i)
		f.Check(ok && d.Leaf, at, "unknown", code+" is no disposition that can be chosen")
		f.Check(!slices.Contains(codes[:i], code), at, "twice", code+" is there already")
		chosen = append(chosen, d)
	}
	return chosen, f.Err(errInvalid.Code, "a contact cannot have these dispositions")
}

// standing finds what is known of a contact, by this process and by the database, and whether the actor may say
// something of it. While the database is away this process's own knowledge is enough for who served the contact.
func (s *Service) standing(ctx context.Context, a *actor.Actor, contact uuid.UUID) (standing, error) {
	mine, served := s.cfg.Journal.recent.standing(contact, a.Staff)
	look, cancel := context.WithTimeout(ctx, lookTime)
	row, err := db.New(s.cfg.Pool).ContactRevisions(look, db.ContactRevisionsParams{ID: contact, Staff: a.Staff})
	cancel()
	if err != nil {
		switch {
		case served:
			return standing{true, mine.disposed, mine.noted}, nil
		case postgres.IsNoRows(err):
			return standing{}, ErrNoContact
		}
		return standing{}, ErrUnknownNow.WithCause(err)
	}
	known := standing{served: served || row.Served, disposed: max(row.Disposed, mine.disposed), noted: max(row.Noted, mine.noted)}
	if known.served && own(a) {
		return known, nil
	}
	scope := a.Scope(ContactEdit)
	switch {
	case scope.IsNational() || row.CentreID.Valid && scope.Covers(row.CentreID.UUID):
		return known, nil
	case known.served || a.Scope(ContactRead).Covers(orNil(row.CentreID)) || a.Scope(ContactRead).IsNational():
		return standing{}, ErrNotYours
	}
	return standing{}, ErrNoContact
}

func own(a *actor.Actor) bool { return !a.Scope(ContactOwn).Empty() }
