package recording

import "context"

// Flush writes what recorders hold to the spool now, in every turn.
func (s *Service) Flush() {
	var scratch []byte
	for range turns {
		for _, r := range s.spool.nextTurn() {
			scratch = s.spool.write(r, scratch)
			s.spool.written(r, false)
		}
	}
}

// Backlog counts what waits to be stored and what was tried in vain.
func (s *Service) Backlog() (waiting, failing int) { return s.spool.backlog() }

// Shelve stores a journal.
func (s *Service) Shelve(ctx context.Context, path string) error { return s.shelve(ctx, path) }
