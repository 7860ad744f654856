package routing

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/routing/engine"
)

// MyAgent is how the asker works on the floor.
type MyAgent struct {
	AgentView
	Here bool `json:"here" doc:"Signed in by this session; false: in another place, which shows the contacts"`
}

// SignIn is what an agent says when he begins to work.
type SignIn struct {
	Phone    string
	State    engine.AgentState // ready or break
	Reason   string            // of a break
	TakeOver bool              // from another place where he is signed in
}

// me gives the asker as an agent.
func me(ctx context.Context) (*actor.Actor, error) {
	if _, err := actor.Allow(ctx, AgentWork); err != nil {
		return nil, err
	}
	a := actor.From(ctx)
	if a.Staff == uuid.Nil {
		return nil, ErrNoStaff
	}
	return a, nil
}

// SignInAgent signs the asker in to the floor at a phone. A second sign-in by the same session changes nothing but the
// phone. Errors: [ErrNoPhone], [ErrNoBreak], [ErrElsewhere], [ErrPhoneTaken], [ErrInContact], [ErrNoLeader].
func (s *Service) SignInAgent(ctx context.Context, in SignIn) (MyAgent, error) {
	if _, err := actor.Allow(ctx, AgentWork); err != nil {
		return MyAgent{}, err
	}
	a, err := me(ctx)
	if err != nil {
		return MyAgent{}, err
	}
	in.Phone = strings.TrimSpace(in.Phone)
	if in.Phone == "" || s.cfg.KnowsPhone != nil && !s.cfg.KnowsPhone(in.Phone) {
		return MyAgent{}, ErrNoPhone
	}
	session := Session{
		Staff: a.Staff, Account: a.Account, Login: a.Session, Number: a.Number, Name: a.Name, Phone: in.Phone, Centre: a.Centre, Wanted: in.State, Reason: in.Reason,
	}
	if err := s.describe(ctx, &session); err != nil {
		return MyAgent{}, err
	}
	return mine(ctx)(s.command(ctx, command{Act: actSignIn, Staff: a.Staff, Login: a.Session, Session: &session, TakeOver: in.TakeOver}))
}

// describe fills in where an agent belongs and what he can do today. While the database is away what was known last
// counts, if anything was.
func (s *Service) describe(ctx context.Context, a *Session) error {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	a.Places = a.Places[:0:0]
	for _, c := range tree.Path(organization.CentreOf(a.Centre)) {
		a.Places = append(a.Places, c.ID.UUID())
	}
	id := staffOf(a.Staff)
	list, err := s.cfg.Organization.SkillsOf(ctx, s.cfg.Pool, []organization.StaffID{id})
	if err != nil {
		if known, ok := s.roster.get(a.Staff); ok {
			a.Skills = known.Skills
			return nil
		}
		return fmt.Errorf("read what the agent can do: %w", err)
	}
	a.Skills = skillsOn(list, id, s.today())
	return nil
}

func (s *Service) today() organization.Day {
	zone, err := time.LoadLocation(organization.DefaultTimeZone)
	if err != nil {
		zone = time.UTC
	}
	return organization.DayOf(s.cfg.Clock.Now(), zone)
}

// mine makes the asker's view.
func mine(ctx context.Context) func(agentState, error) (MyAgent, error) {
	return func(v agentState, err error) (MyAgent, error) {
		if err != nil {
			return MyAgent{}, err
		}
		return MyAgent{AgentView: v.AgentView, Here: v.Login == actor.From(ctx).Session}, nil
	}
}

// MyAgent gives how the asker works on the floor; a state of signed_out when he does not. It is a sign of life of his
// page. Errors: [ErrNoLeader].
func (s *Service) MyAgent(ctx context.Context) (MyAgent, error) {
	if _, err := actor.Allow(ctx, AgentWork); err != nil {
		return MyAgent{}, err
	}
	a, err := me(ctx)
	if err != nil {
		return MyAgent{}, err
	}
	if known, ok := s.roster.get(a.Staff); !ok {
		return MyAgent{AgentView: AgentView{Staff: a.Staff, Number: a.Number, Name: a.Name, Centre: a.Centre, State: engine.SignedOut, Wanted: engine.SignedOut}}, nil
	} else if known.Login == a.Session {
		return mine(ctx)(s.command(ctx, command{Act: actSeen, Staff: a.Staff, Login: a.Session}))
	}
	v, err := s.ask(ctx, question{Staff: a.Staff})
	if err != nil || len(v.Agents) == 0 {
		return MyAgent{}, err
	}
	return mine(ctx)(v.Agents[0], nil)
}

// act does something with the asker's own session.
func (s *Service) act(ctx context.Context, what act, reason string) (MyAgent, error) {
	a, err := me(ctx)
	if err != nil {
		return MyAgent{}, err
	}
	return mine(ctx)(s.command(ctx, command{Act: what, Staff: a.Staff, Login: a.Session, Reason: reason}))
}

// GetReady has the asker take contacts, after the present one. Errors: [ErrNotSignedIn], [ErrElsewhere], [ErrNoLeader].
func (s *Service) GetReady(ctx context.Context) (MyAgent, error) {
	if _, err := actor.Allow(ctx, AgentWork); err != nil {
		return MyAgent{}, err
	}
	return s.act(ctx, actReady, "")
}

// TakeBreak has the asker take no contacts, after the present one. Errors: those of [Service.GetReady], [ErrNoBreak].
func (s *Service) TakeBreak(ctx context.Context, reason string) (MyAgent, error) {
	if _, err := actor.Allow(ctx, AgentWork); err != nil {
		return MyAgent{}, err
	}
	return s.act(ctx, actBreak, reason)
}

// WantWrapUp asks for work after the present contact. Errors: those of [Service.GetReady].
func (s *Service) WantWrapUp(ctx context.Context) (MyAgent, error) {
	if _, err := actor.Allow(ctx, AgentWork); err != nil {
		return MyAgent{}, err
	}
	return s.act(ctx, actWantWrapUp, "")
}

// EndWrapUp ends the work after the contact. Errors: those of [Service.GetReady].
func (s *Service) EndWrapUp(ctx context.Context) (MyAgent, error) {
	if _, err := actor.Allow(ctx, AgentWork); err != nil {
		return MyAgent{}, err
	}
	return s.act(ctx, actEndWrapUp, "")
}

// SignOutAgent has the asker leave the floor, after the present contact. Errors: those of [Service.GetReady].
func (s *Service) SignOutAgent(ctx context.Context) (MyAgent, error) {
	if _, err := actor.Allow(ctx, AgentWork); err != nil {
		return MyAgent{}, err
	}
	return s.act(ctx, actSignOut, "")
}

// Force is what a supervisor may do with an agent.
type Force string

// The ways.
const (
	ForcedReady Force = "ready"
	ForcedBreak Force = "break"
	ForcedOut   Force = "sign_out"
)

// ForceAgent makes an agent ready, puts him on a break or signs him out, on a supervisor's word; the reason stands in
// the audit, which comes first. Errors: [ErrNoAgent], [ErrNoBreak], [ErrNoLeader].
func (s *Service) ForceAgent(ctx context.Context, staff uuid.UUID, what Force, code, why string) (AgentView, error) {
	scope, err := actor.Allow(ctx, AgentForce)
	if err != nil {
		return AgentView{}, err
	}
	agent, ok := s.roster.get(staff)
	if !ok || !scope.Covers(agent.Centre) {
		return AgentView{}, ErrNoAgent
	}
	c := command{Staff: staff, Reason: code, Act: map[Force]act{ForcedReady: actForceReady, ForcedBreak: actForceBreak, ForcedOut: actForceOut}[what]}
	if _, ok := s.Tables().Break(code); what == ForcedBreak && !ok {
		return AgentView{}, ErrNoBreak
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
			Action: "routing.agent.force_" + string(what), Object: audit.Object{Kind: "routing.agent", ID: staff.String(), Label: agent.Number + " " + agent.Name},
			Centre: agent.Centre, Reason: why, Changes: []audit.Change{{Field: "reason", New: code}},
		})
	})
	if err != nil {
		return AgentView{}, err
	}
	v, err := s.command(ctx, c)
	return v.AgentView, err
}

// Agents gives everybody who is signed in and whom the asker may see, by staff number. Errors: [ErrNoLeader].
func (s *Service) Agents(ctx context.Context) ([]AgentView, error) {
	scope, err := actor.Allow(ctx, AgentRead)
	if err != nil {
		return nil, err
	}
	v, err := s.ask(ctx, question{})
	if err != nil {
		return nil, err
	}
	list := []AgentView{}
	for _, a := range v.Agents {
		if scope.Covers(a.Centre) {
			list = append(list, a.AgentView)
		}
	}
	slices.SortFunc(list, func(a, b AgentView) int { return strings.Compare(a.Number, b.Number) })
	return list, nil
}

// command has the leader do something, wherever it is. It waits for a leader for some seconds. Errors: [ErrNoLeader].
func (s *Service) command(ctx context.Context, c command) (agentState, error) {
	var out agentState
	err := s.atLeader(ctx, func(l *leader) (err error) {
		out, err = l.command(ctx, c)
		return err
	}, func(ctx context.Context) error {
		data, err := s.cfg.Bus.Request(ctx, commandSubject, encode(c))
		if err != nil {
			return err
		}
		return json.Unmarshal(data, &out)
	})
	return out, err
}

// ask has the leader tell something, wherever it is.
func (s *Service) ask(ctx context.Context, q question) (overview, error) {
	var out overview
	err := s.atLeader(ctx, func(l *leader) (err error) {
		out, err = l.view(ctx, q)
		return err
	}, func(ctx context.Context) error {
		data, err := s.cfg.Bus.Request(ctx, viewSubject, encode(q))
		if err != nil {
			return err
		}
		return unpack(data, &out)
	})
	return out, err
}

// leaderWithin is how long a person's question waits for a leader: longer than another takes to take over.
const leaderWithin = 4 * time.Second

// atLeader does something with the leader of this process, or with that of another.
func (s *Service) atLeader(ctx context.Context, here func(*leader) error, there func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, leaderWithin)
	defer cancel()
	for {
		var err error
		if l := s.leading.Load(); l != nil {
			err = here(l)
		} else {
			err = there(ctx)
		}
		if !isAny(err, ErrNoLeader, bus.ErrNoResponder, bus.ErrAway, bus.ErrTimeout) {
			return err
		}
		if clockErr := sleep(ctx, s, 100*time.Millisecond); clockErr != nil {
			return ErrNoLeader.WithCause(err)
		}
	}
}

// pack makes an answer small: thousands of agents in one message.
func pack(v any) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unpack(data []byte, v any) error {
	const most = 64 << 20
	return json.NewDecoder(io.LimitReader(flate.NewReader(bytes.NewReader(data)), most)).Decode(v)
}

// Caretaker keeps what agents can do as the organisation has it, and signs out agents whose page is gone, while this
// process leads, until stopped. It runs where [Service.Router] does.
func (s *Service) Caretaker() lifecycle.Service {
	return lifecycle.NewLoop("routing-caretaker", s.cfg.Logger, func(ctx context.Context) error {
		wake := make(chan struct{}, 1)
		for _, t := range []string{organization.TopicStaff.Name(), organization.TopicSkill.Name(), organization.TopicCentre.Name()} {
			sub, err := s.cfg.Bus.Subscribe(outbox.Subject(t), "", func(context.Context, bus.Message) { signal(wake) })
			if err != nil {
				return fmt.Errorf("listen for changes of agents: %w", err)
			}
			defer func() { _ = sub.Stop(context.WithoutCancel(ctx)) }()
		}
		timer := s.cfg.Clock.NewTimer(time.Minute)
		defer timer.Stop()
		for {
			timer.Reset(time.Minute) // skills begin and end with the day
			select {
			case <-ctx.Done():
				return nil
			case <-wake:
				if err := sleep(ctx, s, 200*time.Millisecond); err != nil { // many changes at once are one
					return nil
				}
			case <-timer.C():
			}
			if l := s.leading.Load(); l != nil {
				s.care(ctx, l)
			}
		}
	})
}

// care brings every session up to date.
func (s *Service) care(ctx context.Context, l *leader) {
	all := s.roster.all()
	ids := make([]organization.StaffID, len(all))
	for i, a := range all {
		ids[i] = staffOf(a.Staff)
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return // they stay as they are
	}
	held, err := s.cfg.Organization.SkillsOf(ctx, s.cfg.Pool, ids)
	if err != nil {
		return
	}
	day := s.today()
	for i, a := range all {
		next := a
		next.Skills, next.Places = skillsOn(held, ids[i], day), nil
		for _, c := range tree.Path(organization.CentreOf(a.Centre)) {
			next.Places = append(next.Places, c.ID.UUID())
		}
		if string(encode(next)) == string(encode(a)) {
			continue
		}
		if _, err := l.command(ctx, command{Act: actSkills, Staff: a.Staff, Session: &next}); err != nil {
			s.cfg.Logger.WarnContext(ctx, "what an agent can do is brought up to date later", "error", err)
		}
	}
	s.signOutGone(ctx, l)
}

// signOutGone signs out agents whose page has been gone for longer than the setting says.
func (s *Service) signOutGone(ctx context.Context, l *leader) {
	if s.cfg.Settings == nil {
		return
	}
	minutes := PageGone.Get(s.cfg.Settings, uuid.Nil)
	if minutes <= 0 {
		return
	}
	limit := time.Duration(minutes) * time.Minute
	var gone []uuid.UUID
	err := l.do(ctx, func() {
		for staff, a := range l.agents {
			if s.cfg.Clock.Now().Sub(a.seen) > limit && a.session.Wanted != engine.SignedOut {
				gone = append(gone, staff)
			}
		}
	})
	for _, staff := range gone {
		if err == nil {
			_, err = l.command(ctx, command{Act: actSignOut, Staff: staff})
		}
	}
	if err != nil {
		s.cfg.Logger.WarnContext(ctx, "agents without a page are signed out later", "error", err)
	}
}

// LiveAgent gives what a page that connects is told of its own agent; nothing when he does not work.
//
// Unchecked: the live connection names the account that asks, and gets nothing of others.
func (s *Service) LiveAgent(ctx context.Context, user string) (any, error) {
	for _, a := range s.roster.all() {
		if a.Account.String() != user {
			continue
		}
		v, err := s.ask(ctx, question{Staff: a.Staff})
		if err != nil || len(v.Agents) == 0 {
			return nil, err
		}
		return v.Agents[0], nil
	}
	return struct{}{}, nil
}
