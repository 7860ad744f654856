package carrier

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

// Play changes what is sent from now on and returns at once; it goes on until the source ends, then silence is sent.
func (s *Session) Play(source Source) { s.media.play(source) }

// Echo sends back what comes in, at once and unchanged, instead of what Play says.
func (s *Session) Echo(on bool) { s.media.echo.Store(on) }

// SendTone sends a tone and returns when it has been sent.
func (s *Session) SendTone(ctx context.Context, hz float64, d time.Duration) error {
	return s.say(ctx, Tone(hz, d))
}

// SendPCM sends 8 kHz samples, such as those of ReadWAV, and returns when they have been sent.
func (s *Session) SendPCM(ctx context.Context, pcm []int16) error {
	return s.say(ctx, Samples(pcm, false))
}

// SendWAV says a WAV file; see [ReadWAV].
func (s *Session) SendWAV(ctx context.Context, file io.Reader) error {
	pcm, err := ReadWAV(file)
	if err != nil {
		return err
	}
	return s.SendPCM(ctx, pcm)
}

func (s *Session) say(ctx context.Context, source Source) error {
	select {
	case <-s.media.play(source):
		return nil
	case <-s.over:
		return fault.New(fault.Conflict, "carrier.ended", "The call ended before all was said.")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Keying is how keys are pressed. The zero value: RFC 4733, 100 ms each, 100 ms between.
type Keying struct {
	Way       Way
	Each, Gap time.Duration
	ZeroFirst bool // RFC 4733: the first packet says duration 0, as SIPp's captures do
	EndOnly   bool // RFC 4733: only the end packets arrive
}

// SendDigits presses keys, one after the other, and returns when they have been sent. ',' waits a second.
func (s *Session) SendDigits(ctx context.Context, digits string, k Keying) error {
	if !validKeys(digits) {
		return fault.New(fault.Invalid, "carrier.bad_keys", "%q holds what is no key.", digits).
			WithRemedy("use 0-9, *, #, A-D, and ',' for a pause of a second")
	}
	if k.Way == "" {
		k.Way = RFC4733
	}
	if k.Each == 0 {
		k.Each = 100 * time.Millisecond
	}
	if k.Gap == 0 {
		k.Gap = 100 * time.Millisecond
	}
	if _, event := s.Codec(); k.Way == RFC4733 && event == 0 {
		return fault.New(fault.Conflict, "carrier.no_telephone_event", "The other side takes no keys as RTP events.").
			WithRemedy("send them as info or inband")
	}
	for i := range len(digits) {
		if err := s.press(ctx, digits[i], k); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) press(ctx context.Context, key byte, k Keying) error {
	if key == ',' {
		return s.after(ctx, time.Second)
	}
	switch k.Way {
	case Info:
		if err := s.sendInfo(ctx, key, k.Each); err != nil {
			return err
		}
		return s.after(ctx, k.Gap)
	case InBand:
		return s.say(ctx, Samples(keySound(key, k.Each, k.Gap), false))
	case RFC4733:
		e := outEvent{
			event: byte(strings.IndexByte(keys, key)), each: k.Each, gap: k.Gap,
			zeroFirst: k.ZeroFirst, endOnly: k.EndOnly, sent: make(chan struct{}),
		}
		s.media.queue(e)
		select {
		case <-e.sent:
			return nil
		case <-s.over:
			return fault.New(fault.Conflict, "carrier.ended", "The call ended before all keys were sent.")
		case <-ctx.Done():
			return ctx.Err()
		}
	default:
		return fault.New(fault.Invalid, "carrier.bad_way", "%q is no way to send keys.", k.Way).
			WithRemedy("use rfc4733, info or inband")
	}
}

// Hear listens for so long and tells what came in. It returns early when the call ends.
func (s *Session) Hear(ctx context.Context, d time.Duration) (Heard, error) {
	stop := s.Listen()
	ended := make(chan error, 1)
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { ended <- s.after(waiting, d) }()
	var err error
	select {
	case err = <-ended:
	case <-s.over:
		cancel()
		<-ended
	}
	return stop(), err
}

// Listen begins to listen; the returned function ends it and tells what came in. Several may listen at once.
func (s *Session) Listen() (stop func() Heard) {
	l := newListener()
	m := s.media
	m.mu.Lock()
	m.in.listeners = append(m.in.listeners, l)
	from := len(m.in.digits)
	m.mu.Unlock()
	s.mu.Lock()
	infos := len(s.infos)
	s.mu.Unlock()
	return func() Heard {
		m.mu.Lock()
		m.in.listeners = slices.DeleteFunc(m.in.listeners, func(x *listener) bool { return x == l })
		digits := slices.Clone(m.in.digits[from:])
		m.mu.Unlock()
		s.mu.Lock()
		digits = append(digits, s.infos[infos:]...)
		s.mu.Unlock()
		h := l.result()
		h.Digits = digits
		return h
	}
}

// Digits gives the keys that came so far, by RFC 4733 and by INFO.
func (s *Session) Digits() []Digit {
	s.media.mu.Lock()
	list := slices.Clone(s.media.in.digits)
	s.media.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(list, s.infos...)
}

// WaitDigits waits until so many keys came and gives them.
func (s *Session) WaitDigits(ctx context.Context, n int) (string, error) {
	for {
		list := s.Digits()
		var b strings.Builder
		for _, d := range list {
			b.WriteByte(d.Key)
		}
		if len(list) >= n {
			return b.String(), nil
		}
		if err := s.after(ctx, 10*time.Millisecond); err != nil {
			return b.String(), fmt.Errorf("heard %d of %d keys: %w", len(list), n, err)
		}
	}
}

// Figures are the counts of a session's media since its begin.
type Figures struct {
	Sent, Received     int // RTP packets
	Strangers          int // received from another address than the agreed one; not heard
	ReportsSent        int // RTCP
	ReportsReceived    int
	LastPacket         time.Time
	Retransmissions200 int // repetitions of the 200 that came
}

// Figures gives the counts so far.
func (s *Session) Figures() Figures {
	m := s.media
	m.mu.Lock()
	f := Figures{
		Sent: int(m.out.packets), Received: m.in.packets, Strangers: m.in.strangers,
		ReportsSent: m.out.reports, ReportsReceived: m.in.reported, LastPacket: m.in.last,
	}
	m.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Retransmissions200 = s.retransmit
	return f
}
