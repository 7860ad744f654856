// Package rtp holds the pure parts of RTP and RTCP (RFC 3550, RFC 5761) for telephone audio at 8 kHz: reading and
// writing packets, what a receiver learns from a stream (loss, jitter, jumps), the quality that follows (the
// E-model of ITU-T G.107), and the buffer that turns packets into an even flow of samples.
//
// Nothing here does input or output, reads a clock or allocates per packet; times are nanoseconds on any steady
// line that the caller chooses. Whatever the bytes are, reading never panics (fuzzed).
package rtp
