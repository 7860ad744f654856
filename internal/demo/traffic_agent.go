package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/interaction"
	"yingda/internal/platform/clock"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
	"yingda/internal/voice/carrier"
)

const (
	wrapMedian  = 12 * time.Second
	wrapSigma   = 0.5
	lookEvery   = time.Second // at one's own state, as a page does
	breakShare  = 0.03        // of contacts after which somebody takes a short break
	breakMedian = 40 * time.Second
	hangUpShare = 0.2 // of calls that the agent ends
	noteShare   = 0.35
)

// seatSpace makes the session by which a simulated agent signs in: the same after a restart, so that he finds his seat.
var seatSpace = uuid.MustParse("7b0c7a34-2a55-5e0d-8f0e-5d9a1c3b6e01")

var notes = []string{
	"客户咨询本月账单，已逐项解释，客户认可。", "宽带闪断，远程重启光猫后恢复，已告知如再出现请来电。", "核实套餐外流量费用，客户要求改办更大流量套餐。",
	"反映信号弱，已登记位置和时间段。", "客户对收费有异议，已说明计费规则，客户表示再考虑。", "Explained roaming tariffs; the customer will order a day pass.",
}

// agents lets each seat work until the run ends, then signs all out.
func (r *trafficRun) agents(ctx context.Context) {
	ours := agentVoices()
	var seated sync.WaitGroup
	for i, seat := range r.cfg.Floor.Seats {
		seated.Go(func() {
			r.work1(ctx, seat, ours[i%len(ours)], rand.New(rand.NewPCG(uint64(r.until.UnixNano()), uint64(i)+100)))
		}) //nolint:gosec // of a demonstration
	}
	seated.Wait()
}

// as gives a context in which the member of staff acts, as his page would. His name says that it is not him.
func (s Seat) as(ctx context.Context) context.Context {
	scope := actor.Places([]uuid.UUID{s.Centre}, nil, nil)
	return actor.With(ctx, actor.New(actor.Actor{
		Kind: actor.Person, Account: s.Account, Session: uuid.NewSHA1(seatSpace, []byte(s.Number)), Staff: s.Staff, Number: s.Number, Name: s.Name + "（模拟）", Centre: s.Centre,
	}, map[actor.Permission]actor.Scope{routing.AgentWork: scope, interaction.ContactOwn: scope}))
}

// work1 is the day of one simulated agent.
func (r *trafficRun) work1(ctx context.Context, seat Seat, voice []int16, random *rand.Rand) {
	phone, err := carrier.NewPhone(carrier.PhoneConfig{
		Registrar: r.cfg.SIP, User: seat.Phone, Password: PhonePassword, Local: netip.MustParseAddr("127.0.0.1"), Expires: 5 * time.Minute,
		Answer: carrier.Policy{Mode: carrier.AnswerAtOnce, After: time.Duration(1000+random.IntN(2500)) * time.Millisecond}, Codecs: []carrier.Codec{carrier.PCMA},
		Play:   func() carrier.Source { return carrier.Samples(voice, true) },
		OnCall: func(s *carrier.Session) { r.perhapsHangUp(ctx, s) },
		Agent:  "yingda simulated phone", Clock: r.cfg.Clock, Logger: r.cfg.Logger,
	})
	if err != nil {
		r.trouble("open a phone", err)
		return
	}
	defer r.goHome(ctx, phone, seat)
	if err := r.sitDown(ctx, phone, seat); err != nil {
		if ctx.Err() == nil && !errors.Is(err, routing.ErrElsewhere) {
			r.trouble("sign in "+seat.Number, err)
		}
		return
	}
	r.count(func(s *TrafficState) { s.Agents++ })
	defer r.count(func(s *TrafficState) { s.Agents-- })
	a := simulatedAgent{run: r, random: random, centre: seat.Centre}
	me := seat.as(ctx)
	for clock.Sleep(ctx, r.cfg.Clock, lookEvery) == nil {
		if !a.look(me) {
			return // a person took the seat over, or a shift leader signed him out
		}
	}
}

// sitDown registers the phone and signs in. The voice node may not listen yet, and no router lead.
func (r *trafficRun) sitDown(ctx context.Context, phone *carrier.Phone, seat Seat) error {
	var err error
	for range 30 {
		if err = phone.Start(ctx); err == nil {
			if _, err = r.cfg.Desks.SignInAgent(seat.as(ctx), routing.SignIn{Phone: seat.Phone, State: engine.Ready}); err == nil || errors.Is(err, routing.ErrElsewhere) {
				return err
			}
		}
		if clock.Sleep(ctx, r.cfg.Clock, time.Second) != nil {
			break
		}
	}
	return err
}

// goHome signs out and takes the phone away.
func (r *trafficRun) goHome(ctx context.Context, phone *carrier.Phone, seat Seat) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if me, err := r.cfg.Desks.MyAgent(seat.as(last)); err == nil && me.Here && me.State != engine.SignedOut {
		_, _ = r.cfg.Desks.SignOutAgent(seat.as(last)) // the caretaker signs out who is left
	}
	_ = phone.Stop(last)
}

// perhapsHangUp lets the agent end some of the calls.
func (r *trafficRun) perhapsHangUp(ctx context.Context, s *carrier.Session) {
	if !chance(hangUpShare) {
		return
	}
	r.work.Go(func() {
		select {
		case <-s.Answered():
		case <-s.Ended():
			return
		case <-ctx.Done():
			return
		}
		if clock.Sleep(ctx, r.cfg.Clock, logNormal(rand.New(rand.NewPCG(rand.Uint64(), 3)), talkMedian, talkSigma)) == nil { //nolint:gosec // of a demonstration
			_ = s.Bye(ctx)
		}
	})
}

// simulatedAgent is what one of them does on his page.
type simulatedAgent struct {
	run    *trafficRun
	random *rand.Rand
	centre uuid.UUID
	last   uuid.UUID // contact that is written up
	due    time.Time // when the wrap-up or the break is over
	onEnd  bool      // something is due
}

// look does what is to be done now; false: this is not his seat any more.
func (a *simulatedAgent) look(ctx context.Context) bool {
	me, err := a.run.cfg.Desks.MyAgent(ctx)
	if err != nil {
		return true // no router leads now
	}
	if !me.Here || me.State == engine.SignedOut {
		return false
	}
	now := a.run.cfg.Clock.Now()
	switch me.State {
	case engine.WrappingUp:
		if me.Contact != nil && me.Contact.ID != a.last {
			a.last, a.due, a.onEnd = me.Contact.ID, now.Add(logNormal(a.random, wrapMedian, wrapSigma)), true
			a.say(ctx, me.Contact.ID)
		}
		if a.onEnd && now.After(a.due) {
			a.onEnd = false
			a.finish(ctx)
		}
	case engine.NoAnswer:
		_, err = a.run.cfg.Desks.GetReady(ctx)
	case engine.OnBreak:
		if !a.onEnd || now.After(a.due) {
			a.onEnd = false
			_, err = a.run.cfg.Desks.GetReady(ctx)
		}
	default:
	}
	if err != nil && ctx.Err() == nil {
		a.run.trouble("work as an agent", err)
	}
	return true
}

// finish ends the wrap-up, now and then with a short break.
func (a *simulatedAgent) finish(ctx context.Context) {
	if chance(breakShare) {
		if _, err := a.run.cfg.Desks.TakeBreak(ctx, "rest"); err == nil {
			a.due, a.onEnd = a.run.cfg.Clock.Now().Add(logNormal(a.random, breakMedian, wrapSigma)), true
		}
	}
	if _, err := a.run.cfg.Desks.EndWrapUp(ctx); err != nil && ctx.Err() == nil {
		a.run.trouble("end a wrap-up", err)
	}
}

// say gives the contact a disposition, sometimes two, and now and then a note.
func (a *simulatedAgent) say(ctx context.Context, contact uuid.UUID) {
	all, err := a.run.cfg.Words.Dispositions(ctx, a.centre, "")
	if err != nil {
		a.run.trouble("read the dispositions", err)
		return
	}
	var codes []string
	for _, i := range a.random.Perm(len(all)) {
		if all[i].Leaf {
			codes = append(codes, all[i].Code)
		}
		if len(codes) == 1 && !chance(0.15) || len(codes) == 2 {
			break
		}
	}
	if _, err := a.run.cfg.Words.Dispose(ctx, contact, codes, 0); err != nil {
		a.run.trouble("give a disposition", err)
		return
	}
	if chance(noteShare) {
		if _, err := a.run.cfg.Words.Note(ctx, contact, notes[a.random.IntN(len(notes))], 0); err != nil {
			a.run.trouble("write a note", err)
		}
	}
}

// agentVoices are some dialogues' agents.
func agentVoices() [][]int16 {
	random := rand.New(rand.NewPCG(seed, 13)) //nolint:gosec // the same for everybody
	list := make([][]int16, 3)
	for i := range list {
		_, ours := dialogue(random, 20)
		list[i] = decoded(ours)
	}
	return list
}
