package command

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/voice/carrier"
)

func newLoadgen() *cobra.Command {
	c := &cobra.Command{
		Use: "loadgen", Short: "Make load, to see what an installation carries",
		Example: "  yingda loadgen voice --called 10086 --rate 100 --calls 1000",
		Long:    "Load generators for an installation of your own. Never point them at somebody else's system.",
	}
	c.AddCommand(newLoadgenVoice())
	return c
}

const loadgenLong = `Call a number many times and measure: set-ups, lost calls, time to answer, retransmissions, sound.

Three shapes:
  set-ups   --rate 1000 --calls 10000                       answered, hung up at once or after --talk
  prompts   --calls 500 --steady 1m --media receive         silent callers listen together for --steady
  bridges   --calls 100 --steady 1m --media both --answer-port 5090
            callers and the partners that the other side sends to --answer-port both speak;
            the time through the bridge is measured with marks in the sound (needs one codec from end to end)

It uses UDP and IPv4. Times are the kernel's, so this machine's own delay in noticing a packet is not counted, but on one
machine the generator takes processor time from the system under test: 1,000 set-ups a second cost it about 4 % of a core.
own_dropped above 0 means that the generator itself lost packets; the figures of the sound are then worth nothing.`

func newLoadgenVoice() *cobra.Command {
	var cfg carrier.LoadConfig
	var target, media, codec string
	var asJSON bool
	c := &cobra.Command{
		Use: "voice", Short: "Many calls at once", Long: loadgenLong,
		Example: "  yingda loadgen voice --target 127.0.0.1:5060 --called 10086 --rate 100 --calls 1000\n" +
			"  yingda loadgen voice --called 10086 --calls 200 --steady 30s --media receive --json",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := complete(&cfg, target, media, codec); err != nil {
				return usageError{err}
			}
			begin := time.Now()
			say := func(words string) { fmt.Fprintf(c.ErrOrStderr(), "%6.1fs  %s\n", time.Since(begin).Seconds(), words) }
			cfg.OnReady = func(answer netip.AddrPort) {
				if answer.IsValid() {
					say("ready " + answer.String())
				}
			}
			cfg.OnSteady = func() { say("steady") }
			cfg.OnSteadyEnd = func() { say("steady ended") }
			result, err := carrier.Load(c.Context(), cfg)
			if result.Attempted > 0 {
				if printed := printLoad(c.OutOrStdout(), &result, asJSON); printed != nil {
					return printed
				}
			}
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&target, "target", "127.0.0.1:5060", "SIP address of the system under test (UDP)")
	flags.StringVar(&cfg.Called, "called", "10086", "number to dial; '*' becomes the call's index")
	flags.StringVar(&cfg.Caller, "caller", "load", "number that calls")
	flags.Float64Var(&cfg.Rate, "rate", 10, "calls begun a second, at most 20000")
	flags.IntVar(&cfg.Calls, "calls", 100, "how many calls in all, at most 1000000")
	flags.IntVar(&cfg.Concurrent, "concurrent", 0, "at most so many at once (20000 when 0)")
	flags.DurationVar(&cfg.Talk, "talk", 0, "from answer to hang-up")
	flags.DurationVar(&cfg.Steady, "steady", 0, "bring all calls up, measure for so long, then hang up")
	flags.DurationVar(&cfg.Limit, "limit", 0, "stop after this time whatever happens")
	flags.StringVar(&media, "media", "none", "none, receive, send or both")
	flags.StringVar(&codec, "codec", "pcma", "pcma or pcmu")
	flags.IntVar(&cfg.AnswerPort, "answer-port", 0, "answer calls at this port too; -1: any free port, told on standard error")
	flags.BoolVar(&cfg.Ringing, "ringing", false, "the answering side rings before it answers")
	flags.IntVar(&cfg.SIPPort, "port", 0, "SIP port of the callers; 0: any")
	flags.IntVar(&cfg.Sockets, "sockets", 0, "RTP ports that share all streams (4 when 0)")
	flags.DurationVar(&cfg.Reports, "reports", 0, "time between RTCP reports of a stream; 0: none")
	flags.IntVar(&cfg.Nice, "nice", 0, "priority of the generator's two threads, -20 to 19")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object on standard output")
	return c
}

// complete turns the words of the command line into values.
func complete(cfg *carrier.LoadConfig, target, media, codec string) error {
	if !strings.Contains(target, ":") {
		target += ":5060"
	}
	addr, err := net.ResolveUDPAddr("udp4", target)
	if err != nil {
		return fmt.Errorf("--target: %w", err)
	}
	cfg.Target = addr.AddrPort()
	cfg.Media = carrier.Media(media)
	known := false
	if cfg.Codec, known = codecNames[strings.ToLower(codec)]; !known {
		return fmt.Errorf("--codec is %q, want pcma or pcmu", codec)
	}
	return nil
}

func printLoad(w io.Writer, r *carrier.LoadResult, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	fmt.Fprintf(w, "Calls: %d begun, %d answered (%.1f/s), %d lost (%d without an answer), %d ended by the other side, most at once %d.\n",
		r.Attempted, r.Answered, r.RatePerS, r.Lost, r.TimedOut, r.HungUp, r.Peak)
	for status, n := range r.Refused {
		fmt.Fprintf(w, "  refused with %d: %d\n", status, n)
	}
	fmt.Fprintf(w, "Answer: p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, greatest %.2f ms. Sent again: %d; came again: %d.\n",
		r.Answer.P50, r.Answer.P95, r.Answer.P99, r.Answer.Max, r.Retransmits, r.Repeated)
	if r.Forwarded > 0 {
		fmt.Fprintf(w, "Answering side: %d calls.\n", r.Forwarded)
	}
	if m := r.Media; m.Received > 0 || m.Sent > 0 {
		fmt.Fprintf(w, "Sound: %d streams, %d packets sent, %d received, %d lost, %d gaps above 40 ms (greatest %.1f ms), %.3f %% late.\n",
			m.Streams, m.Sent, m.Received, m.Lost, m.Gaps, m.MaxGapMS, m.LatePct)
		if m.Delay.Count > 0 {
			fmt.Fprintf(w, "Through the bridge: p50 %.2f ms, p99 %.2f ms; p99 at the beginning %.2f ms, at the end %.2f ms.\n",
				m.Delay.P50, m.Delay.P99, m.DelayFirst.P99, m.DelayLast.P99)
		}
		if m.Dropped > 0 {
			fmt.Fprintf(w, "The generator itself dropped %d packets: the figures of the sound are worth nothing.\n", m.Dropped)
		}
	}
	_, err := fmt.Fprintf(w, "The generator used %.2f s of processor time, %.1f %% of a core.\n", r.CPUSeconds, 100*r.CPUShare)
	return err
}
