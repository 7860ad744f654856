package calendar

import (
	"context"
	"errors"
	"time"

	"yingda/internal/actor"
	"yingda/internal/calendar/worktime"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
)

// Deadline is a moment reckoned in working time, with its reasons.
type Deadline struct {
	Centre organization.Centre
	worktime.Explanation
	OpenAtStart bool
}

// longestWork bounds what may be asked for: a year of working time around the clock.
const longestWork = 366 * 24 * time.Hour

// Deadline tells when work of that length is due at a centre (none: the actor's own), and why. Errors: calendar.invalid,
// calendar.never_open, calendar.too_far.
func (s *Service) Deadline(ctx context.Context, centre organization.CentreID, start time.Time, work time.Duration) (Deadline, error) {
	scope, err := actor.Allow(ctx, HoursRead)
	if err != nil {
		return Deadline{}, err
	}
	path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return Deadline{}, err
	}
	var f fault.Fields
	f.Check(work >= 0 && work <= longestWork, "query.minutes", fieldRange, "is not between 0 minutes and a year")
	f.Check(start.Year() >= 1990 && start.Year() < 2190, "query.start", fieldRange, "is not between 1990 and 2189")
	if err := f.Err(errInvalid.Code, "the deadline cannot be reckoned like this"); err != nil {
		return Deadline{}, err
	}
	last := path[len(path)-1]
	c, err := s.Of(ctx, last.ID)
	if err != nil {
		return Deadline{}, err
	}
	e, err := c.Explain(start.In(c.Zone()), work)
	return Deadline{Centre: last, Explanation: e, OpenAtStart: c.IsOpen(start)}, reckoningFault(err)
}

// reckoningFault puts the errors of worktime into words for people.
func reckoningFault(err error) error {
	switch {
	case errors.Is(err, worktime.ErrNeverOpen):
		return ErrNeverOpen.WithCause(err)
	case errors.Is(err, worktime.ErrTooFar), errors.Is(err, worktime.ErrYear):
		return ErrTooFar.WithCause(err)
	}
	return err
}
