package voice

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/postgres"
)

// NodeView is one node that takes calls.
type NodeView struct {
	Node  string    `json:"node"`
	Heard time.Time `json:"heard" doc:"When it last told how it is"`
	Calls int       `json:"calls" doc:"All of its legs, also those that you may not see"`
}

// LiveView is what happens now.
type LiveView struct {
	Calls []CallView // those that the asker may see, the oldest first
	Nodes []NodeView
	At    time.Time
}

// mayWatch tells whether a call of a centre is in scope; one of nobody is the nation's.
func mayWatch(scope actor.Scope, centre uuid.UUID) bool {
	return scope.IsNational() || centre != uuid.UUID{} && scope.Covers(centre)
}

// LiveCalls gives the legs of all nodes that have not ended. What other nodes tell is at most a few seconds old.
func (s *Service) LiveCalls(ctx context.Context) (LiveView, error) {
	scope, err := actor.Allow(ctx, LiveRead)
	if err != nil {
		return LiveView{}, err
	}
	s.watch(ctx)
	v := LiveView{Calls: []CallView{}, Nodes: []NodeView{}, At: s.cfg.Clock.Now()}
	for _, n := range s.look() {
		v.Nodes = append(v.Nodes, NodeView{n.Node, n.at, len(n.Calls)})
		for _, c := range n.Calls {
			if mayWatch(scope, c.Centre) {
				v.Calls = append(v.Calls, c)
			}
		}
	}
	slices.SortFunc(v.Calls, func(a, b CallView) int {
		if c := a.Started.Compare(b.Started); c != 0 {
			return c
		}
		return compare(a.ID.String(), b.ID.String())
	})
	return v, nil
}

// findLive gives a live leg that the scope may see. Errors: [ErrNoCall].
func (s *Service) findLive(scope actor.Scope, id CallID) (CallView, error) {
	for _, n := range s.look() {
		for _, c := range n.Calls {
			if c.ID == id && mayWatch(scope, c.Centre) {
				return c, nil
			}
		}
	}
	return CallView{}, ErrNoCall
}

// LiveLadder gives the SIP messages of a live leg, numbers masked. Errors: [ErrNoCall], [ErrNoLadder], [ErrNodeAway].
func (s *Service) LiveLadder(ctx context.Context, id CallID) ([]Message, error) {
	scope, err := actor.Allow(ctx, LiveRead)
	if err != nil {
		return nil, err
	}
	c, err := s.findLive(scope, id)
	if err != nil {
		return nil, err
	}
	a, err := s.askNode(ctx, c.Node, "ladder", ask{Call: id})
	if err != nil {
		return nil, err
	}
	if !a.Found {
		return nil, ErrNoLadder
	}
	return a.Ladder, nil
}

// Hang ends a live leg, and with it what it talks to, on a person's word; the reason stands in the audit. Errors:
// [ErrNoCall], [ErrNodeAway].
func (s *Service) Hang(ctx context.Context, id CallID, reason string) error {
	scope, err := actor.Allow(ctx, LiveHang)
	if err != nil {
		return err
	}
	c, err := s.findLive(scope, id)
	if err != nil {
		return err
	}
	// The audit comes first: what is not written down is not done.
	if err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "voice.call.hang", Object: audit.Object{Kind: "voice.call", ID: id.String(), Label: c.Node}, Centre: c.Centre, Reason: reason,
		})
	}); err != nil {
		return err
	}
	a, err := s.askNode(ctx, c.Node, "hang", ask{Call: id})
	if err != nil {
		return err
	}
	if !a.Found {
		return ErrNoCall
	}
	return nil
}

// NodeTest is what one node found out about a trunk.
type NodeTest struct {
	Node    string     `json:"node"`
	Hosts   []HostTest `json:"hosts"`
	Problem string     `json:"problem" doc:"Why this node could not ask; empty when it did"`
}

// TestTrunk has every node send OPTIONS to each host of a trunk now. Errors: [ErrNoTrunk], [ErrNoVoiceNode].
func (s *Service) TestTrunk(ctx context.Context, id TrunkID) ([]NodeTest, error) {
	scope, err := actor.Allow(ctx, TrunkEdit)
	if err != nil {
		return nil, err
	}
	if _, err := visibleTrunk(ctx, s.cfg.Pool, scope, id); err != nil {
		return nil, err
	}
	found := s.lookWith(surroundingsOf)
	if len(found) == 0 {
		return nil, ErrNoVoiceNode
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	results := make(chan NodeTest)
	for _, n := range found {
		go func() { // received below, or the deadline ends it
			t := NodeTest{Node: n.Node, Hosts: []HostTest{}}
			a, err := s.askNode(ctx, n.Node, "test", ask{Trunk: id})
			switch {
			case err != nil:
				t.Problem = ErrNodeAway.Message
			case a.Error != "":
				t.Problem = a.Error
			case a.Tests != nil:
				t.Hosts = a.Tests
			}
			results <- t
		}()
	}
	list := make([]NodeTest, len(found))
	for i := range list {
		list[i] = <-results
	}
	slices.SortFunc(list, func(a, b NodeTest) int { return compare(a.Node, b.Node) })
	return list, nil
}

// NodeTrunk is how a trunk is, as one node sees it.
type NodeTrunk struct {
	Node string
	TrunkStatus
}

// trunkStates gives how trunks are, as all nodes see them.
func (s *Service) trunkStates() map[TrunkID][]NodeTrunk {
	all := map[TrunkID][]NodeTrunk{}
	for _, n := range s.lookWith(surroundingsOf) {
		for _, t := range n.Trunks {
			all[t.Trunk] = append(all[t.Trunk], NodeTrunk{n.Node, t})
		}
	}
	return all
}

// NodeRegistration is one contact of a phone, with the node at which it registered.
type NodeRegistration struct {
	Node string
	Registration
}

// registrations gives where phones are registered, by number, the newest first.
func (s *Service) registrations() map[string][]NodeRegistration {
	now := s.cfg.Clock.Now()
	all := map[string][]NodeRegistration{}
	for _, n := range s.lookWith(surroundingsOf) {
		for _, r := range n.Registrations {
			if r.Expires.After(now) {
				all[r.Phone] = append(all[r.Phone], NodeRegistration{n.Node, r})
			}
		}
	}
	for _, list := range all {
		slices.SortFunc(list, func(a, b NodeRegistration) int { return b.Since.Compare(a.Since) })
	}
	return all
}
