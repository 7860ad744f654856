// Package timeline lays the packets of both directions of a call out on one wall clock.
//
// # Words
//
// A [Packet] is some milliseconds of A-law from one [Side], with its RTP timestamp (RFC 3550: it counts samples and
// begins anywhere) and the moment at which it arrived. A stream is one SSRC of one side. The offset of a packet is its
// arrival minus its timestamp: the same for all packets of a stream, plus what the network held each of them up. So
// the smallest offset nearby is the stream's place on the wall clock, and a packet that came late still lies where it
// was spoken.
//
// # How the offset is found
//
// For each packet the smallest offset of the three seconds before it and of the three seconds after it are compared.
// They are nearly equal while the stream runs on, whatever single packets do. Where they differ, timestamps or the
// sender's clock jumped: the larger of the two is the packet's own side of the jump. Clocks that drift are followed by
// one sample per packet, which nobody hears. A packet is therefore laid out three seconds after it arrived; this
// package is for finished or written-down calls, not for listening along.
//
// # Invariants
//
// The output is stereo A-law at 8 kHz, left [Remote], right [Local], a frame per sample from the beginning to the
// length given to [Line.Finish]: never more, never fewer. What no packet covers, and what lies in a pause, is silence
// (0xD5). Pure: no clock, no I/O but the writer it is given.
package timeline
