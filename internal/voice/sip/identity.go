package sip

// Identity is one party as the other side is told or we are told.
type Identity struct {
	Number   string // user part: digits, perhaps with +, or a phone's name; empty when unknown
	Name     string // display name
	Host     string // domain it was given with
	Withheld bool   // the caller asked not to be shown (RFC 3323); Number may be known all the same
	Asserted bool   // a trunk that we trust, or our own digest, vouches for the number
}

// Diversion is one station that a call was diverted from (RFC 5806, RFC 7044), the latest first.
type Diversion struct {
	Number string
	Reason string // closed list: unconditional, busy, no_answer, unavailable, deflected, out_of_service, unknown
	Count  int    // times, at least 1
}
