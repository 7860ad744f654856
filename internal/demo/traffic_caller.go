package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/voice/carrier"
	"yingda/internal/voice/media/g711"
)

const (
	talkMedian    = 50 * time.Second
	talkSigma     = 0.6
	patienceMean  = 90 * time.Second
	longestCall   = 12 * time.Minute
	dialPatience  = 45 * time.Second
	callerStep    = 500 * time.Millisecond // how often a caller looks what happens
	thinkingLeast = 2 * time.Second        // before the first key
)

// callers lets people call, as the hour of the day has it.
func (r *trafficRun) callers(ctx context.Context) {
	random := rand.New(rand.NewPCG(uint64(r.until.UnixNano()), 1)) //nolint:gosec // of a demonstration
	voices := customerVoices()
	for made := 0; made < mostCalls && r.cfg.Clock.Now().Before(r.until); {
		r.mu.Lock()
		perHour := r.rate * shareAt(r.cfg.Clock.Now())
		r.mu.Unlock()
		// In steps of at most 5 s, so that another rate holds at once: what is left of an exponential time is one again.
		wait := untilNext(random, perHour)
		const step = 5 * time.Second
		if clock.Sleep(ctx, r.cfg.Clock, min(wait, step)) != nil {
			break
		}
		if wait > step {
			continue
		}
		if c, ok := r.newCaller(random, voices); ok {
			made++
			r.work.Go(func() { r.call(ctx, c) })
		}
	}
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.cancel() // its time is over
}

// caller is somebody who is going to call.
type caller struct {
	number, to   string
	keys         string // pressed in the greeting; empty: he hangs up there
	think        time.Duration
	patience     time.Duration
	talk         time.Duration
	voice        []int16
	greeted      bool // his number leads through the greeting
	hangsUpEarly bool
}

// newCaller draws who calls next; none while too many are on the line.
func (r *trafficRun) newCaller(random *rand.Rand, voices [][]int16) (caller, bool) {
	c := caller{
		number: fmt.Sprintf("%07d%04d", firstSegment+uint32(random.IntN(5*segmentsPerCity)), random.IntN(10_000)),
		think:  thinkingLeast + time.Duration(random.ExpFloat64()*float64(2*time.Second)), patience: patience(random, patienceMean),
		talk: logNormal(random, talkMedian, talkSigma), voice: voices[random.IntN(len(voices))],
	}
	switch share := random.Float64(); {
	case share < 0.70:
		c.to, c.greeted = NumberGreeting, true
	case share < 0.82:
		c.to, c.greeted = NumberComplaint, true
	case share < 0.90:
		c.to = NumberEnglish
	default:
		c.to = NumberStraight
	}
	switch share := random.Float64(); {
	case share < 0.82:
		c.keys = "1"
	case share < 0.88:
		c.keys = "0"
	case share < 0.93:
		c.keys = "7,,,1" // a wrong key first
	case share < 0.96:
		c.keys = "9,,1" // English first
	default:
		c.hangsUpEarly = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.calling) >= MostCallers || r.calling[lastFour(c.number)] {
		return c, false
	}
	r.calling[lastFour(c.number)] = true
	r.state.Made++
	return c, true
}

// call is one call from dialling to its end.
func (r *trafficRun) call(ctx context.Context, c caller) {
	defer func() {
		r.mu.Lock()
		delete(r.calling, lastFour(c.number))
		r.mu.Unlock()
	}()
	ctx, cancel := context.WithTimeout(ctx, longestCall)
	defer cancel()
	s, err := carrier.Start(ctx, carrier.Call{
		To: c.to, Proxy: r.cfg.SIP, From: c.number, Local: netip.MustParseAddr(simulatedCarrier), Codecs: []carrier.Codec{carrier.PCMA},
		Play: carrier.Samples(c.voice, true), Ring: longestCall, Agent: "yingda simulated caller", Clock: r.cfg.Clock, Logger: r.cfg.Logger,
	})
	if err != nil {
		r.notConnected(ctx, err)
		return
	}
	defer func() { _ = s.Close() }() // hung up by then
	dialling, stop := context.WithTimeout(ctx, dialPatience+c.patience)
	err = s.Wait(dialling)
	stop()
	if err != nil {
		r.notConnected(ctx, err)
		return
	}
	if c.greeted && !r.chooses(ctx, s, c) {
		r.count(func(s *TrafficState) { s.GaveUp++ })
		return
	}
	if !r.isServed(ctx, s, c) {
		r.count(func(s *TrafficState) { s.GaveUp++ })
		return
	}
	r.count(func(s *TrafficState) { s.Served++ })
	r.wait(ctx, s, c.talk)
}

func (r *trafficRun) notConnected(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	r.trouble("call", err)
	r.count(func(s *TrafficState) { s.Failed++ })
}

// chooses presses keys in the greeting; false: the caller hung up there.
func (r *trafficRun) chooses(ctx context.Context, s *carrier.Session, c caller) bool {
	if !r.wait(ctx, s, c.think) || c.hangsUpEarly {
		return false
	}
	return s.SendDigits(ctx, c.keys, carrier.Keying{}) == nil
}

// isServed waits until an agent is with the caller; false: one of them hung up before.
func (r *trafficRun) isServed(ctx context.Context, s *carrier.Session, c caller) bool {
	for waited := time.Duration(0); waited < c.patience; waited += callerStep {
		r.mu.Lock()
		served := r.talking[lastFour(c.number)]
		r.mu.Unlock()
		if served {
			return true
		}
		if !r.wait(ctx, s, callerStep) {
			return false
		}
	}
	return false
}

// wait lets time pass; false: the call ended meanwhile.
func (r *trafficRun) wait(ctx context.Context, s *carrier.Session, d time.Duration) bool {
	timer := r.cfg.Clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C():
		return true
	case <-s.Ended():
	case <-ctx.Done():
	}
	return false
}

// customerVoices are some dialogues' customers, made by arithmetic.
func customerVoices() [][]int16 {
	random := rand.New(rand.NewPCG(seed, 11)) //nolint:gosec // the same for everybody
	list := make([][]int16, 4)
	for i := range list {
		customer, _ := dialogue(random, 20)
		list[i] = decoded(customer)
	}
	return list
}

func decoded(alaw []byte) []int16 {
	out := make([]int16, len(alaw))
	for i, b := range alaw {
		out[i] = g711.DecodeALaw(b)
	}
	return out
}
