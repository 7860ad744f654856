package interaction

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/interaction/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

// NoteItem is a note as it is shown.
type NoteItem struct {
	By       *Person          `json:"by,omitempty"`
	Mine     bool             `json:"mine"`
	At       time.Time        `json:"at"`
	Text     privacy.FreeText `json:"text" privacy:"text" doc:"Shown to its author, and to whoever may read others' notes"`
	Revision int64            `json:"revision"`
}

// ContactAllowed is what the asker may do with a contact.
type ContactAllowed struct {
	Say    bool `json:"say" doc:"Dispositions and a note"`
	Reveal bool `json:"reveal" doc:"See the caller's whole number"`
}

// ContactRecord is a contact with all that is known of it.
type ContactRecord struct {
	ContactItem
	Trunk       *uuid.UUID       `json:"trunk_id"`
	Node        string           `json:"node"`
	Parent      *uuid.UUID       `json:"parent_id" doc:"The contact that this one goes on from"`
	Opened      bool             `json:"opened" doc:"false: its beginning was never told"`
	Flow        string           `json:"flow"`
	FirstQueue  *QueueRef        `json:"first_queue,omitempty"`
	FirstAgent  *Person          `json:"first_agent,omitempty" doc:"Who talked first in this contact"`
	FirstAsked  *FirstAsked      `json:"first_asked,omitempty" doc:"Who was asked first by this caller in seven days (首问负责)"`
	Moments     Moments          `json:"moments"`
	Holds       int              `json:"holds"`
	EndResult   string           `json:"end_result"`
	SIP         int              `json:"sip"`
	Q850        int              `json:"q850"`
	Steps       []HopItem        `json:"steps" doc:"In the order of time"`
	Recorded    []uuid.UUID      `json:"recording_ids"`
	Said        Said             `json:"dispositions"`
	Notes       []NoteItem       `json:"notes"`
	Related     []RelatedContact `json:"related" doc:"The newest first"`
	Allowed     ContactAllowed   `json:"allowed"`
	CallerKnown bool             `json:"caller_known"`
}

// GetContact gives a contact of a centre in the asker's scope, or one that he served, with its timeline; whose notes are
// shown stands in the audit. Errors: [ErrNoContact].
//
// Unchecked: see asks for either of two permissions.
func (s *Service) GetContact(ctx context.Context, id uuid.UUID) (ContactRecord, error) {
	a, row, err := s.see(ctx, id)
	if err != nil {
		return ContactRecord{}, err
	}
	q, c := db.New(s.cfg.Pool), row.InteractionContact
	r := s.record(row, s.placeNames(ctx))
	if err := s.steps(ctx, q, &r, c); err != nil {
		return r, err
	}
	if err := s.whatWasSaid(ctx, q, a, &r, c); err != nil {
		return r, err
	}
	if err := s.relatives(ctx, q, a, &r, c); err != nil {
		return r, err
	}
	_, served := s.cfg.Journal.recent.standing(id, a.Staff)
	served = served || slices.ContainsFunc(r.Steps, func(h HopItem) bool {
		return h.Agent != nil && h.Agent.ID == a.Staff && (h.Kind == Accepted || h.Kind == TalkBegan || h.Kind == WrapUpBegan)
	})
	centre := orNil(c.CentreID)
	r.Allowed = ContactAllowed{Say: served && own(a) || covers(a.Scope(ContactEdit), centre), Reveal: r.CallerKnown && covers(a.Scope(ContactReveal), centre)}
	return r, nil
}

func covers(scope actor.Scope, centre uuid.UUID) bool {
	return scope.IsNational() || scope.Covers(centre)
}

// see reads the row of a contact that the actor may see.
func (s *Service) see(ctx context.Context, id uuid.UUID) (*actor.Actor, db.GetContactRow, error) {
	scope, err := actor.Allow(ctx, ContactRead)
	var staff uuid.UUID
	a := actor.From(ctx)
	if _, own := actor.Allow(ctx, ContactOwn); own == nil {
		staff, err = a.Staff, nil
	}
	if err != nil {
		return nil, db.GetContactRow{}, hidden(ctx)
	}
	row, err := db.New(s.cfg.Pool).GetContact(ctx, db.GetContactParams{ID: id, National: scope.IsNational(), Centres: scope.Centres(), Staff: staff})
	if postgres.IsNoRows(err) {
		return nil, row, ErrNoContact
	}
	return a, row, wrap("read a contact", err)
}

// hidden is what whoever may see no contact at all is told: as if there were none.
func hidden(ctx context.Context) error {
	if _, err := actor.Require(ctx); err != nil {
		return err
	}
	return ErrNoContact
}

func (s *Service) record(row db.GetContactRow, place func(string) string) ContactRecord {
	c := row.InteractionContact
	r := ContactRecord{
		ContactItem: s.item(db.ListContactsRow{
			ID: c.ID, BeganAt: c.BeganAt, Channel: c.Channel, Direction: c.Direction, CentreID: c.CentreID, Caller: c.Caller, CallerArea: c.CallerArea,
			Called: c.Called, Simulated: c.Simulated, LastQueueID: c.LastQueueID, EnqueuedAt: c.EnqueuedAt, TalkingAt: c.TalkingAt, EndedAt: c.EndedAt,
			QueuedMs: c.QueuedMs, RingMs: c.RingMs, TalkMs: c.TalkMs, HoldMs: c.HoldMs, WrapMs: c.WrapMs, Offers: c.Offers, Transfers: c.Transfers,
			AgentID: c.AgentID, AgentNumber: row.AgentNumber, AgentName: row.AgentName, Outcome: c.Outcome, EndedBy: c.EndedBy, EndReason: c.EndReason,
			Recordings: c.Recordings, Noted: c.Noted, HopCount: c.HopCount,
		}, place),
		Node: c.Node, Opened: c.Opened, Flow: c.Flow, FirstQueue: s.queueRef(orNil(c.QueueID)), FirstAgent: person(orNil(c.FirstAgentID), row.FirstNumber, row.FirstName),
		Moments: Moments{
			utc(c.AnsweredAt), utc(c.KeyAt), utc(c.EnqueuedAt), utc(c.OfferedAt), utc(c.RingingAt), utc(c.AcceptedAt), utc(c.AnnouncedAt),
			utc(c.TalkingAt), utc(c.EndedAt), utc(c.WrappedAt),
		},
		Holds: int(c.Holds), EndResult: c.EndResult, SIP: int(c.Sip), Q850: int(c.Q850), CallerKnown: c.CallerSealed != nil,
		Steps: []HopItem{}, Recorded: []uuid.UUID{}, Notes: []NoteItem{}, Related: []RelatedContact{}, Said: Said{Codes: []CodeRef{}},
	}
	if c.TrunkID.Valid {
		r.Trunk = &c.TrunkID.UUID
	}
	if c.ParentID.Valid {
		r.Parent = &c.ParentID.UUID
	}
	return r
}

// steps reads the timeline.
func (s *Service) steps(ctx context.Context, q *db.Queries, r *ContactRecord, c db.InteractionContact) error {
	rows, err := q.ContactHops(ctx, db.ContactHopsParams{Contact: c.ID, BeganAt: c.BeganAt})
	if err != nil {
		return fmt.Errorf("read the steps of a contact: %w", err)
	}
	before := c.BeganAt
	for _, h := range rows {
		item := HopItem{
			At: h.At.UTC(), SinceMS: h.At.Sub(before).Milliseconds(), Kind: HopKind(h.Kind), Queue: s.queueRef(orNil(h.QueueID)),
			Agent: person(orNil(h.AgentID), h.AgentNumber, h.AgentName),
		}
		if len(h.Detail) > 0 {
			var d Detail
			if err := json.Unmarshal(h.Detail, &d); err != nil {
				return fmt.Errorf("read a step of a contact: %w", err)
			}
			item.Detail = s.stepOf(d)
			if d.Recording != uuid.Nil && !slices.Contains(r.Recorded, d.Recording) {
				r.Recorded = append(r.Recorded, d.Recording)
			}
		}
		r.Steps = append(r.Steps, item)
		before = h.At
	}
	return nil
}

// mostOurs is the longest number that is one of ours (a queue, an agent, a phone); longer ones belong to people.
const mostOurs = 6

func (s *Service) stepOf(d Detail) ContactStep {
	step := ContactStep{
		Flow: d.Flow, Node: d.Node, Key: d.Key, Position: d.Position, ExpectedMS: d.Expected.Milliseconds(), Reason: d.Reason, By: d.By, To: d.To,
		Way: d.Way, Result: d.Result, SIP: d.SIP, Q850: d.Q850, Phone: d.Phone,
	}
	if id, err := uuid.Parse(d.To); err == nil {
		step.To = cmp.Or(s.queueName(id), d.To)
	} else if len(d.To) > mostOurs {
		step.To = privacy.Mask(privacy.ClassPhone, d.To)
	}
	if d.Recording != uuid.Nil {
		step.Recording = &d.Recording
	}
	return step
}

// relatives reads the contacts that belong to this one, and who was asked first.
func (s *Service) relatives(ctx context.Context, q *db.Queries, a *actor.Actor, r *ContactRecord, c db.InteractionContact) error {
	scope := a.Scope(ContactRead)
	rows, err := q.RelatedContacts(ctx, db.RelatedContactsParams{
		Contact: c.ID, BeganAt: c.BeganAt, National: scope.IsNational(), Centres: scope.Centres(), AllPlaces: own(a),
	})
	if err != nil {
		return fmt.Errorf("read related contacts: %w", err)
	}
	if r.FirstAgent != nil && r.Talking != nil {
		r.FirstAsked = &FirstAsked{*r.FirstAgent, c.ID, *r.Talking}
	}
	seen := map[uuid.UUID]bool{}
	for _, o := range rows {
		first := person(orNil(o.FirstAgentID), o.FirstNumber, o.FirstName)
		if !seen[o.ID] {
			r.Related = append(r.Related, RelatedContact{
				ID: o.ID, Why: o.Why, Began: o.BeganAt.UTC(), Outcome: o.Outcome, Queue: s.queueRef(orNil(o.LastQueueID)),
				Agent: person(orNil(o.AgentID), o.AgentNumber, o.AgentName), FirstAgent: first, Disposition: o.Disposition, DispositionEN: o.DispositionEn,
			})
		}
		seen[o.ID] = true
		if first != nil && o.BeganAt.Before(c.BeganAt) && c.BeganAt.Sub(o.BeganAt) <= listSpan && (r.FirstAsked == nil || o.BeganAt.Before(r.FirstAsked.At)) {
			r.FirstAsked = &FirstAsked{*first, o.ID, o.BeganAt.UTC()}
		}
	}
	return nil
}

// whatWasSaid reads dispositions and notes: those of the database, and on top what this process was told since.
func (s *Service) whatWasSaid(ctx context.Context, q *db.Queries, a *actor.Actor, r *ContactRecord, c db.InteractionContact) error {
	rows, err := q.ContactDispositions(ctx, db.ContactDispositionsParams{Contact: c.ID, BeganAt: c.BeganAt})
	if err != nil {
		return fmt.Errorf("read dispositions: %w", err)
	}
	for _, d := range rows {
		at := d.At.UTC()
		r.Said.Revision, r.Said.By, r.Said.At = d.Revision, person(d.ByID, d.Number, d.AgentName), &at
		r.Said.Codes = append(r.Said.Codes, CodeRef{d.CodeID, d.Code, d.Name, d.NameEn, d.Path, d.PathEn})
	}
	notes, err := q.ContactNotes(ctx, db.ContactNotesParams{Contact: c.ID, BeganAt: c.BeganAt})
	if err != nil {
		return fmt.Errorf("read notes: %w", err)
	}
	for _, n := range notes {
		text, err := s.cfg.Ring.Open(PurposeNote, NoteContext(c.ID, n.ByID), n.Text)
		if err != nil {
			return err
		}
		r.Notes = append(r.Notes, NoteItem{
			By: person(n.ByID, n.Number, n.AgentName), Mine: n.ByID == a.Staff, At: n.At.UTC(), Text: privacy.FreeText(text), Revision: n.Revision,
		})
	}
	s.overlay(ctx, a, r)
	s.showNotes(ctx, a, r, orNil(c.CentreID))
	return nil
}

// overlay puts what this process was told lately over what was read.
func (s *Service) overlay(ctx context.Context, a *actor.Actor, r *ContactRecord) {
	d, notes := s.cfg.Journal.recent.said(r.ID)
	if d != nil && d.Revision > r.Said.Revision {
		r.Said = s.saidOf(ctx, a, *d)
	}
	for _, n := range notes {
		i := slices.IndexFunc(r.Notes, func(o NoteItem) bool { return o.By != nil && o.By.ID == n.By })
		if i < 0 {
			r.Notes = append(r.Notes, NoteItem{By: s.nameOf(a, n.By), Mine: n.By == a.Staff})
			i = len(r.Notes) - 1
		}
		if n.Revision > r.Notes[i].Revision {
			r.Notes[i].At, r.Notes[i].Text, r.Notes[i].Revision = n.At.UTC(), privacy.FreeText(n.Text), n.Revision
		}
	}
}

// showNotes shows what the actor may read: his own notes, and with the permission those of others.
func (s *Service) showNotes(ctx context.Context, a *actor.Actor, r *ContactRecord, centre uuid.UUID) {
	others := covers(a.Scope(NoteRead), centre)
	r.Notes = slices.DeleteFunc(r.Notes, func(n NoteItem) bool { return n.Text == "" && !n.Mine || !n.Mine && !others })
	if len(r.Notes) > 0 {
		privacy.Reveal(ctx, privacy.ClassText)
	}
}

// saidOf describes dispositions of the journal.
func (s *Service) saidOf(ctx context.Context, a *actor.Actor, d Disposed) Said {
	at := d.At.UTC()
	said := Said{Revision: d.Revision, By: s.nameOf(a, d.By), At: &at, Codes: []CodeRef{}}
	held, err := s.tree(ctx, a.Centre)
	for _, id := range d.Codes {
		ref := CodeRef{ID: id}
		if err == nil {
			if known, ok := held.byID[id]; ok {
				ref = known.CodeRef
			}
		}
		said.Codes = append(said.Codes, ref)
	}
	return said
}

// nameOf names who said something: the actor himself, or by his id alone until the record shows it.
func (s *Service) nameOf(a *actor.Actor, id uuid.UUID) *Person {
	if id == a.Staff {
		return person(id, a.Number, a.Name)
	}
	return person(id, "", "")
}

// Work is what an agent says of a contact: for the page on which he says it.
type Work struct {
	Said Said             `json:"dispositions"`
	Note privacy.FreeText `json:"note" privacy:"text" doc:"One's own"`
	Rev  int64            `json:"note_revision"`
}

// MyWork gives what the actor and others said of a contact that he served, also while the database is away, as far as this
// process knows. Errors: those of [Service.Dispose].
//
// Unchecked: maySay asks for either of two permissions.
func (s *Service) MyWork(ctx context.Context, contact uuid.UUID) (Work, error) {
	a, err := s.maySay(ctx)
	if err != nil {
		return Work{}, err
	}
	if _, err := s.standing(ctx, a, contact); err != nil {
		return Work{}, err
	}
	r := ContactRecord{ContactItem: ContactItem{ID: contact}, Said: Said{Codes: []CodeRef{}}}
	look, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	row, err := db.New(s.cfg.Pool).GetContact(look, db.GetContactParams{ID: contact, National: true})
	if err == nil {
		err = s.whatWasSaid(look, db.New(s.cfg.Pool), a, &r, row.InteractionContact)
	}
	if err != nil {
		if f := (*fault.Fault)(nil); errors.As(err, &f) && f.Kind == fault.Internal {
			return Work{}, err
		}
		s.overlay(ctx, a, &r) // what this process knows itself
	}
	w := Work{Said: r.Said}
	for _, n := range r.Notes {
		if n.Mine {
			w.Note, w.Rev = n.Text, n.Revision
			privacy.Reveal(ctx, privacy.ClassText)
		}
	}
	return w, nil
}

// RevealCaller gives the caller's whole number and writes down who looked and why. Errors: [ErrNoContact],
// interaction.invalid without a reason.
func (s *Service) RevealCaller(ctx context.Context, id uuid.UUID, reason string) (privacy.Phone, error) {
	scope, err := actor.Allow(ctx, ContactReveal)
	if err != nil {
		return "", err
	}
	if err := reasonGiven(reason); err != nil {
		return "", err
	}
	_, row, err := s.see(ctx, id)
	if err != nil {
		return "", err
	}
	c := row.InteractionContact
	if !covers(scope, orNil(c.CentreID)) || c.CallerSealed == nil {
		return "", ErrNoContact
	}
	plain, err := s.cfg.Ring.Open(PurposeCaller, CallerContext(id), c.CallerSealed)
	if err != nil {
		return "", err
	}
	err = s.noted(ctx, audit.Entry{
		Action: "interaction.contact.reveal", Object: audit.Object{Kind: "interaction.contact", ID: id.String()}, Centre: orNil(c.CentreID), Reason: reason,
	})
	if err != nil {
		return "", err
	}
	privacy.Reveal(ctx, privacy.ClassPhone)
	return privacy.Phone(plain), nil
}

func reasonGiven(reason string) error {
	var f fault.Fields
	n := len([]rune(reason))
	f.Check(n >= 2, "body.reason", "required", "is missing")
	f.Check(n <= 500, "body.reason", "too_long", "has more than 500 characters")
	return f.Err(errInvalid.Code, "personal data is shown for a reason only")
}
