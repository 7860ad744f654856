package carrier

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// Media is what the generated calls do with sound.
type Media string

// The kinds of media.
const (
	MediaNone    Media = "none"    // describe a port, send and read nothing
	MediaReceive Media = "receive" // silent callers: count and time what comes
	MediaSend    Media = "send"    // send 50 packets a second, read nothing
	MediaBoth    Media = "both"
)

// LoadConfig describes the traffic. Three shapes cover what is measured:
//
//   - set-ups: Calls, Rate, Talk, Media none. Each call is answered, talks for Talk, and is hung up.
//   - prompts: Calls, Rate, Steady, Media receive. All calls come up and stay; then Steady is measured.
//   - bridges: as prompts with Media both and AnswerPort: the generator also answers what the engine sends it there.
//
// It speaks SIP over UDP and IPv4, from one address, to one engine host.
type LoadConfig struct {
	Target  netip.AddrPort // SIP port of the engine
	Called  string         // number to dial; '*' in it becomes the call's index
	Caller  string         // number of From; '*' in it becomes the call's index
	Headers []Header       // added to each INVITE

	Local       netip.Addr // zero: the one that packets to Target leave from
	SIPPort     int        // of the callers; 0: any
	AnswerPort  int        // of the answering side; 0: nobody answers; -1: any free one, told by OnReady
	Ringing     bool       // the answering side sends 180 before its 200
	AnswerUser, // the phone that the answering side registers as at Target; "": none
	AnswerPassword string
	// Agents are phones that the answering side registers as and answers for, beside AnswerUser. AgentTalk is how long
	// it talks before it hangs up; 0: it waits for the other side. What each was asked stands in LoadResult.AgentCalls.
	Agents    []LoadAgent
	AgentTalk time.Duration

	Calls      int           // how many in all, 1 to 1,000,000
	Rate       float64       // set-ups a second, at most 20,000
	Concurrent int           // at most so many at once; 0: no limit but 20,000
	Talk       time.Duration // from ACK to BYE, when Steady is 0
	Steady     time.Duration // keep all calls up and measure for so long
	Limit      time.Duration // stop whatever happens; 0: enough for Calls at Rate, Talk and Steady, and 40 s

	Media   Media // "": none
	Codec   Codec // the one offered; the zero value is PCMU, so benches set PCMA
	Sockets int   // RTP sockets that share all streams; 0: 4

	Reports time.Duration // between two RTCP reports of a stream, which keep a silent caller's call alive; 0: none
	Nice    int           // priority of the generator's two threads, -20 to 19, as setpriority(2); 0: as it is

	OnReady     func(answer netip.AddrPort) // the answering side listens
	OnSteady    func()                      // all calls are up: measuring begins
	OnSteadyEnd func()                      // measuring has ended, the calls still are up
	Clock       clock.Clock
}

// Percentiles of a measured time, in milliseconds.
type Percentiles struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

// LoadResult is what was measured. Lost counts set-ups that were asked for and never answered with 200.
type LoadResult struct {
	Attempted   int         `json:"attempted"`
	Answered    int         `json:"answered"`
	Lost        int         `json:"lost"`
	Refused     map[int]int `json:"refused,omitempty"` // by status
	TimedOut    int         `json:"timed_out"`         // no final answer within 32 s, or at the end
	HungUp      int         `json:"hung_up"`           // ended by the other side before us
	Unclean     int         `json:"unclean"`           // our BYE was not answered with 200
	Forwarded   int         `json:"forwarded"`         // calls that reached the answering side
	Peak        int         `json:"peak"`              // calls at once
	Elapsed     float64     `json:"elapsed_s"`         // from the first INVITE to the last answer
	RatePerS    float64     `json:"rate_per_s"`        // answered set-ups over that time
	Answer      Percentiles `json:"answer_ms"`         // INVITE sent to 200 arrived (kernel times)
	Retransmits int         `json:"retransmissions"`   // INVITE, BYE and 200 that we sent again
	Repeated    int         `json:"repeated"`          // messages that the other side sent again
	Bad         int         `json:"bad_messages"`      // could not be read
	CPUSeconds  float64     `json:"own_cpu_s"`         // of the generator's two threads
	CPUShare    float64     `json:"own_cpu_share"`     // of one core, over the whole run
	Media       LoadMedia   `json:"media"`
	AgentCalls  []AgentCall `json:"-"` // in the order in which the phones were asked
}

// LoadMedia are the figures of the sound during Steady, or of the whole run without it.
type LoadMedia struct {
	Seconds    float64     `json:"seconds"`
	Streams    int         `json:"streams"` // that brought at least one packet
	Sent       int         `json:"sent"`
	Received   int         `json:"received"`
	Lost       int         `json:"lost"`       // by sequence number
	Gaps       int         `json:"gaps"`       // above 40 ms between two packets of a stream
	MaxGapMS   float64     `json:"max_gap_ms"` // kernel times
	Late       int         `json:"late"`       // more than 40 ms behind the stream's earliest line
	LatePct    float64     `json:"late_pct"`
	Delay      Percentiles `json:"delay_ms"`       // from our sending to our receiving, through a bridge
	DelayFirst Percentiles `json:"delay_first_ms"` // the first tenth of the time
	DelayLast  Percentiles `json:"delay_last_ms"`  // the last tenth
	Excluded   int         `json:"delay_excluded"` // our own sender was not running: not measured
	Crossed    int         `json:"crossed"`        // packets of another call's stream than before
	Strangers  int         `json:"strangers"`      // from ports that nobody told us
	Dropped    int         `json:"own_dropped"`    // by our own full buffers: when not 0 the run says nothing
	OwnLateMS  float64     `json:"own_late_ms"`    // worst lateness of our own sending
	LateEvents []LateEvent `json:"-"`              // the first 1,000 gaps and late packets
}

// LateEvent is one packet that came late or after a gap, so that a bench can compare it with the engine's run-queue.
type LateEvent struct {
	At time.Time     // arrival
	By time.Duration // behind its line, or the length of the gap
}

func (c *LoadConfig) complete() error {
	var wrong fault.Fields
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Media == "" {
		c.Media = MediaNone
	}
	if c.Sockets == 0 {
		c.Sockets = 4
	}
	if c.Concurrent == 0 {
		c.Concurrent = 20000
	}
	if c.Caller == "" {
		c.Caller = "load"
	}
	wrong.Check(c.Target.IsValid() && c.Target.Addr().Unmap().Is4(), "target", "not_ipv4", "must be an IPv4 address and a port")
	wrong.Check(c.Called != "", "called", "required", "must be the number to dial")
	wrong.Check(c.Calls >= 1 && c.Calls <= 1_000_000, "calls", "out_of_range", "must be 1 to 1000000")
	wrong.Check(c.Rate > 0 && c.Rate <= 20000, "rate", "out_of_range", "must be above 0 and at most 20000 a second")
	wrong.Check(c.Concurrent >= 1 && c.Concurrent <= 20000, "concurrent", "out_of_range", "must be 1 to 20000")
	wrong.Check(c.Steady == 0 || c.Calls <= c.Concurrent, "calls", "too_many", "must not exceed concurrent when all are held")
	wrong.Check(c.Sockets >= 1 && c.Sockets <= 256, "sockets", "out_of_range", "must be 1 to 256")
	wrong.Check(c.Media == MediaNone || c.Media == MediaReceive || c.Media == MediaSend || c.Media == MediaBoth,
		"media", "unknown", "must be none, receive, send or both")
	wrong.Check(c.Codec.known(), "codec", "unknown", "must be PCMA or PCMU")
	wrong.Check(c.Talk >= 0 && c.Talk <= 24*time.Hour && c.Steady >= 0 && c.Steady <= 24*time.Hour, "talk", "out_of_range", "must be 0 to 24 hours")
	wrong.Check(c.Reports == 0 || c.Reports >= time.Second, "reports", "out_of_range", "must be 0 or at least a second")
	wrong.Check(c.Nice >= -20 && c.Nice <= 19, "nice", "out_of_range", "must be -20 to 19")
	if err := wrong.Err("carrier.bad_load", "The load is described wrongly."); err != nil {
		return err
	}
	c.Target = netip.AddrPortFrom(c.Target.Addr().Unmap(), c.Target.Port())
	if c.Limit == 0 {
		c.Limit = time.Duration(float64(c.Calls)/c.Rate*float64(time.Second)) + c.Steady + 40*time.Second +
			c.Talk*time.Duration(1+c.Calls/c.Concurrent)
	}
	if !c.Local.IsValid() {
		local, err := routeTo(c.Target.String())
		if err != nil {
			return err
		}
		c.Local = local
	}
	return nil
}

func (c *LoadConfig) receives() bool { return c.Media == MediaReceive || c.Media == MediaBoth }
func (c *LoadConfig) sends() bool    { return c.Media == MediaSend || c.Media == MediaBoth }

// Load makes the traffic and tells what was measured. It returns when all calls have ended, at the limit, or with the
// context; calls that are up then are hung up. The result is valid with an error too, as far as the run came.
func Load(ctx context.Context, cfg LoadConfig) (LoadResult, error) {
	if err := cfg.complete(); err != nil {
		return LoadResult{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Limit)
	defer cancel()
	media, err := newLoadMedia(&cfg)
	if err != nil {
		return LoadResult{}, fmt.Errorf("prepare the sound: %w", err)
	}
	defer media.close()
	signalling, err := newLoadSIP(&cfg, media)
	if err != nil {
		return LoadResult{}, fmt.Errorf("prepare the signalling: %w", err)
	}
	defer signalling.close()
	if err := signalling.register(ctx); err != nil {
		return LoadResult{}, err
	}
	if cfg.OnReady != nil {
		cfg.OnReady(signalling.answering())
	}
	var threads sync.WaitGroup
	begin := cfg.Clock.Now()
	sounding, silence := context.WithCancel(context.WithoutCancel(ctx))
	defer silence()
	if cfg.Media != MediaNone {
		threads.Go(func() {
			defer ownThread(cfg.Nice)()
			media.run(sounding)
		})
	}
	ended := make(chan error, 1)
	go func() {
		defer ownThread(cfg.Nice)()
		ended <- signalling.run(ctx)
	}()
	err = <-ended
	silence()
	threads.Wait()
	result := signalling.result()
	result.Media = media.result()
	result.CPUSeconds = (signalling.cpu + media.cpu).Seconds()
	result.CPUShare = result.CPUSeconds / max(0.001, cfg.Clock.Now().Sub(begin).Seconds())
	if err == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fault.New(fault.Limit, "carrier.load_limit", "The load did not end within its limit of %s.", cfg.Limit)
	}
	return result, err
}
