package identity

import (
	"time"

	"yingda/internal/actor"
	"yingda/internal/identity/password"
)

// Policy is what an installation demands of those who sign in.
type Policy struct {
	Password password.Policy

	SessionIdle time.Duration // without a request
	SessionMax  time.Duration // however busy
	Sessions    int           // of one account at once; the oldest ends when there is one more

	// TOTPFor tells which permissions make a second factor obligatory; nil: those marked Grave.
	TOTPFor func(d actor.Definition) bool
	// NoTOTP makes the second factor voluntary for everybody.
	NoTOTP bool

	TokenMax time.Duration // the longest life of an API token
}

// DefaultPolicy is what holds when nobody has set another.
func DefaultPolicy() Policy {
	return Policy{
		Password:    password.DefaultPolicy(),
		SessionIdle: time.Hour, SessionMax: 12 * time.Hour, Sessions: 5,
		TokenMax: 366 * 24 * time.Hour,
	}
}

// needsTOTP reports whether somebody with these grants must have a second factor.
func (s *Service) needsTOTP(p Policy, all map[actor.Permission]actor.Scope) bool {
	if p.NoTOTP {
		return false
	}
	for _, d := range s.cfg.Catalogue {
		if _, holds := all[d.Permission]; holds && (p.TOTPFor == nil && d.Grave || p.TOTPFor != nil && p.TOTPFor(d)) {
			return true
		}
	}
	return false
}
