package sip

import (
	"context"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/ending"
	"yingda/internal/voice/sip/registrar"
	"yingda/internal/voice/sip/trunk"
)

// way is one place where a call is tried.
type way struct {
	target      sip.Uri
	network     string
	destination string
	trunk       trunk.Trunk
	phone       string
	login       *login
	patience    time.Duration // how long it may stay silent before the next is tried; 0: as long as the transaction
	release     func()
}

// gaveUp is why a call of ours is taken back, as the cause of its context.
type gaveUp struct{ ending ending.Ending }

func (g gaveUp) Error() string { return "call taken back: " + string(g.ending.Reason) }

// GiveUp makes the cause with which the context of [Agent.Dial] ends, so that the call ends for this reason of ours.
// Without one it ends as given up by the caller.
func GiveUp(reason ending.Reason) error { return gaveUp{ending.Of(reason, ending.Ours)} }

// Dial makes a call and waits until it is answered. A phone rings at all its contacts, the first to
// answer wins; a number is tried on the group's trunks in their order, the next one only when
// [ending.Ending.Retry] says that it is safe and useful. When ctx ends the call is taken back: CANCEL,
// or ACK and BYE when their answer was faster. The error is a *[NotAnswered].
func (a *Agent) Dial(ctx context.Context, c Call) (*Leg, error) {
	if !a.acquire() {
		return nil, &NotAnswered{Ending: ending.Of(ending.CallLimit, ending.Ours)}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if c.Ring > 0 {
		limit := deadline{fire: func(time.Time) { cancel(gaveUp{ending.Of(ending.NoAnswerReason, ending.Theirs)}) }}
		a.wheel.set(&limit, a.clock.Now().Add(c.Ring))
		defer a.wheel.set(&limit, time.Time{})
	}
	var l *Leg
	var err error
	if c.Phone != "" {
		l, err = a.dialPhone(ctx, &c)
	} else {
		l, err = a.dialTrunks(ctx, &c)
	}
	if err != nil {
		a.giveBack()
	}
	return l, err
}

// dialTrunks tries the group's trunks in turn.
func (a *Agent) dialTrunks(ctx context.Context, c *Call) (*Leg, error) {
	var candidates []trunk.Candidate
	if a.cfg.Trunks != nil {
		candidates = a.cfg.Trunks.Choose(c.Trunk)
	}
	var last error = &NotAnswered{Ending: ending.Of(ending.TrunkDown, ending.Network)}
	for i, candidate := range candidates {
		release, room := a.cfg.Trunks.Acquire(candidate.Trunk.ID)
		if !room {
			last = &NotAnswered{Ending: ending.Of(ending.CallLimit, ending.Ours)}
			continue
		}
		w := trunkWay(c.To, candidate)
		w.release = release
		if i < len(candidates)-1 {
			w.patience = a.cfg.TrunkWait
		}
		l, err := a.invite(ctx, c, w)
		e := EndingOf(err)
		heard := err == nil || e.Reason != ending.Timeout && e.Reason != ending.TrunkDown
		if heard || context.Cause(ctx) == nil {
			a.cfg.Trunks.Report(candidate.Trunk.ID, candidate.Host, heard)
		}
		if err == nil {
			return l, nil
		}
		release()
		last = err
		if !e.Retry || e.Side == ending.Ours || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, last
}

func trunkWay(to string, c trunk.Candidate) way {
	w := way{
		target:  sip.Uri{Scheme: "sip", User: userPart(to), Host: c.Host.Name},
		network: strings.ToUpper(string(c.Trunk.Transport)), destination: c.Address, trunk: c.Trunk,
	}
	if c.Host.Port != c.Trunk.Transport.DefaultPort() {
		w.target.Port = c.Host.Port
	}
	if w.network != "UDP" {
		w.target.UriParams = sip.HeaderParams{{K: "transport", V: strings.ToLower(w.network)}}
	}
	if c.Trunk.Username != "" {
		w.login = &login{user: c.Trunk.Username, password: c.Trunk.Password.Reveal()}
	}
	return w
}

// outcome is what came of one branch of a fork.
type outcome struct {
	leg *Leg
	err error
}

// dialPhone rings at all contacts of a phone at once.
func (a *Agent) dialPhone(ctx context.Context, c *Call) (*Leg, error) {
	var bindings []registrar.Binding
	if a.registrar != nil {
		bindings = a.registrar.Lookup(c.Phone)
	}
	if len(bindings) == 0 {
		return nil, &NotAnswered{Ending: ending.Of(ending.Unavailable, ending.Theirs)}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan outcome, len(bindings))
	for _, b := range bindings {
		w := way{target: b.Contact, network: b.Flow.Transport(), destination: b.Flow.Destination(), phone: c.Phone, release: func() {}}
		a.work.Go(func() {
			l, err := a.inviteSafely(ctx, c, w)
			results <- outcome{leg: l, err: err}
		})
	}
	var won *Leg
	var best error
	for range bindings {
		r := <-results
		switch {
		case r.err == nil && won == nil:
			won = r.leg
			cancel(gaveUp{ending.Of(ending.AnsweredElsewhere, ending.Ours)})
		case r.err == nil:
			r.leg.keepRoom()
			r.leg.drop(ending.Of(ending.AnsweredElsewhere, ending.Ours))
		case best == nil || rank(r.err) > rank(best):
			best = r.err
			if e := EndingOf(r.err); e.SIP >= 600 && won == nil {
				cancel(gaveUp{e}) // a 6xx speaks for all contacts
			}
		}
	}
	if won != nil {
		return won, nil
	}
	return nil, best
}

// inviteSafely is invite for a goroutine of its own.
func (a *Agent) inviteSafely(ctx context.Context, c *Call, w way) (l *Leg, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.panicked("dial", p)
			l, err = nil, &NotAnswered{Ending: ending.Of(ending.Internal, ending.Ours)}
		}
	}()
	return a.invite(ctx, c, w)
}

// rank tells which failure of several contacts is the callee's answer (RFC 3261, section 16.7 step 6).
func rank(err error) int {
	switch e := EndingOf(err); {
	case e.SIP >= 600:
		return 5
	case e.Result == ending.Busy, e.Result == ending.Rejected:
		return 4
	case e.Result == ending.NoAnswer:
		return 3
	case e.Result == ending.Cancelled:
		return 2
	default:
		return 1
	}
}
