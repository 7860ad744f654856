package setting

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
	"yingda/internal/setting/inherit"
	"yingda/internal/setting/internal/db"
)

// snapshot is what holds everywhere, at one revision of the values and of the tree. It is immutable.
type snapshot struct {
	revision int64
	tree     *organization.Tree
	at       time.Time
	keys     map[string]*everywhere
	broken   []brokenValue
}

// everywhere is one setting: what holds in the nation, and at the centres where something else does.
type everywhere struct {
	nation Value
	local  map[uuid.UUID]Value
}

// brokenValue is a stored value that the definition does not take.
type brokenValue struct{ key, centre, problem string }

// Lookup gives what holds at a centre; see [Reader].
func (s *Service) Lookup(key string, centre uuid.UUID) (Value, bool) {
	snap := s.snapshot.Load()
	if snap == nil {
		return nil, false
	}
	k := snap.keys[key]
	if k == nil {
		return nil, false
	}
	if len(k.local) > 0 {
		if v, ok := k.local[centre]; ok {
			return v, true
		}
	}
	return k.nation, true
}

// Refresh brings this process's snapshot up to date. On an error the last one stays.
// Unchecked: it shows nothing to anybody; the process does it for itself.
func (s *Service) Refresh(ctx context.Context) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	q := db.New(s.cfg.Pool)
	revision, err := q.Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the revision of settings: %w", err)
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return err
	}
	if old := s.snapshot.Load(); old != nil && old.revision == revision && old.tree == tree {
		return nil
	}
	// Rows may be newer than the revision read before them; then it is found to have grown, and they are read again.
	rows, err := q.Values(ctx)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	s.snapshot.Store(s.resolveAll(revision, tree, rows))
	return nil
}

// word is what one centre says about one setting.
type word = inherit.Level[Value]

// resolveAll works out what holds everywhere. A key costs one walk of the tree, and only if somebody sets it.
func (s *Service) resolveAll(revision int64, tree *organization.Tree, rows []db.SettingValue) *snapshot {
	snap := &snapshot{revision: revision, tree: tree, at: s.cfg.Clock.Now(), keys: make(map[string]*everywhere, len(s.registry.list))}
	words := map[string]map[uuid.UUID]word{}
	for _, row := range rows {
		d, ok := s.registry.Definition(row.Key)
		if !ok {
			continue // of a newer or older program
		}
		v, wrong := d.Parse(row.Value, row.Key)
		if wrong != nil {
			snap.broken = append(snap.broken, brokenValue{row.Key, s.centreName(tree, row.CentreID), wrong.Message})
			continue
		}
		if words[row.Key] == nil {
			words[row.Key] = map[uuid.UUID]word{}
		}
		words[row.Key][row.CentreID] = word{Set: true, Value: v, Lock: inherit.Lock(row.Lock)}
	}
	slices.SortFunc(snap.broken, func(a, b brokenValue) int { return bytes.Compare([]byte(a.key+a.centre), []byte(b.key+b.centre)) })
	for _, d := range s.registry.list {
		snap.keys[d.Key] = d.everywhere(tree, words[d.Key])
	}
	return snap
}

// everywhere resolves one setting at all centres.
func (d *Definition) everywhere(tree *organization.Tree, words map[uuid.UUID]word) *everywhere {
	e := &everywhere{nation: d.Default}
	root, ok := tree.Root()
	if !ok || len(words) == 0 {
		return e
	}
	stricter := d.compare()
	e.nation = inherit.Resolve(d.Default, []word{words[root.ID.UUID()]}, stricter).Value
	e.local = map[uuid.UUID]Value{}
	for id := range words {
		for _, c := range tree.Below(centreID(id)) {
			if _, done := e.local[c.UUID()]; done || c == root.ID {
				continue
			}
			e.local[c.UUID()] = inherit.Resolve(d.Default, d.pathWords(tree.Path(c), words), stricter).Value
		}
	}
	return e
}

// pathWords gives the words of a path, the nation's first. Of a nationwide setting only that one counts.
func (d *Definition) pathWords(path []organization.Centre, words map[uuid.UUID]word) []word {
	levels := make([]word, len(path))
	for i, c := range path {
		if i == 0 || !d.Nationwide {
			levels[i] = words[c.ID.UUID()]
		}
	}
	return levels
}

// followEvery is how often a process looks for changes unasked.
const followEvery = 2 * time.Second

// Follower keeps this process's snapshot up to date until stopped: at once by wake-ups of the bus (nil: none), and by
// looking every two seconds. Its start reads the first snapshot and fails when it cannot.
func (s *Service) Follower(b *bus.Bus) lifecycle.Service {
	g := lifecycle.NewGroup("settings", s.cfg.Logger, lifecycle.Func("settings-first-look", s.Refresh, nil))
	wake := make(chan struct{}, 1)
	if b != nil {
		for _, subject := range []string{outbox.Subject(TopicValue.Name()), outbox.Subject("organization.>")} {
			g.Add(listener(b, subject, wake))
		}
	}
	g.Add(lifecycle.NewLoop("settings-follower", s.cfg.Logger, func(ctx context.Context) error { return s.follow(ctx, wake) }))
	return g
}

func listener(b *bus.Bus, subject string, wake chan<- struct{}) lifecycle.Service {
	var sub *bus.Subscription
	return lifecycle.Func("settings-wake-ups",
		func(context.Context) (err error) {
			sub, err = b.Subscribe(subject, "", func(context.Context, bus.Message) {
				select {
				case wake <- struct{}{}:
				default:
				}
			})
			return err
		},
		func(ctx context.Context) error { return sub.Stop(ctx) })
}

func (s *Service) follow(ctx context.Context, wake <-chan struct{}) error {
	for {
		t := s.cfg.Clock.NewTimer(followEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-wake:
		case <-t.C():
		}
		t.Stop()
		bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := s.Refresh(bounded)
		cancel()
		s.noteRefresh(err)
		if err != nil && ctx.Err() == nil {
			s.cfg.Logger.WarnContext(ctx, "settings go on with an older snapshot", "error", err)
			if err := clock.Sleep(ctx, s.cfg.Clock, followEvery); err != nil {
				return err
			}
		}
	}
}
