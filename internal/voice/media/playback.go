package media

import (
	"time"

	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/sdp"
)

// PlayOptions say how a prompt is played.
type PlayOptions struct {
	// Loop plays again and again until stopped: music on hold, ringing.
	Loop bool
	// Interruptible stops at once when the far side presses a key, before the key is released and told.
	Interruptible bool
	// Done is called once: with true when the prompt was played to its end, else false.
	Done func(finished bool)
}

// Playback is one prompt being played to one leg.
type Playback struct {
	leg           *Leg
	prompt        *Prompt
	loop          bool
	interruptible bool
	done          func(finished bool)

	at    int // next byte; on the media thread
	total int // bytes played, loops included
}

// Play plays a prompt to the far side; what was played before ends unfinished. Meanwhile bridge, mix or echo are
// not heard there. The first frame leaves within 20 ms.
func (l *Leg) Play(p *Prompt, o PlayOptions) *Playback {
	b := &Playback{leg: l, prompt: p, loop: o.Loop, interruptible: o.Interruptible, done: o.Done}
	if !l.do(func(t *thread) { l.play(t, b) }) && b.done != nil {
		l.later(func() { b.done(false) })
	}
	return b
}

func (l *Leg) play(t *thread, b *Playback) {
	l.stopPlayback(false)
	l.playback = b
	t.pace(l)
}

// Stop ends the playback unless it has ended.
func (b *Playback) Stop() {
	b.leg.do(func(*thread) {
		if b.leg.playback == b {
			b.leg.stopPlayback(false)
		}
	})
}

// Played is how much of it has been sent, loops included.
func (b *Playback) Played() time.Duration {
	n := 0
	b.leg.do(func(*thread) { n = b.total })
	return time.Duration(n) * time.Second / g711.SampleRate
}

// stopPlayback ends what is played. On the media thread.
func (l *Leg) stopPlayback(finished bool) {
	b := l.playback
	if b == nil {
		return
	}
	l.playback = nil
	if b.done != nil {
		l.later(func() { b.done(finished) })
	}
}

// frame gives the next 20 ms and whether more follow. On hold the prompt goes on unheard.
func (b *Playback) frame(law sdp.Codec) (frame []byte, more bool) {
	audio := b.prompt.law(law)
	if b.at+frameSize > len(audio) {
		return nil, false
	}
	frame = audio[b.at : b.at+frameSize]
	b.at += frameSize
	b.total += frameSize
	if b.at >= len(audio) && b.loop {
		b.at = 0
	}
	return frame, b.at < len(audio)
}
