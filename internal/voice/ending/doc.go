// Package ending says how a call ended, in closed lists.
//
// Every call, answered or not, ends with one [Ending]: a [Result] (what came of it), a [Side] (whose
// act or fault it was), a [Reason] (why, in one fixed word), the SIP status and the Q.850 cause that
// stand for it on the wire, and whether trying another trunk is safe and useful. One table
// ([Reasons], [Of]) holds all of it, so that a report, a metric, a page and a Reason header never
// disagree.
//
// Pure: no input or output, no clock. The numbers follow RFC 3398 (SIP and ISUP), RFC 3326 (the
// Reason header) and ITU-T Q.850. What came from outside and stands in no table becomes
// [ProtocolError] or a neighbour of its hundred, never an unknown word.
package ending
