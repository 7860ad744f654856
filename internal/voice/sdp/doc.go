// Package sdp makes and reads the descriptions by which two sides agree on sound: offer and answer
// of RFC 3264 over the text of RFC 8866, for one audio stream of G.711 with telephone events.
//
// # Words
//
// A [Description] is what came from the other side. [Local] is what we can and want to do. An offer
// and its answer give an [Agreed]: codec, payload types, where to send, whether to send and receive.
//
// # Promises
//
//   - [Parse] takes anything up to [MaxSize] bytes, never panics, allocates in proportion to the
//     input only, and names what is wrong. It reads leniently (LF as well as CRLF, unknown lines
//     skipped) and strictly where a guess would send sound to the wrong place.
//   - [Description.Answer] answers each m= line of the offer with one of its own: one audio line is
//     taken, every other is refused with port 0, its profile and formats echoed. A profile that was
//     not offered is never answered, and an encrypted profile is refused, not answered in the clear.
//   - Payload types, also that of telephone-event, are the offer's.
//   - c=0.0.0.0 is hold (RFC 2543's way): nothing is sent there.
//   - When nothing fits the error is [ErrNothingCommon], which becomes 488.
//
// Pure: values in, values out. Room is left for encrypted profiles (SDES, DTLS) and for Opus: both
// are further values of [Codec] and further profiles in the one place that judges a line.
package sdp
