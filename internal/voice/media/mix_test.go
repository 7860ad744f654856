//go:build linux

package media_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/media"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/media/rtp"
	"yingda/internal/voice/sdp"
)

// mixed adds two A-law payloads.
func mixed(a, b []byte) []byte {
	out := make([]byte, len(a))
	for i := range out {
		out[i] = g711.EncodeALaw(g711.DecodeALaw(a[i])/2 + g711.DecodeALaw(b[i])/2)
	}
	return out
}

// settle drops what was said before a change and gives the next half second.
func settle(p *peer) []rtp.Packet {
	p.drain(200 * time.Millisecond)
	return p.read(25)
}

func TestConferenceHearsEverybodyElse(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Threads = 2 })
	a, b, c := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMU, 0, 101), newPeer(t, sdp.PCMA, 8, 101)
	m := e.Mix()
	legs := []*media.Leg{newLeg(t, e, a), newLeg(t, e, b), newLeg(t, e, c)}
	for _, l := range legs {
		m.Add(l, media.Talks())
	}
	a.talk(400)
	b.talk(700)
	c.talk(1100)
	heard := settle(a)
	paced(t, e, heard)
	a.hears(heard, []float64{700, 1100}, 400)
	b.hears(settle(b), []float64{400, 1100}, 700)
	c.hears(settle(c), []float64{400, 700}, 1100)
	m.Remove(legs[1])
	a.hears(settle(a), []float64{1100}, 400, 700)
	b.drain(10 * time.Millisecond)
	require.Empty(t, b.drain(60*time.Millisecond))
	m.Close()
	a.drain(10 * time.Millisecond)
	require.Empty(t, a.drain(60*time.Millisecond))
}

func TestListenWhisperAndBarge(t *testing.T) {
	t.Parallel()
	e := setup(t)
	customer, agent, lead := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	lc, la, ll := newLeg(t, e, customer), newLeg(t, e, agent), newLeg(t, e, lead)
	m := e.Mix()
	m.Add(lc, media.Talks())
	m.Add(la, media.Talks())
	m.Add(ll, media.Listens())
	customer.talk(400)
	agent.talk(700)
	lead.talk(1100)
	lead.hears(settle(lead), []float64{400, 700}, 1100)
	customer.hears(settle(customer), []float64{700}, 1100)
	agent.hears(settle(agent), []float64{400}, 1100)

	m.Add(ll, media.Whispers(la))
	agent.hears(settle(agent), []float64{400, 1100})
	customer.hears(settle(customer), []float64{700}, 1100, 400)

	m.Add(ll, media.Talks()) // barge in
	customer.hears(settle(customer), []float64{700, 1100}, 400)
	lead.hears(settle(lead), []float64{400, 700}, 1100)

	ll.Close() // the others go on
	customer.hears(settle(customer), []float64{700}, 1100)
}

func TestConsultLeavesTheBridgeAndComesBack(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	la, lb := newLeg(t, e, a), newLeg(t, e, b)
	e.Bridge(la, lb)
	a.talk(400)
	b.hears(settle(b), []float64{400})
	m := e.Mix()
	m.Add(lb, media.Talks())
	music := la.Play(media.Tone(time.Second, 600), media.PlayOptions{Loop: true})
	b.drain(100 * time.Millisecond)
	require.Less(t, share(b.samples(b.read(10)), 400), 0.05, "a is on hold")
	b.talk(900)
	a.hears(settle(a), []float64{600}, 900)
	music.Stop()
	e.Bridge(la, lb)
	b.hears(settle(b), []float64{400})
	a.hears(settle(a), []float64{900}, 600)
}

func TestLateAndLostPacketsOfOneDoNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b, c := newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101), newPeer(t, sdp.PCMA, 8, 101)
	m := e.Mix()
	for _, p := range []*peer{a, b, c} {
		m.Add(newLeg(t, e, p), media.Talks())
	}
	a.talk(400)
	for range 30 { // b's packets come three at a time
		b.say(700, 3)
		heard := c.read(3)
		paced(t, e, heard)
	}
	c.hears(settle(c), []float64{400})
}
