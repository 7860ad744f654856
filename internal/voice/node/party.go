package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/voice"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/media"
	"yingda/internal/voice/sdp"
	"yingda/internal/voice/sip"
)

// partingTime bounds how long a BYE or a refusal may take to be sent; the leg ends by itself after it.
const partingTime = 5 * time.Second

// party is one side of a call.
type party struct {
	id        voice.CallID
	direction voice.Direction
	began     time.Time
	caller    string
	called    string
	trunk     voice.TrunkID
	phone     voice.PhoneID
	desk      string      // the phone that is busy with it; empty: none, or a queue's call
	codecs    []sdp.Codec // that may be agreed, in the order of preference; nil: all
	sound     *media.Leg
	leg       *sip.Leg // nil while it is being dialled; set once, before the party's events are read

	mu           sync.Mutex
	talk         *conversation // who owns it
	state        voice.LegState
	answered     time.Time
	centre       uuid.UUID
	act          voice.Act
	conversation uuid.UUID
	holding      bool // they do not want to hear us
	recorded     bool
	local        sdp.Local // what we say next
	offered      sdp.Local // our offer that they have not answered
	body         []byte    // what we said last
	agreed       sdp.Agreed
	sounds       bool     // something was agreed
	tries        []string // SIP Call-IDs of the ways by which we called it
	gone         bool     // reported
}

// newParty opens the sound of a party that is not yet anybody's.
func (n *Node) newParty(direction voice.Direction, began time.Time) (*party, error) {
	sound, err := n.engine.NewLeg()
	if err != nil {
		return nil, err
	}
	p := &party{
		id: voice.NewCallID(), direction: direction, began: began, sound: sound, state: voice.Setting,
		local: sdp.Local{Address: n.engine.Public(), Port: sound.Port(), Session: rand.Uint64() >> 1, Version: 1},
	}
	sound.OnTimeout(func() { p.fellSilent() })
	return p, nil
}

// fellSilent ends a leg that sends no sound at all, unless it owes us none: it holds us, or has not been answered.
func (p *party) fellSilent() {
	p.mu.Lock()
	owes := !p.holding && !p.answered.IsZero()
	p.mu.Unlock()
	if owes {
		p.hang(ending.NoMedia)
	}
}

// next gives what we offer or answer now.
func (p *party) next() sdp.Local {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.local.Codecs = p.codecs
	l := p.local
	p.local.Version++
	return l
}

// accept answers their offer; the sound follows it at once.
func (p *party) accept(offer *sdp.Description) ([]byte, error) {
	body, agreed, err := offer.Answer(p.next())
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.body = body
	p.mu.Unlock()
	p.settle(agreed)
	return body, nil
}

// description is what we answer an INVITE with: the answer to its offer, once, or our offer when it had none.
func (p *party) description() ([]byte, error) {
	p.mu.Lock()
	said := p.body
	p.mu.Unlock()
	if said != nil {
		return said, nil
	}
	if offer := p.leg.Remote(); offer != nil {
		return p.accept(offer)
	}
	offered := p.next()
	body := sdp.Offer(offered)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offered, p.body = offered, body
	return body, nil
}

// settleOffer takes their answer to our offer.
func (p *party) settleOffer(offered sdp.Local, answer *sdp.Description) error {
	agreed, err := sdp.Accept(offered, answer)
	if err != nil {
		return fmt.Errorf("use their answer: %w", err)
	}
	p.settle(agreed)
	return nil
}

func (p *party) settle(agreed sdp.Agreed) {
	p.mu.Lock()
	p.agreed, p.sounds = agreed, true
	p.mu.Unlock()
	p.sound.Apply(agreed)
}

// hang ends the leg, whatever its state; its Ended event follows.
func (p *party) hang(reason ending.Reason) {
	p.set(voice.Ending)
	p.mu.Lock()
	leg, talk := p.leg, p.talk
	p.mu.Unlock()
	if leg == nil { // it is still being dialled
		if talk != nil {
			talk.abandon(p, reason)
		}
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), partingTime)
	defer cancel()
	_ = leg.Hang(ctx, reason) // a leg that cannot be told has ended, or will by its timers
}

func (p *party) set(state voice.LegState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != voice.Ending {
		p.state = state
	}
}

// pickedUp notes the answer.
func (p *party) pickedUp(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answered.IsZero() {
		p.answered = at
	}
	if p.state != voice.Ending {
		p.state = voice.Talking
	}
}

func (p *party) hold(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holding = on
	switch {
	case p.state == voice.Talking && on:
		p.state = voice.Held
	case p.state == voice.Held && !on:
		p.state = voice.Talking
	}
}

func (p *party) holds() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.holding
}

// tried notes a way by which it is being called.
func (n *Node) tried(p *party, t sip.Try) {
	n.ladders.own(t.CallID)
	p.mu.Lock()
	p.tries = append(p.tries, t.CallID)
	p.mu.Unlock()
	n.place(p, t.Trunk, t.Phone)
}

// callIDs gives the SIP Call-IDs of its messages, and the one that it is known by: that of its leg, or of the last try.
func (p *party) callIDs() (all []string, main string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all = slices.Clone(p.tries)
	if p.leg != nil {
		main = p.leg.CallID()
		if len(all) == 0 {
			all = []string{main}
		}
	} else if len(all) > 0 {
		main = all[len(all)-1]
	}
	return all, main
}

// belongs tells whose the party is from now on.
func (p *party) belongs(c *conversation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.talk, p.conversation, p.centre, p.act = c, c.id, c.step.Centre, c.step.Act
}

func (p *party) owner() *conversation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.talk
}

// events are those of the leg; nil, which never has one, without a leg.
func (p *party) events() <-chan sip.Event {
	if p == nil || p.leg == nil {
		return nil
	}
	return p.leg.Events()
}
