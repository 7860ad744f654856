package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// Filter selects entries; zero values select all.
type Filter struct {
	From, To   time.Time // from inclusive, to exclusive
	Actor      string    // staff number, or the name of a part of the system
	Action     string    // an action, or the beginning of one: "organization." or "organization.staff"
	ObjectKind string
	ObjectID   string
	Centre     uuid.UUID
	Text       string // part of the reason or of the object's label
	After      EntryID
	Limit      int32 // 0: 50
}

// textSearch bounds a search for text without a range of time: text has no index, so that writing stays cheap.
const textSearch = 90 * 24 * time.Hour

// Item is an entry as lists show it.
type Item struct {
	ID          EntryID
	At          time.Time
	ActorKind   string
	ActorID     uuid.UUID // account; zero for a part of the system
	ActorNumber string
	ActorName   string
	Address     string
	Action      string
	Object      Object
	Centre      uuid.UUID
	Province    string
	City        string
	Reason      string
	Changes     int // how many fields
}

// Detail is an entry with its changes.
type Detail struct {
	Item
	Fields    []FieldChange
	RequestID string
	Sealed    bool
}

// FieldChange is a change as it was written.
type FieldChange struct {
	Field string          `json:"field"`
	Old   json.RawMessage `json:"old"`
	New   json.RawMessage `json:"new"`
}

const itemColumns = `SELECT e.id, e.at, e.actor_kind, e.actor_account, e.actor_number, e.actor_name, e.actor_address, e.action,
	e.object_kind, e.object_id, e.object_label, e.centre, e.province, e.city, e.reason, json_array_length(e.changes) FROM audit.entry e`

// where is the list's one builder: fixed texts, values as parameters.
type where struct {
	text []string
	args []any
}

// add appends a condition whose ? stand for the values, in order.
func (w *where) add(condition string, values ...any) {
	for _, v := range values {
		w.args = append(w.args, v)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.text = append(w.text, condition)
}

func (w *where) String() string {
	if len(w.text) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.text, " AND ")
}

// conditions of a filter within a scope.
func (f Filter) conditions(scope actor.Scope, now time.Time) *where {
	w := &where{}
	if !scope.IsNational() {
		w.add("(e.centre = ANY(?) OR e.province = ANY(?) OR e.city = ANY(?))", scope.Centres(), scope.Provinces(), scope.Cities())
	}
	if f.Text != "" && f.From.IsZero() {
		f.From = now.Add(-textSearch)
	}
	if !f.From.IsZero() {
		w.add("e.id >= ?", firstID(f.From))
	}
	if !f.To.IsZero() {
		w.add("e.id < ?", firstID(f.To))
	}
	if !f.After.IsZero() {
		w.add("e.id < ?", f.After.UUID())
	}
	if f.Actor != "" {
		w.add("(e.actor_number = ? OR (e.actor_number = '' AND e.actor_name = ?))", f.Actor, f.Actor)
	}
	if f.Action != "" {
		w.add(`e.action LIKE ?`, escapeLike(f.Action)+"%")
	}
	if f.ObjectKind != "" {
		w.add("e.object_kind = ?", f.ObjectKind)
	}
	if f.ObjectID != "" {
		w.add("e.object_id = ?", f.ObjectID)
	}
	if f.Centre != uuid.Nil {
		w.add("e.centre = ?", f.Centre)
	}
	if f.Text != "" {
		like := "%" + escapeLike(f.Text) + "%"
		w.add("(e.reason ILIKE ? OR e.object_label ILIKE ?)", like, like)
	}
	return w
}

// escapeLike takes the meaning from the signs of LIKE.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s)
}

// List gives entries of the actor's places, newest first. Permission audit.entry.read.
func (s *Service) List(ctx context.Context, f Filter) ([]Item, error) {
	scope, err := actor.Allow(ctx, EntryRead)
	if err != nil {
		return nil, err
	}
	return s.list(ctx, scope, f)
}

func (s *Service) list(ctx context.Context, scope actor.Scope, f Filter) ([]Item, error) {
	limit := f.Limit
	if limit < 1 {
		limit = 50
	}
	w := f.conditions(scope, s.cfg.Clock.Now())
	w.args = append(w.args, limit)
	rows, err := s.cfg.Pool.Query(ctx, itemColumns+w.String()+" ORDER BY e.id DESC LIMIT $"+strconv.Itoa(len(w.args)), w.args...)
	if err != nil {
		return nil, fmt.Errorf("list audit entries: %w", err)
	}
	items, err := pgx.CollectRows(rows, scanItem)
	if err != nil {
		return nil, fmt.Errorf("list audit entries: %w", err)
	}
	return items, nil
}

func scanItem(row pgx.CollectableRow) (Item, error) {
	var i Item
	var account, centre uuid.NullUUID
	err := row.Scan(&i.ID, &i.At, &i.ActorKind, &account, &i.ActorNumber, &i.ActorName, &i.Address, &i.Action,
		&i.Object.Kind, &i.Object.ID, &i.Object.Label, &centre, &i.Province, &i.City, &i.Reason, &i.Changes)
	i.At, i.ActorID, i.Centre = i.At.UTC(), account.UUID, centre.UUID
	return i, err
}

// ErrNoEntry is returned for an id that is not there, or not in the actor's places.
var ErrNoEntry = fault.New(fault.NotFound, "audit.no_such_entry", "there is no such audit entry")

// Entry gives an entry with its changes. Permission audit.entry.read.
func (s *Service) Entry(ctx context.Context, id EntryID) (Detail, error) {
	scope, err := actor.Allow(ctx, EntryRead)
	if err != nil {
		return Detail{}, err
	}
	r, err := db.New(s.cfg.Pool).Entry(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Detail{}, ErrNoEntry
	}
	if err != nil {
		return Detail{}, fmt.Errorf("read audit entry %s: %w", id, err)
	}
	if !scope.Covers(r.Centre.UUID) && !scope.CoversPlace(r.Province, r.City) {
		return Detail{}, ErrNoEntry
	}
	d := Detail{
		Item: Item{
			ID: ident.From[entryKind](r.ID), At: r.At.UTC(), ActorKind: r.ActorKind, ActorID: r.ActorAccount.UUID, ActorNumber: r.ActorNumber,
			ActorName: r.ActorName, Address: r.ActorAddress, Action: r.Action, Object: Object{Kind: r.ObjectKind, ID: r.ObjectID, Label: r.ObjectLabel},
			Centre: r.Centre.UUID, Province: r.Province, City: r.City, Reason: r.Reason,
		},
		RequestID: r.RequestID, Sealed: !r.Pending,
	}
	if d.Fields, err = decodeChanges(r.Changes); err != nil {
		return Detail{}, fmt.Errorf("read the changes of audit entry %s: %w", id, err)
	}
	d.Changes = len(d.Fields)
	return d, nil
}

func decodeChanges(raw string) ([]FieldChange, error) {
	fields := []FieldChange{}
	err := json.Unmarshal([]byte(raw), &fields)
	return fields, err
}
