package setting

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/setting/inherit"
	"yingda/internal/setting/internal/db"
)

// Change is a wish: what a centre shall say about a setting.
type Change struct {
	Key      string
	Centre   organization.CentreID
	Value    json.RawMessage // none or null: the centre inherits again
	Lock     inherit.Lock
	Version  int // of the centre's word that the wish was based on; 0 when it never said anything
	Reason   string
	Evidence []string // for a request: document numbers, links
}

// Outcome is what became of a wish.
type Outcome struct {
	// Request is set when a second person must approve; then nothing has changed yet.
	Request approval.RequestID
	Version int // of the centre's word now
}

// intent is a checked wish; it is also the payload of a request, so its JSON only grows.
type intent struct {
	Key        string                `json:"key"`
	Centre     organization.CentreID `json:"centre_id"`
	Value      json.RawMessage       `json:"value"` // null: inherit
	Lock       inherit.Lock          `json:"lock"`
	Version    int                   `json:"version"`
	Reason     string                `json:"reason"`
	RolledBack int                   `json:"rolled_back,omitempty"` // the version restored, plus one; 0: no roll back

	request approval.Request // when it was approved
}

// Set changes what a centre says, or asks for it when the setting is important. Errors: setting.no_such_setting and
// setting.no_such_centre (also for one out of scope), setting.invalid with the fields, setting.changed_meanwhile,
// setting.unchanged, approval.already_asked.
func (s *Service) Set(ctx context.Context, c Change) (Outcome, error) {
	if _, err := actor.Allow(ctx, ValueEdit); err != nil {
		return Outcome{}, err
	}
	return s.set(ctx, c, -1)
}

// RollBack restores what a centre said at an earlier version; 0 is before it said anything. It is a change like any
// other: it needs the version that it is based on, and approval when the setting is important.
func (s *Service) RollBack(ctx context.Context, key string, centre organization.CentreID, to, version int, reason string) (Outcome, error) {
	scope, err := actor.Allow(ctx, ValueEdit)
	if err != nil {
		return Outcome{}, err
	}
	if _, _, err := s.at(ctx, scope, centre, false); err != nil {
		return Outcome{}, err
	}
	c := Change{Key: key, Centre: centre, Version: version, Reason: reason}
	if to > 0 {
		row, err := db.New(s.cfg.Pool).ChangeAt(ctx, db.ChangeAtParams{Key: key, CentreID: centre.UUID(), Version: int32(to)})
		if postgres.IsNoRows(err) {
			return Outcome{}, ErrNoVersion
		}
		if err != nil {
			return Outcome{}, fmt.Errorf("read version %d of %s: %w", to, key, err)
		}
		c.Value, c.Lock = row.NewValue, inherit.Lock(row.NewLock)
	}
	return s.set(ctx, c, to)
}

func (s *Service) set(ctx context.Context, c Change, rolledBack int) (Outcome, error) {
	scope, err := actor.Allow(ctx, ValueEdit)
	if err != nil {
		return Outcome{}, err
	}
	d, ok := s.registry.Definition(c.Key)
	if !ok {
		return Outcome{}, ErrNoSetting
	}
	_, path, err := s.at(ctx, scope, c.Centre, false)
	if err != nil {
		return Outcome{}, err
	}
	in, err := s.intend(d, c, rolledBack)
	if err != nil {
		return Outcome{}, err
	}
	if err := d.mayBeSetAt(path[len(path)-1]); err != nil {
		return Outcome{}, err
	}
	in.Centre = path[len(path)-1].ID
	var out Outcome
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		out, err = s.ask(ctx, tx, d, in, path, c.Evidence)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	s.catchUp(ctx)
	return out, nil
}

// catchUp lets this process see its own change at once; if that fails the follower sees it soon.
func (s *Service) catchUp(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.Refresh(bounded); err != nil {
		s.cfg.Logger.WarnContext(ctx, "settings are read again later", "error", err)
	}
}

// intend checks everything about a wish that does not depend on what is stored.
func (s *Service) intend(d *Definition, c Change, rolledBack int) (intent, error) {
	var f fault.Fields
	in := intent{Key: c.Key, Centre: c.Centre, Lock: c.Lock, Version: c.Version, RolledBack: rolledBack + 1}
	in.Reason = freeText(&f, "body.reason", c.Reason, true, maxReason)
	if isNull(c.Value) {
		f.Check(c.Lock == inherit.Open, "body.lock", fieldLock, "what is not set here cannot be locked here")
	} else if v, wrong := d.Parse(c.Value, "body.value"); wrong != nil {
		f.Add(wrong.Location, wrong.Code, wrong.Message)
	} else {
		in.Value = d.Encode(v)
	}
	switch c.Lock {
	case inherit.Open, inherit.Fixed:
	case inherit.Floor:
		f.Check(d.Stricter != NoOrder, "body.lock", fieldLock, "this setting knows no stricter and laxer, so it can only be fixed")
	default:
		f.Add("body.lock", fieldUnknown, "is not a lock")
	}
	return in, f.Err(errInvalid.Code, "the change cannot be made like this")
}

// mayBeSetAt refuses nationwide settings below the nation.
func (d *Definition) mayBeSetAt(c organization.Centre) error {
	if !d.Nationwide || c.Level == actor.Nation {
		return nil
	}
	return fault.New(fault.Invalid, errInvalid.Code, "this holds for the whole installation, so only the nation sets it").
		WithFields(fault.Field{Location: "body.value", Code: fieldNation, Message: "is set by the nation only"})
}

func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || bytes.Equal(raw, []byte("null"))
}

// ask makes the change, or the request for it.
func (s *Service) ask(ctx context.Context, tx pgx.Tx, d *Definition, in intent, path []organization.Centre, evidence []string) (Outcome, error) {
	if !d.Important {
		version, err := s.apply(ctx, tx, d, in, path)
		return Outcome{Version: version}, err
	}
	current, err := s.judge(ctx, tx, d, in, path)
	if err != nil {
		return Outcome{}, err
	}
	if s.cfg.Approval == nil {
		return Outcome{}, fmt.Errorf("setting %s needs approval, which is not joined", d.Key)
	}
	centre := path[len(path)-1]
	id, err := s.cfg.Approval.Ask(ctx, tx, approval.Ask{
		Kind: KindChange, Object: approval.Object{ID: objectID(d.Key, centre.ID), Label: shortened(d.ZH+" · "+centre.Name, 200)},
		Centre: centre.ID.UUID(), Reason: in.Reason, Payload: in, Evidence: evidence,
	})
	return Outcome{Request: id, Version: current.version}, err
}

func objectID(key string, centre organization.CentreID) string { return key + "@" + centre.String() }

func shortened(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// stored is what a centre says now.
type stored struct {
	version int
	value   json.RawMessage // nil: nothing
	lock    inherit.Lock
}

// judge takes the turn of this transaction and checks a wish against what is stored: version, locks above, and
// whether anything would change.
func (s *Service) judge(ctx context.Context, tx pgx.Tx, d *Definition, in intent, path []organization.Centre) (stored, error) {
	q := db.New(tx)
	if _, err := q.Touch(ctx); err != nil {
		return stored{}, fmt.Errorf("take the turn to change settings: %w", err)
	}
	rows, err := q.ValuesOf(ctx, db.ValuesOfParams{Key: d.Key, Centres: idsOf(path)})
	if err != nil {
		return stored{}, fmt.Errorf("read what is set of %s: %w", d.Key, err)
	}
	centre := path[len(path)-1]
	var now stored
	for _, r := range rows {
		if r.CentreID == centre.ID.UUID() {
			now = stored{version: int(r.Version), value: r.Value, lock: inherit.Lock(r.Lock)}
		}
	}
	if now.version != in.Version {
		return stored{}, s.whoChanged(ctx, q, d, centre, now.version)
	}
	if sameJSON(now.value, in.Value) && now.lock == in.Lock {
		return stored{}, ErrUnchanged
	}
	return now, s.locksAllow(d, in, path, rows)
}

func idsOf(path []organization.Centre) []uuid.UUID {
	ids := make([]uuid.UUID, len(path))
	for i, c := range path {
		ids[i] = c.ID.UUID()
	}
	return ids
}

func sameJSON(a, b json.RawMessage) bool {
	if isNull(a) || isNull(b) {
		return isNull(a) == isNull(b)
	}
	x, err1 := plain(a)
	y, err2 := plain(b)
	return err1 == nil && err2 == nil && reflect.DeepEqual(x, y)
}

// plain decodes JSON with its numbers as they are written.
func plain(raw json.RawMessage) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	err = decoder.Decode(&v)
	return v, err
}

func (s *Service) whoChanged(ctx context.Context, q *db.Queries, d *Definition, centre organization.Centre, version int) error {
	row, err := q.ChangeAt(ctx, db.ChangeAtParams{Key: d.Key, CentreID: centre.ID.UUID(), Version: int32(version)})
	if err != nil && !postgres.IsNoRows(err) {
		return fmt.Errorf("read who changed %s: %w", d.Key, err)
	}
	return changedMeanwhile(d.Key, row.ActorNumber, row.ActorName, row.ChangedAt)
}

// locksAllow refuses a value that could not count because of a lock above.
func (s *Service) locksAllow(d *Definition, in intent, path []organization.Centre, rows []db.ValuesOfRow) error {
	if isNull(in.Value) {
		return nil
	}
	v, wrong := d.Parse(in.Value, "body.value")
	if wrong != nil {
		return fault.New(fault.Invalid, errInvalid.Code, "the value is no longer possible").WithFields(*wrong)
	}
	words := map[uuid.UUID]word{}
	for _, r := range rows {
		if old, wrong := d.Parse(r.Value, ""); wrong == nil {
			words[r.CentreID] = word{Set: true, Value: old, Lock: inherit.Lock(r.Lock)}
		}
	}
	words[in.Centre.UUID()] = word{Set: true, Value: v, Lock: in.Lock}
	r := inherit.Resolve(d.Default, d.pathWords(path, words), d.compare())
	last := r.Steps[len(path)-1]
	switch last.Verdict {
	case inherit.Ignored:
		return fault.New(fault.Invalid, errInvalid.Code, "%s has fixed this value for everybody below", path[last.Bound].Name).
			WithFields(fault.Field{Location: "body.value", Code: fieldLocked, Message: "was fixed by " + path[last.Bound].Name})
	case inherit.Yielded:
		return fault.New(fault.Invalid, errInvalid.Code, "%s demands at least %s", path[last.Bound].Name, d.Show(last.Effective)).
			WithFields(fault.Field{Location: "body.value", Code: fieldFloor, Message: "is laxer than " + d.Show(last.Effective) + ", which " + path[last.Bound].Name + " demands"})
	case inherit.Applied, inherit.Inherited:
	}
	return nil
}

// apply writes a change with its version, audit entry and event.
func (s *Service) apply(ctx context.Context, tx pgx.Tx, d *Definition, in intent, path []organization.Centre) (int, error) {
	old, err := s.judge(ctx, tx, d, in, path)
	if err != nil {
		return 0, err
	}
	q, now, centre := db.New(tx), s.cfg.Clock.Now(), path[len(path)-1]
	value := []byte(nil)
	if !isNull(in.Value) {
		value = in.Value
	}
	version := int32(old.version + 1)
	err = q.Put(ctx, db.PutParams{Key: d.Key, CentreID: centre.ID.UUID(), Value: value, Lock: string(in.Lock), Version: version, Now: now})
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", d.Key, err)
	}
	row := db.InsertChangeParams{
		Key: d.Key, CentreID: centre.ID.UUID(), Version: version, OldValue: old.value, OldLock: string(old.lock),
		NewValue: value, NewLock: string(in.Lock), Reason: in.Reason, Now: now,
		RequestID: uuid.NullUUID{UUID: in.request.ID.UUID(), Valid: !in.request.ID.IsZero()},
	}
	if in.RolledBack > 0 {
		row.RolledBack = new(int32(in.RolledBack - 1))
	}
	if a := actor.From(ctx); a != nil {
		row.ActorNumber, row.ActorName = a.Number, a.Name
	}
	if !in.request.ID.IsZero() {
		row.AskedBy = person(in.request.Requester.Number, in.request.Requester.Name)
	}
	if err := q.InsertChange(ctx, row); err != nil {
		return 0, fmt.Errorf("write version %d of %s: %w", version, d.Key, err)
	}
	return int(version), s.record(ctx, tx, changed{
		action: "setting.value.change", kind: "setting.value", id: objectID(d.Key, centre.ID), label: d.Key + " · " + centre.Name,
		centre: centre, reason: in.Reason, topic: TopicValue,
		changes: differences(old, in),
	})
}

func differences(old stored, in intent) []audit.Change {
	var list []audit.Change
	if !sameJSON(old.value, in.Value) {
		list = append(list, audit.Change{Field: "value", Old: orNull(old.value), New: orNull(in.Value)})
	}
	if old.lock != in.Lock {
		list = append(list, audit.Change{Field: "lock", Old: old.lock, New: in.Lock})
	}
	return list
}

func orNull(raw json.RawMessage) any {
	if isNull(raw) {
		return nil
	}
	return raw
}
