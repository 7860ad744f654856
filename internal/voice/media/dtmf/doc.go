// Package dtmf reads and writes the keys of a telephone: telephone events in RTP (RFC 4733) and the two tones of each
// key in the audio (ITU-T Q.23, Q.24). It is pure: packets or samples in, keys out, times as arguments.
//
// # One key press, one digit
//
// An event is named by its SSRC and RTP timestamp (RFC 4733 2.5.1.2): all packets that carry the same pair are one
// press, whatever their duration field says and whichever of them were lost. A first packet of duration 0 counts, and
// so does an event of which only end packets arrive. A press longer than 65535 units continues as a segment with the
// timestamp moved on by exactly the duration sent, and stays one press (2.5.1.3).
package dtmf
