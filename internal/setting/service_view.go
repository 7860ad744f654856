package setting

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/setting/inherit"
	"yingda/internal/setting/internal/db"
)

// View is a setting as it stands at one centre.
type View struct {
	Definition *Definition
	Centre     organization.Centre
	Effective  Value
	Own        Value // what the centre itself says; nil: nothing
	OwnLock    inherit.Lock
	Verdict    inherit.Verdict // of what it says
	Version    int             // of what it says
	UpdatedAt  *time.Time
	Source     *organization.Centre // whose value holds; nil: the default
	Floor      *organization.Centre // whose floor binds from above; nil: none
	FloorValue Value
	Fixed      *organization.Centre // who fixed it above; nil: nobody
	Pending    *Pending
}

// Pending is an open request to change what the centre says.
type Pending struct {
	Request uuid.UUID
	Value   json.RawMessage
	Lock    inherit.Lock
	By      string
	Reason  string
	AskedAt time.Time
}

// List gives every setting as it stands at a centre (none: the actor's own), in the order declared.
func (s *Service) List(ctx context.Context, centre organization.CentreID) ([]View, error) {
	scope, err := actor.Allow(ctx, ValueRead)
	if err != nil {
		return nil, err
	}
	_, path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return nil, err
	}
	q := db.New(s.cfg.Pool)
	words, versions, err := s.wordsOfPath(ctx, path)
	if err != nil {
		return nil, err
	}
	last := path[len(path)-1]
	pending, err := q.Pending(ctx, uuid.NullUUID{UUID: last.ID.UUID(), Valid: true})
	if err != nil {
		return nil, fmt.Errorf("read open requests: %w", err)
	}
	views := make([]View, 0, len(s.registry.list))
	for _, d := range s.registry.list {
		v := viewOf(d, path, words[d.Key])
		if row, ok := versions[d.Key]; ok {
			v.Version, v.UpdatedAt = int(row.Version), &row.UpdatedAt
		}
		v.Pending = pendingOf(pending, objectID(d.Key, last.ID))
		views = append(views, v)
	}
	return views, nil
}

func pendingOf(rows []db.PendingRow, object string) *Pending {
	i := slices.IndexFunc(rows, func(r db.PendingRow) bool { return r.ObjectID == object })
	if i < 0 {
		return nil
	}
	r := rows[i]
	var in intent
	if err := json.Unmarshal(r.Payload, &in); err != nil {
		return nil // of a newer program; the request itself says what it is
	}
	return &Pending{Request: r.ID, Value: in.Value, Lock: in.Lock, By: person(r.RequesterNumber, r.RequesterName), Reason: r.Reason, AskedAt: r.CreatedAt}
}

// wordsOfPath reads what the centres of a path say about everything, and the last one's versions.
func (s *Service) wordsOfPath(ctx context.Context, path []organization.Centre) (map[string]map[uuid.UUID]word, map[string]db.ValuesOfCentreRow, error) {
	words, versions := map[string]map[uuid.UUID]word{}, map[string]db.ValuesOfCentreRow{}
	for i, c := range path {
		rows, err := db.New(s.cfg.Pool).ValuesOfCentre(ctx, c.ID.UUID())
		if err != nil {
			return nil, nil, fmt.Errorf("read settings of %s: %w", c.Code, err)
		}
		for _, r := range rows {
			if i == len(path)-1 {
				versions[r.Key] = r
			}
			d, ok := s.registry.Definition(r.Key)
			if !ok || isNull(r.Value) {
				continue
			}
			if v, wrong := d.Parse(r.Value, ""); wrong == nil {
				if words[r.Key] == nil {
					words[r.Key] = map[uuid.UUID]word{}
				}
				words[r.Key][c.ID.UUID()] = word{Set: true, Value: v, Lock: inherit.Lock(r.Lock)}
			}
		}
	}
	return words, versions, nil
}

func viewOf(d *Definition, path []organization.Centre, words map[uuid.UUID]word) View {
	last := path[len(path)-1]
	stricter := d.compare()
	r := inherit.Resolve(d.Default, d.pathWords(path, words), stricter)
	above := inherit.Resolve(d.Default, d.pathWords(path[:len(path)-1], words), stricter)
	v := View{Definition: d, Centre: last, Effective: r.Value, Verdict: r.Steps[len(path)-1].Verdict}
	if own := words[last.ID.UUID()]; own.Set && (len(path) == 1 || !d.Nationwide) {
		v.Own, v.OwnLock = own.Value, own.Lock
	}
	if r.Source != inherit.Default {
		v.Source = &path[r.Source]
	}
	if above.Floor != inherit.Default {
		v.Floor, v.FloorValue = &path[above.Floor], words[path[above.Floor].ID.UUID()].Value
	}
	if above.Fixed != inherit.Default {
		v.Fixed = &path[above.Fixed]
	} else if d.Nationwide && len(path) > 1 {
		v.Fixed = &path[0]
	}
	return v
}

// Link is one centre of the chain that a value comes from.
type Link struct {
	Centre    organization.Centre
	Own       Value // nil: it says nothing
	Lock      inherit.Lock
	Verdict   inherit.Verdict
	Effective Value
	Bound     *organization.Centre // by whose lock what it says does not count
	By        string               // who said it last
	Reason    string
	At        *time.Time
}

// Explain tells where a value comes from: the default, then each centre from the nation down to the one asked for.
func (s *Service) Explain(ctx context.Context, key string, centre organization.CentreID) (View, []Link, error) {
	scope, err := actor.Allow(ctx, ValueRead)
	if err != nil {
		return View{}, nil, err
	}
	d, ok := s.registry.Definition(key)
	if !ok {
		return View{}, nil, ErrNoSetting
	}
	_, path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return View{}, nil, err
	}
	words, versions, err := s.wordsOfPath(ctx, path)
	if err != nil {
		return View{}, nil, err
	}
	whom, err := db.New(s.cfg.Pool).LastChanges(ctx, db.LastChangesParams{Key: key, Centres: idsOf(path)})
	if err != nil {
		return View{}, nil, fmt.Errorf("read who set %s: %w", key, err)
	}
	r := inherit.Resolve(d.Default, d.pathWords(path, words[key]), d.compare())
	links := make([]Link, len(path))
	for i, c := range path {
		step, own := r.Steps[i], d.pathWords(path, words[key])[i]
		links[i] = Link{Centre: c, Lock: own.Lock, Verdict: step.Verdict, Effective: step.Effective}
		if own.Set {
			links[i].Own = own.Value
		}
		if step.Bound != inherit.Default {
			links[i].Bound = &path[step.Bound]
		}
		if j := slices.IndexFunc(whom, func(w db.LastChangesRow) bool { return w.CentreID == c.ID.UUID() }); j >= 0 {
			links[i].By, links[i].Reason, links[i].At = person(whom[j].ActorNumber, whom[j].ActorName), whom[j].Reason, &whom[j].ChangedAt
		}
	}
	v := viewOf(d, path, words[key])
	if row, ok := versions[key]; ok {
		v.Version, v.UpdatedAt = int(row.Version), &row.UpdatedAt
	}
	return v, links, nil
}

// Version is one change of what a centre says.
type Version struct {
	Version    int
	Old, New   json.RawMessage // null: nothing
	OldLock    inherit.Lock
	NewLock    inherit.Lock
	Reason     string
	RolledBack *int // the version that was restored
	Request    *uuid.UUID
	AskedBy    string
	By         string // who made the change: of an important setting, who approved it
	At         time.Time
}

// History gives the changes of what a centre says about a setting, newest first, before a version (0: from the newest).
func (s *Service) History(ctx context.Context, key string, centre organization.CentreID, before int, limit int32) ([]Version, error) {
	scope, err := actor.Allow(ctx, ValueRead)
	if err != nil {
		return nil, err
	}
	if _, ok := s.registry.Definition(key); !ok {
		return nil, ErrNoSetting
	}
	_, path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).Changes(ctx, db.ChangesParams{
		Key: key, CentreID: path[len(path)-1].ID.UUID(), Before: beforeVersion(before), RowLimit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", key, err)
	}
	list := make([]Version, len(rows))
	for i, r := range rows {
		list[i] = Version{
			Version: int(r.Version), Old: r.OldValue, New: r.NewValue, OldLock: inherit.Lock(r.OldLock), NewLock: inherit.Lock(r.NewLock),
			Reason: r.Reason, AskedBy: r.AskedBy, By: person(r.ActorNumber, r.ActorName), At: r.ChangedAt,
		}
		if r.RolledBack != nil {
			list[i].RolledBack = new(int(*r.RolledBack))
		}
		if r.RequestID.Valid {
			list[i].Request = &r.RequestID.UUID
		}
	}
	return list, nil
}

// beforeVersion is the version that a page of a history ends before.
func beforeVersion(v int) int32 {
	if v <= 0 || v > 1<<30 {
		return 1 << 30
	}
	return int32(v)
}

// matches tells whether a setting is meant by what somebody types to find it.
func (d *Definition) matches(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return strings.Contains(strings.ToLower(strings.Join([]string{d.Key, d.ZH, d.EN, d.HelpZH, d.HelpEN}, "\x00")), text)
}
