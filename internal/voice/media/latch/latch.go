// Package latch decides from which address a leg takes audio and where it sends it (symmetric RTP, guarded).
//
// # Rules
//
//   - Before anything is heard, audio goes to the address that was signalled.
//   - Only packets with an agreed payload type are judged; others change nothing.
//   - A packet from exactly the signalled address and port decides at once: that source is the far side.
//   - Another port of that address is chosen at once too, but is contested.
//   - Another address (a far side behind NAT that signals an address of its inside) must show four packets of one SSRC
//     whose sequence numbers follow each other, within two seconds, and is contested.
//   - Contested means: for three seconds a source that fits better may still take over, because who is quicker
//     than the far side is not the far side. Then the choice stands.
//   - A source that was chosen cannot be replaced by another while it sends. After five seconds of silence it may be
//     followed by the signalled address, or by a source that continues the same SSRC with a sequence number
//     near the last (a NAT that gave the far side another port).
//   - Signalling a new address begins anew.
package latch

import (
	"net/netip"
	"time"
)

// The figures of the rules.
const (
	Probation = 4
	Patience  = 2 * time.Second
	Contest   = 3 * time.Second
	Quiet     = 5 * time.Second
	near      = 500 // sequence numbers: 10 s of packets
)

// Verdict is what to do with a packet.
type Verdict uint8

const (
	Refuse Verdict = iota // not from the far side, or not yet known to be: drop it
	Accept                // from the far side
	Choose                // from the far side, whose address is Source from now on
)

// fit says how well a source fits what was signalled.
type fit uint8

const (
	stranger fit = iota
	sameHost
	exact
)

// Latch is the state of one leg. The zero value knows no address.
type Latch struct {
	signalled netip.AddrPort
	source    netip.AddrPort
	since     time.Duration // when source was chosen
	fit       fit           // how well the source fits what was signalled; below exact it is contested until since+Contest
	heard     time.Duration // last packet of source
	ssrc      uint32
	sequence  uint16

	candidate netip.AddrPort // under probation
	candSSRC  uint32
	candSeq   uint16
	candSince time.Duration
	candCount int
}

// Signal sets the address of the far side's session description. The same address again changes nothing; an address
// without port or 0.0.0.0 (hold in the old way) is not taken.
func (l *Latch) Signal(to netip.AddrPort) {
	if !to.IsValid() || to.Addr().IsUnspecified() || to.Port() == 0 || to == l.signalled {
		return
	}
	*l = Latch{signalled: to}
}

// Target is where to send; not valid before anything was signalled.
func (l *Latch) Target() netip.AddrPort {
	if l.source.IsValid() {
		return l.source
	}
	return l.signalled
}

// Source is the chosen address; not valid before one was.
func (l *Latch) Source() netip.AddrPort { return l.source }

// Settled reports that no other source can be chosen while this one sends: the socket may be connected to it.
func (l *Latch) Settled(now time.Duration) bool {
	return l.source.IsValid() && (l.fit == exact || now-l.since >= Contest) && now-l.heard < Quiet
}

// Heard notes a packet from the chosen source without judging it: the socket is connected to it.
func (l *Latch) Heard(ssrc uint32, sequence uint16, now time.Duration) {
	l.heard, l.ssrc, l.sequence = now, ssrc, sequence
}

// Packet judges a packet with an agreed payload type.
func (l *Latch) Packet(from netip.AddrPort, ssrc uint32, sequence uint16, now time.Duration) Verdict {
	if from == l.source {
		l.Heard(ssrc, sequence, now)
		return Accept
	}
	f := l.fitOf(from)
	switch {
	case !l.source.IsValid():
		if f > stranger || l.probation(from, ssrc, sequence, now) {
			return l.choose(from, ssrc, sequence, now, f)
		}
	case now-l.since < Contest && f > l.fit:
		return l.choose(from, ssrc, sequence, now, f)
	case now-l.heard >= Quiet:
		if f > stranger || ssrc == l.ssrc && sequence-l.sequence < near {
			return l.choose(from, ssrc, sequence, now, f)
		}
	}
	return Refuse
}

func (l *Latch) fitOf(from netip.AddrPort) fit {
	switch {
	case from == l.signalled:
		return exact
	case from.Addr() == l.signalled.Addr():
		return sameHost
	}
	return stranger
}

func (l *Latch) choose(from netip.AddrPort, ssrc uint32, sequence uint16, now time.Duration, f fit) Verdict {
	l.source, l.since, l.fit, l.candCount = from, now, f, 0
	l.Heard(ssrc, sequence, now)
	return Choose
}

// probation counts packets in a row of a stranger; one at a time, so that two strangers cannot help each other.
func (l *Latch) probation(from netip.AddrPort, ssrc uint32, sequence uint16, now time.Duration) bool {
	if l.candCount == 0 || now-l.candSince > Patience {
		l.candidate, l.candSSRC, l.candSince, l.candCount = from, ssrc, now, 1
		l.candSeq = sequence
		return false
	}
	if from != l.candidate || ssrc != l.candSSRC {
		return false
	}
	if step := sequence - l.candSeq; step == 0 || step > 3 {
		l.candCount = 0
		return false
	}
	l.candSeq = sequence
	l.candCount++
	return l.candCount >= Probation
}
