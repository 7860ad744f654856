package routing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/interaction"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/routing/internal/db"
	"yingda/internal/setting"
)

// busPatience is how long opening something on the bus may take.
const busPatience = 10 * time.Second

// Config is what the service needs. Bus is required; Pool and Organization wherever queues and agents are to be changed.
type Config struct {
	Pool         *pgxpool.Pool
	Organization *organization.Service
	Bus          *bus.Bus
	Settings     *setting.Service // nil: the defaults
	Recorder     interaction.Recorder
	Node         string // name of this process among all
	Clock        clock.Clock
	Logger       *slog.Logger
	// Tell lets open pages hear that a topic changed; nil: nobody is told.
	Tell func(topic string)
	// TellUser lets the pages of one account hear something of a topic; nil: nobody is told.
	TellUser func(user, topic string, data any)
	// KnowsPhone tells whether there is a desk phone of a number; nil: every number is one.
	KnowsPhone func(number string) bool
	// Follow is how often the tables in memory are compared with the database; default 1 s.
	Follow time.Duration
	// Fixed are tables that no database has, for benches; nil: those of the database.
	Fixed *Tables
}

// Service is the routing of one process: every process has it, for pages and nodes; those with the role also run
// [Service.Router]. Its methods are safe for concurrent use.
type Service struct {
	cfg      Config
	instance uint64
	roster   *roster
	metrics  *figures
	tables   atomic.Pointer[Tables]
	load     sync.Mutex // one refresh at a time
	leading  atomic.Pointer[leader]
	lease    atomic.Pointer[lease]
	since    time.Time // when this process began to hear others

	agentsKV, places, states *bus.KeyValue
	journal                  *bus.Stream

	mu      sync.Mutex
	clients map[string]*Client
	alive   map[string]time.Time // nodes, by when they were heard last
}

// New makes the service. Its tables are empty until [Service.Refresh] or [Service.Follower] has run.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Follow = cmp.Or(cfg.Follow, time.Second)
	cfg.Node = cmp.Or(cfg.Node, "node")
	if cfg.Tell == nil {
		cfg.Tell = func(string) {}
	}
	if cfg.TellUser == nil {
		cfg.TellUser = func(string, string, any) {}
	}
	s := &Service{
		cfg: cfg, instance: rand.Uint64() >> 1, roster: newRoster(), metrics: newFigures(), clients: map[string]*Client{}, alive: map[string]time.Time{},
		since: cfg.Clock.Now(),
	}
	s.tables.Store(newTables(nil, nil))
	if cfg.Fixed != nil {
		s.tables.Store(cfg.Fixed)
	}
	return s
}

// Tables gives queues and breaks from memory. They are what they were while the database is away.
func (s *Service) Tables() *Tables { return s.tables.Load() }

// QueueByCode gives a queue from memory.
func (s *Service) QueueByCode(code string) (Queue, bool) { return s.Tables().Queue(code) }

// QueueByID gives a queue from memory.
func (s *Service) QueueByID(id uuid.UUID) (Queue, bool) {
	q, ok := s.Tables().queues[id]
	return q, ok
}

func (s *Service) queueCode(id uuid.UUID) string { return s.Tables().queues[id].Code }

// Desk gives the agent who is signed in at a phone.
func (s *Service) Desk(phone string) (Desk, bool) {
	a, ok := s.roster.atPhone(phone)
	return a.desk(), ok
}

// Router leads the routing whenever nobody else does, until stopped. One per process that has the role.
func (s *Service) Router() lifecycle.Service {
	return lifecycle.NewLoop("routing-router", s.cfg.Logger, s.elect)
}

// openBuckets opens what a leader writes.
func (s *Service) openBuckets(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	var errs [4]error
	s.agentsKV, errs[0] = openAgents(ctx, s.cfg.Bus)
	s.places, errs[1] = s.cfg.Bus.KeyValue(ctx, bus.KeyValueConfig{Name: placeBucket, TTL: placeFor})
	s.states, errs[2] = s.cfg.Bus.KeyValue(ctx, bus.KeyValueConfig{Name: stateBucket})
	s.journal, errs[3] = openJournal(ctx, s.cfg.Bus)
	return errors.Join(errs[:]...)
}

// hand gives a message of a client of this process to the leader, if it is here and not older than the client knows.
func (s *Service) hand(u up) bool {
	l := s.leading.Load()
	return l != nil && u.Epoch <= l.epoch && l.put(l.term, u)
}

func (s *Service) attach(c *Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[c.cfg.Node] = c
}

func (s *Service) detach(c *Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clients[c.cfg.Node] == c {
		delete(s.clients, c.cfg.Node)
	}
}

// local gives the client of this process that speaks for a node, or nil.
func (s *Service) local(node string, instance uint64) *Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.clients[node]; c != nil && c.instance == instance {
		return c
	}
	return nil
}

// announced tells the clients of this process that it leads.
func (s *Service) announced(epoch uint64) {
	s.mu.Lock()
	list := make([]*Client, 0, len(s.clients))
	for _, c := range s.clients {
		list = append(list, c)
	}
	s.mu.Unlock()
	for _, c := range list {
		c.lead(epoch)
	}
}

// heardOf notes a sign of life of a node.
func (s *Service) heardOf(node string, gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alive[node] = s.cfg.Clock.Now(); gone {
		delete(s.alive, node)
	}
}

// living gives the nodes that were heard a moment ago.
func (s *Service) living(now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for node, at := range s.alive {
		if now.Sub(at) <= livingFor {
			list = append(list, node)
		} else if now.Sub(at) > time.Minute {
			delete(s.alive, node)
		}
	}
	for node := range s.clients {
		if !slices.Contains(list, node) {
			list = append(list, node)
		}
	}
	return list
}

func (s *Service) record(e interaction.Entry) {
	if s.cfg.Recorder != nil {
		s.cfg.Recorder.Write(e)
	}
}

func (s *Service) explains() bool {
	return s.cfg.Settings == nil || Explain.Get(s.cfg.Settings, uuid.Nil)
}

// surroundings are what a thing is checked against.
type surroundings struct {
	scope  actor.Scope // where the editor may edit
	tree   *organization.Tree
	skills map[organization.SkillID]organization.Skill
	queues map[QueueID]Queue
}

func (s *Service) surroundings(ctx context.Context, scope actor.Scope) (surroundings, error) {
	in := surroundings{scope: scope, skills: map[organization.SkillID]organization.Skill{}, queues: map[QueueID]Queue{}}
	var err error
	if in.tree, err = s.cfg.Organization.Tree(ctx); err != nil {
		return in, fmt.Errorf("read the organisation: %w", err)
	}
	reader := actor.With(ctx, actor.System("routing.check", organization.SkillRead))
	skills, err := s.cfg.Organization.Skills(reader, organization.SkillFilter{})
	if err != nil {
		return in, fmt.Errorf("read skills: %w", err)
	}
	for _, k := range skills {
		in.skills[k.ID] = k.Skill
	}
	rows, err := db.New(s.cfg.Pool).AllQueues(ctx)
	if err != nil {
		return in, fmt.Errorf("read queues: %w", err)
	}
	queues, err := queuesOf(rows)
	if err != nil {
		return in, err
	}
	for _, q := range queues {
		in.queues[q.ID] = q
	}
	return in, nil
}

// checkCentre: the owner is there, in use, and in scope.
func (in surroundings) checkCentre(f *fault.Fields, id organization.CentreID) {
	owner, ok := in.tree.Centre(id)
	switch {
	case id.IsZero():
		f.Add("body.centre_id", fieldRequired, "is missing")
	case !ok || !in.scope.Covers(id.UUID()):
		f.Add("body.centre_id", fieldUnknown, "is no centre that you may choose")
	case owner.State != organization.Active:
		f.Add("body.centre_id", fieldUnfitting, "is closed")
	}
}

// reach says whether the editor may change a thing of a centre. Whoever sees it as the nation's is told that it is
// not theirs; anybody else that it is not there.
func (in surroundings) reach(ctx context.Context, read actor.Permission, centre organization.CentreID, missing error) error {
	if in.scope.Covers(centre.UUID()) {
		return nil
	}
	if root, ok := in.tree.Root(); ok && root.ID == centre && !actor.From(ctx).Scope(read).Empty() {
		return ErrNotYours
	}
	return missing
}

// checkText checks the length in characters and refuses what cannot be kept.
func checkText(f *fault.Fields, location, s string, least, most int) {
	n := utf8.RuneCountInString(s)
	switch {
	case strings.ContainsRune(s, 0) || !utf8.ValidString(s):
		f.Add(location, fieldFormat, "has characters that cannot be kept")
	case n < least:
		f.Add(location, fieldRequired, "is missing")
	case n > most:
		f.Add(location, fieldTooLong, "is too long")
	}
}

// change is what is told about something that was done.
type change struct {
	act    string // "routing.queue.create"
	topic  outbox.Topic[Changed]
	object audit.Object
	centre uuid.UUID
	fields []audit.Change
}

// note writes the audit entry and the event of a change into its transaction, and counts the change, so that every
// process reads the tables again.
func (s *Service) note(ctx context.Context, tx pgx.Tx, c change) error {
	now := s.cfg.Clock.Now()
	if err := db.New(tx).TouchTables(ctx); err != nil {
		return fmt.Errorf("count the change: %w", err)
	}
	if err := outbox.Write(ctx, tx, c.topic.Event(c.object.ID, now, Changed{ID: c.object.ID})); err != nil {
		return fmt.Errorf("tell of %s: %w", c.act, err)
	}
	return audit.Write(ctx, tx, now, audit.Entry{Action: c.act, Object: c.object, Centre: c.centre, Changes: c.fields})
}

// inTx runs fn in tx, or in a transaction of its own when tx is nil; after that this process reads its tables again.
func (s *Service) inTx(ctx context.Context, tx pgx.Tx, fn func(ctx context.Context, tx pgx.Tx) error) error {
	if tx != nil {
		return fn(ctx, tx)
	}
	if err := postgres.InTx(ctx, s.cfg.Pool, fn); err != nil {
		return err
	}
	s.refreshSoon(ctx)
	return nil
}

// who names the editor as lists show it.
func who(ctx context.Context) string {
	a := actor.From(ctx)
	return strings.TrimSpace(a.Number + " " + a.Name)
}

func limit(n int32) int32 { return cmp.Or(n, 50) }

// isAny tells whether an error is one of some.
func isAny(err error, list ...error) bool {
	return slices.ContainsFunc(list, func(one error) bool { return errors.Is(err, one) })
}

func sleep(ctx context.Context, s *Service, d time.Duration) error {
	return clock.Sleep(ctx, s.cfg.Clock, d)
}
