package voice

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
)

// How what happens on nodes reaches processes that show it: every node publishes a snapshot of itself, every five
// seconds, and every second while somebody looks. A snapshot that is not renewed for 12 s is forgotten.
const (
	liveSubject  = "voice.live.node"
	watchSubject = "voice.live.watch"
	askSubject   = "voice.live.ask."

	idleEvery    = 5 * time.Second
	watchedEvery = time.Second
	watchedFor   = 15 * time.Second
	watchAgain   = 5 * time.Second // how often a process repeats that somebody looks
	liveExpiry   = 12 * time.Second

	callsPerPart  = 400 // some 200 KB of the 1 MiB that a message may have
	phonesPerPart = 800
)

// CallView is a live leg as it may be shown: numbers are masked.
type CallView struct {
	ID           CallID    `json:"id"`
	Conversation uuid.UUID `json:"conversation"`
	Node         string    `json:"node"`
	Direction    Direction `json:"direction"`
	State        LegState  `json:"state"`
	Caller       string    `json:"caller"` // masked
	Called       string    `json:"called"` // masked unless it belongs to nobody
	Trunk        TrunkID   `json:"trunk"`
	Phone        PhoneID   `json:"phone"`
	Centre       uuid.UUID `json:"centre"`
	Act          Act       `json:"act"`
	Started      time.Time `json:"started"`
	Answered     time.Time `json:"answered"`
	Codec        string    `json:"codec"`
	Quality      Quality   `json:"quality"`
	Recording    bool      `json:"recording"`
	SIPCallID    string    `json:"sip_call_id"`
}

// viewOf masks a leg.
func viewOf(node string, c LiveCall) CallView {
	return CallView{
		ID: c.ID, Conversation: c.Conversation, Node: node, Direction: c.Direction, State: c.State, Caller: MaskNumber(c.Caller), Called: MaskNumber(c.Called),
		Trunk: c.Trunk, Phone: c.Phone, Centre: c.Centre, Act: c.Act, Started: c.Started.UTC(), Answered: c.Answered.UTC(), Codec: c.Codec,
		Quality: c.Quality, Recording: c.Recording, SIPCallID: c.SIPCallID,
	}
}

// nodeState is what one node tells.
type nodeState struct {
	Node          string         `json:"node"`
	Calls         []CallView     `json:"calls"`
	Registrations []Registration `json:"registrations"`
	Trunks        []TrunkStatus  `json:"trunks"`
}

// part is a piece of a nodeState that fits a message. Parts of one epoch make a state; no part at all says goodbye.
type part struct {
	nodeState
	Epoch uint64 `json:"epoch"`
	Part  int    `json:"part"`
	Parts int    `json:"parts"` // 0: the node stops
}

func stateOf(node string, l Live) nodeState {
	s := surroundingsOf(node, l)
	calls := l.Calls()
	s.Calls = make([]CallView, len(calls))
	for i, c := range calls {
		s.Calls[i] = viewOf(node, c)
	}
	return s
}

// surroundingsOf is a state without its calls, of which there may be thousands.
func surroundingsOf(node string, l Live) nodeState {
	return nodeState{Node: node, Registrations: l.Registrations(), Trunks: l.TrunkStatus()}
}

// split cuts a state into parts.
func (s nodeState) split(epoch uint64) []part {
	calls := slices.Collect(slices.Chunk(s.Calls, callsPerPart))
	phones := slices.Collect(slices.Chunk(s.Registrations, phonesPerPart))
	list := make([]part, max(len(calls), len(phones), 1))
	for i := range list {
		list[i] = part{nodeState: nodeState{Node: s.Node}, Epoch: epoch, Part: i, Parts: len(list)}
		if i < len(calls) {
			list[i].Calls = calls[i]
		}
		if i < len(phones) {
			list[i].Registrations = phones[i]
		}
	}
	list[0].Trunks = s.Trunks
	return list
}

// nodes is what this process knows of the others.
type nodes struct {
	mu      sync.Mutex
	known   map[string]heard
	coming  map[string][]part
	watched time.Time // when this process last said that somebody looks
}

// heard is a whole state and when it came.
type heard struct {
	nodeState
	at time.Time
}

// take notes a part; the last one of an epoch completes the state.
func (n *nodes) take(p part, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil {
		n.known, n.coming = map[string]heard{}, map[string][]part{}
	}
	if p.Parts == 0 {
		delete(n.known, p.Node)
		delete(n.coming, p.Node)
		return
	}
	list := n.coming[p.Node]
	if len(list) > 0 && list[0].Epoch != p.Epoch || p.Part != len(list) {
		list = nil // a part was lost: the state is left out, the next one comes soon
	}
	if p.Part != len(list) {
		n.coming[p.Node] = nil
		return
	}
	list = append(list, p)
	n.coming[p.Node] = list
	if len(list) < p.Parts {
		return
	}
	whole := nodeState{Node: p.Node, Trunks: list[0].Trunks}
	for _, one := range list {
		whole.Calls = append(whole.Calls, one.Calls...)
		whole.Registrations = append(whole.Registrations, one.Registrations...)
	}
	n.known[p.Node], n.coming[p.Node] = heard{whole, now}, nil
}

// list gives what is not too old, by name of the node.
func (n *nodes) list(now time.Time) []heard {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []heard
	for name, h := range n.known {
		if now.Sub(h.at) > liveExpiry {
			delete(n.known, name)
			delete(n.coming, name)
			continue
		}
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b heard) int { return compare(a.Node, b.Node) })
	return all
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// look gives what this process knows of all nodes, itself asked directly.
func (s *Service) look() []heard { return s.lookWith(stateOf) }

func (s *Service) lookWith(own func(node string, l Live) nodeState) []heard {
	now := s.cfg.Clock.Now()
	all := s.nodes.list(now)
	if l := s.live.Load(); l != nil {
		all = append([]heard{{own(s.cfg.Node, *l), now}}, all...)
	}
	return all
}

// watch lets the nodes know that somebody looks, so that they tell every second.
func (s *Service) watch(ctx context.Context) {
	now := s.cfg.Clock.Now()
	s.nodes.mu.Lock()
	again := now.Sub(s.nodes.watched) >= watchAgain
	if again {
		s.nodes.watched = now
	}
	s.nodes.mu.Unlock()
	if again && s.cfg.Bus != nil {
		_ = s.cfg.Bus.Publish(ctx, watchSubject, nil) // who does not hear it tells every five seconds
	}
}

// Gatherer hears what other nodes tell, until stopped. Every process that shows pages runs one.
func (s *Service) Gatherer() lifecycle.Service {
	var sub *bus.Subscription
	return lifecycle.Func("voice-gatherer", func(context.Context) (err error) {
		if s.cfg.Bus == nil {
			return nil
		}
		sub, err = s.cfg.Bus.Subscribe(liveSubject, "", func(ctx context.Context, m bus.Message) {
			var p part
			if err := json.Unmarshal(m.Data, &p); err != nil {
				s.cfg.Logger.WarnContext(ctx, "a node told something that cannot be read", "error", err)
				return
			}
			if p.Node != s.cfg.Node || s.live.Load() == nil {
				s.nodes.take(p, s.cfg.Clock.Now())
			}
		})
		return err
	}, func(ctx context.Context) error {
		if sub == nil {
			return nil
		}
		return sub.Stop(ctx)
	})
}

// publisher tells what happens on this node.
type publisher struct {
	s       *Service
	live    Live
	epoch   uint64
	watched atomic.Int64 // until when, Unix nanoseconds
	wake    chan struct{}
	last    told
}

// told is what pages were last told, to tell them only of changes.
type told struct {
	calls         int
	registrations string
	trunks        string
}

// Publisher makes this process a node: pages of all processes show what live says, and what they ask is answered by
// it, until stopped. One per process.
func (s *Service) Publisher(live Live) lifecycle.Service {
	// Epochs of a restarted node must not meet those before.
	p := &publisher{s: s, live: live, epoch: uint64(s.cfg.Clock.Now().UnixNano()), wake: make(chan struct{}, 1)} // after 1970
	return lifecycle.NewLoop("voice-publisher", s.cfg.Logger, p.run)
}

func (p *publisher) run(ctx context.Context) error {
	s := p.s
	s.live.Store(&p.live)
	defer s.live.Store(nil)
	subs, err := p.listen()
	defer func() {
		for _, sub := range subs {
			_ = sub.Stop(context.WithoutCancel(ctx))
		}
		if s.cfg.Bus != nil {
			p.send(context.WithoutCancel(ctx), part{nodeState: nodeState{Node: s.cfg.Node}})
		}
	}()
	if err != nil {
		return err
	}
	timer := s.cfg.Clock.NewTimer(watchedEvery)
	defer timer.Stop()
	var published time.Time
	for {
		now := s.cfg.Clock.Now()
		watched := now.UnixNano() < p.watched.Load()
		if watched || now.Sub(published) >= idleEvery {
			p.publish(ctx, watched)
			published = now
		}
		timer.Reset(watchedEvery)
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-timer.C():
		}
	}
}

// publish sends the state of this node, and tells open pages what changed.
func (p *publisher) publish(ctx context.Context, watched bool) {
	state := stateOf(p.s.cfg.Node, p.live)
	p.epoch++
	if p.s.cfg.Bus != nil {
		for _, one := range state.split(p.epoch) {
			p.send(ctx, one)
		}
	}
	now := told{calls: len(state.Calls), registrations: registered(state.Registrations), trunks: states(state.Trunks)}
	if watched && (now.calls > 0 || p.last.calls > 0) {
		p.s.cfg.Tell(LiveTopic)
	}
	if now.registrations != p.last.registrations {
		p.s.cfg.Tell(PhonesLive)
	}
	if now.trunks != p.last.trunks {
		p.s.cfg.Tell(TrunksLive)
	}
	p.last = now
}

func (p *publisher) send(ctx context.Context, one part) {
	data, err := json.Marshal(one)
	if err == nil {
		err = p.s.cfg.Bus.Publish(ctx, liveSubject, data)
	}
	if err != nil {
		p.s.cfg.Logger.DebugContext(ctx, "other processes do not hear what happens here", "error", err) // the bus's own health says it
	}
}

// registered and states are what a page shows of them, to see whether that changed.
func registered(list []Registration) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = r.Phone + " " + r.Contact + " " + r.Source
	}
	slices.Sort(words)
	return fmt.Sprint(words)
}

func states(list []TrunkStatus) string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = fmt.Sprint(t.Trunk, t.State, t.Problem, t.SIP)
	}
	slices.Sort(words)
	return fmt.Sprint(words)
}

// ask is what another process wants of this node.
type ask struct {
	Call  CallID  `json:"call"`
	Trunk TrunkID `json:"trunk"`
}

// answer is what comes back.
type answer struct {
	Found  bool       `json:"found"`
	Ladder []Message  `json:"ladder"` // masked
	Tests  []HostTest `json:"tests"`
	Error  string     `json:"error"`
}

// listen takes what others ask.
func (p *publisher) listen() ([]*bus.Subscription, error) {
	b := p.s.cfg.Bus
	if b == nil {
		return nil, nil
	}
	var subs []*bus.Subscription
	watch, err := b.Subscribe(watchSubject, "", func(context.Context, bus.Message) {
		p.watched.Store(p.s.cfg.Clock.Now().Add(watchedFor).UnixNano())
		select {
		case p.wake <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listen for who looks: %w", err)
	}
	subs = append(subs, watch)
	for _, what := range []string{"ladder", "hang", "test"} {
		sub, err := b.Respond(askOf(p.s.cfg.Node, what), "", func(ctx context.Context, m bus.Message) ([]byte, error) {
			var a ask
			if err := json.Unmarshal(m.Data, &a); err != nil {
				return nil, fmt.Errorf("read what is asked: %w", err)
			}
			return json.Marshal(answerTo(ctx, p.live, what, a))
		})
		if err != nil {
			return subs, fmt.Errorf("listen for questions: %w", err)
		}
		subs = append(subs, sub)
	}
	return subs, nil
}

// askOf is the subject of a node's questions; its name may have characters that subjects have not.
func askOf(node, what string) string {
	return askSubject + hex.EncodeToString([]byte(node)) + "." + what
}

func answerTo(ctx context.Context, l Live, what string, a ask) answer {
	switch what {
	case "ladder":
		list, ok := l.Ladder(a.Call)
		return answer{Found: ok, Ladder: maskLadder(list)}
	case "hang":
		return answer{Found: l.Hang(a.Call)}
	case "test":
		tests, err := l.TestTrunk(ctx, a.Trunk)
		if err != nil {
			return answer{Found: true, Error: err.Error()}
		}
		return answer{Found: true, Tests: tests}
	}
	return answer{}
}

func maskLadder(list []Message) []Message {
	masked := make([]Message, len(list))
	for i, m := range list {
		m.FirstLine, m.At = MaskLine(m.FirstLine), m.At.UTC()
		masked[i] = m
	}
	return masked
}

// askNode asks a node, this one directly. Errors: [ErrNodeAway].
func (s *Service) askNode(ctx context.Context, node, what string, a ask) (answer, error) {
	if l := s.live.Load(); l != nil && node == s.cfg.Node {
		return answerTo(ctx, *l, what, a), nil
	}
	if s.cfg.Bus == nil {
		return answer{}, ErrNodeAway
	}
	data, err := json.Marshal(a)
	if err != nil {
		return answer{}, fmt.Errorf("write a question: %w", err)
	}
	raw, err := s.cfg.Bus.Request(ctx, askOf(node, what), data)
	if err != nil {
		return answer{}, ErrNodeAway.WithCause(err)
	}
	var out answer
	if err := json.Unmarshal(raw, &out); err != nil {
		return answer{}, fmt.Errorf("read an answer: %w", err)
	}
	return out, nil
}
