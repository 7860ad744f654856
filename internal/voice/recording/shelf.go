package recording

import (
	"context"
	"errors"
	"os"
	"time"

	"yingda/internal/platform/secret"
)

// shelfLoop stores finished journals, the longest due first.
func (s *spool) shelfLoop(ctx context.Context) error {
	timer := s.cfg.Clock.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		job, wait := s.nextItem()
		if job.path != "" {
			s.shelve(ctx, job)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C():
		case <-s.shelfNow:
		}
	}
}

// nextItem takes the journal that is longest due, or tells how long there is none.
func (s *spool) nextItem() (item, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := -1
	for i := range s.waiting {
		if first < 0 || s.waiting[i].due.Before(s.waiting[first].due) {
			first = i
		}
	}
	if first < 0 {
		return item{}, time.Hour
	}
	next := s.waiting[first]
	if wait := next.due.Sub(s.cfg.Clock.Now()); wait > 0 {
		return item{}, wait
	}
	s.waiting[first] = s.waiting[len(s.waiting)-1]
	s.waiting = s.waiting[:len(s.waiting)-1]
	if len(s.waiting) > 0 {
		token(s.shelfNow)
	}
	return next, 0
}

// shelve stores one journal; what fails is tried again later.
func (s *spool) shelve(ctx context.Context, job item) {
	err := s.cfg.Shelve(ctx, job.path)
	switch {
	case err == nil, errors.Is(err, errNoJournal):
		if err != nil {
			s.cfg.Logger.Warn("a recording was cut off before anything was kept", "file", job.path)
		}
		err = gone(os.Remove(job.path))
	case errors.Is(err, errGone):
		err = nil
	case errors.Is(err, secret.ErrNotAuthentic):
		s.cfg.Logger.Error("a recording cannot be opened and is set aside", "file", job.path, "error", err)
		err = gone(os.Rename(job.path, job.path+badSuffix))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.owe(-1)
		return
	}
	if ctx.Err() == nil {
		s.cfg.Logger.Error("a recording cannot be stored yet", "file", job.path, "tries", job.tries+1, "error", err)
	}
	job.due = s.cfg.Clock.Now().Add(retryAfter(job.tries))
	job.tries++
	s.waiting = append(s.waiting, job)
}

// errGone says that the journal is not there: somebody removed it. Only the journal's own absence counts; a database whose
// socket is away "does not exist" too, in the words of the system.
var errGone = errors.New("the journal is not there")

// gone takes the absence of a file for what was wanted.
func gone(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// retryAfter is the pause after so many tries in vain: a database that restarts is back in seconds, a store that is full
// is not.
func retryAfter(tries int) time.Duration {
	return min(firstRetry<<min(tries, 10), lastRetry)
}

// backlog counts what waits to be stored, and how many were tried in vain.
func (s *spool) backlog() (waiting, failing int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, job := range s.waiting {
		if job.tries > 0 {
			failing++
		}
	}
	return s.left, failing
}
