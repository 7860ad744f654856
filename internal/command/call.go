package command

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/voice/carrier"
)

// callFlags are what `yingda call` takes.
type callFlags struct {
	via, from, name, transport, ca  string
	register, passwordFile          string
	keys, keysBy, say, expect, save string
	expectKeys                      string
	keysAfter, listen, ring         time.Duration
	tone                            float64
	expectStatus                    int
	header                          []string
	codecs                          []string
	asJSON, ladder, waitEnd         bool
}

const callLong = `Call a number as a carrier or as a desk phone would, press keys, speak, and tell what was heard.

The caller is built apart from Yingda's own voice engine, so it finds mistakes that both sides of one engine would share.
It speaks SIP over UDP, TCP or TLS and G.711 with keys by RFC 4733, and uses ports of its own.

What can be expected to hear: a tone of so many hertz (440), tone, speech, sound (tone or speech), silence, nothing.
The exit code is 0 when all was as expected, 1 when not (not answered, wrong sound, wrong keys), 2 for a wrong command line.

A password is read from the file of --password-file or from YINGDA_CALL_PASSWORD, never from the command line.`

const callExample = `  yingda call 10086 --expect speech
  yingda call 10086 --keys 1,2 --listen 10s --expect 440 --save heard.wav
  yingda call 8001 --via 192.0.2.10 --register 8002 --password-file phone.txt --say hello.wav
  yingda call 10099 --expect-status 486 --json`

func newCall() *cobra.Command {
	var f callFlags
	c := &cobra.Command{
		Use: "call NUMBER", Short: "Call a number and tell what was heard", Long: callLong, Example: callExample,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			plan, err := f.plan(args[0])
			if err != nil {
				return usageError{err}
			}
			carrier.QuietLibrary()
			report := f.run(c.Context(), plan)
			if err := report.print(c.OutOrStdout(), f.asJSON, f.ladder); err != nil {
				return err
			}
			if len(report.Failures) > 0 {
				return errors.New(strings.Join(report.Failures, "; "))
			}
			return nil
		},
	}
	f.bind(c)
	return c
}

func (f *callFlags) bind(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.via, "via", "127.0.0.1:5060", "host or host:port that gets the call")
	flags.StringVar(&f.from, "from", "anonymous", "number that calls; with --register it is the user")
	flags.StringVar(&f.name, "name", "", "display name of the caller")
	flags.StringVar(&f.transport, "transport", "udp", "udp, tcp or tls")
	flags.StringVar(&f.ca, "tls-ca", "", "certificate authority of the other side (PEM); without it the system's")
	flags.StringVar(&f.register, "register", "", "register as this phone first, and call from it")
	flags.StringVar(&f.passwordFile, "password-file", "", "file with the phone's password")
	flags.StringVar(&f.keys, "keys", "", "keys to press after the answer; ',' is a pause of a second")
	flags.StringVar(&f.keysBy, "keys-by", "rfc4733", "rfc4733, info or inband")
	flags.DurationVar(&f.keysAfter, "keys-after", time.Second, "wait so long before the first key")
	flags.StringVar(&f.say, "say", "", "WAV file to say after the keys (16-bit PCM)")
	flags.Float64Var(&f.tone, "tone", 0, "send a tone of so many hertz all the time")
	flags.DurationVar(&f.listen, "listen", 5*time.Second, "listen so long after the answer; keys and --say may make it longer")
	flags.BoolVar(&f.waitEnd, "wait", false, "listen until the other side hangs up, at most an hour")
	flags.StringVar(&f.expect, "expect", "", "what must be heard")
	flags.StringVar(&f.expectKeys, "expect-keys", "", "keys that the other side must press")
	flags.IntVar(&f.expectStatus, "expect-status", 0, "SIP status that the call must be refused with")
	flags.StringVar(&f.save, "save", "", "write what was heard to this WAV file")
	flags.DurationVar(&f.ring, "ring", time.Minute, "give up when it is not answered by then")
	flags.StringArrayVar(&f.header, "header", nil, "additional header of the INVITE, as 'Name: value'")
	flags.StringSliceVar(&f.codecs, "codec", []string{"pcma", "pcmu"}, "codecs to offer, by preference")
	flags.BoolVar(&f.ladder, "ladder", false, "show the SIP messages")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON object on standard output")
}

// callPlan is a checked command line.
type callPlan struct {
	call     carrier.Call
	password string
	words    []int16
}

// plan checks all flags before anything is sent.
func (f *callFlags) plan(number string) (callPlan, error) {
	p := callPlan{call: carrier.Call{
		To: number, Proxy: f.via, From: f.from, Name: f.name, Transport: carrier.Transport(f.transport), Ring: f.ring,
	}}
	if f.expect != "" {
		if _, err := carrier.ParseExpectation(f.expect); err != nil {
			return p, fmt.Errorf("--expect: %w", err)
		}
	}
	switch carrier.Way(f.keysBy) {
	case carrier.RFC4733, carrier.Info, carrier.InBand:
	default:
		return p, fmt.Errorf("--keys-by is %q, want rfc4733, info or inband", f.keysBy)
	}
	if f.listen < 0 || f.listen > time.Hour || f.keysAfter < 0 || f.keysAfter > time.Hour {
		return p, errors.New("--listen and --keys-after must be 0 to 1h")
	}
	if f.tone != 0 {
		if f.tone < 20 || f.tone > 3900 {
			return p, fmt.Errorf("--tone is %g, want 20 to 3900", f.tone)
		}
		p.call.Play = carrier.Tone(f.tone, 0)
	}
	for _, name := range f.codecs {
		codec, ok := codecNames[strings.ToLower(name)]
		if !ok {
			return p, fmt.Errorf("--codec is %q, want pcma or pcmu", name)
		}
		p.call.Codecs = append(p.call.Codecs, codec)
	}
	for _, h := range f.header {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.ContainsAny(h, "\r\n") {
			return p, fmt.Errorf("--header is %q, want 'Name: value'", h)
		}
		p.call.Headers = append(p.call.Headers, carrier.Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	return p, f.files(&p)
}

var codecNames = map[string]carrier.Codec{"pcma": carrier.PCMA, "alaw": carrier.PCMA, "pcmu": carrier.PCMU, "ulaw": carrier.PCMU}

// files reads what the flags name.
func (f *callFlags) files(p *callPlan) error {
	if f.say != "" {
		file, err := os.Open(f.say)
		if err != nil {
			return fmt.Errorf("--say: %w", err)
		}
		defer file.Close()
		if p.words, err = carrier.ReadWAV(file); err != nil {
			return fmt.Errorf("--say: %w", err)
		}
	}
	if f.ca != "" {
		pem, err := os.ReadFile(f.ca)
		if err != nil {
			return fmt.Errorf("--tls-ca: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("--tls-ca: %s holds no certificate", f.ca)
		}
		p.call.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	p.password = os.Getenv("YINGDA_CALL_PASSWORD")
	if f.passwordFile != "" {
		text, err := os.ReadFile(f.passwordFile)
		if err != nil {
			return fmt.Errorf("--password-file: %w", err)
		}
		p.password = strings.TrimSpace(string(text))
	}
	if f.register != "" && p.password == "" {
		return errors.New("--register needs the password: --password-file or YINGDA_CALL_PASSWORD")
	}
	if f.register == "" && p.password != "" {
		p.call.Auth = carrier.Auth{User: f.from, Password: p.password}
	}
	return nil
}

// callReport is what `yingda call` tells.
type callReport struct {
	Number    string            `json:"number"`
	Answered  bool              `json:"answered"`
	Status    int               `json:"status,omitempty"` // of a refusal
	Reason    string            `json:"reason,omitempty"`
	RingingMS float64           `json:"ringing_ms,omitempty"`
	AnswerMS  float64           `json:"answer_ms,omitempty"`
	Codec     string            `json:"codec,omitempty"`
	Heard     *carrier.Heard    `json:"heard,omitempty"`
	Keys      string            `json:"keys_heard,omitempty"`
	Figures   *carrier.Figures  `json:"figures,omitempty"`
	End       *carrier.End      `json:"end,omitempty"`
	Ladder    []carrier.Message `json:"ladder"`
	Failures  []string          `json:"failures"`
}

func (r *callReport) fail(format string, args ...any) {
	r.Failures = append(r.Failures, fmt.Sprintf(format, args...))
}

// run makes the call and compares it with what was expected.
func (f *callFlags) run(ctx context.Context, p callPlan) *callReport {
	r := &callReport{Number: p.call.To, Failures: []string{}, Ladder: []carrier.Message{}}
	session, closeAll, err := f.begin(ctx, p)
	if err != nil {
		r.fail("%s", inWords(err))
		return r
	}
	defer closeAll()
	err = session.Wait(ctx)
	ringing, answer := session.Times()
	r.RingingMS, r.AnswerMS = float64(ringing.Microseconds())/1000, float64(answer.Microseconds())/1000
	if err != nil {
		f.refused(r, err)
		r.finish(session)
		return r
	}
	r.Answered = true
	if f.expectStatus != 0 {
		r.fail("the call was answered, but a refusal with %d was expected", f.expectStatus)
	}
	f.talk(ctx, p, session, r)
	if err := session.Bye(context.WithoutCancel(ctx)); err != nil {
		r.fail("%s", inWords(err))
	}
	r.finish(session)
	return r
}

// begin sends the INVITE, from a registered phone or as a carrier.
func (f *callFlags) begin(ctx context.Context, p callPlan) (*carrier.Session, func(), error) {
	if f.register == "" {
		s, err := carrier.Start(ctx, p.call)
		if err != nil {
			return nil, nil, err
		}
		return s, func() { _ = s.Close() }, nil // hung up already, or refused
	}
	phone, err := carrier.NewPhone(carrier.PhoneConfig{
		Registrar: f.via, User: f.register, Password: p.password, Transport: carrier.Transport(f.transport), TLS: p.call.TLS,
	})
	if err != nil {
		return nil, nil, err
	}
	stop := func() {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = phone.Stop(bounded) // the registration runs out by itself
	}
	if err := phone.Start(ctx); err != nil {
		stop()
		return nil, nil, fmt.Errorf("register as %s: %w", f.register, err)
	}
	p.call.From = f.register
	s, err := phone.Call(ctx, p.call)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return s, stop, nil
}

func (f *callFlags) refused(r *callReport, err error) {
	var refused *carrier.Refused
	if !errors.As(err, &refused) {
		r.fail("%s", inWords(err))
		return
	}
	r.Status, r.Reason = refused.Status, refused.Reason
	switch {
	case f.expectStatus == refused.Status:
	case f.expectStatus != 0:
		r.fail("%s, but %d was expected", refused, f.expectStatus)
	default:
		r.fail("%s", refused)
	}
}

// talk presses keys, speaks and listens.
func (f *callFlags) talk(ctx context.Context, p callPlan, s *carrier.Session, r *callReport) {
	codec, _ := s.Codec()
	r.Codec = codec.String()
	limit := f.listen
	if f.waitEnd {
		limit = time.Hour
	}
	listening, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := s.Listen()
	if f.keys != "" {
		if err := f.press(ctx, s); err != nil {
			r.fail("%s", inWords(err))
		}
	}
	if p.words != nil {
		if err := s.SendPCM(ctx, p.words); err != nil {
			r.fail("%s", inWords(err))
		}
	}
	_ = s.Await(listening) // either way what was heard is looked at
	h := stop()
	r.Heard, r.Keys = &h, h.Keys()
	if f.expect != "" {
		if err := h.Check(f.expect); err != nil {
			r.fail("%s", err)
		}
	}
	if f.expectKeys != "" && r.Keys != f.expectKeys {
		r.fail("expected the keys %s, but %q came", f.expectKeys, r.Keys)
	}
	if f.save != "" {
		if err := saveWAV(f.save, h.PCM); err != nil {
			r.fail("write what was heard: %s", err)
		}
	}
}

func (f *callFlags) press(ctx context.Context, s *carrier.Session) error {
	wait, cancel := context.WithTimeout(ctx, f.keysAfter)
	defer cancel()
	if s.Await(wait) == nil {
		return errors.New("the other side hung up before the keys")
	}
	return s.SendDigits(ctx, f.keys, carrier.Keying{Way: carrier.Way(f.keysBy)})
}

func saveWAV(path string, pcm []int16) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // it may be a customer's voice
	if err != nil {
		return err
	}
	return errors.Join(carrier.WAV(file, pcm), file.Close())
}

func (r *callReport) finish(s *carrier.Session) {
	figures, end := s.Figures(), s.End()
	r.Figures, r.End, r.Ladder = &figures, &end, s.Trace()
}

func (r *callReport) print(w io.Writer, asJSON, ladder bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	if ladder {
		for _, m := range r.Ladder {
			arrow := "<--"
			if m.Out {
				arrow = "-->"
			}
			fmt.Fprintf(w, "%s  %s  %s\n", m.At.UTC().Format("15:04:05.000"), arrow, m.Line)
		}
	}
	switch {
	case r.Answered:
		fmt.Fprintf(w, "%s answered after %.0f ms, codec %s.\n", r.Number, r.AnswerMS, r.Codec)
	case r.Status != 0:
		fmt.Fprintf(w, "%s refused the call with %d %s.\n", r.Number, r.Status, r.Reason)
	}
	if r.Heard != nil {
		fmt.Fprintf(w, "Heard: %s.\n", r.Heard)
		fmt.Fprintf(w, "Packets: %d sent, %d heard, %d lost, greatest gap %d ms, jitter %.1f ms.\n",
			r.Figures.Sent, r.Heard.Packets, r.Heard.Lost, r.Heard.MaxGap.Milliseconds(), r.Heard.Jitter)
	}
	if r.Keys != "" {
		fmt.Fprintf(w, "Keys from the other side: %s.\n", r.Keys)
	}
	if r.End != nil && r.Answered {
		fmt.Fprintf(w, "Ended by %s. %s\n", r.End.By, r.End.Reason)
	}
	return nil
}
