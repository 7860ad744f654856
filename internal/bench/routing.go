package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/pflag"

	"yingda/internal/routing/engine"
)

// routingSize is the size of `bench routing`; the defaults are those that the aim speaks of.
type routingSize struct {
	agents, skills, waiting int
	length                  time.Duration
}

func benchRouting() Bench {
	var size routingSize
	return Bench{
		Name:    "routing",
		Summary: "Routing: decisions a second and their delay with 2,000 agents, 50 skills and 5,000 who wait",
		Flags: func(fs *pflag.FlagSet) {
			fs.IntVar(&size.agents, "agents", 2000, "agents who are signed in")
			fs.IntVar(&size.skills, "skills", 50, "skills, with a queue for each")
			fs.IntVar(&size.waiting, "waiting", 5000, "contacts that wait all the time")
			fs.DurationVar(&size.length, "for", 5*time.Second, "how long each measurement takes")
		},
		Run: func(ctx context.Context, env Env) (Result, error) { return runRouting(ctx, env, size) },
	}
}

func runRouting(ctx context.Context, env Env, size routingSize) (Result, error) {
	r := Result{Name: "routing", Metrics: map[string]float64{}}
	m := r.Metrics
	plain := size.busy(env, "busy", false)
	m["decisions_per_s"], m["decision_p99_us"] = plain.perSecond(), plain.quantile(0.99)
	m["decisions_per_wall_s"] = plain.perWallSecond()
	m["decision_p50_us"], m["decision_max_us"] = plain.quantile(0.5), plain.quantile(1)
	size.looks(m)
	explained := size.busy(env, "busy, explained", true)
	m["decisions_explained_per_s"], m["decision_explained_p99_us"] = explained.perSecond(), explained.quantile(0.99)
	calm := size.calm(env)
	m["calm_decisions_per_s"], m["calm_decision_p99_us"] = calm.perSecond(), calm.quantile(0.99)
	for _, times := range []struct {
		name  string
		scale float64
	}{{"quarter", 0.25}, {"fourfold", 4}} {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		other := size
		other.agents, other.waiting = int(float64(size.agents)*times.scale), int(float64(size.waiting)*times.scale)
		found := other.busy(env, "busy, "+times.name, false)
		m[fmt.Sprintf("us_per_decision_%s", times.name)] = 1e6 / found.perSecond()
		m[fmt.Sprintf("decision_%s_p99_us", times.name)] = found.quantile(0.99)
	}
	m["us_per_decision"] = 1e6 / plain.perSecond()
	r.Notes = append(r.Notes,
		fmt.Sprintf("%d agents with 3 to 7 of %d skills at levels 1 to 9, a queue for each skill at level 3 (1 after a minute), %d wait; a tenth has priority, a tenth prefers an agent",
			size.agents, size.skills, size.waiting),
		"a decision is three events: an agent's call ends and he is offered the next (its delay is decision_*), he takes it, and somebody new comes in",
		"calm: nobody waits and half of the agents are free; somebody comes in and is offered (the delay), is taken, and leaves",
		"decisions are counted per second of CPU, garbage collection included, since machines are shared; *_wall_s and delays by the clock",
		"view, check, hash, configure: the best of five, while decisions wait",
		"quarter and fourfold: as many agents and waiting; time passes as on the clock, so that places are told meanwhile")
	return r, ctx.Err()
}

// found is how long deciding events took.
type found struct {
	elapsed time.Duration
	cpu     float64   // seconds, those of collecting garbage included
	delays  []float64 // microseconds, as the clock on the wall has it
}

// perSecond is per second of a core, of which other processes may leave less than one in a second.
func (f found) perSecond() float64 { return float64(len(f.delays)) / f.cpu }

func (f found) perWallSecond() float64 { return float64(len(f.delays)) / f.elapsed.Seconds() }

// ownCPU gives the CPU time of this process in seconds.
func ownCPU() float64 {
	seconds, err := CPUSeconds(os.Getpid())
	if err != nil {
		return 0
	}
	return seconds
}

func (f found) quantile(q float64) float64 { return Quantile(f.delays, q) }

// routingHall is an engine with agents and who talks with them.
type routingHall struct {
	size    routingSize
	random  *rand.Rand
	e       *engine.Engine
	effects []engine.Effect
	talking []uuid.UUID
	next    uint32
	explain bool
}

func routingID(kind byte, n uint32) uuid.UUID {
	var id uuid.UUID
	id[0] = kind
	binary.BigEndian.PutUint32(id[4:], n*2654435761) // in no order, as random ids are
	binary.BigEndian.PutUint32(id[12:], n)
	return id
}

func (s routingSize) queues() []engine.Queue {
	queues := make([]engine.Queue, s.skills)
	for i := range queues {
		skill := routingID('s', uint32(i))
		queues[i] = engine.Queue{
			ID: routingID('q', uint32(i)), Needs: []engine.Need{{Skill: skill, Level: 3}}, RingFor: time.Minute,
			Overflow: []engine.Overflow{{After: time.Minute, Relax: true, Needs: []engine.Need{{Skill: skill, Level: 1}}}},
		}
	}
	return queues
}

func (s routingSize) open(explain bool) *routingHall {
	h := &routingHall{size: s, random: rand.New(rand.NewPCG(1, 2)), explain: explain}
	h.e = engine.New(engine.Options{Explain: explain, Now: time.Now()})
	h.tell(engine.Event{Kind: engine.Configure, Queues: s.queues()})
	h.tell(engine.Event{Kind: engine.Begin})
	for i := range s.agents {
		a := engine.Agent{ID: routingID('a', uint32(i)), Number: fmt.Sprintf("%05d", i), Skills: map[engine.SkillID]int{}}
		for range 3 + h.random.IntN(5) {
			a.Skills[routingID('s', uint32(h.random.IntN(s.skills)))] = 1 + h.random.IntN(9)
		}
		h.tell(engine.Event{Kind: engine.SignIn, Agent: &a, State: engine.Ready})
	}
	return h
}

func (h *routingHall) tell(ev engine.Event) []engine.Effect {
	h.effects = h.e.Apply(time.Now(), ev, h.effects[:0])
	return h.effects
}

// come lets somebody new in.
func (h *routingHall) come() engine.Event {
	h.next++
	c := &engine.Contact{ID: routingID('c', h.next), Queue: routingID('q', uint32(h.random.IntN(h.size.skills))), KeyAt: time.Now()}
	switch h.random.IntN(10) {
	case 0:
		c.Priority = 1
	case 1:
		c.Prefer = routingID('a', uint32(h.random.IntN(h.size.agents)))
	}
	return engine.Event{Kind: engine.Enqueue, Contact: c}
}

// take lets the agent take what was offered; it says whether anything was.
func (h *routingHall) take(effects []engine.Effect) bool {
	for i := range effects {
		if f := &effects[i]; f.Kind == engine.Offer {
			h.talking = append(h.talking, f.Contact)
			h.tell(engine.Event{Kind: engine.Accept, ContactID: f.Contact, AgentID: f.Agent, Reservation: f.Reservation})
			return true
		}
	}
	return false
}

// fill lets so many come in; who is offered to an agent is taken.
func (h *routingHall) fill(n int) {
	for range n {
		h.take(h.tell(h.come()))
	}
}

// leaver takes one out of those who talk, at random.
func (h *routingHall) leaver() engine.Event {
	i, last := h.random.IntN(len(h.talking)), len(h.talking)-1
	id := h.talking[i]
	h.talking[i] = h.talking[last]
	h.talking = h.talking[:last]
	return engine.Event{Kind: engine.Leave, ContactID: id}
}

// repeat lets cycle happen for the time given; it says how long its deciding event took and whether it decided.
func (h *routingHall) repeat(length time.Duration, cycle func() (time.Duration, bool)) found {
	warm := time.Now().Add(length / 5)
	for time.Now().Before(warm) {
		cycle()
		h.e.Decisions()
	}
	var f found
	f.delays = make([]float64, 0, 4_000_000)
	begin, cpu := time.Now(), ownCPU()
	for n := 0; ; n++ {
		if n%64 == 0 {
			h.e.Decisions()
			if time.Since(begin) >= length {
				break
			}
		}
		if took, decided := cycle(); decided {
			f.delays = append(f.delays, float64(took.Nanoseconds())/1000)
		}
	}
	f.elapsed, f.cpu = time.Since(begin), ownCPU()-cpu
	return f
}

// looks measures what is not asked for with each call, at the size of busy: how long all decisions wait for it.
func (s routingSize) looks(m map[string]float64) {
	h := s.open(false)
	h.fill(s.agents + s.waiting)
	took := func(name string, do func()) {
		best := time.Hour // of five, since other processes are in between
		for range 5 {
			begin := time.Now()
			do()
			best = min(best, time.Since(begin))
		}
		m[name] = float64(best.Microseconds()) / 1000
	}
	took("view_ms", func() { h.e.View(time.Now()) })
	took("check_ms", func() { h.e.Check(time.Now()) })
	took("hash_ms", func() { h.e.Hash() })
	took("configure_ms", func() { h.tell(engine.Event{Kind: engine.Configure, Queues: s.queues()}) })
}

// busy: everybody talks, many wait, each who is freed is offered the next.
func (s routingSize) busy(env Env, name string, explain bool) found {
	env.Progress("%s: %d agents, %d wait", name, s.agents, s.waiting)
	h := s.open(explain)
	h.fill(s.agents + s.waiting)
	for h.waiting() < s.waiting {
		h.fill(s.waiting - h.waiting())
	}
	return h.repeat(s.length, func() (time.Duration, bool) {
		ev := h.leaver()
		begin := time.Now()
		effects := h.tell(ev)
		took := time.Since(begin)
		ok := h.take(effects)
		h.take(h.tell(h.come())) // seldom taken at once: by an agent whose queues were empty
		return took, ok
	})
}

func (h *routingHall) waiting() int {
	n := 0
	for _, q := range h.e.View(time.Now()) {
		n += q.Waiting
	}
	return n
}

// calm: half of the agents talk, the others are free, nobody waits.
func (s routingSize) calm(env Env) found {
	env.Progress("calm: %d agents", s.agents)
	h := s.open(false)
	h.fill(s.agents / 2)
	return h.repeat(s.length, func() (time.Duration, bool) {
		ev := h.come()
		begin := time.Now()
		effects := h.tell(ev)
		took := time.Since(begin)
		ok := h.take(effects)
		h.take(h.tell(h.leaver()))
		return took, ok
	})
}
