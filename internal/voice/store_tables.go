package voice

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/internal/db"
)

// changedSubject tells other processes that the tables were changed, so that they need not wait for their next look.
const changedSubject = "voice.tables.changed"

// hooks are told of new tables.
type hooks struct {
	mu   sync.Mutex
	list []func(*Tables)
}

// Tables gives everything that calls need, from memory. It is what it was while the database is away.
func (s *Service) Tables() *Tables { return s.tables.Load() }

// OnTables has fn told of the tables now and whenever they have changed, one at a time. fn must not call back into
// [Service.Refresh].
func (s *Service) OnTables(fn func(*Tables)) {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.list = append(s.hooks.list, fn)
	fn(s.tables.Load())
}

// Follower keeps the tables in memory as the database has them, until stopped: it looks every second, and at once when
// another process says that it changed something.
func (s *Service) Follower() lifecycle.Service {
	return lifecycle.NewLoop("voice-tables", s.cfg.Logger, func(ctx context.Context) error {
		wake := make(chan struct{}, 1)
		if s.cfg.Bus != nil {
			sub, err := s.cfg.Bus.Subscribe(changedSubject, "", func(context.Context, bus.Message) {
				select {
				case wake <- struct{}{}:
				default:
				}
			})
			if err != nil {
				return fmt.Errorf("listen for changes of voice tables: %w", err)
			}
			defer func() { _ = sub.Stop(context.WithoutCancel(ctx)) }()
		}
		timer := s.cfg.Clock.NewTimer(s.cfg.Follow)
		defer timer.Stop()
		for {
			if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Logger.WarnContext(ctx, "voice tables stay as they are", "error", err)
			}
			timer.Reset(s.cfg.Follow)
			select {
			case <-ctx.Done():
				return nil
			case <-wake:
			case <-timer.C():
			}
		}
	})
}

// Refresh brings the tables in memory up to date.
//
// Unchecked: it is the program's own upkeep and gives nothing to anybody.
func (s *Service) Refresh(ctx context.Context) error { return s.refresh(ctx) }

// refreshSoon brings this process up to date after a change of its own, and wakes the others.
func (s *Service) refreshSoon(ctx context.Context) {
	if err := s.refresh(ctx); err != nil {
		s.cfg.Logger.WarnContext(ctx, "voice tables follow later", "error", err)
	}
	if s.cfg.Bus != nil {
		// Who does not hear it looks within a second.
		_ = s.cfg.Bus.Publish(context.WithoutCancel(ctx), changedSubject, nil)
	}
}

func (s *Service) refresh(ctx context.Context) error {
	s.load.Lock()
	defer s.load.Unlock()
	// Rows may be newer than the revision read before them; then it has grown, and they are read again.
	revision, err := db.New(s.cfg.Pool).Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the revision of voice: %w", err)
	}
	old := s.tables.Load()
	if old.Loaded && revision == old.revision {
		same := *old
		same.At = s.cfg.Clock.Now()
		s.tables.Store(&same)
		return nil
	}
	next, err := s.read(ctx)
	if err != nil {
		return err
	}
	next.Loaded, next.revision, next.At = true, revision, s.cfg.Clock.Now()
	s.tables.Store(next)
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	for _, fn := range s.hooks.list {
		fn(next)
	}
	return nil
}

// read reads all tables.
func (s *Service) read(ctx context.Context) (*Tables, error) {
	t := &Tables{
		Prompts: map[PromptID]Prompt{}, phones: map[string]phoneEntry{}, byID: map[PhoneID]Phone{}, lines: map[TrunkID]Line{},
		exact: map[string]NumberAction{}, prefix: map[string]NumberAction{}, groups: map[GroupID]string{},
	}
	q := db.New(s.cfg.Pool)
	groups, err := q.ListGroups(ctx, db.ListGroupsParams{National: true, Centres: nil})
	if err != nil {
		return nil, fmt.Errorf("read trunk groups: %w", err)
	}
	for _, r := range groups {
		g := listedGroup(r)
		t.groups[g.ID] = g.Code
	}
	trunks, err := q.AllTrunks(ctx)
	if err != nil {
		return nil, fmt.Errorf("read trunks: %w", err)
	}
	for _, r := range trunks {
		l := Line{Trunk: trunkOf(r)}
		if l.Password, err = s.openTrunk(l.ID, r.PasswordSealed); err != nil {
			// One trunk without its password is better than none at all; its own state will say so.
			s.cfg.Logger.ErrorContext(ctx, "the password of a trunk cannot be opened", "trunk", l.ID, "error", err)
		}
		t.Trunks = append(t.Trunks, l)
		t.lines[l.ID] = l
	}
	return t, s.readRest(ctx, q, t)
}

func (s *Service) readRest(ctx context.Context, q *db.Queries, t *Tables) error {
	phones, err := q.AllPhones(ctx)
	if err != nil {
		return fmt.Errorf("read phones: %w", err)
	}
	for _, r := range phones {
		p := phoneOf(r)
		t.phones[p.Number], t.byID[p.ID] = phoneEntry{p, slices.Clone(r.Ha1Sealed)}, p
	}
	prompts, err := q.AllPrompts(ctx)
	if err != nil {
		return fmt.Errorf("read prompts: %w", err)
	}
	for _, r := range prompts {
		p := promptOf(r)
		t.Prompts[p.ID] = p
	}
	numbers, err := q.AllNumbers(ctx)
	if err != nil {
		return fmt.Errorf("read number actions: %w", err)
	}
	for _, r := range numbers {
		t.add(numberOf(r))
	}
	return nil
}

// add puts an action into the plan.
func (t *Tables) add(n NumberAction) {
	if n.Match == Prefix {
		t.prefix[n.Pattern] = n
		t.longest = max(t.longest, len(n.Pattern))
		return
	}
	t.exact[n.Pattern] = n
}

func (s *Service) openTrunk(id TrunkID, sealed []byte) (secret.String, error) {
	if sealed == nil {
		return secret.String{}, nil
	}
	plain, err := s.cfg.Ring.Open(purposeTrunk, trunkContext(id), sealed)
	if err != nil {
		return secret.String{}, err
	}
	return secret.Hide(string(plain)), nil
}
